"""`homework gradebook explain COURSE.toml ID`: why is my grade 87.5?"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from autograder.errors import UserError
from autograder.model import SubmissionStatus
from gradebook.book import Book, read_book
from gradebook.intake.roster import as_id
from gradebook.policy.grades import HomeworkGrades
from gradebook.policy.ledger import COURSE
from gradebook.wording import COMMA, NOTEBOOK, OTTER_UNFINISHED, STATUS, plain

HEAD = {
    "zh": "{name}（{id}）：{total} 分，满分 {maximum} 分。状态：{status}。",
    "en": "{name} ({id}): {total} of {maximum} points. Status: {status}.",
}
HEAD_WITHOUT = {
    "zh": "{name}（{id}）：没有成绩。状态：{status}。",
    "en": "{name} ({id}): no grade. Status: {status}.",
}
LOST = {"zh": "失分的题：{questions}。", "en": "Points were lost in {questions}."}
FULL = {"zh": "每道题都得了满分。", "en": "Every question has full marks."}
PENDING = {"zh": "{question} 未批改", "en": "{question} (not graded yet)"}
DROPPED = {"zh": "不计分的题：{questions}。", "en": "Left out for everybody: {questions}."}
WHOLE = {"zh": "总成绩", "en": "The course"}


def explain(course: Path, student_id: str) -> str:
    """How the grade of `student_id` came about, in the course's language, as a person would say it.

    Raises UserError for an id that the roster does not have, with the nearest ones.
    """
    book = read_book(course)
    students = book.roster.students
    wanted = as_id(student_id)
    found = students.index[students["id"].eq(wanted) & bool(wanted)]
    if found.empty:
        raise UserError(str(book.roster.path), "a student with this id", student_id or "''",
                        book.people.remedy([wanted], "check the id"))
    return "\n\n".join(_story(book, int(number)) for number in found)


def _story(book: Book, student: int) -> str:
    language = book.course.language
    person, total = book.roster.students.loc[student], book.total[student]
    head = HEAD_WITHOUT if pd.isna(total) else HEAD
    lines = [head[language].format(
        name=person["name"] or person["id"], id=person["id"], total=plain(float(total)),
        maximum=plain(book.maximum), status=STATUS[book.status[student]][language])]
    ledger = book.ledger[book.ledger["student"] == student]
    for grades in book.homeworks:
        steps = ledger[ledger["part"] == grades.homework.name]
        told = [*_notebook(grades, student, language), *steps["detail"],
                *_questions(grades, student, language)]
        lines += ["", grades.homework.name, *(f"  {text}" for text in told)]
    course = ledger[ledger["part"] == COURSE]
    if len(book.homeworks) > 1 or len(course) > 1 or pd.isna(total):
        lines += ["", WHOLE[language], *(f"  {text}" for text in course["detail"])]
    return "\n".join(lines)


def _notebook(grades: HomeworkGrades, student: int, language: str) -> list[str]:
    """What happened to the notebook that counts, unless it ran through."""
    counted = grades.counted[student]
    if pd.isna(counted):
        return []
    status = str(grades.results.submissions.at[counted, "status"])
    if grades.results.run is None and status == SubmissionStatus.NOT_RUN.value:
        return [OTTER_UNFINISHED[language]]
    return [NOTEBOOK[status][language]] if status in NOTEBOOK else []


def _questions(grades: HomeworkGrades, student: int, language: str) -> list[str]:
    """Where points were lost, what waits, what was dropped."""
    points = grades.points.loc[student]
    if points.isna().all():
        return []
    lost = []
    for question in points.index[grades.counts]:
        most = grades.possible[question]
        if pd.isna(points[question]):
            lost.append(PENDING[language].format(question=question))
        elif points[question] < most:
            lost.append(f"{question} {plain(points[question])}/{plain(most)}")
    dropped = COMMA[language].join(points.index[~grades.counts])
    said = LOST[language].format(questions=COMMA[language].join(lost)) if lost else FULL[language]
    return [said, *([DROPPED[language].format(questions=dropped)] if dropped else [])]
