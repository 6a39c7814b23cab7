"""A gradebook without people: random ids, and the key to them in a file that only its owner reads.

Pseudonyms stay the same from run to run while the key is there. Groups under five are not shown.
The rows are sorted by pseudonym: the order of a roster would give people away.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import pandas as pd

from autograder.errors import UserError
from gradebook.intake.text_files import read_cells
from gradebook.statistics.cohort import SMALLEST_GROUP
from gradebook.tables import safe_frame

FOLDER = "private"
KEY = "pseudonyms.csv"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def check_folder(out: Path, pseudonymise: bool) -> None:
    """A folder holds named files or pseudonymous ones, never both: UserError otherwise."""
    has_key = (out / FOLDER / KEY).exists()
    if pseudonymise and (out / "gradebook.csv").exists() and not has_key:
        raise UserError(str(out), "a folder without named gradebooks", "gradebook.csv with names",
                        "choose another --out for the pseudonymous one")
    if not pseudonymise and has_key:
        raise UserError(str(out), "a folder without pseudonymous gradebooks", f"{FOLDER}/{KEY}",
                        "choose another --out for the one with names")


def pseudonyms(out: Path, students: pd.DataFrame) -> pd.Series[str]:
    """A pseudonym for each student; those of an earlier run are kept. Nothing is written."""
    earlier = _earlier(out / FOLDER / KEY)
    taken = set(earlier.values())
    names = []
    for id_ in students["id"]:
        name = earlier.pop(id_, "") if id_ else ""
        while not name or (name in taken and name in names):
            candidate = "P" + "".join(secrets.choice(ALPHABET) for _ in range(8))
            name = "" if candidate in taken else candidate
        taken.add(name)
        names.append(name)
    return pd.Series(names, index=students.index, dtype="str")


def _earlier(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    cells = read_cells(path).iloc[1:]
    return dict(zip(cells[1], cells[0], strict=True))


def anonymous(students: pd.DataFrame, names: pd.Series[str]) -> pd.DataFrame:
    """The roster with pseudonyms for ids, without names and addresses, and without small groups."""
    blank = dict.fromkeys(("name", "first", "last", "email", "canvas_id"), "")
    sizes = students["section"].map(students["section"].value_counts())
    return students.assign(
        **blank, id=names, row=0,
        section=students["section"].where(sizes >= SMALLEST_GROUP, ""))


def write_private(folder: Path, name: str, frame: pd.DataFrame) -> Path:
    """`frame` as CSV that only its owner can read (mode 0600)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        safe_frame(frame).to_csv(file, index=False)
    return path


def key_frame(students: pd.DataFrame, names: pd.Series[str]) -> pd.DataFrame:
    """The key: pseudonym, id, name."""
    return pd.DataFrame({"pseudonym": names, "id": students["id"], "name": students["name"]})
