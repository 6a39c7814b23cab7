"""The supervisor: grades one submission to the end, whatever its code does.

Each attempt forks a checker and starts a fresh worker. When a place of the notebook (a cell, a
check) exceeds a limit or ends a process, the attempt is over. The outcome of that place is
recorded, and the next attempt runs the cells before it again and continues after it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import signal
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from otter.test_files import TestFile
from otter.test_files.abstract_test import TestCaseResult

from autograder.diagnosis.record import Recorder, RecordingPeer
from autograder.grading.attempt import (
    CHECKER_GONE,
    READING,
    START,
    Attempt,
    Limits,
    Listener,
    Outcome,
    Place,
    Stop,
    SubmissionRecord,
    check,
)
from autograder.grading.check_runner import ApartChecker, TogetherChecker
from autograder.language import N_
from autograder.model import (
    CellError,
    CheckResult,
    CheckStatus,
    Diagnosis,
    DiagnosisKind,
    Limit,
    QuestionResult,
    SubmissionResult,
    SubmissionStatus,
    clean,
)
from autograder.otter.zip_reader import Autograder
from autograder.rpc.warm_up import conversation, warm_up
from autograder.sandbox.client import (
    CONTAINER,
    NAMESPACES,
    ForkServerClient,
    ForkServerGone,
    Isolation,
    Worker,
    start_fork_server,
)
from autograder.sandbox.namespaces import die_with_parent
from autograder.sandbox.notebook_shell import silence
from autograder.sandbox.resources import (
    NO_GROUP,
    MemoryGroup,
    Usage,
    Watch,
    descendants,
    keep_on,
    this_processor,
    usage,
)


def compose(
    autograder: Autograder, record: SubmissionRecord, name: str, file: str, digest: str
) -> SubmissionResult:
    """The result of a submission from the record of its attempts."""
    notebook = record.notebook
    result = SubmissionResult(
        name=name, file=file, digest=digest, language=notebook.get("language") or "en",
        status=_status(autograder, record), reason=clean(_reason(autograder, record)),
    )
    answers = notebook.get("answers", {})
    for question, test in autograder.tests.items():
        graded, kind = _question(question, test, record, "check"), "check"
        if check(question, 0, "again") in record.checks:
            again = _question(question, test, record, "again")
            if again.score > graded.score:
                graded, kind, again.at_end = again, "again", True
        graded.answer = answers.get(question, "")
        failed = any(each.status != CheckStatus.PASSED for each in graded.checks)
        if question in autograder.bank and failed:
            graded.diagnosis = record.diagnoses.get(
                (question, kind), Diagnosis(DiagnosisKind.UNKNOWN))
        result.questions.append(graded)
    result.written = dict(notebook.get("written", {}))
    result.cell_errors = _cell_errors(record)
    return result


def _cell_errors(record: SubmissionRecord) -> list[CellError]:
    """What is certain about cells with errors, in their order.

    In a container another version of Python may read what ours does not. So syntax errors are told
    if it has run none of their cells, all of them or none: what a student's process reports about
    single cells could say something about a hidden check.
    """
    ran = {place.number for place, end in record.cells.items() if end.status != "syntax"}
    errors = [error for _, error in sorted(record.cell_errors.items())]
    agreed = not any(error.syntax and error.cell in ran for error in errors)
    return [error for error in errors if agreed or not error.syntax]


def _question(name: str, test: TestFile, record: SubmissionRecord, kind: str) -> QuestionResult:
    """The result of a question by Otter's own rules: at its check cell, or ("again") at the end."""
    outcomes = [
        _explained(record.checks.get(check(name, i, kind), Outcome("not_run")), record)
        for i in range(len(test.test_cases))
    ]
    test.test_case_results = [
        TestCaseResult(test_case=case, message=None, passed=o.status == CheckStatus.PASSED)
        for case, o in zip(test.test_cases, outcomes, strict=True)
    ]
    checks = [
        CheckResult(case.name, bool(case.hidden), float(case.points or 0), CheckStatus(o.status),
                    clean(o.error, 80), clean(o.reason))
        for case, o in zip(test.test_cases, outcomes, strict=True)
    ]
    return QuestionResult(name, float(test.score), float(test.possible), checks)


