"""Every status has words in both languages, wherever people meet it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from autograder.model import SubmissionStatus
from gradebook.intake.roster import Standing
from gradebook.policy.grades import Status
from gradebook.wording import NOTEBOOK, STATUS, format_duration, say, why_open

CHINESE = re.compile(r"[\u4e00-\u9fff]")
OF_STUDENTS = [*Status, *(word for word in Standing if word is not Standing.REGULAR)]


@pytest.mark.parametrize("status", [*SubmissionStatus, *OF_STUDENTS])
def test_the_report_and_the_feedback_know_every_status(status: str) -> None:
    assert CHINESE.search(say(status, "zh"))
    assert not CHINESE.search(say(status, "en"))


@pytest.mark.parametrize("status", [s for s in SubmissionStatus if s != SubmissionStatus.COMPLETED])
def test_explain_knows_what_happened_to_every_notebook(status: SubmissionStatus) -> None:
    assert CHINESE.search(NOTEBOOK[status]["zh"])
    assert not CHINESE.search(NOTEBOOK[status]["en"])


@pytest.mark.parametrize("status", OF_STUDENTS)
def test_the_ledger_knows_every_status(status: str) -> None:
    assert set(STATUS[status]) == {"zh", "en"}


def test_a_status_in_a_reason_is_told_in_the_reader_s_language() -> None:
    what = "2023005-钱七: a.rar: no notebook"
    assert why_open("no gradable work", what, "zh") == (
        "交来的文件里没有可以批改的内容：2023005-钱七: a.rar: 没有 notebook。")
    assert why_open("no gradable work", what, "en").endswith("no notebook in what was handed in.")


def test_lengths_of_time() -> None:
    assert format_duration(timedelta(days=1, hours=2, minutes=5), "en") == "1 d 2 h 5 min"
    assert format_duration(timedelta(days=1, hours=2, minutes=5), "zh") == "1 天 2 小时 5 分钟"
    assert format_duration(timedelta(0), "zh") == "0 秒"
