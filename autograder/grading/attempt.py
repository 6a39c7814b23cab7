"""One attempt at a submission: its places, their limits and outcomes, and when it is stopped.

The checker (check_runner) writes to a pipe which place of the notebook it is at and how each place
ended. The `Listener` of the supervisor records that, and stops an attempt that exceeds a limit of
time, processor or memory.
"""

from __future__ import annotations

import json
import os
import select
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from autograder.language import N_
from autograder.model import CellError, CheckStatus, Diagnosis, Limit
from autograder.sandbox.namespaces import MEMORY
from autograder.sandbox.resources import Usage

START_SECONDS = 60.0
MAX_MESSAGE = 1 << 20
LOOK_SECONDS = 0.1
"""Seconds between two measurements of the student's processes."""
LOOKING_SHARE = 0.05
"""The largest share of the time that may be spent on these measurements."""
READ_PAUSE = 0.002
"""Seconds between two reads of the pipe, so that one read takes several messages."""
PATIENCE = 3
"""A place that waits for a processor may take this many times its limit on the clock."""
CHECKER_GONE = N_("the check could not be completed with what the code answered")
TOO_LONG = N_("the submission took too long as a whole")


@dataclass(frozen=True)
class Limits:
    """Longest time for one cell, for one check, and for all of a submission, in seconds.

    `memory` is how many bytes the student's processes may use together.
    """

    cell: float = 60.0
    check: float = 10.0
    submission: float = 600.0
    memory: int = MEMORY


class Place(NamedTuple):
    """A part of the work on a submission, which has a time limit and ends in an outcome.

    `kind` is one of

        start     the worker starts
        reading   the checker reads the notebook
        cell      the code cell with this `number`, counted from 1, runs
        check     the check of `question` at position `number`, counted from 0, runs
        again     the same check runs at the end of the notebook
        names     the functions that the checks of `question` call are looked up
        naming    the answers to `question` are compared with the bank; this changes no verdict
    """

    kind: str
    number: int = 0
    question: str = ""

    def __str__(self) -> str:
        number = str(self.number) if self.kind in ("cell", "check", "again") else ""
        return " ".join(filter(None, (self.kind, self.question, number)))


START, READING = Place("start"), Place("reading")


def cell(number: int) -> Place:
    """The place of a code cell."""
    return Place("cell", number)


def check(question: str, position: int, kind: str = "check") -> Place:
    """The place of a check."""
    return Place(kind, position, question)


@dataclass
class Outcome:
    """The end of a cell or a check. A cell's status is 'ok', 'error' or 'syntax'."""

    status: str
    error: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Stop:
    """Why an attempt is stopped: the status and reason for its place, and the limit."""

    status: CheckStatus
    reason: str
    limit: Limit


Look = Callable[[], tuple[Usage, Stop | None]]
"""Measures the student's processes: what they use, and a `Stop` if they must be stopped."""


@dataclass
class Attempt:
    """The end of one attempt: whether it finished, and if not, where and why it stopped."""

    finished: bool = False
    place: Place = START
    status: CheckStatus = CheckStatus.NOT_RUN
    reason: str = ""
    limit: Limit | None = None

    def stop(self, status: CheckStatus, reason: str) -> None:
        """Record an early end; before any student code has run it is a grader failure."""
        if self.place == START:
            status, reason = CheckStatus.NOT_RUN, N_("the grader failed: {reason}").format(
                reason=reason)
        self.status, self.reason = status, reason

    def stop_at_deadline(self) -> None:
        """Record that earlier attempts and this one have used the time of the whole submission."""
        self.status, self.reason, self.limit = CheckStatus.TIMEOUT, TOO_LONG, Limit.TIME


@dataclass
class SubmissionRecord:
    """The outcomes of all attempts at a submission so far."""

    beside: Sequence[tuple[str, Path]] = ()
    """The student's own files: the path from the notebook, and where the file is."""
    notebook: dict[str, Any] = field(default_factory=dict)
    cells: dict[Place, Outcome] = field(default_factory=dict)
    checks: dict[Place, Outcome] = field(default_factory=dict)
    stopped: dict[Place, Outcome] = field(default_factory=dict)
    diagnoses: dict[tuple[str, str], Diagnosis] = field(default_factory=dict)
    unnamed: dict[Place, Outcome] = field(default_factory=dict)
    """Questions whose answers could not be compared with the bank in time."""
    cell_errors: dict[int, CellError] = field(default_factory=dict)
    """Errors of cells that students may see, by the number of the cell."""
    ended: bool = False
    """Whether the student's code ended its own process."""
    limits: set[Limit] = field(default_factory=set)
    """The limits that stopped an attempt."""
    given_up: set[Place] = field(default_factory=set)
    """Checks that ended an attempt, and checks that were then not tried: they have its outcome."""

    def known(self, *, together: bool) -> dict[Place, Outcome]:
        """The outcomes that the next attempt skips.

        In together mode a check may change the notebook's objects for later checks, so all checks
        run again except those that were given up.
        """
        checks = {place: self.checks[place] for place in self.given_up} if together else self.checks
        return checks | self.stopped | self.unnamed


