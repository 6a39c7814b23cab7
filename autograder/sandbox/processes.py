"""Processes on Linux: the descendants of one, the processor that they run on, and what they use."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


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


@dataclass(frozen=True)
class Usage:
    """What processes use: `memory` in bytes now; `processor` and `waited` in seconds so far.

    `waited` is the time in which they were ready to run and another process had the processor.
    """

    memory: int = 0
    processor: float = 0.0
    waited: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.memory + other.memory, self.processor + other.processor,
                     self.waited + other.waited)


def usage(processes: Iterable[int]) -> Usage:
    """What these processes use together; memory that several share is divided among them.

    Of a process that lets nobody look, which it may, all the memory that it has counts as its own.
    """
    return sum((_usage(process) for process in processes), Usage())


def _usage(process: int) -> Usage:
    where = f"/proc/{process}"
    sizes = MEMORY.findall(_read(f"{where}/smaps_rollup") or _read(f"{where}/status"))
    times = _read(f"{where}/stat").rpartition(")")[2].split()[11:15]  # its own, its children's
    queue = _read(f"{where}/schedstat").split()
    return Usage(
        sum(int(size) << 10 for size in sizes), sum(map(int, times)) / TICKS,
        int(queue[1]) / 1e9 if len(queue) > 1 else 0.0,
    )


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
