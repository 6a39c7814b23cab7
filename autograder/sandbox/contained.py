"""The warm parent inside a container: its first process, which makes and ends the workers.

Student code runs under the same unprivileged user. What keeps the two apart is that the first
process of a container cannot be killed from within, and that this one lets nobody look into it.
There is one worker at a time. At its end everything else that runs in the container is killed and
the scratch folder emptied; where that does not succeed this process ends, and the container with
it, so that the next worker gets a new one.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from autograder.sandbox.relay import ORDER, Relay, StreamEnded
from autograder.sandbox.syscalls import MACHINES, refuse_system_calls
from autograder.sandbox.worker import WarmParent

PR_SET_DUMPABLE = 4
EVERYTHING = -1
"""As a process id: every process that may be signalled, which is all but the first one."""


def main(memory: int, scratch: str) -> None:
    """Make and end workers as ordered on standard input, until that ends."""
    if os.getpid() != 1:
        sys.exit("this is for the first process of a container: it kills all the others")
    _let_others_look_in(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grader decides when we end
    parent = ContainedParent(memory, scratch)
    sys.path[0] = ""  # a notebook imports what lies beside it, nothing of ours
    with contextlib.suppress(StreamEnded):
        parent.run()


class InnerRelay(Relay):
    """The end of the stream inside the container: keeps the orders that arrive."""

    def __init__(self) -> None:
        # the grader is trusted to send no more than a worker can take
        super().__init__(incoming=0, outgoing=1, patience=float("inf"))
        self.orders: list[tuple[int, dict[str, Any]]] = []

    def order(self, channel: int, message: bytes) -> None:
        self.orders.append((channel, json.loads(message)))


class ContainedParent(WarmParent):
    """Takes its orders from the stream. `scratch` is the one folder that can be written to."""

    def __init__(self, memory: int, scratch: str) -> None:
        self._relay, self._scratch = InnerRelay(), Path(scratch)
        super().__init__(socket.socket(socket.AF_UNIX), False, memory)  # nobody is at its other end
        empty(self._scratch)  # of what was imported by now

    def _take(self) -> tuple[dict[str, Any], list[int]]:
        while not self._relay.orders:
            self._relay.step()
        channel, order = self._relay.orders.pop(0)
        if "spawn" not in order:
            self._relay.close()
            return order, []
        ours, theirs = socket.socketpair()
        self._relay.converse(channel, ours)
        return {"spawn": str(self._scratch)}, [theirs.detach()]

    def _send(self, message: dict[str, Any]) -> None:
        self._relay.send(ORDER, 0, json.dumps(message).encode())

    def _live(self, scratch: str, connection: int, reports: int) -> None:
        self._relay.close()
        _let_others_look_in(True)
        with contextlib.suppress(OSError):  # short of memory, the kernel ends this one first
            Path("/proc/self/oom_score_adj").write_text("1000")
        if os.uname().machine in MACHINES:
            refuse_system_calls()  # where that fails, the container alone must hold
        super()._live(scratch, connection, reports)

    def _end(self, worker: int) -> dict[str, Any]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(EVERYTHING, signal.SIGKILL)
        answer = super()._end(worker)
        if not empty(self._scratch):
            self._send(answer)
            raise StreamEnded("what a worker left could not be removed")
        return answer


def _let_others_look_in(allowed: bool) -> None:
    """Whether other processes of the same user may read or trace this one."""
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, int(allowed), 0, 0, 0)


def empty(folder: Path) -> bool:
    """Remove what is in `folder`; whether that succeeded."""
    with contextlib.suppress(OSError, RecursionError):
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    return not any(folder.iterdir())
