"""Frames are bounded before they are read."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from autograder.rpc.frames import (
    BUFFER,
    HEADER,
    MAX_BLOB,
    MAX_STRUCTURE,
    FrameConnection,
    PeerGone,
    ProtocolError,
    pack,
    unpack,
)
from autograder.rpc.shared_state import WireError

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_frame_arrives_as_it_was_sent(pair: Pair) -> None:
    structure = ["ask", 1, [None, True, 1.5, -0.0, "é\ud800", 2**600], []]
    FrameConnection(pair[0]).send(pack(structure, [b"ab", b"", b"c"]))
    got, blob = FrameConnection(pair[1]).receive()
    assert got == structure
    assert bytes(blob) == b"abc"


def test_not_a_number_and_infinity_are_numbers() -> None:
    text = pack([float("nan"), float("inf"), -float("inf")])[HEADER:]
    assert [repr(number) for number in unpack(text)] == ["nan", "inf", "-inf"]


def test_a_frame_in_pieces_arrives_whole(pair: Pair) -> None:
    for byte in pack(["ok"], [b"x"]):
        pair[0].send(bytes([byte]))
    assert FrameConnection(pair[1]).receive()[0] == ["ok"]


def test_frames_of_any_size_arrive_one_after_another(pair: Pair) -> None:
    sizes = [0, BUFFER // 2, BUFFER, BUFFER - HEADER - len('["ok"]'), 3 * BUFFER, 1]
    pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * BUFFER)
    for size in sizes:
        pair[0].sendall(pack(["ok"], [bytes(size)]))
    frames = FrameConnection(pair[1])
    for size in sizes:
        structure, blob = frames.receive()
        assert structure == ["ok"]
        assert bytes(blob) == bytes(size)


@pytest.mark.parametrize("sent", [0, 3, HEADER, HEADER + 2])
def test_an_end_in_the_middle_is_the_end(
    pair: Pair, sent: int
) -> None:
    pair[0].sendall(pack(["ok", 1])[:sent])
    pair[0].close()
    with pytest.raises(PeerGone):
        FrameConnection(pair[1]).receive()


@pytest.mark.parametrize(("structure", "blob"), [(MAX_STRUCTURE + 1, 0), (0, MAX_BLOB + 1),
                                                 (2**32 - 1, 2**32 - 1)])
def test_too_large_a_frame_is_refused_before_it_is_read(
    pair: Pair, structure: int, blob: int
) -> None:
    pair[0].sendall(structure.to_bytes(4, "big") + blob.to_bytes(4, "big"))
    with pytest.raises(ProtocolError, match=f"a frame of {structure + blob} bytes is too large"):
        FrameConnection(pair[1]).receive()


@pytest.mark.parametrize(("text", "why"), [
    (b"", "JSONDecodeError"), (b"[", "JSONDecodeError"), (b"[] []", "no list"),
    (b'{"a": 1}', "ValueError"), (b"[{}]", "ValueError"), (b"\xff", "UnicodeDecodeError"),
    ('["é"]'.encode(), "UnicodeDecodeError"), (b"1", "no list"), (b'"ask"', "no list"),
    (b"[" * 100_000, "RecursionError"), (b"[" + b"9" * 5000 + b"]", "ValueError"),
])
def test_what_is_no_frame_is_refused(text: bytes, why: str) -> None:
    with pytest.raises(ProtocolError, match=f"not a frame: {why}"):
        unpack(text)


@pytest.mark.parametrize(("structure", "parts", "why"), [
    ("x" * MAX_STRUCTURE, [], f"a value of {MAX_STRUCTURE + 2} bytes is too large"),
    ([object()], [], "cannot be sent: TypeError"),
    ([10**5000], [], "cannot be sent: ValueError"),
])
def test_what_cannot_be_sent_is_said(structure: object, parts: list[bytes], why: str) -> None:
    with pytest.raises(WireError, match=why):
        pack(structure, parts)


def test_too_large_a_blob_cannot_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.rpc.frames.MAX_BLOB", 10)
    with pytest.raises(WireError, match="a value of 14 bytes is too large"):
        pack([1], [b"12345", b"678901"])


def test_a_broken_connection_is_the_end(pair: Pair) -> None:
    pair[1].close()
    pair[0].close()
    with pytest.raises(PeerGone):
        FrameConnection(pair[0]).receive()


def test_sending_to_nobody_is_the_end(pair: Pair) -> None:
    pair[1].close()
    with pytest.raises(PeerGone):
        FrameConnection(pair[0]).send(pack(["ok"]))


def test_the_end_is_no_error_that_a_check_could_expect() -> None:
    assert not issubclass(PeerGone, Exception)
    assert not issubclass(ProtocolError, Exception)
