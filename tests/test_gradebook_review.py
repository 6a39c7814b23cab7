"""review.html: what a cell says; in a real browser it sorts, filters, links, and nothing runs."""

from __future__ import annotations

import base64
import gzip
import json
import re
import stat
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from autograder.model import (
    CellError,
    CheckStatus,
    Diagnosis,
    DiagnosisKind,
    DifferingCall,
    SubmissionResult,
)
from gradebook.make import make_gradebook
from gradebook.reports.review import (
    Call,
    Cell,
    Column,
    FailedCheck,
    Row,
    write_review,
)
from gradebook.statistics.cohort import Outcome
from tests.browser import run_in_page
from tests.gradebook_samples import submission, write_course, write_results, write_roster

EVIL = "<script>window.hacked = true</script>\n<img src=x onerror='window.hacked = true'>"
COLUMNS = [
    Column("q01_mean", "The mean", 2, ["The mean is off.", "An argument was changed."],
           {"forgot_n": "Forgot to divide by n."}),
    Column("q02_slope", "The slope", 3, ["The slope is off."]),
]
FULL = Cell(2, Outcome.FULL, code="def mean(x):\n    return sum(x) / len(x)")


def rows() -> list[Row]:
    wrong = Cell(
        0, Outcome.FAILED, [FailedCheck(0, "failed", EVIL)], code=f"def mean(x):\n    {EVIL}",
        diagnosis="named", mistakes=["forgot_n"], group="A",
        call=Call("mean([1, 2])", "1.5", EVIL), cause=f"code cell 4: syntax error\n{EVIL}",
    )
    alike = Cell(1, Outcome.PARTLY, code="def mean(x): return 1", diagnosis="group", group="A")
    return [
        Row("2023001", "Student 01", "1", 5.0, [FULL, Cell(3, Outcome.FULL)]),
        Row("2023002", EVIL, "1", 2.0, [wrong, Cell(2, Outcome.PARTLY)], ["cell 3: NameError"]),
        Row("2023003", "学生 03", "2", 1.5, [alike, Cell(None, Outcome.NOT_RUN)]),
        Row("2023010", "Student 10", "2", None, [Cell(None, Outcome.OPEN)] * 2),
    ]


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return write_review(tmp_path / "review.html", "hw", COLUMNS, rows(), "en")


def told(page: Path, script: str, fragment: str = "") -> list[object]:
    """What the script told, after a start without an error and without a request."""
    ready = "await seen(() => document.documentElement.dataset.ready);"
    lines = run_in_page(page, ready + script, page.parent, fragment)
    assert [line for line in lines if line.startswith(("ERROR", "REQUEST"))] == []
    return [json.loads(line) for line in lines if line]


def test_only_its_owner_can_read_it_and_it_says_for_whom_it_is(page: Path) -> None:
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    body = page.read_text(encoding="utf-8").split("<main>")[1]
    assert body.index("For staff only") < body.index("<h1>")
    assert "hacked" not in body  # it travels compressed


def diagnosed(result: SubmissionResult, fingerprint: str) -> SubmissionResult:
    question = result.questions[0]
    question.answer = f"def mean(x): return {result.name}"
    question.diagnosis = Diagnosis(DiagnosisKind.UNKNOWN, [], [], fingerprint,
                                   DifferingCall("axis", "mean([1])", "1.0", "0.0"))
    return result


def with_syntax_error(result: SubmissionResult) -> SubmissionResult:
    result.cell_errors = [
        CellError(3, False), CellError(4, True, 2, "f(", "'(' was never closed", "q01_mean"),
        CellError(5, True, question="q01_mean")]
    return result


def test_what_the_book_knows_is_on_the_page(tmp_path: Path) -> None:
    failed, label = {"q01_mean": ["axis"]}, "1a2b3c"
    write_results(tmp_path / "results.sqlite", [
        submission("2023001.ipynb"), diagnosed(submission("2023002.ipynb", failed), f"{label}77"),
        diagnosed(submission("2023003.ipynb", failed), f"{label}77"),
        with_syntax_error(diagnosed(submission("2023004.ipynb", failed), "f2")),
        submission("2023005.ipynb", failed, check_status=CheckStatus.NOT_RUN),
    ])
    write_roster(tmp_path / "roster.csv", 6)
    course = write_course(tmp_path)
    make_gradebook(course, tmp_path / "book")
    path = tmp_path / "book/review.html"
    text = path.read_text(encoding="utf-8")
    packed = re.search('<script id="data"[^>]*>([^<]*)<', text)
    assert packed
    data: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(packed[1])))
    assert data["questions"][0]["checks"][1] == "The sum runs along the wrong axis."
    assert data["questions"][0]["beliefs"]["wrong_axis"] == "axis=0 adds up each row"
    first = [student["cells"][0] for student in data["students"]]
    assert [cell["state"] for cell in first] == [
        "full", "partly", "partly", "partly", "not_run", "missing"]
    assert [cell.get("group") for cell in first] == [None, label, label, None, None, None]
    table = pd.read_csv(tmp_path / "book/diagnoses.csv", keep_default_na=False)
    assert table["group"].tolist() == [label, label, ""]
    assert first[1]["call"] == ["mean([1])", "1.0", "0.0"]
    assert [cell.get("cause") for cell in first] == [
        None, None, None, "code cell 4, line 2: syntax error\nf(\n'(' was never closed",
        None, None]
    assert first[1]["failed"] == [[1, "failed", ""]]
    assert data["codes"][first[1]["code"]] == "def mean(x): return 2023002"
    assert data["students"][1]["notes"] == ["2023002.ipynb", "completed"]


