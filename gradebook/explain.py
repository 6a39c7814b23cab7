"""How a grade came about, and which grades changed since an earlier gradebook.

`homework gradebook explain COURSE.toml STUDENT` answers "why is my grade 87.5?". `homework
gradebook COURSE.toml --compare OLD_BOOK` lists whose total changed, by how much and why. OLD_BOOK
is the folder of an earlier gradebook; the reasons are the lines of the ledger that are new.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from autograder.errors import UserError
from autograder.language import Language, _
from autograder.model import SubmissionStatus
from gradebook.book import Book, read_book
from gradebook.exports.people import ledger_table
from gradebook.intake.owners import squashed
from gradebook.intake.results import POINTS_EPS, earlier_scores
from gradebook.intake.roster import as_id
from gradebook.policy.grades import HomeworkGrades, Status
from gradebook.policy.total import COURSE, homework_lines
from gradebook.tables import each, read_cells
from gradebook.wording import (
    COMMA,
    NOTEBOOK,
    OTTER_UNFINISHED,
    STATUS,
    format_moment,
    plain,
    remedy,
)

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
PENDING = {"zh": "还没有评分的题：{questions}。", "en": "Not graded yet: {questions}."}
COMMENT = {"zh": "{question} 得 {points}/{possible} 分，评语：{comment}",
           "en": "{question} {points}/{possible}, comment: {comment}"}
COMMENT_PENDING = {"zh": "{question} 未批改，评语：{comment}",
                   "en": "{question} (not graded yet), comment: {comment}"}
DROPPED = {"zh": "不计分的题：{questions}。", "en": "Left out for everybody: {questions}."}
FILE = {"zh": "计分的文件：{file}{when}。", "en": "The file that counts: {file}{when}."}
WHEN = {"zh": "，{time} 提交", "en": ", handed in {time}"}
GROUP = {"zh": "同组：{others}。", "en": "Handed in together with {others}."}
REGRADED = {"zh": "重新批改后，测试得分从 {before} 变为 {after}。",
            "en": "Grading it again changed the points of the checks from {before} to {after}."}
TO_DO = {"zh": "处理办法：{remedy}", "en": "To do: {remedy}."}
FREE_LEFT = {"zh": "免罚日：已用 {used} 天，还剩 {left} 天。",
             "en": "Free late days: {used} used, {left} left."}
FREE_HOURS_LEFT = {"zh": "免罚时间：已用 {used} 小时，还剩 {left} 小时。",
                   "en": "Free late hours: {used} used, {left} left."}
MOST = 5
"""The most students who are explained at once, if several have the name."""
WHOLE = {"zh": "总成绩", "en": "The course"}
COMPARED = ["id", "name", "before", "after", "change", "why"]
ROUNDING = 1e-9
"""Totals that differ by less are equal."""


def explain(course: Path, student: str) -> str:
    """How the grade of `student` (id, login, e-mail or name) came about, in the course's language.

    Raises UserError, with similar ids, for somebody who is not in the roster.
    """
    book = read_book(course)
    return "\n\n".join(_story(book, number) for number in _find(book, student))


def _find(book: Book, text: str) -> list[int]:
    """The students whom `text` names: all that share an id or a name, or a part of it."""
    students, wanted = book.roster.students, as_id(text)
    by_id = students.index[students["id"].eq(wanted) & bool(wanted)].tolist()
    one = book.people.student(wanted) if wanted else None
    name = squashed(text)
    names = each(students["name"], squashed)
    by_name = students.index[names.eq(name) & bool(name)].tolist()
    by_part = students.index[names.str.contains(name, regex=False) & (len(name) > 1)].tolist()
    found = by_id or ([one] if one is not None else []) or by_name or by_part
    if not found:
        raise UserError(
            str(book.roster.path), _("a student with this id or name"), text or "''",
            book.people.remedy([wanted], _("check the id")),
        )
    if len(found) > MOST:
        said = "; ".join(book.people.label(number) for number in found[:MOST])
        raise UserError(
            str(book.roster.path), _("one student"),
            _("{count} of that name: {said}").format(count=len(found), said=said), _("give the id"),
        )
    return found


def _story(book: Book, student: int) -> str:
    """The explanation for one student: every homework, then the course."""
    language = book.course.language
    person, total = book.roster.students.loc[student], book.total[student]
    head = HEAD_WITHOUT if pd.isna(total) else HEAD
    lines = [head[language].format(
        name=person["name"] or person["id"], id=person["id"], total=plain(float(total)),
        maximum=plain(book.maximum), status=STATUS[book.status[student]][language])]
    ledger = book.ledger[book.ledger["student"] == student]
    for grades in book.homeworks:
        steps = ledger[ledger["part"] == grades.homework.name]
        told = [*_submission(book, grades, student), *_notebook(grades, student, language),
                *steps["detail"], *_remedy(grades, student, language),
                *_questions(grades, student, language), *_comments(grades, student, language)]
        lines += ["", grades.homework.name, *(f"  {text}" for text in told)]
    used = sum(int(grades.steps["free_used"][student]) for grades in book.homeworks)
    left = int(book.free_left[student])
    if used or left:
        sentence = FREE_HOURS_LEFT if book.course.late.free_hours else FREE_LEFT
        lines += ["", sentence[language].format(used=used, left=left)]
    course = ledger[ledger["part"] == COURSE]
    if len(book.homeworks) > 1 or len(course) > 1 or pd.isna(total):
        lines += ["", WHOLE[language], *(f"  {text}" for text in course["detail"])]
    return "\n".join(lines)


SCORE = {"zh": "本次作业得分：{score} / {maximum} 分",
         "en": "Score of this homework: {score} / {maximum} points"}
UNSETTLED = {"zh": "这次作业的分数还没有定下来。这不是零分，老师会处理。",
             "en": "The score of this homework is not settled yet. That is not a zero; your teacher"
                   " will see to it."}
STAFF_STEPS = ["excused", "open"]
"""Steps whose details are for staff: they can name other students' files."""


