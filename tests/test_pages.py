"""The words of a page do nothing, so that a page is also an ordinary Python module."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from autograder.pages import accepted, check, held_out, mistake, proof, right, see
from tests.conftest import TOY_ROOT


def test_marks_return_what_they_mark() -> None:
    def function() -> None:
        """Anything."""

    marks = [
        check(points=1),
        mistake(function),
        held_out("one_belief", "another"), held_out(None), accepted, right, proof, see,
    ]
    assert all(mark(function) is function for mark in marks)


@pytest.mark.parametrize("path", sorted(TOY_ROOT.glob("*/toy/*.py")), ids=lambda path: path.stem)
def test_pages_are_ordinary_modules(path: Path) -> None:
    names = runpy.run_path(str(path))
    assert callable(names["np"].array)
