"""Reads a submitted notebook as the steps of its grading: run a cell, check a question.

Everything here handles what a student sent and may be anything; it runs in the process that is
given up when a submission drives it into the ground.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

from autograder.results import SubmissionStatus

MAX_BYTES = 64 << 20
IGNORED_TAG = "otter_ignore"
CHINESE = re.compile("[一-鿿]")


@dataclass(frozen=True)
class Step:
    """Run the cell `source`, or, if that is None, check `question`. `number` counts code cells."""

    number: int
    source: str | None = None
    question: str = ""


@dataclass
class Notebook:
    """A notebook as steps; `status` says what is wrong with it as a file, if anything is."""

    steps: list[Step] = field(default_factory=list)
    assignment: str | None = None
    language: str = ""
    status: SubmissionStatus = SubmissionStatus.COMPLETED
    reason: str = ""


def read_notebook(path: Path, questions: Sequence[str]) -> Notebook:
    """The notebook at `path`; one that cannot be read has no steps and a status that says why."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return _unreadable(f"the file cannot be read: {error.strerror}")
    if len(data) > MAX_BYTES:
        return _unreadable(f"larger than {MAX_BYTES >> 20} MiB")
    if not data.strip():
        return Notebook(status=SubmissionStatus.EMPTY, reason="the file is empty")
    try:
        notebook = nbformat.reads(_text(data), as_version=4)
        steps = list(_steps(notebook, questions))
    except Exception as error:  # any other shape of file is not a notebook
        return _unreadable(f"not a notebook: {type(error).__name__}")
    return _with_metadata(notebook, steps, questions)


def _with_metadata(notebook: Any, steps: list[Step], questions: Sequence[str]) -> Notebook:
    metadata = notebook.get("metadata", {})
    read = Notebook(steps, _entry(metadata, "otter", "assignment_name"))
    read.language = _entry(metadata, "homework", "language") or _guess_language(notebook)
    if not any(step.source is not None and step.source.strip() for step in steps):
        read.status, read.reason = SubmissionStatus.EMPTY, "the notebook has no code"
    elif not any(step.source is None for step in steps):
        read.status = SubmissionStatus.NO_CHECK_CELLS
        read.reason = f"no cell calls grader.check for one of {len(questions)} questions"
    return read


def _unreadable(reason: str) -> Notebook:
    return Notebook(status=SubmissionStatus.UNREADABLE, reason=reason)


def _text(data: bytes) -> str:
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding)
    return data.decode("utf-8-sig")


def _entry(metadata: Any, group: str, name: str) -> str | None:
    values = metadata.get(group)
    value = values.get(name) if isinstance(values, dict) else None
    return value if isinstance(value, str) else None


def _guess_language(notebook: Any) -> str:
    prose = " ".join(_source(c) for c in notebook.cells if c.get("cell_type") == "markdown")
    return "zh" if len(CHINESE.findall(prose)) > len(prose) / 20 else "en"


def _source(cell: Any) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _steps(notebook: Any, questions: Sequence[str]) -> Iterator[Step]:
    number = 0
    for cell in notebook.cells:
        if cell.get("cell_type") != "code":
            continue
        number += 1
        metadata = cell.get("metadata", {})
        otter = metadata.get("otter", {})
        if IGNORED_TAG in metadata.get("tags", []) or otter.get("ignore"):
            continue
        source = _source(cell)
        yield Step(number, source)
        for question in [*checked_in(source), *otter.get("tests", [])]:
            if question in questions:
                yield Step(number, None, question)


def checked_in(source: str) -> list[str]:
    """The questions for which a cell calls `grader.check("...")` as it runs, in their order.

    A call inside a function's body does not count; a cell that is no Python checks nothing.
    """
    if ".check(" not in source:
        return []
    try:
        tree = ast.parse(TransformerManager().transform_cell(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return list(_check_calls(tree))


def _check_calls(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        argument = node.args[0] if node.args else None
        if node.func.attr == "check" and isinstance(argument, ast.Constant):
            yield str(argument.value)
    for child in ast.iter_child_nodes(node):
        yield from _check_calls(child)
