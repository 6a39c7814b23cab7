"""Files of Canvas and Moodle, filled with grades.

Canvas: header `Student,ID,SIS User ID,SIS Login ID,Section,<Title (12345)>`; above the students a
row `Points Possible`, whose values Canvas takes as points. `EX` is excused, empty is no score.

Moodle: a grader report or an assignment's offline worksheet. Headers are in the language of the
site, so the column that names students is found by its cells. Empty is no grade; Moodle has no mark
for excused in an import.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from autograder.errors import UserError, all_errors, collect_errors, did_you_mean, for_each
from autograder.language import N_, _
from gradebook.intake.owners import People
from gradebook.intake.platform_files import (
    GRADE,
    PlatformFile,
    is_maximum,
    match_rows,
    read_platform_file,
)
from gradebook.intake.roster import Roster, Standing
from gradebook.policy.grades import HomeworkGrades, Status
from gradebook.policy.total import rounded
from gradebook.tables import (
    Problem,
    header_key,
    tidy,
)

CANVAS_IDENTITY = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
NOT_ASSIGNMENTS = (*CANVAS_IDENTITY, "Root Account", "Integration ID")
NO_SCORE = {Standing.ABSENT, Standing.MISCONDUCT, Standing.DUPLICATE_ID, Standing.UNUSABLE_ID}
EXCUSED = {Standing.DEFERRED, Standing.EXEMPT}
MAXIMUM = ("maximumgrade", "最高分", "最高成绩", "最大成绩", "满分")
MAXIMUM_OF_WORKSHEET = N_("set out_of for {name} in the course file, or the maximum grade in "
                          "Moodle, and download the worksheet again")
MOODLE_IDENTITY = 6
"""Columns that may name a person, from the left."""


def fill_canvas(
    path: Path, roster: Roster, homeworks: Sequence[HomeworkGrades], *,
    total: ColumnOfTotal | None = None, overwrite: bool = False,
) -> PlatformFile:
    """Canvas's own file with the scores of every homework that names a `canvas_column`.

    `total` also fills a column with the total of the course. Entries of people are kept unless
    `overwrite`. Raises UserError when the file is not a Canvas export, when the column is missing,
    or when the maximum of the assignment on Canvas differs.
    """
    file = read_platform_file(path)
    points_row = _points_row(file)
    header = [tidy(cell) for cell in file.rows[0]]
    identity = [header.index(name) for name in CANVAS_IDENTITY if name in header]
    match_rows(file, roster, points_row + 1, _keys(header, roster), identity)
    _forget_test_student(file)
    columns = [(grades.homework.canvas_column, grades.maximum, grades.homework.name,
                cells_of(grades, roster)) for grades in homeworks if grades.homework.canvas_column]
    if total:
        columns.append((total.title, total.maximum, "the course", total.cells(roster)))
    with all_errors() as errors:
        for title, maximum, name, cells in columns:
            with collect_errors(errors):
                column = _canvas_column(file, header, title)
                _check_points(file, points_row, column, maximum, name)
                _fill(file, column, cells, overwrite)
    return file


@dataclass(frozen=True)
class ColumnOfTotal:
    """The course's total for a column of the platform: its title, the totals and their maximum."""

    title: str
    total: pd.Series[float]
    maximum: float

    def cells(self, roster: Roster) -> list[str]:
        """The cell of each student."""
        return [_cell(value, "", standing) for value, standing in zip(
            self.total.tolist(), roster.students["standing"].tolist(), strict=True)]


def _fill(file: PlatformFile, column: int, cells: Sequence[str], overwrite: bool) -> None:
    for row, student in file.students.items():
        file.fill(row, column, cells[student], overwrite=overwrite)


def cells_of(grades: HomeworkGrades, roster: Roster) -> list[str]:
    """A homework's cell of each student: two decimals, `EX`, or nothing."""
    scores = rounded(grades.score, 2).clip(upper=grades.maximum)
    standings = roster.students["standing"]
    return [_cell(score, status, standing) for score, status, standing
            in zip(scores.tolist(), grades.status.tolist(), standings.tolist(), strict=True)]


def _cell(score: float, status: str, standing: str) -> str:
    if standing in EXCUSED or status == Status.EXCUSED:
        return "EX"
    return "" if standing in NO_SCORE or score != score else f"{score:.2f}"


def _points_row(file: PlatformFile) -> int:
    for number, row in enumerate(file.rows[:5]):
        if "Points Possible" in row[0]:
            return number
    raise UserError(
        str(file.path), _("a gradebook as Canvas exports it"), _("no row `Points Possible`"),
        _("export it: Grades, Export, Export Entire Gradebook"),
    )


def _keys(header: list[str], roster: Roster) -> dict[int, dict[str, int]]:
    usable = roster.usable()
    ids = dict(zip(usable.tolist(), usable.index.tolist(), strict=True))
    canvas = roster.students.loc[usable.index, "canvas_id"]
    own = dict(zip(canvas.tolist(), canvas.index.tolist(), strict=True)) if canvas.any() else {}
    logins = roster.students.loc[usable.index, "login"]
    ids = {**dict(zip(logins.tolist(), logins.index.tolist(), strict=True)), **ids}
    ids.pop("", None)
    return {header.index(name): own or ids if name == "ID" else ids
            for name in ("SIS User ID", "SIS Login ID", "ID") if name in header}


