"""One attempt at a submission, with a worker that is a thread of this process."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any, cast

import pytest

from autograder.diagnosis.record import builtin_name
from autograder.grading.attempt import READING, Limits, Outcome, Place, cell, check
from autograder.grading.check_runner import ApartChecker, NotebookNames
from autograder.model import CellError
from autograder.otter.zip_reader import Autograder, read_autograder
from autograder.rpc.frames import PeerGone, ProtocolError
from autograder.rpc.peer import Peer
from autograder.rpc.proxies import RemoteFunction, remote_error
from autograder.sandbox.client import Worker
from tests.tiny import CHECK, DOUBLE, HALF, RIGHT, RIGHT_HALF, write_notebook, write_zip

Answer = Callable[[str, tuple[Any, ...]], Any]


def notebook_answers(verb: str, values: tuple[Any, ...]) -> Any:
    """A worker that runs cells with `exec`, and otherwise does what ours does."""
    if verb == "run":
        try:
            exec(values[0], notebook_answers.__dict__)
        except Exception as error:
            return "error", type(error).__name__, str(error)
        return "ok", "", ""
    if verb == "get":
        return [notebook_answers.__dict__.get(name) for name in values]
    if verb == "call":
        function, args, kwargs = values
        return function(*args, **(kwargs or {}))
    return None


@pytest.fixture(autouse=True)
def empty_notebook() -> Iterator[None]:
    notebook_answers.__dict__["grader"] = SimpleNamespace(check=lambda _question: None)
    yield
    notebook_answers.__dict__.clear()


@pytest.fixture(scope="module")
def autograder(tmp_path_factory: pytest.TempPathFactory) -> Autograder:
    members = {"tests/q1_double.py": DOUBLE, "tests/q2_half.py": HALF, "files/table.csv": "1"}
    return read_autograder(write_zip(tmp_path_factory.mktemp("zip") / "hw.zip", members))


@dataclass
class Told:
    """What a checker told its supervisor."""

    lines: list[dict[str, Any]]

    @property
    def outcomes(self) -> dict[str, Outcome]:
        return {Place(*m["end"]): Outcome(**m["outcome"]) for m in self.lines if "end" in m}

    @property
    def begun(self) -> list[Place]:
        return [Place(*message["begin"]) for message in self.lines if "begin" in message]


def told(
    autograder: Autograder, path: Path, answer: Answer = notebook_answers,
    known: Mapping[Place, Outcome] | None = None,
) -> Told:
    """Run a checker on the notebook at `path`, with a worker that answers like that."""
    ours, theirs = socket.socketpair()
    thread = Thread(target=_serve, args=(theirs, answer))
    thread.start()
    read, write = os.pipe()
    try:
        with ours:
            worker = Worker(1, ours, None)
            ApartChecker(autograder, worker, write, Limits(), known or {}).run(path)
    finally:
        os.close(write)
        thread.join()
        with os.fdopen(read, "rb") as pipe:
            lines = [json.loads(line) for line in pipe]
    return Told(lines)


def _serve(connection: socket.socket, answer: Answer) -> None:
    with connection, suppress(PeerGone, ProtocolError, OSError):
        Peer(connection, answer, references_expire=False).serve()


def statuses(found: Told) -> dict[Place, str]:
    return {place: outcome.status for place, outcome in found.outcomes.items()}


def test_cells_and_checks_in_the_notebook_s_order(autograder: Autograder, tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "a.ipynb", RIGHT, CHECK, RIGHT_HALF)
    found = told(autograder, path)
    assert found.begun == [
        READING, cell(1), cell(2), Place("names", question="q1_double"), check("q1_double", 0),
        check("q1_double", 1), cell(3), Place("names", question="q2_half"), check("q2_half", 0),
    ]
    assert statuses(found) == {
        cell(1): "ok", cell(2): "ok", check("q1_double", 0): "passed",
        check("q1_double", 1): "passed", cell(3): "ok", check("q2_half", 0): "passed",
    }
    assert found.lines[-1] == {"finished": True}


def test_the_limits_are_told(autograder: Autograder, tmp_path: Path) -> None:
    found = told(autograder, write_notebook(tmp_path / "a.ipynb", RIGHT))
    seconds = {Place(*m["begin"]): m["seconds"] for m in found.lines if "begin" in m}
    assert (seconds[cell(1)], seconds[check("q2_half", 0)]) == (Limits().cell, Limits().check)


def test_of_two_checks_the_last_counts(autograder: Autograder, tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "a.ipynb", CHECK, RIGHT, CHECK)
    assert statuses(told(autograder, path))[check("q1_double", 0)] == "passed"


def test_what_is_known_is_not_tried_again(autograder: Autograder, tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "a.ipynb", RIGHT, "1 / 0")
    known = {cell(2): Outcome("timeout"), check("q1_double", 0): Outcome("passed")}
    found = told(autograder, path, known=known)
    tried = [place for place in found.begun if place.kind != "names"]
    assert tried == [READING, cell(1), check("q1_double", 1), check("q2_half", 0)]


def test_files_come_before_the_first_cell(autograder: Autograder, tmp_path: Path) -> None:
    asked = []

    def answer(verb: str, values: tuple[Any, ...]) -> Any:
        asked.append((verb, values[0]))
        return notebook_answers(verb, values)

    told(autograder, write_notebook(tmp_path / "a.ipynb", "x = 1"), answer)
    assert asked[:2] == [("file", "table.csv"), ("run", "x = 1")]


@pytest.mark.parametrize(("function", "outcome"), [
    ("def double(x):\n    return 5", Outcome("failed")),
    ("def double(x):\n    raise ValueError('no')",
     Outcome("error", "ValueError", "ValueError: no")),
    ("class Odd(KeyError):\n    pass\ndef double(x):\n    raise Odd",
     Outcome("error", "KeyError", "Odd:")),
    ("double = None", Outcome("error", "NameError", "define double first")),
    ("double = 3", Outcome("failed", "TypeError", "'int' object is not callable")),
    ("def double(x):\n    import sys\n    sys.exit(1)",
     Outcome("error", "SystemExit", "SystemExit: 1")),
])
def test_how_a_check_ends(
    autograder: Autograder, tmp_path: Path, function: str, outcome: Outcome
) -> None:
    found = told(autograder, write_notebook(tmp_path / "a.ipynb", function))
    assert found.outcomes[check("q1_double", 0)] == outcome


@pytest.mark.parametrize(("answer", "outcome"), [
    (("passed", "", ""), Outcome("error")),
    (("syntax", "SyntaxError", "x\n\x1b[2J"), Outcome("syntax", "SyntaxError", "x [2J")),
    (("ok", "E" * 1000, "x" * 10_000), Outcome("ok", "E" * 79 + "…", "x" * 499 + "…")),
    (([], {}, 1.5), Outcome("error", "{}", "1.5")),
    (("ok", 10**5000, None), Outcome("ok", "", "None")),
    ("ok", Outcome("error", "ValueError", "not enough values to unpack (expected 3, got 2)")),
    (7, Outcome("error", "TypeError", "cannot unpack non-iterable int object")),
])
def test_a_forged_end_of_a_cell(
    autograder: Autograder, tmp_path: Path, answer: object, outcome: Outcome
) -> None:
    found = told(autograder, write_notebook(tmp_path / "a.ipynb", "x = 1"), lambda *_: answer)
    assert found.outcomes[cell(1)] == outcome


@pytest.mark.parametrize("names", [[], [1, 2, 3], 7, {"a": 1}])
def test_a_forged_answer_for_names(
    autograder: Autograder, tmp_path: Path, names: object
) -> None:
    found = told(autograder, write_notebook(tmp_path / "a.ipynb", "x = 1"),
                 lambda verb, _: names if verb == "get" else ("ok", "", ""))
    assert found.outcomes[check("q1_double", 0)].status in ("failed", "error")
    assert found.lines[-1] == {"finished": True}


def test_an_assertion_that_cannot_be_printed(tmp_path: Path) -> None:
    test = DOUBLE.replace("assert double(2) == 4", "assert double(2) == 4, double(2)")
    members = {"tests/q1_double.py": test}
    autograder = read_autograder(write_zip(tmp_path / "hw.zip", members))
    path = write_notebook(tmp_path / "a.ipynb", "def double(x):\n    return 10 ** 5000")
    assert told(autograder, path).outcomes[check("q1_double", 0)] == Outcome("failed")


def test_a_worker_that_has_gone(autograder: Autograder, tmp_path: Path) -> None:
    def answer(verb: str, values: tuple[Any, ...]) -> Any:
        if verb == "get":
            raise PeerGone
        return notebook_answers(verb, values)

    found = told(autograder, write_notebook(tmp_path / "a.ipynb", "x = 1"), answer)
    assert found.begun[-1] == Place("names", question="q1_double")
    assert found.lines[-1] == {"lost": True, "why": ""}


BUILDS_ON = """\
from otter.test_files import test_case
OK_FORMAT = False
name = "q1_double"
@test_case(points=1)
def is_fine(double):
    assert double(2) == 4
