"""`homework diff`: what a regrade changed, per submission and check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.grading.runs import opened
from autograder.model import SubmissionResult, number


@dataclass(frozen=True)
class Change:
    """One thing that differs: a check's status, a score, or a submission that one run lacks.

    `points` is how much the total rose, for the change of a total; 0 for any other change.
    """

    submission: str
    place: str
    before: str
    after: str
    points: float = 0.0


def diff_runs(before: str, after: str) -> list[Change]:
    """Every difference between two runs, each given as a folder or file, with `:N` for run N."""
    old, new = _load(before), _load(after)
    changes: list[Change] = []
    for name in sorted(old.keys() | new.keys()):
        if name not in old or name not in new:
            here, there = ("graded" if name in side else "absent" for side in (old, new))
            changes.append(Change(name, "submission", here, there))
        else:
            changes += _changes(name, old[name], new[name])
    return changes


def _changes(name: str, old: SubmissionResult, new: SubmissionResult) -> list[Change]:
    before, after = _facts(old), _facts(new)
    points = {"total": new.score - old.score}
    return [
        Change(name, place, before.get(place, "absent"), after.get(place, "absent"),
               points.get(place, 0.0))
        for place in dict.fromkeys([*before, *after])
        if before.get(place) != after.get(place)
    ]


def _facts(result: SubmissionResult) -> dict[str, str]:
    facts = {"total": f"{number(result.score)} / {number(result.possible)}",
             "status": result.status.value, "file": result.digest[:12]}
    for question in result.questions:
        facts[question.name] = f"{number(question.score)} / {number(question.possible)}"
        for check in question.checks:
            facts[f"{question.name}: {check.name}"] = check.status.value
    return facts


def summary(changes: Sequence[Change]) -> list[str]:
    """What the changes come to, a line each: totals up and down, then why, the commonest first."""
    up = [change.points for change in changes if change.points > 0]
    down = [change.points for change in changes if change.points < 0]
    lines = [f"{len(up)} total(s) up, by {number(sum(up))} points; "
             f"{len(down)} down, by {number(-sum(down))} points"]
    why = Counter(
        (change.place, change.before, change.after) for change in changes
        if ": " in change.place or change.place in ("status", "submission")
    )
    lines += [f"{count} x {place}: {before} -> {after}"
              for (place, before, after), count in why.most_common()]
    return lines


def _load(given: str) -> dict[str, SubmissionResult]:
    with opened(given) as (store, run):
        return {result.name: result for result in store.results(run.run)}
