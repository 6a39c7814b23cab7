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
HOUR = pd.Timedelta(hours=1)


def late_by(submitted: pd.Series[Any], due: pd.Series[Any], grace_minutes: float) -> pd.Series[Any]:
    """How late each submission is, a timedelta, zero when it is in time or nobody knows."""
    zero = pd.Timedelta(0)
    late = (submitted - due).fillna(zero)
    return late.where(late > pd.Timedelta(minutes=grace_minutes), zero)


def free_days_used(late: pd.Series[Any], left: pd.Series[int]) -> pd.Series[int]:
    """Days taken from the free ones: those begun, as far as there are any left."""
    return np.minimum(_begun(late, DAY), left).astype("int64")


def share_lost(policy: Late, late: pd.Series[Any]) -> pd.Series[float]:
    """The share, 0..1, that work loses which is `late` by so much after free days."""
    if policy.curve == "cut_offs":
        hours = [cut.hours for cut in policy.cut_offs]
        keep = [1.0, *(cut.keep for cut in policy.cut_offs), 0.0]
        within = np.searchsorted(hours, (late / HOUR).to_numpy(), side="left")
        lost = 1 - np.array(keep)[np.where(late > pd.Timedelta(0), within + 1, 0)]
        return pd.Series(lost, index=late.index).clip(upper=policy.at_most)
    unit = {"per_day": DAY, "per_hour": HOUR}.get(policy.curve)
    if unit is None:
        return pd.Series(0.0, index=late.index)
    return (policy.loss * _begun(late, unit)).clip(upper=policy.at_most)


def points_lost(
    policy: Late, late: pd.Series[Any], free: pd.Series[int], score: pd.Series[float],
    maximum: float,
) -> pd.Series[float]:
    """Points lost, at most the score itself."""
    left = (late - free * DAY).clip(lower=pd.Timedelta(0))
    of = score if policy.of == "score" else maximum
    return np.minimum(share_lost(policy, left) * of, score)


def _begun(late: pd.Series[Any], unit: pd.Timedelta) -> pd.Series[float]:
    """Units begun: any part of a day is a day."""
    return np.ceil(late / unit)
