"""The warm parent and its workers: the processes that hold student code.

Started once per grading process as `python -m autograder.worker FD`, so that nothing of the
grader's memory is in it. It imports numpy and IPython, then forks a worker for each submission:
a fork takes milliseconds where a fresh interpreter takes seconds. On the descriptor FD it takes
orders from the grader, one JSON line each:

    {"spawn": SCRATCH}  and a socket  ->  {"pid": N}     a worker that answers on that socket
    {"end": N}                        ->  {"ended": HOW, "cpu": SECONDS, "memory": BYTES}
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import sys
from typing import Any

from autograder.peer import Peer, PeerGone, ProtocolError
from autograder.plaindata import WireError
from autograder.shell import Notebook, silence, warm_shell

MEMORY = 4 << 30
FILE_SIZE = 64 << 20
CPU_SECONDS = 1800
MAX_ORDER = 4096


def main(descriptor: int) -> None:
    """Take orders until the grader goes away, then end every worker."""
    orders = socket.socket(fileno=descriptor)
    shell = warm_shell()
    workers: set[int] = set()
    _send(orders, {"ready": True})
    while (order := _take(orders)) is not None:
        message, sockets = order
        if "spawn" in message:
            pid = _spawn(shell, message["spawn"], sockets[0], orders)
            workers.add(pid)
            _send(orders, {"pid": pid})
        else:
            workers.discard(message["end"])
            _send(orders, _end(message["end"]))
    for pid in workers:
        _end(pid)


def _take(orders: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    data, sockets, _, _ = socket.recv_fds(orders, MAX_ORDER, 1)
    return (json.loads(data), sockets) if data else None


def _send(orders: socket.socket, message: dict[str, Any]) -> None:
    orders.sendall(json.dumps(message).encode())


def _spawn(shell: Any, scratch: str, connection: int, orders: socket.socket) -> int:
    pid = os.fork()
    if pid:
        os.close(connection)
        return pid
    try:
        orders.close()
        _confine(scratch)
        serve(shell, socket.socket(fileno=connection))
    finally:
        os._exit(0)


def serve(shell: Any, connection: socket.socket) -> None:
    """Answer the grader's questions about one notebook until it closes the connection."""
    notebook = Notebook(shell)
    # after any of these the grader sees a closed connection, and says what that costs
    with contextlib.suppress(PeerGone, ProtocolError, WireError, OSError):
        Peer(connection, notebook.answer, lend_for_the_call=False).serve()


def _confine(scratch: str) -> None:
    os.setsid()
    silence()
    os.chdir(scratch)
    os.environ.clear()
    os.environ.update(
        HOME=scratch, TMPDIR=scratch, PATH="/usr/bin:/bin", LANG="C.UTF-8", MPLBACKEND="Agg",
        MPLCONFIGDIR=scratch, OPENBLAS_NUM_THREADS="1",
    )
    for limit, value in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, FILE_SIZE),
                         (resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_AS, MEMORY)):
        with contextlib.suppress(ValueError, OSError):  # macOS has no RLIMIT_AS
            resource.setrlimit(limit, (value, value))


def _end(pid: int) -> dict[str, Any]:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    _, status, used = os.wait4(pid, 0)
    how = "" if os.waitstatus_to_exitcode(status) == -signal.SIGKILL else _how(status)
    return {"ended": how, "cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss * 1024}


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return f"ended by signal {-code} ({signal.strsignal(-code)})"
    return f"ended itself with exit code {code}"


if __name__ == "__main__":
    main(int(sys.argv[1]))
