"""`homework grade`: grades files and folders of notebooks, whole or in shards, keeps the results.

A grader turns submissions into results: on this machine (`LocalGrader`) or on the workers of a
cluster (`Cluster`). Only this process writes results. A submission that the results already hold is
not graded again.

A shard (`homework grade --shard I/N`, for job arrays without a scheduler) is chosen by the names of
the submissions alone. A run stores what its shard is, so that `homework merge` refuses shards of
different classes. `merge` checks everything before it writes anything, and results.sqlite appears
last and whole. If a submission was graded more than once, the last result counts.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from autograder.errors import UserError
from autograder.grading.attempt import Limits
from autograder.grading.cluster import Cluster
from autograder.grading.discover import Submission, find_submissions
from autograder.grading.local import LocalGrader, Results, no_notebook, not_run, version
from autograder.grading.stored_results import opened, results_file, write_exports
from autograder.language import N_, _
from autograder.model import Run, SubmissionResult, SubmissionStatus
from autograder.otter.zip_reader import Autograder, read_autograder
from autograder.sandbox.client import NAMESPACES, Isolation
from autograder.sandbox.resources import NO_GROUP
from autograder.store import RESULTS, Store, SubmissionSummary

LOCK = ".lock"
BATCH = 1000
"""Results that are held in memory and written in one transaction."""
UNFINISHED = ".unfinished.sqlite"
GRADE_ALL_ALIKE = N_("grade all shards with the same zip, limits and version of this package")
"""The remedy for shards of different runs."""
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
        with locked(out), closing(Store(out / RESULTS)) as store:
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
    with closing(_results(grader, open_ones)) as results:
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


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Make the folder `out` and lock it against other graders; raises UserError.

    The kernel releases the lock when this process ends, however it ends.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = (out / LOCK).open("w")
    except OSError as error:
        raise UserError(
            str(out), _("a folder that can be written"), error.strerror or str(error),
            _("mend that, or choose another --out"),
        ) from None
    with lock:
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            raise UserError(
                str(out), _("no other `homework grade` that writes there"), _("one that does"),
                _("wait until it has finished, or choose another --out"),
            ) from None
        except OSError:
            pass  # a file system without locks
        yield


@dataclass(frozen=True)
class Shard:
    """Part `index` of the `count` parts of a class, counted from 1."""

    index: int
    count: int

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    def of(self, submissions: Sequence[Submission]) -> list[Submission]:
        """Every `count`-th submission in the order of their names, from the `index`-th on."""
        return sorted(submissions, key=lambda s: s.name)[self.index - 1 :: self.count]

    def settings(self, submissions: Sequence[Submission]) -> dict[str, Any]:
        """The settings of the run about this shard; `submissions` are those of the whole class."""
        return {
            "index": self.index, "count": self.count, "submissions": len(submissions),
            "names": digest_of(s.name for s in submissions), "version": version(),
        }

    def size(self, submissions: int) -> int:
        """The number of submissions in this shard of a class with `submissions`."""
        return len(range(self.index - 1, submissions, self.count))


def read_shard(text: str) -> Shard:
    """The shard that "I/N" means; raises UserError."""
    match = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
    shard = Shard(int(match[1]), int(match[2])) if match else None
    if shard is None or not 1 <= shard.index <= shard.count:
        raise UserError(
            "--shard", _("I/N with I from 1 to N, like 3/8"), repr(text),
            _("give each job of the array its own I and all the same N"),
        )
    return shard


def digest_of(names: Iterable[str]) -> str:
    """A digest of the names of a class that does not depend on their order."""
    return hashlib.sha256(json.dumps(sorted(names)).encode()).hexdigest()


@dataclass(frozen=True)
class ShardResults:
    """The results of a shard: what the person named, the store and the run in it."""

    given: str
    store: Store
    run: Run
    shard: Shard

    @property
    def about(self) -> dict[str, Any]:
        """What the run stores about its shard."""
        about: dict[str, Any] = self.run.settings["shard"]
        return about

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self.store.finished(self.run.run)}


@dataclass(frozen=True)
class Merged:
    """Summary of a merge."""

    homework: str
    shards: int
    submissions: int


def merge(shards: Sequence[str], out: Path) -> Merged:
    """Join the runs, each given as a folder or file, into the folder `out`; raises UserError."""
    _check_target(shards, out)
    with ExitStack() as stack:
        parts = [_shard_results(given, *stack.enter_context(opened(given))) for given in shards]
        _check_alike(parts)
        _check_complete(parts)
        stack.enter_context(locked(out))
        total = _write_merged(parts, out)
    return Merged(parts[0].run.homework, len(parts), total)


def _check_target(shards: Sequence[str], out: Path) -> None:
    target = (out / RESULTS).resolve()
    if target in (results_file(given).resolve() for given in shards):
        raise UserError(
            str(out), _("a folder of its own for the merged results"), _("one of the shards"),
            _("choose another --out"),
        )
    if target.exists():
        raise UserError(
            str(out), _("a folder without results"),
            _("it holds {results}").format(results=RESULTS),
            _("choose another --out, or move that file away"),
        )


def _shard_results(given: str, store: Store, run: Run) -> ShardResults:
    about = run.settings.get("shard")
    if about is None:
        raise UserError(
            given, _("a run of `homework grade --shard I/N`"), _("one of a whole class"),
            _("leave it out: there is nothing to merge it with"),
        )
    return ShardResults(given, store, run, Shard(about["index"], about["count"]))


def _check_alike(parts: Sequence[ShardResults]) -> None:
    """Raises UserError unless all shards are of one class and graded in the same way."""
    first = parts[0]
    for part in parts[1:]:
        for what, here, there, remedy in (
            ("homework", first.run.homework, part.run.homework,
             N_("merge each homework by itself")),
            ("autograder.zip", first.run.digest, part.run.digest, GRADE_ALL_ALIKE),
            ("limits", first.run.settings["limits"], part.run.settings["limits"], GRADE_ALL_ALIKE),
            ("grader", first.about["version"], part.about["version"], GRADE_ALL_ALIKE),
            (_("number of shards"), first.shard.count, part.shard.count,
             N_("merge the shards of one division, all N of I/N")),
            (_("number of submissions in the class"), first.about["submissions"],
             part.about["submissions"], N_("grade all shards of the same submissions")),
            (_("names of the submissions in the class, as a digest"), first.about["names"],
             part.about["names"], N_("grade all shards of the same submissions")),
        ):
            if here != there:
                raise UserError(
                    part.given,
                    _("{what}: {here}, as in {given}").format(
                        what=what, here=here, given=first.given),
                    str(there), _(remedy),
                )


def _check_complete(parts: Sequence[ShardResults]) -> None:
    """Raises UserError unless each shard is there once, with all of its submissions."""
    known: dict[Shard, ShardResults] = {}
    for part in parts:
        other = known.setdefault(part.shard, part)
        if other is not part:
            raise UserError(
                part.given, _("every shard once"),
                _("shard {shard}, as in {given}").format(shard=part.shard, given=other.given),
                _("leave one of them out"),
            )
    count = parts[0].shard.count
    missing = [str(i) for i in range(1, count + 1) if Shard(i, count) not in known]
    if missing:
        raise UserError(
            ", ".join(part.given for part in parts), _("all {count} shards").format(count=count),
            _("no shard {missing} of {count}").format(missing=', '.join(missing), count=count),
            _("grade what is missing, or name it too"),
        )
    names: set[str] = set()
    for part in parts:
        found, size = part.names, part.shard.size(part.about["submissions"])
        if len(found) != size:
            raise UserError(
                part.given,
                _("the {size} submissions of shard {shard}").format(size=size, shard=part.shard),
                _("{count} that are graded").format(count=len(found)),
                _("give its command again: it goes on where it stopped"),
            )
        names |= found
    if digest_of(names) != parts[0].about["names"]:
        raise UserError(
            ", ".join(part.given for part in parts), _("the submissions of the class"),
            _("others, or some of them twice"),
            _("grade the shards anew, each into a folder of its own"),
        )


def _write_merged(parts: Sequence[ShardResults], out: Path) -> int:
    """Write the results and the files beside them; return the number of submissions."""
    unfinished = out / UNFINISHED
    unfinished.unlink(missing_ok=True)
    first = min((part.run for part in parts), key=lambda run: run.started)
    settings = {k: v for k, v in first.settings.items() if k != "shard"}
    total = 0
    with closing(Store(unfinished)) as store:
        run = store.open_run(
            first.homework, first.digest, settings, first.description, first.started
        )
        for part in parts:
            results = part.store.results(part.run.run)
            while some := list(islice(results, BATCH)):
                store.add(run, *some)
                total += len(some)
        write_exports(store, first.homework, out)
    unfinished.replace(out / RESULTS)
    return total
