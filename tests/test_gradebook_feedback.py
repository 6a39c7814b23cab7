"""Feedback: each student's page in their language, and nothing that must stay hidden."""

from __future__ import annotations

import errno
import itertools
import re
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import example, given
from hypothesis import strategies as st

from autograder.errors import UserError
from autograder.model import CellError, CheckStatus, SubmissionResult, SubmissionStatus
from gradebook.explain import explain
from gradebook.intake.results import (
    Frames,
    error_classes,
    read_cell_errors,
    read_frames,
    read_results,
)
from gradebook.make import make_gradebook
from gradebook.reports.feedback import (
    Layout,
    entry_name,
    feedback_page,
    layout_of,
    write_feedback,
    write_zip,
)
from tests.gradebook_cohorts import frames_of
from tests.gradebook_samples import submission, write_course, write_results, write_roster
from tests.sentences import sentence

SECRET = "hidden_argument_4711"


def text(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


def leaking(file: str, language: str = "en") -> SubmissionResult:
    """A submission whose code has put what a check passed in wherever its own words can go."""
    result = submission(file, {"q01_mean": ["example", "axis"], "q02_slope": ["unchanged"]})
    result.language, result.reason, result.status = language, SECRET, SubmissionStatus.CELL_ERROR
    for question in result.questions:
        for check in question.checks:
            if check.status is not CheckStatus.PASSED:
                check.status, check.error, check.reason = CheckStatus.ERROR, SECRET, SECRET
    return result


def written(
    results: Path, path: Path, layout: Layout = "plain", *,
    submissions: Collection[int] | None = None, **options: Any,
) -> Path:
    """Feedback on the last run in `results`."""
    frames = read_frames(read_results(results, "hw3"), submissions)
    return write_feedback(frames, path, layout, errors=error_classes(results, frames), **options)


def pages(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_page_says_points_failures_and_what_passed(tmp_path: Path) -> None:
    results = write_results(tmp_path / "r.sqlite", [
        submission("2023001_hw3.ipynb", {"q01_mean": ["axis"], "q02_slope": ["example"]})])
    said = text(pages(written(results, tmp_path / "f.zip"))["2023001_hw3.html"])
    assert "12 / 15 points" in said
    assert "q01 Question q01 3 / 5" in said
    assert "The sum runs along the wrong axis. 2 points lost: a wrong result." in said
    assert "axis=0 adds up each row" not in said  # no answers were recorded
    assert "Passed: example , unchanged" in said
    assert "1 point lost: a wrong result. This check is public; run it in your notebook: " in said
    assert 'grader.check("q02_slope")' in said
    assert "q10 Question q10 all checks passed 5 / 5" in said
    assert said.count("Passed:") == 2


@pytest.mark.parametrize("layout", ["plain", "canvas"])
def test_student_words_and_secrets_never_show(tmp_path: Path, layout: str) -> None:
    results = write_results(tmp_path / "r.sqlite", [leaking("student01_1001_2001_hw3.ipynb")])
    (html,) = pages(written(results, tmp_path / "f.zip", layout)).values()  # type: ignore[arg-type]
    assert SECRET not in html
    assert "np.ones" not in html  # the proof is the teacher's
    assert "Recall what an axis is." not in html
    assert "the code raised an error (another error)." in text(html)


@pytest.mark.parametrize(("error", "shown"), [
    ("ValueError", True), ("LinAlgError", False), ("Answer_is_42", False), ("print", False)])
def test_only_errors_that_students_cannot_name_are_named(error: str, shown: bool) -> None:
    frames = frames_of({"q01": ["pe"]})
    said = text(feedback_page(frames, 1, "en", {("q01", "c1"): error}))
    assert (f"({error})" in said) == shown
    assert (error in said) == shown


def test_each_page_is_in_the_language_of_its_notebook(tmp_path: Path) -> None:
    other = leaking("c.ipynb", "fr")
    results = write_results(
        tmp_path / "r.sqlite", [leaking("a.ipynb", "zh"), leaking("b.ipynb"), other])
    found = pages(written(results, tmp_path / "f.zip", language="zh"))
    assert {name: re.findall('lang="(..)', html)[0] for name, html in found.items()} == {
        "a.html": "zh", "b.html": "en", "c.html": "zh"}
    said = text(found["a.html"])
    assert "沿错了方向求和。 扣 2 分：代码报错（其他错误）。" in said
    assert "批改时发现：有单元格报错。" in said
    assert not re.search("point|check fail|lost", said)


@pytest.mark.parametrize(("answer", "said", "unsaid"), [
    ("pfp", "Most likely Your functions answer as if you had done this. Compare with your code; "
            "was it so? Believed a", "Believed b"),
    ("pff", "which was it? Believed a Believed b", "xactly"),
    ("ppf", "Property 2 is missing.", "likely"),
    ("fff", "Not written, or returns nothing: f .", "likely"),
    ("pnp", "We could not run these checks. That is not your fault", "Not passed"),
    ("ptp", "1 point lost: it ran out of time.", "likely"),
    ("ppp", "all checks passed", "Passed:"),
])
def test_hints_fit_the_failures(answer: str, said: str, unsaid: str) -> None:
    frames = frames_of({"q01": [answer]}, {"q01": ["a", "b"]}, {"q01": {
        "pfp": ("named", ["a"]), "pff": ("several", ["a", "b"]), "ppf": ("unknown", []),
        "fff": ("unwritten", [])}})
    if answer == "fff":
        frames.diagnoses["findings"] = [[{"function": "f", "kind": "unwritten", "error": ""}]]
    page = text(feedback_page(frames, 1, "en"))
    assert said in page
    assert unsaid not in page


def asked_for(frames: Frames, checks: list[list[str]]) -> None:
    """The first question's checks call these functions, of which the prompt speaks."""
    question = frames.homework["questions"][0]
    for check, functions in zip(question["checks"], checks, strict=True):
        check["functions"] = functions
    question["functions"] = [
        {"name": name, "says": {"zh": "", "en": f"Return {name}."},
         "section": {"zh": "", "en": "What to write"},
         "item": {"zh": "", "en": f"`{name}(x)`: the root, $\\sqrt{{x}}$."}}
        for name in dict.fromkeys(itertools.chain(*checks))]


def test_the_cause_comes_first_and_what_follows_in_one_line() -> None:
    frames = frames_of({"q01": ["eefp"]}, shows={"q01": {"eefp": ("raises", [])}})
    frames.diagnoses["findings"] = [[{"function": "f", "kind": "raises", "error": "ValueError"}]]
    asked_for(frames, [["f"], ["f"], ["g"], ["g"]])
    html = feedback_page(frames, 1, "en")
    said = text(html)
    assert "raised an error: f . So 2 checks did not pass (2 points lost): c0 , c1 ." in said
    assert "Property 0 is missing." not in said and "Property 1 is missing." not in said
    assert said.index("Every call") < said.index("Property 2 is missing.")


def test_only_a_public_check_is_called_public() -> None:
    frames = frames_of({"q01": ["eeep"]}, shows={"q01": {"eeep": ("unknown", [])}})
    for check, hidden in zip(frames.homework["questions"][0]["checks"], (0, 1, 1, 1), strict=True):
        check["hidden"] = bool(hidden)
    soup = BeautifulSoup(feedback_page(frames, 1, "en"), "html.parser")
    public, hidden = (text(str(item)) for item in soup.select("h3 + ul > li"))
    assert "1 point lost" in public and "This check is public" in public
    assert "2 points lost" in hidden and "public" not in hidden


def test_a_failed_property_leads_to_the_words_that_ask_for_it() -> None:
    frames = frames_of({"q01": ["pf"]})
    asked_for(frames, [["f"], ["g"]])
    soup = BeautifulSoup(feedback_page(frames, 1, "en"), "html.parser")
    [link] = soup.select("li a")
    place = soup.select_one(link["href"])
    assert text(str(place)).startswith("“What to write”: g(x) : the root, x")
    assert place.select_one("math msqrt") and "Return g." in place.get_text()
    assert "Return f." not in soup.get_text()


def with_cell_errors(tmp_path: Path, *errors: CellError, language: str = "en") -> str:
    """The page of a student none of whose functions is defined in q01."""
    result = submission("a.ipynb", {"q01_mean": ["example", "axis", "unchanged"]},
                        check_status=CheckStatus.ERROR, status=SubmissionStatus.SYNTAX_ERROR)
    result.language, result.cell_errors = language, list(errors)
    for check in result.questions[0].checks:
        check.error = "NameError" if check.status is CheckStatus.ERROR else ""
    results = write_results(tmp_path / "r.sqlite", [result])
    frames = read_frames(read_results(results, "hw3"))
    told = read_cell_errors(results, frames).get(1, [])
    assert told == list(errors)
    return text(feedback_page(frames, 1, "en", error_classes(results, frames)[1],
                              cell_errors=told))


def test_a_syntax_error_is_the_only_cause_that_is_told(tmp_path: Path) -> None:
    said = with_cell_errors(tmp_path, CellError(
        4, True, 3, "return *sum(x*", "'(' was never closed", "q01_mean"))
    line = "code cell 4, line 3: syntax error, return *sum(x* ('(' was never closed)"
    assert f"all the same. {line} Only cells of code" in said
    assert f"The cause: {line}. Python cannot run this cell. So 3 checks did not pass (5" in said
    assert "wrong axis" not in said


def test_cells_with_errors_are_told_in_the_language_of_the_notebook(tmp_path: Path) -> None:
    said = with_cell_errors(
        tmp_path, CellError(1, False, 2, "import torch", "ModuleNotFoundError"),
        CellError(4, True, 0, "", "invalid syntax", "q02_slope"), CellError(5, False),
        language="zh")
    assert "第 1 个代码单元格第 2 行：ModuleNotFoundError， import torch" in said
    assert "第 4 个代码单元格：语法错误（invalid syntax） 第 5 个代码单元格：报错 只数" in said
    assert "原因" not in said  # q02 has passed, and none of these cells belongs to q01


def test_a_function_that_is_written_and_gone_is_not_called_unwritten() -> None:
    frames = frames_of({"q01": ["eefp"]}, shows={"q01": {"eefp": ("unwritten", [])}})
    frames.diagnoses["findings"] = [[{"function": f, "kind": "unwritten"} for f in "fg"]]
    frames.diagnoses["answer"] = ["x = 1 / 0\n\ndef f(x):\n    return x\n\ndef g(x): pass"]
    asked_for(frames, [["f"], ["f"], ["g"], ["g"]])
    missing = {("q01", "c0"): "NameError", ("q01", "c1"): "NameError"}
    said = text(feedback_page(frames, 1, "en", missing))
    assert "The code defines f , but the name did not exist" in said
    assert "Not written, or returns nothing: g ." in said


def test_at_most_three_causes_are_likely() -> None:
    names = list("abcde")
    frames = frames_of({"q01": ["pf"]}, {"q01": [*names]},
                       {"q01": {"pf": ("several", names)}})
    said = text(feedback_page(frames, 1, "en"))
    assert "Believed c" in said and "Believed d" not in said


def test_other_peoples_zips_are_told_in_the_language_of_the_course() -> None:
    frames = frames_of({"q01": ["pf"]})
    frames.homework["together"] = True
    question = frames.homework["questions"][0]
    question["title"] = {"zh": "q01", "en": "q01"}
    question["checks"][1]["message"] = {"zh": "", "en": ""}
    html = feedback_page(frames, 1, "zh")
    assert 'lang="zh-CN"' in html
    assert "c1 扣 1 分：结果不对。" in text(html)
    assert "q01 q01" not in text(html)


def test_the_page_says_what_the_gradebook_says(tmp_path: Path) -> None:
    """Lateness, points by hand and dropped questions, in the words of explain."""
    write_results(tmp_path / "results.sqlite", [
        submission("2023001.ipynb", {"q01_mean": ["axis"]},
                   submitted_at="2026-11-06T20:00:00+00:00")])
    write_roster(tmp_path / "roster.csv", 2)
    (tmp_path / "manual.csv").write_text("id,question,points\n2023001,q01_mean,1\n"
                                         "2023001,essay,7\n")
    course = write_course(
        tmp_path, more='[late]\npenalty = "per_day"\nrate = 0.1\n',
        homework_more='manual = "manual.csv"\ndropped_questions = ["q02_slope"]\n'
        '[[homework.written]]\nquestion = "essay"\nmaximum = 10\n')
    make_gradebook(course, tmp_path / "book")
    [html] = pages(tmp_path / "book/feedback.zip").values()
    said, told = text(html), explain(course, "2023001")
    assert "Score of this homework: 14.4 / 20 points" in said
    for line in ("The checks gave 8 of 10 points.", "at 10 per cent for each day begun",
                 "Left out for everybody: q02_slope."):
        assert line in said and line in told
    assert "q01 Question q01 4 / 5 (with points given by hand)" in said
    assert "essay graded by people 7 / 10" in said


def test_an_unsettled_score_is_no_zero(tmp_path: Path) -> None:
    write_results(tmp_path / "results.sqlite", [
        submission("2023001.ipynb", {"q01_mean": ["axis"]}, check_status=CheckStatus.NOT_RUN)])
    write_roster(tmp_path / "roster.csv", 2)
    make_gradebook(write_course(tmp_path), tmp_path / "book")
    [html] = pages(tmp_path / "book/feedback.zip").values()
    assert "The score of this homework is not settled yet. That is not a zero" in text(html)


def test_a_group_with_different_scores_is_told_none(tmp_path: Path) -> None:
    write_results(tmp_path / "results.sqlite", [submission(
        "2023001_2023002.ipynb", submitted_at="2026-11-07T08:00:00+00:00")])
    write_roster(tmp_path / "roster.csv", 3)
    (tmp_path / "extensions.csv").write_text("id,homework,hours\n2023001,hw3,48\n")
    (tmp_path / "groups.csv").write_text("submission,id,submitted_at\n"
                                         "2023001_2023002.ipynb,2023001;2023002,2026-11-07 16:00\n")
    course = write_course(
        tmp_path, more='extensions = "extensions.csv"\n[late]\npenalty = "per_day"\nrate = 0.1\n',
        homework_more='corrections = "groups.csv"')
    make_gradebook(course, tmp_path / "book")
    [html] = pages(tmp_path / "book/feedback.zip").values()
    assert "The members of your group have different scores" in text(html)
    assert "Score of this homework" not in text(html)


def test_a_file_without_work_is_told_so() -> None:
    frames = frames_of({"q01": ["nn"]}, status=SubmissionStatus.EMPTY.value)
    said = text(feedback_page(frames, 1, "en"))
    assert "There was nothing to grade in this file: empty notebook." in said
    assert "could not run" not in said
    assert "no score yet" in said
    assert "/ 2" not in said


def test_moodle_gets_its_folders_back_and_canvas_its_names(tmp_path: Path) -> None:
    moodle = "学生 01_12345_assignsubmission_file_/hw3.ipynb"
    results = write_results(tmp_path / "m.sqlite", [submission(moodle)])
    assert list(pages(written(results, tmp_path / "m.zip", "moodle"))) == [
        "学生 01_12345_assignsubmission_file_/hw3.html"]
    results = write_results(tmp_path / "c.sqlite", [submission("1.ipynb"), submission("2.ipynb")])
    originals = {1: "student01_LATE_12_345_hw3-1.ipynb", 2: "student02_13_346_hw3.ipynb"}
    path = written(results, tmp_path / "c.zip", "canvas", originals=originals)
    assert list(pages(path)) == [
        "student01_LATE_12_345_hw3-1.html", "student02_13_346_hw3.html"]


def test_only_the_submissions_that_count_get_a_page(tmp_path: Path) -> None:
    results = write_results(tmp_path / "r.sqlite", [
        submission("a.ipynb", digest="1"), submission("a.ipynb", digest="2"),
        submission("b.ipynb")])
    path = written(results, tmp_path / "f.zip", submissions=[2])
    assert list(pages(path)) == ["a.html"]
    assert read_frames(read_results(results, "hw3")).submissions.index.tolist() == [2, 3]


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    results = write_results(tmp_path / "r.sqlite", [leaking("b.ipynb"), leaking("a.ipynb", "zh")])
    first, second = (written(results, tmp_path / name) for name in ("1.zip", "2.zip"))
    assert first.read_bytes() == second.read_bytes()


def test_an_original_name_of_another_platform_is_refused(tmp_path: Path) -> None:
    results = write_results(tmp_path / "r.sqlite", [submission("2023001_hw3.ipynb")])
    with pytest.raises(UserError) as caught:
        written(results, tmp_path / "f.zip", "moodle")
    assert caught.value == UserError("2023001_hw3.ipynb", sentence("moodle-folder"),
                                     "2023001_hw3.ipynb", sentence("name-as-downloaded"))
    assert not (tmp_path / "f.zip").exists()


def test_names_that_students_chose_alike_get_a_page_each(tmp_path: Path) -> None:
    folder = "Student 01_12_assignsubmission_file_"
    zipped = submission(f"{folder}/hw3.zip")
    zipped.name += "-other"
    results = write_results(tmp_path / "r.sqlite", [submission(f"{folder}/hw3.ipynb"), zipped])
    assert list(pages(written(results, tmp_path / "f.zip", "moodle"))) == [
        f"{folder}/hw3-2.html", f"{folder}/hw3.html"]
    assert len(pages(written(results, tmp_path / "f.zip"))) == 2


def test_what_a_bank_says_is_escaped() -> None:
    frames = frames_of({"q01": ["pf"]})
    check = frames.homework["questions"][0]["checks"][1]
    check["message"] = {"zh": "", "en": "use `a < b`, not <i>"}
    html = feedback_page(frames, 1, "en")
    assert "use <code>a &lt; b</code>, not &lt;i&gt;" in html


@pytest.mark.parametrize(("original", "layout", "entry"), [
    ("2023001_hw3.final", "plain", "2023001_hw3.final.html"),
    ("section A\\2023001", "plain", "section A/2023001.html"),
    ("Full Name_12345_assignsubmission_file_/hw3.ipynb", "moodle",
     "Full Name_12345_assignsubmission_file_/hw3.html"),
    ("download/张三_7_assignsubmission_file/sub/hw3.final.ipynb", "moodle",
     "张三_7_assignsubmission_file/hw3.final.html"),
    ("Full Name_12345_assignsubmission_file_", "moodle",
     "Full Name_12345_assignsubmission_file_/feedback.html"),
    ("lastfirst_12_345_hw3.ipynb", "canvas", "lastfirst_12_345_hw3.html"),
    ("download/lastfirst_LATE_12_345_hw3-1.ipynb", "canvas", "lastfirst_LATE_12_345_hw3-1.html"),
    ("my_1_assignsubmission_file_/own.zip/other_2_assignsubmission_file_/hw3.ipynb", "moodle",
     "my_1_assignsubmission_file_/hw3.html"),
    ("my_1_2_hw3.zip/other_3_4_hw3.ipynb", "canvas", "my_1_2_hw3.html"),
])
def test_entry_names(original: str, layout: Layout, entry: str) -> None:
    assert entry_name(original, layout) == entry


@pytest.mark.parametrize(("original", "layout", "expected"), [
    ("hw3.ipynb", "moodle", sentence("moodle-folder")),
    ("hw3.ipynb", "canvas", sentence("canvas-name")),
    ("../hw3.ipynb", "plain", sentence("a-name")),
    ("/hw3.ipynb", "plain", sentence("a-name")),
    ("", "plain", sentence("a-name")),
])
def test_other_names_are_refused(original: str, layout: Layout, expected: str) -> None:
    with pytest.raises(UserError) as caught:
        entry_name(original, layout)
    assert caught.value.expected == expected
    assert caught.value.remedy == sentence("name-as-downloaded")


@pytest.mark.parametrize(
    ("files", "layout"),
    [
        (["A B_1_assignsubmission_file_/x.ipynb", "C_2_assignsubmission_file_/y.ipynb"], "moodle"),
        (["one_501_1001_hw3.ipynb", "two_LATE_502_1002_hw3-1.ipynb"], "canvas"),
        (["one_501_1001_hw3.ipynb", "2023001.ipynb"], "plain"),
        (["submission_1/hw3.ipynb"], "plain"),
        (["a_b_1_assignsubmission_file_/x.ipynb", "C_2_assignsubmission_file_/y.ipynb"], "plain"),
        (["A_1_assignsubmission_file_.zip/x.ipynb"], "plain"),
    ],
)
def test_the_layout_is_that_of_the_download(files: list[str], layout: str) -> None:
    assert layout_of(files) == layout


@given(st.lists(st.text("a1_/-. LATEassignsubmission_file", min_size=1, max_size=40), min_size=1))
@example(["A_1_assignsubmission_file_.zip/x.ipynb"])
def test_a_platforms_layout_holds_for_every_file(files: list[str]) -> None:
    layout = layout_of(files)
    assert layout == "plain" or all(entry_name(file, layout) for file in files)


def canvas_ids(name: str) -> list[str]:
    """How Canvas finds user and attachment: the first two parts that are numbers."""
    return [part for part in name.split("_") if re.fullmatch(r"\d+", part)][:2]


@given(st.text("abcz学生", min_size=1, max_size=8), st.booleans(), st.integers(1), st.integers(1),
       st.text("hw3-_ .", min_size=1, max_size=8).filter(lambda s: s.strip(" .")))
def test_canvas_finds_the_same_student(
    name: str, late: bool, user: int, attachment: int, file: str
) -> None:
    original = f"{name}_{'LATE_' if late else ''}{user}_{attachment}_{file}.ipynb"
    assert canvas_ids(entry_name(original, "canvas")) == canvas_ids(original)


def test_no_page_takes_the_place_of_another(tmp_path: Path) -> None:
    """Students choose names: hw3.ipynb and hw3.zip in one folder must not stop the class."""
    entries = [("f/a.html", "1"), ("f/a-2.html", "2"), ("f/a.html", "3"), ("f/a.html", "4")]
    with zipfile.ZipFile(write_zip(tmp_path / "f.zip", entries)) as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
    assert found == {"f/a.html": "1", "f/a-2.html": "2", "f/a-3.html": "3", "f/a-4.html": "4"}


def test_a_full_disk_leaves_no_half_of_a_zip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(OSError, match="No space left"):
        write_zip(tmp_path / "f.zip", [("a.html", "a")])
    assert list(tmp_path.iterdir()) == []


def test_a_zip_depends_on_its_pages_alone(tmp_path: Path) -> None:
    entries = [("学生/b.html", "二"), ("a.html", "1")]
    first = write_zip(tmp_path / "1.zip", entries)
    second = write_zip(tmp_path / "2.zip", entries[::-1])
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert archive.namelist() == ["a.html", "学生/b.html"]
        assert archive.read("学生/b.html").decode() == "二"


def test_what_was_not_run_has_no_score_on_the_page(tmp_path: Path) -> None:
    results = write_results(tmp_path / "r.sqlite", [
        submission("a.ipynb", {"q01_mean": ["axis"]}, check_status=CheckStatus.NOT_RUN),
        submission("b.ipynb", status=SubmissionStatus.UNREADABLE, questions=())])
    said = {name: text(page) for name, page in
            pages(written(results, tmp_path / "f.zip")).items()}
    assert "10 / 10 points" in said["a.html"]
    assert "without q01, which have no score yet" in said["a.html"]
    assert "No score yet." in said["a.html"]
    assert "3 / 5" not in said["a.html"]
    assert "/ 15" not in said["b.html"]
    assert "There was nothing to grade in this file" in said["b.html"]
