"""What a check sees of a value that crossed: the table in `codec`, row by row."""

from __future__ import annotations

import collections
import copy
import dataclasses
import datetime
import enum
import itertools
import types
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autograder.rpc.codec import MAX_DEPTH, Encoder
from autograder.rpc.proxies import (
    REMOTE_DATA,
    RemoteArrayLike,
    RemoteData,
    RemoteFunction,
    RemoteMapping,
    RemoteObject,
)
from autograder.rpc.shared_state import MAX_ITEMS, Shared, WireError
from tests.two_sides import TwoSides


class Colour(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    LOW = 2


@dataclasses.dataclass
class Layer:
    width: int


class Node:
    """Iterable, but what it yields is itself."""

    def __iter__(self) -> Iterator[Any]:
        return iter([self, 1])


class Endless:
    def __iter__(self) -> Iterator[Any]:
        return itertools.count()


class Angry:
    def __iter__(self) -> Iterator[Any]:
        raise ValueError

    def __float__(self) -> float:
        raise KeyError


class Model:
    def __call__(self, x: float) -> float:
        return x + 1

    def __iter__(self) -> Iterator[Any]:
        return iter("ab")


class Name(str):
    __slots__ = ()


Point = collections.namedtuple("Point", "x y")

returned: Any = None


@pytest.fixture(scope="module")
def sides() -> Iterator[TwoSides]:
    with TwoSides(
        give=lambda: returned, take=lambda value: value is returned, same=lambda value: value
    ) as both:
        yield both


def arrived(sides: TwoSides, value: Any) -> Any:
    """What the check gets when the student's function returns `value`."""
    global returned
    returned = value
    return sides["give"]()


class Weights(dict[str, Any]):
    def __getattr__(self, name: str) -> Any:
        if name not in self:
            raise AttributeError(name)
        return self[name]


class Rate(float):
    """A number with a unit."""


def circle() -> Any:
    value = Pile([1])
    value.append(value)
    return value


class Pile(list[Any]):
    """A list of one's own."""


SUBCLASSES = [
    Name("ab"), Level.LOW, Rate(0.5), Point(1, [2]), collections.OrderedDict(b=1, a=2),
    collections.defaultdict(list, a=[1]), collections.Counter("aab"), Weights(w=[0]),
    Decimal("0.5"), Decimal("Infinity"), Fraction(1, 4), Pile([1, [2]]),
    type("Bag", (set,), {})({1}), type("Raw", (bytearray,), {})(b"a"),
    type("Z", (complex,), {})(1j),
    np.zeros((1, 2)).view(np.matrix), np.ma.masked_array([1.0, 2.0], [True, False]),
    np.zeros(2).view(type("Tensor", (np.ndarray,), {})),
]


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("value", SUBCLASSES, ids=lambda value: type(value).__name__)
def test_an_instance_of_a_subclass_is_the_plain_value_and_comes_back_as_itself(
    sides: TwoSides, value: Any
) -> None:
    got = arrived(sides, value)
    plain = next(kind for kind in REMOTE_DATA if isinstance(value, kind))
    assert isinstance(got, plain)
    assert isinstance(got, RemoteData)
    assert np.all(got == value)
    assert sides["take"](got)
    assert isinstance(sides["same"](value), type(value))  # the check's own comes back as itself
    if isinstance(value, np.ndarray | tuple | list):
        assert sides["same"](value) is value


@pytest.mark.parametrize("value", [
    np.str_("a\0"), np.bytes_(b"a\0"), np.float64(0.1), np.longdouble(2), True, ..., np.bool_(True),
    np.datetime64("2024-01-01"), np.timedelta64(3, "h"), np.datetime64("NaT"), range(3), np.int8(3),
    np.zeros(2, "M8[D]"), np.arange(3).astype("m8[25s]"), np.array(5), frozenset({1}), slice(1, 2),
    np.array([1, None, "x"]),
], ids=repr)
def test_plain_values_arrive_as_they_are(sides: TwoSides, value: Any) -> None:
    got = arrived(sides, value)
    assert type(got) is type(value)
    assert repr(got) == repr(value)
    assert getattr(got, "dtype", None) == getattr(value, "dtype", None)


def test_a_namedtuple_has_its_fields(sides: TwoSides) -> None:
    got = arrived(sides, Point(1, [2]))
    assert (got.x, got.y, got[0], len(got)) == (1, [2], 1, 2)
    with pytest.raises(AttributeError, match="'_asdict' of 'Point' stays in the other process"):
        got._asdict()


def test_a_defaultdict_makes_its_entries(sides: TwoSides) -> None:
    def count(words: list[str], table: Any) -> Any:
        for word in words:
            table[word] += 1
        return table

    table = collections.defaultdict(int, a=1)
    with TwoSides(count=count) as both:
        assert both["count"](["a", "b", "b"], table) is table
    assert table == {"a": 2, "b": 2}
    got = arrived(sides, collections.defaultdict(list))
    assert got["new"] == []
    assert arrived(sides, collections.Counter())["none"] == 0
    with pytest.raises(KeyError):
        arrived(sides, collections.OrderedDict())["none"]


def test_a_copy_of_an_object_is_a_copy_of_the_owner_s(sides: TwoSides) -> None:
    got = arrived(sides, Layer(3))
    other = copy.deepcopy(got)
    assert other is not got
    assert not sides["take"](other)
    weights = copy.deepcopy(arrived(sides, Weights(w=[1])))
    assert weights == {"w": [1]}
    assert isinstance(sides["same"](weights), RemoteData)


def test_what_was_passed_to_a_call_that_is_over_is_still_data(sides: TwoSides) -> None:
    kept: list[Any] = []

    def keep(value: Any) -> None:
        kept.append(value)

    with TwoSides(keep=keep, give=lambda: (kept[-1], copy.copy(kept[-1]))) as both:
        for value, plain in ((Point(1, [2]), (1, [2])), (collections.OrderedDict(a=1), {"a": 1})):
            both["keep"](value)
            for got in both["give"]():
                assert got == plain
                assert type(got) is type(plain)


def test_subclasses_that_hold_themselves_arrive_so(sides: TwoSides) -> None:
    got = arrived(sides, circle())
    assert got[1] is got
    assert sides["take"](got)


def test_changes_of_an_instance_of_a_subclass_are_seen() -> None:
    def step(parameters: Any, pile: Any, hook: Any) -> None:
        parameters["w"] -= 1
        parameters["new"] = parameters["w"]
        pile.append(parameters)
        hook()

    parameters, pile, seen = collections.OrderedDict(w=np.ones(2)), Pile(), []
    with TwoSides(step=step) as both:
        both["step"](parameters, pile, lambda: seen.append(len(pile)))
    assert seen == [1]
    assert parameters["new"] is parameters["w"]
    assert parameters["w"].tolist() == [0, 0]
    assert pile[0] is parameters


def test_what_the_owner_changes_in_a_call_is_shown() -> None:
    cache = Weights(x=1)
    with TwoSides(give=lambda: cache, eat=lambda c: c is cache and c.pop("x")) as both:
        got = both["give"]()
        assert both["eat"](got) == 1
        assert got == cache == {}


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_arithmetic_of_matrices_and_masked_arrays_is_theirs(sides: TwoSides) -> None:
    matrix = np.array([[1, 2], [3, 4]]).view(np.matrix)
    got = arrived(sides, matrix)
    assert np.array_equal(got * got, matrix * matrix)
    assert np.array_equal(sides["same"](got * got), matrix * matrix)
    masked = np.ma.masked_array([1.0, 2.0], [True, False], fill_value=7)
    assert arrived(sides, masked).sum() == 2.0
    assert arrived(sides, masked).filled().tolist() == [7.0, 2.0]
    assert type(arrived(sides, np.array([[1, 2]])[:, ::-1])) is np.ndarray


def test_a_view_of_an_argument_arrives_as_a_copy(sides: TwoSides) -> None:
    x = np.zeros((2, 3))
    with TwoSides(view=lambda x: (x, x.T, x[0])) as both:
        same, turned, row = both["view"](x)
    assert same is x
    assert not np.shares_memory(turned, x)
    assert not np.shares_memory(row, x)
    assert turned.flags.f_contiguous


def test_iterators_arrive_read(sides: TwoSides) -> None:
    for value in (iter([1, 2]), (n for n in (1, 2)), zip((1, 2), strict=True), map(int, "12")):
        got = arrived(sides, (value,))[0]
        assert next(got) in (1, (1,))
        assert len(list(got)) == 1


def test_an_endless_iterator_is_an_error(sides: TwoSides) -> None:
    with pytest.raises(Exception, match=f"an iterator of more than {MAX_ITEMS} items"):
        arrived(sides, itertools.count())


def test_arrays_of_other_libraries_can_be_made_arrays(sides: TwoSides) -> None:
    class Tensor:
        def __init__(self, values: Any) -> None:
            self.values = np.array(values)

        def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
            return self.values

    tensor = Tensor([[1.0, 3.0], [2.0, 4.0]])
    got = arrived(sides, tensor)
    assert isinstance(got, RemoteArrayLike)
    assert np.asarray(got).tolist() == [[1.0, 3.0], [2.0, 4.0]]
    assert np.allclose(got, tensor)
    assert sides["take"](got)
    assert float(arrived(sides, Tensor(2.5))) == 2.5


def test_other_mappings_arrive_with_their_entries(sides: TwoSides) -> None:
    for value in (collections.ChainMap({"a": 1}), collections.UserDict(a=1),
                  types.MappingProxyType({"a": 1})):
        got = arrived(sides, value)
        assert isinstance(got, RemoteMapping)
        assert got == {"a": 1}
        assert sides["take"](got)


def test_other_iterables_arrive_with_their_items(sides: TwoSides) -> None:
    for value in (collections.deque([1, 2]), {1: 0, 2: 0}.keys(), memoryview(b"\1\2")):
        got = arrived(sides, value)
        assert list(got) == [1, 2]
        assert sides["take"](got)


@pytest.mark.parametrize("value", [
    Colour.RED, Layer(3), datetime.date(2024, 1, 1), object(), np.zeros(2, "i4,f8"),
    np.zeros(2, "i4,f8")[0], np, Endless(), Angry(), Fraction(10**700), Decimal("sNaN"),
    Decimal("1e999999"), np.rec.array([(1, 2.0)]), np.dtype("f4"), ValueError("x"),
], ids=lambda value: type(value).__name__)
def test_other_objects_can_be_passed_back(sides: TwoSides, value: Any) -> None:
    got = arrived(sides, value)
    assert type(got) is RemoteObject
    assert sides["take"](got)
    assert sides["give"]() is got


def test_an_object_within_itself_arrives_once(sides: TwoSides) -> None:
    got = arrived(sides, Node())
    assert got.held == (got, 1)


@pytest.mark.parametrize("value", [Model(), Model, len, np.tanh, float, np.float32, Colour])
def test_what_can_be_called_arrives_as_a_function(sides: TwoSides, value: Any) -> None:
    got = arrived(sides, value)
    assert type(got) is RemoteFunction
    assert sides["take"](got)


def test_functions_return_functions(sides: TwoSides) -> None:
    add = arrived(sides, lambda a: lambda b: a + b)
    assert add(1)(2) == 3
    assert arrived(sides, Model())(2.0) == 3.0
    assert arrived(sides, np.tanh)(np.zeros(2)).tolist() == [0, 0]


def test_a_function_knows_its_name(sides: TwoSides) -> None:
    def sigmoid() -> None:
        """Only a name."""

    assert arrived(sides, sigmoid).__name__ == "sigmoid"
    assert arrived(sides, lambda: 0).__name__ == "function"


@pytest.mark.parametrize("text", ["é漢\0", "\ud83d\ude00", "\U0001f600", "\ud800", "a\udfffb"])
def test_every_text_arrives(sides: TwoSides, text: str) -> None:
    assert arrived(sides, text) == text
    assert arrived(sides, {text: np.array([text])}) == {text: np.array([text])}


def test_aliases_stay_aliases_and_circles_circles(sides: TwoSides) -> None:
    row = [1]
    circle: list[Any] = [row, row]
    circle.append(circle)
    got = arrived(sides, (circle, row))
    assert got[0][0] is got[0][1] is got[1]
    assert got[0][2] is got[0]


def test_an_array_owns_its_memory(sides: TwoSides) -> None:
    assert arrived(sides, np.zeros((2, 2))).flags.owndata


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_nesting_is_bounded(sides: TwoSides) -> None:
    assert arrived(sides, nested(MAX_DEPTH)) == nested(MAX_DEPTH)
    with pytest.raises(Exception, match=f"a value nested more than {MAX_DEPTH} deep"):
        arrived(sides, nested(MAX_DEPTH + 1))


def test_objects_are_read_once_even_if_encoded_twice() -> None:
    class Table:
        def number_of(self, _thing: object) -> int:
            return 1

        def owned(self, _thing: object) -> int | None:
            return None

        def borrow(self, *_parts: Any) -> Any:
            raise WireError

        own = adopt = numpy_name = numpy_function = borrow

    held: dict[int, Any] = {}
    iterator = iter([1, 2])
    for _ in range(2):
        assert Encoder(Table(), Shared(), held).encode([iterator]) == ["l", ["it", 1, 2]]
