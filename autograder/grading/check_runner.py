"""The checker: runs one notebook and its checks, and judges what the worker answers.

It is a fork of the grading process, so that it can be killed when data from a worker make a check
crash or hang. It reports to the supervisor on a pipe, one JSON line for each step:

    {"notebook": {...}}                      what kind of notebook it is
    {"begin": PLACE, "seconds": LIMIT}       at most that long, or be killed
    {"end": PLACE, "outcome": {...}}         how a cell or a check ended
    {"diagnosed": QUESTION, "kind": KIND, "diagnosis": {}}   what its answers show, after its last
                                             check of that kind of place
    {"cell_errors": [{...}]}                 errors of cells that students may see
    {"lost": true, "why": TEXT}              the worker has gone
    {"broken": TEXT}                         the checker itself has failed
    {"finished": true}

PLACE is a `Place` as a list. Places that an earlier attempt at this submission has settled are in
`known`; they are not tried again.

`ApartChecker` runs the checks in its own process; only the student's functions run in the worker.
`TogetherChecker` has Otter's tests run in the worker, for a homework in together mode. The
student's code then shares a process with the code that reports, and can forge reports. So a report
may only name one test case of the zip and say whether it was passed: points, status words and
limits are decided here. The other half of together mode is `autograder.sandbox.otter_notebook`.
"""

from __future__ import annotations

import builtins
import contextlib
import inspect
import os
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

from otter.test_files import TestCase

from autograder.diagnosis.naming import diagnosed
from autograder.diagnosis.record import Recorder, RecordingPeer, builtin_name
from autograder.grading.attempt import READING, Limits, Outcome, Place, cell, check
from autograder.grading.notebook import (
    MAX_BYTES,
    SCRIPT,
    Notebook,
    Step,
    raised_error,
    read_notebook,
    syntax_errors,
)
from autograder.language import N_
from autograder.model import KNOWN_ERRORS, CellError, CheckStatus, clean
from autograder.otter.zip_reader import Autograder
from autograder.rpc.frames import PeerGone, ProtocolError, as_json
from autograder.rpc.peer import Ahead, Peer
from autograder.rpc.proxies import RemoteError, RemoteFunction
from autograder.rpc.shared_state import WireError
from autograder.sandbox.client import Worker

CELL_STATUSES = ("ok", "error", "syntax")
LINE = re.compile(r"line (\d{1,9}): ")
"""The beginning of the text of an error whose line in the cell is known."""
NOTEBOOK = "notebook.ipynb"
"""The notebook's name beside its support files, when a zip or a platform has given it another."""


class Checker:
    """One attempt at a submission; how the checks are run is left to subclasses."""

    def __init__(
        self, autograder: Autograder, worker: Worker, pipe: int, limits: Limits,
        known: Mapping[Place, Outcome],
    ) -> None:
        self._autograder = autograder
        self._peer = RecordingPeer(worker.connection, self.answer, references_expire=True)
        self._pipe = pipe
        self._limits = limits
        self._known = known
        self._untold = b""
        self._steps: list[Step] = []
        self._parsed = False

    def run(self, path: Path, beside: Sequence[tuple[str, Path]] = ()) -> None:
        """Grade the notebook at `path`, from its first cell to the last question."""
        self._write_beside(beside)
        self.prepare(path)
        self._send(begin=READING, seconds=self._limits.cell)
        notebook = read_notebook(
            path, list(self._autograder.tests),
            [each["name"] for each in self._autograder.description.get("written", [])],
        )
        self._steps = notebook.steps
        self._send(notebook={k: v for k, v in asdict(notebook).items() if k != "steps"})
        try:
            self.grade(notebook)
        except (PeerGone, ProtocolError) as gone:
            self._send(lost=True, why=str(gone))
        else:
            self._send(finished=True)

    def _write_beside(self, beside: Sequence[tuple[str, Path]]) -> None:
        """Write the student's own files into the worker's folder, as far as they find room there;
        what the grader writes after them counts.
        """
        for name, path in beside:
            with contextlib.suppress(OSError, RemoteError, WireError):
                self._peer.request("file", name, path.read_bytes())

    def prepare(self, _path: Path) -> None:
        """Write the support files of the zip into the worker's folder."""
        for name, data in self._autograder.files.items():
            self._peer.request("file", name, data)

    def grade(self, notebook: Notebook) -> None:
        """Run the cells and the checks; raises PeerGone or ProtocolError when the worker ends."""
        raise NotImplementedError

    def answer(self, verb: str, values: tuple[Any, ...]) -> Any:
        """Answer a request of the worker, which it may send before it has answered ours."""
        raise NotImplementedError

    def _run_cell(self, source: str) -> Outcome:
        """How the cell ended, as the worker reports it; student code could forge the report."""
        try:
            seeded = self._autograder.config.seeded(source)
            status, error, text = self._ask("run", seeded)
            if isinstance(text, str):
                text = _in_cell(text, seeded.count("\n") - source.count("\n"))
        except RemoteError as raised:
            return bounded("error", raised.kind, raised)
        except Exception as raised:  # not the answer of an unmodified worker
            return bounded("error", type(raised).__name__, raised)
        known = isinstance(status, str) and status in CELL_STATUSES
        return bounded(status if known else "error", error, text)

    def _ask(self, *question: Any) -> Any:
        return self._peer.request(*question)

    def _run_step(self, step: Step) -> Outcome:
        """Run the cell; tell the errors of cells that depend on nothing but the file handed in."""
        outcome = self._run_cell(step.source or "")
        if outcome.status == "syntax" and not self._parsed:
            self._parsed = True
            self._tell(syntax_errors(self._steps))
        return outcome

    def _tell(self, errors: Iterable[CellError]) -> None:
        self._send(cell_errors=[asdict(error) for error in errors])

    def _send(self, **message: Any) -> None:
        """Report to the supervisor; an "end" waits for the next message, to wake it once."""
        self._untold += as_json(message).encode() + b"\n"
        if "end" not in message:
            os.write(self._pipe, self._untold)
            self._untold = b""


