"""The total of the course (drops, weights, rounding), and the ledger that explains every number.

    total = out_of * sum(w_h * score_h / maximum_h) / sum(w_h)      over the parts h that count

Parts are homeworks and columns. w_h is the weight of a part. Without weights in the course file it
is the maximum of the part, so that the total is the sum of the points. The parts of a category
share its weight. Parts from which a student is excused are in neither sum. A bonus part only adds:
its share of the total is w_h over the weights of all parts that are no bonus, excused or not. The
total is rounded once, at the end.

A `[[column]]` holds scores that no check ever graded: a midterm, participation, a project. Its file
is a CSV or XLSX with a column of students (id, login or e-mail) and a column of scores, in any
sheet. An empty cell, or no row at all, is an open score and not a zero; in a bonus column, no row
is no bonus. 缺考, 缓考 and the like are statuses; 免考 (or excused) leaves the column out of the
student's total.

The ledger has a line for each step, and the lines add up to the grade. Columns: student (number in
the roster), part, step, change, value, detail. `part` is a homework, whose changes add up to its
score, or `course`, whose changes add up to the total; `value` is the sum so far; `detail` is the
step as a sentence in the course's language.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from autograder.errors import UserError
from autograder.language import _
from gradebook import wording
from gradebook.course import Column, Course, Homework
from gradebook.intake.owners import People, unknown_student
from gradebook.intake.results import POINTS_EPS
from gradebook.intake.roster import STUDENT, WORDS, Standing, as_id
from gradebook.policy.grades import CHANGES, HomeworkGrades, Status
from gradebook.tables import Problem, as_row, header_key, read_sheet
from gradebook.wording import COMMA, Sentence, format_duration, format_moment, plain, signed

LEDGER_COLUMNS = ["student", "part", "step", "change", "value", "detail"]
COURSE = "course"
SPOKEN = [*CHANGES, "attempt", "attempts", "free_used"]
"""Columns of `steps` that the sentences use."""
Lines = pd.DataFrame


@dataclass(frozen=True)
class Part:
    """A homework or a column: the scores by student (NaN without one), out of `maximum`."""

    entry: Homework | Column
    score: pd.Series[float]
    maximum: float
    status: pd.Series[str]

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def weight(self) -> float:
        return self.maximum if self.entry.weight is None else self.entry.weight

    @classmethod
    def of_homework(cls, grades: HomeworkGrades) -> Part:
        return cls(grades.homework, grades.score, grades.maximum, grades.status)


SCORES = ["score", "scores", "points", "grade", "成绩", "分数", "得分", "总分"]
"""Headers of the scores of a column."""


def read_column(
    column: Column, people: People, students: pd.Index[int]
) -> tuple[Part, list[Problem]]:
    """The scores that `column` names, and rows about nobody; raises UserError, with all bad cells,
    for other text.

    A student without a score is open, one who is exempt is excused. A bonus does not count for
    students who are not in the file.
    """
    title = [column.column or column.name, *([] if column.column else SCORES)]
    keys = [header_key(word) for word in title]
    sheet = read_sheet(column.file, {"id": STUDENT, "score": keys}, ["id", "score"],
                       _('name the column of scores: column = "..." for {name}').format(
                           name=column.name))
    score = pd.Series(float("nan"), index=students)
    status = pd.Series(Status.OPEN.value, index=students, dtype="str")
    problems, bad, seen = list(sheet.problems), [], dict[int, int]()
    for label, id_, cell in zip(sheet.body.index.tolist(), sheet.text("id", as_id),
                                sheet.text("score"), strict=True):
        student = people.student(id_) if id_ else None
        if student is None:
            if id_:
                problems.append(unknown_student(sheet, as_row(label), id_, people))
        elif student in seen and cell:
            bad.append(_("row {row}: {id} again, as in row {other}").format(
                row=sheet.row(label), id=id_, other=sheet.row(seen[student])))
        elif cell:
            seen[student] = label
            if found := _score(cell, column.out_of):
                score[student], status[student] = found
            else:
                bad.append(_("row {row}: {cell}").format(row=sheet.row(label), cell=cell))
    if column.bonus:  # whoever is not in the list has none, and loses nothing
        named = {people.student(id_) for id_ in sheet.text("id", as_id) if id_}
        status[~students.isin(list(named))] = Status.EXCUSED.value
    if bad:
        raise UserError(
            str(sheet.path),
            _("one score from 0 to {out_of:g} for a student, nothing, or one of {words}").format(
                out_of=column.out_of, words=", ".join(WORDS)),
            "; ".join(bad[:20]) + ("; " + _("{count} more").format(count=len(bad) - 20)
                                   if bad[20:] else ""),
            _("correct the cells"),
        )
    return Part(column, score, column.out_of, status), problems


def _score(cell: str, out_of: float) -> tuple[float, str] | None:
    """The score in a cell and its status; None when it holds neither a score nor a status."""
    standing = WORDS.get(cell.casefold())
    if standing is Standing.EXEMPT or cell.casefold() in ("ex", "免交"):
        return float("nan"), Status.EXCUSED.value
    if standing:
        return float("nan"), standing.value
    try:
        score = float(cell)
    except ValueError:
        return None
    return (score, Status.GRADED.value) if 0 <= score <= out_of else None


@dataclass
class Totals:
    """Tables by student; `contributions` and `dropped` have a column for each homework.

    contributions  points of the total that a homework gave, 0 where it does not count
    worth          the most points that it could give this student
    cap            minus the points that a bonus gave above the maximum, so 0 or negative
    rounding       the change by rounding
    total          NaN where `status` allows no number
    """

    contributions: pd.DataFrame
    worth: pd.DataFrame
    dropped: pd.DataFrame
    cap: pd.Series[float]
    rounding: pd.Series[float]
    total: pd.Series[float]
    maximum: float
    status: pd.Series[str]


def combine(course: Course, parts: Sequence[Part], standing: pd.Series[str]) -> Totals:
    """The total of each student and how it came about; `standing` is the roster's."""
    names = [part.name for part in parts]
    shares = pd.DataFrame({part.name: part.score / part.maximum for part in parts})
    statuses = pd.DataFrame({part.name: part.status for part in parts})
    weights = pd.Series([part.weight for part in parts], index=names)
    bonus = pd.Series([part.entry.bonus for part in parts], index=names)
    maximum = _maximum(course, parts)
    counts = ~statuses.isin(_left_out(course)) & (weights > 0)
    dropped = pd.DataFrame(False, index=shares.index, columns=names)
    for members, count in _drops(course, parts):
        dropped[members] = _dropped(
            shares[members].where(counts[members]), weights[members], count)
    counts &= ~dropped
    each = _weights(course, parts, counts, weights)
    whole = each.loc[:, ~bonus].sum(axis=1)
    nominal = (sum(c.weight for c in course.category) or weights[~bonus].sum())
    worth = each.loc[:, ~bonus].div(whole, axis=0) * maximum
    for name in weights.index[bonus]:
        worth[name] = weights[name] / nominal * maximum
    worth = worth[names]
    contributions = (shares * worth).where(counts, 0.0)
    exact = contributions.sum(axis=1)
    status = _status(statuses, counts, standing)
    counted = counts.loc[:, ~bonus].any(axis=1)
    has_number = status.isin([Status.GRADED, Status.LATE, Status.MISSING]) & counted
    capped = exact.clip(upper=maximum)
    total = rounded(capped, course.grade.decimals).clip(upper=maximum).where(has_number)
    return Totals(contributions, worth, dropped, (capped - exact).where(has_number, 0.0),
                  (total - capped).fillna(0.0), total, maximum, status)


