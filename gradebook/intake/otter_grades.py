"""The `final_grades.csv` of `otter grade`: the points of each question, and nothing else.

    file,q1,q10,q2,total_points_earned,percent_correct,grading_status
    points-per-question,5.0,5.0,5.0,15.0,1.0,--
    2023001.ipynb,5.0,2.5,5.0,12.5,0.8333,Completed

Otter keeps only the questions that every submission has: one forged submission removes a question
for all. The totals still include the question, so the loss is noticed and the whole file is
refused. A single row that cannot be right counts as not graded, not as zero: for a submission that
it could not finish, Otter writes zeros, with the error as the status. A student's code can choose
the status and every cell, so messages repeat only the file name. The file does not have the name of
the homework, times of submission or results of single checks.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from autograder.errors import UserError
from autograder.file_names import natural_order
from autograder.language import N_, _
from autograder.model import NOTHING_TO_GRADE, SubmissionStatus, safe_text
from autograder.store import RESULTS
from gradebook.intake.results import POINTS_EPS, Results
from gradebook.tables import Problem, as_row, csv_rows, decoded, each, read_bytes, tidy

SHARE_EPS = 6e-5
"""Shares closer than this are equal: percent_correct has four digits."""
NOT_FINISHED = (SubmissionStatus.NOT_RUN.value, SubmissionStatus.PARTLY_RUN.value)
FINISHED = [status.value for status in SubmissionStatus if status.value not in NOT_FINISHED]
"""`Completed`, and the statuses in the final_grades.csv of `homework grade` with a score."""
GRADE_HERE = N_(
    "grade it with `homework grade`, and give its points in the file that `manual` names")


@dataclass
class Rows:
    """The rows of the submissions; the index is the row as Excel numbers it.

    `points` has a column for each question. Like `total` and `share` it is NaN where there is no
    number. `status` may be any text, also one that a student chose.
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
    def empty(self) -> pd.Series[bool]:
        """True for a file with nothing to grade: it has no points, and a status that says so."""
        return self.status.isin(NOTHING_TO_GRADE) & self.points.isna().all(axis=1)

    @cached_property
    def in_range(self) -> pd.DataFrame:
        """True for points from 0 to the maximum."""
        return self.points.ge(-POINTS_EPS) & self.points.le(self.possible + POINTS_EPS)


def inconsistent(rows: Rows) -> pd.Series[bool]:
    """True for a row whose points are out of range or do not make up its total and its share."""
    off = (rows.total - rows.points.sum(axis=1)).abs()
    share = rows.total / (float(rows.possible.sum()) or 1.0)
    fits = off.le(POINTS_EPS) & (rows.share - share).abs().le(SHARE_EPS)
    return ~(fits & rows.in_range.all(axis=1))


def rows_not_graded(path: Path, rows: Rows) -> list[Problem]:
    """The problem of each row that counts as not graded, in the order of the file."""
    doubled = rows.file.duplicated(keep=False)
    not_graded = doubled | (~rows.finished | inconsistent(rows)) & ~rows.empty
    return [_row_not_graded(path, rows, as_row(label), doubled=bool(doubled[label]))
            for label in not_graded.index[not_graded]]


def _row_not_graded(path: Path, rows: Rows, row: int, *, doubled: bool) -> Problem:
    file = rows.file[row]
    if doubled:
        others = ", ".join(str(n) for n in rows.file.index[rows.file == file].tolist()[:8])
        return Problem(
            str(path), row, _("file in several rows"), _("one row for a file"),
            _("{file} in rows {others}").format(file=file, others=others),
            _("rename the submissions, and grade them again"),
        )
    if not rows.finished[row]:
        word = rows.status[row] if rows.status[row] in NOT_FINISHED else _("another status")
        return Problem(
            str(path), row, _("not finished by `otter grade`"),
            _("{value} as its status").format(value=SubmissionStatus.COMPLETED.value),
            f"{file}: {word}", _(GRADE_HERE),
        )
    points = rows.points.loc[[row]].iloc[0]
    wrong = [str(question) for question, fits in rows.in_range.loc[[row]].iloc[0].items()
             if not fits]
    if wrong:
        return Problem(
            str(path), row, _("points that cannot be"),
            _("0 to {most:g} points for {question}").format(
                most=rows.possible[wrong[0]], question=wrong[0]),
            f"{file}: {_number(points[wrong[0]])}", _(GRADE_HERE),
        )
    return Problem(
        str(path), row, _("points that do not add up"),
        _("a total of {points:g} of {possible:g} points").format(
            points=points.sum(), possible=rows.possible.sum()),
        _("{file}: {total}, a share of {share}").format(
            file=file, total=_number(rows.total[row]), share=_number(rows.share[row])),
        _(GRADE_HERE),
    )


