"""Unpacks zip files that may be hostile, within a budget of bytes, files, notebooks and time.

All files that come from one file handed in share one `Budget`, also those of zips inside zips. For
the zip of a whole class only the number of files is limited. A file that is not unpacked becomes a
`Member` with the reason.
"""

from __future__ import annotations

import errno
import os
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.language import N_

MAX_FILE = 64 << 20
MAX_RATIO = 200
"""The largest factor by which a file may grow when it is unpacked; notebooks grow tenfold."""
CLASS_FILES = 500_000
DEPOSIT_BYTES = 128 << 20
DEPOSIT_FILES = 2_000
DEPOSIT_NOTEBOOKS = 5
DEPOSIT_SECONDS = 20.0
BESIDE_BYTES = 32 << 20
"""Of the files beside the notebook in a student's zip."""
ENTRY_BYTES = 1 << 10
"""Bytes for each file in a zip's directory, which zipfile reads as a whole."""
CHUNK = 1 << 20
BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError,
    NotImplementedError,
)
"""Exceptions from reading a broken zip; RuntimeError is for one with a password."""


class ArchiveError(Exception):
    """A zip file, or a file in it, is not unpacked; the message is for an instructor."""


class NoSpace(Exception):
    """The disk is full, which is a failure of the grader; the message is for an instructor."""


@dataclass(frozen=True)
class Member:
    """A file in a zip: its path there, and the file it was written to, or why it was not.

    `refused` is a reason that lies in the file, `failure` one that lies in the grader. `empty` is
    true for a zip without a notebook, `folder` for a folder. `beside` are other files of its zip,
    as in `discover.Submission`.
    """

    path: PurePosixPath
    written: Path | None = None
    refused: str = ""
    failure: str = ""
    empty: bool = False
    folder: bool = False
    beside: tuple[tuple[str, Path], ...] = ()


@dataclass
class Budget:
    """What is left of the limits for all files that come from one file handed in.

    `deposit` is that file. `exceeded` says what was not read, and why.
    """

    deposit: PurePosixPath
    bytes: float = DEPOSIT_BYTES
    files: float = DEPOSIT_FILES
    notebooks: float = DEPOSIT_NOTEBOOKS
    until: float = 0.0
    exceeded: str = ""

    def __post_init__(self) -> None:
        self.until = self.until or time.monotonic() + DEPOSIT_SECONDS

    def take_files(self, count: int) -> None:
        """Count files; raises ArchiveError when there are too many."""
        if count > self.files:
            raise ArchiveError(N_("holds {count} files; at most {files:g} are read").format(
                count=count, files=self.files))
        self.files -= count

    def take_bytes(self, count: int) -> None:
        """Count bytes; raises ArchiveError when there are too many."""
        if count > self.bytes:
            raise ArchiveError(N_("there is too much in its zip"))
        self.bytes -= count

    def take_notebook(self) -> bool:
        """Whether one more notebook may be graded."""
        if self.notebooks < 1:
            self.exceeded = N_(
                "holds more than {most} notebooks, and the others are not graded; if this is the "
                "zip of a class, name the zip itself").format(most=DEPOSIT_NOTEBOOKS)
            return False
        self.notebooks -= 1
        return True

    def check_time(self) -> None:
        """Raises ArchiveError when the time is over."""
        if time.monotonic() > self.until:
            raise ArchiveError(N_("takes longer than {seconds:g} s to unpack").format(
                seconds=DEPOSIT_SECONDS))


def unlimited() -> Budget:
    """The budget of the zip of a class, in which only the number of files is limited."""
    infinite = float("inf")
    return Budget(PurePosixPath(), infinite, CLASS_FILES, infinite, infinite)


