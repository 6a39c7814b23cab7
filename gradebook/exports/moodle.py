"""moodle.csv: a grader report or an assignment's offline worksheet, as downloaded, filled.

Headers come in the language of the site, so the column that names students is the one whose cells
do. Empty is no grade; Moodle has no mark for excused in an import.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from autograder.errors import UserError
from gradebook.course_errors import did_you_mean
from gradebook.exports.canvas import cells_of
from gradebook.intake.owners import People
from gradebook.intake.platform_files import PlatformFile, is_maximum, match_rows, read_platform_file
from gradebook.intake.roster import Roster
from gradebook.intake.text_files import header_key, tidy
from gradebook.policy.grades import HomeworkGrades
from gradebook.problems import Problem

GRADE = ("grade", "成绩", "评分", "分数")
MAXIMUM = ("maximumgrade", "最高分", "最高成绩", "最大成绩", "满分")
IDENTITY = 6
"""Columns that may name a person, from the left."""
PARTICIPANT = re.compile(r"\D*?(\d+)")


def fill_report(
    path: Path, roster: Roster, people: People, homeworks: Sequence[HomeworkGrades]
) -> PlatformFile:
    """The grader report `path` with the homeworks that name a `moodle_column`."""
    file = _matched(path, roster, people)
    for grades in homeworks:
        if grades.homework.moodle_column:
            column = _column(file, grades.homework.moodle_column, ())
            _check_maximum(str(path), grades, grades.homework.moodle_maximum)
            _fill(file, column, grades, roster)
    return file


def fill_worksheet(
    path: Path, roster: Roster, people: People, grades: HomeworkGrades
) -> PlatformFile:
    """The offline grading worksheet `path` of one assignment with the scores of `grades`."""
    file = _matched(path, roster, people)
    column = _column(file, grades.homework.moodle_column, GRADE)
    keys = [header_key(cell) for cell in file.rows[0]]
    out_of = next((keys.index(key) for key in MAXIMUM if key in keys), None)
    for row in file.students:
        cell = file.rows[row][out_of] if out_of is not None else grades.homework.moodle_maximum
        _check_maximum(file.place(row), grades, cell)
    _fill(file, column, grades, roster)
    return file


def participants(path: Path, people: People) -> dict[str, int]:
    """Students by the number in `Participant 12345`, by which Moodle names download folders."""
    file = read_platform_file(path)
    found: dict[str, int] = {}
    for row in file.rows[1:]:
        number = PARTICIPANT.fullmatch(tidy(row[0]))
        students = {people.by_id.get(tidy(cell)) for cell in row[1:]}
        students |= {people.by_email.get(tidy(cell).casefold()) for cell in row[1:]}
        students.discard(None)
        if number and len(students) == 1:
            found[number[1]] = int(students.pop() or 0)
    return found


def _matched(path: Path, roster: Roster, people: People) -> PlatformFile:
    file = read_platform_file(path)
    known = {**people.by_email, **people.by_id}
    columns = range(len(file.rows[0]))
    match_rows(file, roster, 1, dict.fromkeys(columns, known), columns[:IDENTITY])
    return file


def _column(file: PlatformFile, wanted: str, usual: Sequence[str]) -> int:
    header = [tidy(cell) for cell in file.rows[0]]
    if wanted in header:
        return header.index(wanted)
    keys = [header_key(cell) for cell in header]
    place = next((keys.index(key) for key in usual if key in keys), None)
    if place is None or wanted:
        raise UserError(f"{file.path}, row 1", f"the column {wanted!r}" if wanted else
                        f"a column {' or '.join(usual)}", ", ".join(header),
                        did_you_mean(wanted, header) if wanted else "name it as moodle_column")
    return place


def _check_maximum(where: str, grades: HomeworkGrades, maximum: float | str) -> None:
    if not is_maximum(str(maximum), grades.maximum):
        raise UserError(where, f"a maximum of {grades.maximum:g}, as for {grades.homework.name}",
                        str(maximum), f"set out_of (or moodle_maximum) for {grades.homework.name} "
                        "in the course file")


def _fill(file: PlatformFile, column: int, grades: HomeworkGrades, roster: Roster) -> None:
    cells = cells_of(grades, roster)
    for row, student in file.students.items():
        excused = cells[student] == "EX"
        file.rows[row][column] = "" if excused else cells[student]
        if excused:
            file.problems.append(Problem(
                str(file.path), row + 1, "excused, which Moodle's import cannot say",
                f"{grades.homework.name} excluded for this student",
                str(roster.students.at[student, "id"]),
                "exclude the grade in Moodle's grader report"))
