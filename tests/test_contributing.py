"""CONTRIBUTING.md is true: its first section is followed to the letter, in a copy of the pages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.homework import question_names
from tests.conftest import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTION = TEXT.split("\n# ", 2)[1]
BLOCKS = re.findall(r"```console\n(.*?)```", SECTION, flags=re.S)
FOLDERS = ("assignments", "solutions")
KEPT = 2
"""So many of the last questions are copied: enough to find the place behind them, and fast."""

MISTAKES = "".join(f'''

@mistake(is_short_enough)
class belief_{k}:
    """Belief {k}
    中文：想法 {k}"""
    def dropout(x, limit):
        return np.asarray(x) / {k}
''' for k in range(3, 10))

ACCEPTED = "".join(f'''

@accepted
class way_{k}:
    def dropout(x, limit):
        norm = np.linalg.norm(np.asarray(x) / {k}) * {k}
        return np.asarray(x) * min(1, limit / norm)
''' for k in range(1, 4))


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the opening pages and the last questions of hw3."""
    for name in ["homework", "intro", *question_names("hw3", ROOT)[-KEPT:]]:
        for path in (p for folder in FOLDERS for p in ROOT.glob(f"{folder}/hw3/{name}.*")):
            target = tmp_path / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    return tmp_path


def run(copied: Path, block: str) -> tuple[int, str]:
    """Run the one command of a block; its exit status and what it printed, in order."""
    [command] = re.findall(r"^\$ homework (.*)$", block, flags=re.M)
    done = subprocess.run(
        [sys.executable, "-m", "autograder", *command.split()], cwd=copied, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
    )
    return done.returncode, "\n".join(line.rstrip() for line in done.stdout.strip().split("\n"))


def says(block: str, printed: str) -> bool:
    """Whether a block promises this output; `...` stands for anything."""
    promised = block.split("\n", 1)[1].strip()
    pattern = ".*".join(re.escape(part) for part in promised.split("..."))
    return re.fullmatch(pattern, printed, flags=re.S) is not None


def test_the_first_heading_is_add_a_question() -> None:
    assert SECTION.startswith("Add a question\n")
    assert len(BLOCKS) == 4


def fill_in(files: list[Path]) -> None:
    """Take out what is marked, and give the secret page, the last one, a bank."""
    for path in files:
        lines = path.read_text(encoding="utf-8").split("\n")
        kept = [line for line in lines if not line.startswith(("FILL IN", "待填")) or '"' in line]
        path.write_text("\n".join(kept).replace("待填", "").replace("FILL IN", ""), "utf-8")
    page = files[-1]
    page.write_text(page.read_text(encoding="utf-8") + MISTAKES + ACCEPTED, encoding="utf-8")


@pytest.mark.slow
def test_the_tests_of_hw3_hold_for_one_question_more(tmp_path: Path) -> None:
    """Nothing pins their number, points, names or headings."""
    for name in ("assignments", "solutions", "tests", "autograder", "gradebook"):
        shutil.copytree(ROOT / name, tmp_path / name,
                        ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "README.zh.md"):
        shutil.copy(ROOT / name, tmp_path)
    status, printed = run(tmp_path, BLOCKS[0])
    assert status == 0, printed
    fill_in([tmp_path / line for line in printed.split("\n")[:4]])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_hw3.py",
         "solutions/hw3/tests"], cwd=tmp_path, text=True, capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.slow
def test_following_it_to_the_letter_adds_a_question(copied: Path) -> None:
    write, see, again, build = BLOCKS

    status, printed = run(copied, write)
    assert says(write, printed), printed
    assert status == 0
    files = [copied / line for line in printed.split("\n")[:4]]
    assert all(path.is_file() for path in files)

    status, printed = run(copied, see)
    assert says(see, printed), printed
    assert status == 1

    fill_in(files)
    status, printed = run(copied, again)
    assert says(again, printed), printed
    assert (status, "expected:" in printed) == (0, False)
    assert re.search(r"q21_dropout .* 9/9 .* 4/4 ", printed)

    status, printed = run(copied, build)
    assert says(build, printed), printed
    assert status == 0
    for language in ("zh", "en"):
        ends_with_the_question(copied / "build" / "hw3" / "student" / f"hw3.{language}.ipynb")

    for path in files:
        path.unlink()
    assert question_names("hw3", copied) == question_names("hw3", ROOT)[-KEPT:]


def ends_with_the_question(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert [cell.id for cell in cells[-5:]] == [
        "q21-prompt", "q21-answer", "q21-check", "submit", "export",
    ]
    assert cells[-5].source.startswith("## 21. Dropout")
    assert cells[-3].source == 'grader.check("q21_dropout")'


def test_step_6_is_a_target_of_make() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "`make notebooks`" in SECTION
    assert re.search(r"^notebooks:.*\n\t.*homework build .*\n\tcp .*student", makefile, flags=re.M)
