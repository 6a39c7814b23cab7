"""Grades one submission to the end, whatever its code does.

Each attempt forks a checker and has a fresh worker made. When a place of the notebook (a cell, a
check) outlasts its limit or ends a process, the attempt is over: that place is settled with what
happened, and the next attempt replays the cells up to there and goes on behind it.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import time
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from otter.test_files import TestFile
from otter.test_files.abstract_test import TestCaseResult

from autograder.checker import Checker, Limits, Outcome
from autograder.otterzip import Autograder
from autograder.results import (
    CheckResult,
    CheckStatus,
    QuestionResult,
    SubmissionResult,
    SubmissionStatus,
    clean,
)
from autograder.warm import WarmParent, Worker

MAX_DEATHS_PER_QUESTION = 2
CHECKER_MEMORY = 6 << 30
SETTLING = (CheckStatus.TIMEOUT, CheckStatus.ERROR, CheckStatus.NOT_RUN)


@dataclass
class Attempt:
    """What one attempt came to: whether it finished, and if not, where and how it stopped."""

    finished: bool = False
    place: str = "start"
    status: CheckStatus = CheckStatus.NOT_RUN
    reason: str = ""


@dataclass
class Record:
    """What the attempts at a submission have settled so far."""

    notebook: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, Outcome] = field(default_factory=dict)
    checks: dict[str, Outcome] = field(default_factory=dict)
    deadly: dict[str, Outcome] = field(default_factory=dict)
    ended: bool = False
    """Whether the student's code ended its own process."""

    @property
    def known(self) -> dict[str, Outcome]:
        return self.checks | self.deadly


class Supervisor:
    """Grades submissions one after another with one warm parent; a context manager."""

    def __init__(self, autograder: Autograder, limits: Limits, isolation: str) -> None:
        self.autograder = autograder
        self.limits = limits
        self._parent = WarmParent(isolation)

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(self, *_error: object) -> None:
        self._parent.close()

    def grade(self, path: Path, name: str, file: str, digest: str) -> SubmissionResult:
        """Grade the notebook at `path`; the other three are kept in the result as they are."""
        start, record, deaths = time.monotonic(), Record(), Counter[str]()
        while True:
            attempt = self._attempt(path, record, start + self.limits.submission)
            if attempt.finished:
                break
            self._settle(record, attempt, deaths)
            if attempt.place == "start" or time.monotonic() > start + self.limits.submission:
                self._settle_rest(record, attempt)
                break
        result = compose(self.autograder, record, name, file, digest)
        result.isolation = self._parent.isolation
        result.seconds = round(time.monotonic() - start, 3)
        return result

    def _attempt(self, path: Path, record: Record, deadline: float) -> Attempt:
        worker = self._parent.spawn()
        read, write = os.pipe()
        checker = os.fork()
        if checker == 0:
            os.close(read)
            _run_checker(self.autograder, worker, write, self.limits, record.known, path)
        os.close(write)
        try:
            attempt = _listen(read, record, deadline)
        finally:
            os.close(read)
            os.kill(checker, signal.SIGKILL)
            os.waitpid(checker, 0)
            how = self._parent.end(worker)
        if attempt.status is CheckStatus.ERROR and how:
            attempt.reason = f"the student's process {how}"
        return attempt

    def _settle(self, record: Record, attempt: Attempt, deaths: Counter[str]) -> None:
        outcome = Outcome(attempt.status, "", attempt.reason)
        record.ended |= attempt.status is CheckStatus.ERROR
        if not attempt.place.startswith("check:"):
            record.deadly[attempt.place] = outcome
            return
        record.checks[attempt.place] = outcome
        _, question, _ = attempt.place.split(":")
        deaths[question] += 1
        if deaths[question] >= MAX_DEATHS_PER_QUESTION:
            self._settle_rest(record, attempt, question)

    def _settle_rest(self, record: Record, attempt: Attempt, question: str | None = None) -> None:
        outcome = Outcome(attempt.status, "", attempt.reason)
        for name in [question] if question else self.autograder.tests:
            for position in range(len(self.autograder.tests[name].test_cases)):
                record.checks.setdefault(f"check:{name}:{position}", outcome)


def _run_checker(
    autograder: Autograder, worker: Worker, pipe: int, limits: Limits,
    known: dict[str, Outcome], path: Path,
) -> None:
    """The life of the forked checker; never returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")  # a check may divide by a student's zero
    with contextlib.suppress(ValueError, OSError):  # macOS has no RLIMIT_AS
        resource.setrlimit(resource.RLIMIT_AS, (CHECKER_MEMORY, CHECKER_MEMORY))
    try:
        Checker(autograder, worker, pipe, limits, known).run(path)
    except BaseException as error:
        text = f"{type(error).__name__}: {error}"
        os.write(pipe, json.dumps({"broken": text[:500]}).encode() + b"\n")
    finally:
        os._exit(0)


def _listen(pipe: int, record: Record, deadline: float) -> Attempt:
    """Take down what the checker tells until it has finished or something has stopped it."""
    attempt, limit = Attempt(), time.monotonic() + 60
    buffer, allowed = b"", 60.0
    while True:
        wait = min(limit, deadline) - time.monotonic()
        if wait <= 0 or not select.select([pipe], [], [], wait)[0]:
            attempt.status = CheckStatus.TIMEOUT
            attempt.reason = f"took longer than {allowed:g} s"
            return attempt
        data = os.read(pipe, 1 << 16)
        if not data:
            attempt.status = CheckStatus.ERROR
            attempt.reason = "the check could not be completed with what the code answered"
            return attempt
        *lines, buffer = (buffer + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "begin" in message:
                attempt.place, allowed = message["begin"], message["seconds"]
                limit = time.monotonic() + allowed
            elif _note(message, record, attempt):
                return attempt


def _note(message: dict[str, Any], record: Record, attempt: Attempt) -> bool:
    """Take down one message; True when it is the attempt's last."""
    if "notebook" in message:
        record.notebook = message["notebook"]
    elif "end" in message:
        place, outcome = message["end"], Outcome(**message["outcome"])
        (record.checks if place.startswith("check:") else record.cells)[place] = outcome
    elif "lost" in message:
        attempt.status = CheckStatus.ERROR
        attempt.reason = message["why"] or "the student's process has ended"
    elif "broken" in message:
        attempt.place, attempt.reason = "start", f"the grader failed: {message['broken']}"
    else:
        attempt.finished = True
    return not {"notebook", "end"} & message.keys()


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
    own = SubmissionStatus(notebook.get("status", SubmissionStatus.UNREADABLE))
    settled = [*record.checks.values(), *record.deadly.values()]
    cells = {outcome.status for outcome in record.cells.values()}
    exited = record.ended or any(o.error == "SystemExit" for o in settled)
    for holds, status in (
        (own in (SubmissionStatus.UNREADABLE, SubmissionStatus.EMPTY), own),
        (any(o.status == CheckStatus.NOT_RUN for o in settled), SubmissionStatus.NOT_RUN),
        (notebook.get("assignment") not in (None, autograder.name),
         SubmissionStatus.OTHER_ASSIGNMENT),
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
    if notebook.get("assignment") not in (None, autograder.name):
        parts.append(f"its metadata name the assignment {notebook['assignment']!r}")
    for place, outcome in (record.cells | record.deadly).items():
        if outcome.status != "ok":
            kind, _, number = place.partition(":")
            text = ": ".join(filter(None, (outcome.error, outcome.reason)))
            parts.append(f"{kind} {number} {text}".strip())
    return "; ".join(part for part in parts if part)
