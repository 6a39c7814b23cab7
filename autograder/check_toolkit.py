"""Helpers for hidden checks: real numbers, comparisons, arguments that must not change.

A secret page imports what it uses, `from autograder.check_toolkit import close, number`. The build
copies those functions into the question's test file, so that it runs under Otter without this
package. Only bool, integer and floating-point arrays count as numbers: complex numbers, strings,
None, objects and empty arrays pass no comparison. Shapes must be equal, without broadcasting; only
`fitted` and `alike` forgive axes of length 1.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import numpy as np


def floats(x: Any, shape: tuple[int, ...] | None = None) -> Any:
    """Return x as a float64 array; fail unless it holds real numbers and has this shape."""
    array = np.asarray(x)
    assert array.dtype.kind in "biuf"
    assert array.size > 0
    assert shape is None or array.shape == shape
    return array.astype(float)


def number(x: Any) -> float:
    """Return x as a float; fail unless it is a single real number."""
    return float(floats(x, ()))


def close(a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-7) -> bool:
    """Whether the answer a has the shape of b and its values, to the published accuracy.

    The verdict is that of np.allclose (nan equals nothing, inf an inf of its sign). Plain floats
    are several times faster for the small arrays of checks.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return False
    pairs = zip(floats(a).ravel().tolist(), floats(b).ravel().tolist(), strict=True)
    return all(x == y or abs(x - y) <= atol + rtol * abs(y) < np.inf for x, y in pairs)


def fitted(x: Any, shape: tuple[int, ...]) -> Any:
    """Return x as a float64 array of this shape; fail if more than axes of length 1 is different.

    For the checks of a concept: (n,), (n, 1) and (1, n) read alike, and so do (1, 1) and a number.
    """
    array = floats(x)
    assert [n for n in array.shape if n != 1] == [n for n in shape if n != 1]
    return array.reshape(shape)


def alike(a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-7) -> bool:
    """Whether a has the values of b; axes of length 1 make no difference, other shapes fail."""
    return close(fitted(a, np.shape(b)), b, rtol, atol)


def relative_distance(a: Any, b: Any) -> float:
    """Return the norm of a - b relative to the norms of a and b, which must have one shape."""
    a, b = floats(a, np.shape(b)), floats(b)
    size = np.linalg.norm(a) + np.linalg.norm(b) + 1e-300
    return float(np.linalg.norm(a - b) / size)


