"""results.sqlite: the file that keeps results, opened for reading and appending.

Everything after grading (CSV, JSON, the gradebook package) reads only this file. It is append-only:
a submission is written in one transaction, when it is finished, and never changed.

    runs         one row per homework build, set of limits and part of the class that was graded
    submissions  one row each time a file was graded; of one name in a run, the last row counts
    questions    one row per question of a submission
    checks       one row per check of a question
    diagnoses    one row per question that failed a check and whose answers were recorded; mistakes,
                 findings and the first call that differs as JSON
    written      one row per answer in words to a question that people grade
    cell_errors  one row per cell with an error that students may see
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from autograder.errors import UserError
from autograder.language import N_, _
from autograder.model import (
    CellError,
    CheckResult,
    CheckStatus,
    Diagnosis,
    QuestionResult,
    Run,
    SubmissionResult,
    SubmissionStatus,
)

RESULTS = "results.sqlite"
"""The name of the results file in the folder that `homework grade` writes."""
SCHEMA_VERSION = 5
WITHOUT_CELL_ERRORS = 4
"""The version before: it has all other tables as they are."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    run INTEGER PRIMARY KEY, homework TEXT NOT NULL, digest TEXT NOT NULL,
    settings TEXT NOT NULL, description TEXT NOT NULL, started TEXT NOT NULL,
    UNIQUE (digest, settings));
CREATE TABLE IF NOT EXISTS submissions (
    submission INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs,
    name TEXT NOT NULL, file TEXT NOT NULL, digest TEXT NOT NULL,
    submitted_at TEXT, language TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL,
    isolation TEXT NOT NULL, score REAL NOT NULL, possible REAL NOT NULL, seconds REAL NOT NULL);
CREATE INDEX IF NOT EXISTS submissions_of_run ON submissions (run, name);
CREATE TABLE IF NOT EXISTS questions (
    submission INTEGER NOT NULL REFERENCES submissions, position INTEGER NOT NULL,
    question TEXT NOT NULL, score REAL NOT NULL, possible REAL NOT NULL,
    answer TEXT NOT NULL DEFAULT '', at_end INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (submission, question));
CREATE TABLE IF NOT EXISTS written (
    submission INTEGER NOT NULL REFERENCES submissions, question TEXT NOT NULL,
    answer TEXT NOT NULL, PRIMARY KEY (submission, question));
CREATE TABLE IF NOT EXISTS cell_errors (
    submission INTEGER NOT NULL REFERENCES submissions, cell INTEGER NOT NULL,
    syntax INTEGER NOT NULL, line INTEGER NOT NULL, source TEXT NOT NULL, why TEXT NOT NULL,
    question TEXT NOT NULL, PRIMARY KEY (submission, cell));
