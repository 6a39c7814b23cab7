"""Listening to a checker, which may say half a line, too much, or nothing."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from autograder.grading import attempt as module
from autograder.grading.attempt import (
    READING,
    START,
    TOO_LONG,
    Attempt,
    Listener,
    Outcome,
    Place,
    Stop,
    SubmissionRecord,
    cell,
    check,
)
from autograder.model import CheckStatus, Limit
from autograder.sandbox.resources import Usage
from tests.sentences import pattern, sentence

FINISHED = {"finished": True}


class Pipe:
    """A checker's pipe, to be written by the test, and what was heard on it."""

    def __init__(self) -> None:
        self.read, self.write = os.pipe()
        self.record = SubmissionRecord()
        self.used: list[Usage] = [Usage()]
        self.stop: Stop | None = None

    def say(self, *messages: dict[str, Any]) -> None:
        for message in messages:
            os.write(self.write, json.dumps(message).encode() + b"\n")

    def hang_up(self) -> None:
        os.close(self.write)
        self.write = -1

    def heard(self, seconds: float = 5.0) -> Attempt:
        deadline = time.monotonic() + seconds
        return Listener(self.read, self.record, deadline, self.look).listen()

    def look(self) -> tuple[Usage, Stop | None]:
        """What the processes use: the next of `used`, the last one again and again."""
        return self.used.pop(0) if len(self.used) > 1 else self.used[0], self.stop

    def close(self) -> None:
        os.close(self.read)
        if self.write >= 0:
            self.hang_up()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    pipe.close()


def begin(place: Place, seconds: float = 5.0) -> dict[str, Any]:
    return {"begin": place, "seconds": seconds}


def end(place: Place, status: str) -> dict[str, Any]:
    return {"end": place, "outcome": {"status": status, "error": "", "reason": ""}}


def test_a_whole_attempt(pipe: Pipe) -> None:
    pipe.say(begin(READING), {"notebook": {"language": "zh"}}, begin(cell(1)),
             end(cell(1), "ok"), begin(check("q", 0)), end(check("q", 0), "passed"), FINISHED)
    assert pipe.heard().finished
    assert pipe.record.notebook == {"language": "zh"}
    assert pipe.record.cells == {cell(1): Outcome("ok")}
    assert pipe.record.checks == {check("q", 0): Outcome("passed")}


def test_half_lines(pipe: Pipe) -> None:
    text = json.dumps(end(cell(1), "ok")) + "\n" + json.dumps(FINISHED) + "\n"
    if os.fork() == 0:
        for character in text:
            os.write(pipe.write, character.encode())
            time.sleep(0.001)
        os._exit(0)
    assert pipe.heard().finished
    assert pipe.record.cells == {cell(1): Outcome("ok")}
    os.wait()


@pytest.mark.parametrize(("said", "status", "reason"), [
    ([begin(check("q", 0), 0.1)], "timeout", sentence("timeout", allowed=0.1)),
    ([begin(check("q", 0)), {"lost": check("q", 0), "why": "twice"}], "error", "twice"),
    ([begin(READING), {"broken": "KeyError: x"}], "error",
     sentence("unreadable-reply", error="KeyError: x")),
    ([begin(check("q", 0)), {"broken": "KeyError: x"}], "not_run",
     sentence("grader-failed", reason="KeyError: x")),
])
def test_how_an_attempt_stops(
    pipe: Pipe, said: list[dict[str, Any]], status: str, reason: str
) -> None:
    pipe.say(*said)
    attempt = pipe.heard()
    assert (attempt.finished, attempt.status, attempt.reason) == (False, status, reason)


def test_a_checker_that_ends_without_a_word(pipe: Pipe) -> None:
    pipe.say(begin(check("q", 0)))
    pipe.hang_up()
    attempt = pipe.heard()
    assert (attempt.place, attempt.status) == (check("q", 0), CheckStatus.ERROR)
    assert attempt.reason == sentence("check-incomplete")


