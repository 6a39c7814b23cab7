"""Results read in bulk: which run, which submissions, which points."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from autograder.errors import UserError
from autograder.model import CheckStatus, SubmissionStatus
from autograder.store import Store
from gradebook.intake.results import NONE, read_frames, read_results
from tests.gradebook_samples import QUESTIONS, class_results, submission, write_results
from tests.sentences import sentence


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
    assert caught.value.expected == sentence("results-of", homework="hw3")
    assert (caught.value.found,
            caught.value.remedy) == (sentence("results-of-others", others="hw31"),
                                     sentence("did-you-mean", name="hw31"))


def test_an_empty_results_file(tmp_path: Path) -> None:
    Store(tmp_path / "r.sqlite").close()
    with pytest.raises(UserError) as caught:
        read_results(tmp_path / "r.sqlite", "hw3")
    assert (caught.value.found, caught.value.remedy) == (
        sentence("no-results"), sentence("grade-submissions"))


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
    assert caught.value.expected == sentence("points-up-to", most=5, question="q02_slope")
    assert caught.value.found == f"{score:g}"


@pytest.mark.parametrize("column", ["score", "possible"])
def test_a_file_that_somebody_has_edited(tmp_path: Path, column: str) -> None:
    path = class_results(tmp_path / "results.sqlite", 2)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"UPDATE questions SET {column} = 'five' WHERE submission = 1")
    with pytest.raises(UserError) as caught:
        read_results(path, "hw3")
    assert caught.value.expected == sentence("a-results-file")
    assert caught.value.remedy == sentence("grade-new-out")


def letters(row: object) -> str:
    return "".join(chr(code) for code in np.asarray(row) if code != NONE)


def test_scores_and_verdicts(tmp_path: Path) -> None:
    path = write_results(tmp_path / "r.sqlite", [
        submission("b.ipynb", {"q02_slope": ["axis"]}, check_status=CheckStatus.TIMEOUT),
        submission("a.ipynb", {"q01_mean": ["example", "unchanged"]}),
    ])
    frames = read_frames(read_results(path, "hw3"))
    assert frames.submissions["name"].tolist() == ["a", "b"]
    assert frames.scores.loc[1].tolist() == [1.0, 0.6, 1.0]
    assert letters(frames.verdicts.loc[1]) == "ppp" "ptp" "ppp"
    assert letters(frames.verdicts.loc[2]) == "fpf" "ppp" "ppp"
    assert frames.homework["name"] == "hw3"


def test_verdicts_follow_positions_and_not_the_order_of_writing(tmp_path: Path) -> None:
    path = write_results(tmp_path / "r.sqlite", [submission("a.ipynb", {"q01_mean": ["example"]})])
    with closing(sqlite3.connect(path)) as database:
        database.executescript(  # a table with row numbers, as in files of older versions
            "CREATE TABLE other AS SELECT * FROM checks ORDER BY position DESC;"
            "DROP TABLE checks; ALTER TABLE other RENAME TO checks")
    assert letters(read_frames(read_results(path, "hw3")).verdicts.loc[1]) == "fpp" "ppp" "ppp"


def test_a_submission_without_a_question_has_no_result_there(tmp_path: Path) -> None:
    path = write_results(tmp_path / "r.sqlite", [
        submission("a.ipynb", questions=["q02_slope"]),
        submission("b.ipynb", questions=[], status=SubmissionStatus.EMPTY),
        submission("c.ipynb", {"q10_count": ["axis"]}),
    ])
    frames = read_frames(read_results(path, "hw3"))
    assert frames.scores.isna().sum(axis=1).tolist() == [2, 3, 0]
    assert (frames.verdicts.loc[1, "q01_mean"] == NONE).all()
    assert letters(frames.verdicts.loc[1, "q02_slope"]) == "ppp"
    assert letters(frames.verdicts.loc[3]) == "ppp" "ppp" "pfp"


@pytest.mark.parametrize(("change", "expected", "found"), [
    ("DELETE FROM checks WHERE question = 'q02_slope' AND position = 2",
     sentence("checks-of", counts=3, question="q02_slope"), "2"),
    ("UPDATE questions SET question = 'q99' WHERE question = 'q02_slope'",
     sentence("only-run-questions"), "q99"),
])
def test_results_that_do_not_fit_their_description_are_refused(
    tmp_path: Path, change: str, expected: str, found: str
) -> None:
    path = write_results(tmp_path / "r.sqlite", [submission("a.ipynb")])
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(change)
    with pytest.raises(UserError) as caught:
        read_frames(read_results(path, "hw3"))
    assert caught.value == UserError(str(path), expected, found, sentence("grade-this-version"))


def test_grading_one_again_takes_nothing_from_the_others(tmp_path: Path) -> None:
    """Other limits or a rebuilt zip make a new run; the verdicts of the old one stand."""
    path = tmp_path / "r.sqlite"
    write_results(path, [submission("a.ipynb", {"q01_mean": ["axis"]}), submission("b.ipynb")])
    write_results(path, [submission("a.ipynb")], settings={"limits": 2})
    results = read_results(path, "hw3")
    assert results.submissions["file"].tolist() == ["b.ipynb", "a.ipynb"]
    assert results.points["q01_mean"].tolist() == [5, 5]
    assert results.problems == []
    assert letters(read_frames(results).verdicts.loc[2]) == "p" * 9


def test_going_back_to_an_earlier_run_counts_too(tmp_path: Path) -> None:
    """The latest verdict counts, not the run with the highest number."""
    path = tmp_path / "r.sqlite"
    write_results(path, [submission("a.ipynb")])
    write_results(path, [submission("a.ipynb", {"q01_mean": ["axis"]})], digest="build-2")
    write_results(path, [submission("a.ipynb", {"q01_mean": ["example"]})])
    results = read_results(path, "hw3")
    assert results.points["q01_mean"].tolist() == [4]
    assert results.run is not None
    assert results.run.digest == "build-1"


def test_what_an_older_build_graded_counts_and_is_said(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    write_results(path, [submission("a.ipynb"), submission("b.ipynb")])
    write_results(path, [submission("a.ipynb")], digest="build-2")
    results = read_results(path, "hw3")
    assert results.points.sum(axis=1).tolist() == [15, 15]
    assert [(p.what, p.found) for p in results.problems] == [
        ("graded by an older build", sentence("counts-as-is", file="b.ipynb"))]


def test_an_older_build_with_other_questions_is_no_verdict(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    write_results(path, [submission("old.ipynb", questions=["q01_mean", "q99_gone"])],
                  questions=["q01_mean", "q99_gone"])
    write_results(path, [submission("a.ipynb")], digest="build-2")
    results = read_results(path, "hw3")
    assert list(results.possible.index) == list(QUESTIONS)
    assert results.not_run.all(axis=1).tolist() == [True, False]
    assert [p.what for p in results.problems] == [sentence("older-questions")]
    frames = read_frames(results)
    assert frames.scores.loc[1].isna().all()
    assert (frames.verdicts.loc[1] == NONE).all()


def test_a_failure_of_ours_replaces_no_verdict_on_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    failed = {"status": SubmissionStatus.NOT_RUN, "questions": ()}
    write_results(path, [submission("a.ipynb", digest="same"), submission("b.ipynb", digest="old")])
    write_results(path, [submission("a.ipynb", digest="same", **failed),
                         submission("b.ipynb", digest="new", **failed)], settings={"limits": 2})
    results = read_results(path, "hw3")
    assert results.submissions["name"].tolist() == ["a", "b"]
    assert results.not_run.any(axis=1).tolist() == [False, True]


def test_another_homework_in_the_same_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    write_results(path, [submission("a.ipynb")])
    write_results(path, [submission("a.ipynb", {"q01_mean": ["axis"]})], homework="hw2",
                  digest="hw2")
    assert read_results(path, "hw3").points["q01_mean"].tolist() == [5]
