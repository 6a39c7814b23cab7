"""The grade of one homework, in the order of the policy.

raw points -> manual points -> the attempt that counts -> late penalty -> scale. Tables are indexed
by student, 0..n-1 in roster order, unless they say otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from gradebook.course import Course, Homework
from gradebook.intake.results_files import Results
from gradebook.intake.sources import Sources
from gradebook.policy.attempts import before_closing, choose, in_order
from gradebook.policy.doubts import closed_out, without_time
from gradebook.policy.extensions import Extensions
from gradebook.policy.late import free_days_used, late_by, points_lost
from gradebook.problems import Problem


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
    if course.late.curve == "none":
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

