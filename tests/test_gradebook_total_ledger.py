"""The ledger, and what `explain` makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import UserError
from autograder.model import SubmissionStatus
from gradebook.book import read_book
from gradebook.explain import explain
from gradebook.wording import NOTEBOOK, plain, signed
from tests.gradebook_samples import submission, write_course, write_results, write_roster
from tests.sentences import sentence

POLICY = """
extensions = "extensions.csv"
[late]
grace_minutes = 10
free_days = 1
penalty = "per_day"
rate = 0.1
[grade]
out_of = 100
decimals = 1
"""
HOMEWORK = """
due = 2026-11-06T23:59:00+08:00
manual = "manual.csv"
dropped_questions = ["q10_count"]
[[homework.written]]
question = "w1"
maximum = 10
"""


def course(folder: Path, language: str) -> Path:
    write_roster(folder / "roster.csv", 5)
    (folder / "extensions.csv").write_text(
        "id,hours,excused\n2023002,24,\n2023004,,yes\n", encoding="utf-8")
    (folder / "manual.csv").write_text(
        "id,question,points\n2023001,w1,7.5\n2023001,q01_mean,1\n2023002,w1,0\n", encoding="utf-8")
    fails = {"q01_mean": ["axis"]}
    write_results(folder / "hw3.sqlite", [
        submission("2023001.ipynb", fails, submitted_at="2026-11-05T08:00:00+00:00"),
        submission("2023001_b.ipynb", fails, submitted_at="2026-11-07T16:04:00+00:00"),
        submission("2023002.ipynb", submitted_at="2026-11-07T08:00:00+00:00",
                   status=SubmissionStatus.CELL_ERROR),
        submission("2023003.ipynb", submitted_at="2026-11-05T08:00:00+00:00")])
    return write_course(folder, more=POLICY, homeworks={"hw3": HOMEWORK}, language=language)


def test_every_step_has_its_line_and_they_add_up(tmp_path: Path) -> None:
    ledger = read_book(course(tmp_path, "en")).ledger
    mine = ledger[ledger["student"] == 0]
    assert mine[["part", "step", "change", "value"]].to_numpy().tolist() == [
        ["hw3", "raw", 8.0, 8.0],
        ["hw3", "manual", 8.5, 16.5],
        ["hw3", "attempt", 0.0, 16.5],
        ["hw3", "late", pytest.approx(-1.65), pytest.approx(14.85)],
        ["course", "weight", pytest.approx(74.25), pytest.approx(74.25)],
        ["course", "round", pytest.approx(0.05), pytest.approx(74.3)],
    ]
    steps = {number: part["step"].tolist() for number, part in ledger.groupby("student")}
    assert steps[1] == ["raw", "extension", "weight"]
    assert steps[2] == ["open", "status"]
    assert steps[3] == ["excused", "status"]
    assert steps[4] == ["missing", "weight"]


def test_explained_in_english(tmp_path: Path) -> None:
    assert explain(course(tmp_path, "en"), "2023001") == """\
Student 01 (2023001): 74.3 of 100 points. Status: late.

hw3
  The file that counts: 2023001_b.ipynb, handed in 2026-11-08 00:04 +08:00.
  The checks gave 8 of 10 points.
  People gave +8.5 points (q01_mean +1, w1 +7.5), which makes 16.5.
  There were 2 attempts; the latest counts, number 2 (2026-11-08 00:04 +08:00).
  It was due 2026-11-06 23:59 +08:00 and came 2026-11-08 00:04 +08:00, 1 d 5 min late, free late \
days used: 1; at 10 per cent for each day begun that costs 1.65 points, which leaves 14.85.
  Points were lost in q01_mean 4/5, w1 7.5/10.
  Left out for everybody: q10_count.

Free late days: 1 used, 0 left.

The course
  hw3, 14.85 of 20, counts 74.25 of 100 points.
  Rounded, that is 74.3."""


def test_explained_in_chinese(tmp_path: Path) -> None:
    assert explain(course(tmp_path, "zh"), "２０２３００１") == """\
Student 01（2023001）：74.3 分，满分 100 分。状态：迟交。

hw3
  计分的文件：2023001_b.ipynb，2026-11-08 00:04 +08:00 提交。
  自动批改得 8 分，满分 10 分。
  人工评分 +8.5 分（q01_mean +1、w1 +7.5），合计 16.5 分。
  共提交 2 次，按最后一次计分，即第 2 次（2026-11-08 00:04 +08:00）。
  截止时间 2026-11-06 23:59 +08:00，2026-11-08 00:04 +08:00 提交，迟交 1 天 5 分钟，\
