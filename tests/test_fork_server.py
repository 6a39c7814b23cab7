"""The fork server's workers: what they are born with, and how they end."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.rpc.frames import PeerGone
from autograder.rpc.peer import Peer
from autograder.sandbox.client import PROCESS, ForkServerClient, PackageMissing, Worker
from autograder.sandbox.resources import descendants
from tests.sentences import sentence
from tests.worker_talk import talk


@pytest.fixture(scope="module")
def parent() -> Iterator[ForkServerClient]:
    with ForkServerClient(PROCESS) as parent:
        yield parent


def test_the_environment_is_a_notebook_s(parent: ForkServerClient) -> None:
    with talk(parent) as notebook:
        environment = notebook.value("import os\nanswer = dict(os.environ)")
        folder = notebook.value("answer = os.getcwd()")
    assert environment.keys() == {
        "HOME", "TMPDIR", "PATH", "LANG", "MPLBACKEND", "MPLCONFIGDIR", "OPENBLAS_NUM_THREADS",
    }
    assert environment["HOME"] == environment["TMPDIR"] == folder


def test_the_arguments_are_a_kernel_s(parent: ForkServerClient) -> None:
    with talk(parent) as notebook:
        assert notebook.value("import sys\nanswer = sys.argv[1]") == "-f"


def test_nothing_of_the_project_can_be_imported(parent: ForkServerClient) -> None:
    with talk(parent) as notebook:
        path = notebook.value("import sys\nanswer = sys.path")
        outcomes = notebook.run("import solutions", "import tests.hostile", "import gradebook")
    assert path[0] == ""
    assert not [p for p in path[1:] if Path(p, "autograder").exists() and "site-packages" not in p]
    assert [error for _, error, _ in outcomes[:2]] == ["ModuleNotFoundError"] * 2


def test_packages_of_the_homework_are_there_before_a_notebook_begins() -> None:
    imports = ["wave", "colorsys"]
    with ForkServerClient(PROCESS, imports=imports) as parent, talk(parent) as notebook:
        loaded = notebook.value("import sys\nanswer = [n in sys.modules for n in "
                                "('wave', 'colorsys', 'chunk')]")
    assert loaded == [True, True, False]


def test_a_package_that_is_missing_is_said_before_anything_is_graded() -> None:
    with pytest.raises(PackageMissing, match="no_such_module") as caught:
        ForkServerClient(PROCESS, imports=["wave", "no_such_module"])
    assert caught.value.where == sentence("homework-packages")
    assert "wave" not in str(caught.value)


def test_ctrl_c_means_what_it_means_in_a_notebook(parent: ForkServerClient) -> None:
    with talk(parent) as notebook:
        cell = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nimport time; time.sleep(1)"
        assert notebook.run(cell)[0][:2] == ("error", "KeyboardInterrupt")


@pytest.mark.parametrize(("cell", "how"), [
    ("import os; os._exit(3)", sentence("by-exit-code", code=3)),
    ("import os; os._exit(0)", sentence("by-exit-code", code=0)),
    ("import os; os.abort()", sentence("by-signal", code=6, signal="Aborted")),
    ("import ctypes; ctypes.string_at(0)",
     sentence("by-signal", code=11, signal="Segmentation fault")),
])
def test_how_a_worker_ended(parent: ForkServerClient, cell: str, how: str) -> None:
    worker = parent.spawn()
    with pytest.raises(PeerGone):
        _run(worker, cell)
    time.sleep(0.05)
    assert parent.end(worker) == how


def test_a_worker_that_was_ended_by_us_says_nothing(parent: ForkServerClient) -> None:
    assert parent.end(parent.spawn()) == ""


def test_workers_do_not_know_of_each_other(parent: ForkServerClient) -> None:
    with talk(parent) as first:
        first.run("x = 1", "open('left', 'w').close()")
    with talk(parent) as second:
        assert second.get("x") is None
        assert second.value("import os\nanswer = os.listdir()") == []


def test_two_workers_at_a_time(parent: ForkServerClient) -> None:
    with talk(parent) as first, talk(parent) as second:
        first.run("x = 1")
        second.run("x = 2")
        assert (first.get("x"), second.get("x")) == (1, 2)


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are looked up in /proc")
def test_orphans_are_found_without_namespaces_too(parent: ForkServerClient) -> None:
    cell = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        time.sleep(600)\n"
        "    os._exit(0)\n"
        "os.wait()"
    )
    with talk(parent) as notebook:
        assert notebook.run(cell)[0][0] == "ok"
        assert len(descendants(parent.process)) == 2
    assert descendants(parent.process) == []


def test_a_worker_ends_when_its_grader_goes_away(parent: ForkServerClient) -> None:
    worker = parent.spawn()
    worker.connection.close()
    time.sleep(0.2)
    assert parent.end(worker) == sentence("by-exit-code", code=0)


def test_ctrl_c_does_not_end_the_fork_server(parent: ForkServerClient) -> None:
    os.kill(parent.process, signal.SIGINT)
    with talk(parent) as notebook:
        assert notebook.run("1") == [("ok", "", "")]


def test_each_process_is_bounded_in_memory() -> None:
    with ForkServerClient(PROCESS, memory=1 << 30) as parent, talk(parent) as notebook:
        limit = notebook.value("import resource\nanswer = resource.getrlimit(resource.RLIMIT_AS)")
    assert limit == (1 << 30, 1 << 30)


def _run(worker: Worker, cell: str) -> None:
    Peer(worker.connection, lambda *_: None, references_expire=True).request("run", cell)
