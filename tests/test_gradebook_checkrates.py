"""Check rates: who fails, what the best fail, what hides behind the public checks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gradebook.statistics.checkrates import check_table, top_group
from gradebook.statistics.cohort import cohort
from tests.gradebook_cohorts import frames_of


def test_rates_by_hand() -> None:
    """20 students; the top 27 % are 5.4 of the 8 with full marks in q02."""
    q01 = ["ppf"] * 8 + ["ppp"] * 6 + ["fpe"] * 3 + ["ptp"] * 2 + ["npp"]
    q02 = ["ppp"] * 8 + ["fff"] * 12
    table = check_table(cohort(frames_of({"q01": q01, "q02": q02})))
    assert table.index.tolist()[:3] == [("q01", "c0"), ("q01", "c1"), ("q01", "c2")]
    public, timed, trap = (table.loc[("q01", f"c{i}")] for i in range(3))
    assert public[["ran", "failed", "ungraded"]].tolist() == [19, 3, 1]
    assert timed[["failed", "timed_out", "nobody"]].tolist() == [2, 2, ""]
    assert trap[["failed", "crashed"]].tolist() == [11, 3]
    assert trap["failure_rate"] == 11 / 20
    assert trap["trap_students"] == 16
    assert trap["trap_rate"] == 8 / 16
    assert trap["top_failure_students"] == pytest.approx(0.27 * 19)
    assert trap["top_failure_rate"] == 1.0
    wilson = stats.binomtest(11, 20).proportion_ci(method="wilson")
    assert trap["failure_rate_low"] == pytest.approx(wilson.low)
    assert np.isnan(public["trap_rate"])


def test_checks_that_nobody_failed_or_nobody_passed() -> None:
    table = check_table(cohort(frames_of({"q01": ["pf", "pe", "pf", "pt", "pf"]})))
    assert table["nobody"].tolist() == ["failed", "passed"]


def test_the_top_group_shares_ties_and_leaves_out_whom_we_could_not_grade() -> None:
    frames = frames_of({"q01": ["pp"] * 4 + ["pf"] * 5 + ["pn"]})
    share = top_group(cohort(frames))
    assert share.tolist() == pytest.approx([0.27 * 9 / 4] * 4 + [0.0] * 6)


def test_rates_of_groups_under_five_are_withheld() -> None:
    table = check_table(cohort(frames_of({"q01": ["pf"] * 4 + ["ff"] * 6})))
    hidden = table.loc[("q01", "c1")]
    assert hidden["failure_rate"] == 1.0
    assert hidden[["trap_rate", "trap_students", "top_failure_rate"]].isna().all()


def test_work_that_was_not_handed_in_fails_nothing() -> None:
    frames = frames_of({"q01": ["pf"] * 5 + ["ff"]}, status=["Completed"] * 5 + ["empty notebook"])
    students = pd.DataFrame({"submission": [1, 2, 3, 4, 5, 6, None]})
    table = check_table(cohort(frames, students))
    assert table.loc[("q01", "c0"), ["ran", "failed"]].tolist() == [5, 0]