@test_case(points=1)
def is_ours(double):
    {}
"""


@pytest.mark.parametrize(("line", "status"), [
    ("no_such_name(double)", "not_run"),
    ("import no_such_module", "not_run"),
    ("from math import no_such_name", "not_run"),
    ("import math; math.no_such_name", "not_run"),
    ("eval(double('no_such_name'))", "failed"),
    ("exec('import ' + double('no_such_module'))", "failed"),
    ("double(1).no_such_name", "failed"),
    ("double(1) + 'text'", "failed"),
    ("import ast; ast.parse(double('('))", "failed"),
    ("[last for last in ()]; last = last", "failed"),
])
def test_an_error_of_the_check_itself_is_ours(tmp_path: Path, line: str, status: str) -> None:
    members = {"tests/q1_double.py": BUILDS_ON.format(line)}
    autograder = read_autograder(write_zip(tmp_path / "hw.zip", members))
    path = write_notebook(tmp_path / "a.ipynb", "def double(x):\n    return x if x != 2 else 4")
    found = told(autograder, path)
    assert statuses(found)[check("q1_double", 0)] == "passed"
    assert statuses(found)[check("q1_double", 1)] == status


LATER = "def double(x):\n    return [2 * v for v in x] if isinstance(x, list) else 2 * x"


@pytest.mark.parametrize(("cells", "again"), [
    (["def double(x): return 0", CHECK, LATER], ["passed", "passed"]),
    (["x = 1", CHECK, LATER], ["passed", "passed"]),
    (["def double(x): return 0", CHECK, "def helper(): return 1"], []),
    (["def half(x): return 0\ndef double(x): return half(x)", CHECK, RIGHT_HALF], []),
    ([LATER, CHECK, "def double(x): return 0"], []),
    (["def double(x): return 2 * x", CHECK, "def double(x): return 0"], ["failed", "failed"]),
    (["double = None", CHECK, "double = None"], []),
    (["def double(x): return two * x", "del grader", CHECK, "two = 2"], ["passed", "failed"]),
    (["def double(x): return two * x", CHECK, "two = 2"], []),
    ([LATER, "del grader", CHECK], []),
])
def test_a_question_is_checked_again_when_its_result_may_differ(
    autograder: Autograder, tmp_path: Path, cells: list[str], again: list[str]
) -> None:
    found = statuses(told(autograder, write_notebook(tmp_path / "a.ipynb", *cells)))
    assert [v for place, v in found.items() if place.kind == "again"] == again


def test_a_worker_that_asks_for_more_than_what_it_was_lent(
    autograder: Autograder, tmp_path: Path
) -> None:
    peers: list[Peer] = []

    def answer(verb: str, values: tuple[Any, ...]) -> Any:
        if verb == "get":
            peers[0].request("get", "secret")
        return notebook_answers(verb, values)

    original = Peer.serve

    def serve(self: Peer) -> None:
        peers.append(self)
        original(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Peer, "serve", serve)
        found = told(autograder, write_notebook(tmp_path / "a.ipynb", "x = 1"), answer)
    assert found.lines[-1]["why"] == "the worker may only call what it was lent"


@pytest.mark.parametrize(("names", "shown"), [
    (["ValueError", "Exception"], "ValueError"),
    (["CANARY_12", "ValueError", "Exception"], "ValueError"),
    (["CANARY_12", "BaseException"], "Exception"),
    (["KeyboardInterrupt", "BaseException"], "KeyboardInterrupt"),
    (["SystemExit"], "SystemExit"),
    (["print", "__import__"], "Exception"),
    (["LinAlgError", "ValueError"], "ValueError"),
    ([], "Exception"),
    (["not a name\n"], "Exception"),
])
def test_the_name_of_an_error_is_python_s_own(names: list[str], shown: str) -> None:
    assert builtin_name(remote_error((names, "text", None, ""))) == shown


def test_the_name_of_the_check_s_own_error_too() -> None:
    odd = type("CANARY", (ArithmeticError,), {})
    assert builtin_name(odd()) == "ArithmeticError"


def test_a_question_s_functions_are_asked_for_once_and_data_by_every_check() -> None:
    asked: list[tuple[str, ...]] = []

    class Conversation:
        def request(self, _verb: str, *names: str) -> list[Any]:
            asked.append(names)
            return [RemoteFunction(self, 1, n) if n == "double" else len(asked) for n in names]

    functions: dict[str, RemoteFunction] = {}
    values = []
    for _ in range(2):
        names = NotebookNames(cast(Peer, Conversation()), ["double", "count"], functions)
        values.append([type(names.get("double")).__name__, names.get("count")])
    assert asked == [("double", "count"), ("count",)]
    assert values == [["RemoteFunction", 1], ["RemoteFunction", 2]]


def cell_errors(found: Told) -> list[CellError]:
    return [CellError(**e) for message in found.lines for e in message.get("cell_errors", [])]


def test_an_error_before_the_first_check_is_for_students(
    autograder: Autograder, tmp_path: Path
) -> None:
    """After it, a cell may raise by what a hidden check has passed in."""
    cells = ("x = 1", "raise OwnError", "1 / 0", RIGHT + "\n1 / 0\n" + CHECK, "1 / 0")

    def answer(verb: str, values: tuple[Any, ...]) -> Any:
        if verb == "run" and "1 / 0" in values[0]:
            return "error", "ZeroDivisionError", f"line {values[0].count(chr(10))}: HIDDEN 4711"
        if verb == "run" and "OwnError" in values[0]:
            return "error", "OwnError", "line 1: HIDDEN 4711"
        return notebook_answers(verb, values)

    found = told(autograder, write_notebook(tmp_path / "a.ipynb", *cells), answer)
    assert cell_errors(found) == [
        CellError(2, False, 1, "raise OwnError"),
        CellError(3, False, why="ZeroDivisionError"),
        CellError(4, False, 3, "1 / 0", "ZeroDivisionError")]


def test_a_process_that_reports_a_syntax_error_chooses_none_of_its_words(
    autograder: Autograder, tmp_path: Path
) -> None:
    def answer(verb: str, values: tuple[Any, ...]) -> Any:
        told = ("syntax", "SyntaxError", "line 1: HIDDEN 4711")
        return told if verb == "run" else notebook_answers(verb, values)

    found = told(autograder, write_notebook(
        tmp_path / "a.ipynb", "x = 1", CHECK, "def half(", 'grader.check("q2_half")'), answer)
    assert cell_errors(found) == [
        CellError(3, True, 1, "def half(", "'(' was never closed", "q2_half")]
