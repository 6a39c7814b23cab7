"""A homework of two questions, written by hand as an autograder.zip, and notebooks for it.

No build is needed, so that tests of the grader start at once.
"""

from __future__ import annotations

import contextlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

from autograder.errors import UserError
from autograder.model import HOMEWORK_FILE
from autograder.otter.zip_reader import read_autograder

DOUBLE = '''\
from otter.test_files import test_case
OK_FORMAT = False
name = "q1_double"
points = 3

@test_case(points=1)
def doubles_two(double):
    assert double is not None, "define double first"
    assert double(2) == 4

@test_case(points=2, hidden=True, failure_message="Lists are doubled entry by entry.",
           success_message="Well done.")
def doubles_lists(double):
    assert double is not None, "define double first"
    assert list(double([1, 2])) == [2, 4]
'''
HALF = '''\
from otter.test_files import test_case
OK_FORMAT = False
name = "q2_half"

@test_case(name="halves", points=2, hidden=True)
def halves(half):
    assert half is not None, "define half first"
    assert half(5) == 2.5
'''
TESTS = {"tests/q1_double.py": DOUBLE, "tests/q2_half.py": HALF}

RIGHT = "def double(x):\n    return [2 * v for v in x] if isinstance(x, list) else 2 * x"
WRONG = "def double(x):\n    return 2 * x"
RIGHT_HALF = "def half(x):\n    return x / 2"
START = "import otter\ngrader = otter.Notebook()"
CHECK = 'grader.check("q1_double")'


def write_zip(
    path: Path, members: Mapping[str, str | bytes] = TESTS, *, together: bool = False
) -> Path:
    """An autograder.zip with these members; the same members make the same bytes.

    It is graded apart, as one that was built here, if not `together`.
    """
    _write(path, members)
    if not together and HOMEWORK_FILE not in members:
        with contextlib.suppress(UserError):  # a zip that is broken on purpose
            description = {**read_autograder(path).description, "together": False}
            _write(path, {**members, HOMEWORK_FILE: json.dumps(description)})
    return path


def _write(path: Path, members: Mapping[str, str | bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)


def notebook_text(*cells: str, assignment: str | None = None) -> str:
    """A notebook with these cells of code, as a file."""
    metadata = {"otter": {"assignment_name": assignment}} if assignment else {}
    return json.dumps({
        "cells": [
            {"cell_type": "code", "id": f"cell-{number}", "metadata": {}, "outputs": [],
             "execution_count": None, "source": source}
            for number, source in enumerate(cells)
        ],
        "metadata": metadata, "nbformat": 4, "nbformat_minor": 5,
    })


def write_notebook(path: Path, *cells: str, assignment: str | None = None) -> Path:
    """Write a notebook with these cells of code."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook_text(*cells, assignment=assignment), encoding="utf-8")
    return path
