"""The course file: every key, every way to misspell one, every contradiction."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from autograder.errors import UserError
from gradebook.course import EXAMPLE, load_course

TOP = 'course = "C"\nlanguage = "en"\ntime_zone = "Asia/Shanghai"\nroster = "roster.csv"\n'
HW3 = '[[homework]]\nname = "hw3"\nresults = "results.sqlite"\n'
HW4 = HW3.replace("hw3", "hw4")
REMOVE = "remove it; `homework gradebook example` prints every key"


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
        (TOP.replace("roster", "rooster") + HW3, "line 4", "`rooster`", "did you mean `roster`?"),
        (TOP + HW3 + "attemps = 'best'\n", "homework 1", "`attemps`", "did you mean `attempts`?"),
        (TOP + "[late]\ngrace = 3\n" + HW3, "late", "`grace`", "did you mean `grace_minutes`?"),
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
        (TOP, "the key `homework`"),
        (HW3, "the key `course`"),
        (TOP + "[homework]\nname = 'hw3'\n", "a list: [[homework]] with two brackets"),
        (TOP + HW3 + "due = 2026-11-06\n", "a date with time, such as 2026-11-06T23:59:00+08:00, "
         "without quotes"),
        (TOP + HW3 + "due = '2026-11-06T23:59:00+08:00'\n", "a date with time, such as "
         "2026-11-06T23:59:00+08:00, without quotes"),
        (TOP + HW3 + "attempts = 'last'\n", "'best', 'latest' or 'first'"),
        (TOP + "[late]\nrate = 10\n" + HW3, "less than or equal to 1"),
        (TOP.replace('"en"', '"fr"') + HW3, "'zh' or 'en'"),
        (TOP + HW3 + "out_of = nan\n", "a finite number"),
        (TOP + HW3 + HW3, "every homework or column named once"),
        (TOP + HW3 + "manual = 'm.csv'\n" + 2 * "[[homework.written]]\nquestion='w'\nmaximum=1\n",
         "every written question named once"),
        (TOP + HW3 + "[[homework.written]]\nquestion = 'w'\nmaximum = 1\n",
         "`manual`, the file with the points of the written questions"),
        (TOP + HW3 + "due = 2026-11-06T10:00:00+08:00\ncloses = 2026-11-05T10:00:00+08:00\n",
         "`closes` no earlier than `due`"),
        (TOP + HW3 + "weight = 1\n" + HW4, "a `weight` for every homework or for none"),
        (TOP + HW3 + "weight = 0\n" + HW4 + "weight = 0\n", "a weight above zero"),
        (TOP + "[grade]\ndrop_lowest = 1\n" + HW3, "drop_lowest below the number of homeworks, 1"),
        (TOP + "[late]\npenalty = 'cut_offs'\n" + HW3,
         '`cut_offs` together with penalty = "cut_offs"'),
        (TOP + "[late]\nfree_days = 1\nfree_hours = 1\n" + HW3, "`free_days` or `free_hours`"),
        (TOP + HW3 + "late = {free_hours = 1}\n", "`free_hours` in the [late] of the course"),
        (TOP + "[late]\npenalty = 'per_day'\n" + HW3, '`rate` together with penalty = "per_day"'),
        (TOP + "[late]\npenalty = 'cut_offs'\n"
         "cut_offs = [{hours=2, keep=0.5}, {hours=1, keep=0.4}]\n" + HW3,
         "cut_offs with `hours` going up and `keep` going down"),
        (TOP + "[exports]\ncanvas = 'c.csv'\n" + HW3, "a homework with canvas_column"),
        (TOP + HW3 + "moodle_column = 'x'\n", "the file to fill, exports.moodle"),
        (TOP.replace("Asia/Shanghai", "Shanghai") + HW3,
         "a time zone such as Asia/Shanghai or Europe/Berlin"),
        ("course = \n", "a file in TOML, UTF-8"),
    ],
)
def test_a_mistake_says_what_is_expected(tmp_path: Path, text: str, expected: str) -> None:
    assert complaint(tmp_path, text).expected == expected


def test_two_time_zones(tmp_path: Path) -> None:
    error = complaint(tmp_path, TOP + HW3 + "due = 2026-11-06T23:59:00+09:00\n")
    assert "homework hw3, due" in error.where
    assert error.expected == "a time in the course's zone Asia/Shanghai (+08:00)"
    assert error.remedy == "write 2026-11-06T22:59:00+08:00"


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        load_course(tmp_path / "none.toml")
    assert caught.value.found == "no such file"
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
    assert caught.value.remedy == f"write {new} instead of {old}"
    assert "line" in caught.value.where