def _number(value: float) -> str:
    return _("no number") if value != value else f"{value:g}"


def zeros_to_check(path: Path, rows: Rows, graded: pd.Series[bool]) -> list[Problem]:
    """Problems: zeros that count, but may stand for a notebook that Otter could not finish.

    Code that ends its own process or deletes the checks can leave such a row, marked Completed.
    """
    nothing = graded & rows.total.eq(0) & rows.status.eq(SubmissionStatus.COMPLETED.value)
    return [Problem(
        str(path), as_row(row), _("nothing earned in `otter grade`"),
        _("points, unless nothing was answered"),
        _("{file}: 0, counted as it is").format(file=file),
        _("Otter gives 0 to notebooks that break it, too: {remedy}").format(remedy=_(GRADE_HERE)),
    ) for row, file in rows.file[nothing].items()]


FILE, TOTAL, SHARE, STATUS = "file", "total_points_earned", "percent_correct", "grading_status"
POSSIBLE = "points-per-question"
EXPECTED = N_("the final_grades.csv of `otter grade`")
SQLITE = b"SQLite format 3\0"
MAX_BYTES = 500_000_000
GRADE_AGAIN = N_("grade all again with `homework grade`, which loses no question")


def is_otter(path: Path) -> bool:
    """True for a CSV, by its name or its header; an SQLite file is of `homework grade`."""
    try:
        with path.open("rb") as file:
            head = file.read(100_000)
    except OSError:
        head = b""
    return not head.startswith(SQLITE) and (
        path.suffix.casefold() == ".csv" or STATUS.encode() in head)


def read_otter(path: Path, homework: str) -> Results:
    """The results in `path`, without a run; `submission` is the row as Excel numbers it.

    Raises UserError when it is not Otter's file or a question was removed from it.
    """
    table = _table(path)
    possible, body = _possible(path, table)
    rows = _numbers(body, possible)
    _check_removed(path, rows)
    problems = rows_not_graded(path, rows)
    not_graded = rows.file.index.isin([problem.row for problem in problems])
    graded = pd.Series(~not_graded, index=rows.file.index)
    problems += zeros_to_check(path, rows, graded) + _more_beside(path)
    submissions = pd.DataFrame({
        "name": rows.file, "file": rows.file, "digest": rows.file, "language": "",
        "older": False, "unlike": False,
        "status": rows.status.where(graded, SubmissionStatus.NOT_RUN.value), "reason": "",
        "submitted_at": pd.Series(pd.NaT, index=rows.file.index, dtype="datetime64[us, UTC]")})
    not_run = pd.DataFrame(np.repeat(not_graded[:, None], len(possible), axis=1),
                           index=rows.points.index, columns=rows.points.columns)
    points = rows.points.clip(0, possible, axis=1).where(graded, axis=0)
    return Results(path, homework, None, possible, submissions, points, not_run, problems)


def _table(path: Path) -> pd.DataFrame:
    """The cells as text, by title and by row as Excel numbers it, without empty rows.

    In a row with too many cells it is not known which is which: only its file is kept.
    """
    titles, *body = _rows(path) or [[]]
    titles = [tidy(title) for title in titles]
    _check_titles(path, titles)
    width = len(titles)
    cells = [(row if not any(row[width:]) else row[:1]) + [""] * width for row in body]
    table = pd.DataFrame([row[:width] for row in cells], columns=titles, dtype="str",
                         index=pd.RangeIndex(2, len(cells) + 2, name="submission"))
    return table[(table != "").any(axis=1)]


