"""Records of checks: each call of a student's function, with its arguments and its answer.

`homework build` records the answer, the mistakes and the other right answers of the bank in one
process; the grader records a submission over the wire. Both write the same `Call`s, so that they
can be compared. Recording never changes what a check sees.

A student chooses the answers, so a record is bounded: the number of calls of a check, the number of
values and the depth of an answer, and the entries of an array. Values are copied, since a check may
change them after the call. Nothing of a student's is ever called, compared or printed here.
"""

from __future__ import annotations

import builtins
import functools
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import chain, islice
from types import FunctionType, MappingProxyType
from typing import Any

import numpy as np

from autograder.rpc.frames import Connection
from autograder.rpc.pandas_values import is_pandas
from autograder.rpc.peer import Answerer, Outcome, Peer, answers_of
from autograder.rpc.proxies import NUMPY_NAMES, RemoteError, RemoteObject
from autograder.rpc.shared_state import Random

MAX_CALLS = 300
"""Most calls of one check that are kept."""
MAX_CALLS_BACK = 50
"""Most calls back of one call that are kept."""
MAX_VALUES = 2_000
"""Most values of one answer, or of the arguments of one call."""
MAX_DEPTH = 8
MAX_ENTRIES = 4_096
"""Entries of an array that are copied; of a larger one a sample is kept at once."""
MAX_SUMMED = 1 << 20
"""Entries of an array that go into the sums of its sample."""
ENTRIES_A_VALUE = 64
"""Entries of arrays that count as one of MAX_VALUES."""
MAX_TEXT = 80
SAMPLE = 8
"""Entries of an array that are compared one by one."""


@dataclass(frozen=True)
class Numbers:
    """An array or a number. `entries` holds SAMPLE entries and two sums over all others too.

    `scale` is the size of the terms of the first sum, which bounds its rounding error.
    """

    shape: tuple[int, ...]
    entries: tuple[float, ...]
    scale: float = 0.0


@dataclass(frozen=True)
class Odd:
    """A value that is not plain data: an object, a function, a value beyond the bounds."""

    kind: str


UNREADABLE = Odd("unreadable")
"""A value that cannot be read without consuming it; it does not count in comparisons."""
LIST_ITERATOR: type = type(iter([]))


@dataclass(slots=True)
class Call:
    """One call of a student's function, or of the same function in the bank.

    `error` is the built-in class of the error that ended it, "" if it returned `answer`; `line` is
    the line of the student's own code that it came from. `changed` names the arguments whose
    contents the call changed, `drawn` tells how it left the generators of random numbers among
    them, and `calls_back` what it asked the functions among them. All are bounded copies.
    """

    function: str
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    answer: Any = None
    error: str = ""
    line: str = ""
    changed: tuple[str, ...] = ()
    drawn: str = ""
    calls_back: list[tuple[Any, ...]] = field(default_factory=list)

    def end(self, answer: Any, error: BaseException | None = None) -> None:
        """Record the answer, or the error that ended the call."""
        if error is None:
            self.answer = kept(answer)
        elif isinstance(error, Exception):
            self.error, self.line = builtin_name(error), getattr(error, "line", "")
        else:
            self.error = "BaseException"


@dataclass
class Record:
    """The calls of each check, by the check's name, and the checks that failed.

    `undefined` are names that a check uses and the notebook does not define.
    """

    calls: dict[str, list[Call]] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    undefined: set[str] = field(default_factory=set)


_EXACT = 1 << 53
_CONTAINERS = (tuple, list, dict, set, frozenset)
_AT_ONCE = {float, bool, type(None)}  # their values are kept unchanged


