"""The registry office's own file, filled: an XLSX or CSV with 学号 and 成绩, as the office sent it.

Only the column of grades is filled, and the column of remarks where it is empty: an open grade
stays an empty cell, and 缺考 and the like go into the remarks, or in place of the grade where the
file has no remarks. Titles, other columns, other sheets and the encoding of a CSV stay as they are.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from zipfile import BadZipFile, ZipFile

import openpyxl
import pandas as pd
from openpyxl.cell.cell import MergedCell

from autograder.errors import UserError
from autograder.language import N_, Language, _
from gradebook.book import Book
from gradebook.exports.people import registry_words
from gradebook.intake.platform_files import BOM, absent_students, same_grade
from gradebook.intake.roster import HEADERS as ROSTER
from gradebook.intake.roster import NO_STUDENT, WORDS, as_id
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

GRADE = [
    "总评成绩", "总评", "总成绩", "最终成绩", "综合成绩", "课程成绩", "成绩", "成績", "分数",
    "finalgrade", "finalscore", "finalmark", "coursegrade", "total", "score", "grade", "mark",
]
HEADERS = {
    "id": ROSTER["id"], "grade": GRADE, "remark": ["成绩备注", *ROSTER["status"]],
}


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
    headers = {**HEADERS, "grade": [header_key(column)]} if column else HEADERS
    present: dict[int, str] = {}
    found = False
    for name, cells in sheets.items():
        if header := find_header(cells, headers, ("id", "grade")):
            found = True
            _Sheet(file, name, cells, header, book, overwrite).fill(present)
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


class _Sheet:
    """One sheet whose rows are filled."""

    def __init__(
        self, file: RegistryFile, name: str, cells: pd.DataFrame, header: Header, book: Book,
        overwrite: bool,
    ) -> None:
        self.file, self.name, self.cells = file, name, cells
        self.titles, self.columns = header.titles, header.columns
        self.rows: list[int] = cells.index[cells.index > header.row].tolist()
        self.book, self.overwrite = book, overwrite
        self.language: Language = "en" if self.titles[self.columns["grade"]].isascii() else "zh"
        self.words = registry_words(book)

    def fill(self, present: dict[int, str]) -> None:
        """Fill every row with a student's id; `present` are those met so far, and where."""
        for row in self.rows:
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


def _not_kept(before: bytes, after: bytes) -> list[str]:
    """What the workbook `before` has more of than `after`, which openpyxl made of it."""
    with ZipFile(io.BytesIO(before)) as old, ZipFile(io.BytesIO(after)) as new:
        lost = {kind: _parts(old, pattern) - _parts(new, pattern)
                for kind, pattern in PARTS.items()}
        lost[SHAPES] = _shapes(old) - _shapes(new)
    return [_(kind).format(count=count) for kind, count in lost.items() if count > 0]


def _parts(book: ZipFile, pattern: str) -> int:
    return sum(re.fullmatch(pattern, name) is not None for name in book.namelist())


def _shapes(book: ZipFile) -> int:
    return sum(len(SHAPE.findall(book.read(name))) for name in book.namelist()
               if re.fullmatch(r"xl/drawings/[^/]*\.xml", name))


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
