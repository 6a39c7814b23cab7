"""Files of Canvas, Moodle and the registry office, filled with grades.

Canvas: header `Student,ID,SIS User ID,SIS Login ID,Section,<Title (12345)>`; above the students a
row `Points Possible`, whose values Canvas takes as points. `EX` is excused, empty is no score.

Moodle: a grader report or an assignment's offline worksheet. Headers are in the language of the
site, so the column that names students is found by its cells. Empty is no grade; Moodle has no mark
for excused in an import.

Registry office: an XLSX or CSV with 学号 and 成绩, as the office sent it. Only the column of grades
is filled, and the column of remarks where it is empty: an open grade stays an empty cell, and 缺考
and the like go into the remarks, or in place of the grade where the file has no remarks. Titles,
other columns, other sheets and the encoding of a CSV stay as they are.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile

import openpyxl
import pandas as pd
from openpyxl.cell.cell import MergedCell

from autograder.errors import UserError, all_errors, collect_errors, did_you_mean, for_each
from autograder.language import _
from gradebook.book import Book
from gradebook.exports.people import registry_words
from gradebook.intake.owners import People
from gradebook.intake.platform_files import (
    BOM,
    GRADE,
    PlatformFile,
    absent_students,
    is_maximum,
    match_rows,
    read_platform_file,
    same_grade,
)
from gradebook.intake.roster import HEADERS as ROSTER
from gradebook.intake.roster import NO_STUDENT, WORDS, Roster, Standing, as_id
from gradebook.intake.sheets import (
    HEADER_ROWS,
    XLSX,
    csv_rows,
    encoding_of,
    header_key,
    read_all_cells,
    read_bytes,
    recognised,
    tidy,
)
from gradebook.policy.grades import HomeworkGrades, Status
from gradebook.policy.total import rounded
from gradebook.tables import Problem
from gradebook.wording import Language, say

CANVAS_IDENTITY = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
NOT_ASSIGNMENTS = (*CANVAS_IDENTITY, "Root Account", "Integration ID")
NO_SCORE = {Standing.ABSENT, Standing.MISCONDUCT, Standing.DUPLICATE_ID, Standing.UNUSABLE_ID}
EXCUSED = {Standing.DEFERRED, Standing.EXEMPT}
MAXIMUM = ("maximumgrade", "最高分", "最高成绩", "最大成绩", "满分")
MOODLE_IDENTITY = 6
"""Columns that may name a person, from the left."""
GRADE_TITLES = [
    "总评成绩", "总评", "总成绩", "最终成绩", "综合成绩", "课程成绩", "成绩", "成績", "分数",
    "finalgrade", "finalscore", "finalmark", "coursegrade", "total", "score", "grade", "mark",
]
REGISTRY_HEADERS = {
    "id": ROSTER["id"], "grade": GRADE_TITLES, "remark": ["成绩备注", *ROSTER["status"]],
}


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
    with all_errors() as faults:
        for title, maximum, name, cells in columns:
            with collect_errors(faults):
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
    with all_errors() as faults:
        for grades in homeworks:
            if grades.homework.moodle_column:
                with collect_errors(faults):
                    _check_maximum(str(path), grades, grades.homework.moodle_maximum)
                with collect_errors(faults):
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
                 lambda found: _check_maximum(file.place(found[1]), grades, found[0]))
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


def _check_maximum(where: str, grades: HomeworkGrades, maximum: float | str) -> None:
    if not is_maximum(str(maximum), grades.maximum):
        raise UserError(
            where,
            _("a maximum of {maximum:g}, as for {name}").format(
                maximum=grades.maximum, name=grades.homework.name),
            str(maximum),
            _("set out_of (or moodle_maximum) for {name} in the course file").format(
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


class _Cells(Protocol):
    """The cells that can be written, rows from 1 and columns from 0, and the file with them."""

    problems: list[str]

    def put(self, sheet: str, row: int, column: int, value: float | str) -> bool: ...
    def content(self) -> bytes: ...


@dataclass
class RegistryFile:
    """The filled file; `changes` are its changed cells: student, column, before, after."""

    path: Path
    cells: _Cells
    problems: list[Problem] = field(default_factory=list)
    changes: list[tuple[int, str, str, str]] = field(default_factory=list)

    def write(self, path: Path) -> Path:
        path.write_bytes(self.cells.content())
        return path


def fill_registry(path: Path, book: Book, column: str = "", *, overwrite: bool = False
                  ) -> RegistryFile:
    """The file at `path` with the totals of the course, found by the students' ids.

    `column` is the header of the grades where it is not recognised. What a person entered there is
    kept unless `overwrite`. Raises UserError when the file has no such columns or none of the
    students.
    """
    sheets = read_all_cells(path)
    file = RegistryFile(path, _cells_of(path))
    headers = {**REGISTRY_HEADERS, "grade": [header_key(column)]} if column else REGISTRY_HEADERS
    present: dict[int, str] = {}
    found = False
    for name, cells in sheets.items():
        header = _header(cells, headers)
        if header is not None:
            found = True
            _Sheet(file, name, cells, header, headers, book, overwrite).fill(present)
    if not found:
        first = next(iter(sheets.values()))
        raise UserError(
            str(path),
            _("a header with an id (学号) and {column}").format(
                column=column or _("a grade (成绩)")),
            ", ".join(filter(None, map(tidy, first.iloc[0]))) if len(first) else _("an empty file"),
            _("name the column of the grades as registry_column"),
        )
    if not present:
        raise UserError(
            str(path), _("students of the roster"), _("none of them in the file"),
            _("name the registry's file of this course"),
        )
    file.problems += absent_students(path, book.roster, present, _("the registry's file"),
                                     _("ask the registry office for a new file"))
    file.problems += [Problem(
        str(path), 0, _("part of the workbook not kept"), _("all of it as it was"), what,
        _("copy the filled column into the registry's own file"),
    ) for what in file.cells.problems]
    return file


def _header(cells: pd.DataFrame, headers: dict[str, list[str]]) -> int | None:
    for row in cells.index[:HEADER_ROWS]:
        keys = [header_key(cell) for cell in cells.loc[row]]
        if {"id", "grade"} <= set(recognised(keys, headers)):
            return int(row)
    return None


class _Sheet:
    """One sheet whose rows are filled."""

    def __init__(
        self, file: RegistryFile, name: str, cells: pd.DataFrame, header: int,
        headers: dict[str, list[str]], book: Book, overwrite: bool,
    ) -> None:
        self.file, self.name, self.cells, self.header = file, name, cells, header
        self.titles = [tidy(str(cell)) for cell in cells.loc[header]]
        self.columns = recognised([header_key(title) for title in self.titles], headers)
        self.book, self.overwrite = book, overwrite
        self.language: Language = "en" if self.titles[self.columns["grade"]].isascii() else "zh"
        self.words = registry_words(book)

    def fill(self, present: dict[int, str]) -> None:
        """Fill every row with a student's id; `present` are those met so far, and where."""
        for row in self.cells.index[self.cells.index > self.header].tolist():
            id_ = as_id(self._cell(row, "id"))
            if not id_ or NO_STUDENT.match(id_):
                continue
            student = self.book.people.student(id_)
            place = (_("row {row} of sheet {sheet}").format(row=row, sheet=self.name) if self.name
                     else _("row {row}").format(row=row))
            if student is None:
                self._report(row, _("not in the roster"),
                             _("the id of a student of the roster"), id_,
                             _("add the student to the roster, or leave it so"))
            elif student in present:
                self._report(row, _("row left as it was: the same student twice"),
                             _("the student in {place} only").format(place=present[student]),
                             id_, _("enter the grade by hand"))
            else:
                present[student] = place
                self._fill_row(row, student)

    def _fill_row(self, row: int, student: int) -> None:
        word, total = str(self.words[student]), float(self.book.total[student])
        remark = tidy(self._cell(row, "remark")) if "remark" in self.columns else ""
        if word:
            said = say(word, self.language)
            kind = "remark" if "remark" in self.columns else "grade"
            self._put(row, student, kind, said, self.overwrite and kind == "grade")
        elif total == total:
            if remark.casefold() in WORDS:
                self._report(row, _("grade not entered: the file has a remark"),
                             _("no such remark"),
                             f"{self.book.people.label(student)}: {remark}",
                             _("write it into the roster, or remove it from the file"))
                return
            number = int(total) if total.is_integer() else total
            self._put(row, student, "grade", number, self.overwrite)

    def _put(self, row: int, student: int, kind: str, value: float | str, overwrite: bool) -> None:
        """Write a cell, unless a person has entered something else in it."""
        column = self.columns[kind]
        before, after = self._cell(row, kind).strip(), str(value)
        if before and (before == after or (kind == "grade" and same_grade(before, after))):
            return
        if (before and not overwrite) or not self.file.cells.put(self.name, row, column, value):
            self._report(row, _("entry in the registry's file kept"),
                         f"{self.titles[column]}: {after}",
                         f"{self.book.people.label(student)}: "
                         + (before or _("cells that are merged")),
                         _("set overwrite = true under [exports] to replace a grade"))
            return
        self.file.changes.append((student, self.titles[column], before, after))

    def _cell(self, row: int, kind: str) -> str:
        return str(self.cells.at[row, self.columns[kind]])

    def _report(self, row: int, what: str, expected: str, found: str, remedy: str) -> None:
        if self.name:
            found = f"{found} (sheet {self.name})"
        self.file.problems.append(
            Problem(str(self.file.path), row, what, expected, found, remedy))


