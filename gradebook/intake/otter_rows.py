"""Rows of a `final_grades.csv` that cannot be taken as they are: never graded, never a zero.

Otter writes a row of zeros for a submission that it could not finish, and the error as its status.
The error can be the student's own words, and so can anything that should be a number. So nothing
of a row is repeated but its file name and numbers that were read as numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from autograder.results import SubmissionStatus
from gradebook.intake.results_files import POINTS_EPS
from gradebook.problems import Problem, as_row

SHARE_EPS = 6e-5
"""percent_correct has four digits."""
OPEN = (SubmissionStatus.NOT_RUN.value, SubmissionStatus.PARTLY_RUN.value)
FINISHED = [status.value for status in SubmissionStatus if status.value not in OPEN]
"""`Completed`, and what the final_grades.csv of `homework grade` says of what it has graded."""
REMEDY = "grade it with `homework grade`, and give its points in the file that `manual` names"


@dataclass
class Rows:
    """The file below its row of possible points; index the row in Excel.

    `points`: a column a question; like `total` and `share` NaN where there is no number. `status`
    may be anybody's text.
    """

    possible: pd.Series[float]
    file: pd.Series[str]
    points: pd.DataFrame
    total: pd.Series[float]
    share: pd.Series[float]
    status: pd.Series[str]

    @cached_property
    def finished(self) -> pd.Series[bool]:
        return self.status.isin(FINISHED)

    @cached_property
    def in_range(self) -> pd.DataFrame:
        """True for points of 0 to what is possible."""
        return self.points.ge(-POINTS_EPS) & self.points.le(self.possible + POINTS_EPS)


def misfits(rows: Rows) -> pd.Series[bool]:
    """True for a row whose points are out of range or do not make up its total and its share."""
    off = (rows.total - rows.points.sum(axis=1)).abs()
    share = rows.total / (float(rows.possible.sum()) or 1.0)
    fits = off.le(POINTS_EPS) & (rows.share - share).abs().le(SHARE_EPS)
    return ~(fits & rows.in_range.all(axis=1))


def doubts(path: Path, rows: Rows) -> list[Problem]:
    """What is wrong with each row that is not graded, one reason each, in the order of the file."""
    doubled = rows.file.duplicated(keep=False)
    doubted = doubled | ~rows.finished | misfits(rows)
    return [_doubt(path, rows, as_row(label), doubled=bool(doubled[label]))
            for label in doubted.index[doubted]]


def _doubt(path: Path, rows: Rows, row: int, *, doubled: bool) -> Problem:
    file = rows.file[row]
    if doubled:
        others = ", ".join(str(n) for n in rows.file.index[rows.file == file].tolist()[:8])
        return Problem(str(path), row, "file in several rows", "one row for a file",
                       f"{file} in rows {others}", "rename the submissions, and grade them again")
    if not rows.finished[row]:
        word = rows.status[row] if rows.status[row] in OPEN else "another status"
        return Problem(str(path), row, "not finished by `otter grade`",
                       f"{SubmissionStatus.COMPLETED.value} as its status", f"{file}: {word}",
                       REMEDY)
    points = rows.points.loc[[row]].iloc[0]
    wrong = [str(question) for question, fits in rows.in_range.loc[[row]].iloc[0].items()
             if not fits]
    if wrong:
        return Problem(str(path), row, "points that cannot be",
                       f"0 to {rows.possible[wrong[0]]:g} points for {wrong[0]}",
                       f"{file}: {_number(points[wrong[0]])}", REMEDY)
    return Problem(str(path), row, "points that do not add up",
                   f"a total of {points.sum():g} of {rows.possible.sum():g} points", f"{file}: "
                   f"{_number(rows.total[row])}, a share of {_number(rows.share[row])}", REMEDY)


def _number(value: float) -> str:
    return "no number" if value != value else f"{value:g}"


def nothing_earned(path: Path, rows: Rows, graded: pd.Series[bool]) -> list[Problem]:
    """Zeros that count, and may be Otter's: it gives them to a notebook that broke half-way, too.

    Code that ends its own process or deletes the checks can leave such a row, marked Completed.
    """
    nothing = graded & rows.total.eq(0) & rows.status.eq(SubmissionStatus.COMPLETED.value)
    return [Problem(str(path), as_row(row), "nothing earned in `otter grade`",
                    "points, unless nothing was answered", f"{file}: 0, counted as it is",
                    "Otter gives 0 to notebooks that break it, too: " + REMEDY)
            for row, file in rows.file[nothing].items()]
