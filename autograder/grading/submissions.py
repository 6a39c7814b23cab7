"""Finds the submissions that an instructor names: notebooks, zip files, folders of them.

A zip that holds one notebook is one submission, as Otter's export makes it; a zip that holds more
is a class, as a learning platform hands it out. Whatever looks like a submission becomes one: a
file that cannot be graded is a row that says so.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from autograder.errors import UserError
from autograder.grading.archives import MAX_TOTAL, ArchiveError, Member, readable, unpack

NOTEBOOK, ARCHIVE = ".ipynb", ".zip"
ENDINGS = (NOTEBOOK, ARCHIVE)
ADDED_BY_MACOS, RESOURCE_FORK = "__MACOSX", "._"
"""A folder that macOS adds to a zip, and how the names of files begin that it puts beside ours."""

STUDENTS_TOTAL = 128 << 20
"""Most bytes of notebooks in a zip that the instructor did not name: a student's."""
MAX_NESTING = 3
"""Zips within zips: a class's, a student's, and one to spare."""


@dataclass(frozen=True)
class Submission:
    """A notebook to grade. `name` is unique; `file` is its path relative to what was named.

    `submitted_at` is the file's time in UTC, None for a member of a class's zip, whose times say
    nothing. `unreadable` says why the student's file yielded no notebook; `failure`, why we could
    not read it, so that it is not graded at all.
    """

    path: Path
    name: str
    file: str
    digest: str
    submitted_at: str | None
    unreadable: str = ""
    failure: str = ""


@dataclass
class Found:
    """The submissions, and the other files that were passed over."""

    submissions: list[Submission] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def find_submissions(
    paths: Sequence[Path], unpacked: Path, skip: Collection[Path] = ()
) -> Found:
    """The submissions among `paths` and inside of them; zip files are unpacked below `unpacked`.

    `skip` are files and folders of ours that may lie in between. Raises UserError when there are no
    submissions, or two of one name.
    """
    search = _Search(unpacked, {path.resolve() for path in skip})
    for given in paths:
        if not given.exists():
            raise UserError(str(given), "a notebook, a zip or a folder", "no such file",
                            "check the path")
        search.look_in(given.absolute())
    if not search.found.submissions:
        raise UserError(
            ", ".join(map(str, paths)), "notebooks (*.ipynb) or zip files", "none",
            "name the notebooks or a folder that holds them",
        )
    search.found.submissions = _with_names(search.found.submissions)
    return search.found


