"""Reads the results of `homework grade`: for the grades, and as frames for statistics.

The latest verdict on each submission counts, of whichever run. So after one notebook has been
graded again, the verdicts on all others still count. A failure of the grader is not a verdict: the
last verdict on the same file stays. This module knows submissions and no students. Frames are

    submissions  status, language, isolation, score, possible, submitted_at
    scores       a column for each question: points earned / points possible, between 0 and 1
    verdicts     a column for each (question, check): how it ended, one of the codes below
    diagnoses    the diagnoses of recorded answers: a row for each submission and question that
                 failed a check; the index is (submission, question)

Where a submission has no result, `scores` holds NaN and `verdicts` NONE. Columns of `diagnoses`:

    kind       named, several, group, unknown, unwritten or raises
    mistakes   names of the bank
    findings   plain facts about functions: dicts of function, kind, error
    group      the label of the group, "" without one
    call       the first call that differs: a dict of check, asked, expected, given, or None
    answer     what the student wrote

Submissions whose wrong answers agree with each other and with no mistake of the bank are a group.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Collection, Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from autograder.errors import UserError, UserErrors, did_you_mean
from autograder.file_names import natural_order
from autograder.language import N_, _
from autograder.model import (
    CellError,
    CheckDescription,
    HomeworkDescription,
    QuestionDescription,
    Run,
    SubmissionStatus,
)
from autograder.store import RESULTS, Store
from gradebook.tables import Problem

POINTS_EPS = 1e-6
"""Points closer than this are equal: sums of fractions such as 0.1 are not exact."""
PASSED, FAILED, ERROR, TIMEOUT, NOT_RUN = b"pfetn"
"""The verdicts, one byte each: the first letters of the words of CheckStatus."""
NONE = 0
"""The code where a submission has no result for a check."""
REBUILT = N_("grade it again: it was graded by an older autograder.zip with other questions")

SUBMISSIONS = """
SELECT submission, run, name, file, submissions.digest, submitted_at, language, status, reason,
    isolation, score, possible, runs.digest AS build
