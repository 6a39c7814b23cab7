"""The marking sheet: written, filled in, read back, written again without losing anything."""

from __future__ import annotations

import csv
from contextlib import closing
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest

from autograder.errors import UserError, UserErrors
from autograder.model import WrittenDescription
from autograder.store import Store
from gradebook.book import read_book, write_marking_sheets
from gradebook.explain import explain
from gradebook.intake.marking import (
    Mark,
    MarkingSheet,
    WrittenAnswer,
    code_of,
    csv_paths,
    read_marking,
    write_marking,
)
from gradebook.make import make_gradebook
from tests.gradebook_samples import description, submission, write_course, write_roster
from tests.sentences import sentence

QUESTION: WrittenDescription = {
    "name": "q03_why", "title": {"zh": "为什么", "en": "Why"}, "points": 10.0,
    "prompt": {"zh": "", "en": ""}, "model_answer": {"zh": "", "en": ""},
    "rubric": [{"points": 6.0, "text": {"zh": "说出原因", "en": "names the cause"}},
               {"points": 4.0, "text": {"zh": "举例", "en": "gives an example"}}],
}
ANSWERS = [
    WrittenAnswer("0220001", "Student 01", "Because of a leak."),
    WrittenAnswer("0220002", "Student 02", "=1+1\nsecond line"),
    WrittenAnswer("0220003", "Student 03", ""),
]
IDS = [answer.id for answer in ANSWERS]