def student_accounts(
    book: Book, grades: HomeworkGrades, language: Language
) -> dict[int, list[str]]:
    """How the score of a homework came about, by student, in the sentences of `explain`."""
    course = book.course.model_copy(update={"language": language})
    lines = homework_lines(course, grades)
    told: dict[int, list[str]] = {}
    shown = book.shown(grades)
    for student in grades.counted.dropna().index.tolist():
        if pd.isna(shown[student]):
            first = UNSETTLED[language] if grades.status[student] == Status.OPEN else ""
        else:
            first = SCORE[language].format(score=plain(float(shown[student])),
                                           maximum=plain(grades.maximum))
        told[student] = [first] if first else []
    for student, step, detail in lines[["student", "step", "detail"]].itertuples(index=False):
        if student in told and step not in STAFF_STEPS:
            told[student].append(detail)
    dropped = COMMA[language].join(grades.counts.index[~grades.counts])
    for sentences in told.values() if dropped else ():
        sentences.append(DROPPED[language].format(questions=dropped))
    return told


def _submission(book: Book, grades: HomeworkGrades, student: int) -> list[str]:
    """The file that counts and its time, who else handed it in, and what a regrade changed."""
    counted, language = grades.counted[student], book.course.language
    if pd.isna(counted):
        return []
    row = grades.results.submissions.loc[counted]
    time = pd.Timestamp(grades.steps["submitted_at"][student])
    when = "" if pd.isna(time) else WHEN[language].format(
        time=format_moment(time.tz_convert(book.course.zone)))
    told = [FILE[language].format(file=row["file"], when=when)]
    group = grades.claims.loc[grades.claims["submission"].eq(counted), "student"]
    others = [book.people.label(int(other)) for other in group if other != student]
    if others:
        told.append(GROUP[language].format(others=COMMA[language].join(others)))
    if grades.results.run is not None:
        scores = earlier_scores(grades.results, int(counted))
        if len(scores) > 1 and abs(scores[-1] - scores[-2]) > POINTS_EPS:
            told.append(REGRADED[language].format(
                before=plain(scores[-2]), after=plain(scores[-1])))
    return told


