"""The outcome of each student's answer to each question, for the review and the report.

Outcomes use the points that count, with those that people gave, so that pages agree with the
gradebook.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import pandas as pd

from autograder.model import DiagnosisKind
from gradebook.intake.results import ERROR, FAILED, NOT_RUN, POINTS_EPS, TIMEOUT, Frames
from gradebook.policy.grades import HomeworkGrades, Status
from gradebook.statistics.cohort import Mask


class Outcome(StrEnum):
    """The outcome of one student's answer to one question."""

    FULL = "full"
    PARTLY = "partly"
    FAILED = "failed"
    CRASHED = "crashed"
    """No points, and every check that did not pass ended in an error or ran out of time."""
    UNWRITTEN = "unwritten"
    """No points, and a function is missing or returns nothing."""
    MISSING = "missing"
    """Nothing was handed in."""
    EXCUSED = "excused"
    NOT_RUN = "not_run"
    """A failure of the grader: not counted as zero."""
    OPEN = "open"
    """A person has to decide something first."""


BAR = {
    "full": [Outcome.FULL], "partly": [Outcome.PARTLY],
    "failed": [Outcome.FAILED, Outcome.CRASHED],
    "unanswered": [Outcome.UNWRITTEN, Outcome.MISSING],
    "apart": [Outcome.NOT_RUN, Outcome.OPEN],
}
"""The parts of a question's bar; whoever is excused is in none."""


def outcomes(grades: HomeworkGrades, frames: Frames) -> pd.DataFrame:
    """An Outcome for every student (rows) and question (columns); `frames` are of what counts."""
    points, names = grades.points, grades.points.columns
    earned, possible = points.to_numpy(dtype=float), grades.possible[names].to_numpy(dtype=float)
    numbers = grades.counted.fillna(-1).astype("int64")
    no_points = earned <= POINTS_EPS
    found = np.select(
        [earned >= possible - POINTS_EPS, ~no_points,
         _unwritten(frames, numbers, names), _crashed(frames, numbers, names)],
        [Outcome.FULL, Outcome.PARTLY, Outcome.UNWRITTEN, Outcome.CRASHED],
        Outcome.FAILED).astype(object)
    status = grades.status.to_numpy()[:, None]
    blank = np.select(
        [status == Status.EXCUSED, status != Status.OPEN, _not_run(grades, numbers, names)],
        [Outcome.EXCUSED, Outcome.MISSING, Outcome.NOT_RUN], Outcome.OPEN).astype(object)
    table = np.where(np.isnan(earned), blank, found)
    return pd.DataFrame(table, index=points.index, columns=names)


def bars(found: pd.DataFrame) -> pd.DataFrame:
    """How many students are in each part of a question's bar: a row a question."""
    return pd.DataFrame({part: found.isin(list(words)).sum() for part, words in BAR.items()})


def _unwritten(frames: Frames, numbers: pd.Series[int], names: pd.Index[str]) -> Mask:
    kinds = frames.diagnoses["kind"].unstack("question")
    table = kinds.reindex(index=numbers, columns=names).to_numpy(dtype=object)
    return np.asarray(table == DiagnosisKind.UNWRITTEN.value, dtype=bool)


def _crashed(frames: Frames, numbers: pd.Series[int], names: pd.Index[str]) -> Mask:
    found = np.zeros((len(numbers), len(names)), dtype=bool)
    verdicts = frames.verdicts.reindex(numbers, fill_value=0)
    for place, question in enumerate(names):
        if question in verdicts.columns.get_level_values(0):
            codes = verdicts[question].to_numpy()
            found[:, place] = (np.isin(codes, [ERROR, TIMEOUT]).any(axis=1)
                               & ~np.isin(codes, [FAILED, NOT_RUN]).any(axis=1))
    return found


def _not_run(grades: HomeworkGrades, numbers: pd.Series[int], names: pd.Index[str]) -> Mask:
    flags = grades.results.not_run.reindex(index=numbers, columns=names, fill_value=False)
    return flags.to_numpy(dtype=bool)
