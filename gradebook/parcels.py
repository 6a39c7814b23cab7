"""Parcels: zips of feedback pages that Moodle and Canvas take back.

Moodle finds the student by the folder of its own download, `Full Name_12345_assignsubmission_file_`
(the number is the participant's), Canvas by the first two numbers in the file's name, as in
`lastfirst_12345_67890_hw3.ipynb` (user and attachment), whatever its ending. Both stay as they were
downloaded; only the ending becomes .html, so that the page opens.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Literal

from autograder.errors import UserError

Layout = Literal["plain", "moodle", "canvas"]

MOODLE_FOLDER = re.compile(r"[^_/]*_\d+_assignsubmission_file_?")
CANVAS_NAME = re.compile(r"[^/]+?_(LATE_)?\d+_\d+_.+")
EXAMPLES = {
    "moodle": "a folder like Full Name_12345_assignsubmission_file_",
    "canvas": "a name like lastfirst_12345_67890_hw3.ipynb",
    "plain": "a path inside the folder of submissions",
}
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every entry: a zip of the same pages has the same bytes."""


def entry_name(original: str, layout: Layout) -> str:
    """The page's place in the zip, from its submission's path in the platform's download."""
    path = PurePosixPath(original.replace("\\", "/"))
    if layout == "moodle":
        folders = [i for i, part in enumerate(path.parts) if MOODLE_FOLDER.fullmatch(part)]
        if folders:
            rest = path.parts[folders[-1] + 1 :] or ("feedback",)
            return f"{path.parts[folders[-1]]}/{_page(rest[-1])}"
    elif layout == "canvas":
        if CANVAS_NAME.fullmatch(path.name):
            return _page(path.name)
    elif path.name and not path.is_absolute() and ".." not in path.parts:
        return str(path.parent / _page(path.name))
    raise UserError(
        original, EXAMPLES[layout], path.name,
        "give the name as it was in the download, or choose the layout `plain`",
    )


def _page(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(".html"))


def write_zip(path: Path, entries: Iterable[tuple[str, str]]) -> Path:
    """Write texts under their names; raises UserError when two have one name."""
    texts: dict[str, str] = {}
    for name, text in entries:
        if name in texts:
            raise UserError(
                str(path), "one submission a student", f"two pages named {name}",
                "pass only the submissions that count",
            )
        texts[name] = text
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(texts):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, texts[name])
    return path
