"""The part of cluster grading that runs on a worker, and the messages to and from the caller.

A Dask worker is a process of many threads and should not fork; the grader forks, handles signals,
and has the kernel end children with their parent. So the Dask task
(`grade_on_worker`) runs this module as a program for each batch, with a message on its standard
input and one on its output. The program ends when the worker does, however that ends.

Caller and worker share no file system: a batch carries the autograder.zip and the notebooks. Both
messages are JSON, checked by pydantic. An answer holds a result for each submission that was
reached, or the error for people that ended the batch.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from autograder.errors import UserError
from autograder.grading.attempt import Limits
from autograder.grading.discover import Submission
from autograder.grading.local import Graded, LocalGrader, version
from autograder.grading.notebook import MAX_BYTES, SCRIPT
from autograder.language import N_, _
from autograder.otter.zip_reader import read_autograder
from autograder.sandbox.client import Isolation
from autograder.sandbox.namespaces import die_with_parent


class Batch(BaseModel):
    """Submissions to grade: `notebooks` holds the bytes of each and `beside` those of the files
    beside it, `archive` those of the homework's zip.

    `version` names the programs of the caller, as `autograder.grading.local.version` does.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    version: str
    archive: bytes
    limits: Limits
    isolation: Isolation
    submissions: list[Submission]
    notebooks: list[bytes]
    beside: list[list[bytes]]


class Answer(BaseModel):
    """The outcome of a batch; `refusal` holds the four parts of a UserError, if there was one."""

    graded: list[Graded] = []
    refusal: tuple[str, str, str, str] | None = None


def write_batch(
    archive: bytes, limits: Limits, isolation: Isolation, submissions: Sequence[Submission]
) -> bytes:
    """The message with a batch; raises OSError for a notebook that cannot be read."""
    return Batch(
        version=version(), archive=archive, limits=limits, isolation=isolation,
        submissions=list(submissions), notebooks=[_start(s.path) for s in submissions],
        beside=[[path.read_bytes() for _name, path in s.beside] for s in submissions],
    ).model_dump_json().encode()


def read_batch(data: bytes, folder: Path) -> tuple[Path, Batch]:
    """The zip's path and the batch, unpacked into an empty folder.

    The submissions' paths are in the folder, under numbers. Raises UserError for a batch of another
    version.
    """
    batch = Batch.model_validate_json(data)
    if batch.version != version():
        raise UserError(
            _("version"), batch.version, version(),
            _("install on every worker what the caller has, start the workers again, then run "
              "the same command again"),
        )
    archive = folder / "autograder.zip"
    archive.write_bytes(batch.archive)
    for number, notebook in enumerate(batch.notebooks):
        ending = batch.submissions[number].path.suffix
        path = folder / f"{number}{ending if ending == SCRIPT else '.ipynb'}"
        path.write_bytes(notebook)
        beside = []
        for place, (name, _path) in enumerate(batch.submissions[number].beside):
            beside.append((name, folder / f"{number} beside {place}"))
            beside[-1][1].write_bytes(batch.beside[number][place])
        batch.submissions[number] = replace(
            batch.submissions[number], path=path, beside=tuple(beside))
    return archive, batch


def write_answer(graded: Iterable[Graded]) -> bytes:
    """The answer to a batch that was graded."""
    return Answer(graded=list(graded)).model_dump_json().encode()


def write_refusal(error: UserError) -> bytes:
    """The answer of a worker that cannot grade, whatever it is given."""
    parts = error.where, error.expected, error.found, error.remedy
    return Answer(refusal=parts).model_dump_json().encode()


def read_answer(data: bytes, worker: str) -> list[Graded]:
    """What was graded on that worker's host; raises the UserError that the worker ended in.

    The error then names the worker.
    """
    answer = Answer.model_validate_json(data)
    if answer.refusal is not None:
        where, *rest = answer.refusal
        raise UserError(
            _("{where}, on the worker {worker}").format(where=where, worker=worker), *rest)
    return [replace(graded, host=host(worker)) for graded in answer.graded]


def host(worker: str) -> str:
    """The host in the address of a worker."""
    return urlsplit(worker).hostname or worker


def _start(path: Path) -> bytes:
    """The first bytes of a file, one more than the limit: larger files are refused by size."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


BATCH_SECONDS = 60.0
"""After this no further submission is begun; the caller gets the results and sends the rest."""


class BatchLost(Exception):
    """The process that graded a batch ended without an answer."""


def grade_on_worker(batch: bytes) -> tuple[str, bytes]:
    """The Dask task: have a batch graded on this worker; return its address and the answer."""
    from distributed import get_worker

    done = subprocess.run(
        [sys.executable, "-m", "autograder.grading.cluster_worker"], input=batch,
        capture_output=True, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"}, check=False,
    )
    worker = get_worker().address
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise BatchLost(N_("the grader ended with {status} on {worker}: {last}").format(
            status=done.returncode, worker=worker, last=last))
    return worker, done.stdout


def grade_batch(data: bytes, seconds: float = BATCH_SECONDS) -> bytes:
    """Grade a batch in this process, one submission after another; return the answer."""
    begun = time.monotonic()
    graded: list[Graded] = []
    with tempfile.TemporaryDirectory(prefix="homework-") as temporary:
        try:
            archive, batch = read_batch(data, Path(temporary))
            grader = LocalGrader(
                read_autograder(archive), batch.limits, batch.isolation, 1,
                Path(temporary, "files"),
            )
            with closing(grader.grade_once(batch.submissions)) as finished:
                for each in finished:
                    graded.append(each)
                    if time.monotonic() - begun > seconds:
                        break
        except UserError as error:
            return write_refusal(error)
    return write_answer(graded)


def main() -> None:
    """Read a batch from standard input, and write the answer to standard output."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # clean up
    die_with_parent(by=signal.SIGTERM)
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # test files may print; only the answer may go to the output
        out.write(grade_batch(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
