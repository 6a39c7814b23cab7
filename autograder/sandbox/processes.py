"""Looks at processes from outside, on Linux: what descends from one, and the memory of all that.

Elsewhere nothing is found. A process that has lost its parent belongs to the first process of its
namespace or to the nearest "subreaper", so nothing escapes the tree by forking twice.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

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
