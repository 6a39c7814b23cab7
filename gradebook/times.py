"""Dates with times: every deadline is a moment, never a wall clock without a zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from autograder.errors import UserError

EXAMPLE_TIME = "2026-11-06T23:59:00+08:00"


def zone_named(name: str, where: str) -> ZoneInfo:
    """The time zone `name` of the IANA database, such as Asia/Shanghai."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UserError(f"{where}, time_zone", "a time zone such as Asia/Shanghai or Europe/Berlin",
                        repr(name), "name a city's zone") from None


def in_zone(value: datetime, zone: ZoneInfo, where: str) -> datetime:
    """`value` as a moment in `zone`; one without an offset is local time there.

    An offset that `zone` does not have at that time is refused: a deadline written in two zones
    is a deadline that half of the class misreads.
    """
    if value.tzinfo is None:
        return _local(value, zone, where)
    moment = value.astimezone(zone)
    if moment.utcoffset() != value.utcoffset():
        raise UserError(where, f"a time in the course's zone {zone.key} ({_offset(moment)})",
                        value.isoformat(), f"write {moment.isoformat()}")
    return moment


def _local(value: datetime, zone: ZoneInfo, where: str) -> datetime:
    early, late = (value.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() != late.utcoffset():
        raise UserError(where, f"a time that the clocks of {zone.key} show once",
                        value.isoformat(), f"add the offset, such as {_offset(early)}")
    return early


def read_time(text: str, zone: ZoneInfo, where: str) -> datetime:
    """The moment that `text` (ISO 8601, `T` or a blank between date and time) means."""
    try:
        value = datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        value = None
    if value is None or len(text.strip()) <= len("2026-11-06"):
        raise UserError(where, f"a date with time, such as {EXAMPLE_TIME}", repr(text),
                        "write year-month-day, hour:minute, and the offset")
    return in_zone(value, zone, where)


def _offset(moment: datetime) -> str:
    return moment.strftime("%z")[:3] + ":" + moment.strftime("%z")[3:5]


def said(moment: datetime) -> str:
    """The moment as people write it: 2026-11-06 23:59 +08:00."""
    return f"{moment:%Y-%m-%d %H:%M} {_offset(moment)}"


def duration_said(span: timedelta, language: str) -> str:
    """A length of time in words: `2 days 3 h 5 min`, `2 天 3 小时 5 分钟`."""
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = {"zh": ("天", "小时", "分钟", "秒"), "en": ("d", "h", "min", "s")}[language]
    parts = [f"{n} {unit}" for n, unit in zip((days, hours, minutes, seconds), units, strict=True)
             if n]
    return " ".join(parts) or f"0 {units[3]}"
