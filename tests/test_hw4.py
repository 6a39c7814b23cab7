"""hw4 all the way: check, build, three submissions, grade, marking sheet, gradebook.

A homework in one language, with a file that is handed out, pandas, and a question for people.
"""

from __future__ import annotations

import contextlib
import csv
import json
from pathlib import Path

import nbformat
import openpyxl
import pytest
from click.testing import CliRunner

from autograder.authoring.build import build_homework
from autograder.authoring.check import check_homework
from autograder.authoring.homework import Homework, load_homework
from autograder.authoring.student_notebook import answer_cell
from autograder.cli import main
from autograder.errors import UserError
from autograder.grading.grade import RunSummary, grade
from autograder.grading.stored_results import explain
from autograder.model import SubmissionResult
from autograder.sandbox.client import BEST
from autograder.store import Store
from gradebook.policy.grades import Reason
from tests.conftest import ROOT
from tests.sentences import sentence

ANSWER = "north is fine; east overfits from epoch 7 on."
COURSE = """\
course = "Deep learning"
language = "en"
time_zone = "UTC"
roster = "roster.csv"

[[homework]]
name = "hw4"
results = "run/results.sqlite"
marking = "marking.xlsx"
"""
[RUBRIC] = [question.rubric for question in load_homework("hw4", ROOT).written]


