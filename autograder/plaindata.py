"""What counts as data on the wire, how a change to it is noticed, and how it is applied.

Lists, dicts, sets, numpy arrays and numpy Generators can be changed by a call they are passed to.
The side that was called notices (`snapshot`, `changed`), the side that called repeats the change
on its own object (`overwrite`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

MAX_ITEMS = 100_000
"""Longest iterator that is read to its end."""

DTYPE = re.compile(r"[<>|][biufcSU][1-9][0-9]{0,6}")
BIT_GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")


class WireError(Exception):
    """A frame or a value that the wire does not carry."""


def is_mutable_data(value: object) -> bool:
    """Whether `value` is data that a call may change: list, dict, set, array or Generator."""
    if isinstance(value, np.ndarray):
        return value.dtype == object or bool(DTYPE.fullmatch(value.dtype.str))
    if isinstance(value, np.random.Generator):
        return type(value.bit_generator).__name__ in BIT_GENERATORS
    return isinstance(value, list | dict | set)


def read_items(iterator: Iterable[Any]) -> list[Any]:
    """Everything an iterable yields; raises WireError beyond MAX_ITEMS."""
    items = []
    for item in iterator:
        items.append(item)
        if len(items) > MAX_ITEMS:
            raise WireError(f"an iterator of more than {MAX_ITEMS} items")
    return items


def overwrite(value: Any, new: Any) -> None:
    """Make the mutable `value` equal to `new` in place, as the call on the other side did."""
    if type(value) is not type(new):
        raise WireError("an argument that changed its type")
    if isinstance(value, list):
        value[:] = new
    elif isinstance(value, dict | set):
        value.clear()
        value.update(new)
    elif isinstance(value, np.random.Generator):
        _advance(value, new)
    elif value.shape == new.shape and value.dtype == new.dtype and value.flags.writeable:
        value[...] = new


def _advance(value: np.random.Generator, new: np.random.Generator) -> None:
    if type(value.bit_generator) is not type(new.bit_generator):
        raise WireError("a generator that changed its kind")
    value.bit_generator.state = new.bit_generator.state
    mine, theirs = value.bit_generator.seed_seq, new.bit_generator.seed_seq
    if isinstance(mine, np.random.SeedSequence) and isinstance(theirs, np.random.SeedSequence):
        spawned = theirs.n_children_spawned - mine.n_children_spawned
        if 0 < spawned <= MAX_ITEMS:
            mine.spawn(spawned)


def snapshot(value: Any) -> Any:
    """What `changed` needs to tell whether a mutable value was changed, itself and not within."""
    if isinstance(value, np.ndarray):
        return list(np.ravel(value)) if value.dtype == object else value.tobytes()
    if isinstance(value, np.random.Generator):
        return _state(value)
    return [*value.items()] if isinstance(value, dict) else [*value]


def changed(value: Any, before: Any) -> bool:
    """Whether `value` differs from its snapshot; elements are compared by identity."""
    now = snapshot(value)
    if isinstance(value, dict):
        now, before = ([x for pair in pairs for x in pair] for pairs in (now, before))
    if isinstance(now, list):
        return len(now) != len(before) or any(a is not b for a, b in zip(now, before, strict=True))
    return bool(now != before)


def _state(generator: np.random.Generator) -> tuple[str, int]:
    seeds = generator.bit_generator.seed_seq
    return repr(generator.bit_generator.state), getattr(seeds, "n_children_spawned", 0)


def generator_parts(value: np.random.Generator) -> tuple[dict[str, Any], list[Any] | None]:
    """State of a Generator and the seed its children are spawned from, as plain data."""
    seeds = value.bit_generator.seed_seq
    seeded = None
    if isinstance(seeds, np.random.SeedSequence):
        seeded = [seeds.entropy, tuple(seeds.spawn_key), seeds.pool_size, seeds.n_children_spawned]
    return dict(value.bit_generator.state), seeded


def rebuild_generator(state: Any, seeded: Any) -> np.random.Generator:
    """The Generator of `generator_parts`; raises WireError for anything that is not one."""
    if not isinstance(state, dict) or state.get("bit_generator") not in BIT_GENERATORS:
        raise WireError("not the state of a generator")
    seeds = None
    if seeded is not None:
        entropy, spawn_key, pool_size, spawned = seeded
        if not 4 <= pool_size <= 64 or spawned < 0:
            raise WireError("not the seed of a generator")
        seeds = np.random.SeedSequence(
            entropy, spawn_key=spawn_key, pool_size=pool_size, n_children_spawned=spawned
        )
    bits = getattr(np.random, state["bit_generator"])(seeds)
    bits.state = state
    return np.random.Generator(bits)