class Recorder:
    """Records the calls of one check after another; `begin` names the check."""

    def __init__(self, changes: Callable[[], int] | None = None) -> None:
        """`changes` returns how many changes of arguments the connection has noticed so far;
        without it, the arguments are compared with copies.
        """
        self.record = Record()
        self._changes = changes
        self._calls: list[Call] = []
        self._open: list[Call] = []

    def begin(self, check: str) -> None:
        """The calls from now on are those of `check`."""
        self._calls = self.record.calls[check] = []

    def call(
        self, name: str, args: tuple[Any, ...], keywords: Mapping[str, Any],
        ask: Callable[[], Any],
    ) -> Any:
        """Call `ask`, and record its result as the answer of `name` to these arguments."""
        call = self.begun(name, args, keywords)
        if call is None:
            return ask()
        changes = self._changes() if self._changes else -1
        self._open.append(call)
        try:
            answer = ask()
        except BaseException as error:
            call.end(None, error)
            raise
        finally:
            self._open.pop()
            if not self._changes or call.calls_back or changes != self._changes():
                call.changed = tuple(_changed(call, args, keywords))
            call.drawn = _drawn(args, keywords)
        call.end(answer)
        return answer

    def series(
        self, asked: list[tuple[str, Any]], ask: Callable[[], list[Outcome] | None]
    ) -> list[Outcome] | None:
        """Make calls, of named functions, by `ask`; record their outcomes, if there are any."""
        known, changes = len(self._calls), self._changes() if self._changes else -1
        calls = [self.begun(name, args, {}) if name else None for name, args in asked]
        if (outcomes := ask()) is None:
            del self._calls[known:]
            return None
        changed = not self._changes or changes != self._changes()
        for (_, args), call, (answer, error) in zip(asked, calls, outcomes, strict=True):
            if call:
                if changed:
                    call.changed = tuple(_changed(call, args, {}))
                call.drawn = _drawn(args, {})
                call.end(answer, error)
        return outcomes

    def begun(
        self, name: str, args: tuple[Any, ...], keywords: Mapping[str, Any]
    ) -> Call | None:
        """Record that `name` is called with these arguments; None when the record is full."""
        if len(self._calls) >= MAX_CALLS:
            return None
        call = Call(name, kept(args), {k: kept(v) for k, v in keywords.items()})
        self._calls.append(call)
        return call

    def called_back(self, args: tuple[Any, ...]) -> None:
        """Record that the current call calls a function among its arguments."""
        if self._open and len(self._open[-1].calls_back) < MAX_CALLS_BACK:
            self._open[-1].calls_back.append(kept(args))


