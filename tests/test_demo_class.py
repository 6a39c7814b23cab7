"""The synthetic class: somebody holds every mistake, special cases come first, nobody is real."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.homework import Homework
from autograder.authoring.student_notebook import answer_cell
from autograder.demo import SPECIAL, Student, find_cell, make_class, write_class

DUE = datetime(2023, 11, 6, 15, 59, tzinfo=UTC)
SIZE = 24


@pytest.fixture(scope="module")
def students(toy: Homework) -> list[Student]:
    return make_class(toy, SIZE)


@pytest.fixture(scope="module")
def files(
    toy: Homework, toy_build: Path, students: list[Student],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Path]:
    """The last file of each student, by what is special about it, or by student id."""
    handed_out = {
        language: toy_build / "student" / f"toy.{language}.ipynb" for language in ("zh", "en")
    }
    folder = tmp_path_factory.mktemp("class") / "submissions"
    paths = write_class(toy, students, handed_out, folder, DUE)
    last = {path.stem: path for path in paths}
    assert len(last) == sum(student.attempts for student in students)
    return {student.what or student.id: last[student.id] for student in students}


def test_every_mistake_is_held_by_somebody(toy: Homework, students: list[Student]) -> None:
    for question in toy.questions:
        held = {s.holds[question.name].name for s in students if question.name in s.holds}
        assert held >= {mistake.name for mistake in question.mistakes}


def test_special_cases_come_first_and_hold_no_mistakes(students: list[Student]) -> None:
    assert [student.what for student in students] == [*SPECIAL, *[""] * (SIZE - len(SPECIAL))]
    assert all(not student.holds for student in students if student.what)
    assert [student.what for student in students if student.late and student.what] == ["late"]


def test_the_class_is_the_same_every_time(toy: Homework, students: list[Student]) -> None:
    assert make_class(toy, SIZE) == students
    assert make_class(toy, SIZE, seed=4) != students


def test_nobody_is_real(students: list[Student]) -> None:
    assert [student.id for student in students] == [str(2023001 + k) for k in range(SIZE)]
    assert all(re.fullmatch(r"学生\d\d", student.name) for student in students)
    assert Counter(student.language for student in students) == {"zh": 12, "en": 12}


def test_weaker_students_hold_more_mistakes(toy: Homework) -> None:
    students = make_class(toy, 60)[len(SPECIAL) :]
    wrong = [sum(v.caught_by is not None for v in s.holds.values()) for s in students]
    assert sum(wrong[:25]) > 2 * sum(wrong[25:])


def test_a_class_too_small_for_its_mistakes(toy: Homework) -> None:
    with pytest.raises(ValueError, match="a class of 18 is too small for 9 mistakes of one"):
        make_class(toy, 18)


def test_files_are_dated(students: list[Student], files: dict[str, Path]) -> None:
    assert files["late"].stat().st_mtime == DUE.timestamp() + 30 * 3600
    for student in students:
        time = files[student.what or student.id].stat().st_mtime
        assert (time > DUE.timestamp()) == (student.late is not None)


def test_who_tries_twice_began_with_the_common_mistakes(
    toy: Homework, students: list[Student], files: dict[str, Path]
) -> None:
    again = [student for student in students if student.attempts == 2]
    assert again and not any(student.what for student in again)
    for student in again:
        path = files[student.id].with_name(f"{student.id}_first.ipynb")
        assert path.stat().st_mtime < files[student.id].stat().st_mtime
        for question in toy.questions:
            mistake = answer_cell(question, question.mistakes[0], student.language)
            assert mistake in sources(path)


def test_a_student_hands_in_what_they_hold(
    toy: Homework, students: list[Student], files: dict[str, Path]
) -> None:
    student = next(s for s in students if len(s.holds) == 3 and not s.what)
    notebook = nbformat.read(files[student.id], as_version=4)
    for question in toy.questions:
        variant = student.holds[question.name]
        assert find_cell(notebook, question).source == answer_cell(
            question, variant, student.language
        )


def sources(path: Path) -> str:
    return "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)


def test_what_the_special_cases_are(
    toy: Homework, toy_build: Path, students: list[Student], files: dict[str, Path]
) -> None:
    untouched = nbformat.read(files["untouched"], as_version=4)
    handed_out = nbformat.read(toy_build / "student" / "toy.en.ipynb", as_version=4)
    assert untouched == handed_out
    assert answer_cell(toy.questions[0], None, "zh") in sources(files["perfect"])
    assert "while True:" in sources(files["loops_for_ever"])
    assert files["not_json"].read_text() == "PK this is no notebook"
    assert files["empty"].read_text() == ""
    assert "sys.exit(0)" in sources(files["exits"])
    assert "print('unfinished'" in sources(files["syntax_error"])
    assert "grader.check(" not in sources(files["no_check_cells"])
    other = nbformat.read(files["other_assignment"], as_version=4)
    assert other.metadata["otter"]["assignment_name"] == "hw2"
    assert "def row_mean" not in sources(files["other_assignment"])
