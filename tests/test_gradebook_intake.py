"""Results read in bulk: which run, which submissions, which points."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from autograder.errors import UserError
from autograder.results import CheckStatus, Store, SubmissionStatus
from gradebook.intake.results_files import natural, read_results
from tests.gradebook_samples import QUESTIONS, class_results, submission, write_results


def test_points_in_notebook_order(tmp_path: Path) -> None:
    path = write_results(tmp_path / "r.sqlite", [
        submission("a.ipynb", {"q10_count": ["axis"]}, submitted_at="2026-11-05T08:00:00+00:00"),
        submission("b.ipynb", submitted_at=None),
    ])
    results = read_results(path, "hw3")
    assert list(results.points.columns) == list(QUESTIONS)
    assert results.points.to_numpy().tolist() == [[5, 5, 3], [5, 5, 5]]
    assert results.possible.tolist() == [5, 5, 5]
    assert results.submissions["submitted_at"].isna().tolist() == [False, True]
    assert not results.not_run.to_numpy().any()
    assert results.problems == []


def test_the_last_run_counts_and_what_it_left_behind_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    write_results(path, [submission("a.ipynb"), submission("old.ipynb")], digest="one")
    write_results(path, [submission("a.ipynb", {"q01_mean": ["axis"]})], digest="two")
    results = read_results(path, "hw3")
    assert results.run.digest == "two"
    assert results.points["q01_mean"].tolist() == [3]
    (problem,) = results.problems
    assert (problem.what, problem.found) == (
        "submission graded by an earlier run only", "old.ipynb")
    assert problem.remedy == "grade it again with the present build"


def test_of_one_name_the_last_graded_counts(tmp_path: Path) -> None:
    path = write_results(tmp_path / "r.sqlite", [
        submission("a.ipynb", {"q01_mean": ["axis"]}, digest="first"),
        submission("b.ipynb"), submission("a.ipynb", digest="second")])
    results = read_results(path, "hw3")
    assert results.submissions["file"].tolist() == ["b.ipynb", "a.ipynb"]
    assert results.points["q01_mean"].tolist() == [5, 5]


def test_what_was_not_run_is_known(tmp_path: Path) -> None:
    path = write_results(tmp_path / "r.sqlite", [
        submission("a.ipynb", {"q02_slope": ["axis"]}, check_status=CheckStatus.NOT_RUN),
        submission("b.ipynb", status=SubmissionStatus.NOT_RUN, questions=()),
        submission("c.ipynb", {"q02_slope": ["axis"]})])
    assert read_results(path, "hw3").not_run.to_numpy().tolist() == [
        [False, True, False], [True, True, True], [False, False, False]]


def test_no_submissions_at_all(tmp_path: Path) -> None:
    results = read_results(write_results(tmp_path / "r.sqlite", []), "hw3")
    assert results.points.shape == (0, 3)


def test_an_autograder_not_built_here_has_no_description(tmp_path: Path) -> None:
    store = Store(tmp_path / "r.sqlite")
    run = store.open_run("hw3", "d", {}, {}, "2026-11-07T00:00:00+00:00")
    store.add(run, submission("a.ipynb", questions=("q10_count", "q02_slope")))
    store.close()
    results = read_results(tmp_path / "r.sqlite", "hw3")
    assert list(results.points.columns) == ["q02_slope", "q10_count"]


def test_results_of_another_homework(tmp_path: Path) -> None:
    path = write_results(tmp_path / "r.sqlite", [submission("a.ipynb")], homework="hw31")
    with pytest.raises(UserError) as caught:
        read_results(path, "hw3")
    assert caught.value.where == str(path)
    assert caught.value.expected == "results of homework hw3"
    assert (caught.value.found, caught.value.remedy) == ("results of hw31", "did you mean `hw31`?")


def test_an_empty_results_file(tmp_path: Path) -> None:
    Store(tmp_path / "r.sqlite").close()
    with pytest.raises(UserError) as caught:
        read_results(tmp_path / "r.sqlite", "hw3")
    assert (caught.value.found, caught.value.remedy) == (
        "no results", "grade the submissions first")


@pytest.mark.parametrize("content", [None, b"no database, but long enough to be read as one"])
def test_what_is_no_results_file(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "r.sqlite"
    if content:
        path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        read_results(path, "hw3")
    assert caught.value.where == str(path)


@pytest.mark.parametrize("score", [5.5, -1.0])
def test_points_out_of_range(tmp_path: Path, score: float) -> None:
    path = write_results(tmp_path / "r.sqlite", [submission("a.ipynb")])
    database = sqlite3.connect(path)
    database.execute("UPDATE questions SET score = ? WHERE question = 'q02_slope'", (score,))
    database.commit()
    database.close()
    with pytest.raises(UserError) as caught:
        read_results(path, "hw3")
    assert caught.value.where == f"{path}, submission a.ipynb"
    assert caught.value.expected == "0 to 5 points for q02_slope"
    assert caught.value.found == f"{score:g}"


def test_q2_before_q10() -> None:
    assert sorted(["q10", "q2", "q1b", "q1"], key=natural) == ["q1", "q1b", "q2", "q10"]


@pytest.mark.parametrize("column", ["score", "possible"])
def test_a_file_that_somebody_has_edited(tmp_path: Path, column: str) -> None:
    path = class_results(tmp_path / "results.sqlite", 2)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"UPDATE questions SET {column} = 'five' WHERE submission = 1")
    with pytest.raises(UserError) as caught:
        read_results(path, "hw3")
    assert caught.value.expected == "the results.sqlite of `homework grade`"
    assert caught.value.remedy == "grade again into a new --out"
