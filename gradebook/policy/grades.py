"""The grade of one homework, step by step, and the evidence for it.

raw points -> manual points -> late penalty of each attempt -> the attempt that counts -> curve ->
scale.
A score is graded, or missing with evidence (no submission could be the student's), or open with a
reason. Tables are indexed by student, 0..n-1 in roster order, unless they say otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from autograder.language import _, spoken
from autograder.model import NOTHING_TO_GRADE, SubmissionStatus
from gradebook.course import Course, Homework
from gradebook.intake.results import Results
from gradebook.intake.roster import Roster, Standing
from gradebook.intake.submissions import Sources
from gradebook.policy.attempts import (
    NO_CHECKS,
    NO_WORK,
    WORK,
    Choosing,
    Extensions,
    choose,
    free_units_used,
    late_by,
    points_lost,
)
from gradebook.tables import Problem
from gradebook.wording import remedy, why_open


class Status(StrEnum):
    """The status of a student's homework; in the gradebook a Standing replaces it."""

    GRADED = "graded"
    LATE = "late"
    MISSING = "missing"
    """Nothing was handed in: no submission could be this student's."""
    OPEN = "open"
    """No number until a person or a new grading run settles it; see Reason."""
    EXCUSED = "excused"


class Reason(StrEnum):
    """Why a score is open; `wording.why_open` tells it for people."""

    CLAIMED = "claimed by several"
    UNOWNED = "submissions without an owner"
    NOTEBOOKS = "several notebooks at once"
    ATTEMPTS = "order of attempts unknown"
    NO_WORK = "no gradable work"
    REBUILT = "graded by an older build"
    NOT_RUN = "checks not run"
    BY_HAND = "points still to be given"


UNDECIDED = [Reason.NOTEBOOKS, Reason.ATTEMPTS]
"""With these reasons it is not known which submission counts."""
SOME_POINTS = [Reason.NOT_RUN, Reason.BY_HAND]
"""With these reasons only some questions have no points."""
CHANGES = ["raw", "manual", "late", "curve", "scale"]
STEPS = ["attempt", "attempts", "submitted_at", "late_mark", "late_by", "free_used", "raw",
         "manual", "late"]


@dataclass
class HomeworkGrades:
    """One homework of the class.

    claims     a row for each student of each submission, see submissions.CLAIMS
    counted    the number of the submission that counts, <NA> without one
    handed_in  whether the student handed in anything
    points     a column for each question, manual points included; NaN where nothing was handed in
               and where the score is open
    possible   the maximum of each question; counts: False for questions that were dropped
    steps      attempt, attempts, submitted_at, due, late_by, late_mark, late_unknown, free_used,
               and the changes raw, manual, late, curve, scale, which add up to `score`
    score      NaN where `status` allows no number; `maximum`: what it is out of
    open       for students whose status is OPEN: `reason` (a Reason), `what` (files or questions)
    """

    homework: Homework
    results: Results
    sources: Sources
    claims: pd.DataFrame
    counted: pd.Series[Any]
    handed_in: pd.Series[bool]
    points: pd.DataFrame
    manual: pd.DataFrame
    possible: pd.Series[float]
    counts: pd.Series[bool]
    steps: pd.DataFrame
    score: pd.Series[float]
    maximum: float
    status: pd.Series[str]
    open: pd.DataFrame
    problems: list[Problem]


def grade_homework(
    course: Course, homework: Homework, sources: Sources, extensions: Extensions,
    free_left: pd.Series[int],
) -> HomeworkGrades:
    """Grade `homework` for every student; `free_left`: the free late days or hours not yet used."""
    students = free_left.index
    excused = extensions.excused(homework.name, students)
    deadlines = _deadlines(homework, extensions, students)
    claims = _with_scores(course, sources, deadlines, free_left.where(~excused, 0))
    in_time = ~(claims["submitted_at"] > claims["student"].map(deadlines["closes"]))
    chosen = choose(claims[in_time].itertuples(), homework.attempts)
    counted = _counted(chosen, claims, students)
    points, pending = _student_points(sources, counted["submission"])
    found = _open(sources, chosen, students, points, pending)
    status = _status(points, found, excused)
    steps = _steps(sources, counted, deadlines, points, homework)
    late = (steps["late_by"] > pd.Timedelta(0)) | steps["late_unknown"]
    status = status.mask(late & status.eq(Status.GRADED), Status.LATE)
    table = pd.DataFrame([found[int(s)] for s in students[status.eq(Status.OPEN)]], dtype="str",
                         columns=["reason", "what"], index=students[status.eq(Status.OPEN)])
    reason = table["reason"].reindex(students)
    counted["submission"] = counted["submission"].mask(reason.isin(UNDECIDED))
    no_points = reason.notna() & ~reason.isin(SOME_POINTS)
    return HomeworkGrades(
        homework, sources.results, sources, claims, counted["submission"],
        pd.Series(students.isin(claims["student"]), index=students),
        points.mask(pending).mask(no_points, axis=0),
        sources.manual, sources.possible, sources.counts, steps,
        steps[CHANGES].sum(axis=1).mask(status.isin(_blank(course))),
        homework.out_of or _maximum(sources), status, table,
        _after_closing(claims[~in_time], sources.results)
        + _beside_another(claims, counted, sources.results)
        + _without_time(homework, counted[counted["submission"].notna()], sources.results))


