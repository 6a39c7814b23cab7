"""What the file names cannot tell: a CSV in which a person says whose a submission is, and when.

Columns `submission` (the path as problems.csv shows it), `id` (several for a group, with blanks
between; `-` to set the submission aside), `submitted_at`; empty cells correct nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from autograder.errors import UserError
from gradebook.intake.ids import as_id
from gradebook.intake.owners import People
from gradebook.intake.sheets import STUDENT, Sheet, read_sheet
from gradebook.problems import Problem, as_row
from gradebook.times import read_time

HEADERS = {
    "submission": ["submission", "file", "提交", "文件", "文件名"],
    "id": STUDENT,
    "submitted_at": ["submittedat", "time", "提交时间", "时间"],
}
ASIDE = "-"


@dataclass
class Corrections:
    """By submission: the students it belongs to (none: set aside), and the time it was made."""

    students: dict[str, tuple[int, ...]] = field(default_factory=dict)
    times: dict[str, datetime] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)


def read_corrections(
    path: Path, people: People, zone: ZoneInfo
) -> tuple[Corrections, list[Problem]]:
    """The corrections in `path`, and those that name nobody.

    A submission named twice or a bad time is a UserError.
    """
    sheet = read_sheet(path, HEADERS, ["submission"])
    corrections, problems = Corrections(), list[Problem]()
    cells = zip(sheet.body.index, *map(sheet.text, ("submission", "id", "submitted_at")),
                strict=True)
    for label, file, ids, time in cells:
        row = as_row(label)
        if file in corrections.rows:
            raise UserError(sheet.place(corrections.rows[file], row), "a submission named once",
                            f"{file} twice", "remove one of the rows")
        corrections.rows[file] = row
        if time:
            corrections.times[file] = read_time(time, zone, sheet.place(row))
        if ids:
            _correct_owner(sheet, row, file, ids, people, corrections, problems)
    return corrections, problems


def _correct_owner(
    sheet: Sheet, row: int, file: str, cell: str, people: People, corrections: Corrections,
    problems: list[Problem],
) -> None:
    ids = [] if cell == ASIDE else [as_id(word) for word in cell.replace(";", " ").split()]
    unknown = [id_ for id_ in ids if id_ not in people.by_id]
    for id_ in unknown:
        problems.append(unknown_student(sheet, row, id_, people))
    if not unknown:
        corrections.students[file] = tuple(people.by_id[id_] for id_ in ids)


def unknown_student(sheet: Sheet, row: int, id_: str, people: People) -> Problem:
    """A row of a person's file about an id that the roster does not have once."""
    return Problem(str(sheet.path), row, "unknown student", "the id of one student of the roster",
                   id_ or "no id",
                   people.remedy([id_], "correct the id, or remove the row"))
