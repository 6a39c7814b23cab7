"""A worker that says what it likes: the grader's Peer ends with one of its four errors."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from autograder.check_toolkit import each
from autograder.rpc.frames import FrameConnection, PeerGone, ProtocolError, pack
from autograder.rpc.peer import Peer
from autograder.rpc.proxies import RemoteError, RemoteFunction
from autograder.rpc.shared_state import WireError


class Hostile:
    """A grader's Peer, and in the worker's place whatever a test sends."""

    def __init__(self) -> None:
        ours, self.theirs = socket.socketpair()
        self.peer = Peer(ours, self._called, references_expire=True)
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
    both.peer._frames.close()


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
    hostile.theirs.sendall(frame + pack(["ok", 2, "too late", []]))
    for expected in (ProtocolError, PeerGone):
        with pytest.raises(expected, match=why if expected is ProtocolError else None):
            hostile.peer.request("get", len, [1])


@pytest.mark.parametrize(("value", "changes"), [
    (["x"], []), (["yours", None], []), (["fn", 1, 2], []), (["fn"], []), (["b", 1], []),
    (None, 5), (None, [[1, ["l"]]]), (None, [[0, ["d"]]]), (None, [[[], ["l"]]]),
])
def test_an_answer_that_is_no_data_costs_only_itself(
    hostile: Hostile, value: Any, changes: Any
) -> None:
    hostile.theirs.sendall(pack(["ok", 1, value, changes]))
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
    frames = FrameConnection(hostile.theirs)
    frames.receive()
    assert frames.receive()[0] == ["ok", 7, 0, []]
    assert frames.receive()[0][:3] == ["raised", 7, ["t", [
        "l", "ReferenceError", "Exception", "BaseException", "object"],
        "what is passed to a call can be used only until the call returns",
        ["h", 2, "ReferenceError", None], ""]]


def test_callbacks_are_bounded(hostile: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.rpc.peer.MAX_CALLBACKS", 5)
    with pytest.raises(ProtocolError, match="more than 5 questions during one call"):
        hostile.answered(*[ask(["yours", 1], ["t", ["t"]])] * 9)
    assert hostile.calls == 5


def test_an_error_has_the_class_that_the_worker_names(hostile: Hostile) -> None:
    with pytest.raises(RemoteError) as caught:
        hostile.answered(pack(["raised", 1, ["t", ["l", "AssertionError"], "x", None, ""], []]))
    assert isinstance(caught.value, AssertionError)


def test_a_stub_that_is_lent_back_is_the_thing_itself(hostile: Hostile) -> None:
    value = ["t", ["yours", 1], ["fn", 3, "f"], ["fn", 3, "g"]]
    result = hostile.answered(pack(["ok", 1, value, []]))
    assert result[0] is len
    assert isinstance(result[1], RemoteFunction)
    assert result[1] is result[2]


ANSWERED = ["t", "ok", 5]


@pytest.mark.parametrize("answers", [
    5, ["t"], ["t", ANSWERED], ["t", ANSWERED, ANSWERED, ANSWERED], ["t", ANSWERED, 5],
    ["t", ANSWERED, ["t", "ok"]], ["t", ANSWERED, ["t", "done", 5]],
    ["t", ANSWERED, ["t", ["l"], 5]],
])
def test_other_than_an_outcome_for_each_call_ends_the_conversation(
    hostile: Hostile, answers: Any
) -> None:
    function = hostile.peer.borrow(1, "f", RemoteFunction)
    hostile.theirs.sendall(pack(["ok", 1, answers, []]))
    for expected in (ProtocolError, PeerGone):
        with pytest.raises(expected):
            list(each(function, [(1,), (2,)]))


def test_when_the_answers_to_a_series_are_no_data_each_call_is_made_by_itself(
    hostile: Hostile,
) -> None:
    function = hostile.peer.borrow(1, "f", RemoteFunction)
    together = ["t", ANSWERED, ["t", "ok", ["x"]], ANSWERED]
    for number, value in ((1, together), (2, 5), (3, ["x"])):
        hostile.theirs.sendall(pack(["ok", number, value, []]))
    answers = each(function, [(1,), (2,), (3,)])
    assert next(answers) == 5
    with pytest.raises(WireError):
        next(answers)
    hostile.theirs.sendall(pack(["ok", 4, 7, []]))
    assert hostile.peer.request("get", 4) == 7


def test_a_worker_cannot_have_a_check_call_what_it_has_not_lent(hostile: Hostile) -> None:
    """A check that calls an answer would write a file with np.save."""
    function = hostile.peer.borrow(1, "f", RemoteFunction)
    for number, name in ((1, "tanh"), (2, "save")):
        hostile.theirs.sendall(pack(["ok", number, ["np", name], []]))
    assert function(np.tanh) is np.tanh
    with pytest.raises(WireError, match="not lent"):
        function(np.tanh)


def test_a_worker_cannot_ask_for_a_series(hostile: Hostile) -> None:
    """The answers to one message could fill the memory of the grader."""
    calls = ["t", *[["t", "call", ["yours", 1], ["t", ["t"]], None]] * 2]
    hostile.answered(pack(["ahead", 7, ["t", "each", calls], []]), pack(["ok", 1, None, []]))
    frames = FrameConnection(hostile.theirs)
    frames.receive()
    assert frames.receive()[0][0] == "raised"
