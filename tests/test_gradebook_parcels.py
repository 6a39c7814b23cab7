"""Parcels: the names that Moodle and Canvas match by, and zips that nobody can trick."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import UserError
from gradebook.parcels import Layout, entry_name, write_zip


@pytest.mark.parametrize(("original", "layout", "entry"), [
    ("2023001_hw3.ipynb", "plain", "2023001_hw3.html"),
    ("section A/2023001.zip", "plain", "section A/2023001.html"),
    ("a\\b.ipynb", "plain", "a/b.html"),
    ("Full Name_12345_assignsubmission_file_/hw3.ipynb", "moodle",
     "Full Name_12345_assignsubmission_file_/hw3.html"),
    ("download/张三_7_assignsubmission_file/sub/hw3.final.ipynb", "moodle",
     "张三_7_assignsubmission_file/hw3.final.html"),
    ("Full Name_12345_assignsubmission_file_", "moodle",
     "Full Name_12345_assignsubmission_file_/feedback.html"),
    ("lastfirst_12_345_hw3.ipynb", "canvas", "lastfirst_12_345_hw3.html"),
    ("download/lastfirst_LATE_12_345_hw3-1.ipynb", "canvas", "lastfirst_LATE_12_345_hw3-1.html"),
])
def test_entry_names(original: str, layout: Layout, entry: str) -> None:
    assert entry_name(original, layout) == entry


@pytest.mark.parametrize(("original", "layout", "expected"), [
    ("hw3.ipynb", "moodle", "a folder like Full Name_12345_assignsubmission_file_"),
    ("hw3.ipynb", "canvas", "a name like lastfirst_12345_67890_hw3.ipynb"),
    ("../hw3.ipynb", "plain", "a path inside the folder of submissions"),
    ("/hw3.ipynb", "plain", "a path inside the folder of submissions"),
    ("", "plain", "a path inside the folder of submissions"),
])
def test_other_names_are_refused(original: str, layout: Layout, expected: str) -> None:
    with pytest.raises(UserError) as caught:
        entry_name(original, layout)
    assert caught.value.expected == expected
    assert caught.value.remedy == (
        "give the name as it was in the download, or choose the layout `plain`")


def canvas_ids(name: str) -> list[str]:
    """How Canvas finds user and attachment: the first two parts that are numbers."""
    return [part for part in name.split("_") if re.fullmatch(r"\d+", part)][:2]


@given(st.text("abcz学生", min_size=1, max_size=8), st.booleans(), st.integers(1), st.integers(1),
       st.text("hw3-_ .", min_size=1, max_size=8).filter(lambda s: s.strip(" .")))
def test_canvas_finds_the_same_student(
    name: str, late: bool, user: int, attachment: int, file: str
) -> None:
    original = f"{name}_{'LATE_' if late else ''}{user}_{attachment}_{file}.ipynb"
    assert canvas_ids(entry_name(original, "canvas")) == canvas_ids(original)


def test_two_pages_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        write_zip(tmp_path / "f.zip", [("a.html", "1"), ("a.html", "2")])
    assert str(caught.value) == (
        f"{tmp_path / 'f.zip'}\n  expected: one submission a student\n"
        "  found:    two pages named a.html\n"
        "  to do:    pass only the submissions that count"
    )


def test_a_zip_depends_on_its_pages_alone(tmp_path: Path) -> None:
    entries = [("学生/b.html", "二"), ("a.html", "1")]
    first = write_zip(tmp_path / "1.zip", entries)
    second = write_zip(tmp_path / "2.zip", entries[::-1])
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert archive.namelist() == ["a.html", "学生/b.html"]
        assert archive.read("学生/b.html").decode() == "二"
