"""The results of `homework grade`, read in bulk: for the grades, and as frames for statistics.

Of several runs of a homework the last counts. Nothing here knows about people. Frames are

    submissions  status, language, isolation, score, possible, submitted_at
    scores       a column a question: points earned / points possible, between 0 and 1
    verdicts     a column a (question, check): how it ended, one of the codes below

Where a submission has no result, `scores` holds NaN and `verdicts` NONE.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from autograder.errors import UserError
from autograder.model import (
    CheckDescription,
    HomeworkDescription,
    QuestionDescription,
    Run,
    SubmissionStatus,
)
from autograder.store import Store
from gradebook.course import did_you_mean
from gradebook.tables import Problem

CHUNK = 500_000
CELL = [("submission", "i8"), ("question", "O"), ("score", "f8")]


def score_table(
    rows: sqlite3.Cursor, submissions: pd.Index[int], questions: list[str]
) -> tuple[npt.NDArray[np.float64], list[str]]:
    """The scores, (submissions, questions), NaN where there is none; and questions not listed.

    `rows` yields submission, question, score; submissions that are not listed are passed over.
    """
    table = np.full((len(submissions), len(questions)), np.nan)
    columns, unknown = pd.Index(questions, dtype=object), set[str]()
    while len(cells := np.fromiter(islice(rows, CHUNK), dtype=CELL)):
        lines = submissions.get_indexer(pd.Index(cells["submission"]))
        places = columns.get_indexer(pd.Index(cells["question"]))
        unknown.update(cells["question"][places < 0])
        known = (lines >= 0) & (places >= 0)
        table[lines[known], places[known]] = cells["score"][known]
    return table, sorted(unknown)


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


PASSED, FAILED, ERROR, TIMEOUT, NOT_RUN = b"pfetn"
"""The verdicts, one byte each: the first letters of the words of CheckStatus."""
NONE = 0
"""The verdict where a submission has no result for a check."""

CHOSEN = """
CREATE TEMP TABLE chosen AS
SELECT max(submission) AS submission FROM submissions WHERE run = ? GROUP BY name
"""
SUBMISSIONS = """
SELECT submission, name, file, submitted_at, language, status, isolation, score, possible
FROM submissions JOIN chosen USING (submission) ORDER BY name, submission
"""
QUESTIONS = """
SELECT submission, question, score / possible AS share
FROM questions JOIN chosen USING (submission) WHERE possible > 0
"""
CHECKS = """
SELECT submission,
    (SELECT group_concat(letter, '') FROM (
        SELECT substr(status, 1, 1) AS letter FROM checks
        WHERE checks.submission = chosen.submission ORDER BY question, position)) AS letters,
    (SELECT group_concat(part, ' ') FROM (
        SELECT question || ' ' || count(*) AS part FROM checks
        WHERE checks.submission = chosen.submission GROUP BY question ORDER BY question)) AS layout
FROM chosen
"""


@dataclass(frozen=True)
class Frames:
    """The frames of one run, each indexed by the submission's number, in the order of the names."""

    run: int
    homework: HomeworkDescription
    started: str
    submissions: pd.DataFrame
    scores: pd.DataFrame
    verdicts: pd.DataFrame

    @property
    def has_checks(self) -> bool:
        """False for results that tell points only."""
        return bool(self.verdicts.shape[1])

    def checks(self, question: str) -> list[CheckDescription]:
        """The checks of a question, in the order of their columns."""
        return next(q["checks"] for q in self.homework["questions"] if q["name"] == question)


def read_frames(
    results: Path, run: int | None = None, submissions: Iterable[int] | None = None
) -> Frames:
    """Read a run, by default the latest; of each submission name the row graded last.

    `submissions` names the rows to read instead. Raises UserError when the file holds no such run
    or submissions, or does not fit its own description.
    """
    chosen = _run(results, run)
    homework: HomeworkDescription = chosen.description  # type: ignore[assignment]
    names = [question["name"] for question in homework["questions"]]
    with closing(sqlite3.connect(results)) as database:
        database.execute(CHOSEN, (chosen.run,))
        if submissions is not None:
            _choose(database, results, chosen.run, sorted(set(submissions)))
        graded = pd.read_sql(SUBMISSIONS, database, index_col="submission")
        scores, unknown = score_table(database.execute(QUESTIONS), graded.index, names)
        checks = pd.read_sql(CHECKS, database, index_col="submission")
    if unknown:
        raise UserError(
            str(results), "only questions of the run's homework.json", ", ".join(unknown),
            "grade again with an autograder.zip of this version",
        )
    return Frames(
        run=chosen.run, homework=homework, started=chosen.started, submissions=graded,
        scores=pd.DataFrame(
            scores, index=graded.index, columns=pd.Index(names, name="question")),
        verdicts=_verdicts(results, homework, checks.reindex(graded.index)),
    )


