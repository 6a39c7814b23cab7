"""items.csv and checks.csv: titles, the last row, remarks, and nothing of a class under five."""

from __future__ import annotations

import numpy as np
import pytest

from gradebook.statistics.cohort import Cohort, cohort
from gradebook.statistics.summary import checks_frame, items_frame, statistics
from tests.gradebook_cohorts import frames_of


def a_class(students: int = 40) -> Cohort:
    good, bad = students // 2, students - students // 2
    return cohort(frames_of({
        "q01": ["ppf"] * good + ["pff"] * bad, "q02": ["fp"] * good + ["pp"] * bad,
        "q03": ["pp"] * students,
    }))


def test_items_csv() -> None:
    table = items_frame(statistics(a_class()), "zh")
    assert table["question"].tolist() == ["q01", "q02", "q03", "total"]
    assert table["title"].tolist() == ["题 q01", "题 q02", "题 q03", "整份作业"]
    assert table["remarks"].fillna("").tolist() == [
        "区分度为负：先查测试本身", "区分度为负：先查测试本身", "得分没有差异，无法计算区分度", ""]
    assert table["answered"].tolist() == [40, 40, 40, 40]
    assert table["alpha"].notna().tolist() == [False, False, False, True]
    assert table["difficulty"].tolist()[:3] == [0.5, 0.75, 1.0]
    assert str(table["missing"].dtype) == "Int64"


@pytest.mark.parametrize(("students", "remark"), [
    (29, "fewer than 30 students: no discrimination"),
    (4, "fewer than five students: not reported"),
])
def test_small_classes_say_why(students: int, remark: str) -> None:
    table = items_frame(statistics(a_class(students)), "en")
    assert table["remarks"].tolist()[:3] == [remark] * 3


def test_checks_csv() -> None:
    table = checks_frame(statistics(a_class()), "en")
    assert table["check"].tolist() == ["c0", "c1", "c2", "c0", "c1", "c0", "c1"]
    assert table["remarks"].tolist() == [
        "nobody failed", "the best students fail it too",
        "nobody passed; the best students fail it too", "",
        "nobody failed", "nobody failed", "nobody failed"]
    assert table["message"].iloc[2] == "Property 2 is missing."
    assert table["hidden"].tolist() == [False, True, True, False, True, False, True]


def test_nothing_is_said_of_a_class_under_five() -> None:
    found = statistics(a_class(4))
    items, checks = items_frame(found, "en"), checks_frame(found, "en")
    assert items.drop(columns=["question", "title", "remarks"]).isna().all(axis=None)
    about = ["question", "check", "hidden", "points", "remarks", "message"]
    assert checks.drop(columns=about).isna().all(axis=None)
    assert set(checks["remarks"]) == {"fewer than five students: not reported"}


def test_the_tables_are_the_same_each_time() -> None:
    first, second = (items_frame(statistics(a_class()), "en") for _ in range(2))
    assert first.equals(second)
    assert np.isfinite(first["difficulty_low"][:3]).all()
