"""A Supervisor that runs no code: the words in a submission say how its grading goes.

For tests of what stands around the grading. The word is the whole file:

    not_run     it could not be graded         raises      the supervisor fails
    dies        the grading process is killed  sleeps      it takes very long
    refused     no isolation to be had         crowded     the machine lacks memory
    late        it hits the limit on time      large       it hits the limit on memory
    late_once   as late, the first time only

Every other file is right. Each file that is graded leaves a line in `log`.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from autograder.grading.attempt import Limits
from autograder.model import (
    CheckResult,
    CheckStatus,
    Limit,
    QuestionResult,
    SubmissionResult,
    SubmissionStatus,
)
from autograder.otter.zip_reader import Autograder
from autograder.sandbox.client import Isolation, IsolationRefused

LIMITS = {
    "late": ([Limit.TIME], SubmissionStatus.TIMED_OUT),
    "late_once": ([Limit.TIME], SubmissionStatus.TIMED_OUT),
    "large": ([Limit.MEMORY], SubmissionStatus.EXITED),
    "crowded": ([Limit.MACHINE], SubmissionStatus.NOT_RUN),
}


class QuickSupervisor:
    """Stands for autograder.grading.supervisor.Supervisor; `log` is set by the test."""

    log: Path

    def __init__(
        self, autograder: Autograder, limits: Limits, isolation: Isolation, _group: object = None
    ) -> None:
        self._autograder, self.limits, self._isolation = autograder, limits, isolation

    def __enter__(self) -> QuickSupervisor:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def grade(
        self, path: Path, name: str, file: str, digest: str, _seconds: float = 0,
        _beside: object = (),
    ) -> SubmissionResult:
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{name}\n")
        word = path.read_text(encoding="utf-8")
        if word == "raises":
            raise RuntimeError("of the supervisor")
        if word == "refused":
            raise IsolationRefused("not here")
        if word == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "sleeps":
            time.sleep(60)
        first = self.log.read_text(encoding="utf-8").split().count(name) == 1
        result = SubmissionResult(name, file, digest, "en", SubmissionStatus.COMPLETED,
                                  isolation=str(self._isolation), seconds=0.1)
        result.questions = [self._question(question) for question in self._autograder.tests]
        if word == "not_run":
            result.status, result.reason = SubmissionStatus.NOT_RUN, "no memory"
        if word in LIMITS and (first or word != "late_once"):
            time.sleep(0.6)  # until another process, started a little later, hits its own
            result.limits, result.status = LIMITS[word]
        return result

    def _question(self, name: str) -> QuestionResult:
        test = self._autograder.tests[name]
        checks = [
            CheckResult(case.name, case.hidden, float(case.points or 0), CheckStatus.PASSED)
            for case in test.test_cases
        ]
        return QuestionResult(name, float(test.possible), float(test.possible), checks)
