"""How every number came about: a line for each step, and the lines add up to the grade.

Columns: student (number in the roster), part, step, change, value, detail. `part` is a homework,
whose changes add up to its score, or `course`, whose changes add up to the total; `value` is the
sum so far; `detail` says the step in the course's language.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from gradebook import wording
from gradebook.course import Course
from gradebook.intake.results import POINTS_EPS
from gradebook.policy.grades import CHANGES, HomeworkGrades, Status
from gradebook.policy.total import Part, Totals
from gradebook.times import duration_said, said
from gradebook.wording import COMMA, Sentence, plain, signed

COLUMNS = ["student", "part", "step", "change", "value", "detail"]
COURSE = "course"
SPOKEN = [*CHANGES, "attempt", "attempts", "free_used"]
"""Columns of `steps` that the sentences take their numbers from."""
Lines = pd.DataFrame


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
    return ledger[COLUMNS].reset_index(drop=True)


def homework_lines(course: Course, grades: HomeworkGrades) -> Lines:
    """The steps of one homework for all students, step by step."""
    say = _Speaker(course, grades)
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


class _Speaker:
    """Says the steps of one homework; each method takes a row of `steps`, its Index the student."""

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
        return self._say(wording.OPEN[reason], what=what)

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
                         late=duration_said(self.late_by[row.Index], self.language), free=free,
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
    """Moments as the course's clocks show them, by student; said once for each different one."""
    local = moments.dt.tz_convert(course.zone)
    words = {moment: said(moment) for moment in local.drop_duplicates().dropna()}
    return {student: words.get(moment, "") for student, moment in local.items()}


def course_lines(course: Course, course_parts: Sequence[Part], totals: Totals) -> Lines:
    """Drops, weights and rounding; for students without a total, why."""
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
    parts.append(_course_part("round", number & (totals.rounding.abs() > 1e-9), totals.rounding, [
        wording.ROUND[course.language].format(value=plain(value))
        for value in totals.total[number & (totals.rounding.abs() > 1e-9)]]))
    parts.append(_course_part("status", ~number, totals.rounding * 0, [
        wording.NO_TOTAL[course.language].format(status=wording.STATUS[word][course.language])
        for word in totals.status[~number]]))
    return pd.concat(parts)


def _course_part(
    step: str, where: pd.Series[bool], change: pd.Series[float], details: list[str]
) -> Lines:
    return pd.DataFrame({"student": where.index[where], "part": COURSE, "step": step,
                         "change": change[where].to_numpy(), "detail": details})
