"""What a doctest gets in place of the notebook's functions and of objects that are no data.

An object can be passed back to the notebook's functions, a function can also be called. Everything
else an example might do with them (compare, print, ask for an attribute) is refused, because here
it would come to something else than there.
"""

from __future__ import annotations

from typing import Any, Protocol

from autograder.wire.standins import RemoteFunction, Stub


class Visit(Protocol):
    """What handles need of `autograder.otterzips.oktests.Visit`."""

    def refuse(self, why: str) -> Exception:
        """The exception to raise; the case cannot succeed or fail any more."""

    def call(self, function: RemoteFunction, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a function of the notebook."""


class Handle:
    """Stands for an object that stays with the notebook: it can be passed to its functions.

    Whatever else an example does with it is refused.
    """

    def __init__(self, visit: Visit, stub: Stub | None, why: str) -> None:
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