def frames_of_points(results: Results, homework: str, submissions: Collection[int]) -> Frames:
    """Frames of results without a run: no checks, no times, and the questions' names as titles."""
    graded = results.submissions.loc[sorted(submissions)]
    points, possible = results.points.loc[graded.index], results.possible
    none = pd.MultiIndex.from_arrays([[], []], names=["question", "check"])
    questions = [_unknown_question(str(name), float(most)) for name, most in possible.items()]
    return Frames(
        run=0, started="", homework={
            "name": homework, "title": {"zh": homework, "en": homework}, "questions": questions},
        submissions=graded.assign(isolation="", score=points.sum(axis=1), possible=possible.sum()),
        scores=points.div(possible.where(possible > 0)).rename_axis(columns="question"),
        verdicts=pd.DataFrame(index=graded.index, columns=none, dtype=np.uint8),
    )


def _unknown_question(name: str, points: float) -> QuestionDescription:
    title = name.partition("_")[2].replace("_", " ")
    return {"name": name, "title": {"zh": title, "en": title}, "points": points, "checks": [],
            "mistakes": [], "notes": {"zh": "", "en": ""}, "proof": ""}


def _choose(
    database: sqlite3.Connection, results: Path, run: int, submissions: list[int]
) -> None:
    database.execute("DELETE FROM chosen")
    database.executemany(
        "INSERT INTO chosen SELECT submission FROM submissions WHERE submission = ? AND run = ?",
        [(int(number), run) for number in submissions],
    )
    (found,) = database.execute("SELECT count(*) FROM chosen").fetchone()
    if found != len(submissions):
        raise UserError(
            str(results), f"{len(submissions)} submissions of run {run}", f"{found} of them",
            "read the run that they were graded in",
        )


def _run(results: Path, number: int | None) -> Run:
    store = Store(results, create=False)
    runs = store.runs()
    store.close()
    for run in reversed(runs):
        if number in (None, run.run):
            return run
    raise UserError(
        str(results), "a graded run" if number is None else f"run {number}",
        f"runs {', '.join(str(r.run) for r in runs)}" if runs else "an empty file",
        "run `homework grade` first" if number is None else "name one of these runs",
    )


def _verdicts(
    results: Path, homework: HomeworkDescription, checks: pd.DataFrame
) -> pd.DataFrame:
    """Spell out the strings of letters; submissions of one layout at a time, usually all."""
    columns = pd.MultiIndex.from_tuples(
        [(q["name"], c["name"]) for q in homework["questions"] for c in q["checks"]],
        names=["question", "check"],
    )
    table = np.full((len(checks), len(columns)), NONE, dtype=np.uint8)
    layouts = checks["layout"].fillna("").to_numpy(dtype=object)
    for layout in sorted(set(layouts)):
        rows = np.flatnonzero(layouts == layout)
        places = _places(results, homework, layout)
        letters = "".join(checks["letters"].iloc[rows].fillna(""))
        table[np.ix_(rows, places)] = np.frombuffer(letters.encode("ascii"), np.uint8).reshape(
            len(rows), len(places)
        )
    return pd.DataFrame(table, index=checks.index, columns=columns)


def _places(
    results: Path, homework: HomeworkDescription, layout: str
) -> npt.NDArray[np.intp]:
    """The columns of a layout like `q01_mean 3 q02_slope 4`: questions and numbers of checks."""
    counts = {q["name"]: len(q["checks"]) for q in homework["questions"]}
    ends = dict(zip(counts, accumulate(counts.values()), strict=True))
    words = layout.split()
    places: list[int] = []
    for question, found in zip(words[::2], words[1::2], strict=True):
        expected = counts.get(question, 0)
        if int(found) != expected:
            raise UserError(
                str(results), f"{expected} checks of {question}", found,
                "grade again with an autograder.zip of this version",
            )
        places += range(ends[question] - expected, ends[question])
    return np.array(places, dtype=np.intp)
