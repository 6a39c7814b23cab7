"""The encoder: values as messages between the grader and a worker; data, never code or pickle.

A value becomes a structure of scalars and lists, and a blob that holds the bytes of its arrays in
the order in which the structure names them. A scalar is encoded as itself. Everything else is a
list that begins with a tag:

    l t d s f     list, tuple, dict (k, v, k, v, ...), set, frozenset
    a o x m       numpy array (see `_header`), array of objects, matrix, masked array
    n ns nb       numpy scalar, numpy text, numpy bytes
    b u e ...     bytes, bytearray, text with lone surrogates, Ellipsis
    c i r sl      complex, integer too long for JSON, range, slice
    fr de         Fraction, Decimal (within `own` only)
    g             numpy random generator, with its state
    pd            pandas: see `pandas_values`
    =             the mutable value that both sides hold under that number
    it            an iterator, read to its end
    own           an instance of a subclass of a plain type: it stays with its owner, and the other
                  side gets (number, class, plain value, names of a namedtuple's fields)
    fn h          a function; another object with its contents: both stay with their owner
    np            a function or class of numpy that the grader lends: the worker takes its own
    yours         an object that the receiver owns, and the plain value that the sender has of it

A check sees a value as in one process, with these exceptions:

    subclass of list, dict, int, str, ndarray ...     a subclass of our own of that plain type
    view of an argument                               a copy: it no longer shares memory
    iterator, generator function                      read to its end during the call
    other iterable object (deque, dict view)          a sequence of its items
    other mapping (ChainMap, UserDict)                a mapping of its entries
    what has __array__ or __float__ (torch)           gives np.asarray that array
    callable object, iterable or not                  a function
    other object (enum, dataclass, structured array)  can be passed back, and is then itself; its
                                                      attributes do not cross
    error                                             its built-in class and text; one that the
                                                      check's own function raised is that one
    what an argument refers to, after the call        a copy: nothing is shared between calls
    np.random.seed, random.seed                       the other process has a state of its own
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from autograder.rpc.pandas_values import MUTABLE, describe, is_pandas
from autograder.rpc.proxies import REMOTE_DATA, RemoteData, RemoteFunction, RemoteObject
from autograder.rpc.shared_state import (
    Shared,
    WireError,
    generator_text,
    is_generator,
    is_mutable_data,
    is_plain,
    read_items,
)

MAX_DEPTH = 60
LONGEST_JSON_INTEGER = 1 << 2000
MAX_EXPONENT = 400
"""Most digits of a Decimal: adding numbers of ten thousand digits takes minutes."""
MAX_FIELDS = 200
MAX_NAME = 80
C_CONTIGUOUS, F_CONTIGUOUS, WRITEABLE = 0x1, 0x2, 0x400
"""Bits of numpy's flags of an array (NPY_ARRAY_...)."""


class References(Protocol):
    """The table of objects that stay on their own side and cross as a number."""

    def number_of(self, thing: object) -> int:
        """The number that represents `thing` in messages."""

    def owned(self, thing: object) -> int | None:
        """The number of the other side's object, if `thing` is a proxy of it."""

    def borrow(self, number: Any, kind: Any, proxy: type[Any]) -> Any:
        """The proxy, of this class, of the other side's thing `number`."""

    def adopt(self, value: Any, number: Any, kind: Any, fields: tuple[str, ...]) -> Any:
        """`value`, now a proxy of the other side's thing `number`."""

    def own(self, number: Any) -> Any:
        """The object of this side that was sent as `number`."""

    def numpy_name(self, function: object) -> str | None:
        """The name of a function or class of numpy that crosses by its name."""

    def numpy_function(self, name: Any) -> Any:
        """The function or class of numpy that crossed as `name`."""