def _drops(course: Course, parts: Sequence[Part]) -> list[tuple[list[str], int]]:
    """Groups of parts, each with the number to drop: all homeworks, or those of a category."""
    if course.category:
        return [([p.name for p in parts if p.entry.category == c.name and not p.entry.bonus],
                 c.drop_lowest) for c in course.category if c.drop_lowest]
    homeworks = [p.name for p in parts if isinstance(p.entry, Homework) and not p.entry.bonus]
    return [(homeworks, course.grade.drop_lowest)] if course.grade.drop_lowest else []


def _weights(
    course: Course, parts: Sequence[Part], counts: pd.DataFrame, weights: pd.Series[float]
) -> pd.DataFrame:
    """The weight of each part for each student; the parts of a category share its weight."""
    each = counts * weights
    for category in course.category:
        members = [p.name for p in parts if p.entry.category == category.name
                   and not p.entry.bonus]
        whole = each[members].sum(axis=1)
        each[members] = each[members].div(whole.where(whole > 0), axis=0).fillna(0) \
            * category.weight
    return each


def letters(course: Course, total: pd.Series[float]) -> pd.Series[str]:
    """The letter of each total by the boundaries of the course; empty without a total."""
    found = pd.Series("", index=total.index, dtype="str")
    for letter in sorted(course.grade.letters, key=lambda entry: entry.at_least):
        found[total >= letter.at_least - 1e-9] = letter.name
    return found


