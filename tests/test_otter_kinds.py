"""Every kind of check has the verdict of `otter run`: right and wrong, in place, at the end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.grading.attempt import Limits
from autograder.grading.supervisor import Supervisor
from autograder.model import SubmissionResult
from autograder.otter.zip_reader import read_autograder
from autograder.sandbox.client import NAMESPACES
from tests.otter_kinds import KINDS, cells, write_kinds
from tests.parity import otter_scores
from tests.tiny import write_notebook
from tests.worker_talk import skip_without_namespaces

pytestmark = pytest.mark.slow

NOTEBOOKS = {"right": (True, False), "wrong": (False, True), "right_at_end": (True, True)}
"""By name: whether it answers rightly, and whether all checks are left to the end."""
FAIL_ANYHOW = {"current_figure_e", "current_figure_d", "class_source_e", "class_source_d"}
"""A figure is closed with its cell, as in Jupyter, and Python finds no source of a class there."""


@dataclass(frozen=True)
class Graded:
    """What came of each notebook: Otter's scores by question, and our result."""

    theirs: dict[str, dict[str, float]]
    ours: dict[str, SubmissionResult]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    skip_without_namespaces()
    folder = tmp_path_factory.mktemp("kinds")
    archive = write_kinds(folder / "autograder.zip")
    paths = {
        name: write_notebook(folder / f"{name}.ipynb", *cells(right=right, at_end=at_end))
        for name, (right, at_end) in NOTEBOOKS.items()
    }
    with ThreadPoolExecutor(2) as pool:
        jobs = {name: pool.submit(otter_scores, archive, path) for name, path in paths.items()}
        ours = _grade(archive, paths)
        return Graded({name: job.result() for name, job in jobs.items()}, ours)


def _grade(archive: Path, paths: dict[str, Path]) -> dict[str, SubmissionResult]:
    with Supervisor(read_autograder(archive), Limits(), NAMESPACES) as supervisor:
        return {
            name: supervisor.grade(path, name, path.name, "digest") for name, path in paths.items()
        }


def test_there_are_many_kinds() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 60


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_kind_has_the_verdict_of_otter_run(graded: Graded, name: str) -> None:
    scores = {question.name: question.score for question in graded.ours[name].questions}
    assert scores == graded.theirs[name]


def test_the_kinds_tell_right_from_wrong(graded: Graded) -> None:
    right, wrong = graded.theirs["right"], graded.theirs["wrong"]
    assert {name for name, score in right.items() if score == 0} == FAIL_ANYHOW
    told_apart = {name for name in right if right[name] > wrong[name]}
    assert len(told_apart) > 0.9 * len(right)
