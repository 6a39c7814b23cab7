"""Scores by submission and question, read from a results file into one array.

The rows of a class of fifty thousand with three attempts each do not fit into memory as Python
objects, so at most CHUNK of them are objects at a time.
"""

from __future__ import annotations

import sqlite3
from itertools import islice

import numpy as np
import numpy.typing as npt
import pandas as pd

CHUNK = 500_000
CELL = [("submission", "i8"), ("question", "O"), ("score", "f8")]


def score_table(
    rows: sqlite3.Cursor, submissions: pd.Index[int], questions: list[str]
) -> tuple[npt.NDArray[np.float64], list[str]]:
    """The scores, (submissions, questions), NaN where there is none; and questions not listed.

    `rows` yields submission, question, score; submissions that are not listed are passed over.
    """
    table = np.full((len(submissions), len(questions)), np.nan)
    columns, unknown = pd.Index(questions, dtype=object), set[str]()
    while len(cells := np.fromiter(islice(rows, CHUNK), dtype=CELL)):
        lines = submissions.get_indexer(pd.Index(cells["submission"]))
        places = columns.get_indexer(pd.Index(cells["question"]))
        unknown.update(cells["question"][places < 0])
        known = (lines >= 0) & (places >= 0)
        table[lines[known], places[known]] = cells["score"][known]
    return table, sorted(unknown)