def each(function: Any, cases: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
    """Yield what a student's function answers to each case, a tuple of arguments; or raise there.

    In place of a loop over `function(*case)`; for what a case may be, see `each_call`.
    """
    return each_call((function, *case) for case in cases)


def each_call(calls: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
    """Yield what students' functions answer to each call, a function and its arguments; or raise.

    Where the functions are in a process of their own, the calls travel together. They may be made
    before the first answer is judged. So no call may depend on an answer, each has arrays of its
    own, and what a check expects is computed from other arrays or beforehand.
    """
    calls = list(calls)
    kinds = {type(function) for function, *_ in calls}
    ask = getattr(kinds.pop(), "answer_calls", None) if len(kinds) == 1 else None
    return ask(calls) if ask else (function(*arguments) for function, *arguments in calls)


def numbers_in(answer: Any) -> Any:
    """Return all numbers of an answer, however nested, in one row; fail if there is none."""
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, list | tuple):
        return np.concatenate([numbers_in(part) for part in answer])
    return floats(answer).ravel()


def same_numbers(answers: Iterable[Any]) -> bool:
    """Whether all answers hold the same numbers, as exactly as float32 can tell."""
    wanted, *others = map(numbers_in, answers)
    return all(close(other, wanted, rtol=1e-4, atol=1e-4) for other in others)


def retyped(argument: Any, kind: type) -> Any:
    """Return an argument anew, with arrays of this dtype or, for `list`, with nested lists.

    An array or a list counts as an array, a tuple as a list of such arrays and a dict as a dict of
    them. An array that holds no numbers, a mask say, keeps its dtype. A random generator is copied,
    so that each call draws the same. Anything else (a name, a number, a function) stays as it is.
    """
    if isinstance(argument, tuple):
        return [retyped(part, kind) for part in argument]
    if isinstance(argument, dict):
        return {key: retyped(part, kind) for key, part in argument.items()}
    if isinstance(argument, np.random.Generator):
        return deepcopy(argument)
    if not isinstance(argument, list | np.ndarray):
        return argument
    array = np.array(argument)
    if array.dtype.kind in "iuf":
        array = array.astype(float if kind is list else kind)
    return array.tolist() if kind is list else array


def same_for_any_type(
    call: Callable[..., Any], *arguments: Any, lists: bool = False,
    read: Callable[[Any], Any] | None = None,
) -> bool:
    """Whether call answers the same for float32 and for integer arrays as for float64 ones.

    With `lists`, for nested lists of the numbers too. It is held against its own answer for
    float64, not against the right one. The arrays have whole numbers as entries; which arguments
    are arrays is told by `retyped`. `read` picks the part of an answer that is compared.
    """
    return all_same_for_any_type([(call, *arguments)], lists, read)


def each_same_for_any_type(
    function: Any, cases: Iterable[tuple[Any, ...]], lists: bool = False,
    read: Callable[[Any], Any] | None = None,
) -> bool:
    """Whether each case of a student's function passes `same_for_any_type`."""
    return all_same_for_any_type([(function, *case) for case in cases], lists, read)


def all_same_for_any_type(
    calls: Iterable[tuple[Any, ...]], lists: bool = False,
    read: Callable[[Any], Any] | None = None,
) -> bool:
    """Whether each call, a function and its arguments, passes `same_for_any_type`.

    The calls can travel together.
    """
    kinds = [np.float64, *([list] if lists else []), np.float32, np.int64]
    retyped_calls = [(kind, (function, *(retyped(argument, kind) for argument in arguments)))
                     for function, *arguments in calls for kind in kinds]
    answers = each_call(call for _kind, call in retyped_calls)
    wanted = None
    for (kind, _call), answer in zip(retyped_calls, answers, strict=True):
        got = numbers_in(read(answer) if read else answer)
        tolerance = {} if kind is list else {"rtol": 1e-4, "atol": 1e-4}
        if kind is np.float64:
            wanted = got
        elif not close(got, wanted, **tolerance):
            return False
    return True


def leaves_alone(call: Callable[..., Any], *arguments: Any) -> bool:
    """Whether call(*arguments) returns something and its arguments are what they were before.

    Nothing else is asked of the answer. Arguments are as for `unchanged`.
    """
    return all_left_alone([(call, *arguments)])


def leaves_each_alone(function: Any, cases: Iterable[tuple[Any, ...]]) -> bool:
    """Whether a student's function leaves the arguments of each case alone, as `leaves_alone` asks.
    """
    return all_left_alone((function, *case) for case in cases)


def all_left_alone(calls: Iterable[tuple[Any, ...]]) -> bool:
    """Whether each call, a function and its arguments, passes `leaves_alone`.

    Each call gets copies, so that calls with the same arguments can travel together.
    """
    calls = [tuple(call) for call in calls]
    given = [(function, *deepcopy(arguments)) for function, *arguments in calls]
    return all(
        answer is not None and same(call[1:], before[1:])
        for call, before, answer in zip(given, calls, each_call(given), strict=True)
    )


@contextmanager
def unchanged(*arguments: Any) -> Iterator[None]:
    """Fail at the end of the `with` block if an argument is no longer what it was before.

    Arguments are arrays and numbers, and lists, tuples and dicts of them. Nothing else of a
    student's may be among them: a cache that a function returned is the student's own.
    """
    kept = deepcopy(arguments)
    yield
    assert same(arguments, kept)


def same(a: Any, b: Any) -> bool:
    """Whether a and b are equal all through: lengths, shapes, dtypes, values; nan equals nan.

    The state of a random generator does not count.
    """
    if isinstance(a, np.ndarray):
        equal_nan = a.dtype.kind in "fc"
        return getattr(b, "dtype", None) == a.dtype and np.array_equal(a, b, equal_nan)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return type(a) is type(b) and same([*a.items()], [*b.items()])
    if isinstance(a, np.random.Generator):  # a call may draw from it
        return True
    return bool(a == b or (a != a and b != b))


def read_only(value: Any) -> Any:
    """Return a copy of a value in which no array can be written to; nor can a view of it."""
    if isinstance(value, list | tuple):
        return type(value)(read_only(part) for part in value)
    if isinstance(value, dict):
        return {key: read_only(part) for key, part in value.items()}
    value = deepcopy(value)
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    return value


def arrays_in(value: Any) -> list[Any]:
    """Return all arrays in a value, however nested in lists, tuples and dicts."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [array for part in value for array in arrays_in(part)]
    return [value] if isinstance(value, np.ndarray) else []


def returns_new(
    function: Any, cases: Iterable[tuple[Any, ...]], read: Callable[[Any], Any] | None = None,
) -> bool:
    """Whether no array in a student's answers is an argument or a view of one.

    Fails also if an answer holds no numbers. The arguments are `read_only`: an array that can be
    written to is new. One that cannot may be new, too, like those of `np.broadcast_to`. It is then
    asked for again, with arguments that can be written to, as views of them can. Nobody can change
    an argument through a view that cannot be written to even then, so such a view passes; from
    another process it looks like a new array. `read` picks the part of an answer that counts.
    """
    cases = list(cases)
    given = [read_only(case) for case in cases]
    for case, answer in zip(cases, each(function, given), strict=True):
        part = read(answer) if read else answer
        assert numbers_in(part).size
        locked = [array for array in arrays_in(part) if not array.flags.writeable]
        if locked:
            again = function(*case)
            still = [array for array in arrays_in(read(again) if read else again)
                     if not array.flags.writeable]
            if len(still) < len(locked):
                return False
    return True
