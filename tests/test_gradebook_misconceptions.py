"""Misconceptions: what a student's failures say, and which share of the class says it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gradebook.statistics.cohort import cohort
from gradebook.statistics.misconceptions import Explanation, explain, misconceptions, mistakes_frame
from tests.gradebook_cohorts import described, frames_of

MISTAKES = {"sign": [1, 2], "mirror": [2, 1], "bias": [2], "shape": [0, 1, 2], "all": [0, 1, 2, 3]}
QUESTION = described("q01", 4, MISTAKES)


@pytest.mark.parametrize(("failed", "unsure", "expected"), [
    ("", "", Explanation("right")),
    ("2", "", Explanation("fits", ["bias"])),
    ("12", "", Explanation("fits", ["sign", "mirror"])),
    ("23", "", Explanation("consistent", ["bias"])),
    ("123", "", Explanation("consistent", ["sign", "mirror"])),
    ("0123", "", Explanation("nothing passed")),
    ("3", "", Explanation("not in the bank")),
    ("12", "3", Explanation("consistent", ["sign", "mirror"])),
    ("1", "2", Explanation("not in the bank")),
    ("", "3", Explanation("not in the bank")),
])
def test_explain(failed: str, unsure: str, expected: Explanation) -> None:
    assert explain(QUESTION, [f"c{i}" for i in failed], [f"c{i}" for i in unsure]) == expected


def test_the_only_check_of_a_question_still_tells_a_mistake() -> None:
    question = described("q01", 1, {"sign": [0]})
    assert explain(question, ["c0"]) == Explanation("fits", ["sign"])


ANSWERS = ["pppp"] * 3 + ["ppfp"] * 4 + ["pfep"] * 2 + ["ppff", "ffff", "pppf", "pffn"]


def test_shares_of_the_class() -> None:
    found = misconceptions(cohort(frames_of({"q01": ANSWERS}, {"q01": MISTAKES})))
    table = found.mistakes.loc["q01"]
    assert table["students"].unique().tolist() == [12]  # one could not be graded
    assert table["fits"].to_dict() == {"sign": 2, "mirror": 2, "bias": 4, "shape": 0, "all": 0}
    assert table["alone"].to_dict() == {"sign": 0, "mirror": 0, "bias": 4, "shape": 0, "all": 0}
    assert table["consistent"].to_dict() == {
        "sign": 0, "mirror": 0, "bias": 1, "shape": 0, "all": 0}
    assert table.loc["sign", "alike"] == ["mirror"]
    assert table.loc["sign", "share"] == 2 / 12
    assert table.loc["sign", "share_split"] == 1 / 12
    wilson = stats.binomtest(2, 12).proportion_ci(method="wilson")
    assert table.loc["sign", ["share_low", "share_high"]].tolist() == pytest.approx(
        [wilson.low, wilson.high])
    assert found.questions.loc["q01"].to_dict() == {
        "right": 3, "fits": 6, "consistent": 1, "nothing passed": 1, "not in the bank": 1}


def test_missing_work_holds_no_mistake() -> None:
    frames = frames_of({"q01": ["ppfp"] * 5}, {"q01": MISTAKES})
    students = pd.DataFrame({"submission": [1, 2, 3, 4, 5, None]})
    table = misconceptions(cohort(frames, students)).mistakes
    assert table.loc[("q01", "bias"), ["students", "fits", "share"]].tolist() == [5, 5, 1]


def test_a_class_under_five_is_not_reported_on() -> None:
    class_ = cohort(frames_of({"q01": ["ppfp"] * 4}, {"q01": MISTAKES}))
    found = misconceptions(class_)
    assert found.mistakes.drop(columns="alike").isna().all(axis=None)
    assert found.questions.isna().all(axis=None)
    assert mistakes_frame(class_, found, "en")[["students", "fits", "share"]].isna().all(axis=None)


def test_mistakes_csv_names_every_mistake_that_fits_most_held_first() -> None:
    class_ = cohort(frames_of({"q01": ANSWERS, "q02": ["pp"] * 13}, {"q01": MISTAKES}))
    table = mistakes_frame(class_, misconceptions(class_), "zh").fillna({"share": -1.0})
    first = table[table["question"] == "q01"]
    assert first["mistake"].tolist() == ["bias", "sign", "mirror", "shape", "all", "", ""]
    assert first["fits"].tolist() == [4, 2, 2, 0, 0, 1, 1]
    assert first["belief"].iloc[1] == "以为 sign"
    assert first["alike"].iloc[1] == "mirror"
    assert first["kind"].tolist()[-2:] == ["一项都没通过（多半没有作答）", "题库里没有对应的错误"]
    assert table[table["question"] == "q02"]["fits"].tolist() == [0, 0]


def test_a_homework_without_a_bank_has_no_mistakes() -> None:
    class_ = cohort(frames_of({"q01": ["pf"] * 6}))
    found = misconceptions(class_)
    assert found.mistakes.empty
    assert found.questions.loc["q01", "not in the bank"] == 6
    assert mistakes_frame(class_, found, "en")["fits"].tolist() == [0, 6]


@settings(deadline=None)
@given(st.lists(st.text("pfetn", min_size=4, max_size=4), min_size=5, max_size=30))
def test_every_student_is_explained_once(answers: list[str]) -> None:
    class_ = cohort(frames_of({"q01": answers}, {"q01": MISTAKES}))
    found = misconceptions(class_)
    graded = sum("n" not in answer for answer in answers)
    assert found.questions.loc["q01"].sum() == graded
    table = found.mistakes.loc["q01"]
    split = (table["share_split"] * table["students"]).sum()
    assert split == pytest.approx(found.questions.loc["q01", "fits"])
    assert (table["alone"] <= table["fits"]).all()
    assert np.all(table["share_low"].fillna(0) <= table["share"] + 1e-12)