用去免罚日 1 天；每迟一天（不足一天按一天）扣 10%，共扣 1.65 分，剩 14.85 分。
  失分的题：q01_mean 4/5、w1 7.5/10。
  不计分的题：q10_count。

免罚日：已用 1 天，还剩 0 天。

总成绩
  hw3 得 14.85/20，计 74.25 分（最多 100 分）。
  四舍五入，得 74.3 分。"""


@pytest.mark.parametrize(
    ("id_", "sentences"),
    [
        ("2023002", ["50 of 100", "A cell of the notebook raised an error.",
                     "The deadline was extended to 2026-11-07 23:59 +08:00."]),
        ("2023003", ["no grade. Status: open.",
                     "Points are still to be given by hand: w1.",
                     "Not graded yet: w1.",
                     "There is no number, because the status is: open."]),
        ("2023004", ["no grade. Status: excused.", "Excused: it does not count."]),
        ("2023005", ["0 of 100 points. Status: missing.", "Nothing was handed in."]),
    ],
)
def test_everybody_gets_an_answer(tmp_path: Path, id_: str, sentences: list[str]) -> None:
    told = explain(course(tmp_path, "en"), id_)
    for line in sentences:
        assert line in told


def test_an_id_that_nobody_has(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        explain(course(tmp_path, "en"), "202301")
    error = caught.value
    assert error.where == str(tmp_path / "roster.csv")
    assert (error.expected, error.found) == (sentence("a-student"), "202301")
    assert error.remedy == sentence("check-id") or "2023001" in error.remedy
    with pytest.raises(UserError) as caught:
        explain(course(tmp_path, "en"), "")
    assert caught.value.found == "''"


def test_every_status_of_a_notebook_has_a_sentence() -> None:
    assert set(NOTEBOOK) == {status.value for status in SubmissionStatus} - {"Completed"}


def test_numbers_as_people_write_them() -> None:
    assert [plain(x) for x in (1.0, 0.1 + 0.2, -0.00001, 123456.5, 100)] == [
        "1", "0.3", "0", "123456.5", "100"]
    assert [signed(x) for x in (2.0, -9.4, 0.0)] == ["+2", "-9.4", "0"]


def a_group(folder: Path) -> Path:
    write_roster(folder / "roster.csv", 3)
    (folder / "export").mkdir()
    (folder / "export/submission_metadata.yml").write_text(
        'submission_1:\n  :submitters: [{":sid": "2023001"}, {":sid": "2023002"}]\n'
        "  :created_at: 2026-11-07T15:00:00Z\n", encoding="utf-8")
    file = "submission_1/hw3.ipynb"
    write_results(folder / "results.sqlite", [submission(file, {"q01_mean": ["axis"]})])
    write_results(folder / "results.sqlite", [submission(file)], settings={"limits": 2})
    return write_course(folder, more='[late]\nfree_days = 2\npenalty = "per_day"\nrate = 0.1',
                        homework_more='submissions = "export"')


@pytest.mark.parametrize(
    "who", ["2023001", "Student 01", "student01", "S01@example.edu", "dent 01"])
def test_a_student_is_found_by_what_the_roster_has(tmp_path: Path, who: str) -> None:
    told = explain(a_group(tmp_path), who)
    assert told.startswith("Student 01 (2023001): 15 of 15 points.")
    for line in (
        "The file that counts: submission_1/hw3.ipynb, handed in 2026-11-07 23:00 +08:00.",
        "Handed in together with 2023002 Student 02.",
        "Grading it again changed the points of the checks from 13 to 15.",
        "Free late days: 1 used, 1 left.",
    ):
        assert line in told


def test_a_name_of_many_is_asked_about(tmp_path: Path) -> None:
    write_roster(tmp_path / "roster.csv", 9)
    write_results(tmp_path / "results.sqlite", [])
    with pytest.raises(UserError) as caught:
        explain(write_course(tmp_path), "Student")
    assert caught.value.found.startswith(sentence("several-of-name", count=9,
                                                  said="2023001 Student 01; "))
    assert caught.value.remedy == sentence("give-id")


def test_an_open_score_comes_with_what_to_do(tmp_path: Path) -> None:
    write_roster(tmp_path / "roster.csv", 1)
    write_results(tmp_path / "results.sqlite", [submission("unknown.ipynb")])
    told = explain(write_course(tmp_path), "2023001")
    assert "Submissions without an owner: 1. One of them may be this student's." in told
    assert "To do: say whose they are in corrections.csv." in told
