"""Mutable values that both sides share: how changes are noticed, sent and applied.

Lists, dicts, sets, bytearrays, numpy arrays and numpy's random generators can be changed by a call
that they are passed to, and so can frames and series of pandas. While a call is open, each side has
its own copy of them (`Shared`), and the two copies are kept equal.

A generator crosses as its state and what its children are spawned from. A state that came over the
connection is compared with one of numpy's own before numpy sees it: a position outside of its table
would make numpy read memory that does not belong to the generator.
"""

from __future__ import annotations

import json
import operator
import re
import warnings
from collections import Counter
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

import numpy as np

from autograder.rpc import pandas_values

BIT_GENERATORS: dict[str, type[np.random.BitGenerator]] = {
    kind.__name__: kind
    for kind in (np.random.PCG64, np.random.PCG64DXSM, np.random.MT19937, np.random.Philox,
                 np.random.SFC64)
}
Random = np.random.Generator | np.random.RandomState

MOST = {"pos": 624, "buffer_pos": 4, "has_uint32": 1, "has_gauss": 1, "uinteger": 2**32 - 1}
"""Largest values in a state, by name; the others are numbers of 128 bits at most."""
MAX_SEEDS = 256
SEED_BITS = 4096
MAX_SPAWNED = 10_000
"""Most children that one call may spawn from an argument."""


class WireError(Exception):
    """A value that cannot be sent, or a message that holds no value."""


def is_generator(value: object) -> bool:
    """Whether `value` is a Generator or RandomState that can cross."""
    return isinstance(value, Random) and _state(value)["bit_generator"] in BIT_GENERATORS


def generator_text(value: Random) -> str:
    """The state of `value` that decides what it will draw, as JSON."""
    seeds, parts = _seeds(value), None
    if seeds is not None:
        parts = [seeds.entropy, list(seeds.spawn_key), seeds.pool_size, seeds.n_children_spawned]
    kind = "Generator" if isinstance(value, np.random.Generator) else "RandomState"
    return json.dumps([kind, _state(value), parts], default=lambda array: array.tolist())


def rebuild_generator(text: str) -> Random:
    """The generator of `generator_text`; raises WireError, ValueError or TypeError for others."""
    kind, state, parts = json.loads(text)
    seeds = None if parts is None else _rebuild_seeds(*parts)
    bits = BIT_GENERATORS[state["bit_generator"]](seeds)
    value = np.random.Generator(bits) if kind == "Generator" else np.random.RandomState(bits)
    _set_state(value, _fitted(state, _state(value)))
    return value


def overwrite_generator(value: Random, new: Random) -> None:
    """Give the generator `value` the state of `new`."""
    state = _state(new)
    if _state(value)["bit_generator"] != state["bit_generator"]:
        raise WireError("a generator that changed its kind")
    _set_state(value, state)
    mine, theirs = _seeds(value), _seeds(new)
    if mine is None or theirs is None:
        return
    spawned = theirs.n_children_spawned - mine.n_children_spawned
    if spawned > MAX_SPAWNED:
        raise WireError(f"a generator with more than {MAX_SPAWNED} new children")
    if spawned > 0:
        mine.spawn(spawned)  # numpy has no other way to set the number of children


def _state(value: Random) -> dict[str, Any]:
    if isinstance(value, np.random.Generator):
        return dict(value.bit_generator.state)
    return dict(value.get_state(legacy=False))


def _frozen(part: Any) -> Any:
    """A state, or a part of one, as an immutable value that can be compared."""
    if isinstance(part, dict):
        return [_frozen(each) for each in part.values()]
    return part.tobytes() if isinstance(part, np.ndarray) else part


def _set_state(value: Random, state: dict[str, Any]) -> None:
    if isinstance(value, np.random.Generator):
        value.bit_generator.state = state
    else:
        value.set_state(state)


def _seeds(value: Random) -> np.random.SeedSequence | None:
    seeds = value.bit_generator.seed_seq if isinstance(value, np.random.Generator) else None
    return seeds if isinstance(seeds, np.random.SeedSequence) else None