def rows(path: Path) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(path)["q03_why"]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def fill(path: Path, filled: dict[str, list[Any]], column: int) -> None:
    """Write these cells from `column` on into the rows whose first cell they are named by."""
    book = openpyxl.load_workbook(path)
    sheet = book["q03_why"]
    for row in sheet.iter_rows(min_row=2):
        for place, value in enumerate(filled.get(str(row[0].value), [])):
            sheet.cell(row[0].row, column + place, value)
    book.save(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_marking(tmp_path / "marking.xlsx", [MarkingSheet(QUESTION, ANSWERS)], "en")


def test_a_row_a_student_and_a_column_a_line(path: Path) -> None:
    header, *body = rows(path)
    assert header == ["id", "name", "answer", "names the cause (6)", "gives an example (4)",
                      "comment"]
    assert sorted(row[0] for row in body) == IDS
    by_id = {row[0]: row for row in body}
    assert by_id["0220002"][2] == "=1+1\nsecond line"
    assert by_id["0220001"][3:] == [None, None, None]
    assert by_id["0220003"][3:5] == [0, 0]  # nothing was written


def test_the_order_says_nothing_and_stays(path: Path, tmp_path: Path) -> None:
    many = [WrittenAnswer(f"{n:07}", "", "x") for n in range(40)]
    first = rows(write_marking(tmp_path / "a.xlsx", [MarkingSheet(QUESTION, many)], "en"))
    again = rows(write_marking(tmp_path / "b.xlsx", [MarkingSheet(QUESTION, many[::-1])], "en"))
    assert first == again
    assert [row[0] for row in first[1:]] != sorted(row[0] for row in first[1:])


def test_points_and_comments_come_back_and_stay(path: Path) -> None:
    fill(path, {"0220001": [6, 2.5, "Well said."], "0220002": [0]}, 4)
    marks = read_marking(path, [QUESTION], IDS, "en")
    mark = marks["q03_why"]["0220001"]
    assert (mark.points, mark.total, mark.comment) == ((6.0, 2.5), 8.5, "Well said.")
    assert marks["q03_why"]["0220002"].total is None  # a line is still empty
    assert marks["q03_why"]["0220003"].total == 0
    late = [*ANSWERS, WrittenAnswer("0220004", "Student 04", "I was late.")]
    write_marking(path, [MarkingSheet(QUESTION, late, marks["q03_why"])], "en")
    again = read_marking(path, [QUESTION], [*IDS, "0220004"], "en")["q03_why"]
    assert {id_: again[id_] for id_ in IDS} == marks["q03_why"]
    assert again["0220004"].points == (None, None)
    listed = openpyxl.load_workbook(path)["comments"]
    assert [row[0] for row in listed.iter_rows(values_only=True)] == ["Well said."]
    [validation] = [v for v in openpyxl.load_workbook(path)["q03_why"].data_validations
                    .dataValidation if v.type == "list"]
    assert validation.formula1 == "comments!$A$1:$A$1"


def test_without_names_a_code_stands_for_the_id(tmp_path: Path) -> None:
    sheet = MarkingSheet(QUESTION, ANSWERS)
    path = write_marking(tmp_path / "m.xlsx", [sheet], "zh", names=False)
    header, *body = rows(path)
    assert header == ["代码", "答案", "说出原因 (6)", "举例 (4)", "评语"]
    assert not {str(cell) for row in body for cell in row} & {*IDS, "Student 01"}
    fill(path, {code_of("q03_why", "0220001"): [5, 4, "好"]}, 3)
    assert read_marking(path, [QUESTION], IDS, "zh")["q03_why"]["0220001"].total == 9


def test_all_that_is_wrong_is_said_at_once(path: Path) -> None:
    fill(path, {"0220001": [7, "four"], "0220002": [-1, 2]}, 4)
    book = openpyxl.load_workbook(path)
    book["q03_why"].append(["9999999", "", "", 1, 1])
    book.save(path)
    with pytest.raises(UserErrors) as caught:
        read_marking(path, [QUESTION], IDS, "en")
    assert sorted(error.found for error in caught.value.errors) == ["-1", "7", "9999999", "four"]
    assert all("marking.xlsx, sheet q03_why, row" in error.where for error in caught.value.errors)


def test_another_header_is_refused(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book["q03_why"]["D1"] = "something else"
    book.save(path)
    with pytest.raises(UserErrors) as caught:
        read_marking(path, [QUESTION], IDS, "en")
    assert caught.value.errors[0].where == sentence(
        "path-row", path=f"{path}, sheet q03_why", row=1)


def test_from_the_answers_to_the_grade(tmp_path: Path) -> None:
    results = [submission(f"{id_}.ipynb") for id_ in ("2023001", "2023002", "2023003")]
    for result, text in zip(results, ("A leak.", "Overfitting.", ""), strict=True):
        result.written = {"q03_why": text}
    described = description() | {"written": [QUESTION]}
    with closing(Store(tmp_path / "results.sqlite")) as store:
        store.add(store.open_run("hw3", "d", {}, dict(described), "2026-11-07T00:00:00+00:00"),
                  *results)
    write_roster(tmp_path / "roster.csv", 4)
    course = write_course(tmp_path, homework_more='marking = "marking.xlsx"')
    book = read_book(course)
    assert list(book.status) == ["open", "open", "open", "missing"]
    [(path, answers)] = write_marking_sheets(book)
    assert (path, answers) == (tmp_path / "marking.xlsx", 3)
    fill(path, {"2023001": [6, 3, "Good."], "2023002": [1]}, 4)
    book = read_book(course)
    assert list(book.status) == ["graded", "open", "graded", "missing"]
    assert list(book.homeworks[0].score[[0, 2]]) == [24, 15]
    assert book.homeworks[0].sources.comments == {(0, "q03_why"): "Good."}
    assert "  q03_why 9/10, comment: Good." in explain(course, "2023001").splitlines()
    make_gradebook(course, tmp_path / "out")
    with ZipFile(tmp_path / "out/feedback.zip") as archive:
        first, second = (" ".join(archive.read(f"{id_}.html").decode().split())
                         for id_ in ("2023001", "2023002"))
    assert "<h3>Why</h3> <p><strong>9 / 10</strong> points</p>" in first and "Good." in first
    assert "<h3>Why</h3> <p><strong>No score yet.</strong></p>" in second
    assert "Good." not in second


def test_comments_in_chinese_are_escaped(tmp_path: Path) -> None:
    result = submission("2023001.ipynb")
    result.written, result.language = {"q03_why": "漏了"}, "zh"
    described = description() | {"written": [QUESTION]}
    with closing(Store(tmp_path / "results.sqlite")) as store:
        store.add(store.open_run("hw3", "d", {}, dict(described), "2026-11-07T00:00:00+00:00"),
                  result)
    write_roster(tmp_path / "roster.csv", 1)
    course = write_course(tmp_path, homework_more='marking = "marking.xlsx"', language="zh")
    write_marking_sheets(read_book(course))
    fill(tmp_path / "marking.xlsx", {"2023001": [6, 4, "x < y\n很好"]}, 4)
    assert "  q03_why 得 10/10 分，评语：x < y 很好" in explain(course, "2023001").splitlines()
    make_gradebook(course, tmp_path / "out")
    with ZipFile(tmp_path / "out/feedback.zip") as archive:
        said = archive.read("2023001.html").decode()
    assert "x &lt; y\n很好" in said and "人工批改的题" in said


def test_without_written_questions_there_is_nothing_to_mark(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "results.sqlite")) as store:
        store.add(store.open_run("hw3", "d", {}, dict(description()), "2026-11-07T00:00:00+00:00"),
                  submission("2023001.ipynb"))
    write_roster(tmp_path / "roster.csv", 1)
    with pytest.raises(UserError, match="marking ="):
        write_marking_sheets(read_book(write_course(tmp_path)))


def group_of_two(tmp_path: Path) -> Path:
    """The course file of two students who handed in one notebook with a written answer."""
    (tmp_path / "export").mkdir()
    (tmp_path / "export/submission_metadata.yml").write_text(
        'submission_1:\n  :submitters: [{":sid": "2023001"}, {":sid": "2023002"}]\n'
        "  :created_at: 2026-11-07T15:00:00Z\n", encoding="utf-8")
    result = submission("submission_1/hw3.ipynb")
    result.written = {"q03_why": "Together."}
    described = description() | {"written": [QUESTION]}
    with closing(Store(tmp_path / "results.sqlite")) as store:
        store.add(store.open_run("hw3", "d", {}, dict(described), "2026-11-07T00:00:00+00:00"),
                  result)
    write_roster(tmp_path / "roster.csv", 2)
    return write_course(
        tmp_path, homework_more='marking = "marking.xlsx"\nsubmissions = "export"')


def test_every_member_of_a_group_has_a_row(tmp_path: Path) -> None:
    course = group_of_two(tmp_path)
    assert write_marking_sheets(read_book(course))[0][1] == 2
    fill(tmp_path / "marking.xlsx", {id_: [6, 3] for id_ in ("2023001", "2023002")}, 4)
    assert read_book(course).homeworks[0].score.tolist() == [24, 24]


def test_a_mark_for_one_member_of_a_group_counts_for_all_who_have_none(tmp_path: Path) -> None:
    course = group_of_two(tmp_path)
    write_marking_sheets(read_book(course))
    fill(tmp_path / "marking.xlsx", {"2023001": [6, 3, "Well argued."]}, 4)
    grades = read_book(course).homeworks[0]
    assert grades.score.tolist() == [24, 24]
    assert set(grades.sources.comments.values()) == {"Well argued."}
    assert len(grades.sources.comments) == 2
    fill(tmp_path / "marking.xlsx", {"2023002": [5, 3]}, 4)
    assert read_book(course).homeworks[0].score.tolist() == [24, 23]


def change_csv(path: Path, id_: str, column: int, value: str) -> None:
    """Write a cell as a spreadsheet would that saves the CSV."""
    table = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    for row in table:
        if row[0] == id_:
            row[column] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(table)


def marks_of(path: Path) -> dict[str, Mark]:
    return read_marking(path, [QUESTION], IDS, "en")["q03_why"]


def test_a_csv_stands_beside_the_workbook_and_is_read_back(path: Path) -> None:
    beside = path.with_suffix(".csv")
    header, *body = csv.reader(beside.read_text(encoding="utf-8-sig").splitlines())
    assert header == [str(cell) for cell in rows(path)[0]]
    assert [row[0] for row in body] == [row[0] for row in rows(path)[1:]]
    change_csv(beside, "0220001", 3, "5.5")
    change_csv(beside, "0220001", 5, "'=well said")
    fill(path, {"0220002": [6, 4, "Good."]}, 4)
    found = marks_of(path)
    assert found["0220001"] == Mark((5.5, None), "=well said")
    assert found["0220002"] == Mark((6.0, 4.0), "Good.")
    path.unlink()
    assert marks_of(path)["0220001"] == Mark((5.5, None), "=well said")


def test_a_renewed_pair_can_be_corrected_in_either_file(path: Path) -> None:
    fill(path, {"0220001": [1, 1, "Short."], "0220002": [2, 2]}, 4)
    write_marking(path, [MarkingSheet(QUESTION, ANSWERS, marks_of(path))], "en")
    beside = path.with_suffix(".csv")
    assert "Short." in beside.read_text(encoding="utf-8")
    change_csv(beside, "0220001", 3, "3")
    fill(path, {"0220001": [1, 4], "0220002": ["", 2]}, 4)
    found = marks_of(path)
    assert found["0220001"] == Mark((3.0, 4.0), "Short.")
    assert found["0220002"].points == (None, 2.0)


def test_what_both_files_changed_differently_is_asked_about(path: Path) -> None:
    change_csv(path.with_suffix(".csv"), "0220001", 3, "3")
    change_csv(path.with_suffix(".csv"), "0220001", 5, "One.")
    fill(path, {"0220001": [4, None, "Two."]}, 4)
    with pytest.raises(UserErrors) as caught:
        marks_of(path)
    assert [error.found for error in caught.value.errors] == ["4.0 and 3.0", "Two. and One."]
    assert caught.value.where == f"{path} and marking.csv, q03_why, 0220001"


def test_the_workbook_without_names_remembers_no_ids(tmp_path: Path) -> None:
    path = tmp_path / "marking.xlsx"
    write_marking(path, [MarkingSheet(QUESTION, ANSWERS)], "en", names=False)
    book = openpyxl.load_workbook(path)
    assert book["as written"].sheet_state == "hidden"
    cells = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True)
             for cell in row]
    text = path.with_suffix(".csv").read_text(encoding="utf-8")
    for answer in ANSWERS:
        assert answer.id not in cells and answer.id not in text and answer.name not in text


