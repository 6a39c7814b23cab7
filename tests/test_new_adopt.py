"""`homework adopt`: a group of equal wrong answers becomes a mistake of the bank."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from autograder.authoring.check import check_question
from autograder.authoring.homework import Question, load_question
from autograder.authoring.new import adopt
from autograder.errors import UserError
from autograder.model import (
    CheckResult,
    CheckStatus,
    Diagnosis,
    DiagnosisKind,
    DifferingCall,
    QuestionResult,
    SubmissionResult,
    SubmissionStatus,
)
from autograder.store import Store
from tests.conftest import Pages
from tests.sentences import pattern

CODE = '''\
import math

THIRD = 3

def batches(X, size, rng):
    return wrong

def slope(f, x, h=1e-4):
    return (f(x + h) - f(x - h)) / (THIRD * h)
'''


def results(path: Path, code: str = CODE, homework: str = "toy") -> Path:
    diagnosis = Diagnosis(DiagnosisKind.UNKNOWN, fingerprint="ab12cd34",
                          call=DifferingCall("slope_of_a_square", "slope(a function, 3)", "6", "4"))
    checks = [CheckResult("slope_of_a_square", False, 0.5, CheckStatus.FAILED),
              CheckResult("centred_differences", True, 1.0, CheckStatus.FAILED)]
    with closing(Store(path)) as store:
        run = store.open_run(homework, "d", {"limits": homework}, {}, "2026-01-01")
        for name in "ab":
            question = QuestionResult("q02_slope", 0, 4, checks, code, diagnosis)
            store.add(run, SubmissionResult(name, f"{name}.ipynb", "", "en",
                                            SubmissionStatus.COMPLETED, questions=[question]))
    return path


def question_of(pages: Pages) -> Question:
    found = load_question("toy", "q02_slope", pages.root)
    assert isinstance(found, Question)
    return found


def test_a_group_becomes_a_mistake_that_waits_for_words(pages: Pages, tmp_path: Path) -> None:
    adopted = adopt("toy", question_of(pages), "ab12cd", results(tmp_path / "r.sqlite"))
    [mistake] = [m for m in question_of(pages).mistakes if m.name == adopted.name]
    assert mistake.caught_by == "centred_differences"
    assert "THIRD = 3" in mistake.text and "batches" not in mistake.text
    assert "import math" not in mistake.text
    report = check_question("toy", "q02_slope", pages.root, "import numpy as np")
    assert {problem.found.split()[0].strip('"') for problem in report.problems} == {
        "FILL", "中文：FILL"}
    assert report.counts and report.counts.naming.apart == report.counts.mistakes


def test_what_cannot_be_adopted_is_said(pages: Pages, tmp_path: Path) -> None:
    path = results(tmp_path / "r.sqlite")
    with pytest.raises(UserError, match=pattern("group", group="ffff")):
        adopt("toy", question_of(pages), "ffff", path)
    adopt("toy", question_of(pages), "ab12cd", path)
    with pytest.raises(UserError, match=pattern("no-mistake-yet", name="group_ab12cd")):
        adopt("toy", question_of(pages), "ab12cd", path)
    broken = results(tmp_path / "b.sqlite", "slope = 5 +")
    with pytest.raises(UserError, match=pattern("write-by-hand")):
        adopt("toy", question_of(pages), "ab12cd34", broken)


def test_only_answers_that_count_are_adopted(pages: Pages, tmp_path: Path) -> None:
    """What a student has handed in again, and another homework in the same file, does not."""
    path = results(tmp_path / "r.sqlite", homework="toy_2")
    with pytest.raises(UserError, match=pattern("group", group="ab12cd")):
        adopt("toy", question_of(pages), "ab12cd", path)
    results(path)
    with closing(Store(path)) as store:
        [_, run] = store.runs()
        for name in "ab":
            store.add(run.run, SubmissionResult(
                name, f"{name}.ipynb", "again", "en", SubmissionStatus.COMPLETED,
                questions=[QuestionResult("q02_slope", 4, 4)]))
    with pytest.raises(UserError, match=pattern("group", group="ab12cd")):
        adopt("toy", question_of(pages), "ab12cd", path)
