"""The work of a cluster's worker: `answer` is the Dask task, and runs this module as a program.

A Dask worker is a process of many threads that may have no children of its own making; the grader
forks, takes signals, and has the kernel end children with their parent. So each batch is graded by
a fresh process, from bytes to bytes. It ends when the worker does, however that ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from autograder.errors import UserError
from autograder.grading.orders import read_order, write_answer, write_refusal
from autograder.grading.workshop import Workshop
from autograder.otterzips.otterzip import read_autograder
from autograder.results import SubmissionResult
from autograder.sandbox.isolation import die_with_parent

BATCH_SECONDS = 60.0
"""After this no further submission is begun: the caller hears of results, and sends the rest."""


class BatchLost(Exception):
    """The process that graded a batch ended without an answer."""


def answer(order: bytes) -> tuple[str, bytes]:
    """Have an order carried out on this worker; its address and the answer."""
    from distributed import get_worker

    done = subprocess.run(
        [sys.executable, "-m", "autograder.grading.batch"], input=order, capture_output=True,
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
            workshop = Workshop(
                read_autograder(given.archive), given.limits, given.isolation, 1,
                Path(temporary, "files"),
            )
            with closing(workshop.grade(given.submissions)) as graded:
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
