"""`homework diff`: what a regrade changed, per submission and check."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.grading.runs import opened
from autograder.model import SubmissionResult, number


@dataclass(frozen=True)
class Change:
    """One thing that differs: a check's status, a score, or a submission that one run lacks."""

    submission: str
    place: str
    before: str
    after: str


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
    return [
        Change(name, place, before.get(place, "absent"), after.get(place, "absent"))
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


def _load(given: str) -> dict[str, SubmissionResult]:
    with opened(given) as (store, run):
        return {result.name: result for result in store.results(run.run)}
