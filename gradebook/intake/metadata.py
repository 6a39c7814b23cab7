"""Gradescope's list of submissions: `submission_metadata.yml` in its export, folder or zip.

    submission_123:
      :submitters: [{:name: Student 01, :sid: "2023001", :email: s01@example.edu}]
      :created_at: 2023-11-06 07:13:47.644186000 Z
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from autograder.errors import UserError
from gradebook.intake.text_files import tidy

FILE = "submission_metadata.yml"
MAX_BYTES = 500_000_000


@dataclass(frozen=True)
class Submitter:
    """One member of a group, as Gradescope knows them; `""` for what it does not."""

    name: str
    id: str
    email: str


@dataclass(frozen=True)
class Deposit:
    """One submission of one or more people, and when it was made (UTC, None if it is not said)."""

    submitters: tuple[Submitter, ...]
    created_at: pd.Timestamp | None


def read_deposits(path: Path) -> dict[str, Deposit]:
    """Each submission folder's deposit, from the export `path` (a folder, or the zip as it came).

    Read with every scalar as text: YAML would take the id 0220123 for an octal number. Raises
    UserError when there is no list, or it is not Gradescope's.
    """
    try:
        content = yaml.load(_content(path), Loader=_TextLoader)
    except yaml.YAMLError as error:
        raise _unreadable(path, str(error).replace("\n", " ")) from None
    if not isinstance(content, dict):
        raise _unreadable(path, "no submissions in it")
    return {str(key): _deposit(path, str(key), value) for key, value in content.items()}


class _TextLoader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    """Builds only text, lists and mappings."""


def _content(path: Path) -> bytes:
    try:
        if path.is_file():
            return _from_zip(path)
        found = sorted(path.glob(FILE)) + sorted(path.glob(f"*/{FILE}"))
        if found:
            return found[0].read_bytes()
    except (OSError, zipfile.BadZipFile) as error:
        raise _unreadable(path, str(error)) from None
    raise UserError(str(path), f"Gradescope's export, with {FILE} in it", "no such file in it",
                    "unpack the export there, or remove `submissions` from the course file")


def _from_zip(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        found = [info for info in archive.infolist()
                 if Path(info.filename).name == FILE and info.file_size <= MAX_BYTES]
        if not found:
            raise zipfile.BadZipFile(f"no {FILE} in it")
        return archive.read(found[0])


def _deposit(path: Path, key: str, value: Any) -> Deposit:
    try:
        people = tuple(
            Submitter(tidy(_text(p, ":name")), tidy(_text(p, ":sid")), tidy(_text(p, ":email")))
            for p in value.get(":submitters") or []
        )
        created = _text(value, ":created_at")
        return Deposit(people, pd.to_datetime(created, utc=True) if created else None)
    except (AttributeError, TypeError, ValueError) as error:
        raise _unreadable(path, f"{key}: {error}") from None


def _text(mapping: Any, key: str) -> str:
    value = mapping.get(key, "")
    return value if isinstance(value, str) and value not in ("null", "~") else ""


def _unreadable(path: Path, found: str) -> UserError:
    return UserError(str(path), f"Gradescope's {FILE}", found, "download the export again")
