"""What descends from a process, and how much memory it uses."""

from __future__ import annotations

import mmap
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autograder.sandbox import processes
from autograder.sandbox.processes import descendants, memory_below

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
MB = 1 << 20


@contextmanager
def child(size: int = 0, *, hidden: bool = False) -> Iterator[int]:
    """A process that holds `size` bytes of its own, below this one."""
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        _hold(size, hidden, write)
    os.close(write)
    try:
        os.read(read, 1)
        yield process
    finally:
        os.close(read)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def _hold(size: int, hidden: bool, write: int) -> None:
    try:
        if hidden:
            from autograder.sandbox.namespaces import _libc

            _libc.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: nobody but root may look
        _kept = mmap.mmap(-1, size) if size else None
        if _kept:
            _kept.write(b"x" * size)
        os.write(write, b"x")
        time.sleep(60)
    finally:
        os._exit(0)


def test_children_and_their_children() -> None:
    shell = subprocess.Popen(["/bin/sh", "-c", "sleep 60 & sleep 60 & wait"])
    try:
        deadline = time.monotonic() + 10
        while len(descendants(shell.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        below = descendants(shell.pid)
        assert len(below) == 2
        assert descendants(os.getpid()) == [shell.pid, *below]
    finally:
        for process in descendants(os.getpid()):
            os.kill(process, signal.SIGKILL)
        shell.wait()


def test_a_process_whose_name_looks_like_fields(tmp_path: Path) -> None:
    program = tmp_path / "a) R 1 (b"
    program.symlink_to("/bin/sleep")
    odd = subprocess.Popen([program, "60"])
    try:
        assert odd.pid in descendants(os.getpid())
    finally:
        odd.kill()
        odd.wait()


@pytest.mark.parametrize("hidden", [False, True])
def test_memory_of_a_child(hidden: bool) -> None:
    with child(hidden=hidden):
        before = memory_below(os.getpid())
    with child(40 * MB, hidden=hidden):
        after = memory_below(os.getpid())
    assert 35 * MB < after - before < 60 * MB


def test_shared_memory_counts_once() -> None:
    with child(), child(), child():
        before = memory_below(os.getpid())
    kept = mmap.mmap(-1, 60 * MB)
    kept.write(b"x" * (60 * MB))
    with child(), child(), child():
        assert memory_below(os.getpid()) - before < 2 * 60 * MB


def test_nothing_is_below_a_process_that_is_not_there() -> None:
    assert descendants(1 << 30) == []
    assert memory_below(1 << 30) == 0


def test_without_proc_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes.os, "listdir", lambda _: (_ for _ in ()).throw(OSError()))
    assert descendants(os.getpid()) == []
