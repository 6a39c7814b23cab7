"""The fork server in a container, and the stream that connects it with the grader.

A container shares no sockets with its host, only the stream of `docker run -i`. A relay at each end
of the stream makes it look like sockets again. The stream carries frames:

    kind | channel | length | bytes

    o   a command to the fork server in the container, or its answer: JSON
    d   data of a worker's connection; each worker has a channel of its own
    x   that connection is closed

On the host the relay runs as `python -m autograder.sandbox.container_stream FD COMMAND...`: it gets
the fork server's commands on the descriptor FD, and COMMAND starts the container. In the container,
`container_main` is the first process: relay, fork server, and parent of the workers.

Student code runs there under the same unprivileged user as the first process. Two things keep them
apart: the first process of a container cannot be killed from within, and this one lets no other
process read or trace it. There is one worker at a time. When it ends, everything else that runs in
the container is killed and the scratch folder is emptied. If that does not succeed, the first
process ends, and the container with it, so that the next worker gets a new container.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from autograder.sandbox.fork_server import ForkServer
from autograder.sandbox.namespaces import MACHINES, refuse_system_calls
from autograder.sandbox.resources import Watch, keep_on, this_processor, visible_group

CONTROL, DATA, OVER = b"o", b"d", b"x"
HEADER = struct.Struct(">cII")
LONGEST = 1 << 16
"""Bytes in a frame."""
PATIENCE = 1 << 20
"""Bytes buffered for a grader that does not read; with more, the container has to wait."""
END_SECONDS = 8.0
"""Seconds that the container may take to end; the grader waits longer for the relay."""


class StreamEnded(Exception):
    """The other end has closed the stream, or sent something that is not a frame."""


class Relay:
    """One end of the stream: reads `incoming`, writes `outgoing`; never blocks on either.

    With more than `patience` bytes waiting for a socket, the stream is not read on.
    """

    def __init__(self, incoming: int, outgoing: int, patience: float) -> None:
        self._incoming, self._outgoing, self._patience = incoming, outgoing, patience
        self._arrived, self._unsent = bytearray(), bytearray()
        self._sockets: dict[int, socket.socket] = {}
        self._waiting: dict[int, bytearray] = {}
        for descriptor in (incoming, outgoing):
            os.set_blocking(descriptor, False)

    def control(self, channel: int, message: bytes) -> None:
        """Act on a command or an answer that has arrived."""
        raise NotImplementedError

    def converse(self, channel: int, connection: socket.socket) -> None:
        """Carry the data of `connection` from now on."""
        connection.setblocking(False)
        self._sockets[channel], self._waiting[channel] = connection, bytearray()

    def hang_up(self, channel: int) -> None:
        """Close a connection at this end; drop its data that were not sent yet."""
        if channel in self._sockets:
            self._sockets.pop(channel).close()
            del self._waiting[channel]

    def close(self) -> None:
        """Close every connection at this end."""
        for channel in list(self._sockets):
            self.hang_up(channel)

    def send(self, kind: bytes, channel: int, data: bytes = b"") -> None:
        """Queue a frame, to be sent as soon as the stream accepts it."""
        self._unsent += HEADER.pack(kind, channel, len(data)) + data
        self._flush()

    def step(self, also: tuple[socket.socket, ...] = ()) -> list[socket.socket]:
        """Wait until data can be carried, and carry them; return the ready ones of `also`.

        Raises StreamEnded.
        """
        readers: list[int | socket.socket] = [*also]
        if all(len(waiting) <= self._patience for waiting in self._waiting.values()):
            readers.append(self._incoming)
        if not self._unsent:
            readers += self._sockets.values()
        writers: list[int | socket.socket] = [
            self._sockets[channel] for channel, waiting in self._waiting.items() if waiting
        ]
        if self._unsent:
            writers.append(self._outgoing)
        readable, writable, _ = select.select(readers, writers, [])
        if self._outgoing in writable:
            self._flush()
        if self._incoming in readable:
            self._read_stream()
        for channel, connection in list(self._sockets.items()):
            if connection in writable:
                self._deliver(channel, b"")
            if connection in readable and channel in self._sockets:
                self._listen(channel)
        return [connection for connection in also if connection in readable]

    def _flush(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: os.write(self._outgoing, self._unsent)]
        except BlockingIOError:
            return
        except OSError as error:
            raise StreamEnded(str(error)) from None

    def _read_stream(self) -> None:
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._incoming, 1 << 18)
            if not data:
                raise StreamEnded("it has ended")
            self._arrived += data
        for kind, channel, content in self._frames():
            if kind == CONTROL:
                self.control(channel, content)
            elif kind == DATA:
                self._deliver(channel, content)
            else:
                self.hang_up(channel)

    def _frames(self) -> Iterator[tuple[bytes, int, bytes]]:
        while len(self._arrived) >= HEADER.size:
            kind, channel, length = HEADER.unpack_from(self._arrived)
            if kind not in (CONTROL, DATA, OVER) or length > LONGEST:
                raise StreamEnded("what came is no frame")
            end = HEADER.size + length
            if len(self._arrived) < end:
                return
            content = bytes(self._arrived[HEADER.size : end])
            del self._arrived[:end]
            yield kind, channel, content

    def _deliver(self, channel: int, data: bytes) -> None:
        """Write `data` to their connection; drop them if it is closed."""
        if channel not in self._sockets:
            return
        waiting = self._waiting[channel]
        waiting += data
        try:
            while waiting:
                del waiting[: self._sockets[channel].send(waiting)]
        except BlockingIOError:
            return
        except OSError:
            self.hang_up(channel)
            self.send(OVER, channel)

    def _listen(self, channel: int) -> None:
        try:
            data = self._sockets[channel].recv(LONGEST)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.hang_up(channel)
        self.send(DATA if data else OVER, channel, data)


class HostRelay(Relay):
    """The end on the host: reads the fork server's commands from `commands`, and answers there."""

    def __init__(self, incoming: int, outgoing: int, commands: socket.socket) -> None:
        super().__init__(incoming, outgoing, PATIENCE)
        self._commands = commands
        self._last = 0

    def run(self) -> None:
        """Carry data until the grader ends; raises StreamEnded when the container ends first."""
        while not self.step((self._commands,)) or self.pass_on():
            pass

    def pass_on(self) -> bool:
        """Forward the command that has arrived; False when the grader has ended instead."""
        data, descriptors, _, _ = socket.recv_fds(self._commands, LONGEST, 1)
        self.close()  # one worker at a time: the last one has ended, or is about to
        if descriptors:
            self._last += 1
            self.converse(self._last, socket.socket(fileno=descriptors[0]))
        if data:
            self.send(CONTROL, self._last, data)
        return bool(data)

    def control(self, channel: int, message: bytes) -> None:
        self._commands.sendall(message)


