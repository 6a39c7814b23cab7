"""Owners of submissions, found by the paths of the submissions in a platform's download.

    plain             the student's id, login or e-mail address, as a whole token, in any case
    Canvas            lastnamefirstname_LATE_12345_67890_hw3-1.ipynb: user, file, resubmission
    Moodle            Full Name_12345_assignsubmission_file_/hw3.ipynb
    Gradescope        submission_123/hw3.ipynb, explained by submission_metadata.yml
    Blackboard        hw3_LOGIN_attempt_2026-11-06-20-15-00_hw3.ipynb
    Autolab           MAIL_3_hw3.ipynb
    GitHub Classroom  hw3-LOGIN/hw3.ipynb

The outermost part of the path that names a student decides: it was written by the platform, or is
the name that the student gave to the file. A submission has no owner when no part names a student,
when a part names two students, or when an inner part names another student and the outer name is
not from the platform. Nothing is guessed; likely students are only suggested.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from autograder.errors import UserError
from autograder.file_names import (
    AUTOLAB,
    BLACKBOARD,
    BLACKBOARD_TIME,
    CANVAS,
    MOODLE,
    OTTER_TIME,
    RESUBMISSION,
)
from autograder.language import N_, _
from gradebook.intake.platform_files import ENDINGS, Deposit
from gradebook.intake.roster import Near, Roster, Standing, as_id, read_roster
from gradebook.tables import Problem, Sheet, each, tidy

TOKEN = re.compile(r"[0-9a-z]+|[^\W_0-9a-z]+")
"""A run of ASCII letters and digits, or of other letters: 20231003王五 has two tokens."""
NO_NAME = N_("no student of the roster is named in the path")
SEVERAL = N_("names several students")
RIVALS = N_("two users of the platform claim this student")
MOST_LIKELY = 5


class Owner(NamedTuple):
    """The owners of a submission, and what else its path says.

    students    their numbers in the roster; empty if there is no owner
    deposit     the part of the path that was handed in at one time: its notebooks are one attempt
    account     the user of the platform, "" without one
    sure        True when the platform names the owner, False when only the student does
    order       grows with resubmissions: it says which of two in one `series` is later
    late        the platform's mark, None without one
    time        the platform's time, on the course's clocks
    candidates  without `students`: the students whom the path names
    reason      without `students`: why there is no owner; else the submitters not in the roster
    """

    students: tuple[int, ...] = ()
    deposit: str = ""
    account: str = ""
    sure: bool = False
    order: int = 0
    series: str = ""
    late: bool | None = None
    time: datetime | None = None
    candidates: tuple[int, ...] = ()
    reason: str = ""


@dataclass
class People:
    """Look-up of students by ids, logins, addresses and names in a path or a table.

    `words`: ids, logins and e-mail addresses in lower case. `doubled`: ids that several rows of the
    roster share; such an id names no student.
    """

    roster: Roster
    by_id: dict[str, int]
    by_name: dict[str, int]
    by_email: dict[str, int]
    by_canvas: dict[str, int]
    words: dict[str, int]
    by_moodle: dict[str, int] = field(default_factory=dict)
    doubled: frozenset[str] = frozenset()

    @classmethod
    def of(cls, roster: Roster) -> People:
        students = roster.students.loc[roster.usable().index]
        doubled = roster.students["standing"].eq(Standing.DUPLICATE_ID.value)
        keys = pd.concat([students[column].str.casefold() for column in ("id", "login", "email")])
        return cls(
            roster=roster,
            by_id=_unique(students["id"]),
            by_name=_unique(each(students["name"], squashed)),
            by_email=_unique(students["email"].str.casefold()),
            by_canvas=_unique(students["canvas_id"]),
            words=_unique(keys),
            doubled=frozenset(roster.students.loc[doubled, "id"]),
        )

    def with_canvas(self, export: Path) -> People:
        """The same with the user numbers in Canvas's export, if the roster has none.

        A registry list has no numbers of Canvas, and the files of its bulk download no ids. Errors
        in the export are told where it is filled.
        """
        if self.by_canvas:
            return self
        numbers: dict[int, set[str]] = defaultdict(set)
        with suppress(UserError):
            users = read_roster(export).students[["canvas_id", "id", "login", "email"]]
            for number, *texts in users.to_numpy(dtype=object).tolist():
                found = {student for text in texts
                         if text and (student := self.student(text)) is not None}
                if number and len(found) == 1:
                    numbers[found.pop()].add(number)
        known: dict[str, int] = {
            own.pop(): student for student, own in numbers.items() if len(own) == 1}
        return replace(self, by_canvas=known)

    def student(self, text: str) -> int | None:
        """The student with this id, login or e-mail address, in any case; None without one."""
        id_ = as_id(text)
        return self.by_id.get(id_, self.words.get(id_.casefold()))

    def label(self, student: int) -> str:
        """`2023001 Student 01`, for messages to the TA."""
        id_, name = self.roster.students.loc[student, ["id", "name"]]
        return f"{id_} {name}".strip()

    def claimed_by(self, part: str) -> set[int]:
        """The students whom a part of a path names; the number of a resubmission names nobody."""
        base, _ = resubmission(part.casefold())
        whole = self._matches(part.casefold())
        found = {student for _, _, student in self._matches(base)}
        found |= {s for start, end, s in whole if start < len(base) < end}
        return found or {student for _, _, student in whole}

    def _matches(self, text: str) -> list[tuple[int, int, int]]:
        """Start, end and student of each match of `words`; of two in one place only the longer."""
        tokens = [match.span() for match in TOKEN.finditer(text)]
        found: list[tuple[int, int, int]] = []
        for first, (start, _end) in enumerate(tokens):
            for _start, end in reversed(tokens[first : first + self._longest]):
                if (student := self.words.get(text[start:end])) is not None:
                    if not any(s <= start and end <= e for s, e, _ in found):
                        found.append((start, end, student))
                    break
        return found

    @cached_property
    def _longest(self) -> int:
        """The most tokens in the id, login or address of a student."""
        return max((len(TOKEN.findall(word)) for word in self.words), default=1)

    @cached_property
    def near(self) -> Near:
        return Near(list(self.by_id))

    @cached_property
    def _names(self) -> list[tuple[str, int]]:
        """Students by the forms of names in paths, such as `zhangsan` for San Zhang."""
        spelt: dict[tuple[str, int], None] = {}
        students = self.roster.students.loc[self.roster.usable().index, "name"]
        for student, name in zip(students.index.tolist(), students.tolist(), strict=True):
            words = re.findall(r"[^\W_]+", tidy(name).casefold())
            for order in (words, words[::-1]):
                if len("".join(order)) > 1:
                    spelt["".join(order), student] = None
        return list(spelt)

    def likely(self, file: str, candidates: Iterable[int] = ()) -> list[int]:
        """Suggestions for a file without an owner: `candidates`, else by name or similar id."""
        if named := list(candidates):
            return named[:MOST_LIKELY]
        near = sorted({self.by_id[id_] for word in words_of(file) for id_ in self.near.find(word)})
        path = squashed(file)
        by_name = [student for name, student in self._names if name in path]
        return list(dict.fromkeys([*by_name, *near]))[:MOST_LIKELY]

    def remedy(self, words: Iterable[str], otherwise: str) -> str:
        """What to do about words that name no student: `otherwise`, after similar ids if any."""
        words = set(words)
        if self.doubled & words:
            return _("give every student of the roster an id of their own")
        exact = {word for word in words if word in self.by_id}
        near = sorted(exact or {id_ for word in words for id_ in self.near.find(word)})
        if near:
            return _("did you mean {ids}?").format(ids=" / ".join(near[:3])) + " " + otherwise
        return otherwise


def _unique(values: pd.Series[str]) -> dict[str, int]:
    """The student of each value that only one student has."""
    students = defaultdict(set)
    for number, value in zip(values.index.tolist(), values.tolist(), strict=True):
        students[value].add(int(number))
    return {value: next(iter(numbers)) for value, numbers in students.items()
            if value and len(numbers) == 1}


def squashed(name: str) -> str:
    """A name in the form of Canvas's file names: lower case, letters and digits only."""
    return re.sub(r"[\W_]", "", tidy(name)).casefold()


