"""`homework grade --cluster tcp://HOST:8786`: the workers of a Dask scheduler do the grading.

The caller reads the submissions, and only the caller writes results. Dask decides which worker
grades which batch, and gives the batch of a killed worker to another one. Only a few batches are
under way at a time, so that other callers get their share and an interrupted caller leaves little
work behind.

Caller and worker share no file system: `autograder.grading.batch` holds their messages.

A Dask worker is a process of many threads and should not fork; the grader forks, handles signals,
and has the kernel end children with their parent. So the Dask task (`grade_on_worker`) runs this
module as a program for each batch, with a message on its standard input and one on its output. The
program ends when the worker does, however that ends.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import math
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

from autograder.errors import UserError
from autograder.grading.attempt import Limits
from autograder.grading.batch import host, read_answer, read_batch, write_answer, write_batch
from autograder.grading.discover import Submission
from autograder.grading.local import (
    LOST_IN_A_ROW,
    Graded,
    LocalGrader,
    Lost,
    Results,
    not_run,
    to_grade_alone,
    version,
)
from autograder.grading.notebook import MAX_BYTES
from autograder.language import N_, _
from autograder.model import SubmissionResult, clean
from autograder.otter.zip_reader import read_autograder
from autograder.sandbox.client import Isolation
from autograder.sandbox.namespaces import die_with_parent

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_SECONDS = 10
"""Seconds for the scheduler to answer, and for its first worker to appear."""
PATIENCE_SECONDS = 60
"""Seconds that a cluster may be without any worker after it has begun."""
SMALLEST_BATCH, LARGEST_BATCH = 4, 32
"""Submissions in a batch. To start one takes a worker as long as to grade about two of them."""
BATCH_BYTES = 16 << 20
"""Bytes of a batch: the scheduler and the workers hold several batches in memory."""
AHEAD = 2
"""Batches under way for each thread of the workers, so that no thread waits for the next one."""
BATCH_SECONDS = 60.0
"""After this no further submission is begun; the caller gets the results and sends the rest."""
NEW_OBJECTS = 50_000
"""Objects of a few answers, after which Python looks for garbage among them."""
SAME_AGAIN = N_("then run the same command again: what has been graded is kept")


@dataclass
class Cluster:
    """Grades on a cluster: the scheduler's `address`, and the data for its workers."""

    address: str
    archive: bytes
    limits: Limits
    isolation: Isolation

    def grade(self, submissions: Sequence[Submission]) -> Results:
        """Results as they come in, in any order; one for every submission. Raises UserError."""
        with connected(self.address) as client, _few_collections():
            yield from _Round(self, client, deque(submissions)).results()


