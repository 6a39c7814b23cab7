"""Grading in a container: what it is given, what becomes of a submission, what can go wrong."""

from __future__ import annotations

import contextlib
import pickle
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from autograder.errors import UserError
from autograder.grading.attempt import Limits
from autograder.grading.grade import grade
from autograder.grading.supervisor import Supervisor
from autograder.model import SubmissionStatus
from autograder.otter.zip_reader import Autograder, read_autograder
from autograder.sandbox.client import (
    CONTAINER,
    PROCESS,
    Container,
    ContainerGone,
    ForkServerClient,
    Isolation,
    find_container,
    start_fork_server,
)
from tests.conftest import ROOT
from tests.fake_engine import FakeEngine, install, skip_without_unshare
from tests.sentences import pattern, sentence
from tests.tiny import CHECK, DOUBLE, RIGHT, RIGHT_HALF, START, write_notebook, write_zip
from tests.worker_talk import talk

IMAGE = Isolation(CONTAINER, "grading")
LIMITS = Limits(cell=5, check=1.5)
HONEST = (START, RIGHT, CHECK, RIGHT_HALF)
LOOPS = (START, "def double(x):\n    while True:\n        pass", CHECK, RIGHT_HALF)
ENDS = (START, "def double(x):\n    import os\n    os._exit(3)", CHECK, RIGHT_HALF)

Install = Callable[..., FakeEngine]


def only_unshare(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave nothing on the PATH but the one program that a fake engine needs."""
    if unshare := shutil.which("unshare"):
        (folder / "unshare").symlink_to(unshare)
    monkeypatch.setenv("PATH", str(folder))


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a fake engine; there is no other one."""
    folder = tmp_path / "engine"
    folder.mkdir()
    only_unshare(folder, monkeypatch)
    return lambda **options: install(folder, monkeypatch, **options)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeEngine]:
    """An engine that can run something."""
    skip_without_unshare()
    folder = tmp_path_factory.mktemp("engine")
    with pytest.MonkeyPatch.context() as monkeypatch:
        only_unshare(folder, monkeypatch)
        yield install(folder, monkeypatch)


@pytest.fixture(scope="module")
def autograder(tmp_path_factory: pytest.TempPathFactory) -> Autograder:
    return read_autograder(write_zip(tmp_path_factory.mktemp("zip") / "hw.zip"))


@pytest.fixture(scope="module")
def supervisor(running: FakeEngine, autograder: Autograder) -> Iterator[Supervisor]:
    with Supervisor(autograder, LIMITS, IMAGE) as supervisor:
        yield supervisor


@pytest.fixture(scope="module")
def parent(running: FakeEngine) -> Iterator[ForkServerClient]:
    with start_fork_server(IMAGE) as parent:
        yield parent


def test_the_container_can_do_nothing_but_compute() -> None:
    command = Container("docker", "grading").command(memory=1 << 30, mode="apart")
    image = command.index("grading")
    assert command[:3] == ["docker", "run", "--rm"]
    assert {
        "--pull=never", "--network=none", "--read-only", "--cap-drop=ALL", "--ipc=none",
        "--security-opt=no-new-privileges", "--user=65534:65534", "--pids-limit=32",
        "--log-driver=none", "--oom-score-adj=1000", f"--memory={(1 << 30) + (512 << 20)}b",
    } <= set(command[:image])
    assert not [option for option in command if option.startswith(("-v", "--volume", "--mount"))]
    assert sum(",nr_inodes=20000," in option for option in command) == 2


def test_podman_is_not_told_what_it_does_not_know() -> None:
    command = Container("/usr/bin/podman", "grading").command(memory=1 << 30, mode="apart")
    assert not [option for option in command if "nr_inodes" in option]


@pytest.mark.parametrize(("cells", "score", "status"), [
    (HONEST, 5, SubmissionStatus.COMPLETED),
    (LOOPS, 2, SubmissionStatus.TIMED_OUT),
    (ENDS, 2, SubmissionStatus.EXITED),
])
def test_a_submission_comes_to_what_it_does_elsewhere(
    cells: tuple[str, ...], score: float, status: SubmissionStatus, supervisor: Supervisor,
    tmp_path: Path,
) -> None:
    notebook = write_notebook(tmp_path / "s.ipynb", *cells)
    result = supervisor.grade(notebook, "s", "s.ipynb", "d")
    assert (result.score, result.status, result.isolation) == (score, status, "container")


