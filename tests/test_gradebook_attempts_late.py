"""What lateness costs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from autograder.errors import UserError, UserErrors
from gradebook.course import CutOff, Late
from gradebook.intake.owners import People
from gradebook.intake.roster import read_roster
from gradebook.policy.attempts import (
    Extensions,
    free_units_used,
    late_by,
    points_lost,
    read_extensions,
    share_lost,
)
from gradebook.tables import Problem
from tests.gradebook_samples import in_rows, write_roster
from tests.sentences import sentence

HOURS = [0.0, 0.5, 24.0, 24.5, 72.0, 1000.0]


def series(hours: list[float]) -> pd.Series[float]:
    return pd.Series(hours, dtype=float)


@pytest.mark.parametrize(
    ("policy", "shares"),
    [
        (Late(), [0, 0, 0, 0, 0, 0]),
        (Late(penalty="per_day", rate=0.1), [0, 0.1, 0.1, 0.2, 0.3, 1]),
        (Late(penalty="per_day", rate=0.1, max_penalty=0.15), [0, 0.1, 0.1, 0.15, 0.15, 0.15]),
        (Late(penalty="per_hour", rate=0.01), [0, 0.01, 0.24, 0.25, 0.72, 1]),
        (Late(penalty="cut_offs",
              cut_offs=[CutOff(hours=24, keep=0.9), CutOff(hours=72, keep=0.5)]),
         [0, 0.1, 0.1, 0.5, 0.5, 1]),
        (Late(penalty="cut_offs", max_penalty=0.6, cut_offs=[CutOff(hours=24, keep=0.9)]),
         [0, 0.1, 0.1, 0.6, 0.6, 0.6]),
    ],
)
def test_penalties(policy: Late, shares: list[float]) -> None:
    assert share_lost(policy, series(HOURS)).tolist() == pytest.approx(shares)


def test_grace_forgives_all_or_nothing() -> None:
    due = pd.Series(pd.to_datetime(["2026-11-06T10:00Z"] * 4))
    sent = pd.Series(pd.to_datetime(
        ["2026-11-06T09:00Z", "2026-11-06T10:10Z", "2026-11-06T10:10:01Z", None], format="ISO8601"))
    late = late_by(sent, due, 10)
    assert late.dt.total_seconds().tolist() == [0, 0, 601, 0]


def test_free_days_are_those_begun_as_far_as_there_are_any() -> None:
    late = pd.Series(pd.to_timedelta([0, 1, 24, 25, 100], unit="h"))
    assert free_units_used(late, pd.Series([2] * 5), 24.0).tolist() == [0, 1, 1, 2, 2]
    assert free_units_used(late, pd.Series([0] * 5), 24.0).tolist() == [0] * 5


def test_free_hours_are_those_begun_too() -> None:
    late = pd.Series(pd.to_timedelta(["0h", "30m", "2h", "2h1m", "100h"]))
    assert free_units_used(late, pd.Series([48] * 5), 1.0).tolist() == [0, 1, 2, 3, 48]
    policy = Late(penalty="per_hour", rate=0.01)
    lost = points_lost(policy, late, pd.Series([0, 1, 1, 3, 48]), series([100] * 5), 100, 1.0)
    assert lost.tolist() == pytest.approx([0, 0, 1, 0, 52])


@pytest.mark.parametrize(("of", "lost"), [("score", [0, 4, 8, 0]), ("maximum", [0, 10, 20, 0])])
def test_points_lost(of: str, lost: list[float]) -> None:
    policy = Late.model_validate({"penalty": "per_day", "rate": 0.1, "rate_of": of})
    late = pd.Series(pd.to_timedelta([0, 1, 48, 47], unit="h"))
    free = pd.Series([0, 0, 0, 2])
    found = points_lost(policy, late, free, series([40] * 4), 100, 24.0)
    assert found.tolist() == pytest.approx(lost)


def test_nobody_loses_more_than_there_is() -> None:
    policy = Late(penalty="per_day", rate=0.5, rate_of="maximum")
    late = pd.Series(pd.to_timedelta([30], unit="h"))
    assert points_lost(policy, late, pd.Series([0]), series([3]), 100, 24.0).tolist() == [3]


ZONE = ZoneInfo("Asia/Shanghai")
DUE = datetime(2026, 11, 6, 23, 59, tzinfo=ZONE)
STUDENTS = pd.RangeIndex(5)


def extensions(folder: Path, text: str) -> tuple[Extensions, list[Problem]]:
    people = People.of(read_roster(write_roster(folder / "roster.csv", 5)))
    path = folder / "extensions.csv"
    path.write_text(text, encoding="utf-8")
    return read_extensions(path, people, ZONE, ["hw2", "hw3"])


def hours(found: Extensions, homework: str) -> list[float]:
    late = found.deadlines(homework, DUE, STUDENTS) - pd.Timestamp(DUE)
    return (late.dt.total_seconds() / 3600).tolist()


def test_the_kindest_row_holds(tmp_path: Path) -> None:
    found, problems = extensions(
        tmp_path, "学号,作业,截止时间,天,小时,免罚天数,免交,原因\n"
        "2023001,hw3,2026-11-07 23:59,,,,,sick\n2023001,,,,12,,,\n"
        "2023002,hw3,2026-11-01 23:59,,,,,\n2023003,hw2,,,24,2,,\n2023003,,,,6,3,,\n"
        "2023004,hw3,,,,,是,\n2023999,hw3,,,6,,,\n")
    assert hours(found, "hw3") == [24, 0, 6, 0, 0]
    assert hours(found, "hw2") == [12, 0, 24, 0, 0]
    assert found.free_days(STUDENTS).tolist() == [0, 0, 3, 0, 0]
    assert found.excused("hw3", STUDENTS).tolist() == [False, False, False, True, False]
    assert not found.excused("hw2", STUDENTS).any()
    (problem,) = problems
    assert (problem.row, problem.what, problem.found) == (8, sentence("unknown-student"), "2023999")
    assert problem.remedy == sentence("correct-id")


def test_no_file_no_extension() -> None:
    people = People(None, {}, {}, {}, {}, {})  # type: ignore[arg-type]
    found, problems = read_extensions(None, people, ZONE, ["hw3"])
    assert hours(found, "hw3") == [0] * 5
    assert problems == []


@pytest.mark.parametrize(
    ("text", "where", "expected", "remedy"),
    [
        ("id,homework,hours\n2023001,hw33,3\n", in_rows(2),
         sentence("one-or-all", homeworks="hw2, hw3"),
         sentence("did-you-mean", name="hw3")),
        ("id,hours\n2023001,-3\n", in_rows(2, column="hours"),
         sentence("number-between", low=0, high=87600),
         sentence("correct-cell")),
        ("id,days\n2023001,two\n", in_rows(2, column="days"),
         sentence("number-between", low=0, high=3650),
         sentence("correct-cell")),
        ("id,free_days\n2023001,1.5\n", in_rows(2, column="free_days"), sentence("whole-days"),
         sentence("round-days")),
        ("id,excused\n2023001,perhaps\n", in_rows(2), sentence("yes-or-no"),
         sentence("write-yes-or-no")),
        ("id,due\n2023001,2026-11-07\n", in_rows(2, column="due"),
         sentence("date-and-time", example_time="2026-11-06T23:59:00+08:00"),
         sentence("write-date")),
        ("id,due\n2023001,2026-11-07T10:00:00Z\n", in_rows(2, column="due"),
         sentence("time-in-zone", key="Asia/Shanghai", offset="+08:00"),
         "write 2026-11-07T18:00:00+08:00"),
    ],
)
def test_bad_rows(tmp_path: Path, text: str, where: str, expected: str, remedy: str) -> None:
    with pytest.raises(UserError) as caught:
        extensions(tmp_path, text)
    assert caught.value.where == f"{tmp_path / 'extensions.csv'}{where}"
    assert (caught.value.expected, caught.value.remedy) == (expected, remedy)


def test_a_list_of_ids_grants_nothing(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        extensions(tmp_path, "id\n2023001\n")
    assert caught.value.remedy == sentence("add-granted")


def test_all_bad_cells_are_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserErrors) as caught:
        extensions(tmp_path, "id,homework,days,free_days,excused\n2023001,hw33,two,1.5,perhaps\n"
                             "2023002,hw3,1,,\n2023003,hw3,-1,,\n")
    assert [error.where.rsplit(".csv")[1] for error in caught.value.errors] == [
        in_rows(2), in_rows(2), in_rows(2, column="days"), in_rows(2, column="free_days"),
        in_rows(4, column="days")]
