"""How sure a number is: intervals for shares, and the bootstrap for everything else.

All intervals are at 95 %. The bootstrap works on weights: a resample of N students is the number of
times each was drawn, so that a statistic of sums is one matrix product for many resamples.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

Z = 1.959963984540054
"""The 97.5 % point of the normal distribution."""

SEED = 20
DRAWS_AT_MOST, DRAWS_AT_LEAST = 2000, 400
BUDGET = 20_000_000
"""Student draws in all: a large class needs fewer resamples, and the time stays a second or two."""
CHUNK = 1_000_000
"""Student draws held in memory at a time."""


def wilson(successes: npt.ArrayLike, trials: npt.ArrayLike) -> tuple[Array, Array]:
    """Wilson's score interval for a share (Wilson 1927); NaN where there are no trials.

    Both arguments may be arrays of one shape, and fractions where students at a tie were split.
    """
    k, n = np.asarray(successes, dtype=float), np.asarray(trials, dtype=float)
    n = np.where(n > 0, n, np.nan)
    centre = (k + Z**2 / 2) / (n + Z**2)
    half = Z / (n + Z**2) * np.sqrt(np.maximum(k * (n - k) / n, 0) + Z**2 / 4)
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)


def bootstrap(statistic: Callable[[Array], Array], students: int) -> tuple[Array, Array]:
    """Percentile intervals (Efron 1979) of `statistic`, which maps weights (B, N) to values (B, m).

    The same students in the same order give the same interval. NaN where no resample has a value.
    """
    generator = np.random.default_rng(SEED)
    draws = int(np.clip(BUDGET // students, DRAWS_AT_LEAST, DRAWS_AT_MOST))
    size = max(1, CHUNK // students)
    values = [
        statistic(_weights(generator, min(size, draws - start), students))
        for start in range(0, draws, size)
    ]
    return percentiles(np.concatenate(values))


def _weights(generator: np.random.Generator, draws: int, students: int) -> Array:
    """How often each of N students was drawn in each of B resamples, (B, N)."""
    drawn = generator.integers(0, students, size=(draws, students))
    drawn += np.arange(draws)[:, None] * students
    counts = np.bincount(drawn.reshape(-1), minlength=draws * students)
    return counts.reshape(draws, students).astype(float)


def percentiles(values: Array) -> tuple[Array, Array]:
    """The 2.5 % and 97.5 % points of each column, leaving out NaN."""
    empty = np.isnan(values).all(axis=0)
    low, high = np.nanquantile(np.where(empty, 0.0, values), [0.025, 0.975], axis=0)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)
