"""Proxies and errors of the other side."""

from __future__ import annotations

import builtins
import copy
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autograder.rpc.proxies import (
    MAX_ERROR_TEXT,
    MAX_LINE,
    REMOTE_DATA,
    Expired,
    RemoteArrayLike,
    RemoteError,
    RemoteFunction,
    RemoteObject,
    RemoteSequence,
    error_parts,
    remote_error,
)


class Echo:
    """A conversation that answers every question with the question."""

    def request(self, verb: str, *values: Any) -> Any:
        return verb, *values


def crossed(error: BaseException) -> Exception:
    return remote_error(error_parts(error, None))


def line_of(error: Exception) -> str:
    assert isinstance(error, RemoteError)
    return error.line


def test_a_remote_function_asks() -> None:
    function = RemoteFunction(Echo(), 1, "loss")
    assert function(1, x=2) == ("call", function, (1,), {"x": 2})
    assert function.__name__ == "loss"
    assert repr(function) == "<loss of the other process>"


def test_what_stays_there_says_so() -> None:
    cache = RemoteObject(Echo(), 1, "Cache")
    with pytest.raises(TypeError, match="expected an array, found an object of the class 'Cache'"):
        np.asarray(cache)
    with pytest.raises(AttributeError, match="'weights' of 'Cache' stays in the other process"):
        _ = cache.weights
    assert bool(cache)
    assert not hasattr(cache, "__len__")


def test_the_owner_makes_a_copy() -> None:
    cache, function = RemoteObject(Echo(), 1, "Cache"), RemoteFunction(Echo(), 2, "f")
    assert copy.copy(cache) == ("copy", cache, False)
    assert copy.deepcopy([cache])[0] == ("copy", cache, True)
    assert copy.deepcopy(function) is function


@pytest.mark.parametrize("value", [Fraction(1, 3), Decimal("0.5"), [1], {1: 2}])
def test_a_value_of_a_subclass_looks_like_the_plain_value(value: Any) -> None:
    assert repr(REMOTE_DATA[type(value)](value)) == repr(value)


def test_items_are_a_sequence_and_an_array() -> None:
    proxy = RemoteSequence(Echo(), 1, "deque")
    assert list(proxy) == []
    proxy.held = (1, 2, 3)
    assert (list(proxy), len(proxy), proxy[1], 3 in proxy) == ([1, 2, 3], 3, 2, True)
    assert np.asarray(proxy, float).tolist() == [1.0, 2.0, 3.0]


def test_what_numpy_can_read_is_an_array_and_a_number() -> None:
    proxy = RemoteArrayLike(Echo(), 1, "Tensor")
    proxy.held = np.asarray(2.5)
    assert float(proxy) == 2.5
    assert int(proxy) == 2
    assert (np.ones(2) * proxy).tolist() == [2.5, 2.5]


def test_what_is_forgotten_refuses_to_be_called() -> None:
    with pytest.raises(ReferenceError, match="can be used only until the call returns"):
        Expired()(1, x=2)


BUILTIN = [value for value in vars(builtins).values()
           if isinstance(value, type) and issubclass(value, Exception)
           and not issubclass(value, BaseExceptionGroup)]


@pytest.mark.parametrize("kind", BUILTIN)
def test_every_builtin_error_arrives_as_one(kind: type[Exception]) -> None:
    error = crossed(kind.__new__(kind, "why"))
    assert isinstance(error, kind)
    assert isinstance(error, RemoteError)
    assert (error.kind, error.builtin) == (kind.__name__, kind.__name__)
    assert repr(error)


def test_an_error_keeps_its_text_and_the_builtin_class_it_derives_from() -> None:
    class Mine(KeyError):
        def __str__(self) -> str:
            return "no such weight"

    error = crossed(Mine())
    assert isinstance(error, KeyError)
    assert str(error) == "no such weight"
    assert error.args == ("no such weight",)
    assert isinstance(error, RemoteError)
    assert (error.kind, error.text, error.builtin) == ("Mine", "no such weight", "KeyError")


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), GeneratorExit(),
                                   BaseExceptionGroup("a", [SystemExit()])])
def test_what_would_end_the_grader_arrives_as_an_exception(error: BaseException) -> None:
    arrived = crossed(error)
    assert type(arrived) is RemoteError
    assert arrived.kind == type(error).__name__


def test_an_error_whose_text_fails_has_none() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert str(crossed(Mute())) == ""
    assert len(str(crossed(ValueError("x" * 10_000)))) == MAX_ERROR_TEXT


def test_an_error_of_this_side_comes_back_as_itself() -> None:
    error = KeyError("mine")
    assert remote_error((["KeyError"], "", error, "")) is error


def test_the_line_of_a_cell_crosses() -> None:
    names: dict[str, Any] = {"__name__": "__main__", "np": np}
    exec("def inner(x):\n    return np.zeros(3)[x]\ndef outer(x):\n    return inner(x)", names)
    with pytest.raises(IndexError) as caught:
        names["outer"](7)
    assert line_of(crossed(caught.value)).startswith("line 2")
    assert error_parts(caught.value, caught.value)[3] == ""  # a check's own lines do not cross
    assert len(line_of(remote_error(([], "", None, "x" * 10_000)))) == MAX_LINE


def test_an_error_that_goes_on_keeps_its_class() -> None:
    error = crossed(crossed(ZeroDivisionError("division by zero")))
    assert isinstance(error, ZeroDivisionError)
    assert isinstance(error, RemoteError)
    assert (error.kind, str(error)) == ("ZeroDivisionError", "division by zero")


DEEP: list[Any] = []
for _ in range(60):  # writing this out would take 2 ** 60 steps
    DEEP = [DEEP, DEEP]


@pytest.mark.parametrize("parts", [
    None, 3, (), ([], "", None), (DEEP, DEEP, DEEP, DEEP), ([DEEP], DEEP, None, ""),
    ("abc", 1, 2, 3),
    (["no name", 1, None, "SystemExit"], b"", SystemExit(), 0), ({"ValueError": 1}, [], [], []),
])
def test_forged_parts_make_a_plain_error(parts: Any) -> None:
    error = remote_error(parts)
    assert type(error) is RemoteError
    assert error.kind in ("Exception", "SystemExit")
    assert (str(error), line_of(error)) == ("", "")
