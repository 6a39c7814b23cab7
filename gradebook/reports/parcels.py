"""Parcels: zips of feedback pages that Moodle and Canvas take back.

Moodle finds the student by the folder of its own download, `Full Name_12345_assignsubmission_file_`
(the number is the participant's), Canvas by the first two numbers in the file's name, as in
`lastfirst_12345_67890_hw3.ipynb` (user and attachment), whatever its ending. Both stay as they were
downloaded; only the ending becomes .html, so that the page opens.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Literal

from autograder.errors import UserError

Layout = Literal["plain", "moodle", "canvas"]

MOODLE_FOLDER = re.compile(r"[^_/]*_\d+_assignsubmission_file_?")
CANVAS_NAME = re.compile(r"[^/]+?_(LATE_)?\d+_\d+_.+")
LAYOUTS: Mapping[Layout, re.Pattern[str]] = {"moodle": MOODLE_FOLDER, "canvas": CANVAS_NAME}
EXAMPLES = {
    "moodle": "a folder like Full Name_12345_assignsubmission_file_",
    "canvas": "a name like lastfirst_12345_67890_hw3.ipynb",
    "plain": "a name",
}


def layout_of(files: list[str]) -> Layout:
    """The platform that takes back pages for all `files` of a download, `plain` when none does."""
    for layout in LAYOUTS:
        if all(_own_part(file, layout) is not None for file in files):
            return layout
    return "plain"


def entry_name(original: str, layout: Layout) -> str:
    """The page's place in the zip, from its submission's path in the platform's download.

    The outermost part that looks like the platform's counts: what is inside a student's own zip the
    student has named.
    """
    path = _path(original)
    if layout == "plain":
        if path.name and not path.is_absolute() and ".." not in path.parts:
            return f"{path}.html"
    elif (place := _own_part(original, layout)) is not None:
        part, *inside = path.parts[place:]
        return f"{part}/{_page(['feedback', *inside][-1])}" if layout == "moodle" else _page(part)
    raise UserError(
        original, EXAMPLES[layout], path.name,
        "give the name as it was in the download, or choose the layout `plain`",
    )


def _path(original: str) -> PurePosixPath:
    return PurePosixPath(original.replace("\\", "/"))


def _own_part(original: str, layout: Layout) -> int | None:
    """The place of the part of the path that the platform has named."""
    places = (place for place, part in enumerate(_path(original).parts)
              if LAYOUTS[layout].fullmatch(part))
    return next(places, None)


def _page(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(".html"))


def write_zip(path: Path, entries: Iterable[tuple[str, str]]) -> Path:
    """Write texts under their names; where a name is taken already, a number is added to it."""
    texts: dict[str, str] = {}
    for name, text in entries:
        number, own = 1, name
        while own in texts:
            number += 1
            own = f"{name.removesuffix('.html')}-{number}.html"
        texts[own] = text
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(texts):
            entry = zipfile.ZipInfo(name)  # of 1980: the same pages give the same bytes
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, texts[name])
    return path
