"""`make demo`: a made-up class, from the pages to the gradebook, by the commands a user has.

Nothing here grades or joins anything: each step is a `homework` command, printed before it runs.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from autograder.authoring.homework import load_homework
from autograder.authoring.settings import LANGUAGES
from autograder.authoring.synthetic_class import Student, make_class, write_class
from autograder.console import find_root
from autograder.errors import UserError

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


def main(out: Path) -> int:
    """Build, grade and join into `out`; the exit status of the first command that failed, or 0."""
    start, root = time.monotonic(), _pages()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    if status := _homework("--root", str(root), "build", HOMEWORK, "--draft",
                           "--out", str(out / HOMEWORK)):
        return status
    homework = load_homework(HOMEWORK, root)
    students = make_class(homework, SIZE)
    notebooks = {
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
        if status and not (command[0] == "gradebook" and (out / "report.html").exists()):
            return status  # open scores, of which this class has some, are no failure
    print(f"\n{time.monotonic() - start:.0f} s after the installation.")
    print(f"Open first: {out / 'report.html'}")
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
    print(f"\n$ homework {' '.join(arguments)}", flush=True)
    return subprocess.run(
        [sys.executable, "-m", "autograder", *arguments], check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