def relay_main(descriptor: int, command: list[str]) -> None:
    """Run the container and carry data; when it ends, send its error to a waiting grader."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grader decides when we end
    commands = socket.socket(fileno=descriptor)
    with tempfile.TemporaryFile() as errors:
        container = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            start_new_session=True,
        )
        assert container.stdin is not None and container.stdout is not None
        try:
            with contextlib.suppress(BrokenPipeError):
                container.stdin.write(_package())
                container.stdin.flush()
            HostRelay(container.stdout.fileno(), container.stdin.fileno(), commands).run()
        except StreamEnded as ended:
            _end(container)
            message = {"failed": _last_words(errors) or str(ended)}
            with contextlib.suppress(OSError):
                commands.sendall(json.dumps(message).encode())
        finally:
            _end(container)


def _package() -> bytes:
    """This package's code for the container, which may have another Python and no mounts.

    Its length stands before it in 4 bytes.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        package = Path(__file__).parents[1]
        for path in sorted(package.rglob("*.py")):
            archive.write(path, path.relative_to(package.parent))
    return len(buffer.getvalue()).to_bytes(4, "big") + buffer.getvalue()


def _end(container: subprocess.Popen[bytes]) -> None:
    """Close the stream: the process inside then ends, and the engine removes the container."""
    assert container.stdin is not None
    with contextlib.suppress(OSError):
        container.stdin.close()
    try:
        container.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        container.kill()
        container.wait()


