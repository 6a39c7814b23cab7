"""The final_grades.csv of `otter grade` in place of our results: what it gives, what is refused."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner

from autograder.cli import main
from autograder.errors import UserError
from autograder.grading.stored_results import write_final_grades
from autograder.model import SubmissionStatus
from gradebook.cli import gradebook
from gradebook.explain import explain
from gradebook.intake import otter_grades as otter_files
from gradebook.intake.otter_grades import is_otter, read_otter
from gradebook.intake.results import Results
from gradebook.make import make_gradebook
from gradebook.tables import Problem
from tests.gradebook_otter import failed, graded, otter_class, otter_csv, table
from tests.gradebook_samples import (
    QUESTIONS,
    description,
    student_id,
    submission,
    write_course,
    write_results,
    write_roster,
)
from tests.sentences import pattern, sentence

STUDENTS_TEXT = "=HYPERLINK(4711)"
DUE = "due = 2026-11-06T23:59:00+08:00\n"


def text(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def a_class(folder: Path, students: int = 12, *, language: str = "en", keys: str = "") -> Path:
    """The course file of a class that Otter has graded."""
    write_roster(folder / "roster.csv", students)
    path = write_course(folder, language=language)
    path.write_text(path.read_text().replace("results.sqlite", "final_grades.csv") + keys)
    if not (folder / "final_grades.csv").exists():
        otter_class(folder / "final_grades.csv", students)
    return path


def refused(path: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        read_otter(path, "hw3")
    return caught.value


def changed(path: Path, change: Callable[[pd.DataFrame], object]) -> Path:
    """The file of a class of three, with cells changed by hand; index of the rows from 0."""
    frame = table(*(graded(f"{student_id(n)}.ipynb", (5.0, 3.0, 2.0)) for n in (1, 2, 3)))
    frame = frame.astype(object)
    new = change(frame)
    (frame if new is None else new).to_csv(path, index=False)  # type: ignore[attr-defined]
    return path


def test_points_as_otter_gave_them(tmp_path: Path) -> None:
    questions = ("q1", "q2", "q10")
    path = otter_csv(tmp_path / "final_grades.csv",
                     graded("2023002.ipynb", (1.0, 2.5, 0.1), questions),
                     graded("2023001.ipynb", (5.0, 0.0, 0.3), questions))
    assert path.read_text().startswith("file,q1,q10,q2,total_points_earned,")
    results = read_otter(path, "hw3")
    assert results.run is None
    assert results.possible.to_dict() == {"q1": 5.0, "q2": 5.0, "q10": 5.0}
    assert results.points.to_numpy().tolist() == [[5.0, 0.0, 0.3], [1.0, 2.5, 0.1]]
    assert results.submissions.index.tolist() == [3, 4]
    assert results.submissions["file"].tolist() == ["2023001.ipynb", "2023002.ipynb"]
    assert results.submissions["submitted_at"].isna().all()
    assert set(results.submissions["status"]) == {SubmissionStatus.COMPLETED.value}
    assert not results.not_run.to_numpy().any()
    assert results.problems == []


def test_an_order_that_the_file_has_of_its_own_is_kept(tmp_path: Path) -> None:
    path = changed(tmp_path / "f.csv", lambda f: f[["file", "q02_slope", "q01_mean", "q10_count",
                                                   *f.columns[4:]]])
    assert list(read_otter(path, "hw3").possible.index) == ["q02_slope", "q01_mean", "q10_count"]


@pytest.mark.parametrize(("name", "content", "otter"), [
    ("final_grades.csv", b"anything", True), ("grades.CSV", b"", True),
    ("grades.txt", b"file,q1,total_points_earned,percent_correct,grading_status\n", True),
    ("results.csv", b"SQLite format 3\0 grading_status", False), ("results.sqlite", b"", False),
])
def test_which_file_it_is(tmp_path: Path, name: str, content: bytes, otter: bool) -> None:
    (tmp_path / name).write_bytes(content)
    assert is_otter(tmp_path / name) == otter


def test_our_results_are_ours_under_any_name(tmp_path: Path) -> None:
    write_roster(tmp_path / "roster.csv", 1)
    write_results(tmp_path / "final_grades.csv", [submission("2023001.ipynb")])
    make_gradebook(a_class(tmp_path, 1), tmp_path / "out", feedback=False)
    assert (tmp_path / "out/checks.csv").is_file()


@pytest.mark.parametrize("encode", [
    lambda t: t.encode("utf-8-sig"), lambda t: t.encode("utf-16"), lambda t: t.encode("gb18030"),
    lambda t: t.replace("\n", "\r\n").encode(), lambda t: t.replace(",", ";").encode(),
    lambda t: (t + ",,,,,,\n\n").encode(),
])
def test_as_programs_save_it(tmp_path: Path, encode: Callable[[str], bytes]) -> None:
    path = otter_csv(tmp_path / "f.csv", graded("2023001_作业.ipynb"))
    path.write_bytes(encode(path.read_text(encoding="utf-8")))
    results = read_otter(path, "hw3")
    assert results.submissions["file"].tolist() == ["2023001_作业.ipynb"]
    assert results.points.to_numpy().tolist() == [[5.0, 5.0, 5.0]]
    assert results.problems == []


def test_a_forged_submission_that_removes_a_question(tmp_path: Path) -> None:
    """The first that is complete gives the points of the questions: here an honest one."""
    path = otter_csv(tmp_path / "f.csv", graded("2023001.ipynb", (5.0, 2.0, 5.0)),
                     graded("2023002.ipynb", (5.0, 5.0), QUESTIONS[:2]),
                     graded("2023003.ipynb", (5.0, 4.0, 0.0)))
    assert "q10_count" not in path.read_text()
    error = refused(path)
    assert error.found == "; ".join([sentence("columns-for", possible=10, total=15),
                                     sentence("file-fits", files="2023002.ipynb")])
    assert error.expected == sentence("columns-add-up")
    assert error.remedy == sentence("grade-all-again")


@pytest.mark.parametrize("forged", [
    graded("2023004.ipynb", (5.0, 5.0), QUESTIONS[:2]),
    graded("2023004.ipynb", (50.0, 50.0, 50.0), possible=50.0),
    graded("2023004.ipynb", (0.5, 0.5, 0.5), possible=0.5),
])
def test_a_forged_submission_that_gives_the_points(tmp_path: Path, forged: object) -> None:
    """Otter takes the points of the questions from the submission that is ready first."""
    path = otter_csv(tmp_path / "f.csv", forged, *(  # type: ignore[arg-type]
        graded(f"{student_id(n)}.ipynb", (2.0, 2.0, 0.0)) for n in (1, 2, 3)))
    assert refused(path).found == (
        "; ".join([sentence("rows-not-adding", wrong=3, telling=4),
                   sentence("file-fits", files="2023004.ipynb")]))


def test_zeros_fit_everything_and_tell_nothing(tmp_path: Path) -> None:
    path = otter_csv(tmp_path / "f.csv", graded("2023009.ipynb", (5.0, 5.0), QUESTIONS[:2]),
                     graded("2023001.ipynb", (2.0, 2.0, 0.0)),
                     *(graded(f"{student_id(n)}.ipynb", (0.0, 0.0, 0.0)) for n in (2, 3, 4)))
    assert refused(path).found == "; ".join([sentence("rows-not-adding", wrong=1, telling=2),
                                             sentence("file-fits", files="2023009.ipynb")])


def test_one_row_that_does_not_fit_does_not_stop_the_others(tmp_path: Path) -> None:
    path = otter_csv(tmp_path / "f.csv", *(graded(f"{student_id(n)}.ipynb") for n in (1, 2, 3)),
                     graded("2023004.ipynb", (50.0, 50.0, 50.0), possible=50.0))
    results = read_otter(path, "hw3")
    assert results.not_run.any(axis=1).tolist() == [False, False, False, True]
    assert [problem.row for problem in results.problems] == [6]


def drop(*columns: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: frame.drop(columns=list(columns))


@pytest.mark.parametrize(("change", "found"), [
    (drop("grading_status", "percent_correct"),
     sentence("no-column", missing="percent_correct, grading_status")),
    (drop("file"), sentence("no-column", missing="file")),
    (drop(*QUESTIONS), sentence("no-submission-graded")),
    (drop("q02_slope"), sentence("columns-for", possible=10, total=15)),
    (lambda f: f.iloc[1:], sentence("count-of-them", count=0)),
    (lambda f: pd.concat([f, f]), sentence("count-of-them", count=2)),
    (lambda f: f.assign(comment="good"), sentence("no-such-number")),
    (lambda f: f.assign(**{"=1+1": "good"}), sentence("no-such-number")),
    (lambda f: f.assign(bonus=5.0), sentence("columns-for", possible=20, total=15)),
    (lambda f: f.rename(columns={"q02_slope": "q01_mean"}), "'q01_mean' twice"),
    (lambda f: f.reset_index().rename(columns={"index": ""}), sentence("column-without-name")),
    (lambda f: f.__setitem__("q01_mean", ["nan", 5.0, 5.0, 5.0]), sentence("no-such-number")),
    (lambda f: f.__setitem__("q01_mean", [-5.0, 5.0, 5.0, 5.0]), sentence("no-such-number")),
    (lambda f: f.__setitem__("total_points_earned", ["inf", 10.0, 10.0, 10.0]),
     sentence("no-such-number")),
])
def test_a_file_that_is_not_otters(
    tmp_path: Path, change: Callable[[pd.DataFrame], object], found: str
) -> None:
    error = refused(changed(tmp_path / "f.csv", change))
    assert error.found.partition(";")[0] == found
    assert str(tmp_path / "f.csv") in error.where
    assert error.remedy
    assert not error.where.endswith("column =1+1")


def test_all_failed(tmp_path: Path) -> None:
    path = otter_csv(tmp_path / "f.csv", failed("a.ipynb", STUDENTS_TEXT))
    error = refused(path)
    assert error.found == sentence("no-submission-graded")
    assert STUDENTS_TEXT not in str(error)


@pytest.mark.parametrize("content", [b"", b"\xff\xff\xff", b"\0\0\0\0", b'"', b"<html>"])
def test_no_table_at_all(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f.csv").write_bytes(content)
    refused(tmp_path / "f.csv")


def test_no_file_and_a_file_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(tmp_path / "f.csv").found == "No such file or directory"
    otter_class(tmp_path / "f.csv")
    monkeypatch.setattr(otter_files, "MAX_BYTES", 100)
    assert refused(tmp_path / "f.csv").expected.startswith(sentence("otter-grades"))


def test_one_long_status_is_no_reason_to_read_none(tmp_path: Path) -> None:
    limit = csv.field_size_limit(131_072)
    path = otter_csv(tmp_path / "f.csv", graded("2023001.ipynb"),
                     failed("2023002.ipynb", "x" * 300_000))
    results = read_otter(path, "hw3")
    assert results.not_run.all(axis=1).tolist() == [False, True]
    assert csv.field_size_limit(limit) == 131_072


def test_a_status_makes_no_row(tmp_path: Path) -> None:
    """Otter puts quotes round a line end and a comma, but not round a lone CR."""
    forged = "x\r2023003.ipynb;5;5;5;15;1;Completed"
    path = otter_csv(tmp_path / "f.csv", graded("2023001.ipynb"), failed("2023002.ipynb", forged),
                     failed("2023004.ipynb", "a\n2023005.ipynb,5,5,5,15,1,Completed"))
    results = read_otter(path, "hw3")
    assert results.submissions["file"].tolist() == [
        "2023001.ipynb", "2023002.ipynb", "2023004.ipynb"]
    assert results.not_run.all(axis=1).tolist() == [False, True, True]


@pytest.mark.parametrize("line", [
    "2023001.ipynb,0,5,5,5,15,1.0,Completed", "2023001.ipynb,5,5,5,15,1.0,Completed,2",
    "2023001.ipynb,5,5,5,15,1.0", "2023001.ipynb",
])
def test_a_row_with_too_many_or_too_few_cells(tmp_path: Path, line: str) -> None:
    path = otter_class(tmp_path / "f.csv", 3)
    lines = path.read_text().splitlines()
    lines[2] = line
    path.write_text("\n".join(lines))
    assert read_otter(path, "hw3").not_run.all(axis=1).tolist() == [True, False, False]


def test_the_gradebook(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/checks.csv").write_text("of results that had checks")
    summary = make_gradebook(a_class(tmp_path), tmp_path / "out")
    found = rows(tmp_path / "out/gradebook.csv")
    assert list(found[0]) == ["id", "name", "section", *QUESTIONS, "total", "status"]
    assert list(found[2].values()) == [
        "2023003", "Student 03", "B", "5.0", "3.0", "5.0", "13.0", "graded"]
    assert [problem["what"] for problem in rows(tmp_path / "out/problems.csv")] == [
        sentence("without-time")]
    names = {path.name for path in summary.paths}
    assert {"report.html", "items.csv", "feedback.zip"} <= names
    assert not {"checks.csv", "mistakes.csv"} & {p.name for p in (tmp_path / "out").iterdir()}
    items = rows(tmp_path / "out/items.csv")
    assert [row["question"] for row in items] == [*QUESTIONS, "total"]
    assert items[1]["difficulty"] == "0.8667"
    assert (items[1]["crashed"], items[1]["ungraded"]) == ("", "0")


def test_what_otter_did_not_finish_is_no_zero(tmp_path: Path) -> None:
    otter_csv(tmp_path / "final_grades.csv", graded("2023001.ipynb"),
              failed("2023002.ipynb", STUDENTS_TEXT), graded("2023003.ipynb", (0.0, 0.0, 0.0)))
    course = a_class(tmp_path, 4)
    out = tmp_path / "out"
    make_gradebook(course, out)
    assert [(row["total"], row["status"]) for row in rows(out / "gradebook.csv")] == [
        ("15.0", "graded"), ("", "open"), ("0.0", "graded"), ("0.0", "missing")]
    told = [(row["file"], row["row"], row["what"], row["found"])
            for row in rows(out / "problems.csv")]
    assert told[:2] == [
        ("final_grades.csv", "4", sentence("otter-unfinished"),
         f"2023002.ipynb: {sentence('another-status')}"),
        ("final_grades.csv", "5", sentence("otter-zero"),
         sentence("zero-counted", file="2023003.ipynb"))]
    assert "4711" not in "".join(
        path.read_bytes().decode("latin-1") for path in out.glob("*.[chx][stl][vms]*"))
    with zipfile.ZipFile(out / "feedback.zip") as pages:
        texts = {name: text(pages.read(name).decode()) for name in pages.namelist()}
    assert "That is not a zero" in texts["2023002.html"]
    assert "/ 15" not in texts["2023002.html"]
    assert "0 / 15 points" in texts["2023003.html"]
    assert not [page for page in texts.values() if "4711" in page]


def test_points_by_hand_for_what_otter_did_not_finish(tmp_path: Path) -> None:
    otter_csv(tmp_path / "final_grades.csv", graded("2023001.ipynb"), failed("2023002.ipynb", "x"))
    (tmp_path / "manual.csv").write_text(f"id,{','.join(QUESTIONS)}\n2023002,5,4,3\n")
    make_gradebook(a_class(tmp_path, 2, keys='manual = "manual.csv"\n'), tmp_path / "out")
    assert [row["total"] for row in rows(tmp_path / "out/gradebook.csv")] == ["15.0", "12.0"]


def test_students_by_the_names_of_canvas_and_by_corrections(tmp_path: Path) -> None:
    otter_csv(tmp_path / "final_grades.csv",
              graded("student01_LATE_7_8_hw3.ipynb"), graded("hw3.ipynb"),
              graded("=cmd x2023002.ipynb"))
    (tmp_path / "corrections.csv").write_text(
        "submission,id,submitted_at\nhw3.ipynb,2023003,2026-11-05T10:00\n")
    make_gradebook(a_class(tmp_path, 3, keys='corrections = "corrections.csv"\n'),
                   tmp_path / "out", feedback=False)
    assert [row["status"] for row in rows(tmp_path / "out/gradebook.csv")] == [
        "late", "open", "graded"]
    problems = {row["what"]: row["found"] for row in rows(tmp_path / "out/problems.csv")}
    assert problems[sentence("late-unknown")].startswith("student01_LATE_7_8_hw3.ipynb")
    assert problems[sentence("submission-without-student")] == (
        f"'=cmd x2023002.ipynb ({sentence('no-id-in-path')})")
    assert sentence("without-time") not in problems


def test_one_file_is_not_two_homeworks(tmp_path: Path) -> None:
    write_roster(tmp_path / "roster.csv", 2)
    otter_class(tmp_path / "f.csv", 2)
    course = write_course(tmp_path, homeworks={"hw2": "", "hw3": ""})
    course.write_text(re.sub(r"hw[23]\.sqlite", "f.csv", course.read_text()))
    with pytest.raises(UserError) as caught:
        make_gradebook(course, tmp_path / "out")
    assert caught.value.found == "f.csv for hw2, hw3"


def test_our_own_file_of_a_class_that_was_hardly_graded(tmp_path: Path) -> None:
    results = [submission(f"{n}.ipynb", status=SubmissionStatus.NOT_RUN) for n in range(3)]
    write_final_grades(tmp_path / "f.csv", description(), [*results, submission("3.ipynb")])
    points = read_otter(tmp_path / "f.csv", "hw3").points
    assert points.sum(axis=1).tolist() == [0.0, 0.0, 0.0, 15.0]


def test_files_with_nothing_to_grade_in_our_own_file_are_open(tmp_path: Path) -> None:
    write_final_grades(tmp_path / "final_grades.csv", description(), [
        submission("2023001.ipynb"), submission("2023002.pdf", status=SubmissionStatus.NO_NOTEBOOK),
        submission("2023003.ipynb", status=SubmissionStatus.EMPTY),
        submission("2023004.ipynb", status=SubmissionStatus.OTHER_ASSIGNMENT)])
    found = read_otter(tmp_path / "final_grades.csv", "hw3")
    assert found.submissions["status"].tolist() == [
        "Completed", "no notebook", "empty notebook", "notebook of another assignment"]
    assert found.problems == []
    assert not found.not_run.any(axis=None)


def test_our_own_file_is_read_and_points_to_what_knows_more(tmp_path: Path) -> None:
    results = [
        submission("2023001.ipynb", {"q01_mean": ["axis"]}, status=SubmissionStatus.TIMED_OUT),
        submission("2023002.ipynb", status=SubmissionStatus.NOT_RUN),
        submission("2023003.ipynb", status=SubmissionStatus.PARTLY_RUN),
        submission("2023004.ipynb"),
    ]
    write_final_grades(tmp_path / "final_grades.csv", description(), results)
    assert read_otter(tmp_path / "final_grades.csv", "hw3").problems[0].found == (
        "2023002.ipynb: not graded")
    write_results(tmp_path / "results.sqlite", results)
    found = read_otter(tmp_path / "final_grades.csv", "hw3")
    assert found.points.sum(axis=1).tolist() == [13.0, 0.0, 0.0, 15.0]
    assert found.submissions["status"].tolist() == [
        "time limit exceeded", "not graded", "not graded", "Completed"]
    assert [problem.what for problem in found.problems] == [
        sentence("otter-unfinished")] * 2 + [sentence("better-results")]
    assert found.problems[1].found == "2023003.ipynb: some checks not run"
    assert found.problems[2].remedy == sentence("name-sqlite")


SAID = {
    "en": ("The points come from the final_grades.csv of otter grade , which has only the points",
           "no misconceptions, no statistics per check (checks.csv, mistakes.csv)",
           "The points come from otter grade , which keeps only the points of each question"),
    "zh": ("成绩来自 otter grade 的 final_grades.csv，其中只有每道题的得分",
           "没有误解分析、逐项测试的统计（checks.csv、mistakes.csv）",
           "成绩来自 otter grade ，它只留下每道题的得分"),
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_print_notices(tmp_path: Path, language: str) -> None:
    make_gradebook(a_class(tmp_path, language=language), tmp_path / "out")
    html = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    report = text(html)
    source, missing, page = SAID[language]
    assert source in report
    assert missing in report
    assert html.count("checks.csv") == 1
    for other in ("Misconceptions for", "值得讲的误解", "All checks", "全部测试", "Isolation"):
        assert other not in report
    assert "q02 slope" in report
    assert ("区间用自助法。" if language == "zh" else "Intervals are bootstrap") in report
    with zipfile.ZipFile(tmp_path / "out/feedback.zip") as pages:
        said = text(pages.read("2023003.html").decode())
    assert page in said
    assert "13 / 15" in said
    assert "q02 slope 3 / 5" in said
    assert "all checks passed" not in said
    assert "全部测试通过" not in said


def test_a_class_under_five_is_told_too(tmp_path: Path) -> None:
    make_gradebook(a_class(tmp_path, 4), tmp_path / "out")
    said = text((tmp_path / "out/report.html").read_text(encoding="utf-8"))
    assert SAID["en"][0] in said
    assert "under five students" in said
    assert rows(tmp_path / "out/items.csv")[0]["difficulty"] == ""


@pytest.mark.parametrize(("language", "said"), [
    ("en", "hw3 comes from `otter grade`, which tells points of questions only: no checks.csv"),
    ("zh", "hw3 的成绩来自 `otter grade`，只有每道题的得分：没有 checks.csv"),
])
def test_the_terminal_says_it(tmp_path: Path, language: str, said: str) -> None:
    course = a_class(tmp_path, 6, language=language)
    shown = CliRunner().invoke(
        main, ["--lang", language, "gradebook", str(course), "--out", str(tmp_path / "out")])
    assert said in shown.output
    write_results(tmp_path / "final_grades.csv.sqlite", [submission("2023001.ipynb")])
    course.write_text(course.read_text().replace("final_grades.csv", "final_grades.csv.sqlite"))
    shown = CliRunner().invoke(gradebook, [str(course), "--out", str(tmp_path / "out")])
    assert shown.exit_code == 0
    assert "otter grade" not in shown.output


def test_explain(tmp_path: Path) -> None:
    otter_csv(tmp_path / "final_grades.csv", graded("2023001.ipynb", (5.0, 2.5, 5.0)),
              failed("2023002.ipynb", STUDENTS_TEXT))
    course = a_class(tmp_path, 2)
    assert "Points were lost in q02_slope 2.5/5." in explain(course, "2023001")
    said = explain(course, "2023002")
    assert "`otter grade` did not finish the notebook, or its points do not add up" in said
    assert "4711" not in said
    assert "We could not grade" not in said


FILE = "2023002.ipynb"


def with_cell(path: Path, column: str, cell: object) -> Results:
    """A class of four, of whom the second has `cell` in its row, row 4 in Excel."""
    frame = table(*(graded(f"{student_id(n)}.ipynb", (5.0, 3.0, 2.0)) for n in (1, 2, 3, 4)))
    frame = frame.astype(object)
    frame.loc[2, column] = cell
    frame.to_csv(path, index=False)
    return read_otter(path, "hw3")


def only_doubt(results: Results) -> Problem:
    """The one problem, of the second submission, which alone is not graded."""
    assert results.not_run.all(axis=1).tolist() == [False, True, False, False]
    assert results.points.isna().all(axis=1).tolist() == [False, True, False, False]
    assert results.submissions["status"].tolist() == [
        "Completed", "not graded", "Completed", "Completed"]
    (problem,) = results.problems
    assert problem.row == 4
    assert "homework grade" in problem.remedy
    return problem


@pytest.mark.parametrize(("cell", "shown"), [
    *((cell, sentence("no-number")) for cell in ("", "nan", "five", "=5", "0x5", "3,0", "1_0")),
    ("-1", "-1"), ("5.5", "5.5"), ("inf", "inf"), ("-inf", "-inf"), ("1e400", "inf"),
])
def test_points_that_cannot_be(tmp_path: Path, cell: str, shown: str) -> None:
    problem = only_doubt(with_cell(tmp_path / "f.csv", "q02_slope", cell))
    assert (problem.what, problem.expected, problem.found) == (
        sentence("points-impossible"), sentence("points-up-to", most=5, question="q02_slope"),
        f"{FILE}: {shown}")


@pytest.mark.parametrize(("column", "cell", "total", "share"), [
    ("total_points_earned", 9.0, "9", "0.6667"),
    ("total_points_earned", "", sentence("no-number"), "0.6667"),
    ("total_points_earned", "inf", "inf", "0.6667"),
    ("percent_correct", 1.0, "10", "1"),
    ("percent_correct", "words", "10", sentence("no-number")),
    ("percent_correct", 0.6669, "10", "0.6669"),
    ("q01_mean", 4.0, "10", "0.6667"),
])
def test_points_that_do_not_add_up(
    tmp_path: Path, column: str, cell: object, total: str, share: str
) -> None:
    problem = only_doubt(with_cell(tmp_path / "f.csv", column, cell))
    assert problem.what == sentence("points-not-adding")
    assert problem.found == sentence("total-and-share", file=FILE, total=total, share=share)
    wanted = 9 if column == "q01_mean" else 10
    assert problem.expected == sentence("total-of", points=wanted, possible=15)


def test_more_than_there_is_although_it_adds_up(tmp_path: Path) -> None:
    path = otter_csv(tmp_path / "f.csv", graded("2023001.ipynb"), graded(FILE, (10.0, 0.0, 1.0)),
                     graded("2023003.ipynb"), graded("2023004.ipynb"))
    assert only_doubt(read_otter(path, "hw3")).found == f"{FILE}: 10"


def test_fractions_add_up_in_any_order(tmp_path: Path) -> None:
    path = otter_csv(tmp_path / "f.csv", graded("a.ipynb", (0.1, 0.2, 0.3), ("q10", "q2", "q1")),
                     graded("b.ipynb", (1 / 3, 1 / 7, 2 / 3), ("q10", "q2", "q1")))
    assert read_otter(path, "hw3").problems == []


@pytest.mark.parametrize("status", [
    "not Completed", "completed", "", "=cmd|' /C calc'!A0", "2023001.ipynb", "Completed\nx",
    "Executing '2023002.ipynb' in docker container timed out in 90 seconds", "--",
])
def test_a_status_is_compared_and_never_repeated(tmp_path: Path, status: str) -> None:
    problem = only_doubt(with_cell(tmp_path / "f.csv", "grading_status", status))
    assert (problem.what, problem.found) == (
        sentence("otter-unfinished"), f"{FILE}: {sentence('another-status')}")


def test_what_otter_writes_for_a_crash(tmp_path: Path) -> None:
    path = otter_csv(tmp_path / "f.csv", graded("2023001.ipynb"), failed(FILE, "Exit code: 1"),
                     graded("2023003.ipynb"), graded("2023004.ipynb"))
    line = path.read_text().splitlines()[3]
    assert line == f"{FILE},0.0,0.0,0.0,0.0,0.0,Exit code: 1"
    assert only_doubt(read_otter(path, "hw3")).what == sentence("otter-unfinished")


def test_a_file_twice_is_nobodys(tmp_path: Path) -> None:
    """Otter leaves the folder out, so that hw3/a.ipynb and late/a.ipynb are both a.ipynb."""
    path = otter_csv(tmp_path / "f.csv", graded("a.ipynb"), graded("b.ipynb"),
                     graded("a.ipynb", (1.0, 1.0, 1.0)))
    results = read_otter(path, "hw3")
    assert results.not_run.all(axis=1).tolist() == [True, True, False]
    assert [(p.row, p.what, p.found) for p in results.problems] == [
        (3, sentence("file-in-rows"), sentence("file-rows", file="a.ipynb", others="3, 4")),
        (4, sentence("file-in-rows"), sentence("file-rows", file="a.ipynb", others="3, 4"))]


def test_zeros_that_count_are_named(tmp_path: Path) -> None:
    path = otter_csv(tmp_path / "f.csv", graded("a.ipynb"), graded("b.ipynb", (0.0, 0.0, 0.0)))
    results = read_otter(path, "hw3")
    assert not results.not_run.to_numpy().any()
    assert results.points.loc[4].tolist() == [0.0, 0.0, 0.0]
    (problem,) = results.problems
    assert (problem.row, problem.what) == (4, sentence("otter-zero"))
    assert re.fullmatch(pattern("otter-zero-remedy"), problem.remedy)


def test_a_students_number_is_text_to_no_one(tmp_path: Path) -> None:
    """What stands for a number may come out of a forged result, too."""
    results = with_cell(tmp_path / "f.csv", "percent_correct", "=EVIL()")
    said = pd.DataFrame([vars(p) for p in results.problems]).to_csv()
    assert "EVIL" not in said
    assert "EVIL" not in results.submissions.to_csv()
