"""Tables for people: CSV that Excel opens by double-click and in which no cell is a formula.

Students choose their names and file names, so a text cell that a spreadsheet would take for a
formula gets a leading apostrophe. Numbers stay numbers.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

FORMULA = tuple("=+-@\t\r\0＝＋－＠")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def safe_text(text: str) -> str:
    """One cell's text, harmless in a spreadsheet and without control characters."""
    guard = "'" if text.startswith(FORMULA) else ""
    cleaned = _CONTROL.sub(" ", text).strip()
    return guard + cleaned if guard or not cleaned.startswith(FORMULA) else "'" + cleaned


def safe_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with every text cell and header made safe; numeric columns as they are."""
    safe = frame.rename(columns=safe_text)
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = safe[column].map(lambda cell: safe_text(str(cell)), na_action="ignore")
    return safe


def write_table(path: Path, frame: pd.DataFrame) -> Path:
    """`frame` as CSV, UTF-8 with BOM, points with at most six decimals; returns `path`."""
    safe_frame(frame).round(6).to_csv(path, index=False, encoding="utf-8-sig")
    return path
