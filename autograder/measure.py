"""Measures a question's checks against its bank: which variant passes which check.

The notebook cells and the checks run here in one process, as under `otter run`: the pages are our
own. Nothing of a student's ever runs here.
"""

from __future__ import annotations

import signal
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from otter.test_files.exception_test import ExceptionTestFile

from autograder.bank import Question, Variant, answer_cell, stub_cell
from autograder.testfile import test_file

SECONDS = 20.0
"""Longest time a variant may take for its cell and all checks."""

NULL_ANSWERS = {"None": "None", "0": "0", "its first argument": "args[0] if args else None"}


@dataclass
class Measured:
    """How the cells of one question fared; each maps a variant to the checks it failed."""

    checks: ExceptionTestFile
    stub: dict[str, str] = field(default_factory=dict)
    answer: dict[str, str] = field(default_factory=dict)
    mistakes: dict[str, dict[str, str]] = field(default_factory=dict)
    accepted: dict[str, dict[str, str]] = field(default_factory=dict)
    nulls: dict[str, dict[str, str]] = field(default_factory=dict)
    seconds: float = 0.0


def measure(question: Question, setup: str) -> Measured:
    """Run every variant of the bank against every check; `setup` is the notebook's first cell."""
    measured = Measured(load_checks(question))
    measured.stub = failures(measured.checks, setup, stub_cell(question, "en"))
    measured.answer, measured.seconds = _timed(question, measured.checks, setup)
    for kind, variants in ((measured.mistakes, question.mistakes),
                           (measured.accepted, question.accepted)):
        for variant in variants:
            kind[variant.name] = failures(
                measured.checks, setup, answer_cell(question, variant)
            )
    for variant in null_answers(question):
        measured.nulls[variant.name] = failures(
            measured.checks, setup, answer_cell(question, variant)
        )
    return measured


def load_checks(question: Question) -> ExceptionTestFile:
    """The question's test file, loaded by Otter."""
    return ExceptionTestFile.from_string(test_file(question), path=f"{question.name}.py")


def null_answers(question: Question) -> list[Variant]:
    """Answers nobody should get points for: a function that does nothing, for each function."""
    return [
        Variant(f"{name} returns {what}", f"def {name}(*args, **kwargs):\n    return {value}", "")
        for name in question.functions
        for what, value in NULL_ANSWERS.items()
    ]


def failures(checks: ExceptionTestFile, setup: str, cell: str) -> dict[str, str]:
    """The checks that a notebook with this cell fails, each with the error it ended in."""
    environment: dict[str, Any] = {}
    failed: dict[str, str] = {}
    with warnings.catch_warnings(), _time_limit():
        warnings.simplefilter("ignore")
        exec(compile(setup, "<setup cell>", "exec"), environment)
        exec(compile(cell, "<answer cell>", "exec"), environment)
        for case in checks.test_cases:
            try:
                case.body.call_func(environment)
            except Exception as error:
                failed[case.name] = f"{type(error).__name__}: {error}"
    return failed


def _timed(
    question: Question, checks: ExceptionTestFile, setup: str
) -> tuple[dict[str, str], float]:
    start = time.perf_counter()
    failed = failures(checks, setup, answer_cell(question))
    return failed, time.perf_counter() - start


@contextmanager
def _time_limit() -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"took longer than {SECONDS:.0f} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
