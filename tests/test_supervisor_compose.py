"""The result of a submission from what its attempts have settled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autograder.grading.attempt import START, Outcome, SubmissionRecord, cell, check
from autograder.grading.supervisor import compose
from autograder.model import (
    MAX_REASON,
    CellError,
    CheckStatus,
    SubmissionResult,
    SubmissionStatus,
)
from autograder.otter.zip_reader import Autograder, read_autograder
from tests.sentences import sentence
from tests.tiny import write_zip

ALL = (check("q1_double", 0), check("q1_double", 1), check("q2_half", 0))


@pytest.fixture(scope="module")
def autograder(tmp_path_factory: pytest.TempPathFactory) -> Autograder:
    return read_autograder(write_zip(tmp_path_factory.mktemp("zip") / "hw.zip"))


def composed(autograder: Autograder, record: SubmissionRecord) -> SubmissionResult:
    return compose(autograder, record, "student", "student.ipynb", "digest")


def record(status: str = "passed", other_language: str = "", **entries: Any) -> SubmissionRecord:
    """A record of a readable notebook whose checks all ended like that."""
    notebook = {"status": SubmissionStatus.COMPLETED, "language": "zh", "assignment": None,
                "other_language": other_language}
    checks = {place: Outcome(status) for place in ALL}
    return SubmissionRecord(notebook=notebook, checks=checks, **entries)


def test_points_follow_the_checks(autograder: Autograder) -> None:
    found = record()
    found.checks[ALL[1]] = Outcome("failed", "TypeError", "not a list")
    result = composed(autograder, found)
    assert [(q.name, q.score, q.possible) for q in result.questions] == [
        ("q1_double", 1.0, 3.0), ("q2_half", 2.0, 2.0)]
    check = result.questions[0].checks[1]
    assert (check.status, check.error, check.reason) == (
        CheckStatus.FAILED, "TypeError", "not a list")
    assert (result.language, result.status) == ("zh", SubmissionStatus.COMPLETED)


def test_a_check_that_nothing_is_known_of_is_not_run(autograder: Autograder) -> None:
    found = record()
    del found.checks[ALL[2]]
    assert composed(autograder, found).questions[1].checks[0].status is CheckStatus.NOT_RUN


@pytest.mark.parametrize(("found", "status"), [
    (record(), SubmissionStatus.COMPLETED),
    (record(cells={cell(1): Outcome("error")}), SubmissionStatus.CELL_ERROR),
    (record(cells={cell(1): Outcome("error"), cell(2): Outcome("syntax")}),
     SubmissionStatus.SYNTAX_ERROR),
    (record(cells={cell(1): Outcome("syntax")}, other_language="R"),
     SubmissionStatus.OTHER_LANGUAGE),
    (record(cells={cell(1): Outcome("ok")}, other_language="R"), SubmissionStatus.COMPLETED),
    (record(ended=True, cells={cell(1): Outcome("syntax")}), SubmissionStatus.EXITED),
    (record(stopped={cell(1): Outcome("timeout")}, ended=True), SubmissionStatus.TIMED_OUT),
    (record("not_run", stopped={cell(1): Outcome("timeout")}), SubmissionStatus.PARTLY_RUN),
    (record("not_run", stopped={START: Outcome("not_run")}), SubmissionStatus.NOT_RUN),
    (SubmissionRecord(checks={ALL[0]: Outcome("error")}), SubmissionStatus.UNREADABLE),
    (SubmissionRecord(checks={ALL[0]: Outcome("not_run")}, stopped={START: Outcome("not_run")}),
     SubmissionStatus.NOT_RUN),
])
def test_of_several_statuses_the_weightiest(
    autograder: Autograder, found: SubmissionRecord, status: SubmissionStatus
) -> None:
    assert composed(autograder, found).status is status


@pytest.mark.parametrize(("again", "score", "at_end"), [
    ("passed", 3.0, True), ("failed", 1.0, False), ("timeout", 1.0, False)])
def test_of_the_check_cell_and_the_end_the_better_counts(
    autograder: Autograder, again: str, score: float, at_end: bool
) -> None:
    found = record()
    found.checks[ALL[1]] = Outcome("failed")
    found.checks |= {place._replace(kind="again"): Outcome(again) for place in ALL[:2]}
    question = composed(autograder, found).questions[0]
    assert (question.score, question.at_end) == (score, at_end)


def test_sys_exit_in_a_function(autograder: Autograder) -> None:
    found = record()
    found.checks[ALL[0]] = Outcome("error", "SystemExit", "SystemExit: 0")
    assert composed(autograder, found).status is SubmissionStatus.EXITED


def test_a_missing_name_is_explained_by_the_cell_that_was_stopped(autograder: Autograder) -> None:
    found = record(stopped={cell(3): Outcome("timeout", "", sentence("timeout", allowed=60))})
    found.checks[ALL[0]] = Outcome("error", "NameError", "define double first")
    check = composed(autograder, found).questions[0].checks[0]
    assert (check.status, check.error, check.reason) == (
        CheckStatus.TIMEOUT, "", f"cell 3 {sentence('timeout', allowed=60)}")


def test_the_reason_says_what_happened_where(autograder: Autograder) -> None:
    cells = {cell(1): Outcome("ok"), cell(2): Outcome("error", "ValueError", "no")}
    stopped = {cell(4): Outcome("timeout", "", sentence("timeout", allowed=60))}
    result = composed(autograder, record(cells=cells, stopped=stopped))
    assert result.reason == f"cell 2 ValueError: no; cell 4 {sentence('timeout', allowed=60)}"


def test_another_assignment_is_named(tmp_path: Path) -> None:
    members = {"tests/q2_half.py": (
        "from otter.test_files import test_case\nOK_FORMAT = False\nname = 'q2_half'\n"
        "@test_case(points=2)\ndef halves(half):\n    pass\n"
    ), "otter_config.json": '{"assignment_name": "hw3"}'}
    autograder = read_autograder(write_zip(tmp_path / "hw.zip", members))
    found = record()
    found.notebook["assignment"] = "hw2\x1b[2J"
    result = composed(autograder, found)
    assert result.status is SubmissionStatus.OTHER_ASSIGNMENT
    assert result.reason == sentence("other-assignment", assignment="hw2\u001b[2J")


def test_a_student_s_words_are_bounded(autograder: Autograder) -> None:
    text = "\x1b[2Jx\n" * 1000
    found = record(cells={cell(1): Outcome("error", text, text)})
    found.checks[ALL[0]] = Outcome("error", text, text)
    result = composed(autograder, found)
    check = result.questions[0].checks[0]
    assert all(t.isprintable() for t in (result.reason, check.error, check.reason))
    assert (len(result.reason), len(check.error), len(check.reason)) == (MAX_REASON, 80, MAX_REASON)


@pytest.mark.parametrize(("second", "told"), [
    ("syntax", [1, 2, 3]), (None, [1, 2, 3]), ("ok", [3])])
def test_syntax_errors_are_told_all_together_or_not_at_all(
    autograder: Autograder, second: str | None, told: list[int]
) -> None:
    """Else a student's process could choose what is told by what a hidden check passes in."""
    errors = [CellError(1, True, 2, "f(", "'(' was never closed"), CellError(2, True),
              CellError(3, False)]
    cells = {cell(1): Outcome("syntax", "SyntaxError", "line 3: incomplete input")}
    if second:
        cells[cell(2)] = Outcome(second)
    result = composed(autograder, record(
        cells=cells, cell_errors={error.cell: error for error in errors}))
    assert [error.cell for error in result.cell_errors] == told
    words = "line 2: '(' was never closed" if second != "ok" else "line 3: incomplete input"
    rest = "; cell 2" if second == "syntax" else ""
    assert result.reason == f"cell 1 SyntaxError: {words}{rest}"
