"""What a check sees of a value that crossed: the table in `encoder`, row by row."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import enum
import itertools
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from autograder.rpc.codec import MAX_DEPTH, Encoder
from autograder.rpc.proxies import Opaque, OpaqueItems, RemoteFunction
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


@pytest.mark.parametrize(("value", "plain"), [
    (Name("ab"), "ab"), (np.str_("a\0"), "a\0"), (np.bytes_(b"a\0"), b"a\0"), (Level.LOW, 2),
    (Point(1, [2]), (1, [2])), (collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
    (collections.defaultdict(list, a=[1]), {"a": [1]}),
    (collections.Counter("aab"), {"a": 2, "b": 1}),
    (Decimal("0.5"), 0.5), (Fraction(1, 4), 0.25), (Decimal("Infinity"), float("inf")),
    (np.float64(0.1), np.float64(0.1)), (np.longdouble(2), np.longdouble(2)), (True, True),
], ids=lambda value: type(value).__name__)
def test_subclasses_arrive_as_the_plain_value(sides: TwoSides, value: Any, plain: Any) -> None:
    got = arrived(sides, value)
    assert got == plain
    assert type(got) is type(plain)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_subclasses_of_arrays_arrive_as_their_array(sides: TwoSides) -> None:
    masked = np.ma.masked_array([1.0, 2.0], [True, False])
    for value in (np.matrix([[1, 2]]), masked, np.array([[1, 2]])[:, ::-1]):
        got = arrived(sides, value)
        assert type(got) is np.ndarray
        assert np.array_equal(got, np.asarray(value))


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
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    got = arrived(sides, frame)
    assert isinstance(got, OpaqueItems)
    assert np.asarray(got).tolist() == [[1.0, 3.0], [2.0, 4.0]]
    assert np.allclose(got, frame)
    assert sides["take"](got)
    assert list(arrived(sides, pd.Series(["x", "y"]))) == ["x", "y"]


def test_other_iterables_arrive_with_their_items(sides: TwoSides) -> None:
    for value in (collections.deque([1, 2]), {1: 0, 2: 0}.keys(), memoryview(b"\1\2")):
        got = arrived(sides, value)
        assert list(got) == [1, 2]
        assert sides["take"](got)


@pytest.mark.parametrize("value", [
    Colour.RED, Layer(3), datetime.date(2024, 1, 1), np.datetime64("2024-01-01"), object(),
    np.zeros(2, "i4,f8"), np.zeros(2, "M8[D]"), np, Endless(), Angry(), Fraction(10**400),
    Decimal("sNaN"), ..., np.dtype("f4"), ValueError("x"),
], ids=lambda value: type(value).__name__)
def test_other_objects_can_be_passed_back(sides: TwoSides, value: Any) -> None:
    got = arrived(sides, value)
    assert type(got) is Opaque
    assert sides["take"](got)
    assert sides["give"]() is got


def test_an_object_within_itself_arrives_once(sides: TwoSides) -> None:
    got = arrived(sides, Node())
    assert got.items == (got, 1)


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
        def lend(self, _thing: object) -> list[Any]:
            return ["h", 1, "x"]

        def borrow(self, _tag: str, _number: Any, _kind: Any = "") -> Any:
            raise WireError

    held: dict[int, Any] = {}
    iterator = iter([1, 2])
    for _ in range(2):
        assert Encoder(Table(), Shared(), held).encode([iterator]) == ["l", ["it", 1, 2]]