FROM submissions JOIN chosen USING (submission) JOIN runs USING (run) ORDER BY submission
"""
OF_CHOSEN = """
SELECT {columns} FROM {table} JOIN chosen USING (submission) ORDER BY submission
"""

DIAGNOSES = ["kind", "mistakes", "findings", "group", "call", "answer"]
GROUP, UNKNOWN = "group", "unknown"
LABEL = 6
"""The label of a group is this many digits of its fingerprint."""

DIAGNOSES_QUERY = """
SELECT submission, question, kind, mistakes, findings, fingerprint, call, answer
FROM diagnoses JOIN questions USING (submission, question)
ORDER BY submission, position
"""
ANSWERS = "SELECT submission, question, answer FROM questions"
CODE_AND_FINGERPRINTS = """
SELECT submission, question, answer, fingerprint
FROM questions LEFT JOIN diagnoses USING (submission, question) ORDER BY submission, position
"""
NOT_PASSED = """
SELECT submission, question, position, status, reason FROM checks WHERE status != 'passed'
"""
UNDEFINED = """
SELECT submission, question, checks.position, answer
FROM checks JOIN questions USING (submission, question) WHERE error = 'NameError'
"""
WRITTEN = "SELECT submission, question, answer FROM written ORDER BY submission"
AT_END = "SELECT submission, question FROM questions WHERE at_end"
CELL_ERRORS = """
SELECT submission, cell, syntax, line, source, why, question FROM cell_errors
ORDER BY submission, cell
"""
ERRORS = "SELECT submission, question, name, error FROM checks WHERE error != ''"


@dataclass
class Results:
    """The submissions of one homework as they were graded last.

    run          the run of the latest verdict, which describes the homework; None for the file of
                 `otter grade`, which has points only
    possible     the points of each question, in notebook order
    submissions  a row for each submission, by its number in the file: name, file, digest, language,
                 status, reason, isolation, submitted_at (UTC, NaT where unknown), `older` (graded
                 by an older build), `unlike` (by one with other questions or points)
    points       a column for each question, NaN where a submission has no such question
    not_run      the same shape, True where there is no verdict
    """

    path: Path
    homework: str
    run: Run | None
    possible: pd.Series[float]
    submissions: pd.DataFrame
    points: pd.DataFrame
    not_run: pd.DataFrame
    problems: list[Problem] = field(default_factory=list)


def results_file(path: Path) -> Path:
    """The file that `results = "..."` names: itself, or results.sqlite in the folder of a run."""
    inside = path / RESULTS
    if path.is_file() or inside.is_file():
        return path if path.is_file() else inside
    raise UserError(
        str(path), _("the results.sqlite of `homework grade`, or the folder it wrote"),
        _("neither a file {path} nor {inside}").format(path=path, inside=inside),
        _("grade first, or correct `results`"),
    )


def read_results(path: Path, homework: str) -> Results:
    """The latest verdicts on the submissions of `homework` in the results file `path`.

    Raises UserError when the file is missing, holds another homework, or scores out of range.
    """
    run, numbers = _latest(path, homework)
    try:
        with closing(sqlite3.connect(path)) as database:
            _choose(database, numbers)
            submissions = pd.read_sql(SUBMISSIONS, database, index_col="submission")
            questions = pd.read_sql(OF_CHOSEN.format(
                columns="submission, question, score, questions.possible", table="questions"),
                database)
            failed = database.execute(OF_CHOSEN.format(
                columns="DISTINCT submission, question", table="checks").replace(
                    "ORDER", "WHERE status = 'not_run' ORDER")).fetchall()
        questions = questions.astype({"score": float, "possible": float})
    except (sqlite3.Error, pd.errors.DatabaseError, TypeError, ValueError) as error:
        raise UserError(
            str(path), _("the results.sqlite of `homework grade`"), str(error),
            _("grade again into a new --out"),
        ) from None
    submissions = _with_builds(submissions, run)
    possible = _possible(run, questions, submissions)
    submissions["unlike"] = submissions["older"] & ~_alike(questions, possible, submissions.index)
    points = questions.pivot(index="submission", columns="question", values="score")
    points = points.reindex(index=submissions.index, columns=possible.index).astype(float)
    _check_range(path, points[~submissions["unlike"]], possible, submissions)
    not_run = _not_run(submissions, points, failed)
    return Results(path, homework, run, possible, submissions, points.clip(0, possible, axis=1),
                   not_run, _of_older_builds(path, submissions))


def _latest(path: Path, homework: str) -> tuple[Run, list[int]]:
    """The run that describes the homework, and the submissions that count."""
    with closing(Store(path, create=False)) as store:
        run = store.latest_run(homework)
        if run is not None:
            return run, store.latest(homework)
        others = sorted({run.homework for run in store.runs()})
    raise UserError(
        str(path), _("results of homework {homework}").format(homework=homework),
        _("results of {others}").format(others=", ".join(others)) if others else _("no results"),
        did_you_mean(homework, others, _("name the results of {homework}").format(
            homework=homework)) if others else _("grade the submissions first"),
    )


def _with_builds(submissions: pd.DataFrame, run: Run) -> pd.DataFrame:
    times = pd.to_datetime(submissions["submitted_at"], utc=True, format="ISO8601", errors="coerce")
    return submissions.assign(submitted_at=times.astype("datetime64[us, UTC]"),
                              older=submissions["build"] != run.digest)


def _possible(
    run: Run, questions: pd.DataFrame, submissions: pd.DataFrame
) -> pd.Series[float]:
    """Points possible of the questions in the description, in its order; then others by number."""
    described: list[Any] = run.description.get("questions", [])
    possible = {str(q["name"]): float(q["points"]) for q in described}
    present = questions[questions["submission"].isin(submissions.index[~submissions["older"]])]
    found = present.groupby("question")["possible"].max()
    for name in sorted(map(str, found.index), key=natural_order):
        possible[name] = max(possible.get(name, 0.0), float(found[name]))
    return pd.Series(possible, dtype=float)


def earlier_scores(results: Results, submission: int) -> list[float]:
    """All scores of the file of this submission, in the order of grading."""
    row = results.submissions.loc[submission]
    with closing(sqlite3.connect(results.path)) as database:
        return [float(score) for (score,) in database.execute(
            "SELECT score FROM submissions JOIN runs USING (run) WHERE homework = ? AND name = ?"
            " AND submissions.digest = ? AND status != ? ORDER BY submission",
            (results.homework, row["name"], row["digest"], SubmissionStatus.NOT_RUN.value))]


def _alike(
    questions: pd.DataFrame, possible: pd.Series[float], submissions: pd.Index[int]
) -> pd.Series[bool]:
    """True for submissions whose questions have the points of the present build."""
    known = questions["question"].map(possible)
    fits = (questions["possible"] - known).abs().le(POINTS_EPS)
    fine = fits.groupby(questions["submission"]).agg(["all", "size"]).reindex(submissions)
    return fine["all"].eq(True) & fine["size"].eq(len(possible)) | fine["size"].isna()


def _check_range(
    path: Path, points: pd.DataFrame, possible: pd.Series[float], submissions: pd.DataFrame
) -> None:
    values = points.to_numpy()
    wrong = (values > possible.to_numpy() + POINTS_EPS) | (values < -POINTS_EPS)
    if wrong.any():
        raise UserErrors([UserError(
            f"{path}, submission {submissions['file'][points.index[row]]}",
            _("0 to {most:g} points for {question}").format(
                most=possible.iloc[column], question=points.columns[column]),
            f"{values[row, column]:g}", _("the file was changed after grading; grade again"),
        ) for row, column in list(zip(*wrong.nonzero(), strict=True))[:8]])


def _not_run(
    submissions: pd.DataFrame, points: pd.DataFrame, failed: list[tuple[int, str]]
) -> pd.DataFrame:
    """True for questions with a check that was not run, and for all of a submission not graded."""
    whole = submissions["status"].eq(SubmissionStatus.NOT_RUN.value) | submissions["unlike"]
    flags = np.repeat(whole.to_numpy(dtype=bool)[:, None], points.shape[1], axis=1)
    for submission, question in failed:
        if question in points.columns:
            flags[points.index.get_loc(submission), points.columns.get_loc(question)] = True
    return pd.DataFrame(flags, index=points.index, columns=points.columns)


def _of_older_builds(path: Path, submissions: pd.DataFrame) -> list[Problem]:
    """Problems: submissions that were graded by an older build of the homework."""
    older = submissions[submissions["older"] & ~submissions["unlike"]]
    problems = [Problem(
        str(path), 0, _("graded by an older build"), _("a verdict of the latest build"),
        _("{file}, which counts as it is").format(file=file),
        _("grade it again if the checks changed"),
    ) for file in older["file"]]
    return problems + [
        Problem(
            str(path), 0, _("graded by an older build with other questions"),
            _("the questions and points of the latest build"),
            _("{file}, which has no score").format(file=file), _(REBUILT),
        ) for file in submissions["file"][submissions["unlike"]]]


def no_diagnoses() -> pd.DataFrame:
    """The empty frame, for results without recorded answers."""
    index = pd.MultiIndex.from_arrays([[], []], names=["submission", "question"])
    return pd.DataFrame(index=index, columns=DIAGNOSES, dtype=object)


def read_diagnoses(results: Path, submissions: Iterable[int]) -> pd.DataFrame:
    """The diagnoses of these submissions of a results file."""
    with closing(sqlite3.connect(results)) as database:
        found = pd.read_sql(DIAGNOSES_QUERY, database)
    found = found[found["submission"].isin(list(submissions))]
    if found.empty:
        return no_diagnoses()
    for name in ("mistakes", "findings", "call"):
        found[name] = found[name].map(json.loads)
    alone = ~found.duplicated(["question", "fingerprint"], keep=False)
    nameless = found["kind"].eq(UNKNOWN) & found["fingerprint"].ne("")
    known = found["kind"].where(nameless, "")
    alike = found.assign(known=known).groupby(["question", "fingerprint"])["known"].transform(
        lambda kinds: int((kinds == UNKNOWN).sum()))
    grouped = nameless & ~alone & (alike.astype(int) > 1)
    found["group"] = found["fingerprint"].str[:LABEL].where(grouped, "")
    found["kind"] = found["kind"].where(~grouped, GROUP)
    return found.set_index(["submission", "question"])[DIAGNOSES]


@dataclass(frozen=True)
class Frames:
    """The frames of a homework, each indexed by the submission's number, in the order of names."""

    homework: HomeworkDescription
    started: str
    submissions: pd.DataFrame
    scores: pd.DataFrame
    verdicts: pd.DataFrame
    diagnoses: pd.DataFrame = field(default_factory=no_diagnoses)

    @property
    def has_checks(self) -> bool:
        """False for results that have points only."""
        return bool(self.verdicts.shape[1])

    def without(self, questions: Collection[str]) -> Frames:
        """The frames without questions that are dropped for everybody."""
        kept = [q for q in self.homework["questions"] if q["name"] not in questions]
        homework: HomeworkDescription = {**self.homework, "questions": kept}
        names = [q["name"] for q in kept]
        verdicts = self.verdicts.loc[:, self.verdicts.columns.get_level_values(0).isin(names)]
        return replace(self, homework=homework, scores=self.scores[names], verdicts=verdicts)

    def checks(self, question: str) -> list[CheckDescription]:
        """The checks of a question, in the order of their columns."""
        return next(q["checks"] for q in self.homework["questions"] if q["name"] == question)