class Listener:
    """Listens on a checker's pipe until it has finished or something has stopped it.

    The time of a place is clock time less the time in which its processes waited for a processor
    that other programs used. So other programs cannot make a student exceed a limit.
    """

    def __init__(self, pipe: int, record: SubmissionRecord, deadline: float, look: Look) -> None:
        self.attempt = Attempt()
        self._pipe, self._record, self._look = pipe, record, look
        self._deadline = deadline
        self._begin(START, START_SECONDS, time.monotonic(), Usage())
        self._next_look = self._begun + LOOK_SECONDS
        self._buffer = b""

    def _begin(self, place: Place, allowed: float, now: float, used: Usage) -> None:
        self.attempt.place, self._allowed = place, allowed
        self._begun, self._limit = now, now + allowed
        self._before = self._used = used

    def listen(self) -> Attempt:
        """Record all messages of the checker; return how the attempt ended."""
        while not (self._take() if self._has_message() else self._must_stop()):
            pass
        return self.attempt

    def _has_message(self) -> bool:
        """Wait; whether a message arrives before the next limit or measurement is due."""
        wait = min(self._limit, self._deadline, self._next_look) - time.monotonic()
        return wait > 0 and bool(select.select([self._pipe], [], [], wait)[0])

    def _must_stop(self) -> bool:
        """Whether the attempt is over because time or memory has run out."""
        now = time.monotonic()
        if now >= self._deadline and self._record.notebook:  # the student's code has run
            self.attempt.stop_at_deadline()
        elif now >= self._deadline:
            self._stop(Stop(CheckStatus.TIMEOUT, TOO_LONG, Limit.TIME))
        elif now >= min(self._limit, self._next_look):
            self._used, stop = self._look()
            took = time.monotonic() - now
            self._next_look = now + max(LOOK_SECONDS, took / LOOKING_SHARE)
            if stop:
                self._stop(stop)
            elif now >= self._limit and not self._extended(now):
                self._stop(Stop(CheckStatus.TIMEOUT, N_("took longer than {allowed:g} s").format(
                    allowed=self._allowed),
                                Limit.TIME))
        return bool(self.attempt.reason)

    def _stop(self, stop: Stop) -> None:
        self.attempt.stop(stop.status, stop.reason)
        self.attempt.limit = stop.limit

    def _extended(self, now: float) -> bool:
        """Extend the limit by the time that the place has waited for a processor; whether that
        leaves time. Waiting for another process of the same student does not count."""
        waited = min(self._used.waited - self._before.waited,
                     now - self._begun - (self._used.processor - self._before.processor),
                     (PATIENCE - 1) * self._allowed)
        self._limit = self._begun + self._allowed + max(waited, 0.0)
        return self._limit > now

    def _take(self) -> bool:
        """Record the messages that have arrived; whether the attempt has ended."""
        time.sleep(READ_PAUSE)
        data = os.read(self._pipe, 1 << 16)
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        if any(self._note(json.loads(line)) for line in lines):
            return True
        if data and len(self._buffer) <= MAX_MESSAGE:
            return False
        self.attempt.stop(CheckStatus.ERROR, CHECKER_GONE)
        return True

    def _note(self, message: dict[str, Any]) -> bool:
        """Record one message; whether the attempt has ended."""
        if "begin" in message:
            self._begin(Place(*message["begin"]), message["seconds"], time.monotonic(), self._used)
        elif "notebook" in message:
            self._record.notebook = message["notebook"]
        elif "end" in message:
            self._end(Place(*message["end"]), Outcome(**message["outcome"]))
        elif "diagnosed" in message:
            place = message["diagnosed"], message["kind"]
            self._record.diagnoses[place] = Diagnosis.read(message["diagnosis"])
        elif "cell_errors" in message:
            errors = [CellError(**error) for error in message["cell_errors"]]
            self._record.cell_errors |= {error.cell: error for error in errors}
        elif "lost" in message:
            self.attempt.stop(CheckStatus.ERROR, message["why"])
        elif "broken" in message:
            self._break(message["broken"])
        else:
            self.attempt.finished = True
        return not {"begin", "notebook", "end", "diagnosed", "cell_errors"} & message.keys()

    def _break(self, error: str) -> None:
        """Record that the checker failed; while it reads a notebook, the notebook is the cause."""
        if self.attempt.place == READING:
            self.attempt.stop(CheckStatus.ERROR, N_("it cannot be read: {error}").format(
                error=error))
        else:
            self.attempt.place = START
            self.attempt.stop(CheckStatus.NOT_RUN, error)

    def _end(self, place: Place, outcome: Outcome) -> None:
        record = self._record
        (record.checks if place.question else record.cells)[place] = outcome
