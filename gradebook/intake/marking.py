"""Points that people give: marking sheets and manual files.

A marking sheet shows written answers, with the lines of the rubric as columns for the graders.

`homework gradebook marking COURSE.toml` writes the workbook that the course file names under
`marking`, with a sheet for each written question, and a CSV of each sheet beside it: a row for each
student who handed in, in random order. People fill in the points of each line and a comment, in
whichever file they like; `homework gradebook` reads both back. Writing them again keeps what was
filled in, and adds who handed in since. Comments that were written once can be picked from a list.
Without names, a code stands for the id: whoever has the roster can work out who it is.

A hidden sheet of the workbook holds its contents when it was written. By it the reader knows in
which of the two files a cell was changed since. If both were changed differently, a person decides.

The `manual` file of a homework holds points for written answers, for the lines of a rubric, and
corrections of checked questions. It is long (`id`, `question`, `points`, perhaps `line` for the
lines of a rubric, which add up) or wide (`id` and a column for each question). An empty cell is not
graded yet. For a written question the points are the score; for a checked one they are added to the
points of the checks.
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
from autograder.language import LANGUAGES, Language, _
from autograder.model import FORMULA, WrittenDescription
from gradebook.intake.owners import People, unknown_student
from gradebook.intake.roster import STUDENT, as_id
from gradebook.tables import Problem, Sheet, as_row, read_cells, read_sheet, tidy, write_table

COMMENTS = "comments"
"""The sheet that lists the comments to pick from."""
AS_WRITTEN = "as written"
"""The hidden sheet: question, code, points of each line, comment."""
SHEET_NAME = 31
"""Characters that a spreadsheet allows in the name of a sheet."""
MAX_CELL = 32_000
TITLES = {
    "id": {"zh": "学号", "en": "id"}, "code": {"zh": "代码", "en": "code"},
    "name": {"zh": "姓名", "en": "name"}, "answer": {"zh": "答案", "en": "answer"},
    "points": {"zh": "得分", "en": "points"}, "comment": {"zh": "评语", "en": "comment"},
}
HEADERS = {
    "id": STUDENT,
    "question": ["question", "题目", "题号"],
    "points": ["points", "score", "分数", "得分"],
    "line": ["line", "item", "criterion", "rubric", "评分项", "条目"],
}
"""Headers of a manual file."""
Marks = dict[str, dict[str, "Mark"]]
"""Marks by question and student id."""


@dataclass(frozen=True)
class Mark:
    """The mark for one answer: the points of each line, None where there are none yet."""

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

    def titles(self, language: Language, names: bool) -> list[str]:
        """The header of the sheet, with names or with codes."""
        who = ["id", "name"] if names else ["code"]
        return [*(TITLES[kind][language] for kind in [*who, "answer"]),
                *(f"{title} ({most:g})" for title, most in self.lines(language)),
                TITLES["comment"][language]]

    def mark(self, answer: WrittenAnswer) -> Mark:
        """The mark so far; an answer cell that was left as it was has no points."""
        lines = len(self.lines("en"))
        return self.marks.get(answer.id) or Mark((None if answer.text else 0.0,) * lines)

    def rows(self, names: bool) -> list[list[str | float | None]]:
        """The rows of the sheet below its header."""
        return [
            [*([answer.id, answer.name] if names else [code_of(self.question["name"], answer.id)]),
             answer.text[:MAX_CELL], *self.mark(answer).points, self.mark(answer).comment]
            for answer in self.shuffled()
        ]

    def shuffled(self) -> list[WrittenAnswer]:
        """The answers in an order that says nothing about the students, the same each time."""
        answers = sorted(self.answers, key=lambda answer: answer.id)
        random.Random(self.question["name"]).shuffle(answers)
        return answers


def code_of(question: str, id_: str) -> str:
    """The code for an id on a sheet without names."""
    return hashlib.sha256(f"{question}/{id_}".encode()).hexdigest()[:8]


def csv_paths(path: Path, questions: Sequence[WrittenDescription]) -> dict[str, Path]:
    """The CSV beside the workbook `path` of each question, by its name."""
    if len(questions) == 1:
        return {questions[0]["name"]: path.with_suffix(".csv")}
    return {question["name"]: path.with_name(f"{path.stem}-{question['name']}.csv")
            for question in questions}


def write_marking(
    path: Path, sheets: Sequence[MarkingSheet], language: Language, *, names: bool = True
) -> Path:
    """Write the workbook and its CSVs; the workbook appears whole, or stays as it was."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    as_text = {"strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(str(unfinished), as_text) as book:
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        comments = sorted({m.comment for s in sheets for m in s.marks.values() if m.comment})
        for sheet in sheets:
            _write_sheet(book, sheet, language, (text, bold), names, len(comments))
        listed = book.add_worksheet(COMMENTS)
        for row, comment in enumerate(comments):
            listed.write_string(row, 0, comment)
        _remember(book, sheets)
    csvs = csv_paths(path, [sheet.question for sheet in sheets])
    for sheet in sheets:
        table = pd.DataFrame(sheet.rows(names), columns=sheet.titles(language, names), dtype=object)
        write_table(csvs[sheet.question["name"]], table)
    unfinished.replace(path)
    return path


