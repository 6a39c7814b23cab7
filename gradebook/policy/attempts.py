"""Which attempt of a student counts, and what lateness costs; used by `policy.grades`.

**Attempts.** All that a student hands in at one time is one attempt. If it holds several notebooks,
the one of this homework counts. A file without gradable work counts only if the student has nothing
else. The policy takes the best attempt (after lateness), the latest or the first. `choose` takes
rows of the table that `grades` makes (namedtuples of `itertuples`), with the columns student,
deposit, file, submitted_at, series, order, quality, points (a tuple), final, optimistic and
pending; see `grades`.

**Lateness.** Within the grace minutes nothing is late; after them lateness counts from the
deadline. Each free day (or free hour) of the course cancels a day (an hour) of lateness. The
penalty takes a share for each day or hour that has begun. Or cut-offs say which share is kept;
after the last cut-off nothing is kept.

**Extensions and accommodations** come from a CSV with a row for a student and a homework, or for
all homeworks: columns `id`; `homework` (empty: every homework); then any of `due` (a new deadline),
`days`, `hours` (so much later), `free_days` (more days without penalty; 24 hours each where the
course counts free hours), `excused` (does not count). If several rows name a student, the most
generous one counts. Other columns, such as a reason, are not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from autograder.errors import UserError, UserErrors, collect_errors, did_you_mean
from autograder.language import _
from gradebook.course import Late, read_time
from gradebook.intake.owners import People, unknown_student
from gradebook.intake.results import POINTS_EPS
from gradebook.intake.roster import STUDENT, as_id
from gradebook.tables import Problem, Sheet, as_row, read_sheet

Choice = Literal["best", "latest", "first"]
NO_WORK, NO_CHECKS, WORK = range(3)
"""The quality of a notebook: nothing to grade in it, no check cells of this homework left in it, or
neither of these."""
LONG_AGO = pd.Timestamp("1970-01-01", tz="UTC")
HEADERS = {
    "id": STUDENT,
    "homework": ["homework", "assignment", "作业"],
    "due": ["due", "until", "截止时间", "延期至"],
    "days": ["days", "天数", "延期天数"],
    "hours": ["hours", "小时", "延期小时"],
    "free_days": ["freedays", "latedays", "免罚天数"],
    "excused": ["excused", "免交"],
}
YES = {"yes", "y", "true", "1", "x", "excused", "是", "免交", "√", "✓"}
NO = {"", "no", "n", "false", "0", "否"}
COLUMNS = ["student", "homework", "due", "shift", "free_days", "excused"]
HOURS = {"per_day": 24.0, "per_hour": 1.0}


@dataclass(frozen=True)
class Attempt:
    """All that a student handed in at one time: `row` is the notebook that counts.

    `others` are notebooks of the same quality with other points: the student may have meant one of
    these. `number` counts a student's attempts, from 1.
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
    """The attempt that counts, and how many there are.

    `disputed` are attempts that may be earlier or later than it: their times are not known.
    """

    attempt: Attempt
    attempts: int = 1
    disputed: list[Attempt] = field(default_factory=list)


def choose(claims: Iterable[Any], choice: Choice) -> dict[int, Choosing]:
    """The attempt that counts, by student; the result does not depend on the order of `claims`."""
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
    """Sort key: student, then time; rows without a time come first, in the order of names."""
    time = LONG_AGO if pd.isna(row.submitted_at) else row.submitted_at
    return row.student, time, row.order, row.file, row.submission


def _one_notebook(notebooks: Sequence[Any], number: int) -> Attempt:
    """The notebook of an attempt that belongs to the homework, with equally good ones."""
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
    """The best attempt, the earliest of equally good ones.

    An attempt without a final score counts as the best while it can still turn out to be that.
    """
    known = [a for a in attempts if a.known]
    unknown = [a for a in attempts if not a.known]
    best = max(known, key=lambda a: round(float(a.row.final), 6), default=None)
    hope = max(unknown, key=lambda a: a.most, default=None)
    if best is None or (hope is not None and hope.most > best.row.final + POINTS_EPS):
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
    return one.known and other.known and abs(one.row.final - other.row.final) < POINTS_EPS \
        and one.row.points == other.row.points


@dataclass
class Extensions:
    """`rows`: student number, homework (`""` for all), due, shift, free_days, excused."""

    rows: pd.DataFrame

    def deadlines(self, homework: str, due: datetime, students: pd.Index[int]) -> pd.Series[Any]:
        """The deadline of each student, in UTC: the latest that a row gives, not before `due`."""
        base = pd.Timestamp(due).tz_convert("UTC").as_unit("us")
        deadlines = pd.Series(base, index=students)
        rows = self._of(homework)
        for given in (rows["due"], base + rows["shift"]):
            best = given.groupby(rows["student"]).max().reindex(students)
            deadlines = deadlines.where(~(best > deadlines), best)
        return deadlines

    def excused(self, homework: str, students: pd.Index[int]) -> pd.Series[bool]:
        """True for students who are excused from `homework`."""
        rows = self._of(homework)
        return pd.Series(students.isin(rows.loc[rows["excused"], "student"]), index=students)

    def free_days(self, students: pd.Index[int]) -> pd.Series[int]:
        """Free late days beyond what everybody has."""
        best = self.rows.groupby("student")["free_days"].max()
        return best.reindex(students).fillna(0).astype("int64")

    def _of(self, homework: str) -> pd.DataFrame:
        return self.rows[self.rows["homework"].isin(["", homework])]


