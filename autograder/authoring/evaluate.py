"""Measures a question with its bank: which checks each variant fails, which mistakes are named.

The notebook cells and the checks run here in one process, as under `otter run`, because the pages
are the teacher's own. Code of a student never runs here.

`measure` runs every variant of the bank with every check. Three measures say how well mistakes are
named from answers:

    told apart  the bank's code of a mistake gets the name of this mistake and no other
    left out    the mistake is taken out of the bank; its code should then get no name
    held out    the answers in `solutions/<homework>/held_out/`, which are not in the bank, get the
                names that their authors gave them

`measure_naming` finds the first two, `held_out_outcomes` the third. A held-out answer is a
measurement: never change the bank to fit a single one.
"""

from __future__ import annotations

import ast
import io
import signal
import textwrap
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from otter.test_files import TestCase
from otter.test_files.exception_test import ExceptionTestFile

from autograder.authoring.homework import Question, Variant
from autograder.authoring.otter_test_file import test_file
from autograder.authoring.page_parser import Piece, read_text
from autograder.authoring.student_notebook import answer_cell, stub_cell
from autograder.diagnosis.bank import BankRecord, Code, bank_record
from autograder.diagnosis.naming import diagnose
from autograder.diagnosis.record import Record, RecordedNames, Recorder
from autograder.errors import UserError, UserErrors, collect_errors, for_each
from autograder.language import N_, _
from autograder.otter.zip_reader import restore_checks

SECONDS = 10.0
"""The longest time that a cell or a check may take."""

NULL_ANSWERS = {"None": "None", "0": "0", "its first argument": "args[0] if args else None"}

HOLLOW = {
    "empty arrays": "np.zeros((0, 1))", "complex numbers": "a + 1e9j", "texts": "a.astype(str)",
    "nothing": "None", "nan": "np.full(a.shape, np.nan)",
    "one entry of each array":
        "a.ravel()[:1].reshape((1,) * a.ndim) if a.size > 1 else np.stack([a, a])",
}
"""Hollow answers: expressions that replace each array `a` of a right answer."""
WRONG_SAME = "1.37 - 3 * a"
WRONG_RANDOM = "np.random.default_rng(next(draws)).normal(size=a.shape)"
"""Wrong numbers of the right shape: the same for the same answer, or new ones in every call."""
EQUAL_TO_ITSELF = ("nan", "one entry of each array")
"""Hollow answers that may pass a check which only compares answers of a function with each other.
"""

REPLACED = '''
import itertools
import numpy as np
draws, inside = itertools.count(), []

def replaced(function, replace):
    def of(value):
        if isinstance(value, dict):
            return {key: of(part) for key, part in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)([of(part) for part in value])
        if isinstance(value, str) or np.asarray(value).dtype.kind not in "biuf":
            return value
        return replace(np.asarray(value))

    def call(*args, **kwargs):
        if inside:  # one function of the answer calls another
            return function(*args, **kwargs)
        inside.append(function)
        try:
            result = function(*args, **kwargs)
            return of(list(result) if hasattr(result, "__next__") else result)
        finally:
            inside.clear()
    return call

'''
"""Wraps functions: the numbers that they return are replaced, except when one calls another."""

RUNNABLE = N_("pages that can be run")
HELD_OUT = "held_out"
OUTCOMES = ("alone", "among", "wrong", "silent")
"""Outcomes of a held-out answer whose beliefs are in the bank: exactly these are named; one of them
is, with others or without the rest; only others are; nothing is."""
NOT_HELD = ("named", "unnamed")
"""Outcomes of a held-out answer whose belief is not in the bank."""
RIGHT = ("right", "unfair")
"""Outcomes of a held-out right answer: whether it gets all points."""

Failures = dict[str, str]
"""The checks that failed, each with the error it ended in."""


class TooSlow(BaseException):
    """A cell or a check of the bank took too long; `except Exception` does not catch it."""


