"""What Gradescope gets, from `homework grade` and from the zip's own run_autograder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import nbformat
import pytest

from autograder.authoring.homework import Homework
from autograder.demo import Student, submission_text
from autograder.grading.grade import grade
from autograder.sandbox.client import PROCESS
from tests.otter_grade.comparison import OTHERS, POSSIBLE, read_grades
from tests.otter_grade.gradescope import SCHEMA, lay_out, problems, shown_code, write_mamba

EXAMPLE: dict[str, Any] = {
    "score": 44.0, "execution_time": 136, "output": "text", "output_format": "simple_format",
    "test_output_format": "text", "test_name_format": "text", "visibility": "after_due_date",
    "stdout_visibility": "visible", "extra_data": {},
    "tests": [{
        "score": 2.0, "max_score": 2.0, "status": "passed", "name": "Test", "name_format": "text",
        "number": "1.1", "output": "text", "output_format": "text", "tags": ["one", "two"],
        "visibility": "visible", "extra_data": {},
    }],
    "leaderboard": [{"name": "Time", "value": 15.1, "order": "asc"},
                    {"name": "Stars", "value": "*****"}],
}
"""With every key of the published specification."""


@pytest.fixture(scope="module")
def submissions(
    toy: Homework, toy_build: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with a perfect, an untouched, an empty and a mistaken submission."""
    folder = tmp_path_factory.mktemp("submissions")
    handed_out = nbformat.read(toy_build / "student" / "toy.en.ipynb", as_version=4)
    mistakes = {question.name: question.mistakes[0] for question in toy.questions}
    for what, holds in (("perfect", {}), ("untouched", {}), ("empty", {}), ("mistaken", mistakes)):
        student = Student("1", "Student One", "en", "" if what == "mistaken" else what, holds)
        (folder / f"{what}.ipynb").write_text(submission_text(toy, student, handed_out))
    return folder


@pytest.fixture(scope="module")
def graded(
    submissions: Path, toy_build: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder in which `homework grade` wrote its results."""
    out = tmp_path_factory.mktemp("graded")
    grade(toy_build / "autograder.zip", [submissions], out, isolation=PROCESS)
    return out


def points(graded: Path, name: str) -> dict[str, float]:
    """The points of each question in final_grades.csv."""
    row = read_grades(graded / "final_grades.csv")[name]
    return {question: float(cell) for question, cell in row.items() if question not in OTHERS}


def changed(results: Mapping[str, Any], **entries: Any) -> dict[str, Any]:
    """The results with some entries, and without those that are None."""
    return {k: v for k, v in {**results, **entries}.items() if v is not None}


@pytest.mark.parametrize("results", [
    EXAMPLE, {"score": 0}, changed(EXAMPLE, score=None),
    {"tests": [{"name": "compiles", "status": "failed"}, {"score": 1, "max_score": 2}]},
])
def test_the_schema_takes_what_the_specification_has(results: dict[str, Any]) -> None:
    jsonschema.validate(results, SCHEMA)


@pytest.mark.parametrize(("results", "message"), [
    ({}, "is not valid under any of the given schemas"),
    ({"tests": [{"name": "no score anywhere"}]}, "does not contain items matching"),
    ({"score": "1"}, "'1' is not of type 'number'"),
    ({"score": 1, "visibility": "never"}, "'never' is not one of"),
    ({"score": 1, "tests": [{"visibility": "shown"}]}, "'shown' is not one of"),
    ({"score": 1, "tests": [{"status": "error"}]}, "'error' is not one of"),
    ({"score": 1, "tests": [{"maxscore": 1}]}, "'maxscore' was unexpected"),
])
def test_the_schema_refuses_the_rest(results: dict[str, Any], message: str) -> None:
    with pytest.raises(jsonschema.ValidationError, match=message):
        jsonschema.validate(results, SCHEMA)


@pytest.mark.parametrize("name", ["perfect", "untouched", "mistaken"])
def test_homework_grade_writes_what_gradescope_reads(name: str, graded: Path) -> None:
    results = json.loads((graded / "results" / f"{name}.json").read_text("utf-8"))
    scores, possible = points(graded, f"{name}.ipynb"), points(graded, POSSIBLE)
    assert list(problems(results, scores, possible)) == []
    assert {test["visibility"] for test in results["tests"]} == {"after_published"}


def test_a_file_with_nothing_to_grade_has_no_score_and_no_zero(graded: Path) -> None:
    results = json.loads((graded / "results" / "empty.json").read_text("utf-8"))
    assert (results.keys(), results["tests"]) == ({"output", "tests"}, [])
    row = read_grades(graded / "final_grades.csv")["empty.ipynb"]
    assert {cell for question, cell in row.items() if question not in OTHERS} == {""}


def test_homework_grade_shows_messages_but_no_check(toy: Homework, graded: Path) -> None:
    results = json.loads((graded / "results" / "mistaken.json").read_text("utf-8"))
    assert list(shown_code(toy, results)) == []
    assert "average over the samples" in results["tests"][0]["output"]


def test_a_shown_line_of_a_hidden_check_is_found(toy: Homework) -> None:
    line = "assert np.shape(centred(X)) == (3, 5)"
    results = {"tests": [{"output": f"Error at line 60\n    {line}"}]}
    assert list(shown_code(toy, results)) == [
        f"shows a line of {check.where}: {line}"
        for check in toy.questions[0].checks if check.hidden and line in check.text
    ]
    results["tests"][0]["visibility"] = "hidden"
    assert list(shown_code(toy, results)) == []


def test_a_wrong_score_is_found() -> None:
    results = {"tests": [{"name": "q1: One", "score": 1, "max_score": 2}]}
    assert list(problems(results, {"q1": 1}, {"q1": 2})) == []
    assert list(problems(results, {"q1": 2}, {"q1": 2})) == [
        "q1: score and maximum (1, 2) instead of (2, 2)", "total 1 instead of 2",
    ]
    assert list(problems(results, {"q1": 1, "q2": 0}, {"q1": 2, "q2": 1})) == [
        "q2: score and maximum (None, None) instead of (0, 1)",
    ]


def run_as_on_gradescope(archive: Path, notebook: Path, folder: Path) -> dict[str, Any]:
    """The results.json of the zip's run_autograder; `folder` stands for /autograder."""
    program = lay_out(archive, notebook, folder)
    for script in (program, folder / "source" / "run_otter.py"):
        script.write_text(script.read_text().replace("/autograder", str(folder)))
    tools = folder.with_name("tools")
    tools.mkdir()
    write_mamba(tools / "mamba", os.path.dirname(sys.executable))
    subprocess.run(
        [program], cwd=folder, check=True, capture_output=True, timeout=120,
        env=os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
    )
    results: dict[str, Any] = json.loads((folder / "results" / "results.json").read_text("utf-8"))
    return results


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="run_autograder is a bash script")
def test_the_zip_runs_on_gradescope(
    toy: Homework, toy_build: Path, submissions: Path, graded: Path, tmp_path: Path
) -> None:
    results = run_as_on_gradescope(
        toy_build / "autograder.zip", submissions / "mistaken.ipynb", tmp_path / "autograder"
    )
    scores, possible = points(graded, "mistaken.ipynb"), points(graded, POSSIBLE)
    assert list(problems(results, scores, possible)) == []
    assert list(shown_code(toy, results)) == []
    assert results["tests"][0]["name"] == "Public Tests"
    assert results["tests"][0]["visibility"] == "visible"
