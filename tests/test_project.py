"""What holds for every file of the repository: nothing of a machine, nobody's name, a true map."""

from __future__ import annotations

import ast
import re
import subprocess
import tokenize
from io import StringIO
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


FRAGMENT, LONG = 90, 500
"""A module with fewer lines should have several users; none should have more lines than LONG."""
STARTED = {
    "autograder/__main__.py", "autograder/pages.py", "autograder/sandbox/container_stream.py",
}
"""Modules that are started as programs, or imported by pages of a homework only."""


def users() -> dict[Path, set[Path]]:
    """The modules that import each module."""
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in modules()}
    found: dict[Path, set[Path]] = {path: set() for path in modules()}
    for path in modules():
        for name, _ in imported(path):
            if name in names and names[name] != path:
                found[names[name]].add(path)
    return {path: users for path, users in found.items() if path.stem != "__init__"}


def test_no_module_is_long_and_none_is_a_fragment_of_another() -> None:
    assert {str(path): lines(path) for path in modules() if lines(path) > LONG} == {}
    fragments = [str(path.relative_to(ROOT)) for path, importers in users().items()
                 if lines(path) < FRAGMENT and len(importers) == 1]
    assert fragments == []


def test_every_module_has_a_user() -> None:
    unused = {str(path.relative_to(ROOT)) for path, importers in users().items() if not importers}
    assert unused == STARTED


def test_a_module_begins_with_one_docstring_and_its_imports() -> None:
    """No block of comments at the top level is what was once the docstring of a merged module."""
    wrong = []
    for path in modules():
        name, text = path.relative_to(ROOT), path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        assert ast.get_docstring(tree), name
        places = [number for number, node in enumerate(tree.body)
                  if isinstance(node, ast.Import | ast.ImportFrom)]
        if places and places[-1] > len(places) + 1:  # otter's import in a `with` may stand between
            wrong.append(f"{name}: imports in the middle")
        comments = {token.start[0] for token in tokenize.generate_tokens(StringIO(text).readline)
                    if token.type == tokenize.COMMENT and token.start[1] == 0}
        wrong += [f"{name}:{line}: a block of comments" for line in sorted(comments)
                  if {line + 1, line + 2} <= comments]
    assert wrong == []
