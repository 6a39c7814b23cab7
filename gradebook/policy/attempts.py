"""Which of a student's attempts counts, and whether that can be told at all.

What was handed in at once is one attempt: of several notebooks in it, the one that belongs to this
homework counts. A file without gradable work is no attempt while the student has another one. Of
the attempts, the policy takes the best (after lateness), the latest or the first.

Attempts are rows of the table that `grades` makes (namedtuples of `itertuples`), with the columns
student, deposit, file, submitted_at, series, order, quality, points (a tuple), final, optimistic
and pending; see `grades`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal

import pandas as pd

Choice = Literal["best", "latest", "first"]
NO_WORK, NO_CHECKS, WORK = range(3)
"""The quality of a notebook: nothing to grade in it, no check cells of this homework left, or all
is there."""
EPS = 1e-6
LONG_AGO = pd.Timestamp("1970-01-01", tz="UTC")


@dataclass(frozen=True)
class Attempt:
    """What a student handed in at once: the row that counts of it, and those it was chosen from.

    `others` are notebooks that may be meant just as well. `number` counts a student's attempts.
    """

    row: Any
    others: tuple[Any, ...] = ()
    number: int = 1

    @property
    def known(self) -> bool:
        """True when this attempt has one score that will not change."""
        return not self.others and not self.row.pending and self.row.quality != NO_WORK

    @property
    def most(self) -> float:
        """The most points that this attempt can turn out to be worth."""
        return float(max(row.optimistic for row in (self.row, *self.others)))


@dataclass(frozen=True)
class Choosing:
    """The attempt that counts, of how many, and those of which nobody knows whether they are later
    (or earlier) than it."""

    attempt: Attempt
    attempts: int = 1
    disputed: list[Attempt] = field(default_factory=list)


def choose(claims: Iterable[Any], choice: Choice) -> dict[int, Choosing]:
    """By student, the attempt that counts; the result does not depend on the order of `claims`."""
    ordered = sorted(claims, key=_place)
    chosen = {}
    for student, rows in groupby(ordered, key=lambda row: row.student):
        deposits: dict[str, list[Any]] = {}
        for row in rows:
            deposits.setdefault(row.deposit, []).append(row)
        attempts = [_one_notebook(notebooks, number)
                    for number, notebooks in enumerate(deposits.values(), 1)]
        chosen[int(student)] = _counting(attempts, choice)
    return chosen


def _place(row: Any) -> tuple[Any, ...]:
    """By student and time; those without a time come first, in the order of their names."""
    time = LONG_AGO if pd.isna(row.submitted_at) else row.submitted_at
    return row.student, time, row.order, row.file, row.submission


def _one_notebook(notebooks: Sequence[Any], number: int) -> Attempt:
    """The notebook of a hand-in that belongs to the homework, with those that do just as well."""
    quality = max(row.quality for row in notebooks)
    first, *others = [row for row in notebooks if row.quality == quality]
    differing = tuple(row for row in others if row.pending or row.points != first.points)
    return Attempt(first, differing if quality != NO_WORK else (), number)


def _counting(attempts: list[Attempt], choice: Choice) -> Choosing:
    graded = [a for a in attempts if a.row.quality != NO_WORK] or attempts
    if choice == "best":
        return Choosing(_best(graded), len(attempts))
    picked = graded[-1] if choice == "latest" else graded[0]
    disputed = [other for other in graded
                if other is not picked and not _order_known(other.row, picked.row)
                and not _equal(other, picked)]
    return Choosing(picked, len(attempts), disputed)


def _best(attempts: list[Attempt]) -> Attempt:
    """The best one, of equally good ones the earliest; one that is not graded to the end counts
    while it may still turn out better than all that are."""
    known = [a for a in attempts if a.known]
    doubtful = [a for a in attempts if not a.known]
    best = max(known, key=lambda a: round(float(a.row.final), 6), default=None)
    hope = max(doubtful, key=lambda a: a.most, default=None)
    if best is None or (hope is not None and hope.most > best.row.final + EPS):
        assert hope is not None
        return hope
    return best


def _order_known(one: Any, other: Any) -> bool:
    """Whether it is known which of two attempts is the later one."""
    if one.series and one.series == other.series and one.order != other.order:
        return True
    if pd.isna(one.submitted_at) or pd.isna(other.submitted_at):
        return False
    return bool(one.submitted_at != other.submitted_at)


def _equal(one: Attempt, other: Attempt) -> bool:
    """Whether it makes no difference which of two attempts counts."""
    return one.known and other.known and abs(one.row.final - other.row.final) < EPS \
        and one.row.points == other.row.points
