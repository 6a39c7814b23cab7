"""Misconceptions: the share of the class whose answers fit each mistake of the bank.

A belief is inferred from the answers of a student's functions (`autograder.diagnosis`), never from
the failed checks. For each student and question the answers are

    right               every check passed
    named, several      they fit one mistake of the bank, or up to three
    group               they agree with others' and with nothing in the bank
    unknown             they fit nothing
    unwritten, raises   a function returns nothing, or only raises errors
    verdicts only       a check failed, and no answers were recorded: no belief is read from it
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from autograder.language import Language
from autograder.model import DiagnosisKind, QuestionDescription
from gradebook.intake.results import GROUP, PASSED
from gradebook.statistics.cohort import Cohort, Mask, wilson
from gradebook.wording import say

RIGHT, VERDICTS_ONLY = "right", "verdicts only"
NAMED, SEVERAL, UNKNOWN, UNWRITTEN, RAISES = (kind.value for kind in DiagnosisKind)
KINDS = [RIGHT, NAMED, SEVERAL, GROUP, UNKNOWN, UNWRITTEN, RAISES, VERDICTS_ONLY]

COLUMNS = ["question", "kind", "mistake", "belief", "students", "holds", "alone", "share",
           "share_low", "share_high"]
"""The columns of mistakes.csv."""


@dataclass(frozen=True)
class Group:
    """Students whose wrong answers agree with each other and with nothing in the bank.

    `call` is the first call that differs from the right answer, `code` what one of them wrote.
    """

    question: str
    label: str
    students: int
    call: dict[str, str]
    code: str


@dataclass(frozen=True)
class Misconceptions:
    """`mistakes`: a row a mistake, by (question, mistake), in the bank's order.

        students    who handed the question in and had it graded
        holds       of these, whose answers fit the mistake; `alone` those that fit no other
        share       holds / students, with Wilson's interval share_low, share_high

    `questions`: a row a question, counts of students by kind. `groups`: the largest first.
    """

    mistakes: pd.DataFrame
    questions: pd.DataFrame
    groups: list[Group] = field(default_factory=list)


def misconceptions(class_: Cohort) -> Misconceptions:
    """Count the kinds of answers; all counts are missing for a class under five."""
    tables, rows, groups = [], [], list[Group]()
    for place, question in enumerate(class_.frames.homework["questions"]):
        counted = ~(class_.missing | class_.ungraded)[:, place]
        found = _found(class_, question, counted)
        tables.append(_mistakes(question, found, int(counted.sum())))
        rows.append({"question": question["name"],
                     **{kind: int((found["kind"] == kind).sum()) for kind in KINDS}})
        groups += _groups(question["name"], found)
    mistakes = pd.concat(tables, ignore_index=True).set_index(["question", "mistake"])
    questions = pd.DataFrame(rows).set_index("question")
    if class_.too_small:
        return Misconceptions(mistakes.astype(float) * np.nan, questions.astype(float) * np.nan)
    groups.sort(key=lambda group: (-group.students, group.question, group.label))
    return Misconceptions(mistakes, questions, groups)


def mistakes_frame(class_: Cohort, found: Misconceptions, language: Language) -> pd.DataFrame:
    """mistakes.csv: per question the mistakes, most held first, then what no mistake explains."""
    parts = []
    for question in class_.frames.homework["questions"]:
        name = question["name"]
        if question["mistakes"]:
            beliefs = {m["name"]: m["belief"][language] for m in question["mistakes"]}
            table = found.mistakes.loc[[name]].reset_index()
            table.insert(1, "kind", say("mistake", language))
            table["belief"] = table["mistake"].map(beliefs)
            parts.append(table.sort_values("holds", ascending=False, kind="stable"))
        parts.append(_unexplained(name, found.questions.T[name], language))
    frame = pd.concat(parts, ignore_index=True).reindex(columns=COLUMNS)
    counts = ["students", "holds", "alone"]
    frame[counts] = frame[counts].astype("Int64")
    return frame.round(4)


def _unexplained(name: str, counts: pd.Series, language: Language) -> pd.DataFrame:
    kinds = [GROUP, UNKNOWN, UNWRITTEN, RAISES, VERDICTS_ONLY]
    number = np.array([float(counts[kind]) for kind in kinds])
    students = float(counts.sum(skipna=False))
    low, high = wilson(number, np.full(len(kinds), students))
    return pd.DataFrame({
        "question": name, "kind": [say(kind, language) for kind in kinds], "mistake": "",
        "belief": "", "students": students, "holds": number,
        "share": number / students if students else np.nan, "share_low": low, "share_high": high,
    })


def _found(class_: Cohort, question: QuestionDescription, counted: Mask) -> pd.DataFrame:
    """The diagnoses of each student who counts: a row a student."""
    frames, name = class_.frames, question["name"]
    numbers = class_.students["submission"][counted].astype("int64")
    known = frames.diagnoses
    mine = known[known.index.get_level_values("question") == name].droplevel("question")
    found = mine.reindex(pd.Index(numbers))
    passed = np.zeros(len(found), dtype=bool)
    if question["checks"]:
        passed = (class_.verdicts_of(name)[counted] == PASSED).all(axis=1)
    found["kind"] = found["kind"].astype(object).where(
        found["kind"].notna(), np.where(passed, RIGHT, VERDICTS_ONLY))
    return found


def _groups(question: str, found: pd.DataFrame) -> list[Group]:
    grouped = found[found["kind"] == GROUP]
    return [
        Group(question, str(label), len(rows), _call(rows["call"].iloc[0]),
              min(rows["answer"].astype(str), key=lambda code: (len(code), code)))
        for label, rows in grouped.groupby("group", sort=True) if len(rows) > 1
    ]


def _call(call: Any) -> dict[str, str]:
    return dict(call) if isinstance(call, dict) else {}


def _mistakes(
    question: QuestionDescription, found: pd.DataFrame, students: int
) -> pd.DataFrame:
    named = found[found["kind"].isin([NAMED, SEVERAL])]
    names = pd.Index([m["name"] for m in question["mistakes"]], name="mistake", dtype="object")
    holds = named["mistakes"].explode().value_counts()
    alone = named.loc[named["kind"] == NAMED, "mistakes"].explode().value_counts()
    table = pd.DataFrame({"question": question["name"], "students": students}, index=names)
    table["holds"] = [int(holds.get(name, 0)) for name in names]
    table["alone"] = [int(alone.get(name, 0)) for name in names]
    table["share"] = table["holds"] / max(students, 1)
    table["share_low"], table["share_high"] = wilson(table["holds"], table["students"])
    return table.reset_index()
