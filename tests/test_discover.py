"""What an instructor names, and which submissions that is."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest

from autograder.errors import UserError
from autograder.file_names import deposit_of
from autograder.grading import discover
from autograder.grading.discover import Found, Submission, find_submissions
from autograder.grading.unpack import Budget
from tests.sentences import sentence
from tests.tiny import notebook_text

CELL = notebook_text("1 + 1")


@pytest.fixture
def subs(tmp_path: Path) -> Path:
    folder = tmp_path / "subs"
    folder.mkdir()
    return folder


def find(*paths: Path, skip: tuple[Path, ...] = ()) -> Found:
    unpacked = paths[0].parent / "unpacked"
    unpacked.mkdir(exist_ok=True)
    return find_submissions(paths, unpacked, skip)


def by_file(found: Found) -> dict[str, Submission]:
    return {submission.file: submission for submission in found.submissions}


def zipped(*members: tuple[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return data.getvalue()


def test_a_notebook_is_known_by_its_name_contents_and_time(subs: Path) -> None:
    path = subs / "2023001_hw3.ipynb"
    path.write_text(CELL)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert find(path).submissions == [Submission(
        path=path.resolve(), name="2023001_hw3", file="2023001_hw3.ipynb",
        digest=hashlib.sha256(CELL.encode()).hexdigest(),
        submitted_at="2023-11-14T22:13:20+00:00",
    )]


def test_a_folder_is_searched_through(subs: Path) -> None:
    for name in ("b.ipynb", "group 2/a.ipynb", "group 2/.ipynb_checkpoints/a-checkpoint.ipynb",
                 "._b.ipynb", "__MACOSX/._b.ipynb", ".cache/c.ipynb", ".DS_Store", "notes.txt"):
        (subs / name).parent.mkdir(exist_ok=True)
        (subs / name).write_text(CELL)
    found = find(subs)
    assert {s.file: s.name for s in found.submissions} == {
        "b.ipynb": "b", "group 2/a.ipynb": "group 2__a"}
    assert found.others == ["notes.txt"]


def test_a_named_file_counts_whatever_it_is_called(subs: Path) -> None:
    (subs / "hw3.ipynb.txt").write_text(CELL)
    (submission,) = find(subs / "hw3.ipynb.txt").submissions
    assert (submission.name, submission.file) == ("hw3.ipynb.txt", "hw3.ipynb.txt")


def test_the_same_file_named_twice_is_one(subs: Path) -> None:
    (subs / "a.ipynb").write_text(CELL)
    assert len(find(subs, subs / "a.ipynb", subs).submissions) == 1


def test_our_own_files_are_none(subs: Path) -> None:
    (subs / "a.ipynb").write_text(CELL)
    (subs / "out" / "results").mkdir(parents=True)
    (subs / "out" / "results" / "a.json").write_text("{}")
    (subs / "autograder.zip").write_bytes(zipped(("tests/q1.py", "")))
    found = find(subs, skip=(subs / "out", subs / "autograder.zip"))
    assert list(by_file(found)) == ["a.ipynb"]
    assert found.others == []


def test_an_exported_zip_is_one_submission(subs: Path) -> None:
    path = subs / "2023001.zip"
    path.write_bytes(zipped(("hw3.ipynb", CELL), (".OTTER_LOG", "log"), ("hw3.pdf", "pdf")))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    found = find(subs)
    (submission,) = found.submissions
    assert (submission.name, submission.file) == ("2023001", "2023001.zip")
    assert submission.path.read_text() == CELL
    assert submission.submitted_at == "2023-11-14T22:13:20+00:00"
    assert found.others == []


def test_the_files_beside_the_notebook_in_its_zip_go_with_it(subs: Path) -> None:
    members = [("hw/hw3.ipynb", CELL), ("hw/lib/mine.py", "x = 1"), ("hw/data.csv", "1"),
               ("../hw/up.txt", "2"), ("other.txt", "elsewhere"), ("hw/.hidden", "no"),
               ("__MACOSX/hw/._data.csv", "no")]
    (subs / "2023001.zip").write_bytes(zipped(*members))
    found = find(subs)
    [submission] = found.submissions
    assert {name: path.read_text() for name, path in submission.beside} == {
        "lib/mine.py": "x = 1", "data.csv": "1", "up.txt": "2"}
    assert submission.file == "2023001.zip" and submission.path.read_text() == CELL
    assert found.others == ["2023001.zip/other.txt"]


def test_a_changed_file_beside_the_notebook_is_a_new_attempt(subs: Path) -> None:
    for name, data in (("a", "1"), ("b", "2"), ("c", "1")):
        (subs / f"{name}.zip").write_bytes(zipped(("hw3.ipynb", CELL), ("data.csv", data)))
    first, changed, same = (submission.digest for submission in find(subs).submissions)
    assert first == same != changed


def test_files_beside_a_notebook_that_are_too_large_are_skipped(
    subs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discover, "BESIDE_BYTES", 5)
    members = [("hw3.ipynb", CELL), ("small.csv", "1234"), ("large.csv", "123456")]
    (subs / "2023001.zip").write_bytes(zipped(*members))
    found = find(subs)
    assert [name for name, _ in found.submissions[0].beside] == ["small.csv"]
    assert found.others == ["2023001.zip/large.csv"]


def test_a_class_in_a_zip_has_no_times(subs: Path) -> None:
    inner = zipped(("hw3.ipynb", CELL))
    path = subs / "class.zip"
    path.write_bytes(zipped(
        ("Student 01_1_file_/hw3.ipynb", CELL), ("Student 02_2_file_/export.zip", inner),
        ("Student 02_2_file_/photo.png", "png"), ("__MACOSX/._x.ipynb", "x"),
    ))
    found = find(path)
    assert {s.file: s.submitted_at for s in found.submissions} == {
        "Student 01_1_file_/hw3.ipynb": None, "Student 02_2_file_/export.zip": None}
    assert all(s.path.read_text() == CELL for s in found.submissions)
    assert found.others == ["Student 02_2_file_/photo.png"]


def test_members_of_a_zip_in_a_folder_carry_its_name(subs: Path) -> None:
    (subs / "a").mkdir()
    (subs / "a" / "two.zip").write_bytes(zipped(("x.ipynb", CELL), ("y.ipynb", CELL)))
    names = {s.file: s.name for s in find(subs).submissions}
    assert names == {"a/two.zip/x.ipynb": "a__two.zip__x", "a/two.zip/y.ipynb": "a__two.zip__y"}


@pytest.mark.parametrize(("content", "reason"), [
    (b"PK no zip", sentence("not-a-zip", error="File is not a zip file")),
    (zipped(("plot.png", "x")), sentence("zip-without-notebook")),
    (zipped(("hw3.ipynb", b"x" * (65 << 20))), sentence("too-large", size=64)),
    (zipped(("a.zip", zipped(("b.zip", zipped(("c.zip", zipped(("d.ipynb", CELL)))))))),
     sentence("zips-within")),
])
def test_a_zip_that_yields_no_notebook_is_a_row_with_the_reason(
    subs: Path, content: bytes, reason: str
) -> None:
    (subs / "2023001.zip").write_bytes(content)
    (submission,) = find(subs).submissions
    assert submission.file.startswith("2023001.zip")
    assert submission.unreadable == reason
    assert submission.failure == ""
    assert submission.path.is_file()


def files(folder: Path, *names: str) -> Path:
    """Make files in `folder`, notebooks and zips with a notebook in them; a name that ends in `/`
    is an empty folder."""
    for name in names:
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(zipped(("hw3.ipynb", CELL)) if name.endswith(".zip") else CELL.encode())
    return folder


def empties(found: Found) -> dict[str, str]:
    return {s.file: s.unreadable for s in found.submissions if s.empty}


NEITHER = sentence("no-submission-kind")


@pytest.mark.parametrize("name", [
    "2023002.pdf", "2023002_hw3.docx", "2023002.rar", "2023002.7z", "2023002", "2023002.tar.gz",
    "2023002.ipynb.txt", "2023002.html", "2023002.txt", "2023002.py", "zhangsan.pdf", "学生02.txt",
    "s02@example.edu.md", "report.pdf", "sections/A/2023002.pdf",
])
def test_a_file_without_a_notebook_is_a_row(subs: Path, name: str) -> None:
    beside = str(Path(name).parent / "2023001.ipynb")
    found = find(files(subs, beside, "2023003/hw3.ipynb", name))
    assert empties(found) == {name: NEITHER}
    assert found.others == []


@pytest.mark.parametrize(("handed_in", "row", "reason"), [
    (["2023002_学生02/"], "2023002_学生02", sentence("folder-empty")),
    (["2023002/.DS_Store"], "2023002", sentence("folder-empty")),
    (["2023002/a/b/"], "2023002", sentence("folder-empty")),
    (["Student 02_7_assignsubmission_file_/"], "Student 02_7_assignsubmission_file_",
     sentence("folder-empty")),
    (["submission_123456/report.pdf"], "submission_123456",
     sentence("folder-without-notebook", names="report.pdf", more="")),
    (["hw1-login/README.md", "hw1-login/src/a.c", "hw1-login/src/b.c", "hw1-login/src/c.c"],
     "hw1-login",
     sentence("folder-without-notebook", names="README.md, a.c, b.c", more=" and 1 more")),
    (["B/2023002/report.pdf"], "B/2023002",
     sentence("folder-without-notebook", names="report.pdf", more="")),
])
def test_a_folder_without_a_notebook_is_a_row(
    subs: Path, handed_in: list[str], row: str, reason: str
) -> None:
    found = find(files(subs, "2023001/hw3.ipynb", *handed_in))
    assert empties(found) == {row: reason}


def test_files_of_several_students_in_one_folder_are_rows_each(subs: Path) -> None:
    found = find(files(subs, "a.ipynb", "late/2023002.pdf", "late/2023003.docx"))
    assert set(empties(found)) == {"late/2023002.pdf", "late/2023003.docx"}
    found = find(files(subs, "late/2023004.ipynb"))
    assert set(empties(found)) == {"late/2023002.pdf", "late/2023003.docx"}


def test_a_document_in_a_folder_of_no_student_may_be_another_students(subs: Path) -> None:
    found = find(files(subs, "late/zhangsan.ipynb", "late/lisi.pdf", "late/plot.png"))
    assert empties(found) == {"late/lisi.pdf": NEITHER}
    assert [Path(path).name for path in found.others] == ["plot.png"]


@pytest.mark.parametrize("names", [
    ["2023001_hw3.ipynb", "2023001_hw3.pdf"],
    ["2023001_hw3.ipynb", "2023001_report.pdf"],
    ["s01_5001_90010_hw3.ipynb", "s01_5001_90011_report.pdf"],
    ["2023001/hw3.ipynb", "2023001/report.pdf", "2023001/img/a.png"],
    ["hw1-login/hw1.ipynb", "hw1-login/README.md", "hw1-login/data/x.csv"],
    ["Student 02_7_assignsubmission_file_/a.zip", "Student 02_7_assignsubmission_file_/b.pdf"],
    ["2023001.ipynb", "submission_metadata.yml", "notes.txt", "roster.csv", "README.md"],
    ["2023001.ipynb", "Thumbs.db", "desktop.ini", "~$2023002.docx", ".gitignore", "__MACOSX/x"],
])
def test_what_evidently_belongs_to_a_notebook_or_to_nobody_is_no_row(
    subs: Path, names: list[str]
) -> None:
    assert empties(find(files(subs, *names))) == {}


def test_a_class_in_a_zip_has_rows_for_what_holds_no_notebook(subs: Path) -> None:
    path = subs / "class.zip"
    path.write_bytes(zipped(
        ("Student 01_1_assignsubmission_file_/hw3.ipynb", CELL),
        ("Student 02_2_assignsubmission_file_/", ""),
        ("Student 03_3_assignsubmission_file_/report.pdf", "x"), ("2023004.rar", "x"),
    ))
    assert empties(find(path)) == {
        "Student 02_2_assignsubmission_file_": sentence("folder-empty"),
        "Student 03_3_assignsubmission_file_": sentence("folder-without-notebook",
                                                        names="report.pdf", more=""),
        "2023004.rar": NEITHER}


def test_a_class_of_one_notebook_in_a_zip_is_a_class(subs: Path) -> None:
    path = subs / "late.zip"
    path.write_bytes(zipped(("2023001.ipynb", CELL), ("2023002.pdf", "x")))
    assert {s.file: s.empty for s in find(path).submissions} == {
        "2023001.ipynb": False, "2023002.pdf": True}
    path.write_bytes(zipped(("hw3.ipynb", CELL), ("IMG_20261106.png", "x"), ("hw3.pdf", "x")))
    assert {s.file: s.empty for s in find(path).submissions} == {"late.zip": False}


def test_a_zip_without_a_notebook_is_empty(subs: Path) -> None:
    (subs / "2023001.zip").write_bytes(zipped(("report.pdf", "x")))
    assert empties(find(subs)) == {"2023001.zip": sentence("zip-without-notebook")}


def test_two_folders_with_one_such_file_each_are_no_error(subs: Path) -> None:
    for week in ("1", "2"):
        files(subs / week, f"2023001_{week}.ipynb", "report.pdf")
    assert empties(find(subs / "1", subs / "2")) == {"report.pdf": NEITHER}


def test_a_link_in_a_folder_is_not_followed(subs: Path, tmp_path: Path) -> None:
    (tmp_path / "solution.ipynb").write_text(CELL)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "c.ipynb").write_text(CELL)
    (subs / "a.ipynb").symlink_to(tmp_path / "solution.ipynb")
    (subs / "b.ipynb").symlink_to("nowhere")
    (subs / "folder").symlink_to(tmp_path / "other")
    os.mkfifo(subs / "pipe.ipynb")
    found = find(subs)
    assert {s.file: s.unreadable for s in found.submissions} == {
        **dict.fromkeys(("a.ipynb", "b.ipynb", "pipe.ipynb"), sentence("not-a-plain-file")),
        "folder": sentence("no-submission-kind")}
    assert all(CELL not in s.path.read_text() for s in found.submissions)


def test_a_link_that_is_named_is_followed(subs: Path, tmp_path: Path) -> None:
    (tmp_path / "target.ipynb").write_text(CELL)
    (subs / "a.ipynb").symlink_to(tmp_path / "target.ipynb")
    (submission,) = find(subs / "a.ipynb").submissions
    assert (submission.file, submission.unreadable) == ("a.ipynb", "")


def test_files_that_would_have_one_name_get_two(subs: Path) -> None:
    (subs / "a.ipynb").write_text(CELL)
    (subs / "a.zip").write_bytes(zipped(("x.ipynb", CELL)))
    (subs / "b__c.ipynb").write_text(CELL)
    (subs / "b").mkdir()
    (subs / "b" / "c.ipynb").write_text(CELL)
    names = {s.file: s.name for s in find(subs).submissions}
    assert names["a.ipynb"] == "a" and names["b__c.ipynb"] == "b__c"
    assert names["a.zip"] == "a-" + hashlib.sha256(b"a.zip").hexdigest()[:8]
    assert names["b/c.ipynb"] == "b__c-" + hashlib.sha256(b"b/c.ipynb").hexdigest()[:8]


def test_nobody_can_take_the_name_of_another_by_guessing_it(subs: Path) -> None:
    guessed = "a-" + hashlib.sha256(b"a.zip").hexdigest()[:8]
    (subs / "a.ipynb").write_text(CELL)
    (subs / "a.zip").write_bytes(zipped(("x.ipynb", CELL)))
    (subs / f"{guessed}.ipynb").write_text(CELL)
    assert len({s.name for s in find(subs).submissions}) == 3


def test_names_hold_no_control_characters(subs: Path) -> None:
    (subs / "a\x1b[2J\n.ipynb").write_text(CELL)
    (subs / os.fsdecode("学生01.ipynb".encode("gb18030"))).write_text(CELL)
    assert {s.name for s in find(subs).submissions} == {r"a\x1b[2J\n", "学生01"}


def test_a_file_we_cannot_read_is_our_failure(subs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (subs / "a.ipynb").write_text(CELL)
    (subs / "b.ipynb").write_text(CELL)
    real = Path.open

    def refuses(path: Path, mode: str = "r", **options: object) -> object:
        if path.name == "a.ipynb":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, mode, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuses)
    found = by_file(find(subs))
    assert found["a.ipynb"].failure == sentence("file-unreadable", why="Permission denied")
    assert found["b.ipynb"].failure == ""


def test_a_missing_path_says_so(subs: Path) -> None:
    with pytest.raises(UserError) as caught:
        find(subs / "missing.ipynb")
    assert caught.value == UserError(f"{subs}/missing.ipynb", sentence("submission-forms"),
                                     sentence("no-such-file"), sentence("check-path"))


def test_an_empty_folder_says_so(subs: Path) -> None:
    (subs / "notes.txt").write_text("none")
    with pytest.raises(UserError) as caught:
        find(subs)
    assert caught.value == UserError(
        str(subs), sentence("submission-kinds"), sentence("none-only", others="notes.txt"),
        sentence("name-notebooks"))


def test_two_named_files_of_one_name_say_so(subs: Path) -> None:
    for name in ("1/a.ipynb", "2/a.ipynb"):
        (subs / name).parent.mkdir()
        (subs / name).write_text(CELL)
    with pytest.raises(UserError) as caught:
        find(subs / "1" / "a.ipynb", subs / "2" / "a.ipynb")
    assert caught.value == UserError("a.ipynb", sentence("different-names"),
                                     sentence("two-of-one"), sentence("name-folder"))


def test_a_folder_that_cannot_be_read_is_a_row_unless_it_is_named(
    subs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = subs / "closed"
    closed.mkdir()
    real = os.scandir

    def refuses(path: str) -> object:
        if os.fspath(path) == str(closed):
            raise PermissionError(13, "Permission denied", str(closed))
        return real(path)

    monkeypatch.setattr(os, "scandir", refuses)
    (subs / "a.ipynb").write_text(CELL)
    assert {s.file: s.failure for s in find(subs).submissions} == {
        "a.ipynb": "", "closed": sentence("folder-unreadable", why="Permission denied")}
    with pytest.raises(UserError) as caught:
        find(closed)
    assert (caught.value.where, caught.value.found, caught.value.remedy) == (
        str(closed), "Permission denied", sentence("check-permissions"))


def test_one_file_handed_in_has_one_budget(subs: Path) -> None:
    """Also when it is spread over zips within the zip."""
    inner = zipped(*((f"{n}.ipynb", CELL) for n in range(4)))
    (subs / "a.ipynb").write_text(CELL)
    (subs / "b.zip").write_bytes(zipped(("x.zip", inner), ("y.zip", inner), ("z.ipynb", CELL)))
    found = by_file(find(subs))
    of_zip = [s for file, s in found.items() if file.startswith("b.zip/")]
    assert len(of_zip) == 5
    assert {s.sharing for s in of_zip} == {6}
    assert found["b.zip"].unreadable == sentence("too-many-notebooks", most=5)
    assert (found["a.ipynb"].unreadable, found["a.ipynb"].sharing) == ("", 1)


def test_bytes_are_shared_by_zips_within_a_zip(
    subs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = zipped(("x.ipynb", "x" * 14_000))
    monkeypatch.setattr(Budget.__init__, "__defaults__",
                        (30_000, *Budget.__init__.__defaults__[1:]))
    (subs / "b.zip").write_bytes(zipped(("x.zip", inner), ("y.zip", inner)))
    found = {file: s.unreadable for file, s in by_file(find(subs)).items()}
    assert found == {"b.zip/x.zip": sentence("zip-total"), "b.zip/y.zip":
                     sentence("zip-total")}


def test_in_the_zip_of_a_class_each_file_has_its_own_budget(subs: Path) -> None:
    many = zipped(*((f"{n}.ipynb", CELL) for n in range(9)))
    members = [(f"{n}.ipynb", CELL) for n in range(12)]
    folder = [(f"submission_12345678/{n}.ipynb", CELL) for n in range(9)]
    path = subs / "class.zip"
    path.write_bytes(zipped(*members, ("student.zip", many), *folder))
    found = by_file(find(path))
    assert all(found[name].unreadable == "" for name, _ in members)
    for deposit in ("student.zip", "submission_12345678"):
        assert len([file for file in found if file.startswith(f"{deposit}/")]) == 5
        assert found[deposit].unreadable == sentence("too-many-notebooks", most=5)


def test_a_full_disk_refuses_one_zip(subs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (subs / "a.ipynb").write_text(CELL)
    (subs / "b.zip").write_bytes(zipped(("x.ipynb", CELL)))
    (subs / "c.zip").write_bytes(zipped(("y.ipynb", CELL)))
    real = zipfile.ZipExtFile.read

    def fails(file: zipfile.ZipExtFile, count: int = -1) -> bytes:
        if file.name == "x.ipynb":
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(file, count)

    monkeypatch.setattr(zipfile.ZipExtFile, "read", fails)
    found = by_file(find(subs))
    assert {file: bool(s.failure) for file, s in found.items()} == {
        "a.ipynb": False, "b.zip": True, "c.zip": False}


def test_links_and_pipes_are_rows_also_without_any_zip(subs: Path) -> None:
    (subs / "a.ipynb").symlink_to("nowhere")
    os.mkfifo(subs / "b.ipynb")
    (subs / "c.ipynb").write_text(CELL)
    found = find_submissions([subs], subs.parent / "not made yet")
    assert {s.file: s.unreadable for s in found.submissions} == {
        "a.ipynb": sentence("not-a-plain-file"), "b.ipynb": sentence("not-a-plain-file"),
        "c.ipynb": ""}


@pytest.mark.parametrize(("file", "deposit"), [
    ("a.ipynb", "a.ipynb"), ("group/a.ipynb", "group/a.ipynb"),
    ("g/a.ZIP/b.zip/c.ipynb", "g/a.ZIP"),
    ("hw_export/submission_123456789/src/a.ipynb", "hw_export/submission_123456789"),
    ("Student 01_7_assignsubmission_file_/a.ipynb", "Student 01_7_assignsubmission_file_"),
    ("submission_1/a.ipynb", "submission_1/a.ipynb"),  # somebody's folder for a homework
])
def test_what_was_handed_in_as_one(file: str, deposit: str) -> None:
    assert deposit_of(file) == deposit


def test_scripts_are_submissions_where_there_is_no_notebook(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1")
    (tmp_path / "notes.txt").write_text("x")
    found = find_submissions([tmp_path], tmp_path / "unpacked")
    assert [s.file for s in found.submissions] == ["a.py"]
    (tmp_path / "b.ipynb").write_text("{}")
    found = find_submissions([tmp_path], tmp_path / "unpacked")
    assert {s.file: s.empty for s in found.submissions} == {"b.ipynb": False, "a.py": True}
    assert found.others == ["notes.txt"]
