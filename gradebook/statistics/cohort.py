"""A class for its statistics: the students who count, the outcomes of their answers, intervals.

Without a frame of students every submission is a student. With one, its columns are

    submission   number in the results file of the submission that counts, <NA> without one
    status       optional: "", graded, late and missing count; any other word (open, excused,
                 exempt, deferred ...) leaves the student out
    section      optional: the group that the student belongs to
    total        optional: points after policy, with `possible`, their maximum

Students of one group submission share its number; statistics are of `once`, where it is one row.
An `Outcome` uses the points that count, with those that people gave, so that the report and the
review agree with the gradebook.

All intervals are at 95 %. The bootstrap works on weights: a resample of N students is the number of
times each was drawn, so that a statistic of sums is one matrix product for many resamples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd

from autograder.errors import UserError
from autograder.language import _
from autograder.model import NOTHING_TO_GRADE, DiagnosisKind, SubmissionStatus
from gradebook.intake.results import (
    ERROR,
    FAILED,
    NONE,
    NOT_RUN,
    PASSED,
    POINTS_EPS,
    TIMEOUT,
    Frames,
    read_cell_errors,
    written_but_gone,
)
from gradebook.policy.grades import HomeworkGrades, Status

Array = npt.NDArray[np.float64]

SMALLEST_GROUP = 5
"""Smallest group with statistics."""

NOBODY = -1
"""The number of the submission of a student without one."""

COUNTING = ("", "graded", "late", "missing")

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Cohort:
    """A class of N students; every frame has N rows in one order, every mask (N, questions).

    `scores` is as graded, NaN where there is nothing to grade. A cell is true in at most one mask:
    `missing` no work, `ungraded` a failure of the grader, `crashed` and `timed_out` no check of the
    question had a verdict.
    """

    frames: Frames
    students: pd.DataFrame
    left_out: dict[str, int]
    scores: pd.DataFrame
    verdicts: pd.DataFrame
    handed_in: Mask
    missing: Mask
    ungraded: Mask
    crashed: Mask
    timed_out: Mask

    @property
    def too_small(self) -> bool:
        return len(self.students) < SMALLEST_GROUP

    def once(self) -> Cohort:
        """The same class with one row for each submission, instead of one for each group member:
        what a group handed in says the same thing once, and is resampled once."""
        numbers = self.students["submission"]
        rows = np.flatnonzero(~numbers.duplicated() | numbers.eq(NOBODY))
        tables = {name: getattr(self, name).iloc[rows].reset_index(drop=True)
                  for name in ("students", "scores", "verdicts")}
        masks = {name: getattr(self, name)[rows]
                 for name in ("handed_in", "missing", "ungraded", "crashed", "timed_out")}
        return replace(self, **tables, **masks)

    def verdicts_of(self, question: str) -> npt.NDArray[np.uint8]:
        """The verdicts of one question, (N, checks)."""
        return np.asarray(self.verdicts[question], dtype=np.uint8)


def cohort(frames: Frames, students: pd.DataFrame | None = None) -> Cohort:
    """The class of `students`, or of all submissions.

    Raises UserError when a student's submission is not among the results.
    """
    people = _students(frames, students)
    counts = people["status"].isin(COUNTING)
    left_out = people["status"][~counts].value_counts().sort_index()
    people = people[counts].reset_index(drop=True)
    numbers = people["submission"]
    status = frames.submissions["status"].reindex(numbers).to_numpy(dtype=object)
    handed_in = (numbers != NOBODY).to_numpy() & ~np.isin(status.astype(str), NOTHING_TO_GRADE)
    scores = frames.scores.reindex(numbers).reset_index(drop=True)
    verdicts = frames.verdicts.reindex(numbers, fill_value=NONE).reset_index(drop=True)
    masks = _masks(scores, verdicts, handed_in, status == SubmissionStatus.NOT_RUN.value)
    return Cohort(
        frames, people, {str(word): int(n) for word, n in left_out.items()},
        scores, verdicts, handed_in, **masks,
    )


def _students(frames: Frames, students: pd.DataFrame | None) -> pd.DataFrame:
    if students is None:
        return pd.DataFrame({"submission": frames.submissions.index, "status": ""})
    people = students.reset_index(drop=True).copy()
    people["submission"] = people["submission"].astype("Int64").fillna(NOBODY).astype("int64")
    people["status"] = people["status"].fillna("") if "status" in people else ""
    unknown = set(people["submission"]) - {NOBODY, *frames.submissions.index}
    if unknown:
        raise UserError(
            _("the students' submissions"), _("numbers of submissions that were read"),
            ", ".join(str(number) for number in sorted(unknown)[:3]),
            _("read the frames of the run that holds them"),
        )
    return people


def _masks(
    scores: pd.DataFrame, verdicts: pd.DataFrame, handed_in: Mask, not_graded: Mask
) -> dict[str, Mask]:
    """The masks of the cells; each cell is true in at most one, the first that applies."""
    shape = scores.shape
    missing = scores.isna().to_numpy() | ~handed_in[:, None]
    ungraded, crashed, timed_out = (np.zeros(shape, dtype=bool) for _ in range(3))
    for place, question in enumerate(scores.columns):
        if question not in verdicts.columns.get_level_values(0):
            continue
        codes = verdicts[question].to_numpy()
        judged = np.isin(codes, [PASSED, FAILED]).any(axis=1)
        late = (codes == TIMEOUT).any(axis=1)
        ungraded[:, place] = (codes == NOT_RUN).any(axis=1)
        timed_out[:, place] = late & ~judged
        crashed[:, place] = (codes == ERROR).any(axis=1) & ~judged & ~late
    ungraded = (ungraded | not_graded[:, None]) & handed_in[:, None]
    missing &= ~ungraded
    timed_out &= ~ungraded & ~missing
    crashed &= ~ungraded & ~missing
    return {
        "missing": missing, "ungraded": ungraded, "crashed": crashed, "timed_out": timed_out
    }


class Outcome(StrEnum):
    """The outcome of one student's answer to one question."""

    FULL = "full"
    PARTLY = "partly"
    FAILED = "failed"
    CRASHED = "crashed"
    """No points, and every check that did not pass ended in an error or ran out of time."""
    UNWRITTEN = "unwritten"
    """No points, a function is missing or returns nothing, and no syntax error has been found."""
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
         _unwritten(grades, frames, numbers, names), _crashed(frames, numbers, names)],
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


