"""Looks at processes from outside, on Linux: what descends from one, and the memory of all that.

Elsewhere nothing is found. A process that has lost its parent belongs to the first process of its
namespace or to the nearest "subreaper", so nothing escapes the tree by forking twice.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

OWN_MEMORY = re.compile(r"^(?:RssAnon|RssShmem|VmSwap):\s+(\d+) kB$", re.MULTILINE)
"""Memory that a process has made; what it maps of files is shared and can be dropped."""


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
    """Bytes of memory that the descendants of `root` have made, together."""
    texts = [_read(f"/proc/{process}/status") for process in descendants(root)]
    return sum(int(size) << 10 for text in texts for size in OWN_MEMORY.findall(text))


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
