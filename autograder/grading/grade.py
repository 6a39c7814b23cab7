"""`homework grade`: grades files and folders of notebooks, and keeps the results.

Each of `jobs` processes has a warm parent of its own and grades one submission after another; this
process alone writes. A submission that the results already hold is not graded again.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from autograder.errors import UserError
from autograder.grading.checker import Limits
from autograder.grading.outputs import write_final_grades, write_results_json
from autograder.grading.pool import Lost, signals_held_back, work_through
from autograder.grading.submissions import Submission, find_submissions
from autograder.grading.supervisor import Supervisor
from autograder.otterzips.otterzip import Autograder, among, read_autograder
from autograder.results import (
    NOT_CHECKABLE,
    CheckResult,
    Store,
    SubmissionResult,
    SubmissionStatus,
)
from autograder.sandbox.warm import IsolationRefused, WarmParent

RESULTS = "results.sqlite"
LOCK = ".lock"
Progress = Callable[[int, int, SubmissionResult | None], None]

NAMESPACES, PROCESS, BEST = ISOLATIONS = ("namespaces", "process", "best")


@dataclass(frozen=True)
class Standing:
    """How a submission stands after this call."""

    file: str
    status: SubmissionStatus
    score: float
    reason: str


@dataclass
class Unasked:
    """A check that could not be run here, in how many submissions, and why in the first."""

    question: str
    check: CheckResult
    submissions: int = 0


@dataclass
class Graded:
    """What a call of the grader came to.

    `notices` say what the zip asks for in vain; `newer_run` is one begun after this one, if any;
    `unasked` is by question and position.
    """

    homework: str
    run: int
    newer_run: int | None
    standings: list[Standing] = field(default_factory=list)
    skipped: int = 0
    others: list[str] = field(default_factory=list)
    notices: tuple[str, ...] = ()
    unasked: dict[tuple[str, int], Unasked] = field(default_factory=dict)

    @property
    def not_run(self) -> list[Standing]:
        """Submissions that our own failure left ungraded."""
        return [s for s in self.standings if s.status is SubmissionStatus.NOT_RUN]


def grade(
    autograder_zip: Path, paths: Sequence[Path], out: Path, *, jobs: int = 1,
    limits: Limits | None = None, isolation: str = NAMESPACES, progress: Progress = lambda *_: None,
) -> Graded:
    """Grade the notebooks at `paths` with the zip; results go to `out`/results.sqlite and beside.

    `isolation` is one of ISOLATIONS. Raises UserError for a zip, a path or a results file that
    cannot be used, and IsolationRefused when the kernel does not give what was asked for.
    """
    autograder = read_autograder(autograder_zip)
    with tempfile.TemporaryDirectory(prefix="homework-") as temporary:
        found = find_submissions(paths, Path(temporary, "unpacked"), skip=[out, autograder_zip])
        workshop = _Workshop(
            autograder, limits or Limits(), isolation, jobs, Path(temporary, "files")
        )
        with alone(out), contextlib.closing(Store(out / RESULTS)) as store:
            graded = _grade_found(workshop, found.submissions, out, store, progress)
    graded.others = found.others
    return graded


@contextlib.contextmanager
def alone(out: Path) -> Iterator[None]:
    """Make the folder `out`, and keep other graders away from it; raises UserError.

    The kernel takes the lock back when this process ends, however it ends.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = (out / LOCK).open("w")
    except OSError as error:
        raise UserError(str(out), "a folder that can be written", error.strerror or str(error),
                        "mend that, or choose another --out") from None
    with lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            raise UserError(
                str(out), "no other `homework grade` that writes there", "one that does",
                "wait until it has finished, or choose another --out",
            ) from None
        except OSError:
            pass  # a file system without locks
        yield


@dataclass
class _Workshop:
    """What grading takes; `folder` is for the zip's support files."""

    autograder: Autograder
    limits: Limits
    isolation: str
    jobs: int
    folder: Path

    def grade(self, submissions: Sequence[Submission]) -> Generator[SubmissionResult, None, None]:
        """Results as they are finished, in any order; one for every submission."""
        tried = [s for s in submissions if not s.failure]
        yield from (_not_run(s, s.failure) for s in submissions if s.failure)
        if not tried:
            return
        isolation = obtain(self.isolation)
        start = partial(_start, self.autograder, self.limits, isolation, self.folder)
        with contextlib.closing(work_through(tried, start, self.jobs)) as finished:
            for submission, result in finished:
                if isinstance(result, Lost):
                    result = _not_run(submission, result.reason)
                yield result


def _grade_found(
    workshop: _Workshop, submissions: Sequence[Submission], out: Path, store: Store,
    progress: Progress,
) -> Graded:
    autograder = workshop.autograder
    run = store.open_run(
        autograder.name, autograder.digest, {"limits": asdict(workshop.limits)},
        dict(autograder.description), datetime.now(UTC).isoformat(timespec="seconds"),
    )
    finished = store.finished(run)
    open_ones = [s for s in submissions if (s.name, s.digest) not in finished]
    progress(0, len(open_ones), None)
    not_run = {}
    with contextlib.closing(workshop.grade(open_ones)) as results:
        for count, result in enumerate(results, 1):
            if result.status is SubmissionStatus.NOT_RUN:
                not_run[result.name] = result
            else:
                store.add(run, result)
            progress(count, len(open_ones), result)
    last = store.runs()[-1].run
    graded = Graded(autograder.name, run, last if last != run else None,
                    notices=autograder.config.notices)
    graded.skipped = len(submissions) - len(open_ones)
    _write(store, run, autograder, out, not_run)
    _look_back(graded, store, {s.name for s in submissions}, not_run)
    return graded


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


def _not_run(submission: Submission, reason: str) -> SubmissionResult:
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


def _current(
    store: Store, run: int, not_run: dict[str, SubmissionResult]
) -> Iterator[SubmissionResult]:
    """The results of the run; a file that could not be graded hides what its name had before."""
    for result in store.results(run):
        if result.name not in not_run:
            yield result
    yield from not_run.values()


def _write(
    store: Store, run: int, autograder: Autograder, out: Path,
    not_run: dict[str, SubmissionResult],
) -> None:
    """Write the files beside the results."""
    description = autograder.description
    write_final_grades(
        out / "final_grades.csv", description, _current(store, run, not_run)
    )
    names = [name for name, _ in store.finished(run)]
    write_results_json(out / "results", description, names, store.results(run))


def _look_back(
    graded: Graded, store: Store, names: set[str], not_run: dict[str, SubmissionResult]
) -> None:
    """Take down how the submissions of this call stand."""
    for result in _current(store, graded.run, not_run):
        if result.name not in names:
            continue
        graded.standings.append(Standing(result.file, result.status, result.score, result.reason))
        for question in result.questions:
            for position, check in enumerate(question.checks):
                if check.error == NOT_CHECKABLE:
                    place = question.name, position
                    unasked = graded.unasked.setdefault(place, Unasked(question.name, check))
                    unasked.submissions += 1
