"""Points that people give: manual files, columns of the course, and the marking workbook.

The `manual` file of a homework holds points for written answers, for the lines of a rubric, and
corrections of checked questions. It is long (`id`, `question`, `points`, perhaps `line` for the
lines of a rubric, which add up) or wide (`id` and a column for each question). An empty cell is not
graded yet. For a written question the points are the score; for a checked one they are added to the
points of the checks.

A `[[column]]` holds scores that no check ever graded: a midterm, participation, a project. Its file
is a CSV or XLSX with a column of students (id, login or e-mail) and a column of scores, in any
sheet. An empty cell, or no row at all, is an open score and not a zero. 缺考, 缓考 and the like are
statuses; 免考 (or excused) leaves the column out of the student's total.

The `marking` workbook is for grading answers in words: `homework gradebook marking COURSE.toml`
writes a sheet for each written question, with a row for each student who handed in, in random
order. People fill in the points of each line of the rubric and a comment; `homework gradebook`
reads them back. Writing the workbook again keeps what was filled in, and adds who handed in since.
Comments that were written once can be picked from a list. Without names, a code stands for the id:
whoever has the roster can work out who it is.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import openpyxl
import pandas as pd
from xlsxwriter import Workbook

from autograder.errors import UserError, UserErrors, did_you_mean
from autograder.model import WrittenDescription
from gradebook.course import Column
from gradebook.intake.owners import People, unknown_student
from gradebook.intake.roster import WORDS, Standing, as_id
from gradebook.intake.sheets import STUDENT, Sheet, header_key, read_sheet, tidy
from gradebook.tables import Problem, as_row
from gradebook.wording import Language

HEADERS = {
    "id": STUDENT,
    "question": ["question", "题目", "题号"],
    "points": ["points", "score", "分数", "得分"],
    "line": ["line", "item", "criterion", "rubric", "评分项", "条目"],
}
SCORES = ["score", "scores", "points", "grade", "成绩", "分数", "得分", "总分"]
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


def read_manual(
    path: Path, people: People, written: Mapping[str, float], checked: Mapping[str, float]
) -> tuple[pd.DataFrame, list[Problem]]:
    """Points by student number and question (NaN: none given), and rows about nobody.

    `written` and `checked` map questions to their points. Raises UserErrors with the rows of all
    unknown questions, points above the maximum or below the least, and doubles.
    """
    sheet = read_sheet(path, HEADERS, ["id"])
    long = {"question", "points"} <= set(sheet.columns)
    cells = _long(sheet) if long else _wide(sheet, {**checked, **written})
    cells = cells[cells["points"] != ""]
    faults = _unknown_questions(sheet, cells, {**checked, **written})
    cells = cells[cells["question"].isin([*checked, *written])]
    cells = _with_numbers(sheet, cells, faults)
    cells["id"] = cells["id"].map(as_id)
    cells["student"] = [people.student(id_) for id_ in cells["id"]]
    known = cells["student"].notna()
    problems = [unknown_student(sheet, as_row(row), id_, people) for row, id_
                in cells.loc[~known, ["row", "id"]].drop_duplicates().itertuples(index=False)]
    cells = cells[known]
    faults += _doubles(sheet, cells)
    doubled = cells.duplicated(["student", "question", "line"], keep=False)
    faults += _out_of_range(sheet, cells[~doubled], written, checked)
    if faults:
        raise UserErrors(faults)
    cells = cells.astype({"student": "int64"})
    return cells.pivot_table("points", "student", "question", "sum", dropna=False), problems


def _long(sheet: Sheet) -> pd.DataFrame:
    frame = pd.DataFrame({kind: sheet.text(kind) for kind in ("id", "question", "line", "points")})
    return frame.reset_index(names="row")


def _wide(sheet: Sheet, questions: Mapping[str, float]) -> pd.DataFrame:
    """Every column whose header is a question; one that nearly is, is asked about."""
    places = [place for place, title in enumerate(sheet.titles) if title in questions]
    faults = [UserError(f"{sheet.path}, column {title}", "a question of the homework", title, hint)
              for title in sheet.titles if title not in questions
              and "`" in (hint := did_you_mean(title, list(questions)))]
    if faults:
        raise UserErrors(faults)
    if not places:
        raise UserError(f"{sheet.path}, row 1", "columns `question` and `points`, or a column for "
                        f"each question: {', '.join(questions)}", ", ".join(sheet.titles),
                        "name the columns so")
    ids = sheet.text("id")
    return pd.concat([
        pd.DataFrame({"id": ids, "question": sheet.titles[place], "line": "",
                      "points": sheet.body[place].map(tidy)}).reset_index(names="row")
        for place in places
    ]).reset_index(drop=True)


def _unknown_questions(
    sheet: Sheet, cells: pd.DataFrame, questions: Mapping[str, float]
) -> list[UserError]:
    unknown = cells[~cells["question"].isin(list(questions))]
    return [UserError(sheet.place(*rows), f"one of {', '.join(questions)}", str(question) or "''",
                      did_you_mean(str(question), list(questions)))
            for question, rows in unknown.groupby("question", sort=False)["row"]]


def _with_numbers(sheet: Sheet, cells: pd.DataFrame, faults: list[UserError]) -> pd.DataFrame:
    """The rows with a number of points; the other rows are told in `faults`."""
    points = pd.to_numeric(cells["points"], errors="coerce")
    good = points.between(-1e9, 1e9)
    bad = cells[~good]
    if len(bad):
        faults.append(UserError(sheet.place(*bad["row"]), "a number of points, or an empty cell",
                                str(bad["points"].iloc[0]), "correct the cell"))
    return cells[good].assign(points=points[good])


def _doubles(sheet: Sheet, cells: pd.DataFrame) -> list[UserError]:
    doubled = cells[cells.duplicated(["student", "question", "line"], keep=False)]
    return [UserError(sheet.place(*group["row"]), "one row for a student, a question and a line",
                      f"{group['id'].iloc[0]}, {group['question'].iloc[0]} in {len(group)} rows",
                      "remove one, or tell a rubric's lines apart in a column `line`")
            for _, group in doubled.groupby(["student", "question"], sort=False)]


class _Sum(NamedTuple):
    """The points of a student for a question, from these rows."""

    id: str
    question: str
    points: float
    rows: list[int]
    least: float
    most: float


def _out_of_range(
    sheet: Sheet, cells: pd.DataFrame, written: Mapping[str, float], checked: Mapping[str, float]
) -> list[UserError]:
    sums = cells.groupby(["student", "question"], sort=False).agg(
        id=("id", "first"), points=("points", "sum"), rows=("row", list)).reset_index()
    sums["most"] = sums["question"].map({**checked, **written}).astype(float)
    sums["least"] = (-sums["most"]).where(sums["question"].isin(list(checked)), 0.0)
    bad = sums[(sums["points"] > sums["most"] + 1e-9) | (sums["points"] < sums["least"] - 1e-9)]
    return [UserError(sheet.place(*sorted(one.rows)),
                      f"{one.least:g} to {one.most:g} points for {one.question}",
                      f"{one.points:g} for {one.id}",
                      "correct the points, or the maximum in the course file")
            for one in map(_Sum._make, bad[list(_Sum._fields)].itertuples(index=False))]


@dataclass
class ColumnScores:
    """By student number: the score (NaN without one) and what the cell says instead (a Standing,
    `""` for a score or nothing)."""

    column: Column
    score: pd.Series[float]
    standing: pd.Series[str]
    problems: list[Problem] = field(default_factory=list)


def read_column(column: Column, people: People, students: pd.Index[int]) -> ColumnScores:
    """The scores that `column` names; raises UserError, with all bad cells, for other text."""
    title = [column.column or column.name, *([] if column.column else SCORES)]
    keys = [header_key(word) for word in title]
    sheet = read_sheet(column.file, {"id": STUDENT, "score": keys}, ["id", "score"],
                       f"name the column of scores: column = \"...\" for {column.name}")
    found = ColumnScores(column, pd.Series(float("nan"), index=students),
                         pd.Series("", index=students, dtype="str"), list(sheet.problems))
    bad, seen = [], dict[int, int]()
    for label, id_, cell in zip(sheet.body.index.tolist(), sheet.text("id", as_id),
                                sheet.text("score"), strict=True):
        student = people.student(id_) if id_ else None
        if student is None:
            if id_:
                found.problems.append(unknown_student(sheet, as_row(label), id_, people))
        elif student in seen and cell:
            bad.append(f"row {sheet.row(label)}: {id_} again, as in row {sheet.row(seen[student])}")
        elif cell:
            seen[student] = label
            if not _enter(found, student, cell):
                bad.append(f"row {sheet.row(label)}: {cell}")
    if bad:
        raise UserError(str(sheet.path), f"one score from 0 to {column.out_of:g} for a student, an "
                        f"empty cell, or one of {', '.join(WORDS)}", "; ".join(bad[:10]),
                        "correct the cells")
    return found


def _enter(found: ColumnScores, student: int, cell: str) -> bool:
    """Take a cell over; False when it is neither a score nor a status."""
    if standing := WORDS.get(cell.casefold()):
        found.standing[student] = standing.value
        return True
    if cell.casefold() in ("ex", "excused", "免交"):
        found.standing[student] = Standing.EXEMPT.value
        return True
    try:
        score = float(cell)
    except ValueError:
        return False
    found.score[student] = score
    return 0 <= score <= found.column.out_of


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
