"""`homework grade --container IMAGE`: a warm parent inside one long-lived container.

For machines whose kernel gives a worker no namespaces of its own: macOS, Windows with WSL, and some
Linux. Student code runs in the container; checks and results stay outside. Each worker is a process
of its own in there, and nothing of it is left behind (`contained`). The container has no network, a
read-only root, no capabilities and an unprivileged user. Nothing is mounted into it and no image is
fetched: code, cells and values go through the stream of `docker run -i` (`relay`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from autograder import isolation
from autograder.errors import UserError
from autograder.warm import WarmParent, WarmParentGone

CONTAINER = "container"
"""What results record as isolation."""
ENGINES = ("docker", "podman")
ANSWER_SECONDS = 30
OWN_MEMORY = 512 << 20
"""Bytes for the warm parent, and for files in memory."""
ENVIRONMENT = {
    "HOME": isolation.SCRATCH, "MPLCONFIGDIR": isolation.SCRATCH, "LANG": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg",
    "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0",
}

BOOTSTRAP = f"""\
import os, sys
if sys.version_info < (3, 11):
    sys.exit("its python3 is " + sys.version.split()[0])
def take(count):
    data = b""
    while len(data) < count:
        data += os.read(0, count - len(data)) or sys.exit("no code arrived")
    return data
archive = "{isolation.SCRATCH}/homework.zip"
with open(archive, "wb") as file:
    file.write(take(int.from_bytes(take(4), "big")))
sys.path[0] = archive
from autograder.contained import main
os.remove(archive)
main(int(sys.argv[1]))
"""
"""What the container's Python runs: it takes this package from its standard input."""


def start_parent(isolation_: str, memory: int = isolation.MEMORY) -> WarmParent:
    """A warm parent isolated as asked for: in "container:IMAGE", or as WarmParent knows it.

    Raises UserError.
    """
    kind, _, image = isolation_.partition(":")
    if kind == CONTAINER:
        return ContainerParent(find_container(image), memory)
    return WarmParent(isolation_, memory)


@dataclass(frozen=True)
class Container:
    """An image, and the engine that has it."""

    engine: str
    image: str

    def command(self, memory: int) -> list[str]:
        """The command that runs it; it takes orders on its standard input, and answers.

        Student code in it may use `memory` bytes.
        """
        environment = [f"--env={name}={value}" for name, value in ENVIRONMENT.items()]
        scratch = f"{isolation.SCRATCH}:rw,exec,nosuid,nodev,mode=1777,size={isolation.SCRATCH_BYTES}"
        return [
            self.engine, "run", "--rm", "--interactive", "--pull=never", "--network=none",
            "--read-only", f"--tmpfs={scratch}", "--ipc=none", "--hostname=worker", "--workdir=/",
            f"--user={isolation.NOBODY}:{isolation.NOBODY}", "--cap-drop=ALL",
            "--security-opt=no-new-privileges", f"--pids-limit={isolation.PROCESSES}",
            f"--memory={memory + OWN_MEMORY}b",
            *environment, "--entrypoint=python3", self.image, "-c", BOOTSTRAP, str(memory),
        ]


def find_container(image: str) -> Container:
    """The engine on the PATH that answers, with `image` in it; raises UserError."""
    engine = _find_engine()
    if _ask(engine, "image", "inspect", image):
        raise UserError(
            f"--container {image}", f"an image that {engine} has", "no such image",
            f"build it, or fetch it yourself: {engine} pull {image} (nothing is fetched while "
            "grading)",
        )
    return Container(engine, image)


def _find_engine() -> str:
    complaints = {}
    for name in ENGINES:
        if path := shutil.which(name):
            complaint = _ask(path, "version")
            if not complaint:
                return path
            complaints[name] = complaint
    if not complaints:
        raise UserError(
            "--container", "docker or podman", "neither is on the PATH",
            "install one; or leave --container away; or, for submissions that you trust, use "
            "--isolation=process",
        )
    name, complaint = next(iter(complaints.items()))
    permitted = "permission denied" not in complaint.lower()
    raise UserError(
        f"--container with {name}",
        "an engine that answers" if permitted else "an engine that you may use", complaint,
        f"start {name}, then try again" if permitted
        else f"ask for access to it (often: membership of the group {name})",
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
    lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return lines[-1].strip() if lines else f"exit status {done.returncode}"


class ContainerParent(WarmParent):
    """A warm parent in a container."""

    def __init__(self, container: Container, memory: int = isolation.MEMORY) -> None:
        self._container = container
        super().__init__(CONTAINER, memory)

    def _command(self, descriptor: int, memory: int) -> list[str]:
        return [sys.executable, "-P", "-m", "autograder.relay", str(descriptor),
                *self._container.command(memory)]

    def _environment(self) -> dict[str, str]:
        return os.environ | {"PYTHONPATH": super()._environment()["PYTHONPATH"]}

    def _answer(self, expected: str) -> dict[str, Any]:
        answer = super()._answer(expected)
        if "failed" in answer:
            raise ContainerGone(self._container, expected, str(answer["failed"]))
        return answer


class ContainerGone(WarmParentGone):
    """The container did not start, or is there no more; a new one can be started."""

    def __init__(self, container: Container, expected: str, why: str) -> None:
        super().__init__(expected, why)
        self.where = f"container of {container.image}"
        self.remedy = (
            "use an image whose python3 is 3.11 or newer and has numpy and ipython; then run the "
            "same command again: finished work is kept"
        )
