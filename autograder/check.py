"""`homework check`: polices the bank, so that a check can be trusted before a student meets it.

Every failure is reported, not the first: the page and line, what was expected, what was found,
what to do. The rules are the functions below, one rule each.
"""

from __future__ import annotations

import ast
import builtins
import dis
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType

from autograder.bank import (
    INTRO,
    Homework,
    Question,
    Variant,
    answer_cell,
    load_homework,
    load_question,
    question_names,
    stub_cell,
)
from autograder.errors import UserError
from autograder.measure import Measured, measure
from autograder.pagefile import read_page
from autograder.testfile import guarded, test_file

MIN_MISTAKES = 8
MIN_ACCEPTED = 4
MAX_SECONDS = 0.2
"""Longest time the checks of one question may take on a right answer."""


@dataclass
class Report:
    """What `homework check` found for one question."""

    question: str
    problems: list[UserError] = field(default_factory=list)
    loaded: Question | None = None
    measured: Measured | None = None

    @property
    def caught(self) -> int:
        """How many mistakes fall to the check that names them."""
        if self.loaded is None or self.measured is None:
            return 0
        failed = self.measured.mistakes
        return sum(m.caught_by in failed[m.name] for m in self.loaded.mistakes)

    @property
    def accepted(self) -> int:
        """How many other right answers pass every check."""
        return sum(not f for f in self.measured.accepted.values()) if self.measured else 0


def check_homework(
    name: str, root: Path, only: str | None = None, progress: Callable[[str], None] = lambda _: None
) -> list[Report]:
    """Check every question of homework `name`, or just `only`."""
    public = root / "assignments" / name
    names = [only] if only else question_names(public)
    if not names:
        load_homework(name, root)  # explains that there are no pages
    setup = read_page(public / f"{INTRO}.py")
    cell = "\n".join([*setup.imports, *(piece.text for piece in setup.pieces)])
    reports = []
    for question in names:
        progress(question)
        reports.append(check_question(name, question, root, cell))
    return reports


def check_question(homework: str, name: str, root: Path, setup: str) -> Report:
    """Check one question: its pages first, then, if they can be run, its bank."""
    report = Report(name)
    try:
        report.loaded = question = load_question(homework, name, root)
        report.problems += page_problems(question)
        if not any(problem.expected == RUNNABLE for problem in report.problems):
            report.measured = measure(question, setup)
            report.problems += bank_problems(question, report.measured)
    except UserError as error:
        report.problems.append(error)
    except Exception as error:  # the page's own code failed: its author must see where
        report.problems.append(
            UserError(
                str(root / "solutions" / homework / f"{name}.py"), RUNNABLE,
                f"{type(error).__name__}: {error}", "mend the page and run this again",
            )
        )
    return report


RUNNABLE = "pages that can be run"


def page_problems(question: Question) -> list[UserError]:
    """What is wrong with the pages as texts."""
    rules = (_signatures, _names_unique, _enough, _names_caught_by, _needed, _stands_alone)
    return [problem for rule in rules for problem in rule(question)]


def bank_problems(question: Question, measured: Measured) -> list[UserError]:
    """What is wrong with how the checks judge the bank."""
    rules = (_answer_passes, _stub_fails, _mistakes_fall, _accepted_pass, _nulls_lose, _fast)
    return [problem for rule in rules for problem in rule(question, measured)]


def _signatures(question: Question) -> Iterator[UserError]:
    stub, answer = _functions(stub_cell(question, "en")), _functions(answer_cell(question))
    for name in question.functions:
        if name not in stub:
            continue
        if name not in answer or ast.unparse(stub[name].args) != ast.unparse(answer[name].args):
            yield UserError(
                str(question.secret_page), f"def {name}({ast.unparse(stub[name].args)})",
                f"({ast.unparse(answer[name].args)})" if name in answer else "no such function",
                "give the answer the signature of the stub",
            )
    if not question.functions:
        yield UserError(
            str(question.public_page), "a stub with a function that the secret page answers",
            "none", "define in the answer what the stub leaves open",
        )


def _functions(source: str) -> dict[str, ast.FunctionDef]:
    return {n.name: n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)}


def _names_unique(question: Question) -> Iterator[UserError]:
    for what, items in (("check", question.checks),
                        ("variant", [*question.mistakes, *question.accepted])):
        seen: set[str] = set()
        for item in items:
            if item.name in seen:
                yield UserError(item.where, f"one {what} named {item.name}", "two", "rename one")
            seen.add(item.name)