def rounded(values: pd.Series[float], decimals: int) -> pd.Series[float]:
    """Rounded half up, as people do; a billionth below the half is taken for the half."""
    scale = 10.0**decimals
    return pd.Series(np.floor(values * scale + 0.5 + 1e-9) / scale, index=values.index)


def _maximum(course: Course, parts: Sequence[Part]) -> float:
    """The maximum of the total: `out_of`, else 100 with weights, else the sum of points."""
    if course.grade.out_of:
        return course.grade.out_of
    weighted = len(parts) > 1 and parts[0].entry.weight is not None
    if weighted or course.category:
        return 100.0
    return sum(part.maximum for part in parts if not part.entry.bonus)


def _left_out(course: Course) -> list[str]:
    """Statuses of homeworks that are left out of the total."""
    missing = [Status.MISSING.value] if course.grade.missing == "blank" else []
    return [Status.EXCUSED.value, *missing]


def _dropped(
    shares: pd.DataFrame, weights: pd.Series[float], count: int
) -> pd.DataFrame:
    """True for the `count` homeworks without which the total is highest; one is always kept.

    With unequal weights these need not be the lowest scores. The share of the rest is raised in
    steps: each step drops the homeworks that lower it most (Dinkelbach 1967; for grades, Kane and
    Kane 2006). Of two equal ones the earlier is dropped.
    """
    if count == 0:
        return pd.DataFrame(False, index=shares.index, columns=shares.columns)
    x, w = shares.to_numpy(dtype=float), weights.to_numpy(dtype=float)
    there = ~np.isnan(x)
    most = np.minimum(count, there.sum(axis=1) - 1)[:, None]
    share = np.zeros((len(x), 1))
    dropped = np.zeros(x.shape, dtype=bool)
    for _step in range(100):
        order = np.argsort(np.where(there, w * (x - share), np.inf), axis=1, kind="stable")
        ranks = np.argsort(order, axis=1, kind="stable")
        dropped = there & (ranks < most)
        kept = np.where(there & ~dropped, w, 0.0)
        better = (kept * np.nan_to_num(x)).sum(axis=1) / np.maximum(kept.sum(axis=1), 1e-300)
        if np.all(better <= share[:, 0] + 1e-12):
            break
        share = np.maximum(share[:, 0], better)[:, None]
    return pd.DataFrame(dropped, index=shares.index, columns=shares.columns)


def _status(
    statuses: pd.DataFrame, counts: pd.DataFrame, standing: pd.Series[str]
) -> pd.Series[str]:
    """The standing in the roster; else the most serious status of the homeworks that count."""
    status = pd.Series(Status.GRADED.value, index=statuses.index, dtype="str")
    for word in (Status.LATE, Status.MISSING, Status.OPEN, Standing.MISCONDUCT, Standing.DEFERRED,
                 Standing.ABSENT):
        status[(statuses.isin([word.value]) & counts).any(axis=1)] = word.value
    nothing = ~counts.any(axis=1)
    status[nothing] = Status.EXCUSED.value
    status[nothing & statuses.isin([Status.MISSING.value]).any(axis=1)] = Status.MISSING.value
    return status.where(standing == Standing.REGULAR.value, standing)


