"""The files beside the results, for people and for existing scripts."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from autograder.errors import UserError
from autograder.grading.stored_results import (
    UNFINISHED,
    file_names,
    gradescope,
    write_each_json,
    write_final_grades,
    write_whole,
)
from autograder.model import (
    CheckResult,
    CheckStatus,
    HomeworkDescription,
    QuestionResult,
    SubmissionResult,
    SubmissionStatus,
    number,
    shown_error,
)
from tests.sentences import sentence

HOMEWORK: HomeworkDescription = {
    "name": "hw", "title": {"zh": "作业", "en": "Homework"},
    "questions": [
        {
            "name": "q2_mean", "title": {"zh": "均值", "en": "The mean"}, "points": 3.0,
            "mistakes": [], "notes": {"zh": "", "en": ""}, "proof": "",
            "checks": [
                {"name": "shape", "points": 1.0, "hidden": False,
                 "message": {"zh": "形状不对。", "en": "The shape is off."},
                 "praise": {"zh": "形状对了。", "en": "The shape is right."}},
                {"name": "values", "points": 2.0, "hidden": True,
                 "message": {"zh": "沿错了轴。", "en": "The wrong axis."}},
            ],
        },
        {
            "name": "q10_note", "title": {"zh": "说明", "en": "A note"}, "points": 0.1,
            "mistakes": [], "notes": {"zh": "", "en": ""}, "proof": "",
            "checks": [{"name": "said", "points": 0.1, "hidden": True,
                        "message": {"zh": "", "en": ""}}],
        },
    ],
}


def submission(
    name: str = "a", last: CheckStatus = CheckStatus.PASSED, error: str = "",
    status: SubmissionStatus = SubmissionStatus.COMPLETED, language: str = "en",
) -> SubmissionResult:
    passed = last is CheckStatus.PASSED
    return SubmissionResult(
        name=name, file=f"{name}.ipynb", digest="", language=language, status=status, questions=[
            QuestionResult("q2_mean", 3.0 if passed else 1.0, 3.0, [
                CheckResult("shape", False, 1.0, CheckStatus.PASSED),
                CheckResult("values", True, 2.0, last, error, "a secret of the student's"),
            ]),
            QuestionResult("q10_note", 0.1, 0.1, [
                CheckResult("said", True, 0.1, CheckStatus.PASSED)]),
        ],
    )


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_final_grades_are_otters(tmp_path: Path) -> None:
    path = tmp_path / "final_grades.csv"
    write_final_grades(path, HOMEWORK, [
        submission(), submission("b", CheckStatus.FAILED, status=SubmissionStatus.TIMED_OUT)])
    assert rows(path) == [
        ["file", "q2_mean", "q10_note", "total_points_earned", "percent_correct",
         "grading_status"],
        ["points-per-question", "3", "0.1", "3.1", "1.0", "--"],
        ["a.ipynb", "3", "0.1", "3.1", "1.0", "Completed"],
        ["b.ipynb", "1", "0.1", "1.1", "0.3548", "time limit exceeded"],
    ]


def test_what_could_not_be_graded_has_no_score(tmp_path: Path) -> None:
    path = tmp_path / "final_grades.csv"
    write_final_grades(path, HOMEWORK, [SubmissionResult(
        "a", "a.ipynb", "", "en", SubmissionStatus.NOT_RUN)])
    assert rows(path)[-1] == ["a.ipynb", "", "", "", "", "not graded"]


def test_a_file_name_is_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "final_grades.csv"
    write_final_grades(path, HOMEWORK, [submission("=1+1")])
    assert rows(path)[-1][0] == "'=1+1.ipynb"


@pytest.mark.parametrize(("value", "shown"), [
    (2.0, 2), (0.5, 0.5), (0.1 + 0.2, 0.3), (2 - 1e-12, 2)])
def test_points_are_shown_without_dust(value: float, shown: float) -> None:
    assert number(value) == shown
    assert type(number(value)) is type(shown)


def test_results_json_are_gradescopes() -> None:
    shown = gradescope(HOMEWORK, submission(last=CheckStatus.ERROR, error="ValueError"))
    assert shown == {"score": 1.1, "tests": [
        {"name": "q2_mean: The mean", "score": 1, "max_score": 3, "status": "failed",
         "output": "shape: passed\n    The shape is right.\n"
                   "values: error (ValueError)\n    The wrong axis.",
         "visibility": "after_published"},
        {"name": "q10_note: A note", "score": 0.1, "max_score": 0.1, "status": "passed",
         "output": "said: passed", "visibility": "after_published"},
    ]}


@pytest.mark.parametrize(("status", "word"), [
    (CheckStatus.FAILED, "未通过"), (CheckStatus.ERROR, "运行出错"), (CheckStatus.TIMEOUT, "超时"),
    (CheckStatus.NOT_RUN, "未评"),
])
def test_results_json_speak_the_notebooks_language(status: CheckStatus, word: str) -> None:
    shown = gradescope(HOMEWORK, submission(last=status, language="zh"))
    assert shown["tests"][0]["name"] == "q2_mean: 均值"
    assert shown["tests"][0]["output"] == (
        f"shape: 通过\n    形状对了。\nvalues: {word}\n    沿错了轴。")


def test_results_json_hold_no_words_of_the_student() -> None:
    shown = gradescope(HOMEWORK, submission(last=CheckStatus.ERROR, error="Input_was_271828"))
    assert "values: error (another error)\n" in shown["tests"][0]["output"]
    assert "secret" not in json.dumps(shown)


def test_each_submission_has_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    given = [submission("a"), submission("A"), submission("学生01")]
    assert list(write_each_json(folder, HOMEWORK, ["a", "A", "学生01"], given)) == given
    written = {path.name: json.loads(path.read_text(encoding="utf-8"))
               for path in folder.iterdir()}
    assert len(written) == 3 and {"A.json", "学生01.json"} <= set(written)
    assert all(content["score"] == 3.1 for content in written.values())


def test_an_ordinary_name_is_kept() -> None:
    names = ["2023001_hw3", "学生01", "Student 02_12_assignsubmission_file___hw3", "a.b"]
    assert file_names(names) == {name: name for name in names}


@pytest.mark.parametrize("name", [
    "x" * 5000, "学" * 500, "a/b", "..", "CON:", "a?b*c", "-rf", " a", "a ", "a.", ".hidden",
    "a\x00b", 'a"b', "",
])
def test_any_name_becomes_a_file_name(name: str, tmp_path: Path) -> None:
    (file,) = file_names([name]).values()
    assert file != name and len(f"{file}.json".encode()) <= 255
    assert not set(file) & set('<>:"/\\|?*\0')
    (tmp_path / f"{file}.json").write_text("{}")
    assert len(list(tmp_path.iterdir())) == 1


def test_names_that_differ_by_case_or_accent_form_get_different_files() -> None:
    names = ["Alice", "alice", "é", "e\N{COMBINING ACUTE ACCENT}", "a/b", "a:b"]
    files = file_names(names)
    assert files["Alice"] == "Alice" and files["alice"].startswith("alice-")
    assert len({file.casefold() for file in files.values()}) == len(names)
    assert file_names(reversed(names)) == files


def test_long_names_that_begin_alike_get_different_files() -> None:
    assert len(set(file_names(["x" * 300 + "1", "x" * 300 + "2"]).values())) == 2


def test_a_file_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    write_whole(path, "old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, "new, but the grader is killed")
    assert path.read_text() == "old"
    monkeypatch.undo()
    write_whole(path, "new")
    assert path.read_text() == "new"
    assert not (tmp_path / UNFINISHED).exists()


def test_the_same_text_is_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_whole(path, "text")
    before = path.stat()
    write_whole(path, "text")
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file where a folder must be")
    path = tmp_path / "results" / "a.json"
    with pytest.raises(UserError) as caught:
        write_whole(path, "{}")
    assert (caught.value.where, caught.value.expected, caught.value.remedy) == (
        str(path), sentence("writable-file"), sentence("mend-then-export"))
    assert caught.value.found in ("Not a directory", "File exists")


def partly_run() -> SubmissionResult:
    return submission(last=CheckStatus.NOT_RUN, status=SubmissionStatus.PARTLY_RUN)


def test_a_question_that_was_not_run_has_an_empty_cell_and_no_total(tmp_path: Path) -> None:
    path = tmp_path / "final_grades.csv"
    write_final_grades(path, HOMEWORK, [partly_run()])
    assert rows(path)[-1] == ["a.ipynb", "", "0.1", "", "", "some checks not run"]


def test_a_question_that_was_not_run_has_neither_score_nor_status(tmp_path: Path) -> None:
    shown = gradescope(HOMEWORK, partly_run())
    assert "score" not in shown
    first, second = shown["tests"]
    assert not {"score", "status"} & first.keys()
    assert "values: not run" in first["output"]
    assert (second["score"], second["status"]) == (0.1, "passed")
    assert "failed" not in json.dumps(shown)


def test_of_a_submission_that_could_not_be_graded_there_is_no_json(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    left = []
    for result in (submission("a"), SubmissionResult(
            "a", "a.ipynb", "", "en", SubmissionStatus.NOT_RUN)):
        list(write_each_json(folder, HOMEWORK, ["a"], [result]))
        left.append([path.name for path in folder.iterdir()])
    assert left == [["a.json"], []]


def test_a_build_with_other_questions_has_no_score_here(tmp_path: Path) -> None:
    old = submission()
    old.questions = [QuestionResult("q1_gone", 2.0, 2.0, [])]
    path = tmp_path / "final_grades.csv"
    write_final_grades(path, HOMEWORK, write_each_json(
        tmp_path / "results", HOMEWORK, ["a"], [old]))
    assert rows(path)[-1] == ["a.ipynb", "", "", "", "", "not graded"]
    assert not (tmp_path / "results").exists()


def test_a_separator_in_a_file_name_starts_no_cell(tmp_path: Path) -> None:
    path = tmp_path / "final_grades.csv"
    write_final_grades(path, HOMEWORK, [submission('a;=1+1;"_2023006')])
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file, delimiter=";"))[-1][0].startswith('a;=1+1;"_2023006.ipynb,')
    assert rows(path)[-1][0] == 'a;=1+1;"_2023006.ipynb'


@pytest.mark.parametrize(("error", "hidden", "zh", "en"), [
    ("TypeError", True, "TypeError", "TypeError"), ("", True, "", ""), ("CANARY", False, "", ""),
    ("IndexError", False, "IndexError", "IndexError"), ("SystemExit", False, *["SystemExit"] * 2),
    ("IndexError", True, "其他错误", "another error"),
    ("CANARY", True, "其他错误", "another error"),
])
def test_of_a_hidden_check_few_classes_of_errors_are_told(
    error: str, hidden: bool, zh: str, en: str
) -> None:
    """A function chooses what it raises, and has seen the hidden input."""
    assert (shown_error(error, "zh", hidden=hidden), shown_error(error, "en", hidden=hidden)) == (
        zh, en)
