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
import signal
import time
import warnings
from collections import Counter
from pathlib import Path

from autograder.grading.attempt import Attempt, Listener, Record
from autograder.grading.checker import Checker, Limits, Outcome
from autograder.grading.compose import compose
from autograder.otterzips.otterzip import Autograder
from autograder.results import CheckStatus, SubmissionResult
from autograder.sandbox.containers import start_parent
from autograder.sandbox.isolation import die_with_parent
from autograder.sandbox.processes import memory_below
from autograder.sandbox.processors import keep_on, this_processor
from autograder.sandbox.shell import silence
from autograder.sandbox.warm import WarmParentGone, Worker

MAX_DEATHS_PER_QUESTION = 2
MAX_WARM_PARENTS = 2
"""How often a submission is tried when the warm parent is killed."""
CHECKER_MEMORY = 4 << 30


class Supervisor:
    """Grades submissions one after another with one warm parent; a context manager."""

    def __init__(self, autograder: Autograder, limits: Limits, isolation: str) -> None:
        self.autograder = autograder
        self.limits = limits
        self._isolation = isolation
        self._parent = start_parent(isolation, limits.memory)

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(self, *_error: object) -> None:
        self._parent.close()

    def grade(self, path: Path, name: str, file: str, digest: str) -> SubmissionResult:
        """Grade the notebook at `path`; the other three are kept in the result as they are."""
        start, record, deaths = time.monotonic(), Record(), Counter[str]()
        deadline = start + self.limits.submission
        while not (attempt := self._attempt(path, record, deadline)).finished:
            self._settle(record, attempt, deaths)
            if attempt.place in ("start", "reading"):
                self._settle_rest(record, attempt)
                break
            if time.monotonic() >= deadline:
                attempt.stop(CheckStatus.TIMEOUT, "the submission took too long as a whole")
                self._settle_rest(record, attempt)
                break
        result = compose(self.autograder, record, name, file, digest)
        result.isolation = self._parent.isolation
        result.seconds = round(time.monotonic() - start, 3)
        return result

    def _attempt(self, path: Path, record: Record, deadline: float) -> Attempt:
        """One attempt; it is made again when the warm parent has been killed during it."""
        for _ in range(MAX_WARM_PARENTS):
            try:
                return self._with_worker(path, record, deadline)
            except WarmParentGone as error:
                reason = f"the grader failed: {error.where}: {error.found}"
                self._parent.close()
                self._parent = start_parent(self._isolation, self.limits.memory)
        return Attempt(reason=reason)

    def _with_worker(self, path: Path, record: Record, deadline: float) -> Attempt:
        processor = this_processor()
        keep_on(processor, self._parent.process)
        worker = self._parent.spawn()
        try:
            attempt = self._with_checker(worker, processor, path, record, deadline)
        finally:
            how = self._parent.end(worker)
        if attempt.status is CheckStatus.ERROR and not attempt.reason:
            attempt.reason = f"the student's process {how or 'closed its connection'}"
        return attempt

    def _with_checker(
        self, worker: Worker, processor: int | None, path: Path, record: Record, deadline: float
    ) -> Attempt:
        read, write = os.pipe()
        checker = os.fork()
        if checker == 0:
            os.close(read)
            keep_on(processor)
            _run_checker(self.autograder, worker, write, self.limits, record.known, path)
        os.close(write)
        try:
            return Listener(read, record, deadline, self._too_large).listen()
        finally:
            os.close(read)
            os.kill(checker, signal.SIGKILL)
            os.waitpid(checker, 0)

    def _too_large(self) -> str:
        if memory_below(self._parent.process) <= self.limits.memory:
            return ""
        return f"its processes took more than {self.limits.memory / 2**30:g} GiB of memory"

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
    try:
        die_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        silence()  # what is logged about a student's file holds the student's words
        warnings.simplefilter("ignore")  # a check may divide by a student's zero
        with contextlib.suppress(ValueError, OSError):  # macOS has no RLIMIT_AS
            resource.setrlimit(resource.RLIMIT_AS, (CHECKER_MEMORY, CHECKER_MEMORY))
        Checker(autograder, worker, pipe, limits, known).run(path)
    except BaseException as error:
        text = f"{type(error).__name__}: {error}"
        os.write(pipe, json.dumps({"broken": text[:500]}).encode() + b"\n")
    finally:
        os._exit(0)
