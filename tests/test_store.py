"""The file that keeps the results: nothing doubled, nothing half, clear errors."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder import store as results
from autograder.errors import UserError
from autograder.model import (
    CellError,
    CheckResult,
    CheckStatus,
    QuestionResult,
    SubmissionResult,
    SubmissionStatus,
    clean,
)
from autograder.store import Store, SubmissionSummary
from tests.sentences import sentence


def result(name: str = "a", digest: str = "1", score: float = 1.0) -> SubmissionResult:
    checks = [
        CheckResult("first", False, 1.0, CheckStatus.PASSED),
        CheckResult("second", True, 2.0, CheckStatus.ERROR, "ValueError", "math domain error"),
    ]
    return SubmissionResult(
        name=name, file=f"{name}.ipynb", digest=digest, language="zh",
        status=SubmissionStatus.CELL_ERROR, reason="cell 3", submitted_at="2023-11-06T15:00:00",
        isolation="namespaces", seconds=0.25,
        questions=[QuestionResult("q2", score, 3.0, checks), QuestionResult("q1", 0.0, 0.0, [])],
    )


def new_run(store: Store, digest: str = "d", **settings: Any) -> int:
    return store.open_run("hw", digest, settings, {"name": "作业"}, "2023-11-06T16:00:00")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with closing(Store(path)) as opened:
        yield opened


def test_a_result_comes_back_as_it_was(store: Store) -> None:
    store.add(run := new_run(store), result())
    assert list(store.results(run)) == [result()]
    assert (result().score, result().possible) == (1.0, 3.0)


def test_a_summary_says_the_same_as_the_whole_result(store: Store) -> None:
    open_check, late_answer = result("b"), result("c", score=2.5)
    open_check.questions[0].checks[1].status = CheckStatus.NOT_RUN
    late_answer.questions[0].at_end = True
    odd = [replace(result(f"d{number}"), status=status, questions=[])
           for number, status in enumerate(SubmissionStatus)]
    store.add(run := new_run(store), result(), open_check, late_answer, *odd)
    assert list(store.summaries(run)) == [
        SubmissionSummary(r.name, r.file, r.status, r.score, r.reason, r.unknown,
                          any(question.at_end for question in r.questions))
        for r in store.results(run)
    ]


def test_half_a_character_costs_nobody_anything(store: Store) -> None:
    odd = result()
    odd.questions[0].answer, odd.written["q1"] = "# \ud800", "\udfff!"
    store.add(run := new_run(store), odd, result("b"))
    first, second = store.results(run)
    assert (first.questions[0].answer, first.written, second) == (
        "# ?", {"q1": "?!"}, result("b"))


def test_a_submission_with_any_number_of_checks(store: Store) -> None:
    many = result()
    many.questions[0].checks = [
        CheckResult(f"c{number}", False, 1.0, CheckStatus.PASSED) for number in range(30_000)]
    store.add(run := new_run(store), many)
    assert list(store.results(run)) == [many]


def test_a_file_whose_tables_have_row_numbers_is_added_to(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.executescript(results.SCHEMA.replace("WITHOUT ROWID", "")
                               + f"PRAGMA user_version = {results.SCHEMA_VERSION}")
    with closing(Store(path)) as store:
        store.add(run := new_run(store), result())
        assert list(store.results(run)) == [result()]


def test_a_run_is_a_build_with_its_settings(store: Store) -> None:
    assert [new_run(store, limits=1), new_run(store, limits=2), new_run(store, "e", limits=1),
            new_run(store, limits=1)] == [1, 2, 3, 1]
    first = store.runs()[0]
    assert (first.homework, first.digest, first.settings, first.description) == (
        "hw", "d", {"limits": 1}, {"name": "作业"})


def test_the_last_row_of_a_name_counts(store: Store) -> None:
    run = new_run(store)
    for digest, score in (("1", 1.0), ("2", 2.0), ("1", 1.5)):  # changed, and changed back
        store.add(run, result("a", digest, score))
    store.add(run, result("b", "9"))
    assert [(r.name, r.digest, r.score) for r in store.results(run)] == [
        ("a", "1", 1.5), ("b", "9", 1.0)]
    assert store.finished(run) == {("a", "1"), ("b", "9")}


def test_runs_are_apart(store: Store) -> None:
    first, second = new_run(store), new_run(store, "e")
    store.add(first, result())
    assert list(store.results(second)) == []
    assert store.finished(second) == set()


@pytest.mark.parametrize("failure", [SubmissionStatus.NOT_RUN, SubmissionStatus.PARTLY_RUN])
def test_a_failure_of_ours_replaces_no_verdict_and_is_tried_again(
    store: Store, failure: SubmissionStatus
) -> None:
    failed = replace(result(score=0.0), status=failure)
    store.add(first := new_run(store), result())
    store.add(second := new_run(store, check=2), failed, replace(failed, name="b"))
    assert [(r.name, r.status) for r in store.latest_results("hw")] == [
        ("a", SubmissionStatus.CELL_ERROR), ("b", failure)]
    assert store.finished(first) == {("a", "1")}
    assert store.finished(second) == set()


def test_a_row_that_cannot_be_written_whole_is_not_written(store: Store) -> None:
    run = new_run(store)
    broken = result()
    broken.questions.append(broken.questions[0])  # a second q2
    with pytest.raises(UserError, match="UNIQUE constraint failed"):
        store.add(run, broken)
    assert store.finished(run) == set()
    store.add(run, result())
    assert len(list(store.results(run))) == 1


def test_an_interrupted_row_is_not_written(store: Store, path: Path) -> None:
    class Interrupts(list[QuestionResult]):
        def __iter__(self) -> Iterator[QuestionResult]:
            yield from result().questions[:1]
            raise KeyboardInterrupt

    run = new_run(store)
    interrupted = result()
    interrupted.questions = Interrupts(interrupted.questions)
    with pytest.raises(KeyboardInterrupt):
        store.add(run, interrupted)
    assert store.finished(run) == set()
    with closing(Store(path)) as other:  # and no lock is left
        other.add(run, result())


def test_a_missing_file_is_not_made_to_be_read(path: Path) -> None:
    with pytest.raises(UserError) as caught:
        Store(path, create=False)
    assert caught.value == UserError(str(path), sentence("a-results-file"),
                                     sentence("no-such-file"), sentence("grade-or-name"))
    assert not path.exists()


def test_another_kind_of_file_is_refused(path: Path) -> None:
    path.write_text("file,q1\n")
    with pytest.raises(UserError) as caught:
        Store(path)
    assert caught.value == UserError(str(path), sentence("usable-results"),
                                     "file is not a database", sentence("move-file"))
    assert path.read_text() == "file,q1\n"


def test_another_database_is_refused_and_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE bookmarks (url TEXT)")
        database.commit()
    before = path.read_bytes()
    with pytest.raises(UserError) as caught:
        Store(path)
    assert caught.value.expected == sentence("own-results")
    assert caught.value.found == sentence("other-sqlite")
    assert path.read_bytes() == before


def test_results_of_the_version_before_are_read_and_added_to(path: Path) -> None:
    with closing(Store(path)) as store:
        store.add(run := new_run(store), result())
    with closing(sqlite3.connect(path)) as database:
        database.executescript("DROP TABLE cell_errors; PRAGMA user_version = 4")
    told = replace(result("b"), cell_errors=[CellError(2, True, 1, "x = (", "SyntaxError", "q1")])
    with closing(Store(path, create=False)) as store:
        store.add(run, told)
        assert list(store.results(run)) == [result(), told]


def test_another_schema_is_refused(path: Path) -> None:
    Store(path).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 7")
    with pytest.raises(UserError) as caught:
        Store(path, create=False)
    assert caught.value == UserError(str(path), sentence("results-of-schema", version=5),
                                     "schema 7", sentence("other-version"))


def test_a_folder_in_its_place_is_refused(path: Path) -> None:
    path.mkdir()
    with pytest.raises(UserError) as caught:
        Store(path)
    assert caught.value.found == "unable to open database file"
    assert caught.value.remedy == sentence("check-folder")


def test_a_locked_file_says_so(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(store)
    monkeypatch.setattr(results, "LOCK_SECONDS", 0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UserError) as caught:
            Store(path)
    assert caught.value == UserError(str(path), sentence("usable-results"), "database is locked",
                                     sentence("wait-for-database"))
    store.add(run, result())


def test_a_reader_does_not_disturb_the_writer(store: Store, path: Path) -> None:
    run = new_run(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with closing(Store(path, create=False)) as reader:
            assert [r.run for r in reader.runs()] == [run]


def fill(store: Store, run: int) -> None:
    for number in range(1000):
        store.add(run, result(str(number)))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a tiny disk")
def test_a_full_disk_says_so_and_keeps_what_there_is(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", disk], check=False)
    if mounted.returncode:
        pytest.skip("this machine does not allow mounting")
    try:
        with closing(Store(disk / "results.sqlite")) as store:
            run = new_run(store)
            store.add(run, result("first"))
            (disk / "ballast").write_bytes(bytes(24 << 10))
            with pytest.raises(UserError) as caught:
                fill(store, run)
            kept = {name for name, _ in store.finished(run)}
            (disk / "ballast").unlink()
            store.add(run, result("last"))
            assert {name for name, _ in store.finished(run)} == kept | {"last"}
            assert "first" in kept
    finally:
        subprocess.run(["umount", disk], check=True)
    assert caught.value.found == "database or disk is full"
    assert caught.value.remedy == sentence("free-space")


@pytest.mark.parametrize(("text", "kept"), [
    ("a\x1b[31mb\n\tc\u202ed", "a [31mb c d"),
    ("x" * 600, "x" * 499 + "…"),
    ("学生", "学生"),
])
def test_student_text_is_bounded_and_printable(text: str, kept: str) -> None:
    assert clean(text) == kept
