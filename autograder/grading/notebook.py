"""Reads a submitted notebook as the steps of its grading: run a cell, check a question.

A student's file may hold anything. So this runs in the checker, which is disposable, and every
error here counts as an error of the notebook. Only the parts that grading needs are read: a
notebook with a flaw elsewhere (in its outputs, ids or metadata) is graded.
"""

from __future__ import annotations

import ast
import contextlib
import json
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from autograder.language import LANGUAGES, N_
from autograder.model import SHORTENED, CellError, SubmissionStatus, clean

MAX_BYTES = 64 << 20
MAX_CELLS = 2_000
"""Code cells that are run; a homework's notebook has some dozens."""
MAX_NAME = 100
MAX_ANSWER = 8_000
MAX_ANSWERS = 120_000
"""Characters that are kept of what was written for a question, and for all of them."""
MAX_CELL_ERRORS = 20
MAX_LINE = 120
FALLBACK_ENCODINGS = ("gb18030", "latin-1")
"""Encodings that are tried for a file; the last one can read any file."""
SCRIPT = ".py"
OTHER_LANGUAGES = {"r": "R", "julia": "Julia", "javascript": "JavaScript", "typescript":
                   "TypeScript", "scala": "Scala", "c++": "C++", "c++11": "C++", "c++14": "C++",
                   "c++17": "C++", "java": "Java", "go": "Go", "rust": "Rust", "octave": "Octave",
                   "matlab": "MATLAB", "bash": "Bash", "ruby": "Ruby", "haskell": "Haskell",
                   "sql": "SQL", "sas": "SAS", "stata": "Stata", "c#": "C#", "f#": "F#"}
"""Languages of kernels that run Python, by the names in their metadata, such as Sage."""
IGNORED_TAG = "otter_ignore"
NOT_RUN_TAG = "skip-execution"
"""The tag of cells that Jupyter's own tools leave out when they run a notebook; Otter uses them."""
ANSWER_HERE = {
    "zh": "_双击这里，写下你的回答。_", "en": "_Double-click here and write your answer._",
}
"""The text in the answer cell of a written question, until a student writes there."""
OUR_TEXT = re.compile(r"q\d+-prompt|submit|student|title")
"""Ids of the cells of text that every notebook has."""
OUR_CODE = re.compile(r"start|otter|setup|q\d+-see-\d+")
"""Ids of the cells of code that every notebook has and that are no answers."""
CHINESE = re.compile("[一-鿿]")
NOT_AN_ANSWER = re.compile(r"^.*(\.check\(|otter\.Notebook\(|^import otter\b).*$", re.M)


@dataclass(frozen=True)
class Step:
    """Run the cell `source`, or, if that is None, check `question`. `number` counts code cells.

    `called` says that the cell before asks for the check itself, with `grader.check(...)`; `ours`
    that the cell came with the notebook and is no answer.
    """

    number: int
    source: str | None = None
    question: str = ""
    called: bool = False
    ours: bool = False


@dataclass
class Notebook:
    """A notebook as steps; `status` says what is wrong with it as a file, if anything is.

    `answers` holds the code that stands before the check cell of each question, for staff to read;
    `written` the answers to questions that people grade, "" for one that was left as it was.
    """

    steps: list[Step] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    assignment: str | None = None
    language: str = ""
    other_language: str = ""
    """The language of its kernel, if that is not Python; its code may be Python all the same."""
    status: SubmissionStatus = SubmissionStatus.COMPLETED
    reason: str = ""


def read_notebook(path: Path, questions: Sequence[str], written: Sequence[str] = ()) -> Notebook:
    """The notebook at `path`; one that cannot be read has no steps and a status that says why.

    `written` are the questions that people grade.
    """
    try:
        return _read(path, questions, written)
    except Exception as error:  # any error here is caused by the file
        return _unreadable(N_("not a notebook: {kind}").format(kind=type(error).__name__))


def _read(path: Path, questions: Sequence[str], written: Sequence[str]) -> Notebook:
    try:
        if path.stat().st_size > MAX_BYTES:
            return _unreadable(N_("larger than {size} MiB").format(size=MAX_BYTES >> 20))
        data = path.read_bytes()
    except OSError as error:
        return _unreadable(N_("the file cannot be read: {why}").format(why=error.strerror))
    if not data.strip():
        return Notebook(status=SubmissionStatus.EMPTY, reason=N_("the file is empty"))
    if path.suffix.lower() == SCRIPT:  # as Otter reads it: one cell
        return _with_metadata({}, [{"cell_type": "code", "source": _text(data)}], questions)
    book = json.loads(_text(data))
    metadata = _entries(_entries(book).get("metadata"))
    cells = _cells(book)
    read = _with_metadata(metadata, cells, questions)
    read.other_language = _other_language(metadata)
    read.written = _written(cells, written)
    return read


