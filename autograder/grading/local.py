"""Grades on this machine: a few grading processes, each with a fork server of its own.

If a grading process ends or raises, its submission is reported as not graded, with the reason; the
others are not affected. If two submissions hit limits at the same time, each is graded again alone,
and only that result counts.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib import metadata
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Generic, NoReturn, TypeVar

from autograder.errors import UserError
from autograder.grading.attempt import Limits
from autograder.grading.discover import Submission
from autograder.grading.supervisor import Supervisor
from autograder.language import N_
from autograder.model import Limit, SubmissionResult, SubmissionStatus
from autograder.otter.zip_reader import Autograder, support_folder
from autograder.sandbox.client import CONTAINER, Isolation
from autograder.sandbox.namespaces import die_with_parent
from autograder.sandbox.resources import Groups, find_groups

Task = TypeVar("Task")
Result = TypeVar("Result")
Work = Callable[[Task], Result]
Start = Callable[[], AbstractContextManager[Work[Task, Result]]]

PACKAGE = Path(__file__).parents[1]
LIBRARIES = ("numpy", "otter-grader")
LOST_IN_A_ROW = 10
"""After so many lost tasks in a row something else must be the cause; the rest is not tried."""
END_SECONDS = 10.0
"""Seconds that a process may take to clean up before it is killed."""

ENDING = (signal.SIGINT, signal.SIGTERM)

_fork = get_context("fork")


@cache
def version() -> str:
    """The programs in words: a hash of this package's sources, Python, the libraries of checks.

    The version number of the package is not enough: it does not change with every module.
    """
    sources = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        sources.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    libraries = [f"{name} {metadata.version(name)}" for name in LIBRARIES]
    return ", ".join([f"autograder {sources.hexdigest()[:12]}", python, *libraries])


@dataclass(frozen=True)
class Lost:
    """Why a task has no result."""

    reason: str


def work_through(
    tasks: Sequence[Task], start: Start[Task, Result], processes: int
) -> Generator[tuple[Task, Result | Lost], None, None]:
    """Yield every task with its result when it is finished, in any order.

    Each process enters the context manager `start()` once. This gives a function, which the process
    calls with one task after another. Tasks and results are pickled. Raises the UserError that
    `start` or a task raised.
    """
    waiting, lost_in_a_row = deque(tasks), 0
    pool: list[_Process[Task, Result]] = []
    try:
        while waiting or any(process.busy for process in pool):
            if waiting and lost_in_a_row >= LOST_IN_A_ROW:
                yield waiting.popleft(), Lost(N_("not tried: too many before it were lost"))
                continue
            busy = sum(process.busy for process in pool)
            while len(pool) < min(processes, busy + len(waiting)):
                with signals_blocked():  # until it is in the pool, whose processes are ended below
                    pool.append(_Process(start, pool))
            for process in pool:
                if waiting and not process.busy:
                    process.give(waiting.popleft())
            for process in _ready(pool):
                task, result = process.take()
                if isinstance(result, Lost):
                    process.end()
                    pool.remove(process)
                elif waiting:
                    process.give(waiting.popleft())  # it works on while this result is stored
                lost_in_a_row = lost_in_a_row + 1 if isinstance(result, Lost) else 0
                yield task, result
    finally:
        for process in pool:
            process.end()


class _Process(Generic[Task, Result]):
    """A process of the pool, as seen by the process that started it."""

    def __init__(
        self, start: Start[Task, Result], others: Sequence[_Process[Task, Result]]
    ) -> None:
        self.connection, theirs = _fork.Pipe()
        ours = [self.connection, *(other.connection for other in others)]
        self._process = _fork.Process(target=_run_process, args=(start, theirs, ours, os.getpid()))
        self._process.start()
        theirs.close()
        self._tasks: list[Task] = []

    @property
    def busy(self) -> bool:
        return bool(self._tasks)

    def give(self, task: Task) -> None:
        """Send it a task."""
        self._tasks.append(task)
        with suppress(OSError):  # it has ended; `take` reports that
            self.connection.send(task)

    def take(self) -> tuple[Task, Result | Lost]:
        """Its task and the result; raises UserError."""
        try:
            result = self.connection.recv()
        except (EOFError, OSError):
            result = Lost(N_("a grading process was killed; was there enough memory?"))
        if isinstance(result, UserError):
            raise result
        return self._tasks.pop(), result

    def end(self) -> None:
        """End the process: ask it to clean up, and kill it if it does not."""
        self.connection.close()
        if self.busy:
            self._process.terminate()
        self._process.join(END_SECONDS)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        self._process.close()


@contextmanager
def signals_blocked() -> Iterator[None]:
    """Delay Ctrl-C and `kill` until the block has ended.

    Python ignores a Ctrl-C in the middle of a fork, and a process that has only half started would
    end with a traceback. Processes that the block starts inherit the delay, and end it themselves.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ready(pool: Sequence[_Process[Task, Result]]) -> list[_Process[Task, Result]]:
    ready = wait([process.connection for process in pool if process.busy])
    return [process for process in pool if process.connection in ready]