def _explained(outcome: Outcome, record: SubmissionRecord) -> Outcome:
    """The outcome of a check; "not defined" is explained by a cell that was stopped before."""
    stopped = [place for place in record.stopped if place.kind == "cell"]
    if outcome.error != "NameError" or not stopped:
        return outcome
    cause = record.stopped[stopped[0]]
    return Outcome(cause.status, "", f"{stopped[0]} {cause.reason}")


def _status(autograder: Autograder, record: SubmissionRecord) -> SubmissionStatus:
    notebook = record.notebook
    own = SubmissionStatus(notebook.get("status", SubmissionStatus.UNREADABLE))  # none: not read
    settled = [*record.checks.values(), *record.stopped.values()]
    cells = {outcome.status for outcome in record.cells.values()}
    exited = record.ended or any(o.error == "SystemExit" for o in settled)
    for holds, status in (
        (any(o.status == CheckStatus.NOT_RUN for o in record.stopped.values()),
         SubmissionStatus.NOT_RUN),
        (own in (SubmissionStatus.UNREADABLE, SubmissionStatus.EMPTY), own),
        (not autograder.is_of(notebook.get("assignment")), SubmissionStatus.OTHER_ASSIGNMENT),
        (any(o.status == CheckStatus.NOT_RUN for o in settled), SubmissionStatus.PARTLY_RUN),
        (any(o.status == CheckStatus.TIMEOUT for o in settled), SubmissionStatus.TIMED_OUT),
        (exited, SubmissionStatus.EXITED),
        (notebook.get("other_language") and cells & {"syntax", "error"},
         SubmissionStatus.OTHER_LANGUAGE),
        ("syntax" in cells, SubmissionStatus.SYNTAX_ERROR),
        ("error" in cells, SubmissionStatus.CELL_ERROR),
    ):
        if holds:
            return status
    return own


def _reason(autograder: Autograder, record: SubmissionRecord) -> str:
    """One line for the instructor about the submission as a whole."""
    notebook = record.notebook
    parts = [notebook.get("reason", "")]
    syntax = {error.cell: error for error in _cell_errors(record) if error.syntax}
    if language := notebook.get("other_language"):
        parts.append(N_("its kernel is for {language}, and only Python is graded").format(
            language=language))
    if not autograder.is_of(notebook.get("assignment")):
        parts.append(N_("its metadata name the assignment {assignment!r}").format(
            assignment=notebook['assignment']))
    for place, outcome in (record.cells | record.stopped).items():
        if outcome.status != "ok":
            known = syntax.get(place.number)  # in the words that students see
            line = f"line {known.line}" if known and known.line else ""
            why = (line, known.why) if known else (outcome.reason,)
            text = ": ".join(filter(None, (outcome.error, *why)))
            parts.append(f"{place} {text}".strip())
    return "; ".join(part for part in parts if part)


MAX_DEATHS_PER_QUESTION = 2
"""Attempts that may end in the checks of a question; then its other checks are not tried."""
MAX_FORK_SERVERS = 2
"""Fork servers for one attempt: when one is killed during it, another is started."""
CHECKER_MEMORY = 1 << 30
"""Bytes of memory that a checker may use while it judges answers."""
CHECKER_OOM_SCORE = "900"
"""OOM score: the kernel kills a worker (1000) first, then its checker, then the grader."""


