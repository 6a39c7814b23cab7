"""Rows of a final_grades.csv that cannot be right: doubted by name, never graded, never a zero."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from gradebook.intake.otter_files import read_otter
from gradebook.intake.results_files import Results
from gradebook.problems import Problem
from tests.gradebook_otter import failed, graded, otter_csv, table
from tests.gradebook_samples import student_id

FILE = "2023002.ipynb"


def with_cell(path: Path, column: str, cell: object) -> Results:
    """A class of four, of whom the second has `cell` in its row, row 4 in Excel."""
    frame = table(*(graded(f"{student_id(n)}.ipynb", (5.0, 3.0, 2.0)) for n in (1, 2, 3, 4)))
    frame = frame.astype(object)
    frame.loc[2, column] = cell
    frame.to_csv(path, index=False)
    return read_otter(path)


def only_doubt(results: Results) -> Problem:
    """The one problem, of the second submission, which alone is not graded."""
    assert results.not_run.all(axis=1).tolist() == [False, True, False, False]
    assert results.points.isna().all(axis=1).tolist() == [False, True, False, False]
    assert results.submissions["status"].tolist() == [
        "Completed", "not graded", "Completed", "Completed"]
    (problem,) = results.problems
    assert problem.row == 4
    assert "homework grade" in problem.remedy
    return problem


@pytest.mark.parametrize(("cell", "shown"), [
    ("", "no number"), ("nan", "no number"), ("five", "no number"), ("=5", "no number"),
    ("0x5", "no number"), ("3,0", "no number"), ("1_0", "no number"),
    ("-1", "-1"), ("5.5", "5.5"), ("inf", "inf"), ("-inf", "-inf"), ("1e400", "inf"),
])
def test_points_that_cannot_be(tmp_path: Path, cell: str, shown: str) -> None:
    problem = only_doubt(with_cell(tmp_path / "f.csv", "q02_slope", cell))
    assert (problem.what, problem.expected, problem.found) == (
        "points that cannot be", "0 to 5 points for q02_slope", f"{FILE}: {shown}")


@pytest.mark.parametrize(("column", "cell", "found"), [
    ("total_points_earned", 9.0, "9, a share of 0.6667"),
    ("total_points_earned", "", "no number, a share of 0.6667"),
    ("total_points_earned", "inf", "inf, a share of 0.6667"),
    ("percent_correct", 1.0, "10, a share of 1"),
    ("percent_correct", "words", "10, a share of no number"),
    ("percent_correct", 0.6669, "10, a share of 0.6669"),
    ("q01_mean", 4.0, "10, a share of 0.6667"),
])
def test_points_that_do_not_add_up(
    tmp_path: Path, column: str, cell: object, found: str
) -> None:
    problem = only_doubt(with_cell(tmp_path / "f.csv", column, cell))
    assert problem.what == "points that do not add up"
    assert problem.found == f"{FILE}: {found}"
    total = 9 if column == "q01_mean" else 10
    assert problem.expected == f"a total of {total} of 15 points"


def test_more_than_there_is_although_it_adds_up(tmp_path: Path) -> None:
    path = otter_csv(tmp_path / "f.csv", graded("2023001.ipynb"), graded(FILE, (10.0, 0.0, 1.0)),
                     graded("2023003.ipynb"), graded("2023004.ipynb"))
    assert only_doubt(read_otter(path)).found == f"{FILE}: 10"


def test_fractions_add_up_in_any_order(tmp_path: Path) -> None:
    path = otter_csv(tmp_path / "f.csv", graded("a.ipynb", (0.1, 0.2, 0.3), ("q10", "q2", "q1")),
                     graded("b.ipynb", (1 / 3, 1 / 7, 2 / 3), ("q10", "q2", "q1")))
    assert read_otter(path).problems == []


@pytest.mark.parametrize("status", [
    "not Completed", "completed", "", "=cmd|' /C calc'!A0", "2023001.ipynb", "Completed\nx",
    "Executing '2023002.ipynb' in docker container timed out in 90 seconds", "--",
])
def test_a_status_is_compared_and_never_repeated(tmp_path: Path, status: str) -> None:
    problem = only_doubt(with_cell(tmp_path / "f.csv", "grading_status", status))
    assert (problem.what, problem.found) == (
        "not finished by `otter grade`", f"{FILE}: another status")


def test_what_otter_writes_for_a_crash(tmp_path: Path) -> None:
    path = otter_csv(tmp_path / "f.csv", graded("2023001.ipynb"), failed(FILE, "Exit code: 1"),
                     graded("2023003.ipynb"), graded("2023004.ipynb"))
    line = path.read_text().splitlines()[3]
    assert line == f"{FILE},0.0,0.0,0.0,0.0,0.0,Exit code: 1"
    assert only_doubt(read_otter(path)).what == "not finished by `otter grade`"


def test_a_file_twice_is_nobodys(tmp_path: Path) -> None:
    """Otter leaves the folder out, so that hw3/a.ipynb and late/a.ipynb are both a.ipynb."""
    path = otter_csv(tmp_path / "f.csv", graded("a.ipynb"), graded("b.ipynb"),
                     graded("a.ipynb", (1.0, 1.0, 1.0)))
    results = read_otter(path)
    assert results.not_run.all(axis=1).tolist() == [True, True, False]
    assert [(p.row, p.what, p.found) for p in results.problems] == [
        (3, "file in several rows", "a.ipynb in rows 3, 4"),
        (4, "file in several rows", "a.ipynb in rows 3, 4")]


def test_zeros_that_count_are_named(tmp_path: Path) -> None:
    path = otter_csv(tmp_path / "f.csv", graded("a.ipynb"), graded("b.ipynb", (0.0, 0.0, 0.0)))
    results = read_otter(path)
    assert not results.not_run.to_numpy().any()
    assert results.points.loc[4].tolist() == [0.0, 0.0, 0.0]
    (problem,) = results.problems
    assert (problem.row, problem.what) == (4, "nothing earned in `otter grade`")
    assert "Otter gives 0 to notebooks that break it, too" in problem.remedy


def test_a_students_number_is_text_to_no_one(tmp_path: Path) -> None:
    """What stands for a number may come out of a forged result, too."""
    results = with_cell(tmp_path / "f.csv", "percent_correct", "=EVIL()")
    said = pd.DataFrame([vars(p) for p in results.problems]).to_csv()
    assert "EVIL" not in said
    assert "EVIL" not in results.submissions.to_csv()
