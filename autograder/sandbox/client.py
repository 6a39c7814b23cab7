"""The grader's side of a fork server: starts it, has workers made and ended.

The fork server is a child process of the grader, or with `homework grade --container IMAGE` the
first process of one long-lived container. The container is for machines whose kernel gives a worker
no namespaces of its own: macOS, Windows with WSL, and some Linux. Student code runs in it; checks
and results stay outside. Each worker is a process of its own in the container, and nothing of it is
left behind. The container has no network, a read-only root, no capabilities and an unprivileged
user. Nothing is mounted into it and no image is fetched: code, cells and values go through the
stream of `docker run -i` (sandbox.container_stream).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import UserError
from autograder.language import _
from autograder.sandbox.namespaces import (
    MEMORY,
    NOBODY,
    PROCESSES,
    SCRATCH,
    SCRATCH_BYTES,
    SCRATCH_FILES,
    SHARED_BYTES,
    SHARED_MEMORY,
)

START_SECONDS = 60.0

ENGINES = ("docker", "podman")
ANSWER_SECONDS = 30
BUFFERED = 1 << 17
"""Bytes that an end of a connection holds, several times what is sent ahead (`peer.MAX_AHEAD`)."""
CONTAINER_MEMORY = 512 << 20
"""Bytes for the fork server, and for files in memory."""

ENVIRONMENT = {
    "HOME": SCRATCH, "MPLCONFIGDIR": SCRATCH, "LANG": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0",
}

BOOTSTRAP = """\
import os, sys
if sys.version_info < (3, 11):
    sys.exit("its python3 is " + sys.version.split()[0] + ", and 3.11 or newer is needed")
memory, mode, imports, scratch, *shared = int(sys.argv[1]), *sys.argv[2:]
def take(count):
    data = b""
    while len(data) < count:
        data += os.read(0, count - len(data)) or sys.exit("no code has arrived")
    return data
sys.path[0] = scratch + "/homework.zip"
with open(sys.path[0], "wb") as file:
    file.write(take(int.from_bytes(take(4), "big")))
from autograder.sandbox.container_stream import container_main
if mode == "together":
    import autograder.sandbox.otter_notebook
os.remove(sys.path[0])
container_main(memory, [scratch, *shared], together=mode == "together", imports=imports)
"""
"""The program of the container's Python: it reads this package from its standard input."""


