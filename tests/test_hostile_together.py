"""The hostile corpus in together mode: nothing leaves the sandbox, and every submission has a row.

As with Otter, code in the process of the tests can read them and forge its own results. `CAN` lists
who does so here. Left out are the cases that wait for a time limit.
"""

from __future__ import annotations

import pytest

from autograder.model import MAX_REASON
from autograder.sandbox.client import NAMESPACES
from tests.hostile.all_cases import CASES
from tests.hostile.corpus import HONEST
from tests.hostile.homework import CANARIES
from tests.test_hostile import Graded, grade_corpus, letters
from tests.worker_talk import skip_without_namespaces

KINDS = ("reading", "telling", "forging", "harming", "oddities")
NAMES = [case.name for case in CASES.values() if case.kind in KINDS and "T" not in case.checks]
CAN = {
    "returns_objects_that_equal_everything": "answers with objects that compare as they like",
    "returns_subclasses_that_lie": "answers with subclasses that compare as they like",
    "climbs_the_frames": "reads the expected value from the frame of the test that calls it",
    "searches_every_object": "finds the test's source among the objects of the process",
}
"""Submissions that gain points of their own; what they do, also with `otter run`."""
OUTSIDE = ("CANARY-ENV", "CANARY-FILE", "CANARY-NEIGHBOUR", "CANARY-NOTE")
"""What lies outside of the sandbox; the tests and what they expect lie inside."""


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    skip_without_namespaces()
    folder = tmp_path_factory.mktemp("together")
    return grade_corpus(folder, NAMES, NAMESPACES, [], together=True)


def test_every_submission_has_a_row(graded: Graded) -> None:
    assert set(NAMES) <= set(graded.results)
    assert len(graded.table.splitlines()) == len(graded.results) + 2
    assert graded.errors == ""


def test_nobody_else_s_score_moves(graded: Graded) -> None:
    neighbours = [graded.results[name] for name in graded.results if name not in NAMES]
    assert neighbours
    assert {(letters(result), result.score) for result in neighbours} == {(HONEST, 6)}


def test_who_gains_points_is_known(graded: Graded) -> None:
    gained = {name for name in NAMES if graded.results[name].score > CASES[name].score}
    assert gained == set(CAN)


def test_nobody_gains_more_than_the_tests_are_worth(graded: Graded) -> None:
    for result in graded.results.values():
        assert all(0 <= q.score <= q.possible for q in result.questions), result.name


def test_nothing_from_outside_comes_out(graded: Graded) -> None:
    for name, result in graded.results.items():
        said = [result.reason, *(c.reason for q in result.questions for c in q.checks)]
        assert not [canary for canary in OUTSIDE if canary in " ".join(said)], name
        assert all(text.isprintable() and len(text) <= MAX_REASON for text in said), name


def test_nothing_of_a_hidden_test_is_shown_to_a_student(graded: Graded) -> None:
    for name, text in graded.shown.items():
        assert not [canary for canary in CANARIES if canary in text], name
    assert not [canary for canary in CANARIES if canary in graded.table]
