"""The decoder: the only code that reads values that a hostile worker may have written.

It builds plain data of bounded size, or raises WireError. For the format see `codec`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from autograder.rpc.codec import (
    LONGEST_JSON_INTEGER,
    MAX_DEPTH,
    MAX_EXPONENT,
    MAX_FIELDS,
    References,
    crosses,
)
from autograder.rpc.pandas_values import MUTABLE, build
from autograder.rpc.proxies import (
    REMOTE_DATA,
    Expired,
    RemoteArrayLike,
    RemoteFunction,
    RemoteMapping,
    RemoteObject,
    RemoteSequence,
)
from autograder.rpc.shared_state import (
    Shared,
    WireError,
    hashable,
    is_mutable_data,
    is_plain,
    overwrite,
    rebuild_generator,
)

MAX_DIMENSIONS = 64
MAX_DTYPE = 12
_HEADER = re.compile(r"([CF])([rw])([^ ]{1,12}) ((?:[0-9]{1,12}(?:,[0-9]{1,12}){0,63})?)")
LARGEST_CODE_POINT = 0x10FFFF
_SENT_AS_THEY_ARE = {str, int, float, bool, type(None)}


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
        if type(structure) in _SENT_AS_THEY_ARE:
            return structure
        if type(structure) is not list or depth >= MAX_DEPTH:
            raise WireError("a value nested too deep")
        tag = structure[0]
        return _DECODERS[tag](self, tag, structure[1:], depth + 1)

    def _items(self, fields: list[Any], depth: int) -> list[Any]:
        decode = self._decode
        return [f if type(f) in _SENT_AS_THEY_ARE else decode(f, depth) for f in fields]

    def _mutable(self, tag: str, fields: list[Any], depth: int, proxy: bool = False) -> Any:
        """Decode a value that may contain itself: it gets its number before its contents."""
        position = len(self.new)
        self.new.append(None)
        if tag in _CONTAINERS:
            empty = _objects(fields) if tag == "o" else _CONTAINERS[tag]()
            value = self.new[position] = _as_proxy(empty) if proxy else empty
            overwrite(value, self._contents(tag, fields, depth))
            return value
        value = self._contents(tag, fields, depth)
        self.new[position] = _as_proxy(value) if proxy else value
        return self.new[position]

    def _contents(self, tag: str, fields: list[Any], depth: int) -> Any:
        """The contents of a mutable value, as a new value of the same plain type."""
        if tag == "a":
            return self._array(*fields)
        if tag == "u":
            return bytearray(self._take(fields[0]))
        if tag == "g":
            return rebuild_generator(_string(fields[0]))
        if tag == "x":
            return self._array(*fields).view(np.matrix)
        if tag == "m":
            return self._masked(fields, depth)
        if tag == "pd":
            description = self._decode(fields[0], depth)
            try:
                return build(description)
            except ImportError:  # an image without pandas
                return RemoteObject(None, 0, "pandas object")
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

    def _pandas(self, _tag: str, fields: list[Any], depth: int) -> Any:
        """A pandas object; frames and series are numbered before their arrays."""
        (description,) = fields
        if description[1] in MUTABLE:
            return self._mutable("pd", fields, depth)
        return self._contents("pd", fields, depth)

    def _new_array(self, _tag: str, fields: list[Any], _depth: int) -> Any:
        self.new.append(value := self._array(*fields))
        return value

    def _array(self, header: Any) -> Any:
        order, writeable, kind, lengths, size = _layout(header)
        start, self._position = self._position, self._position + size
        if self._position > len(self._blob):
            raise WireError("a value longer than its frame")
        if kind.kind in "bU":
            flat = _flat(self._blob[start : self._position], kind)
            value = flat.reshape(lengths, order=order).copy(order)
        else:  # a copy owns its memory
            value = np.ndarray(lengths, kind, self._blob, start, None, order).copy(order)
        if not writeable:
            value.flags.writeable = False
        return value

    def _masked(self, fields: list[Any], depth: int) -> Any:
        data, mask, fill = (self._contents(tag, rest, depth) for tag, *rest in fields)
        if not all(isinstance(part, np.ndarray) for part in (data, mask, fill)):
            raise WireError("not a masked array")
        value = np.ma.MaskedArray(data, mask if mask.ndim else np.ma.nomask)
        value.fill_value = fill[()]
        return value

    def _numpy_scalar(self, _tag: str, fields: list[Any], _depth: int) -> Any:
        kind = _dtype(fields[0])
        return _flat(self._take(kind.itemsize), kind)[0]

    def _again(self, _tag: str, fields: list[Any], _depth: int) -> Any:
        number = _count(fields[0])
        shared = len(self._shared)
        return self._shared.values[number] if number < shared else self.new[number - shared]

    def _own(self, _tag: str, fields: list[Any], depth: int) -> Any:
        number, kind, plain, *names = fields
        if type(plain) is list and plain and plain[0] in _MUTABLE:
            value = self._mutable(plain[0], plain[1:], depth, proxy=True)
        else:
            value = _as_proxy(self._decode(plain, depth))
        if len(names) > MAX_FIELDS or not all(isinstance(name, str) for name in names):
            raise WireError("not the names of fields")
        return self._references.adopt(value, number, kind, tuple(names))

    def _yours(self, _tag: str, fields: list[Any], depth: int) -> Any:
        """An object of this side; if it is not known any more, the plain value sent for it."""
        number, *shown = fields
        thing = self._references.own(number)
        if not shown:
            return thing
        (plain,) = shown
        if isinstance(thing, Expired) or type(plain) is not list or plain[0] not in _MUTABLE:
            value = self._decode(plain, depth)
            return value if isinstance(thing, Expired) else thing
        if not is_mutable_data(thing):
            raise WireError("not what was lent under this number")
        self.new.append(thing)
        self._contents(plain[0], plain[1:], depth)
        return thing

    def _function(self, _tag: str, fields: list[Any], _depth: int) -> Any:
        number, kind = fields
        return self._references.borrow(number, kind, RemoteFunction)

    def _object(self, _tag: str, fields: list[Any], depth: int) -> Any:
        number, kind, *shown = fields
        if not shown or shown == [None]:
            return self._references.borrow(number, kind, RemoteObject)
        (held,) = shown
        proxy, wanted = _SHOWN[held[0]]
        value = self._references.borrow(number, kind, proxy)
        value.held = self._decode(held, depth)
        if not isinstance(value.held, wanted):
            raise WireError("not what an object holds")
        return value

    def _fraction(self, _tag: str, fields: list[Any], _depth: int) -> Any:
        numerator, denominator = fields
        if max(abs(numerator), abs(denominator)) >= LONGEST_JSON_INTEGER:
            raise WireError("a fraction of too many digits")
        return Fraction(numerator, denominator)

    def _decimal(self, _tag: str, fields: list[Any], _depth: int) -> Any:
        if len(_string(fields[0])) > 2 * MAX_EXPONENT or not crosses(value := Decimal(fields[0])):
            raise WireError("a decimal of too many digits")
        return value

    def _take(self, count: Any) -> memoryview:
        start, self._position = self._position, self._position + _count(count)
        if self._position > len(self._blob):
            raise WireError("a value longer than its frame")
        return self._blob[start : self._position]


_DECODERS: dict[str, Callable[[Decoder, str, list[Any], int], Any]] = {
    **dict.fromkeys(("l", "d", "s", "o", "u", "g"), Decoder._mutable), "a": Decoder._new_array,
    "t": lambda self, _, fields, depth: tuple(self._items(fields, depth)),
    "f": lambda self, _, fields, depth: frozenset(hashable(self._items(fields, depth))),
    "n": Decoder._numpy_scalar,
    "ns": lambda self, _, fields, depth: np.str_(_string(self._decode(fields[0], depth))),
    "nb": lambda self, _, fields, __: np.bytes_(self._take(fields[0])),
    "b": lambda self, _, fields, __: bytes(self._take(fields[0])),
    "e": lambda self, _, fields, __: str(self._take(fields[0]), "utf-8", "surrogatepass"),
    "...": lambda _self, _, __, ___: ...,
    "c": lambda _self, _, fields, __: complex(float(fields[0]), float(fields[1])),
    "i": lambda _self, _, fields, __: int(_string(fields[0]), 16),
    "r": lambda self, _, fields, depth: range(*self._items(fields, depth)),
    "sl": lambda self, _, fields, depth: slice(*self._items(fields, depth)),
    "fr": Decoder._fraction, "de": Decoder._decimal,
    "pd": Decoder._pandas, "=": Decoder._again,
    "it": lambda self, _, fields, depth: iter(self._items(fields, depth)),
    "own": Decoder._own, "yours": Decoder._yours, "fn": Decoder._function, "h": Decoder._object,
    "np": lambda self, _, fields, __: self._references.numpy_function(*fields),
}
_CONTAINERS: dict[str, Any] = {"l": list, "d": dict, "s": set, "o": None}
_MUTABLE = {"l", "d", "s", "o", "a", "u", "x", "m"}
_SHOWN: dict[str, tuple[type[RemoteObject], type[Any]]] = {
    "t": (RemoteSequence, tuple), "d": (RemoteMapping, dict),
    **dict.fromkeys(("a", "o", "="), (RemoteArrayLike, np.ndarray)),
}
"""The class of the proxy of an object, by the tag of its contents."""


def _as_proxy(value: Any) -> Any:
    """A value of a plain type as an instance of the proxy class for that type."""
    proxy = REMOTE_DATA[type(value)]
    if not isinstance(value, np.ndarray):
        return proxy(value) if not isinstance(value, complex) else proxy(value.real, value.imag)
    writeable = value.flags.writeable
    value.flags.writeable = True
    view = value.view(proxy)
    view.flags.writeable = writeable
    return view


def _as_wire_error(error: Exception) -> WireError:
    if isinstance(error, WireError):
        return error
    return WireError(f"a malformed value: {type(error).__name__}")


@lru_cache(maxsize=1024)
def _layout(header: str) -> tuple[Any, bool, np.dtype[Any], tuple[int, ...], int]:
    """Order, whether it can be written to, dtype, shape and bytes of an array."""
    found = _HEADER.fullmatch(header)
    if not found:
        raise WireError("not the header of an array")
    order, writeable, name, lengths = found.groups()
    kind, shape = _dtype(name), tuple(map(int, lengths.split(","))) if lengths else ()
    return order, writeable == "w", kind, shape, math.prod(shape) * kind.itemsize


@lru_cache(maxsize=256)
def _known_dtype(text: str) -> np.dtype[Any]:
    if not is_plain(text):
        raise WireError("an array of a kind that does not cross")
    kind: np.dtype[Any] = np.dtype(text)
    return kind


def _dtype(text: Any) -> np.dtype[Any]:
    if len(_string(text)) > MAX_DTYPE:
        raise WireError("an array of a kind that does not cross")
    return _known_dtype(text)


def _flat(raw: memoryview, kind: np.dtype[Any]) -> Any:
    """The bytes as a flat array; its elements are normalised as numpy itself would make them."""
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
    for length in shape:
        _count(length)
    return tuple(shape)


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 40:
        raise WireError("not a length")
    return value


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise WireError("not a text")
    return value