def _in_cell(text: str, before: int) -> str:
    """The text of an error, its line counted in the student's cell; `before` lines are ours."""
    found = LINE.match(text)
    if not found or not before:
        return text
    return f"line {int(found[1]) - before}: {text[found.end():]}"


class ApartChecker(Checker):
    """Checks run in this process; only plain data go to the student's functions and come back."""

    def grade(self, notebook: Notebook) -> None:
        self._outcomes = dict(self._known)
        self._coming: list[tuple[Any, ...]] = []
        self._sent = deque[Ahead]()
        for place, limit, action in self._actions(notebook):
            if place not in self._known:
                self._send(begin=place, seconds=limit)
                self._outcomes[place] = outcome = action()
                self._send(end=place, outcome=vars(outcome))

    def _actions(self, notebook: Notebook) -> Iterator[tuple[Place, float, Any]]:
        """Place, time limit and action of every cell and check, in the notebook's order.

        As under Otter, the last check counts if a question is checked twice, and a question that
        no cell checks is checked at the end. A question that has not passed is checked again at
        the end if one of its functions has been defined anew below its check cell, or if that cell
        ended with an error: Otter then checks the question at the end.
        """
        functions: dict[str, dict[str, RemoteFunction]] = {}
        last = {step.question: i for i, step in enumerate(notebook.steps) if step.source is None}
        for index, step in enumerate(notebook.steps):
            if not self._coming and not self._sent:
                self._coming += self._until_checked(notebook.steps[index:], index, last)
            if step.source is not None:
                yield (cell(step.number), self._limits.cell,
                       lambda step=step: self._run_step(step))
            elif last[step.question] == index:
                functions[step.question] = self._functions(step.question)
                yield from self._checks(step.question, "check", functions[step.question])
        for question in self._autograder.tests:
            if question not in last:
                yield from self._checks(question, "check", self._functions(question))
            elif not self._passed(question):
                now = self._functions(question)
                cell_failed = self._ended_with_error(notebook.steps[last[question]])
                if cell_failed or _defined_anew(functions[question], now):
                    yield from self._checks(question, "again", now)

    def _until_checked(
        self, steps: Sequence[Step], first: int, last: Mapping[str, int]
    ) -> Iterator[tuple[Any, ...]]:
        """The requests for the next cells and for what the checks after them call."""
        for index, step in enumerate(steps, first):
            if step.source is not None and cell(step.number) not in self._known:
                yield "run", self._autograder.config.seeded(step.source)
            if step.source is None and last[step.question] == index:
                if Place("names", question=step.question) not in self._known:
                    yield "get", *self._names(step.question)
                return

    def _ask(self, *question: Any) -> Any:
        """The worker's answer; the requests until the next check are sent together."""
        if self._coming and not self._sent:
            self._sent += self._peer.send_ahead(self._coming)
            del self._coming[:len(self._sent) or 1]
        if self._sent:
            return self._peer.answer_to(self._sent.popleft())
        return self._peer.request(*question)

    def _run_step(self, step: Step) -> Outcome:
        outcome = super()._run_step(step)
        if outcome.status != "error":
            return outcome
        checked = next((s.number for s in self._steps if s.source is None), step.number)
        if step.number <= checked:  # no check has called it so far
            line = LINE.match(outcome.reason)
            error = outcome.error if outcome.error in KNOWN_ERRORS else ""
            self._tell([raised_error(step, int(line[1]) if line else 0, error)])
        return outcome

    def _ended_with_error(self, step: Step) -> bool:
        """Whether the cell that calls for this check ended with an error, perhaps before the call.
        """
        outcome = self._outcomes.get(cell(step.number))
        return step.called and outcome is not None and outcome.status == "error"

    def _functions(self, question: str) -> dict[str, RemoteFunction]:
        """The functions of the notebook that the question's checks call, as they are now."""
        place = Place("names", question=question)
        if place in self._known:
            return {}
        self._send(begin=place, seconds=self._limits.check)
        names = self._names(question)
        try:
            values = self._ask("get", *names)
            return {n: v for n, v in zip(names, values, strict=True)
                    if isinstance(v, RemoteFunction)}
        except Exception:  # one of the values cannot cross: each check then asks for its own names
            return {}

    def _names(self, question: str) -> list[str]:
        """The names of the notebook that the question's checks use."""
        cases = self._autograder.tests[question].test_cases
        return sorted({name for case in cases for name in _arguments(case)})

    def _passed(self, question: str) -> bool:
        cases = range(len(self._autograder.tests[question].test_cases))
        outcomes = [self._outcomes.get(check(question, position)) for position in cases]
        return all(o is not None and o.status == CheckStatus.PASSED for o in outcomes)

    def _checks(
        self, question: str, kind: str, functions: dict[str, RemoteFunction]
    ) -> Iterator[tuple[Place, float, Any]]:
        bank = self._autograder.bank.get(question)
        self._peer.recorder = recorder = (
            Recorder(lambda: self._peer.changes_received) if bank else None)
        self._peer.functions = functions
        for position, case in enumerate(self._autograder.tests[question].test_cases):
            yield (check(question, position, kind), self._limits.check,
                   lambda case=case: self._run_check(case, functions))
        naming = Place("naming", question=question)
        if not bank or not recorder or not recorder.record.failed or naming in self._known:
            return
        self._send(begin=naming, seconds=self._limits.check)
        if diagnosis := diagnosed(bank, recorder.record):
            self._send(diagnosed=question, kind=kind, diagnosis=asdict(diagnosis))

    def _run_check(self, case: TestCase, functions: dict[str, RemoteFunction]) -> Outcome:
        environment = NotebookNames(self._peer, _arguments(case), functions)
        if self._peer.recorder is None:
            return self._judged(case, environment)
        self._peer.recorder.begin(case.name)
        outcome = self._judged(case, environment)
        if outcome.status != CheckStatus.PASSED:
            self._peer.recorder.record.failed.add(case.name)
            self._peer.recorder.record.undefined.update(environment.undefined)
        return outcome

    def _judged(self, case: TestCase, environment: NotebookNames) -> Outcome:
        try:
            case.body.call_func(environment)
        except (PeerGone, ProtocolError):
            raise
        except RemoteError as error:
            return bounded(CheckStatus.ERROR, builtin_name(error), f"{error.kind}: {error.text}")
        except WireError as error:
            return bounded(CheckStatus.ERROR, "WireError", error)
        except AssertionError as error:
            if environment.undefined:
                return bounded(CheckStatus.ERROR, "NameError", error)
            return bounded(CheckStatus.FAILED, "", error)
        except Exception as error:
            if is_ours(error):
                reason = N_("the check itself failed: {kind}: {said}").format(
                    kind=type(error).__name__, said=_said(error))
                return bounded(CheckStatus.NOT_RUN, "", reason)
            # else the answer is of a type that the check cannot compare
            return bounded(CheckStatus.FAILED, builtin_name(error), error)
        return Outcome(CheckStatus.PASSED)

    def answer(self, verb: str, values: tuple[Any, ...]) -> Any:
        """Call a function of the check that a student's function got as an argument."""
        if verb != "call" or len(values) != 3 or not callable(values[0]):
            raise ProtocolError("the worker may only call what it was lent")
        function, args, kwargs = values
        return function(*args, **(kwargs or {}))


