"""The gradebook of a course in memory, computed from all files that the course file names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from autograder.errors import UserError, all_errors, collect_errors
from autograder.language import _
from gradebook.course import Course, load_course
from gradebook.intake.marking import MarkingSheet, WrittenAnswer, read_marking, write_marking
from gradebook.intake.owners import People, owner_of
from gradebook.intake.results import written_answers
from gradebook.intake.roster import Roster, Standing, read_roster
from gradebook.intake.submissions import Sources, read_sources, written_questions
from gradebook.policy.attempts import read_extensions
from gradebook.policy.grades import HomeworkGrades, Reason, Status, grade_homework, without_score
from gradebook.policy.total import Part, combine, ledger_frame, letters, read_column, rounded
from gradebook.tables import Problem


@dataclass(frozen=True)
class Turnout:
    """The students who handed in a homework, of those who count: regular and not excused.

    Every student is in one of the lists: `handed_in` work that can be graded, only files with
    `no_work` (whose status is the value), or `nothing`; `unclear` when a submission without an
    owner may be theirs.
    """

    handed_in: list[int]
    no_work: dict[int, str]
    nothing: list[int]
    unclear: list[int]

    @property
    def students(self) -> int:
        return len(self.handed_in) + len(self.no_work) + len(self.nothing) + len(self.unclear)


@dataclass
class Book:
    """The computed gradebook, not yet written.

    Series and tables are indexed by student, 0..n-1 in roster order. `total` is out of `maximum`,
    NaN where `status` (a Status, or a Standing before it) allows no number; `letter` is that of the
    total, `free_left` the free late days (or hours) not used. `columns`: what was never graded by
    checks. `ledger`: see `policy.total`.
    """

    course: Course
    roster: Roster
    people: People
    homeworks: list[HomeworkGrades]
    columns: list[Part]
    total: pd.Series[float]
    maximum: float
    status: pd.Series[str]
    letter: pd.Series[str]
    free_left: pd.Series[int]
    ledger: pd.DataFrame
    problems: list[Problem]

    def shown(self, grades: HomeworkGrades) -> pd.Series[float]:
        """The score of a homework as it is shown: rounded, and only for regular students."""
        score = rounded(grades.score, self.course.grade.decimals).clip(upper=grades.maximum)
        return score.where(self.roster.students["standing"] == Standing.REGULAR)

    def counting(self, grades: HomeworkGrades) -> pd.Series[bool]:
        """The students who count in a homework: regular and not excused."""
        regular = self.roster.students["standing"] == Standing.REGULAR
        return regular & grades.status.ne(Status.EXCUSED)

    def turnout(self, grades: HomeworkGrades) -> Turnout:
        """Who handed in a homework: one count for the terminal, the report and the tables."""
        found = Turnout([], {}, [], [])
        reasons = grades.open["reason"]
        for student in grades.status.index[self.counting(grades)].tolist():
            reason = reasons.get(student, "")
            if reason in (Reason.UNOWNED, Reason.CLAIMED):
                found.unclear.append(student)
            elif reason == Reason.NO_WORK:
                number = grades.counted[student]
                found.no_work[student] = str(grades.results.submissions.at[number, "status"])
            elif grades.handed_in[student]:
                found.handed_in.append(student)
            else:
                found.nothing.append(student)
        return found

    def open_scores(self) -> pd.DataFrame:
        """Open scores of students who count: columns homework, student, reason, what."""
        parts = [grades.open[self.counting(grades).reindex(grades.open.index)]
                 .rename_axis("student").reset_index().assign(homework=grades.homework.name)
                 for grades in self.homeworks]
        regular = self.roster.students["standing"] == Standing.REGULAR
        for part in self.columns:
            students = part.status.index[part.status.eq(Status.OPEN) & regular]
            parts.append(pd.DataFrame({"student": students, "reason": Reason.BY_HAND.value,
                                       "what": part.name, "homework": part.name}))
        return pd.concat(parts, ignore_index=True)


def read_book(path: Path) -> Book:
    """The gradebook of the course file `path`, computed in memory.

    Raises UserError for anything that a person must put right first.
    """
    course = load_course(path)
    roster = read_roster(course.roster, course.roster_columns)
    people = People.of(roster)
    if course.exports.canvas:
        people = people.with_canvas(course.exports.canvas)
    names = [homework.name for homework in course.homework]
    inputs: dict[str, Sources] = {}
    columns: list[tuple[Part, list[Problem]]] = []
    with all_errors() as errors:  # of all files at once
        with collect_errors(errors):
            extensions, problems = read_extensions(course.extensions, people, course.zone, names)
        for homework in course.homework:
            with collect_errors(errors):
                inputs[homework.name] = read_sources(course, homework, people)
        for column in course.column:
            with collect_errors(errors):
                columns.append(read_column(column, people, roster.students.index))
    free = (extensions.free_days(roster.students.index) * round(24 / course.late.free_unit)
            + (course.late.free_days or course.late.free_hours))
    graded: dict[str, HomeworkGrades] = {}
    for homework in sorted(course.homework, key=lambda h: (h.due is None, h.due, h.name)):
        sources = inputs[homework.name]
        grades = grade_homework(course, homework, sources, extensions, free)
        free = free - grades.steps["free_used"]
        problems += sources.problems + grades.problems
        graded[homework.name] = grades
    homeworks = [graded[name] for name in names]
    parts = [*map(Part.of_homework, homeworks), *(part for part, _found in columns)]
    problems += [problem for _part, found in columns for problem in found]
    totals = combine(course, parts, roster.students["standing"])
    book = Book(course, roster, people, homeworks, parts[len(homeworks):], totals.total,
                totals.maximum, totals.status, letters(course, totals.total), free,
                ledger_frame(course, homeworks, parts, totals), roster.problems + problems)
    for grades in homeworks:
        book.problems += without_score(roster, grades)
    return book


def owner_names(course: Path | None, roster: Path | None) -> Callable[[str], str]:
    """A function from the file of a submission to `2023001 Student 01`; "" where it is not known.

    Owners are found as for the grades; only with a `course` its corrections count.
    """
    if course is None:
        people = People.of(read_roster(roster or Path()))
        return lambda file: ", ".join(map(people.label, owner_of(file, people, {}).students))
    book, names = read_book(course), dict[str, list[str]]()
    for grades in book.homeworks:
        for file, student in grades.claims[["file", "student"]].itertuples(index=False):
            names.setdefault(file, []).append(book.people.label(int(student)))
    return lambda file: ", ".join(dict.fromkeys(names.get(file, [])))


def write_marking_sheets(book: Book, *, names: bool = True) -> list[tuple[Path, int]]:
    """Write the marking sheet of every homework that names one; the paths, and their answers.

    Raises UserError when no homework has written questions and names a sheet.
    """
    written = []
    for grades in book.homeworks:
        path, questions = grades.homework.marking, written_questions(grades.results)
        if path is not None and questions:
            ids = list(book.people.by_id)
            language = book.course.language
            marks = read_marking(path, questions, ids, language)
            answers = _written_answers(book, grades)
            people = book.roster.students.set_index("id")["name"]
            sheets = []
            for question in questions:
                own, given = answers.get(question["name"], []), marks[question["name"]]
                gone = given.keys() - {answer.id for answer in own}  # what they have is kept
                own += [WrittenAnswer(id_, str(people[id_]), "") for id_ in sorted(gone)
                        if given[id_].comment or any(given[id_].points)]
                sheets.append(MarkingSheet(question, own, given))
            write_marking(path, sheets, language, names=names)
            written.append((path, sum(len(sheet.answers) for sheet in sheets)))
    if not written:
        raise UserError(
            str(book.course.path),
            _("a homework with written questions and a file for their marks"), _("none"),
            _('add marking = "marking.xlsx" to the homework'),
        )
    return written


def _written_answers(book: Book, grades: HomeworkGrades) -> dict[str, list[WrittenAnswer]]:
    """The answers in the submissions that count, by question; one for each member of a group."""
    people = book.roster.students
    owners: dict[int, list[int]] = {}
    for student, number in enumerate(grades.counted.tolist()):  # students are 0, 1, ...
        if not pd.isna(number):
            owners.setdefault(int(number), []).append(student)
    answers: dict[str, list[WrittenAnswer]] = {}
    for number, question, text in written_answers(grades.results.path):
        for student in owners.get(number, ()):
            person = people.loc[student]
            answers.setdefault(question, []).append(
                WrittenAnswer(str(person["id"]), str(person["name"]), text))
    return answers
