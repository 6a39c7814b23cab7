"""`homework grade`: grades files and folders of notebooks, and keeps the results.

Each of `jobs` processes has a warm parent of its own and grades one submission after another; this
process alone writes. A submission that the results already hold is not graded again.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import nbformat

from autograder.checker import Limits
from autograder.otterzip import Autograder, read_autograder
from autograder.outputs import write_final_grades, write_results_json
from autograder.results import Store, SubmissionResult, SubmissionStatus
from autograder.submissions import Submission, find_submissions
from autograder.supervisor import Supervisor
from autograder.warm import IsolationRefused, WarmParent

RESULTS = "results.sqlite"
Progress = Callable[[int, int, SubmissionResult | None], None]


NAMESPACES, PROCESS, BEST = ISOLATIONS = ("namespaces", "process", "best")


@dataclass
class Graded:
    """What a run of the grader came to."""

    run: int
    folder: Path
    description_points: float
    results: list[SubmissionResult]
    skipped: int
    others: list[Path] = field(default_factory=list)

    @property
    def not_run(self) -> list[SubmissionResult]:
        """Submissions that our own failure left ungraded."""
        return [r for r in self.results if r.status is SubmissionStatus.NOT_RUN]


def grade(
    autograder_zip: Path, paths: Sequence[Path], out: Path, *, jobs: int = 1,
    limits: Limits | None = None, isolation: str = NAMESPACES, progress: Progress = lambda *_: None,
) -> Graded:
    """Grade the notebooks at `paths` with the zip; results go to `out`/results.sqlite and beside.

    `isolation` is one of ISOLATIONS. Raises UserError for a zip, a path or a results file that
    cannot be used, and IsolationRefused when the kernel does not give what was asked for.
    """
    limits = limits or Limits()
    isolation = obtain(isolation)
    autograder = read_autograder(autograder_zip)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="homework-") as unpacked:
        found = find_submissions(paths, Path(unpacked))
        graded = _grade_found(autograder, found.submissions, out, limits, isolation, jobs, progress)
    graded.others = found.others
    return graded


def _grade_found(
    autograder: Autograder, submissions: Sequence[Submission], out: Path, limits: Limits,
    isolation: str, jobs: int, progress: Progress,
) -> Graded:
    store = Store(out / RESULTS)
    try:
        run = store.open_run(
            autograder.name, autograder.digest, {"limits": asdict(limits)},
            dict(autograder.description), datetime.now(UTC).isoformat(timespec="seconds"),
        )
        finished = store.finished(run)
        open_ones = [s for s in submissions if (s.name, s.digest) not in finished]
        progress(0, len(open_ones), None)
        results = _grade_all(autograder, open_ones, limits, isolation, jobs)
        for count, result in enumerate(results, 1):
            if result.status is not SubmissionStatus.NOT_RUN:
                store.add(run, result)
            progress(count, len(open_ones), result)
        graded = _written(store, run, autograder, out, submissions)
    finally:
        store.close()
    graded.skipped = len(submissions) - len(open_ones)
    return graded


def obtain(isolation: str) -> str:
    """The isolation to grade with: what was asked for, if a worker can be had that way.

    "best" is the only one that settles for less. Raises IsolationRefused.
    """
    if isolation == PROCESS:
        return PROCESS
    try:
        with WarmParent(NAMESPACES) as parent:
            parent.end(parent.spawn())
    except IsolationRefused:
        if isolation != BEST:
            raise
        return PROCESS
    return NAMESPACES


def _grade_all(
    autograder: Autograder, submissions: Sequence[Submission], limits: Limits, isolation: str,
    jobs: int,
) -> Iterator[SubmissionResult]:
    """Results as they are finished, in any order; one for every submission."""
    if not submissions:
        return
    pool = ProcessPoolExecutor(
        min(jobs, len(submissions)), get_context("fork"), _start,
        (autograder, limits, isolation),
    )
    try:
        futures = {pool.submit(_grade_one, s): s for s in submissions}
        for future in as_completed(futures):
            yield _result(future, futures[future])
    finally:
        pool.shutdown(cancel_futures=True)


def _result(future: Future[SubmissionResult], submission: Submission) -> SubmissionResult:
    try:
        return future.result()
    except BrokenProcessPool:
        reason = "a grading process was killed; was there enough memory?"
    except Exception as error:
        reason = f"the grader failed: {type(error).__name__}: {error}"
    return SubmissionResult(
        name=submission.name, file=submission.file, digest=submission.digest, language="en",
        status=SubmissionStatus.NOT_RUN, reason=reason,
    )


_supervisor: Supervisor | None = None


def _start(autograder: Autograder, limits: Limits, isolation: str) -> None:
    """Begin the life of a grading process."""
    global _supervisor
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    _supervisor = Supervisor(autograder, limits, isolation)
    nbformat.reads(nbformat.writes(nbformat.v4.new_notebook()), as_version=4)  # loads its schema
    gc.collect()
    gc.freeze()  # what is here now stays: collections after each fork need not copy its pages


def _grade_one(submission: Submission) -> SubmissionResult:
    assert _supervisor is not None
    result = _supervisor.grade(
        submission.path, submission.name, submission.file, submission.digest
    )
    result.submitted_at = submission.submitted_at
    result.reason = submission.unreadable or result.reason
    return result


def _written(
    store: Store, run: int, autograder: Autograder, out: Path, submissions: Sequence[Submission]
) -> Graded:
    """Write the files beside the results, and pick out those of this call."""
    description = autograder.description
    results = list(store.results(run))
    write_final_grades(out / "final_grades.csv", description, results)
    write_results_json(out / "results", description, results)
    names = {submission.name for submission in submissions}
    points = sum(question["points"] for question in description["questions"])
    return Graded(run, out, points, [r for r in results if r.name in names], 0)
