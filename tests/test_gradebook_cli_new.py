"""A first course file from the files that there are."""

from __future__ import annotations

import re
import shlex
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.errors import UserError
from autograder.store import Store
from gradebook.cli import gradebook, new_course
from gradebook.make import make_gradebook
from tests.gradebook_samples import class_results, description, student_id, write_roster
from tests.sentences import pattern, sentence

OPTIONS = {"title": "深度学习", "language": "zh", "zone": "Asia/Shanghai"}


def files(folder: Path) -> tuple[Path, Path, Path]:
    canvas = folder / "canvas.csv"
    canvas.write_text("Student,ID,SIS User ID,SIS Login ID,Section,Homework 3 (77),Quiz (78)\n"
                      "    Points Possible,,,,,15,5\n"
                      + "".join(f"S,{n},{student_id(n)},x{n},A,,\n" for n in range(1, 13)))
    (folder / "run").mkdir()
    return (write_roster(folder / "roster.csv"), class_results(folder / "run/results.sqlite"),
            canvas)


def test_it_is_a_course_that_works_at_once(tmp_path: Path) -> None:
    roster, results, canvas = files(tmp_path)
    course = new_course(tmp_path / "course.toml", roster, [results], canvas, **OPTIONS)
    assert [(h.name, h.canvas_column) for h in course.homework] == [("hw3", "Homework 3 (77)")]
    assert str(tmp_path) not in (tmp_path / "course.toml").read_text(encoding="utf-8")
    summary = make_gradebook(tmp_path / "course.toml", tmp_path / "out", feedback=False)
    assert summary.open == []
    assert (tmp_path / "out/canvas.csv").exists()


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    roster, results, _ = files(tmp_path)
    (tmp_path / "course.toml").write_text("mine")
    with pytest.raises(UserError) as caught:
        new_course(tmp_path / "course.toml", roster, [results], None, **OPTIONS)
    assert caught.value.found == sentence("exists")
    assert (tmp_path / "course.toml").read_text() == "mine"


def test_the_command_says_how_to_go_on(tmp_path: Path) -> None:
    roster, results, canvas = files(tmp_path)
    course = str(tmp_path / "my course.toml")
    done = CliRunner().invoke(gradebook, [
        "new", course, "--roster", str(roster), "--results", str(results.parent),
        "--canvas", str(canvas)])
    assert done.exit_code == 0, done.output
    told = re.match(pattern("course-written", path=course, names="hw3"), done.output)
    assert told
    command = shlex.split(told[0].partition("then: ")[2])
    assert command == ["homework", "gradebook", course, "--out", "DIR"]


def test_a_homework_says_its_language_and_what_people_grade(tmp_path: Path) -> None:
    roster, results, _ = files(tmp_path)
    with closing(Store(results)) as store:
        store.open_run("hw4", "d", {}, description() | {
            "name": "hw4", "languages": ["en"], "written": [{"name": "q03_why"}]}, "2026-01-01")
    course = new_course(tmp_path / "a.toml", roster, [results], None,
                        title="A", language=None, zone="UTC")
    assert course.language == "zh"  # hw3 has both
    [hw3, hw4] = course.homework
    assert (hw3.marking, hw4.marking) == (None, tmp_path / "hw4-marking.xlsx")
