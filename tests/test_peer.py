"""Conversations: what both sides share while a call is open, and no longer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autograder.check_toolkit import each
from autograder.rpc import proxies
from autograder.rpc.frames import FrameConnection, PeerGone
from autograder.rpc.peer import MAX_AHEAD
from autograder.rpc.proxies import Expired, RemoteError
from autograder.rpc.shared_state import WireError
from tests.two_sides import TwoSides


def test_a_call_changes_its_arguments_and_returns_them() -> None:
    def spoil(x: Any, items: list[Any], table: dict[Any, Any], rng: Any) -> Any:
        x[0] = rng.normal()
        items.append(table)
        table["x"] = x
        return items, x

    x, rng, items, table = np.zeros(2), np.random.default_rng(3), [1], dict[Any, Any]()
    with TwoSides(spoil=spoil) as sides:
        result = sides["spoil"](x, items=items, table=table, rng=rng)
    same = np.random.default_rng(3)
    assert x[0] == same.normal()
    assert rng.normal() == same.normal()
    assert result[0] is items
    assert result[1] is table["x"] is x
    assert items[1] is table


def test_a_function_of_numpy_that_is_lent_is_the_worker_s_own() -> None:
    def student(act: Any, x: Any) -> Any:
        return act(x), act.__name__, act

    seen: list[Any] = []
    with TwoSides(f=student, later=lambda f: seen.append(f), own=lambda: np.sinh) as sides:
        value, name, function = sides["f"](np.tanh, np.ones(2))
        assert value.tolist() == np.tanh(np.ones(2)).tolist()
        assert name == "tanh"
        assert function is np.tanh
        sides["later"]([np.arccos, np.float32, np.prod, np.concat])
        assert seen == [[np.arccos, np.float32, np.prod, np.concatenate]]
        assert sides["own"]() is not np.sinh
        assert sides["own"]()(1.0) == np.sinh(1.0)


def test_a_numpy_without_a_function_says_so_when_it_is_called() -> None:
    with TwoSides(f=lambda act: act(1)) as sides, pytest.MonkeyPatch.context() as patch:
        patch.setitem(proxies.NUMPY_NAMES, id(np.vecdot), "newest")
        with pytest.raises(AttributeError, match="module 'numpy' has no attribute 'newest'"):
            sides["f"](np.vecdot)


def test_a_function_that_looks_at_what_is_changed_sees_the_change() -> None:
    """The gradient check of many courses: f ignores its argument and looks at the weights."""

    def numerical_gradient(f: Any, w: Any) -> Any:
        gradient = np.zeros_like(w)
        for index in np.ndindex(w.shape):
            kept = w[index]
            w[index] = kept + 1e-5
            upper = f(w)
            w[index] = kept - 1e-5
            gradient[index] = (upper - f(w)) / 2e-5
            w[index] = kept
        return gradient

    w = np.arange(6.0).reshape(2, 3)
    with TwoSides(grad=numerical_gradient) as sides:
        gradient = sides["grad"](lambda _: float((w**2).sum()), w)
    assert np.allclose(gradient, 2 * w)
    assert w.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_what_is_hung_into_an_argument_is_shared_from_then_on() -> None:
    def train(loss: Any, params: dict[str, Any]) -> None:
        params["W"] = np.ones(2)
        loss()
        params["W"] += 1  # no other dict entry, but another array
        loss()

    params: dict[str, Any] = {}
    seen: list[float] = []
    with TwoSides(train=train) as sides:
        sides["train"](lambda: seen.append(params["W"].sum()), params)
    assert seen == [2, 4]
    assert params["W"].tolist() == [2, 2]


def test_a_callback_may_change_the_arguments_too() -> None:
    def student(step: Any, x: list[int]) -> list[int]:
        x.append(1)
        step()
        return [*x]

    x: list[int] = []
    with TwoSides(f=student) as sides:
        assert sides["f"](lambda: x.append(2), x) == [1, 2]
    assert x == [1, 2]


def test_a_generator_function_may_call_back_while_it_is_read() -> None:
    def batches(f: Any, x: list[Any]) -> tuple[Any, ...]:
        def read() -> Iterator[Any]:
            for n in range(3):
                x.append([n])  # shared from the next line on
                yield [n], f(n), x

        first = ["first"]
        return first, read(), first

    x: list[Any] = []
    with TwoSides(batches=batches) as sides:
        first, rest, again = sides["batches"](lambda n: [n, len(x)], x)
    result = list(rest)
    assert first == ["first"]
    assert again is first
    assert [r[:2] for r in result] == [([0], [0, 1]), ([1], [1, 2]), ([2], [2, 3])]
    assert all(r[2] is x for r in result)
    assert x == [[0], [1], [2]]


def test_calls_may_nest_in_both_directions() -> None:
    def check(n: int) -> int:
        return int(student(check, n - 1)) + 1 if n else 0

    with TwoSides(down=lambda f, n: f(n - 1) + 1 if n else 0) as sides:
        student = sides["down"]
        assert student(check, 20) == 20


def test_functions_and_objects_keep_their_identity() -> None:
    class Cache:
        pass

    cache = Cache()
    with TwoSides(forward=lambda: (1, cache), backward=lambda c: c is cache, f=len) as sides:
        assert sides["backward"](sides["forward"]()[1])
        assert sides["f"] is sides["f"]


def test_errors_come_back_with_class_and_text() -> None:
    def student(x: float) -> float:
        raise KeyError(f"no {x}")

    with TwoSides(f=student) as sides, pytest.raises(KeyError, match=r"no 1\.5") as caught:
        sides["f"](1.5)
    assert isinstance(caught.value, RemoteError)
    assert caught.value.kind == "KeyError"


def test_an_error_of_the_checks_own_function_comes_back_as_itself() -> None:
    class Enough(Exception):
        """The check's way to stop a student's loop."""

    enough = Enough()

    def stop() -> None:
        raise enough

    def student(f: Any) -> None:
        while True:
            f()

    def swallows(f: Any) -> str:
        try:
            f()
        except Exception as error:
            return str(type(error).__name__)
        return ""

    with TwoSides(student=student, swallows=swallows) as sides:
        with pytest.raises(Enough) as caught:
            sides["student"](stop)
        assert caught.value is enough
        assert sides["swallows"](stop) == "RemoteError"


def test_arguments_are_changed_even_if_the_call_fails() -> None:
    def student(x: list[int]) -> None:
        x.append(1)
        raise SystemExit

    x: list[int] = []
    with TwoSides(f=student) as sides, pytest.raises(RemoteError) as caught:
        sides["f"](x)
    assert x == [1]
    assert caught.value.kind == "SystemExit"


def too_deep() -> list[Any]:
    value: list[Any] = []
    for _ in range(99):
        value = [value]
    return value


def test_a_question_that_cannot_be_sent_leaves_nothing_behind() -> None:
    with TwoSides(f=lambda *args: len(args)) as sides:
        function, grader = sides["f"], sides.grader
        for unsendable in (too_deep(), "x" * (5 << 20)):
            with pytest.raises(WireError, match=r"nested more than 60 deep|bytes is too large"):
                function(len, [1], object(), unsendable)
            assert grader._things == {}
            assert grader._numbers == {}
            assert len(grader._shared) == 0
        assert function([1], [2]) == 2


def test_an_answer_that_cannot_be_sent_is_an_error() -> None:
    def spoil(x: list[Any]) -> int:
        x.append(too_deep())
        return 1

    with TwoSides(deep=too_deep, spoil=spoil, f=lambda: 1) as sides:
        for name, args in (("deep", ()), ("spoil", ([],))):
            with pytest.raises(RemoteError, match="a value nested more than 60 deep") as caught:
                sides[name](*args)
            assert caught.value.kind == "WireError"
        assert sides["f"]() == 1


def test_what_was_lent_is_refused_after_the_call() -> None:
    stolen: list[Any] = []

    def steal(f: Any) -> None:
        stolen.append(f)

    with TwoSides(steal=steal, use=lambda *_: stolen[0](1), give=lambda: stolen[0]) as sides:
        sides["steal"](abs)
        for args in ((), (abs,)):  # nothing is lent, or the same function anew
            with pytest.raises(ReferenceError, match="can be used only until the call returns"):
                sides["use"](*args)
        assert isinstance(sides["give"](), Expired)
        assert sides.grader._things == {}


def test_nothing_grows_on_the_grader_over_many_calls() -> None:
    class Thing:
        pass

    def student(f: Any, x: list[Any]) -> Any:
        f(Thing(), [x])
        return Thing(), lambda: 1, [x]

    with TwoSides(f=student) as sides:
        function, grader = sides["f"], sides.grader
        for _ in range(200):
            function(lambda *_: (object(), [1]), [1])
        assert grader._things == {}
        assert len(grader._proxies) <= 3  # the function, and the last answer's
        assert len(grader._shared) == 0
    assert sides.worker._shared.values == []


def test_nesting_is_bounded() -> None:
    def check() -> None:
        student(check)

    with TwoSides(f=lambda f: f()) as sides:
        student = sides["f"]
        with pytest.raises(PeerGone):
            student(check)
        assert str(sides.ended()) == "calls nested more than 40 deep"


def test_twins_that_have_come_apart_end_the_conversation() -> None:
    with TwoSides(f=lambda f, x: f(), spoil=lambda x: x.append(too_deep())) as sides:
        spoil, x = sides["spoil"], [1]
        with pytest.raises(PeerGone):
            sides["f"](lambda: spoil(x), x)
        assert str(sides.ended()) == "changes that do not cross, of what both sides share"


def test_the_answers_of_several_calls_come_in_order() -> None:
    with TwoSides(half=lambda x: x / 2) as sides:
        cases = [(np.full(3, float(n)),) for n in range(200)]
        answers = list(each(sides["half"], cases))
    assert [answer.tolist() for answer in answers] == [[n / 2] * 3 for n in range(200)]


def frames_sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The frames that both sides send from now on, as they are sent."""
    sent: list[bytes] = []
    send = FrameConnection.send
    monkeypatch.setattr(FrameConnection, "send", lambda frames, data: (
        sent.append(data), send(frames, data))[1])
    return sent