def _with_scores(
    course: Course, sources: Sources, deadlines: pd.DataFrame, free_left: pd.Series[int]
) -> pd.DataFrame:
    """The claims with their own scores: quality, points, raw, manual, late_by, free_used, late,
    final, optimistic (the score if all that is open gets full marks) and pending."""
    claims, counts = sources.claims, sources.counts.to_numpy()
    values = _points(sources, claims["submission"], claims["student"])
    waits = _pending(sources, claims["submission"], claims["student"]).to_numpy()
    auto = _automatic(sources, claims["submission"])
    score = values.loc[:, counts].sum(axis=1)
    most = values.mask(waits, sources.possible, axis=1).loc[:, counts].sum(axis=1)
    raw = pd.Series(np.nansum(auto.to_numpy()[:, counts], axis=1), index=claims.index)
    policy = sources.homework.late or course.late
    late = late_by(claims["submitted_at"], claims["student"].map(deadlines["due"]),
                   policy.grace_minutes)
    unit = course.late.free_unit
    free = free_units_used(late, claims["student"].map(free_left), unit)
    if policy.penalty == "none":
        free = free * 0
    lost = points_lost(policy, late, free, score, _maximum(sources), unit)
    optimistic = most - points_lost(policy, late, free, most, _maximum(sources), unit)
    status = claims["status"]
    quality = np.select([status.isin(NOTHING_TO_GRADE), status.eq(
        SubmissionStatus.NO_CHECK_CELLS.value)], [NO_WORK, NO_CHECKS], WORK)
    return claims.assign(
        quality=quality, points=pd.Series(list(values.round(6).itertuples(index=False, name=None)),
                                          index=claims.index, dtype=object),
        raw=raw, manual=score - raw, late_by=late, free_used=free, late=-lost, final=score - lost,
        optimistic=optimistic, pending=pd.Series(waits[:, counts].any(axis=1), index=claims.index))


def _counted(
    chosen: dict[int, Choosing], claims: pd.DataFrame, students: pd.Index[int]
) -> pd.DataFrame:
    """The rows of the claims that count, by student; missing values where there is none."""
    rows = claims.loc[[int(c.attempt.row.Index) for c in chosen.values()]]
    rows = rows.assign(attempt=[c.attempt.number for c in chosen.values()],
                       attempts=[c.attempts for c in chosen.values()])
    rows = rows.set_index("student").reindex(students)
    return rows.assign(submission=rows["submission"].astype("Int64"))


def _automatic(sources: Sources, submissions: pd.Series[Any]) -> pd.DataFrame:
    """Points from the checks, a row for each of `submissions`; NaN without any."""
    auto = sources.results.points.reindex(
        index=submissions.fillna(-1).astype("int64"), columns=sources.possible.index)
    return auto.set_axis(submissions.index, axis=0)


def _points(
    sources: Sources, submissions: pd.Series[Any], students: pd.Series[Any]
) -> pd.DataFrame:
    """Points of `submissions` with the manual points of their `students`, question by question.

    They are not below zero and not above the maximum. Where the course file gives full marks for a
    question to everybody, all who handed in get them.
    """
    auto = _automatic(sources, submissions).fillna(0).to_numpy()
    manual = sources.manual.reindex(index=students).fillna(0).to_numpy()
    values = np.clip(auto + manual, 0, sources.possible.to_numpy())
    handed = submissions.notna().to_numpy()[:, None]
    full = sources.possible.index.isin(sources.homework.full_marks)
    values = np.where(handed & full, sources.possible.to_numpy(), values)
    return pd.DataFrame(values, index=submissions.index, columns=sources.possible.index)


