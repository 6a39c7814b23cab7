"""Values on the wire between the grader and a worker: data, never code, never pickle.

A value becomes a structure, made of scalars and lists only, and a blob, in which the bytes of its
arrays stand in the order in which the structure names them. A scalar stands for itself. Everything
else is a list that begins with a tag:

    l t d s f     list, tuple, dict (k, v, k, v, ...), set, frozenset
    a n o         numpy array (dtype, shape, order, writeable), numpy scalar, array of objects
    b c i r u     bytes, complex, integer too long for JSON, range, bytearray
    g             numpy Generator with its state
    =             the mutable value already met in this message under that number
    fn h yours    a function or an opaque object of the sender's, one of the receiver's
    it hi         an iterator, read to its end; an opaque object with its items

Mutable values are numbered in the order in which they are met, on both sides alike. That keeps
aliases aliases, and lets the answer to a call say which of its arguments have changed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Literal, Protocol

import numpy as np

from autograder.plaindata import (
    DTYPE,
    WireError,
    generator_parts,
    is_mutable_data,
    read_items,
    rebuild_generator,
)

MAX_DEPTH = 60
LONGEST_JSON_INTEGER = 1 << 2000

class References(Protocol):
    """The table of things that stay on their own side and cross as a number."""

    def lend(self, thing: object) -> list[Any]:
        """The tagged reference under which `thing` crosses."""

    def borrow(self, tag: str, fields: list[Any]) -> object:
        """The stand-in for a reference that arrived."""


class Encoder:
    """Turns values into a structure and a blob. `met` are the mutable values already numbered."""

    def __init__(self, references: References, met: list[Any] | None = None) -> None:
        self.references = references
        self.met: list[Any] = met if met is not None else []
        self._numbers = {id(value): number for number, value in enumerate(self.met)}
        self.parts: list[bytes] = []

    @property
    def blob(self) -> bytes:
        return b"".join(self.parts)

    def encode(self, value: Any, depth: int = 0) -> Any:
        """The structure of `value`; raises WireError beyond MAX_DEPTH."""
        if depth > MAX_DEPTH:
            raise WireError(f"a value nested more than {MAX_DEPTH} deep")
        if value is None or value is True or value is False:
            return value
        if isinstance(value, np.generic):
            return self._numpy_scalar(value)
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, int):
            return self._integer(int.__int__(value))
        if isinstance(value, float):
            return float.__float__(value)
        if isinstance(value, complex):
            return ["c", value.real, value.imag]
        return self._compound(value, depth + 1)

    def contents(self, value: Any) -> Any:
        """The structure of a numbered mutable value itself, instead of its number."""
        self.met.append(value)  # as the decoder does, which meets it a second time
        return self._mutable(value, 1)

    def _compound(self, value: Any, depth: int) -> Any:
        if isinstance(value, bytes | bytearray):
            self.parts.append(bytes(value))
            return ["b" if isinstance(value, bytes) else "u", len(value)]
        if isinstance(value, tuple):
            return ["t", *(self.encode(v, depth) for v in tuple.__iter__(value))]
        if isinstance(value, frozenset):
            return ["f", *(self.encode(v, depth) for v in frozenset.__iter__(value))]
        if isinstance(value, range):
            return ["r", *(self._integer(v) for v in (value.start, value.stop, value.step))]
        if id(value) in self._numbers:
            return ["=", self._numbers[id(value)]]
        if is_mutable_data(value):
            self._numbers[id(value)] = len(self.met)
            self.met.append(value)
            return self._mutable(value, depth)
        if isinstance(value, Iterator):
            return ["it", *(self.encode(v, depth) for v in read_items(value))]
        reference = self.references.lend(value)
        if reference[0] == "h" and isinstance(value, Iterable):
            return ["hi", reference, *(self.encode(v, depth) for v in read_items(value))]
        return reference

    def _mutable(self, value: Any, depth: int) -> Any:
        if isinstance(value, list):
            return ["l", *(self.encode(v, depth) for v in list.__iter__(value))]
        if isinstance(value, dict):
            pairs = [self.encode(x, depth) for pair in dict.items(value) for x in pair]
            return ["d", *pairs]
        if isinstance(value, set):
            return ["s", *(self.encode(v, depth) for v in set.__iter__(value))]
        if isinstance(value, np.random.Generator):
            return ["g", *(self.encode(v, depth) for v in generator_parts(value))]
        return self._array(value, depth)

    def _integer(self, value: int) -> Any:
        if abs(value) < LONGEST_JSON_INTEGER:
            return value
        return ["i", hex(value)]

    def _numpy_scalar(self, value: Any) -> Any:
        if not DTYPE.fullmatch(value.dtype.str):
            return self.references.lend(value)
        self.parts.append(value.tobytes())
        return ["n", value.dtype.str]

    def _array(self, value: Any, depth: int) -> Any:
        if value.dtype == object:
            items = [self.encode(v, depth) for v in np.ravel(value)]
            return ["o", list(value.shape), *items]
        fortran = value.flags.f_contiguous and not value.flags.c_contiguous
        order: Literal["F", "C"] = "F" if fortran else "C"
        self.parts.append(np.asarray(value).tobytes(order))
        return ["a", value.dtype.str, list(value.shape), order, bool(value.flags.writeable)]


class Decoder:
    """Turns a structure and a blob back into values; raises WireError for anything else."""

    def __init__(
        self, references: References, blob: bytes, met: list[Any] | None = None
    ) -> None:
        self.references = references
        self.met: list[Any] = met if met is not None else []
        self._blob = memoryview(blob)
        self._position = 0

    def decode(self, structure: Any, depth: int = 0) -> Any:
        """The value of `structure`."""
        if depth > MAX_DEPTH + 2:
            raise WireError("a value nested too deep")
        if structure is None or isinstance(structure, bool | int | float | str):
            return structure
        if not isinstance(structure, list) or not structure:
            raise WireError("a value without a tag")
        tag, *fields = structure
        decode = self._tags.get(tag) if isinstance(tag, str) else None
        if decode is None:
            raise WireError("a value with an unknown tag")
        try:
            return decode(self, fields, depth + 1)
        except (TypeError, ValueError, KeyError, IndexError, OverflowError, MemoryError) as error:
            raise WireError(f"a malformed value: {type(error).__name__}") from None

    def finish(self) -> None:
        """Raise WireError when bytes of the blob were left over."""
        if self._position != len(self._blob):
            raise WireError("bytes that no value asked for")

    def _take(self, count: int) -> memoryview:
        start, self._position = self._position, self._position + count
        if count < 0 or self._position > len(self._blob):
            raise WireError("a value longer than its frame")
        return self._blob[start : self._position]

    def _meet(self, value: Any) -> Any:
        self.met.append(value)
        return value

    def _items(self, fields: list[Any], depth: int) -> list[Any]:
        return [self.decode(field, depth) for field in fields]

    def _list(self, fields: list[Any], depth: int) -> list[Any]:
        value: list[Any] = self._meet([])
        value.extend(self._items(fields, depth))
        return value

    def _dict(self, fields: list[Any], depth: int) -> dict[Any, Any]:
        value: dict[Any, Any] = self._meet({})
        for key, item in zip(fields[::2], fields[1::2], strict=True):
            value[self.decode(key, depth)] = self.decode(item, depth)
        return value

    def _set(self, fields: list[Any], depth: int) -> set[Any]:
        value: set[Any] = self._meet(set())
        value.update(self._items(fields, depth))
        return value

    def _array(self, fields: list[Any], _depth: int) -> Any:
        dtype, shape, order, writeable = fields
        kind, lengths_ = _dtype(dtype), _shape(shape)
        raw = self._take(math.prod(lengths_) * kind.itemsize)
        flat = np.frombuffer(bytearray(raw), dtype=kind)
        value = flat.reshape(lengths_, order="F" if order == "F" else "C")
        value.flags.writeable = bool(writeable)
        return self._meet(value)

    def _numpy_scalar(self, fields: list[Any], _depth: int) -> Any:
        kind = _dtype(fields[0])
        return np.frombuffer(self._take(kind.itemsize), dtype=kind)[0]

    def _object_array(self, fields: list[Any], depth: int) -> Any:
        shape, *items = fields
        value = self._meet(np.empty(_shape(shape), dtype=object))
        if value.size != len(items):
            raise WireError("an array of another size")
        for index, item in zip(np.ndindex(value.shape), items, strict=True):
            value[index] = self.decode(item, depth)
        return value

    def _generator(self, fields: list[Any], depth: int) -> Any:
        number = len(self.met)
        self._meet(None)
        state, seeded = self._items(fields, depth)
        self.met[number] = value = rebuild_generator(state, seeded)
        return value

    def _reference(self, tag: str, fields: list[Any]) -> Any:
        return self.references.borrow(tag, fields)

    def _again(self, fields: list[Any], _depth: int) -> Any:
        number = fields[0]
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            raise WireError("not a number of a value")
        return self.met[number]

    _tags: ClassVar[dict[str, Any]] = {
        "l": _list,
        "t": lambda self, fields, depth: tuple(self._items(fields, depth)),
        "d": _dict,
        "s": _set,
        "f": lambda self, fields, depth: frozenset(self._items(fields, depth)),
        "a": _array,
        "n": _numpy_scalar,
        "o": _object_array,
        "b": lambda self, fields, _: bytes(self._take(_count(fields[0]))),
        "u": lambda self, fields, _: bytearray(self._take(_count(fields[0]))),
        "c": lambda self, fields, _: complex(float(fields[0]), float(fields[1])),
        "i": lambda self, fields, _: int(str(fields[0]), 16),
        "r": lambda self, fields, depth: range(*map(_count_signed, self._items(fields, depth))),
        "g": _generator,
        "=": _again,
        "it": lambda self, fields, depth: iter(self._items(fields, depth)),
        "fn": lambda self, fields, _: self._reference("fn", fields),
        "h": lambda self, fields, _: self._reference("h", fields),
        "hi": lambda self, fields, depth: self.references.borrow(
            "hi", [*fields[0][1:], self._items(fields[1:], depth)]
        ),
        "yours": lambda self, fields, _: self._reference("yours", fields),
    }


def _dtype(text: Any) -> np.dtype[Any]:
    if not isinstance(text, str) or not DTYPE.fullmatch(text):
        raise WireError("an array of a kind that does not cross")
    return np.dtype(text)


def _shape(shape: Any) -> tuple[int, ...]:
    if not isinstance(shape, list) or len(shape) > 32:
        raise WireError("not a shape")
    return tuple(_count(length) for length in shape)


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 40:
        raise WireError("not a length")
    return value


def _count_signed(value: Any) -> int:
    if not isinstance(value, int):
        raise WireError("not a number")
    return value
