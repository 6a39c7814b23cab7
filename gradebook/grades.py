"""The grade of one homework, in the order of the policy.

raw points -> manual points -> the attempt that counts -> late penalty -> scale. Tables are indexed
by student, 0..n-1 in roster order, or by the claims of the attempts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from autograder.results import SubmissionStatus
from gradebook.attempts import before_closing, choose, in_order
from gradebook.corrections import Corrections, read_corrections
from gradebook.course import Course, Homework
from gradebook.course_errors import did_you_mean
from gradebook.extensions import Extensions
from gradebook.intake import Results, read_results
from gradebook.join import join
from gradebook.late import free_days_used, late_by, points_lost
from gradebook.manual import read_manual
from gradebook.metadata import read_deposits
from gradebook.owners import People
from gradebook.problems import Problem
from autograder.errors import UserError


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

    `claims`: every attempt that has a student (join.CLAIMS, attempt, attempts, points, counted).
    `counted`: the number of the submission that counts, <NA> without one. `points`: a column a
    question, written ones included, manual points included, NaN where nothing was handed in or is
    still to be graded; `possible` their maxima. `steps`: attempt, attempts, submitted_at, due,
    late_by, free_days, raw, manual, late, scale: changes of points that add up to `score`.
    `score` is NaN where `status` allows no number; `maximum` is what it is out of.
    """

    homework: Homework
    results: Results
    claims: pd.DataFrame
    counted: pd.Series[Any]
    points: pd.DataFrame
    possible: pd.Series[float]
    steps: pd.DataFrame
    score: pd.Series[float]
    maximum: float
    status: pd.Series[str]


@dataclass
class Intake:
    """What one homework is graded from: the files, read and matched with the roster."""

    results: Results
    claims: pd.DataFrame
    manual: pd.DataFrame
    possible: pd.Series[float]
    counts: pd.Series[bool]
    problems: list[Problem]


def take_in(course: Course, homework: Homework, people: People) -> Intake:
    """Read results, submissions' owners and manual points of `homework`."""
    where = f"{course.path}, homework {homework.name}"
    results = read_results(homework.results, homework.name)
    deposits = read_deposits(homework.submissions) if homework.submissions else {}
    corrections, problems = Corrections(), list[Problem]()
    if homework.corrections:
        corrections, problems = read_corrections(homework.corrections, people, course.zone)
    claims, unowned = join(results, people, deposits, corrections, file_times=homework.file_times)
    possible, counts = _questions(homework, results, where)
    manual = pd.DataFrame()
    if homework.manual:
        written = {w.question: w.maximum for w in homework.written}
        manual, unknown = read_manual(homework.manual, people, written, dict(results.possible))
        problems += unknown
    return Intake(results, claims, manual, possible, counts,
                  [*results.problems, *problems, *unowned])


def _questions(
    homework: Homework, results: Results, where: str
) -> tuple[pd.Series[float], pd.Series[bool]]:
    """Points possible of checked and written questions, and which of them count."""
    written = pd.Series({w.question: w.maximum for w in homework.written}, dtype=float)
    both = [name for name in written.index if name in results.possible.index]
    if both:
        raise UserError(where, "written questions that no check grades", both[0],
                        "remove it from `written`: manual points are added to those of the checks")
    possible = pd.concat([results.possible, written])
    for name in homework.dropped_questions:
        if name not in possible.index:
            raise UserError(where, f"dropped_questions among {', '.join(possible.index)}", name,
                            did_you_mean(name, list(possible.index)))
    counts = pd.Series(~possible.index.isin(homework.dropped_questions), index=possible.index)
    if possible[counts].sum() <= 0:
        raise UserError(where, "a question with points that counts", "none",
                        "drop fewer questions")
    return possible, counts


def grade_homework(
    course: Course, homework: Homework, taken: Intake, extensions: Extensions,
    free_left: pd.Series[int],
) -> HomeworkGrades:
    """Grade one homework for every student; `free_left` are the free late days not yet used."""
    students = free_left.index
    claims = in_order(taken.claims)
    auto, points, open_ = _claim_points(claims, taken)
    claims["points"] = points.loc[:, taken.counts].sum(axis=1)
    deadlines = _deadlines(homework, extensions, students)
    open_for = claims[before_closing(claims, deadlines["closes"])]
    chosen = choose(open_for, claims.loc[open_for.index, "points"], homework.attempts)
    ...
