"""The verb `grade`: what is graded, what is kept, what is written beside it."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import UserError
from autograder.grading import local
from autograder.grading.attempt import Limits
from autograder.grading.grade import LOCK, RunSummary, grade, locked
from autograder.model import SubmissionResult, SubmissionStatus
from autograder.sandbox.client import BEST, PROCESS, IsolationRefused
from autograder.store import Store
from tests.quick import QuickSupervisor
from tests.sentences import sentence
from tests.tiny import (
    CHECK,
    DOUBLE,
    RIGHT,
    RIGHT_HALF,
    START,
    TESTS,
    WRONG,
    write_notebook,
    write_zip,
)

LIMITS = Limits(cell=20, check=20)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_zip(tmp_path / "autograder.zip")


@pytest.fixture
def subs(tmp_path: Path) -> Path:
    folder = tmp_path / "subs"
    folder.mkdir()
    return folder


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is run: see tests/quick.py. The log says which files were graded."""
    monkeypatch.setattr(QuickSupervisor, "log", tmp_path / "log.txt", raising=False)
    monkeypatch.setattr(local, "Supervisor", QuickSupervisor)
    QuickSupervisor.log.touch()
    return QuickSupervisor.log


def run(archive: Path, *paths: Path, **options: Any) -> RunSummary:
    out = archive.parent / "out"
    return grade(archive, paths, out, isolation=PROCESS, limits=LIMITS, **options)


@contextmanager
def stored(archive: Path) -> Iterator[Store]:
    with closing(Store(archive.parent / "out" / "results.sqlite", create=False)) as store:
        yield store


def results(archive: Path, number: int = 1) -> dict[str, SubmissionResult]:
    with stored(archive) as store:
        return {result.file: result for result in store.results(number)}


def final_grades(archive: Path) -> dict[str, dict[str, str]]:
    path = archive.parent / "out" / "final_grades.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def test_a_class_is_graded(archive: Path, subs: Path) -> None:
    write_notebook(subs / "right.ipynb", START, RIGHT, CHECK, RIGHT_HALF)
    write_notebook(subs / "wrong.ipynb", START, WRONG, CHECK)
    write_notebook(subs / "late.ipynb", START, WRONG, CHECK, RIGHT, RIGHT_HALF)
    (subs / "no_json.ipynb").write_text("PK")
    (subs / "zip.zip").write_bytes(b"PK no zip")
    seen: list[tuple[int, int, str]] = []

    def progress(count: int, total: int, result: SubmissionResult | None) -> None:
        seen.append((count, total, result.name if result else ""))

    graded = run(archive, subs, jobs=2, progress=progress)
    scores = {file: [q.score for q in r.questions] for file, r in results(archive).items()}
    assert scores == {"right.ipynb": [3, 2], "wrong.ipynb": [1, 0], "late.ipynb": [3, 2],
                      "no_json.ipynb": [0, 0], "zip.zip": [0, 0]}
    assert Counter(s.status for s in graded.summaries) == {
        SubmissionStatus.COMPLETED: 3, SubmissionStatus.UNREADABLE: 2}
    assert results(archive)["zip.zip"].reason == (
        sentence("not-a-zip", error="File is not a zip file"))
    assert [(count, total) for count, total, _ in seen] == [(n, 5) for n in range(6)]
    assert {name for _, _, name in seen[1:]} == {"right", "wrong", "late", "no_json", "zip"}
    assert final_grades(archive)["right.ipynb"]["percent_correct"] == "1.0"
    shown = json.loads((archive.parent / "out/results/wrong.json").read_text(encoding="utf-8"))
    assert shown["tests"][0]["output"] == (
        "q1_double - 1: passed\n"
        "q1_double - 2: failed\n    Lists are doubled entry by entry.")


