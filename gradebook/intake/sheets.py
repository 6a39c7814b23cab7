"""A table with a header, as people make them: the header may stand below a title, in any order.

The words by which a column is recognised are given as `headers`: kind -> spellings, the first that
is present wins, compared by letters and digits only (`header_key`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from autograder.errors import UserError
from gradebook.intake.text_files import each, header_key, read_cells, tidy

Headers = Mapping[str, Sequence[str]]
HEADER_ROWS = 15
"""How far down a header may be: registry lists open with a title."""
STUDENT = ["学号", "学生学号", "学生编号", "sisuserid", "studentid", "studentnumber", "studentno",
           "sid", "idnumber", "sisloginid", "username", "用户名", "id"]


@dataclass
class Sheet:
    """`body`: the cells below the header, raw text, index the row in Excel, columns from 0.

    `titles`: the header as it is written; `columns`: the place of each recognised kind.
    """

    path: Path
    titles: list[str]
    columns: dict[str, int]
    body: pd.DataFrame

    def text(self, kind: str, change: Callable[[str], str] = tidy) -> pd.Series[str]:
        """The cells of a kind of column, each tidied by `change`; all empty when there is none."""
        if kind not in self.columns:
            return pd.Series("", index=self.body.index, dtype="str")
        return each(self.body[self.columns[kind]], change)

    def place(self, *rows: int) -> str:
        """`file, row 3` or `file, rows 3, 5`, for messages."""
        numbers = ", ".join(str(row) for row in rows[:8]) + (" ..." if len(rows) > 8 else "")
        return f"{self.path}, row{'s' if len(rows) > 1 else ''} {numbers}"


def read_sheet(
    path: Path, headers: Headers, needed: Sequence[str],
    remedy: str = "add the column, or name it so",
) -> Sheet:
    """The sheet in `path`.

    Raises UserError with the `remedy` when no row near the top has all `needed` columns.
    """
    cells = read_cells(path)
    for row in cells.index[:HEADER_ROWS]:
        titles = [tidy(text) for text in cells.loc[row]]
        columns = recognised([header_key(title) for title in titles], headers)
        if set(needed) <= set(columns):
            _no_doubles(path, int(row), titles, columns)
            body = cells.loc[row + 1 :]
            return Sheet(path, titles, columns, body[(body != "").any(axis=1)])
    found = ", ".join(filter(None, cells.iloc[0])) if len(cells) else "an empty file"
    wanted = ", ".join(f"{kind} ({headers[kind][0]})" for kind in needed)
    raise UserError(f"{path}, row 1", f"a header with {wanted}", found or "an empty row",
                    remedy)


def recognised(keys: list[str], headers: Headers) -> dict[str, int]:
    """The place of the first spelling of each kind that is among `keys`."""
    found = {}
    for kind, words in headers.items():
        place = next((keys.index(word) for word in words if word in keys), None)
        if place is not None:
            found[kind] = place
    return found


def _no_doubles(path: Path, row: int, titles: list[str], columns: dict[str, int]) -> None:
    for place in columns.values():
        if titles.count(titles[place]) > 1:
            raise UserError(f"{path}, row {row}", "every column named once",
                            f"{titles[place]!r} twice", "rename or remove one of them")


def number(text: str, where: str, low: float, high: float) -> float:
    """The number in a cell, 0 for an empty one; outside of low..high it is a UserError."""
    try:
        value = float(text or 0)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise UserError(where, f"a number from {low:g} to {high:g}", text, "correct the cell")
    return value
