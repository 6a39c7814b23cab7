"""Writes tables for people: CSV and XLSX that are safe in a spreadsheet, and problems.csv.

Students choose their names and file names, so a text cell that a spreadsheet would take for a
formula gets a leading apostrophe, in CSV and in XLSX. Numbers stay numbers.
"""

from __future__ import annotations

import os
import unicodedata
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from xlsxwriter import Workbook

from autograder.model import safe_text

BOM = "\ufeff"
"""The byte-order mark, by which Excel recognises UTF-8."""
MAX_WIDTH = 40
SAMPLE = 2000
"""The number of rows that determine the width of a column."""


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


@dataclass(frozen=True)
class Problem:
    """One thing for a person to look at. `row` is the row in Excel, from 1; 0 for a whole file."""

    file: str
    row: int
    what: str
    expected: str
    found: str
    remedy: str


COLUMNS = [field.name for field in fields(Problem)]


def as_row(label: object) -> int:
    """A label of a table's index as the row number it is; see sheets.SHEET_ROWS."""
    return int(str(label)) % 10_000_000


def problem_frame(problems: list[Problem], folder: Path) -> pd.DataFrame:
    """The problems as a table, in the order found; `row` empty where there is none.

    Files inside of `folder`, where the course file is, are named relative to it.
    """
    frame = pd.DataFrame([astuple(p) for p in problems], columns=COLUMNS, dtype="str")
    frame["file"] = frame["file"].str.removeprefix(f"{folder}{os.sep}")
    frame["row"] = frame["row"].where(frame["row"] != "0", "")
    return frame
