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

from autograder.sandbox import resources
from autograder.sandbox.resources import Usage, descendants, usage

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
        before = usage(descendants(os.getpid())).memory
    with child(40 * MB, hidden=hidden):
        after = usage(descendants(os.getpid())).memory
    assert 35 * MB < after - before < 60 * MB


def test_shared_memory_counts_once() -> None:
    with child(), child(), child():
        before = usage(descendants(os.getpid())).memory
    kept = mmap.mmap(-1, 60 * MB)
    kept.write(b"x" * (60 * MB))
    with child(), child(), child():
        assert usage(descendants(os.getpid())).memory - before < 2 * 60 * MB


def test_nothing_is_below_a_process_that_is_not_there() -> None:
    assert descendants(1 << 30) == []
    assert usage([1 << 30]) == Usage()


def test_without_proc_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources.os, "listdir", lambda _: (_ for _ in ()).throw(OSError()))
    assert descendants(os.getpid()) == []


def test_time_with_and_without_a_processor() -> None:
    """Two busy processes on one processor: each runs for half of the time and waits for half."""
    code = ("import os, time\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
            "print(flush=True)\nend = time.monotonic() + 60\nwhile time.monotonic() < end: pass")
    busy = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
            for _ in range(2)]
    try:
        for process in busy:
            assert process.stdout is not None
            process.stdout.read(1)
        before = usage(process.pid for process in busy)
        time.sleep(0.6)
        after = usage(process.pid for process in busy)
    finally:
        for process in busy:
            process.kill()
            process.communicate()
    assert after.processor - before.processor < 0.8  # other programs may be busy, too
    assert 0.4 < after.waited - before.waited < 1.4