def resubmission(name: str) -> tuple[str, int]:
    """The name without the `-1` or ` (1)` of a second hand-in, and that number."""
    found = RESUBMISSION.fullmatch(name)
    return (found["base"], int(found["number"])) if found else (name, 0)


def owner_of(file: str, people: People, deposits: Mapping[str, Deposit]) -> Owner:
    """The owner of `file`, a path relative to the download; `deposits` is Gradescope's list."""
    parts = [part for part in tidy(file).replace("\\", "/").split("/") if part]
    for place, part in enumerate(parts):
        owner = _platforms(part, is_file=place == len(parts) - 1, people=people, deposits=deposits)
        owner = owner or _plain(part, people)
        if owner is None:
            continue
        inside = {s for other in parts[place + 1 :] for s in people.claimed_by(stem(other))}
        owner = _with_names_inside(owner, inside)
        if not owner.series:
            base, order = resubmission(stem(parts[-1]))
            owner = owner._replace(order=order, series="/".join([*parts[:-1], base]))
        return owner._replace(deposit="/".join(parts[: place + 1]))
    return Owner(deposit=file, reason=NO_NAME)


def _with_names_inside(owner: Owner, inside: set[int]) -> Owner:
    """The owner, after the names of files inside of a deposit have been read.

    They do not count if the platform names the owner. If the outer name names nobody, the one
    student whom they name is the owner. If they name another student, there is no owner.
    """
    named = {*owner.students, *owner.candidates}
    if owner.sure or inside <= named:
        return owner
    if not named and len(inside) == 1:
        return owner._replace(students=tuple(inside), reason="")
    return owner._replace(students=(), candidates=tuple(sorted(named | inside)), reason=SEVERAL)


