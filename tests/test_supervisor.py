"""A submission graded to its end, whatever happens on the way."""

from __future__ import annotations

import faulthandler
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.grading import supervisor as module
from autograder.grading.attempt import Limits
from autograder.grading.supervisor import Supervisor
from autograder.model import SubmissionResult, SubmissionStatus
from autograder.otter.zip_reader import Autograder, read_autograder
from autograder.sandbox.client import PROCESS
from autograder.sandbox.resources import descendants
from tests.sentences import sentence
from tests.tiny import CHECK, RIGHT, RIGHT_HALF, write_notebook, write_zip

CHECKED = f"import otter\ngrader = otter.Notebook()\n{CHECK}"
LIMITS = Limits(cell=1.5, check=1.0, submission=60.0)
Grade = Callable[..., SubmissionResult]


@pytest.fixture(scope="module")
def autograder(tmp_path_factory: pytest.TempPathFactory) -> Autograder:
    return read_autograder(write_zip(tmp_path_factory.mktemp("zip") / "hw.zip"))


@pytest.fixture(scope="module")
def supervisor(autograder: Autograder) -> Iterator[Supervisor]:
    with Supervisor(autograder, LIMITS, PROCESS) as supervisor:
        yield supervisor


@pytest.fixture
def grade(supervisor: Supervisor, tmp_path: Path) -> Grade:
    """Grade a notebook with these cells."""
    def graded(*cells: str) -> SubmissionResult:
        path = write_notebook(tmp_path / "a.ipynb", *cells)
        return supervisor.grade(path, "a", "a.ipynb", "digest")

    return graded


def statuses(result: SubmissionResult) -> list[str]:
    return [str(check.status) for question in result.questions for check in question.checks]


def test_right_answers(grade: Grade) -> None:
    result = grade(RIGHT, CHECKED, RIGHT_HALF)
    assert statuses(result) == ["passed"] * 3
    assert (result.name, result.file, result.digest) == ("a", "a.ipynb", "digest")
    assert (result.score, result.isolation) == (5.0, "process")
    assert 0 < result.seconds < 30


@pytest.mark.skipif(sys.platform != "linux", reason="processors are chosen on Linux")
def test_a_submission_keeps_to_one_processor(grade: Grade) -> None:
    alone = "    assert len(__import__('os').sched_getaffinity(0)) == 1\n"
    result = grade(RIGHT.replace(":\n", f":\n{alone}", 1), RIGHT_HALF)
    assert statuses(result) == ["passed"] * 3


def test_an_endless_check_costs_itself(grade: Grade) -> None:
    slow = "def double(x):\n    while x == 2:\n        pass\n    return [2 * v for v in x]"
    result = grade(slow, RIGHT_HALF)
    assert statuses(result) == ["timeout", "passed", "passed"]
    assert result.questions[0].checks[0].reason == sentence("timeout", allowed=1)
    assert result.status is SubmissionStatus.TIMED_OUT


