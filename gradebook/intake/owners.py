"""Whose submission is it? Read from the path that the submission has in its download.

    plain       <id>.ipynb, <id>_anything.ipynb, anything_<id>.ipynb, or a folder so named
    Canvas      lastnamefirstname_LATE_12345_67890_hw3-1.ipynb: user, file, resubmission
    Moodle      Full Name_12345_assignsubmission_file_/hw3.ipynb
    Gradescope  submission_123/hw3.ipynb, explained by submission_metadata.yml

The platform's own part of a path goes before the part that the student chose. What matches nobody,
or more than one, is reported with the nearest ids and never assumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from gradebook.intake.platform_files import Deposit
from gradebook.intake.roster import Near, Roster, Standing
from gradebook.intake.sheets import Sheet, each, tidy
from gradebook.tables import Problem

MOODLE = re.compile(r"(?P<name>.+?)_(?P<user>\d+)_assignsubmission_file(_.*)?")
CANVAS = re.compile(r"(?P<name>\w+?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<file>\d+)_(?P<rest>.+)")
OTTER_TIME = re.compile(r"_\d{4}_\d\d_\d\dT\d\d_\d\d_\d\d_\d{6}$")
RESUBMISSION = re.compile(r"(.*)-(\d{1,3})", re.DOTALL)
ENDINGS = {"ipynb", "zip", "py", "json"}


class Owner(NamedTuple):
    """The students (numbers in the roster) a path belongs to, and what else the path tells.

    `account`: the user of the platform, `""` without one; `sure` when the platform, not the
    student, says whose it is. `order` grows with resubmissions, for want of times; `late` is the
    platform's mark. `timeless`: the file's own time is that of the download. `doubt` says why
    there are no students, or names the submitters who are not in the roster.
    """

    students: tuple[int, ...]
    account: str = ""
    sure: bool = False
    order: int = 0
    late: bool = False
    timeless: bool = False
    doubt: str = ""


@dataclass
class People:
    """The roster by everything that a path may name, each only where it names one student.

    `doubled`: the ids that several rows share, of whom none can be meant.
    """

    by_id: dict[str, int]
    by_name: dict[str, int]
    by_email: dict[str, int]
    by_canvas: dict[str, int]
    near: Near
    by_moodle: dict[str, int] = field(default_factory=dict)
    doubled: frozenset[str] = frozenset()

    @classmethod
    def of(cls, roster: Roster) -> People:
        students = roster.students.loc[roster.usable().index]
        doubled = roster.students["standing"].eq(Standing.DUPLICATE_ID.value)
        return cls(
            by_id=_unique(students["id"]),
            by_name=_unique(each(students["name"], squashed)),
            by_email=_unique(students["email"].str.casefold()),
            by_canvas=_unique(students["canvas_id"]),
            near=Near(students["id"]),
            doubled=frozenset(roster.students.loc[doubled, "id"]),
        )

    def remedy(self, words: Iterable[str], otherwise: str) -> str:
        """What to do about words that stand for no student; `otherwise` ends it."""
        words = set(words)
        if self.doubled & words:
            return "give every student of the roster an id of their own"
        exact = {word for word in words if word in self.by_id}
        near = sorted(exact or {id_ for word in words for id_ in self.near.find(word)})
        return (f"did you mean {' or '.join(near[:3])}? " if near else "") + otherwise


def _unique(values: pd.Series[str]) -> dict[str, int]:
    once = values[(values != "") & ~values.duplicated(keep=False)]
    return {value: number for number, value in zip(once.index.tolist(), once.tolist(), strict=True)}


def squashed(name: str) -> str:
    """A name as Canvas puts it into file names: lower case, letters and digits only."""
    return re.sub(r"[\W_]", "", tidy(name)).casefold()


def owner_of(file: str, people: People, deposits: Mapping[str, Deposit]) -> Owner:
    """Who handed in `file`, a path relative to the download; `deposits` is Gradescope's list."""
    names = [part for part in tidy(file).replace("\\", "/").split("/") if part] or [""]
    parts = [stem(name) for name in names]
    for name, part in zip(names, parts, strict=True):
        if part in deposits:
            return _deposited(deposits[part], people)
        if "_assignsubmission_file" in part and (match := MOODLE.fullmatch(part)):
            return _on_moodle(match, people, parts[-1])
        is_file = name.endswith(".zip") or name == names[-1]
        if is_file and part.count("_") > 2 and (match := CANVAS.fullmatch(part)):
            return _on_canvas(match, people)
    return _plain(parts, people, order=_resubmission(parts[-1]))


