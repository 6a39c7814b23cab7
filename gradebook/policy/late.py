"""What lateness costs: grace, then free days, then the curve, in this order.

Within the grace minutes nothing is late; beyond them lateness counts from the deadline. Each free
day of the course takes a day of lateness away. A curve takes a share for each day or hour begun,
or keeps a share by cut-offs; beyond the last cut-off nothing is kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gradebook.course import Late

DAY = pd.Timedelta(days=1)
HOURS = {"per_day": 24.0, "per_hour": 1.0}


def late_by(submitted: pd.Series[Any], due: pd.Series[Any], grace_minutes: float) -> pd.Series[Any]:
    """How late each submission is, a timedelta, zero when it is in time or nobody knows."""
    zero = pd.Timedelta(0)
    late = (submitted - due).fillna(zero)
    return late.where(late > pd.Timedelta(minutes=grace_minutes), zero)


def free_days_used(late: pd.Series[Any], left: pd.Series[int]) -> pd.Series[int]:
    """Days taken from the free ones: those begun, as far as there are any left."""
    begun = pd.Series(np.ceil(in_hours(late) / 24), index=late.index)
    return begun.clip(upper=left).astype("int64")


def share_lost(policy: Late, hours: pd.Series[float]) -> pd.Series[float]:
    """The share, 0..1, that work loses which is so many `hours` late after free days."""
    lost = np.zeros(len(hours))
    if policy.curve == "cut_offs":
        limits = np.array([cut.hours for cut in policy.cut_offs])
        keep = np.array([*(cut.keep for cut in policy.cut_offs), 0.0])
        kept = keep[np.searchsorted(limits, hours.to_numpy(), side="left")]
        lost = np.where(hours > 0, 1 - kept, 0.0)
    elif policy.curve in HOURS:
        lost = policy.loss * np.ceil(hours.to_numpy() / HOURS[policy.curve])
    return pd.Series(lost, index=hours.index).clip(upper=policy.at_most)


def points_lost(
    policy: Late, late: pd.Series[Any], free: pd.Series[int], score: pd.Series[float],
    maximum: float,
) -> pd.Series[float]:
    """Points lost, at most the score itself."""
    hours = (in_hours(late) - 24.0 * free).clip(lower=0)
    share = share_lost(policy, hours)
    return (share * score if policy.of == "score" else share * maximum).clip(upper=score)


def in_hours(late: pd.Series[Any]) -> pd.Series[float]:
    """A length of time in hours, to the microsecond."""
    hours: pd.Series[float] = late.dt.total_seconds() / 3600
    return hours
