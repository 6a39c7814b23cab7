"""Unpacks zip files that students or learning platforms made, within bounds.

A zip may claim anything: more files, larger ones, paths outside of it. Only ordinary files inside
the bounds are written, below the folder given; everything else makes the zip unreadable, with a
reason.
"""

from __future__ import annotations

import shutil
import zipfile
import zlib
from pathlib import Path, PurePosixPath

MAX_FILES = 20_000
MAX_FILE = 64 << 20
MAX_TOTAL = 4 << 30
MAX_RATIO = 200
"""Most that a file may grow when unpacked; a notebook grows by 10 or so."""


class ArchiveError(Exception):
    """Why a zip file is not unpacked, in words for an instructor."""


def unpack(archive: Path, folder: Path) -> list[Path]:
    """Write the files in the zip `archive` below `folder`, and return them in order.

    Raises ArchiveError for a file that is no zip or not within the bounds.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [info for info in opened.infolist() if not info.is_dir()]
            _check(members)
            return [_write(opened, info, folder) for info in members]
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError,
            NotImplementedError) as error:
        raise ArchiveError(f"not a zip file that can be read: {error}") from None


def _check(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_FILES:
        raise ArchiveError(f"holds {len(members)} files; at most {MAX_FILES} are read")
    if sum(info.file_size for info in members) > MAX_TOTAL:
        raise ArchiveError(f"is larger than {MAX_TOTAL >> 30} GiB unpacked")
    for info in members:
        if info.file_size > MAX_FILE:
            raise ArchiveError(f"holds a file of more than {MAX_FILE >> 20} MiB")
        if info.file_size > MAX_RATIO * max(info.compress_size, 1) and info.file_size > 1 << 20:
            raise ArchiveError(f"holds a file that grows more than {MAX_RATIO} times")
        if _target(info) is None:
            raise ArchiveError("holds a file with a path outside of it")


def _target(info: zipfile.ZipInfo) -> PurePosixPath | None:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    name_fits = all(len(part.encode()) <= 255 for part in path.parts)
    if path.is_absolute() or ".." in path.parts or not path.parts or not name_fits:
        return None
    return path


def _write(opened: zipfile.ZipFile, info: zipfile.ZipInfo, folder: Path) -> Path:
    target = folder / str(_target(info))
    target.parent.mkdir(parents=True, exist_ok=True)
    with opened.open(info) as source, target.open("xb") as file:
        shutil.copyfileobj(source, file)  # reads no more than file_size, which was checked
    return target
