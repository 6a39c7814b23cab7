"""Finds the submissions that an instructor names: notebooks, zip files, folders of them.

A zip that holds one notebook is one submission, as Otter's export makes it; a zip that holds more
is a class, as a learning platform hands it out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from autograder.archives import ArchiveError, unpack
from autograder.errors import UserError

SKIPPED = (".ipynb_checkpoints", "__MACOSX")
NOTEBOOK, ARCHIVE = ".ipynb", ".zip"


@dataclass(frozen=True)
class Submission:
    """A notebook to grade. `name` is unique; `file` is its path relative to what was named.

    `submitted_at` is the file's time in UTC, None for a member of a class's zip, whose times say
    nothing. `unreadable` says why a zip yielded no notebook.
    """

    path: Path
    name: str
    file: str
    digest: str
    submitted_at: str | None
    unreadable: str = ""


@dataclass
class Found:
    """The submissions, and the other files that were passed over."""

    submissions: list[Submission] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)


def find_submissions(paths: Sequence[Path], unpacked: Path) -> Found:
    """The submissions among `paths` and inside of them; zip files are unpacked below `unpacked`.

    Raises UserError when there are none, or two of one name.
    """
    found = Found()
    for given in paths:
        if not given.exists():
            raise UserError(str(given), "a notebook, a zip or a folder", "no such file",
                            "check the path")
        base = given if given.is_dir() else given.parent
        for path in _files(given):
            found.submissions += _submissions(path, base, unpacked, path == given, found.others)
    _refuse_doubles(found.submissions)
    if not found.submissions:
        raise UserError(
            ", ".join(map(str, paths)), "notebooks (*.ipynb) or zip files", "none",
            "name the notebooks or a folder that holds them",
        )
    return found


def _files(given: Path) -> list[Path]:
    if given.is_file():
        return [given]
    return sorted(
        path for path in given.rglob("*")
        if path.is_file() and not any(
            part in SKIPPED or part.startswith(".") for part in path.relative_to(given).parts
        )
    )


def _submissions(
    path: Path, base: Path, unpacked: Path, named: bool, others: list[Path]
) -> Iterator[Submission]:
    file = path.relative_to(base)
    if path.suffix.lower() == ARCHIVE:
        yield from _from_archive(path, file, unpacked, named, others)
    elif path.suffix.lower() == NOTEBOOK or named:
        yield _submission(path, file, path)
    else:
        others.append(path)


def _from_archive(
    path: Path, file: Path, unpacked: Path, named: bool, others: list[Path]
) -> Iterator[Submission]:
    folder = unpacked / str(len(list(unpacked.iterdir())))
    folder.mkdir()
    try:
        unpack(path, folder)
    except ArchiveError as error:
        yield _submission(path, file, path, str(error))
        return
    inside = [p for p in _files(folder) if p.suffix.lower() in (NOTEBOOK, ARCHIVE)]
    if len(inside) == 1 and inside[0].suffix.lower() == NOTEBOOK:
        yield _submission(inside[0], file, path)
    elif not inside:
        yield _submission(path, file, path, "the zip holds no notebook")
    else:
        prefix = Path() if named else file.with_suffix("")
        for member in _files(folder):
            for each in _submissions(member, folder, unpacked, False, others):
                yield _submission(each.path, prefix / each.file, None, each.unreadable)


def _submission(path: Path, file: Path, timed: Path | None, unreadable: str = "") -> Submission:
    """`timed` is the file whose time counts, if any."""
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        time = datetime.fromtimestamp(timed.stat().st_mtime, UTC) if timed else None
    except OSError as error:
        raise UserError(
            str(path), "a file that can be read", error.strerror or str(error),
            "check its permissions",
        ) from None
    return Submission(
        path=path, name="__".join(file.with_suffix("").parts), file=file.as_posix(),
        digest=digest, unreadable=unreadable,
        submitted_at=time.isoformat(timespec="seconds") if time else None,
    )


def _refuse_doubles(submissions: list[Submission]) -> None:
    seen: dict[str, Submission] = {}
    for submission in submissions:
        if other := seen.get(submission.name):
            raise UserError(
                str(submission.file), "submissions with different names",
                f"{other.file} has the name {submission.name!r} too",
                "name the folder that holds both instead of the files, or rename one",
            )
        seen[submission.name] = submission
