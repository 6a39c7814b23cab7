"""Which of a student's attempts counts: the best, the latest or the first."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd

Choice = Literal["best", "latest", "first"]


def in_order(claims: pd.DataFrame) -> pd.DataFrame:
    """The claims by student and time; those without a time come first, in the order of their names.

    Adds `attempt`, counted from 1 for each student, and `attempts`, how many there are. The result
    does not depend on the order of the rows given.
    """
    ordered = claims.sort_values(
        ["student", "submitted_at", "order", "file", "submission"], na_position="first"
    ).reset_index(drop=True)
    groups = ordered.groupby("student")["submission"]
    return ordered.assign(attempt=groups.cumcount() + 1, attempts=groups.transform("size"))


def before_closing(claims: pd.DataFrame, closes: pd.Series[Any] | None) -> pd.Series[bool]:
    """True for claims made by the closing time of their student; an unknown time is in time."""
    if closes is None:
        return pd.Series(True, index=claims.index)
    return ~(claims["submitted_at"] > claims["student"].map(closes))


def choose(ordered: pd.DataFrame, points: pd.Series[float], choice: Choice) -> pd.DataFrame:
    """One of the claims of `in_order` for each student; of equally good ones the earliest.

    `points` has the index of `ordered`. The result is indexed by student.
    """
    if choice == "best":
        picked = points.round(6).groupby(ordered["student"]).idxmax()
        rows = ordered.loc[picked]
    else:
        keep: Literal["first", "last"] = "last" if choice == "latest" else "first"
        rows = ordered.drop_duplicates("student", keep=keep)
    return rows.set_index("student")
