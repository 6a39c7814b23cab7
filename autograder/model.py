"""The model: a homework as data (its description), and the results of grading.

The homework's description is `homework.json` inside autograder.zip and inside every results file.
It lets the grader, the gradebook and the feedback speak of questions, points, messages and mistakes
without the pages, and it is as secret as the hidden checks. Of results, the text fields `reason`
may hold words of the student's own code, bounded and without control characters; they are for
instructors. A `status` is always one of the words listed here. `autograder.store` keeps results.
"""

from __future__ import annotations

import builtins
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NotRequired, TypedDict

from autograder.language import Language

HOMEWORK_FILE = "homework.json"


class Bilingual(TypedDict):
    """The same text in Chinese and English."""

    zh: str
    en: str


class CheckDescription(TypedDict):
    """A check: `message` says which property a student who fails it is missing.

    `praise` is the message of an Otter test from elsewhere to students who pass it; `functions`
    are the student's functions that the check calls.
    """

    name: str
    points: float
    hidden: bool
    message: Bilingual
    praise: NotRequired[Bilingual]
    functions: NotRequired[list[str]]


class MistakeDescription(TypedDict):
    """A mistake of the bank: what its author believed."""

    name: str
    belief: Bilingual


class FunctionDescription(TypedDict):
    """A function that students write: `says` is the text under its head in the notebook, `item`
    the Markdown of the prompt that asks for it, "" without one, under the heading `section`."""

    name: str
    says: Bilingual
    section: Bilingual
    item: Bilingual


class QuestionDescription(TypedDict):
    """A question, its checks in their order, and its notes and numerical proof for the teacher.

    `needs` is the code that the proof uses, with its imports. A homework not built here has none
    and no `functions`.
    """

    name: str
    title: Bilingual
    points: float
    checks: list[CheckDescription]
    mistakes: list[MistakeDescription]
    notes: Bilingual
    proof: str
    needs: NotRequired[Bilingual]
    functions: NotRequired[list[FunctionDescription]]


class RubricLineDescription(TypedDict):
    """A line of a rubric: what a written answer must contain for these points."""

    points: float
    text: Bilingual


class WrittenDescription(TypedDict):
    """A written question, which people grade; results hold its answers, but no points."""

    name: str
    title: Bilingual
    points: float
    prompt: Bilingual
    model_answer: Bilingual
    rubric: list[RubricLineDescription]


class HomeworkDescription(TypedDict):
    """A homework, its questions in notebook order; one not built here has no mistakes or notes.

    `written` are the questions that people grade. `visibility` says when Gradescope shows results,
    `packages` what notebooks need, `imports` the modules of these, `together` that checks run in
    the student's own process. In a homework of one language both halves of every text are the same.
    """

    name: str
    title: Bilingual
    questions: list[QuestionDescription]
    written: NotRequired[list[WrittenDescription]]
    languages: NotRequired[list[str]]
    visibility: NotRequired[str]
    packages: NotRequired[list[str]]
    imports: NotRequired[list[str]]
    together: NotRequired[bool]


AT_END: Bilingual = {
    "zh": "这道题按 notebook 运行到最后时的函数评分：得分比在检查单元格处更高。",
    "en": "Graded with the functions as they are at the end of the notebook: they score higher "
          "there than at the check cell.",
}
"""The note on a question with `QuestionResult.at_end`, for students and teachers."""

SHORTENED = "\n# … (shortened)"
"""The end of a student's answer of which not all was kept."""

MAX_REASON = 500


class CheckStatus(StrEnum):
    """The status of one check of one submission."""

    PASSED = "passed"
    FAILED = "failed"
    """The student's functions answered, and the answer lacks the property."""
    ERROR = "error"
    """The student's code raised, ended its process, or did not define a name."""
    TIMEOUT = "timeout"
    NOT_RUN = "not_run"
    """The grader's failure: never a student's zero."""


STATUS_WORDS: dict[CheckStatus, Bilingual] = {
    CheckStatus.PASSED: {"zh": "通过", "en": "passed"},
    CheckStatus.FAILED: {"zh": "未通过", "en": "failed"},
    CheckStatus.ERROR: {"zh": "运行出错", "en": "error"},
    CheckStatus.TIMEOUT: {"zh": "超时", "en": "time limit exceeded"},
    CheckStatus.NOT_RUN: {"zh": "未评", "en": "not run"},
}
"""The words for statuses of checks, for students and teachers."""


