"""`homework grade --cluster`: a real scheduler and workers, and what becomes of lost batches."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

from autograder.errors import UserError
from autograder.grading import cluster as cluster_module
from autograder.grading.attempt import Limits
from autograder.grading.batch import host, write_answer
from autograder.grading.cluster import (
    Cluster,
    _outcome,
    _Round,
    connected,
)
from autograder.grading.discover import Submission
from autograder.grading.grade import grade
from autograder.grading.local import LOST_IN_A_ROW, Graded, Lost, not_run
from autograder.model import Limit, SubmissionResult, SubmissionStatus
from autograder.sandbox.client import PROCESS
from autograder.sandbox.resources import descendants
from autograder.store import Store
from tests.conftest import ROOT
from tests.sentences import sentence
from tests.small_cluster import SmallCluster, small_cluster
from tests.tiny import CHECK, RIGHT, RIGHT_HALF, START, WRONG, write_notebook, write_zip

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are counted in /proc")

SAME_AGAIN = sentence("cluster-again")
SLOW = "import time\ntime.sleep(0.1)"


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCluster]:
    with small_cluster(tmp_path_factory.mktemp("dask") / "two", 2) as cluster:
        yield cluster


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_zip(tmp_path / "autograder.zip")


def slow_class(folder: Path, size: int) -> Path:
    for number in range(size):
        write_notebook(folder / f"s{number:02d}.ipynb", START, SLOW, RIGHT, CHECK, RIGHT_HALF)
    return folder


Call = Callable[[Path, Path, SmallCluster], "subprocess.Popen[str]"]


@pytest.fixture
def call(archive: Path) -> Iterator[Call]:
    """Starts a `homework grade` of a folder into another one; it ends with the test."""
    def start(subs: Path, out: Path, cluster: SmallCluster) -> subprocess.Popen[str]:
        arguments = ["grade", archive, subs, "--out", out, "--isolation", "process",
                     "--cluster", cluster.address]
        running = stack.enter_context(subprocess.Popen(
            [sys.executable, "-m", "autograder", *map(str, arguments)], cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        ))
        stack.callback(running.kill)
        return running

    with ExitStack() as stack:
        yield start


def ended(running: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit status and what it wrote to standard error."""
    _, errors = running.communicate(timeout=60)
    assert "Traceback" not in errors
    return running.returncode, errors


def results(out: Path) -> dict[str, SubmissionResult]:
    with closing(Store(out / "results.sqlite", create=False)) as store:
        found = list(store.results(1))
        assert len(store._read("SELECT submission FROM submissions")) == len(found)
    for result in found:
        result.seconds = 0.0
    return {result.file: result for result in found}


