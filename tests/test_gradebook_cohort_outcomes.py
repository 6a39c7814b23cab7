"""What became of an answer: one word for each student and question, from what the book counts."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from autograder.model import CellError, CheckStatus, Diagnosis, DiagnosisKind, SubmissionStatus
from gradebook.book import Book, read_book
from gradebook.intake.results import read_frames
from gradebook.statistics.cohort import bars, outcomes
from tests.gradebook_samples import submission, write_course, write_results, write_roster

ALL = ["example", "axis", "unchanged"]


def a_book(folder: Path) -> Book:
    """q01 by student: full, partly, failed, crashed, unwritten, not run, nothing to grade,
    nothing handed in, excused."""
    unwritten = submission("2023005.ipynb", {"q01_mean": ALL})
    unwritten.questions[0].diagnosis = Diagnosis(DiagnosisKind.UNWRITTEN)
    write_results(folder / "results.sqlite", [
        submission("2023001.ipynb"), submission("2023002.ipynb", {"q01_mean": ["axis"]}),
        submission("2023003.ipynb", {"q01_mean": ALL}),
        submission("2023004.ipynb", {"q01_mean": ALL}, check_status=CheckStatus.ERROR), unwritten,
        submission("2023006.ipynb", {"q01_mean": ALL}, check_status=CheckStatus.NOT_RUN),
        submission("2023007.ipynb", {"q01_mean": ALL}, status=SubmissionStatus.EMPTY),
    ])
    write_roster(folder / "roster.csv", 9)
    (folder / "excused.csv").write_text("id,homework,excused\n2023009,hw3,yes\n")
    return read_book(write_course(folder, more='extensions = "excused.csv"\n'))


def words(book: Book, question: str = "q01_mean") -> list[str]:
    grades = book.homeworks[0]
    counted = {int(number) for number in grades.counted.dropna()}
    table = outcomes(grades, read_frames(grades.results, counted))
    return [str(word) for word in table[question]]


def test_each_answer_has_a_word(tmp_path: Path) -> None:
    book = a_book(tmp_path)
    assert words(book) == ["full", "partly", "failed", "crashed", "unwritten", "not_run", "open",
                           "missing", "excused"]
    assert words(book, "q02_slope") == ["full"] * 6 + ["open", "missing", "excused"]


def test_points_of_people_count_and_tell_the_word(tmp_path: Path) -> None:
    a_book(tmp_path)
    (tmp_path / "manual.csv").write_text("id,question,points\n2023003,q01_mean,5\n"
                                         "2023006,q01_mean,2\n")
    book = read_book(write_course(tmp_path, homework_more='manual = "manual.csv"'))
    assert words(book)[2:6] == ["full", "crashed", "unwritten", "partly"]


def test_the_parts_of_a_bar_are_the_class(tmp_path: Path) -> None:
    grades = a_book(tmp_path).homeworks[0]
    counted = {int(number) for number in grades.counted.dropna()}
    table = bars(outcomes(grades, read_frames(grades.results, counted)))
    assert table.loc["q01_mean"].to_dict() == {
        "full": 1, "partly": 1, "failed": 2, "unanswered": 2, "apart": 2}


def test_an_answer_that_python_cannot_read_is_written(tmp_path: Path) -> None:
    found = submission("2023001.ipynb", {"q01_mean": ALL}, check_status=CheckStatus.ERROR)
    found.questions[0].diagnosis = Diagnosis(DiagnosisKind.UNWRITTEN)
    found.cell_errors = [CellError(2, False, question=""), CellError(4, True, 1, "f(", "'(' was "
                         "never closed", "q01_mean"), CellError(5, True, question="q02_slope")]
    write_results(tmp_path / "results.sqlite", [found])
    write_roster(tmp_path / "roster.csv", 1)
    book = read_book(write_course(tmp_path))
    assert (words(book), words(book, "q02_slope")) == (["crashed"], ["full"])


@pytest.mark.parametrize(("code", "word"), [
    ("def mean(x):\n    return sum(x) / n", "crashed"), ("# def mean", "unwritten"),
    ("mean = ...  # see def meaning(x):", "unwritten"),
])
def test_a_function_that_was_written_and_lost_is_written(
    code: str, word: str, tmp_path: Path
) -> None:
    """Its cell has raised an error: then the name is missing, and not the answer."""
    found = submission("2023001.ipynb", {"q01_mean": ALL}, check_status=CheckStatus.ERROR)
    question = found.questions[0]
    question.diagnosis, question.answer = Diagnosis(DiagnosisKind.UNWRITTEN), code
    for check in question.checks:
        check.error = "NameError"
    results = write_results(tmp_path / "results.sqlite", [found])
    with closing(sqlite3.connect(results)) as database, database:
        [(text,)] = database.execute("SELECT description FROM runs")
        homework = json.loads(text)
        for check in homework["questions"][0]["checks"]:
            check["functions"] = ["mean"]
        database.execute("UPDATE runs SET description = ?", (json.dumps(homework),))
    write_roster(tmp_path / "roster.csv", 1)
    assert words(read_book(write_course(tmp_path))) == [word]
