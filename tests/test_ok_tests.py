"""Doctests about code in another process: decided as doctest decides, or not decided at all."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from autograder.grading.check_runner import NotebookNames
from autograder.otter.ok_rules import NotCheckable
from autograder.otter.ok_tests import read_ok_test
from autograder.rpc.peer import PeerGone, RemoteError
from autograder.sandbox.notebook_shell import Notebook
from tests.two_sides import TwoSides

NOTEBOOK = '''
import collections, random
import math
import numpy as np
import os as unknown

counter = 0
data = [3, 1, 2]
nothing = None
matrix = np.arange(4.0).reshape(2, 2)
numbers = iter([1, 2, 3])

class Point:
    def __init__(self, x): self.x = x
    def __eq__(self, other): return True
    def __len__(self): return 2
    def __iter__(self): return iter([1, 2])

class Broken(ValueError):
    pass

origin = Point(0)
points = [Point(1), Point(2)]

def square(x):
    if isinstance(x, str):
        raise TypeError("not a number")
    return x * x

def greet(name):
    print("Hello,", name)

def loud_square(x):
    print("squaring", x)
    return x * x

def sort_in_place(values): values.sort()
def total(): return sum(data)
def apply(function, x): return function(x)
def make(x): return Point(x)
def get(point): return point.x
def make_many(): return [Point(1)]
def adder(n): return lambda x: x + n
def count_to(n): yield from range(n)
def for_ever():
    while True:
        yield 1
def breaks(): raise Broken("of its own kind")
def singular(): np.linalg.inv(np.zeros((2, 2)))
def key(d, k): return d[k]
def ends(): raise SystemExit(3)
'''


class InNotebook(TwoSides):
    """A conversation with a notebook that has run NOTEBOOK and `more`."""

    def __init__(self, more: str = "") -> None:
        super().__init__()
        names: dict[str, Any] = {"__name__": "__main__"}
        exec(NOTEBOOK + more, names)
        self._notebook = Notebook(SimpleNamespace(user_ns=names))  # type: ignore[arg-type]

    def _asked(self, verb: str, values: tuple[Any, ...]) -> Any:
        return self._notebook.answer(verb, values)


def outcome(*cases: str, more: str = "") -> str:
    """How the last of the cases of a file ends: 'passed' or the error, with its text."""
    spec = {"name": "q", "suites": [{"cases": [{"code": code} for code in cases]}]}
    bodies = [case.body for case in read_ok_test(spec, "tests/q.py").test_cases]
    with InNotebook(more) as sides:
        for body in bodies:
            ended = _outcome(body, NotebookNames(sides.grader, []))
    return ended


def _outcome(body: Any, environment: NotebookNames) -> str:
    try:
        body.call_func(environment)
    except NotCheckable as error:
        return f"not checkable: {error}"
    except RemoteError as error:
        return f"raised {error.kind}: {error.text}"
    except AssertionError as error:
        return f"undefined: {error}" if environment.undefined else f"failed: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "passed"


@pytest.mark.parametrize("code", [
    ">>> square(3)\n9",
    ">>> x = square(3)\n>>> x + 1\n10",
    ">>> data\n[3, 1, 2]",
    ">>> [square(v) for v in data]\n[9, 1, 4]",
    ">>> matrix\narray([[0., 1.],\n       [2., 3.]])",
    ">>> import numpy as np\n>>> np.isclose(np.sum(matrix), 6).item()\nTrue",
    ">>> np.sum(square(matrix)).item()\n14.0",
    ">>> math.isclose(square(0.5), 0.25)\nTrue",
    ">>> math.pi  # doctest: +ELLIPSIS\n3.14...",
    ">>> [1,   2]  # doctest: +NORMALIZE_WHITESPACE\n[1,\n2]",
    ">>> greet('Student 01')\nHello, Student 01",
    ">>> loud_square(3)\nsquaring 3\n9",
    ">>> sort_in_place(data)\n>>> data\n[1, 2, 3]",
    ">>> square('a')\nTraceback (most recent call last):\n    ...\nTypeError: not a number",
    ">>> breaks()\nTraceback (most recent call last):\n    ...\nBroken: of its own kind",
    ">>> key({}, 'k')\nTraceback (most recent call last):\n    ...\nKeyError: 'k'",
    ">>> try:\n...     breaks()\n... except ValueError as error:\n...     print(error)\n"
    "of its own kind",
    ">>> missing\nTraceback (most recent call last):\n    ...\n"
    "NameError: name 'missing' is not defined",
    ">>> apply(lambda x: x + 1, 2)\n3",
    ">>> get(make(5))\n5",
    ">>> p = make(5)\n>>> p is not None\nTrue\n>>> get(p)\n5",
    ">>> get(origin)\n0",
    ">>> nothing is None\nTrue",
    ">>> nothing",
    ">>> adder(2)(3)\n5",
    ">>> callable(square), callable(data), bool(square)\n(True, False, True)",
    ">>> list(count_to(3))\n[0, 1, 2]",
    ">>> type(square(2)), isinstance(data, list)\n(<class 'int'>, True)",
    ">>> def helper(x):\n...     return square(x) + 1\n>>> helper(2)\n5",
    ">>> sorted(data, key=square)\n[1, 2, 3]",
    ">>> assert square(2) == 4, 'two'",
    ">>> for v in data:\n...     print(v)\n3\n1\n2",
    ">>> len(data), max(data)\n(3, 3)",
    ">>> 1 / 0  # doctest: +SKIP\nnever",
    ">>> collections.Counter(data)[1]\n1",
    "no example at all",
])
def test_what_passes_under_doctest_passes_here(code: str) -> None:
    assert outcome(code) == "passed"


@pytest.mark.parametrize(("code", "ended"), [
    (">>> square(3)\n10", "failed: square(3): expected '10', got '9'"),
    (">>> loud_square(3)\n9", "failed: loud_square(3): expected '9', got 'squaring 3\\n9'"),
    (">>> square(3)\n9\n>>> data\n[1]", "failed: data: expected '[1]', got '[3, 1, 2]'"),
    (">>> assert square(2) == 5, 'two'", "failed: two"),
    (">>> square('a')\n1", "raised TypeError: not a number"),
    (">>> breaks()\n1", "raised Broken: of its own kind"),
    (">>> ends()\n1", "raised SystemExit: 3"),
    (">>> breaks()\nTraceback (most recent call last):\n    ...\nKeyError: 'k'",
     "failed: breaks(): expected \"KeyError: 'k'\", got 'Broken: of its own kind'"),
    (">>> missing(3)\n9", "undefined: missing is not defined"),
    (">>> square(missing)\n9", "undefined: missing is not defined"),
    (">>> data.missing\n1", "AttributeError: 'list' object has no attribute 'missing'"),
    (">>> nothing + 1\n1",
     "TypeError: unsupported operand type(s) for +: 'NoneType' and 'int'"),
    (">>> data\n[3, 1, 2]\n>>> local\n1\n", "undefined: local is not defined"),
])
def test_what_fails_under_doctest_fails_here(code: str, ended: str) -> None:
    assert outcome(code).startswith(ended)


@pytest.mark.parametrize(("code", "why"), [
    (">>> origin.x\n0", "origin is no data but an object of its own kind"),
    (">>> origin == 1\nTrue", "origin is no data but an object of its own kind"),
    (">>> len(origin)\n2", "origin is no data but an object of its own kind"),
    (">>> list(origin)\n[1, 2]", "origin is no data but an object of its own kind"),
    (">>> origin\n1", "origin is no data but an object of its own kind"),
    (">>> isinstance(origin, list)\nFalse", "origin is no data but an object of its own kind"),
    (">>> type(origin)\n1", "origin is no data but an object of its own kind"),
    (">>> f'{origin}'\n''", "origin is no data but an object of its own kind"),
    (">>> np.array(origin).shape\n(2,)", "origin is no data but an object of its own kind"),
    (">>> origin[0]\n1", "origin is no data but an object of its own kind"),
    (">>> 2 @ origin\n1", "origin is no data but an object of its own kind"),
    (">>> make(1).x\n1", "what make returns is no data but an object of its own kind"),
    (">>> try:\n...     make(1).x\n... except Exception:\n...     print('caught')\ncaught",
     "what make returns is no data but an object of its own kind"),
    (">>> hasattr(make(1), 'x')\nTrue",
     "what make returns is no data but an object of its own kind"),
    (">>> points[0]\n1", "points holds objects that are no data"),
    (">>> get(points)\n1", "points holds objects that are no data"),
    (">>> len(make_many())\n1", "what make_many returns holds objects that are no data"),
    (">>> next(numbers)\n1", "numbers can be read only once"),
    (">>> square.__doc__\n''", "only the results of square are known here"),
    (">>> square == square\nTrue", "only the results of square are known here"),
    (">>> isinstance(3, Point)\nFalse", "only the results of Point are known here"),
    (">>> type(square)\n1", "only the results of square are known here"),
    (">>> unknown.getcwd()\n''", "unknown is no data but an object of its own kind"),
    (">>> next(for_ever())\n1", "what for_ever takes or returns: "),
    (">>> %time square(2)\n4", "the test is no plain Python; is a magic in it?"),
    (">>> import os\n>>> os.getcwd()\n''", "the test imports os"),
    (">>> 'data' in globals()\nTrue", "the test uses globals"),
    (">>> np.random.seed(1)\n>>> square(2)\n4", "the test uses random.seed, whose state belongs "),
    (">>> singular()\nTraceback (most recent call last):\n    ...\n"
     "numpy.linalg.LinAlgError: Singular matrix", "the class of an error is known here without "),
])
def test_what_cannot_be_told_from_here_is_not_decided(code: str, why: str) -> None:
    assert outcome(code).startswith(f"not checkable: {why}")


def test_a_built_in_that_the_notebook_redefines_is_not_trusted() -> None:
    more = "def max(*_): return 3\n"
    assert outcome(">>> max(data)\n3", more=more) == (
        "not checkable: the notebook gives the built-in max another meaning")
    assert outcome(">>> max(data)\n3") == "passed"


def test_a_case_begins_with_the_notebooks_names_only() -> None:
    assert outcome(">>> x = 1", ">>> x\n1") == "undefined: x is not defined"


def test_data_that_a_case_has_changed_are_not_used_again() -> None:
    changed = "not checkable: an earlier test has changed data"
    assert outcome(">>> data.append(4)\n>>> data\n[3, 1, 2, 4]") == "passed"
    assert outcome(">>> data.append(4)", ">>> data\n[3, 1, 2]") == changed
    assert outcome(">>> sort_in_place(data)", ">>> data\n[3, 1, 2]") == changed
    assert outcome(">>> data.append(4)", ">>> square(2)\n4") == "passed"
    assert outcome(">>> square(data[0])\n9", ">>> data\n[3, 1, 2]") == "passed"
    assert outcome(">>> matrix[0, 0] = 9", ">>> matrix[0, 0]\n0.0") == (
        "not checkable: an earlier test has changed matrix")


def test_the_end_of_the_conversation_is_no_verdict() -> None:
    spec = {"name": "q", "suites": [{"cases": [
        {"code": ">>> try:\n...     square(2)\n... except BaseException:\n...     pass"}]}]}
    (case,) = read_ok_test(spec, "tests/q.py").test_cases
    with InNotebook() as sides:
        environment = NotebookNames(sides.grader, [])
        real = environment.ask

        def ask(verb: str, *values: Any) -> Any:
            if verb == "aloud":
                raise PeerGone("it has gone")
            return real(verb, *values)

        environment.ask = ask  # type: ignore[method-assign]
        with pytest.raises(PeerGone):
            case.body.call_func(environment)
