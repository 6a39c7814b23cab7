"""A real Dask scheduler and real workers, each a process of its own on the loopback interface.

They end with the test process, however that ends, and are ended by their process ids.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from autograder.sandbox.namespaces import die_with_parent

ROOT = Path(__file__).parents[1]
ADDRESS = "Scheduler at:"
START_SECONDS = 60


class SmallCluster:
    """A scheduler; `address` is its own, `processes` are it and its workers."""

    def __init__(self, folder: Path, package: Path = ROOT) -> None:
        self._folder, self._package, self._stack = folder, package, ExitStack()
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0")
        self.address = self._said(0, ADDRESS).split()[-1]
        self.workers: list[subprocess.Popen[bytes]] = []

    def add_worker(self) -> subprocess.Popen[bytes]:
        """Start a worker of one thread, and wait until it is there."""
        worker = self._start("worker", self.address, "--nthreads", "1", "--no-nanny",
                             "--death-timeout", "20", "--local-directory", str(self._folder))
        self.workers.append(worker)
        self._said(len(self.workers), "Registered to:")
        return worker

    def close(self) -> None:
        self._stack.close()

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        number = len(list(self._folder.glob("*.log")))
        with (self._folder / f"{number}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments, "--no-dashboard"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder,
                env=os.environ | {"PYTHONPATH": str(self._package)}, preexec_fn=die_with_parent,
            )
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process

    def _said(self, number: int, words: str) -> str:
        """The line of a process's log with these words."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            text = (self._folder / f"{number}.log").read_text(encoding="utf-8")
            for line in text.splitlines():
                if words in line:
                    return line
            time.sleep(0.05)
        raise AssertionError(f"no {words!r} in:\n{text}")


@contextmanager
def small_cluster(folder: Path, workers: int, package: Path = ROOT) -> Iterator[SmallCluster]:
    """A scheduler with so many workers, which import `autograder` from `package`."""
    folder.mkdir(parents=True)
    cluster = SmallCluster(folder, package)
    try:
        for _ in range(workers):
            cluster.add_worker()
        yield cluster
    finally:
        cluster.close()
