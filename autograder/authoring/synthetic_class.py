"""Makes a class of synthetic submissions from the bank, for demonstrations, tests and timing.

Every mistake of every question is held by somebody. Weaker students hold more of them, and the
first mistake of a page, which is the common one, is held more often.
"""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.authoring.homework import Homework, Question, Variant, answer_cell
from autograder.authoring.settings import LANGUAGES

FIRST_ID = 2023001
POPULAR = 0.45
"""Chance that the weakest student holds a question's first mistake, if no other one."""


@dataclass(frozen=True)
class Student:
    """A made-up student: `what` says what is special about the submission, "" if nothing is."""

    id: str
    name: str
    language: str
    what: str
    holds: Mapping[str, Variant]
    late: timedelta | None = None
    attempts: int = 1


def make_class(homework: Homework, size: int, seed: int = 3) -> list[Student]:
    """`size` students; the first ones are the special cases, the others hold the mistakes.

    Raises ValueError when the class is too small for the special cases and every mistake.
    """
    draw = random.Random(seed)
    special = list(SPECIAL)
    others = size - len(special)
    most = max(len(question.mistakes) for question in homework.questions)
    if others < most:
        raise ValueError(f"a class of {size} is too small for {most} mistakes of one question")
    holds = _dealt(homework, others, draw)
    students = []
    for index in range(size):
        what = special[index] if index < len(special) else ""
        students.append(Student(
            id=str(FIRST_ID + index), name=f"学生{index + 1:02d}",
            language=LANGUAGES[index % 2], what=what,
            holds={} if what else holds[index - len(special)],
            late=_lateness(what, index), attempts=1 if what or index % 9 else 2,
        ))
    return students


def _lateness(what: str, index: int) -> timedelta | None:
    """Most are in time; one in thirteen is some hours late, one special case by a day and more."""
    if what == "late":
        return timedelta(hours=30)
    return timedelta(hours=index % 7 + 1) if not what and index % 13 == 0 else None


def _dealt(homework: Homework, size: int, draw: random.Random) -> list[dict[str, Variant]]:
    """What each of `size` students does in each question where it is not the answer itself."""
    ability = [(index + 1) / size for index in range(size)]
    holds: list[dict[str, Variant]] = [{} for _ in range(size)]
    for question in homework.questions:
        order = sorted(range(size), key=lambda i: ability[i] + 0.7 * draw.random())
        for student, variant in zip(order, question.mistakes, strict=False):
            holds[student][question.name] = variant
        for student in order[len(question.mistakes) :]:
            if draw.random() < POPULAR * (1 - ability[student]):
                holds[student][question.name] = question.mistakes[0]
            elif question.accepted and draw.random() < 0.5:
                holds[student][question.name] = draw.choice(question.accepted)
    return holds


def write_class(
    homework: Homework, students: list[Student], notebooks: Mapping[str, Path], folder: Path,
    due: datetime,
) -> list[Path]:
    """Write a file for each attempt of each student into `folder`; `notebooks` are handed out.

    The files' times are hours or days before `due`, or after it for those who are late; a first
    attempt of two, in which every question shows its common mistake, is two days older.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handed_out = {
        language: nbformat.read(path, as_version=4) for language, path in notebooks.items()
    }
    paths = []
    for index, student in enumerate(students):
        time = due + (student.late or timedelta(hours=-1 - 3 * (index % 20)))
        notebook = handed_out[student.language]
        if student.attempts > 1:
            common = {question.name: question.mistakes[0] for question in homework.questions}
            first = replace(student, holds=common)
            path = folder / f"{student.id}_first.ipynb"
            paths.append(_write(path, submission_text(homework, first, notebook),
                                time - timedelta(days=2)))
        path = folder / f"{student.id}.ipynb"
        paths.append(_write(path, submission_text(homework, student, notebook), time))
    return paths


def _write(path: Path, text: str, time: datetime) -> Path:
    path.write_text(text, encoding="utf-8")
    os.utime(path, (time.astimezone(UTC).timestamp(),) * 2)
    return path


def submission_text(homework: Homework, student: Student, handed_out: NotebookNode) -> str:
    """The file this student hands in: the notebook handed out with their cells in it."""
    notebook = copy.deepcopy(handed_out)
    if student.what == "untouched":
        return str(nbformat.writes(notebook))
    for question in homework.questions:
        cell = answer_cell(question, student.holds.get(question.name), student.language)
        find_cell(notebook, question).source = cell
    return SPECIAL.get(student.what, _unaltered)(notebook, homework.questions[0])


def find_cell(notebook: NotebookNode, question: Question) -> NotebookNode:
    """The cell that a student writes the answer to `question` in."""
    name = f"{question.name.split('_')[0]}-answer"
    cell: NotebookNode = next(cell for cell in notebook.cells if cell.get("id") == name)
    return cell


def _unaltered(notebook: NotebookNode, _first: Question) -> str:
    return str(nbformat.writes(notebook))


def _loops_for_ever(notebook: NotebookNode, first: Question) -> str:
    name = first.functions[0]
    find_cell(notebook, first).source += (
        f"\n\n\ndef {name}(*args, **kwargs):\n    while True:\n        pass\n"
    )
    return str(nbformat.writes(notebook))


def _exits(notebook: NotebookNode, first: Question) -> str:
    name = first.functions[0]
    find_cell(notebook, first).source += (
        f"\n\n\ndef {name}(*args, **kwargs):\n    import sys\n\n    sys.exit(0)\n"
    )
    return str(nbformat.writes(notebook))


def _syntax_error(notebook: NotebookNode, first: Question) -> str:
    find_cell(notebook, first).source += "\n\nprint('unfinished'\n"
    return str(nbformat.writes(notebook))


def _no_check_cells(notebook: NotebookNode, _first: Question) -> str:
    notebook.cells = [c for c in notebook.cells if "grader.check(" not in c.source]
    return str(nbformat.writes(notebook))


def _other_assignment(notebook: NotebookNode, _first: Question) -> str:
    notebook.metadata["otter"]["assignment_name"] = "hw2"
    notebook.cells = [c for c in notebook.cells if not c.get("id", "").endswith("-answer")]
    return str(nbformat.writes(notebook))


SPECIAL: dict[str, Callable[[NotebookNode, Question], str]] = {
    "perfect": _unaltered,
    "untouched": _unaltered,
    "loops_for_ever": _loops_for_ever,
    "not_json": lambda _notebook, _first: "PK this is no notebook",
    "empty": lambda _notebook, _first: "",
    "exits": _exits,
    "syntax_error": _syntax_error,
    "no_check_cells": _no_check_cells,
    "other_assignment": _other_assignment,
    "late": _unaltered,
}