def test_several_questions_have_a_csv_each(tmp_path: Path) -> None:
    other: WrittenDescription = {**QUESTION, "name": "q09_what"}
    path = tmp_path / "marking.xlsx"
    write_marking(path, [MarkingSheet(q, ANSWERS) for q in (QUESTION, other)], "en")
    found = csv_paths(path, [QUESTION, other])
    assert [file.name for file in found.values()] == [
        "marking-q03_why.csv", "marking-q09_what.csv"]
    change_csv(found["q09_what"], "0220001", 3, "2")
    marks = read_marking(path, [QUESTION, other], IDS, "en")
    assert marks["q09_what"]["0220001"].points == (2.0, None)
    assert marks["q03_why"]["0220001"].points == (None, None)


def test_a_change_of_one_file_counts_whatever_the_other_rubrics(tmp_path: Path) -> None:
    short: WrittenDescription = {**QUESTION, "name": "q09_what", "rubric": QUESTION["rubric"][:1]}
    path = tmp_path / "marking.xlsx"
    marks = {"0220001": Mark((2.0,), "=early")}
    sheets = [MarkingSheet(QUESTION, ANSWERS), MarkingSheet(short, ANSWERS, marks)]
    write_marking(path, sheets, "en")
    change_csv(csv_paths(path, [QUESTION, short])["q09_what"], "0220001", 3, "1")
    found = read_marking(path, [QUESTION, short], IDS, "en")["q09_what"]["0220001"]
    assert found == Mark((1.0,), "=early")


def test_marks_of_an_answer_that_is_gone_stay(tmp_path: Path) -> None:
    described = description() | {"written": [QUESTION]}
    with closing(Store(tmp_path / "results.sqlite")) as store:
        run = store.open_run("hw3", "d", {}, dict(described), "2026-11-07T00:00:00+00:00")
        for id_ in ("2023001", "2023002"):
            result = submission(f"{id_}.ipynb", digest="1")
            result.written = {"q03_why": "A leak."}
            store.add(run, result)
    write_roster(tmp_path / "roster.csv", 2)
    course = write_course(tmp_path, homework_more='marking = "marking.xlsx"')
    [(path, _)] = write_marking_sheets(read_book(course))
    fill(path, {"2023002": [6, 4, "Good."]}, 4)
    with closing(Store(tmp_path / "results.sqlite")) as store:
        again = submission("2023002.ipynb", digest="2")  # without the answer
        store.add(store.open_run("hw3", "e", {}, dict(described), "2026-11-08T00:00:00+00:00"),
                  again)
    [(path, answers)] = write_marking_sheets(read_book(course))
    assert answers == 2
    assert {row[0]: row[3:] for row in rows(path)}["2023002"] == [6, 4, "Good."]
