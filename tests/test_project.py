"""What holds for every file of the repository: nothing of a machine, nobody's name, a true map."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_layers import imported

HERE = Path(__file__).relative_to(ROOT)
NOT_TEXT = {".png", ".sqlite", ".zip", ".xlsx", ".gz"}

FORBIDDEN = {
    "a path of somebody's machine": r"(?<![\w.~*-])/(home|Users|work)/[A-Za-z0-9_.-]+",
    "the address of a package index": r"pypi\.org|pythonhosted|pypi\.python|anaconda\.org/",
    "a pin by address": r"^[\w.-]+ *@ *(https?|git\+|file):",
}


def tracked() -> list[Path]:
    """The files of the repository; without git, all that are not ignored by their folder."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    names = done.stdout.decode().split("\0") if done.returncode == 0 else []
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """The text of every tracked file by its path."""
    paths = tracked()
    if not paths:
        pytest.skip("not a git repository")
    return {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in paths if path.suffix not in NOT_TEXT and path.relative_to(ROOT) != HERE
    }


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(texts: dict[str, str], what: str) -> None:
    pattern = re.compile(FORBIDDEN[what], flags=re.I | re.M)
    found = [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for name, text in texts.items() for match in pattern.finditer(text)
    ]
    assert found == []


def test_constraints_are_plain_pins(texts: dict[str, str]) -> None:
    lines = [line.split("#")[0].strip() for line in texts["constraints.txt"].splitlines()]
    pin = re.compile(r"[\w.-]+==[\w.+]+( *;.*)?")
    assert [line for line in lines if line and not pin.fullmatch(line)] == []


def test_every_path_that_the_texts_name_exists() -> None:
    for name in ("README.md", "README.zh.md", "CONTRIBUTING.md", "CONTRIBUTING.zh.md"):
        missing = [path for path in paths_named(ROOT / name) if not (ROOT / path).exists()]
        assert missing == [], name


def paths_named(page: Path) -> list[str]:
    """What stands in backticks and looks like a file or folder of the repository.

    Nothing that is made (build/, .venv/, a new question), no pattern, no placeholder.
    """
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
    named = re.findall(r"`([\w.-]+/[\w./-]*|[\w-]+\.(?:py|md|toml|txt))`", text)
    made = ("build/", ".venv/", "submissions/")
    return [path for path in named if not path.startswith(made) and "q21_" not in path
            and path.split("/")[0] in TOP]


TOP = {path.name for path in ROOT.iterdir()}


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_map_names_every_folder(name: str) -> None:
    readme = (ROOT / name).read_text(encoding="utf-8")
    for folder in ("assignments", "solutions", "autograder", "gradebook", "tests", "build"):
        assert f"`{folder}/`" in readme, folder


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def modules() -> list[Path]:
    return [path for package in ("autograder", "gradebook")
            for path in sorted((ROOT / package).rglob("*.py"))]


def test_modules_hold_a_subject_and_stay_readable() -> None:
    """None is long, and none is a fragment: short and used by one other module alone."""
    long = {str(path.relative_to(ROOT)): lines(path) for path in modules() if lines(path) > 500}
    assert long == {}
    users: dict[str, set[Path]] = {}
    for path in modules():
        for name, _ in imported(path):
            users.setdefault(name, set()).add(path)
    fragments = [
        str(path.relative_to(ROOT)) for path in modules()
        if lines(path) < 60 and path.stem not in ("__init__", "__main__")
        and len(users.get(".".join(path.relative_to(ROOT).with_suffix("").parts), ())) == 1
    ]
    assert fragments == []