class Supervisor:
    """Grades submissions one after another with one fork server; a context manager."""

    def __init__(
        self, autograder: Autograder, limits: Limits, isolation: Isolation,
        group: MemoryGroup | None = None,
    ) -> None:
        """`group` is the memory control group that this process is in, if any."""
        self.autograder = autograder
        self.limits = limits
        self._group = group
        self._isolation = isolation
        self._server = self._started_server()
        for name in self.autograder.description.get("imports", []):
            with contextlib.suppress(ImportError):  # with --container it may be in the image alone
                importlib.import_module(name)  # once, and not in the checker of each submission
        _warm_up()

    def _started_server(self) -> ForkServerClient:
        return start_fork_server(
            self._isolation, self.limits.memory, together=self.autograder.together,
            imports=self.autograder.description.get("imports", []),
        )

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.close()

    def grade(
        self, path: Path, name: str, file: str, digest: str, seconds: float | None = None,
        beside: Sequence[tuple[str, Path]] = (),
    ) -> SubmissionResult:
        """Grade the notebook at `path` within `seconds`, by default the limit of a submission.

        The result repeats `name`, `file` and `digest`. `beside` are the student's own files, as in
        `discover.Submission`.
        """
        start, record, deaths = time.monotonic(), SubmissionRecord(beside), Counter[str]()
        deadline = start + (seconds or self.limits.submission)
        while not (attempt := self._attempt(path, record, deadline)).finished:
            self._settle(record, attempt, deaths)
            if time.monotonic() >= deadline and attempt.status is not CheckStatus.NOT_RUN:
                attempt.stop_at_deadline()
                record.limits.add(Limit.TIME)
            elif attempt.place not in (START, READING) and attempt.limit is not Limit.MACHINE:
                continue
            self._settle_rest(record, attempt)
            break
        result = compose(self.autograder, record, name, file, digest)
        result.isolation, result.limits = self._isolation_words(), sorted(record.limits)
        result.seconds = round(time.monotonic() - start, 3)
        return result

    def _attempt(self, path: Path, record: SubmissionRecord, deadline: float) -> Attempt:
        """One attempt; if the fork server is killed during it, it is made again with a new one."""
        for _ in range(MAX_FORK_SERVERS):
            try:
                return self._with_worker(path, record, deadline)
            except ForkServerGone as error:
                reason = N_("the grader failed: {where}: {found}").format(
                    where=error.where, found=error.found)
                self._server.close()
                self._server = self._started_server()
        return Attempt(reason=reason)

    def _with_worker(self, path: Path, record: SubmissionRecord, deadline: float) -> Attempt:
        processor = this_processor()
        keep_on(processor, self._server.process)
        self._server.await_end()  # the one before must not be measured with this one
        watch = Watch(self.limits.memory, self._group)
        worker = self._server.begin()
        with self._checker(worker, processor, path, record) as (checker, pipe):
            self._server.await_start(worker)  # the checker reads the notebook meanwhile
            try:
                look = partial(self._look, checker, watch)
                attempt = Listener(pipe, record, deadline, look).listen()
            finally:
                self._server.release(worker)
        if attempt.status is CheckStatus.ERROR and attempt.reason in ("", CHECKER_GONE):
            self._explain(attempt, self._server.await_end(), watch, worker)
        return attempt

    def _explain(self, attempt: Attempt, how: str, watch: Watch, worker: Worker) -> None:
        """Record why an attempt has lost its worker or its checker."""
        outside = "" if self._isolation.kind == CONTAINER else watch.killed_for_others()
        if reason := watch.over_limit(0) or worker.over_limit:
            attempt.reason, attempt.limit = reason, Limit.MEMORY
        elif reason := outside or worker.killed_for_others:
            attempt.stop(CheckStatus.NOT_RUN, reason)
            attempt.limit = Limit.MACHINE
        elif not attempt.reason:
            attempt.reason = N_("the student's process {how}").format(
                how=how or N_("closed its connection"))

    @contextlib.contextmanager
    def _checker(
        self, worker: Worker, processor: int | None, path: Path, record: SubmissionRecord
    ) -> Iterator[tuple[int, int]]:
        """A forked checker: its process id, and the pipe on which it reports."""
        read, write = os.pipe()
        checker = os.fork()
        if checker == 0:
            os.close(read)
            keep_on(processor)
            known = record.known(together=self.autograder.together)
            _run_checker(
                self.autograder, worker, write, self.limits, known, path, record.beside)
        os.close(write)
        try:
            yield checker, read
        finally:
            os.close(read)
            os.kill(checker, signal.SIGKILL)
            os.waitpid(checker, 0)

    def _look(self, checker: int, watch: Watch) -> tuple[Usage, Stop | None]:
        """What the submission's processes and its checker use; a `Stop` if that is too much."""
        processes = [*descendants(self._server.process), checker]
        used = usage(processes, at_most=True)
        if _too_much(watch, used.memory):
            used = usage(processes)
        return used, _too_much(watch, used.memory)

    def _isolation_words(self) -> str:
        """The isolation of the submission in the words of the results."""
        kind = str(self._server.isolation)
        return kind if kind != str(NAMESPACES) or self._group else f"{kind}, {NO_GROUP}"

    def _settle(self, record: SubmissionRecord, attempt: Attempt, deaths: Counter[str]) -> None:
        """Record the end of an attempt as the outcome of its place."""
        outcome = Outcome(attempt.status, "", attempt.reason)
        if attempt.place.kind == "naming":
            record.unnamed[attempt.place] = outcome
            return
        if attempt.limit:
            record.limits.add(attempt.limit)
        record.ended |= attempt.status is CheckStatus.ERROR
        question = attempt.place.question
        if not question:
            record.stopped[attempt.place] = outcome
            return
        record.checks[attempt.place] = outcome
        record.given_up.add(attempt.place)
        deaths[question] += 1
        if deaths[question] >= MAX_DEATHS_PER_QUESTION:
            self._settle_rest(record, attempt, question, attempt.place.kind)

    def _settle_rest(
        self, record: SubmissionRecord, attempt: Attempt, question: str = "", kind: str = "check"
    ) -> None:
        """Record the end of an attempt for the checks without an outcome, of one or all questions.
        """
        outcome = Outcome(attempt.status, "", attempt.reason)
        for name in [question] if question else self.autograder.tests:
            for position in range(len(self.autograder.tests[name].test_cases)):
                place = check(name, position, kind)
                record.checks.setdefault(place, outcome)
                record.given_up.add(place)


