"""What bounds the memory of a job: control groups, and the watch over processes and machine."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.sandbox import resources
from autograder.sandbox.resources import (
    V1,
    V2,
    Groups,
    MemoryGroup,
    Version,
    Watch,
    find_groups,
)
from tests.sentences import pattern, sentence

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="control groups are of Linux")
MB = 1 << 20


def in_child(action: Callable[[], object]) -> int:
    """The wait status of a child that does this."""
    child = os.fork()
    if child == 0:
        try:
            action()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1]


@pytest.fixture
def groups() -> Iterator[Groups]:
    """A folder for groups, where this kernel gives one to whoever runs the tests."""
    with find_groups() as groups:
        if groups is None:
            pytest.skip("a control group for memory cannot be made here")
        yield groups
    assert not groups.folder.exists()


def fill_sockets() -> None:
    """Datagrams that nobody reads, in 250 pairs of sockets: memory of no process."""
    Path("/proc/self/oom_score_adj").write_text("1000")  # as a worker
    kept = []
    for _ in range(250):
        pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        kept.append(pair)
        for one in pair:
            one.setblocking(False)
            try:
                while True:
                    one.send(bytes(100_000))
            except OSError:
                continue
    time.sleep(1)


def test_a_group_bounds_what_belongs_to_no_process(
    groups: Groups, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "OWN_MEMORY", 0)

    def job() -> None:
        group = groups.enter(32 * MB)
        assert group
        watch = Watch(1 << 40, group)
        assert watch.over_limit(0) == ""
        assert os.waitstatus_to_exitcode(in_child(fill_sockets)) == -signal.SIGKILL
        assert watch.over_limit(0) == sentence("over-memory", memory=1024)
        assert group.kills() == 1
        os._exit(7)

    assert os.waitstatus_to_exitcode(in_child(job)) == 7


def test_what_a_killed_caller_left_is_removed() -> None:
    with find_groups() as groups:
        if groups is None:
            pytest.skip("a control group for memory cannot be made here")
    left = groups.folder.parent / "homework-999999999"
    (left / "job-1").mkdir(parents=True)
    try:
        with find_groups() as again:
            assert again == groups
            assert not left.exists()
    finally:
        resources._remove(left)


@pytest.fixture
def hierarchy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like version 2 of control groups, to whoever reads /proc/self."""
    own = tmp_path / "user.slice" / "run.scope"
    own.mkdir(parents=True)
    for folder in (tmp_path, own):
        (folder / "cgroup.subtree_control").write_text("")
        (folder / "cgroup.procs").write_text("1\n2\n")
    files = {"/proc/self/cgroup": "0::/user.slice/run.scope\n",
             "/proc/self/mounts": f"cgroup2 {tmp_path} cgroup2 rw 0 0\n"}
    real, mkdir = resources._read, Path.mkdir
    monkeypatch.setattr(resources, "_read", lambda path: files.get(str(path)) or real(path))

    def with_files(folder: Path, *args: int, **options: bool) -> None:
        mkdir(folder, *args, **options)
        if "memory" in (folder.parent / "cgroup.subtree_control").read_text():
            (folder / V2.limit).write_text("max")
        (folder / "cgroup.subtree_control").write_text("")

    monkeypatch.setattr(Path, "mkdir", with_files)
    monkeypatch.setattr(Path, "rmdir", shutil.rmtree)
    return tmp_path


def test_version_2_below_a_group_that_hands_down_memory(hierarchy: Path) -> None:
    own = hierarchy / "user.slice/run.scope"
    (own / "cgroup.subtree_control").write_text("cpu memory")
    with find_groups() as groups:
        assert groups == Groups(own / f"homework-{os.getpid()}", V2)
        assert (groups.folder / "cgroup.subtree_control").read_text() == "+memory"
        (groups.folder / "cgroup.subtree_control").write_text("memory")
        group = groups.enter(MB)
        assert group
        bound = MB + resources.OWN_MEMORY
        assert (group.folder / "memory.max").read_text() == str(bound)
        assert (group.folder / "memory.swap.max").read_text() == "0"
        assert (group.folder / "cgroup.procs").read_text() == "0"
        (group.folder / "memory.events").write_text("oom 3\noom_kill 2\noom_group_kill 0\n")
        assert group.kills() == 2
    assert not groups.folder.exists()


def test_version_2_among_other_processes_only_the_top_will_do(hierarchy: Path) -> None:
    with find_groups() as groups:
        assert groups is None  # the own group is not the caller's alone
    (hierarchy / "cgroup.subtree_control").write_text("memory")
    with find_groups() as groups:
        assert groups and groups.folder.parent == hierarchy


def test_without_control_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "_read", lambda _: "")
    with find_groups() as groups:
        assert groups is None
    watch = Watch(MB, None)
    assert (watch.over_limit(0), watch.machine_short(1 << 40), watch.killed_for_others()) == (
        "", "", "")


def test_a_group_that_the_kernel_refuses(tmp_path: Path) -> None:
    assert Groups(tmp_path / "not there", V1).enter(MB) is None


@pytest.mark.parametrize("version", [V1, V2])
def test_a_kill_in_a_group_that_is_not_full_is_not_its_own_fault(
    tmp_path: Path, version: Version
) -> None:
    """The kernel counts every kill in a group, also when it was the machine that was full."""
    def write(kills: int, full: int) -> None:
        (tmp_path / "memory.max_usage_in_bytes").write_text(f"{full * 512 * MB}\n")
        events = f"max 9\noom {full}\noom_kill {kills}\noom_group_kill 0\n"
        (tmp_path / version.events).write_text(events)

    (tmp_path / version.limit).write_text(f"{1024 * MB}\n")
    write(kills=1, full=1)
    watch = Watch(MB, MemoryGroup(tmp_path, version))
    write(kills=1, full=1)  # with version 1, half of the bound
    assert (watch.over_limit(0), watch.killed_for_others()) == ("", "")
    write(kills=2, full=1)
    assert watch.over_limit(0) == ""
    assert watch.killed_for_others() == sentence("machine-memory")
    write(kills=2, full=2)
    assert re.fullmatch(pattern("over-memory"), watch.over_limit(0))


def test_the_sum_over_processes_is_watched() -> None:
    watch = Watch(64 * MB, None)
    assert watch.over_limit(64 * MB) == ""
    assert watch.over_limit(65 * MB) == sentence("over-memory", memory=0.0625)


@pytest.mark.parametrize(("left", "used", "short"), [
    (900 * MB, 9000 * MB, False), (500 * MB, 9000 * MB, True), (500 * MB, 100 * MB, False),
    (200 * MB, 100 * MB, True),  # whoever it is: the kernel would choose worse
])
def test_of_a_machine_that_is_short_the_large_ones_go_first(
    monkeypatch: pytest.MonkeyPatch, left: int, used: int, short: bool
) -> None:
    text = f"MemTotal: {16 << 20} kB\nMemAvailable:   {left >> 10} kB\n"
    monkeypatch.setattr(resources, "_read", lambda path: text if path == "/proc/meminfo" else "")
    assert bool(Watch(MB, None).machine_short(used)) == short


def test_a_kill_for_want_of_memory_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    kills = iter(["oom_kill 4\n", "oom_kill 4\n", "oom_kill 5\n"])
    monkeypatch.setattr(resources, "_read", lambda _: next(kills))
    watch = Watch(MB, None)
    assert watch.killed_for_others() == ""
    assert watch.killed_for_others() == sentence("machine-memory")
