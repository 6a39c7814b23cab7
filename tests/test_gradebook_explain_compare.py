"""Whose total changed between two gradebooks, by how much and why."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from autograder.errors import UserError
from gradebook.make import make_gradebook
from tests.gradebook_samples import submission, write_class, write_results
from tests.sentences import sentence


def test_who_changed_and_why(tmp_path: Path) -> None:
    course = write_class(tmp_path, 4)
    out = tmp_path / "out"
    make_gradebook(course, out, feedback=False)
    write_results(tmp_path / "results.sqlite", [submission(
        "2023003_hw3.ipynb", submitted_at="2026-11-05T08:03:00+00:00")], settings={"limits": 2})
    summary = make_gradebook(course, out, feedback=False, compare_with=out)
    assert sentence("totals-changed", count=1) in summary.notes
    (row,) = pd.read_csv(out / "compare.csv", dtype=str).to_dict("records")
    assert (row["id"], row["before"], row["after"], row["change"]) == (
        "2023003", "13.0", "15", "2.0")
    assert row["why"] == "hw3: The checks gave 15 of 15 points."


def test_nothing_changed(tmp_path: Path) -> None:
    course = write_class(tmp_path, 4)
    make_gradebook(course, tmp_path / "a", feedback=False)
    make_gradebook(course, tmp_path / "b", feedback=False, compare_with=tmp_path / "a")
    assert len(pd.read_csv(tmp_path / "b/compare.csv")) == 0


def test_a_folder_without_a_gradebook_is_refused(tmp_path: Path) -> None:
    course = write_class(tmp_path, 4)
    with pytest.raises(UserError) as caught:
        make_gradebook(course, tmp_path / "b", compare_with=tmp_path)
    assert caught.value.where == str(tmp_path / "gradebook.csv")
    assert not (tmp_path / "b").exists()
