"""Finds the submissions that an instructor names: notebooks, zip files, folders of them.

A zip that holds one notebook is one submission, as Otter's export makes it; a zip that holds more
is a class. Zip files are unpacked within bounds: a zip may claim anything, and a member that is
refused costs the others nothing.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import zipfile
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from autograder.errors import UserError

MAX_FILES = 20_000
MAX_FILE = 64 << 20
MAX_TOTAL = 4 << 30
MAX_RATIO = 200
"""Most that a file may grow when unpacked; a notebook grows by 10 or so."""

BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError,
    NotImplementedError,
)
"""What reading a broken zip may raise; RuntimeError is for one with a password."""


class ArchiveError(Exception):
    """Why a zip file, or a file in it, is not unpacked, in words for an instructor."""


@dataclass(frozen=True)
class Member:
    """A file in a zip: its path there, and the file it was written to, or why it was not."""

    path: PurePosixPath
    written: Path | None = None
    refused: str = ""


def unpack(
    archive: Path, folder: Path, endings: Collection[str], most: int = MAX_TOTAL
) -> list[Member]:
    """Write those files in the zip `archive` that have one of the `endings` into `folder`.

    At most `most` bytes are written. Raises ArchiveError for a file that is no zip or holds too
    many files, and UserError when the disk is full.
    """
    members: dict[PurePosixPath, Member] = {}
    try:
        with zipfile.ZipFile(archive) as opened:
            files = [info for info in opened.infolist() if not info.is_dir()]
            if len(files) > MAX_FILES:
                raise ArchiveError(f"holds {len(files)} files; at most {MAX_FILES} are read")
            for number, info in enumerate(files, 1):
                path, target = _path(info), folder / str(number)
                if path in members:
                    path = path.with_stem(f"{path.stem} ({number})")
                members[path] = Member(path)
                if path.suffix.lower() in endings:
                    members[path] = member = _unpack(opened, info, path, target, most)
                    most -= info.file_size if member.written else 0
    except BROKEN as error:
        raise ArchiveError(f"not a zip file that can be read: {error}") from None
    return list(members.values())


def _unpack(
    opened: zipfile.ZipFile, info: zipfile.ZipInfo, path: PurePosixPath, target: Path, room: int
) -> Member:
    try:
        _check(info, room)
        _write(opened, info, target)
    except ArchiveError as error:
        return Member(path, refused=str(error))
    return Member(path, target)


def readable(name: bytes) -> str:
    """A file name as text without control characters, in whatever encoding it came.

    Chinese Windows still writes GBK.
    """
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError:
        text = name.decode("gb18030", "replace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _path(info: zipfile.ZipInfo) -> PurePosixPath:
    """The path in the zip, without what would lead out of it."""
    marked_as_utf8 = info.flag_bits & 0x800
    name = info.filename.encode("utf-8" if marked_as_utf8 else "cp437", "replace")
    parts = PurePosixPath(readable(name.replace(b"\\", b"/"))).parts
    inside = [part for part in parts if part.strip("/") and part != ".."]
    return PurePosixPath(*inside or ["unnamed"])


def _check(info: zipfile.ZipInfo, room: int) -> None:
    """Raise ArchiveError for a member out of bounds, one of which is `room` bytes."""
    if info.file_size > MAX_FILE:
        raise ArchiveError(f"larger than {MAX_FILE >> 20} MiB")
    if info.file_size > MAX_RATIO * max(info.compress_size, 1) and info.file_size > 1 << 20:
        raise ArchiveError(f"grows more than {MAX_RATIO} times when unpacked")
    if info.file_size > room:
        raise ArchiveError("there is too much in its zip")


def _write(opened: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> None:
    try:
        with opened.open(info) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)  # reads no more than file_size, which was checked
    except BROKEN as error:
        target.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise UserError(
                str(target.parent), "space to unpack a zip file", error.strerror or str(error),
                "free some space, or name a larger disk in the environment variable TMPDIR",
            ) from None
        raise ArchiveError(f"cannot be read from its zip: {error}") from None


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
