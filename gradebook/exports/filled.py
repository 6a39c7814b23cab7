"""Files of Canvas, Moodle and the registry office, filled with grades.

Canvas: header `Student,ID,SIS User ID,SIS Login ID,Section,<Title (12345)>`; above the students a
row `Points Possible`, whose values Canvas takes as points. `EX` is excused, empty is no score.

Moodle: a grader report or an assignment's offline worksheet. Headers are in the language of the
site, so the column that names students is found by its cells. Empty is no grade; Moodle has no mark
for excused in an import.

Registry: an XLSX or CSV with 学号 and 成绩, as the office sent it. Only the column of grades is
filled, and the column of remarks where it is empty: an open grade stays an empty cell, and 缺考 and
the like go into the remarks, or in place of the grade where the file has no remarks. Titles, other
columns, other sheets and the encoding of a CSV stay as they are.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import openpyxl
import pandas as pd
from openpyxl.cell.cell import MergedCell

from autograder.errors import UserError, all_errors, collect_errors, did_you_mean, for_each
from autograder.language import N_, Language, _
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
from gradebook.intake.roster import NO_STUDENT, WORDS, Standing, as_id
from gradebook.policy.grades import HomeworkGrades, Status
from gradebook.policy.total import rounded
from gradebook.tables import (
    XLSX,
    Header,
    Problem,
    csv_rows,
    decoded,
    find_header,
    header_key,
    read_all_cells,
    read_bytes,
    tidy,
)
from gradebook.wording import say

CANVAS_IDENTITY = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
NOT_ASSIGNMENTS = (*CANVAS_IDENTITY, "Root Account", "Integration ID")
NO_SCORE = {Standing.ABSENT, Standing.MISCONDUCT, Standing.DUPLICATE_ID, Standing.UNUSABLE_ID}
EXCUSED = {Standing.DEFERRED, Standing.EXEMPT}
MAXIMUM = ("maximumgrade", "最高分", "最高成绩", "最大成绩", "满分")
MAXIMUM_OF_WORKSHEET = N_("set out_of for {name} in the course file, or the maximum grade in "
                          "Moodle, and download the worksheet again")
MOODLE_IDENTITY = 6
"""Columns that may name a person, from the left."""
REGISTRY_GRADE = [
    "总评成绩", "总评", "总成绩", "最终成绩", "综合成绩", "课程成绩", "成绩", "成績", "分数",
    "finalgrade", "finalscore", "finalmark", "coursegrade", "total", "score", "grade", "mark",
]
REGISTRY = {
    "id": ROSTER["id"], "grade": REGISTRY_GRADE, "remark": ["成绩备注", *ROSTER["status"]],
}
PARTS = {
    N_("{count} picture(s)"): r"xl/media/.*",
    N_("{count} chart(s)"): r"xl/charts/chart.*\.xml",
    N_("{count} button(s) or other control(s)"): r"xl/ctrlProps/.*",
    N_("{count} pivot table(s)"): r"xl/pivotTables/.*\.xml",
    N_("{count} link(s) to other workbooks"): r"xl/externalLinks/[^/]*\.xml",
    N_("{count} slicer(s)"): r"xl/slicers/.*",
    N_("{count} list(s) of threaded comments"): r"xl/threadedComments/.*",
    N_("macros"): r"xl/vbaProject.*",
    N_("a digital signature"): r"_xmlsignatures/sig.*",
}
"""What a part of a workbook is, by its name."""
SHAPES = N_("{count} shape(s) or text box(es)")
SHAPE = re.compile(rb"<\w+:(?:sp|cxnSp|grpSp)[ >]")


def fill_canvas(path: Path, book: Book) -> PlatformFile:
    """Canvas's own file with the scores of every homework that names a `canvas_column`, and the
    total of the course where `canvas_total` names a column.

    Entries of people are kept unless the course file says `overwrite`. Raises UserError when the
    file is not a Canvas export, when the column is missing, or when the maximum of the assignment
    on Canvas differs.
    """
    file = read_platform_file(path)
    points_row = _points_row(file)
    header = [tidy(cell) for cell in file.rows[0]]
    identity = [header.index(name) for name in CANVAS_IDENTITY if name in header]
    match_rows(file, book.roster, points_row + 1, _keys(header, book.people), identity)
    _forget_test_student(file)
    columns = [(grades.homework.canvas_column, grades.maximum, grades.homework.name,
                _cells(book, grades))
               for grades in book.homeworks if grades.homework.canvas_column]
    if total := book.course.exports.canvas_total:
        columns.append((total, book.maximum, "the course", _cells(book)))
    with all_errors() as errors:
        for title, maximum, name, cells in columns:
            with collect_errors(errors):
                column = _canvas_column(file, header, title)
                _check_points(file, points_row, column, maximum, name)
                for row, student in file.students.items():
                    file.fill(row, column, cells[student], overwrite=book.course.exports.overwrite)
    return file


def _cells(book: Book, grades: HomeworkGrades | None = None) -> list[str]:
    """The cell of each student, for a homework or the total: two decimals, `EX`, or nothing."""
    scores, standing = book.total, book.roster.students["standing"]
    excused = standing.isin(EXCUSED)
    if grades:
        scores = rounded(grades.score, 2).clip(upper=grades.maximum)
        excused |= grades.status.eq(Status.EXCUSED)
    blank = standing.isin(NO_SCORE) | scores.isna()
    return ["EX" if ex else "" if empty else f"{score:.2f}" for score, ex, empty
            in zip(scores.tolist(), excused.tolist(), blank.tolist(), strict=True)]


def _points_row(file: PlatformFile) -> int:
    for number, row in enumerate(file.rows[:5]):
        if "Points Possible" in row[0]:
            return number
    raise UserError(
        str(file.path), _("a gradebook as Canvas exports it"), _("no row `Points Possible`"),
        _("export it: Grades, Export, Export Entire Gradebook"),
    )


def _keys(header: list[str], people: People) -> dict[int, Mapping[str, int]]:
    """The columns that may name a student, with the students by what their cells may hold."""
    ids = people.words | people.by_id
    return {header.index(name): people.by_canvas or ids if name == "ID" else ids
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


def fill_report(path: Path, book: Book) -> PlatformFile:
    """Moodle's grader report `path` with the homeworks that name a `moodle_column`."""
    file = _matched(path, book)
    with all_errors() as errors:
        for grades in book.homeworks:
            if grades.homework.moodle_column:
                with collect_errors(errors):
                    _check_maximum(str(path), grades, grades.homework.moodle_maximum)
                with collect_errors(errors):
                    column = _moodle_column(file, grades.homework.moodle_column, ())
                    _fill_moodle(file, column, grades, book)
    return file