def test_hidden_checks_never_enter_the_container(
    supervisor: Supervisor, running: FakeEngine, tmp_path: Path
) -> None:
    notebook = write_notebook(tmp_path / "s.ipynb", *HONEST)
    assert supervisor.grade(notebook, "s", "s.ipynb", "d").score == 5
    assert b"isinstance(x, list)" in running.stream  # the student's function went in
    hidden = DOUBLE.partition("hidden=True")[2].splitlines()
    assert [line for line in hidden if len(line) > 10 and line.strip().encode() in running.stream
            ] == []


def test_nothing_of_a_worker_is_left(parent: ForkServerClient, running: FakeEngine) -> None:
    with talk(parent) as notebook:
        assert notebook.run(
            "import os, subprocess",
            "os.makedirs('a/b'); open('a/b/c', 'w').close(); os.symlink('/', 'link')",
            "subprocess.Popen(['sleep', '1000'], start_new_session=True)",
        ) == [("ok", "", "")] * 3
        assert (running.scratch / "a" / "b" / "c").exists()
    assert list(running.scratch.iterdir()) == []
    with talk(parent) as notebook:
        processes = notebook.value(
            "import os; answer = [int(n) for n in os.listdir('/proc') if n.isdigit()]"
        )
    assert len(processes) == 2 and 1 in processes


def test_the_first_process_cannot_be_ended_from_within(parent: ForkServerClient) -> None:
    with talk(parent) as notebook:
        kill = "import os, signal; os.kill(1, signal.SIGKILL); os.kill(1, signal.SIGINT)"
        assert notebook.run(kill, "1 + 1") == [("ok", "", "")] * 2


def test_an_image_without_a_name() -> None:
    with pytest.raises(UserError, match=pattern("empty-name")):
        find_container(" ")


def test_what_cannot_be_removed_ends_the_container(running: FakeEngine) -> None:
    with start_fork_server(IMAGE) as parent:
        with talk(parent) as notebook:
            assert notebook.value(
                "import os, subprocess; os.mkdir('a')",
                "answer = subprocess.run(['mount', '-t', 'tmpfs', 'x', 'a']).returncode",
            ) == 0
        with pytest.raises(ContainerGone):
            parent.spawn()


def test_a_container_that_was_killed_costs_nothing(
    running: FakeEngine, autograder: Autograder, tmp_path: Path
) -> None:
    before = set(psutil.Process().children(recursive=True))
    with Supervisor(autograder, LIMITS, IMAGE) as supervisor:
        new = set(psutil.Process().children(recursive=True)) - before
        assert sum(kill_container(process) for process in new) > 0
        notebook = write_notebook(tmp_path / "s.ipynb", *HONEST)
        assert supervisor.grade(notebook, "s", "s.ipynb", "d").score == 5


