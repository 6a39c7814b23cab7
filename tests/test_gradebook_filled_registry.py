"""The registry office's own file, filled."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from xlsxwriter import Workbook

from autograder.errors import UserError
from gradebook.make import make_gradebook
from tests.gradebook_samples import submission, write_course, write_results
from tests.sentences import sentence


@pytest.fixture(autouse=True)
def without_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradebook.make.write_reports", lambda *args, **options: [])


def course_of(folder: Path, template: str, more: str = "") -> Path:
    """0220121 has 15 points, 0220122 13, 0220123 an open score, 0220124 was absent."""
    write_results(folder / "results.sqlite", [
        submission("0220121.ipynb"), submission("0220122.ipynb", {"q02_slope": ["axis"]}),
        submission("0220123-a.ipynb"), submission("0220123-b.ipynb", {"q02_slope": ["axis"]})])
    (folder / "roster.csv").write_text(
        "学号,姓名,备注\n0220121,学生01,\n0220122,学生02,\n0220123,学生03,\n"
        "0220124,学生04,缺考\n0220126,学生06,\n", encoding="utf-8")
    return write_course(folder, more=f'[exports]\nregistry = "{template}"\n{more}', language="zh")


def template_xlsx(path: Path, *remarks: str, scores: tuple[object, ...] = ()) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "一班"
    sheet.append(["2026 年秋季成绩登记表"])
    sheet.merge_cells("A1:E1")
    sheet.append(["序号", "学号", "姓名", "平时成绩", "成绩", "备注"])
    for n in range(1, 6):
        remark = remarks[n - 1] if n <= len(remarks) else None
        score = scores[n - 1] if n <= len(scores) else None
        sheet.append([n, f"022012{n}", f"学生0{n}", "=1+1", score, remark or None])
    sheet.append(["合计"])
    book.create_sheet("说明").append(["成绩请用百分制"])
    book.save(path)


def problems(book: object) -> list[tuple[int, str, str]]:
    return [(p.row, p.what, p.found) for p in book.problems  # type: ignore[attr-defined]
            if "template" in p.file]


def test_a_workbook_gets_grades_and_remarks_and_nothing_else(tmp_path: Path) -> None:
    template_xlsx(tmp_path / "template.xlsx")
    found = make_gradebook(course_of(tmp_path, "template.xlsx"), tmp_path / "out")
    assert tmp_path / "out/registry.xlsx" in found.paths
    assert not (tmp_path / "out/registry.csv").exists()
    before = openpyxl.load_workbook(tmp_path / "template.xlsx")
    after = openpyxl.load_workbook(tmp_path / "out/registry.xlsx")
    assert after.sheetnames == ["一班", "说明"]
    assert [[c.value for c in row[4:6]] for row in after["一班"].iter_rows(3, 7)] == [
        [15, None], [13, None], [None, None], [None, "缺考"], [None, None]]
    kept = [[[c.value for c in row[:4]] for row in book["一班"].iter_rows()]
            for book in (before, after)]
    assert kept[0] == kept[1] and after["说明"]["A1"].value == "成绩请用百分制"
    assert str(after["一班"].merged_cells) == "A1:E1"
    assert problems(found.book) == [
        (7, sentence("not-in-roster"), "0220125 (sheet 一班)"),
        (0, sentence("student-not-in", file=sentence("registry-file")), "0220126 学生06")]
    changes = (tmp_path / "out/changes.csv").read_text(encoding="utf-8-sig").splitlines()
    assert changes[1:] == ['"registry.xlsx","0220121","成绩",,"15"',
                           '"registry.xlsx","0220122","成绩",,"13"',
                           '"registry.xlsx","0220124","备注",,"缺考"']


@pytest.mark.parametrize(("more", "scores"), [
    ("", [80, "=7*2", None]), ("overwrite = true", [15, "=7*2", None])])
def test_what_the_office_entered_is_kept(
    tmp_path: Path, more: str, scores: list[object]
) -> None:
    template_xlsx(tmp_path / "template.xlsx", "", "", "", "病假", scores=(80, "=7*2"))
    found = make_gradebook(course_of(tmp_path, "template.xlsx", more), tmp_path / "out")
    sheet = openpyxl.load_workbook(tmp_path / "out/registry.xlsx")["一班"]
    assert [sheet.cell(row, 5).value for row in (3, 4, 5)] == scores
    assert sheet["F6"].value == "病假"
    kept = [row for row, what, _ in problems(found.book) if "kept" in what]
    assert kept == ([4, 6] if more else [3, 4, 6])


def test_a_remark_of_the_office_goes_before_our_number(tmp_path: Path) -> None:
    template_xlsx(tmp_path / "template.xlsx", "缓考")
    found = make_gradebook(course_of(tmp_path, "template.xlsx"), tmp_path / "out")
    sheet = openpyxl.load_workbook(tmp_path / "out/registry.xlsx")["一班"]
    assert sheet["E3"].value is None
    assert problems(found.book)[0][:2] == (3, sentence("remark-left"))


def test_a_csv_keeps_its_encoding_and_says_absent_where_it_has_no_remarks(tmp_path: Path) -> None:
    (tmp_path / "template.csv").write_bytes(
        "成绩登记表\r\n学号,姓名,总评\r\n0220121,学生01,\r\n０２２０１２２,学生02\r\n"
        "0220123,学生03,\r\n0220124,学生04,\r\n0220121,学生01,\r\n".encode("gb18030"))
    found = make_gradebook(
        course_of(tmp_path, "template.csv"), tmp_path / "out")
    assert (tmp_path / "out/registry.csv").read_bytes().decode("gb18030") == (
        "成绩登记表\r\n学号,姓名,总评\r\n0220121,学生01,15\r\n０２２０１２２,学生02,13\r\n"
        "0220123,学生03,\r\n0220124,学生04,缺考\r\n0220121,学生01,\r\n")
    assert problems(found.book)[0][:2] == (7, sentence("row-twice-left"))


def test_a_column_that_is_not_recognised_is_named(tmp_path: Path) -> None:
    (tmp_path / "template.csv").write_text("学号,卷面,折算\n0220121,,\n", encoding="utf-8")
    course = course_of(tmp_path, "template.csv")
    with pytest.raises(UserError) as caught:
        make_gradebook(course, tmp_path / "out")
    assert caught.value.remedy == sentence("name-registry-column")
    make_gradebook(course_of(tmp_path, "template.csv", 'registry_column = "折算"'),
                   tmp_path / "out")
    assert (tmp_path / "out/registry.csv").read_text(encoding="utf-8") == (
        "学号,卷面,折算\n0220121,,15\n")


@pytest.mark.parametrize(("text", "found"), [
    ("学号,成绩\n1999001,\n", sentence("none-in-file")),
    ("<table><tr><td>学号</td><td>成绩</td></tr></table>", sentence("web-page")),
])
def test_a_file_that_cannot_be_filled(tmp_path: Path, text: str, found: str) -> None:
    (tmp_path / "template.csv").write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        make_gradebook(course_of(tmp_path, "template.csv"), tmp_path / "out")
    assert caught.value.found == found


def test_what_a_filled_workbook_cannot_keep_is_said_and_nothing_else(tmp_path: Path) -> None:
    book = Workbook(str(tmp_path / "template.xlsx"))
    sheet = book.add_worksheet("一班")
    sheet.write_row(0, 0, ["学号", "姓名", "成绩", "备注"])
    sheet.write_row(1, 0, ["0220121", "学生01"])
    sheet.write_rich_string("F1", "请用", book.add_format({"bold": True}), "百分制")
    sheet.conditional_format("C2:C9", {"type": "cell", "criteria": "<", "value": 60,
                                       "format": book.add_format({"bg_color": "red"})})
    sheet.data_validation("C2:C9", {"validate": "decimal", "criteria": "between", "minimum": 0,
                                    "maximum": 100})
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=一班!$C$2:$C$9"})
    sheet.insert_chart("H2", chart)
    sheet.insert_textbox("H20", "请勿修改")
    book.close()
    found = make_gradebook(course_of(tmp_path, "template.xlsx"), tmp_path / "out").book
    assert [p[2] for p in problems(found) if p[1] == sentence("workbook-part-lost")] == [
        sentence("lost-shapes", count=1)]
    after = openpyxl.load_workbook(tmp_path / "out/registry.xlsx", rich_text=True)["一班"]
    assert after["C2"].value == 15
    assert len(after.conditional_formatting) == 1 and len(after._charts) == 1
    assert len(after.data_validations.dataValidation) == 1
    assert [str(part) for part in after["F1"].value] == ["请用", "百分制"]
