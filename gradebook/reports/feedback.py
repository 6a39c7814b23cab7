"""Feedback: for each submission one page in the language of its notebook, zipped for the platform.

What a hidden check passes to a student's code must not come back. So a page shows, of every failed
check, the check's own message, and of the error only a class that Python or numpy define: a student
could name a class, write a text or print a value after what a hidden check passed in. That holds
for public checks too, because their errors can carry what an earlier hidden check has left behind.

Moodle finds the student by the folder of its own download, `Full Name_12345_assignsubmission_file_`
(the number is the participant's), Canvas by the first two numbers in the file's name, as in
`lastfirst_12345_67890_hw3.ipynb` (user and attachment), whatever its ending. Both stay as they were
downloaded; only the ending becomes .html, so that the page opens.
"""

from __future__ import annotations

import re
import sqlite3
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import pandas as pd

from autograder.errors import UserError
from autograder.model import (
    AT_END,
    NOTHING_TO_GRADE,
    Bilingual,
    CheckDescription,
    QuestionDescription,
    SubmissionStatus,
    shown_error,
)
from gradebook.intake.platform_files import CANVAS, MOODLE
from gradebook.intake.results import ERROR, FAILED, NONE, NOT_RUN, PASSED, TIMEOUT, Frames
from gradebook.intake.submissions import written_questions
from gradebook.policy.grades import HomeworkGrades
from gradebook.reports.pages import page
from gradebook.reports.report import number
from gradebook.wording import Language, say

Layout = Literal["plain", "moodle", "canvas"]

PLATFORMS: Mapping[Layout, re.Pattern[str]] = {"moodle": MOODLE, "canvas": CANVAS}
EXAMPLES = {
    "moodle": "a folder like Full Name_12345_assignsubmission_file_",
    "canvas": "a name like lastfirst_12345_67890_hw3.ipynb",
    "plain": "a name",
}


def layout_of(files: list[str]) -> Layout:
    """The platform that takes back pages for all `files` of a download, `plain` when none does."""
    for layout in PLATFORMS:
        if all(_own_part(file, layout) is not None for file in files):
            return layout
    return "plain"


def entry_name(original: str, layout: Layout) -> str:
    """The page's place in the zip, from its submission's path in the platform's download.

    The outermost part that looks like the platform's counts: what is inside a student's own zip the
    student has named.
    """
    path = _path(original)
    if layout == "plain":
        if path.name and not path.is_absolute() and ".." not in path.parts:
            return f"{path}.html"
    elif (place := _own_part(original, layout)) is not None:
        part, *inside = path.parts[place:]
        match = PLATFORMS[layout].fullmatch(part)
        if layout == "moodle" and match and not match["file"]:
            return f"{part}/{_page(['feedback', *inside][-1])}"
        return _page(part)
    raise UserError(
        original, EXAMPLES[layout], path.name,
        "give the name as it was in the download, or choose the layout `plain`",
    )


def _path(original: str) -> PurePosixPath:
    return PurePosixPath(original.replace("\\", "/"))


def _own_part(original: str, layout: Layout) -> int | None:
    """The place of the part of the path that the platform has named."""
    places = (place for place, part in enumerate(_path(original).parts)
              if PLATFORMS[layout].fullmatch(part))
    return next(places, None)


def _page(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(".html"))


def write_zip(path: Path, entries: Iterable[tuple[str, str]]) -> Path:
    """Write texts under their names; where a name is taken already, a number is added to it."""
    texts: dict[str, str] = {}
    for name, text in entries:
        number, own = 1, name
        while own in texts:
            number += 1
            own = f"{name.removesuffix('.html')}-{number}.html"
        texts[own] = text
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(texts):
            entry = zipfile.ZipInfo(name)  # of 1980: the same pages give the same bytes
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, texts[name])
    return path


ERRORS = """
SELECT submission, question, name, error FROM checks WHERE error != ''
"""


