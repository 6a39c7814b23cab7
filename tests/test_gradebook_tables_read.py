"""Tables as people save them."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from autograder.errors import UserError
from gradebook.intake.roster import Near, as_id, mangled
from gradebook.tables import header_key, read_cells, tidy
from tests.sentences import sentence

RARE = "䶮㐂𠮷㛃"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"学号,姓名\r\n0220123,学生{RARE}\r\n".encode(encoding))
    assert read_cells(path).to_numpy().tolist() == [["学号", "姓名"], ["0220123", f"学生{RARE}"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_and_ragged_rows(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'a{delimiter}b\n"x\ny"\n', encoding="utf-8")
    cells = read_cells(path)
    assert cells.to_numpy().tolist() == [["a", "b"], ["x\ny", ""]]
    assert list(cells.index) == [1, 2]


def test_numbers_of_a_workbook_become_the_text_that_is_shown(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["学号", 2023001, "0220123", 12345678901234567890, 1.5, True, None])
    sheet["H1"] = 220123
    sheet["H1"].number_format = "0000000"
    book.save(tmp_path / "a.xlsx")
    assert read_cells(tmp_path / "a.xlsx").loc[1].tolist() == [
        "学号", "2023001", "0220123", "1.23456789012346E+19", "1.5", "TRUE", "", "0220123"]


@pytest.mark.parametrize(
    ("content", "expected", "found"),
    [
        (b"\xd0\xcf\x11\xe0rest", sentence("csv-or-xlsx"), sentence("old-xls")),
        (b"PK\x03\x04rest", sentence("xlsx"), "File is not a zip file"),
        (b"a,b\n\xff\xff\xff", sentence("text-encoding"), sentence("other-encoding")),
    ],
)
def test_what_is_no_table(tmp_path: Path, content: bytes, expected: str, found: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        read_cells(path)
    assert (caught.value.where, caught.value.expected) == (str(path), expected)
    assert caught.value.found == found


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        read_cells(tmp_path / "none.csv")
    assert caught.value.found == "No such file or directory"


def test_a_cell_beyond_reason_is_an_error_not_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n"' + "x" * 200_000, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_cells(path)
    assert caught.value.expected == sentence("csv")


def test_full_width_and_control_characters() -> None:
    assert tidy("\u3000０２２０１２３\u200b\x00 ") == "0220123"
    assert tidy("a\tb\n") == "a b"
    assert header_key("SIS User-ID") == "sisuserid"


@pytest.mark.parametrize("id_", ["3.14E+07", "2.023e+11", "2023001.0", "########", "#N/A", "#REF!",
                                 "2023-01-02", "2023-01-02T00:00:00", "1/2/2023", "1月2日"])
def test_mangled(id_: str) -> None:
    assert mangled(id_)


@pytest.mark.parametrize("id_", ["0220123", "2023001", "E12345", "12E34567", "s-01", "a/b", "10"])
def test_not_mangled(id_: str) -> None:
    assert not mangled(id_) or id_ == "12E34567"


@pytest.mark.parametrize("cell", ["0220123", '="0220123"', "'0220123", " ０２２０１２３ "])
def test_protected_ids_keep_their_zero(cell: str) -> None:
    assert as_id(cell) == "0220123"


@pytest.mark.parametrize("slip", ["2023001", "202301", "20230011", "2023010", "2024001"])
def test_near_ids(slip: str) -> None:
    assert "2023001" in Near(["2023001", "999"]).find(slip)


def test_far_and_short_ids() -> None:
    near = Near(["2023001", "12"])
    assert near.find("2029901") == []
    assert near.find("11") == []


@pytest.mark.parametrize("text", [
    "点名册\n学号;姓名\n1001;A\n1002;B\n", "Deep Learning, Fall\nid\tname\n1001\tA\n1002\tB, C\n",
    'id;name\n1001;"A, B"\n1002;"C, D"\n', "id,name\n1001,a;b\n1002,c;d;e\n", "id\n1001\n",
    "id\tpoints\n1001\t1,5\n1002\t2,5\n",
])
def test_what_separates_cells_is_seen_below_a_title(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    cells = read_cells(tmp_path / "a.csv")
    assert cells[0].tolist()[-1] in ("1001", "1002")
    assert cells.shape[1] == (1 if text == "id\n1001\n" else 2)
