"""course.html: totals after penalties, lateness, and how the homeworks go together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from gradebook.make import make_gradebook
from gradebook.reports.report import correlations
from tests.gradebook_samples import (
    QUESTIONS,
    student_id,
    submission,
    write_course,
    write_results,
    write_roster,
)
from tests.test_gradebook_report import opened

LATE = '[late]\npenalty = "per_day"\nrate = 0.1\n'


def a_course(folder: Path, students: int, language: str = "en") -> Path:
    """Three homeworks; in hw1 every second one is a day late, one has not handed in hw3."""
    write_roster(folder / "roster.csv", students)
    for homework in ("hw1", "hw2", "hw3"):
        write_results(folder / f"{homework}.sqlite", [
            submission(f"{student_id(n)}.ipynb",
                       {q: ["axis"] for q in QUESTIONS[: n % (len(QUESTIONS) + 1)]},
                       submitted_at="2026-11-07T08:00:00+00:00" if homework == "hw1" and n % 2
                       else "2026-11-05T08:00:00+00:00")
            for n in range(1, students + 1) if (homework, n) != ("hw3", 1)
        ], homework=homework)
    due = "due = 2026-11-06T23:59:00+08:00"
    return write_course(folder, more=LATE, homeworks={"hw1": due, "hw2": due, "hw3": due},
                        language=language)


def made(folder: Path, students: int, language: str = "en") -> Path:
    make_gradebook(a_course(folder, students, language), folder / "book")
    return folder / "book/course.html"


def rows(path: Path) -> list[list[str]]:
    soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    return [[cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])]
            for row in soup.select("tbody tr")]


def test_the_course_at_a_glance(tmp_path: Path) -> None:
    path = made(tmp_path, 12)
    table = rows(path)
    assert ["hw3", "11 / 12", "73% 67% to 93%", "0"] in table
    assert ["hw1", "6", "6", "7%"] in table
    assert ["hw2", "0", "0", "–"] in table
    text = path.read_text(encoding="utf-8")
    assert "<strong>12 / 12</strong> have a total" in text
    assert '<a href="hw1/report.html">hw1</a>' in text
    assert (path.parent / "hw1/report.html").exists()
    assert "Student 0" not in text and "2023" not in text


def test_scores_that_go_together_correlate_and_missing_work_is_left_out(tmp_path: Path) -> None:
    table = {row[0]: row[1:] for row in rows(made(tmp_path, 12))}
    assert table["hw2 · hw3"] == ["11", "1.00 1.00 to 1.00"]
    assert table["hw1 · hw2"][0] == "12"


def test_the_interval_is_fisher_s() -> None:
    x = np.arange(28.0)
    scores = pd.DataFrame({"a": x, "b": x + 20 * np.sin(3 * x), "c": [1.0] * 28,
                           "d": [1.0, 2.0] + [np.nan] * 26})
    found = {(pair["first"], pair["second"]): pair for pair in correlations(scores)}
    pair = found["a", "b"]
    assert pair["students"] == 28
    assert np.arctanh(pair["high"]) - np.arctanh(pair["r"]) == pytest.approx(1.96 / 5, abs=1e-3)
    assert np.isnan(found["a", "c"]["r"]) and not found["a", "c"]["too_few"]
    assert np.isnan(found["a", "d"]["r"]) and found["a", "d"]["too_few"]


@pytest.mark.parametrize(("language", "words"), [("zh", "不足 5 人"), ("en", "under five")])
def test_a_course_under_five_is_not_reported_on(
    tmp_path: Path, language: str, words: str
) -> None:
    text = made(tmp_path, 4, language).read_text(encoding="utf-8")
    assert words in text and "%" not in text.split("<main>")[1]


def test_one_homework_has_no_course_page(tmp_path: Path) -> None:
    course = a_course(tmp_path, 6)
    (tmp_path / "book").mkdir()
    (tmp_path / "book/course.html").write_text("of an earlier run")
    one = course.read_text(encoding="utf-8").split("[[homework]]")
    course.write_text("[[homework]]".join(one[:2]), encoding="utf-8")
    summary = make_gradebook(course, tmp_path / "book")
    assert not (tmp_path / "book/course.html").exists()
    assert "course.html" not in [path.name for path in summary.paths]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_a_phone_nothing_scrolls_sideways(tmp_path: Path, language: str) -> None:
    path = made(tmp_path, 12, language)
    probe = "<script>document.title = document.documentElement.scrollWidth <= innerWidth</script>"
    path.write_text(path.read_text(encoding="utf-8").replace("</body>", f"{probe}</body>"),
                    encoding="utf-8")
    title, log = opened(path, 390)
    assert title == "true" and "CONSOLE" not in log