@dataclass
class _Round:
    """The state of one call of `Cluster.grade`."""

    cluster: Cluster
    client: Client
    waiting: deque[Submission]
    suspects: deque[Submission] = field(default_factory=deque)
    """Submissions of lost batches. Each is sent alone, so that it cannot take others with it."""
    under_way: dict[Future[Any], list[Submission]] = field(default_factory=dict)
    sent_to: dict[Future[Any], str] = field(default_factory=dict)
    """The host of each batch under way that is to be alone there."""
    lost_in_a_row: int = 0
    held: list[tuple[Submission, Graded]] = field(default_factory=list)
    """What hit a limit; what ran beside it is known when all have been graded."""
    one_a_host: bool = False
    """Whether each submission is now sent to a host that grades no other one of this call."""

    def results(self) -> Results:
        """Grade all; then grade alone, once more, what others may have disturbed."""
        from distributed import CancelledError

        try:
            yield from self._work_through()
            again, final = to_grade_alone(self.held)
            yield final
            self.waiting.extend(again)
            self.one_a_host = True
            yield from self._work_through()
        except (OSError, CancelledError):
            raise UserError(
                self.cluster.address, _("a scheduler that stays until the end"), _("it has gone"),
                _("start it and its workers again, {same_again}").format(same_again=_(SAME_AGAIN)),
            ) from None

    def _work_through(self) -> Results:
        while self.waiting or self.suspects or self.under_way:
            yield from self._send()
            for future in self._finished():
                yield self._take(future)

    def _send(self) -> Results:
        """Submit batches until the workers are busy; yield results for what cannot be sent."""
        workers = self.client.nthreads()
        threads = sum(workers.values()) or 1
        hosts = {host(worker): worker for worker in workers}  # one worker on each host
        most = len(hosts) or 1 if self.one_a_host else AHEAD * threads
        while (self.waiting or self.suspects) and len(self.under_way) < most:
            batch = self._batch(threads)
            if self.lost_in_a_row >= LOST_IN_A_ROW:
                yield [not_run(s, N_("not tried: too many before it were lost")) for s in batch]
                continue
            try:
                message = write_batch(
                    self.cluster.archive, self.cluster.limits, self.cluster.isolation, batch
                )
            except OSError as error:
                yield self._lose(batch, N_("the file cannot be read: {why}").format(
                    why=error.strerror))
                continue
            free = [name for name in hosts if name not in self.sent_to.values()]
            where = ({"workers": [hosts[free[0]]], "allow_other_workers": True}
                     if self.one_a_host and free else {})
            sent = np.frombuffer(message, np.uint8)  # Dask sends an array without copying it
            future = self.client.submit(grade_on_worker, sent, pure=False, **where)
            self.under_way[future] = batch
            if where:
                self.sent_to[future] = free[0]

    def _batch(self, threads: int) -> list[Submission]:
        """The next submissions to send; batches get smaller, so that all workers end together."""
        if self.suspects:
            return [self.suspects.popleft()]
        if self.one_a_host:
            return [self.waiting.popleft()]
        share = math.ceil(len(self.waiting) / (AHEAD * threads))
        batch: list[Submission] = []
        room = BATCH_BYTES
        while self.waiting and len(batch) < min(max(share, SMALLEST_BATCH), LARGEST_BATCH):
            room -= _size(self.waiting[0].path)
            if batch and room < 0:
                break
            batch.append(self.waiting.popleft())
        return batch

    def _finished(self) -> Iterable[Future[Any]]:
        """Wait for finished batches: one or more if any are under way. Raises UserError."""
        from distributed import wait

        while self.under_way:
            try:
                done: set[Future[Any]] = wait(
                    list(self.under_way), PATIENCE_SECONDS, return_when="FIRST_COMPLETED"
                ).done
                return done
            except TimeoutError:
                if not self.client.nthreads():
                    raise no_workers(self.cluster.address, PATIENCE_SECONDS) from None
        return ()

    def _take(self, future: Future[Any]) -> Sequence[SubmissionResult]:
        """The results of a finished batch. Submissions that it did not reach are sent again."""
        batch = self.under_way.pop(future)
        self.sent_to.pop(future, None)
        answered = _outcome(future, batch)
        if isinstance(answered, Lost):
            self.lost_in_a_row += 1
            return self._lose(batch, answered.reason)
        self.lost_in_a_row = 0
        by_name = {submission.name: submission for submission in batch}
        found = [(by_name.pop(graded.result.name), graded) for graded in answered]
        self.waiting.extendleft(reversed(by_name.values()))
        if self.one_a_host:
            return [graded.result for _, graded in found]
        self.held += [(s, graded) for s, graded in found if graded.result.limits]
        return [graded.result for _, graded in found if not graded.result.limits]

    def _lose(self, batch: Sequence[Submission], reason: str) -> Sequence[SubmissionResult]:
        """Send each submission of a lost batch alone; one that was alone is reported as not run."""
        if len(batch) == 1:
            return [not_run(batch[0], reason)]
        self.suspects.extend(batch)
        return []


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):  # the code that reads the file reports this
        return min(path.stat().st_size, MAX_BYTES)
    return 0


def _outcome(future: Future[Any], batch: Sequence[Submission]) -> list[Graded] | Lost:
    """The results of the batch, or why it is lost; raises UserError if its worker cannot grade."""
    from distributed import KilledWorker

    if future.status == "finished":
        worker, answered = future.result()
        try:
            results = read_answer(answered, worker)
            names = Counter(each.result.name for each in results)
            if names - Counter(submission.name for submission in batch):
                raise ValueError("results of other submissions")
            return results or Lost(N_("the worker gave no result"))
        except ValueError:
            return Lost(N_("the answer of {worker} cannot be read").format(worker=worker))
    error = future.exception()
    if isinstance(error, KilledWorker):
        times = error.allowed_failures + 1
        return Lost(N_("{times} workers were killed while they graded it; was there enough "
                      "memory?").format(times=times))
    if isinstance(error, ImportError) or "deserialization" in str(error):
        raise missing(_("on a worker or the scheduler"),
                       _("it is missing or another one: {clean}").format(
                           clean=clean(str(error), 80)))
    return Lost(clean(f"{type(error).__name__}: {error}"))