def _rebuild_seeds(
    entropy: Any, spawn_key: Any, pool_size: Any, spawned: Any
) -> np.random.SeedSequence:
    numbers = [*(entropy if isinstance(entropy, list) else [entropy]), *spawn_key, pool_size,
               spawned]
    if len(numbers) > MAX_SEEDS or not all(_is_count(number, SEED_BITS) for number in numbers):
        raise WireError("not the seed of a generator")
    if not 4 <= pool_size <= 64:
        raise WireError("not the pool of a generator")
    return np.random.SeedSequence(
        entropy, spawn_key=spawn_key, pool_size=pool_size, n_children_spawned=spawned
    )


def _is_count(value: Any, bits: int) -> bool:
    return type(value) is int and 0 <= value < 1 << bits


def _fitted(state: Any, own: Any, most: int = 2**128 - 1) -> Any:
    """`state`, if it has the parts, the lengths and the ranges of `own`."""
    if isinstance(own, dict):
        if not isinstance(state, dict) or state.keys() != own.keys():
            raise WireError("not the state of a generator")
        return {key: _fitted(state[key], own[key], MOST.get(key, most)) for key in own}
    if isinstance(own, np.ndarray):
        if not isinstance(state, list) or len(state) != len(own):
            raise WireError("not the table of a generator")
        return np.array([_fitted(n, 0, np.iinfo(own.dtype).max) for n in state], own.dtype)
    if type(state) is not type(own) or (isinstance(own, int) and not 0 <= state <= most):
        raise WireError("not a part of a generator's state")
    return state


MAX_ITEMS = 100_000
"""Longest iterator that is read to its end."""
MAX_COLLISIONS = 64
"""Most keys of one hash in a dict or set; honest keys nearly all have hashes of their own."""

_DTYPE = re.compile(r"[<>|][biufcSU][1-9][0-9]{0,6}|[<>][mM]8(\[[0-9]{0,3}[a-zA-Z]{1,2}\])?")
_CONTAINERS = (list, dict, set, bytearray)


@lru_cache(maxsize=64)
def is_plain(dtype: str) -> bool:
    """Whether arrays of this dtype cross as bytes: truth values, numbers, texts and times."""
    return bool(_DTYPE.fullmatch(dtype))


