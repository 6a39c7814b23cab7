"""Everything one homework is graded from: the files, read and matched with the roster."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from autograder.errors import UserError
from gradebook.course import Course, Homework
from gradebook.course_errors import did_you_mean
from gradebook.intake.corrections import Corrections, read_corrections
from gradebook.intake.join import join
from gradebook.intake.manual import read_manual
from gradebook.intake.metadata import read_deposits
from gradebook.intake.otter_files import is_otter, read_otter
from gradebook.intake.owners import People
from gradebook.intake.results_files import Results, read_results
from gradebook.problems import Problem


@dataclass
class Sources:
    """`claims`: the attempts that have a student (join.CLAIMS). `manual`: points by student number
    and question, NaN where nobody gave any. `possible`, `counts`: by question, checked and written
    ones, its points and whether it counts.
    """

    results: Results
    claims: pd.DataFrame
    manual: pd.DataFrame
    possible: pd.Series[float]
    counts: pd.Series[bool]
    problems: list[Problem]


def read_sources(course: Course, homework: Homework, people: People) -> Sources:
    """Read what `homework` names; raises UserError for what a person must put right first."""
    results = _results(course, homework)
    deposits = read_deposits(homework.submissions) if homework.submissions else {}
    corrections, problems = Corrections(), list[Problem]()
    if homework.corrections:
        corrections, problems = read_corrections(homework.corrections, people, course.zone)
    claims, unowned = join(results, people, deposits, corrections, file_times=homework.file_times)
    possible, counts = _questions(homework, results, f"{course.path}, homework {homework.name}")
    manual, unknown = pd.DataFrame(), list[Problem]()
    if homework.manual:
        written = {w.question: w.maximum for w in homework.written}
        checked = {str(name): float(most) for name, most in results.possible.items()}
        manual, unknown = read_manual(homework.manual, people, written, checked)
    return Sources(results, claims, manual.reindex(columns=possible.index), possible, counts,
                   [*results.problems, *problems, *unowned, *unknown])


def _results(course: Course, homework: Homework) -> Results:
    """Ours by the homework's name; Otter's file names none, so it stands for one homework only."""
    if not is_otter(homework.results):
        return read_results(homework.results, homework.name)
    same = [h.name for h in course.homework if h.results.resolve() == homework.results.resolve()]
    if len(same) > 1:
        raise UserError(f"{course.path}, homework {homework.name}",
                        "a final_grades.csv for each homework",
                        f"{homework.results.name} for {', '.join(same)}", "correct `results`")
    return read_otter(homework.results)


def _questions(
    homework: Homework, results: Results, where: str
) -> tuple[pd.Series[float], pd.Series[bool]]:
    """Points of checked and written questions, and which of them count."""
    written = pd.Series({w.question: w.maximum for w in homework.written}, dtype=float)
    both = [name for name in written.index if name in results.possible.index]
    if both:
        raise UserError(where, "written questions that no check grades", both[0],
                        "remove it from `written`: manual points are added to those of the checks")
    possible = pd.concat([results.possible, written])
    known = [str(name) for name in possible.index]
    for name in homework.dropped_questions:
        if name not in known:
            raise UserError(f"{where}, dropped_questions", f"one of {', '.join(known)}", name,
                            did_you_mean(name, known))
    counts = pd.Series(~possible.index.isin(homework.dropped_questions), index=possible.index)
    if possible[counts].sum() <= 0:
        raise UserError(where, "a question that counts and has points", "none",
                        "drop fewer questions")
    return possible, counts