def _run_process(
    start: Start[Task, Result], connection: Connection, others: Sequence[Connection], parent: int
) -> NoReturn:
    """Run one process of the pool; never returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Ctrl-C the parent ends all processes
    told_to_end: list[int] = []  # a SIGTERM during `start`, which must not be interrupted
    signal.signal(signal.SIGTERM, lambda number, _frame: told_to_end.append(number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    die_with_parent()
    if os.getppid() != parent:
        os._exit(1)
    for other in others:
        other.close()  # an open copy would hide that the parent has ended
    try:
        with start() as work:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit())
            if not told_to_end:
                _serve(work, connection)
    except UserError as error:
        with suppress(OSError):
            connection.send(error)
    except (EOFError, OSError, SystemExit):
        pass
    os._exit(0)


def _serve(work: Work[Task, Result], connection: Connection) -> None:
    """Work on tasks until the parent has ended or a task raises."""
    while True:
        task = connection.recv()
        try:
            result = work(task)
        except UserError:
            raise
        except Exception as error:
            connection.send(Lost(N_("the grader failed: {kind}: {error}").format(
                kind=type(error).__name__, error=error)))
            return
        connection.send(result)


Results = Generator[Sequence[SubmissionResult], None, None]
"""A generator of lists of results; each list is stored in one transaction."""


@dataclass
class LocalGrader:
    """Grades with `jobs` processes on this machine; `folder` is for the zip's support files."""

    autograder: Autograder
    limits: Limits
    isolation: Isolation
    jobs: int
    folder: Path

    def grade(self, submissions: Sequence[Submission]) -> Results:
        """Results as they are finished, in any order; one for every submission.

        If two submissions hit limits at the same time, each is graded again alone, and only that
        result counts: neither can exceed a limit because of the other.
        """
        held: list[tuple[Submission, Graded]] = []
        with self._starting() as start:
            for submission, graded in _work(submissions, start, self.jobs):
                if graded.result.limits and self.jobs > 1:
                    held.append((submission, graded))
                else:
                    yield [graded.result]
            again, final = to_grade_alone(held)
            yield final
            for _, graded in _work(again, start, 1):
                yield [graded.result]

    def grade_once(self, submissions: Sequence[Submission]) -> Generator[Graded, None, None]:
        """Grade each submission once, one after another; none that hits a limit is graded again."""
        with self._starting() as start:
            for _, graded in _work(submissions, start, 1):
                yield graded

    @contextmanager
    def _starting(self) -> Iterator[Start[Submission, Graded]]:
        with find_groups() as groups:
            yield partial(_start, self.autograder, self.limits, self.isolation, self.folder, groups)


def _work(
    submissions: Sequence[Submission], start: Start[Submission, Graded], processes: int
) -> Iterator[tuple[Submission, Graded]]:
    with contextlib.closing(work_through(submissions, start, processes)) as finished:
        for submission, graded in finished:
            if isinstance(graded, Lost):
                graded = Graded(not_run(submission, graded.reason), 0.0, 0.0)
            yield submission, graded


@dataclass(frozen=True)
class Graded:
    """A result, and when its grading began and ended, by the monotonic clock of its `host`."""

    result: SubmissionResult
    begun: float
    ended: float
    host: str = ""

    def may_be_disturbed(self, others: Iterable[Graded]) -> bool:
        """Whether one of `others` may be the reason that this one hit a limit.

        How long a process in a container has waited for a processor cannot be seen from outside, so
        there any neighbour may be the reason.
        """
        if self.result.limits == [Limit.MEMORY]:  # the limit of its own memory
            return False
        if Limit.MACHINE in self.result.limits or self.result.isolation == CONTAINER:
            return True
        return any(
            other is not self and other.host == self.host
            and other.begun < self.ended and self.begun < other.ended
            for other in others
        )


def to_grade_alone(
    held: Sequence[tuple[Submission, Graded]]
) -> tuple[list[Submission], list[SubmissionResult]]:
    """Split what hit a limit: submissions to grade again alone, and results that count already."""
    again, final = list[Submission](), list[SubmissionResult]()
    for submission, graded in held:
        if graded.may_be_disturbed(other for _, other in held):
            again.append(submission)
        else:
            final.append(graded.result)
    return again, final


def not_run(submission: Submission, reason: str) -> SubmissionResult:
    """The result of a submission that is not graded because of a failure of the grader."""
    return SubmissionResult(
        name=submission.name, file=submission.file, digest=submission.digest, language="en",
        status=SubmissionStatus.NOT_RUN, reason=reason,
    )


def no_notebook(submission: Submission) -> SubmissionResult:
    """The result of what was handed in without a notebook."""
    return replace(
        not_run(submission, submission.unreadable), status=SubmissionStatus.NO_NOTEBOOK,
        submitted_at=submission.submitted_at,
    )


@contextlib.contextmanager
def _start(
    autograder: Autograder, limits: Limits, isolation: Isolation, folder: Path,
    groups: Groups | None,
) -> Iterator[Callable[[Submission], Graded]]:
    """Set up a grading process, which works in a folder with the zip's support files."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    own = folder / str(os.getpid())
    own.mkdir(parents=True)
    group = groups.enter(limits.memory) if groups else None
    with support_folder(autograder.files, own), Supervisor(
        autograder, limits, isolation, group
    ) as supervisor:
        gc.collect()
        gc.freeze()  # garbage collection after a fork then copies no pages of these objects
        yield partial(_grade_one, supervisor)


def _grade_one(supervisor: Supervisor, submission: Submission) -> Graded:
    begun = time.monotonic()
    result = supervisor.grade(
        submission.path, submission.name, submission.file, submission.digest,
        supervisor.limits.submission / submission.sharing, submission.beside,
    )
    result.submitted_at = submission.submitted_at
    result.reason = submission.unreadable or result.reason
    return Graded(result, begun, time.monotonic())