class Limit(StrEnum):
    """The limit that ended an attempt at a submission early."""

    TIME = "time"
    MEMORY = "memory"
    MACHINE = "machine"
    """The memory of the machine, which other programs may have used."""


class SubmissionStatus(StrEnum):
    """The status of a whole submission; each submission is a row in the results."""

    COMPLETED = "Completed"
    CELL_ERROR = "a cell raised an error"
    SYNTAX_ERROR = "a cell has a syntax error"
    NO_CHECK_CELLS = "no check cells"
    OTHER_ASSIGNMENT = "notebook of another assignment"
    OTHER_LANGUAGE = "notebook of another programming language"
    EXITED = "the code ended its process"
    TIMED_OUT = "time limit exceeded"
    EMPTY = "empty notebook"
    UNREADABLE = "not a readable notebook"
    NO_NOTEBOOK = "no notebook"
    """A file or folder was handed in, and neither a notebook nor a zip."""
    PARTLY_RUN = "some checks not run"
    """Some checks failed to run (grader failure): their questions have no score yet."""
    NOT_RUN = "not graded"

    @property
    def nothing_to_grade(self) -> bool:
        """Whether the file held no work of this homework. Then there is no score and no zero,
        because only the student knows whether there is more."""
        return self in _NOTHING_TO_GRADE


_NOTHING_TO_GRADE = {
    SubmissionStatus.EMPTY, SubmissionStatus.UNREADABLE, SubmissionStatus.NO_NOTEBOOK,
    SubmissionStatus.OTHER_ASSIGNMENT, SubmissionStatus.OTHER_LANGUAGE,
}
NOTHING_TO_GRADE = sorted(status.value for status in _NOTHING_TO_GRADE)


@dataclass
class CheckResult:
    """One check: `error` is the class of the error it ended in, `reason` the instructor's text."""

    name: str
    hidden: bool
    points: float
    status: CheckStatus
    error: str = ""
    reason: str = ""


class DiagnosisKind(StrEnum):
    """The kinds of diagnosis of a student's wrong answers to a question."""

    NAMED = "named"
    """They fit one mistake of the bank."""
    SEVERAL = "several"
    """They fit several mistakes: one in each of several functions, or any of those named."""
    UNKNOWN = "unknown"
    """They fit nothing in the bank."""
    UNWRITTEN = "unwritten"
    """A function is missing, or returns nothing."""
    RAISES = "raises"
    """A function only raises errors."""


class FindingKind(StrEnum):
    """Kinds of errors of a function for any arguments; they show no belief."""

    UNWRITTEN = "unwritten"
    RAISES = "raises"
    SHAPE = "shape"
    """It answers with the wrong shape or kind."""


@dataclass(frozen=True)
class Finding:
    """An error of a student's function in every call; `error` is the built-in class it raises.

    `line` is the line of the student's own code that raised, in their words: for staff only.
    """

    function: str
    kind: FindingKind
    error: str = ""
    line: str = ""


@dataclass(frozen=True)
class DifferingCall:
    """The first call that differs from the right answer, in words.

    For staff only: it holds the arguments of a hidden check, and words of the student's code.
    """

    check: str
    asked: str
    expected: str
    given: str


@dataclass
class Diagnosis:
    """The diagnosis of a student's answers to one question.

    `mistakes` are names of the bank. `fingerprint` is equal for students who give equal wrong
    answers; it is "" where the bank explains all of them.
    """

    kind: DiagnosisKind
    mistakes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    fingerprint: str = ""
    call: DifferingCall | None = None

    @classmethod
    def read(cls, data: dict[str, Any]) -> Diagnosis:
        """A diagnosis from the result of `dataclasses.asdict`, after JSON."""
        return cls(
            kind=DiagnosisKind(data["kind"]), mistakes=list(data["mistakes"]),
            findings=[Finding(f["function"], FindingKind(f["kind"]), f["error"], f.get("line", ""))
                      for f in data["findings"]],
            fingerprint=data["fingerprint"],
            call=DifferingCall(**data["call"]) if data["call"] else None,
        )


