"""Points that people give: manual files, and columns of the course.

The `manual` file of a homework holds points for written answers, for the lines of a rubric, and
corrections of checked questions. It is long (`id`, `question`, `points`, perhaps `line` for the
lines of a rubric, which add up) or wide (`id` and a column for each question). An empty cell is not
graded yet. For a written question the points are the score; for a checked one they are added to the
points of the checks.

A `[[column]]` holds scores that no check ever graded: a midterm, participation, a project. Its file
is a CSV or XLSX with a column of students (id, login or e-mail) and a column of scores, in any
sheet. An empty cell, or no row at all, is an open score and not a zero; in a bonus column, no row
is no bonus. 缺考, 缓考 and the like are statuses; 免考 (or excused) leaves the column out of the
student's total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from autograder.errors import UserError, UserErrors, did_you_mean
from autograder.language import _
from gradebook.course import Column
from gradebook.intake.owners import People, unknown_student
from gradebook.intake.roster import STUDENT, WORDS, Standing, as_id
from gradebook.tables import Problem, Sheet, as_row, header_key, read_sheet, tidy

HEADERS = {
    "id": STUDENT,
    "question": ["question", "题目", "题号"],
    "points": ["points", "score", "分数", "得分"],
    "line": ["line", "item", "criterion", "rubric", "评分项", "条目"],
}
SCORES = ["score", "scores", "points", "grade", "成绩", "分数", "得分", "总分"]


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


@dataclass
class ColumnScores:
    """The cells of a column by student number: `score` (NaN without one), or `standing` (a
    Standing; `""` where there is a score or nothing)."""

    column: Column
    score: pd.Series[float]
    standing: pd.Series[str]
    problems: list[Problem] = field(default_factory=list)


def read_column(column: Column, people: People, students: pd.Index[int]) -> ColumnScores:
    """The scores that `column` names; raises UserError, with all bad cells, for other text.

    A bonus does not count for students who are not in the file.
    """
    title = [column.column or column.name, *([] if column.column else SCORES)]
    keys = [header_key(word) for word in title]
    sheet = read_sheet(column.file, {"id": STUDENT, "score": keys}, ["id", "score"],
                       _('name the column of scores: column = "..." for {name}').format(
                           name=column.name))
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
            bad.append(_("row {row}: {id} again, as in row {other}").format(
                row=sheet.row(label), id=id_, other=sheet.row(seen[student])))
        elif cell:
            seen[student] = label
            if not _enter(found, student, cell):
                bad.append(_("row {row}: {cell}").format(row=sheet.row(label), cell=cell))
    if column.bonus:  # whoever is not in the list has none, and loses nothing
        named = {people.student(id_) for id_ in sheet.text("id", as_id) if id_}
        found.standing[~students.isin(list(named))] = Standing.EXEMPT.value
    if bad:
        raise UserError(
            str(sheet.path),
            _("one score from 0 to {out_of:g} for a student, nothing, or one of {words}").format(
                out_of=column.out_of, words=", ".join(WORDS)),
            "; ".join(bad[:20]) + ("; " + _("{count} more").format(count=len(bad) - 20)
                                   if bad[20:] else ""),
            _("correct the cells"),
        )
    return found


def _enter(found: ColumnScores, student: int, cell: str) -> bool:
    """Enter the value of a cell; False when it is neither a score nor a status."""
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
