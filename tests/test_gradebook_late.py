"""What lateness costs."""

from __future__ import annotations

import pandas as pd
import pytest

from gradebook.course import CutOff, Late
from gradebook.policy.late import free_days_used, late_by, points_lost, share_lost

HOURS = [0.0, 0.5, 24.0, 24.5, 72.0, 1000.0]


def series(hours: list[float]) -> pd.Series[float]:
    return pd.Series(hours, dtype=float)


@pytest.mark.parametrize(
    ("policy", "shares"),
    [
        (Late(), [0, 0, 0, 0, 0, 0]),
        (Late(curve="per_day", loss=0.1), [0, 0.1, 0.1, 0.2, 0.3, 1]),
        (Late(curve="per_day", loss=0.1, at_most=0.15), [0, 0.1, 0.1, 0.15, 0.15, 0.15]),
        (Late(curve="per_hour", loss=0.01), [0, 0.01, 0.24, 0.25, 0.72, 1]),
        (Late(curve="cut_offs", cut_offs=[CutOff(hours=24, keep=0.9), CutOff(hours=72, keep=0.5)]),
         [0, 0.1, 0.1, 0.5, 0.5, 1]),
        (Late(curve="cut_offs", at_most=0.6, cut_offs=[CutOff(hours=24, keep=0.9)]),
         [0, 0.1, 0.1, 0.6, 0.6, 0.6]),
    ],
)
def test_curves(policy: Late, shares: list[float]) -> None:
    assert share_lost(policy, series(HOURS)).tolist() == pytest.approx(shares)


def test_grace_forgives_all_or_nothing() -> None:
    due = pd.Series(pd.to_datetime(["2026-11-06T10:00Z"] * 4))
    sent = pd.Series(pd.to_datetime(
        ["2026-11-06T09:00Z", "2026-11-06T10:10Z", "2026-11-06T10:10:01Z", None], format="ISO8601"))
    late = late_by(sent, due, 10)
    assert late.dt.total_seconds().tolist() == [0, 0, 601, 0]


def test_free_days_are_those_begun_as_far_as_there_are_any() -> None:
    late = pd.Series(pd.to_timedelta([0, 1, 24, 25, 100], unit="h"))
    assert free_days_used(late, pd.Series([2] * 5)).tolist() == [0, 1, 1, 2, 2]
    assert free_days_used(late, pd.Series([0] * 5)).tolist() == [0] * 5


@pytest.mark.parametrize(("of", "lost"), [("score", [0, 4, 8, 0]), ("maximum", [0, 10, 20, 0])])
def test_points_lost(of: str, lost: list[float]) -> None:
    policy = Late.model_validate({"curve": "per_day", "loss": 0.1, "of": of})
    late = pd.Series(pd.to_timedelta([0, 1, 48, 47], unit="h"))
    free = pd.Series([0, 0, 0, 2])
    assert points_lost(policy, late, free, series([40] * 4), 100).tolist() == pytest.approx(lost)


def test_nobody_loses_more_than_there_is() -> None:
    policy = Late(curve="per_day", loss=0.5, of="maximum")
    late = pd.Series(pd.to_timedelta([30], unit="h"))
    assert points_lost(policy, late, pd.Series([0]), series([3]), 100).tolist() == [3]
