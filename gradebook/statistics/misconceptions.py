"""Misconceptions: which share of the class holds which mistake of the bank.

A mistake's signature is the set of checks that it fails, measured when the homework was built. A
student's failures in a question (failed or crashed checks)

    fit              the mistakes whose signature they equal; several may, and then all are named
    are consistent   otherwise, with the largest signatures they contain: these mistakes and more
    nothing passed   all checks failed: most likely no answer, so no belief is read from it
    not in the bank  otherwise

A check that timed out or that we could not run says neither, so with one nothing fits exactly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from autograder.model import QuestionDescription
from gradebook.intake.results import ERROR, FAILED, NOT_RUN, TIMEOUT
from gradebook.statistics.cohort import Cohort, Mask, wilson
from gradebook.wording import Language, say

RIGHT, FITS, CONSISTENT = "right", "fits", "consistent"
NOTHING_PASSED, UNKNOWN = "nothing passed", "not in the bank"

COLUMNS = ["question", "kind", "mistake", "belief", "students", "fits", "alone", "consistent",
           "alike", "share", "share_low", "share_high", "share_split"]
"""The columns of mistakes.csv."""


@dataclass(frozen=True)
class Explanation:
    """What the failures of one student in one question say; `mistakes` are names of the bank."""

    kind: str
    mistakes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Misconceptions:
    """`mistakes`: a row a mistake, by (question, mistake), in the bank's order.

        students    who handed the question in and had it graded
        fits        of these, whose failures fit the mistake; `alone` those that fit no other
        alike       names of the other mistakes with the same signature
        share       fits / students, with Wilson's interval share_low, share_high
        share_split the same with each student divided among the mistakes that fit
        consistent  students whose failures contain those of the mistake

    `questions`: a row a question, counts of students by kind of explanation.
    """

    mistakes: pd.DataFrame
    questions: pd.DataFrame


def explain(
    question: QuestionDescription, failed: Iterable[str], unsure: Iterable[str] = ()
) -> Explanation:
    """Explain the names of the failed checks of a question; `unsure` ones gave no verdict."""
    failures, open_ = frozenset(failed), frozenset(unsure)
    if not failures:
        return Explanation(UNKNOWN if open_ else RIGHT)
    if len(failures) == len(question["checks"]) > 1:
        return Explanation(NOTHING_PASSED)
    signatures = {m["name"]: frozenset(m["fails"]) for m in question["mistakes"] if m["fails"]}
    if not open_:
        fitting = [name for name, signature in signatures.items() if signature == failures]
        if fitting:
            return Explanation(FITS, fitting)
    within = {name: s for name, s in signatures.items() if s <= failures}
    largest = [name for name, s in within.items() if not any(s < t for t in within.values())]
    return Explanation(CONSISTENT, largest) if largest else Explanation(UNKNOWN)


def misconceptions(class_: Cohort) -> Misconceptions:
    """Explain every student's failures; all counts are missing for a class under five."""
    tables, rows = [], []
    for place, question in enumerate(class_.frames.homework["questions"]):
        out = (class_.missing | class_.ungraded)[:, place]
        explained = _patterns(class_, question, ~out)
        tables.append(_mistakes(question, explained, int((~out).sum())))
        rows.append(_kinds(question["name"], explained))
    mistakes = pd.concat(tables, ignore_index=True).set_index(["question", "mistake"])
    questions = pd.DataFrame(rows).set_index("question")
    if class_.too_small:
        counts = mistakes.columns.drop("alike")
        mistakes[counts] = mistakes[counts].astype(float) * np.nan
        questions = questions.astype(float) * np.nan
    return Misconceptions(mistakes, questions)


def mistakes_frame(class_: Cohort, found: Misconceptions, language: Language) -> pd.DataFrame:
    """mistakes.csv: per question the mistakes, most held first, then what no mistake explains."""
    parts = []
    for question in class_.frames.homework["questions"]:
        name = question["name"]
        if question["mistakes"]:
            beliefs = {m["name"]: m["belief"][language] for m in question["mistakes"]}
            table = found.mistakes.loc[[name]].reset_index()
            table.insert(1, "kind", say("mistake", language))
            table["alike"] = table["alike"].map("; ".join)
            table["belief"] = table["mistake"].map(beliefs)
            parts.append(table.sort_values("fits", ascending=False, kind="stable"))
        parts.append(_unexplained(name, found.questions.T[name], language))
    frame = pd.concat(parts, ignore_index=True).reindex(columns=COLUMNS)
    counts = ["students", "fits", "alone", "consistent"]
    frame[counts] = frame[counts].astype("Int64")
    return frame.round(4)


def _unexplained(name: str, counts: pd.Series, language: Language) -> pd.DataFrame:
    kinds = [NOTHING_PASSED, UNKNOWN]
    number = np.array([float(counts[kind]) for kind in kinds])
    students = float(counts.sum(skipna=False))
    low, high = wilson(number, students)
    return pd.DataFrame({
        "question": name, "kind": [say(kind, language) for kind in kinds], "mistake": "",
        "belief": "", "students": students, "fits": number,
        "share": number / students if students else np.nan, "share_low": low, "share_high": high,
    })


def _patterns(
    class_: Cohort, question: QuestionDescription, counted: Mask
) -> list[tuple[Explanation, int]]:
    """Each pattern of verdicts in the question explained, with the students who show it."""
    if not question["checks"]:
        return []
    codes = class_.verdicts_of(question["name"])[counted]
    kinds = np.isin(codes, [FAILED, ERROR]) + 2 * np.isin(codes, [TIMEOUT, NOT_RUN])
    rows = np.ascontiguousarray(kinds, np.uint8).view(f"S{kinds.shape[1]}").ravel()
    _, first, counts = np.unique(rows, return_index=True, return_counts=True)
    names = np.array([check["name"] for check in question["checks"]])
    return [
        (explain(question, names[pattern == 1].tolist(), names[pattern == 2].tolist()), int(count))
        for pattern, count in zip(kinds[first], counts, strict=True)
    ]


def _mistakes(
    question: QuestionDescription, explained: list[tuple[Explanation, int]], students: int
) -> pd.DataFrame:
    names = [m["name"] for m in question["mistakes"]]
    signatures = {m["name"]: frozenset(m["fails"]) for m in question["mistakes"]}
    counts: Counter[tuple[str, str]] = Counter()
    for explanation, count in explained:
        for mistake in explanation.mistakes:
            counts[explanation.kind, mistake] += count
    table = pd.DataFrame(index=pd.Index(names, name="mistake", dtype="object"))
    table["students"] = students
    for kind in (FITS, CONSISTENT):
        table[kind] = [counts[kind, name] for name in names]
    table["alike"] = [
        [other for other in names if other != name and signatures[other] == signatures[name]]
        for name in names
    ]
    table.insert(2, "alone", table["fits"].where(table["alike"].map(len) == 0, 0))
    table["share"] = table["fits"] / max(students, 1)
    table["share_low"], table["share_high"] = wilson(table["fits"], table["students"])
    table["share_split"] = table["share"] / (1 + table["alike"].map(len))
    table.insert(0, "question", question["name"])
    return table.reset_index()


def _kinds(question: str, explained: list[tuple[Explanation, int]]) -> dict[str, object]:
    counts = dict.fromkeys([RIGHT, FITS, CONSISTENT, NOTHING_PASSED, UNKNOWN], 0)
    for explanation, count in explained:
        counts[explanation.kind] += count
    return {"question": question, **counts}
