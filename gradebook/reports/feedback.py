"""Feedback: for each submission one page in the language of its notebook, zipped for the platform.

What a hidden check passes to a student's code must not come back. So a page shows, of every failed
check, the check's own message, and of the error only a class that Python or numpy define: a student
could name a class, write a text or print a value after what a hidden check passed in. That holds
for public checks too, because their errors can carry what an earlier hidden check has left behind.
Errors of cells are shown where no hidden check can have had a part in them: syntax errors, which
the grader finds in the file itself, and what a cell raised before any check had begun.

Of each question the page gives the cause first, then the checks that fail because of it. If the
function of a check is missing, or raises an error, the message of the check would be a wrong
diagnosis; so such checks are only counted, in the line of their cause.

Moodle finds the student by the folder of its own download, `Full Name_12345_assignsubmission_file_`
(the number is the participant's), Canvas by the first two numbers in the file's name, as in
`lastfirst_12345_67890_hw3.ipynb` (user and attachment), whatever its ending. Both stay as they were
downloaded; only the ending becomes .html, so that the page opens.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import pandas as pd

from autograder.errors import UserError
from autograder.file_names import CANVAS, MOODLE
from autograder.language import N_, Language, _
from autograder.model import (
    AT_END,
    NOTHING_TO_GRADE,
    Bilingual,
    CellError,
    CheckDescription,
    FindingKind,
    QuestionDescription,
    SubmissionStatus,
    shown_error,
)
from gradebook.book import Book
from gradebook.explain import student_accounts
from gradebook.intake.results import (
    ERROR,
    FAILED,
    NONE,
    NOT_RUN,
    PASSED,
    TIMEOUT,
    Frames,
    defines,
)
from gradebook.intake.submissions import written_questions
from gradebook.policy.grades import HomeworkGrades
from gradebook.reports.pages import at_cell, page
from gradebook.reports.report import Facts, short_name
from gradebook.wording import COMMA, say

Layout = Literal["plain", "moodle", "canvas"]

PLATFORMS: Mapping[Layout, re.Pattern[str]] = {"moodle": MOODLE, "canvas": CANVAS}
EXAMPLES = {
    "moodle": N_("a folder like Full Name_12345_assignsubmission_file_"),
    "canvas": N_("a name like lastfirst_12345_67890_hw3.ipynb"),
    "plain": N_("a name"),
}
MOST_HINTS = 3
"""Likely causes that are named."""

FINDINGS = {
    "gone": {"zh": "代码里写了 {functions} 的定义，但评这道题时没有这个名字："
                   "可能所在的单元格还没执行到定义就报错停下了，也可能后来被删掉了。",
             "en": "The code defines {functions}, but the name did not exist when this question was"
                   " checked: perhaps its cell stopped with an error before the definition, or the"
                   " name was deleted."},
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
USELESS = ("gone", FindingKind.UNWRITTEN, FindingKind.RAISES)
CAUSES: Mapping[int, Mapping[Language, str]] = {
    FAILED: {"zh": "结果不对", "en": "a wrong result"},
    ERROR: {"zh": "代码报错", "en": "the code raised an error"},
    TIMEOUT: {"zh": "超时", "en": "it ran out of time"},
}
"""Why a check gave no points, as the end of the sentence "2 points lost: ..."."""


def layout_of(files: list[str]) -> Layout:
    """The platform that takes back pages for all `files` of a download, `plain` when none does."""
    for layout in PLATFORMS:
        if all(_own_part(file, layout) is not None for file in files):
            return layout
    return "plain"


def entry_name(original: str, layout: Layout) -> str:
    """The path of the page in the zip, from its submission's path in the platform's download.

    The outermost part in the platform's form counts: names inside a student's own zip are chosen
    by the student.
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
        original, _(EXAMPLES[layout]), path.name,
        _("give the name as it was in the download, or choose the layout `plain`"),
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
    """Write texts under their names; a name that is taken gets a number."""
    texts: dict[str, str] = {}
    for name, text in entries:
        number, own = 1, name
        while own in texts:
            number += 1
            own = f"{name.removesuffix('.html')}-{number}.html"
        texts[own] = text
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(path, "w") as archive:
            for name in sorted(texts):
                entry = zipfile.ZipInfo(name)  # of 1980: the same pages give the same bytes
                entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, texts[name])
    except OSError:
        path.unlink(missing_ok=True)  # half an archive would look like a whole one
        raise
    return path


