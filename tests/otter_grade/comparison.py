"""Compares scores question by question."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.parity import OTTER_BREAKS

POSSIBLE = "points-per-question"
OTHERS = ("file", "total_points_earned", "percent_correct", "grading_status")
Grades = Mapping[str, Mapping[str, str]]
"""The rows of a final_grades.csv, by file."""


def read_grades(path: Path) -> dict[str, dict[str, str]]:
    """The rows of a final_grades.csv, by file."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def compare(ours: Grades, theirs: Mapping[str, Grades]) -> list[str]:
    """Print a row for each submission; what differs that should not, in words.

    On a submission that breaks Otter there is nothing to compare with it: then its status is shown.
    """
    problems = []
    table = Table("submission", "homework grade", *theirs)
    for file, row in ours.items():
        cells = []
        for name, grades in theirs.items():
            breaks = name == "otter" and row["grading_status"] in OTTER_BREAKS
            differing = differences(row, grades.get(file, {}))
            cells.append(_cell(grades.get(file, {}), differing, breaks))
            if differing and not breaks:
                problems.append(f"{file}: {name} differs in {', '.join(differing)}")
        table.add_row(file, f"{row['total_points_earned']} {row['grading_status']}", *cells)
    Console(width=110).print(table)
    return problems


def differences(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """The questions whose scores differ, or are missing on one side.

    Where there is nothing to grade our cell is empty, and Otter's holds 0.
    """
    questions = dict.fromkeys([*ours, *theirs])
    return [
        f"{question} ({ours.get(question, 'none')}, there {theirs.get(question, 'none')})"
        for question in questions if question not in OTHERS
        and (question not in ours or question not in theirs
             or abs(float(ours[question] or 0) - float(theirs[question] or 0)) > 1e-9)
    ]


def _cell(theirs: Mapping[str, str], differing: list[str], breaks: bool) -> str:
    if breaks and differing:
        return f"breaks: {' '.join(theirs.get('grading_status', 'no row').split())[:60]}"
    return "\n".join(differing) or "the same"
