"""The tables of item analysis for people: items.csv, a row a question, and checks.csv, a row a check.

`items` and `cheques` come from gradebook.items and gradebook.checkrates; here they get titles, a
last row for the whole homework, and remarks in the reader's language.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gradebook.checkrates import check_table
from gradebook.cohort import SMALLEST_GROUP, Cohort, cohort
from gradebook.frames import read_frames
from gradebook.items import ENOUGH, ItemAnalysis, analyse
from gradebook.tables import write_table
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
    return Statistics(class_, analyse(class_), check_table(class_))


def write_statistics(
    results: Path, out: Path, language: Language, students: pd.DataFrame | None = None
) -> list[Path]:
    """Write items.csv and checks.csv of the latest run into the folder `out`; returns the two.

    `students` as in gradebook.cohort.
    """
    found = statistics(cohort(read_frames(results), students))
    out.mkdir(parents=True, exist_ok=True)
    return [
        write_table(out / "items.csv", items_frame(found, language)),
        write_table(out / "checks.csv", checks_frame(found, language)),
    ]


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
    order = [c for c in joined.columns if c != "remarks"] + ["remarks"]
    return joined[order].round(DIGITS)


def checks_frame(found: Statistics, language: Language) -> pd.DataFrame:
    """checks.csv: the checks of each question in their order."""
    messages = {
        (q["name"], c["name"]): c["message"][language]
        for q in found.cohort.frames.homework["questions"] for c in q["checks"]
    }
    table = found.checks.copy()
    table["remarks"] = [
        "; ".join(say(code, language) for code in check_remarks(row))
        for _, row in table.iterrows()
    ]
    table["message"] = [messages[key] for key in table.index]
    return table.drop(columns="nobody").reset_index().round(DIGITS)


def item_remarks(row: pd.Series) -> list[str]:
    """What to say about a question, as keys of gradebook.texts."""
    if row["answered"] < SMALLEST_GROUP:
        return ["fewer than five"]
    if row["discrimination"] < 0:
        return ["inspect the check first"]
    if pd.notna(row["discrimination"]):
        return []
    return ["fewer than thirty" if row["answered"] < ENOUGH else "no differences"]


def check_remarks(row: pd.Series) -> list[str]:
    """What to say about a check, as keys of gradebook.texts."""
    if row["ran"] < SMALLEST_GROUP:
        return ["fewer than five"]
    remarks = [f"nobody {row['nobody']}"] if row["nobody"] else []
    return remarks + (["the best fail"] if row["top_failure_rate"] >= UNFAIR else [])
