"""Gradescope's list of submissions, and Moodle's worksheet."""

from __future__ import annotations

import zipfile
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from autograder.errors import UserError
from gradebook.intake.platform_files import (
    FILE,
    Submitter,
    read_deposits,
    read_duration,
    read_worksheet,
)
from tests.sentences import sentence

TEXT = """---
submission_123:
  :submitters:
  - :name: Student 01
    :sid: 0220123
    :email: s01@example.edu
  - :name: 学生02
    :sid: 2023002
    :email:
  :created_at: 2023-11-06 07:13:47.644186000 Z
  :score: 8.5
  :history: []
submission_124:
  :submitters: []
"""


@pytest.mark.parametrize("where", ["folder", "inner", "zip"])
def test_who_and_when(tmp_path: Path, where: str) -> None:
    path = tmp_path
    if where == "zip":
        path = tmp_path / "export.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"assignment_1_export/{FILE}", TEXT)
    else:
        folder = tmp_path / ("assignment_1_export" if where == "inner" else ".")
        folder.mkdir(exist_ok=True)
        (folder / FILE).write_text(TEXT, encoding="utf-8")
    deposits = read_deposits(path)
    assert deposits["submission_123"].submitters == (
        Submitter("Student 01", "0220123", "s01@example.edu"), Submitter("学生02", "2023002", ""))
    assert deposits["submission_123"].created_at == pd.Timestamp("2023-11-06T07:13:47.644186Z")
    assert deposits["submission_124"].created_at is None


@pytest.mark.parametrize(
    "text",
    ["- a list", "a: [", "submission_1: text", "submission_1: {':created_at': yesterday}",
     "!!python/object/apply:os.system ['true']",
     "submission_1: {':submitters': [1, 2]}"],
)
def test_what_is_not_gradescopes(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_deposits(tmp_path)
    assert caught.value.where == str(tmp_path)
    assert caught.value.expected == sentence("gradescope-file", file=FILE)
    assert caught.value.remedy == sentence("export-again")


def test_no_list(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        read_deposits(tmp_path)
    assert caught.value.expected == sentence("gradescope-export", file=FILE)
    (tmp_path / "x.zip").write_bytes(b"PK no zip")
    with pytest.raises(UserError) as caught:
        read_deposits(tmp_path / "x.zip")
    assert caught.value.found == "File is not a zip file"


@pytest.mark.parametrize(("status", "late"), [
    ("Submitted for grading", 0), ("Submitted for grading - 1 day 2 hours late", 26),
    ("Submitted for grading - 1 day early", 0), ("已提交，提前 2 天", 0),
    ("Draft (not submitted) - Assignment is overdue by: 3 days", None), ("草稿，已逾期 3 天", None),
    ("Submitted for grading - Extension granted until: 8 November 2026, 11:59 PM", None),
])
def test_what_the_worksheet_says_of_lateness(
    tmp_path: Path, status: str, late: float | None
) -> None:
    path = tmp_path / "w.csv"
    path.write_text("Identifier,ID number,Status,Grade\n"
                    f'Participant 7,2023001,"{status}",\n', encoding="utf-8")
    found = read_worksheet(path, {"2023001": 0}.get)
    assert found.late == {0: None if late is None else timedelta(hours=late)}


@pytest.mark.parametrize(("text", "hours"), [
    ("Submitted for grading - 1 day 2 hours late", 26), ("2 hours 30 mins late", 2.5),
    ("已提交，迟交 1 天 2 小时", 26), ("迟交1天2小时", 26), ("1 Tag 2 Stunden Verspätung", 26),
    ("1 jour 2 heures de retard", 26), ("1 día 2 horas de retraso", 26),
    ("遅延 3 時間 5 分", 3 + 1 / 12),
    ("1 день 2 часа", 26), ("2 години 5 хв", 2 + 1 / 12), ("1일 2시간 늦음", 26),
    ("2 timer 5 minutter for sent", 2 + 1 / 12), ("1 dzień 3 godz. spóźnienia", 27),
    ("تأخر 3 ساعات", 3), ("1 gün 2 saat geç", 26), ("45 mins 10 secs late", 45 / 60 + 10 / 3600),
    ("1 week 2 days late", 216), ("迟交 1 周", 168),
])
def test_a_duration_in_any_usual_language(text: str, hours: float) -> None:
    found = read_duration(text)
    assert found is not None
    assert found.total_seconds() / 3600 == pytest.approx(hours)


@pytest.mark.parametrize("text", [
    "Submitted for grading", "已提交", "", "Friday, 13 November 2026, 11:59 PM",
    "2026年11月13日 23:59", "13 novembre 2026, 23:59", "ngày 13 tháng 11 năm 2026", "3 xyzzy",
])
def test_a_date_is_no_duration(text: str) -> None:
    assert read_duration(text) is None
