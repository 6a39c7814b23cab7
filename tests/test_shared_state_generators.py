"""Generators cross with their state, and only states that numpy could have made are believed."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from autograder.rpc.shared_state import (
    BIT_GENERATORS,
    Random,
    WireError,
    generator_text,
    is_generator,
    overwrite_generator,
    rebuild_generator,
)


def make(kind: str, seed: int = 5) -> Random:
    if kind == "RandomState":
        return np.random.RandomState(seed)
    return np.random.Generator(BIT_GENERATORS[kind](seed))


def drawn(generator: Random) -> list[float]:
    spawned = generator.spawn(1)[0].normal() if isinstance(generator, np.random.Generator) else 0
    return [*generator.normal(size=700), spawned, float(generator.integers(9)) if isinstance(
        generator, np.random.Generator) else generator.randint(9)]


@pytest.mark.parametrize("kind", [*BIT_GENERATORS, "RandomState"])
def test_a_rebuilt_generator_draws_and_spawns_the_same(kind: str) -> None:
    generator = make(kind)
    drawn(generator)
    generator.standard_normal()  # a RandomState keeps a second one back
    assert drawn(rebuild_generator(generator_text(generator))) == drawn(generator)


@pytest.mark.parametrize("kind", [*BIT_GENERATORS, "RandomState"])
def test_overwriting_repeats_what_was_drawn_and_spawned(kind: str) -> None:
    mine, theirs = make(kind), make(kind)
    drawn(theirs)
    overwrite_generator(mine, theirs)
    assert drawn(mine) == drawn(theirs)


def test_seeds_of_every_kind_cross() -> None:
    for seed in (None, 2**100, [1, 2, 3], np.random.SeedSequence(3, spawn_key=(1, 2), pool_size=8)):
        generator = np.random.default_rng(seed)
        assert drawn(rebuild_generator(generator_text(generator))) == drawn(generator)


def test_a_generator_of_ones_own_does_not_cross() -> None:
    class Mine(np.random.PCG64):
        pass

    assert is_generator(np.random.Generator(np.random.PCG64(0)))
    assert not is_generator(np.random.PCG64(0))
    assert not is_generator("PCG64")


def test_a_generator_cannot_become_another() -> None:
    with pytest.raises(WireError, match="a generator that changed its kind"):
        overwrite_generator(make("PCG64"), make("Philox"))


def test_children_are_counted() -> None:
    theirs = make("PCG64")
    text = generator_text(theirs).replace("4, 0]]", "4, 20000]]")
    with pytest.raises(WireError, match="a generator with more than 10000 new children"):
        overwrite_generator(theirs, rebuild_generator(text))


def edited(kind: str, *path: Any, value: Any) -> str:
    """The text of a generator in which one part of the state, or of the seeds, is another."""
    parts = json.loads(generator_text(make(kind)))
    place = parts
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(parts)


@pytest.mark.parametrize("text", [
    # each of these positions makes numpy 2 read memory beyond its table, or crash
    edited("MT19937", 1, "state", "pos", value=625),
    edited("MT19937", 1, "state", "pos", value=-(2**30)),
    edited("RandomState", 1, "state", "pos", value=2**31 - 10),
    edited("Philox", 1, "buffer_pos", value=-(2**30)),
    edited("Philox", 1, "buffer_pos", value=5),
    edited("Philox", 1, "buffer", value=[1, 2, 3]),
    edited("MT19937", 1, "state", "key", value=[1] * 623),
    edited("MT19937", 1, "state", "key", value=[2**32] * 624),
    edited("MT19937", 1, "state", "key", value="x" * 624),
    edited("SFC64", 1, "state", "state", value=[0, 1, 2, -1]),
    edited("PCG64", 1, "state", "state", value=2**128),
    edited("PCG64", 1, "state", "inc", value=True),
    edited("PCG64", 1, "state", value=7),
    edited("PCG64", 1, "has_uint32", value=2),
    edited("PCG64", 1, "extra", value=2),
    edited("RandomState", 1, "gauss", value="x"),
    # seeds over which numpy would brood for hours
    edited("PCG64", 2, 0, value=2**5000),
    edited("PCG64", 2, 0, value=[1] * 1000),
    edited("PCG64", 2, 0, value=None),
    edited("PCG64", 2, 1, value=[-1]),
    edited("PCG64", 2, 2, value=2**20),
    edited("PCG64", 2, 3, value=1.0),
])
def test_a_state_that_numpy_could_not_have_made_is_refused(text: str) -> None:
    with pytest.raises(WireError, match=r"^not (a part|the \w+) of a generator|^not a part"):
        rebuild_generator(text)
