"""Rosters in every form that a course gets."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from autograder.errors import UserError
from gradebook.course import RosterColumns
from gradebook.intake.roster import Roster, read_roster
from tests.sentences import sentence


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
    assert [(p.row, p.what) for p in found.problems] == [(5, sentence("canvas-test-student"))]


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
        (3, sentence("staff"), "Two, instructor"),
        (5, sentence("staff"), "Four, ta")]
    chinese = roster(tmp_path, "学号,姓名,角色\n1001,学生01,组长\n9,老师01,助教\n")
    assert chinese.students["id"].tolist() == ["1001"]


def test_a_missing_id_is_not_a_mangled_one(tmp_path: Path) -> None:
    found = roster(tmp_path, "id,name\n,One\n3.14E+07,Two\n")
    assert [(p.what, p.remedy.split(";")[0]) for p in found.problems] == [
        (sentence("no-id"), sentence("write-id")),
        (sentence("id-mangled"), sentence("column-as-text"))]


def test_an_unknown_column_of_ids_can_be_named(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        roster(tmp_path, "校园卡号,姓名\n1001,学生01\n")
    assert caught.value.where.endswith(sentence("path-row", path="roster.csv", row=1))
    assert caught.value.remedy == sentence("add-roster-column")
    assert len(roster(tmp_path, "校园卡号,姓名\n1001,学生01\n", id="校园卡号").students) == 1


def test_named_columns(tmp_path: Path) -> None:
    found = roster(tmp_path, "校园卡号,谁\n1001,甲\n", id="校园卡号", name="谁")
    assert found.students.loc[0, ["id", "name"]].tolist() == ["1001", "甲"]
    assert not found.has_section
    with pytest.raises(UserError) as caught:
        roster(tmp_path, "id,name\n1,a\n", name="who")
    assert caught.value.expected == sentence("header-with", wanted="id (学号), name (who)")


def test_bad_ids_keep_their_rows_and_are_reported(tmp_path: Path) -> None:
    found = roster(tmp_path, "id,name\n3.14E+07,甲\n,乙\n1001,丙\n1001,丁\n1002,戊\n1002,戊\n")
    assert found.students["standing"].tolist() == [
        "unusable id", "unusable id", "duplicate id", "duplicate id", ""]
    assert found.usable().tolist() == ["1002"]
    told = {(p.row, p.what, p.found) for p in found.problems}
    assert told == {
        (2, sentence("id-mangled"), "'3.14E+07' (甲)"),
        (3, sentence("no-id"), "'' (乙)"),
        (4, "duplicate id", sentence("shared-id", name="丙", rows="4, 5")),
        (5, "duplicate id", sentence("shared-id", name="丁", rows="4, 5")),
        (7, sentence("row-twice"), "戊 again"),
    }
    mangled = next(p for p in found.problems if p.row == 2)
    assert mangled.expected == sentence("id-as-text")
    assert mangled.remedy == sentence("no-score-until", remedy=sentence("column-as-text"))


def test_a_remark_that_only_resembles_a_status_is_asked_about(tmp_path: Path) -> None:
    found = roster(tmp_path, "学号,备注\n1001,申请缓考中\n1002,was absent?\n1003,重修\n")
    assert found.students["standing"].tolist() == ["", "", ""]
    assert [(p.row, p.what, p.found) for p in found.problems] == [
        (2, sentence("remark-unknown"), "申请缓考中"),
        (3, sentence("remark-unknown"), "was absent?"),
    ]


@pytest.mark.parametrize(
    ("text", "expected", "found"),
    [
        ("name,section\na,b\n", sentence("header-with", wanted="id (学号)"), "name, section"),
        ("", sentence("header-with", wanted="id (学号)"), sentence("empty-table")),
        ("id,name\n", sentence("row-for-each"), sentence("nothing-below-header")),
        ("id,name,id\n1,a,2\n", sentence("columns-once"), "'id' twice"),
    ],
)
def test_what_is_no_roster(tmp_path: Path, text: str, expected: str, found: str) -> None:
    with pytest.raises(UserError) as caught:
        roster(tmp_path, text)
    assert str(tmp_path / "roster.csv") in caught.value.where
    assert (caught.value.expected, caught.value.found) == (expected, found)


def test_a_student_in_several_sections_is_one_student(tmp_path: Path) -> None:
    found = roster(
        tmp_path, "学号,姓名,班级\n1,甲,1班\n2,乙,1班\n1,甲,2班\n1,甲,实验班\n2,丙,2班\n")
    assert found.students["id"].tolist() == ["1", "2", "2"]
    assert found.students["section"].tolist() == ["1班, 2班, 实验班", "1班", "2班"]
    assert found.usable().tolist() == ["1"]  # two people with one id are not
    assert [(p.row, p.what) for p in found.problems[:2]] == [
        (4, sentence("several-sections")), (5, sentence("several-sections"))]


def test_rows_that_are_no_students_are_left_out_and_listed(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(
        "序号,学号,姓名,成绩\n1,2023001,学生01,90\n2,2023002,平安,80\n,,,\n合计,,,170\n,平均分,,85\n"
        ",,应考人数：2,\n,,任课教师签名：,\n,,,统计\n,,学生03,\n3,2023004,平均,1\n,,Max Muster,\n",
        encoding="utf-8")
    found = read_roster(path)
    assert found.students["name"].tolist() == ["学生01", "平安", "学生03", "平均", "Max Muster"]
    told = [(p.row, p.found) for p in found.problems
            if p.what == sentence("row-no-student")]
    assert told == [(5, "合计, 170"), (6, "平均分, 85"), (7, "应考人数:2"), (8, "任课教师签名:"),
                    (9, "统计")]
    assert [p.row for p in found.problems if p.what == sentence("no-id")] == [10, 12]


def test_a_remark_that_somebody_left_is_asked_about(tmp_path: Path) -> None:
    found = roster(tmp_path, "学号,备注\n1001,退课\n1002,休学\n1003,withdrawn\n1004,转专业\n")
    assert [(p.row, p.what) for p in found.problems] == [
        (2, sentence("remark-unknown")), (3, sentence("remark-unknown")),
        (4, sentence("remark-unknown"))]


@pytest.mark.parametrize("points", ["满分", "Puntos posibles", "Mögliche Punkte", "可能的分数"])
def test_canvas_rows_that_are_no_students_in_any_language(tmp_path: Path, points: str) -> None:
    found = roster(tmp_path, f"""Student,ID,SIS User ID,SIS Login ID,Section,HW (1)
