"""The files beside results.sqlite: Otter's final_grades.csv and Gradescope's results.json.

Both are written again from the results after every run, so that existing scripts keep working. A
file is replaced as a whole, so that a reader never sees half of it. Of a hidden check students may
read its own message, never text that their code wrote.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from autograder.errors import UserError
from autograder.language import Language, _
from autograder.model import (
    AT_END,
    STATUS_WORDS,
    CheckDescription,
    CheckResult,
    CheckStatus,
    HomeworkDescription,
    QuestionResult,
    SubmissionResult,
    SubmissionStatus,
    number,
    safe_text,
    shown_error,
)

UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]|^[. -]|[. ]$')
"""Characters that some file system does not allow in a name, or at its ends."""
LONGEST = 200
"""Bytes of a submission's name in a file name; with the hash and the ending, 255 are allowed."""
UNFINISHED = ".unfinished"
"""A file that is being written; the next grader overwrites one that a killed grader left."""

VISIBILITY = "after_published"
"""When students see a question on Gradescope, if the homework does not say."""
NOT_ALL_RUN = {
    "zh": "有些测试没能运行，这不是你的问题；这些题还没有分数。",
    "en": "Some checks could not be run, which is not your fault; these questions have no score.",
}
NOTHING_TO_GRADE = {
    "zh": "交来的文件里没有这次作业可以批改的内容，所以还没有分数。请重新提交，或者联系助教。",
    "en": "There is nothing of this homework to grade in your file, so there is no score yet. "
          "Please hand it in again, or ask your teaching assistant.",
}


def write_final_grades(
    path: Path, description: HomeworkDescription, results: Iterable[SubmissionResult]
) -> None:
    """Otter's final_grades.csv, questions in numeric order: a row a submission.

    A question with a check that was not run has no score: its cell and those of the total are
    empty. A file with nothing to grade has no score either, since it is not evidence of a zero. A
    submission graded by a build with other questions counts as not graded.
    """
    questions = description["questions"]
    possible = sum(question["points"] for question in questions)
    header = ["file", *(q["name"] for q in questions),
              "total_points_earned", "percent_correct", "grading_status"]
    rows: list[list[Any]] = [
        ["points-per-question", *(number(q["points"]) for q in questions), number(possible),
         "1.0", "--"]
    ]
    for result in results:
        scores: list[Any] = [""] * (len(questions) + 2)
        status = result.status
        if not fits(description, result):
            status = SubmissionStatus.NOT_RUN
        elif status is not SubmissionStatus.NOT_RUN and not status.nothing_to_grade:
            share = round(result.score / possible, 4) if possible else 0.0
            scores = ["" if q.not_run else number(q.score) for q in result.questions]
            scores += ["", ""] if result.not_run else [number(result.score), share]
        rows.append([safe_text(result.file), *scores, status.value])
    write_whole(path, "".join(map(_csv_row, [header, *rows])))


def fits(description: HomeworkDescription, result: SubmissionResult) -> bool:
    """Whether a submission has the questions and points of this build; one that could not be
    graded at all has none."""
    own = [(q.name, number(q.possible), len(q.checks)) for q in result.questions]
    return not own or own == [(q["name"], number(q["points"]), len(q["checks"]))
                              for q in description["questions"]]


def _csv_row(cells: list[Any]) -> str:
    """A line of CSV. Text is quoted if it holds a separator of any spreadsheet program: without
    quotes a cell of `a;=1+1;_2023006.ipynb` could begin with a formula."""
    return ",".join('"' + cell.replace('"', '""') + '"'
                    if isinstance(cell, str) and re.search(r'[",;\t\n]', cell) else str(cell)
                    for cell in cells) + "\r\n"


def write_each_json(
    folder: Path, description: HomeworkDescription, names: Iterable[str],
    results: Iterable[SubmissionResult],
) -> Iterator[SubmissionResult]:
    """Yield the `results`, and write `<submission>.json` of each in the shape of Gradescope's
    results.json.

    `names` are the names of all submissions. A submission that could not be graded has no file,
    since Gradescope has no result without a score; that of one with nothing to grade says so to its
    student, and Gradescope would not take it as a result.
    """
    files = file_names(names)
    for result in results:
        path = folder / f"{files[result.name]}.json"
        if result.status is SubmissionStatus.NOT_RUN:
            path.unlink(missing_ok=True)
        elif fits(description, result):
            text = json.dumps(gradescope(description, result), ensure_ascii=False)
            write_whole(path, text + "\n")
        yield result


def file_names(names: Iterable[str]) -> dict[str, str]:
    """A file name for each submission: its own, if every file system can take it.

    Otherwise a hash is added: for characters that were replaced or cut, or names equal but for
    case.
    """
    files: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(names):
        file = UNFIT.sub("_", name).encode()[:LONGEST].decode(errors="ignore") or "_"
        if file != name or _folded(file) in taken:
            file += f"-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
        files[name] = file
        taken.add(_folded(file))
    return files


def _folded(name: str) -> str:
    """The name as file systems see it that ignore case or decompose accents."""
    return unicodedata.normalize("NFD", name).casefold()


def write_whole(path: Path, text: str) -> None:
    """Write the file at once or not at all; the same text is not written again."""
    data = text.encode()
    unfinished = path.parent / UNFINISHED
    try:
        if path.is_file() and path.read_bytes() == data:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(data)
        unfinished.replace(path)
    except OSError as error:
        raise UserError(
            str(path), _("a file that can be written"), error.strerror or str(error),
            _("mend that, then run the same command again: the grades are kept in results.sqlite"),
        ) from None


def gradescope(description: HomeworkDescription, result: SubmissionResult) -> dict[str, Any]:
    """One submission in Gradescope's shape: a test a question, in the student's language.

    A question with a check that was not run has neither score nor status, and the submission has no
    score either: not known is not zero. A file with nothing to grade has no list of questions.
    """
    described = {q["name"]: q for q in description["questions"]}
    language: Language = "zh" if result.language == "zh" else "en"
    tests = []
    for question in result.questions:
        here = described[question.name]
        lines = [
            _line(check, about, language)
            for check, about in zip(question.checks, here["checks"], strict=True)
        ]
        if question.at_end:
            lines.append(AT_END[language])
        test: dict[str, Any] = {"name": f"{question.name}: {here['title'][language]}"}
        if not question.not_run:
            test |= {"score": number(question.score),
                     "status": "passed" if _all_passed(question) else "failed"}
        tests.append(test | {"max_score": number(question.possible), "output": "\n".join(lines),
                             "visibility": VISIBILITY})
    if result.status.nothing_to_grade:
        return {"output": NOTHING_TO_GRADE[language], "tests": []}
    if result.not_run:
        return {"output": NOT_ALL_RUN[language], "tests": tests}
    return {"score": number(result.score), "tests": tests}


def _line(check: CheckResult, about: CheckDescription, language: Language) -> str:
    word = STATUS_WORDS[check.status][language]
    if check.status is CheckStatus.PASSED:
        message = about.get("praise", {"zh": "", "en": ""})[language]
    else:
        message = about["message"][language]
        error = shown_error(check.error, language, hidden=check.hidden)
        if error and check.status is not CheckStatus.NOT_RUN:
            word += f" ({error})"
    return f"{check.name}: {word}" + (f"\n    {message}" if message else "")


def _all_passed(question: QuestionResult) -> bool:
    return all(check.status is CheckStatus.PASSED for check in question.checks)