class Encoder:
    """Turns values into structures and bytes; one Encoder a message, or one for each part of it.

    `new` are the mutable values encoded for the first time; they are added to `shared` when the
    message is sent. `held` keeps the contents of iterators and other objects: they are read only
    once, even if the message is encoded again.
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

    def apart(self, held: dict[int, Any] | None = None) -> Encoder:
        """An encoder for a part of the message that refers to no value in other parts: a value that
        is in two parts stands in `new` twice, and the receiver has two of it.
        """
        part = Encoder(self._references, self._shared, held)
        part.new, part.parts = self.new, self.parts
        return part

    def encode(self, value: Any, depth: int = 0) -> Any:
        """The structure of `value`; raises WireError if it is nested MAX_DEPTH deep or more."""
        kind = type(value)
        if kind in _AS_THEY_ARE:
            return value
        scalar = _SCALARS.get(kind)
        if scalar is not None:
            return scalar(self, value)
        if depth >= MAX_DEPTH:
            raise WireError(f"a value nested more than {MAX_DEPTH} deep")
        return _COMPOUNDS.get(kind, Encoder._other)(self, value, depth + 1)

    def changes(self) -> list[list[Any]]:
        """Number and contents of every shared value that has changed since its last snapshot."""
        return [[n, self._contents(self._shared.values[n], 1)] for n in self._shared.changed()]

    def _items(self, items: Iterable[Any], depth: int) -> list[Any]:
        encode = self.encode
        return [item if type(item) in _AS_THEY_ARE else encode(item, depth) for item in items]

    def _mutable(self, value: Any, depth: int) -> Any:
        return self._again(value) or _CONTENTS[type(value)](self, value, depth)

    def _again(self, value: Any) -> list[Any] | None:
        """The reference to a mutable value that crossed before; a new one gets a number here."""
        key = id(value)
        number = self._shared.numbers.get(key, self._numbers.get(key))
        if number is not None:
            return ["=", number]
        self._numbers[key] = len(self._shared.values) + len(self.new)
        self.new.append(value)
        return None

    def _contents(self, value: Any, depth: int) -> Any:
        """A value whose type is plain or derived from a plain one, as that plain one."""
        kind: Any = type(value)
        if is_pandas(value):
            return self._description(value, depth)
        plain = kind if kind in _CONTENTS else _plain_type(kind)
        return _CONTENTS[plain](self, value, depth)

    def _list(self, value: Any, depth: int) -> Any:
        return ["l", *self._items(list.__iter__(value), depth)]

    def _tuple(self, value: Any, depth: int) -> Any:
        return ["t", *self._items(tuple.__iter__(value), depth)]

    def _dict(self, value: Any, depth: int) -> Any:
        return ["d", *self._items([x for pair in dict.items(value) for x in pair], depth)]

    def _array(self, value: Any, depth: int) -> Any:
        header = _header(value.dtype, value.shape, value.flags.num)
        if header:
            self.parts.append(np.ndarray.tobytes(value, header[0]))  # type: ignore[arg-type]
            return ["a", header]
        if value.dtype.kind != "O":
            raise WireError(f"an array of the dtype {value.dtype}")
        items = self._items(np.asarray(value).ravel().tolist(), depth)
        return ["o", [*value.shape], value.flags.writeable, *items]

    def _matrix(self, value: Any, depth: int) -> Any:
        return ["x", *self._array(value, depth)[1:]]

    def _masked(self, value: Any, depth: int) -> Any:
        parts = value.data, value.mask, np.asarray(value.fill_value)
        return ["m", *(self._array(np.asarray(part), depth) for part in parts)]

    def _exact_array(self, value: Any, depth: int) -> Any:
        header = _header(value.dtype, value.shape, value.flags.num)
        if header:
            if again := self._again(value):
                return again
            self.parts.append(value.tobytes(header[0]))
            return ["a", header]
        if value.dtype.kind != "O":
            return self._object(value, depth)
        return self._again(value) or self._array(value, depth)

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

    def _numpy_scalar(self, value: Any) -> Any:
        self.parts.append(value.tobytes())
        return ["n", value.dtype.str]

    def _decimal(self, value: Decimal, _depth: int) -> Any:
        return ["de", str(value)]

    def _other(self, value: Any, depth: int) -> Any:
        """An object of no plain type: its number, and its contents as plain data."""
        number = self._references.owned(value)
        if number is not None:
            return self._theirs(value, number, depth)
        if isinstance(value, np.generic) and type(value) is value.dtype.type:
            return (self._numpy_scalar if is_plain(value.dtype.str) else self._object)(value)
        if is_pandas(value):
            description = self._hold(value, describe)
            return self._object(value) if description is None else self._pandas(value, depth)
        if isinstance(value, Iterator) and not isinstance(value, RemoteObject):
            return ["it", *self._items(self._hold(value, read_items), depth)]
        if is_generator(value) and type(value) in _CONTENTS:
            return self._mutable(value, depth)
        kind: Any = type(value)
        if _plain_type(kind) and crosses(value):
            return self._own(value, depth)
        return self._object(value, depth)

    def _own(self, value: Any, depth: int) -> Any:
        """An instance of a subclass of a plain type."""
        again = self._again(value) if is_mutable_data(value) else None
        if again:
            return again
        kind, fields = type(value), getattr(type(value), "_fields", ())
        known = fields if isinstance(value, tuple) and isinstance(fields, tuple) else ()
        names = [name for name in known[:MAX_FIELDS] if isinstance(name, str)]
        number = self._references.number_of(value)
        return ["own", number, kind.__name__[:MAX_NAME], self._contents(value, depth), *names]

    def _theirs(self, value: Any, number: int, depth: int) -> Any:
        if not isinstance(value, RemoteData):
            return ["yours", number]
        again = self._again(value) if is_mutable_data(value) else None
        return again or ["yours", number, self._contents(value, depth)]

    def _pandas(self, value: Any, depth: int) -> Any:
        description = self._hold(value, describe)
        again = self._again(value) if description[0] in MUTABLE else None
        return again or self._description(value, depth)

    def _description(self, value: Any, depth: int) -> Any:
        if (description := self._hold(value, describe)) is None:
            raise WireError(f"a {type(value).__name__} that was changed to what does not cross")
        return ["pd", self.encode(description, depth)]

    def _function(self, value: Any, _depth: int) -> Any:
        if known := self._references.numpy_name(value):
            return ["np", known]
        name = str(getattr(value, "__name__", "function"))[:MAX_NAME]
        return ["fn", self._references.number_of(value), name]

    def _other_function(self, value: Any, depth: int) -> Any:
        number = self._references.owned(value)
        return self._function(value, depth) if number is None else ["yours", number]

    def _object(self, value: Any, depth: int = 1) -> Any:
        if callable(value):
            return self._function(value, depth)
        number = self._references.number_of(value)
        reference = ["h", number, type(value).__name__[:MAX_NAME]]
        if number not in self._described:
            self._described.add(number)
            reference.append(self.encode(self._hold(value, _held_by), depth))
        return reference

    def _hold(self, value: Any, read: Any) -> Any:
        if id(value) not in self._held:
            self._held[id(value)] = value, read(value)
        return self._held[id(value)][1]


@lru_cache(maxsize=1024)
def _header(dtype: np.dtype[Any], shape: tuple[int, ...], flags: int) -> str:
    """Order, whether it can be written to, dtype and shape of an array: "Cw<f8 4,3"; "" if its
    dtype does not cross as bytes. `flags` is what numpy says of an array as one number.
    """
    if not is_plain(dtype.str):
        return ""
    order = "F" if flags & F_CONTIGUOUS and not flags & C_CONTIGUOUS else "C"
    writeable = "w" if flags & WRITEABLE else "r"
    return f"{order}{writeable}{dtype.str} {','.join(map(str, shape))}"


def _held_by(value: Any) -> Any:
    """The contents of an object: an array, a tuple of items, a dict of entries, or None."""
    try:
        if isinstance(value, np.ndarray | np.generic | Decimal | Fraction) or is_pandas(value):
            return None
        if hasattr(type(value), "__array__"):
            array = np.asarray(value)
            return array if is_mutable_data(array) else None
        if hasattr(type(value), "__float__"):
            return np.asarray(float(value))
        if isinstance(value, Mapping):
            return dict(read_items(value.items()))
        return tuple(read_items(value)) if isinstance(value, Iterable) else None
    except Exception:  # its own code raised: then it has no contents that can cross
        return None


@lru_cache(maxsize=256)
def _plain_type(kind: type[Any]) -> Any:
    """The plain type that a class is derived from, if it is derived from one."""
    return next((plain for plain in REMOTE_DATA if issubclass(kind, plain)), None)


def crosses(value: Any) -> bool:
    """Whether the plain value of an instance of a subclass is within bounds."""
    if isinstance(value, np.ndarray):
        return is_mutable_data(value) and not (
            isinstance(value, np.matrix) and value.dtype == object)
    if isinstance(value, Fraction):
        return max(abs(value.numerator), value.denominator) < LONGEST_JSON_INTEGER
    if isinstance(value, Decimal):
        return not value.is_snan() and abs(value.adjusted()) <= MAX_EXPONENT and (
            len(value.as_tuple().digits) <= MAX_EXPONENT)
    return True


_AS_THEY_ARE = {float, bool, type(None)}
_SCALARS: dict[type[Any], Callable[[Encoder, Any], Any]] = {
    str: Encoder._text, int: Encoder._integer,
    complex: lambda _self, value: ["c", value.real, value.imag],
    bytes: lambda self, value: self._bytes("b", value),
    type(...): lambda _self, _value: ["..."],
    range: lambda self, value: [
        "r", *(self._integer(part) for part in (value.start, value.stop, value.step))],
    np.str_: lambda self, value: ["ns", self._text(str.__str__(value))],
    np.bytes_: lambda self, value: ["nb", self._bytes("b", value)[1]],
    np.float64: Encoder._numpy_scalar, np.int64: Encoder._numpy_scalar,
    np.bool_: Encoder._numpy_scalar, np.float32: Encoder._numpy_scalar,
}
_CONTENTS: dict[Any, Callable[[Encoder, Any, int], Any]] = {
    np.ndarray: Encoder._array, np.matrix: Encoder._matrix, np.ma.MaskedArray: Encoder._masked,
    list: Encoder._list, dict: Encoder._dict, tuple: Encoder._tuple,
    set: lambda self, value, depth: ["s", *self._items(set.__iter__(value), depth)],
    frozenset: lambda self, value, depth: ["f", *self._items(frozenset.__iter__(value), depth)],
    bytearray: lambda self, value, _: self._bytes("u", value),
    np.random.Generator: lambda _self, value, _: ["g", generator_text(value)],
    np.random.RandomState: lambda _self, value, _: ["g", generator_text(value)],
    str: lambda self, value, _: self._text(str.__str__(value)),
    int: lambda self, value, _: self._integer(int.__int__(value)),
    float: lambda _self, value, _: float.__float__(value),
    complex: lambda _self, value, _: ["c", value.real, value.imag],
    bytes: lambda self, value, _: self._bytes("b", value),
    Fraction: lambda self, value, _: ["fr", value.numerator, value.denominator],
    Decimal: Encoder._decimal,
}
"""The encoder of a plain type and of types derived from it."""
_COMPOUNDS: dict[type[Any], Callable[[Encoder, Any, int], Any]] = {
    tuple: Encoder._tuple, list: Encoder._mutable, dict: Encoder._mutable, set: Encoder._mutable,
    frozenset: _CONTENTS[frozenset], bytearray: Encoder._mutable, np.ndarray: Encoder._exact_array,
    types.FunctionType: Encoder._function, np.ufunc: Encoder._function,
    RemoteFunction: Encoder._other_function,
    slice: lambda self, value, depth: [
        "sl", *self._items((value.start, value.stop, value.step), depth)],
}
"""Encoders of containers by their exact type; the commonest types are found here at once."""
