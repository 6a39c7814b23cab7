"""Tests in Otter's older OK format: doctests, run where the student's code is not.

Python's own doctest runs the examples here, in the trusted process. The names they use are asked
for before the first example, as Otter copies the notebook's globals: data cross, functions become
callable stand-ins that also bring back what they print, and modules are those of an allow-list,
imported here. What cannot be told that way is not guessed: the check ends as NotCheckable, with the
reason, whatever the example would have come to.
"""

from __future__ import annotations

import builtins
import copy
import doctest
import importlib
import sys
from collections.abc import Collection, Iterator
from typing import Any, Protocol

import numpy as np
from otter.test_files import TestFile
from otter.test_files.ok_test import OKTestFile

from autograder.otter.ok_rules import ALIASES, NotCheckable, names_read, only_calls_type, parsed
from autograder.rpc.peer import PeerGone, ProtocolError
from autograder.rpc.proxies import Proxy, RemoteError, RemoteFunction, RemoteObject
from autograder.rpc.shared_state import WireError, is_mutable_data

# What a doctest gets in place of the notebook's functions and of objects that are no data.
#
# An object can be passed back to the notebook's functions, a function can also be called.
# Everything else an example might do with them (compare, print, ask for an attribute) is refused,
# because here it would come to something else than there.

class Handle:
    """Stands for an object that stays with the notebook: it can be passed to its functions.

    Whatever else an example does with it is refused.
    """

    def __init__(self, visit: Visit, stub: Proxy | None, why: str) -> None:
        object.__setattr__(self, "_inside", (visit, stub, why))

    def __getattribute__(self, name: str) -> Any:
        visit, _, why = _inside(self)
        raise visit.refuse(why)


class Function(Handle):
    """Stands for a function of the notebook: it can also be called."""

    def __init__(self, visit: Visit, stub: RemoteFunction) -> None:
        super().__init__(visit, stub, f"only the results of {stub.kind} are known here")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        visit, stub, _ = _inside(self)
        return visit.call(stub, args, kwargs)

    def __bool__(self) -> bool:
        return True


def _inside(handle: Handle) -> Any:
    return object.__getattribute__(handle, "_inside")


def bare(value: Any) -> Any:
    """What to send for an argument."""
    if not isinstance(value, Handle):
        return value
    visit, stub, why = _inside(value)
    if stub is None:
        raise visit.refuse(why)
    return stub


def _refused_operation(self: Handle, *_args: object) -> Any:
    visit, _, why = _inside(self)
    raise visit.refuse(why)


_KINDS = (int, complex, str, list, dict, set)
_OPERATIONS = {name for kind in _KINDS for name in dir(kind) if name.startswith("__")} | {
    "__array__", "__enter__", "__instancecheck__", "__matmul__", "__next__", "__rmatmul__",
    "__subclasscheck__",
}
for _name in _OPERATIONS - set(vars(Handle)) - {"__class__", "__new__", "__init_subclass__"}:
    setattr(Handle, _name, _refused_operation)


def type_of(value: Any) -> type:
    """The built-in `type` as a function, which refuses a Handle."""
    return value.__class__ if isinstance(value, Handle) else type(value)


class Notebook(Protocol):
    """What is needed of the environment that a check is given."""

    undefined: list[str]

    def ask(self, verb: str, *values: Any) -> Any:
        """Ask the worker."""


def read_ok_test(spec: dict[str, Any], path: str) -> TestFile:
    """The test file of an OK-format `test = {...}`, with cases that `call_func` can run."""
    test: TestFile = OKTestFile.from_spec(spec, path)
    changed: set[str] = set()
    for case in test.test_cases:
        case.body = OkCase(case.body, case.name, changed)
    return test


class OkCase:
    """One test case; `changed` are the names of data that a case has changed, for all of them."""

    def __init__(self, source: str, name: str, changed: set[str]) -> None:
        self._name, self._source, self._changed = name, source, changed
        self._examples = doctest.DocTestParser().get_examples(source, name)

    def call_func(self, notebook: Notebook) -> None:
        """Run the examples; raises AssertionError when one fails, NotCheckable, or what it raises.

        What it changes of the notebook's data changes here only, so a later case that uses these
        is not checkable.
        """
        text = "".join(example.source for example in self._examples)
        tree = parsed(text)
        visit = Visit(notebook)
        given = visit.fetch(names_read(text), self._changed)
        data = {n: v for n, v in given.items() if not isinstance(v, Handle) and is_mutable_data(v)}
        before = copy.deepcopy(data)
        globs = given | {"type": type_of} if only_calls_type(tree) else dict(given)
        test = doctest.DocTest(self._examples, globs, self._name, None, None, self._source)
        try:
            _Runner(visit).run(test, out=_nowhere, clear_globs=False)
        finally:
            self._changed |= {name for name in data if not _same(data[name], before[name])}


