"""The best epoch belongs to a run, and the validation loss decides, not the training loss.

The training loss falls as long as one trains, so its minimum says nothing. A position in the table
is no epoch: rows may be sorted otherwise, and epochs may be skipped.
"""

import pandas as pd

from autograder.pages import accepted, check, mistake, proof


def best_epochs(log):
    log = log.sort_values("epoch").reset_index(drop=True)
    runs = log.groupby("run")
    best = log.loc[runs["val_loss"].idxmin()].set_index("run")
    last = runs["val_loss"].last()
    return pd.DataFrame({"best_epoch": best["epoch"], "rise": last - best["val_loss"]})


def log_of(step=1, **losses):
    """A log of these validation losses by run; the training loss falls all the time."""
    rows = [
        {"run": run, "epoch": step * number, "train_loss": 1 / (1 + number), "val_loss": loss,
         "live_loss": loss, "overlap": 0.0}
        for run, values in losses.items() for number, loss in enumerate(values, 1)
    ]
    return pd.DataFrame(rows)


def found_in(table):
    """The rows of an answer as plain numbers by run."""
    return {str(run): (int(row["best_epoch"]), float(row["rise"])) for run, row in table.iterrows()}


def same(table, **expected):
    found = found_in(table)
    assert sorted(found) == sorted(expected)
    return all(found[run][0] == epoch and abs(found[run][1] - rise) < 1e-9
               for run, (epoch, rise) in expected.items())


@check(points=1)
def validation_decides(best_epochs):
    """The best epoch is not that of the smallest validation loss: the training loss falls to the
    very end and cannot say where to stop."""
    assert same(best_epochs(log_of(a=[0.9, 0.4, 0.6, 0.8])), a=(2, 0.4))


@check(points=0.5)
def each_run_by_itself(best_epochs):
    """With several runs in the log the answer changes: look for the minimum within each run."""
    log = log_of(a=[0.9, 0.4, 0.6], b=[0.8, 0.7, 0.5, 0.75])
    assert same(best_epochs(log), a=(2, 0.2), b=(3, 0.25))


@check(points=0.5)
def epochs_have_numbers(best_epochs):
    """With a log of every fifth epoch the best epoch is wrong: give the number in the column
    epoch, not the position of the row."""
    assert same(best_epochs(log_of(step=5, a=[0.9, 0.4, 0.6])), a=(10, 0.2))


@check(points=0.5)
def earliest_of_equals(best_epochs):
    """Of several epochs with the same smallest loss the earliest one counts."""
    assert same(best_epochs(log_of(a=[0.9, 0.4, 0.6, 0.4, 0.5])), a=(2, 0.1))


@check(points=1)
def rise_is_last_minus_best(best_epochs):
    """The rise is not the last validation loss minus the smallest one."""
    assert same(best_epochs(log_of(a=[0.9, 0.3, 1.2, 0.8])), a=(2, 0.5))
    assert same(best_epochs(log_of(a=[0.9, 0.5, 0.4])), a=(3, 0.0))


@check(points=0.5)
def rows_in_any_order(best_epochs):
    """With the rows in another order the answer changes: the last epoch is the one with the
    largest number, wherever its row stands."""
    log = log_of(a=[0.9, 0.4, 0.6, 0.7], b=[0.3, 0.8, 0.5]).iloc[[3, 0, 6, 2, 1, 5, 4]]
    assert same(best_epochs(log), a=(2, 0.3), b=(1, 0.2))
    log.index = [0] * len(log)
    assert same(best_epochs(log), a=(2, 0.3), b=(1, 0.2))


@mistake(validation_decides)
class training_loss:
    """Looked for the smallest training loss"""
    def best_epochs(log):
        log = log.sort_values("epoch").reset_index(drop=True)
        runs = log.groupby("run")
        best = log.loc[runs["train_loss"].idxmin()].set_index("run")
        return pd.DataFrame({"best_epoch": best["epoch"],
                             "rise": runs["val_loss"].last() - runs["val_loss"].min()})


@mistake(validation_decides)
class largest_loss:
    """Took the largest loss for the best one, as if it were an accuracy"""
    def best_epochs(log):
        log = log.sort_values("epoch").reset_index(drop=True)
        runs = log.groupby("run")
        best = log.loc[runs["val_loss"].idxmax()].set_index("run")
        return pd.DataFrame({"best_epoch": best["epoch"],
                             "rise": best["val_loss"] - runs["val_loss"].last()})


@mistake(each_run_by_itself)
class one_minimum_for_all:
    """Took one minimum over the whole log"""
    def best_epochs(log):
        log = log.sort_values("epoch").reset_index(drop=True)
        best = log.loc[log["val_loss"].idxmin()]
        last = log.groupby("run")["val_loss"].last()
        return pd.DataFrame({"best_epoch": best["epoch"], "rise": last - best["val_loss"]})


