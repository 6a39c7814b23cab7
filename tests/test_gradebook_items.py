"""Item analysis: by hand, against scipy and pandas, and where there is nothing to say."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from autograder.model import SubmissionStatus
from gradebook.exports.people import checks_frame, items_frame
from gradebook.statistics.cohort import Cohort, cohort
from gradebook.statistics.items import (
    analyse,
    check_table,
    discrimination,
    statistics,
    tails,
    tie_levels,
    top_group,
)
from tests.gradebook_cohorts import frames_of, scored

GUTTMAN = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]] * 10, dtype=float)
"""40 students on three questions, each harder than the one before."""


def sample(n: int = 150, k: int = 6) -> npt.NDArray[np.float64]:
    rng = np.random.default_rng(3)
    ability = rng.normal(size=(n, 1))
    return np.clip(np.round((ability + rng.normal(size=(n, k)) + 1) * 2) / 8, 0, 1)


def test_by_hand() -> None:
    """Var T = 5/4 and the items' variances 3/16, 1/4, 3/16 make alpha 3/2 (1 - 1/2)."""
    found = analyse(scored(GUTTMAN))
    table, test = found.questions, found.test
    assert table["difficulty"].tolist() == [0.75, 0.5, 0.25]
    # R of q02 is 2, 1, 1, 0 for the four kinds of students: cov 1/4, variances 1/4 and 1/2
    assert table.loc["q02", "discrimination"] == pytest.approx(0.25 / np.sqrt(0.25 * 0.5))
    # the tails hold 10.8 students: all ten of the outer kind and 0.8 of the next
    assert table["upper_lower"].tolist() == pytest.approx([1 - 0.8 / 10.8, 1, 1 - 0.8 / 10.8])
    assert test["alpha"] == pytest.approx(0.75)
    # without q02 there are two items of variance 3/16, and their sum has variance 1/2
    assert table.loc["q02", "alpha_without"] == pytest.approx(2 * (1 - (6 / 16) / 0.5))
    assert test["sem"] == pytest.approx(np.sqrt(1.25 * 40 / 39) * np.sqrt(0.25))
    assert test["students"] == 40


def test_against_scipy_and_pandas() -> None:
    x = sample()
    found = analyse(scored(x))
    total = x.sum(axis=1)
    expected = [stats.pearsonr(x[:, i], total - x[:, i]).statistic for i in range(6)]
    assert np.allclose(found.questions["discrimination"], expected)
    frame = pd.DataFrame(x)
    assert np.allclose(found.questions["difficulty"], frame.mean())
    covariance = frame.cov()
    alpha = 6 / 5 * (1 - np.trace(covariance) / covariance.to_numpy().sum())
    assert found.test["alpha"] == pytest.approx(alpha)
    assert found.test["sem"] == pytest.approx(frame.sum(axis=1).std() * np.sqrt(1 - alpha))
    rest = frame.drop(columns=0).cov()
    assert found.questions["alpha_without"].iloc[0] == pytest.approx(
        5 / 4 * (1 - np.trace(rest) / rest.to_numpy().sum())
    )


def test_kr_20_is_alpha_of_zeros_and_ones() -> None:
    p = GUTTMAN.mean(axis=0)
    kr20 = 3 / 2 * (1 - (p * (1 - p)).sum() / GUTTMAN.sum(axis=1).var())
    assert analyse(scored(GUTTMAN)).test["alpha"] == pytest.approx(kr20)


def test_a_noise_item_among_five_has_no_corrected_correlation() -> None:
    x = np.random.default_rng(5).random((20_000, 5))
    uncorrected = np.corrcoef(x[:, 0], x.sum(axis=1))[0, 1]
    assert uncorrected == pytest.approx(0.45, abs=0.02)
    assert discrimination(x, intervals=False)[0]["discrimination"][0] == pytest.approx(0, abs=0.02)