def read_extensions(
    path: Path | None, people: People, zone: ZoneInfo, homeworks: Sequence[str]
) -> tuple[Extensions, list[Problem]]:
    """The extensions in `path`, if there is one; and a problem for each row of an unknown student.

    Raises UserErrors with every misspelt homework, negative number and bad time, and its row.
    """
    if path is None:
        return Extensions(_table([])), []
    sheet = read_sheet(path, HEADERS, ["id"])
    if len(sheet.columns) < 2:
        raise UserError(
            str(path), _("a column of {headers}").format(headers=', '.join(list(HEADERS)[2:])),
            ", ".join(sheet.titles), _("add what is granted"),
        )
    cells = pd.DataFrame({kind: sheet.text(kind) for kind in HEADERS})
    rows, problems, errors = [], list[Problem](), list[UserError]()
    for label, cell in cells.iterrows():
        row = as_row(label)
        student = people.student(cell["id"])
        if student is None:
            problems.append(unknown_student(sheet, row, as_id(cell["id"]), people))
            continue
        rows.append((student, *_granted(sheet, row, cell, zone, homeworks, errors)))
    if errors:
        raise UserErrors(errors)
    return Extensions(_table(rows)), problems


def _granted(
    sheet: Sheet, row: int, cell: pd.Series[str], zone: ZoneInfo, homeworks: Sequence[str],
    errors: list[UserError],
) -> tuple[Any, ...]:
    """The homework, due, shift, free_days and excused of a row; its errors go into `errors`."""
    where = sheet.place(row)
    if cell["homework"] and cell["homework"] not in homeworks:
        errors.append(UserError(
            where,
            _("one of {homeworks}, or nothing for all").format(homeworks=', '.join(homeworks)),
            cell["homework"], did_you_mean(cell["homework"], list(homeworks)),
        ))
    if cell["excused"].casefold() not in YES | NO:
        errors.append(UserError(
            where, _("yes or no in `excused`"), cell["excused"], _("write yes or no"),
        ))
    due, numbers = None, {"days": 0.0, "hours": 0.0, "free_days": 0.0}
    with collect_errors(errors):
        due = read_time(cell["due"], zone, f"{where}, due") if cell["due"] else None
    for kind, most in (("days", 3650), ("hours", 87600), ("free_days", 3650)):
        with collect_errors(errors):
            numbers[kind] = _number(cell[kind], f"{where}, {kind}", most)
    free = numbers["free_days"]
    if free != int(free):
        errors.append(UserError(
            f"{where}, free_days", _("whole days"), f"{free:g}",
            _("round them"),
        ))
    shift = timedelta(days=numbers["days"], hours=numbers["hours"])
    return cell["homework"], due, shift, int(free), cell["excused"].casefold() in YES


def _number(text: str, where: str, most: float) -> float:
    """The number in a cell, 0 for an empty one; outside of 0 to `most` it is a UserError."""
    try:
        value = float(text or 0)
    except ValueError:
        value = float("nan")
    if not 0 <= value <= most:
        raise UserError(
            where, _("a number from {low:g} to {high:g}").format(low=0, high=most), text,
            _("correct the cell"),
        )
    return value


def _table(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame["due"] = pd.to_datetime(frame["due"], utc=True).astype("datetime64[us, UTC]")
    frame["shift"] = pd.to_timedelta(frame["shift"]).astype("timedelta64[us]")
    return frame.astype({"student": "int64", "free_days": "int64", "excused": bool})


def late_by(submitted: pd.Series[Any], due: pd.Series[Any], grace_minutes: float) -> pd.Series[Any]:
    """Lateness of each submission, a timedelta; zero if it is in time or its time is unknown."""
    zero = pd.Timedelta(0)
    late = (submitted - due).fillna(zero)
    return late.where(late > pd.Timedelta(minutes=grace_minutes), zero)


def free_units_used(late: pd.Series[Any], left: pd.Series[int], unit: float) -> pd.Series[int]:
    """Free days or hours (of `unit` hours) that are used: each that has begun, at most `left`."""
    begun = pd.Series(np.ceil(in_hours(late) / unit), index=late.index)
    return begun.clip(upper=left).astype("int64")


def share_lost(policy: Late, hours: pd.Series[float]) -> pd.Series[float]:
    """The share, 0..1, of points lost by work that is `hours` late beyond free time."""
    lost = np.zeros(len(hours))
    if policy.penalty == "cut_offs":
        limits = np.array([cut.hours for cut in policy.cut_offs])
        keep = np.array([*(cut.keep for cut in policy.cut_offs), 0.0])
        kept = keep[np.searchsorted(limits, hours.to_numpy(), side="left")]
        lost = np.where(hours > 0, 1 - kept, 0.0)
    elif policy.penalty in HOURS:
        lost = policy.rate * np.ceil(hours.to_numpy() / HOURS[policy.penalty])
    return pd.Series(lost, index=hours.index).clip(upper=policy.max_penalty)


def points_lost(
    policy: Late, late: pd.Series[Any], free: pd.Series[int], score: pd.Series[float],
    maximum: float, unit: float,
) -> pd.Series[float]:
    """Points lost, at most `score`; `free` days or hours (of `unit` hours) cost nothing."""
    hours = (in_hours(late) - unit * free).clip(lower=0)
    share = share_lost(policy, hours)
    return (share * score if policy.rate_of == "score" else share * maximum).clip(upper=score)


def in_hours(late: pd.Series[Any]) -> pd.Series[float]:
    """A length of time in hours, to the microsecond."""
    hours: pd.Series[float] = late.dt.total_seconds() / 3600
    return hours
