"""Grades that a person should look at: too late to count, or nobody knows when, or no grade yet."""

from __future__ import annotations

import pandas as pd

from gradebook.course import Homework
from gradebook.intake.results_files import Results
from gradebook.intake.roster import Roster, Standing
from gradebook.problems import Problem


def closed_out(claims: pd.DataFrame, results: Results) -> list[Problem]:
    """Submissions after the closing time of their student."""
    return [Problem(str(results.path), 0, "submission after closing time",
                    "a submission before `closes`", file,
                    "extend the student's deadline if it shall count")
            for file in claims["file"].drop_duplicates().tolist()]


def without_time(homework: Homework, counted: pd.DataFrame, results: Results) -> list[Problem]:
    """Submissions that count, of which nobody knows when they were made; late ones by name."""
    if homework.due is None:
        return []
    unknown = counted[counted["submitted_at"].isna()].drop_duplicates("submission")
    late = unknown["late_mark"].eq(True)
    remedy = "give `submitted_at` in the file that `corrections` names"
    problems = [Problem(str(results.path), 0, "late by an unknown time", "the time of submission",
                        f"{file}, which the platform marks late",
                        f"{remedy}; until then no penalty")
                for file in unknown.loc[late, "file"].tolist()]
    if not late.all():
        problems.append(Problem(
            str(results.path), 0, "submissions without a time", "the time of submission",
            f"{(~late).sum()} of {homework.name} without one, counted as in time", remedy))
    return problems


def without_grade(roster: Roster, name: str, status: pd.Series[str]) -> list[Problem]:
    """Students who handed nothing in to the homework `name`, and those whose grade is open."""
    students = roster.students.assign(status=status)
    regular = students["standing"] == Standing.REGULAR
    columns = ["row", "id", "name", "status"]
    found = []
    for row, id_, person, word in students.loc[regular, columns].itertuples(index=False):
        if word == "missing":
            found.append(Problem(str(roster.path), row, "student without a submission",
                                 f"a submission of {name}", f"{id_} {person}",
                                 "look among the submissions without a student"))
        elif word == "not graded":
            found.append(Problem(str(roster.path), row, "not graded in full",
                                 f"points for every question of {name}",
                                 f"{id_} {person}: some are still open",
                                 "grade again what was not run, or give the points by hand"))
    return found
