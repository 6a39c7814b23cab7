"""`make otter-grade`: the unmodified `otter grade` in real containers, beside `homework grade`.

Exits with 0 when they agree and the results that Gradescope would get are as they should be, with
1 when not, and with 77, the reason on standard error, where containers cannot be shown. Everything
is kept in build/otter-grade/; the image is not built again until its recipe changes. With --speed
it measures how much faster `homework grade --container` is, instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from autograder.authoring.build import build_homework
from autograder.authoring.homework import Homework, load_homework
from autograder.authoring.settings import LANGUAGES
from autograder.demo import DUE, SIZE, make_class, write_class
from autograder.model import SubmissionStatus
from tests.otter_grade.comparison import compare, read_grades
from tests.otter_grade.confinement import (
    check_confinement,
    check_corpus,
    check_corpus_together,
    check_kinds,
    check_without_otter,
)
from tests.otter_grade.gradescope import check_gradescope
from tests.otter_grade.image import grading_image, without_downloads
from tests.otter_grade.machine import LONGEST, Engine, Skip, prepare, say
from tests.otter_grade.speed import print_speed

HOMEWORK, ROOT = "hw3", Path(__file__).parents[2]
FOLDER = Path("build/otter-grade")
ORDINARY = 4
"""Students without anything special, beside one of every special case."""
JOBS = 2
OTTER_SECONDS = 90
SKIPPED = 77


def main(speed: bool) -> int:
    """Show it, or say why not."""
    try:
        prepare()
        (FOLDER / "docker").mkdir(parents=True, exist_ok=True)
        with Engine(FOLDER / "docker") as engine:
            os.environ |= engine.environment  # for `homework grade --container` in this process
            image = grading_image(engine)
            homework = load_homework(HOMEWORK, ROOT)
            make_submissions(homework)
            if not speed:
                return show(engine, image, homework)
            print_speed(engine, image, FOLDER / HOMEWORK)
            return 0
    except Skip as reason:
        say(f"otter-grade is skipped: {reason}")
        return SKIPPED


def make_submissions(homework: Homework) -> None:
    """Build the homework, and write a dozen submissions of the demonstration's class."""
    build_homework(HOMEWORK, ROOT, FOLDER / HOMEWORK)
    without_downloads(FOLDER / HOMEWORK / "autograder.zip", FOLDER / "otter.zip")
    students = make_class(homework, SIZE)
    chosen = [student for student in students if student.what not in ("", "late")]
    chosen += [student for student in students if not student.what][:ORDINARY]
    notebooks = {
        language: FOLDER / HOMEWORK / "student" / f"{HOMEWORK}.{language}.ipynb"
        for language in LANGUAGES
    }
    shutil.rmtree(FOLDER / "submissions", ignore_errors=True)
    write_class(homework, chosen, notebooks, FOLDER / "submissions", DUE)


def show(engine: Engine, image: str, homework: Homework) -> int:
    """Grade in three ways, and print what differs; the exit status."""
    run(engine, "otter", "otter", "grade", "--name", HOMEWORK, "--autograder",
        f"{FOLDER}/otter.zip", "--image", image, "--containers", f"{JOBS}", "--timeout",
        f"{OTTER_SECONDS}", "--no-network", "--output-dir", f"{FOLDER}/otter")
    homework_grade(engine, "container", "--container", image)
    homework_grade(engine, "homework", "--isolation", "best")
    ours, otter, container = (
        read_grades(FOLDER / name / "final_grades.csv")
        for name in ("homework", "otter", "container")
    )
    problems = compare(ours, {"otter": otter, "container": container})
    shown = [FOLDER / "submissions" / file for file, row in ours.items()
             if row["grading_status"] == SubmissionStatus.COMPLETED]
    problems += check_gradescope(
        engine, image, homework, FOLDER / HOMEWORK, (shown[0], shown[-1]), ours
    )
    say("what student code can do in the container")
    for look in (check_confinement, check_without_otter, check_kinds, check_corpus_together,
                 check_corpus):
        problems += look(image)
    for problem in problems:
        print(problem)
    print("otter-grade:", "they differ" if problems else "they agree")
    return 1 if problems else 0


def homework_grade(engine: Engine, name: str, *options: str) -> None:
    """Grade with `homework grade` into the folder `name`."""
    run(engine, name, "autograder", "grade", f"{FOLDER}/{HOMEWORK}/autograder.zip",
        "--out", f"{FOLDER}/{name}", "--jobs", f"{JOBS}", "--check-seconds", "5", *options)


def run(engine: Engine, name: str, module: str, *arguments: str) -> None:
    """Run a Python program on the submissions; raises RuntimeError if it writes no grades."""
    shutil.rmtree(FOLDER / name, ignore_errors=True)
    (FOLDER / name).mkdir()
    say(f"python -m {module} {' '.join(arguments)} {FOLDER}/submissions")
    with (FOLDER / f"{name}.log").open("wb") as log:
        subprocess.run(
            [sys.executable, "-m", module, *arguments, f"{FOLDER}/submissions"],
            env=engine.environment | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
            stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False,
            timeout=LONGEST,
        )
    if not (FOLDER / name / "final_grades.csv").exists():  # 1 says that some have no score
        raise RuntimeError(f"{module} {name} failed; see {FOLDER / name}.log")


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main("--speed" in sys.argv[1:]))
