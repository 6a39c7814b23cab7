"""Measures memory and processor time of the processes of a job, and bounds their memory.

The grading process measures its worker and checker with `usage`, and asks the `Watch` of an attempt
whether they must be ended for want of memory. The memory of processes can be added up from outside.
Socket buffers, pipes, files in memory and tables of the kernel belong to no process; only a control
group counts them. So each job (grading process, fork server, worker, checker) gets a memory control
group of its own, where the kernel allows it: the caller makes `Groups` once, below its own group,
and each grading process enters one with `Groups.enter`; its children inherit it.

    own group of the caller / homework-PID / job-PID

Both versions of the kernel's interface are supported. Version 1 needs only write permission on the
own group, which root has. In version 2 a group with processes in it cannot contain groups with a
bound. So the caller must be the only process of its own group, as `systemd-run --user --scope -p
Delegate=yes` makes it; root may use the top of the hierarchy instead.

Without a group, three things bound what a job can take: the limits of its processes
(`limit_resources` in sandbox.namespaces), the refused system calls (same module), and the `Watch`,
which also looks at how much memory the machine has left.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.language import N_

OWN_MEMORY = 512 << 20
"""Bytes of a group for the grading process and the fork server."""
PREFIX = "homework-"
NO_GROUP = "no memory control group"
OOMS = re.compile(r"^oom (\d+)$", re.MULTILINE)
WHOLE_NUMBER = re.compile(r"^(\d+)$", re.MULTILINE)
OOM_KILLS = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)
MEMORY_LINES = re.compile(r"^(?:Pss|SwapPss|RssAnon|RssShmem|VmSwap):\s+(\d+) kB$", re.MULTILINE)
AT_MOST_LINES = re.compile(r"^(?:VmRSS|VmSwap):\s+(\d+) kB$", re.MULTILINE)
AVAILABLE = re.compile(r"^MemAvailable:\s+(\d+) kB$", re.MULTILINE)
TOTAL = re.compile(r"^MemTotal:\s+(\d+) kB$", re.MULTILINE)
LARGE = 256 << 20
"""Bytes; the processes of an ordinary submission use less together."""
HAS_CHILDREN = os.path.exists(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
TICKS = os.sysconf("SC_CLK_TCK")
"""Units of processor time in a second, as /proc counts it."""


@dataclass(frozen=True)
class Usage:
    """The usage of processes: `memory` in bytes now, `processor` and `waited` in seconds so far.

    `waited` is the time in which they were ready to run and another process had the processor.
    """

    memory: int = 0
    processor: float = 0.0
    waited: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.memory + other.memory, self.processor + other.processor,
                     self.waited + other.waited)


def usage(processes: Iterable[int], *, at_most: bool = False) -> Usage:
    """The usage of these processes together; shared memory is divided among them.

    If a process does not let others read its memory map, all its memory counts as its own.
    With `at_most`, shared memory counts in full for each process: the sum is too large rather than
    too small, and quicker to read.
    """
    return sum((_usage(process, at_most) for process in processes), Usage())


def _usage(process: int, at_most: bool) -> Usage:
    where = f"/proc/{process}"
    if at_most:
        sizes = AT_MOST_LINES.findall(_read(f"{where}/status"))
    else:
        sizes = MEMORY_LINES.findall(_read(f"{where}/smaps_rollup") or _read(f"{where}/status"))
    times = _read(f"{where}/stat").rpartition(")")[2].split()[11:15]  # its own, its children's
    queue = _read(f"{where}/schedstat").split()
    return Usage(
        sum(int(size) << 10 for size in sizes), sum(map(int, times)) / TICKS,
        int(queue[1]) / 1e9 if len(queue) > 1 else 0.0,
    )


def descendants(root: int) -> list[int]:
    """The process ids of everything that descends from the process `root`, parents first."""
    found = _children(root)
    for process in found:  # grows while it is read
        found += _children(process)
    return found


def _children(process: int) -> list[int]:
    """The children of all threads of a process."""
    tasks = [f"/proc/{process}/task/{thread}" for thread in _numbers(f"/proc/{process}/task")]
    if tasks and not HAS_CHILDREN:
        return _children_searched(process)
    return [int(child) for task in tasks for child in _read(f"{task}/children").split()]


def _children_searched(process: int) -> list[int]:
    """The same on a kernel without the file `children`: all processes are searched."""
    parents = {child: _read(f"/proc/{child}/stat").rpartition(")")[2].split()[1:2]
               for child in _numbers("/proc")}
    return [child for child, parent in parents.items() if parent == [str(process)]]


def _numbers(folder: str) -> list[int]:
    try:
        return [int(name) for name in os.listdir(folder) if name.isdecimal()]
    except OSError:
        return []


def this_processor() -> int | None:
    """The processor that this process is running on, where the kernel has just placed it."""
    if sys.platform != "linux":
        return None
    processor: int = ctypes.CDLL(None).sched_getcpu()
    return processor if processor >= 0 else None


def keep_on(processor: int | None, process: int = 0) -> None:
    """Let `process` and its future children run on `processor` only; 0 is this process."""
    if sys.platform == "linux" and processor is not None:
        with contextlib.suppress(OSError):  # it has ended, or that processor has been taken away
            os.sched_setaffinity(process, {processor})


@dataclass(frozen=True)
class Version:
    """The file names of a version of the interface."""

    limit: str
    swap: str
    swap_is_separate: bool
    events: str


V1 = Version("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", False, "memory.oom_control")
V2 = Version("memory.max", "memory.swap.max", True, "memory.events")
PEAK = "memory.max_usage_in_bytes"
"""Version 1: the most memory that a group has held since something was written to this file."""
UNBOUNDED = 1 << 60
"""Version 1 shows a number larger than this where there is no bound."""
KERNEL_BATCH = 4 << 20
"""Bytes that the kernel may take at once: a group with less than this left counts as full."""


@dataclass(frozen=True)
class MemoryGroup:
    """The group of one job."""

    folder: Path
    version: Version

    def kills(self) -> int:
        """How many processes of the group the kernel has killed so far for want of memory."""
        return _number(OOM_KILLS, self.folder / self.version.events) or 0

    def times_full(self) -> int:
        """How often the group was full; version 1 tells only whether, since `begin`: 0 or 1."""
        if self.version is V2:
            return _number(OOMS, self.folder / self.version.events) or 0
        peak = _number(WHOLE_NUMBER, self.folder / PEAK)
        limit = _number(WHOLE_NUMBER, self.folder / self.version.limit)
        return int(peak is not None and limit is not None and peak >= limit - KERNEL_BATCH)

    def begin(self) -> int:
        """Count `times_full` from now on, if the kernel can; the count that is to be subtracted."""
        if self.version is V2:
            return self.times_full()
        with contextlib.suppress(OSError):  # not writable in a container
            (self.folder / PEAK).write_text("0")
        return 0


def visible_group() -> MemoryGroup | None:
    """The group of the container that this runs in, if it can be seen; else None."""
    for folder, version in ((Path("/sys/fs/cgroup"), V2), (Path("/sys/fs/cgroup/memory"), V1)):
        bound = _number(WHOLE_NUMBER, folder / version.limit)
        if bound is not None and bound < UNBOUNDED:
            return MemoryGroup(folder, version)
    return None


@dataclass(frozen=True)
class Groups:
    """A folder in which the groups of jobs are made."""

    folder: Path
    version: Version

    def enter(self, memory: int) -> MemoryGroup | None:
        """Put this process into a group of its own, with `memory` bytes for student code.

        None when the kernel refuses it.
        """
        group = MemoryGroup(self.folder / f"job-{os.getpid()}", self.version)
        try:
            group.folder.mkdir()
            bound = memory + OWN_MEMORY
            (group.folder / self.version.limit).write_text(str(bound))
            with contextlib.suppress(OSError):  # a kernel that does not count swapped memory
                swap = 0 if self.version.swap_is_separate else bound
                (group.folder / self.version.swap).write_text(str(swap))
            (group.folder / "cgroup.procs").write_text("0")
        except OSError:
            return None
        return group


@contextlib.contextmanager
def find_groups() -> Iterator[Groups | None]:
    """A folder for groups, removed at the end of the block; None where groups are not allowed."""
    groups = None
    for own, version in _places():
        with contextlib.suppress(OSError):
            groups = _make(own, version)
            break
    try:
        yield groups
    finally:
        if groups:
            _undo_make(groups.folder)


def _places() -> Iterator[tuple[Path, Version]]:
    """Folders in which groups may be made: the own group, then the top of the hierarchy."""
    if sys.platform != "linux":
        return
    for line in _read("/proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        version = V1 if controllers == "memory" else V2 if not controllers else None
        if version and (top := _mount_point(version)):
            yield top / path.lstrip("/"), version
            yield top, version


def _mount_point(version: Version) -> Path | None:
    """Where the hierarchy that controls memory is mounted."""
    for line in _read("/proc/self/mounts").splitlines():
        _, where, kind, options, *_ = line.split()
        if version is V1 and kind == "cgroup" and "memory" in options.split(","):
            return Path(where)
        if version is V2 and kind == "cgroup2":
            return Path(where)
    return None


def _make(own: Path, version: Version) -> Groups:
    """Make the folder for groups below the group `own`; raises OSError."""
    for left in own.glob(PREFIX + "*"):  # left by a caller that was killed
        if not Path("/proc", left.name.removeprefix(PREFIX)).exists():
            _remove(left)
    folder = own / f"{PREFIX}{os.getpid()}"
    folder.mkdir()
    try:
        if version is V2:
            _control_memory(own, folder)
        if not (folder / version.limit).exists():
            raise OSError("the kernel does not control memory here")
    except OSError:
        _remove(folder)
        raise
    return Groups(folder, version)


def _control_memory(own: Path, folder: Path) -> None:
    """Version 2: let the kernel control memory in `folder` and below; raises OSError."""
    if "memory" not in _read(own / "cgroup.subtree_control").split():
        here = _read(own / "cgroup.procs").split()
        if here != [str(os.getpid())]:
            raise OSError("other processes are in the own group")
        aside = folder / "caller"
        aside.mkdir()
        (aside / "cgroup.procs").write_text("0")
        try:
            (own / "cgroup.subtree_control").write_text("+memory")
        except OSError:
            (own / "cgroup.procs").write_text("0")
            raise
    (folder / "cgroup.subtree_control").write_text("+memory")


def _undo_make(folder: Path) -> None:
    """Undo `_make`; a caller that moved to the group `caller` returns to its own group."""
    if (folder / "caller").exists():
        with contextlib.suppress(OSError):
            for group in folder.glob("job-*"):
                group.rmdir()
            for parent in (folder, folder.parent):
                (parent / "cgroup.subtree_control").write_text("-memory")
            (folder.parent / "cgroup.procs").write_text("0")
    _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder of groups, except groups that still hold processes."""
    for group in [*folder.glob("*/"), folder]:
        with contextlib.suppress(OSError):
            group.rmdir()


