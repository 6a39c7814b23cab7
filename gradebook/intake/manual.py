"""Points that people give: written answers, a rubric's lines, corrections of a checked question.

The file is long (`id`, `question`, `points`, perhaps `line` for the lines of a rubric, which add
up) or wide (`id` and a column for each question). An empty cell is not graded yet. For a written
question the points are the score; for a checked one they are added to what the checks gave.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from autograder.errors import UserError
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

    `written` and `checked` map questions to their points. Raises UserError with the row for an
    unknown question, for points above the maximum or below the least, and for doubles.
    """
    sheet = read_sheet(path, HEADERS, ["id"])
    long = {"question", "points"} <= set(sheet.columns)
    cells = _long(sheet) if long else _wide(sheet, {**checked, **written})
    cells = cells[cells["points"] != ""]
    _check_questions(sheet, cells, {**checked, **written})
    cells["points"] = _numbers(sheet, cells)
    cells["id"] = cells["id"].map(as_id)
    cells["student"] = [people.student(id_) for id_ in cells["id"]]
    known = cells["student"].notna()
    problems = [unknown_student(sheet, as_row(row), id_, people) for row, id_
                in cells.loc[~known, ["row", "id"]].drop_duplicates().itertuples(index=False)]
    cells = cells[known]
    _check_doubles(sheet, cells)
    _check_range(sheet, cells, written, checked)
    cells = cells.astype({"student": "int64"})
    return cells.pivot_table("points", "student", "question", "sum", dropna=False), problems


def _long(sheet: Sheet) -> pd.DataFrame:
    frame = pd.DataFrame({kind: sheet.text(kind) for kind in ("id", "question", "line", "points")})
    return frame.reset_index(names="row")


def _wide(sheet: Sheet, questions: Mapping[str, float]) -> pd.DataFrame:
    """Every column whose header is a question; one that nearly is, is asked about."""
    places = [place for place, title in enumerate(sheet.titles) if title in questions]
    for title in sheet.titles:
        if title not in questions and "`" in (hint := did_you_mean(title, list(questions))):
            raise UserError(f"{sheet.path}, column {title}", "a question of the homework", title,
                            hint)
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


def _check_questions(sheet: Sheet, cells: pd.DataFrame, questions: Mapping[str, float]) -> None:
    for row, question in cells[["row", "question"]].itertuples(index=False):
        if question not in questions:
            raise UserError(sheet.place(row), f"one of {', '.join(questions)}", question or "''",
                            did_you_mean(question, list(questions)))


def _numbers(sheet: Sheet, cells: pd.DataFrame) -> pd.Series[float]:
    points = pd.to_numeric(cells["points"], errors="coerce")
    bad = cells[~points.between(-1e9, 1e9)]
    if len(bad):
        raise UserError(sheet.place(*bad["row"]), "a number of points, or an empty cell",
                        str(bad["points"].iloc[0]), "correct the cell")
    return points


def _check_doubles(sheet: Sheet, cells: pd.DataFrame) -> None:
    doubled = cells[cells.duplicated(["student", "question", "line"], keep=False)]
    if len(doubled):
        first = doubled.iloc[0]
        rows = doubled.loc[(doubled["student"] == first["student"]) &
                           (doubled["question"] == first["question"]), "row"]
        raise UserError(sheet.place(*rows), "one row for a student, a question and a line",
                        f"{first['id']}, {first['question']} in {len(rows)} rows",
                        "remove one, or tell a rubric's lines apart in a column `line`")


def _check_range(
    sheet: Sheet, cells: pd.DataFrame, written: Mapping[str, float], checked: Mapping[str, float]
) -> None:
    sums = cells.groupby(["student", "question"], sort=False).agg(
        id=("id", "first"), points=("points", "sum"), rows=("row", list)).reset_index()
    most = sums["question"].map({**checked, **written}).astype(float)
    least = (-most).where(sums["question"].isin(list(checked)), 0.0)
    bad = sums[(sums["points"] > most + 1e-9) | (sums["points"] < least - 1e-9)]
    if len(bad):
        first = bad.iloc[0]
        rows = sorted(row for rows in bad["rows"] for row in rows)
        low, high = least[bad.index[0]], most[bad.index[0]]
        raise UserError(sheet.place(*rows), f"{low:g} to {high:g} points for {first['question']}",
                        f"{first['points']:g} for {first['id']}",
                        "correct the points, or the maximum in the course file")
