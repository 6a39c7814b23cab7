"""Trust first, then the data of today, then the curve: the order is the point.

A rise after the best epoch is overfitting only if the validation set was clean; a gap between
training and validation loss alone is none.
"""

import pandas as pd

from autograder.pages import accepted, check, mistake, proof


def diagnose(log):
    verdicts = {}
    for run, part in log.groupby("run"):
        last = part.loc[part["epoch"] == part["epoch"].max()].iloc[0]
        if (part["overlap"] > 0).any():
            verdicts[run] = "leakage"
        elif last["live_loss"] - last["val_loss"] > 0.1:
            verdicts[run] = "drift"
        elif last["val_loss"] - part["val_loss"].min() > 0.1:
            verdicts[run] = "overfitting"
        else:
            verdicts[run] = "none"
    return pd.Series(verdicts)


def log_of(**runs):
    """A log of runs, each a list of (train_loss, val_loss, live_loss, overlap)."""
    rows = [
        dict(zip(("run", "epoch", "train_loss", "val_loss", "live_loss", "overlap"),
                 (run, epoch, *values), strict=True))
        for run, curve in runs.items() for epoch, values in enumerate(curve, 1)
    ]
    return pd.DataFrame(rows)


def plain(series):
    """An answer as plain texts by run."""
    return {str(run): str(verdict) for run, verdict in series.items()}


RISES = [(0.5, 0.5, 0.5, 0.0), (0.2, 0.4, 0.4, 0.0), (0.1, 0.9, 0.9, 0.0)]
DRIFTS = [(0.5, 0.5, 0.5, 0.0), (0.4, 0.4, 0.9, 0.0)]
LEAKS = [(0.5, 0.5, 0.5, 0.02), (0.2, 0.2, 0.9, 0.02)]
LEAKED_ONCE = [(0.5, 0.5, 0.5, 0.02), (0.4, 0.4, 0.4, 0.0)]
FINE = [(0.5, 0.6, 0.6, 0.0), (0.4, 0.5, 0.55, 0.0)]


@check(points=1)
def leakage_comes_first(diagnose):
    """A run with overlapping samples gets another verdict: once validation samples were trained
    on, in whatever epoch, its losses can show nothing else."""
    found = plain(diagnose(log_of(a=LEAKS, b=LEAKED_ONCE)))
    assert found == {"a": "leakage", "b": "leakage"}
    lower = [(0.6, 0.5, 0.5, 0.0), (0.5, 0.4, 0.4, 0.0)]  # as dropout makes it: no leak
    assert plain(diagnose(log_of(a=lower))) == {"a": "none"}


@check(points=1)
def drift_is_live_against_validation(diagnose):
    """Drift is read off the last epoch, from the live loss against the validation loss; live data
    that are easier are none."""
    assert plain(diagnose(log_of(a=DRIFTS))) == {"a": "drift"}
    gap = [(0.5, 0.6, 0.6, 0.0), (0.3, 0.55, 0.55, 0.0)]
    easier = [(0.5, 0.5, 0.4, 0.0), (0.4, 0.4, 0.1, 0.0)]
    early = [(0.5, 0.4, 0.9, 0.0), (0.4, 0.45, 0.45, 0.0)]
    assert set(plain(diagnose(log_of(a=gap, b=easier, c=early))).values()) == {"none"}


@check(points=1)
def overfitting_is_a_rise(diagnose):
    """Overfitting is a validation loss that has risen from its smallest value, not a gap between
    validation and training loss."""
    gap = [(0.3, 0.9, 0.9, 0.0), (0.1, 0.8, 0.8, 0.0)]
    assert plain(diagnose(log_of(a=RISES, b=gap))) == {"a": "overfitting", "b": "none"}
    shuffled = log_of(a=RISES).iloc[[2, 0, 1]]
    assert plain(diagnose(shuffled)) == {"a": "overfitting"}


@check(points=0.5)
def each_run_by_itself(diagnose):
    """With several runs in one log the verdicts change: judge each run by its own rows."""
    found = plain(diagnose(log_of(a=FINE, b=RISES, c=DRIFTS, d=LEAKS)))
    assert found == {"a": "none", "b": "overfitting", "c": "drift", "d": "leakage"}