def _last_words(errors: IO[bytes]) -> str:
    """The last line of the error messages of the engine or of the process in the container."""
    errors.seek(0)
    lines = errors.read().decode(errors="replace").strip().splitlines()
    said = [line.strip() for line in lines if line.strip()]
    return said[-1][:500] if said else ""


PR_SET_DUMPABLE = 4
EVERYTHING = -1
"""The process id for `kill` that means every process except the first one."""


def container_main(memory: int, folders: list[str], *, together: bool, imports: str) -> None:
    """Make and end workers by the commands on standard input, until that is closed.

    `folders` can be written to: the scratch folder, and others that libraries need.
    """
    if os.getpid() != 1:
        sys.exit("this is for the first process of a container: it kills all the others")
    _let_others_look_in(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grader decides when we end
    parent = ContainerForkServer(memory, folders, together=together, imports=imports)
    sys.path[0] = ""  # a notebook imports what lies beside it, nothing of ours
    with contextlib.suppress(StreamEnded):
        parent.run()


class InnerRelay(Relay):
    """The end of the stream inside the container: keeps the commands that arrive."""

    def __init__(self) -> None:
        # the grader is trusted to send no more than a worker can take
        super().__init__(incoming=0, outgoing=1, patience=float("inf"))
        self.commands: list[tuple[int, dict[str, Any]]] = []

    def control(self, channel: int, message: bytes) -> None:
        self.commands.append((channel, json.loads(message)))


class ContainerForkServer(ForkServer):
    """Takes its commands from the stream. `folders` can be written to; workers run in the first."""

    def __init__(
        self, memory: int, folders: Sequence[str], *, together: bool, imports: str
    ) -> None:
        self._relay, self._folders = InnerRelay(), [Path(folder) for folder in folders]
        unused = socket.socket(socket.AF_UNIX)  # nobody is at its other end
        super().__init__(unused, False, memory, together=together, imports=imports)
        empty(self._folders[0])  # of what was imported by now

    def _take(self) -> tuple[dict[str, Any], list[int]]:
        while not self._relay.commands:
            self._relay.step()
        channel, command = self._relay.commands.pop(0)
        if "spawn" not in command:
            self._relay.close()
            return command, []
        ours, theirs = socket.socketpair()
        self._relay.converse(channel, ours)
        self._watch = Watch(self._memory, visible_group())
        return {"spawn": str(self._folders[0])}, [theirs.detach()]

    def _send(self, message: dict[str, Any]) -> None:
        self._relay.send(CONTROL, 0, json.dumps(message).encode())

    def _run_worker(self, scratch: str, connection: int, reports: int) -> None:
        self._relay.close()
        _let_others_look_in(True)
        keep_on(this_processor())  # all that it starts has one, as much as a neighbour
        with contextlib.suppress(OSError):  # short of memory, the kernel ends this one first
            Path("/proc/self/oom_score_adj").write_text("1000")
        if os.uname().machine in MACHINES:
            refuse_system_calls()  # where that fails, the container alone must hold
        super()._run_worker(scratch, connection, reports)

    def _end(self, worker: int) -> dict[str, Any]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(EVERYTHING, signal.SIGKILL)
        answer = super()._end(worker)
        answer |= {"over_limit": self._watch.over_limit(0),
                   "killed_for_others": self._watch.killed_for_others()}
        left = [folder for folder in self._folders if not empty(folder)]
        if left:
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


if __name__ == "__main__":
    relay_main(int(sys.argv[1]), sys.argv[2:])
