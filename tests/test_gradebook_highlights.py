"""What is chosen for the report: topics, suspicious checks, sections of five and more."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradebook.reports.highlights import (
    negative_questions,
    score_shares,
    sections,
    topics,
    unfair_checks,
)
from gradebook.statistics.cohort import SMALLEST_GROUP, cohort
from gradebook.statistics.misconceptions import misconceptions
from gradebook.statistics.summary import statistics
from tests.gradebook_cohorts import frames_of


def test_the_three_most_held_misconceptions_of_three_questions() -> None:
    answers = {f"q0{i}": ["ppp"] * (20 - i) + ["ppf"] * i for i in range(5)}
    answers["q04"] = ["pfp"] * 9 + ["ppf"] * 10 + ["pff"]
    bank = {name: {"a": [1], "b": [2], "b2": [2], "c": [0]} for name in answers}
    class_ = cohort(frames_of(answers, bank))
    chosen = topics(class_, misconceptions(class_))
    assert [topic.question["name"] for topic in chosen] == ["q04", "q03", "q02"]
    assert chosen[0].mistakes == ["b", "b2"]
    assert (chosen[0].fits, chosen[0].students, chosen[0].consistent) == (10, 20, 1)
    assert chosen[0].low < chosen[0].share == 0.5 < chosen[0].high


def test_of_equally_held_misconceptions_the_one_that_stands_alone_comes_first() -> None:
    answers = {"q01": ["ppp"] * 4 + ["ppf"] * 6, "q02": ["ppf"] * 6 + ["ppp"] * 4}
    class_ = cohort(frames_of(answers, {"q01": {"a": [2], "b": [2]}, "q02": {"c": [2]}}))
    chosen = topics(class_, misconceptions(class_))
    assert [topic.mistakes for topic in chosen] == [["c"], ["a", "b"]]


def test_no_topic_where_nothing_fits() -> None:
    class_ = cohort(frames_of({"q01": ["pp"] * 6, "q02": ["pf"] * 6}, {"q01": {"a": [1]}}))
    assert topics(class_, misconceptions(class_)) == []


def test_unfair_checks_and_negative_questions() -> None:
    found = statistics(cohort(frames_of({
        "q01": ["pppp"] * 20 + ["ppff"] * 20, "q02": ["ppp"] * 20 + ["pff"] * 20,
        "q03": ["pfp"] * 20 + ["ppp"] * 20,
    })))
    assert unfair_checks(found).index.tolist() == [("q03", "c1")]
    assert negative_questions(found).index.tolist() == ["q03"]


def test_score_shares_are_the_policys_where_there_is_one() -> None:
    frames = frames_of({"q01": ["pp", "pf", "nn", "ff"]})
    assert score_shares(cohort(frames))[:2].tolist() == [1.0, 0.5]
    assert np.isnan(score_shares(cohort(frames))[2])
    students = pd.DataFrame({
        "submission": [1, 2, None], "total": [9.0, 4.0, 0.0], "possible": 10.0})
    shares = score_shares(cohort(frames, students))
    assert shares[:2].tolist() == [0.9, 0.4]
    assert np.isnan(shares[2])


def test_sections_under_five_are_put_together() -> None:
    students = pd.DataFrame({
        "submission": range(1, 21), "section": ["A"] * 9 + ["B"] * 6 + ["C"] * 3 + ["D"] * 2})
    table = sections(cohort(frames_of({"q01": ["pp"] * 20}), students))
    assert table.index.tolist() == ["A", "B", "C + D"]
    students.loc[18:, "section"] = "A"
    table = sections(cohort(frames_of({"q01": ["pp"] * 20}), students))
    assert table.index.tolist() == ["A", "B + C"]
    assert table["students"].tolist() == [11, 9]


@pytest.mark.parametrize("section", [None, ["A"] * 6, ["A"] * 4 + ["B"] * 2])
def test_no_table_for_less_than_two_sections(section: list[str] | None) -> None:
    students = pd.DataFrame({"submission": range(1, 7)})
    if section:
        students["section"] = section
    assert sections(cohort(frames_of({"q01": ["pp"] * 6}), students)).empty


@settings(deadline=None)
@given(st.lists(st.sampled_from("ABCDEF"), min_size=5, max_size=40))
def test_no_group_under_five_shows(section: list[str]) -> None:
    students = pd.DataFrame({"submission": range(1, len(section) + 1), "section": section})
    table = sections(cohort(frames_of({"q01": ["pp"] * len(section)}), students))
    if not table.empty:
        assert table["handed_in"].min() >= SMALLEST_GROUP
        assert table["students"].sum() == len(section)
