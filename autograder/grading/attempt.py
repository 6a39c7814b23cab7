"""What is known of a submission while it is graded, and the listening to one attempt at it."""

from __future__ import annotations

import json
import os
import select
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from autograder.grading.checker import Outcome
from autograder.results import CheckStatus

START_SECONDS = 60.0
MAX_MESSAGE = 1 << 20
LOOK_SECONDS = 0.1
LOOKING_SHARE = 0.05
"""Largest share of the time that goes into looking after memory."""


@dataclass
class Attempt:
    """What one attempt came to: whether it finished, and if not, where and how it stopped."""

    finished: bool = False
    place: str = "start"
    status: CheckStatus = CheckStatus.NOT_RUN
    reason: str = ""

    def stop(self, status: CheckStatus, reason: str) -> None:
        """It ended before its end; before any code of the student's ran that is our failure."""
        if self.place == "start":
            status, reason = CheckStatus.NOT_RUN, f"the grader failed: {reason}"
        self.status, self.reason = status, reason


@dataclass
class Record:
    """What the attempts at a submission have settled so far."""

    notebook: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, Outcome] = field(default_factory=dict)
    checks: dict[str, Outcome] = field(default_factory=dict)
    deadly: dict[str, Outcome] = field(default_factory=dict)
    ended: bool = False
    """Whether the student's code ended its own process."""

    @property
    def known(self) -> dict[str, Outcome]:
        return self.checks | self.deadly


class Listener:
    """Listens on a checker's pipe until it has finished or something has stopped it.

    `too_large` says what is wrong with the memory of the student's processes, if anything.
    """

    def __init__(self, pipe: int, record: Record, deadline: float,
                 too_large: Callable[[], str]) -> None:
        self.attempt = Attempt()
        self._pipe, self._record, self._too_large = pipe, record, too_large
        self._allowed = START_SECONDS
        self._deadline, self._limit = deadline, time.monotonic() + START_SECONDS
        self._look = time.monotonic() + LOOK_SECONDS
        self._buffer = b""

    def listen(self) -> Attempt:
        """Everything the checker tells goes into the record; the attempt is how it ended."""
        while not (self._take() if self._waited() else self._stopped()):
            pass
        return self.attempt

    def _waited(self) -> bool:
        """Whether there is something to take before it is time for something else."""
        wait = min(self._limit, self._deadline, self._look) - time.monotonic()
        return wait > 0 and bool(select.select([self._pipe], [], [], wait)[0])

    def _stopped(self) -> bool:
        """Whether time or memory has run out."""
        now = time.monotonic()
        if now >= self._deadline:
            self.attempt.stop(CheckStatus.TIMEOUT, "the submission took too long as a whole")
        elif now >= self._limit:
            self.attempt.stop(CheckStatus.TIMEOUT, f"took longer than {self._allowed:g} s")
        elif now >= self._look:
            problem = self._too_large()
            took = time.monotonic() - now
            self._look = now + max(LOOK_SECONDS, took / LOOKING_SHARE)
            if problem:
                self.attempt.stop(CheckStatus.ERROR, problem)
        return bool(self.attempt.reason)

    def _take(self) -> bool:
        """Take down what there is; whether that was the attempt's last."""
        data = os.read(self._pipe, 1 << 16)
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        if any(self._note(json.loads(line)) for line in lines):
            return True
        if data and len(self._buffer) <= MAX_MESSAGE:
            return False
        self.attempt.stop(CheckStatus.ERROR,
                          "the check could not be completed with what the code answered")
        return True

    def _note(self, message: dict[str, Any]) -> bool:
        """Take down one message; True when it is the attempt's last."""
        if "begin" in message:
            self.attempt.place, self._allowed = message["begin"], message["seconds"]
            self._limit = time.monotonic() + self._allowed
        elif "notebook" in message:
            self._record.notebook = message["notebook"]
        elif "end" in message:
            self._end(message["end"], Outcome(**message["outcome"]))
        elif "lost" in message:
            self.attempt.stop(CheckStatus.ERROR, message["why"])
        elif "broken" in message:
            self.attempt.place = "start"
            self.attempt.stop(CheckStatus.NOT_RUN, message["broken"])
        else:
            self.attempt.finished = True
        return not {"begin", "notebook", "end"} & message.keys()

    def _end(self, place: str, outcome: Outcome) -> None:
        record = self._record
        (record.checks if place.startswith("check:") else record.cells)[place] = outcome