def _with_metadata(
    metadata: dict[str, Any], cells: list[dict[str, Any]], questions: Sequence[str]
) -> Notebook:
    code = [cell for cell in cells if cell.get("cell_type") == "code"]
    steps = list(_steps(code, questions))
    cut = [step.number for step in steps if step.source is not None][MAX_CELLS:]
    steps = [step for step in steps if not cut or step.number < cut[0]]
    assignment = _entries(metadata.get("otter")).get("assignment_name")
    language = _entries(metadata.get("homework")).get("language")
    name = clean(assignment, MAX_NAME) if isinstance(assignment, str) else None
    read = Notebook(steps, _answers(steps), assignment=name)
    read.language = language if language in LANGUAGES else _guess_language(cells)
    if not any(step.source is not None and step.source.strip() for step in steps):
        read.status, read.reason = SubmissionStatus.EMPTY, N_("the notebook has no code")
    elif not any(step.source is None for step in steps):
        read.status = SubmissionStatus.NO_CHECK_CELLS
        read.reason = N_("no cell calls grader.check for one of {count} questions").format(
            count=len(questions))
    if cut:
        read.reason = N_("only the first {most} of its {cells} cells were run").format(
            most=MAX_CELLS, cells=MAX_CELLS + len(cut))
    return read


def _other_language(metadata: dict[str, Any]) -> str:
    """The programming language of the kernel, if that is known not to be Python."""
    named = [_entries(metadata.get("kernelspec")).get("language"),
             _entries(metadata.get("language_info")).get("name")]
    texts = [name.casefold() for name in named if isinstance(name, str)]
    return next((OTHER_LANGUAGES[text] for text in texts if text in OTHER_LANGUAGES), "")


def _unreadable(reason: str) -> Notebook:
    return Notebook(status=SubmissionStatus.UNREADABLE, reason=reason)


def _text(data: bytes) -> str:
    try:
        return data.decode(json.detect_encoding(data))
    except UnicodeDecodeError:
        for encoding in FALLBACK_ENCODINGS:
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
        raise


def _cells(book: Any) -> list[dict[str, Any]]:
    """The cells of a notebook of format 4, or of format 3, which has them in worksheets."""
    cells = book["cells"] if "cells" in book else [
        cell for sheet in book["worksheets"] for cell in sheet["cells"]
    ]
    if not isinstance(cells, list):
        raise TypeError("cells that are no list")
    return [cell for cell in cells if isinstance(cell, dict)]


