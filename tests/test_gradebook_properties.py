"""Properties that hold for every class and every policy.

Nobody lost, nobody doubled, no score above its maximum or below zero, the ledger adds up to the
grade, the order of rows does not matter."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from autograder.model import CheckStatus, SubmissionResult, SubmissionStatus
from gradebook.book import Book, read_book
from gradebook.exports.people import gradebook_frame, ledger_table
from tests.gradebook_samples import student_id, submission, write_course, write_results
from tests.sentences import sentence

QUESTIONS = ("q01", "q02")
FAILS: list[list[str]] = [[], ["example"], ["axis"], ["axis", "unchanged"],
                          ["example", "axis", "unchanged"]]
DUE = datetime(2026, 11, 6, 15, 59, tzinfo=UTC)
HOMEWORKS = ("hw1", "hw2", "hw3")
NOTHING = [status for status in SubmissionStatus if status.nothing_to_grade]


@dataclass(frozen=True)
class Course:
    """A course to be written to files: rows as they will stand in them."""

    policy: str
    homeworks: dict[str, str]
    roster: list[str]
    results: dict[str, list[SubmissionResult]]
    extensions: list[str]
    manual: list[str]

    def shuffled(self, order: int) -> Course:
        """The same rows in another order."""
        def turn(rows: list[str]) -> list[str]:
            return [*rows[order % len(rows) :], *rows[: order % len(rows)]][::-1] if rows else rows

        results = {name: rows[::-1] for name, rows in self.results.items()}
        return replace(self, results=results, roster=turn(self.roster),
                       extensions=turn(self.extensions), manual=turn(self.manual))


@st.composite
def submissions(draw: st.DrawFn, students: int) -> list[SubmissionResult]:
    files = draw(st.lists(st.tuples(
        st.integers(1, students + 1), st.sampled_from(["", "_hw", "_b", "-1"])), unique=True,
        max_size=8))
    rows = []
    for number, suffix in files:
        fails = {q: draw(st.sampled_from(FAILS)) for q in QUESTIONS}
        hours = draw(st.none() | st.integers(-50, 150))
        time = None if hours is None else (DUE + timedelta(hours=hours)).isoformat()
        status = draw(st.sampled_from([CheckStatus.FAILED] * 5 + [CheckStatus.NOT_RUN]))
        nothing = draw(st.sampled_from([None] * 5 + NOTHING))
        rows.append(submission(
            f"{student_id(number)}{suffix}.ipynb", fails, submitted_at=time, check_status=status,
            questions=() if nothing else QUESTIONS,
            status=nothing or SubmissionStatus.COMPLETED))
    return rows


@st.composite
def late_policies(draw: st.DrawFn) -> str:
    penalty = draw(st.sampled_from(["none", "per_day", "per_hour", "cut_offs"]))
    lines = [f'penalty = "{penalty}"', f"grace_minutes = {draw(st.sampled_from([0, 10]))}",
             f"free_days = {draw(st.integers(0, 3))}",
             f"max_penalty = {draw(st.sampled_from([0, 0.5, 1]))}",
             f'rate_of = "{draw(st.sampled_from(["score", "maximum"]))}"']
    if penalty in ("per_day", "per_hour"):
        lines.append(f"rate = {draw(st.sampled_from([0.01, 0.1, 1]))}")
    if penalty == "cut_offs":
        lines.append("cut_offs = [{hours = 24, keep = 0.9}, {hours = 72, keep = 0.25}]")
    return "[late]\n" + "\n".join(lines)


@st.composite
def courses(draw: st.DrawFn) -> Course:
    students = draw(st.integers(1, 5))
    names = HOMEWORKS[: draw(st.integers(1, 3))]
    weights = draw(st.none() | st.just([0.5, 30, 12]))
    homeworks = {}
    for number, name in enumerate(names):
        keys = [f'attempts = "{draw(st.sampled_from(["best", "latest", "first"]))}"',
                "due = 2026-11-06T23:59:00+08:00"]
        keys += draw(st.sampled_from([[], ["out_of = 7.5"], ['dropped_questions = ["q01"]'],
                                      ["closes = 2026-11-08T23:59:00+08:00"]]))
        keys += [f"weight = {weights[number]}"] if weights else []
        homeworks[name] = "\n".join(keys)
    homeworks[names[0]] += '\nmanual = "manual.csv"\n[[homework.written]]\nquestion = "w1"\n' \
        "maximum = 4"
    standing = st.sampled_from(["", "", "", "缺考", "缓考", "免修"])
    ids = [student_id(n + 1) for n in range(students)]
    extensions = draw(st.lists(st.tuples(
        st.sampled_from(ids), st.sampled_from(["", *names]), st.sampled_from(["", "5", "48"]),
        st.sampled_from(["", "1", "2"]), st.sampled_from(["", "", "yes"])), max_size=4))
    manual = draw(st.lists(st.tuples(st.sampled_from(ids), st.sampled_from(["w1", "q02"]),
                                     st.sampled_from(["0", "1.5", "4"])),
                           unique_by=lambda row: row[:2], max_size=8))
    out_of = draw(st.sampled_from(["", "out_of = 60\n"]))
    grade = (f"[grade]\n{out_of}drop_lowest = {draw(st.integers(0, len(names) - 1))}\n"
             f"decimals = {draw(st.integers(0, 3))}\n"
             f'missing = "{draw(st.sampled_from(["zero", "blank"]))}"')
    policy = f'extensions = "extensions.csv"\n{draw(late_policies())}\n{grade}'
    return Course(policy, homeworks, [f"{id_},Student,{draw(standing)}" for id_ in ids],
                  {name: draw(submissions(students)) for name in names},
                  [",".join(row) for row in extensions], [",".join(row) for row in manual])


@contextmanager
def book_of(course: Course) -> Iterator[Book]:
    folder = Path(tempfile.mkdtemp())
    try:
        for name, header, rows in (
            ("roster", "id,name,备注", course.roster),
            ("manual", "id,question,points", course.manual),
            ("extensions", "id,homework,hours,free_days,excused", course.extensions),
        ):
            text = "\n".join([header, *rows])
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        for name, rows in course.results.items():
            write_results(folder / f"{name}.sqlite", rows, homework=name, questions=QUESTIONS)
        yield read_book(write_course(folder, more=course.policy, homeworks=course.homeworks))
    finally:
        shutil.rmtree(folder)


EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "0"))
"""0: six, always the same ones; otherwise so many, drawn anew."""
PROPERTY = settings(max_examples=EXAMPLES or 6, derandomize=not EXAMPLES, deadline=None,
                    suppress_health_check=[HealthCheck.too_slow], database=None)


@PROPERTY
@given(courses())
def test_every_class_under_every_policy(course: Course) -> None:
    with book_of(course) as book:
        nobody_is_lost_and_nobody_doubled(course, book)
        a_zero_has_evidence(course, book)
        no_score_leaves_its_range(book)
        the_ledger_adds_up(book)


def nobody_is_lost_and_nobody_doubled(course: Course, book: Book) -> None:
    frame = gradebook_frame(book)
    assert frame["id"].tolist() == [row.split(",")[0] for row in course.roster]
    assert frame["status"].ne("").all()
    told = Counter((p.what, p.found.split()[0]) for p in book.problems)
    missing: Counter[tuple[str, str]] = Counter()
    for grades in book.homeworks:
        handed_in = Counter(row.file for row in course.results[grades.homework.name])
        unowned = Counter(found.file for found in grades.sources.unowned)
        assert Counter(grades.claims["file"]) + unowned == handed_in
        told_of = [p.found for p in book.problems if p.file == str(grades.results.path)
                   and p.what == sentence("submission-without-student")]
        assert len(told_of) == len(unowned)
        assert grades.counted.dropna().is_unique
        regular = book.roster.students["standing"] == ""
        ids = book.roster.students.loc[regular & (grades.status == "missing"), "id"]
        missing.update((sentence("student-without-submission"), id_) for id_ in ids)
    assert {key: told[key] for key in missing} == dict(missing)


def a_zero_has_evidence(course: Course, book: Book) -> None:
    """Who is missing handed nothing in; nobody is while a submission has no owner; what was not
    run is open; and every open score has a reason."""
    regular = book.roster.students["standing"] == ""
    for grades in book.homeworks:
        rows = course.results[grades.homework.name]
        closed = grades.homework.closes is not None
        for student, id_ in book.roster.students.loc[regular, "id"].items():
            mine = [row for row in rows if row.file.startswith(id_)]
            status = grades.status[student]
            if status == "missing":
                assert not grades.sources.unowned
                assert not mine or closed
            if mine and not closed and all(row.status.nothing_to_grade for row in mine):
                assert status in ("open", "excused")
            if len(mine) == 1 and not closed and status in ("graded", "late"):
                assert all(check.status is not CheckStatus.NOT_RUN for question in mine[0].questions
                           for check in question.checks
                           if question.name not in grades.homework.dropped_questions
                           and pd.isna(grades.manual.reindex([student])[question.name].iloc[0]))
            assert (status == "open") == (student in grades.open.index)
            assert pd.isna(grades.score[student]) == (
                status in ("open", "excused")
                or (status == "missing" and book.course.grade.missing == "blank"))


def no_score_leaves_its_range(book: Book) -> None:
    for grades in book.homeworks:
        assert grades.score.dropna().between(-1e-9, grades.maximum + 1e-9).all()
        points = grades.points.to_numpy()
        assert not ((points < 0) | (points > grades.possible.to_numpy())).any()
    assert book.total.dropna().between(0, book.maximum).all()


def the_ledger_adds_up(book: Book) -> None:
    sums = book.ledger.groupby(["student", "part"])["change"].sum()
    assert set(book.ledger["student"]) == set(book.total.index)
    for student in book.total.index[book.total.notna()]:
        assert sums[student, "course"] == pytest.approx(book.total[student], abs=1e-9)
    for grades in book.homeworks:
        for student in grades.score.index[grades.score.notna()]:
            part = sums[student, grades.homework.name]
            assert part == pytest.approx(grades.score[student], abs=1e-9)


@PROPERTY
@given(courses(), st.integers(0, 4))
@pytest.mark.slow
def test_the_order_of_rows_is_irrelevant(course: Course, order: int) -> None:
    with book_of(course) as book, book_of(course.shuffled(order)) as other:
        frames = [gradebook_frame(b).sort_values("id").reset_index(drop=True)
                  for b in (book, other)]
        pd.testing.assert_frame_equal(frames[0], frames[1])
        ledgers = [ledger_table(b).sort_values("id", kind="stable").reset_index(drop=True)
                   for b in (book, other)]
        pd.testing.assert_frame_equal(ledgers[0], ledgers[1])


@PROPERTY
@given(courses(), st.integers(0, 3))
def test_somebody_elses_file_takes_no_graded_point(course: Course, kind: int) -> None:
    """Whatever else is handed in, and whatever run it is graded in, who is graded stays so."""
    name = next(iter(course.homeworks))
    file = ["unknown.ipynb", f"x_{student_id(1)}_{student_id(2)}.ipynb",
            f"{student_id(2)}.zip/{student_id(1)}-99.ipynb", "stranger_7_8_hw.ipynb"][kind]
    assume(len(course.roster) > 1)
    with book_of(course) as book:
        before = book.homeworks[0].score
        graded = before[book.homeworks[0].status.isin(["graded", "late"])]
        regraded = replace(course, results={
            **course.results, name: [*course.results[name], submission(
                file, {"q01": ["axis"]}, questions=QUESTIONS)]})
        with book_of(regraded) as other:
            after = other.homeworks[0].score[graded.index]
            pd.testing.assert_series_equal(graded, after)


NAMES = ["{id}.ipynb", "{id}_{name}_hw1.ipynb", "hw1-{login}/hw1.ipynb",
         "作业一（{id}）.zip/x.ipynb", "{id}学生/hw.ipynb", "{mail}_3_hw1.ipynb", "{id} (1).ipynb",
         "HW1-{LOGIN}.IPYNB",
         "hw1_{id}_attempt_2026-11-06-20-15-00_x.ipynb", "No.{wide}.ipynb", "late/{id}.pdf"]
VERDICTS = ["graded", "nothing", "failed", "partly"]


def handed_in(file: str, verdict: str, lost: int) -> SubmissionResult:
    """What became of a file in one run; `lost` is the number of points that the checks took."""
    fails = {"q01": FAILS[2][:1] if lost else []}
    if verdict == "nothing":
        return submission(file, status=SubmissionStatus.NO_NOTEBOOK, questions=())
    if verdict == "failed":
        return submission(file, status=SubmissionStatus.NOT_RUN, questions=())
    if verdict == "partly":
        return submission(file, {"q01": ["axis"]}, status=SubmissionStatus.PARTLY_RUN,
                          check_status=CheckStatus.NOT_RUN, questions=QUESTIONS)
    return submission(file, fails, questions=QUESTIONS)


@settings(PROPERTY, max_examples=EXAMPLES or 6)
@given(st.lists(st.tuples(
    st.sampled_from([None, *NAMES]),
    st.lists(st.tuples(st.sampled_from(VERDICTS), st.integers(0, 1)), min_size=1, max_size=3)),
    min_size=1, max_size=5), st.booleans())
def test_whatever_files_are_called_and_however_often_they_are_graded(
    class_: list[tuple[str | None, list[tuple[str, int]]]], stranger: bool
) -> None:
    """A verdict counts until a later one replaces it; what has none is open; nobody is missing who
    handed in anything, nor anybody while a file has no owner."""
    folder = Path(tempfile.mkdtemp())
    runs: dict[int, list[SubmissionResult]] = {n: [] for n in range(4)}
    expected, roster = [], ["id,name,login,email"]
    for number, (shape, verdicts) in enumerate(class_, 1):
        id_ = student_id(number)
        roster.append(f"{id_},S{number},login{number}x,s{number}@example.edu")
        if shape is None:
            expected.append(("open", None) if stranger else ("missing", 0.0))
            continue
        file = shape.format(id=id_, name=f"S{number}", login=f"login{number}x",
                            LOGIN=f"LOGIN{number}X", mail=f"s{number}@example.edu",
                            wide="".join(chr(ord(c) + 0xFEE0) for c in id_))
        for run, (verdict, lost) in enumerate(verdicts):
            runs[run].append(handed_in(file, verdict, lost))
        last = next((v for v in reversed(verdicts) if v[0] in ("graded", "nothing")), None)
        expected.append(("open", None) if last is None or last[0] == "nothing"
                        else ("graded", 10.0 - 2 * last[1]))
    if stranger or not any(runs.values()):
        runs[3].append(handed_in("somebody.ipynb", "graded", 0))
    if not stranger:
        expected = [("open", None) if status == "missing" and "somebody" in str(runs[3])
                    else (status, score) for status, score in expected]
    try:
        (folder / "roster.csv").write_text("\n".join(roster), encoding="utf-8")
        for run, results in runs.items():
            if not results:
                continue
            write_results(folder / "hw1.sqlite", results, homework="hw1", questions=QUESTIONS,
                          settings={"run": run})
        (grades,) = read_book(write_course(folder, homeworks={"hw1": ""})).homeworks
    finally:
        shutil.rmtree(folder)
    assert [(status, None if pd.isna(score) else score) for status, score in zip(
        grades.status, grades.score, strict=True)] == expected
