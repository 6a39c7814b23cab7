"""The messages between the caller and a worker of `homework grade --cluster`.

A batch carries the autograder.zip and the notebooks, since caller and worker share no file system.
An answer holds a result for each submission that was reached, or the error for people that ended
the batch. What is no file in them is JSON, checked by pydantic.

One caller feeds many workers, so that these functions are written for speed in the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel

from autograder.errors import UserError
from autograder.grading.attempt import Limits
from autograder.grading.discover import Submission
from autograder.grading.local import Graded, version
from autograder.grading.notebook import MAX_BYTES, SCRIPT
from autograder.language import _
from autograder.model import CheckResult, CheckStatus, clean
from autograder.sandbox.client import Isolation

MOST_VERSION = 1000
"""Bytes of a batch in which the line with the version must end."""


class Batch(BaseModel):
    """Submissions to grade, and how; their files are named by numbers, not by students.

    `files` are the names and sizes of all files that follow, of which the autograder.zip is the
    first.
    """

    limits: Limits
    isolation: Isolation
    submissions: list[Submission]
    files: list[tuple[str, int]]


Checks = tuple[
    list[str], list[bool], list[float], list[CheckStatus], list[str], list[str]
]
"""Each field of the checks of a question. A result has hundreds of checks: pydantic reads a few
lists many times faster than as many dataclasses."""
CHECK_FIELDS = [each.name for each in fields(CheckResult)]


class Answer(BaseModel):
    """The outcome of a batch; `refusal` holds the four parts of a UserError, if there was one.

    `checks` holds those of each question of each result, which `graded` has without checks.
    """

    graded: list[Graded] = []
    checks: list[list[Checks]] = []
    refusal: tuple[str, str, str, str] | None = None


def write_batch(
    archive: bytes, limits: Limits, isolation: Isolation, submissions: Sequence[Submission]
) -> bytes:
    """The message with a batch: the version of the caller, the `Batch` as JSON, a line each, and
    the bytes of its files.

    Raises OSError for a file that cannot be read.
    """
    names, contents, sent = ["autograder.zip"], [archive], []

    def packed(data: bytes, ending: str = "") -> Path:
        names.append(f"{len(names)}{ending}")
        contents.append(data)
        return Path(names[-1])

    for submission in submissions:
        ending = SCRIPT if submission.path.suffix == SCRIPT else ".ipynb"
        path = packed(_start(submission.path), ending)
        beside = tuple((name, packed(file.read_bytes())) for name, file in submission.beside)
        sent.append(replace(submission, path=path, beside=beside))
    batch = Batch(limits=limits, isolation=isolation, submissions=sent,
                  files=list(zip(names, map(len, contents), strict=True)))
    head = f"{version()}\n{batch.model_dump_json()}\n"
    return b"".join((head.encode(), *contents))


def read_batch(data: bytes, folder: Path) -> tuple[Path, Batch]:
    """The path of the autograder.zip and the batch, unpacked into an empty folder.

    The version is compared before the rest is read, which another version may write in another
    form. Raises UserError for a batch of another version.
    """
    found = data[:MOST_VERSION].partition(b"\n")[0].decode(errors="replace")
    if found != version():
        raise UserError(
            _("version"), clean(found), version(),
            _("install on every worker what the caller has, start the workers again, then run "
              "the same command again"),
        )
    _version, head, contents = data.split(b"\n", 2)
    batch, start = Batch.model_validate_json(head), 0
    for name, size in batch.files:
        (folder / name).write_bytes(contents[start : start + size])
        start += size
    batch.submissions = [
        replace(s, path=folder / s.path, beside=tuple((name, folder / p) for name, p in s.beside))
        for s in batch.submissions
    ]
    return folder / batch.files[0][0], batch


def write_answer(graded: Iterable[Graded], error: UserError | None = None) -> bytes:
    """The answer to a batch: what was graded, or why the worker can grade nothing."""
    answer = Answer()
    if error:
        answer.refusal = error.where, error.expected, error.found, error.remedy
    for each in graded:
        questions = each.result.questions
        answer.checks.append([_columns(question.checks) for question in questions])
        bare = [replace(question, checks=[]) for question in questions]
        answer.graded.append(replace(each, result=replace(each.result, questions=bare)))
    return answer.model_dump_json().encode()


def _columns(checks: Sequence[CheckResult]) -> Any:
    return tuple([getattr(check, name) for check in checks] for name in CHECK_FIELDS)


def read_answer(data: bytes, worker: str) -> list[Graded]:
    """What was graded on that worker's host; raises the UserError that the worker ended in.

    The error then names the worker. Raises ValueError for what is no answer.
    """
    answer = Answer.model_validate_json(data)
    if answer.refusal is not None:
        where, *rest = answer.refusal
        raise UserError(
            _("{where}, on the worker {worker}").format(where=where, worker=worker), *rest)
    for graded, checks in zip(answer.graded, answer.checks, strict=True):
        for question, columns in zip(graded.result.questions, checks, strict=True):
            question.checks = [CheckResult(*row) for row in zip(*columns, strict=True)]
    return [replace(graded, host=host(worker)) for graded in answer.graded]


def host(worker: str) -> str:
    """The host in the address of a worker."""
    return urlsplit(worker).hostname or worker


def _start(path: Path) -> bytes:
    """The first bytes of a file, one more than the limit: larger files are refused by size."""
    with path.open("rb") as file:
        return file.read(min(path.stat().st_size, MAX_BYTES + 1))  # it takes memory for so many
