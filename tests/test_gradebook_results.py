"""Results read in bulk: which run, which submissions, which points."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autograder.errors import UserError
from autograder.model import CheckStatus, SubmissionStatus
from autograder.store import Store
from gradebook.intake import results as scores
from gradebook.intake.results import NONE, natural, read_frames, read_results, score_table
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


@pytest.mark.parametrize("chunk", [1, 2, 100])
def test_each_score_has_its_place(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(scores, "CHUNK", chunk)
    rows = [(7, "q02", 0.1 + 0.2), (7, "q01", 1.0), (8, "q01", 9.0), (9, "q09", 1.0),
            (9, "q02", 2.0)]
    query = " UNION ALL SELECT ".join(["SELECT ?, ?, ?"] + ["?, ?, ?"] * (len(rows) - 1))
    cursor = sqlite3.connect(":memory:").execute(query, [cell for row in rows for cell in row])
    table, unknown = score_table(cursor, pd.Index([9, 7]), ["q01", "q02"])
    np.testing.assert_array_equal(table, [[np.nan, 2.0], [1.0, 0.1 + 0.2]])
    assert unknown == ["q09"]


def letters(row: object) -> str:
    return "".join(chr(code) for code in np.asarray(row) if code != NONE)


def test_scores_and_verdicts(tmp_path: Path) -> None:
    path = write_results(tmp_path / "r.sqlite", [
        submission("b.ipynb", {"q02_slope": ["axis"]}, check_status=CheckStatus.TIMEOUT),
        submission("a.ipynb", {"q01_mean": ["example", "unchanged"]}),
    ])
    frames = read_frames(path)
    assert frames.submissions["name"].tolist() == ["a", "b"]
    assert frames.scores.loc[1].tolist() == [1.0, 0.6, 1.0]
    assert letters(frames.verdicts.loc[1]) == "ppp" "ptp" "ppp"
    assert letters(frames.verdicts.loc[2]) == "fpf" "ppp" "ppp"
    assert frames.homework["name"] == "hw3"


def test_verdicts_follow_positions_and_not_the_order_of_writing(tmp_path: Path) -> None:
    path = write_results(tmp_path / "r.sqlite", [submission("a.ipynb", {"q01_mean": ["example"]})])
    with closing(sqlite3.connect(path)) as database, database:
        rows = database.execute("SELECT * FROM checks ORDER BY rowid DESC").fetchall()
        database.execute("DELETE FROM checks")
        database.executemany("INSERT INTO checks VALUES (?,?,?,?,?,?,?,?,?)", rows)
    assert letters(read_frames(path).verdicts.loc[1]) == "fpp" "ppp" "ppp"


def test_of_one_name_the_last_graded_counts_unless_chosen(tmp_path: Path) -> None:
    path = write_results(tmp_path / "r.sqlite", [
        submission("a.ipynb", {"q01_mean": ["axis"]}, digest="old"),
        submission("a.ipynb", digest="new"),
    ])
    assert read_frames(path).submissions.index.tolist() == [2]
    assert read_frames(path, submissions=[1]).scores["q01_mean"].tolist() == [0.6]


def test_the_latest_run_counts_unless_chosen(tmp_path: Path) -> None:
    path = write_results(tmp_path / "r.sqlite", [submission("a.ipynb")])
    write_results(path, [submission("b.ipynb")], digest="build-2")
    assert read_frames(path).submissions["name"].tolist() == ["b"]
    assert read_frames(path, run=1).submissions["name"].tolist() == ["a"]


def test_a_submission_without_a_question_has_no_result_there(tmp_path: Path) -> None:
    path = write_results(tmp_path / "r.sqlite", [
        submission("a.ipynb", questions=["q02_slope"]),
        submission("b.ipynb", questions=[], status=SubmissionStatus.EMPTY),
        submission("c.ipynb", {"q10_count": ["axis"]}),
    ])
    frames = read_frames(path)
    assert frames.scores.isna().sum(axis=1).tolist() == [2, 3, 0]
    assert (frames.verdicts.loc[1, "q01_mean"] == NONE).all()
    assert letters(frames.verdicts.loc[1, "q02_slope"]) == "ppp"
    assert letters(frames.verdicts.loc[3]) == "ppp" "ppp" "pfp"


def refusal(path: Path, **choice: object) -> str:
    with pytest.raises(UserError) as caught:
        read_frames(path, **choice)  # type: ignore[arg-type]
    return str(caught.value).replace(str(path), "FILE")


def test_refusals(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    assert refusal(path) == (
        "FILE\n  expected: the results.sqlite of `homework grade`\n  found:    no such file\n"
        "  to do:    grade first, or name the file"
    )
    write_results(path, [submission("a.ipynb")])
    assert refusal(path, run=7) == (
        "FILE\n  expected: run 7\n  found:    runs 1\n  to do:    name one of these runs"
    )
    assert refusal(path, submissions=[1, 5]) == (
        "FILE\n  expected: 2 submissions of run 1\n  found:    1 of them\n"
        "  to do:    read the run that they were graded in"
    )


def test_a_file_without_runs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    path.touch()
    assert refusal(path) == (
        "FILE\n  expected: a graded run\n  found:    an empty file\n"
        "  to do:    run `homework grade` first"
    )


@pytest.mark.parametrize(("change", "expected", "found"), [
    ("DELETE FROM checks WHERE question = 'q02_slope' AND position = 2",
     "3 checks of q02_slope", "2"),
    ("UPDATE questions SET question = 'q99' WHERE question = 'q02_slope'",
     "only questions of the run's homework.json", "q99"),
])
def test_results_that_do_not_fit_their_description_are_refused(
    tmp_path: Path, change: str, expected: str, found: str
) -> None:
    path = write_results(tmp_path / "r.sqlite", [submission("a.ipynb")])
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(change)
    assert refusal(path) == (
        f"FILE\n  expected: {expected}\n  found:    {found}\n"
        "  to do:    grade again with an autograder.zip of this version"
    )