def _cells_of(path: Path) -> _Cells:
    content = read_bytes(path, _("the registry's XLSX or CSV file"))
    return _Workbook(path, content) if content.startswith(XLSX) else _Csv(path, content)


class _Workbook:
    def __init__(self, path: Path, content: bytes) -> None:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                self._book = openpyxl.load_workbook(io.BytesIO(content))
            except (BadZipFile, OSError, KeyError, ValueError, TypeError) as error:
                raise UserError(
                    str(path), _("an XLSX workbook"), str(error), _("save it again as .xlsx"),
                ) from None
        self.problems = [str(warning.message) for warning in told]

    def put(self, sheet: str, row: int, column: int, value: float | str) -> bool:
        cell = self._book[sheet].cell(row, column + 1)
        if isinstance(cell, MergedCell) or cell.data_type == "f":
            return False
        cell.value = value
        return True

    def content(self) -> bytes:
        out = io.BytesIO()
        self._book.save(out)
        return out.getvalue()


class _Csv:
    def __init__(self, path: Path, content: bytes) -> None:
        self.problems: list[str] = []
        self._encoding = encoding_of(path, content)
        text = content.decode(self._encoding)
        if re.match(r"\s*<", text):
            raise UserError(
                str(path), _("the registry's XLSX or CSV file"), _("a web page"),
                _("open it in a spreadsheet and save it as .xlsx"),
            )
        self._rows, self._delimiter = csv_rows(path, text)
        self._line_end = "\r\n" if "\r\n" in text else "\n"
        self._bom = content.startswith(BOM)

    def put(self, sheet: str, row: int, column: int, value: float | str) -> bool:
        cells = self._rows[row - 1]
        cells += [""] * (column + 1 - len(cells))
        cells[column] = str(value)
        return True

    def content(self) -> bytes:
        text = io.StringIO()
        csv.writer(text, delimiter=self._delimiter, lineterminator=self._line_end).writerows(
            self._rows)
        encoding = "utf-8" if self._encoding == "utf-8-sig" and not self._bom else self._encoding
        return text.getvalue().encode(encoding)
