"""Rosters in every form that a course gets."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from autograder.errors import UserError
from gradebook.course import RosterColumns
from gradebook.intake.roster import Roster, read_roster


def roster(folder: Path, text: str, **columns: str) -> Roster:
    path = folder / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return read_roster(path, RosterColumns(**columns))


def test_registry_list_with_a_title_statuses_and_a_zero(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["2026 学年选课名单"], [], ["序号", "学号", "姓名", "班级", "备注"],
                [1, "0220123", "学生01", "一班", None], [2, "0220124", "学生02", "二班", "缓考"],
                [3, "0220125", "学生03", "二班", "缺考，已通知"],
                [4, "0220126", "学生04", "二班", "免修"], [5, "0220127", "学生05", "二班", "作弊"]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "名单.xlsx")
    found = read_roster(tmp_path / "名单.xlsx")
    assert found.students["id"].tolist() == ["0220123", "0220124", "0220125", "0220126", "0220127"]
    assert found.students["section"].tolist() == ["一班", *["二班"] * 4]
    assert found.students["standing"].tolist() == [
        "", "deferred", "absent", "exempt", "misconduct"]
    assert found.students["row"].tolist() == [4, 5, 6, 7, 8]
    assert found.problems == []


def test_canvas_export(tmp_path: Path) -> None:
    found = roster(tmp_path, "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,HW3 (77)\n"
                   ",,,,,Manual Posting\n    Points Possible,,,,,100\n"
                   '"One, Student",501,2023001,s01,A,\n"Student, Test",999,,,A,\n')
    assert found.students[["id", "name", "canvas_id"]].to_numpy().tolist() == [
        ["2023001", "One, Student", "501"]]
    assert [(p.row, p.what) for p in found.problems] == [(5, "Canvas's test student left out")]


def test_canvas_export_without_sis_columns_filled(tmp_path: Path) -> None:
    found = roster(tmp_path, "Student,ID,SIS User ID,SIS Login ID,Section\n"
                   "    Points Possible,,,,\nOne,501,,s01,A\nTwo,502,,s02,A\n")
    assert found.students["id"].tolist() == ["s01", "s02"]


def test_moodle_and_gradescope_exports(tmp_path: Path) -> None:
    moodle = roster(tmp_path, 'First name,Surname,"ID number","Email address"\nA,B,1001,a@x.edu\n'
                    "小明,王,1002,b@x.edu\n")
    assert moodle.students["name"].tolist() == ["A B", "王小明"]
    assert moodle.students["email"].tolist() == ["a@x.edu", "b@x.edu"]
    gradescope = roster(tmp_path, "First Name,Last Name,SID,Email,Sections\nA,B,1001,a@x.edu,S1\n")
    assert gradescope.students.loc[0, ["id", "section"]].tolist() == ["1001", "S1"]


def test_teaching_staff_are_no_students(tmp_path: Path) -> None:
    found = roster(tmp_path, "Name,SID,Email,Role\nOne,1001,a@x.edu,Student\n"
                   "Two,,t@x.edu,Instructor\nThree,1003,b@x.edu,\nFour,9,c@x.edu,TA\n")
    assert found.students["id"].tolist() == ["1001", "1003"]
    assert found.students["row"].tolist() == [2, 4]
    assert [(p.row, p.what, p.found) for p in found.problems] == [
        (3, "teaching staff left out", "Two, instructor"),
        (5, "teaching staff left out", "Four, ta")]
    chinese = roster(tmp_path, "学号,姓名,角色\n1001,学生01,组长\n9,老师01,助教\n")
    assert chinese.students["id"].tolist() == ["1001"]


def test_a_missing_id_is_not_a_mangled_one(tmp_path: Path) -> None:
    found = roster(tmp_path, "id,name\n,One\n3.14E+07,Two\n")
    assert [(p.what, p.remedy.split(";")[0]) for p in found.problems] == [
        ("student without an id", "write the id into the row"),
        ("id mangled by a spreadsheet", "get the list again and import the column as text")]


def test_an_unknown_column_of_ids_can_be_named(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        roster(tmp_path, "校园卡号,姓名\n1001,学生01\n")
    assert caught.value.where.endswith("roster.csv, row 1")
    assert caught.value.remedy == (
        "add the column, or name yours under [roster_columns] in the course file")
    assert len(roster(tmp_path, "校园卡号,姓名\n1001,学生01\n", id="校园卡号").students) == 1


def test_named_columns(tmp_path: Path) -> None:
    found = roster(tmp_path, "校园卡号,谁\n1001,甲\n", id="校园卡号", name="谁")
    assert found.students.loc[0, ["id", "name"]].tolist() == ["1001", "甲"]
    assert not found.has_section
    with pytest.raises(UserError) as caught:
        roster(tmp_path, "id,name\n1,a\n", name="who")
    assert caught.value.expected == "a header with id (学号), name (who)"


def test_bad_ids_keep_their_rows_and_are_reported(tmp_path: Path) -> None:
    found = roster(tmp_path, "id,name\n3.14E+07,甲\n,乙\n1001,丙\n1001,丁\n1002,戊\n1002,戊\n")
    assert found.students["standing"].tolist() == [
        "unusable id", "unusable id", "duplicate id", "duplicate id", ""]
    assert found.usable().tolist() == ["1002"]
    told = {(p.row, p.what, p.found) for p in found.problems}
    assert told == {
        (2, "id mangled by a spreadsheet", "'3.14E+07' (甲)"),
        (3, "student without an id", "'' (乙)"),
        (4, "duplicate id", "丙; rows 4, 5 share the id"),
        (5, "duplicate id", "丁; rows 4, 5 share the id"),
        (7, "the same row twice", "戊 again"),
    }
    mangled = next(p for p in found.problems if p.row == 2)
    assert mangled.expected == "an id as text, such as 2023001"
    assert mangled.remedy == (
        "get the list again and import the column as text; the row has no score until then")


def test_a_remark_that_only_resembles_a_status_is_asked_about(tmp_path: Path) -> None:
    found = roster(tmp_path, "学号,备注\n1001,申请缓考中\n1002,was absent?\n1003,重修\n")
    assert found.students["standing"].tolist() == ["", "", ""]
    assert [(p.row, p.what, p.found) for p in found.problems] == [
        (2, "remark not understood", "申请缓考中"), (3, "remark not understood", "was absent?"),
    ]


@pytest.mark.parametrize(
    ("text", "expected", "found"),
    [
        ("name,section\na,b\n", "a header with id (学号)", "name, section"),
        ("", "a header with id (学号)", "an empty file"),
        ("id,name\n", "a row for each student", "none below the header"),
        ("id,name,id\n1,a,2\n", "every column named once", "'id' twice"),
    ],
)
def test_what_is_no_roster(tmp_path: Path, text: str, expected: str, found: str) -> None:
    with pytest.raises(UserError) as caught:
        roster(tmp_path, text)
    assert str(tmp_path / "roster.csv") in caught.value.where
    assert (caught.value.expected, caught.value.found) == (expected, found)
