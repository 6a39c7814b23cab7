"""The course file: one TOML that names the course, its homeworks and the policy of the grade.

`example_course.toml` beside this module shows every key with a comment. Relative paths are
relative to the course file. A misspelt key is refused with the nearest right one.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
)

from autograder.errors import UserError
from gradebook.course_errors import explained
from gradebook.times import in_zone, zone_named

Share = Annotated[float, Field(ge=0, le=1)]
Name = Annotated[str, Field(min_length=1)]
EXAMPLE = Path(__file__).with_name("example_course.toml")


def _beside_course(path: Path, info: ValidationInfo) -> Path:
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / path.expanduser()


NamedFile = Annotated[Path, AfterValidator(_beside_course)]
Moment = Annotated[datetime, Field(strict=True)]


class Table(BaseModel):
    """A table of the course file: unknown keys are errors, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class CutOff(Table):
    """Work up to `hours` late keeps the share `keep` of its points."""

    hours: Annotated[float, Field(gt=0)]
    keep: Share


class Late(Table):
    """What lateness costs. `loss` is a share of `of` per day or hour begun, `at_most` in all."""

    grace_minutes: Annotated[float, Field(ge=0)] = 0
    free_days: Annotated[int, Field(ge=0)] = 0
    curve: Literal["none", "per_day", "per_hour", "cut_offs"] = "none"
    loss: Share = 0
    at_most: Share = 1
    of: Literal["score", "maximum"] = "score"
    cut_offs: list[CutOff] = []


class Written(Table):
    """A question that people grade; its points come from the `manual` file of the homework."""

    question: Name
    maximum: Annotated[float, Field(gt=0)]


class Homework(Table):
    """One homework: its results, its deadline, and what it counts for."""

    name: Name
    results: NamedFile
    due: Moment | None = None
    closes: Moment | None = None
    attempts: Literal["best", "latest", "first"] = "latest"
    out_of: Annotated[float, Field(gt=0)] | None = None
    weight: Annotated[float, Field(ge=0)] | None = None
    dropped_questions: list[str] = []
    written: list[Written] = []
    manual: NamedFile | None = None
    submissions: NamedFile | None = None
    corrections: NamedFile | None = None
    file_times: bool = True
    canvas_column: str = ""
    moodle_column: str = ""
    moodle_worksheet: NamedFile | None = None
    moodle_maximum: Annotated[float, Field(gt=0)] = 100


class Grade(Table):
    """How homeworks become the one number: points or weights, drops, rounding (half up, once)."""

    out_of: Annotated[float, Field(gt=0)] | None = None
    drop_lowest: Annotated[int, Field(ge=0)] = 0
    decimals: Annotated[int, Field(ge=0, le=6)] = 2
    missing: Literal["zero", "blank"] = "zero"


class Exports(Table):
    """Files as the learning platform exported them, to be filled and imported again."""

    canvas: NamedFile | None = None
    moodle: NamedFile | None = None


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
    language: Literal["zh", "en"]
    time_zone: str
    roster: NamedFile
    roster_columns: RosterColumns = RosterColumns()
    extensions: NamedFile | None = None
    late: Late = Late()
    grade: Grade = Grade()
    exports: Exports = Exports()
    homework: Annotated[list[Homework], Field(min_length=1)]

    @property
    def path(self) -> Path:
        return self._path

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def prefix(self, homework: Homework) -> str:
        """What the columns of `homework` start with: nothing when there is but one."""
        return f"{homework.name}:" if len(self.homework) > 1 else ""


def load_course(path: Path) -> Course:
    """The course file at `path`; raises UserError naming the key, and the line where it can."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        data = tomllib.loads(text)
    except FileNotFoundError:
        raise UserError(str(path), "a course file", "no such file",
                        f"start from a copy of {EXAMPLE.name}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(str(path), "a course file in TOML, UTF-8", str(error),
                        f"compare with {EXAMPLE.name}") from None
    try:
        course = Course.model_validate(data, context={"folder": path.parent})
    except ValidationError as error:
        raise explained(error, path, text, Course) from None
    course._path = path
    return _checked(course)


def _checked(course: Course) -> Course:
    where = str(course.path)
    zone = zone_named(course.time_zone, where)
    _no_doubles([h.name for h in course.homework], "homework", where)
    homeworks = []
    for homework in course.homework:
        place = f"{where}, homework {homework.name}"
        _no_doubles([w.question for w in homework.written], "written question", place)
        update = {
            key: in_zone(value, zone, f"{place}, {key}")
            for key in ("due", "closes")
            if (value := getattr(homework, key)) is not None
        }
        homeworks.append(homework.model_copy(update=update))
        _consistent(homeworks[-1], place)
    _check_weights(course, where)
    _check_late(course.late, f"{where}, late")
    _check_exports(course, where)
    return course.model_copy(update={"homework": homeworks})


def _no_doubles(names: list[str], what: str, where: str) -> None:
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        raise UserError(where, f"every {what} named once", f"{doubled[0]!r} twice",
                        "rename or remove one of them")


def _consistent(homework: Homework, where: str) -> None:
    if homework.due and homework.closes and homework.closes < homework.due:
        raise UserError(where, "`closes` no earlier than `due`",
                        f"closes {homework.closes} before {homework.due}", "move one of them")
    if homework.written and homework.manual is None:
        raise UserError(where, "`manual`, the file with the points of the written questions",
                        "no such key", 'add manual = "FILE.csv"')


def _check_weights(course: Course, where: str) -> None:
    weights = [h.weight for h in course.homework]
    if any(w is None for w in weights) and any(w is not None for w in weights):
        raise UserError(where, "a `weight` for every homework or for none",
                        ", ".join(f"{h.name} {h.weight}" for h in course.homework),
                        "add the missing ones")
    if all(w == 0 for w in weights):
        raise UserError(where, "a weight above zero", "zero for every homework",
                        "give at least one homework a weight")
    if course.grade.drop_lowest >= len(weights):
        raise UserError(f"{where}, grade", f"drop_lowest below the number of homeworks, "
                        f"{len(weights)}", str(course.grade.drop_lowest), "lower drop_lowest")


def _check_late(late: Late, where: str) -> None:
    if (late.curve == "cut_offs") != bool(late.cut_offs):
        raise UserError(where, '`cut_offs` together with curve = "cut_offs"',
                        f'curve = "{late.curve}", {len(late.cut_offs)} cut-offs',
                        "give both or neither")
    if late.curve in ("per_day", "per_hour") and late.loss == 0:
        raise UserError(where, f'`loss` together with curve = "{late.curve}"', "no loss",
                        "add loss = 0.1 for ten per cent")
    hours = [cut.hours for cut in late.cut_offs]
    keep = [cut.keep for cut in late.cut_offs]
    if hours != sorted(set(hours)) or keep != sorted(keep, reverse=True):
        raise UserError(where, "cut_offs with `hours` going up and `keep` going down",
                        f"hours {hours}, keep {keep}", "sort them")


def _check_exports(course: Course, where: str) -> None:
    for key, file in (("canvas", course.exports.canvas), ("moodle", course.exports.moodle)):
        columns = [h.name for h in course.homework if getattr(h, f"{key}_column")
                   and not (key == "moodle" and h.moodle_worksheet)]
        if file and not columns:
            raise UserError(f"{where}, exports", f"a homework with {key}_column", "none",
                            f'add {key}_column = "..." to a homework')
        if columns and not file:
            raise UserError(f"{where}, homework {columns[0]}", f"the file to fill, exports.{key}",
                            "no such key", f'add [exports] {key} = "FILE.csv"')
