"""The marking sheet: answers in words, with the rubric's lines as columns for those who grade them.

`homework gradebook marking COURSE.toml` writes the workbook that the course file names under
`marking`: a sheet for each written question, a row for each student who handed in, in random order.
People fill in the points of each line and a comment; `homework gradebook` reads them back. Writing
the sheet again keeps what was filled in, and adds who handed in since. Comments that were written
once can be picked from a list. Without names, a code stands for the id: whoever has the roster can
work out who it is.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import openpyxl
from xlsxwriter import Workbook

from autograder.errors import UserError, UserErrors
from autograder.model import WrittenDescription
from gradebook.wording import Language

COMMENTS = "comments"
"""The sheet that lists the comments to pick from."""
SHEET_NAME = 31
"""Characters that a spreadsheet allows in the name of a sheet."""
MAX_CELL = 32_000
TITLES = {
    "id": {"zh": "学号", "en": "id"}, "code": {"zh": "代码", "en": "code"},
    "name": {"zh": "姓名", "en": "name"}, "answer": {"zh": "答案", "en": "answer"},
    "points": {"zh": "得分", "en": "points"}, "comment": {"zh": "评语", "en": "comment"},
}


@dataclass(frozen=True)
class Mark:
    """What people gave for one answer: the points of each line, None where none yet."""

    points: tuple[float | None, ...]
    comment: str = ""

    @property
    def total(self) -> float | None:
        """The sum of the lines; None while a line has no points."""
        known = [points for points in self.points if points is not None]
        return sum(known) if len(known) == len(self.points) else None


@dataclass(frozen=True)
class WrittenAnswer:
    """An answer in words; "" is an answer cell that was left as it was."""

    id: str
    name: str
    text: str


@dataclass
class MarkingSheet:
    """One written question: its answers, and the marks by student id."""

    question: WrittenDescription
    answers: list[WrittenAnswer]
    marks: Mapping[str, Mark] = field(default_factory=dict)

    def lines(self, language: Language) -> list[tuple[str, float]]:
        """Title and most points of the columns that people fill in."""
        rubric = [(line["text"][language], line["points"]) for line in self.question["rubric"]]
        return rubric or [(TITLES["points"][language], self.question["points"])]

    def shuffled(self) -> list[WrittenAnswer]:
        """The answers in an order that says nothing about the students, the same each time."""
        answers = sorted(self.answers, key=lambda answer: answer.id)
        random.Random(self.question["name"]).shuffle(answers)
        return answers


def code_of(question: str, id_: str) -> str:
    """What stands for an id on a sheet without names."""
    return hashlib.sha256(f"{question}/{id_}".encode()).hexdigest()[:8]


def write_marking(
    path: Path, sheets: Sequence[MarkingSheet], language: Language, *, names: bool = True
) -> Path:
    """Write the workbook; the file appears whole, or stays as it was."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    with Workbook(str(unfinished)) as book:
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        comments = sorted({m.comment for s in sheets for m in s.marks.values() if m.comment})
        for sheet in sheets:
            _write_sheet(book, sheet, language, (text, bold), names, len(comments))
        listed = book.add_worksheet(COMMENTS)
        for row, comment in enumerate(comments):
            listed.write_string(row, 0, comment)
    unfinished.replace(path)
    return path


def _write_sheet(
    book: Any, sheet: MarkingSheet, language: Language, formats: tuple[Any, Any], names: bool,
    comments: int,
) -> None:
    text, bold = formats
    lines = sheet.lines(language)
    page = book.add_worksheet(sheet.question["name"][:SHEET_NAME])
    titles = _titles(lines, language, names)
    for column, title in enumerate(titles):
        page.write_string(0, column, title, bold)
    first = len(titles) - len(lines) - 1
    page.set_column(0, first - 2, 14, text)
    page.set_column(first - 1, first - 1, 70, text)
    page.set_column(first, len(titles) - 2, 12)
    page.set_column(len(titles) - 1, len(titles) - 1, 40, text)
    page.freeze_panes(1, first - 1)
    answers = sheet.shuffled()
    for row, answer in enumerate(answers, 1):
        who = [answer.id, answer.name] if names else [code_of(sheet.question["name"], answer.id)]
        for column, cell in enumerate([*who, answer.text[:MAX_CELL]]):
            page.write_string(row, column, cell, text)
        mark = sheet.marks.get(answer.id) or _first_mark(answer, len(lines))
        for column, points in enumerate(mark.points, first):
            if points is not None:
                page.write_number(row, column, points)
        if mark.comment:
            page.write_string(row, len(titles) - 1, mark.comment, text)
    for column, (title, most) in enumerate(lines, first):
        page.data_validation(1, column, max(len(answers), 1), column, {
            "validate": "decimal", "criteria": "between", "minimum": 0, "maximum": most,
            "error_title": title[:30], "error_message": f"0 - {most:g}",
        })
    if comments:
        page.data_validation(1, len(titles) - 1, max(len(answers), 1), len(titles) - 1, {
            "validate": "list", "source": f"={COMMENTS}!$A$1:$A${comments}", "show_error": False})