def ledger_frame(
    course: Course, homeworks: Sequence[HomeworkGrades], course_parts: Sequence[Part],
    totals: Totals,
) -> Lines:
    """The whole ledger, students in roster order, steps in the order they were taken."""
    parts = [homework_lines(course, grades) for grades in homeworks]
    parts.append(course_lines(course, course_parts, totals))
    ledger = pd.concat(parts, ignore_index=True).sort_values("student", kind="stable")
    ledger["value"] = ledger.groupby(["student", "part"])["change"].cumsum()
    without = ledger["step"].isin(["excused", "open", "status"])
    ledger["value"] = ledger["value"].mask(without)
    return ledger[LEDGER_COLUMNS].reset_index(drop=True)


def homework_lines(course: Course, grades: HomeworkGrades) -> Lines:
    """The steps of one homework for all students, step by step."""
    say = _Sentences(course, grades)
    steps, status = grades.steps, grades.status
    number = grades.score.notna() & status.ne(Status.MISSING)
    late = number & (steps["late_by"] > pd.Timedelta(0))
    chosen: list[tuple[str, pd.Series[bool], Callable[[Any], str]]] = [
        ("missing", status.eq(Status.MISSING), say.fixed(wording.MISSING)),
        ("excused", status.eq(Status.EXCUSED), say.fixed(wording.EXCUSED)),
        ("open", status.eq(Status.OPEN), say.open),
        ("raw", number, say.raw),
        ("manual", number & (steps["manual"].abs() > POINTS_EPS), say.manual),
        ("attempt", number & (steps["attempts"] > 1), say.attempt),
        ("extension", number & say.extended, say.extension),
        ("late", late, say.late),
        ("late", number & ~late & steps["late_unknown"], say.fixed(wording.LATE_UNKNOWN)),
        ("curve", number & (steps["curve"].abs() > POINTS_EPS), say.curve),
        ("scale", number & (steps["scale"].abs() > POINTS_EPS), say.scale),
    ]
    return pd.concat([_lines(grades, step, where, text) for step, where, text in chosen
                      if where.any()])


def _lines(
    grades: HomeworkGrades, step: str, where: pd.Series[bool], text: Callable[[Any], str]
) -> Lines:
    rows = grades.steps.loc[where, SPOKEN]
    change = rows[step] if step in CHANGES else pd.Series(0.0, index=rows.index)
    return pd.DataFrame({
        "student": rows.index, "part": grades.homework.name, "step": step,
        "change": change.to_numpy(), "detail": [text(row) for row in rows.itertuples()],
    })


class _Sentences:
    """Makes the sentences for one homework; each method takes a row of `steps` (Index: student)."""

    def __init__(self, course: Course, grades: HomeworkGrades) -> None:
        self.course, self.grades, self.language = course, grades, course.language
        self.submitted, self.due = (_local(course, grades.steps[column])
                                    for column in ("submitted_at", "due"))
        self.late_by = grades.steps["late_by"]
        due = grades.homework.due
        self.extended = grades.steps["due"] > due if due else grades.steps["due"].notna()
        checked = grades.possible.index.isin(grades.results.possible.index)
        self.possible = plain(float(grades.possible[grades.counts & checked].sum()))
        given = grades.manual.loc[:, grades.counts]
        self.given = {student: [f"{question} {signed(points)}" for question, points
                                in zip(given.columns, row, strict=True) if points == points]
                      for student, row in zip(given.index, given.to_numpy(), strict=True)}
        self.full = [f"{question} {wording.FULL_MARKS[self.language]}"
                     for question in grades.homework.full_marks]

    def _say(self, sentence: Sentence, **values: Any) -> str:
        return sentence[self.language].format(**values)

    def fixed(self, sentence: Sentence) -> Callable[[Any], str]:
        return lambda row: sentence[self.language]

    def raw(self, row: Any) -> str:
        return self._say(wording.RAW, raw=plain(row.raw), possible=self.possible)

    def manual(self, row: Any) -> str:
        questions = COMMA[self.language].join(
            [*self.given.get(row.Index, []), *self.full])
        return self._say(wording.MANUAL, change=signed(row.manual), questions=questions,
                         value=plain(row.raw + row.manual))

    def open(self, row: Any) -> str:
        reason, what = self.grades.open.loc[row.Index, ["reason", "what"]]
        return wording.why_open(reason, what, self.language)

    def attempt(self, row: Any) -> str:
        choice = wording.CHOICE[self.grades.homework.attempts][self.language]
        time = self.submitted[row.Index]
        when = self._say(wording.WHEN, time=time) if time else ""
        return self._say(wording.ATTEMPT, attempts=int(row.attempts), attempt=int(row.attempt),
                         choice=choice, when=when)

    def late(self, row: Any) -> str:
        sentence = wording.FREE_HOURS if self.course.late.free_hours else wording.FREE
        free = self._say(sentence, used=row.free_used) if row.free_used else ""
        lost = wording.NOTHING_LOST if row.late == 0 else wording.LOST
        return self._say(wording.LATE, due=self.due[row.Index], time=self.submitted[row.Index],
                         late=format_duration(self.late_by[row.Index], self.language), free=free,
                         lost=self._say(lost, points=plain(-row.late), rule=self._rule()),
                         value=plain(row.raw + row.manual + row.late))

    def extension(self, row: Any) -> str:
        return self._say(wording.EXTENDED, due=self.due[row.Index])

    def _rule(self) -> str:
        late = self.grades.homework.late or self.course.late
        return self._say(wording.RULE[late.penalty], rate=plain(late.rate * 100))

    def curve(self, row: Any) -> str:
        return self._say(wording.CURVE, change=signed(row.curve),
                         value=plain(row.raw + row.manual + row.late + row.curve))

    def scale(self, row: Any) -> str:
        return self._say(wording.SCALE, maximum=plain(self.grades.maximum),
                         value=plain(self.grades.score[row.Index]))


