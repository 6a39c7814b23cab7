"""Intervals: Wilson and the bootstrap against scipy, and what has no interval."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from gradebook.statistics.intervals import bootstrap, percentiles, wilson


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
