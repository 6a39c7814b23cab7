"""`homework grade`: grades files and folders of notebooks, and keeps the results.

A grader turns submissions into results: on this machine (`grader`) or on the workers of a
cluster (`cluster`). This process alone writes. A submission that the results already hold is not
graded again.
"""

from __future__ import annotations

import contextlib
import fcntl
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.errors import UserError
from autograder.grading.check_runner import Limits
from autograder.grading.cluster import Cluster
from autograder.grading.discover import Submission, find_submissions
from autograder.grading.export import write_final_grades, write_results_json
from autograder.grading.local import LocalGrader, Results, not_run
from autograder.grading.runs import Shard
from autograder.model import (
    NOT_CHECKABLE,
    CheckResult,
    HomeworkDescription,
    SubmissionResult,
    SubmissionStatus,
)
from autograder.otter.zip_reader import Autograder, read_autograder
from autograder.sandbox.client import NAMESPACES, Isolation
from autograder.store import RESULTS, Store

LOCK = ".lock"
Progress = Callable[[int, int, SubmissionResult | None], None]


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
    limits: Limits | None = None, isolation: Isolation = NAMESPACES, cluster: str | None = None,
    shard: Shard | None = None, progress: Progress = lambda *_: None,
) -> Graded:
    """Grade the notebooks at `paths` with the zip; results go to `out`/results.sqlite and beside.

    `isolation` says how student code is kept apart; `cluster` is the address of a Dask scheduler
    whose workers do the work instead of this machine; `shard` is the part of the submissions to
    grade. Raises UserError for a zip, a path, a results file or a cluster that cannot be used, and
    IsolationRefused when the kernel does not give what was asked for.
    """
    if cluster is not None and shard:
        raise UserError("--shard", "either --shard or --cluster", "both",
                        "leave --shard out: the scheduler shares the work out by itself")
    autograder, limits = read_autograder(autograder_zip), limits or Limits()
    settings: dict[str, Any] = {"limits": asdict(limits)}
    with tempfile.TemporaryDirectory(prefix="homework-") as temporary:
        found = find_submissions(paths, Path(temporary, "unpacked"), skip=[out, autograder_zip])
        submissions = found.submissions
        if shard:
            settings["shard"] = shard.settings(submissions)
            submissions = shard.of(submissions)
        grader = (
            Cluster(cluster, autograder_zip.read_bytes(), limits, isolation)
            if cluster is not None
            else LocalGrader(autograder, limits, isolation, jobs, Path(temporary, "files"))
        )
        with alone(out), contextlib.closing(Store(out / RESULTS)) as store:
            graded = _grade_found(
                grader, autograder, settings, submissions, out, store, progress
            )
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


def _grade_found(
    grader: LocalGrader | Cluster, autograder: Autograder, settings: dict[str, Any],
    submissions: Sequence[Submission], out: Path, store: Store, progress: Progress,
) -> Graded:
    run = store.open_run(
        autograder.name, autograder.digest, settings, dict(autograder.description),
        datetime.now(UTC).isoformat(timespec="seconds"),
    )
    finished = store.finished(run)
    open_ones = [s for s in submissions if (s.name, s.digest) not in finished]
    progress(0, len(open_ones), None)
    ungraded, count = {}, 0
    with contextlib.closing(_results(grader, open_ones)) as results:
        for finished_now in results:
            store.add(run, *(r for r in finished_now if r.status is not SubmissionStatus.NOT_RUN))
            for result in finished_now:
                if result.status is SubmissionStatus.NOT_RUN:
                    ungraded[result.name] = result
                count += 1
                progress(count, len(open_ones), result)
    last = store.runs()[-1].run
    graded = Graded(autograder.name, run, last if last != run else None,
                    notices=autograder.config.notices)
    graded.skipped = len(submissions) - len(open_ones)
    write_beside(store, run, autograder.description, out, ungraded)
    _look_back(graded, store, {s.name for s in submissions}, ungraded)
    return graded


def _results(grader: LocalGrader | Cluster, submissions: Sequence[Submission]) -> Results:
    """One for every submission; nothing is started for those that could not be read."""
    yield [not_run(s, s.failure) for s in submissions if s.failure]
    if tried := [s for s in submissions if not s.failure]:
        yield from grader.grade(tried)


def _current(
    store: Store, run: int, ungraded: Mapping[str, SubmissionResult]
) -> Iterator[SubmissionResult]:
    """The results of the run; a file that could not be graded hides what its name had before."""
    for result in store.results(run):
        if result.name not in ungraded:
            yield result
    yield from ungraded.values()


def write_beside(
    store: Store, run: int, description: HomeworkDescription, out: Path,
    ungraded: Mapping[str, SubmissionResult],
) -> None:
    """Write the files beside the results; `ungraded` are submissions that they do not hold."""
    write_final_grades(out / "final_grades.csv", description, _current(store, run, ungraded))
    names = [name for name, _ in store.finished(run)]
    write_results_json(out / "results", description, names, store.results(run))


def _look_back(
    graded: Graded, store: Store, names: set[str], ungraded: Mapping[str, SubmissionResult]
) -> None:
    """Take down how the submissions of this call stand."""
    for result in _current(store, graded.run, ungraded):
        if result.name not in names:
            continue
        graded.standings.append(Standing(result.file, result.status, result.score, result.reason))
        for question in result.questions:
            for position, check in enumerate(question.checks):
                if check.error == NOT_CHECKABLE:
                    place = question.name, position
                    unasked = graded.unasked.setdefault(place, Unasked(question.name, check))
                    unasked.submissions += 1
