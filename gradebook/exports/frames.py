"""The tables for people: gradebook, ledger, the registry's list, Gradescope's shape."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gradebook.book import Book
from gradebook.intake.roster import Standing
from gradebook.policy.grades import HomeworkGrades
from gradebook.wording import STATUS

TITLES = {"id": "学号", "name": "姓名", "section": "班级", "total": "总分", "status": "状态"}


def gradebook_frame(book: Book) -> pd.DataFrame:
    """A row a student in roster order: id, name, section if any, questions, total, status.

    With several homeworks columns start with `hw3:`, and each has its `hw3:score`, `hw3:status`.
    """
    columns = ["id", "name", *(["section"] if book.roster.has_section else [])]
    parts = [book.roster.students[columns]]
    for grades in book.homeworks:
        part = grades.points
        if len(book.homeworks) > 1:
            part = part.assign(score=book.shown(grades), status=grades.status)
        parts.append(part.add_prefix(book.course.prefix(grades.homework)))
    table = pd.concat(parts, axis=1)
    return table.assign(total=book.total, status=book.status)


def workbook_frame(book: Book) -> pd.DataFrame:
    """The same in the language of the course, for reading."""
    language = book.course.language
    words = {word: said[language] for word, said in STATUS.items()}
    frame = gradebook_frame(book)
    for column in frame.columns:
        if column == "status" or (column.endswith(":status") and column not in TITLES):
            frame[column] = frame[column].map(words)
    return frame.rename(columns=TITLES) if language == "zh" else frame


def registry_frame(book: Book) -> pd.DataFrame:
    """学号, 姓名, 班级, 成绩; 缺考, 缓考, 免修, 作弊 stand in place of a grade, never a zero."""
    students = book.roster.students
    words = students["standing"].map(lambda word: STATUS[word]["zh"] if word else "")
    grades = pd.Series([int(t) if t.is_integer() else t for t in book.total.tolist()],
                       index=book.total.index, dtype=object)
    return pd.DataFrame({
        "学号": students["id"], "姓名": students["name"], "班级": students["section"],
        "成绩": grades.where(students["standing"].eq(Standing.REGULAR.value), words),
    })


def gradescope_frame(book: Book) -> pd.DataFrame:
    """Gradescope's columns: names, SID, e-mail, then score, maximum, time and lateness."""
    students = book.roster.students
    first = students["first"].where(students["first"] + students["last"] != "", students["name"])
    columns: dict[str, Any] = {"First Name": first, "Last Name": students["last"],
                               "SID": students["id"], "Email": students["email"]}
    for grades in book.homeworks:
        name = grades.homework.name
        local = grades.steps["submitted_at"].dt.tz_convert(book.course.zone)
        columns |= {
            name: book.shown(grades),
            f"{name} - Max Points": grades.maximum,
            f"{name} - Submission Time": local.dt.strftime("%Y-%m-%d %H:%M:%S %z"),
            f"{name} - Lateness (H:M:S)": _hours(grades),
        }
    return pd.DataFrame(columns)


def _hours(grades: HomeworkGrades) -> pd.Series[str]:
    """Hours without an upper bound: 47:55:53; empty without a submission."""
    late = (grades.steps["submitted_at"] - grades.steps["due"]).dt.total_seconds()
    seconds = late.fillna(0).clip(lower=0).astype("int64").tolist()
    text = [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in seconds]
    return pd.Series(text, index=late.index, dtype="str").where(grades.counted.notna())


def ledger_table(book: Book) -> pd.DataFrame:
    """ledger.csv: id, part, step, change, value, detail."""
    ledger = book.ledger
    ids = book.roster.students["id"].reindex(ledger["student"]).to_numpy()
    return ledger.drop(columns="student").assign(id=ids)[
        ["id", "part", "step", "change", "value", "detail"]]
