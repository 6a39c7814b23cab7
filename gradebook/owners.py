"""Whose submission is it? Read from the path that the submission has in its download.

    plain       <id>.ipynb, <id>_anything.ipynb, anything_<id>.ipynb, or a folder so named
    Canvas      lastnamefirstname_12345_67890_hw3-1.ipynb, with LATE_ after the name
    Moodle      Full Name_12345_assignsubmission_file_/hw3.ipynb
    Gradescope  submission_123/hw3.ipynb, explained by submission_metadata.yml

A learning platform's own part of the path goes before the part that the student chose. What
matches nobody, or more than one, is reported with the nearest ids and never assumed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import NamedTuple

import pandas as pd

from gradebook.ids import Near
from gradebook.roster import Roster
from gradebook.text_files import tidy

MOODLE = re.compile(r"(?P<name>.+?)_(?P<user>\d+)_assignsubmission_file(_.*)?")
CANVAS = re.compile(r"(?P<name>[^_]\w*?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<file>\d+)_(?P<rest>.+)")
GRADESCOPE = re.compile(r"submission_\d+")
OTTER_TIME = re.compile(r"_\d{4}_\d\d_\d\dT\d\d_\d\d_\d\d_\d{6}$")
RESUBMISSION = re.compile(r"-(\d{1,3})$")
ENDINGS = (".ipynb", ".zip", ".py", ".json")


class Owner(NamedTuple):
    """The students (numbers in the roster) a path belongs to, and what else the path tells.

    `attempt` counts resubmissions from 0; `late` is the platform's mark; `account` is the user of
    the platform, `""` without one; `doubt` says why `students` is empty.
    """

    students: tuple[int, ...]
    attempt: int = 0
    late: bool = False
    account: str = ""
    doubt: str = ""


@dataclass
class People:
    """The roster by everything that a path may name."""

    by_id: dict[str, int]
    by_name: dict[str, int]
    by_canvas: dict[str, int]
    by_email: dict[str, int]
    near: Near
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, roster: Roster) -> People:
        students = roster.students.loc[roster.usable().index]
        return cls(
            by_id={id_: int(n) for n, id_ in students["id"].items()},
            by_name=_unique(students["name"].map(squashed)),
            by_canvas=_unique(students["canvas_id"]),
            by_email=_unique(students["email"].str.casefold()),
            near=Near(students["id"]),
        )


def _unique(values: pd.Series[str]) -> dict[str, int]:
    once = values[(values != "") & ~values.duplicated(keep=False)]
    return {value: int(n) for n, value in once.items()}


def squashed(name: str) -> str:
    """A name as Canvas puts it into file names: lower case, letters and digits only."""
    return re.sub(r"\W", "", tidy(name)).casefold()


def owner_of(file: str, people: People) -> Owner:
    """Who handed in `file`, a path relative to the download."""
    parts = [tidy(part) for part in PurePosixPath(file.replace("\\", "/")).parts]
    parts = [part for part in parts if part not in ("/", ".", "..")]
    if not parts:
        return Owner((), doubt="a path without a name")
    parts[-1] = stem(parts[-1])
    attempt = int(found[1]) if (found := RESUBMISSION.search(parts[-1])) else 0
    for part in parts:
        if match := MOODLE.fullmatch(part):
            return _platform(match, "Moodle", people, attempt, parts)
    if match := CANVAS.fullmatch(parts[-1]):
        return _platform(match, "Canvas", people, attempt, parts)
    return _plain(parts, people, attempt)


def stem(name: str) -> str:
    """The name without its ending and without the time that Otter's export adds."""
    ending = next((e for e in ENDINGS if name.casefold().endswith(e)), "")
    return OTTER_TIME.sub("", name[: len(name) - len(ending)])


def _platform(
    match: re.Match[str], platform: str, people: People, attempt: int, parts: list[str]
) -> Owner:
    """By the platform's number of the user, then the full name, then an id that the student wrote."""
    account = f"{platform} {match['user']}"
    late = platform == "Canvas" and match["late"] is not None
    student = people.by_canvas.get(match["user"]) if platform == "Canvas" else None
    if student is None:
        student = people.by_name.get(squashed(match["name"]))
    if student is not None:
        return Owner((student,), attempt, late, account)
    rest = [match["rest"] if platform == "Canvas" else parts[-1], match["name"]]
    plain = _plain(rest, people, attempt)
    return plain._replace(late=late, account=account)


def _plain(parts: list[str], people: People, attempt: int) -> Owner:
    found = {student for part in parts for student in _ids_in(part, people)}
    if len(found) == 1:
        return Owner(tuple(found), attempt)
    return Owner((), attempt, doubt="names several students" if found else "")


def _ids_in(part: str, people: People) -> list[int]:
    """Students whose id is `part`, or stands before or after an underscore at its start or end."""
    candidates = {part, RESUBMISSION.sub("", part)}
    for text in list(candidates):
        pieces = text.split("_")
        for cut in range(1, len(pieces)):
            candidates |= {"_".join(pieces[:cut]), "_".join(pieces[cut:])}
    return [people.by_id[text] for text in candidates if text in people.by_id]


def suggestions(file: str, people: People) -> list[str]:
    """Ids that `file` almost names: inside a longer word, or one slip away."""
    words = set(re.findall(r"\w+", tidy(stem(file)))) | set(re.findall(r"[^\W_]+", tidy(stem(file))))
    words |= set(re.findall(r"\d+", file))
    exact = {word for word in words if word in people.by_id}
    near = {id_ for word in words for id_ in people.near.find(word)}
    return sorted(exact) or sorted(near)


def one_account_each(owners: pd.DataFrame) -> pd.Series[bool]:
    """False where two users of a platform claim the same student by what they wrote in a name."""
    accounts: dict[int, set[str]] = defaultdict(set)
    for student, account in zip(owners["student"], owners["account"], strict=True):
        if account:
            accounts[student].add(account)
    return owners["student"].map(lambda student: len(accounts[student]) < 2)
