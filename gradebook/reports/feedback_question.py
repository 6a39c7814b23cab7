"""The feedback on one question: the cause first, then the checks that fail because of it.

If the function of a check is missing, or raises an error, the message of the check would be a wrong
diagnosis. So such checks are only counted, in the line of their cause.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

from autograder.model import (
    CheckDescription,
    FindingKind,
    QuestionDescription,
    SubmissionStatus,
    shown_error,
)
from gradebook.intake.results import (
    ERROR,
    FAILED,
    NONE,
    NOT_RUN,
    PASSED,
    TIMEOUT,
    Frames,
    read_code,
)
from gradebook.reports.report import Facts, number
from gradebook.wording import COMMA, Language

MOST_HINTS = 3
"""Likely causes that are named."""
MAX_LINE = 120

FINDINGS = {
    "unwritten": {"zh": "没有写，或者什么都没有返回：{functions}。",
                  "en": "Not written, or returns nothing: {functions}."},
    "raises": {"zh": "每次调用都报错：{functions}。",
               "en": "Every call raised an error: {functions}."},
    "shape": {"zh": "返回值的形状或类型与题目要求的不一致：{functions}。",
              "en": "Returns a value of another shape or kind than the question asks:"
                    " {functions}."},
}
"""Sentences about functions that fail for any arguments, by the kind of the finding. The class of
the error is not shown: a student could choose it by the input of a hidden check."""
USELESS = (FindingKind.UNWRITTEN, FindingKind.RAISES)
CAUSES: Mapping[int, Mapping[Language, str]] = {
    FAILED: {"zh": "结果不对", "en": "a wrong result"},
    ERROR: {"zh": "代码报错", "en": "the code raised an error"},
    TIMEOUT: {"zh": "超时", "en": "it ran out of time"},
}
"""Why a check gave no points, as the end of the sentence "2 points lost: ..."."""


@dataclass(frozen=True)
class Broken:
    """The line of a question's code with a syntax error, and Python's message."""

    line: str
    why: str


SHORTENED = "# … (shortened)"
"""The end of an answer of which not all was kept."""


def broken_lines(results: Path, frames: Frames) -> dict[int, dict[str, Broken]]:
    """The first syntax error in the code of each question, by submission and question.

    Looked for in the code itself, not in what the student's process has told, and only where the
    run says that a cell could not be read.
    """
    found: dict[int, dict[str, Broken]] = {}
    status = frames.submissions["status"]
    unread = set(status.index[status.eq(SubmissionStatus.SYNTAX_ERROR.value)])
    if not unread:
        return found
    for submission, question, answer in read_code(results, frames):
        if submission in unread and (broken := syntax_error(answer)):
            found.setdefault(submission, {})[question] = broken
    return found


def syntax_error(code: str) -> Broken | None:
    """The first line that makes code of a notebook unreadable; None also where that is not sure."""
    if code.endswith(SHORTENED) or any(line.startswith("%%") for line in code.split("\n")):
        return None
    try:
        text = TransformerManager().transform_cell(code)
        compile(text, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST)
    except SyntaxError as error:
        lines = code.split("\n")
        place = (error.lineno or 0) - 1
        line = lines[place].strip() if 0 <= place < len(lines) else ""
        return Broken(line[:MAX_LINE], error.msg)
    except (ValueError, RecursionError, MemoryError):
        return None
    return None


def question_facts(
    question: QuestionDescription, share: float, verdicts: Mapping[tuple[str, str], int],
    errors: Mapping[tuple[str, str], str], language: Language, mistakes: Collection[str],
    findings: Sequence[Mapping[str, str]], broken: Broken | None = None,
) -> Facts:
    """The facts about a question for the page, by the names that its template uses."""
    name = question["name"]
    by_name = {c["name"]: verdicts[name, c["name"]] for c in question["checks"]}
    failed = [c for c in question["checks"] if by_name[c["name"]] in (FAILED, ERROR, TIMEOUT)]
    left, causes = list(failed), list[Facts]()
    if broken and (of_it := [c for c in failed if by_name[c["name"]] == ERROR]):
        causes.append({"broken": broken, **_counted(of_it)})
        left = [c for c in failed if c not in of_it]
        findings, mistakes = [], []
    for kind, sentence in FINDINGS.items():
        functions = [each["function"] for each in findings if each["kind"] == kind]
        if functions:
            text = sentence[language].format(
                functions=COMMA[language].join(f"`{name}`" for name in functions))
            of_it = [c for c in left if kind in USELESS
                     and set(functions) & set(c.get("functions", []))]
            causes.append({"broken": None, "text": text, **_counted(of_it)})
            left = [c for c in left if c not in of_it]
    beliefs = {m["name"]: m["belief"][language] for m in question["mistakes"]}
    title = question["title"][language]
    bullets = list(_bullets(name, left, by_name, errors, language))
    return {
        "name": name, "number": number(name), "title": "" if title == name else title,
        "earned": share * question["points"], "possible": question["points"], "by_hand": False,
        "unknown": share != share or NOT_RUN in by_name.values(),
        "causes": causes, "failed": bullets,
        "public": any(not check["hidden"] for check in failed),
        "asked": _asked(question, [f for b in bullets for f in b["functions"]], language),
        "passed": [check for check, code in by_name.items() if code == PASSED],
        "open": [check for check, code in by_name.items() if code in (NOT_RUN, NONE)],
        "done": all(code == PASSED for code in by_name.values()),
        "hints": [beliefs[name] for name in mistakes if name in beliefs][:MOST_HINTS],
    }


def _counted(checks: Sequence[CheckDescription]) -> Facts:
    return {"checks": [check["name"] for check in checks],
            "lost": sum(check["points"] for check in checks)}


def _bullets(
    question: str, failed: Sequence[CheckDescription], by_name: Mapping[str, int],
    errors: Mapping[tuple[str, str], str], language: Language,
) -> Iterator[Facts]:
    """The checks that failed, each with its message; those that raised the same error are one."""
    together: dict[str, list[CheckDescription]] = {}
    for check in failed:
        code, error = by_name[check["name"]], errors.get((question, check["name"]), "")
        how = _how(check, code, error, language)
        together.setdefault(how if code != FAILED else check["name"], []).append(check)
    for how, checks in together.items():
        code = by_name[checks[0]["name"]]
        functions = dict.fromkeys(f for check in checks for f in check.get("functions", []))
        yield {
            "message": "" if len(checks) > 1 else checks[0]["message"][language],
            "how": CAUSES[FAILED][language] if code == FAILED else how,
            "hidden": all(check["hidden"] for check in checks),
            "functions": list(functions), **_counted(checks),
        }


def _how(check: CheckDescription, code: int, error: str, language: Language) -> str:
    how = CAUSES[code][language]
    if code == ERROR and (shown := shown_error(error, language, hidden=check["hidden"])):
        how += f" ({shown})"
    return how


def _asked(
    question: QuestionDescription, functions: Collection[str], language: Language
) -> list[Facts]:
    """The parts of the prompt about these functions."""
    return [
        {"name": each["name"], "says": each["says"][language], "item": each["item"][language],
         "section": each["section"][language]}
        for each in question.get("functions", []) if each["name"] in functions
    ]
