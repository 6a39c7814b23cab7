"""Item analysis: how hard each question is, how well it separates, and how reliable the total is.

x_ij is the share of the points of question i that student j earned, T the sum of a student's
shares, R = T - x_i, k questions, N students.

    difficulty      p_i, the mean of x_i (Crocker & Algina 1986)
    discrimination  corr(x_i, R), the corrected item-total correlation (Henrysson 1963)
    upper_lower     D = p_i in the upper 27 % by T minus p_i in the lower 27 % (Kelley 1939)
    alpha           k/(k-1) (1 - sum var_i / var_T), over questions (Cronbach 1951; KR-20 of Kuder &
                    Richardson 1937 if all x are 0 or 1), and the same without question i
    sem             sd_T sqrt(1 - alpha), in questions' worth (Lord & Novick 1968)

Work that is missing is left out of these, and beside them counted as zero (`..._as_zero`). Code
that crashed or ran out of time before any check of a question came to a verdict is no wrong answer:
it is left out of p and counted beside it. T needs all k questions, so there a crash counts as
graded. Everything is NaN for fewer than five students, all but p for fewer than 30, and where
nobody differs from anybody.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from gradebook.cohort import SMALLEST_GROUP, Cohort
from gradebook.intervals import Array, bootstrap, wilson

ENOUGH = 30
"""Students below which a correlation says nothing."""

TAIL = 0.27
NOTHING = 1e-12
"""A variance of shares that is zero but for rounding."""


def item_table(cohort: Cohort) -> pd.DataFrame:
    """A row a question, by name, in notebook order; columns as above, counts in students."""
    questions = cohort.scores.columns
    plain = cohort.scores.to_numpy()
    out = cohort.missing | cohort.ungraded | cohort.crashed | cohort.timed_out
    table = pd.DataFrame(index=pd.Index(questions, name="question"))
    table["answered"] = (~out).sum(axis=0)
    for column, mask in (("missing", cohort.missing), ("crashed", cohort.crashed),
                         ("timed_out", cohort.timed_out), ("ungraded", cohort.ungraded)):
        table[column] = mask.sum(axis=0)
    answers = np.where(out, np.nan, plain)
    everything = np.where(cohort.ungraded, np.nan, np.nan_to_num(plain))
    everything[cohort.missing] = 0.0
    _add(table, "difficulty", *difficulty(answers))
    _add(table, "difficulty_as_zero", *difficulty(everything))
    point, low, high = discrimination(complete(cohort))
    for column in ("discrimination", "upper_lower", "alpha_without"):
        _add(table, column, point[column], low[column], high[column])
    table["discrimination_as_zero"] = coefficients_or_nan(
        everything[~np.isnan(everything).any(axis=1)]
    )["discrimination"]
    return table


def reliability(cohort: Cohort) -> pd.Series:
    """`students`, `alpha`, `alpha_low`, `alpha_high`, `sem`, of students with every question."""
    x = complete(cohort)
    point, low, high = discrimination(x)
    return pd.Series({
        "students": float(len(x)), "alpha": point["alpha"][0], "alpha_low": low["alpha"][0],
        "alpha_high": high["alpha"][0], "sem": point["sem"][0],
    })


def complete(cohort: Cohort) -> Array:
    """x (n, k) of the students whose every question was handed in and graded.

    Sorted by value, so that nothing depends on the order of the rows.
    """
    left_out = (cohort.missing | cohort.ungraded).any(axis=1)
    x: Array = cohort.scores.to_numpy()[~left_out]
    return x[np.lexsort([*x.T, x.sum(axis=1)])] if x.size else x


def difficulty(x: Array) -> tuple[Array, Array, Array]:
    """Mean of each column of x (N, k) without NaN, and its interval: Wilson for zeros and ones."""
    there = ~np.isnan(x)
    count, filled = there.sum(axis=0), np.nan_to_num(x)
    enough = count >= SMALLEST_GROUP
    mean = np.where(enough, filled.sum(axis=0) / np.maximum(count, 1), np.nan)
    low, high = wilson(filled.sum(axis=0), count)
    graded = enough & ~((filled == 0) | (filled == 1)).all(axis=0)
    if graded.any():
        order = np.lexsort(filled.T)
        top, bottom = filled[order][:, graded], there[order][:, graded].astype(float)
        low[graded], high[graded] = bootstrap(
            lambda weights: weights @ top / np.maximum(weights @ bottom, 1), len(x)
        )
    return mean, np.where(enough, low, np.nan), np.where(enough, high, np.nan)


def discrimination(x: Array) -> tuple[dict[str, Array], dict[str, Array], dict[str, Array]]:
    """The coefficients of x (N, k), and the lower and upper ends of their bootstrap intervals."""
    point = coefficients_or_nan(x)
    if len(x) < ENOUGH:
        return point, point, point
    names, sizes = list(point), [len(values) for values in point.values()]
    levels = tie_levels(x.sum(axis=1))

    def statistic(weights: Array) -> Array:
        return np.hstack([coefficients(weights, x, levels)[name] for name in names])

    cuts = np.cumsum(sizes)[:-1]
    low, high = (
        dict(zip(names, np.split(ends, cuts), strict=True))
        for ends in bootstrap(statistic, len(x))
    )
    for name, values in point.items():
        low[name], high[name] = (np.where(np.isnan(values), np.nan, e[name]) for e in (low, high))
    return point, low, high


def coefficients_or_nan(x: Array) -> dict[str, Array]:
    """`coefficients` of x itself, each value an array of k or of one; NaN below 30 students."""
    k = x.shape[1]
    if len(x) < ENOUGH:
        sizes = {"discrimination": k, "alpha_without": k, "alpha": 1, "sem": 1, "upper_lower": k}
        return {name: np.full(size, np.nan) for name, size in sizes.items()}
    order = np.argsort(x.sum(axis=1), kind="stable")
    x = x[order]
    values = coefficients(np.ones((1, len(x))), x, tie_levels(x.sum(axis=1)))
    return {name: value[0] for name, value in values.items()}


def coefficients(
    weights: Array, x: Array, levels: npt.NDArray[np.intp]
) -> dict[str, Array]:
    """Every coefficient of x (N, k), sorted by T, for B weightings (B, N): arrays (B, k) or (B, 1).

    `levels` numbers the values of T. NaN where a variance is zero or k is too small.
    """
    n, k = x.shape
    centred = x - x.mean(axis=0)
    total = centred.sum(axis=1, keepdims=True)
    sums = weights @ np.hstack([centred, centred**2, centred * total, total, total**2]) / n
    mean, square, cross = np.split(sums[:, : 3 * k], 3, axis=1)
    total_mean, total_square = sums[:, [3 * k]], sums[:, [3 * k + 1]]
    var, cov = square - mean**2, cross - mean * total_mean
    total_var = total_square - total_mean**2
    rest_var = total_var + var - 2 * cov
    var_sum = var.sum(axis=1, keepdims=True)
    alpha = _alpha(k, var_sum, total_var)
    return {
        "discrimination": _divided(cov - var, np.sqrt(_positive(var) * _positive(rest_var))),
        "alpha_without": _alpha(k - 1, var_sum - var, rest_var),
        "alpha": alpha,
        "sem": np.sqrt(np.maximum(total_var * n / (n - 1) * (1 - alpha), 0)),
        "upper_lower": np.where(var > NOTHING, _upper_lower(weights, x, levels), np.nan),
    }


def tie_levels(total: Array) -> npt.NDArray[np.intp]:
    """Number the values of an ascending T (N,) from 0; sums that differ by rounding are one."""
    steps = np.diff(total, prepend=total[:1]) > 1e-9
    return np.cumsum(steps)


def tails(weights: Array, levels: npt.NDArray[np.intp]) -> tuple[Array, Array]:
    """The lower and the upper 27 % of each weighting, as weights (B, N) of students sorted by T.

    Students at the border who tie are taken in part, so that no order among them matters.
    """
    starts = np.flatnonzero(np.diff(levels, prepend=-1))
    counts = np.add.reduceat(weights, starts, axis=1)
    after = np.cumsum(counts, axis=1)
    quota = TAIL * after[:, -1:]
    some = np.maximum(counts, NOTHING)
    lower = np.clip((quota - (after - counts)) / some, 0, 1)
    upper = np.clip((quota - (after[:, -1:] - after)) / some, 0, 1)
    return lower[:, levels] * weights, upper[:, levels] * weights


def _upper_lower(weights: Array, x: Array, levels: npt.NDArray[np.intp]) -> Array:
    lower, upper = tails(weights, levels)
    difference: Array = (upper - lower) @ x / (TAIL * weights.sum(axis=1, keepdims=True))
    return difference


def _alpha(k: int, var_sum: Array, total_var: Array) -> Array:
    if k < 2:
        return np.full(np.broadcast(var_sum, total_var).shape, np.nan)
    return k / (k - 1) * (1 - _divided(var_sum, _positive(total_var)))


def _positive(variance: Array) -> Array:
    return np.where(variance > NOTHING, variance, np.nan)


def _divided(a: Array, b: Array) -> Array:
    quotient: Array = a / b
    return quotient


def _add(table: pd.DataFrame, column: str, point: Array, low: Array, high: Array) -> None:
    table[column], table[f"{column}_low"], table[f"{column}_high"] = point, low, high