def test_bootstrap_interval_agrees_with_scipy() -> None:
    x = sample()
    _, low, high, _ = discrimination(x)
    expected = stats.bootstrap(
        (x[:, 0], x[:, 1:].sum(axis=1)), lambda a, b: stats.pearsonr(a, b).statistic, paired=True,
        vectorized=False, n_resamples=2000, method="percentile", rng=np.random.default_rng(7),
    ).confidence_interval
    assert low["discrimination"][0] == pytest.approx(expected.low, abs=0.02)
    assert high["discrimination"][0] == pytest.approx(expected.high, abs=0.02)


def test_difficulty_has_wilson_for_zeros_and_ones_and_the_bootstrap_otherwise() -> None:
    x = np.column_stack([np.repeat([1.0, 0.0], 20), np.repeat([0.5, 0.25], 20)])
    table = analyse(scored(x)).questions
    wilson = stats.binomtest(20, 40).proportion_ci(method="wilson")
    assert table.loc["q01", ["difficulty_low", "difficulty_high"]].tolist() == pytest.approx(
        [wilson.low, wilson.high]
    )
    half = 1.96 * x[:, 1].std() / np.sqrt(40)
    assert table.loc["q02", "difficulty_low"] == pytest.approx(0.375 - half, abs=0.01)
    assert table.loc["q02", "difficulty_high"] == pytest.approx(0.375 + half, abs=0.01)


@pytest.mark.parametrize(("students", "known"), [(29, False), (30, True)])
def test_no_discrimination_below_thirty(students: int, known: bool) -> None:
    found = analyse(scored(sample(students)))
    columns = ["discrimination", "discrimination_low", "upper_lower", "alpha_without",
               "discrimination_as_zero"]
    assert found.questions[columns].notna().all(axis=None) == known
    assert pd.notna(found.test["alpha"]) == known
    assert found.questions["difficulty"].notna().all()


def test_nothing_below_five_and_p_from_five_on() -> None:
    assert analyse(scored(sample(4))).questions["difficulty"].isna().all()
    assert analyse(scored(sample(5))).questions["difficulty"].notna().all()


def test_no_discrimination_where_nobody_differs() -> None:
    x = np.column_stack([GUTTMAN, np.ones(40)])
    table = analyse(scored(x)).questions
    assert table.loc["q04", ["discrimination", "upper_lower"]].isna().all()
    assert table["discrimination"].notna().sum() == 3
    alone = analyse(scored(GUTTMAN[:, :1]))
    assert alone.questions["discrimination"].isna().all()
    assert np.isnan(alone.test["alpha"])


def test_a_reversed_question_discriminates_negatively() -> None:
    x = np.column_stack([GUTTMAN, 1 - GUTTMAN[:, 1]])
    assert analyse(scored(x)).questions.loc["q04", "discrimination_high"] < 0


def test_crashes_stand_beside_p_and_missing_work_is_shown_both_ways() -> None:
    answers = ["pp"] * 6 + ["pf"] * 2 + ["ee", "tt", "et", "nn", "pe", "pp"]
    frames = frames_of({"q01": answers, "q02": ["pp"] * 14})
    students = pd.DataFrame({"submission": [*range(1, 15), None, None]})
    row = analyse(cohort(frames, students)).questions.loc["q01"]
    assert row[["answered", "missing", "crashed", "timed_out", "ungraded"]].tolist() == [
        10, 2, 1, 2, 1]
    assert row["difficulty"] == pytest.approx((7 + 3 * 0.5) / 10)
    assert row["difficulty_as_zero"] == pytest.approx((7 + 3 * 0.5) / 15)


def test_missing_work_inflates_only_the_discrimination_that_counts_it() -> None:
    rng = np.random.default_rng(9)
    frames = frames_of({
        f"q0{i}": [("pp", "pf")[rng.integers(2)] for _ in range(60)] for i in range(1, 6)
    })
    students = pd.DataFrame({"submission": [*range(1, 61), *[None] * 20]})
    found = analyse(cohort(frames, students))
    assert found.questions["discrimination"].abs().max() < 0.4
    assert found.questions["discrimination_as_zero"].min() > 0.7
    assert found.test["alpha_as_zero"] > 0.9 > 0.5 > found.test["alpha"]