def stem(name: str) -> str:
    """The name without its ending and without the time that Otter's export adds."""
    start, dot, ending = name.rpartition(".")
    if not dot or ending.casefold() not in ENDINGS:
        return name
    return OTTER_TIME.sub("", start)


def _plain(part: str, people: People) -> Owner | None:
    """The owner by a name that the student gave; None if it names nobody."""
    found = people.claimed_by(stem(part))
    if len(found) == 1:
        return Owner(tuple(found))
    return Owner(candidates=tuple(sorted(found)), reason=SEVERAL) if found else None


def _platforms(
    part: str, *, is_file: bool, people: People, deposits: Mapping[str, Deposit]
) -> Owner | None:
    """The owner by a name that a platform gave to a folder or file; None for other names."""
    name = stem(part)
    if name in deposits:
        return _deposited(deposits[name], people)
    if match := MOODLE.fullmatch(name):
        return _on_moodle(match, people)
    if not is_file and not part.casefold().endswith(".zip"):
        return None
    if match := BLACKBOARD.fullmatch(name):
        return _on_blackboard(match, people)
    if match := AUTOLAB.fullmatch(name):
        student = people.words.get(match["mail"].casefold())
        known = () if student is None else (student,)
        account = f"Autolab {match['mail']}"
        return Owner(known, account=account, sure=bool(known), order=int(match["version"]),
                     series=account, reason="" if known else NO_NAME)
    if match := CANVAS.fullmatch(name):
        return _on_canvas(match, people)
    return None


def _deposited(deposit: Deposit, people: People) -> Owner:
    """A group on Gradescope: each submitter by id, else by e-mail address, else by full name."""
    students, unknown = [], []
    for person in deposit.submitters:
        ways = (people.student(person.id), people.by_email.get(person.email.casefold()),
                people.by_name.get(squashed(person.name)))
        student = next((way for way in ways if way is not None), None)
        if student is None:
            unknown.append(person.id or person.email or person.name)
        else:
            students.append(student)
    reason = N_("submitter not in the roster: {names}").format(
        names=", ".join(unknown)) if unknown else ""
    return Owner(tuple(dict.fromkeys(students)), sure=True, reason=reason)


