"""What could not be matched or used: `problems.csv`, a row for each, nothing dropped in silence."""

from __future__ import annotations

import os
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import pandas as pd


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
    """A label of a table's index as the row number it is."""
    return int(str(label))


def problem_frame(problems: list[Problem], folder: Path) -> pd.DataFrame:
    """The problems as a table, in the order found; `row` empty where there is none.

    Files inside of `folder`, where the course file is, are named relative to it.
    """
    frame = pd.DataFrame([astuple(p) for p in problems], columns=COLUMNS, dtype="str")
    frame["file"] = frame["file"].str.removeprefix(f"{folder}{os.sep}")
    frame["row"] = frame["row"].where(frame["row"] != "0", "")
    return frame
