"""The warm parent and its workers: the processes that hold student code.

Started once per grading process as `python -m autograder.worker FD ISOLATION`, so that nothing of
the grader's memory is in it. It imports numpy and IPython, then forks a worker for each submission:
a fork takes milliseconds where a fresh interpreter takes seconds. On the descriptor FD it takes
orders from the grader, one JSON line each:

    {"spawn": SCRATCH}  and a socket  ->  {"worker": N} or {"refused": WHY}
    {"end": N}                        ->  {"ended": HOW, "cpu": SECONDS, "memory": BYTES}
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
import sys
from dataclasses import dataclass
from typing import Any

from autograder import isolation
from autograder.peer import Peer, PeerGone, ProtocolError
from autograder.plaindata import WireError
from autograder.shell import Notebook, silence, warm_shell

MAX_ORDER = 4096
READY = b"ready"


@dataclass(frozen=True)
class Processes:
    """Our child, and a descriptor of the process that runs student code (it or its child)."""

    child: int
    runner: int


def main(descriptor: int, isolated: bool) -> None:
    """Take orders until the grader goes away, then end every worker."""
    isolation.die_with_parent()
    orders = socket.socket(fileno=descriptor)
    shell = warm_shell()
    gc.collect()
    gc.freeze()  # what is here now stays: no collection in a worker need copy its pages
    workers: dict[int, Processes] = {}
    _send(orders, {"ready": True})
    while (order := _take(orders)) is not None:
        message, sockets = order
        if "spawn" in message:
            answer, processes = _spawn(shell, message["spawn"], sockets[0], orders, isolated)
            if processes is not None:
                workers[processes.child] = processes
            _send(orders, answer)
        else:
            _send(orders, _end(workers.pop(message["end"])))
    for processes in workers.values():
        _end(processes)


def _take(orders: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    data, sockets, _, _ = socket.recv_fds(orders, MAX_ORDER, 1)
    return (json.loads(data), sockets) if data else None


def _send(orders: socket.socket, message: dict[str, Any]) -> None:
    orders.sendall(json.dumps(message).encode())


def _spawn(
    shell: Any, scratch: str, connection: int, orders: socket.socket, isolated: bool
) -> tuple[dict[str, Any], Processes | None]:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        orders.close()
        os.close(read)
        _live(shell, scratch, connection, write, isolated)
    os.close(connection)
    os.close(write)
    with os.fdopen(read, "rb") as reports:
        runner = int(reports.readline() or child)
        processes = Processes(child, os.pidfd_open(runner) if _has_pidfd() else -1)
        outcome = reports.read()
    if outcome == READY:
        return {"worker": child}, processes
    _end(processes)
    return {"refused": outcome.decode(errors="replace") or "it ended at once"}, None


def _live(shell: Any, scratch: str, connection: int, reports: int, isolated: bool) -> None:
    """The life of a worker; never returns. It reports its process id, then that it is ready."""
    isolation.die_with_parent()
    try:
        os.setsid()
        silence()
        if isolated:
            isolation.unshare_outer()
            if inner := os.fork():
                os.write(reports, b"%d\n" % inner)
                os.close(reports)
                _wait_for(inner)
            isolation.die_with_parent()
            isolation.confine()
        else:
            os.write(reports, b"%d\n" % os.getpid())
            os.chdir(scratch)
        _set_environment(isolation.SCRATCH if isolated else scratch)
        isolation.limit_resources()
        os.write(reports, READY)
        os.close(reports)
        serve(shell, socket.socket(fileno=connection))
    except (isolation.Refused, OSError) as error:
        with contextlib.suppress(OSError):
            os.write(reports, str(error).encode())
    finally:
        os._exit(0)


def _wait_for(inner: int) -> None:
    """Pass on how the inner process ended; nothing else is done out here."""
    _, status = os.waitpid(inner, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def serve(shell: Any, connection: socket.socket) -> None:
    """Answer the grader's questions about one notebook until it closes the connection."""
    notebook = Notebook(shell)
    # after any of these the grader sees a closed connection, and says what that costs
    with contextlib.suppress(PeerGone, ProtocolError, WireError, OSError):
        Peer(connection, notebook.answer, lend_for_the_call=False).serve()


def _set_environment(scratch: str) -> None:
    os.environ.clear()
    os.environ.update(
        HOME=scratch, TMPDIR=scratch, PATH="/usr/bin:/bin", LANG="C.UTF-8", MPLBACKEND="Agg",
        MPLCONFIGDIR=scratch, OPENBLAS_NUM_THREADS="1",
    )


def _end(processes: Processes) -> dict[str, Any]:
    """Kill what runs student code, and with it everything in its process namespace."""
    if processes.runner >= 0:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(processes.runner, signal.SIGKILL)
        os.close(processes.runner)
    else:
        os.kill(processes.child, signal.SIGKILL)
    _, status, used = os.wait4(processes.child, 0)
    code = os.waitstatus_to_exitcode(status)
    code = 128 - code if code < 0 else code
    how = "" if code == 128 + signal.SIGKILL else _how(code)
    return {"ended": how, "cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss * 1024}


def _how(code: int) -> str:
    if code > 128:
        return f"was ended by signal {code - 128} ({signal.strsignal(code - 128)})"
    return f"ended itself with exit code {code}"


def _has_pidfd() -> bool:
    return hasattr(os, "pidfd_open")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] == "namespaces")