class TogetherChecker(Checker):
    """Otter's tests run in the worker, beside the student's code, and report here."""

    _around: tuple[Place, float]
    """The place and its time limit while no test case runs."""
    _checked: set[str]
    """Questions whose cases have all been run in this attempt."""
    _ended: set[Place]

    def prepare(self, path: Path) -> None:
        """Write the notebook, the zip's files and its tests where `otter run` puts them."""
        name = path.name if path.suffix in (".ipynb", SCRIPT) else NOTEBOOK
        with contextlib.suppress(OSError, RemoteError):  # it can still run
            if path.stat().st_size <= MAX_BYTES:
                self._peer.request("file", name, path.read_bytes())
        super().prepare(path)
        for question, source in self._autograder.sources.items():
            self._peer.request("tests", question, source)

    def grade(self, notebook: Notebook) -> None:
        """Run the cells, which run tests themselves; then the tests that no cell has run.

        If a question is checked twice, the last time counts, as with Otter.
        """
        self._checked, self._ended = set(), set()
        for step in notebook.steps:
            if step.source is not None:
                self._cell(step)
            elif not step.called:  # named in the cell's metadata: Otter adds a cell, with seeds
                self._run_cell("")
                self._question(step.question)
        for name in sorted(f"{question}.py" for question in self._autograder.tests):
            if (question := name.removesuffix(".py")) not in self._checked:
                self._question(question)

    def _cell(self, step: Step) -> None:
        place = cell(step.number)
        if place not in self._known:
            self._begin_around(place, self._limits.cell)
            self._send(end=place, outcome=vars(self._run_step(step)))

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
                reason = N_("the test file could not be run: {problem}").format(problem=problem)
                self._send(end=place, outcome=vars(bounded(CheckStatus.NOT_RUN, "", reason)))

    def _begin_around(self, place: Place, seconds: float) -> None:
        self._around = place, seconds
        self._send(begin=place, seconds=seconds)

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
                self._send(begin=place, seconds=self._limits.check)
            return place not in self._known
        if verb != "ended" or not result:
            raise ProtocolError("not a report")
        if place not in self._known:
            self._ended.add(place)
            self._send(end=place, outcome=vars(reported(*result)))
            self._send(begin=self._around[0], seconds=self._around[1])
        return None


