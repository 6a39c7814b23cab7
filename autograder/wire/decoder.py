"""Values off the wire: the only code that reads what a hostile worker wrote.

It builds plain data of bounded size, or raises WireError. For the format see `encoder`.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from autograder.wire.encoder import MAX_DEPTH, References
from autograder.wire.generators import rebuild_generator
from autograder.wire.plaindata import Shared, WireError, hashable, is_plain, overwrite

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