class Watch:
    """Decides whether the processes of one attempt must be killed for want of memory.

    `memory` is how many bytes they may use together.
    """

    def __init__(self, memory: int, group: MemoryGroup | None) -> None:
        self._memory, self._group = memory, group
        self._group_kills = group.kills() if group else 0
        self._times_full = group.begin() if group else 0
        self._machine_kills = machine_kills()

    def over_limit(self, used: int) -> str:
        """The reason to kill them if they use or have used more than `memory`; else ""."""
        full = self._group is not None and self._group.times_full() > self._times_full
        if used <= self._memory and not (full and self._killed()):
            return ""
        return N_("its processes took more than {memory:g} GiB of memory").format(
            memory=self._memory / 2**30)

    def machine_short(self, used: int) -> str:
        """The reason to kill them if this machine is short of memory; else "".

        Large processes are killed first. That is not the student's fault: the memory may be used by
        other programs.
        """
        left, reserve = memory_available(), memory_reserve()
        if left is None or left >= (reserve if used >= LARGE else reserve // 2):
            return ""
        return N_("this machine ran short of memory ({left} MiB left)").format(left=left >> 20)

    def killed_for_others(self) -> str:
        """The reason if the kernel has killed processes for want of memory; else "".

        Ask this only when they have not exceeded their own limit.
        """
        if not self._killed():
            return ""
        return N_("its process was killed while this machine was short of memory")

    def _killed(self) -> bool:
        if self._group:
            return self._group.kills() > self._group_kills
        return machine_kills() > self._machine_kills


def memory_available() -> int | None:
    """Bytes of memory available without swapping; None where that is not known."""
    found = _number(AVAILABLE, "/proc/meminfo")
    return None if found is None else found << 10


def memory_reserve() -> int:
    """The machine is short of memory with fewer bytes than this: 1/32 of all, 192 MiB to 1 GiB."""
    return min(max((_number(TOTAL, "/proc/meminfo") or 0) << 5, 192 << 20), 1 << 30)


def machine_kills() -> int:
    """How many processes the kernel of this machine has killed so far for want of memory."""
    return _number(OOM_KILLS, "/proc/vmstat") or 0


def _number(pattern: re.Pattern[str], path: str | Path) -> int | None:
    found = pattern.search(_read(path))
    return int(found[1]) if found else None


def _read(path: str | Path) -> str:
    """The text of a file; "" if it is not there, or its process has gone meanwhile."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
