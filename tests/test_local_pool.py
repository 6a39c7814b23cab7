"""Processes that work through a list, and what becomes of the tasks of those that end."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.errors import UserError
from autograder.grading import local as pool
from autograder.grading.local import Lost, work_through
from autograder.sandbox.resources import descendants
from tests.sentences import sentence

KILLED = Lost(sentence("process-killed"))


def work(task: str) -> str:
    """What the process does with a task; the task says it."""
    match task.split():
        case ["raises"]:
            raise ValueError("of the task")
        case ["stops"]:
            raise UserError("task", "one thing", "another", "mend it")
        case ["dies"]:
            os.kill(os.getpid(), signal.SIGKILL)
        case ["sleeps", seconds]:
            time.sleep(float(seconds))
        case ["process"]:
            return str(os.getpid())
    return task.upper()


@contextlib.contextmanager
def start() -> Iterator[Callable[[str], str]]:
    yield work


def done(tasks: list[str], processes: int = 2) -> dict[str, str | Lost]:
    return dict(work_through(tasks, start, processes))


def test_every_task_comes_back_with_its_result() -> None:
    tasks = [f"task {n}" for n in range(20)]
    assert done(tasks) == {task: task.upper() for task in tasks}
    assert descendants(os.getpid()) == []


def test_no_task_starts_no_process() -> None:
    assert done([]) == {}


def test_a_process_does_many_tasks() -> None:
    processes = [result for _, result in work_through(["process"] * 6, start, 2)]
    assert 1 <= len(set(processes)) <= 2


def test_a_lost_task_costs_no_other() -> None:
    tasks = ["a", "dies", "b", "raises", "c", "d"]
    assert done(tasks) == {
        "a": "A", "b": "B", "c": "C", "d": "D", "dies": KILLED,
        "raises": Lost(sentence("grader-raised", kind="ValueError", error="of the task")),
    }


def test_too_many_lost_tasks_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "LOST_IN_A_ROW", 2)
    results = [result for _, result in work_through(["dies"] * 5, start, 1)]
    assert results == [KILLED] * 2 + [Lost(sentence("worker-not-tried"))] * 3


def test_an_error_for_people_ends_everything() -> None:
    with pytest.raises(UserError, match="mend it"):
        done(["sleeps 60", "stops"])
    assert descendants(os.getpid()) == []


def test_an_error_at_the_start_is_shown() -> None:
    @contextlib.contextmanager
    def refuses() -> Iterator[Callable[[str], str]]:
        raise UserError("isolation", "a kernel", "another", "use it")
        yield work

    with pytest.raises(UserError, match="use it"):
        dict(work_through(["a", "b"], refuses, 2))


def test_ending_early_ends_the_processes_and_lets_them_clean_up(tmp_path: Path) -> None:
    @contextlib.contextmanager
    def tidy() -> Iterator[Callable[[str], str]]:
        own = tmp_path / str(os.getpid())
        own.touch()
        try:
            yield work
        finally:
            own.unlink()

    running = work_through(["a", "sleeps 60", "sleeps 60"], tidy, 2)
    assert next(running) == ("a", "A")
    begun = time.monotonic()
    running.close()
    assert time.monotonic() - begun < 5
    assert descendants(os.getpid()) == []
    assert list(tmp_path.iterdir()) == []


def test_no_more_processes_than_tasks_are_started() -> None:
    running = work_through(["process", "sleeps 60"], start, 8)
    next(running)
    assert len(descendants(os.getpid())) == 2
    running.close()


def test_ctrl_c_during_a_fork_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    class Interrupted(pool._fork.Process):  # type: ignore[name-defined,misc]
        def start(self) -> None:
            signal.raise_signal(signal.SIGINT)
            super().start()
            started.append(self)

    monkeypatch.setattr(pool._fork, "Process", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        done(["a"])
    assert len(started) == 1
    del started[:]
    monkeypatch.undo()
    assert done(["a"]) == {"a": "A"}


def test_a_process_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextlib.contextmanager
    def stubborn() -> Iterator[Callable[[str], str]]:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        yield work

    monkeypatch.setattr(pool, "END_SECONDS", 0.2)
    running = work_through(["a", "sleeps 60", "sleeps 60"], stubborn, 2)
    assert next(running) == ("a", "A")
    running.close()
    assert descendants(os.getpid()) == []