def read_frames(results: Results, submissions: Collection[int] | None = None) -> Frames:
    """The frames of `submissions`, by default of all; raises UserError when the file does not fit
    its own description."""
    graded = results.submissions
    if submissions is not None:
        graded = graded.loc[sorted(submissions)]
    graded = graded.sort_values("name", kind="stable")
    if results.run is None:
        return _frames_of_points(results, graded)
    homework: HomeworkDescription = results.run.description  # type: ignore[assignment]
    names = [question["name"] for question in homework["questions"]]
    if unknown := sorted(set(results.possible.index) - set(names)):
        raise UserError(
            str(results.path), _("only questions of the run's homework.json"), ", ".join(unknown),
            _("grade again with an autograder.zip of this version"),
        )
    shares = results.points.loc[graded.index, names] / results.possible.replace(0, np.nan)
    return Frames(
        homework, results.run.started, graded,
        shares.mask(graded["unlike"]).rename_axis(columns="question"),
        _verdicts(results, homework, graded),
        read_diagnoses(results.path, graded.index[~graded["unlike"]]))


def _frames_of_points(results: Results, graded: pd.DataFrame) -> Frames:
    """Frames of results without a run: no checks, no times, and the questions' names as titles."""
    points, possible = results.points.loc[graded.index], results.possible
    none = pd.MultiIndex.from_arrays([[], []], names=["question", "check"])
    questions = [_unknown_question(str(name), float(most)) for name, most in possible.items()]
    return Frames(
        started="", homework={
            "name": results.homework, "questions": questions,
            "title": {"zh": results.homework, "en": results.homework}},
        submissions=graded.assign(isolation="", score=points.sum(axis=1), possible=possible.sum()),
        scores=points.div(possible.where(possible > 0)).rename_axis(columns="question"),
        verdicts=pd.DataFrame(index=graded.index, columns=none, dtype=np.uint8),
    )


