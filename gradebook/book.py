"""The gradebook of a course: from one course file to every file that a TA hands on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gradebook.course import Course, Homework, load_course
from gradebook.intake import Results, read_results
from gradebook.join import join
from gradebook.owners import People
from gradebook.problems import Problem, problem_frame
from gradebook.roster import Roster, Standing, read_roster
from gradebook.tables import write_table


@dataclass
class HomeworkGrades:
    """One homework of the class; tables are indexed by student, 0..n-1 in roster order.

    `claims`: every attempt that has a student (see join.CLAIMS). `counted`: the number of the
    submission that counts, <NA> without one. `points`: a column a question, NaN without a
    submission. `score`, `status`: points of the homework and one of grades.Status.
    """

    homework: Homework
    results: Results
    claims: pd.DataFrame
    counted: pd.Series[int]
    points: pd.DataFrame
    score: pd.Series[float]
    maximum: float
    status: pd.Series[str]


@dataclass
class Book:
    """Everything known about the course, computed and not yet written."""

    course: Course
    roster: Roster
    homeworks: list[HomeworkGrades]
    total: pd.Series[float]
    maximum: float
    status: pd.Series[str]
    problems: list[Problem]


@dataclass
class Summary:
    """What was written where, and a short table for the terminal (columns `what`, `value`)."""

    paths: list[Path]
    table: pd.DataFrame
    book: Book


def make_gradebook(course: Path, out: Path, *, pseudonymise: bool = False) -> Summary:
    """Join roster and results as the file `course` says, and write the gradebook into `out`.

    Raises UserError for anything that a person must put right first; nothing is written then.
    """
    book = read_book(course)
    out.mkdir(parents=True, exist_ok=True)
    paths = [write_table(out / "gradebook.csv", gradebook_frame(book)),
             write_table(out / "problems.csv", problem_frame(book.problems))]
    return Summary(paths, summary_frame(book), book)


def read_book(path: Path) -> Book:
    """The gradebook of the course file `path`, computed in memory."""
    course = load_course(path)
    roster = read_roster(course.roster, course.roster_columns)
    people = People.of(roster)
    problems = list(roster.problems)
    homeworks = [_grade(homework, roster, people, problems) for homework in course.homework]
    total = sum((h.score for h in homeworks), start=pd.Series(0.0, index=roster.students.index))
    standing = roster.students["standing"]
    status = standing.where(standing != Standing.REGULAR, homeworks[-1].status)
    return Book(course, roster, homeworks, total.where(standing == Standing.REGULAR),
                sum(h.maximum for h in homeworks), status, problems)


def _grade(
    homework: Homework, roster: Roster, people: People, problems: list[Problem]
) -> HomeworkGrades:
    results = read_results(homework.results, homework.name)
    claims, unowned = join(results, people)
    problems += results.problems + unowned
    ordered = claims.sort_values(["student", "submitted_at", "attempt"], na_position="first")
    counted = ordered.groupby("student")["submission"].last()
    counted = counted.reindex(roster.students.index).astype("Int64")
    points = results.points.reindex(counted.fillna(-1).astype("int64"))
    points.index = roster.students.index
    status = counted.notna().map({True: "graded", False: "missing"})
    return HomeworkGrades(homework, results, claims, counted, points, points.sum(axis=1),
                          float(results.possible.sum()), status)


def gradebook_frame(book: Book) -> pd.DataFrame:
    """gradebook.csv: id, name, section if any, a column a question, total, status."""
    frame = book.roster.students[["id", "name"]].copy()
    if book.roster.has_section:
        frame["section"] = book.roster.students["section"]
    parts = [frame]
    for grades in book.homeworks:
        parts.append(grades.points.add_prefix(book.course.prefix(grades.homework)))
    table = pd.concat(parts, axis=1)
    return table.assign(total=book.total, status=book.status)


def summary_frame(book: Book) -> pd.DataFrame:
    counts = book.status.value_counts()
    rows = [("students", len(book.status)), *counts.items(),
            ("problems", len(book.problems)), ("mean", round(float(book.total.mean()), 2)),
            ("maximum", book.maximum)]
    return pd.DataFrame(rows, columns=["what", "value"])
