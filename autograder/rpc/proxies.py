"""What stands on this side for what stays on the other: functions, objects, errors."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import Any, Protocol, Self

import numpy as np

MAX_ERROR_TEXT = 2_000


class Asks(Protocol):
    """A conversation with the other side."""

    def request(self, verb: str, *values: Any) -> Any:
        """Ask the other side, and wait for its answer."""


class Stub:
    """Stands for something that stays on the other side of `peer` under `number`."""

    def __init__(self, peer: Asks, number: int, kind: str) -> None:
        self.peer, self.number, self.kind = peer, number, kind

    def __repr__(self) -> str:
        return f"<{self.kind} of the other process>"

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{name!r} stays in the other process: only functions and data cross")

    def __copy__(self) -> Self:
        return self  # what it stands for cannot be copied from here

    def __deepcopy__(self, _memo: object) -> Self:
        return self


class RemoteFunction(Stub):
    """A function of the other side; calling it asks the other side to call it."""

    @property
    def __name__(self) -> str:
        return self.kind

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.peer.request("call", self, args, kwargs or None)  # a dict would be watched


class Opaque(Stub):
    """An object of the other side that is no data; it can only be passed back."""

    def __array__(self, *_args: Any, **_kwargs: Any) -> Any:
        raise TypeError("expected an array, found an object that is no data")


class OpaqueItems(Opaque, Sequence[Any]):
    """An opaque object with the items, or the array, that it held when it last crossed."""

    items: Sequence[Any] | np.ndarray[Any, Any] = ()

    def __getitem__(self, index: Any) -> Any:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(self.items, dtype=dtype)

    def __float__(self) -> float:
        return float(np.asarray(self.items))


class Forgotten:
    """Stands for what was lent for a call that is over."""

    def __call__(self, *_args: object, **_kwargs: object) -> None:
        raise ReferenceError("what is passed to a call can be used only until the call returns")


class RemoteError(Exception):
    """Code on the other side raised. `kind` is the class of its error, `text` what it said.

    Both are the other side's words. `builtin` is the built-in class that it is an instance of here.
    """

    kind = "Exception"
    text = ""
    builtin = "Exception"
    origin: object = None

    def __init__(self, *_args: object) -> None:
        """Take one text, whatever the built-in class beside this one wants."""

    def __str__(self) -> str:
        return self.text


def _with_remote_error(base: type[Exception]) -> type[RemoteError]:
    return type("RemoteError", (RemoteError, base), {"builtin": base.__name__})


_CLASSES: dict[str, type[RemoteError]] = {
    name: _with_remote_error(value) for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, Exception)
    and value is not Exception and not issubclass(value, BaseExceptionGroup)
}


def error_parts(error: BaseException, origin: object) -> tuple[list[str], str, object]:
    """What crosses of an error: names of its class and of their bases, its text, its origin."""
    names = [str(base.__name__) for base in type(error).__mro__]
    if isinstance(error, RemoteError):
        return [error.kind, *names], error.text, error.origin
    try:
        text = str(error)[:MAX_ERROR_TEXT]
    except Exception:
        text = ""
    return names, text, origin


def remote_error(parts: Any) -> Exception:
    """The error to raise for one on the other side: of the same built-in class, if it has one.

    A check that expects a ValueError of the student's function gets a ValueError. One that the
    check's own function raised, and the student's function let through, is that very error.
    """
    if not isinstance(parts, tuple) or len(parts) != 3:
        parts = ([], "", None)
    names, text, origin = parts
    if isinstance(origin, Exception):
        return origin
    names = [n for n in names if isinstance(n, str) and n.isidentifier()] if (
        isinstance(names, list)) else []
    text = text[:MAX_ERROR_TEXT] if isinstance(text, str) else ""
    kind = next((_CLASSES[name] for name in names if name in _CLASSES), RemoteError)
    error = kind(text)
    error.kind, error.text, error.origin = (names or ["Exception"])[0][:80], text, origin
    return error