def _unwritten(
    grades: HomeworkGrades, frames: Frames, numbers: pd.Series[int], names: pd.Index[str]
) -> Mask:
    kinds = frames.diagnoses["kind"].unstack("question")
    if frames.has_checks:
        gone = written_but_gone(grades.results.path, frames)
        for number, errors in read_cell_errors(grades.results.path, frames).items():
            gone |= {(number, error.question) for error in errors if error.syntax}
        for number, question in gone:
            if question in kinds.columns and number in kinds.index:
                kinds.loc[number, question] = None
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


Z = 1.959963984540054
"""The 97.5 % point of the normal distribution."""

SEED = 20
DRAWS_AT_MOST, DRAWS_AT_LEAST = 2000, 400
BUDGET = 20_000_000
"""Student draws in all: a large class needs fewer resamples, and the time stays a second or two."""
CHUNK = 1_000_000
"""Student draws held in memory at a time."""


def z_of(comparisons: int) -> float:
    """The normal quantile of 95 % intervals that hold for all comparisons at once (Bonferroni)."""
    return NormalDist().inv_cdf(1 - 0.025 / max(comparisons, 1))


def wilson(
    successes: npt.ArrayLike, trials: npt.ArrayLike, z: float = Z
) -> tuple[Array, Array]:
    """Wilson's score interval for a share (Wilson 1927); NaN where there are no trials.

    Both arguments may be arrays of one shape, and fractions where students at a tie were split.
    """
    k, n = np.asarray(successes, dtype=float), np.asarray(trials, dtype=float)
    n = np.where(n > 0, n, np.nan)
    centre = (k + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * np.sqrt(np.maximum(k * (n - k) / n, 0) + z**2 / 4)
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)


def bootstrap(statistic: Callable[[Array], Array], students: int) -> tuple[Array, Array]:
    """Percentile intervals (Efron 1979) of `statistic`, which maps weights (B, N) to values (B, m).

    The same students in the same order give the same interval. NaN where no resample has a value.
    """
    return percentiles(resampled(statistic, students))


def resampled(statistic: Callable[[Array], Array], students: int) -> Array:
    """The values (B, m) of `statistic` for B resamples of the students."""
    generator = np.random.default_rng(SEED)
    draws = int(np.clip(BUDGET // students, DRAWS_AT_LEAST, DRAWS_AT_MOST))
    size = max(1, CHUNK // students)
    values = [
        statistic(_weights(generator, min(size, draws - start), students))
        for start in range(0, draws, size)
    ]
    return np.concatenate(values)


def _weights(generator: np.random.Generator, draws: int, students: int) -> Array:
    """How often each of N students was drawn in each of B resamples, (B, N)."""
    drawn = generator.integers(0, students, size=(draws, students))
    drawn += np.arange(draws)[:, None] * students
    counts = np.bincount(drawn.reshape(-1), minlength=draws * students)
    return counts.reshape(draws, students).astype(float)


def percentiles(values: Array, comparisons: int = 1) -> tuple[Array, Array]:
    """The 2.5 % and 97.5 % points of each column, leaving out NaN; for intervals that hold for all
    `comparisons` at once, points that much further out (Bonferroni)."""
    empty = np.isnan(values).all(axis=0)
    tail = 0.025 / max(comparisons, 1)
    low, high = np.nanquantile(np.where(empty, 0.0, values), [tail, 1 - tail], axis=0)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)