def fill_worksheet(path: Path, book: Book, grades: HomeworkGrades) -> PlatformFile:
    """The offline grading worksheet `path` of one assignment with the scores of `grades`."""
    file = _matched(path, book)
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
    _fill_moodle(file, column, grades, book)
    return file


def _matched(path: Path, book: Book) -> PlatformFile:
    file = read_platform_file(path)
    known = book.people.words | book.people.by_id
    columns = range(len(file.rows[0]))
    match_rows(file, book.roster, 1, dict.fromkeys(columns, known), columns[:MOODLE_IDENTITY])
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


def _fill_moodle(file: PlatformFile, column: int, grades: HomeworkGrades, book: Book) -> None:
    cells = _cells(book, grades)
    for row, student in file.students.items():
        if cells[student] != "EX":
            file.fill(row, column, cells[student], overwrite=book.course.exports.overwrite)
        else:
            file.problems.append(Problem(
                str(file.path), row + 1, _("excused, which Moodle's import cannot say"),
                _("{name} excluded for this student").format(name=grades.homework.name),
                str(book.roster.students.at[student, "id"]),
                _("exclude the grade in Moodle's grader report"),
            ))


@dataclass
class RegistryFile:
    """The filled file; `changes` are its changed cells: student, column, before, after."""

    path: Path
    cells: _Workbook | _Csv
    problems: list[Problem] = field(default_factory=list)
    changes: list[tuple[int, str, str, str]] = field(default_factory=list)

    def write(self, path: Path) -> Path:
        path.write_bytes(self.cells.content())
        return path