def _entries(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _guess_language(cells: list[dict[str, Any]]) -> str:
    prose = " ".join(_source(cell) for cell in cells if cell.get("cell_type") == "markdown")
    return "zh" if len(CHINESE.findall(prose)) > len(prose) / 20 else "en"


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", cell.get("input"))
    if isinstance(source, str):
        return source
    lines = [line for line in _items(source) if isinstance(line, str)]
    old = "source" not in cell and lines and not lines[0].endswith("\n")  # in files of 2012
    return ("\n" if old else "").join(lines)


def _steps(code: list[dict[str, Any]], questions: Sequence[str]) -> Iterator[Step]:
    for number, cell in enumerate(code, 1):
        metadata = _entries(cell.get("metadata"))
        otter = _entries(metadata.get("otter"))
        tags = _items(metadata.get("tags"))
        if IGNORED_TAG in tags or otter.get("ignore"):
            continue
        source = "" if NOT_RUN_TAG in tags else _source(cell)
        if source.strip():
            yield Step(number, source, ours=bool(OUR_CODE.fullmatch(str(cell.get("id")))))
        for question in checked_in(source):
            if question in questions:
                yield Step(number, None, question, called=True)
        for question in _items(otter.get("tests")):
            if isinstance(question, str) and question in questions:
                yield Step(number, None, question)


def _answers(steps: Sequence[Step]) -> dict[str, str]:
    """The cells between the check of one question and that of the next one."""
    answers: dict[str, str] = {}
    cells: list[str] = []
    room = MAX_ANSWERS
    for step in steps:
        if step.source is None:
            own = [answers[step.question]] if step.question in answers else []
            text = "\n\n".join([*own, *cells])
            kept = text[: min(MAX_ANSWER, room)]
            room -= len(kept)
            answers[step.question] = kept if kept == text else kept + SHORTENED
            cells = []
        elif not step.ours and NOT_AN_ANSWER.sub("", step.source).strip():
            cells.append(step.source.strip("\n"))
    return answers


def _written(cells: list[dict[str, Any]], questions: Sequence[str]) -> dict[str, str]:
    """The answer cell of each question, and the cells of text that students put below it."""
    answers: dict[str, list[str]] = {}
    below = ""
    for cell in cells:
        name = _answered_in(cell, questions)
        if name:
            below = name
        elif cell.get("cell_type") != "markdown" or OUR_TEXT.fullmatch(str(cell.get("id"))):
            below = ""
        if below:
            answers.setdefault(below, []).append(_source(cell).strip())
    texts = {
        name: "\n\n".join(text for text in parts if text not in ("", *ANSWER_HERE.values()))
        for name, parts in answers.items()
    }
    return {name: text[:MAX_ANSWER] + (SHORTENED if len(text) > MAX_ANSWER else "")
            for name, text in texts.items()}


def _answered_in(cell: dict[str, Any], questions: Sequence[str]) -> str:
    """The question whose answer cell this is: metadata say so, or the cell's id."""
    named = _entries(_entries(cell.get("metadata")).get("homework")).get("written")
    by_id = {f"{name.split('_')[0]}-written": name for name in questions}
    name = named if named in questions else by_id.get(str(cell.get("id")), "")
    return str(name) if cell.get("cell_type") == "markdown" else ""


def checked_in(source: str) -> list[str]:
    """The questions for which a cell calls `grader.check("...")` as it runs, in their order.

    A call inside the body of a function does not count; a cell with a syntax error checks nothing.
    """
    if ".check(" not in source:
        return []
    for transformed in (str, _without_magics):  # the second one takes ten times as long
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            return list(_check_calls(ast.parse(transformed(source))))
    return []


def _without_magics(source: str) -> str:
    """The Python that IPython makes of a cell."""
    python: str = TransformerManager().transform_cell(source)
    return python


def syntax_errors(steps: Sequence[Step]) -> list[CellError]:
    """The cells that are no Python, as far as that is certain; nothing is run.

    A cell magic may give its cell to another language, so such a cell is none of them.
    """
    found: list[CellError] = []
    for step, question in zip(steps, _questions(steps), strict=True):
        if step.source is not None and len(step.source) <= MAX_ANSWERS:
            error = _syntax_error(step.source)
            if error and len(found) < MAX_CELL_ERRORS:
                found.append(CellError(step.number, True, *_line(step.source, error.lineno or 0),
                                       clean(error.msg), question))
    return found


def raised_error(step: Step, line: int, error: str) -> CellError:
    """A cell that raised `error` while it ran; `line` is certain only where all is Python."""
    source = step.source or ""
    place = _line(source, line) if _syntax_error(source, plain=True) is None else (0, "")
    return CellError(step.number, False, *place, error)


def _line(source: str, number: int) -> tuple[int, str]:
    """The number of a line of the cell and its text, or 0 and ""."""
    lines = source.splitlines()
    text = clean(lines[number - 1], MAX_LINE) if 1 <= number <= len(lines) else ""
    return (number, text) if text else (0, "")


def _syntax_error(source: str, *, plain: bool = False) -> SyntaxError | None:
    """What Python says about a cell that is no Python; `lineno` is 0 where it is not certain.

    With `plain` magics are no Python either. None also where Python gives up.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            error = _compiled(source)
            if error is None or plain:
                return error
            python = _without_magics(source)
            error = _compiled(python)
    except (ValueError, RecursionError, MemoryError):
        return None
    if error is not None:  # its line is one of what IPython has made of the cell
        error.lineno = _same_line(source.splitlines(), python.splitlines(), error.lineno or 0)
    return error


def _same_line(cell: list[str], python: list[str], number: int) -> int:
    """The line of the cell that is line `number` of `python`, 0 where that is not certain."""
    blank = next((n for n, line in enumerate(cell) if line.strip()), 0)  # IPython drops these
    same = len(cell) == blank + len(python) and 1 <= number <= len(python) and (
        cell[blank + number - 1].strip() == python[number - 1].strip())
    return blank + number if same else 0


def _compiled(python: str) -> SyntaxError | None:
    try:
        compile(python, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except SyntaxError as error:
        return error
    return None


def _questions(steps: Sequence[Step]) -> list[str]:
    """The question that each step belongs to: the next one that is checked, "" for none.

    A cell that came with the notebook, or that was to check a question, is no part of an answer.
    """
    questions, question = list[str](), ""
    for step in reversed(steps):
        question = step.question or question
        own = step.source is not None and not step.ours and ".check(" not in step.source
        questions.append(question if own else "")
    return questions[::-1]


def _check_calls(tree: ast.AST) -> Iterator[str]:
    nodes = [tree]
    while nodes:  # no recursion: a student's expression may be nested as deep as Python's own
        node = nodes.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            argument = node.args[0] if node.args else None
            value = argument.value if isinstance(argument, ast.Constant) else None
            if node.func.attr == "check" and isinstance(value, str):
                yield value
        nodes += reversed([*ast.iter_child_nodes(node)])
