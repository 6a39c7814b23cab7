"""What an autograder.zip asks for in its otter_config.json and requirements.txt.

Seeds and the assignment's name are honoured as Otter does. The rest belongs to what Otter does
around the grading, or has no counterpart here; the instructor is told what is ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any, TypeVar

from autograder.errors import UserError

Entry = TypeVar("Entry")

FILE = "otter_config.json"
REQUIREMENTS = "requirements.txt"

IGNORED = {
    "grade_from_log": "the notebook is run; an .OTTER_LOG is never read",
    "plugins": "plugins are not run",
    "points_possible": "a total is the sum of the questions' points",
    "score_threshold": "a total is the sum of the questions' points",
    "token": "no PDF is made or uploaded",
    "pdf": "no PDF is made or uploaded",
    "show_hidden": "results/*.json show every question after publication",
    "show_all_public": "results/*.json show every question after publication",
    "show_stdout": "results/*.json show every question after publication",
}
"""Settings that change what Otter gives out, and what happens here instead."""


@dataclass(frozen=True)
class OtterConfig:
    """What of Otter's settings matters here; `notices` are for the instructor, a line each.

    `assignment` is the name that a notebook's metadata must give, if any.
    """

    assignment: str | None = None
    seed: int | None = None
    seed_variable: str | None = None
    notices: tuple[str, ...] = ()

    def seeded(self, source: str) -> str:
        """A cell as Otter runs it: first the seeds are set, if the homework has any."""
        if self.seed is None or source.startswith("%%"):
            return source
        if self.seed_variable:
            return f"{self.seed_variable} = {self.seed}\n{source}"
        numpy, random = (f"__import__({name!r})" for name in ("numpy", "random"))
        return f"{numpy}.random.seed({self.seed}); {random}.seed({self.seed})\n{source}"


def read_config(where: str, members: Mapping[str, bytes]) -> OtterConfig:
    """The settings among the `members` of the zip `where`; raises UserError for what they lack."""
    try:
        config = json.loads(members.get(FILE, b"{}"))
        if not isinstance(config, dict):
            raise ValueError("not a JSON object")
    except ValueError as error:
        raise UserError(f"{where}:{FILE}", "Otter's settings as JSON", str(error),
                        "make the zip again with `otter generate` or `otter assign`") from None
    if config.get("lang", "python") != "python":
        raise UserError(f"{where}:{FILE}", "a homework in Python", f"lang {config['lang']!r}",
                        "grade it with Otter")
    return OtterConfig(
        assignment=_entry(where, config, "assignment_name", str),
        seed=_entry(where, config, "seed", int),
        seed_variable=_entry(where, config, "seed_variable", str),
        notices=(*_ignored(config), *_missing(members.get(REQUIREMENTS, b""))),
    )


def _entry(where: str, config: dict[str, Any], name: str, kind: type[Entry]) -> Entry | None:
    value = config.get(name)
    if value is None or isinstance(value, kind):
        return value
    raise UserError(f"{where}:{FILE}", f"{name} of type {kind.__name__}", repr(value),
                    "correct it, and make the zip again")


def _ignored(config: dict[str, Any]) -> Iterator[str]:
    for name, instead in IGNORED.items():
        if config.get(name) not in (None, False, [], ""):
            yield f"{FILE}: {name} is ignored; {instead}"


def _missing(requirements: bytes) -> Iterator[str]:
    """A line about the packages that the homework needs and this Python does not have."""
    missing = []
    for line in requirements.decode("utf-8", "replace").splitlines():
        name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line.strip())
        try:
            if name:
                distribution(name[0])
        except PackageNotFoundError:
            missing.append(name[0] if name else "")
    if missing:
        yield (f"{REQUIREMENTS}: not installed here: {', '.join(missing)}; "
               "notebooks that import them will fail")