def fill_registry(path: Path, book: Book) -> RegistryFile:
    """The registry's file at `path` with the totals of the course, found by the students' ids.

    The course file names the header of the grades where it is not recognised. What a person entered
    there is kept unless it says `overwrite`. Raises UserError when the file has no such columns or
    none of the students.
    """
    column = book.course.exports.registry_column
    sheets = read_all_cells(path)
    content = read_bytes(path, _("the registry's XLSX or CSV file"))
    file = RegistryFile(path, (_Workbook if content.startswith(XLSX) else _Csv)(path, content))
    headers = {**REGISTRY, "grade": [header_key(column)]} if column else REGISTRY
    present: dict[int, str] = {}
    found = False
    for name, cells in sheets.items():
        if header := find_header(cells, headers, ("id", "grade")):
            found = True
            _Sheet(file, name, cells, header, book).fill(present)
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


Filled = PlatformFile | RegistryFile
"""A file of a platform or of the registry, filled."""


def changes_frame(book: Book, filled: Sequence[tuple[str, Filled]]) -> pd.DataFrame:
    """changes.csv: file, id, column, before, after, a row for each cell that an import changes."""
    ids = book.roster.students["id"]
    rows = [(name, ids[student], column, before, after)
            for name, file in filled for student, column, before, after in file.changes]
    return pd.DataFrame(rows, columns=["file", "id", "column", "before", "after"], dtype="str")


class _Sheet:
    """One sheet whose rows are filled."""

    def __init__(
        self, file: RegistryFile, name: str, cells: pd.DataFrame, header: Header, book: Book
    ) -> None:
        self.file, self.name, self.cells, self.header, self.book = file, name, cells, header, book
        self.titles, self.columns = header.titles, header.columns
        self.language: Language = "en" if self.titles[self.columns["grade"]].isascii() else "zh"
        self.words = registry_words(book)

    def fill(self, present: dict[int, str]) -> None:
        """Fill every row with a student's id; `present` are those met so far, and where."""
        for row in self.cells.index[self.cells.index > self.header.row].tolist():
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
            self._put(row, student, kind, said)
        elif total == total:
            if remark.casefold() in WORDS:
                self._report(row, _("grade not entered: the file has a remark"),
                             _("no such remark"),
                             f"{self.book.people.label(student)}: {remark}",
                             _("write it into the roster, or remove it from the file"))
                return
            number = int(total) if total.is_integer() else total
            self._put(row, student, "grade", number)

    def _put(self, row: int, student: int, kind: str, value: float | str) -> None:
        """Write a cell, unless a person has entered something else in it."""
        column = self.columns[kind]
        overwrite = kind == "grade" and self.book.course.exports.overwrite
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


class _Workbook:
    def __init__(self, path: Path, content: bytes) -> None:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                self._book = openpyxl.load_workbook(io.BytesIO(content), rich_text=True)
            except (BadZipFile, OSError, KeyError, ValueError, TypeError) as error:
                raise UserError(
                    str(path), _("an XLSX workbook"), str(error), _("save it again as .xlsx"),
                ) from None
        self.problems = [str(warning.message) for warning in told]
        self.problems += _not_kept(content, self.content())

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


def _not_kept(before: bytes, after: bytes) -> list[str]:
    """What the workbook `before` has more of than `after`, which openpyxl made of it."""
    with ZipFile(io.BytesIO(before)) as old, ZipFile(io.BytesIO(after)) as new:
        lost = _parts(old) - _parts(new)
    return [_(kind).format(count=count) for kind, count in lost.items()]


def _parts(book: ZipFile) -> Counter[str]:
    found = Counter({kind: sum(re.fullmatch(pattern, name) is not None for name in book.namelist())
                     for kind, pattern in PARTS.items()})
    found[SHAPES] = sum(len(SHAPE.findall(book.read(name))) for name in book.namelist()
                        if re.fullmatch(r"xl/drawings/[^/]*\.xml", name))
    return found


class _Csv:
    def __init__(self, path: Path, content: bytes) -> None:
        self.problems: list[str] = []
        text, self._encoding = decoded(path, content)
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