def until(condition: Any, seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


def some_results(out: Path) -> bool:
    return (out / "results.sqlite").exists() and len(results(out)) > 0


@pytest.mark.slow
def test_results_are_those_of_this_machine(
    two_workers: SmallCluster, archive: Path, call: Call, tmp_path: Path
) -> None:
    subs = tmp_path / "subs"
    for name, cells in {
        "right": [START, RIGHT, CHECK, RIGHT_HALF], "wrong": [START, WRONG, CHECK],
        "raises": [START, "1 / 0", RIGHT, CHECK], "学生": [RIGHT], "syntax": ["def ("],
        "exits": [START, RIGHT, CHECK, "import os\nos._exit(3)"], "other": ["x = 1"],
    }.items():
        write_notebook(subs / f"{name}.ipynb", *cells)
    (subs / "no_json.ipynb").write_text("PK")
    (subs / "empty.ipynb").write_text("")
    (subs / "bad.zip").write_bytes(b"PK no zip")
    code, errors = ended(call(subs, tmp_path / "there", two_workers))
    assert code == 1, errors  # three files hold nothing to grade
    grade(archive, [subs], tmp_path / "here", isolation=PROCESS)
    assert results(tmp_path / "there") == results(tmp_path / "here")
    assert len(results(tmp_path / "here")) == 10
    for name in ["final_grades.csv", *(f"results/{p.stem}.json" for p in subs.iterdir())]:
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()


@pytest.mark.slow
def test_a_killed_worker_costs_nothing(
    two_workers: SmallCluster, call: Call, tmp_path: Path
) -> None:
    worker = two_workers.add_worker()
    subs, out = slow_class(tmp_path / "subs", 12), tmp_path / "out"
    running = call(subs, out, two_workers)
    until(lambda: len(descendants(worker.pid)) > 2)
    family = descendants(worker.pid)
    worker.kill()
    worker.wait()
    code, errors = ended(running)
    assert code == 0, errors
    found = results(out)
    assert len(found) == 12
    assert {r.score for r in found.values()} == {5.0}
    until(lambda: not any(Path(f"/proc/{process}").exists() for process in family))


@pytest.mark.slow
def test_two_callers_and_an_interrupted_one(
    two_workers: SmallCluster, call: Call, tmp_path: Path
) -> None:
    subs = slow_class(tmp_path / "subs", 12)
    first = call(subs, tmp_path / "first", two_workers)
    second = call(subs, tmp_path / "second", two_workers)
    until(lambda: some_results(tmp_path / "first"))
    first.send_signal(signal.SIGINT)
    code, errors = ended(first)
    assert code == 130 and "homework: interrupted." in errors
    kept = results(tmp_path / "first")
    assert 0 < len(kept) < 12
    assert ended(second)[0] == 0
    assert len(results(tmp_path / "second")) == 12
    assert ended(call(subs, tmp_path / "first", two_workers))[0] == 0
    assert results(tmp_path / "first") == results(tmp_path / "second")


@pytest.mark.slow
def test_a_worker_of_another_version_then_a_scheduler_that_goes(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, subs, out = tmp_path / "package", tmp_path / "subs", tmp_path / "out"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "autograder", package / "autograder", ignore=ignored)
    with (package / "autograder" / "errors.py").open("a") as page:
        page.write("# another version\n")
    slow_class(subs, 8)
    with small_cluster(tmp_path / "dask", 0, package) as cluster:
        monkeypatch.setattr(cluster_module, "CONNECT_SECONDS", 1)
        with pytest.raises(UserError) as caught, connected(cluster.address):
            raise AssertionError("it has no workers")
        assert caught.value == UserError(
            cluster.address, sentence("dask-workers"), sentence("no-worker", seconds=1),
            sentence("start-workers", address=cluster.address, same_again=SAME_AGAIN))
        cluster.add_worker()
        code, errors = ended(call(subs, out, cluster))
        assert code == 2
        assert f"homework: version, {sentence('the-worker', worker='tcp://127.0.0.1:')}" in errors
        assert "  expected: autograder " in errors and "  found:    autograder " in errors
        assert sentence("install-on-workers") in errors
        assert results(out) == {}

        shutil.copytree(ROOT / "autograder", package / "autograder", ignore=ignored,
                        dirs_exist_ok=True)
        running = call(subs, out, cluster)
        until(lambda: some_results(out))
        cluster.scheduler.kill()
        code, errors = ended(running)
        assert code == 2
        gone = UserError(cluster.address, sentence("scheduler-until-end"),
                         sentence("scheduler-gone"),
                         sentence("start-scheduler", same_again=SAME_AGAIN))
        assert f"homework: {gone}\n" in errors
        assert 0 < len(results(out)) < 8


class FakeClient:
    """Carries out each order at once, as `fates` say of the submissions in it."""

    def __init__(self, fates: dict[str, str]) -> None:
        self._fates = fates
        self.sent: list[list[str]] = []
        self.alone: dict[str, list[str]] = {}

    def nthreads(self) -> dict[str, int]:
        return {"tcp://one:1": 1, "tcp://one:2": 1, "tcp://two:1": 1}

    def submit(self, _task: object, order: Any, pure: bool, **where: Any) -> Any:
        names = bytes(order).decode().split()
        self.sent.append(names)
        fates = [self._fates.get(name) for name in names]
        if "lost" in fates:
            return Done("error", error=RuntimeError("it was lost"))
        reached = names[: fates.index("late") or 1] if "late" in fates else names
        self.alone |= {name: where["workers"] for name in names if where}
        answered = [self._graded(name) for name in reached]
        return Done("finished", ("tcp://one:1", write_answer(answered)))

    def _graded(self, name: str) -> Graded:
        """What is `slow` hits its limit of time in the first second, `later` in the third."""
        fate = self._fates.get(name)
        late = [Limit.TIME] if fate in ("slow", "later") and name not in self.alone else []
        begun = 2.0 if fate == "later" else 0.0
        return Graded(replace(not_run(submission(name), ""), limits=late), begun, begun + 1)


class Done:
    """A future that has come back."""

    def __init__(self, status: str, value: Any = None, error: Exception | None = None) -> None:
        self.status, self._value, self._error = status, value, error

    def result(self) -> Any:
        return self._value

    def exception(self) -> Exception | None:
        return self._error


def submission(name: str) -> Submission:
    return Submission(Path(name), name, f"{name}.ipynb", name, None)


def graded(
    monkeypatch: pytest.MonkeyPatch, size: int, fates: dict[str, str]
) -> tuple[dict[str, str], FakeClient]:
    """The reason of each result, and the client that saw it."""
    def order(_archive: bytes, _limits: Limits, _isolation: str, batch: list[Submission]) -> bytes:
        if any(fates.get(s.name) == "gone" for s in batch):
            raise FileNotFoundError(2, "No such file or directory")
        return " ".join(s.name for s in batch).encode()

    monkeypatch.setattr(cluster_module, "write_batch", order)
    monkeypatch.setattr(_Round, "_finished", lambda self: list(self.under_way))
    client = FakeClient(fates)
    cluster = Cluster("tcp://one", b"", Limits(), PROCESS)
    waiting = deque(submission(f"s{n}") for n in range(size))
    rounds = _Round(cluster, client, waiting).results()  # type: ignore[arg-type]
    found = [result for group in rounds for result in group]
    assert len(found) == size
    return {result.name: result.reason for result in found}, client


def test_a_submission_that_is_lost_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    reasons, client = graded(monkeypatch, 9, {"s2": "lost"})
    assert {name for name, reason in reasons.items() if reason} == {"s2"}
    assert reasons["s2"] == "RuntimeError: it was lost"
    assert ["s2"] in client.sent and ["s1"] in client.sent


def test_a_notebook_that_has_gone_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    reasons, _ = graded(monkeypatch, 9, {"s2": "gone"})
    assert {name: reason for name, reason in reasons.items() if reason} == {
        "s2": sentence("file-unreadable", why="No such file or directory")}


def test_what_a_batch_did_not_reach_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    reasons, client = graded(monkeypatch, 9, {"s1": "late"})
    assert set(reasons.values()) == {""}
    assert [names for names in client.sent if "s1" in names][1][0] == "s1"


def test_what_hit_a_limit_beside_another_is_tried_again_alone(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on one machine; one a host at a time, on a worker of that host."""
    _, client = graded(monkeypatch, 9, {"s1": "slow", "s5": "slow", "s7": "later"})
    assert client.alone.keys() == {"s1", "s5"}
    assert client.sent[-2:] == [["s1"], ["s5"]]
    hosts = [host(worker) for workers in client.alone.values() for worker in workers]
    assert sorted(hosts) == ["one", "two"]


def test_what_hit_a_limit_beside_nobody_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    _, client = graded(monkeypatch, 9, {"s1": "slow", "s7": "later"})
    assert not client.alone


def test_large_notebooks_travel_in_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "BATCH_BYTES", 10)
    monkeypatch.setattr(cluster_module, "_size", lambda path: 20 if path.name == "s3" else 4)
    _, client = graded(monkeypatch, 6, {})
    assert client.sent == [["s0", "s1"], ["s2"], ["s3"], ["s4", "s5"]]


def test_a_cluster_that_loses_all_workers_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import distributed

    def timeout(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(distributed, "wait", timeout)
    here = Cluster("tcp://one", b"", Limits(), PROCESS)
    client = SimpleNamespace(nthreads=dict)
    waiting = _Round(here, client, deque())  # type: ignore[arg-type]
    waiting.under_way[Done("pending")] = [submission("a")]  # type: ignore[index]
    with pytest.raises(UserError) as caught:
        list(waiting.results())
    assert (caught.value.expected, caught.value.found) == (
        sentence("dask-workers"), sentence("no-worker", seconds=60))


def test_too_many_lost_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    size = 5 * LOST_IN_A_ROW
    reasons, client = graded(monkeypatch, size, {f"s{n}": "lost" for n in range(size)})
    assert set(reasons.values()) == {
        "RuntimeError: it was lost", sentence("worker-not-tried")}
    assert len(client.sent) < 2 * LOST_IN_A_ROW


def test_a_batch_that_killed_its_workers_is_lost() -> None:
    from distributed import KilledWorker

    error = KilledWorker("key", SimpleNamespace(address="tcp://one"), 3)  # type: ignore[arg-type]
    assert _outcome(Done("error", error=error), []) == Lost(  # type: ignore[arg-type]
        sentence("workers-killed", times=4))


@pytest.mark.parametrize("answer", [b"", b"{", b'{"graded": [{}]}'])
def test_an_answer_that_cannot_be_read_is_a_lost_batch(answer: bytes) -> None:
    done = Done("finished", ("tcp://one:1", answer))
    assert _outcome(done, []) == Lost(  # type: ignore[arg-type]
        sentence("answer-unreadable", worker="tcp://one:1"))


@pytest.mark.parametrize("names", [["b"], ["a", "a"], ["a", "b"]])
def test_an_answer_about_other_submissions_is_a_lost_batch(names: list[str]) -> None:
    answer = write_answer([Graded(not_run(submission(name), ""), 0.0, 1.0) for name in names])
    done = Done("finished", ("tcp://one:1", answer))
    assert _outcome(done, [submission("a")]) == Lost(  # type: ignore[arg-type]
        sentence("answer-unreadable", worker="tcp://one:1"))


@pytest.mark.parametrize("error", [
    ModuleNotFoundError("No module named 'autograder'"),
    RuntimeError("Error during deserialization of the task graph."),
])
def test_a_missing_package_says_so(error: Exception) -> None:
    with pytest.raises(UserError) as caught:
        _outcome(Done("error", error=error), [])  # type: ignore[arg-type]
    assert caught.value.where == f"version, {sentence('on-cluster')}"
    assert caught.value.found == sentence("module-differs", clean=error)
    assert caught.value.remedy == sentence("install-everywhere")


def test_a_worker_that_cannot_isolate_says_where() -> None:
    refusal = write_answer([], UserError("isolation", "a kernel", "another", "use it"))
    with pytest.raises(UserError) as caught:
        _outcome(Done("finished", ("tcp://one", refusal)), [])  # type: ignore[arg-type]
    assert caught.value == UserError(
        sentence("on-worker", where="isolation", worker="tcp://one"), "a kernel", "another",
        "use it")


def test_an_answer_without_results_is_lost() -> None:
    done = Done("finished", ("tcp://one", write_answer([])))
    answered = _outcome(done, [submission("a")])  # type: ignore[arg-type]
    assert answered == Lost(sentence("worker-no-result"))


def test_a_lost_submission_is_no_zero() -> None:
    assert not_run(submission("a"), "lost").status is SubmissionStatus.NOT_RUN
