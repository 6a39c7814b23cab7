"""The gradebook of a course in memory: everything that the course file names, read and graded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gradebook.course import Course, load_course
from gradebook.intake.owners import People
from gradebook.intake.roster import Roster, Standing, read_roster
from gradebook.intake.submissions import read_sources
from gradebook.policy.grades import HomeworkGrades, grade_homework, without_score
from gradebook.policy.late import read_extensions
from gradebook.policy.ledger import ledger_frame
from gradebook.policy.total import combine, rounded
from gradebook.tables import Problem


@dataclass
class Book:
    """Everything known about the course, computed and not yet written.

    Series and tables are indexed by student, 0..n-1 in roster order. `total` is out of `maximum`,
    NaN where `status` (a Status, or a Standing before it) allows no number. `ledger`: see ledger.
    """

    course: Course
    roster: Roster
    people: People
    homeworks: list[HomeworkGrades]
    total: pd.Series[float]
    maximum: float
    status: pd.Series[str]
    ledger: pd.DataFrame
    problems: list[Problem]

    def shown(self, grades: HomeworkGrades) -> pd.Series[float]:
        """The score of a homework as it is shown: rounded, and only for regular students."""
        score = rounded(grades.score, self.course.grade.decimals).clip(upper=grades.maximum)
        return score.where(self.roster.students["standing"] == Standing.REGULAR)


def read_book(path: Path) -> Book:
    """The gradebook of the course file `path`, computed in memory.

    Raises UserError for anything that a person must put right first.
    """
    course = load_course(path)
    roster = read_roster(course.roster, course.roster_columns)
    people = People.of(roster)
    names = [homework.name for homework in course.homework]
    extensions, problems = read_extensions(course.extensions, people, course.zone, names)
    free = extensions.free_days(roster.students.index) + course.late.free_days
    graded: dict[str, HomeworkGrades] = {}
    for homework in sorted(course.homework, key=lambda h: (h.due is None, h.due, h.name)):
        sources = read_sources(course, homework, people)
        grades = grade_homework(course, homework, sources, extensions, free)
        free = free - grades.steps["free_days"]
        problems += sources.problems + grades.problems
        graded[homework.name] = grades
    homeworks = [graded[name] for name in names]
    totals = combine(course, homeworks, roster.students["standing"])
    book = Book(course, roster, people, homeworks, totals.total, totals.maximum, totals.status,
                ledger_frame(course, homeworks, totals), roster.problems + problems)
    for grades in homeworks:
        book.problems += without_score(roster, grades)
    return book
