"""Scores that were never graded by checks: a midterm, participation, a project.

A CSV or XLSX with a column of students (id, login or e-mail) and a column of scores, in any sheet.
An empty cell, or no row at all, is an open score and not a zero. 缺考, 缓考 and the like are
statuses; 免考 (or excused) leaves the column out of the student's total.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from autograder.errors import UserError
from gradebook.course import Column
from gradebook.intake.owners import People, unknown_student
from gradebook.intake.roster import WORDS, Standing, as_id
from gradebook.intake.sheets import STUDENT, header_key, read_sheet
from gradebook.tables import Problem, as_row

SCORES = ["score", "scores", "points", "grade", "成绩", "分数", "得分", "总分"]


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
