"""The analysis of a class: results read once, then three tables and the report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gradebook.book import Book
from gradebook.intake.frames import Frames
from gradebook.policy.grades import HomeworkGrades
from gradebook.reports.report import report
from gradebook.statistics.cohort import cohort
from gradebook.statistics.misconceptions import Misconceptions, misconceptions, mistakes_frame
from gradebook.statistics.summary import Statistics, checks_frame, items_frame, statistics
from gradebook.tables import write_table
from gradebook.texts import Language


@dataclass(frozen=True)
class Analysis:
    """Everything that is said about a class, in numbers."""

    statistics: Statistics
    misconceptions: Misconceptions


def students_of(book: Book, grades: HomeworkGrades) -> pd.DataFrame:
    """The students of a homework of the gradebook, as `analyse` takes them; no names, no ids."""
    roster = book.roster
    standing = roster.students["standing"].astype(str)
    students = pd.DataFrame({
        "submission": grades.counted, "status": grades.status.astype(str).where(
            standing == "", standing),
        "total": grades.score, "possible": grades.maximum,
    })
    return students.assign(section=roster.students["section"]) if roster.has_section else students


def analyse(frames: Frames, students: pd.DataFrame | None = None) -> Analysis:
    """Analyse results; `students`, one row each, as in `cohort`; without them every submission is
    a student. Raises UserError when a student's submission is not among them."""
    found = statistics(cohort(frames, students))
    return Analysis(found, misconceptions(found.cohort))


def write_tables(analysis: Analysis, out: Path, language: Language) -> list[Path]:
    """Write items.csv, checks.csv and mistakes.csv into the folder `out`; returns the three.

    Of results without checks there is items.csv only, and none of an earlier gradebook is left.
    """
    out.mkdir(parents=True, exist_ok=True)
    found = analysis.statistics
    items = write_table(out / "items.csv", items_frame(found, language))
    if not found.cohort.frames.has_checks:
        for name in ("checks.csv", "mistakes.csv"):
            (out / name).unlink(missing_ok=True)
        return [items]
    return [
        items,
        write_table(out / "checks.csv", checks_frame(found, language)),
        write_table(out / "mistakes.csv",
                    mistakes_frame(found.cohort, analysis.misconceptions, language)),
    ]


def write_report(analysis: Analysis, path: Path, language: Language, problems: int = 0) -> Path:
    """Write the report to the file `path`; returns it. `problems`: rows of problems.csv."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        report(analysis.statistics, analysis.misconceptions, language, problems), encoding="utf-8"
    )
    return path