def write_feedback(
    frames: Frames, path: Path, layout: Layout = "plain", *, language: Language = "zh",
    originals: Mapping[int, str] | None = None, dropped: Collection[str] = (),
    errors: Mapping[int, Mapping[tuple[str, str], str]] | None = None,
    at_end: Mapping[int, Collection[str]] | None = None,
    written: Mapping[int, Sequence[WrittenFeedback]] | None = None,
) -> Path:
    """Write a zip of pages to `path`, one a submission; the same results give the same bytes.

    `originals` gives the path of a submission as it was downloaded; without it the file as it was
    graded counts, or for the layout `plain` the submission's name. `language` is for notebooks
    whose own is unknown. `dropped` questions do not count. `errors`: see `error_classes`; `at_end`:
    see `graded_at_end`; `written`: see `written_feedback`. Raises UserError when a path
    is none of the platform's.
    """
    known = frames.submissions["name" if layout == "plain" else "file"]
    files = dict(zip(known.index, known, strict=True)) | dict(originals or {})
    entries = [
        (entry_name(files[submission], layout),
         feedback_page(frames, submission, language, (errors or {}).get(submission, {}), dropped,
                       (at_end or {}).get(submission, ()), (written or {}).get(submission, ())))
        for submission in frames.submissions.index
    ]
    return write_zip(path, entries)


@dataclass(frozen=True)
class WrittenFeedback:
    """What people gave for a written answer: `points` is NaN while it has no score."""

    question: str
    title: Bilingual
    points: float
    possible: float
    comment: str
    counts: bool


def written_feedback(grades: HomeworkGrades) -> dict[int, list[WrittenFeedback]]:
    """By submission, the questions that people grade. Of a group each different mark is shown."""
    titles = {w["name"]: w["title"] for w in written_questions(grades.results)}
    questions = [str(name) for name in grades.possible.index
                 if name not in grades.results.possible.index]
    found: dict[int, list[WrittenFeedback]] = {}
    counted = grades.counted.dropna().astype("int64")
    for student, submission in zip(counted.index.tolist(), counted.tolist(), strict=True):
        own = found.setdefault(submission, [])
        points: pd.Series[float] = grades.points.loc[student]
        for name in questions:
            given = WrittenFeedback(
                name, titles.get(name, {"zh": name, "en": name}), float(points[name]),
                float(grades.possible[name]), grades.sources.comments.get((student, name), ""),
                bool(grades.counts[name]))
            if repr(given) not in map(repr, own):  # NaN differs from itself
                own.append(given)
    return found


def feedback_page(
    frames: Frames, submission: int, language: Language,
    errors: Mapping[tuple[str, str], str] | None = None, dropped: Collection[str] = (),
    at_end: Collection[str] = (), written: Sequence[WrittenFeedback] = (),
) -> str:
    """The page of one submission; `errors` maps (question, check) to the class of its error.

    The sum is over the questions that count and have a score; what was not run has none.
    """
    status = str(frames.submissions.at[submission, "status"])
    known = str(frames.submissions.at[submission, "language"])
    own: Language = "zh" if known == "zh" else "en" if known == "en" else language
    codes = frames.verdicts.loc[[submission]].to_numpy()[0].tolist()
    verdicts: dict[Any, int] = dict(zip(frames.verdicts.columns, codes, strict=True))
    shares = frames.scores.loc[[submission]].to_numpy()[0].tolist()
    names = [(submission, q["name"]) for q in frames.homework["questions"]]
    diagnosed = frames.diagnoses.reindex(names)
    shown = [(m if isinstance(m, list) else [], f if isinstance(f, list) else [])
             for m, f in zip(diagnosed["mistakes"], diagnosed["findings"], strict=True)]
    questions = [
        _question(question, share, verdicts, errors or {}, own, *found)
        for question, share, found in zip(
            frames.homework["questions"], shares, shown, strict=True)
    ]
    for question in questions:
        question["dropped"] = question["name"] in dropped
        question["at_end"] = AT_END[own] if question["name"] in at_end else ""
    sums = [q for q in questions if not q["dropped"] and not q["unknown"]]
    return page(
        "feedback.html", own, title=frames.homework["title"][own], questions=questions,
        earned=sum(q["earned"] for q in sums), possible=sum(q["possible"] for q in sums),
        unknown=[q["number"] for q in questions if q["unknown"] and not q["dropped"]],
        trouble="" if status == SubmissionStatus.COMPLETED.value else say(status, own),
        written=[{"title": w.title[own], "points": w.points, "unknown": w.points != w.points,
                  "possible": w.possible, "comment": w.comment, "counts": w.counts}
                 for w in written],
        no_work=status in NOTHING_TO_GRADE, has_checks=frames.has_checks,
        ungraded=not frames.has_checks and status == SubmissionStatus.NOT_RUN.value,
    )


