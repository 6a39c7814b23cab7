"""`homework merge`: joins the shards of a class into the results of one undivided run.

Everything is checked before anything is written, and results.sqlite appears last and whole. Of a
submission that was graded more than once, the last result is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from autograder.errors import UserError
from autograder.grading.grade import alone, write_beside
from autograder.grading.runs import Shard, digest_of, opened, results_file
from autograder.model import Run
from autograder.store import RESULTS, Store

AT_ONCE = 1000
"""Results in memory, and in one transaction."""
UNFINISHED = ".unfinished.sqlite"
GRADE_ALL_ALIKE = "grade all shards with the same zip, limits and version of this package"
"""What to do about shards of different runs."""


@dataclass(frozen=True)
class Part:
    """A shard's results."""

    given: str
    store: Store
    run: Run
    shard: Shard

    @property
    def about(self) -> dict[str, Any]:
        """What the run stores of itself as a shard."""
        about: dict[str, Any] = self.run.settings["shard"]
        return about

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self.store.finished(self.run.run)}


@dataclass(frozen=True)
class Merged:
    """What became of the shards."""

    homework: str
    shards: int
    submissions: int


def merge(shards: Sequence[str], out: Path) -> Merged:
    """Join the runs, each given as a folder or file, into the folder `out`; raises UserError."""
    _check_target(shards, out)
    with ExitStack() as stack:
        parts = [_part(given, *stack.enter_context(opened(given))) for given in shards]
        _check_alike(parts)
        _check_complete(parts)
        stack.enter_context(alone(out))
        total = _write(parts, out)
    return Merged(parts[0].run.homework, len(parts), total)


def _check_target(shards: Sequence[str], out: Path) -> None:
    target = (out / RESULTS).resolve()
    if target in (results_file(given).resolve() for given in shards):
        raise UserError(str(out), "a folder of its own for the merged results",
                        "one of the shards", "choose another --out")
    if target.exists():
        raise UserError(str(out), "a folder without results", f"it holds {RESULTS}",
                        "choose another --out, or move that file away")


def _part(given: str, store: Store, run: Run) -> Part:
    about = run.settings.get("shard")
    if about is None:
        raise UserError(given, "a run of `homework grade --shard I/N`", "one of a whole class",
                        "leave it out: there is nothing to merge it with")
    return Part(given, store, run, Shard(about["index"], about["count"]))


def _check_alike(parts: Sequence[Part]) -> None:
    """Whether all are of one class, graded in one way."""
    first = parts[0]
    for part in parts[1:]:
        for what, here, there, remedy in (
            ("homework", first.run.homework, part.run.homework, "merge each homework by itself"),
            ("autograder.zip", first.run.digest, part.run.digest, GRADE_ALL_ALIKE),
            ("limits", first.run.settings["limits"], part.run.settings["limits"], GRADE_ALL_ALIKE),
            ("grader", first.about["version"], part.about["version"], GRADE_ALL_ALIKE),
            ("number of shards", first.shard.count, part.shard.count,
             "merge the shards of one division, all N of I/N"),
            ("number of submissions in the class", first.about["submissions"],
             part.about["submissions"], "grade all shards of the same submissions"),
            ("names of the submissions in the class, as a digest", first.about["names"],
             part.about["names"], "grade all shards of the same submissions"),
        ):
            if here != there:
                raise UserError(part.given, f"{what}: {here}, as in {first.given}", str(there),
                                remedy)


def _check_complete(parts: Sequence[Part]) -> None:
    """Whether each shard is there once, with all of its submissions."""
    known: dict[Shard, Part] = {}
    for part in parts:
        other = known.setdefault(part.shard, part)
        if other is not part:
            raise UserError(part.given, "every shard once",
                            f"shard {part.shard}, as in {other.given}", "leave one of them out")
    count = parts[0].shard.count
    missing = [str(i) for i in range(1, count + 1) if Shard(i, count) not in known]
    if missing:
        raise UserError(
            ", ".join(part.given for part in parts), f"all {count} shards",
            f"no shard {', '.join(missing)} of {count}", "grade what is missing, or name it too",
        )
    names: set[str] = set()
    for part in parts:
        found, size = part.names, part.shard.size(part.about["submissions"])
        if len(found) != size:
            raise UserError(
                part.given, f"the {size} submissions of shard {part.shard}",
                f"{len(found)} that are graded",
                "give its command again: it goes on where it stopped",
            )
        names |= found
    if digest_of(names) != parts[0].about["names"]:
        raise UserError(
            ", ".join(part.given for part in parts), "the submissions of the class",
            "others, or some of them twice", "grade the shards anew, each into a folder of its own",
        )


def _write(parts: Sequence[Part], out: Path) -> int:
    """Write the results and what stands beside them; how many submissions there are."""
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
            while some := list(islice(results, AT_ONCE)):
                store.add(run, *some)
                total += len(some)
        write_beside(store, first.homework, out)
    unfinished.replace(out / RESULTS)
    return total
