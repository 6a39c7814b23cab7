"""Runs: the folder and file of one, the part of a class it graded, the programs that graded it.

People name a run by the folder that `homework grade` wrote, or by its results.sqlite; `:N` is for
run N of the file. A part (`homework grade --shard I/N`, for job arrays without a scheduler) depends
on the names of the submissions only. What a run stores about its part lets `homework merge` tell
parts of one class from parts of two.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from autograder.errors import UserError
from autograder.grading.discover import Submission
from autograder.model import Run
from autograder.store import RESULTS, Store

PACKAGE = Path(__file__).parents[1]
ALSO = ("numpy", "otter-grader")


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
            given, "a run of these results", f"only run {known}" if runs else "no runs",
            "name one of them" if runs else "grade first",
        )
    return chosen[-1]


@dataclass(frozen=True)
class Shard:
    """Part `index` of `count`, the first being 1."""

    index: int
    count: int

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    def of(self, submissions: Sequence[Submission]) -> list[Submission]:
        """Every `count`-th submission in the order of their names, from the `index`-th on."""
        return sorted(submissions, key=lambda s: s.name)[self.index - 1 :: self.count]

    def settings(self, submissions: Sequence[Submission]) -> dict[str, Any]:
        """What the run stores of itself; `submissions` are those of the whole class."""
        return {
            "index": self.index, "count": self.count, "submissions": len(submissions),
            "names": digest_of(s.name for s in submissions), "version": version(),
        }

    def size(self, submissions: int) -> int:
        """How many of that many submissions are in this part."""
        return len(range(self.index - 1, submissions, self.count))


def read_shard(text: str) -> Shard:
    """The shard that "I/N" means; raises UserError."""
    match = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
    shard = Shard(int(match[1]), int(match[2])) if match else None
    if shard is None or not 1 <= shard.index <= shard.count:
        raise UserError(
            "--shard", "I/N with I from 1 to N, like 3/8", repr(text),
            "give each job of the array its own I and all the same N",
        )
    return shard


def digest_of(names: Iterable[str]) -> str:
    """What stands for the names of a class, whatever their order."""
    return hashlib.sha256(json.dumps(sorted(names)).encode()).hexdigest()


@functools.cache
def version() -> str:
    """This package by a hash of its sources, Python, and the libraries that checks rest on.

    The number of the release would not do: it stays the same while somebody mends a module.
    """
    sources = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        sources.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    libraries = [f"{name} {metadata.version(name)}" for name in ALSO]
    return ", ".join([f"autograder {sources.hexdigest()[:12]}", python, *libraries])
