"""The report: one page that a teacher reads in two minutes before the lecture, opens offline.

It names no student. The facts are put together here, the words stand in templates/report.html.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from autograder.results import SubmissionStatus
from gradebook.reports.figures import score_counts, score_histogram
from gradebook.reports.highlights import (
    Topic,
    negative_questions,
    score_shares,
    sections,
    topics,
    unfair_checks,
)
from gradebook.reports.pages import decimal, page, percent
from gradebook.statistics.cohort import SMALLEST_GROUP, Cohort
from gradebook.statistics.misconceptions import Misconceptions
from gradebook.statistics.summary import Statistics, check_messages, check_remarks, item_remarks
from gradebook.texts import Language, say

FULL_ISOLATION = "namespaces"
"""What a submission says that was graded in namespaces of its own; see autograder.grading.grade."""
UNFINISHED = "not finished"
"""What `otter grade` did not finish, or says two things about."""
Facts = dict[str, Any]


def report(
    found: Statistics, mistakes: Misconceptions, language: Language, problems: int = 0
) -> str:
    """The page as text: the same statistics give the same bytes.

    `problems` is the number of rows of problems.csv.
    """
    class_ = found.cohort
    homework = class_.frames.homework
    facts: Facts = {
        "title": homework["title"][language], "graded": class_.frames.started[:10],
        "too_small": class_.too_small, "has_checks": class_.frames.has_checks,
        "decimal": decimal, "percent": percent,
    }
    if not class_.too_small:
        facts |= _class(class_) | _questions(found, language) | _checks(found, language)
        facts |= _grading(class_) | {
            "topics": [_topic(topic, language) for topic in topics(class_, mistakes)],
            "problems": problems,
        }
        facts["suspects"] = len(facts["unfair"]) + len(facts["negative"])
    return page("report.html", language, **facts)


def _class(class_: Cohort) -> Facts:
    shares = score_shares(class_)
    return {
        "students": len(class_.students), "handed_in": int(class_.handed_in.sum()),
        "missing": int((~class_.handed_in).sum()), "scores": _scores(shares[~np.isnan(shares)]),
        "sections": [{"name": name, **row} for name, row in _rows(sections(class_))],
    }


def _scores(shares: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Facts | None:
    if len(shares) < SMALLEST_GROUP:
        return None
    borders, counts = score_counts(100 * shares)
    low, median, high = np.quantile(shares, [0.25, 0.5, 0.75])
    return {
        "figure": score_histogram(100 * shares), "mean": shares.mean(), "median": median,
        "low": low, "high": high,
        "bins": [(int(a), int(b), int(n))
                 for a, b, n in zip(borders, borders[1:], counts, strict=False)],
    }


def _questions(found: Statistics, language: Language) -> Facts:
    titles = {q["name"]: q["title"][language] for q in found.cohort.frames.homework["questions"]}
    class_missing = int((~found.cohort.handed_in).sum())
    rows = {
        str(name): {
            "name": name, "number": number(str(name)), "title": titles[str(name)],
            "asides": _asides(row, class_missing, language),
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
    """What p leaves out, in words, beyond those who handed in nothing at all."""
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
            "question": key[0], "check": key[1], "number": number(key[0]),
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
    """Over the submissions that count: how they ended, and how well student code was locked up."""
    graded = class_.frames.submissions.loc[
        sorted(set(class_.students["submission"]) & set(class_.frames.submissions.index))
    ]
    trouble = graded["status"][graded["status"] != SubmissionStatus.COMPLETED.value]
    ran = graded[graded["status"] != SubmissionStatus.NOT_RUN.value]
    if not class_.frames.has_checks:
        trouble, ran = trouble.replace(SubmissionStatus.NOT_RUN.value, UNFINISHED), ran.iloc[:0]
    weaker = ran["isolation"][ran["isolation"] != FULL_ISOLATION]
    return {
        "statuses": list(trouble.value_counts().items()), "mishaps": len(trouble),
        "isolation": list(weaker.value_counts().items()), "left_out": class_.left_out.items(),
        "crashed": int(class_.crashed.sum()), "timed_out": int(class_.timed_out.sum()),
        "ungraded": int(class_.ungraded.sum()),
    }


def _topic(topic: Topic, language: Language) -> Facts:
    beliefs = {m["name"]: m["belief"][language] for m in topic.question["mistakes"]}
    return {
        "number": number(topic.question["name"]), "title": topic.question["title"][language],
        "beliefs": [beliefs[name] for name in topic.mistakes],
        "notes": topic.question["notes"][language], "proof": topic.question["proof"].strip(),
        "share": topic.share, "low": topic.low, "high": topic.high, "fits": topic.fits,
        "students": topic.students, "consistent": topic.consistent,
    }


def number(question: str) -> str:
    """What people call a question: q18 of q18_logistic_gradient."""
    return question.split("_", maxsplit=1)[0]


def _rows(table: pd.DataFrame) -> list[tuple[Any, Facts]]:
    """The rows of a table as plain values, each with its label."""
    records: list[dict[Hashable, Any]] = table.to_dict("records")
    return [(key, {str(c): v for c, v in row.items()})
            for key, row in zip(table.index, records, strict=True)]
