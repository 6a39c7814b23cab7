"""Check rates: who fails each check, and whether the check is to blame.

A check fails a student whose answer lacks the property, whose code crashed in it or ran out of
time; the last two are counted beside it too.

    failure_rate       of all students on whom the check ran
    top_failure_rate   among the top 27 % by T: high means that the check may be unfair
    trap_rate          among those who passed the question's public checks: what hides there
    nobody             "failed" or "passed", where that is so

A rate is NaN where fewer than five students stand behind it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from gradebook.intake.frames import ERROR, FAILED, NOT_RUN, PASSED, TIMEOUT
from gradebook.statistics.cohort import SMALLEST_GROUP, Cohort
from gradebook.statistics.intervals import Array, wilson
from gradebook.statistics.items import tails, tie_levels

Codes = npt.NDArray[np.uint8]


def check_table(cohort: Cohort) -> pd.DataFrame:
    """A row a check, by (question, check), in notebook order; counts in students."""
    upper = top_group(cohort)
    parts = [
        _question(cohort, question["name"], upper)
        for question in cohort.frames.homework["questions"] if question["checks"]
    ]
    return pd.concat(parts) if parts else pd.DataFrame()


def top_group(cohort: Cohort) -> Array:
    """How far each student (N,) belongs to the upper 27 % by T, between 0 and 1.

    Students at the border who tie belong to it in part; those without a T do not.
    """
    total = cohort.scores.to_numpy().sum(axis=1)
    total[(cohort.missing | cohort.ungraded).any(axis=1)] = np.nan
    order = np.argsort(total, kind="stable")[: np.count_nonzero(~np.isnan(total))]
    share = np.zeros(len(total))
    if len(order):
        share[order] = tails(np.ones((1, len(order))), tie_levels(total[order]))[1][0]
    return share


def _question(cohort: Cohort, question: str, upper: Array) -> pd.DataFrame:
    checks = cohort.frames.checks(question)
    codes = np.where(cohort.handed_in[:, None], cohort.verdicts_of(question), 0).astype(np.uint8)
    ran = np.isin(codes, [PASSED, FAILED, ERROR, TIMEOUT])
    failed = ran & (codes != PASSED)
    public = np.array([not check["hidden"] for check in checks])
    passed_public = (codes[:, public] == PASSED).all(axis=1) & public.any()
    table = pd.DataFrame({
        "question": question, "check": [check["name"] for check in checks], "hidden": ~public,
        "points": [float(check["points"]) for check in checks],
        "ran": ran.sum(axis=0), "failed": failed.sum(axis=0),
    })
    for column, code in (("crashed", ERROR), ("timed_out", TIMEOUT), ("ungraded", NOT_RUN)):
        table[column] = (codes == code).sum(axis=0)
    for column, group in (("failure", np.ones(len(codes))), ("top_failure", upper),
                          ("trap", passed_public.astype(float))):
        _add_rate(table, column, group @ failed, group @ ran)
    traps = table.filter(like="trap_")
    table[traps.columns] = traps.mask(pd.Series(public), np.nan)
    few = table["ran"] < SMALLEST_GROUP
    table["nobody"] = np.select(
        [few, table["failed"] == 0, table["failed"] == table["ran"]], ["", "failed", "passed"], ""
    )
    return table.set_index(["question", "check"])


def _add_rate(table: pd.DataFrame, name: str, failed: Array, students: Array) -> None:
    """Students behind the rate, the rate and Wilson's interval; NaN where they are too few."""
    students = np.where(students >= SMALLEST_GROUP - 1e-9, students, np.nan)
    table[f"{name}_students"] = students
    table[f"{name}_rate"] = failed / students
    table[f"{name}_rate_low"], table[f"{name}_rate_high"] = wilson(failed, students)