def _remedy(grades: HomeworkGrades, student: int, language: str) -> list[str]:
    """What to do about an open score."""
    if student not in grades.open.index:
        return []
    text = remedy(str(grades.open["reason"][student]), language, grades.homework.marking,
                  grades.homework.manual)
    return [TO_DO[language].format(remedy=text)]


def _notebook(grades: HomeworkGrades, student: int, language: str) -> list[str]:
    """The status of the notebook that counts, unless it was completed."""
    counted = grades.counted[student]
    if pd.isna(counted):
        return []
    status = str(grades.results.submissions.at[counted, "status"])
    if grades.results.run is None and status == SubmissionStatus.NOT_RUN.value:
        return [OTTER_UNFINISHED[language]]
    return [NOTEBOOK[status][language]] if status in NOTEBOOK else []


def _questions(grades: HomeworkGrades, student: int, language: str) -> list[str]:
    """Questions with lost points, questions not graded yet, questions that were dropped."""
    points = grades.points.loc[student]
    if points.isna().all():
        return []
    lost, waiting = [], []
    for question in points.index[grades.counts]:
        most = grades.possible[question]
        if pd.isna(points[question]):
            waiting.append(str(question))
        elif points[question] < most:
            lost.append(f"{question} {plain(points[question])}/{plain(most)}")
    dropped = points.index[~grades.counts].tolist()
    told = [sentence[language].format(questions=COMMA[language].join(questions))
            for sentence, questions in ((LOST, lost), (PENDING, waiting), (DROPPED, dropped))
            if questions]
    return told if lost or waiting else [FULL[language], *told]


def _comments(grades: HomeworkGrades, student: int, language: str) -> list[str]:
    """Comments of graders on the student's written answers, with their points."""
    said = []
    for (who, question), comment in grades.sources.comments.items():
        if who == student:
            points = float(grades.points[question].tolist()[student])
            sentence = COMMENT_PENDING if pd.isna(points) else COMMENT
            said.append(sentence[language].format(
                question=question, points=plain(points), possible=plain(grades.possible[question]),
                comment=" ".join(comment.split())))
    return said


def compare(book: Book, old: Path) -> pd.DataFrame:
    """A row for each student whose total or status changed, the largest change first.

    `before` and `after` are the total, or the status where there is none. Raises UserError when
    `old` holds no gradebook.
    """
    earlier = _table(old, "gradebook.csv", ["id", "total", "status"]).drop_duplicates("id")
    earlier = earlier.set_index("id")
    lines = _table(old, "ledger.csv", ["id", "part", "detail"])
    said = set(lines[["id", "part", "detail"]].itertuples(index=False, name=None))
    now = ledger_table(book)
    rows = []
    for student, id_, name in book.roster.students[["id", "name"]].itertuples():
        known = id_ in earlier.index
        before = str(earlier.at[id_, "total"] or earlier.at[id_, "status"]) if known else "absent"
        total = book.total[student]
        after = str(book.status[student]) if pd.isna(total) else f"{total:g}"
        change = _number(after) - _number(before)
        if before == after or abs(change) < ROUNDING:
            continue
        mine = now[now["id"].eq(id_)][["id", "part", "detail"]]
        new = [(part, detail) for _, part, detail in mine.itertuples(index=False)
               if (id_, part, detail) not in said]
        why = [f"{part}: {detail}" for part, detail in new if part != COURSE] or [
            detail for _, detail in new]
        rows.append((id_, name, before, after, round(change, 6), " ".join(why)))
    table = pd.DataFrame(rows, columns=COMPARED)
    return table.sort_values("change", key=lambda c: -c.abs(), kind="stable").reset_index(drop=True)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _table(folder: Path, name: str, needed: list[str]) -> pd.DataFrame:
    """A table that an earlier gradebook wrote."""
    cells = read_cells(folder / name)
    titles = [str(title) for title in cells.iloc[0]] if len(cells) else []
    if not set(needed) <= set(titles):
        raise UserError(
            str(folder / name),
            _("a gradebook's {name}, with {needed}").format(name=name, needed=', '.join(needed)),
            ", ".join(titles) or _("an empty file"), _("name the folder of a gradebook"),
        )
    return cells.iloc[1:].set_axis(titles, axis=1)
