"""canvas.csv and moodle.csv, read back as Canvas and Moodle read them."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from autograder.errors import UserError
from gradebook.book import Book, read_book
from gradebook.make import make_gradebook
from tests.gradebook_samples import (
    in_rows,
    student_id,
    student_name,
    submission,
    write_class,
    write_course,
    write_results,
    write_roster,
)
from tests.sentences import sentence

CANVAS = 'canvas_column = "HW3 (77)"\nout_of = 100'
CANVAS_FILE = '[exports]\ncanvas = "canvas_export.csv"'
MOODLE = 'moodle_column = "Assignment: HW3"\nout_of = 100'
MOODLE_FILE = '[exports]\nmoodle = "moodle_export.csv"'


@pytest.fixture(autouse=True)
def without_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report takes most of the time and has tests of its own."""
    monkeypatch.setattr("gradebook.make.write_reports", lambda *args, **options: [])


def canvas_export(folder: Path, *extra: str, students: int = 12, points: str = "100") -> str:
    lines = ["Student,ID,SIS User ID,SIS Login ID,Section,Quiz (76),HW3 (77),Final (read only)",
             ",,,,,,Manual Posting,", f"    Points Possible,,,,,10,{points},(read only)"]
    lines += [f'"{n:02d}, Student",{500 + n},{student_id(n)},login{n},A and B,{n},,9.9'
              for n in range(1, students + 1)]
    lines += [*extra, '"Student, Test",999,,test,A and B,,,']
    text = "\ufeff" + "\r\n".join(lines) + "\r\n"
    (folder / "canvas_export.csv").write_bytes(text.encode())
    return text


