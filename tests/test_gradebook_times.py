"""Moments, never wall clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from autograder.errors import UserError
from gradebook.times import format_duration, format_moment, in_zone, read_duration, read_time
from tests.sentences import sentence

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("text", ["2026-11-06T23:59:00+08:00", "2026-11-06 23:59",
                                  "2026/11/06 23:59", "2026-11-06T23:59+08:00",
                                  "2026/11/6 23:59", "2026年11月6日 23:59", "2026.11.6 23:59:00"])
def test_times_as_people_write_them(text: str) -> None:
    assert format_moment(read_time(text, SHANGHAI, "x.csv, row 2")) == "2026-11-06 23:59 +08:00"


@pytest.mark.parametrize("text", ["2026-11-06", "tomorrow", "11/06/2026 23:59", "",
                                  "2026/13/1 10:00", "2026-11-06 11:59 PM"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(UserError) as caught:
        read_time(text, SHANGHAI, "x.csv, row 2")
    assert caught.value.where == "x.csv, row 2"
    assert caught.value.expected == sentence("date-and-time",
                                             example_time="2026-11-06T23:59:00+08:00")


@pytest.mark.parametrize("hour", ["2026-10-25T02:30:00", "2026-03-29T02:30:00"])
def test_an_hour_that_clocks_show_twice_or_never(hour: str) -> None:
    with pytest.raises(UserError) as caught:
        in_zone(datetime.fromisoformat(hour), BERLIN, "x")
    assert caught.value.expected == sentence("time-once", key="Europe/Berlin")
    assert in_zone(datetime.fromisoformat("2026-10-25T02:30:00+01:00"), BERLIN, "x").fold == 1


def test_lengths_of_time() -> None:
    assert format_duration(timedelta(days=1, hours=2, minutes=5), "en") == "1 d 2 h 5 min"
    assert format_duration(timedelta(days=1, hours=2, minutes=5), "zh") == "1 天 2 小时 5 分钟"
    assert format_duration(timedelta(0), "zh") == "0 秒"


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
