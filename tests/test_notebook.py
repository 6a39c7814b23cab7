"""Reading a submitted notebook as steps. Broken files of every kind: tests/hostile/breaking.py."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.grading import notebook as notebooks
from autograder.grading.notebook import (
    MAX_CELL_ERRORS,
    Notebook,
    Step,
    checked_in,
    raised_error,
    read_notebook,
    syntax_errors,
)
from autograder.model import CellError, SubmissionStatus
from tests.sentences import sentence
from tests.tiny import notebook_text

QUESTIONS = ("q1", "q2")
CHECK = 'grader.check("q1")'


def read(tmp_path: Path, text: str | bytes) -> Notebook:
    path = tmp_path / "a.ipynb"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_notebook(path, QUESTIONS)


def steps(tmp_path: Path, *cells: str) -> list[Step]:
    return read(tmp_path, notebook_text(*cells)).steps


def with_entries(text: str, **entries: Any) -> str:
    return json.dumps(json.loads(text) | entries)


def with_metadata(**metadata: Any) -> str:
    """A notebook whose first cell has these metadata."""
    book = json.loads(notebook_text("x = 1", CHECK))
    book["cells"][0]["metadata"] = metadata
    return json.dumps(book)


def test_a_check_follows_its_cell(tmp_path: Path) -> None:
    assert steps(tmp_path, "x = 1", CHECK) == [
        Step(1, "x = 1"), Step(2, CHECK), Step(2, None, "q1", called=True)]


def test_answers_are_the_cells_before_a_check(tmp_path: Path) -> None:
    first = "import otter\ngrader = otter.Notebook('a.ipynb')"
    cells = (first, "x = 1", "y = 2\n" + CHECK, "z = 3", "grader.check('q2')", "x = 4", CHECK, "5")
    assert read(tmp_path, notebook_text(*cells)).answers == {
        "q1": f"x = 1\n\ny = 2\n{CHECK}\n\nx = 4", "q2": "z = 3"}


def test_what_came_with_the_notebook_is_no_answer(tmp_path: Path) -> None:
    cells = {"setup": "import numpy as np", "q01-answer": "x = 1", "a": "my = 2", "b": CHECK,
             "q01-see-0": "see(x)", "c": "y = 3", "d": "grader.check('q2')"}
    written = json.loads(notebook_text(*cells.values()))
    for cell, name in zip(written["cells"], cells, strict=True):
        cell["id"] = name
    assert read(tmp_path, json.dumps(written)).answers == {
        "q1": "x = 1\n\nmy = 2", "q2": "y = 3"}


def test_answers_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebooks, "MAX_ANSWERS", 150)
    monkeypatch.setattr(notebooks, "MAX_ANSWER", 100)
    book = notebook_text("#" * 500, CHECK, "#" * 500, "grader.check('q2')")
    assert [text.count("#") - 1 for text in read(tmp_path, book).answers.values()] == [100, 50]


def test_empty_cells_are_counted_and_not_run(tmp_path: Path) -> None:
    assert [step.number for step in steps(tmp_path, "", " \n", "x = 1")] == [3]


def test_other_questions_are_no_steps(tmp_path: Path) -> None:
    assert steps(tmp_path, "grader.check('q9')") == [Step(1, "grader.check('q9')")]


def test_cells_that_otter_ignores(tmp_path: Path) -> None:
    for metadata in ({"tags": ["otter_ignore"]}, {"otter": {"ignore": True}}):
        assert [s.number for s in read(tmp_path, with_metadata(**metadata)).steps] == [2, 2]


def test_a_cell_that_is_tagged_not_to_run(tmp_path: Path) -> None:
    tagged = with_metadata(tags=["skip-execution"], otter={"tests": ["q2"]})
    assert [(s.number, s.question) for s in read(tmp_path, tagged).steps] == [
        (1, "q2"), (2, ""), (2, "q1")]


def test_tests_in_a_cell_s_metadata(tmp_path: Path) -> None:
    found = read(tmp_path, with_metadata(otter={"tests": ["q2", "q9"]})).steps
    assert [step.question for step in found if step.source is None] == ["q2", "q1"]


@pytest.mark.parametrize(("source", "questions"), [
    ('grader.check("q1")', ["q1"]),
    ("g.check('q2'); g.check('q1')", ["q2", "q1"]),
    ("if True:\n    x = [grader.check('q1')]", ["q1"]),
    ("%matplotlib inline\ngrader.check('q1')", ["q1"]),
    ("await grader.check('q1')", ["q1"]),
    ("def f():\n    grader.check('q1')", []),
    ("f = lambda: grader.check('q1')", []),
    ("# grader.check('q1')", []),
    ("'''grader.check('q1')'''", []),
    ("grader.check(name)", []),
    ("grader.check()", []),
    ("check('q1')", []),
    ("grader.check('q1'", []),
    ("%%bash\ngrader.check('q1')", []),
    ("x = '\0'; grader.check('q1')", []),
    ("grader.check(" + "(" * 5000, []),
    ("grader.check('q1')\nx = " + "+".join(["1"] * (sys.getrecursionlimit() - 150)), ["q1"]),
])
def test_which_questions_a_cell_checks(source: str, questions: list[str]) -> None:
    assert checked_in(source) == questions


@pytest.mark.parametrize(("data", "status", "reason"), [
    (b"", "EMPTY", sentence("file-empty")),
    (b" \n", "EMPTY", sentence("file-empty")),
    (b"PK", "UNREADABLE", sentence("not-json-notebook", kind="JSONDecodeError")),
    (b"[]", "UNREADABLE", sentence("not-json-notebook", kind="TypeError")),
    (b"{}", "UNREADABLE", sentence("not-json-notebook", kind="KeyError")),
    (b'{"cells": 3}', "UNREADABLE", sentence("not-json-notebook", kind="TypeError")),
    (b'{"cells": []}', "EMPTY", sentence("no-code")),
    (b"[" * 100_000, "UNREADABLE", sentence("not-json-notebook", kind="RecursionError")),
    (notebook_text("x = 1").encode(), "NO_CHECK_CELLS",
     sentence("no-check-calls", count=2)),
    (notebook_text(CHECK).encode(), "COMPLETED", ""),
])
def test_what_is_wrong_with_a_file(
    tmp_path: Path, data: bytes, status: str, reason: str
) -> None:
    found = read(tmp_path, data)
    assert (found.status, found.reason) == (SubmissionStatus[status], reason)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert read_notebook(tmp_path / "none.ipynb", QUESTIONS).reason == (
        sentence("file-unreadable", why="No such file or directory"))
    assert read_notebook(tmp_path, QUESTIONS).reason == sentence("file-unreadable",
                                                                 why="Is a directory")


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.ipynb"
    with path.open("wb") as file:
        file.truncate(notebooks.MAX_BYTES + 1)
    monkeypatch.setattr(Path, "read_bytes", None)
    found = read_notebook(path, QUESTIONS)
    assert (found.status, found.reason) == (SubmissionStatus.UNREADABLE,
                                            sentence("too-large", size=64))


@pytest.mark.parametrize("encoding", [
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030",
])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = json.dumps(json.loads(notebook_text("学习率 = 1", CHECK)), ensure_ascii=False)
    assert read(tmp_path, text.encode(encoding)).steps[0].source == "学习率 = 1"


def test_an_encoding_that_cannot_be_told_costs_comments_only(tmp_path: Path) -> None:
    text = notebook_text("x = 1  # d?rive").replace("?", "é").encode("latin-1")
    source = read(tmp_path, text).steps[0].source
    assert source is not None
    assert source.startswith("x = 1  # d")


@pytest.mark.parametrize("lines", [["x = 1\n", "y = 2"], ["x = 1", "y = 2"], "x = 1\ny = 2"])
def test_format_3(tmp_path: Path, lines: object) -> None:
    sheet = {"cells": [{"cell_type": "code", "input": lines, "language": "python"}]}
    book = {"nbformat": 3, "metadata": {}, "worksheets": [sheet]}
    assert read(tmp_path, json.dumps(book)).steps == [Step(1, "x = 1\ny = 2")]


@pytest.mark.parametrize(("metadata", "assignment"), [
    ({"otter": {"assignment_name": "hw3"}}, "hw3"),
    ({"otter": {"assignment_name": "a\x1b[2J\nb"}}, "a [2J b"),
    ({"otter": {"assignment_name": "x" * 500}}, "x" * 99 + "…"),
    ({"otter": {"assignment_name": 3}}, None),
    ({"otter": []}, None),
    ([], None),
    (None, None),
])
def test_the_assignment_in_the_metadata(
    tmp_path: Path, metadata: object, assignment: str | None
) -> None:
    text = with_entries(notebook_text("x = 1"), metadata=metadata)
    assert read(tmp_path, text).assignment == assignment


@pytest.mark.parametrize(("metadata", "prose", "language"), [
    ({"homework": {"language": "zh"}}, "English", "zh"),
    ({"homework": {"language": "en"}}, "中文", "en"),
    ({"homework": {"language": "\x1b[2J"}}, "English", "en"),
    ({"homework": {"language": ["zh"]}}, "English", "en"),
    ({}, "这是中文的说明 with some English words", "zh"),
    ({}, "English with 中文", "zh"),
    ({}, "English prose, at some length, that quotes the word 梯度 once or twice", "en"),
    ({}, "", "en"),
])
def test_the_language(
    tmp_path: Path, metadata: dict[str, object], prose: str, language: str
) -> None:
    book = json.loads(notebook_text("x = 1"))
    book["cells"].append({"cell_type": "markdown", "source": [prose], "metadata": {}})
    assert read(tmp_path, json.dumps(book | {"metadata": metadata})).language == language


def text_cell(source: str, **entries: object) -> dict[str, object]:
    return {"cell_type": "markdown", "metadata": {}, "source": source, **entries}


@pytest.mark.parametrize(("cells", "answer"), [
    ([text_cell("Leakage.", metadata={"homework": {"written": "q2_why"}})], "Leakage."),
    ([text_cell("Leakage.", id="q2-written")], "Leakage."),
    ([text_cell("_Double-click here and write your answer._", id="q2-written"),
      text_cell("Below."), text_cell("And more."), text_cell("## Hand in", id="submit"),
      text_cell("not this")], "Below.\n\nAnd more."),
    ([text_cell("_双击这里，写下你的回答。_", id="q2-written")], ""),
    ([text_cell("Somewhere else.")], None),
    ([text_cell("x" * 9000, id="q2-written")], "x" * 8000 + "\n# … (shortened)"),
])
def test_written_answers(
    tmp_path: Path, cells: list[dict[str, object]], answer: str | None
) -> None:
    book = json.loads(notebook_text("x = 1"))
    book["cells"] += cells
    path = tmp_path / "written.ipynb"
    path.write_text(json.dumps(book), encoding="utf-8")
    assert read_notebook(path, ["q1"], ["q2_why"]).written == (
        {} if answer is None else {"q2_why": answer}
    )


@pytest.mark.parametrize("argument", ["0x" + "f" * 5000, "1e400", "b'q1'", "...", "None", "1j"])
def test_a_check_of_what_is_no_text(tmp_path: Path, argument: str) -> None:
    """Python does not print an integer of so many digits."""
    assert checked_in(f"grader.check({argument})\n{CHECK}") == ["q1"]


def test_whatever_escapes_the_reading_is_the_notebook_s_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebooks, "checked_in", lambda _: 1 / 0)
    found = read(tmp_path, notebook_text("x = 1"))
    assert (found.status, found.reason) == (
        SubmissionStatus.UNREADABLE, sentence("not-json-notebook", kind="ZeroDivisionError"))


def test_the_cells_that_are_run_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebooks, "MAX_CELLS", 3)
    found = read(tmp_path, notebook_text("1", "", "2", "", "3", "4", CHECK))
    assert [step.number for step in found.steps] == [1, 3, 5]
    assert found.reason == sentence("cells-limit", most=3, cells=5)


@pytest.mark.parametrize("metadata", [
    {"kernelspec": {"name": "ir", "language": "R"}}, {"language_info": {"name": "julia"}}])
def test_a_notebook_of_another_language_is_named_as_that(
    tmp_path: Path, metadata: dict[str, Any]
) -> None:
    cell = {"cell_type": "code", "source": "x <- 1"}
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": [cell], "metadata": metadata}))
    read = read_notebook(path, ["q1"])
    assert read.other_language in ("R", "Julia")


@pytest.mark.parametrize("metadata", [
    {"kernelspec": {"name": "python3", "language": "python"}}, {"kernelspec": {"language": 3}},
    {"kernelspec": {"name": "sage", "language": "sage"}}, {}])
def test_other_kernels_may_run_python(tmp_path: Path, metadata: dict[str, Any]) -> None:
    cell = {"cell_type": "code", "source": "x = 1"}
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": [cell], "metadata": metadata}))
    assert read_notebook(path, ["q1"]).other_language == ""


def test_a_script_is_one_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text('import otter\nx = 1\n\notter.Notebook().check("q1")\n')
    assert read_notebook(path, ["q1"]).steps == [
        Step(1, path.read_text()), Step(1, None, "q1", called=True)]


@pytest.mark.parametrize(("cell", "line", "source", "why"), [
    ("def f(:\n  pass", 1, "def f(:", "invalid syntax"),
    ("\n \nx = 1\nprint('a'\n", 4, "print('a'", "'(' was never closed"),
    ("%matplotlib inline\n!ls\nreturn 5", 3, "return 5", "'return' outside function"),
    ("x = !ls\n  %cd \\\n  a\nx = (", 0, "", "unexpected indent"),
    ("if 1:\nx=2", 2, "x=2", "expected an indented block after 'if' statement on line 1"),
])
def test_a_syntax_error_is_found_without_running_it(
    cell: str, line: int, source: str, why: str
) -> None:
    assert syntax_errors([Step(3, cell), Step(4, None, "q1")]) == [
        CellError(3, True, line, source, why, "q1")]


@pytest.mark.parametrize("cell", [
    "%%time\nx = (", "!ls\nx = !ls", "f?\nx", "In [1]: x = 5\n   ...: y = 2", "  x = 1\n  y = 2",
    "await f()", "if 1:\n    !ls\n", "", "(" * 130_000,
])
def test_no_syntax_error_is_claimed_where_it_is_not_certain(cell: str) -> None:
    assert syntax_errors([Step(1, cell)]) == []


def test_a_syntax_error_belongs_to_the_question_whose_answer_it_is_in() -> None:
    found = syntax_errors([
        Step(1, "import (", ours=True), Step(2, "a ="), Step(3, 'grader.check("q1"'),
        Step(4, "b ="), Step(5, None, "q2"), Step(6, "c =")])
    assert [(e.cell, e.question) for e in found] == [(1, ""), (2, "q2"), (3, ""), (4, "q2"),
                                                     (6, "")]
    assert len(syntax_errors([Step(n, "a =") for n in range(50)])) == MAX_CELL_ERRORS


def test_the_line_of_an_error_is_told_only_where_it_is_certain() -> None:
    assert raised_error(Step(2, "\nimport torch"), 2, "ImportError") == CellError(
        2, False, 2, "import torch", "ImportError")
    for cell, line in (("\n%cd x\n1 / 0", 2), ("1 / 0", 2), ("1 / 0", 0)):
        assert raised_error(Step(2, cell), line, "") == CellError(2, False)
