"""A check sees no difference between one process and two.

Random data, with aliases and cycles, is changed by random programs that run in turns on both
sides: once as plain function calls, once over the wire. Everything must come out the same.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.rpc.shared_state import BIT_GENERATORS, generator_text
from tests.two_sides import TwoSides

DTYPES = ("|b1", "|i1", "<i4", ">i8", "|u1", "<f2", "<f4", "<f8", ">f8", "<c16", "|S3", "<U2",
          ">U2", "<M8[s]", ">m8[D]")
Plan = tuple[Any, ...]

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.complex_numbers(),
    st.text(st.characters(codec=None, exclude_categories=())), st.binary(max_size=9),
    st.sampled_from([10**800, -(2**2000), range(3), range(10**30, 0, -7), slice(1, None, 2),
                     np.float32(1.5), np.int8(-3), np.bool_(True), np.complex64(2j),
                     "\ud83d\ude00", ...,
                     np.str_("a\0"), np.datetime64(5, "s"), np.timedelta64("NaT")]),
)
keys = st.one_of(st.integers(-5, 5), st.text(max_size=2), st.booleans(),
                 st.tuples(st.integers(), st.frozensets(st.integers(), max_size=1)))
arrays = st.tuples(
    st.just("array"), st.sampled_from(DTYPES), st.lists(st.integers(0, 3), max_size=3),
    st.sampled_from("CFS"), st.booleans(), st.binary(min_size=1, max_size=8),
)
leaves = st.one_of(
    st.tuples(st.just("scalar"), scalars), arrays,
    st.tuples(st.just("random"), st.sampled_from([*BIT_GENERATORS, "RandomState"]),
              st.integers(0, 99)),
    st.tuples(st.just("set"), st.lists(keys, max_size=3)),
    st.tuples(st.just("bytearray"), st.binary(max_size=4)),
    st.tuples(st.just("again"), st.integers(0, 20)),
)


def _containers(plans: st.SearchStrategy[Plan]) -> st.SearchStrategy[Plan]:
    inside = st.lists(plans, max_size=4)
    return st.one_of(
        st.tuples(st.sampled_from(["list", "tuple", "objects", "pile", "pair"]), inside),
        st.tuples(st.sampled_from(["dict", "ordered"]),
                  st.lists(st.tuples(keys, plans), max_size=3)),
    )


plans = st.recursive(leaves, _containers, max_leaves=8)


class Pile(list[Any]):
    """An instance of a subclass of list."""


class Pair(tuple[Any, ...]):
    """An instance of a subclass of tuple."""


def build(plan: Plan, met: list[Any]) -> Any:
    """The value of a plan; `met` are the mutable values built so far."""
    kind, *parts = plan
    if kind == "scalar":
        return parts[0]
    if kind == "again":
        return met[parts[0] % len(met)] if met else None
    if kind == "tuple":
        return tuple(build(part, met) for part in parts[0])
    if kind == "pair":
        return Pair(build(part, met) for part in parts[0])
    value = _empty(kind, parts)
    met.append(value)
    if kind in ("list", "pile"):
        value.extend(build(part, met) for part in parts[0])
    elif kind in ("dict", "ordered"):
        value.update((key, build(part, met)) for key, part in parts[0])
    elif kind == "objects":
        for index, part in enumerate(parts[0]):
            value[index] = build(part, met)
    return value


def _empty(kind: str, parts: list[Any]) -> Any:
    if kind == "array":
        return _array(*parts)
    if kind == "objects":
        return np.empty(len(parts[0]), object)
    if kind == "random":
        name, seed = parts
        if name == "RandomState":
            return np.random.RandomState(seed)
        return np.random.Generator(BIT_GENERATORS[name](seed))
    if kind in ("set", "bytearray"):
        return {"set": set, "bytearray": bytearray}[kind](parts[0])
    return {"list": list, "dict": dict, "pile": Pile, "ordered": OrderedDict}[kind]()


def _array(dtype: str, shape: list[int], order: str, writeable: bool, fill: bytes) -> Any:
    """In C or Fortran order, or (S) every second row of a larger one."""
    wide = [2 * n for n in shape[:1]] + shape[1:] if order == "S" else shape
    count = int(np.prod(wide, dtype=int))
    numbers = np.resize(np.frombuffer(fill, np.uint8), count)
    value = numbers.astype(dtype).reshape(wide, order="F" if order == "F" else "C")
    value = value[::2] if order == "S" and wide else value
    value.flags.writeable = writeable
    return value


def describe(value: Any, met: dict[int, int]) -> Any:
    """Everything that a check could see of a value, with its aliases."""
    if id(value) in met:
        return "=", met[id(value)]
    if isinstance(value, float | complex) and not isinstance(value, np.generic):
        return type(value), repr(value.real), repr(value.imag)
    if isinstance(value, np.generic):
        return value.dtype.str, value.tobytes()
    if isinstance(value, tuple):
        return "tuple", [describe(v, met) for v in value]
    if not isinstance(value, list | dict | set | bytearray | np.ndarray | np.random.Generator
                      | np.random.RandomState):
        return type(value), value
    met[id(value)] = len(met)
    if isinstance(value, list):
        return "list", [describe(v, met) for v in value]
    if isinstance(value, dict):
        return "dict", [(k, describe(v, met)) for k, v in value.items()]
    if isinstance(value, set):
        return "set", sorted(map(repr, value))
    if isinstance(value, bytearray):
        return "bytearray", bytes(value)
    if isinstance(value, np.ndarray):
        fortran = value.flags.f_contiguous and not value.flags.c_contiguous
        flags = value.shape, value.dtype.str, value.flags.writeable, fortran
        if value.dtype == object:
            return flags, [describe(v, met) for v in value.ravel().tolist()]
        return flags, value.tobytes()
    return generator_text(value)


def mutables(roots: Any) -> list[Any]:
    """The mutable values in `roots`, in an order that both sides find them in."""
    found: dict[int, Any] = {}
    todo = [roots]
    while todo:
        value = todo.pop()
        if isinstance(value, tuple):
            todo += value
        elif id(value) not in found and isinstance(
            value, list | dict | set | bytearray | np.ndarray | np.random.Generator
            | np.random.RandomState
        ):
            found[id(value)] = value
            if isinstance(value, list | dict):
                todo += value if isinstance(value, list) else value.values()
            elif isinstance(value, np.ndarray) and value.dtype == object:
                todo += value.ravel().tolist()
    return list(found.values())


def change(value: Any, other: Any, how: int) -> None:
    """One small change of `value`, in place; containers may come to hold `other`."""
    if isinstance(value, list):
        (value.append(other), value.reverse(), value.clear())[: how % 3 + 1]
    elif isinstance(value, dict):
        value[how] = other
        if how % 3 == 0:
            del value[next(iter(value))]
    elif isinstance(value, set):
        value.symmetric_difference_update({how, "x"})
    elif isinstance(value, bytearray):
        value.append(how)
    elif isinstance(value, np.ndarray) and value.flags.writeable and value.size:
        value.flat[how % value.size] = other if value.dtype == object else 1
    elif isinstance(value, np.random.Generator):
        value.spawn(1) if how % 2 else value.integers(7)
    elif isinstance(value, np.random.RandomState):
        value.randn()


changes = st.tuples(st.just("change"), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
programs = st.recursive(
    st.lists(changes, max_size=3).map(tuple),
    lambda inner: st.lists(
        st.one_of(changes, st.tuples(st.just("call"), st.integers(0, 9), inner)), max_size=4
    ).map(tuple),
    max_leaves=6,
)


def player(kept: list[Any]) -> Callable[..., Any]:
    """A function that runs programs on its arguments, and on what its own side has kept."""

    def play(program: Plan, call: Any, *args: Any) -> Any:
        results: list[Any] = []
        for step in program:
            roots = mutables((*kept, *args, *results))
            if not roots:
                continue
            target = roots[step[1] % len(roots)]
            if step[0] == "change":
                change(target, roots[step[2] % len(roots)], step[3])
            else:
                results.append(call(step[2], play, target))
        return results, args[-1] if args else None

    return play


def outcome(program: Plan, plan: Plan, student: Any) -> Any:
    """What a check sees in the end: the result, the arguments, their aliases."""
    value = build(plan, [])
    kept = [value]
    result = student(program, player(kept), value)
    return describe((result, value, kept), {})


@pytest.fixture(scope="module")
def sides() -> Iterator[TwoSides]:
    with TwoSides(
        play=player([]),
        see=lambda value: repr(describe(value, {})),
        make=lambda plan: build(plan, []),
    ) as both:
        yield both


thorough = settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@thorough
@given(plan=plans)
def test_the_student_sees_what_the_check_passes(plan: Plan, sides: TwoSides) -> None:
    value = build(plan, [])
    assert sides["see"](value) == repr(describe(value, {}))


@thorough
@given(plan=plans)
def test_the_check_sees_what_the_student_returns(plan: Plan, sides: TwoSides) -> None:
    assert describe(sides["make"](plan), {}) == describe(build(plan, []), {})


@thorough
@given(program=programs, plan=plans)
def test_changes_are_seen_by_whoever_runs(program: Plan, plan: Plan, sides: TwoSides) -> None:
    assert outcome(program, plan, sides["play"]) == outcome(program, plan, player([]))