def _enough(question: Question) -> Iterator[UserError]:
    for what, least, items in (("mistakes", MIN_MISTAKES, question.mistakes),
                               ("other right answers", MIN_ACCEPTED, question.accepted)):
        if len(items) < least:
            yield UserError(
                str(question.secret_page), f"at least {least} {what}", str(len(items)),
                "add what students write",
            )
    for hidden, page in ((False, question.public_page), (True, question.secret_page)):
        if not any(check.hidden == hidden for check in question.checks):
            yield UserError(str(page), "at least one check", "none", "write one")


def _names_caught_by(question: Question) -> Iterator[UserError]:
    hidden = {check.name for check in question.checks if check.hidden}
    for variant in question.mistakes:
        if variant.caught_by not in hidden:
            yield UserError(
                variant.where, f"caught_by= one of {', '.join(sorted(hidden))}",
                str(variant.caught_by), "name a hidden check of this page",
            )


def _needed(question: Question) -> Iterator[UserError]:
    caught_by = {variant.caught_by for variant in question.mistakes}
    for check in question.checks:
        if check.hidden and check.name not in caught_by:
            yield UserError(
                check.where, f"a mistake that only {check.name} names", "none",
                "add such a mistake or delete the check",
            )


def _stands_alone(question: Question) -> Iterator[UserError]:
    """A public check travels alone into the notebook; hidden ones with their test file."""
    texts = {
        check.where: guarded(check, imports=tuple(question.imports))
        for check in question.checks if not check.hidden
    }
    texts[str(question.secret_page)] = test_file(question)
    for where, text in texts.items():
        if unknown := sorted(_globals_used(text) - _defined(text) - set(dir(builtins))):
            yield UserError(
                where, "checks that use only their arguments, imports and helpers of the secret "
                "page (a public check has no helpers)", ", ".join(unknown),
                "pass it in as an argument or define it on the page",
            )


def _defined(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Assign):
            names |= {n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    return names


def _globals_used(source: str) -> set[str]:
    codes: list[CodeType] = [compile(source, "<page>", "exec")]
    used: set[str] = set()
    while codes:
        code = codes.pop()
        used |= {str(i.argval) for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL"}
        codes += [const for const in code.co_consts if isinstance(const, CodeType)]
    return used


def _answer_passes(question: Question, measured: Measured) -> Iterator[UserError]:
    for name, error in measured.answer.items():
        yield UserError(
            _where(question, name), "the answer passes", error, "mend the answer or the check"
        )


def _stub_fails(question: Question, measured: Measured) -> Iterator[UserError]:
    for check in question.checks:
        if check.hidden and check.name not in measured.stub:
            yield UserError(
                check.where, "the untouched stub fails every hidden check",
                f"it passes {check.name}", "sharpen the check",
            )


def _mistakes_fall(question: Question, measured: Measured) -> Iterator[UserError]:
    for variant in question.mistakes:
        failed = measured.mistakes[variant.name]
        if variant.caught_by not in failed:
            yield UserError(
                variant.where, f"{variant.name} fails {variant.caught_by}",
                f"it fails {', '.join(failed)}" if failed else "it passes every check",
                "sharpen the check, or name the check that catches it",
            )


def _accepted_pass(question: Question, measured: Measured) -> Iterator[UserError]:
    for variant in question.accepted:
        for name, error in measured.accepted[variant.name].items():
            yield UserError(
                variant.where, f"{variant.name} passes {name}", error,
                "mend the variant, or make the check fair",
            )


def _nulls_lose(question: Question, measured: Measured) -> Iterator[UserError]:
    hidden = {check.name for check in question.checks if check.hidden}
    for name, failed in measured.nulls.items():
        if not hidden & failed.keys():
            yield UserError(
                str(question.secret_page), f"an answer in which {name} loses hidden points",
                "it keeps them all", "add a check of that function",
            )


def _fast(question: Question, measured: Measured) -> Iterator[UserError]:
    if measured.seconds > MAX_SECONDS:
        yield UserError(
            str(question.secret_page), f"checks that take under {MAX_SECONDS} s",
            f"{measured.seconds:.2f} s", "use smaller data",
        )


def _where(question: Question, check: str) -> str:
    return next(each.where for each in question.checks if each.name == check)


__all__ = ["Homework", "Report", "Variant", "check_homework", "check_question"]
