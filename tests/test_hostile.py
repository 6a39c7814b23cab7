"""Every submission of the corpus comes to what it must, and no canary comes out (see hostile/).

The whole corpus is graded in namespaces; what reads or harms once more as an ordinary user, since
the kernel then takes another way to the same end; and, with only a process between student and
grader, every case that does not need more. Those that do are shown to be real attacks there.
(Broken files are not: they never come as far as the worker.)
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.grading.stored_results import gradescope
from autograder.model import MAX_REASON, SubmissionResult
from autograder.sandbox.client import NAMESPACES, PROCESS, Isolation
from autograder.store import Store
from tests.conftest import ROOT
from tests.hostile.all_cases import CASES
from tests.hostile.corpus import HONEST, LETTERS, NEIGHBOURS, Case, write
from tests.hostile.homework import CANARIES, write_homework
from tests.hostile.run import LIMITS
from tests.ordinary import ordinary
from tests.sentences import sentence
from tests.worker_talk import skip_without_namespaces

ABSTRACT = f"homework-hostile-{os.getpid()}"
LINUX_ONLY = () if sys.platform == "linux" else ("reading", "harming", "costing")
AS_ORDINARY_USER = [
    c.name for c in CASES.values()
    if c.kind in ("reading", "harming", "costing") and "T" not in c.checks
]
IN_A_PROCESS = [
    c.name for c in CASES.values()
    if not c.namespaces and c.kind not in (*LINUX_ONLY, "breaking")
    and ("T" not in c.checks or c.name == "loops_in_every_check")  # once is enough to wait
]
REAL_ATTACKS = {
    "opens_the_zip_by_its_path": "found the zip",
    "reads_beside_the_grader_package": "found /",
    "lists_its_neighbours": "neighbours",
    "reads_a_secret_of_the_instructor": "found the secret",
    "connects_to_a_port_of_this_machine": "found a server",
    "connects_to_an_abstract_socket": "found the abstract socket",
    "connects_to_a_socket_file": "found /",
    "reads_proc": "found /proc",
    "hides_memory_outside_of_its_processes": "found a hiding place",
    "reads_memory_of_other_processes": "found process",
}
"""Harmless without namespaces, and successful: so that it is these that keep them from it."""

EITHER_WAY = {
    # a busy machine may be too slow to fill its memory in time
    "takes_all_memory_in_many_processes": [("PPPP PP F", "time limit exceeded")],
    # a check that builds something endless may run out of time or of memory
    "loops_in_the_graders_own_comparison": [("PEPP PP F", "the code ended its process")],
    "returns_what_holds_itself_many_times": [("FTFP FF F", "time limit exceeded")],
    # with a memory control group the kernel ends it; without, less can be taken than is allowed
    "fills_socket_buffers": [("PPPP PP F", "the code ended its process")],
}
"""Other right ends of cases whose end depends on the machine."""


@dataclass
class Graded:
    """What became of the cases: a result and what its student is shown, by name."""

    results: dict[str, SubmissionResult]
    shown: dict[str, str]
    errors: str
    table: str
    seconds: float


def grade_corpus(
    folder: Path, names: list[str], isolation: Isolation, before: list[str], *,
    together: bool = False, jobs: int = 2,
) -> Graded:
    """Grade these cases in a process of its own, started by `before` if anything."""
    archive, class_, out = folder / "hostile.zip", folder / "submissions", folder / "out"
    write_homework(archive, together=together)
    secret = folder / "CANARY-FILE-41.txt"
    secret.write_text("CANARY-FILE-41")
    out.mkdir()
    out.chmod(0o777)  # for an ordinary user
    folder.chmod(0o755)
    with ExitStack() as stack:
        aims = {"@ZIP@": str(archive), "@FOLDER@": str(class_), "@SECRET@": str(secret)}
        write(class_, names, aims | _listeners(stack, folder))
        begun = time.monotonic()
        done = subprocess.run(
            [*before, sys.executable, "-m", "tests.hostile.run", archive, class_, out,
             isolation.kind, isolation.image, str(jobs)],
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=900,
            env=os.environ | {"HOMEWORK_TOKEN": "CANARY-ENVIRONMENT-08", "PYTHONPATH": str(ROOT)},
        )
        seconds = time.monotonic() - begun
    assert done.returncode == 0, done.stderr
    return _read(out, done.stdout + done.stderr, seconds)


def _read(out: Path, errors: str, seconds: float) -> Graded:
    with closing(Store(out / "results.sqlite", create=False)) as store:
        (run,) = store.runs()
        results = {result.name: result for result in store.results(run.run)}
    shown = {
        name: json.dumps(gradescope(run.description, result), ensure_ascii=False)
        for name, result in results.items()
    }
    return Graded(results, shown, errors, (out / "final_grades.csv").read_text(), seconds)


def _listeners(stack: ExitStack, folder: Path) -> dict[str, str]:
    """Sockets of the machine that a submission would like to reach; they need not be served."""
    port = stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
    path = f"/tmp/{ABSTRACT}-{folder.name}"
    for address in ("\0" + ABSTRACT, path):
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(address)
        listener.listen()
    stack.callback(os.unlink, path)
    return {"@PORT@": str(port), "@ABSTRACT@": ABSTRACT, "@SOCKET@": path}


@pytest.fixture(scope="module")
def namespaces() -> Isolation:
    """The isolation with namespaces, where this kernel gives them to whoever runs the tests."""
    skip_without_namespaces()
    return NAMESPACES


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, namespaces: Isolation) -> Graded:
    """The whole corpus."""
    return grade_corpus(tmp_path_factory.mktemp("hostile"), list(CASES), namespaces, [])


@pytest.fixture(scope="module")
def graded_as_ordinary_user(
    tmp_path_factory: pytest.TempPathFactory, namespaces: Isolation
) -> Graded:
    """What reads and harms, graded by a user without privileges."""
    folder = tmp_path_factory.mktemp("ordinary")
    return grade_corpus(folder, AS_ORDINARY_USER, namespaces, ordinary(folder))


@pytest.fixture(scope="module")
def graded_in_a_process(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """What needs no namespaces, and the attacks that only they keep from their aim."""
    attacks = [] if LINUX_ONLY else [*REAL_ATTACKS]
    folder = tmp_path_factory.mktemp("process")
    return grade_corpus(folder, IN_A_PROCESS + attacks, PROCESS, [])


def letters(result: SubmissionResult) -> str:
    """How the checks of a submission ended, as in the corpus."""
    return " ".join(
        "".join(LETTERS[check.status] for check in question.checks)
        for question in result.questions
    )


def assert_comes_to(case: Case, graded: Graded) -> None:
    """The submission has the score, the statuses and the words it must have."""
    result = graded.results[case.name]
    found = (letters(result), str(result.status))
    wanted = [(case.checks, str(case.status)), *EITHER_WAY.get(case.name, ())]
    assert found in wanted, f"{case.proves} {result}"
    assert result.score == case.score
    assert case.found in result.reason + " ".join(
        f"{check.error} {check.reason}" for q in result.questions for check in q.checks
    )


def test_the_corpus_is_large() -> None:
    assert len(CASES) >= 90
    assert {case.kind for case in CASES.values()} == {
        "reading", "telling", "forging", "harming", "costing", "breaking", "oddities"
    }


@pytest.mark.parametrize("name", CASES)
def test_comes_to_what_it_must(name: str, graded: Graded) -> None:
    assert_comes_to(CASES[name], graded)


@pytest.mark.slow
@pytest.mark.parametrize("name", AS_ORDINARY_USER)
def test_comes_to_the_same_as_an_ordinary_user(
    name: str, graded_as_ordinary_user: Graded
) -> None:
    assert_comes_to(CASES[name], graded_as_ordinary_user)


@pytest.mark.slow
@pytest.mark.parametrize("name", IN_A_PROCESS)
def test_comes_to_the_same_in_a_process(name: str, graded_in_a_process: Graded) -> None:
    assert_comes_to(CASES[name], graded_in_a_process)


@pytest.mark.skipif(bool(LINUX_ONLY), reason="the attacks are written for Linux")
@pytest.mark.slow
@pytest.mark.parametrize("name", REAL_ATTACKS)
def test_is_a_real_attack(name: str, graded_in_a_process: Graded) -> None:
    assert REAL_ATTACKS[name] in graded_in_a_process.results[name].reason


@pytest.mark.slow
@pytest.mark.parametrize("fixture", ["graded", "graded_as_ordinary_user"])
def test_nobody_costs_an_honest_neighbour_anything(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    """Two submissions are graded at a time; each of these had hostile ones beside it."""
    results = request.getfixturevalue(fixture).results
    found = {name: (letters(results[name]), str(results[name].status)) for name in NEIGHBOURS}
    assert found == dict.fromkeys(NEIGHBOURS, (HONEST, "Completed"))


@pytest.mark.slow
def test_the_class_takes_no_longer_than_twice_its_time_and_its_limits(
    graded: Graded, tmp_path: Path, namespaces: Isolation
) -> None:
    """Alone, one after another, nothing is disturbed; two jobs could halve that time."""
    alone = grade_corpus(tmp_path, list(CASES), namespaces, [], jobs=1)
    undisturbed = sum(result.seconds for result in alone.results.values()) / 2
    limits = sum(_limits_hit(result) for result in alone.results.values())
    found = f"{undisturbed:.0f} s undisturbed, {limits:.0f} s of limits, {graded.seconds:.0f} s now"
    print(found)
    assert graded.seconds < 2 * undisturbed + limits, found


def _limits_hit(result: SubmissionResult) -> float:
    """The seconds of the limits that a submission has reached; two checks end a question."""
    cells = result.reason.count(sentence("timeout", allowed=LIMITS.cell))
    checks = [min(question.count("T"), 2) for question in letters(result).split()]
    return cells * LIMITS.cell + sum(checks) * LIMITS.check


def test_no_canary_is_shown(graded: Graded) -> None:
    for name, text in graded.shown.items():
        assert not [canary for canary in CANARIES if canary in text], name
    for canary in CANARIES:
        assert canary not in graded.table
        assert canary not in graded.errors


@pytest.mark.slow
def test_no_canary_is_shown_in_a_process(graded_in_a_process: Graded) -> None:
    for name in IN_A_PROCESS:
        shown = graded_in_a_process.shown[name]
        assert not [canary for canary in CANARIES if canary in shown], name


def test_no_secret_reached_the_instructor_through_a_student(graded: Graded) -> None:
    """A student's words may hold what their functions were called with, and nothing else."""
    secrets = ("EXPECTED", "CANARY-ENV", "CANARY-FILE", "CANARY-NEIGHBOUR", "CANARY-NOTE")
    for result in graded.results.values():
        said = [result.reason, *(c.reason for q in result.questions for c in q.checks)]
        assert not [secret for secret in secrets if secret in " ".join(said)], result.name