def _unknown_question(name: str, points: float) -> QuestionDescription:
    title = name.partition("_")[2].replace("_", " ")
    return {"name": name, "title": {"zh": title, "en": title}, "points": points, "checks": [],
            "mistakes": [], "notes": {"zh": "", "en": ""}, "proof": ""}


def _choose(database: sqlite3.Connection, submissions: Iterable[int]) -> None:
    """Make the table `chosen`, to which the queries are restricted."""
    database.execute("CREATE TEMP TABLE chosen (submission INTEGER PRIMARY KEY)")
    database.executemany("INSERT INTO chosen VALUES (?)", [(int(n),) for n in submissions])


def _verdicts(
    results: Results, homework: HomeworkDescription, graded: pd.DataFrame
) -> pd.DataFrame:
    """The verdicts of the checks; of submissions with other questions there are none."""
    columns = pd.MultiIndex.from_tuples(
        [(q["name"], c["name"]) for q in homework["questions"] for c in q["checks"]],
        names=["question", "check"])
    places = {(q["name"], n): place for place, (q, n) in enumerate(
        (q, n) for q in homework["questions"] for n in range(len(q["checks"])))}
    table = np.full((len(graded), len(columns)), NONE, dtype=np.uint8)
    with closing(sqlite3.connect(results.path)) as database:
        _choose(database, graded.index[~graded["unlike"]].tolist())
        rows = database.execute(OF_CHOSEN.format(
            columns="submission, question, position, status", table="checks"))
        lines = {int(number): line for line, number in enumerate(graded.index)}
        for submission, question, position, status in rows:
            place = places.get((question, position))
            if place is None:
                raise _unfit(results, homework, question, _("more of them"))
            table[lines[submission], place] = ord(status[0])
    for question in homework["questions"]:
        mine = [places[question["name"], n] for n in range(len(question["checks"]))]
        found = (table[:, mine] != NONE).sum(axis=1)
        if some := found[(found > 0) & (found < len(mine))].tolist():
            raise _unfit(results, homework, question["name"], str(some[0]))
    return pd.DataFrame(table, index=graded.index, columns=columns)


