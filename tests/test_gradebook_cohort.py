"""The class: who counts, who handed in, what became of each answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from autograder.errors import UserError
from gradebook.statistics.cohort import bootstrap, cohort, percentiles, wilson
from tests.gradebook_cohorts import frames_of
from tests.sentences import sentence


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
    assert caught.value == UserError(sentence("student-frames"), sentence("numbers-read"), "7, 9",
                                     sentence("read-frames"))


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (57, 120), (1, 50_000)])
def test_wilson_agrees_with_scipy(k: int, n: int) -> None:
    expected = stats.binomtest(k, n).proportion_ci(method="wilson")
    assert np.allclose(wilson(k, n), (expected.low, expected.high), atol=1e-12)


def test_wilson_has_no_interval_without_trials() -> None:
    low, high = wilson([0, 1], [0, 4])
    assert np.isnan(low[0]) and np.isnan(high[0])
    assert low[1] == pytest.approx(0.0456, abs=1e-3)


def test_wilson_stays_between_0_and_1_when_rounding_makes_k_exceed_n() -> None:
    low, high = wilson(8.1 + 1e-12, 8.1)
    assert 0 <= low <= high <= 1


def test_bootstrap_of_a_mean_agrees_with_scipy() -> None:
    x = np.random.default_rng(1).beta(2, 1, size=200)
    low, high = bootstrap(lambda weights: weights @ x[:, None] / len(x), len(x))
    expected = stats.bootstrap(
        (x,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    assert low[0] == pytest.approx(expected.low, abs=0.004)
    assert high[0] == pytest.approx(expected.high, abs=0.004)


def test_bootstrap_weights_are_resamples_and_reproducible() -> None:
    seen = []

    def statistic(weights: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> np.ndarray[
        tuple[int, int], np.dtype[np.float64]
    ]:
        seen.append(weights)
        return weights[:, :1]

    first = bootstrap(statistic, 40)
    assert all((weights.sum(axis=1) == 40).all() for weights in seen)
    assert sum(len(weights) for weights in seen) == 2000
    assert bootstrap(statistic, 40) == first


def test_percentiles_leave_out_resamples_without_a_value() -> None:
    values = np.array([[1.0, np.nan], [2.0, np.nan], [np.nan, np.nan]])
    low, high = percentiles(values)
    assert (low[0], high[0]) == pytest.approx((1.025, 1.975))
    assert np.isnan(low[1]) and np.isnan(high[1])
