"""XLSX for people: ids as text, a header that stays in sight, widths that fit.

openpyxl makes the workbook and its styles; the rows of the one sheet are written beside it, since
openpyxl needs some twenty seconds for the million cells of a class of fifty thousand.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from gradebook.tables import safe_frame

SHEET = "xl/worksheets/sheet1.xml"
NO_ROWS = re.compile(rb"<sheetData\s*/>|<sheetData>.*?</sheetData>", re.DOTALL)
MADE_AT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
MAX_WIDTH = 40
SAMPLE = 2000
"""Rows that a width is taken from."""
BATCH = 5000


def write_workbook(path: Path, frame: pd.DataFrame, *, frozen: int = 1) -> Path:
    """`frame` as the only sheet of `path`, the header and the first `frozen` columns kept in sight.

    Text columns become cells of type text, which a spreadsheet shows to the letter; text that
    looks like a formula gets an apostrophe as in CSV. Empty cells are left out.
    """
    safe = safe_frame(frame)
    template, header_style, text_style = _template(safe, frozen)
    with zipfile.ZipFile(template) as source, \
            zipfile.ZipFile(path, "w") as target:
        for info in source.infolist():
            content = MADE_AT.sub(b"1980-01-01T00:00:00Z", source.read(info))
            if info.filename == SHEET:
                before, after = NO_ROWS.split(content)
                rows = "".join(_rows(safe, header_style, text_style)).encode()
                content = b"".join([before, b"<sheetData>", rows, b"</sheetData>", after])
            entry = zipfile.ZipInfo(info.filename)  # of 1980: the same rows give the same bytes
            target.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=1)
    return path


def _template(frame: pd.DataFrame, frozen: int) -> tuple[io.BytesIO, int, int]:
    """A workbook without rows, and the numbers of its styles for the header and for text."""
    book = Workbook()
    sheet = book.worksheets[0]
    header, text = sheet.cell(1, 1), sheet.cell(2, 1)
    header.font = Font(bold=True)
    header.fill = PatternFill("solid", fgColor="FFE8EEF4")
    text.number_format = "@"
    styles = header.style_id, text.style_id
    sheet.delete_rows(1, 2)
    sheet.freeze_panes = f"{get_column_letter(frozen + 1)}2"
    if frame.shape[1]:
        sheet.auto_filter.ref = f"A1:{get_column_letter(frame.shape[1])}{len(frame) + 1}"
    for number, column in enumerate(frame.columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = _width(frame[column])
    content = io.BytesIO()
    book.save(content)
    return content, *styles


def _width(column: pd.Series[Any]) -> int:
    cells = [str(column.name), *(str(cell) for cell in column.head(SAMPLE).dropna())]
    return min(MAX_WIDTH, max(8, *(_columns_of(text) + 2 for text in cells)))


def _columns_of(text: str) -> int:
    """Columns of a terminal or a sheet that `text` fills: Chinese characters fill two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _rows(frame: pd.DataFrame, header_style: int, text_style: int) -> Iterator[str]:
    """The XML of the header and of the rows, in batches."""
    yield _row(1, [_text(escape(str(name)), header_style) for name in frame.columns])
    for start in range(0, len(frame), BATCH):
        part = frame.iloc[start : start + BATCH]
        columns = [_cells(part[name], text_style) for name in frame.columns]
        yield "".join(_row(start + index, cells)
                      for index, cells in enumerate(zip(*columns, strict=True), 2))


def _row(number: int, cells: Sequence[str]) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def _cells(column: pd.Series[Any], text_style: int) -> list[str]:
    if pd.api.types.is_numeric_dtype(column):
        values = column.astype(float).round(6).tolist()
        return [f"<c><v>{value:.15g}</v></c>" if value == value else "<c/>" for value in values]
    cells = column.tolist()
    texts = escape("\n".join(cell if isinstance(cell, str) else "" for cell in cells)).split("\n")
    return [_text(text, text_style) if text else _number(cell)
            for cell, text in zip(cells, texts, strict=True)]


def _number(cell: Any) -> str:
    """A number among texts, or nothing."""
    return "<c/>" if isinstance(cell, str) or pd.isna(cell) else f"<c><v>{cell:.15g}</v></c>"


def _text(text: str, style: int) -> str:
    """A cell of `text`, escaped for XML."""
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
