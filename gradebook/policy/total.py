"""The one number of the course: drops, then weights, then rounding, once, at the end.

    total = out_of * sum(w_h * score_h / maximum_h) / sum(w_h)      over the homeworks h that count

w_h is the weight, or the points of the homework where no weights are given: then the total is the
plain sum of points. A homework that somebody is excused from leaves both sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gradebook.course import Course
from gradebook.intake.roster import Standing
from gradebook.policy.grades import HomeworkGrades, Status


@dataclass
class Totals:
    """Tables by student; `contributions` and `dropped` have a column for each homework.

    `contributions`: points of the total that a homework gave, 0 where it does not count.
    `rounding`: what rounding changed. `total` is NaN where `status` allows no number.
    """

    contributions: pd.DataFrame
    dropped: pd.DataFrame
    rounding: pd.Series[float]
    total: pd.Series[float]
    maximum: float
    status: pd.Series[str]


def combine(
    course: Course, homeworks: Sequence[HomeworkGrades], standing: pd.Series[str]
) -> Totals:
    """The total of each student and how it came about; `standing` is the roster's."""
    names = [h.homework.name for h in homeworks]
    shares = pd.DataFrame({h.homework.name: h.score / h.maximum for h in homeworks})
    statuses = pd.DataFrame({h.homework.name: h.status for h in homeworks})
    weights = pd.Series([_weight(h) for h in homeworks], index=names)
    maximum = _maximum(course, homeworks)
    counts = ~statuses.isin(_left_out(course)) & (weights > 0)
    dropped = _dropped(shares.where(counts), weights, course.grade.drop_lowest)
    counts &= ~dropped
    each = counts * weights
    contributions = (shares * each).div(each.sum(axis=1), axis=0) * maximum
    exact = contributions.where(counts, 0).sum(axis=1)
    status = _status(statuses, counts, standing)
    has_number = status.isin([Status.GRADED, Status.LATE, Status.MISSING]) & counts.any(axis=1)
    total = rounded(exact, course.grade.decimals).clip(upper=maximum).where(has_number)
    return Totals(contributions.where(counts, 0.0), dropped, (total - exact).fillna(0.0), total,
                  maximum, status)


def rounded(values: pd.Series[float], decimals: int) -> pd.Series[float]:
    """Rounded half up, as people do; a billionth below the half counts as the half."""
    scale = 10.0**decimals
    return pd.Series(np.floor(values * scale + 0.5 + 1e-9) / scale, index=values.index)


def _weight(grades: HomeworkGrades) -> float:
    weight = grades.homework.weight
    return grades.maximum if weight is None else weight


def _maximum(course: Course, homeworks: Sequence[HomeworkGrades]) -> float:
    """What the total is out of: as said, else 100 with weights, else the points of all."""
    if course.grade.out_of:
        return course.grade.out_of
    weighted = len(homeworks) > 1 and homeworks[0].homework.weight is not None
    return 100.0 if weighted else sum(h.maximum for h in homeworks)


def _left_out(course: Course) -> list[str]:
    """Statuses of a homework that does not enter the total at all."""
    missing = [Status.MISSING.value] if course.grade.missing == "blank" else []
    return [Status.EXCUSED.value, *missing]


def _dropped(
    shares: pd.DataFrame, weights: pd.Series[float], count: int
) -> pd.DataFrame:
    """True for the `count` homeworks that a student's total is best without; one always stays.

    With unequal weights that need not be the lowest ones. The share that is left is raised step by
    step: at each, those are dropped that hold it down most (Dinkelbach 1967; for grades, Kane and
    Kane 2006). Of equals the earlier one is dropped.
    """
    if count == 0:
        return pd.DataFrame(False, index=shares.index, columns=shares.columns)
    x, w = shares.to_numpy(dtype=float), weights.to_numpy(dtype=float)
    there = ~np.isnan(x)
    most = np.minimum(count, there.sum(axis=1) - 1)[:, None]
    share = np.zeros((len(x), 1))
    dropped = np.zeros(x.shape, dtype=bool)
    for _ in range(100):
        order = np.argsort(np.where(there, w * (x - share), np.inf), axis=1, kind="stable")
        ranks = np.argsort(order, axis=1, kind="stable")
        dropped = there & (ranks < most)
        kept = np.where(there & ~dropped, w, 0.0)
        better = (kept * np.nan_to_num(x)).sum(axis=1) / np.maximum(kept.sum(axis=1), 1e-300)
        if np.all(better <= share[:, 0] + 1e-12):
            break
        share = np.maximum(share[:, 0], better)[:, None]
    return pd.DataFrame(dropped, index=shares.index, columns=shares.columns)


def _status(
    statuses: pd.DataFrame, counts: pd.DataFrame, standing: pd.Series[str]
) -> pd.Series[str]:
    """The standing in the roster; else the weightiest status among the homeworks that count."""
    status = pd.Series(Status.GRADED.value, index=statuses.index, dtype="str")
    for word in (Status.LATE, Status.MISSING, Status.OPEN):
        status[(statuses.isin([word.value]) & counts).any(axis=1)] = word.value
    nothing = ~counts.any(axis=1)
    status[nothing] = Status.EXCUSED.value
    status[nothing & statuses.isin([Status.MISSING.value]).any(axis=1)] = Status.MISSING.value
    return status.where(standing == Standing.REGULAR.value, standing)