def stem(name: str) -> str:
    """The name without its ending and without the time that Otter's export adds."""
    start, dot, ending = name.rpartition(".")
    if not dot or ending.casefold() not in ENDINGS:
        return name
    return OTTER_TIME.sub("", start) if "T" in start else start


def _resubmission(name: str) -> int:
    return int(found[2]) if "-" in name and (found := RESUBMISSION.fullmatch(name)) else 0


def _deposited(deposit: Deposit, people: People) -> Owner:
    """A group on Gradescope: each submitter by id, else by e-mail address, else by full name."""
    students, strangers = [], []
    for person in deposit.submitters:
        ways = (people.by_id.get(person.id), people.by_email.get(person.email.casefold()),
                people.by_name.get(squashed(person.name)))
        student = next((way for way in ways if way is not None), None)
        if student is None:
            strangers.append(person.id or person.email or person.name)
        else:
            students.append(student)
    doubt = f"submitter not in the roster: {', '.join(strangers)}" if strangers else ""
    return Owner(tuple(dict.fromkeys(students)), sure=True, doubt=doubt)


def _on_moodle(match: re.Match[str], people: People, chosen: str) -> Owner:
    account = f"Moodle {match['user']}"
    student = people.by_moodle.get(match["user"], people.by_name.get(squashed(match["name"])))
    order = _resubmission(chosen)
    if student is not None:
        return Owner((student,), account, True, order)
    return _plain([match["name"], chosen], people, account, order=order)


def _on_canvas(match: re.Match[str], people: People) -> Owner:
    """Canvas numbers its users and its files; the times inside its zip are those of the zip."""
    student = people.by_canvas.get(match["user"], people.by_name.get(squashed(match["name"])))
    if student is not None:
        owner = Owner((student,), sure=True)
    else:
        owner = _plain([match["name"], match["rest"]], people)
    return owner._replace(account=f"Canvas {match['user']}", timeless=True,
                          order=int(match["file"][-15:]) * 1000 + _resubmission(match["rest"]),
                          late=match["late"] is not None)


def _plain(parts: list[str], people: People, account: str = "", *, order: int = 0) -> Owner:
    found = {student for part in parts for student in _ids_in(part, people)}
    if len(found) == 1:
        return Owner(tuple(found), account, order=order)
    return Owner((), account, order=order, doubt="names several students" if found else "")


def _ids_in(part: str, people: People) -> list[int]:
    """Students whose id is `part`, or stands before or after an underscore at its start or end."""
    if "-" in part and (again := RESUBMISSION.fullmatch(part)):
        return _ids_in(again[1], people) + _whole_ids(part, people)
    return _whole_ids(part, people)


def _whole_ids(part: str, people: People) -> list[int]:
    words = part.split("_")
    found = [part]
    for cut in range(1, len(words)):
        found += ["_".join(words[:cut]), "_".join(words[cut:])]
    return [people.by_id[text] for text in found if text in people.by_id]


def words_of(file: str) -> set[str]:
    """Everything in a path that may be an id, also inside of a longer word."""
    name = tidy(file.removesuffix(".ipynb"))
    return {word for pattern in (r"\w+", r"[^\W_]+", r"\d+") for word in re.findall(pattern, name)}


def unknown_student(sheet: Sheet, row: int, id_: str, people: People) -> Problem:
    """A row of a person's file about an id that the roster does not have once."""
    return Problem(str(sheet.path), row, "unknown student", "the id of one student of the roster",
                   id_ or "no id",
                   people.remedy([id_], "correct the id, or remove the row"))
