"""Runs as people name them: a folder that `homework grade` wrote, or its file; `:N` for run N."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from autograder.errors import UserError
from autograder.results import Run, Store

RESULTS = "results.sqlite"


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
