"""The messages between the caller and a worker of `homework grade --cluster`.

A batch carries the autograder.zip and the notebooks, since caller and worker share no file system.
An answer holds a result for each submission that was reached, or the error for people that ended
the batch. What is no file in them is JSON, checked by pydantic.

One caller feeds many workers, so that these functions are written for speed in the caller.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZipFile

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
ARCHIVE, BATCH = "autograder.zip", "batch.json"
"""Names of files in the zip of a batch."""


class Batch(BaseModel):
    """Submissions to grade, and how; their files are named by numbers, not by students."""

    limits: Limits
    isolation: Isolation
    submissions: list[Submission]


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
    """The message with a batch: a line with the version of the caller, then a zip.

    The zip holds batch.json, the autograder.zip, the notebooks and the files beside them. Raises
    OSError for a file that cannot be read.
    """
    message = io.BytesIO()
    message.write(version().encode() + b"\n")
    sent = []
    with ZipFile(message, "w") as packed:
        packed.writestr(ARCHIVE, archive)
        for number, submission in enumerate(submissions):
            ending = SCRIPT if submission.path.suffix == SCRIPT else ".ipynb"
            path = Path(f"{number}{ending}")
            packed.writestr(path.name, _start(submission.path))
            beside = []
            for place, (name, file) in enumerate(submission.beside):
                beside.append((name, Path(f"{number} beside {place}")))
                packed.writestr(beside[-1][1].name, file.read_bytes())
            sent.append(replace(submission, path=path, beside=tuple(beside)))
        batch = Batch(limits=limits, isolation=isolation, submissions=sent)
        packed.writestr(BATCH, batch.model_dump_json())
    return message.getvalue()


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
    with ZipFile(io.BytesIO(data)) as packed:
        packed.extractall(folder)
    batch = Batch.model_validate_json((folder / BATCH).read_bytes())
    batch.submissions = [
        replace(s, path=folder / s.path, beside=tuple((name, folder / p) for name, p in s.beside))
        for s in batch.submissions
    ]
    return folder / ARCHIVE, batch


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