def _write_sheet(
    book: Any, sheet: MarkingSheet, language: Language, formats: tuple[Any, Any], names: bool,
    comments: int,
) -> None:
    text, bold = formats
    lines = sheet.lines(language)
    page = book.add_worksheet(sheet.question["name"][:SHEET_NAME])
    titles = sheet.titles(language, names)
    for column, title in enumerate(titles):
        page.write_string(0, column, title, bold)
    first = len(titles) - len(lines) - 1
    page.set_column(0, first - 2, 14, text)
    page.set_column(first - 1, first - 1, 70, text)
    page.set_column(first, len(titles) - 2, 12)
    page.set_column(len(titles) - 1, len(titles) - 1, 40, text)
    page.freeze_panes(1, first - 1)
    rows = sheet.rows(names)
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                if cell:
                    page.write_string(number, column, cell, text)
            elif cell is not None:
                page.write_number(number, column, cell)
    for column, (title, most) in enumerate(lines, first):
        page.data_validation(1, column, max(len(rows), 1), column, {
            "validate": "decimal", "criteria": "between", "minimum": 0, "maximum": most,
            "error_title": title[:30], "error_message": f"0 - {most:g}",
        })
    if comments:
        page.data_validation(1, len(titles) - 1, max(len(rows), 1), len(titles) - 1, {
            "validate": "list", "source": f"={COMMENTS}!$A$1:$A${comments}", "show_error": False})


def _remember(book: Any, sheets: Sequence[MarkingSheet]) -> None:
    """The hidden sheet with what is in the others; codes stand for ids, with names or without."""
    page, row = book.add_worksheet(AS_WRITTEN), 0
    for sheet in sheets:
        name = sheet.question["name"]
        for answer in sheet.shuffled():
            mark = sheet.mark(answer)
            page.write_row(row, 0, [name, code_of(name, answer.id), mark.comment, *mark.points])
            row += 1
    page.hide()


def read_marking(
    path: Path, questions: Sequence[WrittenDescription], ids: Sequence[str], language: Language
) -> Marks:
    """The marks in the workbook and in the CSVs beside it, as far as they are there.

    `ids` are those of the roster, with which codes are read. Raises UserErrors with all that is
    wrong in the files, and with every cell that was changed in both of them.
    """
    errors: list[UserError] = []
    sheets = _workbook(path) if path.exists() else {}
    before = _remembered(sheets.get(AS_WRITTEN, []))
    found: Marks = {}
    for question in questions:
        name = question["name"]
        sheet = MarkingSheet(question, [])
        own = _read_sheet(f"{path}, sheet {name[:SHEET_NAME]}", sheet,
                          sheets.get(name[:SHEET_NAME], []), ids, language, errors)
        other_path = csv_paths(path, questions)[name]
        rows = read_cells(other_path).to_numpy().tolist() if other_path.exists() else []
        rows = [[_unguarded(cell) for cell in row] for row in rows]
        other = _read_sheet(str(other_path), sheet, rows, ids, language, errors)
        found[name] = dict(own)
        for id_, mark in other.items():
            found[name][id_] = _merged(
                f"{path} and {other_path.name}, {name}, {id_}", own.get(id_), mark,
                before.get((name, code_of(name, id_))), errors)
    if errors:
        raise UserErrors(errors)
    return found