@dataclass
class Measured:
    """The measurements of one question: the checks that each variant fails.

    errors     cells and proofs that cannot be run; they are in no other field
    reordered  the answer (key "") and the other right answers, with the checks from last to first
    hollow     the checks that look at a function, and pass although its answers are hollow
    seconds    processor time of all checks on the answer
    slowest    the check that took most of it
    records    the records of the answer (key "") and of all variants
    """

    errors: list[UserError] = field(default_factory=list)
    stub: Failures | None = None
    answer: Failures = field(default_factory=dict)
    mistakes: dict[str, Failures] = field(default_factory=dict)
    accepted: dict[str, Failures] = field(default_factory=dict)
    nulls: dict[str, Failures] = field(default_factory=dict)
    hollow: dict[str, list[str]] = field(default_factory=dict)
    reordered: dict[str, Failures] = field(default_factory=dict)
    seconds: float = 0.0
    slowest: str = ""
    records: dict[str, Record] = field(default_factory=dict)

    def bank(self, question: Question) -> BankRecord:
        """The records that tell the mistakes apart, of the variants that can be run."""
        return bank_record(
            question.functions, self.records.get("", Record()),
            [self.records[v.name] for v in question.accepted if v.name in self.records],
            [(code_of(v), self.records[v.name]) for v in question.mistakes
             if v.name in self.records],
        )


def measure(question: Question, setup: str) -> Measured:
    """Run every variant of the bank with every check; `setup` is the notebook's first cell.

    Raises UserError when the checks themselves cannot be loaded.
    """
    measured, text = Measured(), test_file(question)
    checks = load_checks(question, text)
    with collect_errors(measured.errors):
        where = _first_line(question.stub, question.public_page)
        measured.stub = failures(checks, setup, stub_cell(question, "en"), where)
    with collect_errors(measured.errors):
        where = _first_line(question.answer, question.secret_page)
        ran = run_cell(checks.test_cases, setup, answer_cell(question), where)
        measured.answer, measured.records[""] = ran.failed, ran.record
        measured.seconds = sum(ran.seconds.values())
        measured.slowest = max(ran.seconds, key=lambda name: ran.seconds[name], default="")
    for kind, variants in ((measured.mistakes, question.mistakes),
                           (measured.accepted, question.accepted),
                           (measured.nulls, null_answers(question))):
        for variant in variants:
            with collect_errors(measured.errors):
                cell = answer_cell(question, variant)
                ran = run_cell(checks.test_cases, setup, cell, variant.where)
                kind[variant.name], measured.records[variant.name] = ran.failed, ran.record
    for proof in question.proofs:
        with collect_errors(measured.errors):
            _start(setup, f"{answer_cell(question)}\n\n\n{proof.body}", proof.where)
    if not measured.answer:
        with collect_errors(measured.errors):
            measured.hollow = passed_by_hollow_answers(question, checks, setup)
    for right in (None, *question.accepted):
        with suppress(UserError):  # a cell that cannot be run has been collected
            cases = load_checks(question, text).test_cases[::-1]
            failed = run_cell(cases, setup, answer_cell(question, right), "").failed
            measured.reordered[right.name if right else ""] = failed
    return measured


def record_bank(question: Question, setup: str) -> BankRecord:
    """Run the answer, the mistakes and the accepted answers; the bank's record of what they answer.

    Raises UserErrors with all of them that cannot be run.
    """
    cases = load_checks(question).test_cases

    def record(variant: Variant | None) -> Record:
        where = variant.where if variant else _first_line(question.answer, question.secret_page)
        return run_cell(cases, setup, answer_cell(question, variant), where).record

    variants = [*question.mistakes, *question.accepted]
    answer, *others = for_each([None, *variants], record)
    names = (variant.name for variant in variants)
    return Measured(records={"": answer, **dict(zip(names, others, strict=True))}).bank(question)


def load_checks(question: Question, text: str = "") -> ExceptionTestFile:
    """The question's test file, loaded by Otter; `text` is the file, if it is known already."""
    text = text or test_file(question)
    try:
        test = ExceptionTestFile.from_string(text, path=f"{question.name}.py")
    except Exception as error:
        raise UserError(
            _place(question, text, error), _(RUNNABLE), f"{type(error).__name__}: {error}",
            _("mend the checks and helpers of the question's pages"),
        ) from None
    restore_checks(test)
    return test


