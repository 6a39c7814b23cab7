"""The class: who counts, who handed in, what became of each answer."""

from __future__ import annotations

import pandas as pd
import pytest

from autograder.errors import UserError
from gradebook.statistics.cohort import cohort
from tests.gradebook_cohorts import frames_of


def test_without_students_every_submission_is_one() -> None:
    found = cohort(frames_of({"q01": ["pp"] * 5}))
    assert len(found.students) == 5
    assert found.handed_in.all()
    assert found.left_out == {}
    assert not found.too_small


def test_statuses_leave_out_or_count() -> None:
    students = pd.DataFrame({
        "submission": [1, 2, 3, None, None, None],
        "status": ["graded", "late", "", "missing", "exempt", "deferred"],
    })
    found = cohort(frames_of({"q01": ["pp"] * 3}), students)
    assert len(found.students) == 4
    assert found.handed_in.tolist() == [True, True, True, False]
    assert found.left_out == {"deferred": 1, "exempt": 1}
    assert found.too_small


def test_files_without_work_are_missing_work() -> None:
    statuses = ["Completed", "empty notebook", "not a readable notebook",
                "notebook of another assignment", "a cell raised an error"]
    found = cohort(frames_of({"q01": ["pp", "nn", "ff", "ff", "pf"]}, status=statuses))
    assert found.handed_in.tolist() == [True, False, False, False, True]
    assert found.missing[:, 0].tolist() == [False, True, True, True, False]
    assert not found.ungraded.any()


def test_a_cell_has_one_reason_at_most() -> None:
    answers = ["pp", "pe", "fe", "ft", "ee", "te", "nf", "pn", "ff"]
    found = cohort(frames_of({"q01": answers}))
    assert found.crashed[:, 0].tolist() == [a == "ee" for a in answers]
    assert found.timed_out[:, 0].tolist() == [a == "te" for a in answers]
    assert found.ungraded[:, 0].tolist() == ["n" in a for a in answers]


def test_students_of_a_group_count_once_each() -> None:
    students = pd.DataFrame({"submission": pd.array([1, 1, 2, None], dtype="Int64")})
    found = cohort(frames_of({"q01": ["pp", "pf"]}), students)
    assert found.scores["q01"].fillna(-1).tolist() == [1.0, 1.0, 0.5, -1]


def test_a_submission_that_was_not_read_is_refused() -> None:
    with pytest.raises(UserError) as caught:
        cohort(frames_of({"q01": ["pp"]}), pd.DataFrame({"submission": [1, 7, 9]}))
    assert str(caught.value) == (
        "the students' submissions\n"
        "  expected: numbers of submissions that were read\n"
        "  found:    7, 9\n"
        "  to do:    read the frames of the run that holds them"
    )
