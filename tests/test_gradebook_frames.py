"""Reading a run in bulk: the right run, the right rows, every verdict in its place."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from autograder.errors import UserError
from autograder.results import CheckStatus, SubmissionStatus
from gradebook.intake.frames import NONE, read_frames
from tests.gradebook_samples import submission, write_results


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
