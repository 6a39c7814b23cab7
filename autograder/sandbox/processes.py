"""Processes on Linux: the descendants of one, their memory, and the processor that they run on."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import sys
from pathlib import Path


def this_processor() -> int | None:
    """The processor that this process is running on, where the kernel has just placed it."""
    if sys.platform != "linux":
        return None
    processor: int = ctypes.CDLL(None).sched_getcpu()
    return processor if processor >= 0 else None


def keep_on(processor: int | None, process: int = 0) -> None:
    """Let `process`, and what it starts from now on, run there only; 0 is this process."""
    if sys.platform == "linux" and processor is not None:
        with contextlib.suppress(OSError):  # it has ended, or that processor has been taken away
            os.sched_setaffinity(process, {processor})


MEMORY = re.compile(r"^(?:Pss|SwapPss|RssAnon|RssShmem|VmSwap):\s+(\d+) kB$", re.MULTILINE)


def descendants(root: int) -> list[int]:
    """The process ids of everything that descends from the process `root`, parents first."""
    children: dict[int, list[int]] = {}
    for process in _numbers("/proc"):
        if (text := _read(f"/proc/{process}/stat")) and ")" in text:
            parent = int(text.rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(process)
    found = [*children.get(root, [])]
    for process in found:  # grows while it is read
        found += children.get(process, [])
    return found


def memory_below(root: int) -> int:
    """Bytes of memory of the descendants of `root`; what several share is divided among them.

    Of a process that lets nobody look, which it may, all that it has counts as its own.
    """
    return sum(
        int(size) << 10 for process in descendants(root)
        for size in MEMORY.findall(
            _read(f"/proc/{process}/smaps_rollup") or _read(f"/proc/{process}/status"))
    )


def _numbers(folder: str) -> list[int]:
    try:
        return [int(name) for name in os.listdir(folder) if name.isdecimal()]
    except OSError:
        return []


def _read(path: str) -> str:
    """The file, or "" when its process has gone meanwhile."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
