"""From one course file to every file that a TA hands on."""

from __future__ import annotations

import csv
import json
import os
import re
import stat
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.errors import UserError
from autograder.model import CheckStatus, SubmissionStatus
from gradebook.book import read_book
from gradebook.cli import gradebook
from gradebook.explain import explain
from gradebook.intake.roster import read_roster
from gradebook.make import make_gradebook, write_reports
from tests.gradebook_samples import (
    QUESTIONS,
    submission,
    write_class,
    write_course,
    write_results,
    write_roster,
)
from tests.sentences import sentence

TABLES = {"gradebook.csv", "gradebook.xlsx", "ledger.csv", "problems.csv", "gradescope.csv",
          "registry.csv", "registry.xlsx", "contact.csv"}
RARE = "䶮㐂𠮷"


@pytest.fixture(autouse=True)
def without_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report takes most of the time and has tests of its own."""
    monkeypatch.setattr("gradebook.make.write_reports", lambda *args, **options: [])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_gradebook(tmp_path: Path) -> None:
    summary = make_gradebook(write_class(tmp_path), tmp_path / "out")
    assert {path.name for path in summary.paths} == TABLES
    assert summary.paths[0].name == "gradebook.csv"
    assert (tmp_path / "out/gradebook.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    found = rows(tmp_path / "out/gradebook.csv")
    assert list(found[0]) == ["id", "name", "section", *QUESTIONS, "total", "status"]
    assert [row["id"] for row in found] == [str(2023000 + n) for n in range(1, 13)]
    assert list(found[2].values()) == [
        "2023003", "Student 03", "B", "5.0", "3.0", "5.0", "13.0", "graded"]
    assert rows(tmp_path / "out/problems.csv") == []
    assert json.loads(summary.table.set_index("what")["value"].to_json()) == {
        "students": 12, "graded": 12, "mean": 13.67, sentence("out-of"): 15, "problems": 0}


def test_nothing_is_dropped(tmp_path: Path) -> None:
    write_results(tmp_path / "results.sqlite", [
        submission("2023001.ipynb"), submission("hw3.ipynb"), submission("2023005.ipynb")])
    (tmp_path / "roster.csv").write_text(
        "id,name\n2023001,A\n2023002,B\n2.02E+06,C\n2023005,D\n2023005,E\n", encoding="utf-8")
    make_gradebook(write_course(tmp_path), tmp_path / "out")
    found = rows(tmp_path / "out/gradebook.csv")
    assert [(row["name"], row["total"], row["status"]) for row in found] == [
        ("A", "15.0", "graded"), ("B", "", "open"), ("C", "", "unusable id"),
        ("D", "", "duplicate id"), ("E", "", "duplicate id")]
    told = [(row["file"], row["row"], row["what"]) for row in rows(tmp_path / "out/problems.csv")]
    assert told == [
        ("roster.csv", "4", sentence("id-mangled")),
        ("roster.csv", "5", "duplicate id"), ("roster.csv", "6", "duplicate id"),
        ("results.sqlite", "", sentence("submission-without-student")),
        ("results.sqlite", "", sentence("submission-without-student")),
        ("results.sqlite", "", sentence("without-time")),
        ("roster.csv", "3", sentence("open-score"))]


def test_several_homeworks_share_a_gradebook(tmp_path: Path) -> None:
    write_roster(tmp_path / "roster.csv", 2)
    for name in ("hw2", "hw3"):
        write_results(tmp_path / f"{name}.sqlite", [submission("2023001.ipynb")], homework=name)
    make_gradebook(write_course(tmp_path, homeworks={"hw2": "", "hw3": ""}), tmp_path / "out")
    (first, second) = rows(tmp_path / "out/gradebook.csv")
    assert first["hw2:q01_mean"] == first["hw3:q10_count"] == "5.0"
    assert (first["hw2:score"], first["total"], second["hw3:status"]) == ("15.0", "30.0", "missing")


def test_the_workbook_and_the_registry_list(tmp_path: Path) -> None:
    write_results(tmp_path / "results.sqlite", [submission("0220123.ipynb")])
    (tmp_path / "roster.csv").write_bytes(
        f"学号,姓名,班级,备注\r\n0220123,学生{RARE},一班,\r\n0220124,学生02,一班,缺考\r\n"
        f"0220125,学生03,二班,\r\n".encode("gb18030"))
    make_gradebook(write_course(tmp_path, language="zh"), tmp_path / "out")
    sheet = openpyxl.load_workbook(tmp_path / "out/gradebook.xlsx").worksheets[0]
    table = list(sheet.iter_rows(values_only=True))
    assert table[0] == ("学号", "姓名", "班级", *QUESTIONS, "总分", "状态")
    assert table[1] == ("0220123", f"学生{RARE}", "一班", 5, 5, 5, 15, "已评分")
    assert table[2][-2:] == (None, "缺考")
    registry = openpyxl.load_workbook(tmp_path / "out/registry.xlsx").worksheets[0]
    assert list(registry.iter_rows(values_only=True)) == [
        ("学号", "姓名", "班级", "成绩"), ("0220123", f"学生{RARE}", "一班", 15),
        ("0220124", "学生02", "一班", "缺考"), ("0220125", "学生03", "二班", 0)]
    assert registry["A2"].number_format == "@"
    assert [list(row.values()) for row in rows(tmp_path / "out/registry.csv")] == [
        ["0220123", f"学生{RARE}", "一班", "15"], ["0220124", "学生02", "一班", "缺考"],
        ["0220125", "学生03", "二班", "0"]]


@pytest.mark.parametrize("name", ["registry.xlsx", "registry.csv", "gradebook.xlsx"])
def test_a_gb18030_roster_survives_the_way_there_and_back(tmp_path: Path, name: str) -> None:
    write_results(tmp_path / "results.sqlite", [submission("0220123.ipynb")])
    (tmp_path / "roster.csv").write_bytes(
        f"学号,姓名,班级\r\n0220123,学生{RARE}㛃,一班\r\n".encode("gb18030"))
    book = make_gradebook(write_course(tmp_path, language="zh"), tmp_path / "out").book
    again = read_roster(tmp_path / "out" / name)
    columns = ["id", "name", "section"]
    assert again.students[columns].equals(book.roster.students[columns])
    assert again.students.loc[0, "name"] == f"学生{RARE}㛃"


def test_gradescopes_shape(tmp_path: Path) -> None:
    write_roster(tmp_path / "roster.csv", 2)
    write_results(tmp_path / "results.sqlite",
                  [submission("2023001.ipynb", submitted_at="2026-11-08T15:54:53+00:00")])
    make_gradebook(write_course(tmp_path), tmp_path / "out")
    first, second = rows(tmp_path / "out/gradescope.csv")
    assert first == {
        "First Name": "Student 01", "Last Name": "", "SID": "2023001", "Email": "s01@example.edu",
        "hw3": "15.0", "hw3 - Max Points": "15.0",
        "hw3 - Submission Time": "2026-11-08 23:54:53 +0800",
        "hw3 - Lateness (H:M:S)": "47:55:53"}
    assert (second["hw3"], second["hw3 - Lateness (H:M:S)"]) == ("0.0", "")


def test_formulas_in_names_and_file_names(tmp_path: Path) -> None:
    write_results(tmp_path / "results.sqlite", [
        submission("2023001.ipynb"), submission('=HYPERLINK("x").ipynb'), submission("@a/b.ipynb")])
    (tmp_path / "roster.csv").write_text(
        "id,name,section\n2023001,=1+1,-A\n@x,＝cmd,B\n", encoding="utf-8")
    make_gradebook(write_course(tmp_path), tmp_path / "out")
    for path in (tmp_path / "out").glob("*.csv"):
        for row in rows(path):
            for cell in row.values():
                assert not cell.startswith(tuple("=+@＝＋－＠\t\r")), (path, cell)
                assert not cell.startswith("-") or float(cell) <= 0
    first, second = rows(tmp_path / "out/gradebook.csv")
    assert (first["name"], first["section"], second["id"]) == ("'=1+1", "'-A", "'@x")


def test_pseudonyms(tmp_path: Path) -> None:
    course = write_class(tmp_path)
    out = tmp_path / "out"
    summary = make_gradebook(course, out, pseudonymise=True)
    assert {path.relative_to(out).as_posix() for path in summary.paths} == {
        "gradebook.csv", "gradebook.xlsx", "ledger.csv", "private/pseudonyms.csv",
        "private/problems.csv"}
    key = out / "private/pseudonyms.csv"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE((out / "private/problems.csv").stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    public = "".join(path.read_text(encoding="utf-8") for path in out.glob("*.csv"))
    public += str([list(row) for row in openpyxl.load_workbook(
        out / "gradebook.xlsx").worksheets[0].iter_rows(values_only=True)])
    for n in range(1, 13):
        assert str(2023000 + n) not in public
        assert f"Student {n:02d}" not in public
    found = rows(out / "gradebook.csv")
    assert [row["id"] for row in found] == sorted(row["id"] for row in found)
    known = {row["pseudonym"]: row for row in rows(key)}
    assert len(known) == 12
    total = next(row["total"] for row in found if known[row["id"]]["id"] == "2023005")
    assert total == "11.0"
    make_gradebook(course, out, pseudonymise=True)
    assert {row["pseudonym"]: row for row in rows(key)} == known


def test_small_groups_are_not_shown_with_pseudonyms(tmp_path: Path) -> None:
    course = write_class(tmp_path, 9)
    make_gradebook(course, tmp_path / "out", pseudonymise=True)
    sections = [row["section"] for row in rows(tmp_path / "out/gradebook.csv")]
    assert sorted(sections) == [""] * 4 + ["B"] * 5


def test_named_and_pseudonymous_files_never_share_a_folder(tmp_path: Path) -> None:
    course = write_class(tmp_path)
    make_gradebook(course, tmp_path / "named")
    make_gradebook(course, tmp_path / "other", pseudonymise=True)
    with pytest.raises(UserError) as caught:
        make_gradebook(course, tmp_path / "named", pseudonymise=True)
    assert caught.value.expected == sentence("folder-without-names")
    with pytest.raises(UserError) as caught:
        make_gradebook(course, tmp_path / "other")
    assert caught.value.expected == sentence("folder-without-pseudonyms")
    assert caught.value.remedy == sentence("other-out-names")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        make_gradebook(write_class(tmp_path), tmp_path / "out")
    assert caught.value.where == str(tmp_path / "out")
    assert caught.value.expected == sentence("writable-file")


def test_the_same_input_gives_the_same_files(tmp_path: Path) -> None:
    course = write_class(tmp_path)
    for out in ("a", "b"):
        make_gradebook(course, tmp_path / out)
    assert os.listdir(tmp_path / "a")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def unclear_class(folder: Path) -> Path:
    """Eight students: four graded, a file without an owner, an unreadable one, two of nobody."""
    write_roster(folder / "roster.csv", 8)
    write_results(folder / "results.sqlite", [
        *(submission(f"202300{n}.ipynb", {"q01_mean": ["axis"]} if n == 1 else {})
          for n in (1, 2, 3, 4)),
        submission("20230055 hw3.ipynb"),
        submission("2023006.ipynb", status=SubmissionStatus.UNREADABLE, questions=()),
        submission("student07_LATE_7_70_hw3.ipynb")])
    return write_course(folder)


def test_a_corrections_file_is_written_ready_to_be_filled(tmp_path: Path) -> None:
    make_gradebook(unclear_class(tmp_path), tmp_path / "out")
    found = rows(tmp_path / "out/corrections.csv")
    assert [row["submission"] for row in found] == [
        "20230055 hw3.ipynb", "student07_LATE_7_70_hw3.ipynb", "2023006.ipynb"]
    assert found[2]["reason"] == (
        "There is nothing to grade in the file: 2023006.ipynb: not a readable notebook.")
    assert (found[0]["id"], found[0]["likely"]) == ("", "2023005 Student 05")
    assert found[0]["reason"] == sentence("no-id-in-path")
    assert found[1]["reason"] == "marked late by the platform, but not by how much"


def test_what_a_person_has_written_there_is_kept_and_read(tmp_path: Path) -> None:
    course = unclear_class(tmp_path)
    out = tmp_path / "out"
    make_gradebook(course, out)
    path = out / "corrections.csv"
    path.write_text(path.read_text(encoding="utf-8-sig").replace(
        '"20230055 hw3.ipynb",,', '"20230055 hw3.ipynb",2023005,'), encoding="utf-8")
    make_gradebook(course, out)
    assert rows(path)[0]["id"] == "2023005"
    course = write_course(tmp_path, homework_more='corrections = "out/corrections.csv"')
    make_gradebook(course, out)
    status = {row["id"]: row["status"] for row in rows(out / "gradebook.csv")}
    assert status["2023005"] == "graded"
    assert status["2023008"] == "missing"
    assert rows(path)[0]["id"] == "2023005"


def test_a_class_without_questions_gets_no_corrections_file(tmp_path: Path) -> None:
    make_gradebook(write_class(tmp_path), tmp_path / "out")
    assert not (tmp_path / "out/corrections.csv").exists()


def test_open_scores_are_counted_in_words_and_exit_with_1(tmp_path: Path) -> None:
    done = CliRunner().invoke(gradebook, [str(unclear_class(tmp_path)), "--out",
                                          str(tmp_path / "out")])
    assert done.exit_code == 1
    said = " ".join(done.output.split())
    for line in (
        sentence("turnout", homework="hw3", facts="; ".join([
            sentence("handed-in", count=5, students=8), sentence("handed-in-nothing", count=0),
            sentence("not-gradable", count=1, status="not a readable notebook"),
            sentence("turnout-unclear", count=2, unowned=1)])),
        sentence("open-scores", homework="hw3", count=2, reason="submissions without an owner",
                 remedy="say whose they are in corrections.csv"),
        sentence("open-scores", homework="hw3", count=1, reason="no gradable work",
                 remedy="ask the student for the right file"),
    ):
        assert line in said
    assert sentence("open-first", path=tmp_path / "out" / "corrections.csv") in said
    written = {path.name for path in (tmp_path / "out").iterdir()}
    listed = [line for line in done.output.splitlines() if line.startswith("  ")]
    names = [line.split()[0] for line in listed]
    assert {name for name in written if names.count(name) != 1} == {"corrections.csv"}
    assert all(len(line) <= 80 for line in listed if line.split()[0] in written)


def test_open_is_empty_in_every_file(tmp_path: Path) -> None:
    (tmp_path / "canvas.csv").write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,HW3 (77)\n    Points Possible,,,,,15\n"
        + "".join(f"S,{n},{2023000 + n},x{n},A,\n" for n in range(1, 9)), encoding="utf-8")
    unclear_class(tmp_path)
    course = write_course(tmp_path, more='[exports]\ncanvas = "canvas.csv"',
                          homework_more='canvas_column = "HW3 (77)"')
    out = tmp_path / "out"
    make_gradebook(course, out)
    for name, column in (("gradebook.csv", "total"), ("gradescope.csv", "hw3"),
                         ("registry.csv", "成绩"), ("canvas.csv", "HW3 (77)")):
        cells = [row[column] for row in rows(out / name)][-8:]
        assert [cell == "" for cell in cells] == [False] * 4 + [True, True, False, True], name


def test_a_class_without_open_scores_exits_with_0(tmp_path: Path) -> None:
    done = CliRunner().invoke(gradebook, [str(write_class(tmp_path)), "--out",
                                          str(tmp_path / "out")])
    assert done.exit_code == 0
    assert sentence("handed-in", count=12, students=12) in " ".join(done.output.split())


def test_whom_to_write_to(tmp_path: Path) -> None:
    write_roster(tmp_path / "roster.csv", 3)
    write_results(tmp_path / "results.sqlite", [
        submission("2023001.ipynb"),
        submission("2023002.ipynb", status=SubmissionStatus.OTHER_ASSIGNMENT, questions=())])
    make_gradebook(write_course(tmp_path), tmp_path / "out")
    assert [list(row.values()) for row in rows(tmp_path / "out/contact.csv")] == [
        ["2023002", "Student 02", "s02@example.edu", "hw3", "notebook of another assignment",
         "2023002.ipynb"],
        ["2023003", "Student 03", "s03@example.edu", "hw3", "missing", ""]]


def test_results_may_be_the_folder_of_a_run(tmp_path: Path) -> None:
    course = write_class(tmp_path, 2)
    (tmp_path / "run4").mkdir()
    course.write_text(course.read_text(encoding="utf-8").replace(
        'results = "results.sqlite"', 'results = "run4"'), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_book(course)
    assert caught.value.found == (
        sentence("neither-file", path=tmp_path / "run4", inside=tmp_path / "run4/results.sqlite"))
    (tmp_path / "results.sqlite").rename(tmp_path / "run4/results.sqlite")
    assert read_book(course).total.tolist() == [15, 15]


@pytest.mark.parametrize("unknown", [["unknown.ipynb"], []])
def test_a_number_that_is_not_there_is_never_nan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unknown: list[str]
) -> None:
    """All scores open, or all but one: neither the terminal nor any file says nan."""
    monkeypatch.setattr("gradebook.make.write_reports", write_reports)
    write_roster(tmp_path / "roster.csv", 2)
    write_results(tmp_path / "results.sqlite", [
        submission("2023001.ipynb", {"q01_mean": ["axis"]}, check_status=CheckStatus.NOT_RUN),
        *map(submission, unknown)])
    course = write_course(tmp_path, more='[grade]\nletters = [{name = "A", at_least = 0}]',
                          homework_more="add_points = 1\nout_of = 20")
    out = tmp_path / "out"
    told = CliRunner().invoke(gradebook, [str(course), "--out", str(out)])
    assert told.exit_code == 1, told.output
    written = {path.name: path.read_text(encoding="utf-8", errors="replace")
               for path in out.rglob("*") if path.suffix in (".csv", ".html")}
    told_all = {"terminal": told.output, "explain": explain(course, "2023001"), **written}
    assert [name for name, text in told_all.items() if re.search(r"\bnan\b", text, re.I)] == []
    assert ("mean" in told.output) is (not unknown)
    told = CliRunner().invoke(gradebook, [str(course), "--out", str(out), "--compare", str(out)])
    assert sentence("totals-changed", count=0) in told.output


def test_diff_knows_names_by_roster_and_by_course(tmp_path: Path) -> None:
    """`homework diff`: whose result changed, as the gradebook knows owners."""
    results = tmp_path / "results.sqlite"
    write_results(results, [submission("20-2023001-hw.ipynb", {"q01_mean": ["axis"]}),
                            submission("mine.ipynb", {"q01_mean": ["axis"]})])
    write_results(results, [submission("20-2023001-hw.ipynb"), submission("mine.ipynb")],
                  digest="build-2")
    roster = write_roster(tmp_path / "roster.csv", 3)
    (tmp_path / "whose.csv").write_text("submission,id,submitted_at\nmine.ipynb,2023002,\n")
    course = write_course(tmp_path, homework_more='corrections = "whose.csv"')
    runs = (f"{results}:1", f"{results}:2")
    by_roster = CliRunner().invoke(main, ["diff", *runs, "--roster", str(roster)])
    by_course = CliRunner().invoke(main, ["diff", *runs, "--course", str(course)])
    assert by_roster.exit_code == by_course.exit_code == 1
    for done, names in ((by_roster, ["2023001", "mine"]), (by_course, ["2023001", "2023002"])):
        assert all(name in done.output for name in names)
        assert "20-2023001-hw" not in done.output
        assert sentence("diff-totals", up=2, gained=4, down=0, lost=0) in done.output
        assert "2 x q01_mean: axis: failed -> passed" in done.output
    assert "mine" not in by_course.output
