"""`make demo`: a made-up class, from the pages to the gradebook, by the commands a user has.

Nothing here grades or joins anything: each step is a `homework` command, printed before it runs.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from autograder.bank import LANGUAGES, load_homework
from autograder.commands import find_root
from autograder.sampleclass import Student, make_class, write_class

HOMEWORK = "hw3"
SIZE = 60
DUE = datetime(2023, 11, 6, 15, 59, tzinfo=UTC)
CHECK_SECONDS = "3"


def main(out: Path) -> int:
    """Build, grade and join into `out`; the exit status of the first command that failed, or 0."""
    start, root = time.monotonic(), find_root(Path.cwd())
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    if status := _homework("build", HOMEWORK, "--out", str(out / HOMEWORK)):
        return status
    homework = load_homework(HOMEWORK, root)
    students = make_class(homework, SIZE)
    notebooks = {
        language: out / HOMEWORK / "student" / f"{HOMEWORK}.{language}.ipynb"
        for language in LANGUAGES
    }
    write_class(homework, students, notebooks, out / "submissions", DUE)
    write_roster(students, out / "roster.csv")
    (out / "course.toml").write_text(COURSE, encoding="utf-8")
    for command in (
        ("grade", str(out / HOMEWORK / "autograder.zip"), str(out / "submissions"),
         "--out", str(out / "grades"), "--check-seconds", CHECK_SECONDS, "--isolation", "best"),
        ("gradebook", str(out / "course.toml"), "--out", str(out)),
    ):
        if status := _homework(*command):
            return status
    print(f"\n{time.monotonic() - start:.0f} s after the installation.")
    print(f"Open first: {out / 'gradebook.csv'}")
    return 0


COURSE = """\
# The course of the demonstration: one homework, due on 6 November 2023 in China.
course = "Deep learning (demonstration)"
language = "zh"
time_zone = "Asia/Shanghai"
roster = "roster.csv"

[[homework]]
name = "hw3"
results = "grades/results.sqlite"
due = 2023-11-06T23:59:00+08:00
"""


def write_roster(students: list[Student], path: Path) -> None:
    """A registry's list of the class, as Excel on Chinese Windows saves it."""
    with path.open("w", encoding="gb18030", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["学号", "姓名", "班级"])
        for index, student in enumerate(students):
            rows.writerow([student.id, student.name, f"{1 + index % 2}班"])


def _homework(*arguments: str) -> int:
    print(f"\n$ homework {' '.join(arguments)}", flush=True)
    return subprocess.run(
        [sys.executable, "-m", "autograder", *arguments], check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