@dataclass(frozen=True)
class Isolation:
    """The isolation of student code.

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
    """A worker: its number in the commands, the connection to it, its scratch folder if any.

    When one in a container has ended, `over_limit` and `killed_for_others` are what a `Watch` says.
    """

    number: int
    connection: socket.socket
    scratch: tempfile.TemporaryDirectory[str] | None
    over_limit: str = ""
    killed_for_others: str = ""


class ForkServerGone(UserError):
    """The fork server has ended, and its workers with it; a new one can be started."""

    def __init__(self, expected: str, why: str) -> None:
        super().__init__(
            "fork server", expected, why,
            _("see its message above, if any; was there enough memory? Run the same command again"),
        )


class PackageMissing(UserError):
    """Student code cannot import a module that the homework names under `packages`."""

    def __init__(self, modules: Sequence[str], isolation: Isolation) -> None:
        super().__init__(
            _("packages of the homework"),
            _("a Python that can import {names}").format(names=", ".join(modules)),
            _("student code would fail at `import {name}`").format(name=modules[0]),
            _("install it in the image {image}").format(image=isolation.image) if isolation.image
            else _("install it beside homework, with pip, on every machine that grades"),
        )


class IsolationRefused(UserError):
    """The kernel refuses the isolation that was asked for."""

    def __init__(self, why: str) -> None:
        super().__init__(
            "isolation", _("a kernel that gives each worker namespaces of its own"), why,
            _("run as root; or allow unprivileged user namespaces (on Ubuntu: sysctl -w "
              "kernel.apparmor_restrict_unprivileged_userns=0; elsewhere sysctl -w "
              "user.max_user_namespaces=10000); or, for submissions that you trust, add "
              "--isolation=process"),
        )


def start_fork_server(
    isolation: Isolation, memory: int = MEMORY, *, together: bool = False,
    imports: Sequence[str] = (),
) -> ForkServerClient:
    """Start a fork server with `isolation`; raises UserError.

    It imports the modules `imports` before it makes workers. With "best" it has namespaces if this
    machine gives them to a worker, and is otherwise one with "process".
    """
    if isolation.kind == CONTAINER:
        return ContainerClient(
            find_container(isolation.image), memory, together=together, imports=imports)
    server = ForkServerClient(
        NAMESPACES if isolation == BEST else isolation, memory, together=together, imports=imports)
    if isolation == BEST:
        try:
            server.end(server.spawn())
        except IsolationRefused:
            server.close()
            return ForkServerClient(PROCESS, memory, together=together, imports=imports)
        except BaseException:
            server.close()
            raise
    return server


class ForkServerClient:
    """A running `python -m autograder.sandbox.fork_server`; use as a context manager.

    With isolation "process", each worker has a scratch folder on disk. With "namespaces" it has one
    in memory, which disappears with the worker. With `together` the zip's tests run in the worker.
    """

    def __init__(
        self, isolation: Isolation, memory: int = MEMORY, *, together: bool = False,
        imports: Sequence[str] = (),
    ) -> None:
        self.isolation, self._together, self._imports = isolation, together, imports
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            self._process = subprocess.Popen(
                self._command(theirs.fileno(), memory), pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, env=self._environment(), cwd="/",
            )
        self._commands = ours
        self._commands.settimeout(START_SECONDS)
        self._ending: Worker | None = None
        try:
            if missing := self._answer(_("a fork server that starts")).get("missing"):
                raise PackageMissing(missing, isolation)
        except (ForkServerGone, PackageMissing):
            self.close()
            raise

    def _command(self, descriptor: int, memory: int) -> list[str]:
        """The command line of the fork server, which reads its commands from `descriptor`."""
        return [sys.executable, "-P", "-m", "autograder.sandbox.fork_server", str(descriptor),
                self.isolation.kind, str(memory), self._mode, ",".join(self._imports)]

    @property
    def _mode(self) -> str:
        return "together" if self._together else "apart"

    def _environment(self) -> dict[str, str]:
        """The environment of the fork server: what Python needs, and no other variable."""
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LD_LIBRARY_PATH", "LANG")}
        return kept | {
            "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "PYTHONPATH": _import_path(),
        }

    @property
    def process(self) -> int:
        """The process id of the fork server, from which all processes of student code descend."""
        return self._process.pid

    def spawn(self) -> Worker:
        """A fresh worker with an empty scratch folder."""
        worker = self.begin()
        self.await_start(worker)
        return worker

    def begin(self) -> Worker:
        """A worker that is about to start; what is sent to it waits. `await_start` must follow."""
        self.await_end()
        ours, theirs = _connected()
        worker = Worker(0, ours, _scratch() if self.isolation == PROCESS else None)
        message = {"spawn": worker.scratch.name if worker.scratch else ""}
        try:
            with theirs:
                self._send(message, [theirs.fileno()])
        except UserError:
            _clean_up(worker)
            raise
        return worker

    def await_start(self, worker: Worker) -> None:
        """Wait until `worker` has started; raises UserError if it cannot."""
        try:
            answer = self._answer(_("a worker"))
            if "refused" in answer:
                raise IsolationRefused(answer["refused"])
        except UserError:
            _clean_up(worker)
            raise
        worker.number = answer["worker"]

    def end(self, worker: Worker) -> str:
        """Kill `worker` and remove its files; return "", or how it had ended by itself before."""
        self.release(worker)
        return self.await_end()

    def release(self, worker: Worker) -> None:
        """Have `worker` ended as `end` does, without waiting for it; `await_end` may follow."""
        self._ending = worker
        try:
            self._send({"end": worker.number})
        except ForkServerGone:
            self._ending = None
            _clean_up(worker)
            raise

    def await_end(self) -> str:
        """Wait until the released worker has ended, if there is one; return what `end` does."""
        worker, self._ending = self._ending, None
        if worker is None:
            return ""
        try:
            answer = self._answer(_("the end of a worker"))
            worker.over_limit = str(answer.get("over_limit", ""))
            worker.killed_for_others = str(answer.get("killed_for_others", ""))
            return str(answer["ended"])
        finally:
            _clean_up(worker)

    def _send(self, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
        try:
            socket.send_fds(self._commands, [json.dumps(message).encode()], descriptors or [])
        except OSError as error:
            raise ForkServerGone(_("a fork server that takes commands"), str(error)) from None

    def _answer(self, expected: str) -> dict[str, Any]:
        try:
            data = self._commands.recv(4096)
        except OSError as error:
            raise ForkServerGone(expected, str(error)) from None
        if not data:
            raise ForkServerGone(expected, _("it has ended"))
        message = json.loads(data)
        assert isinstance(message, dict)
        return message

    def close(self) -> None:
        """Stop the fork server, which kills its workers."""
        with contextlib.suppress(ForkServerGone):
            self.await_end()
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


def _connected() -> tuple[socket.socket, socket.socket]:
    """Two ends of a connection, each of which can hold the requests that are sent ahead.

    Otherwise both sides could wait for each other to read; macOS gives a socket only 8 KB.
    """
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    for end in ends:
        for buffer in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            end.setsockopt(socket.SOL_SOCKET, buffer, BUFFERED)
    return ends


def _scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="homework-", ignore_cleanup_errors=True)


def _clean_up(worker: Worker) -> None:
    worker.connection.close()
    if worker.scratch:
        worker.scratch.cleanup()


def _import_path() -> str:
    """The folder that holds this package, for a checkout that is not installed."""
    return str(Path(__file__).resolve().parents[2])


@dataclass(frozen=True)
class Container:
    """An image, and the engine (docker or podman) that has it."""

    engine: str
    image: str

    def command(self, memory: int, mode: str, imports: str = "") -> list[str]:
        """The command line that runs the container, with the fork server on its standard streams.

        Student code in it may use `memory` bytes.
        """
        environment = [f"--env={name}={value}" for name, value in ENVIRONMENT.items()]
        folder = "rw,nosuid,nodev,mode=1777"
        if os.path.basename(self.engine) == "docker":  # podman refuses that option
            folder += f",nr_inodes={SCRATCH_FILES}"
        return [
            self.engine, "run", "--rm", "--interactive", "--pull=never", "--log-driver=none",
            "--network=none", "--read-only", "--ipc=none",
            f"--tmpfs={SCRATCH}:{folder},exec,size={SCRATCH_BYTES}",
            f"--tmpfs={SHARED_MEMORY}:{folder},noexec,size={SHARED_BYTES}",
            "--hostname=worker", "--workdir=/", f"--user={NOBODY}:{NOBODY}", "--cap-drop=ALL",
            "--security-opt=no-new-privileges", f"--pids-limit={PROCESSES}",
            f"--memory={memory + CONTAINER_MEMORY}b", "--oom-score-adj=1000", *environment,
            "--entrypoint=python3", self.image, "-c", BOOTSTRAP, str(memory), mode, imports,
            SCRATCH, SHARED_MEMORY,
        ]


def find_container(image: str) -> Container:
    """The engine on the PATH that answers, with `image` in it; raises UserError."""
    if not image.strip():
        raise UserError(
            "--container", _("the name of an image"), _("an empty name"),
            _("name an image that `docker images` or `podman images` lists, as in --container "
              "grading"),
        )
    engine = _find_engine()
    if complaint := _ask(engine, "image", "inspect", image):
        name = os.path.basename(engine)
        raise UserError(
            f"--container {image}",
            _("an image that {name} has").format(name=name), complaint,
            _("build it, or fetch it yourself with `{name} pull {image}`: nothing is fetched "
              "while grading").format(name=name, image=image),
        )
    return Container(engine, image)


def _find_engine() -> str:
    complaints = {}
    for name in ENGINES:
        if path := shutil.which(name):
            complaint = _ask(path, "ps", "--quiet")
            if not complaint:
                return path
            complaints[name] = complaint
    if not complaints:
        raise UserError(
            "--container", _("docker or podman"), _("neither is on the PATH"),
            _("install one, or leave --container away"),
        )
    name, complaint = next(iter(complaints.items()))
    if "permission denied" in complaint.lower():
        raise UserError(
            _("--container with {name}").format(name=name), _("an engine that you may use"),
            complaint,
            _("ask for access to it (often through the group {name}), or use podman").format(
                name=name),
        )
    raise UserError(
        _("--container with {name}").format(name=name), _("an engine that answers"), complaint,
        _("start {name}, then run the same command again").format(name=name),
    )


def _ask(*command: str) -> str:
    """The last line of the engine's error message, or "" if the command succeeds."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False,
            timeout=ANSWER_SECONDS, stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return _("no answer within {seconds} s").format(seconds=ANSWER_SECONDS)
    except OSError as error:
        return str(error)
    if done.returncode == 0:
        return ""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return lines[-1][:500] if lines else _("exit status {status}").format(
        status=done.returncode)


