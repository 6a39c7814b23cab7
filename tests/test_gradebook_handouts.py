"""Report, item tables and feedback of a whole course file."""

from __future__ import annotations

import zipfile
from pathlib import Path

from gradebook.make import make_gradebook
from tests.gradebook_samples import (
    submission,
    write_class,
    write_course,
    write_results,
    write_roster,
)

ANALYSIS = {"report.html", "items.csv", "checks.csv", "mistakes.csv"}


def test_everything_is_written_and_feedback_goes_by_id(tmp_path: Path) -> None:
    summary = make_gradebook(write_class(tmp_path, 6), tmp_path / "out")
    assert ANALYSIS | {"feedback.zip"} <= {path.name for path in summary.paths}
    assert all(path.is_file() for path in summary.paths)
    names = zipfile.ZipFile(tmp_path / "out/feedback.zip").namelist()
    assert sorted(names) == [f"{2023000 + n}.html" for n in range(1, 7)]


def test_with_pseudonyms_nothing_public_names_anybody(tmp_path: Path) -> None:
    course = write_class(tmp_path, 12)
    out = tmp_path / "out"
    summary = make_gradebook(course, out, pseudonymise=True)
    assert {path.name for path in summary.paths} >= ANALYSIS
    public = "".join(path.read_text(encoding="utf-8") for path in out.glob("*.[ch][st][vm]*"))
    assert "<html" in public
    for n in range(1, 13):
        assert str(2023000 + n) not in public
        assert f"Student {n:02d}" not in public


def test_two_homeworks_have_folders_of_their_own(tmp_path: Path) -> None:
    write_roster(tmp_path / "roster.csv", 2)
    write_results(tmp_path / "hw2.sqlite", [], homework="hw2")
    write_results(tmp_path / "hw3.sqlite", [submission("2023001.ipynb")])
    course = write_course(tmp_path, homeworks={"hw2": "", "hw3": ""})
    summary = make_gradebook(course, tmp_path / "out", feedback=False)
    assert {p.name for p in summary.paths if p.parent.name == "hw3"} == ANALYSIS
    assert not (tmp_path / "out/hw2").exists()
    assert not (tmp_path / "out/hw3/feedback.zip").exists()