def _pending(
    sources: Sources, submissions: pd.Series[Any], students: pd.Series[Any]
) -> pd.DataFrame:
    """True where a question has no points yet: a check that was not run, or a written answer
    without points, unless a person gave some or the question was dropped."""
    columns = sources.possible.index
    failed = sources.results.not_run.reindex(
        index=submissions.fillna(-1).astype("int64"), columns=columns, fill_value=False)
    written = ~columns.isin(sources.results.possible.index)
    given = sources.manual.reindex(index=students).notna().to_numpy()
    full = columns.isin(sources.homework.full_marks) & submissions.notna().to_numpy()[:, None]
    waits = (failed.to_numpy(dtype=bool) | written) & ~given & ~full & sources.counts.to_numpy()
    return pd.DataFrame(waits, index=submissions.index, columns=columns)


def _student_points(
    sources: Sources, counted: pd.Series[Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Points of each student, NaN without a submission and manual points; and what is pending."""
    students = counted.index.to_series()
    handed = counted.notna() | sources.manual.reindex(index=counted.index).notna().any(axis=1)
    points = _points(sources, counted, students).where(handed, axis=0)
    pending = _pending(sources, counted, students)
    return points, pending.where(handed, False, axis=0)


def _open(
    sources: Sources, chosen: dict[int, Choosing], students: pd.Index[int],
    points: pd.DataFrame, pending: pd.DataFrame,
) -> dict[int, tuple[str, str]]:
    """The reason for a missing score, and the files or questions concerned, by student."""
    claimed: dict[int, list[str]] = {}
    for unowned in sources.unowned:
        for student in unowned.candidates:
            claimed.setdefault(student, []).append(unowned.file)
    nothing, waits = points.isna().all(axis=1), pending.any(axis=1)
    given = sources.manual.reindex(index=students, columns=sources.possible.index).notna()
    by_hand = given.loc[:, sources.counts].all(axis=1)
    found: dict[int, tuple[str, str]] = {}
    for student in map(int, students):
        if student in chosen:
            reason = _undecided(chosen[student], sources)
            if reason and not (reason[0] == Reason.NO_WORK and by_hand[student]):
                found[student] = reason
        elif nothing[student] and student in claimed:
            found[student] = Reason.CLAIMED, ", ".join(claimed[student])
        elif nothing[student] and sources.unowned:
            found[student] = Reason.UNOWNED, str(len(sources.unowned))
        if student not in found and waits[student]:
            questions = pending.columns[pending.loc[student].to_numpy(dtype=bool)]
            unchecked = ~questions.isin(sources.results.possible.index)
            reason_ = Reason.BY_HAND if unchecked.all() else Reason.NOT_RUN
            found[student] = reason_, ", ".join(questions)
    return found


def _undecided(choosing: Choosing, sources: Sources) -> tuple[str, str] | None:
    """Why it is open which attempt counts, or what it is worth; None if it is not."""
    attempt = choosing.attempt
    if choosing.disputed:
        return Reason.ATTEMPTS, _files([attempt.row, *(a.row for a in choosing.disputed)])
    if attempt.others:
        return Reason.NOTEBOOKS, _files([attempt.row, *attempt.others])
    if attempt.row.quality == NO_WORK:
        return Reason.NO_WORK, f"{attempt.row.file}: {attempt.row.status}"
    if sources.results.submissions.at[attempt.row.submission, "unlike"] and attempt.row.pending:
        return Reason.REBUILT, str(attempt.row.file)
    return None


def _files(rows: list[Any]) -> str:
    return ", ".join(sorted(str(row.file) for row in rows))


def _deadlines(
    homework: Homework, extensions: Extensions, students: pd.Index[int]
) -> pd.DataFrame:
    """`due` and `closes` of each student in UTC, NaT without one; an extension moves both."""
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
    sources: Sources, counted: pd.DataFrame, deadlines: pd.DataFrame, points: pd.DataFrame,
    homework: Homework,
) -> pd.DataFrame:
    """The steps to the score of each student, from the attempt that counts and manual points."""
    steps = counted[STEPS].join(deadlines)
    changes = ["raw", "manual", "late"]
    steps[changes] = steps[changes].fillna(0.0).astype(float)
    alone = counted["submission"].isna()
    steps["manual"] = steps["manual"].mask(alone, points.loc[:, sources.counts].sum(axis=1))
    steps["late_by"] = steps["late_by"].fillna(pd.Timedelta(0))
    steps["free_used"] = steps["free_used"].fillna(0).astype("int64")
    maximum = _maximum(sources)
    scale = (homework.out_of or maximum) / maximum - 1
    so_far = steps[changes].sum(axis=1)
    room = (maximum - so_far).clip(lower=0, upper=homework.add_points)
    steps["curve"] = room.where(counted["submission"].notna(), 0.0)
    changes = [*changes, "curve"]
    marked = steps["late_mark"].eq(True).fillna(False) & steps["submitted_at"].isna()
    return steps.assign(late_unknown=marked.astype(bool), scale=steps[changes].sum(axis=1) * scale)


def _maximum(sources: Sources) -> float:
    return float(sources.possible[sources.counts].sum())


def _status(
    points: pd.DataFrame, found: dict[int, tuple[str, str]], excused: pd.Series[bool]
) -> pd.Series[str]:
    status = pd.Series(Status.GRADED.value, index=points.index, dtype="str")
    status[points.isna().all(axis=1)] = Status.MISSING.value
    status[points.index.isin(list(found))] = Status.OPEN.value
    status[excused] = Status.EXCUSED.value
    return status


def _blank(course: Course) -> list[str]:
    """The statuses without a score."""
    missing = [Status.MISSING.value] if course.grade.missing == "blank" else []
    return [Status.OPEN.value, Status.EXCUSED.value, *missing]


def _after_closing(claims: pd.DataFrame, results: Results) -> list[Problem]:
    """Problems: submissions after the closing time of their student."""
    return [Problem(
        str(results.path), 0, _("submission after closing time"), _("a submission before `closes`"),
        file, _("extend the student's deadline if it shall count"),
    ) for file in claims["file"].drop_duplicates().tolist()]


def _beside_another(
    claims: pd.DataFrame, counted: pd.DataFrame, results: Results
) -> list[Problem]:
    """Problems: files without gradable work whose student has another file that counts."""
    other = claims["student"].map(counted["submission"].notna() & counted["quality"].ne(NO_WORK))
    files = claims[claims["quality"].eq(NO_WORK) & other.eq(True)]
    without = files["status"].eq(SubmissionStatus.NO_NOTEBOOK.value)
    attached, files = files.loc[without, "file"].drop_duplicates().tolist(), files[~without]
    beside = [Problem(
        str(results.path), 0, _("files that are no notebook beside a notebook"),
        _("notebooks of this homework"),
        f"{len(attached)}: {', '.join(attached[:5])}{' ...' if attached[5:] else ''}",
        _("nothing: the notebook counts"),
    )] if attached else []
    return beside + [
        Problem(
            str(results.path), 0, _("file without gradable work beside another"),
            _("a notebook of this homework"), f"{file}: {status}",
            _("nothing, if the other file is meant; else ask the student"),
        ) for file, status in files[["file", "status"]].drop_duplicates().itertuples(index=False)]


def _without_time(
    homework: Homework, counted: pd.DataFrame, results: Results
) -> list[Problem]:
    """Problems: submissions that count and have no time; those marked as late one by one."""
    if homework.due is None:
        return []
    unknown = counted[counted["submitted_at"].isna()].drop_duplicates("submission")
    late = unknown["late_mark"].eq(True).fillna(False).astype(bool)
    nothing = unknown["late_mark"].isna()
    remedy = _("give `submitted_at` in the file that `corrections` names")
    problems = [Problem(
        str(results.path), 0, _("late by an unknown time"), _("the time of submission"),
        _("{file}, which the platform marks late").format(file=file),
        _("{remedy}; until then no penalty").format(remedy=remedy),
    ) for file in unknown.loc[late, "file"].tolist()]
    if nothing.any():
        problems.append(Problem(
            str(results.path), 0, _("submissions without a time"), _("the time of submission"),
            _("{count} of {name} without one, counted as in time").format(
                count=nothing.sum(), name=homework.name),
            remedy,
        ))
    return problems


def without_score(roster: Roster, grades: HomeworkGrades) -> list[Problem]:
    """Problems: students who handed in nothing, and open scores with reason and remedy."""
    name, found = grades.homework.name, []
    students = roster.students[roster.students["standing"] == Standing.REGULAR]
    for student, row, id_, person in students[["row", "id", "name"]].itertuples():
        if grades.status[student] == Status.MISSING:
            found.append(Problem(
                str(roster.path), row, _("student without a submission"),
                _("a submission of {name}").format(name=name), f"{id_} {person}",
                _("nothing, if that is so: every submission has an owner"),
            ))
        elif grades.status[student] == Status.OPEN:
            reason, what = grades.open.loc[student, ["reason", "what"]]
            found.append(Problem(
                str(roster.path), row, _("open score"), _("a score for {name}").format(name=name),
                f"{id_} {person}: {why_open(reason, what, spoken())}",
                remedy(reason, spoken(), grades.homework.marking, grades.homework.manual),
            ))
    return found
