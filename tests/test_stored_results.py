"""What a regrade changed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from autograder.errors import UserError
from autograder.grading.stored_results import Change, diff_runs, summary
from autograder.model import (
    CheckResult,
    CheckStatus,
    QuestionResult,
    SubmissionResult,
    SubmissionStatus,
)
from autograder.store import Store
from tests.sentences import sentence


def submission(
    name: str, *checks: CheckStatus, digest: str = "0123456789abcdef",
    status: SubmissionStatus = SubmissionStatus.COMPLETED,
) -> SubmissionResult:
    found = [CheckResult(f"check {n}", True, 1.0, s) for n, s in enumerate(checks, 1)]
    score = float(sum(check.status is CheckStatus.PASSED for check in found))
    question = QuestionResult("q1_mean", score, float(len(found)), found)
    return SubmissionResult(name, f"{name}.ipynb", digest, "en", status, questions=[question])


def write_runs(path: Path, *runs: list[SubmissionResult]) -> Path:
    path.parent.mkdir(exist_ok=True)
    with closing(Store(path)) as store:
        for number, results in enumerate(runs, 1):
            run = store.open_run("hw", str(number), {}, {}, "")
            for result in results:
                store.add(run, result)
    return path


PASSED, FAILED, ERROR = CheckStatus.PASSED, CheckStatus.FAILED, CheckStatus.ERROR


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two runs: a better check, another file, a submission that came and one that went."""
    old = [submission("a", PASSED, FAILED), submission("b", PASSED, PASSED),
           submission("gone", PASSED)]
    new = [submission("a", PASSED, PASSED),
           submission("b", PASSED, ERROR, digest="fedcba9876543210",
                      status=SubmissionStatus.TIMED_OUT),
           submission("new", FAILED, FAILED)]
    write_runs(tmp_path / "out" / "results.sqlite", old, new)
    return tmp_path / "out"


def test_each_change_is_told(folder: Path) -> None:
    assert diff_runs(f"{folder}:1", f"{folder}:2") == [
        Change("a", "total", "1 / 2", "2 / 2", 1.0),
        Change("a", "q1_mean", "1 / 2", "2 / 2"),
        Change("a", "q1_mean: check 2", "failed", "passed"),
        Change("b", "total", "2 / 2", "1 / 2", -1.0),
        Change("b", "status", "Completed", "time limit exceeded"),
        Change("b", "file", "0123456789ab", "fedcba987654"),
        Change("b", "q1_mean", "2 / 2", "1 / 2"),
        Change("b", "q1_mean: check 2", "passed", "error"),
        Change("gone", "submission", "graded", "absent"),
        Change("new", "submission", "absent", "graded"),
    ]


def test_the_summary_says_how_many_and_why(folder: Path) -> None:
    assert summary(diff_runs(f"{folder}:1", f"{folder}:2")) == [
        sentence("diff-totals", up=1, gained=1, down=1, lost=1),
        "1 x q1_mean: check 2: failed -> passed",
        "1 x status: Completed -> time limit exceeded",
        "1 x q1_mean: check 2: passed -> error",
        "1 x submission: graded -> absent",
        "1 x submission: absent -> graded",
    ]


def test_a_check_that_came_or_went_is_told(tmp_path: Path) -> None:
    path = write_runs(tmp_path / "r.sqlite", [submission("a", PASSED)],
                      [submission("a", PASSED, PASSED)])
    assert Change("a", "q1_mean: check 2", "absent", "passed") in diff_runs(f"{path}:1", str(path))


def test_without_a_number_the_last_run_counts(folder: Path) -> None:
    assert diff_runs(str(folder), f"{folder}/results.sqlite:2") == []
    assert diff_runs(str(folder), str(folder)) == []


def test_two_files_can_be_compared(folder: Path, tmp_path: Path) -> None:
    other = write_runs(tmp_path / "other.sqlite", [submission("a", PASSED, PASSED)])
    changes = diff_runs(f"{folder}:2", str(other))
    assert [(change.submission, change.after) for change in changes] == [
        ("b", "absent"), ("new", "absent")]


def test_a_colon_in_a_name_is_part_of_it(tmp_path: Path) -> None:
    path = write_runs(tmp_path / "monday:1", [submission("a", PASSED)])
    assert diff_runs(str(path), f"{path}:1") == []


def test_an_unknown_run_says_so(folder: Path) -> None:
    with pytest.raises(UserError) as caught:
        diff_runs(f"{folder}:3", str(folder))
    assert caught.value == UserError(f"{folder}:3", sentence("a-run"),
                                     sentence("only-runs", known="1, 2"), sentence("name-run"))


def test_results_without_a_run_say_so(tmp_path: Path) -> None:
    path = write_runs(tmp_path / "results.sqlite")
    with pytest.raises(UserError) as caught:
        diff_runs(str(path), str(path))
    assert (caught.value.found, caught.value.remedy) == (sentence("no-runs"),
                                                         sentence("grade-first"))


def test_a_folder_without_results_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        diff_runs(str(tmp_path), str(tmp_path))
    assert caught.value.where == str(tmp_path / "results.sqlite")
    assert caught.value.found == sentence("no-such-file")