FOREIGN = {
    "otter_config.json": json.dumps({"seed": 7, "assignment_name": "hw05"}),
    "files/data/table.csv": "1,2\n",
    "files/helper.py": "def three(): return 3\n",
    "tests/q1.py": DOUBLE.replace('points = 3', 'points = 3\nall_or_nothing = True'),
    "tests/q2.py": (
        "from otter.test_files import test_case\nOK_FORMAT = False\nname = 'q2'\n"
        "import helper\n"
        "@test_case(points=[1][0])\n"
        "def reads_its_files(total):\n"
        "    assert total == sum(map(int, open('data/table.csv').read().split(','))) == 3\n"
        "@test_case()\n"
        "def is_seeded(first, second):\n"
        "    import numpy as np\n"
        "    np.random.seed(7)\n"
        "    assert first == second == np.random.random()\n"
    ),
    "tests/q3.py": (
        "OK_FORMAT = True\ntest = {'name': 'q3', 'points': [1, 2, 4], 'suites': [{'cases': [\n"
        "{'code': '>>> double(4)\\n8'}, {'code': '>>> double(4)\\n9'},\n"
        "{'code': '>>> import os\\n>>> bool(os.getcwd())\\nTrue'}]}]}"
    ),
}


def test_a_homework_that_was_not_built_here_is_graded(tmp_path: Path, subs: Path) -> None:
    archive = write_zip(tmp_path / "autograder.zip", FOREIGN, together=True)
    cells = (
        "import numpy as np, helper\n" + WRONG, "first = np.random.random()",
        "second = np.random.random()",
        "with open('data/table.csv') as file:\n    total = sum(map(int, file.read().split(',')))",
    )
    write_notebook(subs / "a.ipynb", *cells, assignment="hw05")
    write_notebook(subs / "b.ipynb", *cells, assignment="hw04")
    graded = run(archive, subs)
    assert graded.homework == "hw05"
    found = results(archive)
    assert [q.score for q in found["a.ipynb"].questions] == [0, 1, 5]
    assert [q.possible for q in found["a.ipynb"].questions] == [3, 1, 7]
    checks = [c.status.value for q in found["a.ipynb"].questions for c in q.checks]
    assert checks == ["passed", "failed", "passed", "passed", "passed", "failed", "passed"]
    assert found["a.ipynb"].status is SubmissionStatus.NO_CHECK_CELLS
    assert found["b.ipynb"].status is SubmissionStatus.OTHER_ASSIGNMENT
    assert graded.not_run == []


