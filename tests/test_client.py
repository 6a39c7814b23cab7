"""The grader's handle on a fork server, also when that is gone."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.grading.local import signals_blocked
from autograder.rpc.peer import MAX_AHEAD
from autograder.sandbox import client
from autograder.sandbox.client import (
    BEST,
    BUFFERED,
    NAMESPACES,
    PROCESS,
    ForkServerClient,
    ForkServerGone,
    Isolation,
    IsolationRefused,
    Worker,
    _clean_up,
    start_fork_server,
)
from tests.sentences import sentence
from tests.worker_talk import talk


@pytest.fixture
def parent() -> Iterator[ForkServerClient]:
    with ForkServerClient(PROCESS) as parent:
        yield parent


def descriptors() -> int:
    """How many this process has open."""
    return sum(_is_open(number) for number in range(256))


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def test_a_worker_s_folder_goes_with_it(parent: ForkServerClient) -> None:
    worker = parent.spawn()
    assert worker.scratch is not None
    folder = Path(worker.scratch.name)
    (folder / "kept").mkdir()
    (folder / "kept").chmod(0)
    parent.end(worker)
    assert not folder.exists()


def test_a_released_worker_has_ended_before_the_next_one_starts(parent: ForkServerClient) -> None:
    first = parent.spawn()
    parent.release(first)
    second = parent.spawn()
    assert first.scratch is not None
    assert not Path(first.scratch.name).exists()
    with pytest.raises(ProcessLookupError):
        os.kill(first.number, 0)
    parent.end(second)


def test_the_cells_that_the_fork_server_runs_leave_nothing(parent: ForkServerClient) -> None:
    with talk(parent) as notebook:
        left = "answer = [name for name in ('np', 'function', 'x') if name in globals()], len(In)"
        assert notebook.value(left) == ([], 2)


def test_a_connection_holds_what_is_sent_ahead(parent: ForkServerClient) -> None:
    """Else each side could wait until the other one reads."""
    worker = parent.spawn()
    told = 2 if sys.platform == "linux" else 1  # Linux counts its own bookkeeping
    for buffer in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        assert worker.connection.getsockopt(socket.SOL_SOCKET, buffer) == told * BUFFERED
    parent.end(worker)
    assert BUFFERED >= 4 * MAX_AHEAD


@pytest.mark.parametrize("isolation", [NAMESPACES, PROCESS], ids=str)
def test_signals_blocked_here_still_end_workers(
    isolation: Isolation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mask is inherited; with SIGTERM blocked in it the outer of two processes never ended."""
    monkeypatch.setattr("autograder.sandbox.client.START_SECONDS", 10.0)
    with signals_blocked(), ForkServerClient(isolation) as parent:
        try:
            worker = parent.spawn()
        except IsolationRefused as refused:
            pytest.skip(refused.found)
        assert parent.end(worker) == ""


def test_a_grader_that_goes_away_while_it_is_answered(capfd: pytest.CaptureFixture[str]) -> None:
    """Nobody is left to read a traceback about it."""
    parent = ForkServerClient(PROCESS)
    worker = parent.spawn()
    parent._send({"end": worker.number})
    parent.close()
    _clean_up(worker)
    assert capfd.readouterr().err == ""


def test_a_killed_fork_server_is_a_clear_error(parent: ForkServerClient) -> None:
    worker, before = parent.spawn(), descriptors()
    os.kill(parent.process, signal.SIGKILL)
    with pytest.raises(ForkServerGone) as caught:
        parent.end(worker)
    assert caught.value.where == "fork server"
    assert caught.value.expected in (sentence("worker-end"), sentence("fork-server-alive"))
    assert caught.value.remedy == sentence("server-memory")
    with pytest.raises(ForkServerGone):
        parent.spawn()
    assert descriptors() == before - 1  # the worker's connection


def test_a_fork_server_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    before = descriptors()
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(ForkServerGone) as caught:
        ForkServerClient(PROCESS)
    assert caught.value.expected == sentence("fork-server-starts")
    assert caught.value.found
    assert descriptors() == before


def test_the_instructor_s_environment_stays_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMEWORK_TOKEN", "secret")
    with ForkServerClient(PROCESS) as parent, talk(parent) as notebook:
        assert notebook.value("import os\nanswer = 'HOMEWORK_TOKEN' in os.environ") is False
        cell = "answer = b'HOMEWORK_TOKEN' in open('/proc/self/environ', 'rb').read()"
        if Path("/proc/self/environ").exists():
            assert notebook.value(cell) is False


def test_closing_ends_the_workers(parent: ForkServerClient) -> None:
    worker = parent.spawn()
    parent.close()
    assert worker.connection.recv(1) == b""
    worker.connection.close()
    assert worker.scratch is not None
    worker.scratch.cleanup()


def test_what_to_do_about_a_refusal() -> None:
    error = IsolationRefused("unshare: Operation not permitted")
    assert "unshare: Operation not permitted" in str(error)
    for remedy in ("apparmor_restrict_unprivileged_userns=0",
                   "user.max_user_namespaces", "--isolation=process"):
        assert remedy in error.remedy


@pytest.mark.parametrize("given", [True, False])
def test_the_best_isolation_is_the_first_that_can_be_had(
    given: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where namespaces are given, no second fork server is started."""
    open_ones: list[Isolation] = []
    started: list[Isolation] = []

    class Server(ForkServerClient):
        def __init__(self, isolation: Isolation, *_rest: object, **_more: object) -> None:
            self.isolation = isolation
            started.append(isolation)
            open_ones.append(isolation)

        def spawn(self) -> Worker:
            if not given:
                raise IsolationRefused("no")
            return Worker(0, socket.socket(), None)

        def end(self, worker: Worker) -> str:
            worker.connection.close()
            return ""

        def close(self) -> None:
            open_ones.remove(self.isolation)

    monkeypatch.setattr(client, "ForkServerClient", Server)
    assert start_fork_server(BEST).isolation == started[-1]
    assert started == ([NAMESPACES] if given else [NAMESPACES, PROCESS])
    assert open_ones == started[-1:]
