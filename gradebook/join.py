"""Submissions meet the roster: every submission finds its students or becomes a problem."""

from __future__ import annotations

import pandas as pd

from gradebook.intake import Results
from gradebook.owners import Owner, People, one_account_each, owner_of, suggestions
from gradebook.problems import Problem

CLAIMS = ["submission", "student", "submitted_at", "attempt", "late_mark", "account", "file"]
OWNERS_FILE = "corrections"


def join(results: Results, people: People) -> tuple[pd.DataFrame, list[Problem]]:
    """One row for each student of each submission, with the columns CLAIMS, and the problems.

    `student` is the number in the roster, `submission` the number in the results file;
    `submitted_at` is UTC, NaT where nobody knows; a group's submission has a row for each of its
    students.
    """
    problems: list[Problem] = []
    owners = [owner_of(file, people) for file in results.submissions["file"]]
    claims = _claims(results, owners)
    alone = one_account_each(claims)
    for claim in claims[~alone].itertuples():
        problems.append(_unowned(results, claim.file, "claimed by two users of the platform", []))
    for file, owner in zip(results.submissions["file"], owners, strict=True):
        if not owner.students:
            problems.append(_unowned(results, file, owner.doubt, suggestions(file, people)))
    return claims[alone].reset_index(drop=True), problems


def _claims(results: Results, owners: list[Owner]) -> pd.DataFrame:
    frame = results.submissions[["file", "submitted_at"]].reset_index()
    frame["student"] = [list(owner.students) for owner in owners]
    frame["attempt"] = [owner.attempt for owner in owners]
    frame["late_mark"] = [owner.late for owner in owners]
    frame["account"] = [owner.account for owner in owners]
    frame = frame.explode("student").dropna(subset="student")
    return frame.astype({"student": "int64"})[CLAIMS]


def _unowned(results: Results, file: str, doubt: str, near: list[str]) -> Problem:
    found = f"{file} ({doubt})" if doubt else str(file)
    remedy = f"did you mean {' or '.join(near[:3])}? " if near else ""
    return Problem(str(results.path), 0, "submission without a student",
                   "the id of one student of the roster in the name", found,
                   f"{remedy}say whose it is in the file named by `{OWNERS_FILE}`")
