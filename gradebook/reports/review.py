"""review.html: the class as a picture, students by questions, for staff only.

Each cell shows the share of points that a student earned in a question, and the state of the
answer. A click shows the student's own code, the failed checks, the diagnosis and the first call
that differs; a click on a question shows it for the class. The page is one file that opens offline.
Texts of students are compressed data, and the page inserts them as text, so that none of it runs.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from autograder.language import Language
from gradebook.book import Book
from gradebook.intake.results import Frames, checks_not_passed, read_cell_errors, read_code
from gradebook.policy.grades import HomeworkGrades
from gradebook.reports.pages import at_cell, page
from gradebook.statistics.cohort import Outcome
from gradebook.wording import say, why_open

MAX_CODE = 4_000
"""Characters of an answer that the page shows."""
MAX_TEXT = 300
"""Characters of any other text of a student's code."""
STAFF_ONLY = 0o600


@dataclass(frozen=True)
class FailedCheck:
    """A check that did not pass: its number in the question, how it ended, the reason for staff."""

    number: int
    status: str
    reason: str = ""


@dataclass(frozen=True)
class Call:
    """The first call whose answer differs from the right one."""

    asked: str
    expected: str
    given: str


@dataclass
class Cell:
    """One student's answer to one question; `earned` is None without a score."""

    earned: float | None
    state: Outcome
    failed: list[FailedCheck] = field(default_factory=list)
    code: str = ""
    cause: str = ""
    """The syntax error of a cell of the answer, in words; without it ""."""
    diagnosis: str = ""
    """The kind of the diagnosis, "" without one."""
    mistakes: list[str] = field(default_factory=list)
    group: str = ""
    """The label of the students who gave the same wrong answers, within the question."""
    call: Call | None = None


@dataclass
class Row:
    """One student: how the person is called, what the total is, a cell for each question."""

    id: str
    name: str
    section: str
    total: float | None
    cells: list[Cell]
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Column:
    """One question: the messages of its checks in their order, the beliefs of its mistakes."""

    name: str
    title: str
    points: float
    checks: list[str]
    beliefs: dict[str, str] = field(default_factory=dict)


def review_homework(
    book: Book, grades: HomeworkGrades, frames: Frames, answers: pd.DataFrame, folder: Path
) -> Path:
    """Write review.html of one homework into `folder`; `frames` are of what counts, `answers` its
    outcomes."""
    language = book.course.language
    columns = _columns(grades, language)
    return write_review(folder / "review.html", grades.homework.name, columns,
                        _rows(book, grades, frames, answers, [column.name for column in columns]),
                        language)


def _columns(grades: HomeworkGrades, language: Language) -> list[Column]:
    """The questions, checked and written ones; of a run without a description, the names alone."""
    run = grades.results.run
    described = {q["name"]: q for q in run.description["questions"]} if run else {}
    columns = []
    for name, points in grades.possible.items():
        question = described.get(str(name))
        columns.append(Column(
            str(name), question["title"][language] if question else "", float(points),
            [check["message"][language] for check in question["checks"]] if question else [],
            {m["name"]: m["belief"][language] for m in question["mistakes"]} if question else {},
        ))
    return columns


def _rows(
    book: Book, grades: HomeworkGrades, frames: Frames, answers: pd.DataFrame,
    questions: list[str],
) -> list[Row]:
    details = _read_details(grades, frames, book.course.language)
    facts = zip(
        range(len(grades.status)), book.roster.students.to_dict("records"),
        grades.counted.tolist(), book.shown(grades).tolist(),
        grades.points[questions].to_numpy().tolist(), answers[questions].to_numpy().tolist(),
        strict=True,
    )
    rows = []
    for student, person, number, score, earned, states in facts:
        submission = None if pd.isna(number) else int(number)
        blank = Cell(None, Outcome.OPEN)
        rows.append(Row(
            str(person["id"]), str(person["name"]), str(person["section"]), _known(score),
            [replace(details.get((submission or 0, name), blank), earned=_known(points),
                     state=Outcome(state))
             for name, points, state in zip(questions, earned, states, strict=True)],
            _notes(grades, student, submission, book.course.language),
        ))
    return rows


