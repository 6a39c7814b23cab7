"""Unpacks zip files that students or learning platforms made, within bounds.

A zip may claim anything: more files, larger ones, paths outside of it. Only ordinary files inside
the bounds are written, below the folder given. A class's zip holds the files of many students, so
a member that is refused costs the others nothing.
"""

from __future__ import annotations

import errno
import shutil
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from autograder.errors import UserError

MAX_FILES = 20_000
MAX_FILE = 64 << 20
MAX_TOTAL = 4 << 30
MAX_RATIO = 200
"""Most that a file may grow when unpacked; a notebook grows by 10 or so."""
MAX_NAME = 255
"""Longest name of a file or folder, in bytes, that file systems take."""

UNREADABLE = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError,
    NotImplementedError,
)
"""What reading a broken zip may raise; RuntimeError is for one with a password."""


class ArchiveError(Exception):
    """Why a zip file, or a file in it, is not unpacked, in words for an instructor."""


@dataclass
class Unpacked:
    """Paths in the zip, in its order: what was written, and what was refused and why."""

    written: list[PurePosixPath] = field(default_factory=list)
    refused: dict[PurePosixPath, str] = field(default_factory=dict)


def unpack(archive: Path, folder: Path) -> Unpacked:
    """Write the files in the zip `archive` below `folder`.

    Raises ArchiveError for a file that is no zip or holds too many files, and UserError when the
    disk is full.
    """
    unpacked, total = Unpacked(), 0
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [info for info in opened.infolist() if not info.is_dir()]
            if len(members) > MAX_FILES:
                raise ArchiveError(f"holds {len(members)} files; at most {MAX_FILES} are read")
            for info in members:
                path = _inside(info)
                try:
                    _check(info, total)
                    _write(opened, info, folder / path)
                except ArchiveError as error:
                    unpacked.refused[path] = str(error)
                else:
                    unpacked.written.append(path)
                    total += info.file_size
    except UNREADABLE as error:
        raise ArchiveError(f"not a zip file that can be read: {error}") from None
    return unpacked


def decoded(name: bytes) -> str:
    """A file name in whatever encoding it came: Chinese Windows still writes GBK."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("utf-8", "replace")


def _member_path(info: zipfile.ZipInfo) -> PurePosixPath:
    """The path as the zip gives it. Without the flag for UTF-8 it may be in any encoding."""
    name = info.filename
    if not info.flag_bits & 0x800:
        name = decoded(name.encode("cp437", "replace"))  # as zipfile has decoded it
    return PurePosixPath(name.replace("\\", "/"))


def _inside(info: zipfile.ZipInfo) -> PurePosixPath:
    """The member's path without what leads outside of the zip."""
    parts = [part for part in _member_path(info).parts if part not in ("/", "//", "..")]
    return PurePosixPath(*parts) if parts else PurePosixPath("unnamed")


def _check(info: zipfile.ZipInfo, total: int) -> None:
    """Raise ArchiveError for a member out of bounds; `total` bytes are unpacked already."""
    path = _member_path(info)
    if path != _inside(info):
        raise ArchiveError("a path outside of its zip")
    if any(len(part.encode()) > MAX_NAME for part in path.parts):
        raise ArchiveError(f"a name of more than {MAX_NAME} bytes")
    if info.file_size > MAX_FILE:
        raise ArchiveError(f"larger than {MAX_FILE >> 20} MiB")
    if info.file_size > MAX_RATIO * max(info.compress_size, 1) and info.file_size > 1 << 20:
        raise ArchiveError(f"grows more than {MAX_RATIO} times when unpacked")
    if total + info.file_size > MAX_TOTAL:
        raise ArchiveError(f"its zip is larger than {MAX_TOTAL >> 30} GiB unpacked")


def _write(opened: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(info) as source, target.open("xb") as file:
            shutil.copyfileobj(source, file)  # reads no more than file_size, which was checked
    except FileExistsError:
        raise ArchiveError("a second file of this name") from None
    except UNREADABLE as error:
        target.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise UserError(
                str(target.parent), "space to unpack a zip file", error.strerror or str(error),
                "free some space, or name a larger disk with the environment variable TMPDIR",
            ) from None
        raise ArchiveError(f"cannot be read from its zip: {error}") from None