def canvas_imports(content: bytes, title: str) -> tuple[float, dict[str, str]]:
    """As Canvas: a column is an assignment by `title (id)`; identity by ID, then SIS User ID."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    titles = [re.match(r".* \((\d+)\)", cell) for cell in rows[0]]
    columns = {title[1]: number for number, title in enumerate(titles) if title}
    column = columns[title]
    points = next(row for row in rows[1:3] if "Points Possible" in row[0])
    body = rows[rows.index(points) + 1 :]
    return float(points[column]), {row[2] or row[1]: row[column] for row in body}


def moodle_imports(content: bytes, column: str, maximum: float = 100) -> dict[str, float | None]:
    """As Moodle: all rows of one length; empty or `-` is no grade, another non-number an error."""
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True))
    assert all(None not in row and None not in row.values() for row in rows)
    grades: dict[str, float | None] = {}
    for row in rows:
        cell = row[column]
        grades[row["ID number"]] = None if cell in ("", "-") else float(cell)
        assert grades[row["ID number"]] is None or 0 <= (grades[row["ID number"]] or 0) <= maximum
    return grades


def shown(book: Book) -> dict[str, float]:
    return dict(zip(book.roster.students["id"], book.shown(book.homeworks[0]), strict=True))


def test_canvas_reads_the_same_scores_for_the_same_people(tmp_path: Path) -> None:
    before = canvas_export(tmp_path)
    course = write_class(tmp_path, more=CANVAS_FILE, homework_more=CANVAS)
    book = make_gradebook(course, tmp_path / "out").book
    content = (tmp_path / "out/canvas.csv").read_bytes()
    points, scores = canvas_imports(content, "77")
    assert points == 100
    assert {id_: float(cell) for id_, cell in scores.items() if cell} == shown(book)
    assert scores["2023003"] == "86.67"
    after = list(csv.reader(io.StringIO(content.decode())))
    for old, new in zip(csv.reader(io.StringIO(before)), after, strict=True):
        assert old[:6] + old[7:] == new[:6] + new[7:]
    assert content.startswith(b"\xef\xbb\xbf") and b"\r\n" in content
    assert [p for p in book.problems if "canvas" in p.file] == []


def test_excused_and_statuses_in_canvas(tmp_path: Path) -> None:
    canvas_export(tmp_path)
    course = write_class(tmp_path, more=f'extensions = "e.csv"\n{CANVAS_FILE}',
                         homework_more=CANVAS)
    (tmp_path / "e.csv").write_text("id,excused\n2023001,yes\n", encoding="utf-8")
    lines = ["学号,姓名,备注", "2023001,a,", "2023002,b,缓考", "2023003,c,缺考", "2023004,d,免修",
             "2023005,e,", "2023013,f,"]
    (tmp_path / "roster.csv").write_text("\n".join(lines), encoding="gb18030")
    book = make_gradebook(course, tmp_path / "out").book
    _, scores = canvas_imports((tmp_path / "out/canvas.csv").read_bytes(), "77")
    assert [scores[student_id(n)] for n in range(1, 7)] == ["EX", "EX", "", "EX", "73.33", ""]
    told = {(p.what, p.found) for p in book.problems if p.file.endswith("canvas_export.csv")}
    assert (sentence("student-not-in", file=sentence("platform-file")), "2023013 f") in told
    assert (sentence("not-in-roster"), '06, Student, 506, 2023006, login6') in told
    assert len(told) == 8


def test_rows_that_must_not_be_imported_are_refused(tmp_path: Path) -> None:
    canvas_export(tmp_path, '"=cmd",700,2023013,x,A,,,', '"Twice",701,2023001,x,A,,,')
    course = write_class(tmp_path, 13, more=CANVAS_FILE, homework_more=CANVAS)
    book = make_gradebook(course, tmp_path / "out").book
    text = (tmp_path / "out/canvas.csv").read_text(encoding="utf-8-sig")
    assert "cmd" not in text and "Twice" not in text
    assert [(p.row, p.what, p.remedy) for p in book.problems][:2] == [
        (16, sentence("row-formula"), sentence("import-student")),
        (17, sentence("row-twice-refused"), sentence("import-row"))]


def test_an_empty_cell_names_nobody(tmp_path: Path) -> None:
    """In the roster a student lacks Canvas's number; in the export a new person has none either."""
    text = canvas_export(tmp_path, '"New, Person",,,,A and B,,,')
    course = write_class(tmp_path, more=CANVAS_FILE, homework_more=CANVAS)
    (tmp_path / "roster.csv").write_text(text.replace(",503,", ",,"), encoding="utf-8")
    export = re.sub(r",2023\d+,login\d+,", ",,,", text)
    (tmp_path / "canvas_export.csv").write_text(export, encoding="utf-8")
    book = make_gradebook(course, tmp_path / "out").book
    text = (tmp_path / "out/canvas.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    filled = {row[0]: row[6] for row in rows[3:]}
    assert filled["01, Student"] == "100.00"
    assert filled["03, Student"] == filled["New, Person"] == ""
    assert sentence("not-in-roster") in {p.what for p in book.problems if "canvas" in p.file}


@pytest.mark.parametrize(
    ("keys", "points", "where", "expected", "remedy"),
    [
        ('canvas_column = "HW3"\nout_of = 10', "100", in_rows(3, column="HW3 (77)"),
         sentence("canvas-points", maximum=10, name="hw3"), sentence("canvas-out-of", name="hw3")),
        ('canvas_column = "HW3"\nout_of = 100', "", in_rows(3, column="HW3 (77)"),
         sentence("canvas-points", maximum=100, name="hw3"), sentence("canvas-out-of", name="hw3")),
        ('canvas_column = "HW4"\nout_of = 100', "100", in_rows(1),
         sentence("one-canvas-column", wanted="HW4"), sentence("write-one-of-them")),
        ('canvas_column = "HW33 (77)"\nout_of = 100', "100", in_rows(1),
         sentence("one-canvas-column", wanted="HW33 (77)"),
         sentence("did-you-mean", name="HW3 (77)")),
    ],
)
def test_a_canvas_file_that_does_not_fit(
    tmp_path: Path, keys: str, points: str, where: str, expected: str, remedy: str
) -> None:
    canvas_export(tmp_path, points=points)
    course = write_class(tmp_path, more=CANVAS_FILE, homework_more=keys)
    with pytest.raises(UserError) as caught:
        make_gradebook(course, tmp_path / "out")
    assert caught.value.where == f"{tmp_path / 'canvas_export.csv'}{where}"
    assert (caught.value.expected, caught.value.remedy) == (expected, remedy)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "expected", "found"),
    [
        ("Student,ID\na,1\n", sentence("canvas-export"), sentence("no-points-row")),
        ("Student,ID,HW3 (77)\nPoints Possible,,100\na,77,\n", sentence("roster-students"),
         sentence("none-in-file")),
        ("Student,ID,HW3 (77)\nPoints Possible,,100\na,77\nb\n", sentence("count-in-rows", count=3),
         ", ".join([sentence("count-in-row", count=2, row=3),
                     sentence("count-in-row", count=1, row=4)])),
        ("", sentence("platform-export"), sentence("empty-table")),
        ("PK\x03\x04", sentence("platform-csv"), sentence("xlsx")),
        (None, sentence("platform-export"), "No such file or directory"),
    ],
)
def test_what_is_no_canvas_file(
    tmp_path: Path, text: str | None, expected: str, found: str
) -> None:
    if text is not None:
        (tmp_path / "canvas_export.csv").write_text(text, encoding="utf-8")
    course = write_class(tmp_path, more=CANVAS_FILE, homework_more=CANVAS)
    with pytest.raises(UserError) as caught:
        make_gradebook(course, tmp_path / "out")
    assert (caught.value.expected, caught.value.found) == (expected, found)


