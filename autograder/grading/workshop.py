"""Turns submissions into results on this machine.

Each of `jobs` processes has a warm parent of its own and grades one submission after another.
"""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from autograder.grading.checker import Limits
from autograder.grading.pool import Lost, signals_held_back, work_through
from autograder.grading.submissions import Submission
from autograder.grading.supervisor import Supervisor
from autograder.otterzips.otterzip import Autograder, among
from autograder.results import SubmissionResult, SubmissionStatus
from autograder.sandbox.warm import IsolationRefused, WarmParent

NAMESPACES, PROCESS, BEST = ISOLATIONS = ("namespaces", "process", "best")

Results = Generator[Sequence[SubmissionResult], None, None]
"""What a workshop yields: the results that have come at one time, to be stored together."""


@dataclass
class Workshop:
    """What grading takes; `folder` is for the zip's support files."""

    autograder: Autograder
    limits: Limits
    isolation: str
    jobs: int
    folder: Path

    def grade(self, submissions: Sequence[Submission]) -> Results:
        """Results as they are finished, in any order; one for every submission."""
        isolation = obtain(self.isolation)
        start = partial(_start, self.autograder, self.limits, isolation, self.folder)
        with contextlib.closing(work_through(submissions, start, self.jobs)) as finished:
            for submission, result in finished:
                if isinstance(result, Lost):
                    result = not_run(submission, result.reason)
                yield [result]


def obtain(isolation: str) -> str:
    """What to ask of the warm parents. "best" settles for less, if a worker cannot be had."""
    if isolation != BEST:
        return isolation
    try:
        with signals_held_back(), WarmParent(NAMESPACES) as parent:
            parent.end(parent.spawn())
    except IsolationRefused:
        return PROCESS
    return NAMESPACES


def not_run(submission: Submission, reason: str) -> SubmissionResult:
    """The result of a submission that our own failure left ungraded."""
    return SubmissionResult(
        name=submission.name, file=submission.file, digest=submission.digest, language="en",
        status=SubmissionStatus.NOT_RUN, reason=reason,
    )


@contextlib.contextmanager
def _start(
    autograder: Autograder, limits: Limits, isolation: str, folder: Path
) -> Iterator[Callable[[Submission], SubmissionResult]]:
    """The working life of a grading process: its checks run among the zip's support files."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    own = folder / str(os.getpid())
    own.mkdir(parents=True)
    with among(autograder.files, own), Supervisor(autograder, limits, isolation) as supervisor:
        gc.collect()
        gc.freeze()  # what is here now stays: collections after each fork need not copy its pages
        yield partial(_grade_one, supervisor)


def _grade_one(supervisor: Supervisor, submission: Submission) -> SubmissionResult:
    result = supervisor.grade(
        submission.path, submission.name, submission.file, submission.digest
    )
    result.submitted_at = submission.submitted_at
    result.reason = submission.unreadable or result.reason
    return result