CREATE TABLE IF NOT EXISTS checks (
    submission INTEGER NOT NULL REFERENCES submissions, question TEXT NOT NULL,
    position INTEGER NOT NULL, name TEXT NOT NULL, hidden INTEGER NOT NULL,
    points REAL NOT NULL, status TEXT NOT NULL, error TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (submission, question, position)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS diagnoses (
    submission INTEGER NOT NULL REFERENCES submissions, question TEXT NOT NULL,
    kind TEXT NOT NULL, mistakes TEXT NOT NULL, findings TEXT NOT NULL,
    fingerprint TEXT NOT NULL, call TEXT NOT NULL,
    PRIMARY KEY (submission, question));
"""
TABLES = {"runs", "submissions", "questions", "written", "checks"}
ELSEWHERE = N_(
    "to grade, move the file away or choose another --out; "
    "to read results, name a file that `homework grade` wrote"
)
REMEDIES = {
    "locked": N_("wait until whatever uses it has finished, or choose another --out"),
    "full": N_("free some space, then run the same command again: finished work is kept"),
    "I/O": N_("check the disk, then run the same command again: finished work is kept"),
    "readonly": N_("check its permissions, or choose another --out"),
    "unable to open": N_("check the permissions of its folder, or choose another --out"),
}
"""Remedies for errors of SQLite, by a word in the message."""


LOCK_SECONDS = 10.0
"""Seconds that another process may lock the file before that is an error."""
LAST = "SELECT max(submission) FROM submissions WHERE run = ? GROUP BY name"
"""The row that counts of every name in a run."""
FAILURES = f"'{SubmissionStatus.NOT_RUN}', '{SubmissionStatus.PARTLY_RUN}'"
"""Statuses that say that we failed, for the whole submission or for some checks."""
LATEST = f"""
WITH own AS (SELECT submission, name, submissions.digest, status FROM submissions
             JOIN runs USING (run) WHERE homework = ?),
    newest AS (SELECT name, digest, max(submission) FROM own GROUP BY name)
SELECT coalesce(max(CASE WHEN status NOT IN ({FAILURES}) THEN submission END),
                max(CASE WHEN status != '{SubmissionStatus.NOT_RUN}' THEN submission END),
                max(submission)) FROM own JOIN newest USING (name, digest) GROUP BY name
"""
"""The row that counts of every name in all runs of a homework: the latest verdict on the file as it
was graded last. A failure of the grader does not replace a verdict. (SQLite takes a column that is
not aggregated from the row with the maximum.)"""
STATUSES = {status.value: status for status in CheckStatus}
"""Looked up for every check that is read, which is quicker than to call the class."""


@dataclass(frozen=True)
class SubmissionSummary:
    """The state of a submission. It is `incomplete` when it has no score, and scored `at_end` when
    a question counts as it stands at the end of the notebook.
    """

    name: str
    file: str
    status: SubmissionStatus
    score: float
    reason: str
    incomplete: bool = False
    at_end: bool = False


class Store:
    """The SQLite file of results, opened for reading and appending; a context manager."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self.path = path
        if not create and not path.is_file():
            raise UserError(
                str(path), _("the results.sqlite of `homework grade`"), _("no such file"),
                _("grade first, or name the file"),
            )
        where = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
        try:
            self._db = sqlite3.connect(where, LOCK_SECONDS, isolation_level=None, uri=True)
            with closing_on_error(self._db):
                self._prepare()
        except sqlite3.Error as error:
            raise self._broken(error) from None

    def _prepare(self) -> None:
        """Make the tables of a new file, and those that version 4 lacks; refuse any other file."""
        tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master")}
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if (not tables and version == 0) or (tables >= TABLES and version == WITHOUT_CELL_ERRORS):
            self._db.executescript(
                f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT"
            )
        elif not tables >= TABLES:
            raise UserError(
                str(self.path), _("the results of `homework grade`"),
                _("an SQLite file of another kind"), _(ELSEWHERE),
            )
        elif version != SCHEMA_VERSION:
            raise UserError(
                str(self.path),
                _("results of schema {version}").format(version=SCHEMA_VERSION),
                _("schema {version}").format(version=version),
                _("use the version of homework that wrote them, or another --out"),
            )

    def open_run(
        self, homework: str, digest: str, settings: dict[str, Any],
        description: dict[str, Any], started: str,
    ) -> int:
        """The number of the run with this build and these settings; a new run is added."""
        key = json.dumps(settings, sort_keys=True)
        with self._transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO runs (homework, digest, settings, description, started)"
                " VALUES (?, ?, ?, ?, ?)",
                (homework, digest, key, json.dumps(description, ensure_ascii=False), started),
            )
            row = self._db.execute(
                "SELECT run FROM runs WHERE digest = ? AND settings = ?", (digest, key)
            ).fetchone()
        return int(row[0])

    def runs(self) -> list[Run]:
        """Every run in the file, oldest first."""
        rows = self._read(
            "SELECT run, homework, digest, settings, description, started FROM runs ORDER BY run"
        )
        return [Run(r[0], r[1], r[2], json.loads(r[3]), json.loads(r[4]), r[5]) for r in rows]

    def finished(self, run: int) -> set[tuple[str, str]]:
        """Name and digest of every submission as `run` has graded it last, without failures of
        the grader: those are tried again."""
        return set(self._read(
            f"SELECT name, digest FROM submissions WHERE submission IN ({LAST})"
            f" AND status NOT IN ({FAILURES})", run,
        ))

    def latest(self, homework: str) -> list[int]:
        """The rows that count of `homework`: the latest verdict on each submission, in whichever
        run it was graded."""
        return sorted(number for (number,) in self._read(LATEST, homework))

    def latest_files(self, homework: str) -> list[tuple[int, str, str]]:
        """Run, name and file of the rows that count, in the order of their names."""
        return self._read(f"SELECT run, name, file FROM submissions WHERE submission IN ({LATEST})"
                          " ORDER BY name", homework)

    def latest_run(self, homework: str) -> Run | None:
        """The run that describes `homework`: of the latest verdict, else the last one begun."""
        ((_, newest),) = self._read("SELECT max(submission), run FROM submissions"
                                    " JOIN runs USING (run) WHERE homework = ?", homework)
        runs = [run for run in self.runs() if run.homework == homework]
        return next((run for run in runs if run.run == newest), runs[-1] if runs else None)

    def add(self, run: int, *results: SubmissionResult) -> None:
        """Append finished submissions, all of them or none; half a surrogate pair becomes "?".

        A student's file in JSON can contain half of a surrogate pair, which SQLite does not take.
        """
        try:
            self._add(run, results)
        except UnicodeEncodeError:
            self._add(run, results, _encodable)

    def _add(
        self, run: int, results: Sequence[SubmissionResult], stored: Callable[[Any], Any] = list
    ) -> None:
        with self._transaction():
            for result in results:
                self._add_submission(run, result, stored)

    def _add_submission(
        self, run: int, result: SubmissionResult, stored: Callable[[Any], Any]
    ) -> None:
        """Insert the rows of a submission, with the values that the function `stored` returns."""
        def insert(table: str, rows: Sequence[tuple[Any, ...]]) -> int:
            """Insert rows, many in a statement, which is faster; return the number of the last."""
            last, columns = 0, len(rows[0]) if rows else 1
            most = self._db.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER) // columns
            for start in range(0, len(rows), most):
                some = rows[start : start + most]
                places = ", ".join([f"({', '.join('?' * len(some[0]))})"] * len(some))
                last = self._db.execute(
                    f"INSERT INTO {table} VALUES {places}", stored(chain.from_iterable(some))
                ).lastrowid or 0
            return last

        submission = insert(
            "submissions (run, name, file, digest, submitted_at, language, status, reason,"
            " isolation, score, possible, seconds)",
            [(run, result.name, result.file, result.digest, result.submitted_at,
              result.language, result.status.value, result.reason, result.isolation,
              result.score, result.possible, result.seconds)],
        )
        questions = result.questions
        insert("questions", [
            (submission, position, q.name, q.score, q.possible, q.answer, q.at_end)
            for position, q in enumerate(questions)
        ])
        insert("checks", [
            (submission, q.name, index, c.name, c.hidden, c.points, c.status._value_, c.error,
             c.reason) for q in questions for index, c in enumerate(q.checks)
        ])
        insert("diagnoses (submission, question, kind, fingerprint, mistakes, findings, call)", [
            (submission, q.name, *_written(q.diagnosis)) for q in questions if q.diagnosis
        ])
        insert("written", [(submission, *answer) for answer in result.written.items()])
        insert("cell_errors", [(submission, *astuple(error)) for error in result.cell_errors])

    def results(self, run: int) -> Iterator[SubmissionResult]:
        """The submissions of `run` in the order of their names; of one name, the last graded."""
        return self._submissions(LAST, run)

    def summaries(self, run: int) -> Iterator[SubmissionSummary]:
        """The same submissions without their questions and checks, which take long to read."""
        for name, file, word, score, reason, not_run, at_end in self._read(
            "SELECT name, file, status, score, reason,"
            " EXISTS (SELECT 1 FROM checks WHERE checks.submission = submissions.submission"
            f" AND checks.status = '{CheckStatus.NOT_RUN}'),"
            " EXISTS (SELECT 1 FROM questions WHERE questions.submission = submissions.submission"
            f" AND at_end) FROM submissions WHERE submission IN ({LAST}) ORDER BY name", run,
        ):
            status = SubmissionStatus(word)
            no_score = not_run or status is SubmissionStatus.NOT_RUN or status.nothing_to_grade
            yield SubmissionSummary(
                name, file, status, score, reason, bool(no_score), bool(at_end))

    def latest_results(self, homework: str) -> Iterator[SubmissionResult]:
        """The latest verdicts on the submissions of `homework`, in the order of their names."""
        return self._submissions(LATEST, homework)

    def _submissions(self, chosen: str, value: Any) -> Iterator[SubmissionResult]:
        """The submissions whose numbers the query `chosen` gives."""
        for row in self._read(
            "SELECT submission, name, file, digest, submitted_at, language, status, reason,"
            f" isolation, seconds FROM submissions WHERE submission IN ({chosen}) ORDER BY name",
            value,
        ):
            yield SubmissionResult(
                name=row[1], file=row[2], digest=row[3], submitted_at=row[4], language=row[5],
                status=SubmissionStatus(row[6]), reason=row[7], isolation=row[8], seconds=row[9],
                questions=self._questions(row[0]),
                written=dict(self._read(
                    "SELECT question, answer FROM written WHERE submission = ?", row[0]
                )),
                cell_errors=[CellError(number, bool(syntax), *rest) for number, syntax, *rest in
                             self._read("SELECT cell, syntax, line, source, why, question"
                                        " FROM cell_errors WHERE submission = ? ORDER BY cell",
                                        row[0])],
            )

    def _questions(self, submission: int) -> list[QuestionResult]:
        checks: dict[str, list[CheckResult]] = {}
        for row in self._read(
            "SELECT question, name, hidden, points, status, error, reason FROM checks"
            " WHERE submission = ? ORDER BY question, position", submission
        ):
            checks.setdefault(row[0], []).append(
                CheckResult(row[1], bool(row[2]), row[3], STATUSES[row[4]], row[5], row[6])
            )
        diagnoses = {
            row[0]: Diagnosis.read({
                "kind": row[1], "fingerprint": row[2], "mistakes": json.loads(row[3]),
                "findings": json.loads(row[4]), "call": json.loads(row[5]),
            }) for row in self._read(
                "SELECT question, kind, fingerprint, mistakes, findings, call FROM diagnoses"
                " WHERE submission = ?", submission)
        }
        return [
            QuestionResult(name, score, possible, checks.get(name, []), answer,
                           diagnoses.get(name), bool(at_end))
            for name, score, possible, answer, at_end in self._read(
                "SELECT question, score, possible, answer, at_end FROM questions"
                " WHERE submission = ?"
                " ORDER BY position", submission
            )
        ]

    def _read(self, query: str, *values: Any) -> list[Any]:
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise self._broken(error) from None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise self._broken(error) from None
            raise

    def _broken(self, error: sqlite3.Error) -> UserError:
        remedy = _(next((r for word, r in REMEDIES.items() if word in str(error)), ELSEWHERE))
        return UserError(str(self.path), _("a results file that can be used"), str(error), remedy)

    def close(self) -> None:
        self._db.close()


@contextmanager
def closing_on_error(database: sqlite3.Connection) -> Iterator[None]:
    """Close the database if the block raises."""
    try:
        yield
    except BaseException:
        database.close()
        raise


def _encodable(values: Iterable[Any]) -> list[Any]:
    """The values with "?" for what UTF-8 cannot encode."""
    return [v.encode("utf-8", "replace").decode() if isinstance(v, str) else v for v in values]


def _written(diagnosis: Diagnosis) -> tuple[str, ...]:
    """A diagnosis as the last columns of its row."""
    found = asdict(diagnosis)
    return (found["kind"], found["fingerprint"], *(
        json.dumps(found[name], ensure_ascii=False) for name in ("mistakes", "findings", "call")))
