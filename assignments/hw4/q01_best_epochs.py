"""Where a run should have stopped: a group-wise minimum and the rise after it."""

import numpy as np
import pandas as pd

from autograder.pages import check


def best_epochs(log):
    """Return a DataFrame with one row for each run and the columns best_epoch and rise.

    Its index holds the names of the runs. best_epoch is the number of the epoch with the smallest
    val_loss of the run, the earliest one if there are several. rise is the run's val_loss after its
    last epoch (the one with the largest number) minus its smallest val_loss; it is never negative.
    """
    ...


@check(points=1)
def shape_and_example(best_epochs):
    """The small example is off: of the losses 0.9, 0.5, 0.7 the second is the best, and the last
    one lies 0.2 above it. The index holds the runs, the columns are best_epoch and rise."""
    example = pd.DataFrame({
        "run": ["a", "a", "a"], "epoch": [1, 2, 3], "train_loss": [0.8, 0.4, 0.3],
        "val_loss": [0.9, 0.5, 0.7], "live_loss": [0.9, 0.5, 0.7], "overlap": [0.0, 0.0, 0.0],
    })
    found = best_epochs(example)
    assert list(found.index) == ["a"]
    assert sorted(found.columns) == ["best_epoch", "rise"]
    assert found.loc["a", "best_epoch"] == 2
    assert np.isclose(found.loc["a", "rise"], 0.2)
