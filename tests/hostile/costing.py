"""Tries to make the others pay: the processor, memory that belongs to no process, the reading.

That the others do not pay is asserted of the honest neighbours, in test_hostile.py. What could
hurt a machine on which the isolation is broken first looks whether it is the first process of a
namespace.
"""
# ruff: noqa: SIM105

from tests.hostile.corpus import (
    ANSWERS,
    CELL_ERROR,
    CHECKS,
    COMPLETED,
    EXITED,
    HONEST,
    SETUP,
    as_file,
    code,
    file,
)


@code(namespaces=True)
def takes_its_processor_back() -> None:
    """Whoever is bound to a processor stays there, however many children it makes."""
    import ctypes
    import os
    import time
    libc = ctypes.CDLL(None, use_errno=True)
    ways = {
        "affinity": lambda: os.sched_setaffinity(0, range(os.cpu_count())),
        "scheduler": lambda: os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0)),
        "priority": lambda: os.setpriority(os.PRIO_PROCESS, 0, 1),
        "its own core": lambda: libc.prctl(62, 1, 0, 0, 0) and os.stat("/none"),
    }
    for name, way in ways.items():
        try:
            way()
        except OSError:
            continue
        raise LookupError(f"found a way: {name}")
    if os.getpid() == 1:
        for _ in range(28):
            if os.fork() == 0:
                end = time.monotonic() + 1.5
                while time.monotonic() < end:
                    try:
                        os.sched_setaffinity(0, range(os.cpu_count()))
                    except OSError:
                        pass
                os._exit(0)
        for _ in range(28):
            os.wait()


@code(namespaces=True)
def lifts_limits_of_other_processes() -> None:
    """Nobody's limits can be changed but one's own, not even those of a process one started."""
    import os
    import resource
    child = os.fork()
    if child == 0:
        while True:
            pass
    try:
        resource.prlimit(child, resource.RLIMIT_NOFILE, (8, 8))
    except PermissionError:
        pass
    else:
        raise LookupError(f"found process {child}")
    finally:
        os.kill(child, 9)


@code(namespaces=True)
def fills_socket_buffers() -> None:
    """What waits in sockets belongs to no process, and is bounded all the same."""
    import os
    import socket
    import time
    if os.getpid() == 1:
        for _ in range(30):
            if os.fork() == 0:
                kept = []
                try:
                    while True:
                        pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
                        kept.append(pair)
                        for one in pair:
                            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
                            one.setblocking(False)
                            try:
                                while True:
                                    one.send(bytes(200_000))
                            except OSError:
                                pass
                except OSError:
                    pass
                time.sleep(2.5)
                os._exit(0)
        time.sleep(2)


@code(namespaces=True)
def fills_pipes() -> None:
    """Nor what waits in pipes."""
    import fcntl
    import os
    import time
    if os.getpid() == 1:
        for _ in range(30):
            if os.fork() == 0:
                try:
                    while True:
                        _, write = os.pipe()
                        os.set_blocking(write, False)
                        try:
                            fcntl.fcntl(write, 1031, 1 << 20)
                        except OSError:
                            pass
                        try:
                            while True:
                                os.write(write, bytes(1 << 16))
                        except BlockingIOError:
                            pass
                except OSError:
                    pass
                time.sleep(2)
                os._exit(0)
        time.sleep(1.5)


@code(namespaces=True)
def pins_pages_in_pipes() -> None:
    """A page in a pipe can keep two megabytes around it that belong to no process any more."""
    import ctypes
    import mmap
    import os
    libc = ctypes.CDLL(None, use_errno=True)
    _, write = os.pipe()
    page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    first = ctypes.addressof(ctypes.c_char.from_buffer(page))
    if libc.vmsplice(write, (ctypes.c_size_t * 2)(first, 4096), 1, 0) >= 0:
        raise LookupError("found a way to give memory away")


@code(namespaces=True)
def takes_what_all_share() -> None:
    """Tables of the whole machine or user (asynchronous I/O, message queues, file watches)."""
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    context = ctypes.c_ulong(0)
    calls = {
        "asynchronous I/O": lambda: libc.syscall(206, 60_000, ctypes.byref(context)),
        "a ring": lambda: libc.syscall(425, 4096, ctypes.create_string_buffer(256)),
        "a message queue": lambda: libc.syscall(240, b"/x", 0o102, 0o600, 0),
        "a file watch": lambda: libc.inotify_init1(0),
        "a key": lambda: libc.syscall(248, b"user", b"x", b"y", 1, -3),
    }
    for name, call in calls.items():
        if call() >= 0:
            raise LookupError(f"found {name}")


@code(namespaces=True)
def writes_back_every_disk() -> None:
    """sync() would have the whole machine wait for its disks; it does nothing here.

    Nor does fsync() of a file of the system, which flushes the disk that all use.
    """
    import os
    import time
    file = os.open(os.__file__, os.O_RDONLY)
    begun = time.monotonic()
    for _ in range(300):
        os.sync()
        os.fsync(file)
        os.fdatasync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    if time.monotonic() - begun > 2:
        raise LookupError("found a disk")


@code("FEFP FF F", EXITED)
def returns_what_holds_itself_many_times() -> None:
    """Lists that hold one list twice, 50 levels deep, cost neither time nor memory to record."""
    def double(x):
        value = [1.0]
        for _ in range(50):
            value = [value, value]
        return value

    def descend(grad, w, steps):
        return {n: double(w) for n in range(3)}

    def treasure(clue):
        return [clue, clue, double(clue)]


@file(HONEST, COMPLETED)
def names_a_check_by_a_long_number() -> bytes:
    """An integer of 5,000 hexadecimal digits in the call of a check breaks no reader."""
    odd = f'grader.check("q1_double", 0x{"f" * 5000})\ngrader.check(0x{"f" * 5000})'
    return as_file([SETUP, ANSWERS, odd, *CHECKS])


@file(HONEST, CELL_ERROR, found="cells")
def has_very_many_cells() -> bytes:
    """The cells that are run, and the reasons that are kept of them, are bounded."""
    raising = ['raise ValueError("x" * 10_000)'] * 30_000
    return as_file([SETUP, ANSWERS, *CHECKS, *raising])