def test_a_second_run_does_nothing(
    archive: Path, subs: Path, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (subs / "a.ipynb").write_text("right")
    run(archive, subs)
    out = archive.parent / "out"
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.name != LOCK}

    def never(*_args: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(local, "work_through", never)
    again = grade(archive, [subs], out, limits=LIMITS, isolation=BEST)
    assert (again.skipped, [s.file for s in again.summaries]) == (1, ["a.ipynb"])
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert quick.read_text() == "a\n"


def test_a_changed_file_is_a_new_attempt(archive: Path, subs: Path, quick: Path) -> None:
    for text in ("first", "second", "first"):
        (subs / "a.ipynb").write_text(text)
        assert run(archive, subs).run == 1
    assert quick.read_text() == "a\na\na\n"
    with stored(archive) as store:
        assert len(store._read("SELECT submission FROM submissions")) == 3
        assert len(list(store.results(1))) == 1


def test_a_changed_zip_or_limit_is_a_new_run(archive: Path, subs: Path, quick: Path) -> None:
    (subs / "a.ipynb").write_text("right")
    assert run(archive, subs).regraded == 0
    write_zip(archive, TESTS | {"files/x.txt": "x"})
    assert run(archive, subs).run == 2
    write_zip(archive)
    back = run(archive, subs)
    assert (back.run, back.regraded, back.skipped) == (1, 1, 1)
    out = archive.parent / "out"
    assert grade(archive, [subs], out, limits=Limits(check=1), isolation=PROCESS).run == 3
    assert quick.read_text() == "a\na\na\n"


def test_what_could_not_be_graded_is_taken_up_again(
    archive: Path, subs: Path, quick: Path
) -> None:
    for word in ("right", "not_run", "raises", "dies"):
        (subs / f"{word}.ipynb").write_text(word)
    graded = run(archive, subs)
    assert {s.file: s.reason for s in graded.not_run} == {
        "not_run.ipynb": "no memory",
        "raises.ipynb": sentence("grader-raised", kind="RuntimeError", error="of the supervisor"),
        "dies.ipynb": sentence("process-killed"),
    }
    assert {file: found.status.value for file, found in results(archive).items()} == {
        "right.ipynb": "Completed", "not_run.ipynb": "not graded", "raises.ipynb": "not graded",
        "dies.ipynb": "not graded"}
    assert graded.incomplete
    rows = final_grades(archive)
    assert rows["dies.ipynb"]["grading_status"] == "not graded"
    assert rows["dies.ipynb"]["total_points_earned"] == ""
    quick.write_text("")
    run(archive, subs)
    assert sorted(quick.read_text().split()) == ["dies", "not_run", "raises"]


def test_a_new_version_that_cannot_be_graded_hides_the_old_score(
    archive: Path, subs: Path, quick: Path
) -> None:
    (subs / "a.ipynb").write_text("right")
    run(archive, subs)
    (subs / "a.ipynb").write_text("not_run")
    run(archive, subs)
    assert final_grades(archive)["a.ipynb"]["total_points_earned"] == ""


def test_a_file_that_we_cannot_read_is_not_graded(
    archive: Path, subs: Path, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (subs / f"{name}.ipynb").write_text("right")
    real = Path.open

    def refuses(path: Path, mode: str = "r", **options: Any) -> Any:
        if path.name == "a.ipynb":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, mode, **options)

    monkeypatch.setattr(Path, "open", refuses)
    graded = run(archive, subs)
    assert [(s.file, s.reason) for s in graded.not_run] == [
        ("a.ipynb", sentence("file-unreadable", why="Permission denied"))]
    assert [r.status.value for r in results(archive).values()] == ["not graded", "Completed"]


def test_a_refused_isolation_ends_it_with_the_remedies(
    archive: Path, subs: Path, quick: Path
) -> None:
    (subs / "a.ipynb").write_text("refused")
    with pytest.raises(IsolationRefused, match="--isolation=process"):
        run(archive, subs)


def test_results_within_the_submissions_are_no_submissions(
    archive: Path, subs: Path, quick: Path
) -> None:
    (subs / "a.ipynb").write_text("right")
    out = subs / "out"
    for _ in range(2):
        graded = grade(archive, [subs.parent], out, isolation=PROCESS)
        assert [s.file for s in graded.summaries] == ["subs/a.ipynb"]
        assert [other for other in graded.others if "out" in other] == []


def test_names_of_any_kind_have_results(archive: Path, subs: Path, quick: Path) -> None:
    names = ["a" * 240, "学生01", "a [b] c", "=1+1", "Alice", "alice", "quote'\"s", "a\x1b[1m"]
    for name in names:
        (subs / f"{name}.ipynb").write_text("right")
    (subs / os.fsdecode(b"caf\xe9.ipynb")).write_text("right")
    assert len(run(archive, subs).summaries) == len(names) + 1
    assert len(list((archive.parent / "out/results").iterdir())) == len(names) + 1


def test_another_grader_at_work_is_said(archive: Path, subs: Path, tmp_path: Path) -> None:
    (subs / "a.ipynb").write_text("right")
    out = tmp_path / "out"
    child = get_context("fork").Process(target=hold, args=(out,))
    child.start()
    while not (out / "held").exists():
        time.sleep(0.01)
    with pytest.raises(UserError) as caught:
        run(archive, subs)
    child.kill()
    child.join()
    assert caught.value == UserError(str(out), sentence("only-grade"), sentence("another-grade"),
                                     sentence("wait-for-grade"))
    with locked(out):  # the lock of a killed grader is gone
        pass


def hold(out: Path) -> None:
    with locked(out):
        (out / "held").touch()
        time.sleep(60)


def test_two_graders_at_once_neither_double_nor_lose(
    archive: Path, subs: Path, quick: Path
) -> None:
    for number in range(30):
        (subs / f"{number}.ipynb").write_text("right")
    fork = get_context("fork")
    answers = fork.SimpleQueue()
    both = [fork.Process(target=grade_and_tell, args=(archive, subs, answers)) for _ in range(2)]
    for process in both:
        process.start()
    told = sorted(answers.get() for _ in both)
    for process in both:
        process.join()
    assert told in ([0, 0], [0, 2])  # one after the other, or one that was told to wait
    with stored(archive) as store:
        rows = store._read("SELECT name FROM submissions")
    assert sorted(int(name) for (name,) in rows) == list(range(30))


def grade_and_tell(archive: Path, subs: Path, answers: Any) -> None:
    try:
        run(archive, subs)
    except UserError as error:
        answers.put(2 if sentence("another-grade") in str(error) else 1)
    except BaseException:
        answers.put(3)
    else:
        answers.put(0)


def test_a_folder_that_cannot_be_made_says_so(archive: Path, subs: Path) -> None:
    (subs / "a.ipynb").write_text("right")
    out = subs / "a.ipynb" / "out"
    with pytest.raises(UserError) as caught:
        grade(archive, [subs], out)
    assert caught.value == UserError(str(out), sentence("writable-folder"), "Not a directory",
                                     sentence("mend-folder"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk")
@pytest.mark.parametrize(("option", "expected", "found"), [
    ("ro", sentence("writable-folder"), "Read-only file system"),
    ("size=4k", sentence("usable-results"), "database or disk is full"),
])
def test_a_disk_that_takes_nothing_says_so(
    archive: Path, subs: Path, quick: Path, option: str, expected: str, found: str
) -> None:
    (subs / "a.ipynb").write_text("right")
    out = archive.parent / "out"
    out.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", option, "tmpfs", out], check=False).returncode:
        pytest.skip("this machine does not allow mounting")
    try:
        with pytest.raises(UserError) as caught:
            run(archive, subs)
    finally:
        subprocess.run(["umount", out], check=True)
    assert (caught.value.expected, caught.value.found) == (expected, found)


def test_grading_one_notebook_again_takes_nothing_from_the_others(
    archive: Path, subs: Path, quick: Path
) -> None:
    """With other limits, or with a rebuilt zip: the files beside hold the whole class."""
    for word in ("right", "wrong"):
        (subs / f"{word}.ipynb").write_text(word)
    run(archive, subs)
    out = archive.parent / "out"
    before = final_grades(archive)
    again = grade(archive, [subs / "right.ipynb"], out, limits=Limits(check=1), isolation=PROCESS)
    assert [standing.file for standing in again.summaries] == ["right.ipynb"]
    assert final_grades(archive) == before
    assert sorted(path.name for path in (out / "results").iterdir()) == ["right.json", "wrong.json"]
    write_zip(archive, TESTS | {"files/x.txt": "x"})
    rebuilt = run(archive, subs / "right.ipynb")
    assert rebuilt.older == ["wrong.ipynb"]
    assert final_grades(archive) == before


def test_another_homework_into_the_same_folder_is_refused(
    archive: Path, subs: Path, quick: Path, tmp_path: Path
) -> None:
    (subs / "a.ipynb").write_text("right")
    run(archive, subs)
    with stored(archive) as store:
        store._db.execute("UPDATE runs SET homework = 'another'")
    with pytest.raises(UserError) as caught:
        run(archive, subs)
    assert caught.value.found == sentence("results-of-others", others="another")
    assert caught.value.remedy == sentence("other-out")


def test_what_was_handed_in_without_a_notebook_has_a_row_and_no_score(
    archive: Path, subs: Path
) -> None:
    write_notebook(subs / "2023001.ipynb", START, RIGHT, CHECK)
    (subs / "2023002.pdf").write_text("%PDF")
    (subs / "2023003_hw").mkdir()
    (subs / "2023004.ipynb").write_text("")
    graded = run(archive, subs)
    assert graded.incomplete
    assert {s.file for s in graded.nothing_to_grade} == {
        "2023002.pdf", "2023003_hw", "2023004.ipynb"}
    found = results(archive)
    assert (found["2023002.pdf"].status, found["2023002.pdf"].reason) == (
        SubmissionStatus.NO_NOTEBOOK, sentence("no-submission-kind"))
    rows = final_grades(archive)
    assert {file: (row["total_points_earned"], row["grading_status"])
            for file, row in rows.items() if file != "points-per-question"} == {
        "2023001.ipynb": ("3", "Completed"), "2023002.pdf": ("", "no notebook"),
        "2023003_hw": ("", "no notebook"), "2023004.ipynb": ("", "empty notebook")}
    for name in ("2023002.pdf", "2023003_hw", "2023004"):
        shown = json.loads((archive.parent / f"out/results/{name}.json").read_text("utf-8"))
        assert "score" not in shown and shown["tests"] == []
    assert run(archive, subs).skipped == 4
