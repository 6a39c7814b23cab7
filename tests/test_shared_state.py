"""What is data, and how changes to it are noticed and repeated."""

from __future__ import annotations

import itertools
from collections import Counter, OrderedDict
from typing import Any

import numpy as np
import pytest

from autograder.rpc.shared_state import (
    MAX_ITEMS,
    Shared,
    WireError,
    changed,
    hashable,
    is_mutable_data,
    overwrite,
    reachable,
    read_items,
    snapshot,
)


def objects(*items: Any) -> Any:
    array = np.empty(len(items), object)
    for index, item in enumerate(items):
        array[index] = item
    return array


@pytest.mark.parametrize("value", [
    [], {}, set(), bytearray(), np.zeros(2), np.array(1), np.array(["a"]), objects(None),
    np.random.default_rng(0), np.ma.masked_array([1]), OrderedDict(), np.zeros((0, 2), ">c16"),
    np.zeros(1, "M8[s]"),
], ids=lambda v: type(v).__name__)
def test_mutable_data(value: object) -> None:
    assert is_mutable_data(value)


@pytest.mark.parametrize("value", [
    1, "a", (), frozenset(), range(2), np.float64(1), np.zeros(1, "i4,f8"),
    np.random.PCG64(0), len, object(),
], ids=lambda v: type(v).__name__)
def test_what_is_no_mutable_data(value: object) -> None:
    assert not is_mutable_data(value)


def test_iterators_are_read_up_to_a_bound() -> None:
    assert read_items(iter("ab")) == ["a", "b"]
    with pytest.raises(WireError, match=f"an iterator of more than {MAX_ITEMS} items"):
        read_items(itertools.count())


def test_many_keys_of_one_hash_are_refused() -> None:
    keys = [n * (2**61 - 1) for n in range(65)]  # all of hash 0
    assert hashable(keys[:64]) == keys[:64]
    assert len(hashable(list(range(-5000, 5000)))) == 10_000
    with pytest.raises(WireError, match="more than 64 keys of one hash"):
        hashable(keys)


CHANGES: list[tuple[Any, Any]] = [
    ([1, 2], lambda v: v.append(3)), ([1, 2], lambda v: v.reverse()), ([1], lambda v: v.clear()),
    ({1: 2}, lambda v: v.update({1: 3})), ({1: 2, 3: 4}, lambda v: v.update({1: v.pop(1)})),
    ({1}, lambda v: v.add(2)), (bytearray(b"a"), lambda v: v.extend(b"b")),
    (np.arange(6.0), lambda v: v.__setitem__(2, 9)),
    (np.arange(6.0), lambda v: v.setflags(write=False)),
    (np.arange(6.0), lambda v: setattr(v, "shape", (2, 3))),
    (np.arange(6.0)[::2], lambda v: v.__setitem__(2, 9)),
    (np.array(1.0), lambda v: v.__setitem__((), 2)),
    (np.array([np.nan, 0.0]), lambda v: np.negative(v, out=v)),
    (objects(1, [2]), lambda v: v.__setitem__(0, [3])),
    (np.random.default_rng(0), lambda v: v.random()),
    (np.random.default_rng(0), lambda v: v.spawn(1)),
    (np.random.RandomState(0), lambda v: v.randn()),
]


@pytest.mark.parametrize(("value", "change"), CHANGES, ids=lambda v: type(v).__name__)
def test_a_change_is_noticed_and_repeated(value: Any, change: Any) -> None:
    twin = _copy(value)
    before = snapshot(value)
    assert not changed(value, before)
    change(value)
    assert changed(value, before)
    overwrite(twin, value)
    assert snapshot(twin)[0] == snapshot(value)[0]
    assert not changed(twin, snapshot(value))


def _copy(value: Any) -> Any:
    if isinstance(value, np.random.Generator):
        return np.random.default_rng(0)
    if isinstance(value, np.random.RandomState):
        return np.random.RandomState(0)
    return value.copy()


def test_equal_elements_that_are_others_are_a_change() -> None:
    value: list[Any] = [[1]]
    before = snapshot(value)
    value[0] = [1]
    assert changed(value, before)


def test_subclasses_are_overwritten_too() -> None:
    counter, ordered = Counter("ab"), OrderedDict(a=1)
    overwrite(counter, {"a": 5})
    overwrite(ordered, {"b": 2, "a": 3})
    assert counter == {"a": 5}
    assert list(ordered.items()) == [("b", 2), ("a", 3)]


def test_a_read_only_array_whose_owner_made_it_writeable_is_overwritten() -> None:
    array, new = np.zeros(2), np.ones(2)
    array.flags.writeable = False
    overwrite(array, new)
    assert array.tolist() == [1, 1]


@pytest.mark.parametrize(("value", "new", "why"), [
    ([1], {}, "an argument that changed its type"),
    ({}, [1], "an argument that changed its type"),
    (np.zeros(2), [0, 0], "an argument that changed its type"),
    (np.random.default_rng(0), np.random.RandomState(0), "an argument that changed its type"),
    (np.zeros(2), np.zeros(2, int), "an array whose dtype was changed in place"),
    (np.zeros(2), np.zeros(3), "an array changed in a way that cannot be repeated"),
    (np.zeros((4, 2))[::2], np.zeros(4), "an array changed in a way that cannot be repeated"),
    (np.broadcast_to(np.frombuffer(b"a", "u1"), (2,)), np.zeros(2, "u1"),
     "an array changed in a way that cannot be repeated"),
])
def test_what_cannot_be_repeated_is_said(value: Any, new: Any, why: str) -> None:
    with pytest.raises(WireError, match=why):
        overwrite(value, new)


def test_reachable_goes_through_every_container() -> None:
    leaf: list[Any] = []
    for holder in ([leaf], (leaf,), {1: leaf}, objects(leaf), [[({2: objects((leaf,))},)]]):
        assert id(leaf) in reachable([holder])
    circle: list[Any] = []
    circle.append(circle)
    assert reachable([circle]) == {id(circle)}
    assert id(leaf) not in reachable([circle])


def test_shared_values_are_those_noted_and_changed_since() -> None:
    shared, kept, lost = Shared(), [1], [2]
    shared.add([kept, lost])
    assert shared.changed() == []
    shared.note()
    lost.append(3)
    assert shared.changed() == [1]
    shared.crossed([1])
    shared.note()
    assert shared.changed() == []
    lost.pop()  # back to what it was at first, but that is not what the other side has
    assert shared.changed() == [1]


def test_shared_values_are_forgotten_unless_an_earlier_one_holds_them() -> None:
    shared, outer, inner, lost = Shared(), [0], [1], [2]
    shared.add([outer])
    shared.add([lost, inner])
    outer.append((inner,))
    shared.forget(1)
    assert shared.values == [outer, inner]
    assert [shared.numbers.get(id(v)) for v in (outer, inner, lost)] == [0, 1, None]
    shared.forget(0)
    assert len(shared) == 0
