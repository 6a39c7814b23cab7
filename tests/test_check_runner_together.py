"""Together mode: what Otter does, and what a crash, a forger and a renamed notebook come to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.grading.attempt import Limits
from autograder.grading.check_runner import reported
from autograder.grading.supervisor import Supervisor
from autograder.model import CheckStatus, SubmissionResult, SubmissionStatus
from autograder.otter.zip_reader import read_autograder
from autograder.sandbox.client import PROCESS
from tests.tiny import CHECK, DOUBLE, RIGHT, START, write_notebook, write_zip

LIMITS = Limits(cell=20.0, check=2.0, submission=60.0)
ACCOUNT = '''\
OK_FORMAT = True
test = {"name": "q3_account", "points": 2, "suites": [{"cases": [
    {"code": ">>> account.append(1)\\n>>> len(account)\\n1"},
    {"code": ">>> account.append(1)\\n>>> len(account)\\n2"},
]}]}
'''
LATER = '''\
from otter.test_files import test_case
OK_FORMAT = False
name = "q4_later"
@test_case(points=1)
def sees_what_the_tests_before_have_done(account):
    assert len(account) == 2
'''
TESTS = {"tests/q1_double.py": DOUBLE, "tests/q3_account.py": ACCOUNT, "tests/q4_later.py": LATER}
FINE = [START, RIGHT, "account = []"]


@pytest.fixture(scope="module")
def supervisor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    archive = write_zip(tmp_path_factory.mktemp("zip") / "hw.zip", TESTS, together=True)
    with Supervisor(read_autograder(archive), LIMITS, PROCESS) as supervisor:
        yield supervisor


def grade(supervisor: Supervisor, folder: Path, *cells: str) -> SubmissionResult:
    path = write_notebook(folder / "a.ipynb", *cells)
    return supervisor.grade(path, "a", "a.ipynb", "digest")


def statuses(result: SubmissionResult) -> dict[str, list[str]]:
    return {q.name: [check.status.value for check in q.checks] for q in result.questions}


ALL_PASSED = {"q1_double": ["passed"] * 2, "q3_account": ["passed"] * 2, "q4_later": ["passed"]}


@pytest.mark.parametrize("cells", [
    FINE,
    [*FINE, CHECK],
    ["account = []", *FINE, 'import otter\nfor q in ("q3_account", "q4_later"):\n'
     "    result = otter.Notebook().check(q)\nassert result.score == 1"],
    ['import otter\ngrader = otter.Notebook("another_name.ipynb")', RIGHT, CHECK, "account = []"],
    ["def double(x): return 0", START, CHECK, RIGHT, CHECK, "account = []"],
    [*FINE, "import shutil, os\nshutil.rmtree('tests')"],
    [*FINE, "import os\nos.fork()"],
    [*FINE, "import threading\nt = threading.Thread(target=lambda: grader.check('q1_double'))\n"
            "t.start(); t.join()"],
    [*FINE, "grader.check_all(); grader.export(); grader.to_pdf()"],
])
def test_what_comes_to_full_marks(
    supervisor: Supervisor, tmp_path: Path, cells: list[str]
) -> None:
    result = grade(supervisor, tmp_path, *cells)
    assert (statuses(result), result.score) == (ALL_PASSED, 6.0), result


def test_the_student_s_own_files_lie_beside_the_notebook(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    """They replace neither tests nor what the grader writes; one that cannot be written is left."""
    files = {"x" * 300: "", "mine.py": f"{RIGHT}\nassert open('data/two.csv').read() == '2'",
             "data/two.csv": "2", "tests/q1_double.py": "no test", "a.ipynb": "no notebook"}
    beside = []
    for number, (name, text) in enumerate(files.items()):
        (tmp_path / str(number)).write_text(text)
        beside.append((name, tmp_path / str(number)))
    path = write_notebook(tmp_path / "a.ipynb", START, "from mine import double", "account = []")
    result = supervisor.grade(path, "a", "a.ipynb", "digest", beside=beside)
    assert statuses(result) == ALL_PASSED, result


def test_of_two_checks_the_last_counts(supervisor: Supervisor, tmp_path: Path) -> None:
    found = statuses(grade(supervisor, tmp_path, *FINE, CHECK, "double = abs", CHECK, RIGHT))
    assert found["q1_double"] == ["failed", "failed"]


def test_cells_that_are_told_to_be_checked(supervisor: Supervisor, tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "a.ipynb", *FINE, "double = abs")
    book: dict[str, Any] = json.loads(path.read_text())
    book["cells"][2]["metadata"] = {"otter": {"tests": ["q1_double"]}}
    path.write_text(json.dumps(book))
    assert statuses(supervisor.grade(path, "a", "a.ipynb", "d")) == ALL_PASSED


@pytest.mark.parametrize(("body", "status", "whole"), [
    ("import os; os._exit(3)", "error", SubmissionStatus.EXITED),
    ("while True: pass", "timeout", SubmissionStatus.TIMED_OUT),
    ("raise SystemExit", "error", SubmissionStatus.EXITED),
    ("raise KeyboardInterrupt", "error", SubmissionStatus.COMPLETED),
])
@pytest.mark.parametrize("checks", [[CHECK], []])
def test_what_ends_a_process_costs_the_check_at_hand(
    supervisor: Supervisor, tmp_path: Path, body: str, status: str, whole: SubmissionStatus,
    checks: list[str],
) -> None:
    double = RIGHT.replace("def double(x):", f"def double(x):\n    if x == 2:\n        {body}")
    result = grade(supervisor, tmp_path, START, double, "account = []", *checks)
    assert statuses(result) == {**ALL_PASSED, "q1_double": [status, "passed"]}, result
    assert result.status in (whole, SubmissionStatus.NO_CHECK_CELLS)


def test_a_missing_name_is_named(supervisor: Supervisor, tmp_path: Path) -> None:
    result = grade(supervisor, tmp_path, START, "account = []", CHECK)
    check = result.questions[0].checks[0]
    assert (check.status, check.error, check.reason) == (
        CheckStatus.ERROR, "NameError", "not defined: double")


def test_a_test_file_that_cannot_be_run_is_ours(tmp_path: Path) -> None:
    source = "import os\nassert not os.path.exists('done')\n" + DOUBLE
    archive = write_zip(tmp_path / "hw.zip", {"tests/q1_double.py": source, **{
        name: text for name, text in TESTS.items() if "q1" not in name}}, together=True)
    with Supervisor(read_autograder(archive), LIMITS, PROCESS) as supervisor:
        result = grade(supervisor, tmp_path, *FINE, "open('done', 'w').close()")
    assert statuses(result) == {**ALL_PASSED, "q1_double": ["not_run"] * 2}
    assert result.status is SubmissionStatus.PARTLY_RUN
    assert "AssertionError" in result.questions[0].checks[0].reason


FORGE = """
import gc
from autograder.rpc.peer import Peer
peer = next(thing for thing in gc.get_objects() if type(thing) is Peer)
"""


@pytest.mark.parametrize("report", [
    '"ended", "q9", 0, True, "", ""', '"ended", "q1_double", 7, True, "", ""',
    '"ended", "q1_double", -1, True, "", ""', '"ended", "q1_double", True, True, "", ""',
    '"score", "q1_double", 0', '"began", ["q1_double"], 0', '"ended", "q1_double"', '"x"',
])
def test_a_report_about_no_test_case_ends_the_worker(
    supervisor: Supervisor, tmp_path: Path, report: str
) -> None:
    result = grade(supervisor, tmp_path, *FINE, f"{FORGE}peer.request({report})")
    assert result.score <= result.possible == 6
    assert "; cell 4 " in result.reason
    assert statuses(result) == ALL_PASSED


def test_what_a_submission_can_forge(supervisor: Supervisor, tmp_path: Path) -> None:
    """As with Otter: its own results, up to the points of the tests, and no words."""
    forged = f"{FORGE}peer.request('ended', 'q1_double', 1, True, 'CANARY', 'CANARY')"
    result = grade(supervisor, tmp_path, START, "double = abs", CHECK, forged)
    assert statuses(result)["q1_double"] == ["failed", "passed"]
    assert result.questions[0].score == 2
    assert "CANARY" not in str(result)


@pytest.mark.parametrize(("report", "status", "error"), [
    ((True, "", ""), "passed", ""), ((1, "", ""), "failed", ""), (("yes", 3, None), "failed", ""),
    ((False, "TypeError", "x"), "failed", "TypeError"), ((False, "CANARY", "x"), "failed", ""),
    ((False, "NameError", "x"), "error", "NameError"), ((False, "print", "x"), "failed", ""),
    ((False, "AssertionError", "x"), "failed", ""), ((False, "SystemExit", ""), "error",
                                                     "SystemExit"),
])
def test_words_of_a_report_are_ours(report: tuple[Any, ...], status: str, error: str) -> None:
    outcome = reported(*report)
    assert (outcome.status, outcome.error) == (status, error)