def _workbook(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every sheet, by its name."""
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheets = {name: list(book[name].iter_rows(values_only=True)) for name in book.sheetnames}
        book.close()
    except (OSError, BadZipFile, KeyError, ValueError) as error:
        raise UserError(
            str(path), _("the workbook of `homework gradebook marking`"),
            str(error) or type(error).__name__,
            _("write it again with that command, or name another file"),
        ) from None
    return sheets


def _remembered(rows: Sequence[tuple[Any, ...]]) -> dict[tuple[str, str], Mark]:
    """The contents of the workbook when it was written, by question and code."""
    return {
        (str(row[0]), str(row[1])): Mark(tuple(None if cell is None else float(cell)
                                               for cell in row[3:]), str(row[2] or ""))
        for row in rows if len(row) > 2 and row[0] is not None
    }


def _unguarded(cell: str) -> str:
    """The cell without the apostrophe that keeps a spreadsheet from reading a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _merged(
    where: str, own: Mark | None, other: Mark, before: Mark | None, errors: list[UserError]
) -> Mark:
    """One mark from two files: for each cell the value that was changed since both were written."""
    if own is None:
        return other
    # The rows of the hidden sheet are as long as its longest.
    nothing = (None,) * len(own.points)
    old = ((before.points if before else ()) + nothing)[: len(own.points)]
    points = [_newer(where, *cells, errors)
              for cells in zip(own.points, other.points, old, strict=True)]
    mine, theirs, was = (" ".join(text.split()) for text in (
        own.comment, other.comment, before.comment if before else ""))
    chosen = _newer(where, mine or None, theirs or None, was or None, errors)
    comment = own.comment if chosen == (mine or None) else other.comment
    return Mark(tuple(points), comment)


def _newer(where: str, own: Any, other: Any, before: Any, errors: list[UserError]) -> Any:
    if own == other or other == before:
        return own
    if own == before:
        return other
    errors.append(UserError(
        where, _("the same in both files, or a change in one of them only"),
        _("{own} and {other}").format(own=_("an empty cell") if own is None else own,
                                      other=_("an empty cell") if other is None else other),
        _("correct one of the two"),
    ))
    return own


def _read_sheet(
    where: str, sheet: MarkingSheet, rows: Sequence[Sequence[Any]], ids: Sequence[str],
    language: Language, errors: list[UserError],
) -> dict[str, Mark]:
    if not rows:
        return {}
    lines = sheet.lines(language)
    header = [str(cell or "") for cell in rows[0]]
    names = header in [sheet.titles(each, True) for each in LANGUAGES]
    if not names and header not in [sheet.titles(each, False) for each in LANGUAGES]:
        errors.append(UserError(
            _("{path}, row {row}").format(path=where, row=1),
            ", ".join(sheet.titles(language, True)),
            ", ".join(header),
            _("rename the file, write it again with `homework gradebook marking`, and copy what "
              "was filled in"),
        ))
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
            errors.append(UserError(
                place, _("a student of the roster"), who or _("an empty cell"),
                _("correct the cell, or remove the row"),
            ))
        elif known[who] in marks:
            errors.append(UserError(
                place, _("one row a student"), _("{who} twice").format(who=who),
                _("remove one of the rows"),
            ))
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
    errors.append(UserError(
        f"{place}, {title}", _("0 to {most:g} points, or an empty cell").format(most=most),
        str(cell), _("correct the cell"),
    ))
    return None


def read_manual(
    path: Path, people: People, written: Mapping[str, float], checked: Mapping[str, float]
) -> tuple[pd.DataFrame, list[Problem]]:
    """Points by student number and question (NaN: none given), and rows about nobody.

    `written` and `checked` map questions to their points. Raises UserErrors with the rows of all
    unknown questions, points above the maximum or below the least, and doubles.
    """
    sheet = read_sheet(path, HEADERS, ["id"])
    long = {"question", "points"} <= set(sheet.columns)
    errors: list[UserError] = []
    cells = _long(sheet) if long else _wide(sheet, {**checked, **written}, errors)
    cells = cells[cells["points"] != ""]
    errors += _unknown_questions(sheet, cells, {**checked, **written})
    cells = cells[cells["question"].isin([*checked, *written])]
    cells = _with_numbers(sheet, cells, errors)
    cells["id"] = cells["id"].map(as_id)
    cells["student"] = [people.student(id_) for id_ in cells["id"]]
    known = cells["student"].notna()
    problems = [unknown_student(sheet, as_row(row), id_, people) for row, id_
                in cells.loc[~known, ["row", "id"]].drop_duplicates().itertuples(index=False)]
    cells = cells[known]
    doubled = cells.duplicated(["student", "question", "line"], keep=False)
    errors += _doubles(sheet, cells[doubled])
    errors += _out_of_range(sheet, cells[~doubled], written, checked)
    if errors:
        raise UserErrors(errors)
    cells = cells.astype({"student": "int64"})
    return cells.pivot_table("points", "student", "question", "sum", dropna=False), problems


def _long(sheet: Sheet) -> pd.DataFrame:
    frame = pd.DataFrame({kind: sheet.text(kind) for kind in ("id", "question", "line", "points")})
    return frame.reset_index(names="row")


def _wide(
    sheet: Sheet, questions: Mapping[str, float], errors: list[UserError]
) -> pd.DataFrame:
    """Every column whose header is a question; one that nearly is, is told in `errors`."""
    places = [place for place, title in enumerate(sheet.titles) if title in questions]
    errors += [UserError(
        f"{sheet.path}, column {title}",
        _("a question of the homework"), title, hint,
    )
              for title in sheet.titles if title not in questions
              and "`" in (hint := did_you_mean(title, list(questions)))]
    if not places and errors:
        raise UserErrors(errors)
    if not places:
        raise UserError(
            _("{path}, row {row}").format(path=sheet.path, row=1),
            _("columns `question` and `points`, or a column for each question: {questions}").format(
                questions=', '.join(questions)),
            ", ".join(sheet.titles), _("name the columns so"),
        )
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
    return [UserError(
        sheet.place(*rows), _("one of {questions}").format(questions=', '.join(questions)),
        str(question) or "''", did_you_mean(str(question), list(questions)),
    ) for question, rows in unknown.groupby("question", sort=False)["row"]]


def _with_numbers(sheet: Sheet, cells: pd.DataFrame, errors: list[UserError]) -> pd.DataFrame:
    """The rows with a number of points; the other rows are added to `errors`."""
    points = pd.to_numeric(cells["points"], errors="coerce")
    good = points.between(-1e9, 1e9)
    bad = cells[~good]
    if len(bad):
        errors.append(UserError(
            sheet.place(*bad["row"]), _("a number of points, or an empty cell"),
            ", ".join(map(str, bad["points"].tolist()[:8])), _("correct the cell"),
        ))
    return cells[good].assign(points=points[good])


def _doubles(sheet: Sheet, doubled: pd.DataFrame) -> list[UserError]:
    return [UserError(
        sheet.place(*group["row"]), _("one row for a student, a question and a line"),
        _("{id}, {question} in {count} rows").format(
            id=group["id"].iloc[0], question=group["question"].iloc[0], count=len(group)),
        _("remove one, or tell a rubric's lines apart in a column `line`"),
    ) for _key, group in doubled.groupby(["student", "question"], sort=False)]


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
    return [UserError(
        sheet.place(*sorted(one.rows)),
        _("{least:g} to {most:g} points for {question}").format(
            least=one.least, most=one.most, question=one.question),
        _("{points:g} for {id}").format(points=one.points, id=one.id),
        _("correct the points, or the maximum in the course file"),
    ) for one in map(_Sum._make, bad[list(_Sum._fields)].itertuples(index=False))]
