"""The grade of one homework, in the order of the policy.

raw points -> manual points -> the attempt that counts -> late penalty -> scale. Tables are indexed
by student, 0..n-1 in roster order, unless they say otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

import numpy as np
import pandas as pd

from gradebook.course import Course, Homework
from gradebook.intake.results import Results
from gradebook.intake.roster import Roster, Standing
from gradebook.intake.submissions import Sources
from gradebook.policy.late import Extensions, free_days_used, late_by, points_lost
from gradebook.tables import Problem

Choice = Literal["best", "latest", "first"]


def in_order(claims: pd.DataFrame) -> pd.DataFrame:
    """The claims by student and time; those without a time come first, in the order of their names.

    Adds `attempt`, counted from 1 for each student, and `attempts`, how many there are. The result
    does not depend on the order of the rows given.
    """
    ordered = claims.sort_values(
        ["student", "submitted_at", "order", "file", "submission"], na_position="first"
    ).reset_index(drop=True)
    groups = ordered.groupby("student")["submission"]
    return ordered.assign(attempt=groups.cumcount() + 1, attempts=groups.transform("size"))


def before_closing(claims: pd.DataFrame, closes: pd.Series[Any] | None) -> pd.Series[bool]:
    """True for claims made by the closing time of their student; an unknown time is in time."""
    if closes is None:
        return pd.Series(True, index=claims.index)
    return ~(claims["submitted_at"] > claims["student"].map(closes))


def choose(ordered: pd.DataFrame, points: pd.Series[float], choice: Choice) -> pd.DataFrame:
    """One of the claims of `in_order` for each student; of equally good ones the earliest.

    `points` has the index of `ordered`. The result is indexed by student.
    """
    if choice == "best":
        picked = points.round(6).groupby(ordered["student"]).idxmax()
        rows = ordered.loc[picked]
    else:
        keep: Literal["first", "last"] = "last" if choice == "latest" else "first"
        rows = ordered.drop_duplicates("student", keep=keep)
    return rows.set_index("student")


def closed_out(claims: pd.DataFrame, results: Results) -> list[Problem]:
    """Submissions after the closing time of their student."""
    return [Problem(str(results.path), 0, "submission after closing time",
                    "a submission before `closes`", file,
                    "extend the student's deadline if it shall count")
            for file in claims["file"].drop_duplicates().tolist()]


def without_time(homework: Homework, counted: pd.DataFrame, results: Results) -> list[Problem]:
    """Submissions that count, of which nobody knows when they were made; late ones by name."""
    if homework.due is None:
        return []
    unknown = counted[counted["submitted_at"].isna()].drop_duplicates("submission")
    late = unknown["late_mark"].eq(True)
    remedy = "give `submitted_at` in the file that `corrections` names"
    problems = [Problem(str(results.path), 0, "late by an unknown time", "the time of submission",
                        f"{file}, which the platform marks late",
                        f"{remedy}; until then no penalty")
                for file in unknown.loc[late, "file"].tolist()]
    if not late.all():
        problems.append(Problem(
            str(results.path), 0, "submissions without a time", "the time of submission",
            f"{(~late).sum()} of {homework.name} without one, counted as in time", remedy))
    return problems


def without_grade(roster: Roster, name: str, status: pd.Series[str]) -> list[Problem]:
    """Students who handed nothing in to the homework `name`, and those whose grade is open."""
    students = roster.students.assign(status=status)
    regular = students["standing"] == Standing.REGULAR
    columns = ["row", "id", "name", "status"]
    found = []
    for row, id_, person, word in students.loc[regular, columns].itertuples(index=False):
        if word == "missing":
            found.append(Problem(str(roster.path), row, "student without a submission",
                                 f"a submission of {name}", f"{id_} {person}",
                                 "look among the submissions without a student"))
        elif word == "not graded":
            found.append(Problem(str(roster.path), row, "not graded in full",
                                 f"points for every question of {name}",
                                 f"{id_} {person}: some are still open",
                                 "grade again what was not run, or give the points by hand"))
    return found


class Status(StrEnum):
    """What became of a student's homework; in the gradebook a Standing goes before it."""

    GRADED = "graded"
    LATE = "late"
    MISSING = "missing"
    NOT_GRADED = "not graded"
    """Something of it is still to be graded, by us or by a person: no number until then."""
    EXCUSED = "excused"


@dataclass
class HomeworkGrades:
    """One homework of the class.

    `claims`: every attempt that has a student, a row each (join.CLAIMS, attempt, attempts, points).
    `counted`: the number of the submission that counts, <NA> without one. `points`: a column a
    question, manual points included, NaN where nothing was handed in or is still to be graded;
    `possible` their maxima, `counts` False for dropped ones. `steps`: attempt, attempts,
    submitted_at, due, late_by, late_mark, free_days, and the changes raw, manual, late, scale of
    points, which add up to `score`. `score` is NaN where `status` allows no number; `maximum` is
    what it is out of.
    """

    homework: Homework
    results: Results
    claims: pd.DataFrame
    counted: pd.Series[Any]
    points: pd.DataFrame
    manual: pd.DataFrame
    possible: pd.Series[float]
    counts: pd.Series[bool]
    steps: pd.DataFrame
    score: pd.Series[float]
    maximum: float
    status: pd.Series[str]
    problems: list[Problem]


CHANGES = ["raw", "manual", "late", "scale"]


