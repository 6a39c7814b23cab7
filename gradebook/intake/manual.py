"""Points that people give: written answers, a rubric's lines, corrections of a checked question.

The file is long (`id`, `question`, `points`, perhaps `line` for the lines of a rubric, which add
up) or wide (`id` and a column for each question). An empty cell is not graded yet. For a written
question the points are the score; for a checked one they are added to what the checks gave.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from autograder.errors import UserError, UserErrors
from gradebook.course import did_you_mean
from gradebook.intake.owners import People, unknown_student
from gradebook.intake.roster import as_id
from gradebook.intake.sheets import STUDENT, Sheet, read_sheet, tidy
from gradebook.tables import Problem, as_row

HEADERS = {
    "id": STUDENT,
    "question": ["question", "题目", "题号"],
    "points": ["points", "score", "分数", "得分"],
    "line": ["line", "item", "criterion", "rubric", "评分项", "条目"],
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
