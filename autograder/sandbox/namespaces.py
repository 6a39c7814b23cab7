"""Confinement of a worker: namespaces and a root of its own, no privileges, a system-call filter.

A worker is two processes, because a process namespace begins with a child: the outer one calls
`unshare_outer`, forks, and waits; the inner one calls `confine` and then runs student code as the
first process of its namespace. When it ends, the kernel ends everything else in there. Student code
can take its own parent-death signal away (a thread that runs another program has none), so the
outer process, which student code cannot reach, ends the inner one.

As root the mounts are made by root and the user changes afterwards; an ordinary user makes them in
a user namespace of its own. Either way no capability is left at the end, nor any way to gain one.

The filter of system calls (the second half) is a seccomp program. A refused call fails with EPERM;
the filter holds for every child and cannot be taken away. Calls that need a capability are not
listed, since a worker has none. `REFUSED` lists every call of the kernel with which a confined
process could

- lift a bound: its processor, its place in the queue for it, the limits of another process;
- hold memory that belongs to no process, so that nothing counts it, or a table that all share;
- look at or change other processes, or the kernel itself;
- leave its namespaces.

A few calls do nothing and report success, since programs make them in good faith: those that have
all wait for a disk (`sync`, `fsync`) or drop files that others read from memory (`fadvise64`), and
larger socket buffers.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import resource
import signal
import site
import struct
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NOBODY = 65534
SCRATCH = "/tmp"
SCRATCH_BYTES = 64 << 20
SCRATCH_FILES = 20_000
SHARED_MEMORY, SHARED_BYTES = "/dev/shm", 64 << 20
MEMORY = 3 << 30
PROCESSES = 32
FILE_SIZE = 64 << 20
OPEN_FILES = 128
"""Each may be a socket, whose buffer belongs to no process."""
PENDING_SIGNALS = 1024
LOCKED_MEMORY = 1 << 16
CPU_SECONDS = 1800

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_CAPBSET_DROP = 1, 36, 24
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 38, 47
PR_CAP_AMBIENT_CLEAR_ALL, LAST_CAPABILITY, CAPABILITY_VERSION = 4, 63, 0x20080522
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/lib32", "/sbin", "/etc/fonts",
          "/etc/ld.so.cache", "/etc/localtime")
DEVICES = ("/dev/null", "/dev/random", "/dev/urandom")
"""Not /dev/zero: mapping it makes memory that belongs to no process."""
PASSWD = f"student:x:{NOBODY}:{NOBODY}::{SCRATCH}:/bin/sh\n"

_libc = ctypes.CDLL(None, use_errno=True)


class Refused(Exception):
    """The kernel did not allow a step of the confinement."""


def die_with_parent(by: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send this process a signal when its parent ends."""
    if sys.platform == "linux":
        _libc.prctl(PR_SET_PDEATHSIG, by, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent has ended."""
    if sys.platform == "linux":
        _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def unshare_outer() -> None:
    """Leave the namespaces of the grader; the next child is the first process of new ones."""
    spaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
    if sys.platform != "linux" or os.uname().machine not in MACHINES:
        raise Refused(f"{sys.platform} has no namespaces that this program knows")
    if os.geteuid() == 0:
        _call("unshare", _libc.unshare(spaces))
        return
    user, group = os.geteuid(), os.getegid()
    _call("unshare a user namespace", _libc.unshare(spaces | CLONE_NEWUSER))
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{NOBODY} {user} 1")
    _write("/proc/self/gid_map", f"{NOBODY} {group} 1")


def confine() -> None:
    """Remove every right of this process that student code does not need, for good."""
    namespaces_left = os.open("/proc/sys/user", os.O_RDONLY | os.O_DIRECTORY)
    _write("/proc/self/oom_score_adj", "1000")  # short of memory, the kernel ends this one first
    _enter_root(readable_paths())
    os.chdir(SCRATCH)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        _call("unshare a user namespace", _libc.unshare(CLONE_NEWUSER))
    with contextlib.suppress(OSError):  # without it the read-only mounts are enough
        _refuse_nested(namespaces_left)
    os.close(namespaces_left)
    _drop_privileges()
    if why := refuse_system_calls():
        raise Refused(f"seccomp: {why}")
    die_with_parent()  # the change of user has cleared it


def limit_resources(memory: int, *, isolated: bool) -> None:
    """Bound what this process and its children may use; each of them `memory` bytes."""
    limits = [
        (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, FILE_SIZE),
        (resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_AS, memory),
    ]
    if sys.platform == "linux":
        limits += [
            (resource.RLIMIT_SIGPENDING, PENDING_SIGNALS), (resource.RLIMIT_MSGQUEUE, 0),
            (resource.RLIMIT_MEMLOCK, LOCKED_MEMORY),
        ]
    if isolated:  # else the user's other processes would count
        limits.append((resource.RLIMIT_NPROC, PROCESSES))
    for limit, value in limits:
        with contextlib.suppress(ValueError, OSError):  # macOS refuses some
            resource.setrlimit(limit, (value, value))


@cache
def readable_paths() -> tuple[str, ...]:
    """The paths in the worker's root: system, interpreter and libraries, not this project.

    The fork server finds them once, for all its workers.
    """
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"),
                 *site.getsitepackages()}
    if site.ENABLE_USER_SITE:
        libraries.add(site.getusersitepackages())
    wanted = [*SYSTEM, sys.base_prefix, sys.base_exec_prefix, *sorted(libraries), *_own_python()]
    chosen: list[str] = []
    for path in [*wanted, *map(os.path.realpath, wanted)]:
        inside = any(Path(path).is_relative_to(other) for other in chosen)
        if path and os.path.exists(path) and not inside:
            chosen.append(path)
    return tuple(chosen)


def _own_python() -> list[str]:
    """The files of a virtual environment, beside its libraries, that let its `python` run."""
    folder = os.path.dirname(sys.executable)
    names = {"python", "python3", os.path.basename(sys.executable)}
    files = [os.path.join(sys.prefix, "pyvenv.cfg"),
             *(os.path.join(folder, name) for name in sorted(names))]
    return files if sys.prefix != sys.base_prefix else []


def _enter_root(paths: Sequence[str]) -> None:
    """Make a small file system in memory, show `paths` in it read-only, and leave the old root."""
    _mount(None, "/", MS_REC | MS_PRIVATE)
    root = tempfile.gettempdir()  # any folder will do; only this namespace sees the mount
    sources = {path: os.open(path, os.O_PATH) for path in (*paths, *DEVICES)
               if not os.path.islink(path)}
    links = {path: os.path.realpath(path) for path in paths if os.path.islink(path)}
    _mount("tmpfs", root, MS_NOSUID | MS_NODEV, "tmpfs", "size=1m,mode=755")
    os.mkdir(root + SCRATCH)  # mounted first: the interpreter may lie below it
    _mount("tmpfs", root + SCRATCH, MS_NOSUID | MS_NODEV, "tmpfs",
           f"size={SCRATCH_BYTES},nr_inodes={SCRATCH_FILES},mode=777")
    for path, descriptor in sources.items():
        _show(f"/proc/self/fd/{descriptor}", root + path, read_only=path not in DEVICES)
        os.close(descriptor)
    for path, target in links.items():
        os.makedirs(os.path.dirname(root + path), exist_ok=True)
        os.symlink(target, root + path)
    _mount_for_libraries(root)
    os.makedirs(root + "/etc", exist_ok=True)
    Path(root, "etc/passwd").write_text(PASSWD)
    _mount(None, root, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)
    os.chdir(root)
    _call("pivot_root", _libc.syscall(SYS_PIVOT_ROOT[os.uname().machine], b".", b"."))
    _call("umount", _libc.umount2(b".", MNT_DETACH))
    os.chdir("/")


def _mount_for_libraries(root: str) -> None:
    """Mount /dev/shm (for multiprocessing) and /proc of this namespace (for psutil)."""
    os.makedirs(root + SHARED_MEMORY, exist_ok=True)
    _mount("tmpfs", root + SHARED_MEMORY, MS_NOSUID | MS_NODEV | MS_NOEXEC, "tmpfs",
           f"size={SHARED_BYTES},nr_inodes={SCRATCH_FILES},mode=777")
    os.mkdir(root + "/proc")
    with contextlib.suppress(Refused):  # a container may cover parts of it: then there is none
        _mount("proc", root + "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, "proc")


def _show(source: str, target: str, *, read_only: bool) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    _mount(source, target, MS_BIND | MS_REC)
    if read_only:
        kept = os.statvfs(target).f_flag & ~MS_RDONLY  # flags that a user namespace may not drop
        _mount(None, target, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | kept)


def _refuse_nested(sysctl: int) -> None:
    file = os.open("max_user_namespaces", os.O_WRONLY, dir_fd=sysctl)
    try:
        os.write(file, b"0")
    finally:
        os.close(file)


def _drop_privileges() -> None:
    for capability in range(LAST_CAPABILITY + 1):
        _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # those above the kernel's last fail
    _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = struct.pack("Ii", CAPABILITY_VERSION, 0)
    _call("capset", _libc.capset(header, struct.pack("6I", 0, 0, 0, 0, 0, 0)))
    _call("no_new_privs", _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def _mount(
    source: str | None, target: str, flags: int, kind: str | None = None, data: str | None = None
) -> None:
    texts = [text.encode() if text is not None else None for text in (source, target, kind, data)]
    _call(f"mount {target}", _libc.mount(texts[0], texts[1], texts[2], flags, texts[3]))


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w") as file:
            file.write(text)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from None


def _call(what: str, result: int) -> None:
    if result != 0:
        raise Refused(f"{what}: {os.strerror(ctypes.get_errno())}")


PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
ALLOW, FAIL, KILL = 0x7FFF0000, 0x00050000, 0x80000000
LOAD, IF_EQUAL, IF_AT_LEAST, IF_ANY_BIT, AND, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
"""Offsets in the data that the kernel passes to the filter; an argument takes 8 bytes."""

X32 = 0x40000000
"""Numbers of the x32 ABI of x86-64 begin here."""
NEW_NAMESPACES = 0x7E020000
FAMILIES = (1, 2, 10, 16)
"""unix, inet, inet6, netlink. No namespace confines others, such as vsock."""
SHARED_ANONYMOUS, HUGE_PAGES = 0x21, 0x40000
"""Flags of mmap: memory of no process, and memory of a pool that all processes share."""
PR_SCHED_CORE = 62
"""Option of prctl: keep the other threads of a processor core idle."""
SOL_SOCKET, SO_SNDBUF, SO_RCVBUF = 1, 7, 8
SUCCESS = 0

REFUSED = {  # numbers on x86-64 and on 64-bit ARM; None where the call does not exist
    # lifts a bound on the processor
    "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118), "sched_setattr": (314, 274), "setpriority": (141, 140),
    "ioprio_set": (251, 30), "personality": (135, 92),
    # memory of no process, or a table of the whole machine or user
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194),
    "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180), "io_setup": (206, 0),
    "vmsplice": (278, 75), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "inotify_init": (253, None), "inotify_init1": (294, 26), "fanotify_init": (300, 262),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # other processes and the kernel
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "pidfd_getfd": (438, 438), "kcmp": (312, 272),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "syslog": (103, 116), "open_by_handle_at": (304, 265),
    # out of the namespaces
    "unshare": (272, 97), "setns": (308, 268),
}
IGNORED = {
    "sync": (162, 81), "syncfs": (306, 267), "fsync": (74, 82), "fdatasync": (75, 83),
    "sync_file_range": (277, 84), "msync": (26, 227), "fadvise64": (221, 223),
}


@dataclass(frozen=True)
class Machine:
    """A kind of processor: its column in `REFUSED`, and the calls whose arguments are checked."""

    audit: int
    column: int
    clone: int
    clone3: int
    socket: int
    setsockopt: int
    mmap: int
    prctl: int
    prlimit64: int


MACHINES = {
    "x86_64": Machine(0xC000003E, 0, clone=56, clone3=435, socket=41, setsockopt=54, mmap=9,
                      prctl=157, prlimit64=302),
    "aarch64": Machine(0xC00000B7, 1, clone=220, clone3=435, socket=198, setsockopt=208, mmap=222,
                       prctl=167, prlimit64=261),
}


def refuse_system_calls() -> str:
    """Install the filter for this process and its children; "" or why the kernel refused it.

    The process must have set no_new_privs.
    """
    program = _program(MACHINES[os.uname().machine])
    buffer = ctypes.create_string_buffer(program)
    header = struct.pack("HP", len(program) // 8, ctypes.addressof(buffer))
    if _libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0) != 0:
        return os.strerror(ctypes.get_errno())
    return ""


def _program(machine: Machine) -> bytes:
    """The filter, 8 bytes an instruction: it allows each call that no block refuses."""
    return b"".join([
        _do(LOAD, ARCHITECTURE), _do(IF_EQUAL, machine.audit, then=1), _do(RETURN, KILL),
        _do(LOAD, NUMBER), _fail_if(IF_AT_LEAST, X32, errno.EPERM),
        *_fail_each(REFUSED, machine, errno.EPERM), *_fail_each(IGNORED, machine, SUCCESS),
        # its flags cannot be read here; the C library then uses clone
        _fail_if(IF_EQUAL, machine.clone3, errno.ENOSYS),
        _with_argument(machine.clone, 0, _fail_if(IF_ANY_BIT, NEW_NAMESPACES, errno.EPERM)),
        _with_argument(machine.mmap, 3, _fail_if(IF_ANY_BIT, HUGE_PAGES, errno.EPERM)
                       + _do(AND, SHARED_ANONYMOUS)
                       + _fail_if(IF_EQUAL, SHARED_ANONYMOUS, errno.EPERM)),
        _with_argument(machine.prctl, 0, _fail_if(IF_EQUAL, PR_SCHED_CORE, errno.EPERM)),
        # 0 is the process itself; getrlimit and setrlimit of the C library use only that
        _with_argument(machine.prlimit64, 0, _do(IF_EQUAL, 0, then=1)
                       + _do(RETURN, FAIL | errno.EPERM)),
        _with_argument(machine.setsockopt, 1, _only_if(SOL_SOCKET, _load(2)
                       + _fail_if(IF_EQUAL, SO_SNDBUF, SUCCESS)
                       + _fail_if(IF_EQUAL, SO_RCVBUF, SUCCESS))),
        _with_argument(machine.socket, 0, b"".join(
            _do(IF_EQUAL, family, then=len(FAMILIES) - index)
            for index, family in enumerate(FAMILIES)
        ) + _do(RETURN, FAIL | errno.EAFNOSUPPORT)),
        _do(RETURN, ALLOW),
    ])


def _fail_each(
    calls: Mapping[str, tuple[int, int | None]], machine: Machine, error: int
) -> list[bytes]:
    numbers = [pair[machine.column] for pair in calls.values()]
    return [_fail_if(IF_EQUAL, number, error) for number in numbers if number is not None]


def _with_argument(call: int, argument: int, block: bytes) -> bytes:
    """The rule for a system call: load an argument, run `block`, and allow the call otherwise."""
    inside = _load(argument) + block + _do(RETURN, ALLOW)
    return _do(IF_EQUAL, call, otherwise=len(inside) // 8) + inside


def _load(argument: int) -> bytes:
    """Load the low half of an argument of the call."""
    return _do(LOAD, ARGUMENTS + 8 * argument)


def _only_if(value: int, block: bytes) -> bytes:
    return _do(IF_EQUAL, value, otherwise=len(block) // 8) + block


def _fail_if(test: int, value: int, error: int) -> bytes:
    """Fail with `error`, which may be SUCCESS, if the test holds."""
    return _do(test, value, otherwise=1) + _do(RETURN, FAIL | error)


def _do(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("HBBI", code, then, otherwise, value)
