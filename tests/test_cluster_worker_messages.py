"""What goes to a worker and comes back is what it was, as plain data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import UserError
from autograder.grading import batch as messages
from autograder.grading.attempt import Limits
from autograder.grading.batch import (
    read_answer,
    read_batch,
    write_answer,
    write_batch,
)
from autograder.grading.discover import Submission
from autograder.grading.local import Graded
from autograder.model import (
    CheckResult,
    CheckStatus,
    QuestionResult,
    SubmissionResult,
    SubmissionStatus,
)
from autograder.sandbox.client import BEST
from tests.sentences import sentence

LIMITS = Limits(cell=1, check=2, submission=3, memory=4)


@pytest.fixture
def submissions(tmp_path: Path) -> list[Submission]:
    (tmp_path / "a.ipynb").write_bytes(b"\xff\x00 no text")
    (tmp_path / "b.zip").write_bytes(b"PK")
    beside = ("data/../two.csv", tmp_path / "b.zip"), ("mine.py", tmp_path / "a.ipynb")
    return [Submission(tmp_path / "a.ipynb", "学生", "x/学生.ipynb", "1", "2023-11-06T15:00:00",
                       beside=beside),
            Submission(tmp_path / "b.zip", "b", "b.zip", "2", None, unreadable="no notebook")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "there"
    folder.mkdir()
    return folder


def test_a_batch_arrives_as_it_was(submissions: list[Submission], folder: Path) -> None:
    archive, batch = read_batch(write_batch(b"\x00zip", LIMITS, BEST, submissions), folder)
    assert (archive.read_bytes(), batch.limits, batch.isolation) == (b"\x00zip", LIMITS, BEST)
    for sent, arrived in zip(submissions, batch.submissions, strict=True):
        assert arrived.path.read_bytes() == sent.path.read_bytes()
        assert [(name, path.read_bytes(), path.parent) for name, path in arrived.beside] == [
            (name, path.read_bytes(), folder) for name, path in sent.beside]
        assert (arrived.name, arrived.file, arrived.digest, arrived.submitted_at,
                arrived.unreadable) == (sent.name, sent.file, sent.digest, sent.submitted_at,
                                        sent.unreadable)


def test_no_name_of_a_student_becomes_a_path(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("{}")
    hostile = Submission(path, "../../x", "../../x", "1", None)
    _, batch = read_batch(write_batch(b"", LIMITS, BEST, [hostile]), folder)
    assert batch.submissions[0].path.parent == folder


def test_a_file_that_is_too_large_is_not_sent_whole(
    submissions: list[Submission], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "MAX_BYTES", 4)
    _, batch = read_batch(write_batch(b"", LIMITS, BEST, submissions), folder)
    assert [len(s.path.read_bytes()) for s in batch.submissions] == [5, 2]


def test_a_batch_of_another_version_is_refused(
    submissions: list[Submission], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = write_batch(b"", LIMITS, BEST, submissions)
    monkeypatch.setattr(messages, "version", lambda: "autograder 1")
    with pytest.raises(UserError) as caught:
        read_batch(message, folder)
    assert (caught.value.where, caught.value.found) == ("version", "autograder 1")
    assert caught.value.expected == message.partition(b"\n")[0].decode()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("message", [b"", b'{"version": "1"}', b"\xff" * 2000])
def test_a_message_in_another_form_is_of_another_version(message: bytes, folder: Path) -> None:
    with pytest.raises(UserError) as caught:
        read_batch(message, folder)
    assert caught.value.where == "version"
    assert len(caught.value.expected) <= 500
    assert list(folder.iterdir()) == []


def test_results_come_back_as_they_were() -> None:
    checks = [CheckResult("first", False, 1.0, CheckStatus.PASSED),
              CheckResult("第二", True, 2.0, CheckStatus.ERROR, "ValueError", "math domain error")]
    result = SubmissionResult(
        "a", "a.ipynb", "1", "zh", SubmissionStatus.CELL_ERROR, "cell 3", "2023-11-06T15:00:00",
        "namespaces", 0.25, [QuestionResult("q2", 1.0, 3.0, checks), QuestionResult("q1", 0, 0)],
    )
    [graded] = read_answer(write_answer([Graded(result, 1.5, 2.5)]), "tcp://one")
    assert graded == Graded(result, 1.5, 2.5, "one")
    back = graded.result
    assert type(back.status) is SubmissionStatus
    assert type(back.questions[0].checks[0].status) is CheckStatus


@pytest.mark.parametrize("cut", [
    lambda checks: checks.pop(), lambda checks: checks[0].pop(),
    lambda checks: checks[0][0].pop(), lambda checks: checks[0][0][0].pop()])
def test_an_answer_without_some_of_the_checks_is_none(cut: Callable[[Any], Any]) -> None:
    check = CheckResult("first", False, 1.0, CheckStatus.PASSED)
    result = SubmissionResult("a", "a.ipynb", "1", "zh", SubmissionStatus.COMPLETED,
                              questions=[QuestionResult("q1", 1.0, 1.0, [check])])
    answer = json.loads(write_answer([Graded(result, 0.0, 1.0)]))
    cut(answer["checks"])
    with pytest.raises(ValueError, match=r"zip|checks"):
        read_answer(json.dumps(answer).encode(), "tcp://one")


def test_a_refusal_names_the_worker() -> None:
    with pytest.raises(UserError) as caught:
        read_answer(write_answer([], UserError("isolation", "a", "b", "c")), "tcp://one")
    assert caught.value == UserError(sentence("on-worker", where="isolation", worker="tcp://one"),
                                     "a", "b", "c")
