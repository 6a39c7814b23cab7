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

from autograder import isolation
from autograder.grade import NAMESPACES, obtain
from autograder.processes import descendants
from autograder.warm import IsolationRefused, WarmParent
from tests.conftest import ROOT
from tests.ordinary import ordinary
from tests.worker_talk import talk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are of Linux")
REFUSED = "Operation not permitted"
READ_ONLY = "Read-only file system"


@pytest.fixture(scope="module")
def namespaces() -> None:
    try:
        obtain(NAMESPACES)
    except IsolationRefused as error:
        pytest.skip(f"no namespaces here: {error.found}")


@pytest.fixture(scope="module", params=["whoever runs the tests", "an ordinary user"])
def facts(
    request: pytest.FixtureRequest, namespaces: None, tmp_path_factory: pytest.TempPathFactory
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
    assert (facts["write_root"], facts["write_system"]) == (READ_ONLY, READ_ONLY)
    assert facts["write_library"] == READ_ONLY
    assert facts["write_scratch"] == "1"
    assert facts["setuid_programs"] == [1, 1]


def test_the_root_holds_only_what_is_needed(facts: dict[str, Any]) -> None:
    needed = {Path(path).parts[1] for path in isolation.readable_paths()}
    assert set(facts["root"]) == needed | {"dev", "etc", "tmp"}
    assert facts["dev"] == ["null", "random", "urandom"]


def test_the_bounds_are_set(facts: dict[str, Any]) -> None:
    assert (facts["processes"], facts["files"], facts["core"]) == (
        isolation.PROCESSES, isolation.OPEN_FILES, 0)
    assert facts["oom_score_adj"] == "1000"


def test_the_outer_process_is_out_of_reach(facts: dict[str, Any]) -> None:
    """Signals to its own group would else reach it, as it has the same user."""
    assert facts["outer_session"] != facts["inner_session"]


def test_a_refusal_names_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker's own filter refuses namespaces as a hardened kernel does."""
    code = (
        "from autograder import isolation, syscalls\n"
        "from autograder.warm import IsolationRefused, WarmParent\n"
        "isolation._libc.prctl(isolation.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)\n"
        "assert syscalls.refuse_system_calls() == ''\n"
        "from autograder.grade import obtain\n"
        "print(obtain('best'))\n"
        "try:\n    obtain('namespaces')\n"
        "except IsolationRefused as error:\n    print(error.found)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    assert done.stderr == ""
    best, why = done.stdout.splitlines()
    assert best == "process"
    assert why in ("unshare: Operation not permitted",
                   "unshare a user namespace: Operation not permitted")


def test_ten_refusals_in_a_row_leave_the_warm_parent_alive(tmp_path: Path) -> None:
    """A worker that ends at once must not race with the one who waits for it."""
    code = (
        "from autograder import isolation, syscalls\n"
        "from autograder.warm import IsolationRefused, WarmParent\n"
        "isolation._libc.prctl(isolation.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)\n"
        "syscalls.refuse_system_calls()\n"
        "with WarmParent('namespaces') as parent:\n"
        "    for _ in range(10):\n"
        "        try:\n            parent.spawn()\n"
        "        except IsolationRefused:\n            print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    assert done.stdout.split() == ["refused"] * 10


GRADER = '''
import sys, time
from autograder.warm import WarmParent
from tests.worker_talk import talk
with WarmParent("namespaces") as parent, talk(parent) as notebook:
    print("ready", flush=True)
    notebook.run(sys.argv[1])
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
        "time.sleep(600)"
    ),
}


@pytest.mark.parametrize("user", ["whoever runs the tests", "an ordinary user"])
@pytest.mark.parametrize("name", ESCAPES)
def test_no_process_survives_a_killed_grader(
    name: str, user: str, namespaces: None, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    before = [] if user == "whoever runs the tests" else ordinary(tmp_path)
    grader = subprocess.Popen([*before, sys.executable, "-c", GRADER, ESCAPES[name]], cwd=ROOT,
                              stdout=subprocess.PIPE)
    with grader:
        assert grader.stdout is not None
        assert grader.stdout.readline() == b"ready\n"
        time.sleep(0.5)
        family = descendants(grader.pid)
        assert len(family) >= 3
        os.kill(grader.pid, signal.SIGKILL)
    assert _gone(family)


@pytest.mark.parametrize("name", ESCAPES)
def test_no_process_survives_a_killed_warm_parent(name: str, namespaces: None) -> None:
    parent = WarmParent("namespaces")
    worker = parent.spawn()
    try:
        _start(worker.connection, ESCAPES[name])
        time.sleep(0.5)
        family = descendants(parent.process)
        assert len(family) >= 2
        os.kill(parent.process, signal.SIGKILL)
        assert _gone(family)
    finally:
        worker.connection.close()
        parent.close()


def test_ending_a_worker_ends_what_it_started(namespaces: None) -> None:
    with WarmParent("namespaces") as parent:
        with talk(parent) as notebook:
            notebook.run(ESCAPES["forks"].replace("600)", "0.2)"))
            family = descendants(parent.process)
        assert len(family) == 5
        assert descendants(parent.process) == []
        assert _gone(family)


def test_the_outer_process_cannot_be_stopped_by_its_group(namespaces: None) -> None:
    cell = "import os, signal\nos.kill(0, signal.SIGSTOP)"
    with WarmParent("namespaces") as parent, talk(parent) as notebook:
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
    paths = isolation.readable_paths()
    assert str(tmp_path / "link") in paths
    assert str(tmp_path / "real") in paths


def _start(connection: Any, cell: str) -> None:
    """Ask a worker to run a cell, and do not wait for its answer."""
    from autograder.frames import pack

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
