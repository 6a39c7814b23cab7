"""The files beside results.sqlite: Otter's final_grades.csv and Gradescope's results.json.

Both are written anew from the results after every run, so that existing scripts keep working.
What students may read of a hidden check is its own message, never text that their code wrote.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from autograder.description import HomeworkDescription
from autograder.results import CheckResult, CheckStatus, QuestionResult, SubmissionResult

DANGEROUS = tuple("=+-@\t\r\0＝＋－＠")
"""A text cell that begins so is a formula to a spreadsheet."""

VISIBILITY = "after_published"
STATUS_WORDS = {
    CheckStatus.PASSED: ("通过", "passed"),
    CheckStatus.FAILED: ("未通过", "failed"),
    CheckStatus.ERROR: ("运行出错", "error"),
    CheckStatus.TIMEOUT: ("超时", "time limit exceeded"),
    CheckStatus.NOT_RUN: ("未评", "not run"),
}


def write_final_grades(
    path: Path, description: HomeworkDescription, results: Iterable[SubmissionResult]
) -> None:
    """Otter's final_grades.csv, questions in numeric order: a row a submission."""
    questions = description["questions"]
    possible = sum(question["points"] for question in questions)
    header = ["file", *(q["name"] for q in questions),
              "total_points_earned", "percent_correct", "grading_status"]
    rows: list[list[Any]] = [
        ["points-per-question", *(number(q["points"]) for q in questions), number(possible),
         "1.0", "--"]
    ]
    for result in results:
        share = round(result.score / possible, 4) if possible else 0.0
        rows.append([safe(result.file), *(number(q.score) for q in result.questions),
                     number(result.score), share, result.status.value])
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def write_results_json(
    folder: Path, description: HomeworkDescription, results: Iterable[SubmissionResult]
) -> None:
    """`<submission>.json` for each submission, in the shape of Gradescope's results.json."""
    folder.mkdir(parents=True, exist_ok=True)
    for result in results:
        text = json.dumps(gradescope(description, result), ensure_ascii=False, indent=1)
        (folder / f"{result.name}.json").write_text(text + "\n", encoding="utf-8")


def gradescope(description: HomeworkDescription, result: SubmissionResult) -> dict[str, Any]:
    """One submission in Gradescope's shape: a test a question, in the student's language."""
    titles = {q["name"]: q["title"] for q in description["questions"]}
    messages = {
        (q["name"], c["name"]): c["message"] for q in description["questions"] for c in q["checks"]
    }
    zh = result.language == "zh"
    tests = []
    for question in result.questions:
        lines = [
            _line(check, messages[question.name, check.name]["zh" if zh else "en"], zh)
            for check in question.checks
        ]
        tests.append({
            "name": f"{question.name}: {titles[question.name]['zh' if zh else 'en']}",
            "score": number(question.score), "max_score": number(question.possible),
            "status": "passed" if _all_passed(question) else "failed",
            "output": "\n".join(lines), "visibility": VISIBILITY,
        })
    return {"score": number(result.score), "tests": tests}


def _line(check: CheckResult, message: str, zh: bool) -> str:
    word = STATUS_WORDS[check.status][0 if zh else 1]
    if check.status is CheckStatus.PASSED:
        return f"{check.name}: {word}"
    error = f" ({check.error})" if check.error.isidentifier() else ""
    return f"{check.name}: {word}{error}\n    {message}"


def _all_passed(question: QuestionResult) -> bool:
    return all(check.status is CheckStatus.PASSED for check in question.checks)


def number(value: float) -> float | int:
    """Points without a trailing .0, and without the dust of binary fractions."""
    value = round(value, 6)
    return int(value) if value == int(value) else value


def safe(text: str) -> str:
    """`text` for a cell of a CSV file for people: no formula, no control characters."""
    cleaned = "".join(c for c in text if c.isprintable() or c == " ")
    return f"'{cleaned}" if text.startswith(DANGEROUS) else cleaned
