"""Proxies: local representatives of values, functions and errors that the other side owns.

    RemoteFunction      a function; calling it asks the other side to call it
    RemoteObject        any other object; if it is passed back, the owner gets its own object
    RemoteSequence      an iterable object, with the items that it had when it crossed
    RemoteMapping       a mapping, with the entries that it had when it crossed
    RemoteArrayLike     an object that numpy can read, as an array or a number
    RemoteData          an instance of a subclass of a plain type (namedtuple, defaultdict, IntEnum,
                        matrix): here it is the plain value, for its owner it is the object
"""

from __future__ import annotations

import builtins
import copy
import linecache
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

MAX_ERROR_TEXT = 2_000
MAX_LINE = 120


NUMPY: dict[str, Any] = {
    value.__name__: value for value in vars(np).values()  # type: ignore[union-attr]
    if callable(value) and getattr(np, getattr(value, "__name__", ""), None) is value
}
"""The functions and classes of numpy by the oldest of their names; both sides have them."""
NUMPY_NAMES = {id(value): name for name, value in NUMPY.items()}


class Asks(Protocol):
    """The connection to the other side (`peer.Peer`)."""

    def request(self, verb: str, *values: Any) -> Any:
        """Send a request, and wait for the answer."""

    def call_each(self, calls: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Yield the answers to several calls."""


class Proxy:
    """Proxy of the object `number` of the other side of `peer`; `kind` names its class."""

    peer: Asks | None = None
    number: int = 0
    kind: str = "object"

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"{name!r} of {self.kind!r} stays in the other process: only functions and data cross"
        )

    def __copy__(self) -> Any:
        return self._copied(deep=False)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self._copied(deep=True)

    def _copied(self, *, deep: bool) -> Any:
        """A copy that the owner makes, since only it can copy its objects."""
        assert self.peer is not None
        return self.peer.request("copy", self, deep)


class RemoteFunction(Proxy):
    """A function of the other side; calling it asks the other side to call it."""

    def __init__(self, peer: Asks, number: int, kind: str) -> None:
        self.peer, self.number, self.kind = peer, number, kind

    def __repr__(self) -> str:
        return f"<{self.kind} of the other process>"

    @property
    def __name__(self) -> str:
        return self.kind

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        assert self.peer is not None
        return self.peer.request("call", self, args, kwargs or None)  # a dict would be watched

    @staticmethod
    def answer_calls(calls: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """The answers to several calls, functions with their arguments, which may travel together
        (`check_toolkit.each_call`).
        """
        peer = calls[0][0].peer
        return peer.call_each(calls)  # type: ignore[no-any-return]

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, _memo: object) -> Any:
        return self


class RemoteObject(Proxy):
    """An object of the other side. `held` are its contents when it last crossed."""

    held: Any = None

    def __init__(self, peer: Asks | None, number: int, kind: str) -> None:
        self.peer, self.number, self.kind = peer, number, kind

    def __repr__(self) -> str:
        return f"<{self.kind} of the other process>"

    def __array__(self, *_args: Any, **_kwargs: Any) -> Any:
        raise TypeError(f"expected an array, found an object of the class {self.kind!r}")


class RemoteSequence(RemoteObject, Sequence[Any]):
    """An iterable object of the other side, with its items."""

    held: tuple[Any, ...] = ()

    def __getitem__(self, index: Any) -> Any:
        return self.held[index]

    def __len__(self) -> int:
        return len(self.held)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.held)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(self.held, dtype=dtype)


class RemoteMapping(RemoteObject, Mapping[Any, Any]):
    """An object of the other side that is a mapping but no dict, with its entries."""

    def __getitem__(self, key: Any) -> Any:
        return (self.held or {})[key]

    def __len__(self) -> int:
        return len(self.held or {})

    def __iter__(self) -> Iterator[Any]:
        return iter(self.held or {})

    __hash__ = object.__hash__


class RemoteArrayLike(RemoteObject):
    """An object of the other side that numpy reads: a tensor, or a number of another library."""

    held: Any = np.empty(0)

    def __getitem__(self, index: Any) -> Any:
        return self.held[index]

    def __len__(self) -> int:
        return len(self.held)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.held)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(self.held, dtype=dtype)

    def __float__(self) -> float:
        return float(self.held)

    def __int__(self) -> int:
        return int(self.held)


class RemoteData(Proxy):
    """Mixed into a plain type: a value whose class the other side has derived from that type.

    It has the methods of the plain value; the proxy of a namedtuple also has its `fields`. A value
    made from it here (a slice, a sum) has no owner: `peer` is None. Its contents are those when it
    last crossed; during the call in which it crossed, both sides see each other's changes.
    """

    fields: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> Any:
        if name in self.fields and isinstance(self, tuple):
            return self[self.fields.index(name)]
        return super().__getattr__(name)

    def __missing__(self, key: Any) -> Any:
        """The value of the owner's dict for a key that was missing: a defaultdict creates it."""
        if self.peer is None:
            raise KeyError(key)
        return self.peer.request("item", self, key)

    def _copied(self, *, deep: bool) -> Any:
        try:
            if self.peer is not None:
                return super()._copied(deep=deep)
        except ReferenceError:
            pass  # it was passed to a call that has ended
        plain = next(kind for kind in type(self).__mro__ if kind in REMOTE_DATA)(self)
        return copy.deepcopy(plain) if deep else plain


def _remote(plain: type[Any]) -> type[Any]:
    """A class of proxies with the name of the plain type, which people read in messages."""
    return type(plain.__name__, (plain, RemoteData), {"__module__": __name__})


REMOTE_DATA: dict[type[Any], type[Any]] = {
    plain: _remote(plain) for plain in (
        int, float, complex, str, bytes, tuple, frozenset, list, dict, set, bytearray, Fraction,
        Decimal, np.ma.MaskedArray, np.matrix, np.ndarray,
    )
}
"""The class of a proxy by the plain type that it shows; of two that fit, the first counts."""


def not_in_numpy(name: str) -> Any:
    """What a worker, whose numpy may be older than the grader's, has for a newer function."""
    def missing(*_args: object, **_kwargs: object) -> None:
        raise AttributeError(f"module 'numpy' has no attribute {name!r}")

    return missing


class Expired:
    """Proxy whose call has ended."""

    def __call__(self, *_args: object, **_kwargs: object) -> None:
        raise ReferenceError("what is passed to a call can be used only until the call returns")


class RemoteError(Exception):
    """Code on the other side raised. `kind` is the class of its error, `text` its message, `line`
    the line of a notebook's cell that it came from.

    The other side chooses all three. `builtin` is the built-in class of the error on this side.
    """

    kind = "Exception"
    text = ""
    line = ""
    builtin = "Exception"
    origin: object = None

    def __init__(self, *_args: object) -> None:
        """Accept one text, whatever arguments the built-in class expects."""

    def __str__(self) -> str:
        return self.text


def _with_remote_error(base: type[Exception]) -> type[RemoteError]:
    return type("RemoteError", (RemoteError, base), {"builtin": base.__name__})


_CLASSES: dict[str, type[RemoteError]] = {
    name: _with_remote_error(value) for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, Exception)
    and value is not Exception and not issubclass(value, BaseExceptionGroup)
}


