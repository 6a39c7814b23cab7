"""Helpers of hidden checks: only real numbers of the right shape pass a comparison."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.check_toolkit import (
    alike,
    all_left_alone,
    all_same_for_any_type,
    close,
    each,
    each_call,
    each_same_for_any_type,
    fitted,
    floats,
    leaves_alone,
    leaves_each_alone,
    number,
    relative_distance,
    returns_new,
    retyped,
    same,
    same_for_any_type,
    same_numbers,
    unchanged,
)
from tests.two_sides import TwoSides

NO_NUMBERS = {
    "complex": np.array([1 + 0j, 2]), "strings": ["1", "2"], "bytes": [b"1", b"2"], "none": None,
    "nones": [None, None], "objects": np.array([1.0, 2.0], dtype=object), "empty": [],
    "no rows": np.empty((0, 2)), "no columns": np.empty((2, 0)),
    "dates": np.array(["2020", "2021"], "M8[Y]"),
}


@pytest.mark.parametrize("answer", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_what_is_not_real_numbers_passes_no_comparison(answer: Any) -> None:
    with pytest.raises(AssertionError):
        floats(answer)
    with pytest.raises(AssertionError):
        number(answer)
    for wanted in (np.array([1.0, 2.0]), answer):
        with pytest.raises(AssertionError):
            relative_distance(answer, wanted)
        with pytest.raises(AssertionError):
            assert close(answer, wanted)


@pytest.mark.parametrize("answer", [
    [1, 2], (1.0, 2.0), np.array([1, 2], np.uint8), np.array([1, 2], np.float32),
    [np.array(1.0), np.float64(2)],
], ids=["list", "tuple", "uint8", "float32", "0-d arrays"])
def test_numbers_count_however_they_are_kept(answer: Any) -> None:
    assert close(answer, np.array([1.0, 2.0]))
    assert relative_distance(answer, [1.0, 2.0]) == 0
    assert floats(answer, (2,)).dtype == float


@pytest.mark.parametrize("shape", [(1, 4), (4, 1), (2, 2), (3,), ()])
def test_another_shape_is_never_close(shape: tuple[int, ...]) -> None:
    answer, wanted = np.ones(shape), np.ones(4)
    assert not close(answer, wanted)
    with pytest.raises(AssertionError):
        relative_distance(answer, wanted)
    with pytest.raises(AssertionError):
        floats(answer, (4,))


def test_close_is_a_matter_of_both_tolerances() -> None:
    assert close([100.0, 0.0], [100 + 9e-5, 9e-8])
    assert not close([100.0], [100 + 2e-4])
    assert not close([0.0], [2e-7])
    assert close([0.0], [2e-5], atol=1e-4)
    assert close([1.0], [1.01], rtol=0.1)
    assert not close([np.nan], [np.nan])


def test_distance_is_relative_to_both_norms() -> None:
    assert relative_distance([3.0], [1.0]) == pytest.approx(0.5)
    assert relative_distance([0.0], [0.0]) == 0
    assert not relative_distance([np.nan], [1.0]) < 1


def test_a_number_is_one_number() -> None:
    assert number(np.float32(0.5)) == number(np.array(0.5)) == 0.5
    for several in ([1.0], np.ones((1, 1)), np.ones(2)):
        with pytest.raises(AssertionError):
            number(several)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_close_judges_as_numpy_does() -> None:
    rng = np.random.default_rng(0)
    odd = [0, -0.0, np.inf, -np.inf, np.nan, 1e308, -1e308, 5e-324, 1e-7, 1, 1 + 1e-6, -1, 3]
    dtypes = [float, float, np.float32, np.int64, np.uint8, bool]
    verdicts = []
    for _ in range(5000):
        shape = tuple(rng.integers(1, 4, size=rng.integers(0, 3)))
        b = rng.choice(odd, size=shape) * rng.choice([1, 1, 1e3])
        a = b if rng.random() < 0.5 else rng.choice(odd, size=shape)
        a = a * (1 + rng.choice([0, 1e-9, 1e-6, -1e-6, 2e-6])) + rng.choice([0, 1e-7, -1e-7, 3e-7])
        a, b = a.astype(rng.choice(dtypes)), b.astype(rng.choice(dtypes))
        tolerances = rng.choice([0, 1e-6, 0.1]), rng.choice([0, 1e-7, 1e-4])
        verdicts.append(close(a.tolist() if rng.random() < 0.3 else a, b, *tolerances))
        wanted = np.allclose(a.astype(float), b.astype(float), *tolerances)
        assert verdicts[-1] == wanted, (a, b, tolerances)
    assert min(verdicts.count(True), verdicts.count(False)) > 1000


def test_calls_of_each_are_made_one_by_one() -> None:
    made = []

    def function(x: float, y: float) -> float:
        made.append((x, y))
        return x / y

    answers = each(function, ((x, y) for x, y in [(1.0, 2.0), (3.0, 0.0), (4.0, 2.0)]))
    assert made == []
    assert next(answers) == 0.5
    assert made == [(1.0, 2.0)]
    with pytest.raises(ZeroDivisionError):
        next(answers)
    assert len(made) == 2
    assert list(each(function, [])) == []


def test_each_leaves_the_calls_to_the_class_of_the_function() -> None:
    class Remote:
        @staticmethod
        def answer_calls(calls: Any) -> Any:
            return ("together", *[arguments for _, *arguments in calls])

    one, other = Remote(), Remote()
    assert list(each(one, [(1,), (2, 3)])) == ["together", [1], [2, 3]]
    assert list(each_call([(one, 1), (other, 2)])) == ["together", [1], [2]]
    with pytest.raises(TypeError):
        list(each_call([(one, 1), (abs, 2)]))
    assert list(each_call([])) == []


def test_same_numbers_compares_all_answers_with_the_first() -> None:
    assert same_numbers([[1.0, 2.0], (np.float32(1), np.array([2.00001]))])
    assert not same_numbers([[1.0], [1.0], [1.001]])
    assert not same_numbers([[1.0, 2.0], [1.0]])
    assert not same_numbers([[np.nan], [np.nan]])


def test_retyped_arguments_are_new() -> None:
    x = np.array([1.5, -2.0])
    single = retyped(x, np.float32)
    single += 1
    assert (single.dtype, x.tolist()) == (np.float32, [1.5, -2.0])
    assert retyped(x, np.int64).tolist() == [1, -2]
    row, column = retyped(([[3, 4]], [[1], [2]]), np.int64)
    assert (row.shape, column.shape, row.dtype) == ((1, 2), (2, 1), np.int64)
    assert retyped({"W": [3, 4]}, list) == {"W": [3.0, 4.0]}
    mask = np.eye(2, dtype=bool)
    assert retyped(mask, np.float32).dtype == bool and retyped(mask, np.float32) is not mask
    assert retyped(mask, list) == [[True, False], [False, True]]
    rng = np.random.default_rng(3)
    copy = retyped(rng, np.float32)
    assert copy is not rng and copy.random() == rng.random()
    assert [retyped(other, float) for other in ("relu", 0.5, None, len)] == ["relu", 0.5, None, len]


CHANGES: dict[str, Callable[[Any], object]] = {
    "array": lambda a: a["array"].sort(),
    "list": lambda a: a["list"].append(4),
    "array in a list": lambda a: a["list"][1].fill(0),
    "dict": lambda a: a.pop("list"),
    "key": lambda a: a.update(more=1),
    "number": lambda a: a["list"].__setitem__(0, 2),
    "shape": lambda a: a["array"].resize((1, 3), refcheck=False),
    "dtype": lambda a: a.update(array=a["array"].astype(np.float32)),
    "type": lambda a: a.update(list=tuple(a["list"])),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_of_an_argument_is_seen(change: Callable[[Any], object]) -> None:
    argument = {"array": np.array([3.0, 1.0, np.nan]), "list": [1, np.array([1, 2]), float("nan")]}
    with unchanged(argument):
        pass
    with pytest.raises(AssertionError), unchanged(np.ones(2), argument):
        change(argument)


def test_the_error_of_a_call_comes_before_the_change() -> None:
    x = np.ones(2)
    with pytest.raises(ZeroDivisionError), unchanged(x):
        x[0] = 1 / 0


def test_same_of_text() -> None:
    assert same(["relu", None], ["relu", None])
    assert not same(np.array(["a", "b"]), np.array(["a", "c"]))


@pytest.mark.parametrize("answer", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_a_lenient_comparison_needs_real_numbers_too(answer: Any) -> None:
    with pytest.raises(AssertionError):
        alike(answer, np.ones(2))
    with pytest.raises((AssertionError, ValueError)):
        same_for_any_type(lambda x: answer, np.ones(2))
    with pytest.raises((AssertionError, ValueError)):
        same_for_any_type(lambda x: (1.0, answer), np.ones(2))


def test_axes_of_length_one_can_be_forgiven() -> None:
    column = np.array([[1.0], [2.0]])
    for answer in (column, [1, 2], [[1, 2]], [[[1], [2]]]):
        assert alike(answer, column)
        assert fitted(answer, (2, 1)).shape == (2, 1)
    assert alike([[3.0]], 3.0)
    assert alike(3.0, [[3.0]])
    assert not alike([1.0, 2.1], column)
    for another in (1.0, [1.0], [1.0, 2.0, 3.0], [[1.0, 2.0], [1.0, 2.0]]):
        with pytest.raises(AssertionError):
            alike(another, column)


def test_types_are_held_against_the_own_answer() -> None:
    x = np.array([3.0, -4.0])
    assert same_for_any_type(lambda a: np.asarray(a) * 7, x)  # whether 7 is right is not asked
    assert same_for_any_type(lambda a: {"sum": sum(a), "parts": [list(a), 1]}, x)
    assert not same_for_any_type(lambda a: np.full_like(a, 0.5), x)
    assert not same_for_any_type(lambda a: np.full(len(a), np.nan), x)
    with pytest.raises(ZeroDivisionError):
        same_for_any_type(lambda a: 1 // int(a.dtype == float), x)
    assert same_for_any_type(lambda name, a, b, lr: lr * a @ b[1], "gd", x, (x, x), 0.5)
    assert same_for_any_type(lambda a: ("no number", a), x, read=lambda answer: answer[1])
    with pytest.raises(AssertionError):
        same_for_any_type(lambda a: ("no number", a), x)
    half = {"all": lambda a: 0 * a + 0.5, "like": lambda a: np.full_like(a, 0.5)}
    assert each_same_for_any_type(lambda name, a: half[name](a), [("all", x), ("all", [7])])
    assert not each_same_for_any_type(lambda name, a: half[name](a), [("all", x), ("like", x)])
    assert all_same_for_any_type([(half["all"], x), (np.sum, x)])
    assert not all_same_for_any_type([(np.sum, x), (half["like"], x), (np.sum, x)])


def test_arguments_are_held_against_what_they_were() -> None:
    x = np.array([3.0, 1.0])
    assert leaves_alone(lambda a, b: "whatever", x, [x])
    assert not leaves_alone(lambda a: None, x)
    assert not leaves_alone(lambda a: a.sort() or 1, x)
    assert leaves_each_alone(lambda a, n: n, [(np.ones(2), 1), (np.ones(2), 2)])
    assert not leaves_each_alone(lambda a, n: n or a.fill(0), [(np.ones(2), 1), (np.ones(2), 0)])
    assert not leaves_each_alone(lambda a, n: a.fill(n) or n, [(np.ones(2), 1), (np.ones(2), 2)])
    assert all_left_alone([(np.sum, x), (max, x), (sorted, [3, 1])])
    assert not all_left_alone([(np.sum, x), (lambda a: a.sort() or 1, x), (np.sum, x)])
    assert x.tolist() == [3, 1]
    rng = np.random.default_rng(0)
    assert all_left_alone([(lambda a, rng: rng.random(), x, rng), (np.sum, x)])
    assert rng.random() == np.random.default_rng(0).random()


def test_nested_lists_are_held_against_the_own_answer() -> None:
    x = np.array([[3.0, -4.0]])
    assert same_for_any_type(lambda a: np.asarray(a) * 7, x, lists=True)
    assert not same_for_any_type(lambda a: 2 * a, x, lists=True)  # a list twice as long
    assert same_for_any_type(lambda a: 2 * a, x)
    with pytest.raises(AttributeError):
        same_for_any_type(lambda a: a.sum(), x, lists=True)


def test_an_argument_that_comes_back_is_not_new() -> None:
    x = np.array([[3.0, 1.0]])
    for back in (lambda a: a, lambda a: a[:, ::2], lambda a: [1, a.T], lambda a: {"x": (a,)}):
        assert not returns_new(back, [(x,)])
        assert returns_new(lambda a, back=back: back(a.copy()), [(x,)])
    assert not returns_new(lambda a: a[0], [([x, 2 * x],)])
    assert not returns_new(lambda a, b: b, [(2 * x, x)])
    assert returns_new(lambda a, b: a + b, [(2 * x, x)])
    assert returns_new(lambda a: [1.0, 2 * a, a.tolist()], [(x,)])
    assert returns_new(lambda a: (a, a + 1), [(x,)], read=lambda pair: pair[1])
    for hollow in (None, "text", np.array([])):
        with pytest.raises(AssertionError):
            returns_new(lambda a, hollow=hollow: hollow, [(x,)])
    with pytest.raises(ValueError, match="read-only"):
        returns_new(lambda a: a.sort() or a + 1, [(x,)])
    assert x.flags.writeable


def locked(a: Any) -> Any:
    """The array `a`, which from now on cannot be written to."""
    a.flags.writeable = False
    return a


def test_arrays_are_new_for_otter_and_for_homework_grade_alike() -> None:
    """In another process an answer has memory of its own, and the flags of the student's array."""
    x = np.array([[3.0, 1.0]])
    news = (lambda a: 2 * a, lambda a: locked(2 * a), lambda a: np.broadcast_to(a.sum(), a.shape),
            lambda a: np.broadcast_to(a, (3, 2)))  # nobody can write to that view
    olds = (lambda a: a, lambda a: a[:, ::2], lambda a: a.T, lambda a: [locked(2 * a), a[0]])
    for function in (*news, *olds):
        assert returns_new(function, [(x,), (x,)]) == (function in news)
        with TwoSides(f=function) as sides:
            assert returns_new(sides["f"], [(x,), (x,)]) == (function in news)


def test_both_calls_of_returns_new_draw_the_same() -> None:
    rng = np.random.default_rng(1)
    draws: list[float] = []

    def draw(a: Any, rng: Any) -> Any:
        draws.append(rng.random())
        return locked(a + draws[-1])

    assert returns_new(draw, [(np.ones(2), rng)])
    assert draws[0] == draws[1]
