"""Zip files that anybody made."""

from __future__ import annotations

import errno
import io
import os
import re
import struct
import time
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from autograder.grading import unpack as archives
from autograder.grading.unpack import ArchiveError, Budget, Member, readable, unpack
from tests.sentences import pattern, sentence

ENDINGS = (".ipynb", ".zip")


def make_zip(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def unpacked(path: Path, **options: Any) -> dict[str, Member]:
    folder = path.parent / "unpacked"
    folder.mkdir(exist_ok=True)
    budget = Budget(PurePosixPath(path.name), **options)
    members = unpack(path, folder, lambda file: file.suffix.lower() in ENDINGS, budget)
    return {str(member.path): member for member in members}


def test_only_files_with_the_endings_are_written(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", ("hw/a.IPYNB", b"one"), ("hw/plot.png", b"two"))
    members = unpacked(path)
    assert list(members) == ["hw/a.IPYNB", "hw/plot.png"]
    written = members["hw/a.IPYNB"].written
    assert written is not None and written.read_bytes() == b"one"
    assert members["hw/plot.png"] == Member(PurePosixPath("hw/plot.png"))


def test_a_path_that_leads_out_of_the_zip_is_only_a_name(tmp_path: Path) -> None:
    names = ["../../up.ipynb", "/abs.ipynb", "a/../../b.ipynb", "..\\..\\w.ipynb", "//x.ipynb"]
    members = unpacked(make_zip(tmp_path / "a.zip", *((name, b"{}") for name in names)))
    assert list(members) == ["up.ipynb", "abs.ipynb", "a/b.ipynb", "w.ipynb", "x.ipynb"]
    for member in members.values():
        assert member.written is not None and member.written.parent == tmp_path / "unpacked"
    assert {p.name for p in tmp_path.iterdir()} == {"a.zip", "unpacked"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_second_file_of_one_name_gets_a_number(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", ("a.ipynb", b"1"), ("a.ipynb", b"2"))
    members = unpacked(path)
    assert list(members) == ["a.ipynb", "a (2).ipynb"]
    contents = [m.written.read_bytes() for m in members.values() if m.written]
    assert contents == [b"1", b"2"]


def test_names_from_chinese_windows_are_read(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("XXXX.ipynb", b"{}")
    path = tmp_path / "a.zip"
    path.write_bytes(data.getvalue().replace(b"XXXX", "学生".encode("gb18030")))
    assert list(unpacked(path)) == ["学生.ipynb"]


@pytest.mark.parametrize(("raw", "text"), [
    ("学生01".encode(), "学生01"),
    ("学生01".encode("gb18030"), "学生01"),
    (b"a\x1b[31m\n.ipynb", r"a\x1b[31m\n.ipynb"),
    ("right\u202eleft".encode(), r"right\u202eleft"),
    (b"\xff\xfe", "\N{REPLACEMENT CHARACTER}" * 2),
])
def test_a_name_becomes_text_without_control_characters(raw: bytes, text: str) -> None:
    assert readable(raw) == text


def test_a_bomb_costs_only_itself(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", ("bomb.ipynb", bytes(3 << 20)), ("good.ipynb", b"{}"))
    members = unpacked(path)
    assert members["bomb.ipynb"].refused == sentence("zip-grows", times=200)
    assert members["bomb.ipynb"].written is None
    assert members["good.ipynb"].written is not None


def test_a_large_file_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_FILE", 2 << 20)
    stored = zipfile.ZipInfo("large.ipynb")  # not compressed
    path = make_zip(tmp_path / "a.zip", (stored, bytes(3 << 20)), ("good.ipynb", b"{}"))
    members = unpacked(path)
    assert members["large.ipynb"].refused == sentence("too-large", size=2)
    assert members["good.ipynb"].written is not None


def test_no_more_is_written_than_was_allowed(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", *((f"{n}.ipynb", b"x" * 60) for n in range(3)))
    members = unpacked(path, bytes=130)
    assert [m.refused for m in members.values()] == ["", "", sentence("zip-total")]


def test_a_damaged_file_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bad.ipynb", b"damage me")
        archive.writestr("good.ipynb", b"{}")
    path.write_bytes(path.read_bytes().replace(b"damage me", b"damaged!!"))
    members = unpacked(path)
    assert members["bad.ipynb"].refused == (
        sentence("zip-member", error="Bad CRC-32 for file 'bad.ipynb'"))
    assert members["good.ipynb"].written is not None
    assert [p.name for p in (tmp_path / "unpacked").iterdir()] == ["2"]


def test_a_file_with_a_password_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", ("a.ipynb", b"{}"))
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", data, data.index(mark) + offset, 1)
    path.write_bytes(data)
    (member,) = unpacked(path).values()
    assert "is encrypted, password required" in member.refused


@pytest.mark.parametrize("data", [b"", b"PK", b"not a zip", b"PK\x05\x06" + bytes(10)])
def test_what_is_no_zip_says_so(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    with pytest.raises(ArchiveError, match="^" + pattern("not-a-zip")):
        unpacked(path)


def test_a_cut_off_zip_says_so(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", ("a.ipynb", b"{}" * 500))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ArchiveError, match="File is not a zip file"):
        unpacked(path)


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_zip(tmp_path / "a.zip", *((f"{n}.txt", b"") for n in range(3)))
    with pytest.raises(ArchiveError, match=pattern("too-many-files-counted", count=3, files=2)):
        unpacked(path, files=2)


def test_a_long_list_of_files_is_not_read_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_zip(tmp_path / "a.zip", *((f"{n:0200}.txt", b"") for n in range(40)))
    monkeypatch.setattr(archives.zipfile, "ZipFile", None)
    with pytest.raises(ArchiveError, match=pattern("too-many-files", files=2)):
        unpacked(path, files=2)


def test_a_list_that_lies_about_its_length(tmp_path: Path) -> None:
    """In the 64-bit format the size stands elsewhere; the whole file is taken for it."""
    path = make_zip(tmp_path / "a.zip", ("a.ipynb", b"{}"), ("b.bin", os.urandom(9000)))
    data = path.read_bytes()
    path.write_bytes(data[:-22] + b"PK\6\7" + bytes(16) + data[-22:])
    with pytest.raises(ArchiveError, match=pattern("too-many-files", files=2)):
        unpacked(path, files=2)


def test_unpacking_has_an_end(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", ("a.ipynb", b"{}"))
    assert unpacked(path, until=time.monotonic() - 1)["a.ipynb"].refused == (
        sentence("zip-slow", seconds=20))
    assert list((tmp_path / "unpacked").iterdir()) == []


def test_a_full_disk_is_no_fault_of_the_zip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipExtFile, "read", fails)
    (member,) = unpacked(make_zip(tmp_path / "a.zip", ("a.ipynb", b"{}"))).values()
    assert (member.written, member.refused) == (None, "")
    assert re.fullmatch(pattern("no-space-to-unpack"), member.failure)