def grade_homework(
    course: Course, homework: Homework, sources: Sources, extensions: Extensions,
    free_left: pd.Series[int],
) -> HomeworkGrades:
    """Grade `homework` for every student; `free_left` are the free late days not used so far."""
    students = free_left.index
    claims = in_order(sources.claims)
    with_manual = _points(sources, claims["submission"], claims["student"])
    claims["points"] = with_manual.loc[:, sources.counts].sum(axis=1)
    deadlines = _deadlines(homework, extensions, students)
    in_time = before_closing(claims, deadlines["closes"])
    chosen = choose(claims[in_time], claims.loc[in_time, "points"], homework.attempts)
    chosen = chosen.reindex(students)
    counted = chosen["submission"].astype("Int64")
    points, pending = _student_points(sources, counted)
    excused = extensions.excused(homework.name, students)
    status = _status(points, pending, excused)
    steps = _steps(course, homework, sources, deadlines.join(
        chosen[["attempt", "attempts", "submitted_at", "late_mark"]]), counted, points,
        free_left.where(~excused, 0))
    late = (steps["late_by"] > pd.Timedelta(0)) | steps["late_unknown"]
    status = status.mask(late & status.eq(Status.GRADED), Status.LATE)
    return HomeworkGrades(
        homework, sources.results, claims, counted, points.mask(pending), sources.manual,
        sources.possible, sources.counts, steps,
        steps[CHANGES].sum(axis=1).mask(status.isin(_blank(course))),
        homework.out_of or _maximum(sources), status,
        closed_out(claims[~in_time], sources.results)
        + without_time(homework, chosen[counted.notna()], sources.results))


def _points(
    sources: Sources, submissions: pd.Series[Any], students: pd.Series[Any]
) -> pd.DataFrame:
    """Points of `submissions` with the manual points of their `students`, question by question,
    never below zero nor above what is possible."""
    auto = sources.results.points.reindex(
        index=submissions.fillna(-1).astype("int64"), columns=sources.possible.index)
    manual = sources.manual.reindex(index=students)
    values = auto.fillna(0).to_numpy() + manual.fillna(0).to_numpy()
    return pd.DataFrame(np.clip(values, 0, sources.possible.to_numpy()),
                        index=submissions.index, columns=sources.possible.index)


def _student_points(
    sources: Sources, counted: pd.Series[Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Points of what each student handed in (NaN: nothing), and True where they are pending.

    Pending is a check that we could not run, or a written answer without points, unless a person
    gave some or the question was dropped.
    """
    points = _points(sources, counted, counted.index.to_series())
    given = sources.manual.reindex(index=counted.index).notna()
    handed = counted.notna() | given.any(axis=1)
    failed = sources.results.not_run.reindex(
        index=counted.fillna(-1).astype("int64"), columns=points.columns, fill_value=False)
    pending = pd.DataFrame(failed.to_numpy(), index=points.index, columns=points.columns)
    written = ~points.columns.isin(sources.results.possible.index)
    pending.loc[handed, written] = True
    return points.where(handed, axis=0), pending & ~given & sources.counts


def _deadlines(
    homework: Homework, extensions: Extensions, students: pd.Index[int]
) -> pd.DataFrame:
    """`due` and `closes` of each student in UTC, NaT without any; an extension moves both."""
    never = pd.Series(pd.NaT, index=students, dtype="datetime64[us, UTC]")
    due = closes = never
    if homework.due:
        due = extensions.deadlines(homework.name, homework.due, students)
    if homework.closes:
        closes = never.fillna(pd.Timestamp(homework.closes).tz_convert("UTC").as_unit("us"))
        if homework.due:
            closes = closes + (due - pd.Timestamp(homework.due))
    return pd.DataFrame({"due": due, "closes": closes})


def _steps(
    course: Course, homework: Homework, sources: Sources, steps: pd.DataFrame,
    counted: pd.Series[Any], points: pd.DataFrame, free_left: pd.Series[int],
) -> pd.DataFrame:
    """Adds late_by, late_unknown, free_days and the CHANGES to the table `steps`."""
    counts = sources.counts
    auto = sources.results.points.reindex(
        index=counted.fillna(-1).astype("int64"), columns=points.columns)
    raw = pd.Series(auto.loc[:, counts].sum(axis=1).to_numpy(), index=points.index)
    score = points.loc[:, counts].sum(axis=1)
    late = late_by(steps["submitted_at"], steps["due"], course.late.grace_minutes)
    free = free_days_used(late, free_left)
    if course.late.penalty == "none":
        free = free * 0
    maximum = _maximum(sources)
    lost = points_lost(course.late, late, free, score, maximum)
    scale = (homework.out_of or maximum) / maximum - 1
    marked = steps["late_mark"].eq(True) & steps["submitted_at"].isna()
    return steps.assign(late_by=late, late_unknown=marked, free_days=free, raw=raw,
                        manual=score - raw, late=-lost, scale=(score - lost) * scale)


def _maximum(sources: Sources) -> float:
    return float(sources.possible[sources.counts].sum())


def _status(
    points: pd.DataFrame, pending: pd.DataFrame, excused: pd.Series[bool]
) -> pd.Series[str]:
    status = pd.Series(Status.GRADED.value, index=points.index, dtype="str")
    status[points.isna().all(axis=1)] = Status.MISSING.value
    status[pending.any(axis=1)] = Status.NOT_GRADED.value
    status[excused] = Status.EXCUSED.value
    return status


def _blank(course: Course) -> list[str]:
    """The statuses without a number."""
    missing = [Status.MISSING.value] if course.grade.missing == "blank" else []
    return [Status.NOT_GRADED.value, Status.EXCUSED.value, *missing]
