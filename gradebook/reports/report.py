"""The reports for the teacher: report.html of each homework, course.html of the whole course.

Neither names a student, and groups under five have no statistics. This module computes the facts;
the texts are in templates/. The report of a homework is one page to read before the lecture. The
page of the course shows the distribution of totals after all penalties, statistics of each homework
with the cost of lateness, and the correlation of each two homeworks.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from autograder.language import Language
from autograder.model import NOTHING_TO_GRADE, QuestionDescription, SubmissionStatus
from gradebook.book import Book, Turnout
from gradebook.exports.people import checks_frame, items_frame, mistakes_frame
from gradebook.intake.results import Frames
from gradebook.intake.roster import Standing
from gradebook.policy.grades import HomeworkGrades, Reason, Status
from gradebook.reports.pages import page, score_counts, score_histogram
from gradebook.statistics.cohort import NOBODY, SMALLEST_GROUP, Array, Cohort, Z, cohort
from gradebook.statistics.items import (
    Group,
    Misconceptions,
    Statistics,
    check_messages,
    check_remarks,
    item_remarks,
    misconceptions,
    statistics,
)
from gradebook.tables import write_table
from gradebook.wording import say

TOPICS = 3
GROUPS = 5
"""Groups of equal wrong answers that are shown."""


@dataclass(frozen=True)
class Topic:
    """A misconception to talk about: the answers of `holds` of `students` fit the mistake."""

    question: QuestionDescription
    mistake: str
    holds: int
    students: int
    share: float
    low: float
    high: float


def topics(class_: Cohort, found: Misconceptions) -> list[Topic]:
    """The three most held misconceptions, each of another question, most held first."""
    chosen = []
    for question in class_.frames.homework["questions"]:
        if question["mistakes"]:
            table = found.mistakes.loc[[question["name"]]].droplevel("question")
            leader = table.sort_values("holds", ascending=False, kind="stable").iloc[0]
            if leader["holds"] > 0:
                chosen.append(Topic(
                    question, str(leader.name), int(leader["holds"]), int(leader["students"]),
                    float(leader["share"]), float(leader["share_low"]),
                    float(leader["share_high"]),
                ))
    return sorted(chosen, key=lambda topic: -topic.share)[:TOPICS]


def unfair_checks(found: Statistics) -> pd.DataFrame:
    """Checks that more than a third of the best fail, or that nobody passed, beyond chance."""
    table = found.checks
    if table.empty:
        return table
    return table[table["unfair"]].sort_values("top_failure_rate", ascending=False, kind="stable")


def negative_questions(found: Statistics) -> pd.DataFrame:
    """Questions on which the better students do worse, beyond chance, worst first."""
    table = found.items.questions
    return table[table["negative"]].sort_values("discrimination", kind="stable")


def score_shares(class_: Cohort) -> Array:
    """Each student's score as a share of the maximum, (N,): the policy's total where there is one.

    NaN for students who handed in nothing or were not graded.
    """
    people = class_.students
    if "total" in people:
        shares = people["total"].astype(float) / people["possible"].astype(float)
    else:
        possible = sum(q["points"] for q in class_.frames.homework["questions"])
        shares = class_.frames.submissions["score"].reindex(people["submission"]) / possible
    counted = class_.handed_in & ~class_.ungraded.any(axis=1)
    return np.where(counted, shares.to_numpy(dtype=float), np.nan)


def sections(class_: Cohort) -> pd.DataFrame:
    """A row a section: students, handed_in, mean share of those; none if there is but one.

    Sections under five are put together with the next smallest ones until they are five.
    """
    if "section" not in class_.students:
        return pd.DataFrame()
    names = class_.students["section"].fillna("").astype(str)
    shares = pd.Series(score_shares(class_))
    handed_in = shares.notna().groupby(names).sum().sort_values(kind="stable")
    small = handed_in < SMALLEST_GROUP
    if small.any():
        small |= handed_in.cumsum().shift(fill_value=0) < SMALLEST_GROUP
    merged = handed_in.index[small]
    names = names.where(~names.isin(merged), " + ".join(sorted(filter(None, merged))))
    groups = shares.groupby(names)
    table = pd.DataFrame(
        {"students": groups.size(), "handed_in": groups.count(), "mean": groups.mean()}
    )
    return table if len(table) > 1 else pd.DataFrame()


@dataclass(frozen=True)
class Analysis:
    """All statistics of a class for the report."""

    statistics: Statistics
    misconceptions: Misconceptions


def students_of(book: Book, grades: HomeworkGrades) -> pd.DataFrame:
    """The students of a homework of the gradebook, as `analyse` takes them; no names, no ids."""
    roster = book.roster
    standing = roster.students["standing"].astype(str)
    gradable = grades.counted.notna() & ~grades.open["reason"].eq(Reason.NO_WORK).reindex(
        grades.status.index, fill_value=False)
    status = grades.status.mask(grades.status.eq(Status.OPEN) & gradable, Status.GRADED)
    students = pd.DataFrame({
        "submission": grades.counted, "status": status.astype(str).where(standing == "", standing),
        "total": grades.score, "possible": grades.maximum,
    })
    return students.assign(section=roster.students["section"]) if roster.has_section else students


def analyse(frames: Frames, students: pd.DataFrame | None = None) -> Analysis:
    """Analyse results; `students`, one row each, as in `cohort`; without them every submission is
    a student. Raises UserError when a student's submission is not among them."""
    found = statistics(cohort(frames, students))
    return Analysis(found, misconceptions(found.cohort))