def write_feedback(
    frames: Frames, path: Path, layout: Layout = "plain", *, language: Language = "zh",
    originals: Mapping[int, str] | None = None, dropped: Collection[str] = (),
    errors: Mapping[int, Mapping[tuple[str, str], str]] | None = None,
    at_end: Mapping[int, Collection[str]] | None = None,
    written: Mapping[int, Sequence[WrittenFeedback]] | None = None,
    accounts: Mapping[str, Mapping[int, Account]] | None = None,
    cell_errors: Mapping[int, Sequence[CellError]] | None = None,
) -> Path:
    """Write a zip of pages to `path`, one a submission; the same results give the same bytes.

    `originals` gives the path of a submission as it was downloaded; without it the file as it was
    graded counts, or for the layout `plain` the submission's name. `language` is for notebooks
    whose own is unknown. `dropped` questions do not count. `errors`: see `error_classes`; `at_end`:
    see `graded_at_end`; `written`: see `written_feedback`; `accounts`, by language: see
    `read_accounts`; `cell_errors`, by submission: see `read_cell_errors`. Raises UserError when a
    path is none of the platform's.
    """
    known = frames.submissions["name" if layout == "plain" else "file"]
    files = dict(zip(known.index, known, strict=True)) | dict(originals or {})
    entries = [
        (entry_name(files[submission], layout),
         feedback_page(frames, submission, language, (errors or {}).get(submission, {}), dropped,
                       (at_end or {}).get(submission, ()), (written or {}).get(submission, ()),
                       (accounts or {}).get(page_language(frames, submission, language), {})
                       .get(submission), (cell_errors or {}).get(submission, ())))
        for submission in frames.submissions.index
    ]
    return write_zip(path, entries)


@dataclass(frozen=True)
class WrittenFeedback:
    """The mark of a written answer: `points` is NaN while it has no score."""

    question: str
    title: Bilingual
    points: float
    possible: float
    comment: str
    counts: bool


def written_feedback(grades: HomeworkGrades) -> dict[int, list[WrittenFeedback]]:
    """Written questions by submission; for a group each different mark is shown."""
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


@dataclass(frozen=True)
class Account:
    """What the gradebook says of a submission: `points` that count by question, NaN without a
    score, and the sentences of `explain`. Of a group only what holds for each of its members."""

    points: Mapping[str, float]
    lines: Sequence[str]


DIFFERENT: Bilingual = {
    "zh": "同组的人得分不一样（例如截止时间不同），各人的分数请问老师。",
    "en": "The members of your group have different scores (deadlines can differ): ask your teacher"
          " for yours.",
}


def read_accounts(
    book: Book, grades: HomeworkGrades, languages: Collection[Language]
) -> dict[str, dict[int, Account]]:
    """The accounts of the gradebook, by language and submission."""
    counted = grades.counted.dropna().astype("int64")
    found: dict[str, dict[int, Account]] = {}
    for language in languages:
        told, own = student_accounts(book, grades, language), found.setdefault(language, {})
        for student, number in zip(counted.index.tolist(), counted.tolist(), strict=True):
            points = grades.points.loc[student].to_dict()
            account = Account({str(name): float(p) for name, p in points.items()}, told[student])
            if number in own and repr(own[number]) != repr(account):  # NaN differs from itself
                account = Account({}, [DIFFERENT[language]])
            own[number] = account
    return found


def page_language(frames: Frames, submission: int, language: Language) -> Language:
    """The language of a page: that of the notebook; that of the course, `language`, where it is not
    known, and for zips not built here, whose own texts are in one language anyway."""
    known = str(frames.submissions.at[submission, "language"])
    foreign = frames.homework.get("together") and "languages" not in frames.homework
    if foreign or known not in ("zh", "en"):
        return language
    return "zh" if known == "zh" else "en"


def feedback_page(
    frames: Frames, submission: int, language: Language,
    errors: Mapping[tuple[str, str], str] | None = None, dropped: Collection[str] = (),
    at_end: Collection[str] = (), written: Sequence[WrittenFeedback] = (),
    account: Account | None = None, cell_errors: Sequence[CellError] = (),
) -> str:
    """The page of one submission; `errors` maps (question, check) to the class of its error.

    The sum is over the questions that count and have a score; what was not run has none. With an
    `account` the points are those of the gradebook. `cell_errors` are those of its cells.
    """
    status = str(frames.submissions.at[submission, "status"])
    own = page_language(frames, submission, language)
    codes = frames.verdicts.loc[[submission]].to_numpy()[0].tolist()
    verdicts: dict[Any, int] = dict(zip(frames.verdicts.columns, codes, strict=True))
    shares = frames.scores.loc[[submission]].to_numpy()[0].tolist()
    names = [(submission, q["name"]) for q in frames.homework["questions"]]
    diagnosed = frames.diagnoses.reindex(names)
    shown = [(m if isinstance(m, list) else [], f if isinstance(f, list) else [],
              code if isinstance(code, str) else "")
             for m, f, code in zip(diagnosed["mistakes"], diagnosed["findings"],
                                   diagnosed["answer"], strict=True)]
    questions = [
        question_facts(question, share, verdicts, errors or {}, own, mistakes, findings,
                       cell_errors, code)
        for question, share, (mistakes, findings, code) in zip(
            frames.homework["questions"], shares, shown, strict=True)
    ]
    for question in questions:
        question["dropped"] = question["name"] in dropped
        question["at_end"] = AT_END[own] if question["name"] in at_end else ""
        points = account.points.get(question["name"]) if account else None
        if points is not None and points == points:
            question["by_hand"] = not question["unknown"] and points != question["earned"]
            question["earned"], question["unknown"] = points, False
    sums = [q for q in questions if not q["dropped"] and not q["unknown"]]
    return page(
        "feedback.html", own, title=frames.homework["title"][own], questions=questions,
        earned=sum(q["earned"] for q in sums), possible=sum(q["possible"] for q in sums),
        unknown=[q["number"] for q in questions if q["unknown"] and not q["dropped"]],
        trouble="" if status == SubmissionStatus.COMPLETED.value else say(status, own),
        cell_errors=[at_cell(error, own) for error in cell_errors],
        written=[{"name": w.question, "title": w.title[own], "points": w.points,
                  "unknown": w.points != w.points, "possible": w.possible, "comment": w.comment,
                  "counts": w.counts} for w in written],
        no_work=status in NOTHING_TO_GRADE, has_checks=frames.has_checks,
        ungraded=not frames.has_checks and status == SubmissionStatus.NOT_RUN.value,
        account=account.lines if account else [],
    )


