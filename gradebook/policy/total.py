"""The one number of the course: drops, then weights, then rounding, once, at the end.

    total = out_of * sum(w_h * score_h / maximum_h) / sum(w_h)      over the parts h that count

Parts are homeworks and columns. w_h is the weight, or the points of the part where no weights are
given: then the total is the plain sum of points. In a category the parts share its weight. What a
student is excused from leaves both sums. A bonus only adds, w_h of the sum of all other weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gradebook.course import Column, Course, Homework
from gradebook.intake.manual import ColumnScores
from gradebook.intake.roster import Standing
from gradebook.policy.grades import HomeworkGrades, Status


@dataclass(frozen=True)
class Part:
    """A homework or a column: the scores by student (NaN without one), out of `maximum`."""

    entry: Homework | Column
    score: pd.Series[float]
    maximum: float
    status: pd.Series[str]

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def weight(self) -> float:
        return self.maximum if self.entry.weight is None else self.entry.weight

    @classmethod
    def of_homework(cls, grades: HomeworkGrades) -> Part:
        return cls(grades.homework, grades.score, grades.maximum, grades.status)

    @classmethod
    def of_column(cls, found: ColumnScores) -> Part:
        """A column; without a score it is open, and for the exempt it does not count."""
        status = pd.Series(Status.GRADED.value, index=found.score.index, dtype="str")
        status[found.score.isna()] = Status.OPEN.value
        status = status.where(found.standing.eq(""), found.standing)
        status[found.standing.eq(Standing.EXEMPT.value)] = Status.EXCUSED.value
        return cls(found.column, found.score, found.column.out_of, status)


@dataclass
class Totals:
    """Tables by student; `contributions` and `dropped` have a column for each homework.

    `contributions`: points of the total that a homework gave, 0 where it does not count; `worth`:
    the most that it could give this student. `rounding`: what rounding changed. `total` is NaN
    where `status` allows no number.
    """

    contributions: pd.DataFrame
    worth: pd.DataFrame
    dropped: pd.DataFrame
    rounding: pd.Series[float]
    total: pd.Series[float]
    maximum: float
    status: pd.Series[str]


def combine(course: Course, parts: Sequence[Part], standing: pd.Series[str]) -> Totals:
    """The total of each student and how it came about; `standing` is the roster's."""
    names = [part.name for part in parts]
    shares = pd.DataFrame({part.name: part.score / part.maximum for part in parts})
    statuses = pd.DataFrame({part.name: part.status for part in parts})
    weights = pd.Series([part.weight for part in parts], index=names)
    bonus = pd.Series([part.entry.bonus for part in parts], index=names)
    maximum = _maximum(course, parts)
    counts = ~statuses.isin(_left_out(course)) & (weights > 0)
    dropped = pd.DataFrame(False, index=shares.index, columns=names)
    for members, count in _drops(course, parts):
        dropped[members] = _dropped(
            shares[members].where(counts[members]), weights[members], count)
    counts &= ~dropped
    each = _weights(course, parts, counts, weights)
    whole = each.loc[:, ~bonus].sum(axis=1)
    nominal = (sum(c.weight for c in course.category) or weights[~bonus].sum())
    worth = each.loc[:, ~bonus].div(whole, axis=0) * maximum
    for name in weights.index[bonus]:
        worth[name] = weights[name] / nominal * maximum
    worth = worth[names]
    contributions = (shares * worth).where(counts, 0.0)
    exact = contributions.sum(axis=1)
    status = _status(statuses, counts, standing)
    counted = counts.loc[:, ~bonus].any(axis=1)
    has_number = status.isin([Status.GRADED, Status.LATE, Status.MISSING]) & counted
    total = rounded(exact, course.grade.decimals).clip(upper=maximum).where(has_number)
    rounding = (total - exact).fillna(0.0)
    return Totals(contributions, worth, dropped, rounding, total, maximum, status)


def _drops(course: Course, parts: Sequence[Part]) -> list[tuple[list[str], int]]:
    """Parts of which the same number is dropped: the homeworks, or each category's."""
    if course.category:
        return [([p.name for p in parts if p.entry.category == c.name and not p.entry.bonus],
                 c.drop_lowest) for c in course.category if c.drop_lowest]
    homeworks = [p.name for p in parts if isinstance(p.entry, Homework) and not p.entry.bonus]
    return [(homeworks, course.grade.drop_lowest)] if course.grade.drop_lowest else []


def _weights(
    course: Course, parts: Sequence[Part], counts: pd.DataFrame, weights: pd.Series[float]
) -> pd.DataFrame:
    """What each part counts for each student; the parts of a category share its weight."""
    each = counts * weights
    for category in course.category:
        members = [p.name for p in parts if p.entry.category == category.name
                   and not p.entry.bonus]
        whole = each[members].sum(axis=1)
        each[members] = each[members].div(whole.where(whole > 0), axis=0).fillna(0) \
            * category.weight
    return each


def letters(course: Course, total: pd.Series[float]) -> pd.Series[str]:
    """The letter of each total by the boundaries of the course; empty without a total."""
    found = pd.Series("", index=total.index, dtype="str")
    for letter in sorted(course.grade.letters, key=lambda entry: entry.at_least):
        found[total >= letter.at_least - 1e-9] = letter.name
    return found


def rounded(values: pd.Series[float], decimals: int) -> pd.Series[float]:
    """Rounded half up, as people do; a billionth below the half counts as the half."""
    scale = 10.0**decimals
    return pd.Series(np.floor(values * scale + 0.5 + 1e-9) / scale, index=values.index)


def _maximum(course: Course, parts: Sequence[Part]) -> float:
    """What the total is out of: as said, else 100 with weights, else the points of all."""
    if course.grade.out_of:
        return course.grade.out_of
    weighted = len(parts) > 1 and parts[0].entry.weight is not None
    if weighted or course.category:
        return 100.0
    return sum(part.maximum for part in parts if not part.entry.bonus)


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
    for word in (Status.LATE, Status.MISSING, Status.OPEN, Standing.MISCONDUCT, Standing.DEFERRED,
                 Standing.ABSENT):
        status[(statuses.isin([word.value]) & counts).any(axis=1)] = word.value
    nothing = ~counts.any(axis=1)
    status[nothing] = Status.EXCUSED.value
    status[nothing & statuses.isin([Status.MISSING.value]).any(axis=1)] = Status.MISSING.value
    return status.where(standing == Standing.REGULAR.value, standing)
