"""Dates with times: every deadline is a moment, never a wall clock without a zone; durations."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from autograder.errors import UserError
from autograder.language import _

EXAMPLE_TIME = "2026-11-06T23:59:00+08:00"


def zone_named(name: str, where: str) -> ZoneInfo:
    """The time zone `name` of the IANA database, such as Asia/Shanghai."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UserError(
            f"{where}, time_zone",
            _("a time zone such as Asia/Shanghai or Europe/Berlin"), repr(name),
            _("name a city's zone"),
        ) from None


def in_zone(value: datetime, zone: ZoneInfo, where: str) -> datetime:
    """`value` as a moment in `zone`; one without an offset is local time there.

    An offset that `zone` does not have at that time is refused, since half of the class would
    misread such a deadline.
    """
    if value.tzinfo is None:
        return _local(value, zone, where)
    moment = value.astimezone(zone)
    if moment.utcoffset() != value.utcoffset():
        raise UserError(
            where,
            _("a time in the course's zone {key} ({offset})").format(
                key=zone.key, offset=_offset(moment)),
            value.isoformat(), _("write {moment}").format(moment=moment.isoformat()),
        )
    return moment


def _local(value: datetime, zone: ZoneInfo, where: str) -> datetime:
    early, late = (value.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() != late.utcoffset():
        raise UserError(
            where, _("a time that the clocks of {key} show once").format(key=zone.key),
            value.isoformat(), _("add the offset, such as {offset}").format(offset=_offset(early)),
        )
    return early


_TIME = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?[T\s]\s*"
                   r"(\d{1,2})[:：](\d{2}.*)", re.IGNORECASE)
"""A date with time as ISO 8601 and as spreadsheets write it: 2026/11/6 9:05."""


def read_time(text: str, zone: ZoneInfo, where: str) -> datetime:
    """The moment that `text` means, the year first."""
    value, parts = None, _TIME.fullmatch(text.strip())
    if parts:
        year, month, day, hour, rest = parts.groups()
        with suppress(ValueError):
            value = datetime.fromisoformat(f"{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{rest}")
    if value is None:
        raise UserError(
            where, _("a date with time, such as {example_time}").format(example_time=EXAMPLE_TIME),
            repr(text), _("write year-month-day, hour:minute, and the offset"),
        )
    return in_zone(value, zone, where)


def _offset(moment: datetime) -> str:
    return moment.strftime("%z")[:3] + ":" + moment.strftime("%z")[3:5]


def format_moment(moment: datetime) -> str:
    """The moment as people write it: 2026-11-06 23:59 +08:00."""
    return f"{moment:%Y-%m-%d %H:%M} {_offset(moment)}"


def format_duration(span: timedelta, language: str) -> str:
    """A length of time in words: `2 days 3 h 5 min`, `2 天 3 小时 5 分钟`."""
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = {"zh": ("天", "小时", "分钟", "秒"), "en": ("d", "h", "min", "s")}[language]
    parts = [f"{n} {unit}" for n, unit in zip((days, hours, minutes, seconds), units, strict=True)
             if n]
    return " ".join(parts) or f"0 {units[3]}"


UNITS = {
    31_536_000: "year yr jahr an año jaar år rok lat let vuo év yıl έτ χρόν год лет рік рок 年 년 "
                "سن שנה שנים ปี năm tahun godin metai gad aasta urte वर्ष",
    604_800: "week woche semaine semana settiman week tydzień tygod veck uge uke viikko hét hafta "
             "недел týden 周 週 星期 주 أسبوع שבוע สัปดาห์ tuần minggu săptămân",
    86_400: "day tag jour jorn día dia giorn dag dzie dn den deň päiv nap zi gün ημέρ μέρ ден дн "
            "天 日 일 يوم أيام ايام יום ימים วัน ngày hari dan dien päev egun दिन روز",
    3_600: "hour hr stund std heure hora or óra uur uren tim godz hodin tun saat sat ώρ ωρ час "
           "годин 小时 小時 时 時 시간 ساع שע ชั่วโมง giờ jam ur val ordu घंट",
    60: "min хв мин мін λεπ 分 분 دق דק นาที phút menit perc dakika dk मिनट",
    1: "sec sek segund сек δευ 秒 초 ثان שני วินาที giây detik másodperc saniye sn सेकंड",
}
"""First letters of words for units of time on learning platforms, by seconds of the unit."""
PREFIXES = {word: seconds for seconds, words in UNITS.items() for word in words.split()}
LETTERS = {"d": 86_400, "j": 86_400, "h": 3_600, "m": 60, "s": 1}
_DATE = re.compile(r"\d{4}\s*[年년]\s*\d+\s*[月월]\s*\d+\s*[日일]|\d+ tháng \d+ năm \d+")
_AMOUNT = re.compile(r"(?<![\d:./-])(\d{1,3})\s*([^\s\d.,;:()/、，-]+)")


def read_duration(text: str) -> timedelta | None:
    """The length of time that a text mentions in any usual language: 1 day 2 hours, 迟交 1 天.

    Units count as long as they get smaller, as platforms write them. None when there is none.
    """
    total, last = 0, 0
    for amount, word in _AMOUNT.findall(_DATE.sub(" ", text.casefold())):
        unit = _unit(word)
        if unit and (not last or unit < last):
            total, last = total + int(amount) * unit, unit
    return timedelta(seconds=total) if last else None


def _unit(word: str) -> int:
    """Seconds in the unit that `word` names, by its longest known beginning; 0 for none."""
    if word in LETTERS:
        return LETTERS[word]
    known = [prefix for prefix in PREFIXES if word.startswith(prefix)]
    return PREFIXES[max(known, key=len)] if known else 0
