"""What `homework check` asks of how the checks judge the bank, one rule a function."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.bank.homework import Question
from autograder.bank.measure import Measured
from autograder.errors import UserError

MAX_SECONDS = 0.2
"""Longest time the checks of one question may take on a right answer."""


def bank_problems(question: Question, measured: Measured) -> list[UserError]:
    """What is wrong with how the checks judge the bank, and every cell that cannot be run."""
    rules = (
        _answer_passes, _stub_fails, _mistakes_fall, _accepted_pass, _nulls_lose, _any_order, _fast,
    )
    return measured.faults + [problem for rule in rules for problem in rule(question, measured)]


def _answer_passes(question: Question, measured: Measured) -> Iterator[UserError]:
    for name, error in measured.answer.items():
        yield UserError(
            _where(question, name), f"the answer passes {name}", error,
            "mend the answer or the check",
        )


def _stub_fails(question: Question, measured: Measured) -> Iterator[UserError]:
    for check in question.checks:
        if check.hidden and measured.stub is not None and check.name not in measured.stub:
            yield UserError(
                check.where, "the untouched stub fails every hidden check",
                f"it passes {check.name}", "sharpen the check",
            )


def _mistakes_fall(question: Question, measured: Measured) -> Iterator[UserError]:
    for variant in question.mistakes:
        failed = measured.mistakes.get(variant.name)
        if failed is not None and variant.caught_by not in failed:
            yield UserError(
                variant.where, f"{variant.name} fails {variant.caught_by}",
                f"it fails {', '.join(failed)}" if failed else "it passes every check",
                "sharpen the check, or name the check that catches it",
            )


def _accepted_pass(question: Question, measured: Measured) -> Iterator[UserError]:
    for variant in question.accepted:
        for name, error in measured.accepted.get(variant.name, {}).items():
            yield UserError(
                variant.where, f"{variant.name} passes {name}", error,
                "mend the variant, or make the check fair",
            )


def _nulls_lose(question: Question, measured: Measured) -> Iterator[UserError]:
    hidden = {check.name for check in question.checks if check.hidden}
    places = {piece.name: piece.where for piece in question.answer}
    for name, failed in measured.nulls.items():
        if not hidden & failed.keys():
            yield UserError(
                places[name.split()[0]], f"an answer in which {name} loses hidden points",
                "it keeps them all", "add a check of that function",
            )


def _any_order(question: Question, measured: Measured) -> Iterator[UserError]:
    """Last to first, with new checks, a right answer must end as it did first to last."""
    for variant, failed in measured.reordered.items():
        before = measured.accepted.get(variant, {}) if variant else measured.answer
        for check in question.checks:
            if (check.name in failed) != (check.name in before):
                yield UserError(
                    check.where,
                    f"{check.name} says the same of {variant or 'the answer'} in any order of "
                    "the checks",
                    failed.get(check.name, "it passes when the checks run from last to first"),
                    "let each check make its own data and keep nothing in a helper",
                )


def _fast(question: Question, measured: Measured) -> Iterator[UserError]:
    if measured.seconds > MAX_SECONDS:
        yield UserError(
            _where(question, measured.slowest), f"checks that take under {MAX_SECONDS} s",
            f"{measured.seconds:.2f} s, most of it in {measured.slowest}", "use smaller data",
        )


def _where(question: Question, check: str) -> str:
    return next(each.where for each in question.checks if each.name == check)