def _rows(path: Path) -> list[list[str]]:
    """The rows of the file. A lone CR, which Otter does not quote, is part of a cell, and a very
    long cell is allowed."""
    try:
        size = path.stat().st_size
    except OSError:
        size = 0
    if size > MAX_BYTES:
        raise UserError(
            str(path),
            _("{expected}, up to {max_bytes} MB").format(
                expected=_(EXPECTED), max_bytes=MAX_BYTES // 1_000_000),
            f"{size // 1_000_000} MB", _("check the name in the course file"),
        )
    text, _encoding = decoded(path, read_bytes(path, _(EXPECTED)))
    limit = csv.field_size_limit(MAX_BYTES)
    try:
        return csv_rows(path, re.sub(r"\r(?!\n)", " ", text))[0]
    finally:
        csv.field_size_limit(limit)


def _check_titles(path: Path, titles: list[str]) -> None:
    where, own = f"{path}, row 1", [FILE, TOTAL, SHARE, STATUS]
    missing = [title for title in own if title not in titles]
    if missing:
        raise UserError(
            where,
            _("{expected}, with the columns {own}").format(
                expected=_(EXPECTED), own=", ".join(own)),
            _("no column {missing}").format(missing=', '.join(missing)),
            _("name the file as Otter wrote it"),
        )
    doubled = [title for title, count in Counter(titles).items() if count > 1 or not title]
    if doubled:
        raise UserError(
            where, _("every column named once"),
            ", ".join(_("{name!r} twice").format(name=safe_text(title)) if title
                      else _("one without a name") for title in doubled),
            _("take the file as Otter wrote it"),
        )
    if len(titles) == len(own):
        raise UserError(
            where, _("a column for each question"), _("none: no submission was graded"),
            _("see what `otter grade` says of the submissions, and grade again"),
        )


def _possible(path: Path, table: pd.DataFrame) -> tuple[pd.Series[float], pd.DataFrame]:
    """The points of each question, q2 before q10 if the file sorts by letters; the other rows."""
    is_possible = table[FILE].map(tidy) == POSSIBLE
    if is_possible.sum() != 1:
        raise UserError(
            str(path), _("one row {possible}").format(possible=POSSIBLE),
            _("{count} of them").format(count=is_possible.sum()),
            _("take the file as Otter wrote it, of one run"),
        )
    questions = [title for title in table.columns if title not in (FILE, TOTAL, SHARE, STATUS)]
    if questions == sorted(questions):
        questions.sort(key=natural_order)
    row = pd.to_numeric(table.loc[is_possible, [*questions, TOTAL]].iloc[0], errors="coerce")
    bad = row.index[~row.between(0, 1e9)].tolist()
    if bad:
        raise UserError(
            f"{path}, row {POSSIBLE}, column {', '.join(map(safe_text, bad))}",
            _("the points of a question"), _("no number of points"),
            _("remove the column if it is no question of the homework"),
        )
    possible = row[questions].astype(float)
    if abs(possible.sum() - row[TOTAL]) > POINTS_EPS:
        raise _removed(path, _numbers(table[~is_possible], possible),
                       _("columns for {possible:g} of {total:g} points").format(
                           possible=possible.sum(), total=row[TOTAL]))
    return possible, table[~is_possible]


def _numbers(body: pd.DataFrame, possible: pd.Series[float]) -> Rows:
    numbers = body[[*possible.index, TOTAL, SHARE]].apply(pd.to_numeric, errors="coerce")
    numbers = numbers.astype(float)
    return Rows(possible, each(body[FILE], tidy), numbers[possible.index.tolist()],
                numbers[TOTAL], numbers[SHARE], each(body[STATUS], tidy))


def _check_removed(path: Path, rows: Rows) -> None:
    """Refuse the file unless most rows are consistent with the row of points per question.

    Only rows with points are counted: a row of zeros is consistent with any maximum.
    """
    with_points = rows.finished & (rows.total != 0) & ~rows.empty
    wrong = int((inconsistent(rows) & with_points).sum())
    if wrong and 2 * wrong >= with_points.sum():
        raise _removed(path, rows, _("{wrong} of {telling} rows do not add up").format(
            wrong=wrong, telling=with_points.sum()))


def _removed(path: Path, rows: Rows, found: str) -> UserError:
    """The error for a file that has lost a question; it names rows that are still consistent."""
    fitting = rows.file[rows.finished & ~inconsistent(rows) & (rows.total > 0)].tolist()
    if fitting:
        found += "; " + _("{files} fits what is left").format(
            files=", ".join(safe_text(file) for file in fitting[:3]))
    return UserError(
        str(path),
        _("columns that add up to the totals: Otter drops a question for all when one "
          "submission does not have it"),
        found, _(GRADE_AGAIN),
    )


def _more_beside(path: Path) -> list[Problem]:
    beside = path.with_name(RESULTS)
    if not beside.is_file() or is_otter(beside):
        return []
    return [Problem(
        str(path), 0, _("better results beside it"), beside.name, path.name,
        _("name results.sqlite in the course file: it has checks, times and reasons"),
    )]
