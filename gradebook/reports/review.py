"""review.html: the class as a picture, students by questions, for staff only.

Each cell shows how much of a question a student earned, and in what state the answer is. A click
shows the student's own code, the failed checks, the diagnosis and the first call that differs; a
click on a question shows it for the class. The page is one file that opens offline. Everything a
student wrote travels as data, compressed, and is put on the page as text, so that none of it runs.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from markupsafe import Markup

from gradebook.reports.pages import page
from gradebook.wording import Language

MAX_CODE = 4_000
"""Characters of an answer that the page shows."""
MAX_TEXT = 300
"""Characters of any other text of a student's code."""
STAFF_ONLY = 0o600


class State(StrEnum):
    """What became of one student's answer to one question."""

    FULL = "full"
    PARTLY = "partly"
    FAILED = "failed"
    UNWRITTEN = "unwritten"
    CRASHED = "crashed"
    NOT_RUN = "not_run"
    """A failure of ours: not counted as zero."""
    OPEN = "open"
    """Something has to be settled by a person first."""
    MISSING = "missing"
    """Nothing was handed in."""


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
    state: State
    failed: list[FailedCheck] = field(default_factory=list)
    code: str = ""
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


def state_of(earned: float | None, possible: float, failed: Iterable[FailedCheck],
             diagnosis: str) -> State:
    """The state of an answer that was handed in and graded."""
    endings = {check.status for check in failed}
    if earned is None or "not_run" in endings:
        return State.NOT_RUN
    if earned >= possible - 1e-9 and not endings:
        return State.FULL
    if diagnosis == "unwritten":
        return State.UNWRITTEN
    if endings and endings <= {"error", "timeout"}:
        return State.CRASHED
    return State.PARTLY if earned > 1e-9 else State.FAILED


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
        "earned": cell.earned, "state": cell.state.value,
        "failed": [[f.number, f.status, f.reason[:MAX_TEXT]] for f in cell.failed],
        "code": codes.setdefault(code, len(codes)) if code else None,
        "diagnosis": cell.diagnosis, "mistakes": cell.mistakes, "group": cell.group,
        "call": [part[:MAX_TEXT] for part in (cell.call.asked, cell.call.expected, cell.call.given)]
        if cell.call else None,
    }
    return {name: value for name, value in facts.items() if value not in (None, "", [])}
