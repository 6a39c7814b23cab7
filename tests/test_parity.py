"""Otter's own `otter run` and `homework grade` give every question the same score, on a handful.

`make parity` compares the whole demo class. `otter run` takes seconds a notebook, so two of them
run at a time.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.homework import Homework, Variant
from autograder.authoring.student_notebook import answer_cell
from autograder.demo import find_cell
from autograder.grading.grade import grade
from autograder.model import HomeworkDescription
from autograder.otter.zip_reader import read_autograder
from autograder.sandbox.client import PROCESS
from tests.parity import otter_scores, read_final_grades
from tests.tiny import DOUBLE, RIGHT, START, WRONG, write_notebook, write_zip

OK_FORMAT = r'''
OK_FORMAT = True
test = {"name": "q2_ok", "points": [1, 2, 3, 4, 5], "suites": [{"scored": True, "setup": "",
    "teardown": "", "type": "doctest", "cases": [
    {"code": ">>> double(2)\n4", "hidden": False, "locked": False},
    {"code": ">>> import math\n>>> math.isclose(double(0.5), 1)\nTrue"},
    {"code": ">>> double([1, 2])\n[2, 4]"},
    {"code": ">>> greet('Student 01')\nHello, Student 01"},
    {"code": ">>> double(None)\nTraceback (most recent call last):\n    ...\n"
             "TypeError: unsupported operand type(s) for *: 'int' and 'NoneType'"},
]}]}
'''
SEEDED = '''\
from otter.test_files import test_case
OK_FORMAT = False
name = "q3_seeded"
points = [1, 3]
all_or_nothing = True

@test_case()
def the_same_twice(first, second):
    assert first == second

@test_case(hidden=True)
def from_the_file(total):
    assert total == 3
'''
FOREIGN = {
    "tests/q1_double.py": DOUBLE, "tests/q2_ok.py": OK_FORMAT, "tests/q3_seeded.py": SEEDED,
    "files/numbers.txt": "1 2", "otter_config.json": json.dumps({"seed": 5}),
}
DRAWS = ("import numpy as np\nfirst = np.random.random()", "second = np.random.random()",
         "with open('numbers.txt') as file:\n    total = sum(map(int, file.read().split()))")
GREETS = "def greet(name):\n    print('Hello,', name)"
GREETS_WRONGLY = "def greet(name):\n    return 'Hello, ' + name"


@dataclass(frozen=True)
class Compared:
    """Scores by file and question, ours and theirs."""

    ours: dict[str, dict[str, float]]
    theirs: dict[str, dict[str, float]]


def compare(archive: Path, folder: Path, out: Path) -> Compared:
    """Grade the notebooks in `folder` both ways."""
    notebooks = sorted(folder.glob("*.ipynb"))
    with ThreadPoolExecutor(2) as pool:
        jobs = {path.name: pool.submit(otter_scores, archive, path) for path in notebooks}
        theirs = {name: job.result() for name, job in jobs.items()}
    grade(archive, [folder], out, jobs=2, isolation=PROCESS)
    rows = read_final_grades(out / "final_grades.csv")
    ours = {
        name: {question: float(rows[name][question]) for question in scores}
        for name, scores in theirs.items()
    }
    return Compared(ours, theirs)


@pytest.fixture(scope="module")
def compared(
    toy: Homework, toy_build: Path, tmp_path_factory: pytest.TempPathFactory
) -> Compared:
    """The toy homework: solution, untouched, two kinds of mistakes and another right answer."""
    folder = tmp_path_factory.mktemp("parity")
    subs = folder / "subs"
    subs.mkdir()
    (subs / "solution.ipynb").write_bytes(
        (toy_build / "solutions/toy.zh.ipynb").read_bytes())
    (subs / "untouched.ipynb").write_bytes((toy_build / "student/toy.en.ipynb").read_bytes())
    for name, language, variants in (
        ("first_mistakes", "zh", [q.mistakes[0] for q in toy.questions]),
        ("last_mistakes", "en", [q.mistakes[-1] for q in toy.questions]),
        ("other_answers", "en", [q.accepted[-1] for q in toy.questions]),
    ):
        write_answers(toy, toy_build, subs / f"{name}.ipynb", language, variants)
    return compare(toy_build / "autograder.zip", subs, folder / "out")


def write_answers(
    toy: Homework, build: Path, path: Path, language: str, variants: list[Variant]
) -> None:
    notebook = nbformat.read(build / f"student/toy.{language}.ipynb", as_version=4)
    for question, variant in zip(toy.questions, variants, strict=True):
        find_cell(notebook, question).source = answer_cell(question, variant, language)
    nbformat.write(notebook, path)


def points(description: HomeworkDescription, *, hidden: bool) -> dict[str, float]:
    return {
        question["name"]: sum(c["points"] for c in question["checks"] if hidden or not c["hidden"])
        for question in description["questions"]
    }


@pytest.mark.slow
def test_every_question_has_the_same_score(compared: Compared) -> None:
    assert len(compared.theirs) == 5
    assert compared.ours == compared.theirs


@pytest.mark.slow
def test_a_solution_has_every_point_and_other_answers_too(
    compared: Compared, toy_build: Path
) -> None:
    everything = points(read_autograder(toy_build / "autograder.zip").description, hidden=True)
    assert compared.theirs["solution.ipynb"] == everything
    assert compared.theirs["other_answers.ipynb"] == everything


@pytest.mark.slow
def test_an_untouched_notebook_has_none_of_the_hidden_points(
    compared: Compared, toy_build: Path
) -> None:
    public = points(read_autograder(toy_build / "autograder.zip").description, hidden=False)
    for question, score in compared.theirs["untouched.ipynb"].items():
        assert score <= public[question]


@pytest.mark.slow
def test_mistakes_cost_something(compared: Compared) -> None:
    for name in ("first_mistakes.ipynb", "last_mistakes.ipynb"):
        assert all(
            score < compared.theirs["solution.ipynb"][question]
            for question, score in compared.theirs[name].items())


@pytest.mark.slow
def test_a_homework_not_built_here_has_the_same_scores(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "autograder.zip", FOREIGN, together=True)
    subs = tmp_path / "subs"
    checks = [f'grader.check("{q}")' for q in ("q1_double", "q2_ok", "q3_seeded")]
    write_notebook(subs / "right.ipynb", START, RIGHT, GREETS, *DRAWS, *checks)
    write_notebook(subs / "partly.ipynb", START, WRONG, GREETS_WRONGLY, *DRAWS[:2], *checks)
    found = compare(archive, subs, tmp_path / "out")
    assert found.ours == found.theirs
    assert found.ours["right.ipynb"] == {"q1_double": 3, "q2_ok": 15, "q3_seeded": 4}
    assert found.ours["partly.ipynb"] == {"q1_double": 1, "q2_ok": 8, "q3_seeded": 0}