def test_calls_of_plain_data_travel_in_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    with TwoSides(f=lambda *given: given) as sides:
        function = sides["f"]
        sent = frames_sent(monkeypatch)
        answers = each(function, [(n, [n], {"n": np.zeros(n)}) for n in range(10)])
        assert [answer[1] for answer in answers] == [[n] for n in range(10)]
    assert len(sent) == 2


def test_answers_that_are_too_large_for_one_message_come_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("autograder.rpc.frames.MAX_STRUCTURE", 1000)
    with TwoSides(f=lambda n: [n] * 400) as sides:
        function = sides["f"]
        sent = frames_sent(monkeypatch)
        assert list(each(function, [(n,) for n in range(3)])) == [[n] * 400 for n in range(3)]
    assert len(sent) == 8


def test_an_answer_that_cannot_cross_is_an_error_at_its_place() -> None:
    def student(n: int) -> Any:
        return [np.zeros(n), too_deep()] if n == 1 else np.full(2, n)

    with TwoSides(f=student) as sides:
        answers = each(sides["f"], [(0,), (1,), (2,)])
        assert next(answers).tolist() == [0, 0]
        with pytest.raises(RemoteError, match="nested more than"):
            next(answers)
        cases = [(0,), (2,)]
        assert [a.tolist() for a in each(sides["f"], cases)] == [[0, 0], [2, 2]]