def test_moodle_reads_the_same_scores_for_the_same_people(tmp_path: Path) -> None:
    lines = ['First name,Surname,"ID number",Institution,Department,"Email address",'
             '"Assignment: HW3","Feedback: HW3"']
    lines += [f"Student,{n},{student_id(n)},,,s{n:02d}@example.edu,-,-" for n in range(1, 13)]
    (tmp_path / "moodle_export.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    course = write_class(tmp_path, more=f'extensions = "e.csv"\n{MOODLE_FILE}',
                         homework_more=MOODLE)
    (tmp_path / "e.csv").write_text("id,excused\n2023012,yes\n", encoding="utf-8")
    book = make_gradebook(course, tmp_path / "out").book
    read = moodle_imports((tmp_path / "out/moodle.csv").read_bytes(), "Assignment: HW3")
    assert read.pop("2023012") is None
    expected = shown(book)
    del expected["2023012"]
    assert read == expected
    assert [(p.row, p.what, p.remedy) for p in book.problems] == [
        (13, sentence("moodle-excused"),
         sentence("moodle-exclude"))]


def test_moodles_offline_worksheet_in_any_language(tmp_path: Path) -> None:
    lines = ["编号;全名;电子邮件地址;状态;成绩;最高分;反馈"]
    lines += [f"参与者 {900 + n};{student_name(n)};S{n:02d}@example.edu;已提交;;15,00;"
              for n in range(1, 13)]
    (tmp_path / "sheet.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    course = write_class(tmp_path, homework_more='moodle_worksheet = "sheet.csv"')
    make_gradebook(course, tmp_path / "out")
    written = (tmp_path / "out/moodle.csv").read_text(encoding="utf-8").splitlines()
    assert written[0] == lines[0]
    assert written[3] == "参与者 903;Student 03;S03@example.edu;已提交;13.00;15,00;"


def test_a_worksheet_that_states_another_maximum(tmp_path: Path) -> None:
    """moodle_maximum is no remedy: the worksheet says what it is."""
    (tmp_path / "sheet.csv").write_text(
        "Identifier,Full name,ID number,Grade,Maximum Grade\n"
        f"Participant 9,Student 01,{student_id(1)},,100.00\n")
    course = write_class(
        tmp_path, homework_more='moodle_worksheet = "sheet.csv"\nmoodle_maximum = 100')
    with pytest.raises(UserError) as caught:
        make_gradebook(course, tmp_path / "out")
    assert caught.value.remedy == sentence("worksheet-maximum", name="hw3")


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ('moodle_column = "Assignment: HW3"', sentence("moodle-maximum", maximum=15, name="hw3")),
        ('moodle_column = "Assignment HW3"\nout_of = 100',
         sentence("the-column", wanted="Assignment HW3")),
    ],
)
def test_a_moodle_file_that_does_not_fit(tmp_path: Path, keys: str, expected: str) -> None:
    (tmp_path / "moodle_export.csv").write_text(
        'First name,"ID number","Assignment: HW3"\nA,2023001,-\n', encoding="utf-8")
    course = write_class(tmp_path, more=MOODLE_FILE, homework_more=keys)
    with pytest.raises(UserError) as caught:
        make_gradebook(course, tmp_path / "out")
    assert caught.value.expected == expected


