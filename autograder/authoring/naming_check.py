"""How well the mistakes of a question can be named from answers, for `homework check`.

Three measures. *Told apart*: whoever writes the bank's code of a mistake is given its name and no
other. *Left out*: the mistake is taken out of the bank; is its code given another's name?
*Held out*: wrong answers that are not in the bank, in `solutions/<homework>/held_out/`, written
with the belief noted first. They measure the naming; nobody may fit the bank to single ones.
"""

from __future__ import annotations

import ast
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from autograder.authoring.evaluate import Measured, load_checks, measure_bank, run_cell
from autograder.authoring.homework import Question, Variant, answer_cell
from autograder.authoring.page_parser import read_text
from autograder.diagnosis.bank import BankRecord
from autograder.diagnosis.naming import diagnose
from autograder.diagnosis.record import Record
from autograder.errors import UserError, UserErrors

HELD_OUT = "held_out"
OUTCOMES = ("alone", "among", "wrong", "silent")
"""Of a held-out answer whose belief the bank holds: it is named alone, among others, something else
is named, or nothing. Of two beliefs in one answer all must be named for `alone`."""
NOT_HELD = ("named", "unnamed")
"""Of a held-out answer whose belief the bank does not hold."""
RIGHT = ("right", "unfair")
"""Of a held-out right answer: whether it keeps all points."""


@dataclass(frozen=True)
class Naming:
    """`apart` of the codes in the bank are told apart, `alike` says which are not, in words.

    `misnamed` codes are given another's name when their mistake is left out of the bank.
    """

    apart: int = 0
    misnamed: int = 0
    alike: tuple[str, ...] = ()


def measure_naming(question: Question, measured: Measured) -> Naming:
    """Name each code of the bank, with its mistake in the bank and without it."""
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
    """An answer that is not in the bank. `beliefs` is None for a right one, else names; a None
    among them is a belief that the bank does not hold."""

    variant: Variant
    beliefs: tuple[str | None, ...] | None


def held_out_outcomes(question: Question, setup: str) -> Counter[str]:
    """How many held-out answers to a question came to which of OUTCOMES, NOT_HELD and RIGHT.

    Raises UserErrors for a page that cannot be read or run.
    """
    bank, cases = measure_bank(question, setup).bank(question), load_checks(question).test_cases
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
    known, faults = {mistake.mistake for mistake in question.mistakes}, list[UserError]()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and node.decorator_list:
            where = f"{path}:{node.lineno}"
            beliefs = _beliefs(node.decorator_list[0])
            faults += [UserError(where, "names of mistakes of the bank, or None", str(name),
                                 "correct the name")
                       for name in beliefs or () if name is not None and name not in known]
            lines = text.split("\n")[node.body[0].end_lineno : node.end_lineno]  # after the note
            variant = Variant(node.name, textwrap.dedent("\n".join(lines)).strip("\n"), where)
            yield HeldOut(variant, beliefs)
    if faults:
        raise UserErrors(faults)


def _beliefs(decorator: ast.expr) -> tuple[str | None, ...] | None:
    if not isinstance(decorator, ast.Call):
        return None
    return tuple(ast.literal_eval(argument) for argument in decorator.args)
