"""What a teacher should hear before the lecture: chosen from the statistics, not yet worded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from autograder.description import QuestionDescription
from gradebook.statistics.cohort import SMALLEST_GROUP, Cohort
from gradebook.statistics.intervals import Array
from gradebook.statistics.misconceptions import Misconceptions
from gradebook.statistics.summary import UNFAIR, Statistics

TOPICS = 3


@dataclass(frozen=True)
class Topic:
    """A misconception to talk about: mistakes of one signature, whose names are `mistakes`.

    `fits` of `students` fail exactly as these mistakes do; `consistent` more fail so and otherwise.
    """

    question: QuestionDescription
    mistakes: list[str]
    fits: int
    students: int
    share: float
    low: float
    high: float
    consistent: int


def topics(class_: Cohort, found: Misconceptions) -> list[Topic]:
    """The three most held misconceptions, each of another question, most held first.

    Of equally held ones that comes first which fewer others look like.
    """
    chosen = []
    for question in class_.frames.homework["questions"]:
        if question["mistakes"]:
            table = found.mistakes.loc[[question["name"]]].droplevel("question")
            leader = table.sort_values("fits", ascending=False, kind="stable").iloc[0]
            if leader["fits"] > 0:
                chosen.append(_topic(question, leader))
    return sorted(chosen, key=lambda topic: (-topic.share, len(topic.mistakes)))[:TOPICS]


def _topic(question: QuestionDescription, row: pd.Series) -> Topic:
    members = [m["name"] for m in question["mistakes"] if m["name"] in (row.name, *row["alike"])]
    return Topic(
        question, members, int(row["fits"]), int(row["students"]), float(row["share"]),
        float(row["share_low"]), float(row["share_high"]), int(row["consistent"]),
    )


def unfair_checks(found: Statistics) -> pd.DataFrame:
    """Hidden and public checks that nobody passed or a third of the best fail, worst first."""
    table = found.checks
    if table.empty:
        return table
    suspicious = (table["nobody"] == "passed") | (table["top_failure_rate"] >= UNFAIR)
    return table[suspicious].sort_values("top_failure_rate", ascending=False, kind="stable")


def negative_questions(found: Statistics) -> pd.DataFrame:
    """Questions on which the better students do worse, worst first."""
    table = found.items.questions
    return table[table["discrimination"] < 0].sort_values("discrimination", kind="stable")


def score_shares(class_: Cohort) -> Array:
    """Each student's score as a share of the maximum, (N,): the policy's total where there is one.

    NaN for students who handed in nothing or whom we failed to grade.
    """
    people = class_.students
    if "total" in people:
        shares = people["total"].astype(float) / people["possible"].astype(float)
    else:
        possible = sum(q["points"] for q in class_.frames.homework["questions"])
        shares = class_.frames.submissions["score"].reindex(people["submission"]) / possible
    counted = class_.handed_in & ~class_.ungraded.any(axis=1)
    return np.where(counted, shares.to_numpy(dtype=float), np.nan)


def sections(class_: Cohort) -> pd.DataFrame:
    """A row a section: students, handed_in, mean share of those; none if there is but one.

    Sections under five are put together with the next smallest ones until they are five.
    """
    if "section" not in class_.students:
        return pd.DataFrame()
    names = class_.students["section"].fillna("").astype(str)
    shares = pd.Series(score_shares(class_))
    handed_in = shares.notna().groupby(names).sum().sort_values(kind="stable")
    small = handed_in < SMALLEST_GROUP
    if small.any():
        small |= handed_in.cumsum().shift(fill_value=0) < SMALLEST_GROUP
    merged = handed_in.index[small]
    names = names.where(~names.isin(merged), " + ".join(sorted(filter(None, merged))))
    groups = shares.groupby(names)
    table = pd.DataFrame(
        {"students": groups.size(), "handed_in": groups.count(), "mean": groups.mean()}
    )
    return table if len(table) > 1 else pd.DataFrame()
