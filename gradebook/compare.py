"""`homework gradebook COURSE.toml --compare OLD_BOOK`: whose total changed, by how much and why.

OLD_BOOK is the folder of an earlier gradebook. The reasons are the lines of the ledger that were
not in the earlier one.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from autograder.errors import UserError
from gradebook.book import Book
from gradebook.exports.people import ledger_table
from gradebook.intake.sheets import read_cells
from gradebook.policy.ledger import COURSE

COLUMNS = ["id", "name", "before", "after", "change", "why"]
SAME = 1e-9


def compare(book: Book, old: Path) -> pd.DataFrame:
    """A row for each student whose total or status changed, most changed first.

    `before` and `after` are the total, or the status where there is none. Raises UserError when
    `old` holds no gradebook.
    """
    earlier = _table(old, "gradebook.csv", ["id", "total", "status"]).drop_duplicates("id")
    earlier = earlier.set_index("id")
    lines = _table(old, "ledger.csv", ["id", "part", "detail"])
    said = set(lines[["id", "part", "detail"]].itertuples(index=False, name=None))
    now = ledger_table(book)
    rows = []
    for student, id_, name in book.roster.students[["id", "name"]].itertuples():
        known = id_ in earlier.index
        before = str(earlier.at[id_, "total"] or earlier.at[id_, "status"]) if known else "absent"
        total = book.total[student]
        after = str(book.status[student]) if pd.isna(total) else f"{total:g}"
        change = _number(after) - _number(before)
        if before == after or abs(change) < SAME:
            continue
        mine = now[now["id"].eq(id_)][["id", "part", "detail"]]
        new = [(part, detail) for _, part, detail in mine.itertuples(index=False)
               if (id_, part, detail) not in said]
        why = [f"{part}: {detail}" for part, detail in new if part != COURSE] or [
            detail for _, detail in new]
        rows.append((id_, name, before, after, round(change, 6), " ".join(why)))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values("change", key=lambda c: -c.abs(), kind="stable").reset_index(drop=True)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _table(folder: Path, name: str, needed: list[str]) -> pd.DataFrame:
    """A table that an earlier gradebook wrote."""
    cells = read_cells(folder / name)
    titles = [str(title) for title in cells.iloc[0]] if len(cells) else []
    if not set(needed) <= set(titles):
        raise UserError(str(folder / name), f"a gradebook's {name}, with {', '.join(needed)}",
                        ", ".join(titles) or "an empty file", "name the folder of a gradebook")
    return cells.iloc[1:].set_axis(titles, axis=1)