class NotebookNames(dict[str, Any]):
    """The names of the student's notebook that a check uses, fetched in one request.

    Functions are kept in `functions` for the next checks of the question. Data are not kept, since
    the calls of a check may change them.
    """

    def __init__(
        self, peer: Peer, names: Iterable[str], functions: dict[str, RemoteFunction] | None = None
    ) -> None:
        self._functions = {} if functions is None else functions
        super().__init__(self._functions)
        self._peer, self._names = peer, tuple(name for name in names if name not in self)
        self.undefined: list[str] = []

    def get(self, name: str, default: Any = None) -> Any:
        if name not in self:
            names = self._names if name in self._names else (name,)
            self.update(zip(names, self._peer.request("get", *names), strict=True))
            self._functions.update(
                {n: self[n] for n in names if isinstance(self[n], RemoteFunction)}
            )
        value = self[name]
        if value is None:
            self.undefined.append(name)
            return default
        return value


def bounded(status: str, error: object, text: object) -> Outcome:
    """An outcome whose texts may come from student code: they are cleaned and shortened here."""
    return Outcome(status, clean(_said(error), 80), clean(_said(text)))


def reported(passed: object, kind: object, text: object) -> Outcome:
    """The outcome of a test case by the worker's report, with status words of the grader.

    With Otter a case that raises anything fails. The status is "error" only when a name is missing
    or the code tried to end the process.
    """
    if passed is True:
        return Outcome(CheckStatus.PASSED)
    raised = getattr(builtins, kind, None) if isinstance(kind, str) else None
    if not (isinstance(raised, type) and issubclass(raised, BaseException)):
        raised = AssertionError  # a doctest that printed something else, or a class of their own
    students = raised is NameError or not issubclass(raised, Exception)
    name = "" if raised is AssertionError else raised.__name__
    return bounded(CheckStatus.ERROR if students else CheckStatus.FAILED, name, text)


def _said(thing: object) -> str:
    try:
        return str(thing)
    except Exception:  # an assertion about an integer of 5000 digits cannot be printed
        return ""


def _arguments(case: TestCase) -> tuple[str, ...]:
    """The names that an exception-style check takes from the notebook."""
    function = getattr(case.body, "test_func", None)
    return tuple(inspect.signature(function).parameters) if function else ()


def _defined_anew(
    then: Mapping[str, RemoteFunction], now: Mapping[str, RemoteFunction]
) -> bool:
    """Whether a function has been defined again, or was missing before."""
    return any(function is not then.get(name) for name, function in now.items())


def is_ours(error: Exception) -> bool:
    """Whether an error of a check is the check's own, whatever the student's function answered.

    True only for certain cases: a name that the check does not define, a module that is not
    installed, a module without the attribute that the check uses. Text that the check evaluates
    ("<string>") may be the student's.
    """
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if isinstance(error, RemoteError) or last is None:
        return False
    if last.tb_frame.f_code.co_filename.startswith("<"):
        return False
    return (
        type(error) is NameError or isinstance(error, ImportError)
        or (isinstance(error, AttributeError) and isinstance(error.obj, ModuleType))
    )