def test_before_the_student_s_code_it_is_our_failure(pipe: Pipe) -> None:
    pipe.hang_up()
    attempt = pipe.heard()
    assert (attempt.place, attempt.status) == (START, CheckStatus.NOT_RUN)
    assert re.fullmatch(pattern("grader-failed"), attempt.reason)


def test_a_flood_without_a_line(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_MESSAGE", 1000)
    pipe.say(begin(check("q", 0)))
    os.write(pipe.write, b"x" * 5000)
    assert pipe.heard().status is CheckStatus.ERROR


def test_the_submission_as_a_whole(pipe: Pipe) -> None:
    pipe.say(begin(check("q", 0), 60.0))
    attempt = pipe.heard(seconds=0.1)
    assert (attempt.status, attempt.reason) == (
        CheckStatus.TIMEOUT, sentence("submission-timeout"))


def test_too_much_memory(pipe: Pipe) -> None:
    pipe.say(begin(cell(1), 60.0))
    pipe.stop = Stop(CheckStatus.ERROR, "its processes took too much", Limit.MEMORY)
    attempt = pipe.heard()
    assert (attempt.place, attempt.status, attempt.reason) == (
        cell(1), CheckStatus.ERROR, "its processes took too much")


def test_memory_is_looked_at_while_the_checker_talks(pipe: Pipe) -> None:
    looks = []
    if os.fork() == 0:
        for number in range(40):
            pipe.say(begin(cell(number)))
            time.sleep(0.01)
        pipe.say(FINISHED)
        os._exit(0)

    def look() -> tuple[Usage, None]:
        looks.append(1)
        return Usage(), None

    listener = Listener(pipe.read, pipe.record, time.monotonic() + 9, look)
    assert listener.listen().finished
    assert len(looks) >= 2
    os.wait()


def test_a_later_place_has_its_own_time(pipe: Pipe) -> None:
    if os.fork() == 0:
        for number in range(4):
            pipe.say(begin(cell(number), 0.5))
            time.sleep(0.2)
        pipe.say(FINISHED)
        os._exit(0)
    assert pipe.heard().finished
    os.wait()


@pytest.mark.parametrize(("used", "seconds"), [
    (Usage(), 0.3),                                # it slept: nobody kept it
    (Usage(processor=0.3), 0.3),                   # it ran all the time
    (Usage(waited=0.2), 0.5),                      # others had its processor
    (Usage(processor=0.3, waited=9.0), 0.3),       # its own processes kept each other waiting
    (Usage(waited=60.0), 0.9),                     # up to a bound
])
def test_waiting_for_others_does_not_count(pipe: Pipe, used: Usage, seconds: float) -> None:
    pipe.used = [Usage(processor=0.0), used]
    pipe.say(begin(check("q", 0), 0.3))
    begun = time.monotonic()
    attempt = pipe.heard()
    assert (attempt.status, attempt.limit) == (CheckStatus.TIMEOUT, Limit.TIME)
    assert seconds <= time.monotonic() - begun < seconds + 0.35


def test_what_earlier_places_waited_does_not_help_later_ones(pipe: Pipe) -> None:
    pipe.used = [Usage(waited=60.0)]
    if os.fork() == 0:
        pipe.say(begin(cell(1)))
        time.sleep(0.4)
        pipe.say(begin(cell(2), 0.2))
        os._exit(0)
    begun = time.monotonic()
    assert pipe.heard().place == cell(2)
    assert time.monotonic() - begun < 0.9
    os.wait()


@pytest.mark.parametrize(("notebook", "status"), [
    ({"language": "en"}, CheckStatus.TIMEOUT), ({}, CheckStatus.NOT_RUN),
], ids=["used by earlier attempts", "used before any code has run"])
def test_whose_fault_it_is_that_the_time_is_used_up(
    notebook: dict[str, Any], status: CheckStatus
) -> None:
    pipe, other = os.pipe()
    record = SubmissionRecord(notebook=notebook)
    attempt = Listener(pipe, record, time.monotonic(), lambda: (Usage(), None)).listen()
    os.close(pipe)
    os.close(other)
    assert attempt.status is status
    assert TOO_LONG in attempt.reason