@check(points=0.5)
def knows_when_nothing_is_wrong(diagnose):
    """A run with nothing wrong gets a verdict: 'none' is an answer, too."""
    assert plain(diagnose(log_of(a=FINE, b=FINE))) == {"a": "none", "b": "none"}


@mistake(leakage_comes_first)
class overfitting_first:
    """Asked for overfitting and drift before leakage"""
    def diagnose(log):
        found = {}
        for run, part in log.sort_values("epoch").groupby("run"):
            last = part.iloc[-1]
            if last["val_loss"] - part["val_loss"].min() > 0.1:
                found[run] = "overfitting"
            elif last["live_loss"] - last["val_loss"] > 0.1:
                found[run] = "drift"
            else:
                found[run] = "leakage" if (part["overlap"] > 0).any() else "none"
        return pd.Series(found)


@mistake(leakage_comes_first)
class overlap_of_the_last_epoch:
    """Looked at the overlap of the last epoch only"""
    def diagnose(log):
        found = {}
        for run, part in log.sort_values("epoch").groupby("run"):
            last = part.iloc[-1]
            found[run] = ("leakage" if last["overlap"] > 0
                          else "drift" if last["live_loss"] - last["val_loss"] > 0.1
                          else "overfitting" if last["val_loss"] - part["val_loss"].min() > 0.1
                          else "none")
        return pd.Series(found)


@mistake(leakage_comes_first)
class leakage_by_a_low_loss:
    """Took a validation loss below the training loss for leakage"""
    def diagnose(log):
        found = {}
        for run, part in log.sort_values("epoch").groupby("run"):
            last = part.iloc[-1]
            found[run] = ("leakage" if (part["val_loss"] < part["train_loss"]).any()
                          else "drift" if last["live_loss"] - last["val_loss"] > 0.1
                          else "overfitting" if last["val_loss"] - part["val_loss"].min() > 0.1
                          else "none")
        return pd.Series(found)


@mistake(drift_is_live_against_validation)
class drift_against_training:
    """Compared the live loss with the training loss"""
    def diagnose(log):
        found = {}
        for run, part in log.sort_values("epoch").groupby("run"):
            last = part.iloc[-1]
            found[run] = ("leakage" if (part["overlap"] > 0).any()
                          else "drift" if last["live_loss"] - last["train_loss"] > 0.1
                          else "overfitting" if last["val_loss"] - part["val_loss"].min() > 0.1
                          else "none")
        return pd.Series(found)


@mistake(drift_is_live_against_validation)
class drift_in_any_epoch:
    """Called it drift when the live loss had been higher in any epoch"""
    def diagnose(log):
        found = {}
        for run, part in log.sort_values("epoch").groupby("run"):
            last = part.iloc[-1]
            found[run] = ("leakage" if (part["overlap"] > 0).any()
                          else "drift" if (part["live_loss"] - part["val_loss"] > 0.1).any()
                          else "overfitting" if last["val_loss"] - part["val_loss"].min() > 0.1
                          else "none")
        return pd.Series(found)


@mistake(drift_is_live_against_validation)
class drift_in_both_directions:
    """Called easier live data drift, too"""
    def diagnose(log):
        found = {}
        for run, part in log.sort_values("epoch").groupby("run"):
            last = part.iloc[-1]
            found[run] = ("leakage" if (part["overlap"] > 0).any()
                          else "drift" if abs(last["live_loss"] - last["val_loss"]) > 0.1
                          else "overfitting" if last["val_loss"] - part["val_loss"].min() > 0.1
                          else "none")
        return pd.Series(found)


@mistake(overfitting_is_a_rise)
class overfitting_is_a_gap:
    """Took the gap between validation and training loss for overfitting"""
    def diagnose(log):
        found = {}
        for run, part in log.sort_values("epoch").groupby("run"):
            last = part.iloc[-1]
            found[run] = ("leakage" if (part["overlap"] > 0).any()
                          else "drift" if last["live_loss"] - last["val_loss"] > 0.1
                          else "overfitting" if last["val_loss"] - last["train_loss"] > 0.1
                          else "none")
        return pd.Series(found)