def null_answers(question: Question) -> list[Variant]:
    """Answers that must get no points: one function is replaced by one that does nothing."""
    where = {piece.name: piece.where for piece in question.answer}
    return [
        Variant(f"{name} returns {what}", f"def {name}(*args, **kwargs):\n    return {value}",
                where[name])
        for name in question.functions
        for what, value in NULL_ANSWERS.items()
    ]


def passed_by_hollow_answers(
    question: Question, checks: ExceptionTestFile, setup: str
) -> dict[str, list[str]]:
    """The checks that pass although all numbers that a function returns are replaced.

    Only checks that fail for wrong numbers of the function count: they look at it. The keys name
    the function and the replacement; functions without such a check are left out.
    """
    found = {}
    for name in question.functions:
        def failed(replacement: str, name: str = name) -> set[str]:
            wraps = [
                f"{each} = replaced({each}, lambda a: {replacement if each == name else 'a'})"
                for each in question.functions
            ]
            cell = "\n".join([answer_cell(question), REPLACED, *wraps])
            return set(failures(checks, setup, cell, question.answer[0].where))

        looking, comparing = failed(WRONG_SAME), failed(WRONG_RANDOM)
        for what, replacement in HOLLOW.items():
            must_fail = looking if what in EQUAL_TO_ITSELF else looking | comparing
            missed = must_fail - failed(replacement)
            if missed:
                found[f"{name} answers {what}"] = sorted(missed)
    return found


def failures(
    checks: ExceptionTestFile, setup: str, cell: str, where: str = "<cell>"
) -> Failures:
    """The checks that a notebook with this cell fails; UserError if the cell cannot be run."""
    return run_cell(checks.test_cases, setup, cell, where).failed


def code_of(variant: Variant) -> Code:
    """The code of a mistake, with the functions that it defines and without its answers."""
    nodes = ast.parse(variant.text).body
    functions = frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef))
    return Code(variant.name, variant.mistake, functions)


def try_setup(setup: str, where: str) -> None:
    """Run the notebook's first cell; UserError at `where` when it cannot be run."""
    _start(setup, "", where)


@dataclass
class Ran:
    """The run of the checks in one notebook: failures, processor seconds of each check, and the
    record of all calls."""

    failed: Failures
    seconds: dict[str, float]
    record: Record


def run_cell(cases: Sequence[TestCase], setup: str, cell: str, where: str) -> Ran:
    """Run the checks in a notebook with this cell; UserError at `where` if it cannot be run."""
    failed, seconds, recorder = Failures(), dict[str, float](), Recorder()
    with _quiet():
        environment = RecordedNames(_start(setup, cell, where), recorder)
        for case in cases:
            recorder.begin(case.name)
            start = time.process_time()
            try:
                with _time_limit():
                    case.body.call_func(environment)
            except (Exception, SystemExit, TooSlow) as error:
                failed[case.name] = _describe(error)
                recorder.record.failed.add(case.name)
            seconds[case.name] = time.process_time() - start
    return Ran(failed, seconds, recorder.record)


def _start(setup: str, cell: str, where: str) -> dict[str, Any]:
    """The names of a notebook that ran these two cells."""
    environment: dict[str, Any] = {}
    try:
        with _quiet(), _time_limit():
            exec(_compiled(setup), environment)
            exec(_compiled(cell), environment)
    except (Exception, SystemExit, TooSlow) as error:
        raise UserError(where, _(RUNNABLE), _describe(error), _("mend this cell")) from None
    return environment


@lru_cache(maxsize=128)
def _compiled(cell: str) -> CodeType:
    return compile(cell, "<cell>", "exec")


@contextmanager
def _quiet() -> Iterator[None]:
    """Ignore warnings, which cost a student nothing, and the output of cells."""
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def _first_line(pieces: list[Piece], page: Path) -> str:
    return pieces[0].where if pieces else f"{page}:1"


def _describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _place(question: Question, text: str, error: Exception) -> str:
    """`path:line` of the page whose line of the test file `text` raised `error`."""
    frames = traceback.extract_tb(error.__traceback__)
    numbers = [frame.lineno for frame in frames if frame.filename == f"{question.name}.py"]
    number = error.lineno if isinstance(error, SyntaxError) else (numbers or [None])[0]
    line = text.split("\n")[number - 1] if number else ""
    for page in (question.secret_page, question.public_page):
        lines = page.read_text(encoding="utf-8").split("\n")
        if line.strip() and line in lines:
            return f"{page}:{lines.index(line) + 1}"
    return f"{question.secret_page}:1"