@mistake(epochs_have_numbers)
class position_for_epoch:
    """Gave the position of the row, counted from one, for the number of the epoch"""
    def best_epochs(log):
        rows = {}
        for run, part in log.groupby("run"):
            losses = list(part.sort_values("epoch")["val_loss"])
            rows[run] = {"best_epoch": losses.index(min(losses)) + 1,
                         "rise": losses[-1] - min(losses)}
        return pd.DataFrame.from_dict(rows, orient="index")


@mistake(earliest_of_equals)
class latest_of_equals:
    """Took the latest of several smallest losses"""
    def best_epochs(log):
        rows = {}
        for run, part in log.sort_values("epoch").groupby("run"):
            smallest = part[part["val_loss"] == part["val_loss"].min()]
            rows[run] = {"best_epoch": smallest["epoch"].iloc[-1],
                         "rise": part["val_loss"].iloc[-1] - part["val_loss"].min()}
        return pd.DataFrame.from_dict(rows, orient="index")


@mistake(rise_is_last_minus_best)
class largest_minus_best:
    """Took the largest loss of the run for its last one"""
    def best_epochs(log):
        log = log.sort_values("epoch").reset_index(drop=True)
        runs = log.groupby("run")["val_loss"]
        best = log.loc[runs.idxmin()].set_index("run")
        return pd.DataFrame({"best_epoch": best["epoch"], "rise": runs.max() - runs.min()})


@mistake(rise_is_last_minus_best)
class last_minus_first:
    """Compared the last loss with the first one"""
    def best_epochs(log):
        log = log.sort_values("epoch").reset_index(drop=True)
        runs = log.groupby("run")["val_loss"]
        best = log.loc[runs.idxmin()].set_index("run")
        return pd.DataFrame({"best_epoch": best["epoch"], "rise": runs.last() - runs.first()})


@mistake(rise_is_last_minus_best)
class best_minus_last:
    """Turned the difference round: a rise came out negative"""
    def best_epochs(log):
        log = log.sort_values("epoch").reset_index(drop=True)
        runs = log.groupby("run")["val_loss"]
        best = log.loc[runs.idxmin()].set_index("run")
        return pd.DataFrame({"best_epoch": best["epoch"], "rise": runs.min() - runs.last()})


@mistake(rows_in_any_order)
class order_of_the_table:
    """Took the last row of a run for its last epoch"""
    def best_epochs(log):
        log = log.reset_index(drop=True)
        runs = log.groupby("run")["val_loss"]
        best = log.loc[runs.idxmin()].set_index("run")
        return pd.DataFrame({"best_epoch": best["epoch"], "rise": runs.last() - runs.min()})


@accepted
class loops:
    def best_epochs(log):
        runs = {}
        for _, row in log.iterrows():
            runs.setdefault(row["run"], []).append((row["epoch"], row["val_loss"]))
        table = {}
        for run, curve in runs.items():
            curve.sort()
            epoch, smallest = min(curve, key=lambda point: (point[1], point[0]))
            table[run] = {"best_epoch": epoch, "rise": curve[-1][1] - smallest}
        return pd.DataFrame.from_dict(table, orient="index")


@accepted
class by_pivot:
    def best_epochs(log):
        curves = log.pivot(index="epoch", columns="run", values="val_loss").sort_index()
        last = curves.ffill().iloc[-1]
        return pd.DataFrame({"best_epoch": curves.idxmin(), "rise": last - curves.min()})


@accepted
class by_apply:
    def best_epochs(log):
        def one(part):
            part = part.sort_values("epoch").set_index("epoch")["val_loss"]
            return pd.Series({"best_epoch": part.idxmin(), "rise": part.iloc[-1] - part.min()})
        return log.groupby("run")[["epoch", "val_loss"]].apply(one)


@accepted
class by_sorting:
    def best_epochs(log):
        best = log.sort_values(["val_loss", "epoch"]).drop_duplicates("run").set_index("run")
        last = log.sort_values("epoch").drop_duplicates("run", keep="last").set_index("run")
        return pd.DataFrame({"best_epoch": best["epoch"],
                             "rise": last["val_loss"] - best["val_loss"]})


@proof
def the_training_loss_says_nothing():
    curve = pd.DataFrame({
        "run": "a", "epoch": [1, 2, 3], "train_loss": [0.5, 0.3, 0.2], "val_loss": [0.9, 0.4, 0.6],
        "live_loss": [0.9, 0.4, 0.6], "overlap": 0.0,
    })
    assert curve["train_loss"].idxmin() == 2  # its minimum is always the last epoch
    assert best_epochs(curve).loc["a", "best_epoch"] == 2
