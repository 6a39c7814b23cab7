"""Parcels: the names that Moodle and Canvas match by, and zips that nobody can trick."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograder.errors import UserError
from gradebook.reports.parcels import Layout, entry_name, layout_of, write_zip


@pytest.mark.parametrize(("original", "layout", "entry"), [
    ("2023001_hw3.final", "plain", "2023001_hw3.final.html"),
    ("section A\\2023001", "plain", "section A/2023001.html"),
    ("Full Name_12345_assignsubmission_file_/hw3.ipynb", "moodle",
     "Full Name_12345_assignsubmission_file_/hw3.html"),
    ("download/张三_7_assignsubmission_file/sub/hw3.final.ipynb", "moodle",
     "张三_7_assignsubmission_file/hw3.final.html"),
    ("Full Name_12345_assignsubmission_file_", "moodle",
     "Full Name_12345_assignsubmission_file_/feedback.html"),
    ("lastfirst_12_345_hw3.ipynb", "canvas", "lastfirst_12_345_hw3.html"),
    ("download/lastfirst_LATE_12_345_hw3-1.ipynb", "canvas", "lastfirst_LATE_12_345_hw3-1.html"),
    ("my_1_assignsubmission_file_/own.zip/other_2_assignsubmission_file_/hw3.ipynb", "moodle",
     "my_1_assignsubmission_file_/hw3.html"),
    ("my_1_2_hw3.zip/other_3_4_hw3.ipynb", "canvas", "my_1_2_hw3.html"),
])
def test_entry_names(original: str, layout: Layout, entry: str) -> None:
    assert entry_name(original, layout) == entry


@pytest.mark.parametrize(("original", "layout", "expected"), [
    ("hw3.ipynb", "moodle", "a folder like Full Name_12345_assignsubmission_file_"),
    ("hw3.ipynb", "canvas", "a name like lastfirst_12345_67890_hw3.ipynb"),
    ("../hw3.ipynb", "plain", "a name"),
    ("/hw3.ipynb", "plain", "a name"),
    ("", "plain", "a name"),
])
def test_other_names_are_refused(original: str, layout: Layout, expected: str) -> None:
    with pytest.raises(UserError) as caught:
        entry_name(original, layout)
    assert caught.value.expected == expected
    assert caught.value.remedy == (
        "give the name as it was in the download, or choose the layout `plain`")


@pytest.mark.parametrize(
    ("files", "layout"),
    [
        (["A B_1_assignsubmission_file_/x.ipynb", "C_2_assignsubmission_file_/y.ipynb"], "moodle"),
        (["one_501_1001_hw3.ipynb", "two_LATE_502_1002_hw3-1.ipynb"], "canvas"),
        (["one_501_1001_hw3.ipynb", "2023001.ipynb"], "plain"),
        (["submission_1/hw3.ipynb"], "plain"),
        (["a_b_1_assignsubmission_file_/x.ipynb", "C_2_assignsubmission_file_/y.ipynb"], "plain"),
        (["A_1_assignsubmission_file_.zip/x.ipynb"], "plain"),
    ],
)
def test_the_layout_is_that_of_the_download(files: list[str], layout: str) -> None:
    assert layout_of(files) == layout


@given(st.lists(st.text("a1_/-. LATEassignsubmission_file", min_size=1, max_size=40), min_size=1))
@example(["A_1_assignsubmission_file_.zip/x.ipynb"])
def test_a_platforms_layout_holds_for_every_file(files: list[str]) -> None:
    layout = layout_of(files)
    assert layout == "plain" or all(entry_name(file, layout) for file in files)


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


def test_no_page_takes_the_place_of_another(tmp_path: Path) -> None:
    """Students choose names: hw3.ipynb and hw3.zip in one folder must not stop the class."""
    entries = [("f/a.html", "1"), ("f/a-2.html", "2"), ("f/a.html", "3"), ("f/a.html", "4")]
    with zipfile.ZipFile(write_zip(tmp_path / "f.zip", entries)) as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
    assert found == {"f/a.html": "1", "f/a-2.html": "2", "f/a-3.html": "3", "f/a-4.html": "4"}


def test_a_zip_depends_on_its_pages_alone(tmp_path: Path) -> None:
    entries = [("学生/b.html", "二"), ("a.html", "1")]
    first = write_zip(tmp_path / "1.zip", entries)
    second = write_zip(tmp_path / "2.zip", entries[::-1])
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert archive.namelist() == ["a.html", "学生/b.html"]
        assert archive.read("学生/b.html").decode() == "二"