def _first_mark(answer: WrittenAnswer, lines: int) -> Mark:
    """No points yet; an answer cell that was left as it was is evidence of no answer."""
    return Mark((None,) * lines if answer.text else (0.0,) * lines)


def _titles(lines: Sequence[tuple[str, float]], language: Language, names: bool) -> list[str]:
    who = ["id", "name"] if names else ["code"]
    return [
        *(TITLES[kind][language] for kind in [*who, "answer"]),
        *(f"{title} ({most:g})" for title, most in lines), TITLES["comment"][language],
    ]


def read_marking(
    path: Path, questions: Sequence[WrittenDescription], ids: Sequence[str], language: Language
) -> dict[str, dict[str, Mark]]:
    """The marks by question and student id; raises UserErrors with all that is wrong in the file.

    `ids` are those of the roster, with which codes are read.
    """
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (OSError, BadZipFile, KeyError, ValueError) as error:
        raise UserError(str(path), "the workbook of `homework gradebook marking`",
                        str(error) or type(error).__name__,
                        "write it again with that command, or name another file") from None
    errors: list[UserError] = []
    marks = {}
    for question in questions:
        name = question["name"][:SHEET_NAME]
        rows = list(book[name].iter_rows(values_only=True)) if name in book.sheetnames else []
        marks[question["name"]] = _read_sheet(
            f"{path}, sheet {name}", MarkingSheet(question, []), rows, ids, language, errors)
    book.close()
    if errors:
        raise UserErrors(errors)
    return marks


def _read_sheet(
    where: str, sheet: MarkingSheet, rows: list[tuple[Any, ...]], ids: Sequence[str],
    language: Language, errors: list[UserError],
) -> dict[str, Mark]:
    if not rows:
        return {}
    lines = sheet.lines(language)
    header = [str(cell or "") for cell in rows[0]]
    names = header == _titles(lines, language, True)
    if not names and header != _titles(lines, language, False):
        errors.append(UserError(f"{where}, row 1", ", ".join(_titles(lines, language, True)),
                                ", ".join(header),
                                "write the sheet again with `homework gradebook marking`"))
        return {}
    known = {id_ if names else code_of(sheet.question["name"], id_): id_ for id_ in ids}
    first = len(header) - len(lines) - 1
    marks: dict[str, Mark] = {}
    for number, row in enumerate(rows[1:], 2):
        cells = [*row, *[None] * (len(header) - len(row))]
        if not any(cell not in (None, "") for cell in cells):
            continue
        place, who = f"{where}, row {number}", str(cells[0] or "").strip()
        if who not in known:
            errors.append(UserError(place, "a student of the roster", who or "an empty cell",
                                    "correct the cell, or remove the row"))
        elif known[who] in marks:
            errors.append(UserError(place, "one row a student", f"{who} twice",
                                    "remove one of the rows"))
        else:
            points = [_points(place, cell, line, errors) for cell, line in
                      zip(cells[first : first + len(lines)], lines, strict=True)]
            marks[known[who]] = Mark(tuple(points), str(cells[len(header) - 1] or "").strip())
    return marks


def _points(
    place: str, cell: Any, line: tuple[str, float], errors: list[UserError]
) -> float | None:
    title, most = line
    if cell is None or not str(cell).strip():
        return None
    try:
        points = float(cell)
    except (TypeError, ValueError):
        points = float("nan")
    if 0 <= points <= most + 1e-9:
        return points
    errors.append(UserError(f"{place}, {title}", f"0 to {most:g} points, or an empty cell",
                            str(cell), "correct the cell"))
    return None