def is_mutable_data(value: object) -> bool:
    """Whether `value` is data that a call may change."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind == "O" or is_plain(value.dtype.str)
    return isinstance(value, _CONTAINERS) or is_generator(value) or pandas_values.is_mutable(value)


def read_items(iterator: Iterable[Any]) -> list[Any]:
    """Everything an iterable yields; raises WireError beyond MAX_ITEMS."""
    items = []
    for item in iterator:
        items.append(item)
        if len(items) > MAX_ITEMS:
            raise WireError(f"an iterator of more than {MAX_ITEMS} items")
    return items


def hashable(keys: list[Any]) -> list[Any]:
    """`keys`, unless so many share a hash that a table of them would take quadratic time."""
    if len(keys) > MAX_COLLISIONS and max(Counter(map(hash, keys)).values()) > MAX_COLLISIONS:
        raise WireError(f"more than {MAX_COLLISIONS} keys of one hash")
    return keys


def snapshot(value: Any) -> tuple[Any, list[Any]]:
    """The snapshot of a mutable value for `changed`: scalars by value, elements by identity."""
    if type(value) is np.ndarray and value.dtype.kind != "O":
        return (value.shape, value.dtype, value.flags.writeable, value.tobytes("A")), []
    if isinstance(value, np.ndarray):
        head: tuple[Any, ...] = value.shape, value.dtype, value.flags.writeable
        if isinstance(value, np.ma.MaskedArray):
            head = *head, np.asarray(value.mask).tobytes()
        if value.dtype.kind == "O":
            return head, np.asarray(value).ravel().tolist()
        return (head, np.asarray(value).tobytes("A")), []
    if isinstance(value, bytearray):
        return bytes(value), []
    if isinstance(value, dict):
        return None, [element for pair in value.items() for element in pair]
    if isinstance(value, list | set):
        return None, [*value]
    if isinstance(value, Random):
        seeds = _seeds(value)
        return (_frozen(_state(value)), seeds and seeds.n_children_spawned), []
    return pandas_values.fingerprint(value), []


def changed(value: Any, before: tuple[Any, list[Any]]) -> bool:
    """Whether `value` itself, not the values within it, differs from its snapshot."""
    by_value, elements = snapshot(value)
    if not elements and not before[1]:
        return bool(by_value != before[0])
    return (
        by_value != before[0] or len(elements) != len(before[1])
        or any(map(operator.is_not, elements, before[1]))
    )


def overwrite(value: Any, new: Any) -> None:
    """Make the mutable `value` equal to `new` in place."""
    if not isinstance(value, type(new)):
        raise WireError("an argument that changed its type")
    if isinstance(value, np.ndarray):
        _overwrite_array(value, new)
    elif isinstance(value, list | bytearray):
        value[:] = new
    elif isinstance(value, dict | set):
        value.clear()
        value.update(new)
    elif isinstance(value, Random):
        overwrite_generator(value, new)
    else:
        pandas_values.overwrite(value, new)


def _overwrite_array(value: Any, new: Any) -> None:
    if value.dtype != new.dtype:
        raise WireError("an array whose dtype was changed in place")
    try:
        if value.shape != new.shape:
            with warnings.catch_warnings(action="ignore"):  # deprecated in newer versions of numpy
                value.shape = new.shape
        if not value.flags.writeable:
            value.flags.writeable = True
    except (AttributeError, ValueError) as error:
        raise WireError(f"an array changed in a way that cannot be repeated: {error}") from None
    value[...] = new
    value.flags.writeable = new.flags.writeable


def reachable(roots: Collection[Any]) -> set[int]:
    """The ids of `roots` and of all containers and arrays that they hold, however deep."""
    seen: set[int] = set()
    todo = list(roots)
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        if isinstance(value, np.ndarray):
            if value.dtype.kind == "O":
                todo += np.asarray(value).ravel().tolist()
        elif isinstance(value, dict):
            todo += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple | set | frozenset):
            todo += value
        seen.add(id(value))
    return seen


class Shared:
    """The mutable values that both sides hold while calls are open, in the same order on both.

    `values[n]` corresponds to the other side's `values[n]`; `numbers` holds n by the id of the
    value. The two are equal whenever a message has crossed: it contains the values that have
    `changed` since the last snapshot.
    """

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.numbers: dict[int, int] = {}
        self._noted: list[tuple[Any, list[Any]] | None] = []

    def __len__(self) -> int:
        return len(self.values)

    def add(self, values: list[Any]) -> None:
        """Number `values`, which have just crossed."""
        for value in values:
            self.numbers[id(value)] = len(self.values)
            self.values.append(value)
            self._noted.append(None)

    def note(self) -> None:
        """Take snapshots of the values; a message has just arrived."""
        for number, before in enumerate(self._noted):
            if before is None:
                self._noted[number] = snapshot(self.values[number])

    def changed(self) -> list[int]:
        """Numbers of the values that have changed since their snapshots."""
        return [
            number for number, before in enumerate(self._noted)
            if before is not None and changed(self.values[number], before)
        ]

    def crossed(self, numbers: Iterable[int]) -> None:
        """Take new snapshots of these values, whose changes have crossed."""
        for number in numbers:
            self._noted[number] = None

    def forget(self, first: int) -> None:
        """Forget the values from number `first` on, except those that earlier values contain now.

        Both sides have equal values, so both keep the same ones.
        """
        if len(self.values) == first:
            return
        if first == 0:
            self.values.clear()
            self.numbers.clear()
            self._noted.clear()
            return
        later = list(zip(self.values[first:], self._noted[first:], strict=True))
        kept = reachable(self.values[:first])
        for value, _ in later:
            del self.numbers[id(value)]
        del self.values[first:], self._noted[first:]
        for value, noted in later:
            if id(value) in kept:
                self.add([value])
                self._noted[-1] = noted