def test_calls_of_a_series_change_and_return_their_arguments() -> None:
    def double(x: Any) -> Any:
        x *= 2
        return x

    cases = [(np.full(2, n),) for n in range(4)]
    with TwoSides(double=double) as sides:
        for (x,), answer in zip(cases, each(sides["double"], cases), strict=True):
            assert answer is x
    assert [x.tolist() for x, in cases] == [[0, 0], [2, 2], [4, 4], [6, 6]]


def test_an_iterator_in_a_series_is_read_once() -> None:
    with TwoSides(total=sum) as sides:
        assert list(each(sides["total"], [(iter([1, 2]),), (iter([3]),)])) == [3, 3]
        once = iter([1, 2])
        assert list(each(sides["total"], [([1],), (once,), (once,)])) == [1, 3, 0]


def test_an_error_is_raised_where_the_answer_would_be() -> None:
    asked: list[int] = []

    def inverse(n: int) -> float:
        asked.append(n)
        return 1 / n

    with TwoSides(inverse=inverse) as sides:
        answers = each(sides["inverse"], [(1,), (0,), (2,)])
        assert next(answers) == 1
        with pytest.raises(ZeroDivisionError):
            next(answers)
        assert sides["inverse"](4) == 0.25
    assert asked == [1, 0, 2, 4]


