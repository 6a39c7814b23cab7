"""Moments, never wall clocks."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from autograder.errors import UserError
from gradebook.course import in_zone, read_time
from gradebook.wording import format_moment
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
