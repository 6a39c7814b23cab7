"""Which attempt counts, and when that cannot be told."""

from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

import pandas as pd
import pytest

from gradebook.policy.attempts import NO_CHECKS, NO_WORK, WORK, Choice, choose


class Row(NamedTuple):
    submission: int
    file: str = "a"
    submitted_at: object = pd.NaT
    final: float = 1.0
    series: str = ""
    order: int = 0
    deposit: str = ""
    quality: int = WORK
    pending: bool = False
    optimistic: float = 0.0
    student: int = 0

    @property
    def points(self) -> tuple[float, ...]:
        return (self.final,)


def row(number: int, **values: object) -> Row:
    made = Row(number, **values)  # type: ignore[arg-type]
    return made._replace(deposit=made.deposit or made.file,
                         optimistic=max(made.optimistic, made.final))


def at(day: int) -> pd.Timestamp:
    return pd.Timestamp(f"2026-11-{day:02d}T10:00Z")


THREE = [row(1, file="c", submitted_at=at(6), final=7),
         row(2, file="a", submitted_at=at(5), final=7),
         row(3, file="b", submitted_at=at(7), final=3)]


@pytest.mark.parametrize(("choice", "picked", "number"),
                         [("latest", 3, 3), ("first", 2, 1), ("best", 2, 1)])
def test_of_attempts_with_times_one_counts(choice: Choice, picked: int, number: int) -> None:
    for rows in permutations(THREE):
        chosen = choose(rows, choice)[0]
        assert chosen.attempt.row.submission == picked
        assert (chosen.attempt.number, chosen.attempts) == (number, 3)
        assert chosen.disputed == []


def test_resubmissions_of_one_series_are_in_order_without_times() -> None:
    rows = [row(n, file=f"a-{n}", series="a", order=n, final=n) for n in (3, 1, 2)]
    assert choose(rows, "latest")[0].attempt.row.submission == 3
    assert choose(rows, "first")[0].attempt.row.submission == 1
    assert choose(rows, "latest")[0].disputed == []


@pytest.mark.parametrize("rows", [
    [row(1, file="a", final=1), row(2, file="b", final=2)],
    [row(1, file="a", final=1, submitted_at=at(5)), row(2, file="b", final=2)],
    [row(1, file="a", final=1, submitted_at=at(5)), row(2, file="b", final=2, submitted_at=at(5))],
    [row(1, file="a", series="a", final=1), row(2, file="b", series="b", order=1, final=2)],
])
def test_the_order_of_others_is_not_known(rows: list[Row]) -> None:
    assert len(choose(rows, "latest")[0].disputed) == 1
    assert choose(rows, "best")[0].disputed == []
    assert choose(rows, "best")[0].attempt.row.submission == 2


def test_an_order_that_makes_no_difference_need_not_be_known() -> None:
    rows = [row(1, file="a"), row(2, file="b")]
    assert choose(rows, "latest")[0].disputed == []
    rows[1] = rows[1]._replace(pending=True)
    assert len(choose(rows, "latest")[0].disputed) == 1


def test_what_is_handed_in_at_once_is_one_attempt() -> None:
    rows = [row(1, file="z/a", deposit="z", final=1, quality=NO_CHECKS),
            row(2, file="z/b", deposit="z", final=2), row(3, file="z/c", deposit="z", final=3,
                                                          quality=NO_WORK)]
    chosen = choose(rows, "latest")[0]
    assert (chosen.attempt.row.submission, chosen.attempts, chosen.attempt.others) == (2, 1, ())
    rows[0] = rows[0]._replace(quality=WORK)
    assert [r.submission for r in choose(rows, "latest")[0].attempt.others] == [2]


def test_a_file_without_work_counts_only_when_there_is_nothing_else() -> None:
    rows = [row(1, file="a", submitted_at=at(5)),
            row(2, file="b", submitted_at=at(6), quality=NO_WORK)]
    assert choose(rows, "latest")[0].attempt.row.submission == 1
    assert choose(rows[1:], "latest")[0].attempt.row.submission == 2


@pytest.mark.parametrize(("hope", "picked"), [(5.0, 2), (4.0, 1), (3.0, 1)])
def test_the_best_is_open_while_another_may_be_better(hope: float, picked: int) -> None:
    rows = [row(1, file="a", final=4), row(2, file="b", final=1, pending=True, optimistic=hope)]
    assert choose(rows, "best")[0].attempt.row.submission == picked


def test_nobody_handed_in_anything() -> None:
    assert choose([], "best") == {}
