"""Unpacks zip files that students or learning platforms made, within bounds.

A zip may claim anything: more files, larger ones, paths outside of it. Its files are written under
numbers, so that their names are nothing but names. A class's zip holds the files of many students:
a member that is refused costs the others nothing.
"""

from __future__ import annotations

import errno
import shutil
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
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