@contextlib.contextmanager
def connected(address: str) -> Iterator[Client]:
    """A client of the scheduler that has workers; raises UserError.

    At the end of the block, also after an error, the scheduler drops all work of this client.
    """
    _check_address(address)
    with _quiet():
        client = _connect(address)
        try:
            _wait_for_workers(client, address)
            yield client
        finally:
            client.close(CONNECT_SECONDS)


def _connect(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError:
        raise UserError(
            "--cluster", _("the package distributed"), _("it is not installed"),
            _("install this package with its extra: pip install '.[cluster]'"),
        ) from None
    try:
        _listen(address)
        return Client(address, timeout=CONNECT_SECONDS)
    except Exception as error:  # another server at this address may answer anything
        raise UserError(
            address, _("a Dask scheduler that answers"), clean(str(error), 200),
            _("check that `dask scheduler` runs there, its port, and the network between"),
        ) from None


def _listen(address: str) -> None:
    """Wait until the scheduler sends a byte; Dask itself would wait for it without a time limit."""
    parts = urlsplit(address)
    if parts.scheme == "tcp":  # with TLS the client sends first
        where = parts.hostname, parts.port
        with socket.create_connection(where, CONNECT_SECONDS) as connection:
            if not connection.recv(1):
                raise ConnectionError(_("it closes the connection"))


def _check_address(address: str) -> None:
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port
    except ValueError:
        good = None
    if not good:
        raise UserError(
            "--cluster", _("an address like tcp://host:8786"), repr(address),
            _("give the address that `dask scheduler` prints when it starts"),
        )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's log messages and tracebacks off the terminal; UserErrors say what happened."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _wait_for_workers(client: Client, address: str) -> None:
    """Raises UserError if no worker appears, or if a worker does not have this package."""
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError:
        raise no_workers(address, CONNECT_SECONDS) from None
    found = client.run(find_spec, __package__.partition(".")[0], on_error="return")
    for worker, spec in found.items():
        if spec is None or isinstance(spec, ImportError):
            raise missing(_("on the worker {worker}").format(worker=worker),
                          _("it is not installed"))


def missing(where: str, found: str) -> UserError:
    """The error for a machine without this package, or with another version of it."""
    return UserError(
        _("version, {where}").format(where=where), version(), found,
        _("install on the scheduler and every worker what the caller has, start them again, "
          "then run the same command again"),
    )


def no_workers(address: str, seconds: float) -> UserError:
    """The error for a scheduler without workers."""
    return UserError(
        address, _("a scheduler with workers"),
        _("none for {seconds:g} seconds").format(seconds=seconds),
        _("start some with `dask worker {address}`, {same_again}").format(
            address=address, same_again=_(SAME_AGAIN)),
    )


@contextlib.contextmanager
def _few_collections() -> Iterator[None]:
    """Let garbage collection pass over the objects that exist now, and run rarely.

    An answer consists of thousands of objects, none of them garbage. By default they cause many
    collections, which walk through all objects of Dask.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


class BatchLost(Exception):
    """The process that graded a batch ended without an answer."""


def grade_on_worker(batch: Any) -> tuple[str, bytes]:
    """The Dask task: have a batch graded on this worker; return its address and the answer.

    The batch is an object whose memory holds the message: an array, or bytes from an older caller.
    """
    from distributed import get_worker

    done = subprocess.run(
        [sys.executable, "-m", "autograder.grading.cluster"], input=memoryview(batch),
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
            with contextlib.closing(grader.grade_once(batch.submissions)) as finished:
                for each in finished:
                    graded.append(each)
                    if time.monotonic() - begun > seconds:
                        break
        except UserError as error:
            return write_answer([], error)
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