Manual Posting,,,,,
    {points},,,,,100
"One, Student",501,2023001,s01,A,
"学生, 测试",999,,{"0a" * 20},A,
""")
    assert found.students["id"].tolist() == ["2023001"]
    assert sentence("canvas-test-student") in [p.what for p in found.problems]


@pytest.mark.parametrize("header", ["SIS User ID,SIS Login ID", "SIS User ID", "SIS Login ID"])
def test_canvas_has_a_test_student_with_a_number_of_its_own(tmp_path: Path, header: str) -> None:
    path = tmp_path / "r.csv"
    empty = "," * header.count(",")
    path.write_text(f"Student,ID,{header},Section\n    Points Possible,,{empty},\n"
                    f'"One, Student",501,{empty},A\n"Student, Test",999,{empty},A\n',
                    encoding="utf-8")
    found = read_roster(path)
    assert found.students["id"].tolist() == ["501"]
    assert [p.what for p in found.problems] == [sentence("canvas-test-student")]


def test_every_sheet_with_the_header_is_read_and_others_are_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    first.title = "1班"
    for row in (["某大学点名册"], ["学号", "姓名"], ["2023001", "学生01"]):
        first.append(row)
    second = book.create_sheet("2班")
    for row in (["姓名", "备注", "学号"], ["学生02", "缓考", "2023002"], ["学生01", "", "2023001"]):
        second.append(row)
    book.create_sheet("空")
    book.create_sheet("说明").append(["请勿修改"])
    book.save(tmp_path / "r.xlsx")
    found = read_roster(tmp_path / "r.xlsx")
    assert found.students["id"].tolist() == ["2023001", "2023002"]
    assert [(p.what, p.row, p.found) for p in found.problems] == [
        (sentence("sheet-left-out"), 0, "sheet 说明"), (sentence("row-twice"), 3, "学生01 again")]


@pytest.mark.parametrize("header", ["學號,姓名,班級", "Anmeldename,Nachname,Gruppe",
                                    "Numéro d'identification,Nom de famille,Groupe",
                                    "Matrikelnummer,Vorname,Nachname", "Número de ID,Nombre,Grupo"])
def test_headers_of_other_languages(tmp_path: Path, header: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text(f"{header}\n0220123,A,B\n", encoding="utf-8")
    found = read_roster(path)
    assert found.students["id"].tolist() == ["0220123"]
    assert "A" in found.students["name"][0]


def test_a_web_page_that_is_named_xls_is_read(tmp_path: Path) -> None:
    path = tmp_path / "名单.xls"
    path.write_bytes("<html><body><table><tr><td>学号</td><td>姓名</td></tr>\n<tr><td>0220123"
                     "</td><td>学生&nbsp;01</td></tr></table></body></html>".encode("gb18030"))
    found = read_roster(path)
    assert found.students[["id", "name"]].to_numpy().tolist() == [["0220123", "学生 01"]]
    path.write_text("<html><body>Please log in</body></html>", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_roster(path)
    assert caught.value.found == sentence("page-without-table")