class _Search:
    """What has been found so far, and where zip files are unpacked."""

    def __init__(self, unpacked: Path, skip: set[Path]) -> None:
        self.found = Found()
        self._unpacked = unpacked
        self._folders = 0
        self._passed = skip

    def look_in(self, given: Path) -> None:
        """Find the submissions in a file or folder that the instructor named."""
        base = given.resolve()
        if not given.is_dir():
            self._look_at(base, Path(given.name), named=True)
            return
        for folder, folders, files in os.walk(base, onerror=_unreadable_folder):
            folders[:] = sorted(
                name for name in folders
                if _wanted(PurePosixPath(name, "file")) and Path(folder, name) not in self._passed
            )
            links = [name for name in folders if Path(folder, name).is_symlink()]
            for path in sorted(Path(folder, name) for name in [*files, *links]):
                self._look_at(path, path.relative_to(base), named=False)

    def _look_at(self, path: Path, shown: Path, *, named: bool) -> None:
        """Take a file for what it is, unless it has been looked at before."""
        if path in self._passed or not (named or _wanted(PurePosixPath(path.name))):
            return
        self._passed.add(path)
        file = PurePosixPath(readable(os.fsencode(shown.as_posix())))
        if not named and path.suffix.lower() not in ENDINGS:
            self.found.others.append(str(file))
        elif path.is_symlink() or not path.is_file():
            self._add(Member(file, refused="a link or a device, not a file"))
        elif path.suffix.lower() == ARCHIVE:
            prefix, most = (PurePosixPath(), MAX_TOTAL) if named else (file, STUDENTS_TOTAL)
            self._look_into(Member(file, path), prefix, most, dated=path)
        else:
            self._add(Member(file, path), dated=path)

    def _look_into(
        self, archive: Member, prefix: PurePosixPath, most: int, dated: Path | None, depth: int = 1
    ) -> None:
        """Find the submissions in a zip; their paths begin with `prefix`."""
        assert archive.written
        folder = self._unpacked / str(self._folders)
        self._folders += 1
        folder.mkdir(parents=True)
        try:
            if depth > MAX_NESTING:
                raise ArchiveError("zips within zips")
            members = unpack(archive.written, folder, ENDINGS, most)
        except ArchiveError as error:
            self._add(archive, dated, str(error))
            return
        inside = [m for m in members if m.path.suffix.lower() in ENDINGS and _wanted(m.path)]
        if not inside:
            self._add(archive, dated, "the zip holds no notebook")
        elif len(inside) == 1 and inside[0].path.suffix.lower() == NOTEBOOK:
            self._add(replace(inside[0], path=archive.path), dated)
        else:
            others = (m.path for m in members if m not in inside and _wanted(m.path))
            self.found.others += [str(prefix / path) for path in others]
            for member in inside:
                self._add_member(replace(member, path=prefix / member.path), depth)

    def _add_member(self, member: Member, depth: int) -> None:
        if member.written and member.path.suffix.lower() == ARCHIVE:
            self._look_into(member, member.path, STUDENTS_TOTAL, None, depth + 1)
        else:
            self._add(member)

    def _add(self, member: Member, dated: Path | None = None, unreadable: str = "") -> None:
        """`dated` is the file whose time counts, if any."""
        path, unreadable = member.written, unreadable or member.refused
        if path is None:  # a file that is no notebook stands for what is not looked at
            path = self._unpacked / "refused"
            path.write_text(member.refused, encoding="utf-8")
        self.found.submissions.append(_submission(path, member.path, dated, unreadable))


def _wanted(path: PurePosixPath) -> bool:
    """Whether a file or folder is not one that a program added or hid."""
    *folders, name = path.parts
    hidden = name.startswith(".") and path.suffix.lower() not in ENDINGS
    return not (
        hidden or name.startswith(RESOURCE_FORK)
        or any(part.startswith(".") or part == ADDED_BY_MACOS for part in folders)
    )


def _unreadable_folder(error: OSError) -> None:
    raise UserError(str(error.filename), "a folder that can be read", error.strerror or str(error),
                    "check its permissions")


def _submission(
    path: Path, file: PurePosixPath, dated: Path | None, unreadable: str
) -> Submission:
    digest, time, failure = "", None, ""
    try:
        with path.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        if dated:
            time = datetime.fromtimestamp(dated.stat().st_mtime, UTC)
    except OSError as error:
        failure = f"the file cannot be read: {error.strerror or error}"
    return Submission(
        path=path, name="__".join(_without_ending(file).parts), file=file.as_posix(),
        digest=digest, unreadable=unreadable, failure=failure,
        submitted_at=time.isoformat(timespec="seconds") if time else None,
    )


def _without_ending(file: PurePosixPath) -> PurePosixPath:
    return file.with_suffix("") if file.suffix.lower() in ENDINGS else file


def _with_names(submissions: list[Submission]) -> list[Submission]:
    """Give those a name of their own whose name an earlier one has: a.zip beside a.ipynb.

    Students choose file names, so that must not stop the class; paths that the instructor names
    are another matter.
    """
    named: dict[str, Submission] = {}
    for submission in submissions:
        name = submission.name
        if other := named.get(name):
            if other.file == submission.file:
                raise UserError(
                    submission.file, "submissions with different names", "two of this one",
                    "name the folder that holds both instead of the files, or rename one",
                )
            while name in named:
                name += f"-{hashlib.sha256(submission.file.encode()).hexdigest()[:8]}"
        named[name] = replace(submission, name=name)
    return list(named.values())
