"""Scores of a results file as one array."""

from __future__ import annotations

import sqlite3

import numpy as np
import pandas as pd
import pytest

from gradebook.intake import scores
from gradebook.intake.scores import score_table


@pytest.mark.parametrize("chunk", [1, 2, 100])
def test_each_score_has_its_place(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(scores, "CHUNK", chunk)
    rows = [(7, "q02", 0.1 + 0.2), (7, "q01", 1.0), (8, "q01", 9.0), (9, "q09", 1.0),
            (9, "q02", 2.0)]
    query = " UNION ALL SELECT ".join(["SELECT ?, ?, ?"] + ["?, ?, ?"] * (len(rows) - 1))
    cursor = sqlite3.connect(":memory:").execute(query, [cell for row in rows for cell in row])
    table, unknown = score_table(cursor, pd.Index([9, 7]), ["q01", "q02"])
    np.testing.assert_array_equal(table, [[np.nan, 2.0], [1.0, 0.1 + 0.2]])
    assert unknown == ["q09"]
