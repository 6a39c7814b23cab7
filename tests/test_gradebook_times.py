"""Moments, never wall clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from autograder.errors import UserError
from gradebook.times import duration_said, in_zone, read_time, said

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("text", ["2026-11-06T23:59:00+08:00", "2026-11-06 23:59",
                                  "2026/11/06 23:59", "2026-11-06T23:59+08:00"])
def test_times_as_people_write_them(text: str) -> None:
    assert said(read_time(text, SHANGHAI, "x.csv, row 2")) == "2026-11-06 23:59 +08:00"


@pytest.mark.parametrize("text", ["2026-11-06", "tomorrow", "11/06/2026 23:59", ""])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(UserError) as caught:
        read_time(text, SHANGHAI, "x.csv, row 2")
    assert caught.value.where == "x.csv, row 2"
    assert caught.value.expected == "a date with time, such as 2026-11-06T23:59:00+08:00"


@pytest.mark.parametrize("hour", ["2026-10-25T02:30:00", "2026-03-29T02:30:00"])
def test_an_hour_that_clocks_show_twice_or_never(hour: str) -> None:
    with pytest.raises(UserError) as caught:
        in_zone(datetime.fromisoformat(hour), BERLIN, "x")
    assert caught.value.expected == "a time that the clocks of Europe/Berlin show once"
    assert in_zone(datetime.fromisoformat("2026-10-25T02:30:00+01:00"), BERLIN, "x").fold == 1


def test_lengths_of_time() -> None:
    assert duration_said(timedelta(days=1, hours=2, minutes=5), "en") == "1 d 2 h 5 min"
    assert duration_said(timedelta(days=1, hours=2, minutes=5), "zh") == "1 天 2 小时 5 分钟"
    assert duration_said(timedelta(0), "zh") == "0 秒"
