"""Tables as files: reads those that people save, and writes those that they open.

Read are CSV in any usual encoding, XLSX, or a web page named .xls. Excel on Chinese Windows saves
CSV as GBK; a spreadsheet turns ids into numbers. So everything is read as text, and row numbers are
those that Excel shows. The header may be below a title, and every sheet of a workbook that has it
is read. A column is recognised by its header: `headers` maps a kind to its spellings, which are
compared by letters and digits only.

Written are CSV, XLSX and problems.csv, safe in a spreadsheet. Students choose their names and file
names, so a text cell that a spreadsheet would take for a formula gets a leading apostrophe, in CSV
and in XLSX. Numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import openpyxl
import pandas as pd
from xlsxwriter import Workbook

from autograder.errors import UserError
from autograder.language import _
from autograder.model import safe_text

BOM = "\ufeff"
"""The byte-order mark, by which Excel recognises UTF-8."""
MAX_WIDTH = 40
SAMPLE = 2000
"""The number of rows that determine the width of a column."""
XLSX = b"PK\x03\x04"
EXACT_DIGITS = 15
"""Digits of a number that a spreadsheet keeps; the rest of a longer id is lost."""
Headers = Mapping[str, Sequence[str]]
HEADER_ROWS = 15
"""Rows in which a header is searched, since registry lists begin with a title."""
SHEET_ROWS = 10_000_000
"""More rows than a sheet can have; added to the row numbers of each further sheet."""
FIRST_LINES = 30


@dataclass(frozen=True)
class Problem:
    """One thing for a person to look at. `row` is the row in Excel, from 1; 0 for a whole file."""

    file: str
    row: int
    what: str
    expected: str
    found: str
    remedy: str


COLUMNS = [column.name for column in fields(Problem)]


def read_cells(path: Path) -> pd.DataFrame:
    """All cells of the first sheet of `path` as text; see `read_all_cells`."""
    return next(iter(read_all_cells(path).values()))


def read_all_cells(path: Path) -> dict[str, pd.DataFrame]:
    """All cells of each sheet of `path` as text, `""` for empty ones; a CSV has one sheet, `""`.

    The index is the row as Excel numbers it, from 1; columns are numbered from 0. Raises UserError
    when there is no such file or it is no table.
    """
    content = read_bytes(path, _("a CSV or XLSX file"))
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise UserError(
            str(path), _("a CSV or XLSX file"), _("the old binary format .xls"),
            _("open it and save it as .xlsx"),
        )
    if content.startswith(XLSX):
        return {name: _frame(rows) for name, rows in _xlsx_rows(path, content).items()}
    text, _encoding = decoded(path, content)
    if re.match(r"\s*(<\?xml[^>]*>\s*)?(<!doctype html|<html|<table|<head|<meta)", text, re.I):
        return {"": _frame(_html_rows(path, text))}
    if text.lstrip().startswith("<"):
        raise UserError(
            str(path), _("a CSV or XLSX file"), "XML",
            _("open it in a spreadsheet and save it as .xlsx"),
        )
    return {"": _frame(csv_rows(path, text)[0])}


def _frame(rows: list[list[str]]) -> pd.DataFrame:
    width = max((len(row) for row in rows), default=0)
    padded = [row + [""] * (width - len(row)) for row in rows]
    return pd.DataFrame(padded, index=range(1, len(rows) + 1), dtype="str").fillna("")


class _HtmlTable(HTMLParser):
    """The rows of the tables of a page: registries export them under the name of a workbook."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag not in ("td", "th", "tr")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.rows[-1][-1] += data


def _html_rows(path: Path, text: str) -> list[list[str]]:
    parser = _HtmlTable()
    parser.feed(text)
    if not parser.rows:
        raise UserError(
            str(path), _("a CSV or XLSX file"), _("a web page without a table"),
            _("open it in a spreadsheet and save it as .xlsx"),
        )
    return [[" ".join(cell.split()) for cell in row] for row in parser.rows]


