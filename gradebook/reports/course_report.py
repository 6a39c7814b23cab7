"""course.html: the course at a glance, with several homeworks. It names no student.

It shows the distribution of totals after all penalties, statistics of each homework with the cost
of lateness, and the correlation of each two homeworks. Groups under five have no statistics.
"""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from gradebook.book import Book
from gradebook.intake.roster import Standing
from gradebook.policy.grades import HomeworkGrades, Status
from gradebook.reports.pages import page
from gradebook.reports.report import Facts, middle, spread
from gradebook.statistics.cohort import SMALLEST_GROUP, Array, Z


def _known(shares: pd.Series[float]) -> Array:
    return np.asarray(shares.dropna(), dtype=np.float64)


def has_several_parts(book: Book) -> bool:
    """True where there is a course beyond one homework."""
    return len(book.homeworks) + len(book.columns) > 1


def write_course_report(book: Book, path: Path, links: dict[str, str]) -> Path:
    """Write the page to `path`; `links` leads from homeworks to their reports."""
    path.write_text(course_report(book, links), encoding="utf-8")
    return path


def course_report(book: Book, links: dict[str, str]) -> str:
    """The page as text: the same book gives the same bytes."""
    regular = book.roster.students["standing"] == Standing.REGULAR
    students = int(regular.sum())
    facts: Facts = {"title": book.course.course, "students": students,
                    "too_small": students < SMALLEST_GROUP, "smallest": SMALLEST_GROUP}
    if not facts["too_small"]:
        shares = _known(book.total[regular] / book.maximum)
        scores = scores_by_part(book)
        facts |= {
            "totals": spread(shares), "maximum": book.maximum, "with_total": len(shares),
            "without": sorted(Counter(book.status[regular & book.total.isna()]).items()),
            "letters": [(each.name, int((regular & book.letter.eq(each.name)).sum()))
                        for each in book.course.grade.letters],
            "homeworks": [_homework(book, grades, links) for grades in book.homeworks],
            "columns": [{"name": part.name, "students": int(scores[part.name].notna().sum()),
                         "scores": middle(_known(scores[part.name]))}
                        for part in book.columns],
            "pairs": correlations(scores),
        }
    return page("course.html", book.course.language, **facts)


def scores_by_part(book: Book) -> pd.DataFrame:
    """Shares of the maximum after penalties, a column a homework or column, of regular students.

    Who handed in nothing has none: a zero for missing work would make any two homeworks agree.
    """
    table = {grades.homework.name: (book.shown(grades) / grades.maximum)
             .mask(grades.status.eq(Status.MISSING)) for grades in book.homeworks}
    table |= {part.name: part.score / part.maximum for part in book.columns}
    return pd.DataFrame(table)[book.roster.students["standing"] == Standing.REGULAR].astype(float)


def correlations(scores: pd.DataFrame) -> list[Facts]:
    """Pearson's correlation of each two columns, over the students who have both scores.

    The 95 % interval is Fisher's (1921), tanh(artanh r ± z / sqrt(n - 3)). `r` is NaN for fewer
    than five students, and where one of the two is the same for all.
    """
    found = []
    for first, second in itertools.combinations(scores.columns, 2):
        both = scores[[first, second]].dropna()
        n, r = len(both), np.nan
        if n >= SMALLEST_GROUP and (both.std() > 1e-12).all():
            r = float(np.clip(both[first].corr(both[second]), -1, 1))
        half = Z / np.sqrt(max(n - 3, 1))
        low, high = (np.tanh(np.arctanh(np.clip(r, -0.999999, 0.999999)) + s * half)
                     for s in (-1, 1))
        found.append({"first": first, "second": second, "students": n, "r": r, "low": float(low),
                      "high": float(high), "too_few": n < SMALLEST_GROUP})
    return found


def _homework(book: Book, grades: HomeworkGrades, links: dict[str, str]) -> Facts:
    """Facts about a homework: hand-ins, scores, lateness and its average cost."""
    counting = book.counting(grades)
    turnout = book.turnout(grades)
    shares = (book.shown(grades) / grades.maximum)[counting & grades.status.ne(Status.MISSING)]
    late = counting & grades.status.eq(Status.LATE)
    penalised = late & (grades.steps["late"] < 0)
    lost = -grades.steps["late"][penalised].mean() / grades.maximum
    return {
        "name": grades.homework.name, "link": links.get(grades.homework.name, ""),
        "handed_in": len(turnout.handed_in), "students": turnout.students,
        "open": int((counting & grades.status.eq(Status.OPEN)).sum()),
        "scores": middle(_known(shares)), "due": grades.homework.due is not None,
        "late": int(late.sum()), "penalised": int(penalised.sum()),
        "lost": float(lost) if penalised.sum() >= SMALLEST_GROUP else float("nan"),
    }
