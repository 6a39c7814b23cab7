"""Everything that one homework is graded from, matched with the roster.

Every submission finds its students or becomes a problem. What file names cannot tell stands in a
corrections file: columns `submission` (the path as problems.csv shows it), `id` (several for a
group, separated by blanks; `-` to ignore the submission) and `submitted_at`. An empty cell corrects
nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from autograder.errors import UserError
from gradebook.course import Course, Homework, did_you_mean
from gradebook.intake.manual import read_manual
from gradebook.intake.otter_grades import is_otter, read_otter
from gradebook.intake.owners import Owner, People, owner_of, unknown_student, words_of
from gradebook.intake.platform_files import Deposit, read_deposits
from gradebook.intake.results import Results, read_results
from gradebook.intake.roster import as_id
from gradebook.intake.sheets import STUDENT, Sheet, read_sheet
from gradebook.tables import Problem, as_row
from gradebook.times import read_time

HEADERS = {
    "submission": ["submission", "file", "提交", "文件", "文件名"],
    "id": STUDENT,
    "submitted_at": ["submittedat", "time", "提交时间", "时间"],
}
ASIDE = "-"


@dataclass
class Corrections:
    """By submission: the students it belongs to (none: set aside), and the time it was made."""

    students: dict[str, tuple[int, ...]] = field(default_factory=dict)
    times: dict[str, datetime] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)


def read_corrections(
    path: Path, people: People, zone: ZoneInfo
) -> tuple[Corrections, list[Problem]]:
    """The corrections in `path`, and those that name nobody.

    A submission named twice or a bad time is a UserError.
    """
    sheet = read_sheet(path, HEADERS, ["submission"])
    corrections, problems = Corrections(), list[Problem]()
    cells = zip(sheet.body.index, *map(sheet.text, ("submission", "id", "submitted_at")),
                strict=True)
    for label, file, ids, time in cells:
        row = as_row(label)
        if file in corrections.rows:
            raise UserError(sheet.place(corrections.rows[file], row), "a submission named once",
                            f"{file} twice", "remove one of the rows")
        corrections.rows[file] = row
        if time:
            corrections.times[file] = read_time(time, zone, sheet.place(row))
        if ids:
            _correct_owner(sheet, row, file, ids, people, corrections, problems)
    return corrections, problems


def _correct_owner(
    sheet: Sheet, row: int, file: str, cell: str, people: People, corrections: Corrections,
    problems: list[Problem],
) -> None:
    ids = [] if cell == ASIDE else [as_id(word) for word in cell.replace(";", " ").split()]
    unknown = [id_ for id_ in ids if id_ not in people.by_id]
    for id_ in unknown:
        problems.append(unknown_student(sheet, row, id_, people))
    if not unknown:
        corrections.students[file] = tuple(people.by_id[id_] for id_ in ids)


CLAIMS = ["submission", "student", "submitted_at", "late_mark", "order", "file"]


def join(
    results: Results, people: People, deposits: Mapping[str, Deposit], corrections: Corrections,
    *, file_times: bool = True,
) -> tuple[pd.DataFrame, list[Problem]]:
    """One row for each student of each submission, with the columns CLAIMS, and the problems.

    `student` is the number in the roster, `submission` the number in the results file;
    `submitted_at` is UTC, NaT where nobody knows; `order` sorts resubmissions without times. A
    group's submission has a row for each of its students. Without `file_times` the times of the
    files themselves mean nothing.
    """
    files = results.submissions["file"].tolist()
    owners = [owner_of(file, people, deposits) for file in files]
    problems = _strangers(results, owners)
    owners = _one_account_each(owners)
    corrected = corrections.students
    owners = [Owner(corrected[file], sure=True, order=owner.order, late=owner.late)
              if file in corrected else owner
              for file, owner in zip(files, owners, strict=True)]
    for file, owner in zip(files, owners, strict=True):
        if not owner.students and file not in corrected:
            problems.append(_unowned(results, file, owner, people))
    problems += _corrections_of_nothing(files, corrections, results)
    if not file_times:
        owners = [owner._replace(timeless=True) for owner in owners]
    return _claims(results, owners, deposits, corrections), problems


def _one_account_each(owners: list[Owner]) -> list[Owner]:
    """Where two users of a platform claim one student, only the one the platform vouches for stays.

    Otherwise a student could take another's grade by naming a file after them.
    """
    accounts: dict[int, set[tuple[bool, str]]] = defaultdict(set)
    for owner in owners:
        if owner.account:
            for student in owner.students:
                accounts[student].add((owner.sure, owner.account))
    return [owner if _may_claim(owner, accounts) else
            owner._replace(students=(), doubt="two users of the platform claim this student")
            for owner in owners]


def _may_claim(owner: Owner, accounts: dict[int, set[tuple[bool, str]]]) -> bool:
    if not owner.account:
        return True
    for student in owner.students:
        claims = accounts[student]
        rivals = {account for sure, account in claims if sure} or {name for _, name in claims}
        if rivals != {owner.account}:
            return False
    return True


def _claims(
    results: Results, owners: list[Owner], deposits: Mapping[str, Deposit],
    corrections: Corrections,
) -> pd.DataFrame:
    frame = results.submissions[["file", "submitted_at"]].reset_index()
    timeless = pd.Series([owner.timeless for owner in owners], dtype=bool)
    frame["submitted_at"] = frame["submitted_at"].mask(timeless)
    known = {file: pd.Timestamp(time) for file in frame["file"].tolist()
             if (time := _known_time(file, deposits, corrections)) is not None}
    if known:
        times = pd.to_datetime(frame["file"].map(known), utc=True).astype("datetime64[us, UTC]")
        frame["submitted_at"] = times.fillna(frame["submitted_at"])
    frame["late_mark"] = [owner.late for owner in owners]
    frame["order"] = pd.Series([owner.order for owner in owners], dtype="int64")
    pairs = [(line, student) for line, owner in enumerate(owners) for student in owner.students]
    claims = frame.take([line for line, _ in pairs]).reset_index(drop=True)
    claims["student"] = pd.Series([student for _, student in pairs], dtype="int64")
    return claims[CLAIMS]


def _known_time(
    file: str, deposits: Mapping[str, Deposit], corrections: Corrections
) -> pd.Timestamp | None:
    """When a person or the platform says that `file` was handed in."""
    if file in corrections.times:
        return pd.Timestamp(corrections.times[file]).tz_convert("UTC")
    found = [deposits[part] for part in file.split("/") if part in deposits]
    return found[0].created_at if found else None


def _unowned(results: Results, file: str, owner: Owner, people: People) -> Problem:
    return Problem(str(results.path), 0, "submission without a student",
                   "the id of one student of the roster in the name",
                   f"{file} ({owner.doubt})" if owner.doubt else file,
                   people.remedy(words_of(file),
                                 "say whose it is in the file that `corrections` names"))


def _strangers(results: Results, owners: list[Owner]) -> list[Problem]:
    """Members of a group whom the roster does not have, while it has the others."""
    return [Problem(str(results.path), 0, "group with an unknown member",
                    "submitters of the roster", f"{file} ({owner.doubt})",
                    "add the student to the roster, or leave it so")
            for file, owner in zip(results.submissions["file"].tolist(), owners, strict=True)
            if owner.students and owner.doubt]


def _corrections_of_nothing(
    files: list[str], corrections: Corrections, results: Results
) -> list[Problem]:
    graded = set(files)
    return [Problem("corrections", row, "correction of an unknown submission",
                    f"a submission of {results.path.name}", file,
                    "write the path as problems.csv shows it")
            for file, row in corrections.rows.items() if file not in graded]


@dataclass
class Sources:
    """`claims`: the attempts that have a student (join.CLAIMS). `manual`: points by student number
    and question, NaN where nobody gave any. `possible`, `counts`: by question, checked and written
    ones, its points and whether it counts.
    """

    results: Results
    claims: pd.DataFrame
    manual: pd.DataFrame
    possible: pd.Series[float]
    counts: pd.Series[bool]
    problems: list[Problem]


def read_sources(course: Course, homework: Homework, people: People) -> Sources:
    """Read what `homework` names; raises UserError for what a person must put right first."""
    results = _results(course, homework)
    deposits = read_deposits(homework.submissions) if homework.submissions else {}
    corrections, problems = Corrections(), list[Problem]()
    if homework.corrections:
        corrections, problems = read_corrections(homework.corrections, people, course.zone)
    claims, unowned = join(results, people, deposits, corrections, file_times=homework.file_times)
    possible, counts = _questions(homework, results, f"{course.path}, homework {homework.name}")
    manual, unknown = pd.DataFrame(), list[Problem]()
    if homework.manual:
        written = {w.question: w.maximum for w in homework.written}
        checked = {str(name): float(most) for name, most in results.possible.items()}
        manual, unknown = read_manual(homework.manual, people, written, checked)
    return Sources(results, claims, manual.reindex(columns=possible.index), possible, counts,
                   [*results.problems, *problems, *unowned, *unknown])


def _results(course: Course, homework: Homework) -> Results:
    """Ours by the homework's name; Otter's file names none, so it stands for one homework only."""
    if not is_otter(homework.results):
        return read_results(homework.results, homework.name)
    same = [h.name for h in course.homework if h.results.resolve() == homework.results.resolve()]
    if len(same) > 1:
        raise UserError(f"{course.path}, homework {homework.name}",
                        "a final_grades.csv for each homework",
                        f"{homework.results.name} for {', '.join(same)}", "correct `results`")
    return read_otter(homework.results)


def _questions(
    homework: Homework, results: Results, where: str
) -> tuple[pd.Series[float], pd.Series[bool]]:
    """Points of checked and written questions, and which of them count."""
    written = pd.Series({w.question: w.maximum for w in homework.written}, dtype=float)
    both = [name for name in written.index if name in results.possible.index]
    if both:
        raise UserError(where, "written questions that no check grades", both[0],
                        "remove it from `written`: manual points are added to those of the checks")
    possible = pd.concat([results.possible, written])
    known = [str(name) for name in possible.index]
    for name in homework.dropped_questions:
        if name not in known:
            raise UserError(f"{where}, dropped_questions", f"one of {', '.join(known)}", name,
                            did_you_mean(name, known))
    counts = pd.Series(~possible.index.isin(homework.dropped_questions), index=possible.index)
    if possible[counts].sum() <= 0:
        raise UserError(where, "a question that counts and has points", "none",
                        "drop fewer questions")
    return possible, counts