@dataclass
class QuestionResult:
    """One question: score and its maximum, in points.

    `answer` is the student's code, shortened: text for staff, never to be run. `diagnosis` is None
    where every check passed, and where only verdicts are known. With `at_end` the score is that at
    the end of the notebook instead of the question's check cell, because it is higher there.
    """

    name: str
    score: float
    possible: float
    checks: list[CheckResult] = field(default_factory=list)
    answer: str = ""
    diagnosis: Diagnosis | None = None
    at_end: bool = False

    @property
    def not_run(self) -> bool:
        """True when a check was not run, so that the score is not known."""
        return CheckStatus.NOT_RUN in [check.status for check in self.checks]


@dataclass(frozen=True)
class CellError:
    """A cell of code that is no Python, or that raised an error before any check had begun.

    Students may see it: it depends on what was handed in, and not on a hidden check. `cell` and
    `line` count from 1, code cells and lines of the cell; `line` is 0 where it is not certain, and
    then `source`, the text of that line, is "". `why` is Python's message about a syntax error, or
    else the class of the error. `question` is the one whose answer the cell belongs to, if any.
    """

    cell: int
    syntax: bool
    line: int = 0
    source: str = ""
    why: str = ""
    question: str = ""


@dataclass
class SubmissionResult:
    """One graded submission.

    `name` is unique in a run; `file` is the path as the instructor gave it, relative to the folder
    given; `digest` is the SHA-256 of its bytes; `submitted_at` an ISO 8601 time in UTC or None;
    `written` the answers to questions that people grade, "" for an untouched answer cell.
    """

    name: str
    file: str
    digest: str
    language: str
    status: SubmissionStatus
    reason: str = ""
    submitted_at: str | None = None
    isolation: str = ""
    seconds: float = 0.0
    questions: list[QuestionResult] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)
    cell_errors: list[CellError] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    """The limits that were hit on the way; they are not stored."""

    @property
    def score(self) -> float:
        return sum(question.score for question in self.questions)

    @property
    def unknown(self) -> bool:
        """True when there is no score (not counted as zero): not run, or nothing to grade."""
        return self.not_run or self.status.nothing_to_grade

    @property
    def not_run(self) -> bool:
        """True when it, or one of its checks, was not run (not counted as zero)."""
        return self.status is SubmissionStatus.NOT_RUN or any(q.not_run for q in self.questions)

    @property
    def possible(self) -> float:
        return sum(question.possible for question in self.questions)


@dataclass(frozen=True)
class Run:
    """One build of a homework under one set of limits. `description` is its homework.json.

    `settings` holds the limits and, for a part of a class, the settings of its `Shard`.
    """

    run: int
    homework: str
    digest: str
    settings: dict[str, Any]
    description: dict[str, Any]
    started: str


KNOWN_ERRORS = {
    name for name, thing in vars(builtins).items()
    if isinstance(thing, type) and issubclass(thing, BaseException)
} | {"LinAlgError", "AxisError"}
ERRORS_OF_HIDDEN_CHECKS = {"NameError", "TypeError", "ValueError"}
ANOTHER_ERROR: Bilingual = {"zh": "其他错误", "en": "another error"}


def shown_error(error: str, language: Language, *, hidden: bool) -> str:
    """The class of the error of a check as students see it; "" for none.

    A student's function can choose the class and knows the hidden input. If all classes were shown,
    each hidden check could leak about six bits of that input.
    """
    if not hidden:
        return error if error in KNOWN_ERRORS else ""
    return error if error in ERRORS_OF_HIDDEN_CHECKS or not error else ANOTHER_ERROR[language]


def clean(text: str, limit: int = MAX_REASON) -> str:
    """Student text that is safe to store: shortened, printable, on one line."""
    printable = "".join(c if c.isprintable() else " " for c in text[: 4 * limit])
    shortened = " ".join(printable.split())
    return shortened if len(shortened) <= limit else shortened[: limit - 1] + "…"


def number(value: float) -> float | int:
    """Points without a trailing .0 and without rounding errors of binary fractions."""
    value = round(value, 6)
    return int(value) if value == int(value) else value


FORMULA = tuple("=+-@\t\r\0＝＋－＠")
"""A spreadsheet program takes a text cell that begins with one of these for a formula."""
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


def safe_text(text: str) -> str:
    """The text of a cell in a CSV or XLSX file: no formula, no control characters."""
    if text.isascii() and text.isprintable() and not text.startswith((*FORMULA, " ")):
        return text.rstrip()
    guard = "'" if text.startswith(FORMULA) else ""
    cleaned = _CONTROL.sub(" ", text).strip()
    return guard + cleaned if guard or not cleaned.startswith(FORMULA) else "'" + cleaned