def _unfit(
    results: Results, homework: HomeworkDescription, question: str, found: str
) -> UserError:
    counts = {q["name"]: len(q["checks"]) for q in homework["questions"]}
    return UserError(
        str(results.path),
        _("{counts} checks of {question}").format(
            counts=counts.get(question, 0), question=question),
        found, _("grade again with an autograder.zip of this version"),
    )


def read_code(results: Path, frames: Frames) -> list[tuple[int, str, str]]:
    """Rows of the submissions in `frames`: submission, question, code."""
    return _rows(results, ANSWERS, frames)


def code_and_fingerprints(results: Path) -> list[tuple[int, str, str, str | None]]:
    """Rows of all submissions: submission, question, code, fingerprint of the wrong answers."""
    return _rows(results, CODE_AND_FINGERPRINTS)


def checks_not_passed(results: Path, frames: Frames) -> list[tuple[int, str, int, str, str]]:
    """Rows of the submissions in `frames`: submission, question, check number, status, reason."""
    return _rows(results, NOT_PASSED, frames)


def written_but_gone(results: Path, frames: Frames) -> set[tuple[int, str]]:
    """Submission and question where a check misses functions all of which the code defines: their
    cell has raised an error, or they were deleted.
    """
    checks = {q["name"]: q["checks"] for q in frames.homework["questions"]}
    found = set()
    for number, question, position, code in _rows(results, UNDEFINED, frames):
        functions = checks[question][position].get("functions", []) if question in checks else []
        if functions and all(defines(code, name) for name in functions):
            found.add((number, question))
    return found


def defines(code: str, function: str) -> bool:
    """Whether a line of the code begins the definition of the function."""
    return bool(re.search(rf"^[ \t]*(async +)?def +{re.escape(function)} *\(", code, re.M))


def written_answers(results: Path) -> list[tuple[int, str, str]]:
    """Rows of all submissions: submission, written question, text."""
    return _rows(results, WRITTEN)


def graded_at_end(results: Path) -> dict[int, list[str]]:
    """The questions by submission whose score is that at the end of the notebook."""
    found: dict[int, list[str]] = {}
    for submission, question in _rows(results, AT_END):
        found.setdefault(submission, []).append(question)
    return found


def error_classes(results: Path, frames: Frames) -> dict[int, dict[tuple[str, str], str]]:
    """The class of the error of each (question, check), by submission."""
    found: dict[int, dict[tuple[str, str], str]] = {}
    for submission, question, check, error in _rows(results, ERRORS, frames):
        found.setdefault(submission, {})[question, check] = error
    return found


def read_cell_errors(results: Path, frames: Frames) -> dict[int, list[CellError]]:
    """The errors of cells that students may see, by submission."""
    found: dict[int, list[CellError]] = {}
    for submission, cell, syntax, *rest in _rows(results, CELL_ERRORS, frames):
        found.setdefault(submission, []).append(CellError(cell, bool(syntax), *rest))
    return found


def _rows(results: Path, query: str, frames: Frames | None = None) -> list[Any]:
    """The rows of a query; of those in `frames` only, if they are given (first column)."""
    with closing(sqlite3.connect(results)) as database:
        rows = database.execute(query).fetchall()
    if frames is None:
        return rows
    wanted = set(frames.submissions.index.tolist())
    return [row for row in rows if row[0] in wanted]
