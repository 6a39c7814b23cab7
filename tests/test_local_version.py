"""What tells one state of the grader from another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.grading import local as version_module
from autograder.grading.local import version


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    version.cache_clear()
    yield
    version.cache_clear()


def test_it_names_what_grades_depend_on() -> None:
    assert re.fullmatch(
        r"autograder [0-9a-f]{12}, Python 3\.\d+, numpy [\d.]+\w*, otter-grader 7[\d.]+", version())


def test_any_change_of_a_module_is_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version_module, "PACKAGE", tmp_path)
    seen = []
    for name, text in [("a.py", "1"), ("a.py", "2"), ("b.py", "2"), ("notes.txt", "2")]:
        (tmp_path / name).write_text(text)
        version.cache_clear()
        seen.append(version())
    assert len(set(seen)) == 3
    assert seen[2] == seen[3]