def question_facts(
    question: QuestionDescription, share: float, verdicts: Mapping[tuple[str, str], int],
    errors: Mapping[tuple[str, str], str], language: Language, mistakes: Collection[str],
    findings: Sequence[Mapping[str, str]], cell_errors: Sequence[CellError] = (), code: str = "",
) -> Facts:
    """The facts about a question for the page, by the names that its template uses."""
    name = question["name"]
    by_name = {c["name"]: verdicts[name, c["name"]] for c in question["checks"]}
    failed = [c for c in question["checks"] if by_name[c["name"]] in (FAILED, ERROR, TIMEOUT)]
    left, causes = list(failed), list[Facts]()
    undefined = [c for c in failed if errors.get((name, c["name"])) == "NameError"]
    broken = [error for error in cell_errors if error.syntax and error.question == name]
    if broken and undefined:
        causes.append({"cell_error": at_cell(broken[0], language), **_counted(undefined)})
        left = [c for c in failed if c not in undefined]
        findings = [each for each in findings if each["kind"] != FindingKind.UNWRITTEN]
    missing = {f for c in undefined for f in c.get("functions", []) if defines(code, f)}
    for kind, sentence in FINDINGS.items():
        functions = [each["function"] for each in findings if _kind(each, missing) == kind]
        if functions:
            text = sentence[language].format(
                functions=COMMA[language].join(f"`{name}`" for name in functions))
            of_it = [c for c in left if kind in USELESS
                     and set(functions) & set(c.get("functions", []))]
            causes.append({"cell_error": None, "text": text, **_counted(of_it)})
            left = [c for c in left if c not in of_it]
    beliefs = {m["name"]: m["belief"][language] for m in question["mistakes"]}
    title = question["title"][language]
    bullets = list(_bullets(name, left, by_name, errors, language))
    return {
        "name": name, "number": short_name(name), "title": "" if title == name else title,
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


def _kind(finding: Mapping[str, str], missing: Collection[str]) -> str:
    gone = finding["kind"] == FindingKind.UNWRITTEN and finding["function"] in missing
    return "gone" if gone else finding["kind"]


def _counted(checks: Sequence[CheckDescription]) -> Facts:
    return {"checks": [check["name"] for check in checks],
            "lost": sum(check["points"] for check in checks)}


def _bullets(
    question: str, failed: Sequence[CheckDescription], by_name: Mapping[str, int],
    errors: Mapping[tuple[str, str], str], language: Language,
) -> Iterator[Facts]:
    """The checks that failed, each with its message; those that raised the same error are one, the
    public ones apart, since only they can be run in the notebook."""
    together: dict[tuple[str, bool], list[CheckDescription]] = {}
    for check in failed:
        code, error = by_name[check["name"]], errors.get((question, check["name"]), "")
        how = _how(check, code, error, language)
        key = how if code != FAILED else check["name"], check["hidden"]
        together.setdefault(key, []).append(check)
    for (how, hidden), checks in together.items():
        code = by_name[checks[0]["name"]]
        functions = dict.fromkeys(f for check in checks for f in check.get("functions", []))
        yield {
            "message": "" if len(checks) > 1 else checks[0]["message"][language],
            "how": CAUSES[FAILED][language] if code == FAILED else how,
            "hidden": hidden,
            "functions": list(functions), **_counted(checks),
        }


def _how(check: CheckDescription, code: int, error: str, language: Language) -> str:
    how = CAUSES[code][language]
    if code == ERROR and (shown := shown_error(error, language, hidden=check["hidden"])):
        how += f"（{shown}）" if language == "zh" else f" ({shown})"
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