def test_after_two_ends_of_a_process_a_question_is_given_up(
    grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_DEATHS_PER_QUESTION", 1)
    result = grade("import os\ndef double(x):\n    os._exit(3)", RIGHT_HALF)
    assert statuses(result) == ["error", "error", "passed"]
    assert result.questions[0].checks[1].reason == (
        sentence("process-ended", how=sentence("by-exit-code", code=3)))
    assert result.status is SubmissionStatus.EXITED


def test_an_endless_cell_is_left_out(grade: Grade) -> None:
    result = grade(RIGHT, "while True:\n    pass", RIGHT_HALF, CHECKED)
    assert statuses(result) == ["passed"] * 3
    assert result.reason == f"cell 2 {sentence('timeout', allowed=1.5)}"


def test_a_cell_that_ends_the_process_is_left_out(grade: Grade) -> None:
    result = grade(RIGHT, "import os; os._exit(0)", RIGHT_HALF, CHECKED)
    assert statuses(result) == ["passed"] * 3
    ended = sentence("process-ended", how=sentence("by-exit-code", code=0))
    assert result.reason == f"cell 2 {ended}"


def test_the_submission_as_a_whole_is_bounded(autograder: Autograder, tmp_path: Path) -> None:
    sleeps = ["import time; time.sleep(0.9)"] * 6
    path = write_notebook(tmp_path / "a.ipynb", *sleeps, RIGHT)
    with Supervisor(autograder, Limits(cell=1.5, submission=1.5), PROCESS) as supervisor:
        result = supervisor.grade(path, "a", "a.ipynb", "digest")
    assert statuses(result) == ["timeout"] * 3
    assert result.questions[0].checks[0].reason == sentence("submission-timeout")
    assert result.seconds < 5


def test_processes_are_bounded_in_memory_together(autograder: Autograder, tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("memory is looked up in /proc")
    greedy = (
        "import mmap, os, time\n"
        "for _ in range(4):\n"
        "    if os.fork() == 0:\n"
        "        try:\n"
        "            flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE\n"
        "            kept = mmap.mmap(-1, 128 << 20, flags=flags)\n"
        "            time.sleep(60)\n"
        "        finally:\n"
        "            os._exit(0)\n"
        "time.sleep(60)"
    )
    limits = Limits(cell=30.0, memory=384 << 20)
    path = write_notebook(tmp_path / "a.ipynb", RIGHT, greedy, CHECKED)
    with Supervisor(autograder, limits, PROCESS) as supervisor:
        result = supervisor.grade(path, "a", "a.ipynb", "digest")
    assert statuses(result)[:2] == ["passed"] * 2
    assert result.reason == f"cell 2 {sentence('over-memory', memory=0.375)}"


def test_a_file_that_ends_its_reader(
    grade: Grade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried once; the row says that it is not readable."""
    log = tmp_path / "log"

    def read(*_: object) -> None:
        with log.open("a") as file:
            file.write("x")
        faulthandler.disable()  # pytest's would print where it was
        os.kill(os.getpid(), signal.SIGSEGV)

    monkeypatch.setattr("autograder.grading.check_runner.read_notebook", read)
    result = grade(RIGHT)
    assert log.read_text() == "x"
    assert result.status is SubmissionStatus.UNREADABLE
    assert statuses(result) == ["error"] * 3
    assert result.score == 0


def test_a_failure_of_ours_is_no_zero(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    def begin(*_: object, **_options: object) -> None:
        raise KeyError("ours")

    monkeypatch.setattr("autograder.grading.check_runner.RecordingPeer", begin)
    result = grade(RIGHT)
    assert result.status is SubmissionStatus.NOT_RUN
    assert statuses(result) == ["not_run"] * 3
    assert result.questions[0].checks[0].reason == sentence(
        "grader-failed", reason="KeyError: 'ours'")


def test_a_killed_fork_server_costs_nobody_anything(autograder: Autograder, tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "a.ipynb", RIGHT, "import time; time.sleep(1)", CHECKED,
                          RIGHT_HALF)
    with Supervisor(autograder, Limits(), PROCESS) as supervisor:
        process = supervisor._server.process
        with subprocess.Popen(["/bin/sh", "-c", f"sleep 0.5; kill -9 {process}"]):
            result = supervisor.grade(path, "a", "a.ipynb", "digest")
        assert supervisor._server.process != process
    assert (statuses(result), result.status) == (["passed"] * 3, SubmissionStatus.COMPLETED)


@pytest.mark.slow
def test_a_fork_server_that_is_killed_again_and_again(
    autograder: Autograder, tmp_path: Path
) -> None:
    """Without namespaces a student can do that; the next submission gets a fork server again."""
    cell = "import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(5)"
    path = write_notebook(tmp_path / "a.ipynb", cell)
    right = write_notebook(tmp_path / "b.ipynb", RIGHT, RIGHT_HALF)
    with Supervisor(autograder, Limits(), PROCESS) as supervisor:
        result = supervisor.grade(path, "a", "a.ipynb", "digest")
        after = supervisor.grade(right, "b", "b.ipynb", "digest")
    assert result.status is SubmissionStatus.NOT_RUN
    assert result.questions[0].checks[0].reason.startswith(
        sentence("grader-failed-at", where="fork server", found=""))
    assert statuses(after) == ["passed"] * 3


@pytest.mark.slow
def test_nothing_is_left_open_after_many_submissions(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    """Descriptors and processes of the grader are as many after 200 submissions as after one."""
    if sys.platform != "linux":
        pytest.skip("both are looked up in /proc")
    ordinary = write_notebook(tmp_path / "a.ipynb", RIGHT_HALF)
    broken = tmp_path / "b.ipynb"
    broken.write_bytes(b"")
    deadly = write_notebook(tmp_path / "c.ipynb", "import os; os._exit(1)")
    supervisor.grade(ordinary, "a", "a.ipynb", "digest")
    before = _open(), _open(supervisor._server.process), _family()
    for number in range(200):
        path = deadly if number % 50 == 0 else broken if number % 2 else ordinary
        supervisor.grade(path, "a", "a.ipynb", "digest")
    assert (_open(), _open(supervisor._server.process), _family()) == before


def _open(process: int | str = "self") -> int:
    return len(os.listdir(f"/proc/{process}/fd"))


def _family() -> int:
    return len(descendants(os.getpid()))


def test_a_checker_dies_with_its_grader(tmp_path: Path) -> None:
    """Also one that is busy: no process of the grader's survives it."""
    if sys.platform != "linux":
        pytest.skip("a signal at the parent's death is of Linux")
    archive = write_zip(tmp_path / "hw.zip", {"tests/q1.py": (
        "from otter.test_files import test_case\nOK_FORMAT = False\nname = 'q1'\n"
        "@test_case(points=1)\ndef endless(f):\n    while True:\n        pass\n"
    )})
    path = write_notebook(tmp_path / "a.ipynb", "f = 1")
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from autograder.grading.check_runner import Limits\n"
        "from autograder.otter.zip_reader import read_autograder\n"
        "from autograder.grading.supervisor import Supervisor\n"
        "from autograder.sandbox.client import PROCESS\n"
        f"autograder = read_autograder(Path({str(archive)!r}))\n"
        "with Supervisor(autograder, Limits(check=600.0), PROCESS) as supervisor:\n"
        "    print('ready', flush=True)\n"
        f"    supervisor.grade(Path({str(path)!r}), 'a', 'a', 'a')\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE,
                          cwd=Path(__file__).parents[1]) as grader:
        assert grader.stdout is not None
        grader.stdout.readline()
        deadline = time.monotonic() + 20
        while len(family := descendants(grader.pid)) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        grader.kill()
    assert len(family) == 3  # the fork server, its worker, the checker
    deadline = time.monotonic() + 10
    while any(_runs(process) for process in family) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_runs(process) for process in family)


def _runs(process: int) -> bool:
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"
