"""A synthetic class for the tests of the gradebook: a results.sqlite, a roster, a course file.

Everybody is plainly made up: Student 01 / 学生01 with id 2023001, and so on.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from autograder.model import (
    CheckResult,
    CheckStatus,
    Diagnosis,
    DiagnosisKind,
    HomeworkDescription,
    QuestionDescription,
    QuestionResult,
    SubmissionResult,
    SubmissionStatus,
)
from autograder.store import Store
from tests.sentences import sentence

QUESTIONS = ("q01_mean", "q02_slope", "q10_count")


def in_rows(*rows: int, column: str = "") -> str:
    """What follows the name of a file in a place: `, row 2` or `, rows 2, 3`, and a column."""
    numbers = ", ".join(map(str, rows))
    place = (sentence("path-rows", path="", row=numbers) if len(rows) > 1
             else sentence("path-row", path="", row=numbers))
    return place + (f", {column}" if column else "")


def student_id(number: int) -> str:
    return str(2023000 + number)


def student_name(number: int) -> str:
    return f"Student {number:02d}"


def question_description(name: str) -> QuestionDescription:
    """A question of 5 points: a public check, two hidden ones, and two mistakes."""
    return {
        "name": name,
        "title": {"zh": f"题目 {name[:3]}", "en": f"Question {name[:3]}"},
        "points": 5.0,
        "checks": [
            {"name": "example", "points": 1.0, "hidden": False,
             "message": {"zh": "小例子不对。", "en": "The small example is off."}},
            {"name": "axis", "points": 2.0, "hidden": True,
             "message": {"zh": "沿错了方向求和。", "en": "The sum runs along the wrong axis."}},
            {"name": "unchanged", "points": 2.0, "hidden": True,
             "message": {"zh": "参数被改动了。", "en": "An argument was changed."}},
        ],
        "mistakes": [
            {"name": "wrong_axis",
             "belief": {"zh": "以为 axis=0 是逐行求和", "en": "axis=0 adds up each row"}},
            {"name": "in_place",
             "belief": {"zh": "以为参数是副本", "en": "arguments are copies"}},
        ],
        "notes": {"zh": "提醒：轴的含义。", "en": "Recall what an axis is."},
        "proof": "assert np.ones((2, 3)).sum(axis=0).shape == (3,)",
    }


def description(
    homework: str = "hw3", questions: Sequence[str] = QUESTIONS
) -> HomeworkDescription:
    return {
        "name": homework,
        "title": {"zh": "第三次作业", "en": "Homework 3"},
        "questions": [question_description(name) for name in questions],
    }


def question_result(
    name: str, failed: Sequence[str] = (), status: CheckStatus = CheckStatus.FAILED
) -> QuestionResult:
    """The question with `failed` checks ending in `status` and the others passed."""
    checks = [
        CheckResult(c["name"], c["hidden"], c["points"],
                    status if c["name"] in failed else CheckStatus.PASSED)
        for c in question_description(name)["checks"]
    ]
    score = sum(c.points for c in checks if c.status is CheckStatus.PASSED)
    return QuestionResult(name, score, 5.0, checks)


def submission(
    file: str,
    failed: Mapping[str, Sequence[str]] | None = None,
    *,
    submitted_at: str | None = None,
    status: SubmissionStatus = SubmissionStatus.COMPLETED,
    check_status: CheckStatus = CheckStatus.FAILED,
    questions: Sequence[str] = QUESTIONS,
    digest: str = "",
) -> SubmissionResult:
    """A graded submission; `failed` maps a question to the checks it fails."""
    return SubmissionResult(
        name=file.removesuffix(".ipynb").removesuffix(".zip"), file=file,
        digest=digest or f"sha-{file}", language="en",
        status=status, submitted_at=submitted_at, isolation="namespaces", seconds=0.5,
        questions=[
            question_result(q, (failed or {}).get(q, ()), check_status) for q in questions
        ],
    )


def write_results(
    path: Path,
    submissions: Sequence[SubmissionResult],
    *,
    homework: str = "hw3",
    questions: Sequence[str] = QUESTIONS,
    digest: str = "build-1",
    settings: Mapping[str, Any] | None = None,
) -> Path:
    """A results file of one run with these submissions; a second call adds another run."""
    store = Store(path)
    run = store.open_run(homework, digest, dict(settings or {}),
                         dict(description(homework, questions)), "2026-11-07T00:00:00+00:00")
    for result in submissions:
        store.add(run, result)
    store.close()
    _write_times(path.with_suffix(".times.csv"), submissions)
    return path


def _write_times(path: Path, submissions: Sequence[SubmissionResult]) -> None:
    """A corrections file with the times of the submissions: those of files are not believed."""
    zone = ZoneInfo("Asia/Shanghai")
    rows = [(result.file, "", datetime.fromisoformat(result.submitted_at).astimezone(zone))
            for result in submissions if result.submitted_at]
    if rows:
        earlier = path.read_text(encoding="utf-8").splitlines()[1:] if path.exists() else []
        known = {row[0]: row for row in csv.reader(earlier)} | {row[0]: row for row in rows}
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("submission", "id", "submitted_at"), *known.values()])


def class_results(path: Path, students: int = 12) -> Path:
    """Student n submits `<id>_hw3.ipynb`; every third fails `axis` of q02, every fifth more."""
    results = []
    for n in range(1, students + 1):
        failed: dict[str, list[str]] = {}
        if n % 3 == 0:
            failed["q02_slope"] = ["axis"]
        if n % 5 == 0:
            failed["q10_count"] = ["axis", "unchanged"]
        result = submission(f"{student_id(n)}_hw3.ipynb", failed,
                            submitted_at=f"2026-11-05T08:{n % 60:02d}:00+00:00")
        if n % 3 == 0:
            result.questions[1].diagnosis = Diagnosis(DiagnosisKind.NAMED, ["wrong_axis"])
        results.append(result)
    return write_results(path, results)


def write_roster(path: Path, students: int = 12) -> Path:
    """The class as a plain CSV: id, name, section, email."""
    lines = ["id,name,section,email"]
    lines += [f"{student_id(n)},{student_name(n)},{'AB'[n % 2]},s{n:02d}@example.edu"
              for n in range(1, students + 1)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_course(
    folder: Path, *, more: str = "", homework_more: str = "",
    homeworks: Mapping[str, str] | None = None, language: str = "en",
) -> Path:
    """COURSE.toml in `folder`; `more` goes above the homeworks.

    Without `homeworks` there is hw3 alone, results.sqlite, due, with the keys `homework_more`; with
    them, each name has its own keys and results in NAME.sqlite. The times of the submissions come
    from the corrections file that `write_results` leaves beside the results.
    """
    tables = [
        f'[[homework]]\nname = "{name}"\nresults = "{name}.sqlite"\n'
        f"{_times(folder, name, keys)}{keys}\n"
        for name, keys in (homeworks or {}).items()
    ] or [
        f'[[homework]]\nname = "hw3"\nresults = "results.sqlite"\n'
        f"due = 2026-11-06T23:59:00+08:00\n{_times(folder, 'results', homework_more)}"
        f"{homework_more}\n"
    ]
    path = folder / "COURSE.toml"
    path.write_text(
        f'course = "Deep Learning"\nlanguage = "{language}"\ntime_zone = "Asia/Shanghai"\n'
        f'roster = "roster.csv"\n{more}\n' + "".join(tables), encoding="utf-8",
    )
    return path


def _times(folder: Path, results: str, keys: str) -> str:
    there = (folder / f"{results}.times.csv").exists()
    return f'corrections = "{results}.times.csv"\n' if there and "corrections =" not in keys else ""


def write_class(
    folder: Path, students: int = 12, *, more: str = "", homework_more: str = ""
) -> Path:
    """Roster, results and course file of a small class in `folder`; returns the course file."""
    write_roster(folder / "roster.csv", students)
    class_results(folder / "results.sqlite", students)
    return write_course(folder, more=more, homework_more=homework_more)
