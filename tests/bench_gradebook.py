"""How long a gradebook takes for large classes: `python -m tests.bench_gradebook [STUDENTS]`.

Three sizes, a fifth, a half and all of STUDENTS (5,000), 20 questions of three checks, three
attempts each; everything but feedback is written. Prints seconds on the clock and of the
processor, memory, and processor time per student as a ratio to the smallest class, which stays near
1 when time grows linearly. Then a class of 1,000 with all its pages: what each part takes, and how
large review.html, feedback.zip and report.html are. Not a test: it takes a minute or two.
"""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.gradebook_samples import student_id, student_name, write_course, write_results

QUESTIONS = [f"q{n:02d}_topic" for n in range(1, 21)]
ATTEMPTS = 3
WITH_PAGES = 1_000
CODE = "def f(x):\n" + "".join(f"    y{n} = x + {n}  # a line of code\n" for n in range(25)) + (
    "    return %d, '%s'")
"""An answer; printf puts in what makes each of them its own."""


def write_class(folder: Path, students: int) -> Path:
    """The class as files: roster, results, extensions, Canvas's and Moodle's exports."""
    people = [(student_id(n), student_name(n), f"Class {n % 40}") for n in range(1, students + 1)]
    lines = ["学号,姓名,班级,邮箱"]
    lines += [f"{id_},{name},{section},s{id_}@example.edu" for id_, name, section in people]
    (folder / "roster.csv").write_text("\n".join(lines), encoding="gb18030")
    lines = ["Student,ID,SIS User ID,SIS Login ID,Section,HW3 (77)",
             "    Points Possible,,,,,100"]
    lines += [f'"{name}",{n},{id_},s{id_},{section},'
              for n, (id_, name, section) in enumerate(people)]
    (folder / "canvas_export.csv").write_text("\n".join(lines))
    lines = ['First name,Surname,"ID number","Email address","Assignment: HW3"']
    lines += [f"{name},x,{id_},s{id_}@example.edu,-" for id_, name, _ in people]
    (folder / "moodle_export.csv").write_text("\n".join(lines))
    lines = ["id,hours"] + [f"{id_},24" for id_, _, _ in people[::20]]
    (folder / "extensions.csv").write_text("\n".join(lines))
    write_results(folder / "results.sqlite", [], questions=QUESTIONS)
    _fill_results(folder / "results.sqlite", students)
    return write_course(
        folder,
        more='extensions = "extensions.csv"\n'
        '[late]\nfree_days = 2\npenalty = "per_day"\nrate = 0.1\n'
        '[exports]\ncanvas = "canvas_export.csv"\nmoodle = "moodle_export.csv"\n',
        homework_more='attempts = "best"\ncanvas_column = "HW3"\nmoodle_column = "Assignment: HW3"',
    )


def _fill_results(path: Path, students: int) -> None:
    """Rows made inside of SQLite, since a Store adds one submission at a time."""
    database = sqlite3.connect(path)
    database.executescript(f"""
        PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;
        BEGIN;
        CREATE TEMP TABLE q (position INTEGER PRIMARY KEY, question TEXT);
        INSERT INTO q VALUES {",".join(f"({n}, '{q}')" for n, q in enumerate(QUESTIONS))};
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {students}),
            attempt(a) AS (VALUES (0), (1), (2))
        INSERT INTO submissions SELECT NULL, 1, (2023000 + i) || '_hw3-' || a,
            (2023000 + i) || '_hw3-' || a || '.ipynb', 'd' || i || a,
            strftime('%Y-%m-%dT%H:%M:%S+00:00', '2026-11-05 12:00', '+' || (a * 12 + i % 7) ||
            ' hours'), 'en', 'Completed', '', 'full', 0, 100, 0.5 FROM attempt, n;
        INSERT INTO checks SELECT submission, question, k.value, 'check' || k.value, k.value > 0,
            iif(k.value, 2, 1), iif(abs(random()) % 5, 'passed', 'failed'), '', ''
            FROM submissions, q, json_each('[0, 1, 2]') k;
        INSERT INTO questions (submission, position, question, score, possible, answer)
            SELECT submission, 0, question, sum(iif(status = 'passed', points, 0)), 5,
                printf({CODE!r}, submission, question)
            FROM checks GROUP BY submission, question;
        COMMIT;""")
    database.close()


def main(students: int) -> None:
    first = 0.0
    print("students  seconds      cpu      MB  cpu per student, ratio to the first")
    for size in (students // 5, students // 2, students):
        with tempfile.TemporaryDirectory() as folder:
            course = write_class(Path(folder), size)
            start = time.perf_counter()
            command = [sys.executable, "-m", "tests.bench_gradebook", "--one", str(course)]
            used = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            seconds = time.perf_counter() - start
        cpu, memory = map(float, used.split())
        first = first or cpu / size
        print(f"{size:8d} {seconds:8.1f} {cpu:8.1f} {memory:7.0f}  {cpu / size / first:.2f}")

    with tempfile.TemporaryDirectory() as folder:
        pages(write_class(Path(folder), WITH_PAGES))


def pages(course: Path) -> None:
    """Print what a gradebook with all its pages takes, and how large they are."""
    from gradebook.make import make_gradebook

    out, parts = course.parent / "out", {}
    for what, feedback in (("tables and report", False), ("with feedback and review", True)):
        start = time.perf_counter()
        make_gradebook(course, out, feedback=feedback)
        parts[what] = time.perf_counter() - start
    print(f"\n{WITH_PAGES} students, 20 questions")
    for what, seconds in parts.items():
        print(f"{what:25} {seconds:6.1f} s")
    for name in ("review.html", "feedback.zip", "report.html"):
        print(f"{name:25} {(out / name).stat().st_size / 1e6:6.1f} MB")


def one(course: Path) -> None:
    """Make the gradebook in this process; print its processor time and largest memory in MB."""
    from gradebook.make import make_gradebook

    make_gradebook(course, course.parent / "out", feedback=False)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(Path(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 5_000)
