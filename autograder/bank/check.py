"""`homework check`: polices the bank, so that a check can be trusted before a student meets it.

Every failure is reported, not the first: the page and line, what was expected, what was found,
what to do. The rules are in `autograder.bank.pagerules` and `autograder.bank.bankrules`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from autograder.bank.bankrules import bank_problems
from autograder.bank.faults import noted
from autograder.bank.homework import (
    INTRO,
    Question,
    load_intro,
    load_question,
    name_faults,
    question_names,
)
from autograder.bank.measure import Measured, measure, try_setup
from autograder.bank.pagerules import can_be_loaded, page_problems
from autograder.errors import UserError


@dataclass
class Report:
    """What `homework check` found for one question, or for the opening pages."""

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
        return sum(m.caught_by in failed.get(m.name, {}) for m in self.loaded.mistakes)

    @property
    def accepted(self) -> int:
        """How many other right answers pass every check."""
        return sum(not f for f in self.measured.accepted.values()) if self.measured else 0


def check_homework(
    name: str, root: Path, only: str | None = None, progress: Callable[[str], None] = lambda _: None
) -> list[Report]:
    """Check every question of homework `name`, or just `only`.

    The reports come in notebook order; one of the opening pages comes first if they are at fault.
    """
    names = question_names(name, root)
    if only is not None and only not in names:
        raise UserError(
            f"{root / 'assignments' / name}", f"a question like {names[0]}", only,
            f"name one of {', '.join(names)}",
        )
    opening, setup = Report(INTRO, list(name_faults(name, root))), None
    with noted(opening.problems):
        setup = load_intro(name, root)[2]
        try_setup(setup, f"{root / 'assignments' / name / INTRO}.py:1")
    reports = [opening] if opening.problems else []
    for question in [only] if only else names:
        progress(question)
        reports.append(check_question(name, question, root, setup))
    return reports


def check_question(homework: str, name: str, root: Path, setup: str | None) -> Report:
    """Check one question: its pages first, then, if they can be run, its bank.

    `setup` is the notebook's first cell; without one, nothing can be run.
    """
    report = Report(name)
    with noted(report.problems):
        report.loaded = question = load_question(homework, name, root)
        report.problems += page_problems(question)
        if setup is not None and can_be_loaded(question):
            report.measured = measure(question, setup)
            report.problems += bank_problems(question, report.measured)
    return report
