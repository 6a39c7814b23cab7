"""Workers in namespaces: what is left to them, as root and as an ordinary user."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from autograder.rpc.frames import pack
from autograder.sandbox import namespaces
from autograder.sandbox.client import NAMESPACES, ForkServerClient
from autograder.sandbox.resources import descendants
from tests.conftest import ROOT
from tests.ordinary import ordinary
from tests.worker_talk import skip_without_namespaces, talk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are of Linux")
REFUSED = "Operation not permitted"
READ_ONLY = ("Read-only file system", "Permission denied")


@pytest.fixture(scope="module")
def namespaces_needed() -> None:
    skip_without_namespaces()


@pytest.fixture(scope="module", params=["whoever runs the tests", "an ordinary user"])
def facts(
    request: pytest.FixtureRequest, namespaces_needed: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """What a worker of that user looks like (see isolation_facts.py)."""
    folder = tmp_path_factory.mktemp("facts")
    before = [] if request.param == "whoever runs the tests" else ordinary(folder)
    done = subprocess.run(
        [*before, sys.executable, "-m", "tests.isolation_facts"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_user_is_nobody(facts: dict[str, Any]) -> None:
    assert (facts["user"], facts["effective"], facts["group"]) == (65534, 65534, 65534)
    assert facts["become_root"] in (REFUSED, "Invalid argument")
    assert facts["uid_map"] in ([], ["65534", facts["outside"]["Uid"].split()[0], "1"])
    assert "0" not in facts["outside"]["Uid"].split()
    # an ordinary user cannot give its groups away, but none is mapped: they open no file
    assert set(facts["groups"]) <= {65534}


def test_no_privilege_is_left(facts: dict[str, Any]) -> None:
    sets = [facts["outside"][f"Cap{name}"] for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")]
    assert sets == ["0" * 16] * 5
    assert facts["outside"]["NoNewPrivs"] == "1"
    assert facts["outside"]["Seccomp"] == "2"


def test_no_namespace_is_shared(facts: dict[str, Any]) -> None:
    assert facts["namespaces_shared"] == []
    assert facts["interfaces"] == ["lo"]
    assert (facts["process"], facts["parent"]) == (1, 0)


def test_no_namespace_can_be_made(facts: dict[str, Any]) -> None:
    assert facts["user_namespace"] == REFUSED
    assert facts["mount_namespace"] == REFUSED


def test_mounts_stay_as_they_are(facts: dict[str, Any]) -> None:
    assert (facts["remount"], facts["mount"]) == (REFUSED, REFUSED)
    assert facts["write_root"] == READ_ONLY[0]
    assert facts["write_system"] in READ_ONLY
    assert facts["write_library"] in READ_ONLY
    assert facts["write_scratch"] == "1"
    assert facts["setuid_programs"] == [1, 1]


def test_the_root_holds_only_what_is_needed(facts: dict[str, Any]) -> None:
    needed = {Path(path).parts[1] for path in namespaces.readable_paths()}
    assert set(facts["root"]) == needed | {"dev", "etc", "proc", "tmp"}
    assert facts["dev"] == ["null", "random", "shm", "urandom"]


def test_the_bounds_are_set(facts: dict[str, Any]) -> None:
    assert (facts["processes"], facts["files"], facts["core"]) == (
        namespaces.PROCESSES, namespaces.OPEN_FILES, 0)
    assert facts["oom_score_adj"] == "1000"


def test_the_outer_process_is_out_of_reach(facts: dict[str, Any]) -> None:
    """Signals to its own group would else reach it, as it has the same user."""
    assert facts["outer_session"] != facts["inner_session"]


def test_a_refusal_names_the_step() -> None:
    """The worker's own filter refuses namespaces as a hardened kernel does."""
    code = (
        "from autograder.sandbox import namespaces\n"
        "from autograder.sandbox.client import NAMESPACES, IsolationRefused, ForkServerClient\n"
        "namespaces._libc.prctl(namespaces.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)\n"
        "assert namespaces.refuse_system_calls() == ''\n"
        "with ForkServerClient(NAMESPACES) as parent:\n"
        "    try:\n        parent.spawn()\n"
        "    except IsolationRefused as error:\n        print(error.found)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    assert done.stderr == ""
    assert done.stdout.strip() in ("unshare: Operation not permitted",
                                   "unshare a user namespace: Operation not permitted")


def test_ten_refusals_in_a_row_leave_the_fork_server_alive() -> None:
    """A worker that ends at once must not race with the one who waits for it."""
    code = (
        "from autograder.sandbox import namespaces\n"
        "from autograder.sandbox.client import NAMESPACES, IsolationRefused, ForkServerClient\n"
        "namespaces._libc.prctl(namespaces.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)\n"
        "namespaces.refuse_system_calls()\n"
        "with ForkServerClient(NAMESPACES) as parent:\n"
        "    for _ in range(10):\n"
        "        try:\n            parent.spawn()\n"
        "        except IsolationRefused:\n            print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    assert done.stdout.split() == ["refused"] * 10


GRADER = '''
import time
from autograder.sandbox.client import NAMESPACES, ForkServerClient
from tests.test_namespaces import ESCAPES, start
with ForkServerClient(NAMESPACES) as parent:
    workers = [parent.spawn() for _ in ESCAPES]
    for worker, cell in zip(workers, ESCAPES.values()):
        start(worker.connection, cell)
    print("ready", flush=True)
    time.sleep(600)
'''
ESCAPES = {
    "waits": "import time; time.sleep(600)",
    "ignores_signals": (
        "import ctypes, signal, time\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n"
        "ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)\n"
        "time.sleep(600)"
    ),
    "execs_in_a_thread": (  # a new program that a thread begins has no parent-death signal
        "import os, threading, time\n"
        "threading.Thread(target=os.execv, args=('/bin/sleep', ['sleep', '600'])).start()\n"
        "time.sleep(600)"
    ),
    "forks": (
        "import ctypes, os, time\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)\n"
        "        break\n"
        "time.sleep(600)"
    ),
}


@pytest.mark.parametrize("user", ["whoever runs the tests", "an ordinary user"])
def test_no_process_survives_a_killed_grader(
    user: str, namespaces_needed: None, tmp_path: Path
) -> None:
    before = [] if user == "whoever runs the tests" else ordinary(tmp_path)
    grader = subprocess.Popen([*before, sys.executable, "-c", GRADER], cwd=ROOT,
                              stdout=subprocess.PIPE)
    with grader:
        assert grader.stdout is not None
        assert grader.stdout.readline() == b"ready\n"
        time.sleep(0.5)
        family = descendants(grader.pid)
        os.kill(grader.pid, signal.SIGKILL)
    assert len(family) >= 1 + 2 * len(ESCAPES)  # the fork server, outer and inner processes
    assert _gone(family)


def test_no_process_survives_a_killed_fork_server(namespaces_needed: None) -> None:
    parent = ForkServerClient(NAMESPACES)
    workers = [parent.spawn() for _ in ESCAPES]
    try:
        for worker, cell in zip(workers, ESCAPES.values(), strict=True):
            start(worker.connection, cell)
        time.sleep(0.5)
        family = descendants(parent.process)
        os.kill(parent.process, signal.SIGKILL)
        assert len(family) >= 2 * len(ESCAPES)
        assert _gone(family)
    finally:
        for worker in workers:
            worker.connection.close()
        parent.close()


def test_ending_a_worker_ends_what_it_started(namespaces_needed: None) -> None:
    with ForkServerClient(NAMESPACES) as parent:
        with talk(parent) as notebook:
            notebook.run(ESCAPES["forks"].replace("600)", "0.2)"))
            family = descendants(parent.process)
        assert len(family) == 5
        assert descendants(parent.process) == []
        assert _gone(family)


def test_the_outer_process_cannot_be_stopped_by_its_group(namespaces_needed: None) -> None:
    cell = "import os, signal\nos.kill(0, signal.SIGSTOP)"
    with ForkServerClient(NAMESPACES) as parent, talk(parent) as notebook:
        outer, _ = descendants(parent.process)
        notebook.run(cell)
        state = Path(f"/proc/{outer}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        assert state[0] == "S"


def test_an_interpreter_behind_a_link_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "link"))
    paths = namespaces.readable_paths.__wrapped__()  # not what is known already
    assert str(tmp_path / "link") in paths
    assert str(tmp_path / "real") in paths


def start(connection: Any, cell: str) -> None:
    """Ask a worker to run a cell, and do not wait for its answer."""
    connection.sendall(pack(["ask", 1, ["t", "run", cell], []]))


def _gone(processes: list[int]) -> bool:
    """Whether all of them end within a few seconds."""
    deadline = time.monotonic() + 10
    while any(_alive(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _alive(process: int) -> bool:
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"
