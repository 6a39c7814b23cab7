"""Runs: how people name one, shards of a class, and merging shards.

People name a run by the folder that `homework grade` wrote, or by its results.sqlite; `:N` at the
end means run N of the file. A shard (`homework grade --shard I/N`, for job arrays without a
scheduler) is chosen by the names of the submissions alone. A run stores what its shard is, so that
`homework merge` refuses shards of different classes.

`merge` checks everything before it writes anything, and results.sqlite appears last and whole. If a
submission was graded more than once, the last result counts.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any

from autograder.errors import UserError
from autograder.grading.discover import Submission
from autograder.grading.export import write_each_json, write_final_grades
from autograder.language import N_, _
from autograder.model import HomeworkDescription, Run
from autograder.store import RESULTS, Store

PACKAGE = Path(__file__).parents[1]
LIBRARIES = ("numpy", "otter-grader")
LOCK = ".lock"
BATCH = 1000
"""Results that are held in memory and written in one transaction."""
UNFINISHED = ".unfinished.sqlite"
GRADE_ALL_ALIKE = N_("grade all shards with the same zip, limits and version of this package")
"""The remedy for shards of different runs."""


@contextmanager
def opened(given: str) -> Iterator[tuple[Store, Run]]:
    """The store and the run, the last one if none is named; raises UserError."""
    path, number = _parts(given)
    with closing(Store(path, create=False)) as store:
        yield store, _choose(store.runs(), number, given)


def results_file(given: str) -> Path:
    """The file that holds the run."""
    return _parts(given)[0]


def _parts(given: str) -> tuple[Path, str]:
    where, _, number = given.rpartition(":") if _has_run(given) else (given, "", "")
    path = Path(where)
    return (path / RESULTS if path.is_dir() else path), number


def _has_run(given: str) -> bool:
    return given.rpartition(":")[2].isdigit() and not Path(given).exists()


def _choose(runs: list[Run], number: str, given: str) -> Run:
    chosen = [run for run in runs if not number or run.run == int(number)]
    if not chosen:
        known = ", ".join(str(run.run) for run in runs)
        raise UserError(
            given, _("a run of these results"),
            _("only run {known}").format(known=known) if runs else _("no runs"),
            _("name one of them") if runs else _("grade first"),
        )
    return chosen[-1]


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


@functools.cache
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


def write_exports(store: Store, homework: str, out: Path) -> None:
    """Write final_grades.csv and results/ from the latest verdict on each submission."""
    run = store.latest_run(homework)
    if run is None:
        return
    description: HomeworkDescription = run.description  # type: ignore[assignment]
    names = [name for _, name, _ in store.latest_files(homework)]
    results = write_each_json(out / "results", description, names, store.latest_results(homework))
    write_final_grades(out / "final_grades.csv", description, results)  # each is read once


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