def write_tables(analysis: Analysis, out: Path, language: Language) -> list[Path]:
    """Write items.csv, checks.csv and mistakes.csv into the folder `out`; returns the three.

    Of results without checks there is items.csv only, and none of an earlier gradebook is left.
    """
    out.mkdir(parents=True, exist_ok=True)
    found = analysis.statistics
    items = write_table(out / "items.csv", items_frame(found, language))
    if not found.cohort.frames.has_checks:
        for name in ("checks.csv", "mistakes.csv"):
            (out / name).unlink(missing_ok=True)
        return [items]
    return [
        items,
        write_table(out / "checks.csv", checks_frame(found, language)),
        write_table(out / "mistakes.csv",
                    mistakes_frame(found.cohort, analysis.misconceptions, language)),
    ]


def write_report(
    analysis: Analysis, path: Path, language: Language, problems: int = 0,
    turnout: Turnout | None = None, answers: pd.DataFrame | None = None,
) -> Path:
    """Write the report to the file `path`; returns it. `problems`: rows of problems.csv."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        report(analysis.statistics, analysis.misconceptions, language, problems, turnout, answers),
        encoding="utf-8")
    return path


FULL_ISOLATION = "namespaces"
"""The isolation of submissions that were graded in namespaces; see autograder.grading.grade."""
UNFINISHED = "not finished"
"""Rows that `otter grade` did not finish, or that contradict themselves."""
Facts = dict[str, Any]


def report(
    found: Statistics, mistakes: Misconceptions, language: Language, problems: int = 0,
    turnout: Turnout | None = None, answers: pd.DataFrame | None = None,
) -> str:
    """The page as text: the same statistics give the same bytes.

    `problems` is the number of rows of problems.csv. `turnout` tells who handed in, by the roster;
    without it the submissions themselves are counted. `answers`: see `cohort.bars`.
    """
    class_ = found.everybody
    homework = class_.frames.homework
    facts: Facts = {
        "title": homework["title"][language], "homework_name": homework["name"],
        "graded": class_.frames.started[:10],
        "too_small": found.cohort.too_small, "has_checks": class_.frames.has_checks,
    }
    if not found.cohort.too_small:
        facts |= _class(class_) | _turnout(class_, turnout) | _grading(class_)
        facts |= _questions(found, language, answers) | _checks(found, language) | {
            "topics": [_topic(topic, language) for topic in topics(found.cohort, mistakes)],
            "groups": [_group(group, class_, language) for group in mistakes.groups[:GROUPS]],
            "verdicts_only": _verdicts_only(mistakes),
            "problems": problems,
        }
        facts["suspects"] = len(facts["unfair"]) + len(facts["negative"])
    return page("report.html", language, **facts)


def _class(class_: Cohort) -> Facts:
    shares = score_shares(class_)
    return {
        "scores": spread(shares[~np.isnan(shares)]),
        "sections": [{"name": name, **row} for name, row in _rows(sections(class_))],
    }


def _turnout(class_: Cohort, turnout: Turnout | None) -> Facts:
    """Counts of the students who handed in, and of what."""
    if turnout is None:
        numbers = class_.students["submission"]
        status = class_.frames.submissions["status"].reindex(numbers)
        no_work = status[status.isin(NOTHING_TO_GRADE)].tolist()
        nothing = int(numbers.eq(NOBODY).sum())
        handed_in, unclear = int(class_.handed_in.sum()), 0
    else:
        no_work, nothing = list(turnout.no_work.values()), len(turnout.nothing)
        handed_in, unclear = len(turnout.handed_in), len(turnout.unclear)
    return {
        "students": handed_in + len(no_work) + nothing + unclear, "handed_in": handed_in,
        "nothing": nothing, "unclear": unclear,
        "no_work": sorted(Counter(no_work).items(), key=lambda item: (-item[1], item[0])),
        "missing": nothing + len(no_work) + unclear,
    }


def middle(shares: Array) -> Facts | None:
    """Mean, median and quartiles of shares of the maximum; None for fewer than five."""
    if len(shares) < SMALLEST_GROUP:
        return None
    low, median, high = np.quantile(shares, [0.25, 0.5, 0.75])
    return {"mean": shares.mean(), "median": median, "low": low, "high": high}


def spread(shares: Array) -> Facts | None:
    """The distribution of shares of the maximum, with a figure; None for fewer than five."""
    if (facts := middle(shares)) is None:
        return None
    borders, counts = score_counts(100 * shares)
    return facts | {
        "figure": score_histogram(100 * shares),
        "bins": [(int(a), int(b), int(n))
                 for a, b, n in zip(borders, borders[1:], counts, strict=False)],
    }


def _questions(
    found: Statistics, language: Language, answers: pd.DataFrame | None
) -> Facts:
    titles = {q["name"]: q["title"][language] for q in found.cohort.frames.homework["questions"]}
    class_missing = int((~found.cohort.handed_in).sum())
    parts = {} if answers is None else dict(_rows(answers))
    rows = {
        str(name): {
            "name": name, "number": short_name(str(name)), "title": titles[str(name)],
            "asides": _asides(row, class_missing, language), "answers": parts.get(str(name), {}),
            "remarks": [say(word, language) for word in item_remarks(pd.Series(row))
                        if word != "fewer than thirty"], **row,
        }
        for name, row in _rows(found.items.questions)
    }
    test = found.items.test
    hardest = found.items.questions.sort_values("difficulty", kind="stable").index
    return {
        "questions": [rows[name] for name in hardest],
        "negative": [rows[name] for name in negative_questions(found).index],
        "alpha": test["alpha"], "alpha_low": test["alpha_low"], "alpha_high": test["alpha_high"],
        "sem": test["sem"] / max(len(rows), 1),
    }


def _asides(row: Facts, class_missing: int, language: Language) -> list[str]:
    """A sentence about the answers that p leaves out, besides students without a submission."""
    row = row | {"missing": row["missing"] - class_missing}
    words = {
        "missing": ("未交", "missing"), "crashed": ("崩溃", "crashed"),
        "timed_out": ("超时", "timed out"), "ungraded": ("没评上", "not graded"),
    }
    return [
        f"{zh} {row[key]:.0f}" if language == "zh" else f"{row[key]:.0f} {en}"
        for key, (zh, en) in words.items() if row[key]
    ]


def _checks(found: Statistics, language: Language) -> Facts:
    messages = check_messages(found, language)
    rows = {
        key: {
            "question": key[0], "check": key[1], "number": short_name(key[0]),
            "message": messages[key],
            "remarks": [say(word, language) for word in check_remarks(pd.Series(row))
                        if word != "the best fail"], **row,
        }
        for key, row in _rows(found.checks)
    }
    return {
        "checks": list(rows.values()),
        "unfair": [rows[key] for key in unfair_checks(found).index],
    }


def _grading(class_: Cohort) -> Facts:
    """Statuses and isolation of the submissions that count."""
    graded = class_.frames.submissions.loc[
        sorted(set(class_.students["submission"]) & set(class_.frames.submissions.index))
    ]
    trouble = graded["status"][graded["status"] != SubmissionStatus.COMPLETED.value]
    ran = graded[graded["status"] != SubmissionStatus.NOT_RUN.value]
    if not class_.frames.has_checks:
        trouble, ran = trouble.replace(SubmissionStatus.NOT_RUN.value, UNFINISHED), ran.iloc[:0]
    weaker = ran["isolation"][~ran["isolation"].str.startswith(FULL_ISOLATION)]
    return {
        "statuses": list(trouble.value_counts().items()), "mishaps": len(trouble),
        "isolation": list(weaker.value_counts().items()), "left_out": class_.left_out.items(),
        "crashed": int(class_.crashed.sum()), "timed_out": int(class_.timed_out.sum()),
        "ungraded": int(class_.ungraded.sum()),
    }


def _topic(topic: Topic, language: Language) -> Facts:
    beliefs = {m["name"]: m["belief"][language] for m in topic.question["mistakes"]}
    return {
        "number": short_name(topic.question["name"]), "title": topic.question["title"][language],
        "belief": beliefs[topic.mistake],
        "notes": topic.question["notes"][language], "proof": topic.question["proof"].strip(),
        "needs": topic.question.get("needs", {"zh": "", "en": ""})[language].strip(),
        "share": topic.share, "low": topic.low, "high": topic.high, "holds": topic.holds,
        "students": topic.students,
    }


def _group(group: Group, class_: Cohort, language: Language) -> Facts:
    titles = {q["name"]: q["title"][language] for q in class_.frames.homework["questions"]}
    return {"number": short_name(group.question), "title": titles[group.question], **vars(group)}


def _verdicts_only(mistakes: Misconceptions) -> int:
    """Wrong answers of which only the verdicts are known, in questions that have a bank."""
    banked = set(mistakes.mistakes.index.get_level_values("question"))
    counts = mistakes.questions["verdicts only"]
    return int(counts[counts.index.isin(banked)].sum())


def short_name(question: str) -> str:
    """The short name of a question: q18 of q18_logistic_gradient."""
    return question.split("_", maxsplit=1)[0]


def _rows(table: pd.DataFrame) -> list[tuple[Any, Facts]]:
    """The rows of a table as plain values, each with its label."""
    records: list[dict[Hashable, Any]] = table.to_dict("records")
    return [(key, {str(c): v for c, v in row.items()})
            for key, row in zip(table.index, records, strict=True)]


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
