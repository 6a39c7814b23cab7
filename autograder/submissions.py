"""Finds the submissions that an instructor names: files, and folders of files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.errors import UserError

SKIPPED = (".ipynb_checkpoints", "__MACOSX")


@dataclass(frozen=True)
class Submission:
    """A file to grade. `name` is unique among those found; `file` is relative to what was named."""

    path: Path
    name: str
    file: str
    digest: str
    submitted_at: str


def find_submissions(paths: Sequence[Path]) -> tuple[list[Submission], list[Path]]:
    """The notebooks among `paths` and inside of them, and the other files that were passed over."""
    found: dict[str, Submission] = {}
    others: list[Path] = []
    for given in paths:
        for path in _files(given):
            if path.suffix.lower() != ".ipynb" and path != given:
                others.append(path)
                continue
            submission = _submission(path, given)
            if submission.name in found:
                other = found[submission.name].path
                raise UserError(
                    str(path), "submissions with different names",
                    f"{other} has the name {submission.name!r} too",
                    "name the folder that holds both instead of the files",
                )
            found[submission.name] = submission
    if not found:
        raise UserError(
            ", ".join(map(str, paths)), "notebooks (*.ipynb)", "none",
            "name the notebooks or a folder that holds them",
        )
    return list(found.values()), others


def _files(given: Path) -> list[Path]:
    if not given.exists():
        raise UserError(str(given), "a notebook or a folder", "no such file", "check the path")
    if given.is_file():
        return [given]
    return sorted(
        path for path in given.rglob("*")
        if path.is_file() and not any(
            part in SKIPPED or part.startswith(".") for part in path.relative_to(given).parts
        )
    )


def _submission(path: Path, given: Path) -> Submission:
    file = path.relative_to(given if given.is_dir() else given.parent)
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        time = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise UserError(
            str(path), "a file that can be read", error.strerror or str(error),
            "check its permissions",
        ) from None
    name = "__".join(file.with_suffix("").parts)
    return Submission(path, name, file.as_posix(), digest, time.isoformat(timespec="seconds"))