@pytest.fixture(scope="module")
def homework() -> Homework:
    return load_homework("hw4", ROOT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hw4")
    build_homework("hw4", ROOT, folder / "built")
    return folder


def submission(folder: Path, student: str, cells: dict[str, str]) -> None:
    """The student notebook with these cells filled in, under a name of the student's own."""
    notebook = nbformat.read(folder / "built" / "student" / "hw4.en.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = cells.get(cell.id, cell.source)
    target = folder / "submissions" / f"{student}_my homework (1).ipynb"
    target.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, target)


@pytest.fixture(scope="module")
def graded(folder: Path, homework: Homework) -> RunSummary:
    first, second = homework.questions
    drift = next(m for m in second.mistakes if m.name == "drift_in_both_directions")
    submission(folder, "2023001", {
        "q01-answer": answer_cell(first), "q02-answer": answer_cell(second), "q03-written": ANSWER,
    })
    submission(folder, "2023002", {
        "q01-answer": answer_cell(first), "q02-answer": answer_cell(second, drift),
        "q03-written": "All of them overfit.",
    })
    submission(folder, "2023003", {
        "q01-answer": "import pandas as pd\ndef summary(log:", "q02-answer": "a = 1\n\nb = c + a",
    })
    return grade(folder / "built" / "autograder.zip", [folder / "submissions"], folder / "run",
                 jobs=2, isolation=BEST)


@pytest.fixture(scope="module")
def results(folder: Path, graded: RunSummary) -> list[SubmissionResult]:
    with contextlib.closing(Store(folder / "run" / "results.sqlite", create=False)) as store:
        return list(store.results(graded.run))


@pytest.mark.slow  # `make test` checks every homework beside the tests
def test_it_passes_its_check() -> None:
    reports = check_homework("hw4", ROOT)
    assert [str(problem) for report in reports for problem in report.problems] == []
    assert [report.points for report in reports] == [5, 5, 10]


def test_one_notebook_and_the_file_that_goes_with_it(folder: Path) -> None:
    student = folder / "built" / "student"
    assert sorted(path.name for path in student.iterdir()) == ["hw4.en.ipynb", "training_log.csv"]
    text = (student / "hw4.en.ipynb").read_text(encoding="utf-8")
    assert not any("一" <= character <= "鿿" for character in text)
    assert "3 questions, 20 points, about 2 hours." in text
    assert "north is chosen" not in text  # the rubric is for those who grade


def test_right_answers_get_all_points_and_a_mistake_only_loses_its_own(
    graded: RunSummary, results: list[SubmissionResult]
) -> None:
    assert graded.not_run == []
    assert [(result.score, result.possible) for result in results] == [(10, 10), (9, 10), (0, 10)]
    [lost] = [c.name for q in results[1].questions for c in q.checks if c.status != "passed"]
    assert lost == "drift_is_live_against_validation"


def test_answers_in_words_are_kept_with_the_results(results: list[SubmissionResult]) -> None:
    assert [result.written for result in results] == [
        {"q03_tell_apart": ANSWER}, {"q03_tell_apart": "All of them overfit."},
        {"q03_tell_apart": ""},
    ]


def test_the_homework_says_how_to_grade_them(folder: Path, graded: RunSummary) -> None:
    with contextlib.closing(Store(folder / "run" / "results.sqlite", create=False)) as store:
        [run] = store.runs()
    [written] = run.description["written"]
    assert (written["name"], written["points"]) == ("q03_tell_apart", 10)
    assert sum(line["points"] for line in written["rubric"]) == 10
    assert "`north` is fine" in written["model_answer"]["en"]
    assert json.loads(json.dumps(run.description))["languages"] == ["en"]


def fill_in(path: Path, points: dict[str, list[float]]) -> None:
    """Enter the points of each line of the rubric on the sheet of the one written question."""
    book = openpyxl.load_workbook(path)
    sheet = book["q03_tell_apart"]
    titles = [str(cell.value) for cell in sheet[1]]
    first = titles.index("answer") + 2  # columns are counted from one
    assert len(titles) - first == len(points["2023001"])  # and a comment
    for row in sheet.iter_rows(min_row=2):
        for column, value in enumerate(points.get(str(row[0].value), []), first):
            sheet.cell(row[0].row, column, value)
    book.save(path)


def test_people_grade_the_answers_in_words_on_the_marking_sheet(
    folder: Path, graded: RunSummary
) -> None:
    (folder / "course.toml").write_text(COURSE)
    (folder / "roster.csv").write_text("id,name\n2023001,A\n2023002,B\n2023003,C\n")
    course, out = str(folder / "course.toml"), str(folder / "book")
    made = CliRunner().invoke(main, ["gradebook", "marking", course])
    assert (made.exit_code, "3 answer(s) to grade" in made.output) == (0, True), made.output
    early = CliRunner().invoke(main, ["gradebook", course, "--out", out])
    assert early.exit_code == 1  # two answers wait for points; the third is empty, and that is 0
    assert f"2 open, {Reason.BY_HAND.value}" in early.output

    lines = [line.points for line in RUBRIC]
    fill_in(folder / "marking.xlsx", {
        "2023001": [*lines[:-1], lines[-1] - 1],
        "2023002": [1, 1, 0.5, *[0.0] * (len(lines) - 3)],
    })
    done = CliRunner().invoke(main, ["gradebook", course, "--out", out])
    assert done.exit_code == 0, done.output
    with (folder / "book" / "gradebook.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    assert {student: float(row["total"]) for student, row in rows.items()} == {
        "2023001": 19, "2023002": 11.5, "2023003": 0,
    }
    assert rows["2023002"]["q03_tell_apart"] == "2.5"
    told = CliRunner().invoke(main, ["gradebook", "explain", course, "2023002"])
    assert "2.5" in told.output


def test_office_hours(folder: Path, graded: RunSummary, homework: Homework) -> None:
    lines = explain(str(folder / "run"), "2023002")
    text = "\n".join(lines)
    assert "points: 9 of 10" in text
    assert "drift_is_live_against_validation: failed, -1" in text
    [check] = [c for c in homework.questions[1].checks if c.name.startswith("drift_is")]
    assert check.message.en in text
    assert "q03_tell_apart (written): All of them overfit." in text
    told = explain(str(folder / "run"), "2023003")
    [syntax, error] = [line for line in told if line.startswith("  code cell ")]
    assert ", line 2: SyntaxError: " in syntax
    assert error.endswith(", line 3: NameError: name 'c' is not defined")
    with pytest.raises(UserError, match=sentence("submission-by-id")):
        explain(str(folder / "run"), "1999")