IDS = "tell([...document.querySelectorAll('tbody th span:first-child')].map(s => s.textContent));"


def test_headings_sort_and_sort_back(page: Path) -> None:
    script = "const click = key => document.querySelector(`th[data-key=${key}] button`).click();"
    script += IDS + "click('total');" + IDS + "click('total');" + IDS + "click('q0');" + IDS
    assert told(page, script) == [
        ["2023001", "2023002", "2023003", "2023010"], ["2023010", "2023003", "2023002", "2023001"],
        ["2023001", "2023002", "2023003", "2023010"], ["2023010", "2023002", "2023003", "2023001"],
    ]


def test_the_filter_finds_names_and_states(page: Path) -> None:
    script = """
        const [find, state] = ["find", "state"].map(id => document.getElementById(id));
        const filter = (text, name) => { find.value = text; state.value = name;
          find.dispatchEvent(new Event("input", { bubbles: true })); };
        filter("学生", "");""" + IDS + "filter('', 'open');" + IDS + "tell(count.textContent);"
    assert told(page, script) == [["2023003"], ["2023010"], "1 students shown"]


def test_links_to_a_cell_a_student_and_a_question_can_be_pasted(page: Path) -> None:
    shown = "await seen(() => !detail.hidden); tell(detail.innerText);"
    [cell] = told(page, shown, "#2023002/q01")
    for words in ("failed: The mean is off.", "Most likely: Forgot to divide by n.", "mean([1, 2])",
                  "1.5", "<script>window.hacked"):
        assert words in str(cell)
    [student] = told(page, shown, "#2023002")
    assert "q02 The slope: ◐ partly, 2 / 3" in str(student) and "NameError" in str(student)
    [question] = told(page, shown, "#q01")
    assert "1 × Forgot to divide by n." in str(question)
    assert "Same wrong answers A: 2" in str(question)


def test_a_click_and_the_keyboard_open_a_cell(page: Path) -> None:
    script = """
        const key = name => document.activeElement.dispatchEvent(
          new KeyboardEvent("keydown", { key: name, bubbles: true }));
        document.querySelector("td[data-q='0']").click();
        await seen(() => !detail.hidden); tell(location.hash);
        document.querySelector("td[data-q='0']").focus();
        key("ArrowDown"); key("ArrowRight"); key("Enter");
        await seen(() => location.hash.includes("2023002")); tell(location.hash);
        key("Escape"); await seen(() => detail.hidden); tell(location.hash);"""
    assert told(page, script) == ["#2023001/q01", "#2023002/q02", ""]


def test_students_code_is_shown_and_never_runs(page: Path) -> None:
    script = """
        for (const hash of ["#2023002/q01", "#2023002", "#q01"]) {
          location.hash = hash; await seen(() => !detail.hidden);
          await new Promise(done => setTimeout(done, 50));
        }
        const found = document.querySelectorAll("#detail img, #detail script, #class img");
        tell([window.hacked ?? null, found.length]);"""
    assert told(page, script) == [[None, 0]]


def test_states_are_told_without_colour(page: Path) -> None:
    [cells] = told(page, """const all = document.querySelectorAll("td[data-q='0']");
        tell([...all].map(cell => [cell.textContent, cell.title]));""")
    assert cells == [
        ["●", "2023001 q01: full points, 2"], ["○", "2023002 q01: failed, 0"],
        ["◐", "2023003 q01: partly, 1"], ["?", "2023010 q01: open, "],
    ]


def test_a_thousand_students_stay_below_ten_megabytes(tmp_path: Path) -> None:
    code = "def f(x):\n" + "".join(f"    y{i} = x + {i}  # a line of code\n" for i in range(25))
    questions = [Column(f"q{i:02}_x", f"Question {i}", 5, ["Off."] * 6) for i in range(1, 21)]
    students = [
        Row(f"2023{s:04}", f"Student {s}", str(s % 4), 50.0, [
            Cell(2.5, Outcome.PARTLY, [FailedCheck(1, "failed", f"reason {s}")],
                 code=f"{code}    return {s} + {q} * {s * 7919 % 1009}")
            for q in range(20)
        ]) for s in range(1000)
    ]
    path = write_review(tmp_path / "review.html", "hw", questions, students, "zh")
    assert path.stat().st_size < 10e6
    [shown] = told(path, "tell(document.querySelectorAll('tbody tr').length);")
    assert shown == 1000
