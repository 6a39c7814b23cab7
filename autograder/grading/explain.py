"""What a person asks about one submission in office hours, as lines for a terminal.

It is for staff: the reasons hold words of the student's code, and the call that differs holds the
arguments of a hidden check.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from autograder.errors import UserError
from autograder.grading.runs import opened
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

Language = Literal["zh", "en"]
MOST_NAMES = 5
SHOWN = 400
"""Characters of a written answer."""

WORDS = {
    "points": ("得分", "points"), "status": ("状态", "status"), "of": ("/", " of "),
    "belief": ("想法", "belief"), "belief of": ("可能的想法", "perhaps"), "asked": ("调用", "call"),
    "expected": ("应为", "expected"), "given": ("得到", "given"), "by": ("检查", "in the check"),
    "written": ("文字题", "written"), "nothing": ("没有作答", "nothing written"),
    "reason": ("原因", "reason"), "differs": ("第一个不同的调用（只给教师看）",
                                             "first call that differs (for staff only)"),
}


def explain(given: str, student: str, language: Language) -> list[str]:
    """The submissions of the run `given` whose names hold `student`; raises UserError."""
    with opened(given) as (store, run):
        results = list(store.results(run.run))
        description: HomeworkDescription = run.description  # type: ignore[assignment]
    found = [result for result in results if student and student in result.name]
    if not found:
        names = ", ".join(result.name for result in results[:MOST_NAMES])
        raise UserError(given, "a submission whose name holds this id", student or "nothing",
                        f"write a part of a name, such as {names}" if names else "grade first")
    lines: list[str] = []
    for result in found:
        lines += [*([""] if lines else []), *told(description, result, language)]
    return lines


def told(
    description: HomeworkDescription, result: SubmissionResult, language: Language
) -> Iterator[str]:
    """What became of a submission: points, failed checks with their messages, the diagnosis."""
    described = {question["name"]: question for question in description["questions"]}
    say = {word: texts[language == "en"] for word, texts in WORDS.items()}
    yield f"{description['name']}: {result.file}"
    yield f"  {say['points']}: {number(result.score)}{say['of']}{number(result.possible)}"
    yield f"  {say['status']}: {result.status.value}"
    if result.reason:
        yield f"  {say['reason']}: {result.reason}"
    for question in result.questions:
        yield from _question(question, described[question.name], language, say)
    for written in description.get("written", []):
        if written["name"] in result.written:
            text = result.written[written["name"]].strip() or say["nothing"]
            short = text if len(text) <= SHOWN else text[:SHOWN] + "…"
            yield f"  {written['name']} ({say['written']}): " + short.replace("\n", "\n    ")


def _question(
    question: QuestionResult, about: QuestionDescription, language: Language, say: dict[str, str]
) -> Iterator[str]:
    title = about["title"][language]
    points = f"{number(question.score)}/{number(question.possible)}"
    yield f"  {question.name}  {points}  {title}"
    for check, described in zip(question.checks, about["checks"], strict=True):
        if check.status is not CheckStatus.PASSED:
            yield from _check(check, described, language)
    if question.diagnosis:
        yield from _diagnosis(question.diagnosis, about, language, say)


def _check(check: CheckResult, about: CheckDescription, language: Language) -> Iterator[str]:
    error = f" ({check.error})" if check.error else ""
    yield f"    {check.name}: {check.status.value}{error}, -{number(check.points)}"
    if about["message"][language]:
        yield f"      {about['message'][language]}"
    if check.reason:
        yield f"      [{check.reason}]"


def _diagnosis(
    diagnosis: Diagnosis, about: QuestionDescription, language: Language, say: dict[str, str]
) -> Iterator[str]:
    beliefs = {m["name"]: m["belief"][language] for m in about["mistakes"]}
    word = say["belief"] if len(diagnosis.mistakes) == 1 else say["belief of"]
    for name in diagnosis.mistakes:
        yield f"    {word}: {beliefs.get(name) or name}"
    if call := diagnosis.call:
        yield f"    {say['differs']}, {say['by']} {call.check}"
        for what, text in (("asked", call.asked), ("expected", call.expected),
                           ("given", call.given)):
            yield f"      {say[what]}: {text}"
