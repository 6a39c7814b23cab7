"""The fork server and its workers: the processes that hold student code.

Started once per grading process as `python -m autograder.sandbox.fork_server FD ISOLATION MEMORY
MODE IMPORTS`, so that nothing of the grader's memory is in it. It imports numpy and IPython, Otter
if MODE is "together", and the modules IMPORTS (with commas between them). Then it forks a worker
for each submission: a fork takes milliseconds where a fresh interpreter takes seconds. The grader
sends it commands on the descriptor FD, one JSON line each:

    {"spawn": SCRATCH}  and a socket  ->  {"worker": N} or {"refused": WHY}
    {"end": N}                        ->  {"ended": HOW}

In namespaces a worker is two processes. The inner one runs student code and cannot reach the outer
one. The outer one waits for the inner one, and kills it on SIGTERM or when the fork server ends;
with it the kernel ends everything else in its process namespace.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
import sys
from typing import Any

from autograder.language import N_
from autograder.rpc.frames import PeerGone, ProtocolError
from autograder.rpc.peer import Peer
from autograder.rpc.shared_state import WireError
from autograder.rpc.warm_up import conversation, warm_up
from autograder.sandbox import namespaces
from autograder.sandbox.notebook_shell import (
    BACKEND,
    ShellNotebook,
    behave_as_a_kernel,
    otter_stub,
    silence,
    warm_shell,
)
from autograder.sandbox.resources import descendants

MAX_COMMAND = 4096
READY = b"ready"


class ForkServer:
    """Takes commands on a socket; has at most a few workers, one after another."""

    def __init__(
        self, commands: socket.socket, isolated: bool, memory: int, *, together: bool = False,
        imports: str = "",
    ) -> None:
        self._commands, self._isolated, self._memory = commands, isolated, memory
        self._together = together
        if together:
            from autograder.sandbox import otter_notebook  # noqa: F401 (inherited by every worker)
        else:
            sys.modules["otter"] = otter_stub()
        wanted = imports.split(",") if imports else []
        self._shell = warm_shell(wanted)
        self._missing = [name for name in wanted if name not in sys.modules]
        self._workers: set[int] = set()
        _, function = conversation(Peer)
        warm_up(function)
        gc.collect()
        gc.freeze()  # garbage collection in a worker then copies no pages of these objects

    def run(self) -> None:
        """Take commands until the grader goes away, then end every worker."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has gone away
            self._send({"ready": True, "missing": self._missing})
            while (command := self._take()) is not None:
                message, sockets = command
                if "spawn" in message:
                    self._send(self._spawn(message["spawn"], sockets[0]))
                else:
                    self._send(self._end(message["end"]))
        for worker in list(self._workers):
            self._end(worker)

    def _take(self) -> tuple[dict[str, Any], list[int]] | None:
        data, sockets, _, _ = socket.recv_fds(self._commands, MAX_COMMAND, 1)
        return (json.loads(data), sockets) if data else None

    def _send(self, message: dict[str, Any]) -> None:
        self._commands.sendall(json.dumps(message).encode())

    def _spawn(self, scratch: str, connection: int) -> dict[str, Any]:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            self._commands.close()
            os.close(read)
            self._run_worker(scratch, connection, write)
        os.close(connection)
        os.close(write)
        with os.fdopen(read, "rb") as reports:
            outcome = reports.read()
        self._workers.add(child)
        if outcome == READY:
            return {"worker": child}
        self._end(child)
        return {"refused": outcome.decode(errors="replace") or N_("it ended at once")}

    def _run_worker(self, scratch: str, connection: int, reports: int) -> None:
        """The life of a worker; never returns. It reports that it is ready, or why it is not."""
        namespaces.die_with_parent()
        try:
            os.setsid()
            silence()
            if self._isolated:
                namespaces.unshare_outer()
                if inner := os.fork():
                    os.close(connection)
                    _wait_for(inner, reports)
                namespaces.die_with_parent()
                os.setsid()  # else it could signal the outer process's group
                namespaces.confine()
            else:
                os.chdir(scratch)
            _set_surroundings(namespaces.SCRATCH if self._isolated else scratch)
            namespaces.limit_resources(self._memory, isolated=self._isolated)
            os.set_inheritable(connection, False)
            os.write(reports, READY)
            os.close(reports)
            serve(self._shell, socket.socket(fileno=connection), together=self._together)
        except (namespaces.Refused, OSError) as error:
            with contextlib.suppress(OSError):
                os.write(reports, str(error).encode())
        finally:
            os._exit(0)

    def _end(self, worker: int) -> dict[str, Any]:
        """Kill the worker, and with it every process that it has started."""
        self._workers.remove(worker)
        os.kill(worker, signal.SIGTERM if self._isolated else signal.SIGKILL)
        _, status = os.waitpid(worker, 0)
        if not self._isolated and not self._workers:  # else they would be among the orphans
            _kill_orphans()
        code = os.waitstatus_to_exitcode(status)
        code = 128 - code if code < 0 else code
        how = "" if code == 128 + signal.SIGKILL else _how(code)
        return {"ended": how}


