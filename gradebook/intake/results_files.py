"""The results of `homework grade`, read in bulk: submissions, their questions, what was not run.

Of several runs of a homework the last counts. Nothing here knows about people yet.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from autograder.errors import UserError
from autograder.results import Run, Store, SubmissionStatus
from gradebook.course_errors import did_you_mean
from gradebook.intake.scores import score_table
from gradebook.problems import Problem

POINTS_EPS = 1e-6
"""Points closer than this are equal: sums of fractions such as 0.1 are not exact."""

WITHIN = "NOT INDEXED WHERE submission BETWEEN ? AND ?"
"""Rows of the submissions that count and maybe of some between them: a list would be slower, and
so would the index, since nearly all of a file's rows are wanted."""


@dataclass
class Results:
    """One run of one homework.

    `run` is None for the file of `otter grade`, which tells points only. `possible`: points of each
    question, in notebook order. `submissions`: one row a submission, index `submission` (the number
    in the file), columns name, file, language, status, reason, submitted_at (UTC, NaT where
    unknown). `points`: the same index, a column a question, NaN where a submission has no such
    question. `not_run`: the same shape, True where we failed to check.
    """

    path: Path
    run: Run | None
    possible: pd.Series[float]
    submissions: pd.DataFrame
    points: pd.DataFrame
    not_run: pd.DataFrame
    problems: list[Problem] = field(default_factory=list)


def read_results(path: Path, homework: str) -> Results:
    """The last run of `homework` in the results file `path`.

    Raises UserError when the file is missing, holds another homework, or scores out of range.
    """
    run = _last_run(path, homework)
    database = sqlite3.connect(path)
    try:
        submissions = _submissions(database, run.run)
        points, possible = _points(database, run, submissions.index)
        _check_range(path, points, possible, submissions)
        not_run = _not_run(database, points) | _nothing_run(submissions, points)
        problems = _left_behind(database, run, path)
    except (sqlite3.Error, pd.errors.DatabaseError, TypeError, ValueError) as error:
        raise UserError(str(path), "the results.sqlite of `homework grade`", str(error),
                        "grade again into a new --out") from None
    finally:
        database.close()
    return Results(path, run, possible, submissions, points, not_run, problems)


def _last_run(path: Path, homework: str) -> Run:
    store = Store(path, create=False)
    try:
        runs = store.runs()
    finally:
        store.close()
    mine = [run for run in runs if run.homework == homework]
    if not mine:
        others = sorted({run.homework for run in runs})
        raise UserError(str(path), f"results of homework {homework}",
                        f"results of {', '.join(others)}" if others else "no results",
                        did_you_mean(homework, others, f"name the results of {homework}")
                        if others else "grade the submissions first")
    return mine[-1]


def _submissions(database: sqlite3.Connection, run: int) -> pd.DataFrame:
    frame = pd.read_sql(
        "SELECT submission, name, file, language, status, reason, submitted_at FROM submissions"
        " WHERE submission IN (SELECT max(submission) FROM submissions WHERE run = ?"
        " GROUP BY name) ORDER BY submission",
        database, params=(run,), index_col="submission",
    )
    frame["submitted_at"] = pd.to_datetime(
        frame["submitted_at"], utc=True, format="ISO8601", errors="coerce"
    ).astype("datetime64[us, UTC]")
    return frame


def _points(
    database: sqlite3.Connection, run: Run, index: pd.Index[int]
) -> tuple[pd.DataFrame, pd.Series[float]]:
    """Points of every submission and question, and the points possible."""
    possible = _possible(database, run)
    cursor = database.execute(
        f"SELECT submission, question, score FROM questions {WITHIN}", _span(index))
    points, _ = score_table(cursor, index, possible.index.tolist())
    return pd.DataFrame(points, index=index, columns=possible.index), possible


def _span(index: pd.Index[int]) -> tuple[int, int]:
    """The first and the last of the submissions; nothing lies within (1, 0)."""
    return (int(index[0]), int(index[-1])) if len(index) else (1, 0)


def _possible(database: sqlite3.Connection, run: Run) -> pd.Series[float]:
    """Points possible, the most that is said, in notebook order: described questions, then others
    by number."""
    described: list[Any] = run.description.get("questions", [])
    possible = {str(q["name"]): float(q["points"]) for q in described}
    found = database.execute(
        "SELECT DISTINCT question, questions.possible FROM questions NOT INDEXED"
        " JOIN submissions USING (submission) WHERE run = ?", (run.run,)).fetchall()
    for name, most in sorted(found, key=lambda row: natural(row[0])):
        possible[name] = max(possible.get(name, 0.0), most)
    return pd.Series(possible, dtype=float)


def natural(name: str) -> list[tuple[int, int, str]]:
    """A sort key by which q2 comes before q10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part)
            for part in re.split(r"(\d+)", name) if part]


def _check_range(
    path: Path, points: pd.DataFrame, possible: pd.Series[float], submissions: pd.DataFrame
) -> None:
    values = points.to_numpy()
    wrong = (values > possible.to_numpy() + POINTS_EPS) | (values < -POINTS_EPS)
    if wrong.any():
        row, column = (int(place[0]) for place in wrong.nonzero())
        raise UserError(
            f"{path}, submission {submissions['file'].iloc[row]}",
            f"0 to {possible.iloc[column]:g} points for {points.columns[column]}",
            f"{values[row, column]:g}", "the file was changed after grading; grade again")


def _not_run(database: sqlite3.Connection, points: pd.DataFrame) -> pd.DataFrame:
    flags = np.zeros(points.shape, dtype=bool)
    rows = pd.read_sql(
        f"SELECT submission, question FROM checks {WITHIN} AND status = 'not_run'",
        database, params=_span(points.index))
    rows = rows[rows["submission"].isin(points.index)]
    flags[points.index.get_indexer(pd.Index(rows["submission"])),
          points.columns.get_indexer(pd.Index(rows["question"]))] = True
    return pd.DataFrame(flags, index=points.index, columns=points.columns)


def _nothing_run(submissions: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """Every question of a submission that could not be graded at all."""
    whole = submissions["status"].eq(SubmissionStatus.NOT_RUN.value).to_numpy()
    return pd.DataFrame(np.repeat(whole[:, None], points.shape[1], axis=1),
                        index=points.index, columns=points.columns)


def _left_behind(database: sqlite3.Connection, run: Run, path: Path) -> list[Problem]:
    """Submissions that an earlier run graded and the last one did not."""
    rows = pd.read_sql(
        "SELECT DISTINCT file FROM submissions JOIN runs USING (run) WHERE homework = ?"
        " AND run < ? AND name NOT IN (SELECT name FROM submissions WHERE run = ?) ORDER BY file",
        database, params=(run.homework, run.run, run.run))
    return [Problem(str(path), 0, "submission graded by an earlier run only",
                    f"every submission in the last run, {run.run}", str(file),
                    "grade it again with the present build") for file in rows["file"]]
