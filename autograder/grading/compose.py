"""Makes the result of a submission from what its attempts have settled."""

from __future__ import annotations

from otter.test_files import TestFile
from otter.test_files.abstract_test import TestCaseResult

from autograder.grading.attempt import Record
from autograder.grading.checker import Outcome
from autograder.otterzips.otterzip import Autograder
from autograder.results import (
    NOT_CHECKABLE,
    CheckResult,
    CheckStatus,
    QuestionResult,
    SubmissionResult,
    SubmissionStatus,
    clean,
)


def compose(
    autograder: Autograder, record: Record, name: str, file: str, digest: str
) -> SubmissionResult:
    """The result of a submission from what was settled about it."""
    notebook = record.notebook
    result = SubmissionResult(
        name=name, file=file, digest=digest, language=notebook.get("language") or "en",
        status=_status(autograder, record), reason=clean(_reason(autograder, record)),
    )
    for question, test in autograder.tests.items():
        outcomes = [
            _explained(record.checks.get(f"check:{question}:{i}", Outcome("not_run")), record)
            for i in range(len(test.test_cases))
        ]
        result.questions.append(_question(question, test, outcomes))
    return result


def _question(name: str, test: TestFile, outcomes: list[Outcome]) -> QuestionResult:
    """Score the outcomes by Otter's own rules."""
    test.test_case_results = [
        TestCaseResult(test_case=case, message=None, passed=o.status == CheckStatus.PASSED)
        for case, o in zip(test.test_cases, outcomes, strict=True)
    ]
    checks = [
        CheckResult(case.name, bool(case.hidden), float(case.points or 0), CheckStatus(o.status),
                    clean(o.error, 80), clean(o.reason))
        for case, o in zip(test.test_cases, outcomes, strict=True)
    ]
    return QuestionResult(name, float(test.score), float(test.possible), checks)


def _explained(outcome: Outcome, record: Record) -> Outcome:
    """A name that is missing because its cell was stopped: say that instead."""
    stopped = [place for place in record.deadly if place.startswith("cell:")]
    if outcome.error != "NameError" or not stopped:
        return outcome
    cause = record.deadly[stopped[0]]
    return Outcome(cause.status, "", f"cell {stopped[0].split(':')[1]} {cause.reason}")


def _status(autograder: Autograder, record: Record) -> SubmissionStatus:
    notebook = record.notebook
    own = SubmissionStatus(notebook.get("status", SubmissionStatus.UNREADABLE))  # reading ended it
    settled = [*record.checks.values(), *record.deadly.values()]
    cells = {outcome.status for outcome in record.cells.values()}
    exited = record.ended or any(o.error == "SystemExit" for o in settled)
    for holds, status in (
        (any(o.status == CheckStatus.NOT_RUN and o.error != NOT_CHECKABLE for o in settled),
         SubmissionStatus.NOT_RUN),
        (own in (SubmissionStatus.UNREADABLE, SubmissionStatus.EMPTY), own),
        (not autograder.is_of(notebook.get("assignment")), SubmissionStatus.OTHER_ASSIGNMENT),
        (any(o.error == NOT_CHECKABLE for o in settled), SubmissionStatus.PARTLY_RUN),
        (any(o.status == CheckStatus.TIMEOUT for o in settled), SubmissionStatus.TIMED_OUT),
        (exited, SubmissionStatus.EXITED),
        ("syntax" in cells, SubmissionStatus.SYNTAX_ERROR),
        ("error" in cells, SubmissionStatus.CELL_ERROR),
    ):
        if holds:
            return status
    return own


def _reason(autograder: Autograder, record: Record) -> str:
    """The instructor's one line about the submission as a whole."""
    notebook = record.notebook
    parts = [notebook.get("reason", "")]
    if not autograder.is_of(notebook.get("assignment")):
        parts.append(f"its metadata name the assignment {notebook['assignment']!r}")
    for place, outcome in (record.cells | record.deadly).items():
        if outcome.status != "ok":
            kind, _, number = place.partition(":")
            text = ": ".join(filter(None, (outcome.error, outcome.reason)))
            parts.append(f"{kind} {number} {text}".strip())
    return "; ".join(part for part in parts if part)