def _known(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _notes(
    grades: HomeworkGrades, student: int, submission: int | None, language: Language
) -> list[str]:
    """Notes: why the score is open, file, status and reason of the submission that counts."""
    notes = []
    if student in grades.open.index:
        reason = grades.open.loc[student]
        notes.append(why_open(str(reason["reason"]), str(reason["what"]), language))
    if submission is not None:
        row = grades.results.submissions.loc[submission]
        notes += [text for text in (
            str(row["file"]), say(str(row["status"]), language), str(row["reason"])) if text]
    return notes


def _read_details(
    grades: HomeworkGrades, frames: Frames, language: Language
) -> dict[tuple[int, str], Cell]:
    """Code, checks that did not pass and diagnosis of the submissions that count."""
    if grades.results.run is None:  # the file of `otter grade` has points only
        return {}
    cells: dict[tuple[int, str], Cell] = {}
    for number, question, code in read_code(grades.results.path, frames):
        cells[number, question] = Cell(None, Outcome.OPEN, code=code)
    for number, question, place, status, reason in checks_not_passed(grades.results.path, frames):
        cells[number, question].failed.append(FailedCheck(place, status, reason))
    for number, errors in read_cell_errors(grades.results.path, frames).items():
        for error in errors:
            if error.syntax and error.question and not cells[number, error.question].cause:
                said = at_cell(error, language)
                cells[number, error.question].cause = "\n".join(filter(None, said.values()))
    for key, found in zip(frames.diagnoses.index, frames.diagnoses.to_dict("records"), strict=True):
        cell, call = cells[key], found["call"]
        cell.diagnosis, cell.group = str(found["kind"]), str(found["group"])
        cell.mistakes = list(found["mistakes"])
        if isinstance(call, dict):
            cell.call = Call(call["asked"], call["expected"], call["given"])
    return cells


def write_review(
    path: Path, title: str, columns: list[Column], rows: list[Row], language: Language
) -> Path:
    """Write the page so that only its owner can read it."""
    text = page("review.html", language, title=title, data=_packed(columns, rows))
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, STAFF_ONLY), "w",
              encoding="utf-8") as file:
        file.write(text)
    path.chmod(STAFF_ONLY)
    return path


def _packed(columns: list[Column], rows: list[Row]) -> Markup:
    """Everything as JSON, compressed, in base64: letters, digits, + / = only."""
    codes: dict[str, int] = {}
    data = {
        "questions": [
            {"name": c.name, "title": c.title, "points": c.points, "checks": c.checks,
             "beliefs": c.beliefs} for c in columns
        ],
        "students": [
            {"id": r.id, "name": r.name, "section": r.section, "total": r.total, "notes": r.notes,
             "cells": [_cell(cell, codes) for cell in r.cells]} for r in rows
        ],
    }
    data["codes"] = list(codes)
    packed = gzip.compress(json.dumps(data, ensure_ascii=False).encode(), mtime=0)
    return Markup(base64.b64encode(packed).decode("ascii"))


def _cell(cell: Cell, codes: dict[str, int]) -> dict[str, Any]:
    """A cell as the page's script reads it; what is empty is left out."""
    code = cell.code[:MAX_CODE] + ("\n…" if len(cell.code) > MAX_CODE else "")
    facts: dict[str, Any] = {
        "earned": cell.earned, "state": str(cell.state),
        "failed": [[f.number, f.status, f.reason[:MAX_TEXT]] for f in cell.failed],
        "code": codes.setdefault(code, len(codes)) if code else None,
        "cause": cell.cause[:MAX_TEXT],
        "diagnosis": cell.diagnosis, "mistakes": cell.mistakes, "group": cell.group,
        "call": [part[:MAX_TEXT] for part in (cell.call.asked, cell.call.expected, cell.call.given)]
        if cell.call else None,
    }
    return {name: value for name, value in facts.items() if value not in (None, "", [])}