def read_bytes(path: Path, expected: str) -> bytes:
    """The bytes of a file that the course file names."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(
            str(path), expected, error.strerror or _("not readable"),
            _("check the name in the course file"),
        ) from None


def decoded(path: Path, content: bytes) -> tuple[str, str]:
    """The text of a file and its encoding: UTF-16 by its mark, UTF-8, then GB18030."""
    utf_16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if utf_16 else ["utf-8-sig", "gb18030"]:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise UserError(
        str(path), _("text in UTF-8 or GB18030 (GBK)"), _("another encoding"),
        _("open it in Excel and save it as CSV UTF-8, or as .xlsx"),
    )


def csv_rows(path: Path, text: str) -> tuple[list[list[str]], str]:
    """The rows of a CSV, and the separator of its cells."""
    delimiter = _delimiter(text)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)), delimiter
    except csv.Error as error:
        raise UserError(
            str(path), _("a CSV file"), str(error), _("save it again as CSV UTF-8"),
        ) from None


def _delimiter(text: str) -> str:
    """The separator that splits most of the first lines into equally many cells."""
    top = "\n".join(text.splitlines()[:FIRST_LINES])
    scores = {}
    for delimiter in "\t;,":
        try:
            widths = Counter(map(len, csv.reader(io.StringIO(top), delimiter=delimiter)))
        except csv.Error:
            widths = Counter()
        scores[delimiter] = max(((width - 1) * lines for width, lines in widths.items()), default=0)
    best = max(scores, key=lambda delimiter: scores[delimiter])
    return best if scores[best] else ","


def _xlsx_rows(path: Path, content: bytes) -> dict[str, list[list[str]]]:
    """The rows of every visible sheet."""
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        found: dict[str, list[list[str]]] = {}
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # some programs write a wrong size
            if sheet.sheet_state == "visible" or not found:
                found[str(sheet.title)] = [[_cell_text(cell) for cell in row]
                                           for row in sheet.iter_rows()]
        book.close()
        first = next(iter(found))
    except (BadZipFile, OSError, KeyError, ValueError, IndexError, StopIteration) as error:
        raise UserError(
            str(path), _("an XLSX workbook"), str(error), _("save it again as .xlsx"),
        ) from None
    return {first: found.pop(first)} | found


def _cell_text(cell: Any) -> str:
    """The cell as a spreadsheet shows it; a number that it has rounded stays recognisable."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        if abs(value) >= 10**EXACT_DIGITS:
            return f"{value:.14E}"
        digits = str(int(value)) if value == int(value) else repr(value)
        shown = str(cell.number_format)
        return digits.zfill(len(shown)) if re.fullmatch("0+", shown) else digits
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def tidy(text: str) -> str:
    """NFKC (full-width digits and blanks become plain), no control characters, no outer blanks."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = unicodedata.normalize("NFKC", text)
    if not text.isprintable():
        text = "".join(" " if c in "\t\r\n" else c for c in text
                       if c in "\t\r\n" or unicodedata.category(c)[0] != "C")
    return text.strip()


def each(cells: pd.Series[str], change: Callable[[str], str]) -> pd.Series[str]:
    """`change` of every cell; several times faster than Series.map on text."""
    return pd.Series([change(cell) for cell in cells.tolist()], index=cells.index, dtype="str")


def header_key(text: str) -> str:
    """A header for comparing: lower case, only letters and digits."""
    return "".join(c for c in tidy(text).casefold() if c.isalnum())


@dataclass
class Sheet:
    """`body`: the cells below the header, raw text, columns from 0; the index is the row in Excel,
    and in a further sheet of a workbook SHEET_ROWS more (see `as_row`).

    `titles`: the header as it is written; `columns`: the place of each recognised kind. `names`:
    the sheets that were read; `problems` tells of those that were not.
    """

    path: Path
    titles: list[str]
    columns: dict[str, int]
    body: pd.DataFrame
    names: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def text(self, kind: str, change: Callable[[str], str] = tidy) -> pd.Series[str]:
        """The cells of a kind of column, each tidied by `change`; all empty when there is none."""
        if kind not in self.columns:
            return pd.Series("", index=self.body.index, dtype="str")
        return each(self.body[self.columns[kind]], change)

    def row(self, label: int) -> str:
        """`3`, or `3 of sheet B` in a further sheet of a workbook."""
        number = str(label % SHEET_ROWS)
        return number if label < SHEET_ROWS else _("{row} of sheet {sheet}").format(
            row=number, sheet=self.names[label // SHEET_ROWS])

    def place(self, *rows: int) -> str:
        """`file, row 3` or `file, rows 3, 5`, for messages."""
        numbers = ", ".join(map(self.row, rows[:8])) + (" ..." if len(rows) > 8 else "")
        place = _("{path}, rows {row}") if len(rows) > 1 else _("{path}, row {row}")
        return place.format(path=self.path, row=numbers)


def read_sheet(
    path: Path, headers: Headers, needed: Sequence[str],
    remedy: str = "",
) -> Sheet:
    """The table in `path`, from every sheet that has the header.

    Raises UserError with the `remedy` when no row near the top of any sheet has all `needed`
    columns.
    """
    sheets = read_all_cells(path)
    found: Sheet | None = None
    without = []
    for name, cells in sheets.items():
        one = _one_sheet(path, cells, headers, needed)
        if one is None:
            without += [name] if (cells != "").any(axis=None) else []
        elif found is None:
            found = one
            found.names = [name]
        else:
            _append(found, one, name)
    if found is None:
        cells = next(iter(sheets.values()))
        first = ", ".join(filter(None, cells.iloc[0])) if len(cells) else _("an empty file")
        wanted = ", ".join(f"{kind} ({headers[kind][0]})" for kind in needed)
        raise UserError(
            _("{path}, row {row}").format(path=path, row=1),
            _("a header with {wanted}").format(wanted=wanted),
            first[:200] or _("an empty row"), remedy or _("add the column, or name it so"),
        )
    found.problems = [
        Problem(
            str(path), 0, _("sheet left out"),
            _("a header like that of sheet {names}").format(names=found.names[0]),
            _("sheet {name}").format(name=name), _("nothing, if it holds no such table"),
        ) for name in without]
    return found


@dataclass(frozen=True)
class Header:
    """The header of a table: its row in the sheet, its cells, the place of each recognised kind."""

    row: int
    titles: list[str]
    columns: dict[str, int]


def find_header(cells: pd.DataFrame, headers: Headers, needed: Sequence[str]) -> Header | None:
    """The first row near the top of a sheet that has all `needed` columns."""
    for row in cells.index[:HEADER_ROWS]:
        titles = [tidy(text) for text in cells.loc[row]]
        columns = _recognised([header_key(title) for title in titles], headers)
        if set(needed) <= set(columns):
            return Header(int(row), titles, columns)
    return None


def _one_sheet(
    path: Path, cells: pd.DataFrame, headers: Headers, needed: Sequence[str]
) -> Sheet | None:
    header = find_header(cells, headers, needed)
    if header is None:
        return None
    _no_doubles(path, header)
    body = cells.loc[header.row + 1 :]
    return Sheet(path, header.titles, header.columns, body[(body != "").any(axis=1)])


def _append(sheet: Sheet, more: Sheet, name: str) -> None:
    """Add the rows of a further sheet, whose columns may stand in another order."""
    keys = [header_key(title) for title in more.titles]
    body = pd.DataFrame(index=more.body.index + SHEET_ROWS * len(sheet.names))
    for place, title in enumerate(sheet.titles):
        kind = next((k for k, p in sheet.columns.items() if p == place), None)
        other = more.columns.get(kind, -1) if kind else -1
        if other < 0 and title and header_key(title) in keys:
            other = keys.index(header_key(title))
        body[place] = more.body[other].to_numpy() if other >= 0 else ""
    sheet.body = pd.concat([sheet.body, body.astype("str")])
    sheet.names.append(name)


def _recognised(keys: list[str], headers: Headers) -> dict[str, int]:
    """The place of the first spelling of each kind that is among `keys`."""
    found = {}
    for kind, words in headers.items():
        place = next((keys.index(word) for word in words if word in keys), None)
        if place is not None:
            found[kind] = place
    return found


def _no_doubles(path: Path, header: Header) -> None:
    titles = header.titles
    doubled = sorted({titles[p] for p in header.columns.values() if titles.count(titles[p]) > 1})
    if doubled:
        raise UserError(
            _("{path}, row {row}").format(path=path, row=header.row), _("every column named once"),
            ", ".join(_("{name!r} twice").format(name=title) for title in doubled),
            _("rename or remove one of them"),
        )


def as_row(label: object) -> int:
    """A label of a table's index as the row number it is."""
    return int(str(label)) % SHEET_ROWS


