"""What `make otter-grade` needs of a machine, and a docker engine of its own on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Any

PACKAGES = {"dockerd": "docker.io", "mmdebstrap": "mmdebstrap"}
"""Programs that are needed, and Debian's packages of them."""
HERE = Path(__file__).parent
START_SECONDS = 60
LONGEST = 1200
"""Seconds that one command may take; the longest fetches and installs the image's packages."""


class Skip(Exception):
    """Why containers cannot be shown on this machine."""


def prepare() -> None:
    """Install what is missing; raises Skip where that cannot be done."""
    if sys.platform != "linux" or os.geteuid() != 0:
        raise Skip("it builds an image and starts an engine, which takes root on Linux")
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [package for program, package in PACKAGES.items() if not shutil.which(program)]
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise Skip(f"{' and '.join(missing)} would have to be installed, and there is no apt-get")
    say(f"installing {' and '.join(missing)}")
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}  # 1: start no service
    for command in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
        done = subprocess.run(["apt-get", "-qq", *command], env=os.environ | quiet, check=False,
                              capture_output=True, text=True, timeout=LONGEST)
        if done.returncode:
            raise Skip(f"apt-get {command[0]} failed: {done.stderr.strip()[-300:]}")


class Engine:
    """A docker engine on a socket of its own; a context manager.

    It keeps its images below `data`, opens no port, changes no firewall and pulls nothing. Raises
    Skip when the kernel does not let it start.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._folder = Path(tempfile.mkdtemp(prefix="otter-grade-"))
        socket = f"unix://{self._folder}/docker.sock"
        plugins = self._folder / "cli-plugins"
        plugins.mkdir()
        shutil.copy(HERE / "docker-buildx", plugins)
        self.environment = os.environ | {
            "DOCKER_HOST": socket, "DOCKER_CONFIG": str(self._folder), "DOCKER_CLI_HINTS": "false",
        }
        self._log: IO[bytes] = (self._folder / "log").open("wb")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Engine:
        self._process = subprocess.Popen(
            ["dockerd", "--host", self.environment["DOCKER_HOST"],
             "--data-root", str(self._data.resolve()), "--exec-root", f"{self._folder}/exec",
             "--pidfile", f"{self._folder}/pid", "--iptables=false", "--ip6tables=false",
             "--bridge=none", "--storage-driver=overlay2"],
            stdout=self._log, stderr=self._log, stdin=subprocess.DEVNULL,
        )
        try:
            self._wait_for_start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait_for_start(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while self.docker("version", check=False).returncode:
            if self._process.poll() is not None or time.monotonic() > deadline:
                last = (self._folder / "log").read_text().strip().splitlines()[-1:]
                raise Skip(f"this machine's kernel does not let dockerd start: {''.join(last)}")
            time.sleep(0.2)

    def docker(self, *arguments: str, check: bool = True, **options: Any) -> Any:
        """Run a docker command against this engine."""
        return subprocess.run(["docker", *arguments], env=self.environment, check=check,
                              **{"capture_output": True, "text": True, "timeout": LONGEST}
                              | options)

    def __exit__(self, *_error: object) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def say(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)