def _question(
    question: QuestionDescription, share: float, verdicts: Mapping[tuple[str, str], int],
    errors: Mapping[tuple[str, str], str], language: Language, mistakes: Collection[str],
    findings: Collection[Mapping[str, str]],
) -> dict[str, Any]:
    name = question["name"]
    by_name = {c["name"]: verdicts[name, c["name"]] for c in question["checks"]}
    failed = [c for c in question["checks"] if by_name[c["name"]] in (FAILED, ERROR, TIMEOUT)]
    beliefs = {m["name"]: m["belief"][language] for m in question["mistakes"]}
    return {
        "name": name, "number": number(name), "title": question["title"][language],
        "earned": share * question["points"], "possible": question["points"],
        "unknown": share != share or NOT_RUN in by_name.values(),
        "failed": [
            _failed(check, by_name[check["name"]], errors.get((name, check["name"]), ""), language)
            for check in failed
        ],
        "passed": [check for check, code in by_name.items() if code == PASSED],
        "open": [check for check, code in by_name.items() if code in (NOT_RUN, NONE)],
        "done": all(code == PASSED for code in by_name.values()),
        "hints": [beliefs[name] for name in mistakes if name in beliefs],
        "findings": [_finding(finding, language) for finding in findings],
    }


FINDINGS = {
    "unwritten": {"zh": "{function} 没有写，或者什么都没有返回。",
                  "en": "{function} is not written, or it returns nothing."},
    "raises": {"zh": "每次调用 {function} 都报错。",
               "en": "Every call of {function} raised an error."},
    "shape": {"zh": "{function} 返回值的形状或类型与题目要求的不一致。",
              "en": "{function} returns a value of another shape or kind than the question asks."},
}
"""What is wrong with a function whatever it is asked, by the kind of the finding. The class of the
error is not said: a student could choose it after what a hidden check passed in."""


def _finding(finding: Mapping[str, str], language: Language) -> str:
    return FINDINGS[finding["kind"]][language].format(function=f"`{finding['function']}`")


def _failed(
    check: CheckDescription, code: int, error: str, language: Language
) -> dict[str, Any]:
    if code == TIMEOUT:
        how = say("timeout", language)
    elif code == ERROR:
        error = shown_error(error, language, hidden=check["hidden"])
        how = say("error", language) + (f" ({error})" if error else "")
    else:
        how = say("failed", language)
    return {
        "message": check["message"][language], "points": check["points"],
        "hidden": check["hidden"], "how": how,
    }


def graded_at_end(results: Path) -> dict[int, list[str]]:
    """By submission, the questions that score as they stand at the end of the notebook."""
    with closing(sqlite3.connect(results)) as database:
        rows = database.execute(
            "SELECT submission, question FROM questions WHERE at_end").fetchall()
    found: dict[int, list[str]] = {}
    for submission, question in rows:
        found.setdefault(submission, []).append(question)
    return found


def error_classes(results: Path, frames: Frames) -> dict[int, dict[tuple[str, str], str]]:
    """By submission, the class of the error that each (question, check) ended in."""
    with closing(sqlite3.connect(results)) as database:
        table = pd.read_sql(ERRORS, database)
    found: dict[int, dict[tuple[str, str], str]] = {}
    table = table[table["submission"].isin(frames.submissions.index)]
    for submission, question, check, error in table.itertuples(index=False):
        found.setdefault(submission, {})[question, check] = error
    return found
