"""`homework grade --container IMAGE`: a fork server inside one long-lived container.

For machines whose kernel gives a worker no namespaces of its own: macOS, Windows with WSL, and some
Linux. Student code runs in the container; checks and results stay outside. Each worker is a process
of its own in the container, and nothing of it is left behind. The container has no network, a
read-only root, no capabilities and an unprivileged user. Nothing is mounted into it and no image is
fetched: code, cells and values go through the stream of `docker run -i` (container_stream).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from autograder.errors import UserError
from autograder.sandbox.client import (
    CONTAINER,
    ForkServerClient,
    ForkServerGone,
    Isolation,
)
from autograder.sandbox.namespaces import MEMORY, NOBODY, PROCESSES, SCRATCH, SCRATCH_BYTES

ENGINES = ("docker", "podman")
ANSWER_SECONDS = 30
OWN_MEMORY = 512 << 20
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
memory, scratch, mode = int(sys.argv[1]), sys.argv[2], sys.argv[3]
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
container_main(memory, scratch, together=mode == "together")
"""
"""What the container's Python runs: it takes this package from its standard input."""


def start_fork_server(
    isolation: Isolation, memory: int = MEMORY, *, together: bool = False
) -> ForkServerClient:
    """A fork server with that isolation, which is not "best" any more; raises UserError."""
    if isolation.kind == CONTAINER:
        return ContainerClient(find_container(isolation.image), memory, together=together)
    return ForkServerClient(isolation, memory, together=together)


@dataclass(frozen=True)
class Container:
    """An image, and the engine that has it."""

    engine: str
    image: str

    def command(self, memory: int, mode: str) -> list[str]:
        """The command that runs it; it reads commands on its standard input, and answers.

        Student code in it may use `memory` bytes.
        """
        environment = [f"--env={name}={value}" for name, value in ENVIRONMENT.items()]
        scratch = f"{SCRATCH}:rw,exec,nosuid,nodev,mode=1777,size={SCRATCH_BYTES}"
        return [
            self.engine, "run", "--rm", "--interactive", "--pull=never", "--log-driver=none",
            "--network=none", "--read-only", f"--tmpfs={scratch}", "--ipc=none",
            "--hostname=worker", "--workdir=/", f"--user={NOBODY}:{NOBODY}", "--cap-drop=ALL",
            "--security-opt=no-new-privileges", f"--pids-limit={PROCESSES}",
            f"--memory={memory + OWN_MEMORY}b", "--oom-score-adj=1000", *environment,
            "--entrypoint=python3", self.image, "-c", BOOTSTRAP, str(memory), SCRATCH, mode,
        ]


def find_container(image: str) -> Container:
    """The engine on the PATH that answers, with `image` in it; raises UserError."""
    engine = _find_engine()
    if complaint := _ask(engine, "image", "inspect", image):
        name = os.path.basename(engine)
        raise UserError(
            f"--container {image}", f"an image that {name} has", complaint,
            f"build it, or fetch it yourself with `{name} pull {image}`: nothing is fetched while "
            "grading",
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
            "--container", "docker or podman", "neither is on the PATH",
            "install one, or leave --container away",
        )
    name, complaint = next(iter(complaints.items()))
    if "permission denied" in complaint.lower():
        raise UserError(
            f"--container with {name}", "an engine that you may use", complaint,
            f"ask for access to it (often that is to be in the group {name}), or use podman",
        )
    raise UserError(
        f"--container with {name}", "an engine that answers", complaint,
        f"start {name}, then run the same command again",
    )


def _ask(*command: str) -> str:
    """The last line of what the engine complains of, or "" if it does what it is asked."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False,
            timeout=ANSWER_SECONDS, stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {ANSWER_SECONDS} s"
    except OSError as error:
        return str(error)
    if done.returncode == 0:
        return ""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return lines[-1][:500] if lines else f"exit status {done.returncode}"


class ContainerClient(ForkServerClient):
    """A fork server in a container; raises ContainerGone when that has ended."""

    def __init__(
        self, container: Container, memory: int = MEMORY, *, together: bool = False
    ) -> None:
        self._container = container
        super().__init__(Isolation(CONTAINER, container.image), memory, together=together)

    def _command(self, descriptor: int, memory: int) -> list[str]:
        return [sys.executable, "-P", "-m", "autograder.sandbox.container_stream", str(descriptor),
                *self._container.command(memory, self._mode)]

    def _environment(self) -> dict[str, str]:
        return os.environ | {"PYTHONPATH": super()._environment()["PYTHONPATH"]}

    def _answer(self, expected: str) -> dict[str, Any]:
        answer = super()._answer(expected)
        if "failed" in answer:
            raise ContainerGone(self._container, expected, str(answer["failed"]))
        return answer


class ContainerGone(ForkServerGone):
    """The container did not start, or is there no more; a new one can be started."""

    def __init__(self, container: Container, expected: str, why: str) -> None:
        super().__init__(expected, why)
        self.where = f"--container {container.image}"
        self.remedy = (
            f"see whether `{os.path.basename(container.engine)} run --rm {container.image} python3 "
            "-c \"import numpy, IPython, otter\"` works (Python 3.11 or newer), then run the same "
            "command again: finished work is kept"
        )
