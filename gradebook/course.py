"""The course file: one TOML that names the course, its homeworks and the policy of the grade.

`example_course.toml` beside this module shows every key with a comment. Relative paths are
relative to the course file. `load_course` reads it; all packages of the gradebook use `Course`.

Every deadline, and every time that people write, is a moment in the course's time zone, never a
wall clock without a zone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, ValidationInfo

from autograder.errors import UserError, all_errors, collect_errors, did_you_mean
from autograder.language import N_, Language, _
from autograder.toml_file import Table, read_toml
from gradebook.wording import utc_offset

Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(min_length=1)]
EXAMPLE = Path(__file__).with_name("example_course.toml")
EXAMPLE_TIME = "2026-11-06T23:59:00+08:00"
_TIME = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?[T\s]\s*"
                   r"(\d{1,2})[:：](\d{2}.*)", re.IGNORECASE)
"""A date with time as ISO 8601 and as spreadsheets write it: 2026/11/6 9:05."""
COMPARE = N_("`homework gradebook example` prints every key")
RENAMED = {
    f"late.{old}": (new, old)
    for old, new in {"curve": "penalty", "loss": "rate", "at_most": "max_penalty",
                     "of": "rate_of"}.items()
}
"""Keys of [late] that had another name in an earlier version, and what to write now."""


def _beside_course(path: Path, info: ValidationInfo) -> Path:
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / path.expanduser()


def _is_moment(value: object) -> object:
    if not isinstance(value, datetime):
        raise ValueError(_("a date with time, such as {example_time}, without quotes").format(
            example_time=EXAMPLE_TIME))
    return value


NamedFile = Annotated[Path, AfterValidator(_beside_course)]
Moment = Annotated[datetime, BeforeValidator(_is_moment)]


class CutOff(Table):
    """Work up to `hours` late keeps the share `keep` of its points."""

    hours: Annotated[float, Field(gt=0)]
    keep: Share


class Late(Table):
    """The penalty for lateness: the share `rate` for each day or hour begun, up to `max_penalty`.

    The share is of the student's score or of the maximum, as `rate_of` says. Every student has
    `free_days` or `free_hours` for the whole course.
    """

    grace_minutes: Annotated[float, Field(ge=0)] = 0
    free_days: Annotated[int, Field(ge=0)] = 0
    free_hours: Annotated[int, Field(ge=0)] = 0
    penalty: Literal["none", "per_day", "per_hour", "cut_offs"] = "none"
    rate: Share = 0
    max_penalty: Share = 1
    rate_of: Literal["score", "maximum"] = "score"
    cut_offs: tuple[CutOff, ...] = ()

    @property
    def free_unit(self) -> float:
        """Hours in a unit of free time: 1 if the course has free hours, else 24."""
        return 1.0 if self.free_hours else 24.0


class Written(Table):
    """A written question; its points come from the `manual` file of the homework."""

    question: Name
    maximum: Annotated[float, Field(gt=0)]


class Homework(Table):
    """One homework: its results, its deadline, and what it counts for."""

    name: Name
    results: NamedFile
    due: Moment | None = None
    closes: Moment | None = None
    attempts: Literal["best", "latest", "first"] = "latest"
    late: Late | None = None
    category: str = ""
    bonus: bool = False
    full_marks: tuple[str, ...] = ()
    add_points: Annotated[float, Field(ge=0)] = 0
    out_of: Annotated[float, Field(gt=0)] | None = None
    weight: Annotated[float, Field(ge=0)] | None = None
    dropped_questions: tuple[str, ...] = ()
    written: tuple[Written, ...] = ()
    manual: NamedFile | None = None
    marking: NamedFile | None = None
    submissions: NamedFile | None = None
    corrections: NamedFile | None = None
    file_times: bool = False
    canvas_column: str = ""
    moodle_column: str = ""
    moodle_worksheet: NamedFile | None = None
    moodle_maximum: Annotated[float, Field(gt=0)] = 100


class Column(Table):
    """Scores from outside, such as a midterm: the column `column` of `file`."""

    name: Name
    file: NamedFile
    column: str = ""
    out_of: Annotated[float, Field(gt=0)] = 100
    weight: Annotated[float, Field(ge=0)] | None = None
    category: str = ""
    bonus: bool = False


class Category(Table):
    """Homeworks and columns that count together for `weight`, with drops of their own."""

    name: Name
    weight: Annotated[float, Field(gt=0)]
    drop_lowest: Annotated[int, Field(ge=0)] = 0


class Letter(Table):
    """A letter or 等级 for totals from `at_least` points on."""

    name: Name
    at_least: float


class Grade(Table):
    """How the total is made from homeworks: points or weights, drops, rounding (half up, once)."""

    out_of: Annotated[float, Field(gt=0)] | None = None
    drop_lowest: Annotated[int, Field(ge=0)] = 0
    decimals: Annotated[int, Field(ge=0, le=6)] = 2
    missing: Literal["zero", "blank"] = "zero"
    letters: tuple[Letter, ...] = ()


class Exports(Table):
    """Files as the learning platform exported them, to be filled and imported again.

    `canvas_total` is the column for the course's total. `registry` is the registry office's own
    XLSX or CSV, whose column `registry_column` is filled. What a person entered in any of them is
    replaced only with `overwrite`.
    """

    canvas: NamedFile | None = None
    moodle: NamedFile | None = None
    canvas_total: str = ""
    registry: NamedFile | None = None
    registry_column: str = ""
    overwrite: bool = False


class RosterColumns(Table):
    """Headers of the roster, where they are not recognised by themselves."""

    id: str = ""
    name: str = ""
    section: str = ""
    email: str = ""
    status: str = ""


class Course(Table):
    """The whole course file; deadlines are in `zone`."""

    _path: Path = PrivateAttr(Path())
    course: Name
    language: Language
    time_zone: str
    roster: NamedFile
    roster_columns: RosterColumns = RosterColumns()
    extensions: NamedFile | None = None
    late: Late = Late()
    grade: Grade = Grade()
    exports: Exports = Exports()
    category: tuple[Category, ...] = ()
    homework: Annotated[list[Homework], Field(min_length=1)]
    column: tuple[Column, ...] = ()

    @property
    def path(self) -> Path:
        return self._path

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def entries(self) -> list[Homework | Column]:
        """Everything that counts towards the total."""
        return [*self.homework, *self.column]

    def prefix(self, homework: Homework) -> str:
        """The prefix of the columns of `homework`: empty if there is only one homework."""
        return f"{homework.name}:" if len(self.homework) > 1 else ""


def load_course(path: Path) -> Course:
    """The course file at `path`; raises UserErrors naming each wrong key."""
    if not path.is_file():
        raise UserError(
            str(path), _("a course file"), _("a folder") if path.is_dir() else _("no such file"),
            _("write a first one: `homework gradebook new course.toml --roster ... --results ...`"),
        )
    renamed = {key: _("write {new} instead of {old}").format(new=new, old=old)
               for key, (new, old) in RENAMED.items()}
    course = read_toml(path, Course, compare=_(COMPARE), renamed=renamed,
                       context={"folder": path.parent})
    course._path = path
    return _checked(course)


def _checked(course: Course) -> Course:
    """The course with its deadlines in its zone; raises UserErrors with all that does not fit."""
    where = str(course.path)
    with all_errors() as errors:
        zone: ZoneInfo | None = None
        with collect_errors(errors):
            zone = zone_named(course.time_zone, where)
        errors += _no_doubles([p.name for p in course.entries], _("homework or column"), where)
        errors += _no_doubles([c.name for c in course.category], _("category"), where)
        homeworks = [_in_zone(homework, zone, where, errors) for homework in course.homework]
        for homework in homeworks:
            errors += _check_homework(homework, f"{where}, homework {homework.name}")
        errors += _check_weights(course, where)
        errors += _check_categories(course, where)
        errors += _check_late(course.late, f"{where}, late")
        errors += _check_exports(course, where)
    return course.model_copy(update={"homework": homeworks})


def _in_zone(
    homework: Homework, zone: ZoneInfo | None, where: str, errors: list[UserError]
) -> Homework:
    """The homework with its deadlines as moments in `zone`, or without those that are none."""
    update: dict[str, datetime | None] = {}
    for key in ("due", "closes"):
        value: datetime | None = getattr(homework, key)
        update[key] = None
        with collect_errors(errors):
            if value is not None and zone is not None:
                update[key] = in_zone(value, zone, f"{where}, homework {homework.name}, {key}")
    return homework.model_copy(update=update)


def _check_homework(homework: Homework, where: str) -> Iterator[UserError]:
    yield from _no_doubles([w.question for w in homework.written], _("written question"), where)
    if homework.due and homework.closes and homework.closes < homework.due:
        yield UserError(
            where, _("`closes` no earlier than `due`"),
            _("closes {closes} before {due}").format(closes=homework.closes, due=homework.due),
            _("move one of them"),
        )
    if homework.written and homework.manual is None:
        yield UserError(
            where, _("`manual`, the file with the points of the written questions"),
            _("no such key"), _('add manual = "FILE.csv"'),
        )
    if homework.late:
        yield from _check_late(homework.late, f"{where}, late")
        for key in ("free_days", "free_hours"):
            if getattr(homework.late, key):
                yield UserError(
                    f"{where}, late",
                    _("`{key}` in the [late] of the course").format(key=key), f"`{key}`",
                    _("move it there: they are for all homeworks together"),
                )


def _no_doubles(names: list[str], what: str, where: str) -> Iterator[UserError]:
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        yield UserError(
            where, _("every {what} named once").format(what=what),
            ", ".join(_("{name!r} twice").format(name=name) for name in doubled),
            _("rename or remove one of them"),
        )


def _check_weights(course: Course, where: str) -> Iterator[UserError]:
    if course.category:
        return
    parts = course.entries
    weights = [part.weight for part in parts]
    if any(w is None for w in weights) and any(w is not None for w in weights):
        yield UserError(
            where, _("a `weight` for every homework or for none"),
            ", ".join(f"{part.name} {part.weight}" for part in parts), _("add the missing ones"),
        )
    if all(w == 0 for w in weights):
        yield UserError(
            where, _("a weight above zero"), _("zero for every homework"),
            _("give at least one homework a weight"),
        )
    if course.grade.drop_lowest >= len(course.homework):
        yield UserError(
            f"{where}, grade",
            _("drop_lowest below the number of homeworks, {count}").format(
                count=len(course.homework)),
            str(course.grade.drop_lowest), _("lower drop_lowest"),
        )


def _check_categories(course: Course, where: str) -> Iterator[UserError]:
    names = [category.name for category in course.category]
    for part in course.entries:
        if (names and part.category not in names and not part.bonus) or (
                part.category and part.category not in names):
            yield UserError(
                f"{where}, {part.name}",
                _("a category, one of {names}").format(
                    names=', '.join(names)) if names else _("a [[category]] of this name"),
                repr(part.category), did_you_mean(part.category, names, _('add category = "..."')),
            )
    for category in course.category:
        members = [p for p in course.entries if p.category == category.name]
        if len(members) <= category.drop_lowest:
            yield UserError(
                f"{where}, category {category.name}",
                _("more than {drop_lowest} homeworks or columns in it").format(
                    drop_lowest=category.drop_lowest),
                str(len(members)), _("lower drop_lowest, or remove the category"),
            )
    if names and course.grade.drop_lowest:
        yield UserError(
            f"{where}, grade",
            _("drop_lowest in the categories, where there are some"),
            _("drop_lowest = {drop_lowest}").format(drop_lowest=course.grade.drop_lowest),
            _("move it to a [[category]]"),
        )


def _check_late(late: Late, where: str) -> Iterator[UserError]:
    if late.free_days and late.free_hours:
        yield UserError(where, _("`free_days` or `free_hours`"), _("both"), _("remove one of them"))
    if (late.penalty == "cut_offs") != bool(late.cut_offs):
        yield UserError(
            where, _('`cut_offs` together with penalty = "cut_offs"'),
            _('penalty = "{penalty}", {count} cut-offs').format(
                penalty=late.penalty, count=len(late.cut_offs)),
            _("give both or neither"),
        )
    if late.penalty in ("per_day", "per_hour") and late.rate == 0:
        yield UserError(
            where, _('`rate` together with penalty = "{penalty}"').format(penalty=late.penalty),
            _("no rate"), _("add rate = 0.1 for ten per cent"),
        )
    hours = [cut.hours for cut in late.cut_offs]
    keep = [cut.keep for cut in late.cut_offs]
    if hours != sorted(set(hours)) or keep != sorted(keep, reverse=True):
        yield UserError(
            where, _("cut_offs with `hours` going up and `keep` going down"),
            _("hours {hours}, keep {keep}").format(hours=hours, keep=keep), _("sort them"),
        )


def _check_exports(course: Course, where: str) -> Iterator[UserError]:
    if course.exports.registry_column and not course.exports.registry:
        yield UserError(
            f"{where}, exports", _("the file to fill, exports.registry"),
            _("no such key"), _('add registry = "FILE.xlsx"'),
        )
    for key, file in (("canvas", course.exports.canvas), ("moodle", course.exports.moodle)):
        columns = [h.name for h in course.homework if getattr(h, f"{key}_column")
                   and not (key == "moodle" and h.moodle_worksheet)]
        columns += ["total"] if key == "canvas" and course.exports.canvas_total else []
        if file and not columns:
            yield UserError(
                f"{where}, exports",
                _("a homework with {key}_column").format(key=key), _("none"),
                _('add {key}_column = "..." to a homework').format(key=key),
            )
        if columns and not file:
            yield UserError(
                f"{where}, homework {columns[0]}",
                _("the file to fill, exports.{key}").format(key=key), _("no such key"),
                _('add [exports] {key} = "FILE.csv"').format(key=key),
            )


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
                key=zone.key, offset=utc_offset(moment)),
            value.isoformat(), _("write {moment}").format(moment=moment.isoformat()),
        )
    return moment


def _local(value: datetime, zone: ZoneInfo, where: str) -> datetime:
    early, late = (value.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() != late.utcoffset():
        raise UserError(
            where, _("a time that the clocks of {key} show once").format(key=zone.key),
            value.isoformat(),
            _("add the offset, such as {offset}").format(offset=utc_offset(early)),
        )
    return early


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