def safe_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with every text cell and header made safe; numbers as they are, to six decimals."""
    safe = frame.rename(columns=safe_text).round(6)
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            cells = [safe_text(c) if isinstance(c, str) else c for c in safe[column].tolist()]
            safe[column] = pd.Series(cells, index=safe.index, dtype=object)
    return safe


def csv_text(frame: pd.DataFrame) -> str:
    """`frame` as CSV, safe to open in a spreadsheet.

    Every text cell is in quotation marks: where Excel's separator is the semicolon, a semicolon in
    a student's file name would else start a new cell, which could be a formula.
    """
    safe = safe_frame(frame)
    columns = [[_csv_cell(name), *map(_csv_cell, cells)]
               for name, cells in ((str(name), safe[name].tolist()) for name in safe.columns)]
    return "".join(",".join(row) + "\n" for row in zip(*columns, strict=True))


def _csv_cell(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"' if value else ""
    return "" if pd.isna(value) else str(value)


def write_table(path: Path, frame: pd.DataFrame) -> Path:
    """`frame` as CSV, UTF-8 with BOM, safe to open in a spreadsheet; returns `path`."""
    path.write_text(BOM + csv_text(frame), encoding="utf-8", newline="")
    return path


def write_workbook(path: Path, frame: pd.DataFrame, *, frozen: int = 1) -> Path:
    """`frame` as the only sheet of `path`, the header and the first `frozen` columns kept in sight.

    Text columns have the format of text, so that a spreadsheet keeps 0220123 as it is; text that
    looks like a formula gets an apostrophe as in CSV. Empty cells are left out. The same rows give
    the same bytes.
    """
    safe = safe_frame(frame)
    book = Workbook(str(path), {"constant_memory": True})
    book.set_properties({"created": datetime(1980, 1, 1)})
    sheet = book.add_worksheet()
    header = book.add_format({"bold": True, "bg_color": "#E8EEF4"})
    text = book.add_format({"num_format": "@"})
    for place, name in enumerate(safe.columns):
        numeric = pd.api.types.is_numeric_dtype(safe[name])
        sheet.set_column(place, place, _width(safe[name]), None if numeric else text)
        sheet.write_string(0, place, str(name), header)
    for number, row in enumerate(zip(*(safe[name].tolist() for name in safe), strict=True), 1):
        for place, value in enumerate(row):
            if isinstance(value, str):
                if value:
                    sheet.write_string(number, place, value)
            elif not pd.isna(value):
                sheet.write_number(number, place, value)
    sheet.freeze_panes(1, frozen)
    if safe.shape[1]:
        sheet.autofilter(0, 0, len(safe), safe.shape[1] - 1)
    book.close()
    return path


def _width(column: pd.Series[Any]) -> int:
    cells = [str(column.name), *(str(cell) for cell in column.head(SAMPLE).dropna())]
    return min(MAX_WIDTH, max(8, *(_columns_of(text) + 2 for text in cells)))


def _columns_of(text: str) -> int:
    """Columns of a terminal or a sheet that `text` fills: Chinese characters fill two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def problem_frame(problems: list[Problem], folder: Path) -> pd.DataFrame:
    """The problems as a table, in the order found; `row` empty where there is none.

    Files inside of `folder`, where the course file is, are named relative to it.
    """
    frame = pd.DataFrame([astuple(p) for p in problems], columns=COLUMNS, dtype="str")
    frame["file"] = frame["file"].str.removeprefix(f"{folder}{os.sep}")
    frame["row"] = frame["row"].where(frame["row"] != "0", "")
    return frame
