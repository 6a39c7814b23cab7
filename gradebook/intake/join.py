"""Submissions meet the roster: every submission finds its students or becomes a problem."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import pandas as pd

from gradebook.intake.corrections import Corrections
from gradebook.intake.metadata import Deposit
from gradebook.intake.owners import Owner, People, owner_of, words_of
from gradebook.intake.results_files import Results
from gradebook.problems import Problem

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
