"""Tables for people: CSV that Excel opens by double-click and in which no cell is a formula.

Students choose their names and file names, so a text cell that a spreadsheet would take for a
formula gets a leading apostrophe. Numbers stay numbers.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

BOM = "\ufeff"
"""Tells Excel that a CSV is UTF-8."""
FORMULA = tuple("=+-@\t\r\0＝＋－＠")
_UNSAFE = re.compile(
    r"^[^\S\n]|^[=+\-@＝＋－＠]|[^\n -~\xa1-\u1fff\u3000-\ufffd]|[^\S\n]$", re.MULTILINE
)
"""What may need a change in cells joined by line ends; by far most text does not."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def safe_text(text: str) -> str:
    """One cell's text, harmless in a spreadsheet and without control characters."""
    guard = "'" if text.startswith(FORMULA) else ""
    cleaned = _CONTROL.sub(" ", text).strip()
    return guard + cleaned if guard or not cleaned.startswith(FORMULA) else "'" + cleaned


def safe_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with every text cell and header made safe; numbers as they are, to six decimals."""
    safe = frame.rename(columns=safe_text).round(6)
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = _safe_column(safe[column])
    return safe


def _safe_column(column: pd.Series[Any]) -> pd.Series[Any]:
    """All cells at once when nothing in them needs a change, as in nearly every column."""
    cells = column.tolist()
    texts = [cell for cell in cells if isinstance(cell, str)]
    whole = "\n".join(texts)
    if whole.count("\n") < max(1, len(texts)) and not _UNSAFE.search(whole):
        return column
    safe = [safe_text(cell) if isinstance(cell, str) else cell for cell in cells]
    return pd.Series(safe, index=column.index, dtype=object)


def write_table(path: Path, frame: pd.DataFrame) -> Path:
    """`frame` as CSV, UTF-8 with BOM, safe to open in a spreadsheet; returns `path`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(BOM)
        safe_frame(frame).to_csv(file, index=False, lineterminator="\n")
    return path
