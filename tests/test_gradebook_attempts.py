"""Which attempt counts."""

from __future__ import annotations

import pandas as pd
import pytest

from gradebook.policy.attempts import before_closing, choose, in_order

TIMES = pd.to_datetime(["2026-11-06T10:00Z", "2026-11-05T10:00Z", None, "2026-11-06T10:00Z",
                        "2026-11-07T10:00Z"], utc=True)
CLAIMS = pd.DataFrame({
    "student": [0, 0, 0, 1, 1], "submission": [1, 2, 3, 4, 5], "submitted_at": TIMES,
    "order": [0, 0, 1, 0, 1], "file": list("abcde"), "late_mark": False,
})


@pytest.mark.parametrize("seed", range(5))
def test_attempts_are_counted_in_the_order_of_time(seed: int) -> None:
    ordered = in_order(CLAIMS.sample(frac=1, random_state=seed))
    assert ordered["submission"].tolist() == [3, 2, 1, 4, 5]
    assert ordered["attempt"].tolist() == [1, 2, 3, 1, 2]
    assert ordered["attempts"].tolist() == [3, 3, 3, 2, 2]


@pytest.mark.parametrize(
    ("choice", "picked"), [("latest", [1, 5]), ("first", [3, 4]), ("best", [2, 4])]
)
def test_choice(choice: str, picked: list[int]) -> None:
    ordered = in_order(CLAIMS)
    points = ordered["submission"].map({1: 7.0, 2: 7.0, 3: 3.0, 4: 5.0, 5: 4.0})
    chosen = choose(ordered, points, choice)  # type: ignore[arg-type]
    assert chosen["submission"].tolist() == picked
    assert chosen.index.tolist() == [0, 1]


def test_of_equally_good_ones_the_earliest() -> None:
    ordered = in_order(CLAIMS)
    chosen = choose(ordered, pd.Series([0.3, 0.3, 0.1 + 0.2, 0.3, 0.1 + 0.2]), "best")
    assert chosen["submission"].tolist() == [3, 4]


def test_closing_time_is_each_students_own() -> None:
    closes = pd.Series(pd.to_datetime(["2026-11-05T12:00Z", "2026-11-09T00:00Z"]))
    assert before_closing(CLAIMS, closes).tolist() == [False, True, True, True, True]
    assert before_closing(CLAIMS, pd.Series([pd.NaT, pd.NaT], dtype="datetime64[us, UTC]")).all()


def test_nobody_handed_in_anything() -> None:
    empty = in_order(CLAIMS.iloc[:0])
    assert choose(empty, pd.Series(dtype=float), "best").empty
    assert choose(empty, pd.Series(dtype=float), "latest").empty
