"""One run of a results file as three frames that statistics can be computed on.

Everything is read in bulk, one row a submission: a class of 50,000 is ten million checks.

    submissions  status, language, isolation, score, possible, submitted_at
    scores       a column a question: points earned / points possible, between 0 and 1
    verdicts     a column a (question, check): how it ended, one of the codes below

Where a submission has no result, `scores` holds NaN and `verdicts` NONE.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from autograder.description import CheckDescription, HomeworkDescription, QuestionDescription
from autograder.errors import UserError
from autograder.results import Run, Store
from gradebook.intake.results_files import Results
from gradebook.intake.scores import score_table

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