def unpack(
    archive: Path, folder: Path, chosen: Callable[[PurePosixPath], bool], budget: Budget,
    budget_of: Callable[[PurePosixPath], Budget] | None = None,
) -> list[Member]:
    """Write the `chosen` files in the zip `archive` into `folder`.

    `budget` is that of the zip. In the zip of a class each file has its own, `budget_of(path)`.
    Raises ArchiveError for a file that is no zip or holds too many files.
    """
    members: dict[PurePosixPath, Member] = {}
    try:
        if _directory_bytes(archive) > budget.files * ENTRY_BYTES:
            raise ArchiveError(N_("holds too many files; at most {files:g} are read").format(
                files=budget.files))
        with zipfile.ZipFile(archive) as opened:
            files = [info for info in opened.infolist() if not info.is_dir()]
            folders = [Member(_path(info), folder=True) for info in opened.infolist()
                       if info.is_dir()]
            budget.take_files(len(files))
            for number, info in enumerate(files, 1):
                path, target = _path(info), folder / str(number)
                if path in members:
                    path = path.with_stem(f"{path.stem} ({number})")
                members[path] = Member(path)
                if chosen(path):
                    own = budget_of(path) if budget_of else budget
                    members[path] = _unpack(opened, info, path, target, own)
    except BROKEN as error:
        raise ArchiveError(
            N_("not a zip file that can be read: {error}").format(error=error)) from None
    return [*members.values(), *folders]


def _directory_bytes(archive: Path) -> int:
    """Bytes of the zip's directory, as the zip says; at most all its bytes (64-bit format)."""
    with archive.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - (1 << 16) - 42, 0))
        tail = file.read()
    last = len(tail) - 22
    end = last if tail[last : last + 4] == b"PK\5\6" else tail.rfind(b"PK\5\6")
    if end < 0 or end > last:
        return 0  # not a zip; zipfile raises an error for it
    if b"PK\6\7" in tail[:end]:
        return size
    return int(struct.unpack_from("<L", tail, end + 12)[0])


def _unpack(
    opened: zipfile.ZipFile, info: zipfile.ZipInfo, path: PurePosixPath, target: Path,
    budget: Budget,
) -> Member:
    try:
        _check(info)
        budget.take_bytes(info.file_size)
        _write(opened, info, target, budget)
    except ArchiveError as error:
        return Member(path, refused=str(error))
    except NoSpace as error:
        return Member(path, failure=str(error))
    return Member(path, target)


def readable(name: bytes) -> str:
    """A file name as text without control characters: UTF-8, or GBK as Chinese Windows writes it.
    """
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError:
        text = name.decode("gb18030", "replace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _path(info: zipfile.ZipInfo) -> PurePosixPath:
    """The path in the zip, without parts such as `..` that would lead out of it."""
    marked_as_utf8 = info.flag_bits & 0x800
    name = info.filename.encode("utf-8" if marked_as_utf8 else "cp437", "replace")
    parts = PurePosixPath(readable(name.replace(b"\\", b"/"))).parts
    inside = [part for part in parts if part.strip("/") and part != ".."]
    return PurePosixPath(*inside or ["unnamed"])


def _check(info: zipfile.ZipInfo) -> None:
    """Raises ArchiveError for a file that is too large or grows too much."""
    if info.file_size > MAX_FILE:
        raise ArchiveError(N_("larger than {size} MiB").format(size=MAX_FILE >> 20))
    if info.file_size > MAX_RATIO * max(info.compress_size, 1) and info.file_size > 1 << 20:
        raise ArchiveError(N_("grows more than {times} times when unpacked").format(
            times=MAX_RATIO))


def _write(
    opened: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, budget: Budget
) -> None:
    """Write a file; raises ArchiveError, or NoSpace when the disk is full."""
    try:
        with opened.open(info) as source, target.open("wb") as file:
            while chunk := source.read(CHUNK):  # no more than file_size, which was checked
                budget.check_time()
                file.write(chunk)
    except (*BROKEN, ArchiveError) as error:
        target.unlink(missing_ok=True)
        if isinstance(error, ArchiveError):
            raise
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoSpace(N_(
                "no space to unpack it in {folder}: free some, or name a larger disk in the "
                "environment variable TMPDIR").format(folder=target.parents[1])) from None
        raise ArchiveError(N_("cannot be read from its zip: {error}").format(error=error)) from None
