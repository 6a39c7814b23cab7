"""All that is wrong with a file is said at once: a teacher does not find ten errors in ten runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.authoring.settings import load_settings
from autograder.errors import UserError
from gradebook.make import make_gradebook
from tests.gradebook_otter import graded, otter_csv
from tests.gradebook_samples import submission, write_course, write_results, write_roster
from tests.sentences import sentence

CANVAS = "Student,ID,SIS User ID,SIS Login ID,Section,HW1 (1),HW2 (2)\n" \
    "    Points Possible,,,,,{one},{two}\nStudent 01,77,2023001,s01,A,,\n"
MOODLE = "Identifier,ID number,Status,Grade,Maximum Grade\n" \
    "Participant 7,2023001,,,{one}\nParticipant 8,2023002,,,{two}\n"


def course(folder: Path, more: str = "", one: str = "", two: str = "") -> Path:
    """Two homeworks of two students, everything in order but what the arguments add."""
    write_roster(folder / "roster.csv", 2)
    for name in ("hw1", "hw2"):
        if not (folder / f"{name}.sqlite").exists():
            write_results(folder / f"{name}.sqlite", [submission("2023001.ipynb")], homework=name)
    return write_course(folder, more=more, homeworks={"hw1": one, "hw2": two})


def file(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def course_file(folder: Path) -> Path:
    return course(folder, more="[grade]\ndecimls = 1\nrounding = 3\n[grad]\n")


def course_that_does_not_fit(folder: Path) -> Path:
    path = course(
        folder, one="due = 2026-11-06T23:59:00+08:00\ncloses = 2026-11-01T23:59:00+08:00\n"
        "weight = 1", two='canvas_column = "HW2"\n[[homework.written]]\nquestion = "w"\n'
        "maximum = 5", more='[late]\npenalty = "per_day"\n[grade]\ndrop_lowest = 2\n')
    path.write_text(path.read_text().replace("Asia/Shanghai", "Asia/Nowhere"))
    return path


def missing_files(folder: Path) -> Path:
    path = course(folder, one='manual = "none.csv"', more='extensions = "nobody.csv"\n')
    (folder / "hw2.sqlite").unlink()
    return path


def corrections(folder: Path) -> Path:
    file(folder, "c.csv", "submission,id,submitted_at\na.ipynb,2023001,yesterday\n"
         "b.ipynb,2023001,2026-13-01 10:00\nc.ipynb,-,\nc.ipynb,-,\n")
    return course(folder, one='corrections = "c.csv"')


def extensions(folder: Path) -> Path:
    file(folder, "e.csv", "id,homework,hours,excused\n2023001,hw9,1,\n2023001,hw1,many,\n"
         "2023001,hw1,,perhaps\n")
    return course(folder, more='extensions = "e.csv"\n')


def manual(folder: Path) -> Path:
    file(folder, "m.csv", "id,q01_mean,q02_slop\n2023001,ten,1\n2023002,99,1\n")
    return course(folder, one='manual = "m.csv"')


def column(folder: Path) -> Path:
    file(folder, "midterm.csv", "id,score\n2023001,12,5\n2023002,85%\n")
    file(folder, "project.csv", "id,score\n2023001,-1\n2023002,101\n2023002,50\n")
    return course(folder, more='[[column]]\nname = "midterm"\nfile = "midterm.csv"\nout_of = 10\n'
                  '[[column]]\nname = "project"\nfile = "project.csv"\nout_of = 100\n')


def homework_keys(folder: Path) -> Path:
    return course(folder, one='dropped_questions = ["q77", "q78"]\nfull_marks = ["q79"]')


def doubled_columns(folder: Path) -> Path:
    path = course(folder)
    file(folder, "roster.csv", "id,id,name,name\n2023001,2023001,A,A\n")
    return path


def canvas_columns(folder: Path) -> Path:
    file(folder, "canvas.csv", CANVAS.format(one=15, two=15))
    return course(folder, '[exports]\ncanvas = "canvas.csv"\n', 'canvas_column = "HW7"',
                  'canvas_column = "HW8"')


def canvas_points(folder: Path) -> Path:
    file(folder, "canvas.csv", CANVAS.format(one=31, two=32))
    return course(folder, '[exports]\ncanvas = "canvas.csv"\n', 'canvas_column = "HW1 (1)"',
                  'canvas_column = "HW2 (2)"')


def uneven_rows(folder: Path) -> Path:
    file(folder, "canvas.csv", CANVAS.format(one=15, two=15) + "a,b\nc,d,e\n")
    return course(folder, '[exports]\ncanvas = "canvas.csv"\n', 'canvas_column = "HW1 (1)"')


def moodle_maxima(folder: Path) -> Path:
    file(folder, "w.csv", MOODLE.format(one=51, two=52))
    return course(folder, one='moodle_worksheet = "w.csv"')


def moodle_columns(folder: Path) -> Path:
    file(folder, "moodle.csv", "First name,Surname,ID number,Assignment: HW1\nA,B,2023001,\n")
    return course(folder, '[exports]\nmoodle = "moodle.csv"\n', 'moodle_column = "Assignment: HW7"',
                  'moodle_column = "Assignment: HW8"')


def gradescope(folder: Path) -> Path:
    (folder / "export").mkdir()
    file(folder / "export", "submission_metadata.yml",
         "submission_1:\n  :created_at: yesterday\nsubmission_2:\n  :created_at: tomorrow or so\n")
    return course(folder, one='submissions = "export"')


def otter(folder: Path) -> Path:
    path = course(folder)
    otter_csv(folder / "f.csv", graded("2023001.ipynb"))
    text = (folder / "f.csv").read_text().replace("5.0,5.0,5.0", "many,5.0,more", 1)
    file(folder, "f.csv", text)
    path.write_text(path.read_text().replace("hw1.sqlite", "f.csv"))
    return path


ERRORS: list[tuple[Callable[[Path], Path], list[str]]] = [
    (course_file, ["decimls", "rounding", "grad"]),
    (course_that_does_not_fit, [
        "Asia/Nowhere", sentence("weights"), "exports.canvas", "`manual`",
        sentence("rate-with-penalty", penalty="per_day"),
        sentence("drop-below", count=2)]),
    (missing_files, ["none.csv", "nobody.csv", "hw2.sqlite"]),
    (corrections, ["yesterday", "2026-13-01", "c.ipynb twice"]),
    (extensions, ["hw9", "many", "perhaps"]),
    (manual, [sentence("did-you-mean", name="q02_slope"), "ten", "99 for 2023002"]),
    (column, ["row 3: 85%", "row 2: -1", "row 3: 101", "row 4: 2023002 again"]),
    (homework_keys, ["q77", "q78", "q79"]),
    (doubled_columns, ["'id' twice", "'name' twice"]),
    (canvas_columns, ["HW7", "HW8"]),
    (canvas_points, ["31", "32"]),
    (uneven_rows,
     [sentence("count-in-row", count=2, row=4), sentence("count-in-row", count=3, row=5)]),
    (moodle_maxima, ["51", "52"]),
    (moodle_columns, ["HW7", "HW8"]),
    (gradescope, ["submission_1", "submission_2"]),
    (otter, ["q01_mean, q10_count"]),
]


@pytest.mark.parametrize(("write", "said"), ERRORS, ids=lambda each: getattr(each, "__name__", ""))
def test_all_errors_of_a_file_are_said_at_once(
    tmp_path: Path, write: Callable[[Path], Path], said: list[str]
) -> None:
    with pytest.raises(UserError) as caught:
        make_gradebook(write(tmp_path), tmp_path / "out")
    assert [words for words in said if words not in str(caught.value)] == []


def test_all_errors_of_a_homework_file_are_said_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "assignments" / "hw9"
    folder.mkdir(parents=True)
    for text, said in (
        ('titel = "x"\nseed = "two"\n', ["titel", "seed"]),
        ('files = ["none.csv"]\npackages = ["no_such_package"]\nseed_variable = "s"\n',
         ["none.csv", "no_such_package", sentence("no-seed")]),
    ):
        file(folder, "homework.toml", text)
        with pytest.raises(UserError) as caught:
            load_settings("hw9", tmp_path)
        assert [words for words in said if words not in str(caught.value)] == []
