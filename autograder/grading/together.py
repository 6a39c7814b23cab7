"""Together mode, the grader's half: Otter's tests run in the worker, and report here.

The student's code shares a process with what reports, so it can make reports up. They are taken
for what they are: a report names one test case of the zip and says whether it was passed. What a
case is worth, the status words and all limits stay on this side. The other half is
`autograder.sandbox.otter_notebook`.
"""

from __future__ import annotations

import builtins
import contextlib
from pathlib import Path
from typing import Any

from autograder.grading.check_runner import Checker, Outcome, Place, bounded, cell, check
from autograder.grading.notebook import MAX_BYTES, SCRIPT, Notebook
from autograder.model import CheckStatus
from autograder.rpc.peer import ProtocolError
from autograder.rpc.proxies import RemoteError
from autograder.rpc.shared_state import WireError

NOTEBOOK = "notebook.ipynb"
"""The notebook's name beside its support files, when a zip or a platform has given it another."""


class TogetherChecker(Checker):
    """One attempt at a submission of a homework that is graded in together mode."""

    _around: tuple[Place, float]
    """Where the work is when no test case is run, and the time limit there."""
    _checked: set[str]
    """Questions whose cases have all been run in this attempt."""
    _ended: set[Place]

    def prepare(self, path: Path) -> None:
        """Lay the notebook, the zip's files and its tests where `otter run` lays them."""
        name = path.name if path.suffix in (".ipynb", SCRIPT) else NOTEBOOK
        with contextlib.suppress(OSError, RemoteError):  # one too large to lie there can still run
            if path.stat().st_size <= MAX_BYTES:
                self._peer.request("file", name, path.read_bytes())
        super().prepare(path)
        for question, source in self._autograder.sources.items():
            self._peer.request("tests", question, source)

    def grade(self, notebook: Notebook) -> None:
        """Run the cells, which run tests themselves; then the tests that no cell has run.

        Of a question that is checked twice the last time counts, as with Otter.
        """
        self._checked, self._ended = set(), set()
        for step in notebook.steps:
            if step.source is not None:
                self._cell(cell(step.number), step.source)
            elif not step.called:  # named in the cell's metadata: Otter adds a cell, with seeds
                self._run_cell("")
                self._question(step.question)
        for name in sorted(f"{question}.py" for question in self._autograder.tests):
            if (question := name.removesuffix(".py")) not in self._checked:
                self._question(question)

    def _cell(self, place: Place, source: str) -> None:
        if place not in self._known:
            self._begin_around(place, self._limits.cell)
            self._tell(end=place, outcome=vars(self._run_cell(source)))

    def _question(self, question: str) -> None:
        """Have the worker run a question's tests; a case that did not report has not been run."""
        cases = self._autograder.tests[question].test_cases
        places = [check(question, position) for position in range(len(cases))]
        self._ended.clear()
        self._begin_around(places[0], self._limits.check)
        try:
            problem = self._peer.request("check", question)
        except (RemoteError, WireError) as error:
            problem = str(error)
        for place in places:
            if place not in self._ended and place not in self._known:
                reason = f"the test file could not be run: {problem}"
                self._tell(end=place, outcome=vars(bounded(CheckStatus.NOT_RUN, "", reason)))

    def _begin_around(self, place: Place, seconds: float) -> None:
        self._around = place, seconds
        self._tell(begin=place, seconds=seconds)

    def answer(self, verb: str, values: tuple[Any, ...]) -> Any:
        """The worker's reports: `began` (may it be run?) and `ended`, of a case of a question."""
        question, position, *result = values if len(values) in (2, 5) else ("", 0)
        test = self._autograder.tests.get(question) if isinstance(question, str) else None
        if test is None or type(position) is not int or not 0 <= position < len(test.test_cases):
            raise ProtocolError("a report about no test case")
        place = check(question, position)
        if position == len(test.test_cases) - 1:
            self._checked.add(question)
        if verb == "began" and not result:
            if place not in self._known:
                self._tell(begin=place, seconds=self._limits.check)
            return place not in self._known
        if verb != "ended" or not result:
            raise ProtocolError("not a report")
        if place not in self._known:
            self._ended.add(place)
            self._tell(end=place, outcome=vars(reported(*result)))
            self._tell(begin=self._around[0], seconds=self._around[1])
        return None


def reported(passed: object, kind: object, text: object) -> Outcome:
    """The outcome of a test case by the worker's report, in words of ours.

    With Otter a case fails whatever it raises. An error is said to be the student's only when a
    name is missing, or when the code wanted to end the process.
    """
    if passed is True:
        return Outcome(CheckStatus.PASSED)
    raised = getattr(builtins, kind, None) if isinstance(kind, str) else None
    if not (isinstance(raised, type) and issubclass(raised, BaseException)):
        raised = AssertionError  # a doctest that printed something else, or a class of their own
    students = raised is NameError or not issubclass(raised, Exception)
    name = "" if raised is AssertionError else raised.__name__
    return bounded(CheckStatus.ERROR if students else CheckStatus.FAILED, name, text)
