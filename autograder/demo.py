"""`make demo`: a synthetic class, taken from the pages to the gradebook by a user's commands.

`main` runs `homework` commands only, and prints each one before it runs. `make_class` and
`write_class` make the class from the bank of the homework; tests and timings use them too. Every
mistake of every question is held by somebody. Weaker students hold more of them, and the first
mistake of a page, which is the common one, is held more often.
"""

from __future__ import annotations

import copy
import csv
import os
import random
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.authoring.homework import Homework, Question, Variant, load_homework
from autograder.authoring.student_notebook import answer_cell
from autograder.console import find_root
from autograder.errors import UserError
from autograder.language import LANGUAGES, _, spoken

HOMEWORK = "hw3"
SIZE = 60
DUE = datetime(2023, 11, 6, 15, 59, tzinfo=UTC)
CHECK_SECONDS = "3"

COURSE = """\
# The course of the demonstration. `homework gradebook example` prints every key with a comment.
course = "深度学习（演示）"
language = "zh"
time_zone = "Asia/Shanghai"
roster = "roster.csv"                  # as Excel on Chinese Windows saves it
extensions = "extensions.csv"

[late]
grace_minutes = 10
free_days = 1
penalty = "per_day"
rate = 0.1
max_penalty = 0.5

[exports]
canvas = "canvas_export.csv"           # as Canvas would export it

[[homework]]
name = "hw3"
results = "grades/results.sqlite"
due = 2023-11-06T23:59:00+08:00
attempts = "best"
file_times = true                      # here the files still have the times of submission
manual = "manual.csv"
canvas_column = "HW3 (1003)"

[[homework.written]]                   # a question that people grade
question = "w1_reflection"
maximum = 10
"""
FIRST_ID = 2023001
POPULAR = 0.45
"""Chance that the weakest student holds a question's first mistake, if no other one."""


def main(out: Path) -> int:
    """Build, grade and make the gradebook in `out`; the first exit status that is not 0, or 0."""
    start, root = time.monotonic(), _pages()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    if status := _homework("--root", str(root), "build", HOMEWORK, "--draft",
                           "--out", str(out / HOMEWORK)):
        return status
    homework = load_homework(HOMEWORK, root)
    students = make_class(homework, SIZE)
    notebooks: dict[str, Path] = {
        language: out / HOMEWORK / "student" / f"{HOMEWORK}.{language}.ipynb"
        for language in LANGUAGES
    }
    write_class(homework, students, notebooks, out / "submissions", DUE)
    write_course(students, homework.points, out)
    for command in (
        ("grade", str(out / HOMEWORK / "autograder.zip"), str(out / "submissions"),
         "--out", str(out / "grades"), "--check-seconds", CHECK_SECONDS, "--isolation", "best"),
        ("gradebook", str(out / "course.toml"), "--out", str(out)),
    ):
        status = _homework(*command)
        written = {"grade": "grades/final_grades.csv", "gradebook": "report.html"}[command[0]]
        if status and not (status == 1 and (out / written).exists()):
            return status  # this class has submissions without a score, which is no failure
    print("\n" + _("That took {seconds:.0f} s. What the class looks like: {path}").format(
        seconds=time.monotonic() - start, path=out / "report.html"))
    return 0


def _pages() -> Path:
    """The folder of the pages: that of a checkout, or what came with the installed package."""
    installed = Path(sys.prefix, "share", "homework")
    try:
        root = find_root(Path.cwd())
    except UserError:
        root = installed
    has_demo = (root / "assignments" / HOMEWORK).is_dir()
    return root if has_demo else installed


def write_course(students: list[Student], points: float, out: Path) -> None:
    """Everything the gradebook reads beside the results: a course with one of each special case."""
    (out / "course.toml").write_text(COURSE, encoding="utf-8")
    remarks = {students[-1].id: "缓考", students[-2].id: "免修"}
    _write_csv(out / "roster.csv", "gb18030", ["学号", "姓名", "班级", "备注"], (
        [s.id, s.name, f"{index % 3 + 1}班", remarks.get(s.id, "")]
        for index, s in enumerate(students)
    ))
    late = [s for s in students if s.late]
    _write_csv(out / "extensions.csv", "utf-8", ["id", "homework", "hours", "excused"], [
        [late[0].id, HOMEWORK, 48, ""], [students[-3].id, HOMEWORK, "", "yes"],
    ])
    _write_csv(out / "manual.csv", "utf-8", ["id", "question", "points"], (
        [s.id, "w1_reflection", 4 + index % 7] for index, s in enumerate(students)
    ))
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "HW3 (1003)"]
    _write_csv(out / "canvas_export.csv", "utf-8", header, [
        ["    Points Possible", "", "", "", "", f"{points + 10:.2f}"],
        *([s.name, 5000 + index, s.id, f"s{s.id}", "深度学习", ""]
          for index, s in enumerate(students)),
    ])


def _write_csv(
    path: Path, encoding: str, header: list[str], rows: Iterable[list[object]]
) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([header, *rows])


def _homework(*arguments: str) -> int:
    print(f"\n$ homework {shlex.join(arguments)}", flush=True)
    return subprocess.run(
        [sys.executable, "-m", "autograder", "--lang", spoken(), *arguments], check=False
    ).returncode


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
    """The variants of `size` students by question; a question without one has the answer."""
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


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
