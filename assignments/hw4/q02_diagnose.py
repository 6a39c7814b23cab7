"""A verdict on each run of a log, by the columns that can show it."""

import pandas as pd

from autograder.pages import check


def diagnose(log):
    """Return a Series: for each run (its index) one of 'leakage', 'drift', 'overfitting', 'none'.

    The first line that applies:
        'leakage'      overlap is above 0 in some epoch of the run
        'drift'        after the last epoch, live_loss exceeds val_loss by more than 0.1
        'overfitting'  the last val_loss exceeds the smallest val_loss of the run by more than 0.1
        'none'         none of the three
    The last epoch is the one with the largest number. No difference is within 0.01 of 0.1.
    """
    ...


@check(points=1)
def small_example(diagnose):
    """The small example is off: the validation loss of run a rises from 0.5 to 0.9, and the live
    loss is the same; nothing rises in run b."""
    example = pd.DataFrame({
        "run": ["a", "a", "b", "b"], "epoch": [1, 2, 1, 2], "train_loss": [0.4, 0.2, 0.6, 0.5],
        "val_loss": [0.5, 0.9, 0.6, 0.5], "live_loss": [0.5, 0.9, 0.6, 0.5],
        "overlap": [0.0, 0.0, 0.0, 0.0],
    })
    found = diagnose(example)
    assert sorted(found.index) == ["a", "b"]
    assert found["a"] == "overfitting"
    assert found["b"] == "none"
