"""numpy's random generators on the wire: their state and what their children are spawned from.

A state that came over the wire is compared with one of numpy's own before numpy sees it: a position
outside of its table would make numpy read foreign memory.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

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
    """A value that the wire does not carry, or a message that holds no value."""


def is_generator(value: object) -> bool:
    """Whether `value` is a Generator or RandomState that can cross."""
    return isinstance(value, Random) and _state(value)["bit_generator"] in BIT_GENERATORS


def generator_text(value: Random) -> str:
    """Everything that decides what `value` will draw, as JSON."""
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
    """Make `value` draw, and spawn, from now on what `new` would."""
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
        mine.spawn(spawned)  # numpy has no other way to say that there were some


def _state(value: Random) -> dict[str, Any]:
    if isinstance(value, np.random.Generator):
        return dict(value.bit_generator.state)
    return dict(value.get_state(legacy=False))


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
