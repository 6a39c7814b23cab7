"""`homework grade --shard I/N`: one of N parts of a class, for job arrays without a scheduler.

The parts depend on the names of the submissions only. What a run stores about its part lets
`homework merge` tell parts of one class from parts of two.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.errors import UserError
from autograder.grading.submissions import Submission
from autograder.grading.version import version


@dataclass(frozen=True)
class Shard:
    """Part `index` of `count`, the first being 1."""

    index: int
    count: int

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    def of(self, submissions: Sequence[Submission]) -> list[Submission]:
        """Every `count`-th submission in the order of their names, from the `index`-th on."""
        return sorted(submissions, key=lambda s: s.name)[self.index - 1 :: self.count]

    def settings(self, submissions: Sequence[Submission]) -> dict[str, Any]:
        """What the run stores of itself; `submissions` are those of the whole class."""
        return {
            "index": self.index, "count": self.count, "submissions": len(submissions),
            "names": digest_of(s.name for s in submissions), "version": version(),
        }

    def size(self, submissions: int) -> int:
        """How many of that many submissions are in this part."""
        return len(range(self.index - 1, submissions, self.count))


def read_shard(text: str) -> Shard:
    """The shard that "I/N" means; raises UserError."""
    match = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
    shard = Shard(int(match[1]), int(match[2])) if match else None
    if shard is None or not 1 <= shard.index <= shard.count:
        raise UserError(
            "--shard", "I/N with I from 1 to N, like 3/8", repr(text),
            "give each job of the array its own I and all the same N",
        )
    return shard


def digest_of(names: Iterable[str]) -> str:
    """What stands for the names of a class, whatever their order."""
    return hashlib.sha256(json.dumps(sorted(names)).encode()).hexdigest()