def error_parts(error: BaseException, origin: object) -> tuple[list[str], str, object, str]:
    """The data of an error that cross: names of its class and bases, text, origin, line.

    An error with an origin was raised by a check; its line in the check is not sent.
    """
    names = [str(base.__name__) for base in type(error).__mro__]
    if isinstance(error, RemoteError):
        return [error.kind, *names], error.text, error.origin, error.line
    try:
        text = str(error)[:MAX_ERROR_TEXT]
    except Exception:
        text = ""
    return names, text, origin, _own_line(error) if origin is None else ""


def _own_line(error: BaseException) -> str:
    """The innermost line of a notebook's cell that an error came through: its number, its text."""
    found, place = error.__traceback__, None
    while found:
        if found.tb_frame.f_globals.get("__name__") == "__main__":
            place = found
        found = found.tb_next
    if not place:
        return ""
    source = linecache.getline(place.tb_frame.f_code.co_filename, place.tb_lineno).strip()
    return f"line {place.tb_lineno}: {source}"[:MAX_LINE]


def remote_error(parts: Any) -> Exception:
    """The error to raise for one on the other side: of the same built-in class, if it has one.

    A check that expects a ValueError of the student's function gets a ValueError. If a function of
    the check raised, and the student's function did not catch it, the check gets its own error.
    """
    if not isinstance(parts, tuple) or len(parts) != 4:
        parts = ([], "", None, "")
    names, text, origin, line = parts
    if isinstance(origin, Exception):
        return origin
    names = [n for n in names if isinstance(n, str) and n.isidentifier()] if (
        isinstance(names, list)) else []
    text = text[:MAX_ERROR_TEXT] if isinstance(text, str) else ""
    kind = next((_CLASSES[name] for name in names if name in _CLASSES), RemoteError)
    error = kind(text)
    error.kind, error.text, error.origin = (names or ["Exception"])[0][:80], text, origin
    error.line = line[:MAX_LINE] if isinstance(line, str) else ""
    return error
