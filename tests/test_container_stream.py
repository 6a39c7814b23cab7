"""Both ends of the stream that a container has: what goes in at one comes out at the other."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from autograder.sandbox.container_stream import (
    CONTROL,
    DATA,
    HEADER,
    PATIENCE,
    HostRelay,
    Relay,
    StreamEnded,
)
from autograder.sandbox.container_stream import _package as package
from tests.conftest import ROOT


class Noting(Relay):
    """An end that keeps the orders that arrive."""

    def __init__(self, incoming: int, outgoing: int, patience: float = PATIENCE) -> None:
        super().__init__(incoming, outgoing, patience)
        self.commands: list[tuple[int, bytes]] = []

    def control(self, channel: int, message: bytes) -> None:
        self.commands.append((channel, message))


@pytest.fixture
def pipes() -> Iterator[tuple[int, int, int, int]]:
    """Two pipes: read and write end of the one, of the other."""
    ends = (*os.pipe(), *os.pipe())
    yield ends
    for end in ends:
        with contextlib.suppress(OSError):
            os.close(end)


@pytest.fixture
def ends(pipes: tuple[int, int, int, int]) -> tuple[Noting, Noting]:
    """Both ends of a stream."""
    one_reads, two_writes, two_reads, one_writes = pipes
    return Noting(one_reads, one_writes), Noting(two_reads, two_writes)


@pytest.fixture
def talkers(ends: tuple[Noting, Noting]) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A socket at each end, in a conversation with the other."""
    ours: list[socket.socket] = []
    for end in ends:
        inner, outer = socket.socketpair()
        outer.settimeout(5)
        end.converse(1, inner)
        ours.append(outer)
    yield ours[0], ours[1]
    for end, connection in zip(ends, ours, strict=True):
        end.close()
        connection.close()


def test_orders_arrive_in_order(ends: tuple[Noting, Noting]) -> None:
    one, two = ends
    for number in range(3):
        one.send(CONTROL, number, b"{}" * number)
    two.step()
    assert two.commands == [(0, b""), (1, b"{}"), (2, b"{}{}")]


def test_a_frame_may_arrive_byte_by_byte(pipes: tuple[int, int, int, int]) -> None:
    reads, writes, _, out = pipes
    end = Noting(reads, out)
    for byte in HEADER.pack(CONTROL, 7, 3) + b"abc":
        assert end.commands == []
        os.write(writes, bytes([byte]))
        end.step()
    assert end.commands == [(7, b"abc")]


def test_what_is_said_at_one_end_is_heard_at_the_other(
    ends: tuple[Noting, Noting], talkers: tuple[socket.socket, socket.socket]
) -> None:
    talkers[0].sendall(b"question")
    ends[0].step()
    ends[1].step()
    assert talkers[1].recv(100) == b"question"
    talkers[1].sendall(b"answer")
    ends[1].step()
    ends[0].step()
    assert talkers[0].recv(100) == b"answer"


def test_whoever_ends_a_conversation_ends_it_for_both(
    ends: tuple[Noting, Noting], talkers: tuple[socket.socket, socket.socket]
) -> None:
    talkers[1].close()
    ends[1].step()
    ends[0].step()
    assert talkers[0].recv(100) == b""
    ends[1].send(DATA, 1, b"too late")
    ends[0].step()  # and that harms nobody


def test_a_listener_that_does_not_read_makes_the_other_end_wait(
    ends: tuple[Noting, Noting], talkers: tuple[socket.socket, socket.socket]
) -> None:
    listener, speaker = talkers
    listener.setblocking(False)
    speaker.setblocking(False)
    content, said, heard = bytes(range(256)) * 1024, 0, bytearray()
    with always_readable() as nudge:
        for _ in range(400):  # 100 MB, if they were taken
            with contextlib.suppress(BlockingIOError):
                said += speaker.send(content[said % 256 :])
            for end in ends:
                end.step((nudge,))
        assert PATIENCE < len(ends[0]._waiting[1]) < 2 * PATIENCE
        assert said < 4 * PATIENCE
        while len(heard) < said:
            with contextlib.suppress(BlockingIOError):
                heard += listener.recv(1 << 20)
            for end in ends:
                end.step((nudge,))
    assert heard == (content * (said // len(content) + 1))[:said]


@contextlib.contextmanager
def always_readable() -> Iterator[socket.socket]:
    """A socket for `step` that keeps it from waiting."""
    one, two = socket.socketpair()
    with one, two:
        two.send(b"x")
        yield one


@pytest.mark.parametrize("data", [
    HEADER.pack(b"z", 0, 0), HEADER.pack(DATA, 0, (1 << 16) + 1), b"\0" * 50,
])
def test_what_is_no_frame_ends_the_stream(
    data: bytes, pipes: tuple[int, int, int, int]
) -> None:
    reads, writes, _, out = pipes
    os.write(writes, data)
    with pytest.raises(StreamEnded, match="what came is no frame"):
        Noting(reads, out).step()


def test_a_stream_that_has_ended_is_noticed(pipes: tuple[int, int, int, int]) -> None:
    reads, writes, other, out = pipes
    end = Noting(reads, out)
    os.close(other)
    with pytest.raises(StreamEnded, match="Broken pipe"):
        end.send(CONTROL, 0, b"{}")
    os.close(writes)
    with pytest.raises(StreamEnded, match="ended"):
        Noting(reads, out).step()


def test_the_next_order_ends_the_conversation_before_it(
    pipes: tuple[int, int, int, int]
) -> None:
    reads, _, _, out = pipes
    grader, orders = socket.socketpair()
    ours, theirs = socket.socketpair()
    relay = HostRelay(reads, out, orders)
    with grader, orders, ours:
        with theirs:
            socket.send_fds(grader, [b'{"spawn": ""}'], [theirs.fileno()])
        relay.pass_on()
        assert select.select([ours], [], [], 0)[0] == []
        grader.send(b'{"end": 5}')
        relay.pass_on()
        assert ours.recv(1) == b""


def test_the_package_for_the_container_holds_code_alone() -> None:
    data = package()
    assert int.from_bytes(data[:4], "big") == len(data) - 4
    with zipfile.ZipFile(BytesIO(data[4:])) as archive:
        names = archive.namelist()
    needed = {"autograder/sandbox/container_stream.py", "autograder/sandbox/fork_server.py"}
    assert needed <= set(names)
    assert all(name.startswith("autograder/") and name.endswith(".py") for name in names)


def test_what_the_engine_complains_of_reaches_the_grader(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        subprocess.run(
            [sys.executable, "-m", "autograder.sandbox.container_stream", str(theirs.fileno()),
             "sh", "-c", "echo first >&2; echo last >&2; echo >&2; exit 125"],
            cwd=ROOT, pass_fds=[theirs.fileno()], check=True, timeout=30,
        )
        assert ours.recv(1000) == b'{"failed": "last"}'