def _wait_for(inner: int, reports: int) -> None:
    """End as the inner process ended, or kill it on SIGTERM; never returns."""
    signal.signal(signal.SIGTERM, lambda *_: os.kill(inner, signal.SIGKILL))
    namespaces.die_with_parent(signal.SIGTERM)
    os.close(reports)  # not before: student code must not begin until we can end it
    os.waitid(os.P_PID, inner, os.WEXITED | os.WNOWAIT)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # its number may soon be another process's
    _, status = os.waitpid(inner, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def _kill_orphans() -> None:
    """Kill the processes that a worker without namespaces has left, as far as they are found."""
    while orphans := descendants(os.getpid()):
        for process in orphans:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass


def serve(shell: Any, connection: socket.socket, *, together: bool) -> None:
    """Answer the grader's questions about one notebook until it closes the connection."""
    peer = Peer(connection, lambda *question: notebook.answer(*question), references_expire=False)
    if together:
        from autograder.sandbox.otter_notebook import TogetherNotebook

        notebook: ShellNotebook = TogetherNotebook(shell, peer)
    else:
        notebook = ShellNotebook(shell)
    # after any of these the grader sees a closed connection, and decides what that means
    with contextlib.suppress(PeerGone, ProtocolError, WireError, OSError):
        peer.serve()


def _set_surroundings(scratch: str) -> None:
    """Set environment, arguments and signal handlers to those of a notebook's process."""
    os.environ.clear()
    os.environ.update(
        HOME=scratch, TMPDIR=scratch, PATH=f"{os.path.dirname(sys.executable)}:/usr/bin:/bin",
        LANG="C.UTF-8", MPLBACKEND=BACKEND, MPLCONFIGDIR=scratch, OPENBLAS_NUM_THREADS="1",
    )
    behave_as_a_kernel()
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _how(code: int) -> str:
    if code > 128:
        return N_("was ended by signal {code} ({signal})").format(
            code=code - 128, signal=signal.strsignal(code - 128))
    return N_("ended itself with exit code {code}").format(code=code)


def main(descriptor: int, isolated: bool, memory: int, *, together: bool, imports: str) -> None:
    """Be a fork server until the grader goes away."""
    namespaces.die_with_parent()
    namespaces.adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grader decides when we end
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # the grader may have blocked signals
    parent = ForkServer(socket.socket(fileno=descriptor), isolated, memory, together=together,
                        imports=imports)
    project = os.environ.get("PYTHONPATH")
    readable = namespaces.readable_paths()  # found here, once for all workers
    if project in sys.path and project not in readable:
        sys.path.remove(project)  # a notebook imports what lies beside it, nothing of ours
    sys.path.insert(0, "")
    parent.run()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] == "namespaces", int(sys.argv[3]),
         together=sys.argv[4] == "together", imports=sys.argv[5])
