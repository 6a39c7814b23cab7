"""Reports on stored results for staff: `homework diff` of two runs, `homework explain`.

`diff_runs` lists what a regrade changed, for each submission and check. `explain` is for office
hours: it shows reasons, which quote the student's code, and the first call that differs, which
quotes the arguments of a hidden check. So neither is for students.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from autograder.errors import UserError
from autograder.grading.runs import opened
from autograder.language import N_, Language, _, retold, spoken
from autograder.model import (
    CheckDescription,
    CheckResult,
    CheckStatus,
    Diagnosis,
    HomeworkDescription,
    QuestionDescription,
    QuestionResult,
    SubmissionResult,
    number,
)

MOST_NAMES = 5
SHOWN = 400
"""Characters of a written answer."""


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


def diff_runs(
    before: str, after: str, owner: Callable[[str], str] = lambda _file: ""
) -> list[Change]:
    """Every difference between two runs, each given as a folder or file, with `:N` for run N.

    `owner` maps the file of a submission to whom it belongs, "" where that is not known.
    """
    old, new = _load(before), _load(after)
    changes: list[Change] = []
    for name in sorted(old.keys() | new.keys()):
        who = owner((new.get(name) or old[name]).file) or name
        if name not in old or name not in new:
            here, there = (N_("graded") if name in side else N_("absent") for side in (old, new))
            changes.append(Change(who, "submission", here, there))
        else:
            changes += _changes(who, old[name], new[name])
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
    """Summary of the changes as lines: totals up and down, then the causes, commonest first."""
    up = [change.points for change in changes if change.points > 0]
    down = [change.points for change in changes if change.points < 0]
    lines = [_("{up} total(s) up, by {gained} points; {down} down, by {lost} points").format(
        up=len(up), gained=number(sum(up)), down=len(down), lost=number(-sum(down)))]
    why = Counter(
        (change.place, change.before, change.after) for change in changes
        if ": " in change.place or change.place in ("status", "submission")
    )
    lines += [f"{count} x {_(place)}: {_(before)} -> {_(after)}"
              for (place, before, after), count in why.most_common()]
    return lines


def _load(given: str) -> dict[str, SubmissionResult]:
    with opened(given) as (store, run):
        return {result.name: result for result in store.results(run.run)}


def explain(given: str, student: str) -> list[str]:
    """The submissions of the run `given` whose names hold `student`; raises UserError."""
    with opened(given) as (store, run):
        results = list(store.results(run.run))
        description: HomeworkDescription = run.description  # type: ignore[assignment]
    found = [result for result in results if student and student in result.name]
    if not found:
        names = ", ".join(result.name for result in results[:MOST_NAMES])
        raise UserError(
            given, _("a submission whose name holds this id"), student or _("nothing"),
            _("write a part of a name, such as {names}").format(
                names=names) if names else _("grade first"),
        )
    lines: list[str] = []
    for result in found:
        lines += [*([""] if lines else []), *describe_submission(description, result)]
    return lines


def describe_submission(
    description: HomeworkDescription, result: SubmissionResult
) -> Iterator[str]:
    """The report on a submission: points, failed checks with their messages, the diagnosis."""
    described = {question["name"]: question for question in description["questions"]}
    yield f"{description['name']}: {result.file}"
    yield "  " + _("points: {score} of {possible}").format(
        score=number(result.score), possible=number(result.possible))
    yield "  " + _("status: {status}").format(status=_(result.status.value))
    for reason in re.split(r"; (?=cell \d+ )", result.reason) if result.reason else []:
        yield "  " + _reason(reason)
    for question in result.questions:
        yield from _question(question, described[question.name], spoken())
    for written in description.get("written", []):
        if written["name"] in result.written:
            text = result.written[written["name"]].strip() or _("nothing written")
            short = text if len(text) <= SHOWN else text[:SHOWN] + "…"
            yield "  " + _("{question} (written): {answer}").format(
                question=written["name"], answer=short.replace("\n", "\n    "))


def _reason(reason: str) -> str:
    """A reason; cell and line of an error are facts of their own."""
    found = re.fullmatch(r"cell (\d+) (?:(\w+)(?:: |$))?(?:line (\d+): )?(.*)", reason, re.S)
    if found is None:
        return _("reason: {reason}").format(reason=retold(reason))
    cell, kind, line, text = found.groups()
    error = ": ".join(filter(None, (kind, retold(text))))
    if line is None:
        return _("code cell {cell}: {error}").format(cell=cell, error=error)
    return _("code cell {cell}, line {line}: {error}").format(cell=cell, line=line, error=error)


def _question(
    question: QuestionResult, about: QuestionDescription, language: Language
) -> Iterator[str]:
    title = about["title"][language]
    points = f"{number(question.score)}/{number(question.possible)}"
    yield f"  {question.name}  {points}  {title}"
    for check, described in zip(question.checks, about["checks"], strict=True):
        if check.status is not CheckStatus.PASSED:
            yield from _check(check, described, language)
    if question.diagnosis:
        yield from _diagnosis(question.diagnosis, about, language)


def _check(check: CheckResult, about: CheckDescription, language: Language) -> Iterator[str]:
    error = f" ({check.error})" if check.error else ""
    yield f"    {check.name}: {_(check.status.value)}{error}, -{number(check.points)}"
    if about["message"][language]:
        yield f"      {about['message'][language]}"
    if check.reason:
        yield f"      [{retold(check.reason)}]"


def _diagnosis(
    diagnosis: Diagnosis, about: QuestionDescription, language: Language
) -> Iterator[str]:
    beliefs = {m["name"]: m["belief"][language] for m in about["mistakes"]}
    alone = len(diagnosis.mistakes) == 1
    for name in diagnosis.mistakes:
        belief = beliefs.get(name) or name
        yield "    " + (_("belief: {belief}") if alone else _("perhaps: {belief}")).format(
            belief=belief)
    if call := diagnosis.call:
        yield "    " + _("first call that differs (for staff only), in the check {check}").format(
            check=call.check)
        yield "      " + _("call: {call}").format(call=call.asked)
        yield "      " + _("expected: {value}").format(value=call.expected)
        yield "      " + _("given: {value}").format(value=call.given)
