"""`homework grade --cluster tcp://HOST:8786`: the workers of a Dask scheduler do the grading.

The caller reads the submissions and alone writes results; a batch of notebooks goes to a worker
with the zip, and plain results come back. Which worker does what, and that the batch of a killed
worker is done by another one, is Dask's business. Only a few batches are under way at a time, so
that another caller has its share, and an interrupted one leaves little behind.
"""

from __future__ import annotations

import contextlib
import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.errors import UserError
from autograder.grading.checker import Limits
from autograder.grading.connection import SAME_AGAIN, connected, missing, no_workers
from autograder.grading.notebooks import MAX_BYTES
from autograder.grading.orders import read_answer, write_order
from autograder.grading.pool import LOST_IN_A_ROW, Lost
from autograder.grading.submissions import Submission
from autograder.grading.workshop import Results, not_run
from autograder.results import SubmissionResult, clean

if TYPE_CHECKING:
    from distributed import Client, Future

PATIENCE_SECONDS = 60
"""How long a cluster that has begun may be without any worker."""
SMALLEST_BATCH, LARGEST_BATCH = 4, 32
"""To begin a batch costs a worker as much as to grade about two submissions of a full homework."""
BATCH_BYTES = 16 << 20
"""Larger notebooks travel in smaller batches: scheduler and workers hold some of them in memory."""
AHEAD = 2
"""Batches under way for each thread of the workers: one is there when another is done."""


@dataclass
class Cluster:
    """A workshop elsewhere: the scheduler at `address`, and what its workers are sent."""

    address: str
    archive: bytes
    limits: Limits
    isolation: str

    def grade(self, submissions: Sequence[Submission]) -> Results:
        """Results as they come in, in any order; one for every submission. Raises UserError."""
        with connected(self.address) as client:
            yield from _Round(self, client, deque(submissions)).results()


@dataclass
class _Round:
    """One call's dealings with the cluster."""

    cluster: Cluster
    client: Client
    waiting: deque[Submission]
    suspects: deque[Submission] = field(default_factory=deque)
    """Of batches that were lost: each is sent alone, so that none is lost for another."""
    under_way: dict[Future[Any], list[Submission]] = field(default_factory=dict)
    lost_in_a_row: int = 0

    def results(self) -> Results:
        from distributed import CancelledError

        try:
            while self.waiting or self.suspects or self.under_way:
                yield from self._send()
                for future in self._finished():
                    yield self._take(future)
        except (OSError, CancelledError):
            raise UserError(
                self.cluster.address, "a scheduler that stays until the end", "it has gone",
                f"start it and its workers again, {SAME_AGAIN}",
            ) from None

    def _send(self) -> Results:
        """Keep the workers busy; yields what cannot be sent."""
        from autograder.grading.batch import answer

        threads = sum(self.client.nthreads().values()) or 1
        while (self.waiting or self.suspects) and len(self.under_way) < AHEAD * threads:
            batch = self._batch(threads)
            if self.lost_in_a_row >= LOST_IN_A_ROW:
                yield [not_run(s, "not tried: too many before it were lost") for s in batch]
                continue
            try:
                order = write_order(
                    self.cluster.archive, self.cluster.limits, self.cluster.isolation, batch
                )
            except OSError as error:
                yield self._lose(batch, f"the file cannot be read: {error.strerror}")
                continue
            future = self.client.submit(answer, order, pure=False)
            self.under_way[future] = batch

    def _batch(self, threads: int) -> list[Submission]:
        """The next submissions to send; ever fewer, so that all workers end at about one time."""
        if self.suspects:
            return [self.suspects.popleft()]
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
        """Batches that have come back, one or more if any are under way; raises UserError."""
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
        """What came of a batch. Those of its submissions that were not reached are sent again."""
        batch = self.under_way.pop(future)
        answered = _outcome(future)
        if isinstance(answered, Lost):
            self.lost_in_a_row += 1
            return self._lose(batch, answered.reason)
        self.lost_in_a_row = 0
        reached = {result.name for result in answered}
        self.waiting.extendleft(s for s in reversed(batch) if s.name not in reached)
        return answered

    def _lose(self, batch: Sequence[Submission], reason: str) -> Sequence[SubmissionResult]:
        """Try each of a lost batch alone; one that was alone is given up."""
        if len(batch) == 1:
            return [not_run(batch[0], reason)]
        self.suspects.extend(batch)
        return []


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):  # whoever reads the file says so
        return min(path.stat().st_size, MAX_BYTES)
    return 0


def _outcome(future: Future[Any]) -> list[SubmissionResult] | Lost:
    """What a batch came to; raises UserError when its worker cannot grade at all."""
    from distributed import KilledWorker

    if future.status == "finished":
        worker, answered = future.result()
        return read_answer(answered, worker) or Lost("the worker gave no result")
    error = future.exception()
    if isinstance(error, KilledWorker):
        times = error.allowed_failures + 1
        return Lost(f"{times} workers were killed while they graded it; was there enough memory?")
    if isinstance(error, ImportError) or "deserialization" in str(error):
        raise missing("on a worker or the scheduler",
                       f"it is missing or another one: {clean(str(error), 80)}")
    return Lost(clean(f"{type(error).__name__}: {error}"))
