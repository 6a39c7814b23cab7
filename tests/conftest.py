"""What several tests share: the toy homework, built once, and copies of its pages to break."""

from __future__ import annotations

import os
import shutil
import signal
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what Otter imports does not pass our own rule
    import otter  # noqa: F401

from autograder.authoring.build import build_homework, notebooks
from autograder.authoring.homework import Homework, load_homework
from autograder.language import speak

# The terminal speaks English in every test that does not ask for Chinese.
os.environ["LC_ALL"] = "C.UTF-8"
# A shell that starts the tests in the background has them ignore Ctrl-C, which some of them send.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parents[1]
TOY_ROOT = Path(__file__).parent / "toy"


@dataclass(frozen=True)
class Pages:
    """A copy of the toy homework's pages that a test may change."""

    root: Path

    def public(self, name: str) -> Path:
        """The public page, or a prompt, as in `q01_row_mean.zh.md`."""
        folder = self.root / "assignments" / "toy"
        return folder / (name if name.endswith(".md") else f"{name}.py")

    def secret(self, name: str) -> Path:
        return self.root / "solutions" / "toy" / f"{name}.py"

    @staticmethod
    def edit(page: Path, old: str, new: str) -> None:
        """Replace the first `old` of a page, which must be there."""
        text = page.read_text(encoding="utf-8")
        assert old in text, f"{page.name} does not say {old!r}"
        page.write_text(text.replace(old, new, 1), encoding="utf-8")

    @staticmethod
    def line(page: Path, text: str) -> str:
        """`path:line` of the first line that holds `text`."""
        lines = page.read_text(encoding="utf-8").split("\n")
        return f"{page}:{next(n for n, line in enumerate(lines, 1) if text in line)}"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A test that speaks Chinese leaves the next one English."""
    yield
    speak("en")


@pytest.fixture(scope="session")
def toy() -> Homework:
    """The toy homework as read from its pages; tests do not change it."""
    return load_homework("toy", TOY_ROOT)


@pytest.fixture(scope="session")
def toy_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a built toy homework: student/, solutions/, autograder.zip. Read only."""
    out = tmp_path_factory.mktemp("toy") / "build"
    build_homework("toy", TOY_ROOT, out)
    return out


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    """The toy homework's pages, copied."""
    root = tmp_path / "pages"
    shutil.copytree(TOY_ROOT, root, ignore=shutil.ignore_patterns("__pycache__", "build"))
    return Pages(root)


@pytest.fixture(scope="session")
def hw3() -> Homework:
    """The homework of this repository as read from its pages; tests do not change it."""
    return load_homework("hw3", ROOT)


@pytest.fixture(scope="session")
def hw3_notebooks(hw3: Homework) -> dict[str, bytes]:
    """The notebooks of hw3 as its pages are now, by their path below --out."""
    return notebooks(hw3)