@mistake(overfitting_is_a_rise)
class order_of_the_table:
    """Took the last row for the last epoch"""
    def diagnose(log):
        found = {}
        for run, part in log.groupby("run"):
            last = part.iloc[-1]
            found[run] = ("leakage" if (part["overlap"] > 0).any()
                          else "drift" if last["live_loss"] - last["val_loss"] > 0.1
                          else "overfitting" if last["val_loss"] - part["val_loss"].min() > 0.1
                          else "none")
        return pd.Series(found)


@mistake(each_run_by_itself)
class one_verdict_for_all:
    """Judged the whole log at once"""
    def diagnose(log):
        last = log.loc[log["epoch"] == log["epoch"].max()].iloc[0]
        verdict = ("leakage" if (log["overlap"] > 0).any()
                   else "drift" if last["live_loss"] - last["val_loss"] > 0.1
                   else "overfitting" if last["val_loss"] - log["val_loss"].min() > 0.1
                   else "none")
        return pd.Series(verdict, index=log["run"].unique())


@mistake(knows_when_nothing_is_wrong)
class always_something:
    """Thought that a run always has something: what is left was overfitting"""
    def diagnose(log):
        found = {}
        for run, part in log.sort_values("epoch").groupby("run"):
            last = part.iloc[-1]
            found[run] = ("leakage" if (part["overlap"] > 0).any()
                          else "drift" if last["live_loss"] - last["val_loss"] > 0.1
                          else "overfitting")
        return pd.Series(found)


@accepted
class by_columns:
    def diagnose(log):
        log = log.sort_values("epoch")
        runs = log.groupby("run")
        last = log.drop_duplicates("run", keep="last").set_index("run")
        verdict = pd.Series("none", index=last.index)
        verdict[last["val_loss"] - runs["val_loss"].min() > 0.1] = "overfitting"
        verdict[last["live_loss"] - last["val_loss"] > 0.1] = "drift"
        verdict[runs["overlap"].max() > 0] = "leakage"
        return verdict


@accepted
class by_apply:
    def diagnose(log):
        def one(part):
            last = part.sort_values("epoch").iloc[-1]
            if part["overlap"].max() > 0:
                return "leakage"
            if last["live_loss"] > last["val_loss"] + 0.1:
                return "drift"
            return "overfitting" if last["val_loss"] > part["val_loss"].min() + 0.1 else "none"
        columns = ["epoch", "train_loss", "val_loss", "live_loss", "overlap"]
        return log.groupby("run")[columns].apply(one)


@accepted
class plain_dictionaries:
    def diagnose(log):
        runs = {}
        for row in log.to_dict("records"):
            runs.setdefault(row["run"], []).append(row)
        found = {}
        for run, rows in runs.items():
            last = max(rows, key=lambda row: row["epoch"])
            rise = last["val_loss"] - min(row["val_loss"] for row in rows)
            if any(row["overlap"] > 0 for row in rows):
                found[run] = "leakage"
            elif last["live_loss"] - last["val_loss"] > 0.1:
                found[run] = "drift"
            else:
                found[run] = "overfitting" if rise > 0.1 else "none"
        return pd.Series(found, name="verdict")


@accepted
class with_a_merge:
    def diagnose(log):
        summary = log.groupby("run").agg(
            end=("epoch", "max"), best=("val_loss", "min"), overlap=("overlap", "max"),
        ).reset_index()
        table = summary.merge(log.drop(columns="overlap"), left_on=["run", "end"],
                              right_on=["run", "epoch"])

        def verdict(row):
            if row["overlap"] > 0:
                return "leakage"
            if row["live_loss"] - row["val_loss"] > 0.1:
                return "drift"
            return "overfitting" if row["val_loss"] - row["best"] > 0.1 else "none"
        return table.set_index("run").apply(verdict, axis=1)


@proof
def the_same_curve_is_two_things():
    curve = pd.DataFrame({
        "run": "a", "epoch": [1, 2], "train_loss": [0.4, 0.1], "val_loss": [0.5, 0.9],
        "live_loss": [0.5, 0.9], "overlap": 0.0,
    })
    assert diagnose(curve)["a"] == "overfitting"
    assert diagnose(curve.assign(overlap=0.02))["a"] == "leakage"