def test_what_we_failed_to_grade_counts_nowhere() -> None:
    frames = frames_of({"q01": ["pp"] * 6}, status=[SubmissionStatus.NOT_RUN.value] * 6)
    row = analyse(cohort(frames)).questions.loc["q01"]
    assert row["ungraded"] == 6
    assert row[["difficulty", "difficulty_as_zero"]].isna().all()


@settings(max_examples=20, deadline=None)
@given(st.integers(30, 60), st.integers(0, 1000), st.randoms())
def test_the_order_of_the_rows_does_not_matter(students: int, seed: int, random: Random) -> None:
    x = np.random.default_rng(seed).integers(0, 3, size=(students, 4)) / 2
    order = list(range(students))
    random.shuffle(order)
    pd.testing.assert_frame_equal(
        analyse(scored(x)).questions, analyse(scored(x[order])).questions, check_exact=False,
    )


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=50))
def test_tails_hold_27_percent_and_treat_ties_alike(totals: list[int]) -> None:
    total = np.sort(np.array(totals, dtype=float))
    for tail in tails(np.ones((1, len(total))), tie_levels(total)):
        assert tail.sum() == pytest.approx(0.27 * len(total))
        assert all(np.ptp(tail[0][total == value]) < 1e-12 for value in total)


def test_sums_that_differ_by_rounding_tie() -> None:
    assert 0.1 + 0.2 != 0.3
    assert tie_levels(np.array([0.0, 0.3, 0.1 + 0.2, 0.5])).tolist() == [0, 1, 1, 2]


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
        "nobody passed", "",
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


def test_a_group_counts_once() -> None:
    """Forty members of ten groups say no more than ten students."""
    x = np.random.default_rng(1).random((10, 4))
    single = scored(x)
    groups = replace(single, students=single.students.loc[np.repeat(range(10), 4)].reset_index(
        drop=True), **{name: getattr(single, name).loc[np.repeat(range(10), 4)].reset_index(
            drop=True) for name in ("scores", "verdicts")}, **{
                name: getattr(single, name)[np.repeat(range(10), 4)]
                for name in ("handed_in", "missing", "ungraded", "crashed", "timed_out")})
    one, four = statistics(single).items.questions, statistics(groups).items.questions
    pd.testing.assert_frame_equal(one, four)
    assert len(statistics(groups).everybody.students) == 40


def test_a_negative_discrimination_by_chance_is_no_reason_to_inspect() -> None:
    """Of twenty questions of pure noise some discriminate negatively; none is called so."""
    noise = (np.random.default_rng(2).random((60, 20)) < 0.5).astype(float)
    table = analyse(scored(noise)).questions
    assert (table["discrimination"] < 0).any()
    assert not table["negative"].any()


def test_a_question_that_punishes_the_better_ones_is_found_among_twenty() -> None:
    ability = np.linspace(0, 1, 200)
    x = (np.random.default_rng(3).random((200, 20)) < ability[:, None]).astype(float)
    x[:, 4] = 1 - x[:, 4]
    table = analyse(scored(x)).questions
    assert table.index[table["negative"]].tolist() == ["q05"]


def test_a_check_is_unfair_only_beyond_chance() -> None:
    """Two of the best five fail: that may be chance. All of the best 27 are not."""
    few = frames_of({"q01": ["pf"] * 2 + ["pp"] * 18, "q02": ["pppp"] * 5 + ["pfff"] * 15})
    found = statistics(cohort(few)).checks
    assert found.loc[("q01", "c1"), "top_failure_rate"] > 1 / 3
    assert not found["unfair"].any()
    many = frames_of({"q01": ["pf"] * 50 + ["pp"] * 50, "q02": ["pppp"] * 50 + ["ffff"] * 50})
    found = statistics(cohort(many)).checks
    assert found.index[found["unfair"]].tolist() == [("q01", "c1")]
    nobody = statistics(cohort(frames_of({"q01": ["pf"] * 100}))).checks
    assert nobody["unfair"].tolist() == [False, True]