class _Runner(doctest.DocTestRunner):
    """Python's runner, which stops at the first example that does not succeed."""

    def __init__(self, visit: Visit) -> None:
        super().__init__()
        self._visit = visit

    def report_start(self, out: Any, test: doctest.DocTest, example: doctest.Example) -> None:
        pass

    def report_success(
        self, out: Any, test: doctest.DocTest, example: doctest.Example, got: str
    ) -> None:
        self._visit.stop_if_unsure()

    def report_failure(
        self, out: Any, test: doctest.DocTest, example: doctest.Example, got: str
    ) -> None:
        self._visit.stop_if_unsure()
        want = example.want.strip()
        if example.exc_msg is not None:
            want, got = example.exc_msg.strip(), got.strip().rpartition("\n")[2]
            if "." in want.partition(":")[0]:
                raise NotCheckable("the class of an error is known here without its module")
        raise AssertionError(f"{example.source.strip()}: expected {want!r}, got {got.strip()!r}")

    def report_unexpected_exception(
        self, out: Any, test: doctest.DocTest, example: doctest.Example, exc_info: Any
    ) -> None:
        self._visit.stop_if_unsure()
        error: BaseException = exc_info[1]
        if isinstance(error, NameError) and error.name in self._visit.missing:
            self._visit.notebook.undefined.append(error.name)
            raise AssertionError(f"{error.name} is not defined")
        raise error


class Visit:
    """One test case's dealings with the notebook.

    `missing` are the names that it does not define. `unsure` is why the case must not be decided:
    kept, because an example may catch the exception that says so.
    """

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.missing: set[str] = set()
        self._unsure: BaseException | None = None

    def refuse(self, why: str) -> NotCheckable:
        """The exception to raise; the case cannot succeed or fail any more."""
        self._unsure = self._unsure or NotCheckable(why)
        return NotCheckable(why)

    def stop_if_unsure(self) -> None:
        """Raise what an example should not have caught."""
        if self._unsure is not None:
            raise self._unsure

    def fetch(self, names: Collection[str], changed: Collection[str]) -> dict[str, Any]:
        """The values of those names that the notebook defines."""
        there = dict(zip(names, self.notebook.ask("has", *names), strict=True))
        defined = [name for name in names if there[name]]
        for name in defined:
            if hasattr(builtins, name):
                raise NotCheckable(f"the notebook gives the built-in {name} another meaning")
            if name in changed:
                raise NotCheckable(f"an earlier test has changed {name}")
        self.missing = set(names) - set(defined) - set(vars(builtins))
        values = self.notebook.ask("get", *defined)
        return {n: self._received(v, n, named=True) for n, v in zip(defined, values, strict=True)}

    def call(self, function: RemoteFunction, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a function of the notebook, and print what it printed."""
        try:
            printed, result = self.notebook.ask(
                "aloud", function, tuple(map(bare, args)), {k: bare(v) for k, v in kwargs.items()}
            )
        except (RemoteError, WireError) as error:
            if isinstance(error, RemoteError) and error.kind != WireError.__name__:
                raise _as_in_the_notebook(error) from None
            raise self.refuse(f"what {function.kind} takes or returns: {error}") from None
        except (PeerGone, ProtocolError) as error:
            self._unsure = error
            raise
        sys.stdout.write(printed)
        return self._received(result, f"what {function.kind} returns", named=False)

    def _received(self, value: Any, what: str, *, named: bool) -> Any:
        if isinstance(value, RemoteFunction):
            return Function(self, value)
        if isinstance(value, RemoteObject):
            if named and value.kind == "module" and what in ALIASES:
                return _module(ALIASES[what])
            return Handle(self, value, f"{what} is no data but an object of its own kind")
        if isinstance(value, Iterator) and named:
            return Handle(self, None, f"{what} can be read only once")
        if any(isinstance(part, Proxy) for part in _parts(value)):
            return Handle(self, None, f"{what} holds objects that are no data")
        return value


def _as_in_the_notebook(error: RemoteError) -> RemoteError:
    """The same error, of a class with the name that it has there: doctest compares that."""
    kind = type(error.kind, (type(error),), {"__module__": "builtins"})
    named: RemoteError = kind()
    named.kind, named.text = error.kind, error.text
    return named


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise NotCheckable(f"{name} is not installed here") from None


def _parts(value: Any) -> Iterator[Any]:
    """The value and everything that it holds."""
    seen: set[int] = set()
    todo = [value]
    while todo:
        part = todo.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        if isinstance(part, dict):
            todo += [*part.keys(), *part.values()]
        elif isinstance(part, list | tuple | set | frozenset):
            todo += part
        elif isinstance(part, np.ndarray) and part.dtype == object:
            todo += part.ravel().tolist()


def _same(a: Any, b: Any) -> bool:
    """Whether data are what their copy is still like."""
    if isinstance(a, np.ndarray):
        same_kind = a.dtype == b.dtype and a.shape == b.shape
        return same_kind and _same(a.tolist(), b.tolist())
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict):
        return _same([*a.items()], [*b.items()])
    if isinstance(a, np.random.Generator):
        return str(a.bit_generator.state) == str(b.bit_generator.state)
    return bool(a is b or a == b or (a != a and b != b))


def _nowhere(_text: str) -> None:
    return None