class Recorded:
    """A function of the bank; calls by a check are recorded, calls inside of calls are not."""

    def __init__(self, name: str, function: Callable[..., Any], recorder: Recorder) -> None:
        self._name, self.function, self._recorder = name, function, recorder
        self.__name__ = getattr(function, "__name__", name)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        args = tuple(map(self._argument, args))
        keywords = {key: self._argument(value) for key, value in keywords.items()}
        return self._recorder.call(
            self._name, args, keywords, lambda: _read(self.function(*args, **keywords)))

    @staticmethod
    def answer_calls(calls: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Yield the answers of several calls, which are all made before, as by the grader."""
        outcomes = list[Outcome]()
        for function, *args in calls:
            try:
                outcomes.append(Outcome(function(*args), None))
            except Exception as error:
                outcomes.append(Outcome(None, error))
        yield from answers_of(outcomes)

    def _argument(self, value: Any) -> Any:
        """An argument of a call: a bank function itself, or a recorded check function."""
        if isinstance(value, Recorded):
            return value.function
        if not isinstance(value, FunctionType) or id(value) in NUMPY_NAMES:
            return value  # what is of numpy calls nothing back from a worker either

        @functools.wraps(value)
        def recorded(*args: Any, **keywords: Any) -> Any:
            self._recorder.called_back(args)
            return value(*args, **keywords)

        return recorded


def _read(answer: Any) -> Any:
    """An iterator as a list, as the grader gets it from a worker."""
    if not hasattr(type(answer), "__next__"):
        return answer
    items = list(islice(answer, MAX_VALUES))
    return chain(items, answer) if len(items) == MAX_VALUES else items


class RecordedNames(dict[str, Any]):
    """The names of a notebook, whose functions come `Recorded` when a check asks for them."""

    def __init__(self, environment: Mapping[str, Any], recorder: Recorder) -> None:
        super().__init__(environment)
        self._recorder = recorder

    def get(self, name: str, default: Any = None) -> Any:
        value = super().get(name, default)
        if value is None:
            self._recorder.record.undefined.add(name)
        if callable(value) and not isinstance(value, type):
            return Recorded(name, value, self._recorder)
        return value


class RecordingPeer(Peer):
    """A `Peer` that records the calls of the student's functions.

    `functions` are those of the current question, by the names that its checks use.
    """

    recorder: Recorder | None = None
    functions: Mapping[str, object] = MappingProxyType({})

    def __init__(
        self, connection: Connection, answer: Answerer, *, references_expire: bool
    ) -> None:
        def recorded(verb: str, values: tuple[Any, ...]) -> Any:
            if self.recorder and verb == "call" and len(values) > 1 and type(values[1]) is tuple:
                self.recorder.called_back(values[1])
            return answer(verb, values)

        super().__init__(connection, recorded, references_expire=references_expire)

    def _request(self, question: tuple[Any, ...], held: dict[int, Any]) -> Any:
        name = self._function_of(question)
        if self.recorder is None or not name:
            return super()._request(question, held)
        _, _, args, keywords = question
        ask = functools.partial(Peer._request, self, question, held)
        return self.recorder.call(name, args, keywords or {}, ask)

    def _series(
        self, questions: Sequence[tuple[Any, ...]], held: Sequence[dict[int, Any]]
    ) -> list[Outcome] | None:
        ask = functools.partial(Peer._series, self, questions, held)
        if self.recorder is None:
            return ask()
        calls = [(self._function_of(question), question[2]) for question in questions]
        return self.recorder.series(calls, ask)

    def _function_of(self, question: tuple[Any, ...]) -> str:
        """The name of the student's function that is called; "" for any other request."""
        if question[0] != "call":
            return ""
        return next((name for name, known in self.functions.items() if known is question[1]), "")


def builtin_name(error: BaseException) -> str:
    """The built-in class of an error, by name, so that a student cannot encode data in it.

    Students can name a class after the hidden input that they were called with.
    """
    if isinstance(error, RemoteError):
        known = getattr(builtins, error.kind, None)
        named = isinstance(known, type) and issubclass(known, BaseException)
        return error.kind if named else error.builtin
    return next(c.__name__ for c in type(error).__mro__ if c.__module__ == "builtins")


def _drawn(args: tuple[Any, ...], keywords: Mapping[str, Any]) -> str:
    """How the generators of random numbers among the arguments are now."""
    values = (*args, *keywords.values()) if keywords else args
    return "".join(state(value) for value in values if isinstance(value, Random))


def _changed(
    call: Call, args: tuple[Any, ...], keywords: Mapping[str, Any]
) -> Iterator[str]:
    """The arguments that have changed since the call began, by position or name."""
    now = kept(args)
    if isinstance(now, tuple) and isinstance(call.arguments, tuple):
        for index, (before, after) in enumerate(zip(call.arguments, now, strict=True)):
            if not _same(before, after):
                yield str(index)
    for key, before in call.keywords.items():
        if not _same(before, kept(keywords[key])):
            yield key


def _same(a: Any, b: Any) -> bool:
    """Whether two kept values are the same; nan is like nan."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return repr(a) == repr(b)


def kept(value: Any) -> Any:
    """A bounded copy of plain data; what is no plain data becomes an `Odd`."""
    try:
        return _copy(value, 0, [MAX_VALUES])
    except Exception:  # an error caused by a strange value must not change a verdict
        return UNREADABLE


def _copy(value: Any, depth: int, left: list[int]) -> Any:
    kind = type(value)
    if kind in _AT_ONCE:
        return value
    if kind is np.ndarray:
        return _array(value, depth, left)
    if kind is np.float64 or (kind is int and -_EXACT < value < _EXACT):
        return float(value)
    left[0] -= 1
    if depth > MAX_DEPTH or left[0] < 0:
        return Odd("a value too large to be kept")
    if isinstance(value, _CONTAINERS):
        return _container(value, depth, left)
    if isinstance(value, str | bytes):
        return value[:MAX_TEXT]
    if isinstance(value, int | np.generic | Decimal | Fraction | complex | float):
        return _scalar(value)
    if isinstance(value, np.ndarray):
        return _array(np.asarray(value), depth, left)
    if isinstance(value, RemoteObject) and value.held is not None:
        return _copy(value.held, depth + 1, left)
    if is_pandas(value):
        return _pandas(value, depth, left)
    if isinstance(value, Random):
        return Odd("a random generator")
    if kind is LIST_ITERATOR:  # what a student's generator yielded, as it comes from a worker
        return _copy(list(copy(value)), depth, left)
    if hasattr(kind, "__next__"):
        return UNREADABLE
    return Odd("a function" if callable(value) else "an object")


def _scalar(value: Any) -> Any:
    try:
        return complex(value) if isinstance(value, complex | np.complexfloating) else float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
    except (TypeError, ValueError):
        return Odd(type(value).__name__[:MAX_TEXT])


def _container(value: Any, depth: int, left: list[int]) -> Any:
    left[0] -= len(value)
    if left[0] < 0:
        return Odd("a value too large to be kept")
    if isinstance(value, dict):
        return {key[:MAX_TEXT] if type(key) is str else str(_copy(key, depth + 1, left)):
                _copy(item, depth + 1, left) for key, item in dict.items(value)}
    if _AT_ONCE.issuperset(map(type, value)):
        items = [*value]
    else:
        items = [_copy(item, depth + 1, left) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(items, key=lambda item: (type(item).__name__, repr(item)))
    return tuple(items) if isinstance(value, tuple) else items


def _array(value: np.ndarray[Any, Any], depth: int, left: list[int]) -> Any:
    kind = value.dtype.kind
    if left[0] < 0:
        return Odd("a value too large to be kept")
    left[0] -= value.size // ENTRIES_A_VALUE
    if kind in "biuf":
        return value.copy() if value.size <= MAX_ENTRIES else numbers(value)
    if kind == "c":
        return numbers(value)
    if kind == "O" and value.size <= left[0]:
        return _copy(value.tolist(), depth + 1, left)
    return Odd("an array of texts" if kind in "US" else "an array of objects")


def _pandas(value: Any, depth: int, left: list[int]) -> Any:
    """A frame, a series or an index as the dict of its columns; a time as a text."""
    if not hasattr(value, "__len__"):
        return str(value)[:MAX_TEXT]
    if not hasattr(value, "index"):
        return _column(value, depth, left)
    frame = value if hasattr(value, "columns") else value.to_frame("values")
    left[0] -= frame.shape[1]
    if left[0] < 0:
        return Odd("a value too large to be kept")
    names = [str(name)[:MAX_TEXT] for name in frame.columns]
    columns = [_column(frame.iloc[:, number], depth, left) for number in range(frame.shape[1])]
    kinds = ", ".join(str(kind)[:MAX_TEXT] for kind in frame.dtypes)
    return {
        "kind": type(value).__name__, "shape": np.array(value.shape), "dtypes": _brief(kinds),
        "columns": _brief(", ".join(names)), "index": _column(frame.index, depth, left),
        **{f"column {name}": column for name, column in zip(names, columns, strict=True)},
    }


def _column(column: Any, depth: int, left: list[int]) -> Any:
    """A column's numbers as an array; anything else as SAMPLE texts and a digest of more."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biufc":
        return _array(column.to_numpy(), depth, left)
    left[0] -= min(len(column), MAX_ENTRIES)
    texts = [str(item)[:MAX_TEXT] for item in column.to_numpy()[:MAX_ENTRIES]]
    if len(column) <= SAMPLE:
        return texts
    return [*texts[:SAMPLE], f"{len(column)} {zlib.crc32(repr(texts).encode()):08x}"]


def _brief(text: str) -> str:
    """A text of any length as a short one, with a digest of the rest."""
    return text if len(text) <= MAX_TEXT else f"{text[:40]} {zlib.crc32(text.encode()):08x}"


def numbers(value: np.ndarray[Any, Any]) -> Numbers:
    """The sample of an array of numbers that is compared instead of the array."""
    if value.dtype.kind == "c":
        value = np.stack([value.real, value.imag], axis=-1)
    flat = value.reshape(-1)
    if flat.size <= SAMPLE:
        return Numbers(value.shape, tuple(flat.astype(float).tolist()))
    with np.errstate(over="ignore"):
        floats = flat[:MAX_SUMMED].astype(float)
    finite = np.isfinite(floats)
    weights = _weights(floats.size)
    with np.errstate(over="ignore", invalid="ignore"):
        terms = np.where(finite, floats, 0) * weights
        sums = float(terms.sum()), float((weights * ~finite).sum())
        scale = float(np.abs(terms).sum())
    sample = floats[_places(floats.size)].tolist()
    return Numbers(value.shape, (*sample, *sums), scale)


def _places(size: int) -> np.ndarray[Any, Any]:
    """Indices of the sample: the first half are the first entries, the others are spread out."""
    half = SAMPLE // 2
    return np.concatenate([np.arange(half), np.linspace(half, size - 1, SAMPLE - half).astype(int)])


def _weights(size: int) -> np.ndarray[Any, Any]:
    """Weights between 1 and 2, irregular, so that symmetric entries do not cancel."""
    return np.arange(1, size + 1) * 0.6180339887498949 % 1 + 1


def state(value: Any) -> str:
    """A digest of the state of a generator: equal after equally many draws."""
    found = (value.bit_generator.state if isinstance(value, np.random.Generator)
             else value.get_state(legacy=False))
    return f"{zlib.crc32(repr(found).encode()):08x} "
