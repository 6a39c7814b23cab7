"""What a caller asks of a worker on another machine, and what that answers, as JSON.

They share no file system, so an order carries the autograder.zip and the notebooks themselves. An
answer holds a result for each submission that was reached, or the error for people that ended it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograder.errors import UserError
from autograder.grading.checker import Limits
from autograder.grading.notebooks import MAX_BYTES
from autograder.grading.submissions import Submission
from autograder.grading.version import version
from autograder.results import (
    CheckResult,
    CheckStatus,
    QuestionResult,
    SubmissionResult,
    SubmissionStatus,
)


@dataclass(frozen=True)
class Order:
    """A batch to be graded: the zip is at `archive`, the notebooks are where `submissions` say."""

    archive: Path
    limits: Limits
    isolation: str
    submissions: list[Submission]


def write_order(
    archive: bytes, limits: Limits, isolation: str, submissions: Sequence[Submission]
) -> bytes:
    """The order for a batch; raises OSError for a notebook that cannot be read."""
    return json.dumps({
        "version": version(), "archive": _text(archive), "limits": asdict(limits),
        "isolation": isolation,
        "submissions": [
            {"name": s.name, "file": s.file, "digest": s.digest, "submitted_at": s.submitted_at,
             "unreadable": s.unreadable, "notebook": _text(_start(s.path))} for s in submissions
        ],
    }).encode()


def read_order(data: bytes, folder: Path) -> Order:
    """The order, unpacked into an empty folder; raises UserError if another version wrote it."""
    order = json.loads(data)
    if order["version"] != version():
        raise UserError(
            "version", order["version"], version(),
            "install on every worker what the caller has, start the workers again, then run the "
            "same command again",
        )
    archive = folder / "autograder.zip"
    archive.write_bytes(base64.b64decode(order["archive"]))
    submissions = []
    for number, entry in enumerate(order["submissions"]):
        path = folder / f"{number}.ipynb"
        path.write_bytes(base64.b64decode(entry.pop("notebook")))
        submissions.append(Submission(path=path, **entry))
    return Order(archive, Limits(**order["limits"]), order["isolation"], submissions)


def write_answer(results: Iterable[SubmissionResult]) -> bytes:
    """The answer of a batch that was graded."""
    return json.dumps({"results": [asdict(result) for result in results]}).encode()


def write_refusal(error: UserError) -> bytes:
    """The answer of a worker that cannot grade, whatever it is given."""
    return json.dumps(
        {"refusal": [error.where, error.expected, error.found, error.remedy]}
    ).encode()


def read_answer(data: bytes, worker: str) -> list[SubmissionResult]:
    """The results; raises the UserError that the worker ended in, with the worker's name."""
    answer = json.loads(data)
    if "refusal" in answer:
        where, *rest = answer["refusal"]
        raise UserError(f"{where}, on the worker {worker}", *rest)
    return [_result(entry) for entry in answer["results"]]


def _result(entry: dict[str, Any]) -> SubmissionResult:
    questions = [
        QuestionResult(**question | {"checks": [
            CheckResult(**check | {"status": CheckStatus(check["status"])})
            for check in question["checks"]
        ]}) for question in entry["questions"]
    ]
    status = SubmissionStatus(entry["status"])
    return SubmissionResult(**entry | {"status": status, "questions": questions})


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _start(path: Path) -> bytes:
    """As much of a file as is looked at; one that is larger is refused by its size alone."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
