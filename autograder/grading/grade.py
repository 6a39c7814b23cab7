"""`homework grade`: grades files and folders of notebooks, and keeps the results.

A grader turns submissions into results: on this machine (`LocalGrader`) or on the workers of a
cluster (`Cluster`). Only this process writes results. A submission that the results already hold is
not graded again.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.errors import UserError
from autograder.grading.attempt import Limits
from autograder.grading.cluster import Cluster
from autograder.grading.discover import Submission, find_submissions
from autograder.grading.local import LocalGrader, Results, no_notebook, not_run
from autograder.grading.runs import Shard, locked, write_exports
from autograder.language import N_, _
from autograder.model import SubmissionResult, SubmissionStatus
from autograder.otter.zip_reader import Autograder, read_autograder
from autograder.sandbox.client import NAMESPACES, Isolation
from autograder.sandbox.resources import NO_GROUP
from autograder.store import RESULTS, Store, SubmissionSummary

NO_GROUP_NOTICE = N_(
    "no memory control group could be made; memory of student code that belongs to no process, "
    "such as socket buffers, is bounded only by its number of processes and open files. An "
    "ordinary user gets one by putting `systemd-run --user --scope -p Delegate=yes` before the "
    "command"
)
Progress = Callable[[int, int, SubmissionResult | None], None]


@dataclass
class RunSummary:
    """Summary of a call of the grader.

    `notices` name settings of the zip that are ignored, and features that the kernel lacks.
    `regraded` counts submissions of this call on which a later verdict of another run counts;
    `older` are files whose latest verdict is of another build of the homework.
    """

    homework: str
    run: int
    summaries: list[SubmissionSummary] = field(default_factory=list)
    skipped: int = 0
    others: list[str] = field(default_factory=list)
    notices: tuple[str, ...] = ()
    regraded: int = 0
    older: list[str] = field(default_factory=list)

    @property
    def not_run(self) -> list[SubmissionSummary]:
        """Submissions that are not graded because of a failure of the grader."""
        return [s for s in self.summaries if s.status is SubmissionStatus.NOT_RUN]

    @property
    def nothing_to_grade(self) -> list[SubmissionSummary]:
        """Submissions that held no work of this homework."""
        return [s for s in self.summaries if s.status.nothing_to_grade]

    @property
    def at_end(self) -> int:
        """The number of submissions with a question that counts as it stands at the end."""
        return sum(each.at_end for each in self.summaries)

    @property
    def incomplete(self) -> bool:
        """Whether a score of this call is not known: something was not run, or a file held
        nothing to grade."""
        return any(s.incomplete for s in self.summaries)


def grade(
    autograder_zip: Path, paths: Sequence[Path], out: Path, *, jobs: int = 1,
    limits: Limits | None = None, isolation: Isolation = NAMESPACES, cluster: str | None = None,
    shard: Shard | None = None, progress: Progress = lambda *_: None,
) -> RunSummary:
    """Grade the notebooks at `paths` with the zip; results go to `out`/results.sqlite and beside.

    `isolation` says how student code is kept apart; `cluster` is the address of a Dask scheduler
    whose workers do the work instead of this machine; `shard` is the part of the submissions to
    grade. Raises UserError for a zip, a path, a results file or a cluster that cannot be used, and
    IsolationRefused when the kernel does not give what was asked for.
    """
    if cluster is not None and shard:
        raise UserError(
            "--shard", _("either --shard or --cluster"), _("both"),
            _("leave --shard out: the scheduler shares the work out by itself"),
        )
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
        with locked(out), contextlib.closing(Store(out / RESULTS)) as store:
            graded = _grade_found(
                grader, autograder, settings, submissions, out, store, progress
            )
    graded.others = found.others
    return graded


def _grade_found(
    grader: LocalGrader | Cluster, autograder: Autograder, settings: dict[str, Any],
    submissions: Sequence[Submission], out: Path, store: Store, progress: Progress,
) -> RunSummary:
    _check_homework(store, autograder, out)
    run = store.open_run(
        autograder.name, autograder.digest, settings, dict(autograder.description),
        datetime.now(UTC).isoformat(timespec="seconds"),
    )
    finished = store.finished(run)
    open_ones = [s for s in submissions if (s.name, s.digest) not in finished]
    progress(0, len(open_ones), None)
    count, isolations = 0, set()
    with contextlib.closing(_results(grader, open_ones)) as results:
        for finished_now in results:
            store.add(run, *finished_now)
            for result in finished_now:
                count += 1
                isolations.add(result.isolation)
                progress(count, len(open_ones), result)
    graded = RunSummary(autograder.name, run, notices=autograder.config.notices)
    if any(NO_GROUP in isolation for isolation in isolations):
        graded.notices += (_(NO_GROUP_NOTICE),)
    graded.skipped = len(submissions) - len(open_ones)
    write_exports(store, autograder.name, out)
    _summarise(graded, store, {s.name for s in submissions})
    return graded


def _check_homework(store: Store, autograder: Autograder, out: Path) -> None:
    """Refuse a folder with the results of another homework."""
    others = sorted({run.homework for run in store.runs()} - {autograder.name})
    if others:
        raise UserError(
            str(out), _("a folder for results of {name}").format(name=autograder.name),
            _("results of {others}").format(others=', '.join(others)), _("choose another --out"),
        )


def _results(grader: LocalGrader | Cluster, submissions: Sequence[Submission]) -> Results:
    """One for every submission; nothing is started for those with nothing to try."""
    yield [not_run(s, s.failure) for s in submissions if s.failure]
    yield [no_notebook(s) for s in submissions if s.empty and not s.failure]
    if tried := [s for s in submissions if not s.failure and not s.empty]:
        yield from grader.grade(tried)


def _summarise(graded: RunSummary, store: Store, names: set[str]) -> None:
    """Summarise the submissions of this call, and those of which other runs count."""
    graded.summaries += [each for each in store.summaries(graded.run) if each.name in names]
    builds = {run.run: run.digest for run in store.runs()}
    for run, name, file in store.latest_files(graded.homework):
        graded.regraded += run != graded.run and name in names
        if builds[run] != builds[graded.run]:
            graded.older.append(file)