def _on_moodle(match: re.Match[str], people: People) -> Owner:
    student = people.by_moodle.get(match["user"], people.by_name.get(squashed(match["name"])))
    account = f"Moodle {match['user']}"
    if student is not None:
        return Owner((student,), account=account, sure=True)
    owner = _by_text(f"{match['name']} {stem(match['file'] or '')}", people)
    return owner._replace(account=account)


def _on_blackboard(match: re.Match[str], people: People) -> Owner:
    try:
        time = datetime.strptime(match["time"], BLACKBOARD_TIME)
    except ValueError:
        time = None
    owner = _by_text(match["user"], people)
    return owner._replace(account=f"Blackboard {match['user']}", sure=bool(owner.students),
                          time=time)


def _on_canvas(match: re.Match[str], people: People) -> Owner | None:
    """The owner by a name of Canvas, which has the numbers of a user and of a file.

    hw1_2023001_12_x looks like such a name and is none. So for an unknown user the result is None
    when the first part has a digit, or when the roster has no numbers of Canvas and the number is
    the id of a student.
    """
    user, name = match["user"], squashed(match["name"])
    student = people.by_canvas.get(user, people.by_name.get(name))
    if student is not None:
        owner = Owner((student,), sure=True)
    elif re.search(r"\d", name) or (not people.by_canvas and user in people.words):
        return None
    else:
        owner = _by_text(f"{match['name']} {match['rest']}", people)
    _, again = resubmission(match["rest"])
    account = f"Canvas {user}"
    return owner._replace(account=account, late=match["late"] is not None, series=account,
                          order=int(match["file"][-15:]) * 1000 + again)


def _by_text(text: str, people: People) -> Owner:
    """The owner by a text, where the platform's number is not known."""
    found = people.claimed_by(text)
    if len(found) == 1:
        return Owner(tuple(found))
    return Owner(candidates=tuple(sorted(found)), reason=SEVERAL if found else NO_NAME)


def words_of(file: str) -> set[str]:
    """The parts of a path that may be ids, also inside of longer words."""
    name = tidy(file.removesuffix(".ipynb"))
    return {word for pattern in (r"\w+", r"[^\W_]+", r"\d+") for word in re.findall(pattern, name)}


def without_rivals(owners: list[Owner]) -> list[Owner]:
    """The owners; if files of two users of the platform name one student, only the user counts whom
    the platform confirms. Otherwise a student could take a grade by using another's name."""
    accounts: dict[int, set[tuple[bool, str]]] = defaultdict(set)
    for owner in owners:
        if owner.account:
            for student in owner.students:
                accounts[student].add((owner.sure, owner.account))
    return [owner if _may_claim(owner, accounts) else owner._replace(
                students=(), candidates=owner.students, reason=RIVALS) for owner in owners]


def _may_claim(owner: Owner, accounts: Mapping[int, set[tuple[bool, str]]]) -> bool:
    """Whether no other user of the platform has as good a claim to one of the students."""
    if not owner.account:
        return True
    for student in owner.students:
        claims = accounts[student]
        rivals = {account for sure, account in claims if sure} or {name for _, name in claims}
        if rivals != {owner.account}:
            return False
    return True


def unknown_student(sheet: Sheet, row: int, id_: str, people: People) -> Problem:
    """The problem of a row whose id is not in the roster, or there in several rows."""
    return Problem(
        str(sheet.path), row, _("unknown student"), _("the id of one student of the roster"),
        id_ or _("no id"), people.remedy([id_], _("correct the id, or remove the row")),
    )


def students_in(cell: str, people: People) -> Iterator[tuple[str, int | None]]:
    """The words of a cell that names one student or more, each with its student."""
    for word in cell.replace(";", " ").replace(",", " ").split():
        yield word, people.student(word)
