"""Small made-up classes for the tests of the statistics, without a results file.

An answer is a string of letters, one a check: p passed, f failed, e error, t timeout, n not run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from autograder.model import HomeworkDescription, QuestionDescription, SubmissionStatus
from gradebook.intake.results import PASSED, Frames, no_diagnoses
from gradebook.statistics.cohort import Cohort, cohort


def described(
    name: str, checks: int, mistakes: Sequence[str] = ()
) -> QuestionDescription:
    """A question of `checks` checks c0 (public), c1 ..., and of these mistakes."""
    return {
        "name": name, "title": {"zh": f"题 {name}", "en": f"Title of {name}"},
        "points": float(checks),
        "checks": [
            {"name": f"c{i}", "points": 1.0, "hidden": i > 0,
             "message": {"zh": f"第 {i} 项不对。", "en": f"Property {i} is missing."}}
            for i in range(checks)
        ],
        "mistakes": [
            {"name": mistake, "belief": {"zh": f"以为 {mistake}", "en": f"Believed {mistake}"}}
            for mistake in mistakes
        ],
        "notes": {"zh": f"{name} 的讲解。", "en": f"Notes on {name}."},
        "proof": f"assert proof_of_{name}",
    }


def homework(questions: Sequence[QuestionDescription]) -> HomeworkDescription:
    return {"name": "hw3", "title": {"zh": "第三次作业", "en": "Homework 3"},
            "questions": list(questions)}


def frames_of(
    answers: Mapping[str, Sequence[str]],
    mistakes: Mapping[str, Sequence[str]] | None = None,
    shows: Mapping[str, Mapping[str, tuple[Any, ...]]] | None = None,
    **columns: Any,
) -> Frames:
    """Frames of submissions 1, 2 ...: a question maps to the answers of them all.

    `shows` maps a question and an answer to its diagnosis: kind, mistakes and maybe a group.
    `columns` replaces columns of the frame of submissions, such as status or isolation.
    """
    questions = [
        described(name, len(given[0]), (mistakes or {}).get(name, ()))
        for name, given in answers.items()
    ]
    numbers = pd.RangeIndex(1, len(next(iter(answers.values()))) + 1, name="submission")
    verdicts = pd.DataFrame(
        {(q["name"], c["name"]): [ord(answer[i]) for answer in answers[q["name"]]]
         for q in questions for i, c in enumerate(q["checks"])}, index=numbers, dtype=np.uint8,
    )
    verdicts.columns = pd.MultiIndex.from_tuples(verdicts.columns, names=["question", "check"])
    scores = pd.DataFrame(
        {name: [answer.count("p") / len(answer) for answer in given]
         for name, given in answers.items()}, index=numbers,
    )
    frames = _frames(questions, scores, verdicts, columns)
    return replace(frames, diagnoses=_diagnoses(answers, shows or {}))


def _diagnoses(
    answers: Mapping[str, Sequence[str]], shows: Mapping[str, Mapping[str, tuple[Any, ...]]]
) -> pd.DataFrame:
    rows = {
        (submission, name): {
            "kind": shows[name][answer][0], "mistakes": shows[name][answer][1], "findings": [],
            "group": (*shows[name][answer], "")[2], "answer": "def f(): return 2",
            "call": {"check": "c0", "asked": "f()", "expected": "1", "given": "2"},
        }
        for name, given in answers.items() for submission, answer in enumerate(given, 1)
        if answer in shows.get(name, {})
    }
    if not rows:
        return no_diagnoses()
    table = pd.DataFrame(list(rows.values()))
    table.index = pd.MultiIndex.from_tuples(list(rows), names=["submission", "question"])
    return table


def scored(x: npt.ArrayLike) -> Cohort:
    """A class with these shares x (N, k) of questions q01, q02 ..., all graded to the end."""
    values = np.asarray(x, dtype=float)
    names = [f"q{i + 1:02d}" for i in range(values.shape[1])]
    numbers = pd.RangeIndex(1, len(values) + 1, name="submission")
    verdicts = pd.DataFrame(
        np.full(values.shape, PASSED, dtype=np.uint8), index=numbers,
        columns=pd.MultiIndex.from_product([names, ["c0"]], names=["question", "check"]),
    )
    scores = pd.DataFrame(values, index=numbers, columns=names)
    return cohort(_frames([described(name, 1) for name in names], scores, verdicts, {}))


def _frames(
    questions: Sequence[QuestionDescription], scores: pd.DataFrame, verdicts: pd.DataFrame,
    columns: Mapping[str, Any],
) -> Frames:
    possible = pd.Series({q["name"]: q["points"] for q in questions})
    submissions = pd.DataFrame({
        "name": [f"2023{n:03d}_hw3" for n in scores.index],
        "file": [f"2023{n:03d}_hw3.ipynb" for n in scores.index],
        "submitted_at": None, "language": "en", "status": SubmissionStatus.COMPLETED.value,
        "isolation": "namespaces", "score": scores @ possible, "possible": possible.sum(),
    }, index=scores.index).assign(**columns)
    return Frames(
        homework(questions), "2026-11-07T02:00:00+00:00", submissions, scores, verdicts
    )
