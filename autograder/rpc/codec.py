"""Values off the wire: the only code that reads what a hostile worker wrote.

It builds plain data of bounded size, or raises WireError. For the format see `encoder`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Literal, Protocol

import numpy as np

from autograder.rpc.shared_state import (
    Shared,
    WireError,
    generator_text,
    hashable,
    is_generator,
    is_mutable_data,
    is_plain,
    overwrite,
    read_items,
    rebuild_generator,
)

# Values on the wire between the grader and a worker: data, never code, never pickle.
#
# A value becomes a structure, made of scalars and lists only, and a blob, in which the bytes of its
# arrays stand in the order in which the structure names them. A scalar stands for itself.
# Everything else is a list that begins with a tag:
#
#     l t d s f     list, tuple, dict (k, v, k, v, ...), set, frozenset
#     a n o         numpy array (dtype, shape, order, writeable), numpy scalar, array of objects
#     b u e         bytes, bytearray, text with lone surrogates
#     c i r sl      complex, integer too long for JSON, range, slice
#     g             numpy random generator, with its state
#     =             the mutable value that both sides hold under that number
#     it            an iterator, read to its end
#     fn h yours    a function, an opaque object (with its items), or something of the receiver's
#
# What a check sees of a value is what it would see in one process, but for these:
#
#     subclass of list, dict, set, str, int, float ...    the plain value; a namedtuple is a tuple
#     subclass of ndarray (matrix, masked array)          what np.asarray makes of it
#     view of an argument                                 a copy: it no longer shares memory
#     iterator, generator function                        read to its end during the call
#     Decimal, Fraction                                   float
#     what has __array__ or __float__ (pandas, torch)     opaque, and gives np.asarray that array
#     other iterable object (deque, dict view, a class)   opaque, with its items in a sequence
#     callable object, iterable or not                    a function
#     other object (enum, dataclass, datetime,            opaque: can be passed back, and is then
#       structured array, module)                           itself; its attributes do not cross
#     error                                               its built-in class and text; one that the
#                                                           check's own function raised is that one
#     what an argument refers to, after the call          a copy: nothing is shared between calls
#     np.random.seed, random.seed                         the other process has a state of its own

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


MAX_DIMENSIONS = 64
MAX_DTYPE = 12
LARGEST_CODE_POINT = 0x10FFFF
_SCALARS = {str, int, float, bool, type(None)}


class Decoder:
    """Turns structures and bytes back into values; raises WireError for anything else."""

    def __init__(
        self, references: References, shared: Shared, blob: bytes | memoryview = b""
    ) -> None:
        self.new: list[Any] = []
        self._references, self._shared = references, shared
        self._blob = memoryview(blob)
        self._position = 0

    def decode(self, structure: Any) -> Any:
        """The value of `structure`."""
        try:
            return self._decode(structure, 0)
        except Exception as error:
            raise _as_wire_error(error) from None

    def repeat(self, changes: Any) -> list[int]:
        """Change shared values as the other side did; the numbers of those that changed."""
        numbers: list[int] = []
        try:
            for number, (tag, *fields) in changes:
                last = numbers[-1] if numbers else -1
                if not last < _count(number) < len(self._shared):
                    raise WireError("a change of nothing that is shared")
                overwrite(self._shared.values[number], self._contents(tag, fields, 1))
                numbers.append(number)
        except Exception as error:
            raise _as_wire_error(error) from None
        return numbers

    def finish(self) -> None:
        """Raise WireError when bytes of the blob were left over."""
        if self._position != len(self._blob):
            raise WireError("bytes that no value asked for")

    def _decode(self, structure: Any, depth: int) -> Any:
        if type(structure) in _SCALARS:
            return structure
        if type(structure) is not list or depth >= MAX_DEPTH:
            raise WireError("a value nested too deep")
        tag, *fields = structure
        return self._tags[tag](self, tag, fields, depth + 1)

    def _items(self, fields: list[Any], depth: int) -> list[Any]:
        return [self._decode(field, depth) for field in fields]

    def _container(self, tag: str, fields: list[Any], depth: int) -> Any:
        """A value that may hold itself, so that it is numbered before what it holds."""
        value: Any = {"l": list, "d": dict, "s": set}[tag]() if tag != "o" else _objects(fields)
        self.new.append(value)
        overwrite(value, self._contents(tag, fields, depth))
        return value

    def _simple(self, tag: str, fields: list[Any], depth: int) -> Any:
        self.new.append(self._contents(tag, fields, depth))
        return self.new[-1]

    def _contents(self, tag: str, fields: list[Any], depth: int) -> Any:
        """What a mutable value holds, as a fresh value of the same kind."""
        if tag == "a":
            return self._array(*fields)
        if tag == "u":
            return bytearray(self._take(fields[0]))
        if tag == "g":
            return rebuild_generator(_string(fields[0]))
        items = self._items(fields[2:] if tag == "o" else fields, depth)
        if tag == "o":
            return _filled(_objects(fields), items, fields[1])
        if tag == "l":
            return items
        if tag == "s":
            return set(hashable(items))
        if tag == "d":
            return dict(zip(hashable(items[::2]), items[1::2], strict=True))
        raise WireError("a change of what cannot change")

    def _array(self, dtype: Any, shape: Any, order: Any, writeable: Any) -> Any:
        kind, lengths = _dtype(dtype), _shape(shape)
        raw = self._take(math.prod(lengths) * kind.itemsize)
        value = np.empty(lengths, kind, "F" if order == "F" else "C")  # owns its memory
        value[...] = _flat(raw, kind).reshape(lengths, order="F" if order == "F" else "C")
        value.flags.writeable = writeable is True
        return value

    def _numpy_scalar(self, _tag: str, fields: list[Any], _depth: int) -> Any:
        kind = _dtype(fields[0])
        return _flat(self._take(kind.itemsize), kind)[0]

    def _again(self, _tag: str, fields: list[Any], _depth: int) -> Any:
        number = _count(fields[0])
        shared = len(self._shared)
        return self._shared.values[number] if number < shared else self.new[number - shared]

    def _borrow(self, tag: str, fields: list[Any], depth: int) -> Any:
        number, *kind = fields[:2]
        if tag != "h" or fields[2:] in ([], [None]):
            return self._references.borrow(tag, number, *kind)
        stub = self._references.borrow("hi", number, *kind)
        items = self._decode(fields[2], depth)
        if not isinstance(items, tuple | np.ndarray):
            raise WireError("not what an opaque object holds")
        stub.items = items
        return stub

    def _take(self, count: Any) -> memoryview:
        start, self._position = self._position, self._position + _count(count)
        if self._position > len(self._blob):
            raise WireError("a value longer than its frame")
        return self._blob[start : self._position]

    _tags: ClassVar[dict[str, Any]] = {
        "l": _container, "d": _container, "s": _container, "o": _container,
        "a": _simple, "u": _simple, "g": _simple,
        "t": lambda self, _, fields, depth: tuple(self._items(fields, depth)),
        "f": lambda self, _, fields, depth: frozenset(hashable(self._items(fields, depth))),
        "n": _numpy_scalar,
        "b": lambda self, _, fields, __: bytes(self._take(fields[0])),
        "e": lambda self, _, fields, __: str(self._take(fields[0]), "utf-8", "surrogatepass"),
        "c": lambda _self, _, fields, __: complex(float(fields[0]), float(fields[1])),
        "i": lambda _self, _, fields, __: int(_string(fields[0]), 16),
        "r": lambda self, _, fields, depth: range(*self._items(fields, depth)),
        "sl": lambda self, _, fields, depth: slice(*self._items(fields, depth)),
        "=": _again,
        "it": lambda self, _, fields, depth: iter(self._items(fields, depth)),
        "fn": _borrow, "h": _borrow, "yours": _borrow,
    }


def _as_wire_error(error: Exception) -> WireError:
    if isinstance(error, WireError):
        return error
    return WireError(f"a malformed value: {type(error).__name__}")


def _dtype(text: Any) -> np.dtype[Any]:
    if len(_string(text)) > MAX_DTYPE or not is_plain(text):
        raise WireError("an array of a kind that does not cross")
    kind: np.dtype[Any] = np.dtype(text)
    return kind


def _flat(raw: memoryview, kind: np.dtype[Any]) -> Any:
    """The bytes as a flat array, whose elements are such as numpy itself would make."""
    if kind.kind == "b":
        return np.frombuffer(raw, np.uint8) != 0
    if kind.kind == "U":
        points = np.frombuffer(raw, np.dtype(np.uint32).newbyteorder(kind.byteorder))
        if points.max(initial=0) > LARGEST_CODE_POINT:
            raise WireError("a text with characters that do not exist")
    return np.frombuffer(raw, kind)


def _objects(fields: list[Any]) -> Any:
    lengths = _shape(fields[0])
    if math.prod(lengths) != len(fields) - 2:
        raise WireError("an array of another size")
    return np.empty(lengths, object)


def _filled(value: Any, items: list[Any], writeable: Any) -> Any:
    flat = value.reshape(-1)
    for index, item in enumerate(items):
        flat[index] = item
    value.flags.writeable = writeable is True
    return value


def _shape(shape: Any) -> tuple[int, ...]:
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS:
        raise WireError("not a shape")
    return tuple(_count(length) for length in shape)


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 40:
        raise WireError("not a length")
    return value


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise WireError("not a text")
    return value