def test_moodles_worksheet_needs_a_grade_column(tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text("Identifier,ID number\nParticipant 1,2023001\n",
                                        encoding="utf-8")
    course = write_class(tmp_path, homework_more='moodle_worksheet = "sheet.csv"')
    with pytest.raises(UserError) as caught:
        make_gradebook(course, tmp_path / "out")
    assert caught.value.remedy == sentence("name-moodle-column")


def filled_canvas(folder: Path, *cells: str, exports: str = "", column: str = "") -> Path:
    """Canvas's file filled, whose HW3 column held `cells`; 2023003 failed a check."""
    write_class(folder, len(cells))
    (folder / "export.csv").write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,HW3 (77),Final (78)\n"
        "    Points Possible,,,,,15,15\n" + "".join(
            f'"S, {n}",{500 + n},{student_id(n)},x{n},A,{cell},\n'
            for n, cell in enumerate(cells, 1)), encoding="utf-8")
    course = write_course(
        folder, more=f'[exports]\ncanvas = "export.csv"\n{exports}',
        homework_more=f'canvas_column = "HW3 (77)"\n{column}')
    make_gradebook(course, folder / "out")
    return folder / "out"


def table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_what_a_person_entered_on_the_platform_is_kept(tmp_path: Path) -> None:
    out = filled_canvas(tmp_path, "", "EX", "9", "15.0")
    assert [row[5] for row in table(out / "canvas.csv")[2:]] == ["15.00", "EX", "9", "15.0"]
    assert table(out / "changes.csv")[1:] == [
        ["canvas.csv", "2023001", "HW3 (77)", "", "15.00"]]
    kept = [row[4] for row in table(out / "problems.csv") if row[2] == sentence("entry-kept")]
    assert kept == ["S, 2, 502, 2023002, x2: EX", "S, 3, 503, 2023003, x3: 9"]


def test_it_is_replaced_when_asked_for_and_every_change_is_listed(tmp_path: Path) -> None:
    out = filled_canvas(tmp_path, "", "EX", "9", "15", exports="overwrite = true")
    assert [row[5] for row in table(out / "canvas.csv")[2:]] == ["15.00", "15.00", "13.00", "15"]
    assert [row[3:] for row in table(out / "changes.csv")[1:]] == [
        ["", "15.00"], ["EX", "15.00"], ["9", "13.00"]]


def test_an_open_score_takes_no_entry_away(tmp_path: Path) -> None:
    write_roster(tmp_path / "roster.csv", 2)
    write_results(tmp_path / "results.sqlite", [submission("unknown.ipynb")])
    (tmp_path / "export.csv").write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,HW3 (77)\n    Points Possible,,,,,15\n"
        "S,1,2023001,a,A,7\nT,2,2023002,b,A,\n", encoding="utf-8")
    make_gradebook(write_course(
        tmp_path, more='[exports]\ncanvas = "export.csv"\noverwrite = true',
        homework_more='canvas_column = "HW3 (77)"'), tmp_path / "out")
    assert [row[5] for row in table(tmp_path / "out/canvas.csv")[2:]] == ["7", ""]


def test_the_total_of_the_course_goes_into_canvas(tmp_path: Path) -> None:
    out = filled_canvas(tmp_path, "", "", "", "", exports='canvas_total = "Final (78)"')
    assert [row[6] for row in table(out / "canvas.csv")[2:]] == ["15.00", "15.00", "13.00", "15.00"]


def test_moodles_worksheet_says_who_is_late_in_its_own_language(tmp_path: Path) -> None:
    """Late by the status column; a blank or a status without a time is in time."""
    lines = ["编号;全名;电子邮件地址;状态;成绩;最高分"]
    lines += [f"参与者 {900 + n};{student_name(n)};s{n:02d}@example.edu;{status};;15,00"
              for n, status in enumerate(
                  ["已提交", "已提交 - 迟交 1 天 2 小时", "已提交 - 9 xyz"], 1)]
    (tmp_path / "sheet.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    write_roster(tmp_path / "roster.csv", 3)
    write_results(tmp_path / "results.sqlite", [
        submission(f"{student_name(n)}_{900 + n}_assignsubmission_file_/hw3.ipynb")
        for n in (1, 2, 3)])
    book = read_book(write_course(
        tmp_path, more='[late]\npenalty = "per_day"\nrate = 0.1',
        homework_more='moodle_worksheet = "sheet.csv"\nmoodle_maximum = 15'))
    (grades,) = book.homeworks
    assert grades.score.tolist() == pytest.approx([15, 12, 15])
    assert grades.status.tolist() == ["graded", "late", "graded"]
    assert [p.found for p in grades.problems] == [sentence("counted-in-time", count=1, name="hw3")]
