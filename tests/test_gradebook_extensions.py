"""Extensions and accommodations."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from autograder.errors import UserError
from gradebook.intake.owners import People
from gradebook.intake.roster import read_roster
from gradebook.policy.extensions import Extensions, read_extensions
from gradebook.problems import Problem
from tests.gradebook_samples import write_roster

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
    assert (problem.row, problem.what, problem.found) == (8, "unknown student", "2023999")
    assert problem.remedy == "correct the id, or remove the row"


def test_no_file_no_extension() -> None:
    people = People({}, {}, {}, {}, near=None)  # type: ignore[arg-type]
    found, problems = read_extensions(None, people, ZONE, ["hw3"])
    assert hours(found, "hw3") == [0] * 5
    assert problems == []


@pytest.mark.parametrize(
    ("text", "where", "expected", "remedy"),
    [
        ("id,homework,hours\n2023001,hw33,3\n", "row 2", "one of hw2, hw3, or nothing for all",
         "did you mean `hw3`?"),
        ("id,hours\n2023001,-3\n", "row 2, hours", "a number from 0 to 87600", "correct the cell"),
        ("id,days\n2023001,two\n", "row 2, days", "a number from 0 to 3650", "correct the cell"),
        ("id,free_days\n2023001,1.5\n", "row 2, free_days", "whole days", "round them"),
        ("id,excused\n2023001,perhaps\n", "row 2", "yes or no in `excused`", "write yes or no"),
        ("id,due\n2023001,2026-11-07\n", "row 2, due",
         "a date with time, such as 2026-11-06T23:59:00+08:00",
         "write year-month-day, hour:minute, and the offset"),
        ("id,due\n2023001,2026-11-07T10:00:00Z\n", "row 2, due",
         "a time in the course's zone Asia/Shanghai (+08:00)", "write 2026-11-07T18:00:00+08:00"),
    ],
)
def test_bad_rows(tmp_path: Path, text: str, where: str, expected: str, remedy: str) -> None:
    with pytest.raises(UserError) as caught:
        extensions(tmp_path, text)
    assert caught.value.where == f"{tmp_path / 'extensions.csv'}, {where}"
    assert (caught.value.expected, caught.value.remedy) == (expected, remedy)


def test_a_list_of_ids_grants_nothing(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        extensions(tmp_path, "id\n2023001\n")
    assert caught.value.remedy == "add what is granted"