@contextmanager
def _time_limit() -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlow(_("took longer than {allowed:g} s").format(allowed=SECONDS))

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@dataclass(frozen=True)
class Naming:
    """How well the naming works for the codes of the bank.

    `apart` is how many get their own name only; `alike` lists the others, in words. `misnamed` is
    how many get another's name when their mistake is left out of the bank.
    """

    apart: int = 0
    misnamed: int = 0
    alike: tuple[str, ...] = ()


def measure_naming(question: Question, measured: Measured) -> Naming:
    """Run the naming on each code of the bank, with its mistake in the bank and without it."""
    bank = measured.bank(question)
    apart, misnamed, alike = 0, 0, list[str]()
    for variant in question.mistakes:
        record = measured.records.get(variant.name)
        if record is None:
            continue
        names = _names(bank, record)
        if names == [variant.mistake]:
            apart += 1
        else:
            others = ", ".join(name for name in names if name != variant.mistake)
            alike.append(f"{variant.name} like {others}" if others else f"{variant.name} unnamed")
        rest = [code for code in bank.codes if code.mistake != variant.mistake]
        misnamed += bool(_names(replace(bank, codes=rest), record))
    return Naming(apart, misnamed, tuple(alike))


def _names(bank: BankRecord, record: Record) -> list[str]:
    found = diagnose(bank, record)
    return found.mistakes if found else []


@dataclass(frozen=True)
class HeldOut:
    """An answer that is not in the bank, and the mistakes that it shows.

    `beliefs` is None for a right answer; None in the tuple is a belief that the bank does not have.
    """

    variant: Variant
    beliefs: tuple[str | None, ...] | None


def held_out_outcomes(question: Question, setup: str) -> Counter[str]:
    """Counts of the held-out answers to a question, by OUTCOMES, NOT_HELD and RIGHT.

    Raises UserErrors for a page that cannot be read or run.
    """
    bank, cases = record_bank(question, setup), load_checks(question).test_cases
    outcomes = Counter[str]()
    for answer in held_out_answers(question):
        cell = answer_cell(question, answer.variant)
        ran = run_cell(cases, setup, cell, answer.variant.where)
        if answer.beliefs is None:
            outcomes["unfair" if ran.failed else "right"] += 1
        else:
            outcomes[_outcome(answer.beliefs, _names(bank, ran.record))] += 1
    return outcomes


def _outcome(beliefs: tuple[str | None, ...], names: list[str]) -> str:
    if beliefs == (None,):
        return "named" if names else "unnamed"
    if not names:
        return "silent"
    if set(names) == set(beliefs):
        return "alone"
    return "among" if set(names) & set(beliefs) else "wrong"


def held_out_answers(question: Question) -> Iterator[HeldOut]:
    """The held-out answers to a question, in the order of their page; none without a page."""
    path = question.secret_page.parent / HELD_OUT / question.secret_page.name
    if not path.exists():
        return
    text = read_text(path)
    known, errors = {mistake.mistake for mistake in question.mistakes}, list[UserError]()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and node.decorator_list:
            where = f"{path}:{node.lineno}"
            beliefs = _beliefs(node.decorator_list[0])
            errors += [
                UserError(
                    where, _("names of mistakes of the bank, or None"), str(name),
                    _("correct the name"),
                ) for name in beliefs or () if name is not None and name not in known]
            lines = text.split("\n")[node.body[0].end_lineno : node.end_lineno]  # after the note
            variant = Variant(node.name, textwrap.dedent("\n".join(lines)).strip("\n"), where)
            yield HeldOut(variant, beliefs)
    if errors:
        raise UserErrors(errors)


def _beliefs(decorator: ast.expr) -> tuple[str | None, ...] | None:
    if not isinstance(decorator, ast.Call):
        return None
    return tuple(ast.literal_eval(argument) for argument in decorator.args)