def test_a_student_who_returns_the_same_array_each_time_is_read_in_time() -> None:
    kept = np.zeros(1)

    def running_sum(x: float) -> Any:
        kept[:] += x
        return kept

    with TwoSides(f=running_sum) as sides:
        answers = [float(a[0]) for a in each(sides["f"], [(1.0,), (2.0,), (3.0,)])]
    assert answers == [1, 3, 6]


def test_an_array_in_two_calls_is_changed_by_one_after_the_other() -> None:
    def grow(x: Any) -> Any:
        x += 1
        return x.sum()

    shared, other = np.zeros(2), np.zeros(2)
    with TwoSides(grow=grow) as sides:
        answers = each(sides["grow"], [(shared,), (other,), (shared,), ([shared],)])
        assert [next(answers), next(answers), next(answers)] == [2, 2, 4]
        assert shared.tolist() == [2, 2]
        with pytest.raises(TypeError):
            next(answers)
    assert other.tolist() == [1, 1]


def test_a_call_that_lends_a_function_waits_for_those_before_it() -> None:
    seen: list[str] = []

    def student(f: Any) -> Any:
        seen.append("called")
        return f(1) if callable(f) else f

    def check(x: int) -> int:
        seen.append("called back")
        return x + 1

    with TwoSides(student=student) as sides:
        answers = each(sides["student"], [(5,), (check,), (iter([7]),), (check,)])
        assert [next(answers), next(answers)] == [5, 2]
        assert list(next(answers)) == [7]
        assert next(answers) == 2
    assert seen == ["called", "called", "called back", "called", "called", "called back"]


def test_a_value_that_cannot_cross_is_an_error_at_its_place() -> None:
    deep: Any = []
    for _ in range(100):
        deep = [deep]
    with TwoSides(f=lambda x: x) as sides:
        answers = each(sides["f"], [(1,), (deep,), (2,)])
        assert next(answers) == 1
        with pytest.raises(WireError):
            next(answers)
        assert list(each(sides["f"], [(1,), (np.zeros(50_000),), (3,)]))[2] == 3


def test_requests_sent_ahead_are_answered_one_after_another() -> None:
    with TwoSides(inverse=lambda x: 1 / x) as sides:
        function = sides["inverse"]
        sent = sides.grader.send_ahead([("call", function, (x,), None) for x in (1, 0, 2)])
        assert sides.grader.answer_to(sent[0]) == 1
        with pytest.raises(ZeroDivisionError):
            sides.grader.answer_to(sent[1])
        assert sides.grader.answer_to(sent[2]) == 0.5
        assert function(4) == 0.25


def test_only_the_first_requests_that_travel_together_are_sent_ahead() -> None:
    with TwoSides(f=lambda x: None) as sides:
        plain, lends, large = (1,), (lambda: None,), (np.zeros(MAX_AHEAD),)
        for cases, count in (([plain, plain, lends, plain], 2), ([large, plain], 0)):
            questions = [("call", sides["f"], case, None) for case in cases]
            sent = sides.grader.send_ahead(questions)
            assert [sides.grader.answer_to(each) for each in sent] == [None] * count


def test_what_was_lent_to_an_earlier_call_has_expired_within_a_series() -> None:
    """The worker's next message in a series is the next request, not an answer to one of its own.
    """
    lent: list[Any] = []

    def student(x: Any, call: Any = None) -> Any:
        lent.extend([call] if call else [])
        return lent[0](x) if x % 2 else x

    with TwoSides(f=student) as sides:
        assert sides["f"](1, lambda x: x + 1) == 2
        with pytest.raises(ReferenceError, match="until the call returns"):
            list(each(sides["f"], [(0,), (1,), (2,)]))
        assert list(each(sides["f"], [(0,), (2,)])) == [0, 2]
        lent.clear()
        assert sides["f"](1, lambda x: x + 1) == 2


def test_a_worker_that_ends_within_a_series_is_gone() -> None:
    def end(n: int) -> int:
        if n == 2:
            raise PeerGone
        return n

    with TwoSides(end=end) as sides:
        answers = each(sides["end"], [(1,), (2,), (3,)])
        with pytest.raises(PeerGone):
            next(answers)
        assert isinstance(sides.ended(), PeerGone)
