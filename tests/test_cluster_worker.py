"""The program that a worker runs: an order on its standard input, an answer on its output."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.errors import UserError
from autograder.grading import local
from autograder.grading.attempt import Limits
from autograder.grading.batch import read_answer, write_batch
from autograder.grading.cluster import grade_batch
from autograder.grading.discover import find_submissions
from autograder.model import SubmissionResult, SubmissionStatus
from autograder.sandbox.client import PROCESS
from autograder.sandbox.resources import descendants
from tests.conftest import ROOT
from tests.quick import QuickSupervisor
from tests.sentences import pattern, sentence
from tests.tiny import CHECK, DOUBLE, RIGHT, RIGHT_HALF, START, TESTS, write_notebook, write_zip


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is run: see tests/quick.py."""
    monkeypatch.setattr(QuickSupervisor, "log", tmp_path / "log", raising=False)
    monkeypatch.setattr(local, "Supervisor", QuickSupervisor)


def order(folder: Path, tests: dict[str, str] = TESTS, **words: str) -> bytes:
    """An order for submissions of these words."""
    (folder / "subs").mkdir(exist_ok=True)
    for name, word in words.items():
        (folder / "subs" / f"{name}.ipynb").write_text(word)
    found = find_submissions([folder / "subs"], folder / "unpacked").submissions
    archive = write_zip(folder / "autograder.zip", tests).read_bytes()
    return write_batch(archive, Limits(), PROCESS, found)


def carried_out(data: bytes, seconds: float = 60.0) -> dict[str, SubmissionResult]:
    return {
        graded.result.name: graded.result
        for graded in read_answer(grade_batch(data, seconds), "tcp://one")
    }


def test_a_batch_is_graded(tmp_path: Path, quick: None) -> None:
    found = carried_out(order(tmp_path, a="right", b="dies", c="right"))
    assert [found[name].score for name in "ac"] == [5.0, 5.0]
    assert found["b"].status is SubmissionStatus.NOT_RUN
    assert found["b"].reason == sentence("process-killed")


def test_it_stops_when_the_time_is_up(tmp_path: Path, quick: None) -> None:
    assert len(carried_out(order(tmp_path, a="right", b="right", c="right"), seconds=0)) == 1


def test_what_no_submission_can_mend_is_refused(tmp_path: Path, quick: None) -> None:
    with pytest.raises(UserError, match=pattern("the-worker", worker="tcp://one")) as caught:
        carried_out(order(tmp_path, a="refused"))
    assert "--isolation=process" in caught.value.remedy
    with pytest.raises(UserError, match=sentence("otter-test-file")):
        carried_out(order(tmp_path, {"tests/q1.py": "def ("}, a="right"))


PROGRAM = [sys.executable, "-m", "autograder.grading.cluster"]
WORKER = [sys.executable, "-c", f"import subprocess; subprocess.run({PROGRAM})"]
"""Stands for a Dask worker: a process that waits for the program."""


def start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def test_what_test_files_print_is_no_answer(tmp_path: Path) -> None:
    write_notebook(tmp_path / "subs" / "a.ipynb", START, RIGHT, CHECK, RIGHT_HALF)
    tests = TESTS | {"tests/q1_double.py": DOUBLE + "\nprint('said', flush=True)\n"}
    answered, said = start(PROGRAM).communicate(order(tmp_path, tests), timeout=60)
    [graded] = read_answer(answered, "tcp://one:8786")
    assert (graded.result.score, graded.host) == (5.0, "one")
    assert 0 < graded.begun < graded.ended
    assert b"said" in said


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="processes are counted in /proc")
@pytest.mark.parametrize(("command", "how", "status"), [
    (PROGRAM, signal.SIGTERM, 1), (WORKER, signal.SIGKILL, -signal.SIGKILL)],
    ids=["told to end", "its worker is killed"])
def test_it_leaves_nothing(
    tmp_path: Path, command: list[str], how: signal.Signals, status: int
) -> None:
    started = tmp_path / "started"
    cell = f"import time\nopen({str(started)!r}, 'w').close()\ntime.sleep(60)"
    write_notebook(tmp_path / "subs" / "a.ipynb", cell)
    with start(command) as running:
        assert running.stdin
        running.stdin.write(order(tmp_path))
        running.stdin.close()
        until(started.exists, 60)
        family = descendants(running.pid)
        running.send_signal(how)
        assert running.wait(30) == status
    assert family
    until(lambda: not any(Path(f"/proc/{p}").exists() for p in family), 10)


def until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)
