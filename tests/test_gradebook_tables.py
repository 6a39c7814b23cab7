"""Tables for people: nothing in them is a formula, and nothing is lost."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograder.model import FORMULA, safe_text
from gradebook.tables import read_cells, safe_frame, write_table, write_workbook

RARE = "䶮㐂𠮷㛃𪚥"
ATTACKS = ['=HYPERLINK("http://example.invalid")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1",
           "\0=1", "＝1", "＋1", "－1", "＠x", " =1", "\n=1", "\u200f=1"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_cell_is_a_formula(tmp_path: Path, attack: str) -> None:
    frame = pd.DataFrame({"name": ["Student 01", attack], "points": [1.5, -2.0]})
    path = write_table(tmp_path / "a.csv", frame)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1] == ["Student 01", "1.5"]
    assert rows[2][0].startswith("'")
    assert rows[2][1] == "-2.0"
    book = openpyxl.load_workbook(write_workbook(tmp_path / "a.xlsx", frame))
    cell = book.worksheets[0]["A3"]
    assert cell.data_type == "s"
    assert str(cell.value).startswith("'")
    assert book.worksheets[0]["B3"].value == -2


@given(st.text(st.characters(codec="utf-8"), max_size=8))
@example("a ")
@example("a\n=1")
def test_any_text_is_made_safe_in_a_column_as_alone(text: str) -> None:
    (cell,) = safe_frame(pd.DataFrame({"a": pd.Series([text], dtype="str")}))["a"].tolist()
    assert cell == safe_text(text)
    assert not cell.startswith(FORMULA)
    assert cell == "".join(c for c in cell if c.isprintable() or not c.isascii())
    assert safe_text(cell) == cell


def test_ordinary_text_stays_to_the_letter() -> None:
    words = ["Student 01", f"学生{RARE}", "O'Neill", "a-b", "2023001", "0220123", "x,y", '"q"', ""]
    assert safe_frame(pd.DataFrame({"a": words}))["a"].tolist() == words


@pytest.mark.parametrize("first", ["\t", "\r", "\0"])
def test_a_control_character_in_front_is_a_warning_of_its_own(first: str) -> None:
    assert safe_text(f"{first}x") == "'x"


def test_utf8_with_a_mark(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.csv", pd.DataFrame({"学号": ["0220123"]}))
    assert path.read_bytes() == b"\xef\xbb\xbf" + '"学号"\n"0220123"\n'.encode()


def test_a_workbook_as_a_person_wants_it(tmp_path: Path) -> None:
    frame = pd.DataFrame({"学号": ["0220123", "0220124"], "姓名": [f"学生{RARE}", "<A & B>"],
                          "q": [1.25, None], "成绩": pd.Series([87.5, "缓考"], dtype=object)})
    path = write_workbook(tmp_path / "a.xlsx", frame, frozen=2)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert list(sheet.iter_rows(values_only=True)) == [
        ("学号", "姓名", "q", "成绩"), ("0220123", f"学生{RARE}", 1.25, 87.5),
        ("0220124", "<A & B>", None, "缓考")]
    assert sheet["A2"].number_format == "@"
    assert sheet["A1"].font.bold
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == "A1:D3"
    assert sheet.column_dimensions["B"].width >= 4 + 2 * len(RARE)
    assert read_cells(path).loc[2].tolist() == ["0220123", f"学生{RARE}", "1.25", "87.5"]


def test_an_empty_workbook(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", pd.DataFrame({"id": []}))
    assert read_cells(path).to_numpy().tolist() == [["id"]]


def test_a_workbook_tells_no_time(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", pd.DataFrame({"id": ["2023001"]}))
    with zipfile.ZipFile(path) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert archive.read("docProps/core.xml").count(b">1980-01-01T00:00:00Z<") == 2


def test_a_separator_in_a_file_name_starts_no_cell(tmp_path: Path) -> None:
    """Excel with a semicolon as its separator would read a formula behind an unquoted one."""
    frame = pd.DataFrame({"file": ['a;=1+1;"_2023006.ipynb'], "points": [1.5]})
    path = write_table(tmp_path / "a.csv", frame)
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file, delimiter=";"))[1] == ['a;=1+1;"_2023006.ipynb,1.5']
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1] == ['a;=1+1;"_2023006.ipynb', "1.5"]


@pytest.mark.parametrize(("text", "cell"), [
    ("+1", "'+1"), ("-1", "'-1"), ("@a", "'@a"), ("＝1", "'＝1"), ("\t1", "'1"), ("\x1b=1", "'=1"),
    ("a\r\nb", "a b"), ("a=b", "a=b"), ("2023001 hw.ipynb", "2023001 hw.ipynb"),
    ("a\udcffb", "a b"),
])
def test_cells_are_safe_in_a_spreadsheet(text: str, cell: str) -> None:
    assert safe_text(text) == cell
