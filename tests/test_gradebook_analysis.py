"""From a results file to the tables and the report, alone and from a gradebook."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from gradebook.book import read_book
from gradebook.intake.frames import read_frames
from gradebook.reports.analysis import analyse, students_of, write_report, write_tables
from tests.gradebook_samples import class_results, write_class


def test_a_results_file_becomes_three_tables_and_a_report(tmp_path: Path) -> None:
    analysis = analyse(read_frames(class_results(tmp_path / "r.sqlite", 30)))
    paths = write_tables(analysis, tmp_path / "out", "zh")
    assert [path.name for path in paths] == ["items.csv", "checks.csv", "mistakes.csv"]
    assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in paths)
    items, checks = (pd.read_csv(path, index_col=[0, 1]) for path in paths[:2])
    assert items.loc[("q02_slope", "题目 q02"), "difficulty"] == pytest.approx(
        1 - 10 / 30 * 0.4, abs=1e-4)
    assert checks.loc[("q10_count", "axis"), "failed"] == 6
    mistakes = pd.read_csv(paths[2]).set_index(["question", "mistake"])
    assert mistakes.loc[("q02_slope", "wrong_axis"), "share"] == pytest.approx(10 / 30, abs=1e-4)
    report = write_report(analysis, tmp_path / "out" / "report.html", "zh")
    assert "以为 axis=0 是逐行求和" in report.read_text(encoding="utf-8")


def test_a_text_that_a_spreadsheet_would_run_is_guarded(tmp_path: Path) -> None:
    analysis = analyse(read_frames(class_results(tmp_path / "r.sqlite", 6)))
    homework = analysis.statistics.cohort.frames.homework
    homework["questions"][0]["title"]["en"] = "=1+1"
    homework["questions"][0]["mistakes"][0]["belief"]["en"] = "-x for x"
    items, _, mistakes = write_tables(analysis, tmp_path, "en")
    assert pd.read_csv(items)["title"].iloc[0] == "'=1+1"
    assert "'-x for x" in pd.read_csv(mistakes)["belief"].tolist()


def test_only_the_submissions_that_count_are_read(tmp_path: Path) -> None:
    path = class_results(tmp_path / "r.sqlite", 12)
    students = pd.DataFrame({"submission": pd.array([3, 5, 1, 2, 4, None], dtype="Int64")})
    analysis = analyse(read_frames(path, 1, students["submission"].dropna()), students)
    assert len(analysis.statistics.cohort.frames.submissions) == 5
    assert analysis.statistics.items.questions["missing"].tolist() == [1, 1, 1]


def test_a_gradebook_gives_its_students(tmp_path: Path) -> None:
    book = read_book(write_class(tmp_path, 12))
    (grades,) = book.homeworks
    students = students_of(book, grades)
    assert sorted(students.columns) == ["possible", "section", "status", "submission", "total"]
    assert grades.results.run is not None
    frames = read_frames(
        grades.results.path, grades.results.run.run, students["submission"].dropna())
    analysis = analyse(frames, students)
    assert analysis.statistics.cohort.handed_in.all()
    assert analysis.statistics.cohort.students["possible"].eq(15).all()
