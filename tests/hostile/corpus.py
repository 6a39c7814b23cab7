"""The corpus: hostile, broken and odd submissions to a small homework, and what each must come to.

A case is named by what it tries; its docstring says what it proves. It lies in the file of its
kind:

    reading    looks for hidden checks, expected values, other submissions, the grader itself
    telling    has seen a hidden input, as every function does, and tries to carry it out
    forging    tries to earn points without the right function
    harming    tries to cost the grader, the machine or another student something
    costing    tries it with what all share: the processor, memory of nobody, the reading
    breaking   files that are no notebook, or hardly one
    oddities   honest work that looks unusual, and must lose nothing

The homework has three questions. `treasure` asks for a text that stands nowhere but in its hidden
check: nobody can know it, so whoever earns its points has read the check.

How the checks of a submission must end is written as one letter a check and one word a question,
"PPPP PP F" for honest work: Passed, Failed, Error, Timeout, Not run.
"""

from __future__ import annotations

import inspect
import json
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from autograder.model import SubmissionStatus

HONEST = "PPPP PP F"
UNDEFINED = "EEEE EE E"
"""What a submission without any functions comes to."""
LETTERS = {"passed": "P", "failed": "F", "error": "E", "timeout": "T", "not_run": "N"}
POINTS = {"q1_double": [1, 1, 1, 1], "q2_descend": [1, 1], "q3_treasure": [4]}
COMPLETED, CELL_ERROR = SubmissionStatus.COMPLETED, SubmissionStatus.CELL_ERROR
EXITED, TIMED_OUT = SubmissionStatus.EXITED, SubmissionStatus.TIMED_OUT
SYNTAX_ERROR, UNREADABLE = SubmissionStatus.SYNTAX_ERROR, SubmissionStatus.UNREADABLE
EMPTY, NO_CHECK_CELLS = SubmissionStatus.EMPTY, SubmissionStatus.NO_CHECK_CELLS
OTHER_ASSIGNMENT = SubmissionStatus.OTHER_ASSIGNMENT

SETUP = '''
import otter
grader = otter.Notebook("hostile.ipynb")
import numpy as np
'''
ANSWERS = '''
def double(x):
    return x + x


def descend(grad, w, steps):
    for _ in range(steps):
        w = w - 0.1 * grad(w)
    return w


def treasure(clue):
    return ""
'''
CHECKS = [f'grader.check("{question}")' for question in POINTS]


@dataclass(frozen=True)
class Case:
    """A submission. `found` are words that the instructor's reason must hold."""

    name: str
    kind: str
    proves: str
    notebook: bytes
    checks: str
    status: SubmissionStatus
    found: str
    namespaces: bool
    """Whether it can only be kept from its aim, or be run at all, in namespaces."""

    @property
    def score(self) -> float:
        """The points that its checks must come to."""
        words = zip(self.checks.split(), POINTS.values(), strict=True)
        return sum(p for word, points in words for c, p in zip(word, points, strict=True)
                   if c == "P")


CASES: dict[str, Case] = {}


def code(
    checks: str = HONEST, status: SubmissionStatus = COMPLETED, *, found: str = "",
    namespaces: bool = False,
) -> Callable[[Callable[[], Any]], None]:
    """A case whose cells, parted by lines `# %%`, are the body of the function.

    They come behind the right answers, which they may redefine, and before the check cells.
    """
    def add(function: Callable[[], Any]) -> None:
        lines = inspect.getsource(function).splitlines()
        start = next(i for i, line in enumerate(lines) if line.startswith("def ")) + 1
        body = textwrap.dedent("\n".join(lines[start:]))
        body = body.split('"""', 2)[2]
        _add(function, notebook(body.split("\n# %%\n")), checks, status, found, namespaces)

    return add


def cells(
    checks: str = HONEST, status: SubmissionStatus = COMPLETED, *, found: str = "",
    namespaces: bool = False,
) -> Callable[[Callable[[], list[str]]], None]:
    """A case whose cells are what the function returns: for what is no plain Python."""
    def add(function: Callable[[], list[str]]) -> None:
        _add(function, notebook(function()), checks, status, found, namespaces)

    return add


def file(
    checks: str, status: SubmissionStatus, *, found: str = ""
) -> Callable[[Callable[[], bytes]], None]:
    """A case whose whole file is what the function returns."""
    def add(function: Callable[[], bytes]) -> None:
        _add(function, function(), checks, status, found, False)

    return add


def _add(
    function: Callable[[], Any], data: bytes, checks: str, status: SubmissionStatus, found: str,
    namespaces: bool,
) -> None:
    name = function.__name__
    assert name not in CASES, f"two cases are named {name}"
    assert function.__doc__, f"{name} does not say what it proves"
    kind = function.__module__.rpartition(".")[2]
    CASES[name] = Case(
        name, kind, function.__doc__, data, checks, status, found, namespaces
    )


def notebook(sources: Sequence[str], **metadata: Any) -> bytes:
    """A notebook of the corpus's homework with these cells in it; a neighbour's canary too."""
    sources = [SETUP, ANSWERS, *sources]
    if not any(".check(" in source for source in sources):
        sources += CHECKS
    return as_file(sources, **metadata)


def as_file(sources: Sequence[str], **metadata: Any) -> bytes:
    """A notebook file with these code cells and nothing else in it."""
    book = nbformat.v4.new_notebook(metadata=metadata)
    book.cells = [nbformat.v4.new_markdown_cell("My own words: CANARY-NEIGHBOUR-77d2")]
    book.cells += [nbformat.v4.new_code_cell(source.strip("\n")) for source in sources]
    for number, cell in enumerate(book.cells):
        cell["id"] = f"cell-{number}"
    return json.dumps(book).encode()


NEIGHBOURS = [f"{letter}_honest_neighbour" for letter in "abfhlprt"]
"""Honest submissions, whose names spread them among the cases."""
WORK = """
import time


def double(x):
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
    return x + x
"""


def write(folder: Path, names: Sequence[str], replace: dict[str, str]) -> None:
    """Write these cases, and the neighbours, as files.

    `replace` gives attackers the paths and ports they guess.
    """
    folder.mkdir(parents=True)
    for name in NEIGHBOURS:
        (folder / f"{name}.ipynb").write_bytes(notebook([WORK]))
    for name in names:
        data = CASES[name].notebook
        for old, new in replace.items():
            data = data.replace(old.encode(), new.encode())
        (folder / f"{name}.ipynb").write_bytes(data)