def test_every_text_is_bounded_and_printable(graded: Graded) -> None:
    for name, result in graded.results.items():
        checks = [check for question in result.questions for check in question.checks]
        texts = [result.reason, *(c.reason for c in checks), *(c.error for c in checks)]
        assert all(text.isprintable() and len(text) <= MAX_REASON for text in texts), name
        assert all(check.error.isascii() and len(check.error) <= 80 for check in checks), name
        assert result.language == "en"
        assert len(graded.shown[name]) < 3_000


def test_every_submission_has_a_row(graded: Graded) -> None:
    assert set(graded.results) == {*CASES, *NEIGHBOURS}
    assert [line.split(",")[0] for line in graded.table.splitlines()[2:]] == sorted(
        f"{name}.ipynb" for name in (*CASES, *NEIGHBOURS)
    )


def test_nothing_was_printed(graded: Graded) -> None:
    """What libraries say of a student's file, in the student's words, does not reach a terminal."""
    assert graded.errors == ""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
@pytest.mark.slow
@pytest.mark.parametrize("fixture", ["graded", "graded_as_ordinary_user"])
def test_nothing_survives(fixture: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(fixture)
    commands = [_command(process) for process in Path("/proc").glob("[0-9]*")]
    assert commands
    assert not [command for command in commands if b"98765" in command]


def _command(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:  # it has ended
        return b""