class ContainerClient(ForkServerClient):
    """A fork server in a container; raises ContainerGone when that has ended."""

    def __init__(
        self, container: Container, memory: int = MEMORY, *, together: bool = False,
        imports: Sequence[str] = (),
    ) -> None:
        self._container = container
        super().__init__(Isolation(CONTAINER, container.image), memory, together=together,
                         imports=imports)

    def _command(self, descriptor: int, memory: int) -> list[str]:
        return [sys.executable, "-P", "-m", "autograder.sandbox.container_stream", str(descriptor),
                *self._container.command(memory, self._mode, ",".join(self._imports))]

    def _environment(self) -> dict[str, str]:
        return os.environ | {"PYTHONPATH": super()._environment()["PYTHONPATH"]}

    def _answer(self, expected: str) -> dict[str, Any]:
        answer = super()._answer(expected)
        if "failed" in answer:
            raise ContainerGone(self._container, expected, str(answer["failed"]))
        return answer


class ContainerGone(ForkServerGone):
    """The container did not start, or has ended; a new one can be started."""

    def __init__(self, container: Container, expected: str, why: str) -> None:
        super().__init__(expected, why)
        self.where = f"--container {container.image}"
        self.remedy = (
            _('see whether `{path} run --rm {image} python3 -c "import numpy, IPython, otter"` '
              'works (Python 3.11 or newer), then run the same command again: finished work is '
              'kept').format(path=os.path.basename(container.engine), image=container.image)
        )
