"""The tables of item analysis for people: items.csv and checks.csv.

The numbers come from `items` and `checkrates`; here they get titles, a last row for the whole
homework, and remarks in the reader's language.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gradebook.statistics.checkrates import check_table
from gradebook.statistics.cohort import SMALLEST_GROUP, Cohort
from gradebook.statistics.items import ENOUGH, ItemAnalysis, analyse
from gradebook.texts import Language, say

UNFAIR = 1 / 3
"""Failing so many of the best is a reason to look at the check."""
DIGITS = 4


@dataclass(frozen=True)
class Statistics:
    """What the class did: questions, the whole, and checks (see items and checkrates)."""

    cohort: Cohort
    items: ItemAnalysis
    checks: pd.DataFrame


def statistics(class_: Cohort) -> Statistics:
    """All statistics of a class; NaN throughout when it is under five."""
    items, checks = analyse(class_), check_table(class_)
    if class_.too_small:
        counts = checks.columns.difference(["hidden", "points", "nobody"])
        checks[counts] = checks[counts].astype(float) * np.nan
        items = ItemAnalysis(items.questions.astype(float) * np.nan, items.test * np.nan)
    return Statistics(class_, items, checks)


def items_frame(found: Statistics, language: Language) -> pd.DataFrame:
    """items.csv: the questions in notebook order, then the whole homework as `total`."""
    titles = {q["name"]: q["title"] for q in found.cohort.frames.homework["questions"]}
    table = found.items.questions.copy()
    table.insert(0, "title", [titles[name][language] for name in table.index])
    table["remarks"] = [
        "; ".join(say(code, language) for code in item_remarks(row))
        for _, row in table.iterrows()
    ]
    test = found.items.test.to_dict() | {
        "question": "total", "title": say("whole homework", language),
        "answered": found.items.test["students"],
    }
    whole = pd.DataFrame([test]).drop(columns=["students", "alpha_as_zero"])
    joined = pd.concat([table.reset_index(), whole], ignore_index=True)
    counts = ["answered", "missing", "crashed", "timed_out", "ungraded"]
    joined[counts] = joined[counts].astype("Int64")
    if not found.cohort.frames.has_checks:
        joined[["crashed", "timed_out"]] = pd.NA
    order = [c for c in joined.columns if c != "remarks"] + ["remarks"]
    return joined[order].round(DIGITS)


def checks_frame(found: Statistics, language: Language) -> pd.DataFrame:
    """checks.csv: the checks of each question in their order."""
    messages = check_messages(found, language)
    table = found.checks.copy()
    table["remarks"] = [
        "; ".join(say(code, language) for code in check_remarks(row))
        for _, row in table.iterrows()
    ]
    table["message"] = [messages[key] for key in table.index]
    counts = ["ran", "failed", "crashed", "timed_out", "ungraded"]
    table[counts] = table[counts].astype("Int64")
    return table.drop(columns="nobody").reset_index().round(DIGITS)


def check_messages(found: Statistics, language: Language) -> dict[tuple[str, str], str]:
    """What each (question, check) says to a student who fails it."""
    return {
        (q["name"], c["name"]): c["message"][language]
        for q in found.cohort.frames.homework["questions"] for c in q["checks"]
    }


def item_remarks(row: pd.Series) -> list[str]:
    """What to say about a question, as keys of gradebook.texts."""
    if not row["answered"] >= SMALLEST_GROUP:
        return ["fewer than five"]
    if row["discrimination"] < 0:
        return ["inspect the check first"]
    if pd.notna(row["discrimination"]):
        return []
    return ["fewer than thirty" if row["answered"] < ENOUGH else "no differences"]


def check_remarks(row: pd.Series) -> list[str]:
    """What to say about a check, as keys of gradebook.texts."""
    if not row["ran"] >= SMALLEST_GROUP:
        return ["fewer than five"]
    remarks = [f"nobody {row['nobody']}"] if row["nobody"] else []
    return remarks + (["the best fail"] if row["top_failure_rate"] >= UNFAIR else [])