def _local(course: Course, moments: pd.Series[Any]) -> dict[Any, str]:
    """Moments as texts in the time zone of the course, by student."""
    local = moments.dt.tz_convert(course.zone)
    words = {moment: format_moment(moment) for moment in local.drop_duplicates().dropna()}
    return {student: words.get(moment, "") for student, moment in local.items()}


def course_lines(course: Course, course_parts: Sequence[Part], totals: Totals) -> Lines:
    """Drops, weights, the cap and rounding; for students without a total, why."""
    number = totals.total.notna()
    parts = []
    for grades in course_parts:
        name = grades.name
        dropped = number & totals.dropped[name]
        counts = number & ~dropped & grades.score.notna()
        share = (grades.score / grades.maximum * 100).round(2)
        parts.append(_course_part("drop", dropped, 0.0 * share, [
            wording.DROP[course.language].format(homework=name, share=plain(s))
            for s in share[dropped]]))
        change, worth = totals.contributions[name], totals.worth[name]
        parts.append(_course_part("weight", counts, change, [
            wording.WEIGHT[course.language].format(
                homework=name, score=plain(score), maximum=plain(grades.maximum), change=plain(c),
                worth=plain(round(w, 2)))
            for score, c, w in zip(grades.score[counts], change[counts], worth[counts],
                                   strict=True)]))
    capped = totals.cap < -1e-9
    parts.append(_course_part("cap", capped, totals.cap, [wording.CAP[course.language].format(
        maximum=plain(totals.maximum))] * int(capped.sum())))
    parts.append(_course_part("round", number & (totals.rounding.abs() > 1e-9), totals.rounding, [
        wording.ROUND[course.language].format(value=plain(value))
        for value in totals.total[number & (totals.rounding.abs() > 1e-9)]]))
    parts.append(_course_part("status", ~number, totals.rounding * 0, [
        _no_total(course, course_parts, student, word)
        for student, word in zip(totals.status.index[~number].tolist(), totals.status[~number],
                                 strict=True)]))
    return pd.concat(parts)


def _no_total(course: Course, parts: Sequence[Part], student: int, word: str) -> str:
    """Why a student has no total, and because of which parts if there are several."""
    same = [part.name for part in parts if part.status[student] == word]
    reason = wording.STATUS[word][course.language]
    if same and len(parts) > 1:
        names = COMMA[course.language].join(same)
        reason += f"（{names}）" if course.language == "zh" else f" ({names})"
    return wording.NO_TOTAL[course.language].format(status=reason)


def _course_part(
    step: str, where: pd.Series[bool], change: pd.Series[float], details: list[str]
) -> Lines:
    return pd.DataFrame({"student": where.index[where], "part": COURSE, "step": step,
                         "change": change[where].to_numpy(), "detail": details})
