"""The system calls that a worker is refused: those that lift a bound, or reach past its namespaces.

The filter is a seccomp program. What it refuses fails with EPERM; it holds for every child and can
not be taken away. Calls that need a capability are not listed, since a worker has none. The groups
in `REFUSED` answer one question about every call of the kernel: can a confined process use it to

- lift a bound: its processor, its place in the queue for it, the limits of another process;
- hold memory that belongs to no process, so that nothing counts it, or a table that all share;
- look at or change other processes, or the kernel itself;
- leave its namespaces?

A few calls do nothing and report success, since programs make them in good faith: `sync`, which
would write back the disks of the whole machine, and larger socket buffers.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
ALLOW, FAIL, KILL = 0x7FFF0000, 0x00050000, 0x80000000
LOAD, IF_EQUAL, IF_AT_LEAST, IF_ANY_BIT, AND, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
"""Where these stand in what the kernel shows the program; each argument takes 8 bytes."""

X32 = 0x40000000
"""System calls of the third ABI of x86-64 begin here."""
NEW_NAMESPACES = 0x7E020000
FAMILIES = (1, 2, 10, 16)
"""unix, inet, inet6, netlink. Others, such as vsock, are not kept in by any namespace."""
SHARED_ANONYMOUS = 0x21
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
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
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
IGNORED = {"sync": (162, 81), "syncfs": (306, 267)}


@dataclass(frozen=True)
class Machine:
    """A kind of processor: its place in the pairs above, and the calls that are looked into."""

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
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0) != 0:
        return os.strerror(ctypes.get_errno())
    return ""


def _program(machine: Machine) -> bytes:
    """The filter, 8 bytes an instruction: whatever no block below refuses is allowed."""
    return b"".join([
        _do(LOAD, ARCHITECTURE), _do(IF_EQUAL, machine.audit, then=1), _do(RETURN, KILL),
        _do(LOAD, NUMBER), _fail_if(IF_AT_LEAST, X32, errno.EPERM),
        *_fail_each(REFUSED, machine, errno.EPERM), *_fail_each(IGNORED, machine, SUCCESS),
        # its flags cannot be read here; the C library then uses clone
        _fail_if(IF_EQUAL, machine.clone3, errno.ENOSYS),
        _with_argument(machine.clone, 0, _fail_if(IF_ANY_BIT, NEW_NAMESPACES, errno.EPERM)),
        _with_argument(machine.mmap, 3, _do(AND, SHARED_ANONYMOUS)
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
    """For that system call: load an argument, run `block`, allow what it left."""
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
