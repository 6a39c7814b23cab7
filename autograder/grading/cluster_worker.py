"""The work of a cluster's worker: `answer` is the Dask task, and runs this module as a program.

A Dask worker is a process of many threads that may have no children of its own making; the grader
forks, takes signals, and has the kernel end children with their parent. So each batch is graded by
a fresh process, from bytes to bytes. It ends when the worker does, however that ends.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograder.errors import UserError
from autograder.grading.check_runner import Limits
from autograder.grading.discover import Submission
from autograder.grading.local import LocalGrader
from autograder.grading.notebook import MAX_BYTES
from autograder.grading.runs import version
from autograder.model import (
    CheckResult,
    CheckStatus,
    Diagnosis,
    QuestionResult,
    SubmissionResult,
    SubmissionStatus,
)
from autograder.otter.zip_reader import read_autograder
from autograder.sandbox.client import Isolation
from autograder.sandbox.namespaces import die_with_parent

# What a caller asks of a worker on another machine, and what that answers, as JSON.
#
# They share no file system, so an order carries the autograder.zip and the notebooks themselves. An
# answer holds a result for each submission that was reached, or the error for people that ended it.

@dataclass(frozen=True)
class Order:
    """A batch to be graded: the zip is at `archive`, the notebooks are where `submissions` say."""

    archive: Path
    limits: Limits
    isolation: Isolation
    submissions: list[Submission]


def write_order(
    archive: bytes, limits: Limits, isolation: Isolation, submissions: Sequence[Submission]
) -> bytes:
    """The order for a batch; raises OSError for a notebook that cannot be read."""
    return json.dumps({
        "version": version(), "archive": _text(archive), "limits": asdict(limits),
        "isolation": asdict(isolation),
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
    return Order(archive, Limits(**order["limits"]), Isolation(**order["isolation"]), submissions)


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
        ], "diagnosis": question["diagnosis"] and Diagnosis.read(question["diagnosis"])})
        for question in entry["questions"]
    ]
    status = SubmissionStatus(entry["status"])
    return SubmissionResult(**entry | {"status": status, "questions": questions})


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _start(path: Path) -> bytes:
    """As much of a file as is looked at; one that is larger is refused by its size alone."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


BATCH_SECONDS = 60.0
"""After this no further submission is begun: the caller hears of results, and sends the rest."""


class BatchLost(Exception):
    """The process that graded a batch ended without an answer."""


def answer(order: bytes) -> tuple[str, bytes]:
    """Have an order carried out on this worker; its address and the answer."""
    from distributed import get_worker

    done = subprocess.run(
        [sys.executable, "-m", "autograder.grading.cluster_worker"], input=order,
        capture_output=True,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"}, check=False,
    )
    worker = get_worker().address
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise BatchLost(f"the grader ended with {done.returncode} on {worker}: {last}")
    return worker, done.stdout


def carry_out(order: bytes, seconds: float = BATCH_SECONDS) -> bytes:
    """Grade a batch here, one submission after another; the answer."""
    begun = time.monotonic()
    results: list[SubmissionResult] = []
    with tempfile.TemporaryDirectory(prefix="homework-") as temporary:
        try:
            given = read_order(order, Path(temporary))
            grader = LocalGrader(
                read_autograder(given.archive), given.limits, given.isolation, 1,
                Path(temporary, "files"),
            )
            with closing(grader.grade(given.submissions)) as graded:
                for finished in graded:
                    results += finished
                    if time.monotonic() - begun > seconds:
                        break
        except UserError as error:
            return write_refusal(error)
    return write_answer(results)


def main() -> None:
    """Read an order from standard input, and write the answer to standard output."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # clean up
    die_with_parent(by=signal.SIGTERM)
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # what test files print is no answer
        out.write(carry_out(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
