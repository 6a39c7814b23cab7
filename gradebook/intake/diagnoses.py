"""What the answers to each question showed, read from a results file.

The frame has a row for each submission and question that failed a check while its answers were
recorded; the index is (submission, question). Columns:

    kind       named, several, group, unknown, unwritten or raises
    mistakes   names of the bank
    findings   plain things about functions: dicts of function, kind, error
    group      the label of the group, "" without one
    call       the first call that differs: a dict of check, asked, expected, given, or None
    answer     what the student wrote

Submissions whose wrong answers agree with each other and with nothing in the bank are a group.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd

COLUMNS = ["kind", "mistakes", "findings", "group", "call", "answer"]
GROUP, UNKNOWN = "group", "unknown"
LABEL = 6
"""Digits of a fingerprint that make a group's label."""

ROWS = """
SELECT submission, question, kind, mistakes, findings, fingerprint, call, answer
FROM diagnoses JOIN questions USING (submission, question)
ORDER BY submission, position
"""


def no_diagnoses() -> pd.DataFrame:
    """The frame of results that tell verdicts or points only."""
    index = pd.MultiIndex.from_arrays([[], []], names=["submission", "question"])
    return pd.DataFrame(index=index, columns=COLUMNS, dtype=object)


def read_diagnoses(results: Path, submissions: Iterable[int]) -> pd.DataFrame:
    """The diagnoses of these submissions of a results file."""
    with closing(sqlite3.connect(results)) as database:
        found = pd.read_sql(ROWS, database)
    found = found[found["submission"].isin(list(submissions))]
    if found.empty:
        return no_diagnoses()
    for name in ("mistakes", "findings", "call"):
        found[name] = found[name].map(json.loads)
    alone = ~found.duplicated(["question", "fingerprint"], keep=False)
    nameless = found["kind"].eq(UNKNOWN) & found["fingerprint"].ne("")
    known = found["kind"].where(nameless, "")
    alike = found.assign(known=known).groupby(["question", "fingerprint"])["known"].transform(
        lambda kinds: int((kinds == UNKNOWN).sum()))
    grouped = nameless & ~alone & (alike.astype(int) > 1)
    found["group"] = found["fingerprint"].str[:LABEL].where(grouped, "")
    found["kind"] = found["kind"].where(~grouped, GROUP)
    return found.set_index(["submission", "question"])[COLUMNS]


def diagnoses_frame(diagnoses: pd.DataFrame, ids: pd.DataFrame) -> pd.DataFrame:
    """diagnoses.csv: a row for each student (columns submission, id) and diagnosed question."""
    table = diagnoses.reset_index().merge(ids, on="submission", how="inner")
    table["mistakes"] = table["mistakes"].map("; ".join)
    table["call"] = table["call"].map(in_words)
    table = table.sort_values(["id", "question"], kind="stable")
    return table[["id", "question", "kind", "mistakes", "group", "call"]]


def in_words(call: Any) -> str:
    """The first call that differs, on one line; "" if there is none."""
    if not isinstance(call, dict):
        return ""
    return f"{call['asked']}: expected {call['expected']}, given {call['given']}"
