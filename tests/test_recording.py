"""No verdict depends on whether answers are recorded; tests.recording shows it at length."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.authoring.homework import Homework
from autograder.grading.attempt import Limits
from autograder.otter.zip_reader import read_autograder
from tests.hostile.run import LIMITS
from tests.recording import differences, hostile, random_answers

ATTACKS = ["returns_subclasses_that_lie", "changes_the_arguments"]


@pytest.mark.slow
def test_random_answers_get_the_same_verdicts(
    toy: Homework, toy_build: Path, tmp_path: Path
) -> None:
    paths = random_answers(toy, toy_build / "student/toy.en.ipynb", 4, tmp_path / "random")
    on = read_autograder(toy_build / "autograder.zip")
    assert differences(on, paths, Limits(check=3.0)) == (4, [])


@pytest.mark.slow
def test_attacks_get_the_same_verdicts(tmp_path: Path) -> None:
    on, paths = hostile(tmp_path / "hostile", ATTACKS)
    diagnosed, differing = differences(on, paths, LIMITS)
    assert diagnosed and differing == []
