"""`python -m tests.recording BUILT`: every verdict is the same with recording off and on.

BUILT is what `homework build hw3` wrote. Graded twice, once without the bank's records: a demo
class of 60, 2,000 random answers to its questions, and the hostile corpus, whose homework gets
records for it. Takes minutes; tests/test_recording.py shows it on a handful.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat

from autograder.authoring.evaluate import run_cell
from autograder.authoring.homework import Homework, Variant, load_homework
from autograder.cli import find_root
from autograder.demo import Student, make_class, submission_text, write_class
from autograder.diagnosis.bank import bank_record
from autograder.grading.attempt import Limits
from autograder.grading.supervisor import Supervisor
from autograder.model import SubmissionResult
from autograder.otter.zip_reader import Autograder, read_autograder, support_folder
from autograder.sandbox.client import BEST
from tests.hostile.all_cases import CASES
from tests.hostile.corpus import ANSWERS, write
from tests.hostile.homework import write_homework
from tests.hostile.run import LIMITS

TRIES = 3
"""How often verdicts that differ are graded again: some ends depend on how busy the machine is."""


def verdicts(result: SubmissionResult) -> list[Any]:
    """All that is said of a submission, but for what its answers show."""
    checks = [[question.name, check.name, str(check.status), check.error, check.reason]
              for question in result.questions for check in question.checks]
    return [str(result.status), result.score, *checks]


def graded(
    autograder: Autograder, paths: Sequence[Path], limits: Limits
) -> Iterator[SubmissionResult]:
    """The results of these notebooks, one after another."""
    with tempfile.TemporaryDirectory() as folder, support_folder(autograder.files, Path(folder)), (
        Supervisor(autograder, limits, BEST)
    ) as supervisor:
        for path in paths:
            yield supervisor.grade(path, path.stem, path.name, "digest")


def differences(
    on: Autograder, paths: Sequence[Path], limits: Limits, tries: int = TRIES
) -> tuple[int, list[str]]:
    """How many results held a diagnosis, and the notebooks with other verdicts without records."""
    diagnosed, differing = 0, []
    both = [list(graded(each, paths, limits)) for each in (on, replace(on, bank={}))]
    for path, with_records, without in zip(paths, *both, strict=True):
        diagnosed += any(question.diagnosis for question in with_records.questions)
        if verdicts(with_records) != verdicts(without):
            differing.append(path)
    if differing and tries > 1:
        return diagnosed, differences(on, differing, limits, tries - 1)[1]
    return diagnosed, [path.name for path in differing]


def random_answers(homework: Homework, notebook: Path, count: int, folder: Path) -> list[Path]:
    """Notebooks in which each question is answered by one variant of the bank, or by two mixed."""
    draw, handed_out = random.Random(13), nbformat.read(notebook, as_version=4)
    folder.mkdir()
    paths = []
    for number in range(count):
        holds = {}
        for question in homework.questions:
            one, other = (draw.choice([*question.mistakes, *question.accepted]) for _ in "12")
            mixed = Variant("mixed", f"{one.text}\n\n\n{other.text}", "random:1")
            holds[question.name] = draw.choice([one, mixed])
        student = Student(f"{number:04d}", "Nobody", "en", "", holds)
        paths.append(folder / f"{number:04d}.ipynb")
        paths[-1].write_text(submission_text(homework, student, handed_out), encoding="utf-8")
    return paths


def hostile(folder: Path, names: Sequence[str]) -> tuple[Autograder, list[Path]]:
    """The corpus and its homework, with records of honest answers."""
    folder.mkdir()
    write_homework(folder / "hostile.zip")
    autograder = read_autograder(folder / "hostile.zip")
    for name, test in autograder.tests.items():
        honest = run_cell(test.test_cases, "import numpy as np", ANSWERS, "corpus:1").record
        autograder.bank[name] = bank_record(["double", "descend", "treasure"], honest, [], [])
    write(folder / "class", names, {})
    return autograder, sorted((folder / "class").glob("*.ipynb"))


def main(built: Path) -> int:
    """Print how many verdicts differ; 1 if any does."""
    homework = load_homework("hw3", find_root(Path.cwd()))
    on, wrong = read_autograder(built / "autograder.zip"), 0
    notebooks = {each: built / f"student/hw3.{each}.ipynb" for each in homework.languages}
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        class_ = write_class(homework, make_class(homework, 60), notebooks, folder / "class",
                             datetime(2026, 11, 9))
        count = 2000 // len(homework.questions)
        random_ = random_answers(homework, notebooks["en"], count, folder / "random")
        corpus, attacks = hostile(folder / "hostile", list(CASES))
        for what, autograder, paths, limits in (
            ("the demo class", on, class_, Limits(check=3.0)),
            ("2,000 random answers", on, random_, Limits(check=3.0)),
            ("the hostile corpus", corpus, attacks, LIMITS),
        ):
            diagnosed, differing = differences(autograder, paths, limits)
            print(f"{what}: {len(paths)} notebooks, {diagnosed} with a diagnosis, "
                  f"{len(differing)} with other verdicts {' '.join(differing)}", flush=True)
            wrong += len(differing)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
