"""Conversations: what both sides share while a call is open, and what is refused."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autograder.frames import pack, receive
from autograder.peer import Peer, PeerGone, ProtocolError, RemoteError
from autograder.plaindata import WireError
from autograder.standins import Forgotten, RemoteFunction
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
    def batches(f: Any, x: list[int]) -> Iterator[Any]:
        for n in range(3):
            x.append(n)
            yield f(n), [n], x

    x: list[int] = []
    with TwoSides(batches=batches) as sides:
        result = list(sides["batches"](lambda n: [n, len(x)], x))
    assert [r[0] for r in result] == [[0, 1], [1, 2], [2, 3]]
    assert all(r[2] is x for r in result)


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
        for unsendable in (too_deep(), "x" * (5 << 20), [1.5] * 3_000_000):
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
        assert isinstance(sides["give"](), Forgotten)
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
        assert len(grader._stubs) <= 3  # the function, and the last answer's
        assert len(grader._shared) == 0
        assert sides.worker._shared.values == []


class Hostile:
    """A grader's Peer, and in the worker's place whatever a test sends."""

    def __init__(self) -> None:
        ours, self.theirs = socket.socketpair()
        self.peer = Peer(ours, self._called, lend_for_the_call=True)
        self.calls = 0

    def _called(self, _verb: str, values: tuple[Any, ...]) -> Any:
        self.calls += 1
        return values[0](*values[1])

    def answered(self, *frames: bytes) -> Any:
        """What a request comes to whose answers are these bytes, and then the end."""
        for frame in frames:
            self.theirs.sendall(frame)
        self.theirs.shutdown(socket.SHUT_WR)
        return self.peer.request("get", len, [1])


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    both = Hostile()
    yield both
    both.theirs.close()
    both.peer._connection.close()


def ask(*value: Any, number: Any = 7) -> bytes:
    return pack(["ask", number, ["t", "call", *value], []])


@pytest.mark.parametrize(("frame", "why"), [
    (pack(["ok", 2, None, []]), "an answer to no question"),
    (pack(["ok", 0, None, []]), "an answer to no question"),
    (pack(["ok", True, None, []]), "not a message"),
    (pack(["ok", 1.0, None, []]), "not a message"),
    (pack(["ok", [1], None, []]), "not a message"),
    (pack(["ok", 1, None]), "not a message"), (pack([]), "not a message"),
    (pack([["ok"], 1, None, []]), "not a message"), (pack(["done", 1, None, []]), "not a message"),
    (pack(["ask", None, ["t", "call"], []]), "not a message"),
    (pack(["ask", 7, ["t"], []]), "a question without a verb"),
    (pack(["ask", 7, ["t", 1], []]), "a question without a verb"),
    (pack(["ask", 7, "call", []]), "a question without a verb"),
    (pack(["ask", 7, ["t", "call", ["x"]], []]), "no question"),
    (pack(["ask", 7, ["t", "call"], [[0, ["d"]]]]), "no question"),
    (b"\xff" * 8, "is too large"), (b"\0\0\0\2\0\0\0\0{}", "not a frame"),
])
def test_forged_messages_end_the_conversation(hostile: Hostile, frame: bytes, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        hostile.answered(frame)
    with pytest.raises(PeerGone):
        hostile.peer.request("get", "anything")


@pytest.mark.parametrize("frame", [
    pack(["ok", 1, ["x"], []]), pack(["ok", 1, None, [[1, ["l"]]]]), pack(["ok", 1, None, [[0, ["d"]]]]),
    pack(["ok", 1, None, [[[], ["l"]]]]), pack(["ok", 1, None, []], [b"x"]), pack(["ok", 1, None, 5]),
    pack(["ok", 1, ["yours", None], []]), pack(["ok", 1, ["fn", 1, 2], []]), pack(["ok", 1, ["fn"], []]),
])
def test_an_answer_that_is_no_data_costs_only_itself(hostile: Hostile, frame: bytes) -> None:
    hostile.theirs.sendall(frame)
    with pytest.raises(WireError):
        hostile.peer.request("get", len, [1])
    hostile.theirs.sendall(pack(["ok", 2, 5, []]))
    assert hostile.peer.request("get", len, [1]) == 5


def test_a_second_answer_is_refused(hostile: Hostile) -> None:
    answer = pack(["ok", 1, 5, []])
    assert hostile.answered(answer, answer) == 5
    with pytest.raises(ProtocolError, match="an answer to no question"):
        hostile.peer.request("get", 1)


def test_the_end_is_seen_wherever_it_comes(hostile: Hostile) -> None:
    with pytest.raises(PeerGone):
        hostile.answered(pack(["ok", 1, None, []])[:-1])


def test_a_worker_that_asks_and_leaves_is_gone(hostile: Hostile) -> None:
    hostile.theirs.sendall(ask(["yours", 1], ["t", ["t"]], ["d"]))
    hostile.theirs.shutdown(socket.SHUT_RD)
    with pytest.raises(PeerGone):
        hostile.answered()


def test_only_what_is_lent_now_can_be_called(hostile: Hostile) -> None:
    answer = pack(["ok", 1, None, []])
    hostile.answered(ask(["yours", 1], ["t", ["t"]]), ask(["yours", 2], ["t", ["t"]]), answer)
    receive(hostile.theirs)
    assert receive(hostile.theirs)[0] == ["ok", 7, 0, []]
    assert receive(hostile.theirs)[0][:3] == ["raised", 7, ["t", [
        "l", "ReferenceError", "Exception", "BaseException", "object"],
        "what is passed to a call can be used only until the call returns",
        ["h", 2, "ReferenceError", None]]]


def test_callbacks_are_bounded(hostile: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.peer.MAX_CALLBACKS", 5)
    with pytest.raises(ProtocolError, match="more than 5 questions during one call"):
        hostile.answered(*[ask(["yours", 1], ["t", ["t"]])] * 9)
    assert hostile.calls == 5


def test_nesting_is_bounded() -> None:
    def check() -> None:
        student(check)

    with pytest.raises(ProtocolError, match="calls nested more than 40 deep"), TwoSides(
        f=lambda f: f()
    ) as sides:
        student = sides["f"]
        with pytest.raises(PeerGone):
            student(check)


def test_a_forged_class_cannot_be_told_from_a_builtin_one(hostile: Hostile) -> None:
    with pytest.raises(RemoteError) as caught:
        hostile.answered(pack(["raised", 1, ["t", ["l", "AssertionError"], "x", None], []]))
    assert isinstance(caught.value, AssertionError)


def test_a_stub_that_is_lent_back_is_the_thing_itself(hostile: Hostile) -> None:
    result = hostile.answered(pack(["ok", 1, ["t", ["yours", 1], ["fn", 3, "f"], ["fn", 3, "g"]], []]))
    assert result[0] is len
    assert isinstance(result[1], RemoteFunction)
    assert result[1] is result[2]