def _warm_up() -> None:
    """Make the calls of a check once in this process, with a record, before checkers are forked."""
    peer, function = conversation(RecordingPeer)
    peer.recorder, peer.functions = Recorder(lambda: peer.changes_received), {"f": function}
    peer.recorder.begin("")
    warm_up(function)


def _too_much(watch: Watch, memory: int) -> Stop | None:
    if reason := watch.over_limit(memory):
        return Stop(CheckStatus.ERROR, reason, Limit.MEMORY)
    if reason := watch.machine_short(memory):
        return Stop(CheckStatus.NOT_RUN, reason, Limit.MACHINE)
    return None


def _run_checker(
    autograder: Autograder, worker: Worker, pipe: int, limits: Limits,
    known: dict[Place, Outcome], path: Path, beside: Sequence[tuple[str, Path]],
) -> None:
    """Run the forked checker; never returns."""
    try:
        die_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        silence()  # log messages may quote the student's file
        warnings.simplefilter("ignore")  # a check may divide by zero when an answer is zero
        _limit_checker()
        checker = TogetherChecker if autograder.together else ApartChecker
        checker(autograder, worker, pipe, limits, known).run(path, beside)
    except BaseException as error:
        text = f"{type(error).__name__}: {error}"
        os.write(pipe, json.dumps({"broken": text[:500]}).encode() + b"\n")
    finally:
        os._exit(0)


def _limit_checker() -> None:
    """Limit the resources that hostile answers can make a checker use."""
    with contextlib.suppress(ValueError, OSError):  # macOS has neither
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + CHECKER_MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        Path("/proc/self/oom_score_adj").write_text(CHECKER_OOM_SCORE, encoding="ascii")
