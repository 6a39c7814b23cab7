"""A grader that is killed at any moment: the same command again, and nothing is lost or doubled."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.homework import Homework
from autograder.authoring.student_notebook import answer_cell
from autograder.demo import find_cell
from autograder.grading.grade import grade
from autograder.model import SubmissionResult
from autograder.sandbox import namespaces
from autograder.sandbox.client import PROCESS
from autograder.sandbox.resources import descendants
from autograder.store import Store

SIZE = 12
KILLS = 3
PATIENCE = 300
"""Seconds to wait for a grader on a busy machine, where it is no matter of time."""
PAUSE = "import time\ntime.sleep(0.15)"
"""In each notebook, so that kills hit all stages of grading and not only its start."""


@pytest.fixture(scope="module")
def class_(toy: Homework, toy_build: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve notebooks of the toy homework, each with another mistake."""
    folder = tmp_path_factory.mktemp("class")
    first = toy.questions[0]
    for number in range(SIZE):
        language = ("zh", "en")[number % 2]
        notebook = nbformat.read(toy_build / f"student/toy.{language}.ipynb", as_version=4)
        for question in toy.questions:
            mistake = question.mistakes[number % len(question.mistakes)]
            find_cell(notebook, question).source = answer_cell(question, mistake, language)
        find_cell(notebook, first).source += f"\n\n\n{PAUSE}"
        path = folder / f"{2023001 + number}.ipynb"
        nbformat.write(notebook, path)
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return folder


def start_grading(build: Path, class_: Path, out: Path) -> BaseProcess:
    """The grader in a process of its own."""
    process = get_context("fork").Process(target=_grade, args=(build, class_, out))
    process.start()
    return process


def _grade(build: Path, class_: Path, out: Path) -> None:
    grade(build / "autograder.zip", [class_], out, jobs=2, isolation=PROCESS)


def finish(build: Path, class_: Path, out: Path) -> float:
    """Grade undisturbed; how long it took."""
    begun = time.monotonic()
    process = start_grading(build, class_, out)
    process.join(PATIENCE)
    assert process.exitcode == 0
    return time.monotonic() - begun


def rows(out: Path) -> dict[str, tuple[int, SubmissionResult]]:
    """Number and content of every row, by name; a name that stands there twice is an error."""
    path = out / "results.sqlite"
    if not path.exists():
        return {}
    with closing(Store(path)) as store:
        if not store.runs():
            return {}
        numbers = store._read("SELECT name, submission FROM submissions")
        assert len(numbers) == len(dict(numbers)), "a submission was written twice"
        results = {result.name: result for result in store.results(1)}
    assert set(results) == {name for name, _ in numbers}
    return {name: (number, results[name]) for name, number in numbers}


def without_times(out: Path) -> dict[str, SubmissionResult]:
    return {name: replace(result, seconds=0.0) for name, (_, result) in rows(out).items()}


def files(out: Path) -> dict[str, str]:
    """The files beside the results."""
    paths = [*out.glob("final_grades.csv"), *(out / "results").iterdir()]
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


@contextmanager
def adopting_orphans() -> Iterator[None]:
    """What loses its parent becomes a child of this process, so that it can be counted."""
    namespaces.adopt_orphans()
    try:
        yield
    finally:
        namespaces._libc.prctl(namespaces.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def survivors(seconds: float = 10.0) -> list[int]:
    """Descendants of this process that are still alive after some time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not descendants(os.getpid()):
            return []
        time.sleep(0.05)
    return descendants(os.getpid())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="orphans are counted with a call of Linux")
def test_a_killed_grader_goes_on_where_it_stopped(
    toy_build: Path, class_: Path, tmp_path: Path
) -> None:
    undisturbed, disturbed = tmp_path / "undisturbed", tmp_path / "disturbed"
    seconds = finish(toy_build, class_, undisturbed)
    moments = sorted(random.uniform(0.02, 0.9) * seconds for _ in range(KILLS))
    told = f"killed after {', '.join(f'{moment:.3f}' for moment in moments)} s"
    kept: dict[str, tuple[int, SubmissionResult]] = {}
    with adopting_orphans():
        for moment in moments:
            process = start_grading(toy_build, class_, disturbed)
            process.join(moment)
            with suppress(ProcessLookupError):
                os.kill(process.pid or 0, signal.SIGKILL)
            process.join()
            assert survivors() == [], told
            now = rows(disturbed)
            assert {name: now.get(name) for name in kept} == kept, told
            kept = now
    finish(toy_build, class_, disturbed)
    after = rows(disturbed)
    assert {name: after[name] for name in kept} == kept, f"graded again; {told}"
    assert len(after) == SIZE, told
    assert without_times(disturbed) == without_times(undisturbed), told
    assert files(disturbed) == files(undisturbed), told


def test_a_kill_before_the_files_are_written_loses_none(
    toy_build: Path, class_: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is graded, but final_grades.csv and results/ are cut off in the middle."""
    out = tmp_path / "out"
    real, count = Path.replace, [0]

    def killed(path: Path, target: Path) -> Path:
        count[0] += 1
        if count[0] == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(path, target)

    monkeypatch.setattr(Path, "replace", killed)
    process = start_grading(toy_build, class_, out)
    process.join(PATIENCE)
    monkeypatch.undo()
    assert process.exitcode == -signal.SIGKILL
    before = rows(out)
    assert len(before) == SIZE and len(files(out)) < SIZE + 1
    finish(toy_build, class_, out)
    assert rows(out) == before
    assert len(files(out)) == SIZE + 1
    assert {len(text) > 100 for text in files(out).values()} == {True}
