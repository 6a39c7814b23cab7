"""The course file: every key, every way to misspell one, every contradiction."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from autograder.errors import UserError
from gradebook.course import EXAMPLE, load_course
from tests.sentences import sentence

TOP = 'course = "C"\nlanguage = "en"\ntime_zone = "Asia/Shanghai"\nroster = "roster.csv"\n'
HW3 = '[[homework]]\nname = "hw3"\nresults = "results.sqlite"\n'
HW4 = HW3.replace("hw3", "hw4")
REMOVE = sentence("remove-and-see", compare=sentence("example-prints"))


def course_file(folder: Path, text: str) -> Path:
    path = folder / "COURSE.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> UserError:
    with pytest.raises(UserError) as caught:
        load_course(course_file(folder, text))
    assert str(folder / "COURSE.toml") in caught.value.where
    return caught.value


def test_the_example_is_a_valid_course() -> None:
    course = load_course(EXAMPLE)
    assert [homework.name for homework in course.homework] == ["hw2", "hw3"]
    assert course.prefix(course.homework[0]) == "hw2:"


def test_the_example_shows_every_key() -> None:
    from gradebook import course

    text = EXAMPLE.read_text(encoding="utf-8")
    for table in (course.Course, course.Homework, course.Late, course.CutOff, course.Grade,
                  course.Exports, course.Written, course.RosterColumns, course.Column,
                  course.Letter, course.Category):
        for key in table.model_fields:
            assert f"{key} =" in text or f"[{key}]" in text or f".{key}]" in text, key


def test_paths_are_relative_to_the_course_file(tmp_path: Path) -> None:
    course = load_course(course_file(tmp_path, TOP + HW3))
    assert course.roster == tmp_path / "roster.csv"
    assert course.homework[0].results == tmp_path / "results.sqlite"
    assert course.path == tmp_path / "COURSE.toml"
    assert course.prefix(course.homework[0]) == ""


def test_a_deadline_without_offset_is_in_the_zone_of_the_course(tmp_path: Path) -> None:
    course = load_course(course_file(tmp_path, TOP + HW3 + "due = 2026-11-06T23:59:00\n"))
    due = course.homework[0].due
    assert due is not None
    assert due.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    ("text", "where", "found", "remedy"),
    [
        (TOP.replace("roster", "rooster") + HW3, "line 4", "`rooster`",
         sentence("did-you-mean", name="roster")),
        (TOP + HW3 + "attemps = 'best'\n", "homework 1", "`attemps`",
         sentence("did-you-mean", name="attempts")),
        (TOP + "[late]\ngrace = 3\n" + HW3, "late", "`grace`",
         sentence("did-you-mean", name="grace_minutes")),
        (TOP + HW3 + "xyz = 1\n", "homework 1", "`xyz`", REMOVE),
        (TOP + "path = 'x'\n" + HW3, "line 5", "`path`", REMOVE),
    ],
)
def test_a_misspelt_key(tmp_path: Path, text: str, where: str, found: str, remedy: str) -> None:
    error = complaint(tmp_path, text)
    assert where in error.where
    assert (error.found, error.remedy) == (found, remedy)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TOP, sentence("the-key", key="homework")),
        (HW3, sentence("the-key", key="course")),
        (TOP + "[homework]\nname = 'hw3'\n", sentence("list-of-tables", key="homework")),
        (TOP + HW3 + "due = 2026-11-06\n",
         sentence("time-unquoted", example_time="2026-11-06T23:59:00+08:00")),
        (TOP + HW3 + "due = '2026-11-06T23:59:00+08:00'\n",
         sentence("time-unquoted", example_time="2026-11-06T23:59:00+08:00")),
        (TOP + HW3 + "attempts = 'last'\n", "'best', 'latest' or 'first'"),
        (TOP + "[late]\nrate = 10\n" + HW3, "less than or equal to 1"),
        (TOP.replace('"en"', '"fr"') + HW3, "'zh' or 'en'"),
        (TOP + HW3 + "out_of = nan\n", "a finite number"),
        (TOP + HW3 + HW3, sentence("named-once", what=sentence("homework-or-column"))),
        (TOP + HW3 + "manual = 'm.csv'\n" + 2 * "[[homework.written]]\nquestion='w'\nmaximum=1\n",
         sentence("named-once", what=sentence("written-question"))),
        (TOP + HW3 + "[[homework.written]]\nquestion = 'w'\nmaximum = 1\n",
         sentence("manual-file")),
        (TOP + HW3 + "due = 2026-11-06T10:00:00+08:00\ncloses = 2026-11-05T10:00:00+08:00\n",
         sentence("closes-after-due")),
        (TOP + HW3 + "weight = 1\n" + HW4, sentence("weights")),
        (TOP + HW3 + "weight = 0\n" + HW4 + "weight = 0\n", sentence("weight-positive")),
        (TOP + "[grade]\ndrop_lowest = 1\n" + HW3, sentence("drop-below", count=1)),
        (TOP + "[late]\npenalty = 'cut_offs'\n" + HW3,
         sentence("cut-offs-with-penalty")),
        (TOP + "[late]\nfree_days = 1\nfree_hours = 1\n" + HW3, sentence("one-free-time")),
        (TOP + HW3 + "late = {free_hours = 1}\n", sentence("key-in-late", key="free_hours")),
        (TOP + "[late]\npenalty = 'per_day'\n" + HW3,
         sentence("rate-with-penalty", penalty="per_day")),
        (TOP + "[late]\npenalty = 'cut_offs'\n"
         "cut_offs = [{hours=2, keep=0.5}, {hours=1, keep=0.4}]\n" + HW3,
         sentence("cut-offs-order")),
        (TOP + "[exports]\ncanvas = 'c.csv'\n" + HW3, sentence("column-of-homework", key="canvas")),
        (TOP + HW3 + "moodle_column = 'x'\n", sentence("file-to-fill", key="moodle")),
        (TOP.replace("Asia/Shanghai", "Shanghai") + HW3,
         sentence("time-zone")),
        ("course = \n", sentence("toml")),
    ],
)
def test_a_mistake_says_what_is_expected(tmp_path: Path, text: str, expected: str) -> None:
    assert complaint(tmp_path, text).expected == expected


def test_two_time_zones(tmp_path: Path) -> None:
    error = complaint(tmp_path, TOP + HW3 + "due = 2026-11-06T23:59:00+09:00\n")
    assert "homework hw3, due" in error.where
    assert error.expected == sentence("time-in-zone", key="Asia/Shanghai", offset="+08:00")
    assert error.remedy == "write 2026-11-06T22:59:00+08:00"


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        load_course(tmp_path / "none.toml")
    assert caught.value.found == sentence("no-such-file")
    assert "homework gradebook new course.toml" in caught.value.remedy


@pytest.mark.parametrize(("old", "new"), [("curve", "penalty"), ("loss", "rate"),
                                          ("at_most", "max_penalty"), ("of", "rate_of")])
def test_a_key_of_an_earlier_version_is_answered_with_its_new_name(
    tmp_path: Path, old: str, new: str
) -> None:
    path = tmp_path / "course.toml"
    path.write_text(TOP + f"[late]\n{old} = 0.1\n" + HW3, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_course(path)
    assert caught.value.found == f"`{old}`"
    assert caught.value.remedy == sentence("new-instead-of-old", new=new, old=old)
    assert "line" in caught.value.where
