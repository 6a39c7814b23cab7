"""The grader's handle on a fork server: start it, have workers made, have them ended."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import UserError
from autograder.sandbox.namespaces import MEMORY

START_SECONDS = 60.0


@dataclass(frozen=True)
class Isolation:
    """How student code is kept apart from everything else.

    `kind` is "namespaces", "process", "container", or "best": namespaces where the kernel gives
    them, else a process. `image` is the container's image. Results record the kind.
    """

    kind: str
    image: str = ""

    def __str__(self) -> str:
        return self.kind


NAMESPACES, PROCESS, BEST = Isolation("namespaces"), Isolation("process"), Isolation("best")
CONTAINER = "container"


@dataclass
class Worker:
    """A worker: the number it is ended by, the connection to it, its folder if it has one."""

    number: int
    connection: socket.socket
    scratch: tempfile.TemporaryDirectory[str] | None


class ForkServerGone(UserError):
    """The fork server has ended, and its workers with it; a new one can be started."""

    def __init__(self, expected: str, why: str) -> None:
        super().__init__(
            "fork server", expected, why,
            "see its message above, if any; was there enough memory? Run the same command again",
        )


class IsolationRefused(UserError):
    """The kernel does not let a worker be isolated as was asked for."""

    def __init__(self, why: str) -> None:
        super().__init__(
            "isolation", "a kernel that gives each worker namespaces of its own", why,
            "run as root; or allow unprivileged user namespaces (on Ubuntu: sysctl -w "
            "kernel.apparmor_restrict_unprivileged_userns=0; elsewhere sysctl -w "
            "user.max_user_namespaces=10000); or, for submissions that you trust, add "
            "--isolation=process",
        )


class ForkServerClient:
    """A running `python -m autograder.sandbox.fork_server`; use as a context manager.

    With a process for isolation, each worker has a scratch folder on disk. With namespaces it has
    one in memory, which goes with it. `together`: the zip's tests run in the worker, with Otter.
    """

    def __init__(
        self, isolation: Isolation, memory: int = MEMORY, *, together: bool = False
    ) -> None:
        self.isolation, self._together = isolation, together
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            self._process = subprocess.Popen(
                self._command(theirs.fileno(), memory), pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, env=self._environment(), cwd="/",
            )
        self._commands = ours
        self._commands.settimeout(START_SECONDS)
        try:
            self._answer("a fork server that starts")
        except ForkServerGone:
            self.close()
            raise

    def _command(self, descriptor: int, memory: int) -> list[str]:
        """What to run: it takes commands on `descriptor`."""
        return [sys.executable, "-P", "-m", "autograder.sandbox.fork_server", str(descriptor),
                self.isolation.kind, str(memory), self._mode]

    @property
    def _mode(self) -> str:
        return "together" if self._together else "apart"

    def _environment(self) -> dict[str, str]:
        """Only what Python needs to start: nothing of the instructor's environment."""
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LD_LIBRARY_PATH", "LANG")}
        return kept | {
            "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "PYTHONPATH": _import_path(),
        }

    @property
    def process(self) -> int:
        """Its process id: everything that students' code starts descends from it."""
        return self._process.pid

    def spawn(self) -> Worker:
        """A fresh worker with an empty scratch folder."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        worker = Worker(0, ours, _scratch() if self.isolation == PROCESS else None)
        message = {"spawn": worker.scratch.name if worker.scratch else ""}
        try:
            with theirs:
                self._send(message, [theirs.fileno()])
            answer = self._answer("a worker")
            if "refused" in answer:
                raise IsolationRefused(answer["refused"])
        except UserError:
            _clean_up(worker)
            raise
        worker.number = answer["worker"]
        return worker

    def end(self, worker: Worker) -> str:
        """End `worker` and remove what it left; "" or how it had ended by itself before that."""
        try:
            self._send({"end": worker.number})
            return str(self._answer("the end of a worker")["ended"])
        finally:
            _clean_up(worker)

    def _send(self, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
        try:
            socket.send_fds(self._commands, [json.dumps(message).encode()], descriptors or [])
        except OSError as error:
            raise ForkServerGone("a fork server that takes commands", str(error)) from None

    def _answer(self, expected: str) -> dict[str, Any]:
        try:
            data = self._commands.recv(4096)
        except OSError as error:
            raise ForkServerGone(expected, str(error)) from None
        if not data:
            raise ForkServerGone(expected, "it has ended")
        message = json.loads(data)
        assert isinstance(message, dict)
        return message

    def close(self) -> None:
        """End the fork server and, through it, every worker."""
        self._commands.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> ForkServerClient:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="homework-", ignore_cleanup_errors=True)


def _clean_up(worker: Worker) -> None:
    worker.connection.close()
    if worker.scratch:
        worker.scratch.cleanup()


def _import_path() -> str:
    """The folder that holds this package, for a checkout that is not installed."""
    return str(Path(__file__).resolve().parents[2])
