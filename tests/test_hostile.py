"""Every submission of the corpus comes to what it must, and no canary comes out (see hostile/)."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.outputs import gradescope
from autograder.results import CheckStatus, Store, SubmissionResult, SubmissionStatus
from tests.hostile import breaking, forging, harming, oddities, reading, telling  # noqa: F401
from tests.hostile.corpus import CASES, LETTERS, Case, write
from tests.hostile.homework import CANARIES, write_homework

ROOT = Path(__file__).parents[1]
ABSTRACT = f"homework-hostile-{os.getpid()}"


@dataclass
class Graded:
    """What became of the corpus: a result and what its student is shown, by name."""

    results: dict[str, SubmissionResult]
    shown: dict[str, str]
    errors: str
    table: str


def grade_corpus(folder: Path, names: list[str], isolation: str, before: list[str]) -> Graded:
    """Grade these cases in a process of its own, started by `before` if anything."""
    archive, class_, out = folder / "hostile.zip", folder / "submissions", folder / "out"
    write_homework(archive)
    secret = folder / "CANARY-FILE-41.txt"
    secret.write_text("CANARY-FILE-41")
    out.mkdir()
    os.chmod(out, 0o777)
    with ExitStack() as stack:
        open_ones = {"@ZIP@": str(archive), "@FOLDER@": str(class_), "@SECRET@": str(secret),
                     **_listeners(stack, folder)}
        write(class_, names, open_ones)
        done = subprocess.run(
            [*before, sys.executable, "-m", "tests.hostile.run", archive, class_, out, isolation],
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
            env=os.environ | {"HOMEWORK_TOKEN": "CANARY-ENVIRONMENT-08", "PYTHONPATH": str(ROOT)},
        )
    assert done.returncode == 0, done.stderr
    store = Store(out / "results.sqlite", create=False)
    (run,) = store.runs()
    results = {result.name: result for result in store.results(run.run)}
    store.close()
    shown = {
        name: json.dumps(gradescope(run.description, result), ensure_ascii=False)
        for name, result in results.items()
    }
    return Graded(results, shown, done.stdout + done.stderr, (out / "final_grades.csv").read_text())


def _listeners(stack: ExitStack, folder: Path) -> dict[str, str]:
    """Sockets of the machine that a submission would like to reach; they need not be served."""
    port = stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
    path = str(folder / "s")
    for address in ("\0" + ABSTRACT, path):
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        try:
            listener.bind(address)
        except OSError:  # pytest's folder is too long for a socket's address
            continue
        listener.listen()
    return {"@PORT@": str(port), "@ABSTRACT@": ABSTRACT, "@SOCKET@": path}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """The whole corpus, graded in namespaces."""
    return grade_corpus(tmp_path_factory.mktemp("hostile"), list(CASES), "namespaces", [])


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
    assert found == (case.checks, str(case.status)), f"{case.proves} {result}"
    assert result.score == case.score
    assert case.found in result.reason + " ".join(
        f"{c.error} {c.reason}" for q in result.questions for c in q.checks
    )


@pytest.mark.parametrize("name", CASES)
def test_comes_to_what_it_must(name: str, graded: Graded) -> None:
    assert_comes_to(CASES[name], graded)
