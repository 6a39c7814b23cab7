"""A final_grades.csv as Otter itself merges and writes it, from made-up results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from otter.grade.utils import merge_scores_to_df
from otter.test_files import GradingResults

from tests.gradebook_samples import QUESTIONS, student_id


@dataclass
class Answer:
    """What Otter keeps of one question."""

    name: str
    score: object
    possible: float = 5.0

    def to_dict(self) -> dict[str, object]:
        return {"name": self.name, "score": self.score, "possible": self.possible}


def graded(
    file: str, points: Sequence[object] = (5.0, 5.0, 5.0), questions: Sequence[str] = QUESTIONS,
    *, possible: float = 5.0,
) -> GradingResults:
    """A submission that Otter has finished."""
    results = GradingResults([
        Answer(name, score, possible) for name, score in zip(questions, points, strict=True)])
    results.file = file
    return results


def failed(file: str, text: str) -> GradingResults:
    """A submission that ended in an error, whose text Otter puts into the status."""
    results = GradingResults.without_results(Exception(text))
    results.file = file
    return results


def table(*results: GradingResults) -> pd.DataFrame:
    return merge_scores_to_df(list(results))


def otter_csv(path: Path, *results: GradingResults) -> Path:
    """The file at `path`, written as `otter grade` does."""
    table(*results).to_csv(path, index=False)
    return path


def otter_class(path: Path, students: int = 12) -> Path:
    """Student n submits `<id>.ipynb`; every third loses 2 of q02, every fifth 2.5 of q10."""
    return otter_csv(path, *(
        graded(f"{student_id(n)}.ipynb", (5.0, 3.0 if n % 3 == 0 else 5.0,
                                          2.5 if n % 5 == 0 else 5.0))
        for n in range(1, students + 1)))
