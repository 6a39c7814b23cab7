"""The filter of system calls: what it refuses, and that it leaves the rest alone."""

from __future__ import annotations

import json
import platform
import struct
import subprocess
import sys
from typing import Any

import pytest

from autograder.sandbox import namespaces
from tests.conftest import ROOT

TRY = '''
import ctypes, json, mmap, os, resource, socket, subprocess, sys, threading
from autograder.sandbox import namespaces
from autograder.sandbox.namespaces import PR_SET_NO_NEW_PRIVS

machine = namespaces.MACHINES[os.uname().machine]
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
neighbour = os.getppid()
refused = namespaces.refuse_system_calls()

def tried(action):
    try:
        action()
    except OSError as error:
        return error.strerror
    return ""

def call(pair):
    number = pair[machine.column]
    ctypes.set_errno(0)
    libc.syscall(number, 0, 0, 0, 0, 0)
    return os.strerror(ctypes.get_errno())

def thread():
    threads = [threading.Thread(target=str) for _ in range(2)]
    [each.start() for each in threads]
    [each.join() for each in threads]

def buffer():
    connection, _ = socket.socketpair()
    before = connection.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * before)
    return connection.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) == before

def delay():
    with socket.socket() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

def families():
    return [tried(lambda: socket.socket(f, socket.SOCK_STREAM).close()) for f in (1, 2, 10)]

print(json.dumps(dict(
    refused=refused,
    numbers={name: call(pair) for name, pair in namespaces.REFUSED.items()
             if pair[machine.column] is not None},
    ignored=[call(pair) for pair in namespaces.IGNORED.values()],
    bounds=[tried(lambda: os.sched_setaffinity(0, os.sched_getaffinity(0))),
            tried(lambda: os.nice(1)),
            tried(lambda: os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))),
            tried(lambda: resource.prlimit(neighbour, resource.RLIMIT_NOFILE)),
            (libc.prctl(62, 1, 0, 0, 0), os.strerror(ctypes.get_errno()))[1]],
    own_limits=tried(lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0))),
    buffer=buffer(), delay=delay(),
    clone3=(libc.syscall(435, 0, 0), os.strerror(ctypes.get_errno())),
    new_user=(libc.syscall(machine.clone, 0x10000011, 0, 0, 0, 0),
              os.strerror(ctypes.get_errno())),
    shared=tried(lambda: mmap.mmap(-1, 4096)),
    huge=tried(lambda: mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000)),
    private=tried(lambda: mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)),
    file=tried(lambda: mmap.mmap(os.open(__import__("json").__file__, os.O_RDONLY), 10,
                                 prot=mmap.PROT_READ)),
    families=families(), vsock=tried(lambda: socket.socket(40, 1)),
    thread=tried(thread), program=subprocess.run(["echo", "x"], capture_output=True).returncode,
    child=subprocess.run([sys.executable, "-c", "import os; os.memfd_create('x')"],
                         capture_output=True, text=True).stderr.splitlines()[-1],
)))
'''


@pytest.fixture(scope="module")
def tries() -> dict[str, Any]:
    """What a process with the filter may do."""
    if sys.platform != "linux" or platform.machine() not in namespaces.MACHINES:
        pytest.skip("the filter is for Linux on x86-64 and arm64")
    done = subprocess.run([sys.executable, "-c", TRY], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_kernel_takes_it(tries: dict[str, Any]) -> None:
    assert tries["refused"] == ""


def test_calls_that_are_refused_whole(tries: dict[str, Any]) -> None:
    assert set(tries["numbers"].values()) == {"Operation not permitted"}, tries["numbers"]


def test_calls_that_do_nothing(tries: dict[str, Any]) -> None:
    assert set(tries["ignored"]) == {"Success"} and len(tries["ignored"]) == 7
    assert tries["buffer"]
    assert tries["delay"] == 1  # other options of a socket are set


def test_bounds_stay_where_they_are(tries: dict[str, Any]) -> None:
    assert tries["bounds"] == ["Operation not permitted"] * 5
    assert tries["own_limits"] == ""


def test_namespaces_by_clone(tries: dict[str, Any]) -> None:
    assert tries["clone3"] == [-1, "Function not implemented"]
    assert tries["new_user"] == [-1, "Operation not permitted"]


def test_memory_without_an_owner(tries: dict[str, Any]) -> None:
    assert tries["shared"] == tries["huge"] == "Operation not permitted"
    assert (tries["private"], tries["file"]) == ("", "")


def test_socket_families(tries: dict[str, Any]) -> None:
    assert tries["families"][:2] == ["", ""]
    assert tries["families"][2] in ("", "Address family not supported by protocol")  # no IPv6
    assert tries["vsock"] == "Address family not supported by protocol"


def test_threads_and_programs_still_start(tries: dict[str, Any]) -> None:
    assert (tries["thread"], tries["program"]) == ("", 0)


def test_programs_inherit_it(tries: dict[str, Any]) -> None:
    assert tries["child"] == "PermissionError: [Errno 1] Operation not permitted"


@pytest.mark.parametrize("machine", namespaces.MACHINES)
def test_no_jump_leaves_the_program(machine: str) -> None:
    program = namespaces._program(namespaces.MACHINES[machine])
    steps = list(struct.iter_unpack("HBBI", program))
    assert steps[-1] == (namespaces.RETURN, 0, 0, namespaces.ALLOW)
    for index, (_, then, otherwise, _) in enumerate(steps):
        assert index + 1 + max(then, otherwise) < len(steps) or index == len(steps) - 1