def _forget_test_student(file: PlatformFile) -> None:
    """Drop the problem of `Student, Test`, the last row of every Canvas export."""
    file.problems = [p for p in file.problems
                     if p.what != _("not in the roster")
                     or file.rows[p.row - 1][0] != "Student, Test"]


def _canvas_column(file: PlatformFile, header: list[str], wanted: str) -> int:
    """The column with this header, or with this title before the ` (12345)` of Canvas."""
    titles = [re.sub(r" \(\d+\)$", "", title) for title in header]
    exact = [n for n, title in enumerate(header) if title == tidy(wanted)]
    places = exact or [n for n, title in enumerate(titles) if title == tidy(wanted)]
    if len(places) == 1:
        return places[0]
    known = [title for title in header
             if title not in NOT_ASSIGNMENTS and "(read only)" not in title]
    raise UserError(
        _("{path}, row {row}").format(path=file.path, row=1),
        _("one column for canvas_column = {wanted!r}").format(wanted=wanted),
        _("{count} of them; assignments: {known}").format(
            count=len(places), known=', '.join(known)),
        did_you_mean(wanted, known),
    )


def _check_points(
    file: PlatformFile, points_row: int, column: int, maximum: float, name: str
) -> None:
    cell = file.rows[points_row][column].strip()
    if not is_maximum(cell, maximum):
        raise UserError(
            f"{file.place(points_row)}, {file.rows[0][column]}",
            _("{maximum:g} points possible, as for {name}").format(maximum=maximum, name=name),
            cell or _("none"),
            _("set out_of for {name} in the course file, or the points in Canvas, and export "
              "again").format(name=name),
        )


def fill_report(
    path: Path, roster: Roster, people: People, homeworks: Sequence[HomeworkGrades], *,
    overwrite: bool = False,
) -> PlatformFile:
    """The grader report `path` with the homeworks that name a `moodle_column`."""
    file = _matched(path, roster, people)
    with all_errors() as errors:
        for grades in homeworks:
            if grades.homework.moodle_column:
                with collect_errors(errors):
                    _check_maximum(str(path), grades, grades.homework.moodle_maximum)
                with collect_errors(errors):
                    column = _moodle_column(file, grades.homework.moodle_column, ())
                    _fill_moodle(file, column, grades, roster, overwrite)
    return file


def fill_worksheet(
    path: Path, roster: Roster, people: People, grades: HomeworkGrades, *, overwrite: bool = False
) -> PlatformFile:
    """The offline grading worksheet `path` of one assignment with the scores of `grades`."""
    file = _matched(path, roster, people)
    column = _moodle_column(file, grades.homework.moodle_column, GRADE)
    keys = [header_key(cell) for cell in file.rows[0]]
    out_of = next((keys.index(key) for key in MAXIMUM if key in keys), None)
    if out_of is None:
        _check_maximum(str(path), grades, grades.homework.moodle_maximum)
    else:
        wrong = {file.rows[row][out_of]: row for row in reversed(file.students)}
        for_each(wrong.items(),
                 lambda found: _check_maximum(
                     file.place(found[1]), grades, found[0], _(MAXIMUM_OF_WORKSHEET)))
    _fill_moodle(file, column, grades, roster, overwrite)
    return file


def _matched(path: Path, roster: Roster, people: People) -> PlatformFile:
    file = read_platform_file(path)
    known = {**people.words, **people.by_id}
    columns = range(len(file.rows[0]))
    match_rows(file, roster, 1, dict.fromkeys(columns, known), columns[:MOODLE_IDENTITY])
    return file


def _moodle_column(file: PlatformFile, wanted: str, usual: Sequence[str]) -> int:
    header = [tidy(cell) for cell in file.rows[0]]
    if wanted in header:
        return header.index(wanted)
    keys = [header_key(cell) for cell in header]
    place = next((keys.index(key) for key in usual if key in keys), None)
    if place is None or wanted:
        raise UserError(
            _("{path}, row {row}").format(path=file.path, row=1),
            _("the column {wanted!r}").format(wanted=wanted) if wanted
            else _("one of the columns {usual}").format(usual=", ".join(usual)),
            ", ".join(header),
            did_you_mean(wanted, header) if wanted else _("name it as moodle_column"),
        )
    return place


def _check_maximum(
    where: str, grades: HomeworkGrades, maximum: float | str, remedy: str = ""
) -> None:
    if not is_maximum(str(maximum), grades.maximum):
        raise UserError(
            where,
            _("a maximum of {maximum:g}, as for {name}").format(
                maximum=grades.maximum, name=grades.homework.name),
            str(maximum),
            (remedy or _("set out_of (or moodle_maximum) for {name} in the course file")).format(
                name=grades.homework.name),
        )


def _fill_moodle(
    file: PlatformFile, column: int, grades: HomeworkGrades, roster: Roster, overwrite: bool
) -> None:
    cells = cells_of(grades, roster)
    for row, student in file.students.items():
        if cells[student] != "EX":
            file.fill(row, column, cells[student], overwrite=overwrite)
        else:
            file.problems.append(Problem(
                str(file.path), row + 1, _("excused, which Moodle's import cannot say"),
                _("{name} excluded for this student").format(name=grades.homework.name),
                str(roster.students.at[student, "id"]),
                _("exclude the grade in Moodle's grader report"),
            ))