def test_a_container_ends_without_a_word_after_the_last_result(
    running: FakeEngine, autograder: Autograder, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its last answer is read before the connection is closed: else the relay had an error."""
    with Supervisor(autograder, LIMITS, IMAGE) as supervisor:
        notebook = write_notebook(tmp_path / "s.ipynb", *HONEST)
        assert supervisor.grade(notebook, "s", "s.ipynb", "d").score == 5
        time.sleep(0.5)  # it has arrived
    assert capfd.readouterr().err == ""


def kill_container(process: psutil.Process) -> bool:
    """Kill the process if it is in a container; whether it is."""
    with contextlib.suppress(psutil.NoSuchProcess):  # it has ended with one that was killed before
        if "autograder.sandbox.container_stream" in " ".join(process.cmdline()):
            process.kill()
            return True
    return False


def test_a_container_that_has_ended_is_noticed(running: FakeEngine) -> None:
    with start_fork_server(IMAGE) as parent:
        for process in psutil.Process(parent.process).children(recursive=True):
            kill_container(process)
        with pytest.raises(ContainerGone) as gone:
            parent.spawn()
    assert (gone.value.where, gone.value.expected, gone.value.found) == (
        "--container grading", sentence("new-worker"), sentence("process-gone"))
    assert gone.value.remedy == sentence("try-container", path="docker", image="grading")
    assert str(pickle.loads(pickle.dumps(gone.value))) == str(gone.value)


def test_no_engine(engine: Install) -> None:
    with pytest.raises(UserError) as error:
        find_container("grading")
    assert error.value == UserError("--container", sentence("an-engine"), sentence("no-engine"),
                                    sentence("install-engine"))


@pytest.mark.parametrize(("complaint", "expected", "found", "remedy"), [
    ("permission denied while trying to connect to the Docker daemon", sentence("engine-usable"),
     "permission denied while trying to connect to the Docker daemon",
     sentence("engine-access", name="docker")),
    ("Cannot connect to the Docker daemon.\nIs it running?\n\n", sentence("engine-answers"),
     "Is it running?", sentence("start-engine", name="docker")),
], ids=["not permitted", "not running"])
def test_an_engine_that_cannot_be_used(
    engine: Install, complaint: str, expected: str, found: str, remedy: str
) -> None:
    engine(complaints={"ps": complaint})
    with pytest.raises(UserError) as error:
        find_container("grading")
    assert error.value == UserError(sentence("container-engine", name="docker"), expected, found,
                                    remedy)


def test_podman_is_taken_when_docker_does_not_answer(engine: Install) -> None:
    engine(complaints={"ps": "Cannot connect"})
    engine(name="podman")
    assert find_container("grading").engine.endswith("/podman")


def test_image_missing(engine: Install) -> None:
    fake = engine(complaints={"image": "Error: No such image: grading"})
    with pytest.raises(UserError) as error:
        find_container("grading")
    assert error.value == UserError(
        "--container grading", sentence("engine-image", name="docker"),
        "Error: No such image: grading", sentence("get-image", name="docker", image="grading"))
    assert fake.asked[-1] == ["image", "inspect", "grading"]


def test_a_container_that_does_not_start(engine: Install) -> None:
    engine(complaints={"run": 'docker: Error response from daemon:\nexec: "python3": not found.'})
    with pytest.raises(ContainerGone) as gone:
        start_fork_server(IMAGE)
    assert gone.value.expected == sentence("fork-server-starts")
    assert gone.value.found == 'exec: "python3": not found.'


def test_an_image_without_otter_is_told_once(engine: Install, tmp_path: Path) -> None:
    skip_without_unshare()
    engine(first="import sys; sys.modules['otter'] = None\n")
    archive = write_zip(tmp_path / "hw.zip", together=True)
    write_notebook(tmp_path / "subs" / "a.ipynb", *HONEST)
    with pytest.raises(ContainerGone) as gone:
        grade(archive, [tmp_path / "subs"], tmp_path / "out", isolation=IMAGE)
    assert gone.value.found.startswith("otter-grader cannot be imported (")
    assert gone.value.remedy == sentence("try-container", path="docker", image="grading")


@pytest.mark.parametrize(("first", "found"), [
    ("import sys; sys.version_info = (3, 9, 2); sys.version = '3.9.2 (main)'\n",
     "its python3 is 3.9.2, and 3.11 or newer is needed"),
    ("import sys; sys.modules['numpy'] = None\n",
     "ModuleNotFoundError: import of numpy halted; None in sys.modules"),
])
def test_an_image_that_does_not_do(engine: Install, first: str, found: str) -> None:
    skip_without_unshare()
    engine(first=first)
    with pytest.raises(ContainerGone) as gone:
        start_fork_server(IMAGE)
    assert gone.value.found == found


def test_finished_work_is_kept_when_the_engine_is_gone(engine: Install, tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "hw.zip")
    first = write_notebook(tmp_path / "one" / "a.ipynb", *HONEST)
    grade(archive, [first.parent], tmp_path / "out", isolation=PROCESS)
    write_notebook(tmp_path / "one" / "b.ipynb", *HONEST)
    engine(complaints={"image": "Error: No such image: grading"})
    with pytest.raises(UserError, match=pattern("engine-image", name="docker")):
        grade(archive, [first.parent], tmp_path / "out", isolation=IMAGE)
    graded = grade(archive, [first.parent], tmp_path / "out", isolation=PROCESS)
    assert graded.skipped == 1


def test_the_process_that_kills_all_others_runs_in_containers_only() -> None:
    done = subprocess.run(
        [sys.executable, "-c",
         "from autograder.sandbox.container_stream import container_main\n"
         "container_main(1 << 30, ['/nowhere'], together=False, imports='')"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "this is for the first process of a container: it kills all the others\n"
