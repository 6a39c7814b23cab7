"""Values on the wire between the grader and a worker: data, never code, never pickle.

A value becomes a structure, made of scalars and lists only, and a blob, in which the bytes of its
arrays stand in the order in which the structure names them. A scalar stands for itself. Everything
else is a list that begins with a tag:

    l t d s f     list, tuple, dict (k, v, k, v, ...), set, frozenset
    a n o         numpy array (dtype, shape, order, writeable), numpy scalar, array of objects
    b u e         bytes, bytearray, text with lone surrogates
    c i r sl      complex, integer too long for JSON, range, slice
    g             numpy random generator, with its state
    =             the mutable value that both sides hold under that number
    it            an iterator, read to its end
    fn h yours    a function, an opaque object (with what it holds), or something of the receiver's

What a check sees of a value is what it would see in one process, but for these:

    subclass of list, dict, set, str, int, float ...    the plain value; a namedtuple is a tuple
    subclass of ndarray (matrix, masked array)          what np.asarray makes of it
    view of an argument                                 a copy: it no longer shares memory
    iterator, generator function                        read to its end during the call
    Decimal, Fraction                                   float
    what has __array__ or __float__ (pandas, torch)     opaque, and gives np.asarray that array
    other iterable object (deque, dict view, a class)   opaque, with its items in a sequence
    callable object, iterable or not                    a function
    other object (enum, dataclass, datetime,            opaque: can be passed back, and is then
      structured array, module)                           itself; its attributes do not cross
    error                                               its built-in class and text; one that the
                                                          check's own function raised is that one
    what an argument refers to, after the call          a copy: nothing is shared between calls
    np.random.seed, random.seed                         the other process has a state of its own
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, Protocol

import numpy as np

from autograder.wire.generators import generator_text, is_generator
from autograder.wire.plaindata import Shared, WireError, is_mutable_data, is_plain, read_items

MAX_DEPTH = 60
LONGEST_JSON_INTEGER = 1 << 2000
_AS_THEY_ARE = {float, bool, type(None)}
_NO_SCALARS = {tuple, list, dict, np.ndarray}
"""The commonest types that `encode` need not ask about every kind of scalar."""


class References(Protocol):
    """The table of things that stay on their own side and cross as a number."""

    def lend(self, thing: object) -> list[Any]:
        """The tagged reference under which `thing` crosses."""

    def borrow(self, tag: str, number: Any, kind: Any = "") -> Any:
        """The stand-in for a reference that arrived; "hi" is an "h" that will be given items."""


class Encoder:
    """Turns values into structures and bytes; one Encoder a message.

    `new` are the mutable values met for the first time, to be added to `shared` when the message
    is sent. `held` keeps what iterators and opaque objects held: they are read only once, even if
    the message is encoded again.
    """

    def __init__(
        self, references: References, shared: Shared, held: dict[int, Any] | None = None
    ) -> None:
        self.new: list[Any] = []
        self.parts: list[bytes] = []
        self._references, self._shared = references, shared
        self._held: dict[int, tuple[object, Any]] = {} if held is None else held
        self._numbers: dict[int, int] = {}
        self._described: set[int] = set()

    def encode(self, value: Any, depth: int = 0) -> Any:
        """The structure of `value`; raises WireError if it is nested MAX_DEPTH deep or more."""
        kind = type(value)
        if kind in _AS_THEY_ARE:
            return value
        if kind not in _NO_SCALARS:
            if isinstance(value, str):
                return self._text(str.__str__(value))
            if isinstance(value, np.generic):
                return self._numpy_scalar(value, depth)
            if isinstance(value, int):
                return self._integer(int.__int__(value))
            if isinstance(value, float):
                return float.__float__(value)
            if isinstance(value, complex):
                return ["c", value.real, value.imag]
        if depth >= MAX_DEPTH:
            raise WireError(f"a value nested more than {MAX_DEPTH} deep")
        return self._compound(value, depth + 1)

    def changes(self) -> list[list[Any]]:
        """Number and contents of every shared value that has changed since it was noted."""
        return [[n, self._contents(self._shared.values[n], 1)] for n in self._shared.changed()]

    def _compound(self, value: Any, depth: int) -> Any:
        if isinstance(value, tuple):
            return ["t", *self._items(tuple.__iter__(value), depth)]
        if is_mutable_data(value):
            return self._mutable(value, depth)
        if isinstance(value, bytes):
            return self._bytes("b", value)
        if isinstance(value, frozenset):
            return ["f", *self._items(frozenset.__iter__(value), depth)]
        if isinstance(value, range):
            return ["r", *(self._integer(v) for v in (value.start, value.stop, value.step))]
        if isinstance(value, slice):
            return ["sl", *self._items((value.start, value.stop, value.step), depth)]
        return self._other(value, depth)

    def _mutable(self, value: Any, depth: int) -> Any:
        number = self._shared.number(value)
        if number is None:
            number = self._numbers.get(id(value))
        if number is not None:
            return ["=", number]
        self._numbers[id(value)] = len(self._shared) + len(self.new)
        self.new.append(value)
        return self._contents(value, depth)

    def _contents(self, value: Any, depth: int) -> Any:
        if isinstance(value, list):
            return ["l", *self._items(list.__iter__(value), depth)]
        if isinstance(value, dict):
            return ["d", *self._items([x for pair in dict.items(value) for x in pair], depth)]
        if isinstance(value, set):
            return ["s", *self._items(set.__iter__(value), depth)]
        if isinstance(value, bytearray):
            return self._bytes("u", value)
        if is_generator(value):
            return ["g", generator_text(value)]
        return self._array(value, depth)

    def _other(self, value: Any, depth: int) -> Any:
        if isinstance(value, Iterator):
            return ["it", *self._items(self._hold(value, read_items), depth)]
        if isinstance(value, Decimal | Fraction):
            try:
                return float(value)
            except (OverflowError, ValueError):
                pass  # too large, or a signalling NaN: opaque
        reference = self._references.lend(value)
        if reference[0] == "h" and id(value) not in self._described:
            self._described.add(id(value))
            reference.append(self.encode(self._hold(value, _held_by), depth))
        return reference

    def _hold(self, value: Any, read: Any) -> Any:
        if id(value) not in self._held:
            self._held[id(value)] = value, read(value)
        return self._held[id(value)][1]

    def _items(self, items: Iterable[Any], depth: int) -> list[Any]:
        return [self.encode(item, depth) for item in items]

    def _bytes(self, tag: str, value: bytes | bytearray) -> list[Any]:
        self.parts.append(bytes(value))
        return [tag, len(value)]

    def _text(self, value: str) -> Any:
        if value.isascii():
            return value
        try:
            value.encode()
        except UnicodeEncodeError:  # two surrogates would come out of JSON as one character
            return self._bytes("e", value.encode("utf-8", "surrogatepass"))
        return value

    def _integer(self, value: int) -> Any:
        return value if abs(value) < LONGEST_JSON_INTEGER else ["i", hex(value)]

    def _numpy_scalar(self, value: Any, depth: int) -> Any:
        if isinstance(value, bytes):
            return self._bytes("b", value)
        if not is_plain(value.dtype.str):
            return self._other(value, depth)
        self.parts.append(value.tobytes())
        return ["n", value.dtype.str]

    def _array(self, value: Any, depth: int) -> Any:
        plain, writeable = np.asarray(value), bool(value.flags.writeable)
        if value.dtype == object:
            items = self._items(plain.ravel().tolist(), depth)
            return ["o", list(value.shape), writeable, *items]
        if not is_plain(value.dtype.str):
            raise WireError("an array whose dtype was changed in place")
        fortran = value.flags.f_contiguous and not value.flags.c_contiguous
        order: Literal["F", "C"] = "F" if fortran else "C"
        self.parts.append(plain.tobytes(order))
        return ["a", value.dtype.str, list(value.shape), order, writeable]


def _held_by(value: Any) -> Any:
    """What an opaque object holds: an array, a tuple of items, or None."""
    try:
        if isinstance(value, np.ndarray | np.generic):
            return None
        if hasattr(type(value), "__array__"):
            array = np.asarray(value)
            return array if is_mutable_data(array) else None
        if hasattr(type(value), "__float__"):
            return np.asarray(float(value))
        return tuple(read_items(value)) if isinstance(value, Iterable) else None
    except Exception:  # whatever its own code raised: then it holds nothing that can cross
        return None
