"""Shards that are joined are one undivided run; whatever does not fit together is named."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.errors import UserError
from autograder.grading import grade as grade_module
from autograder.grading import local
from autograder.grading.attempt import Limits
from autograder.grading.grade import Shard, grade, merge
from autograder.grading.stored_results import diff_runs
from autograder.sandbox.client import PROCESS
from autograder.store import Store
from tests.quick import QuickSupervisor
from tests.sentences import sentence
from tests.tiny import TESTS, write_zip

NAMES = ["a", "b", "Alice", "alice", "学生", "=1+1", "d", "e", "f", "g"]
COUNT = 3


class Class:
    """A homework, a folder of submissions, and what is graded of it; nothing is run."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.subs = folder, folder / "subs"
        self.archive = folder / "tiny/autograder.zip"  # the homework is called after its folder

    def make(self) -> None:
        self.archive.parent.mkdir()
        write_zip(self.archive)
        self.subs.mkdir()
        for name in NAMES:
            (self.subs / f"{name}.ipynb").write_text("right", encoding="utf-8")

    def grade(self, out: str, shard: Shard | None = None, **options: Any) -> str:
        grade(self.archive, [self.subs], self.folder / out, isolation=PROCESS, shard=shard,
              **options)
        return str(self.folder / out)

    def shards(self, count: int = COUNT) -> list[str]:
        return [self.grade(f"{i}of{count}", Shard(i, count)) for i in range(1, count + 1)]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Class:
    """A class of which the whole and every shard are graded, once for all tests."""
    course = Class(tmp_path_factory.mktemp("prepared"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(QuickSupervisor, "log", course.folder / "log", raising=False)
        patched.setattr(local, "Supervisor", QuickSupervisor)
        course.make()
        course.grade("whole")
        course.shards()
    return course


@pytest.fixture
def course(prepared: Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Class:
    """A copy of it; what is graded already is not graded again."""
    monkeypatch.setattr(QuickSupervisor, "log", tmp_path / "log", raising=False)
    monkeypatch.setattr(local, "Supervisor", QuickSupervisor)
    shutil.copytree(prepared.folder, tmp_path, dirs_exist_ok=True)
    return Class(tmp_path)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*")
        if path.is_file() and path.suffix in (".csv", ".json")
    }


def test_merged_shards_are_one_undivided_run(course: Class, tmp_path: Path) -> None:
    whole = course.grade("whole")
    merged = merge(list(reversed(course.shards())), tmp_path / "merged")
    assert (merged.shards, merged.submissions) == (COUNT, len(NAMES))
    assert diff_runs(whole, str(tmp_path / "merged")) == []
    assert files(tmp_path / "merged") == files(tmp_path / "whole")
    assert len(files(tmp_path / "merged")) == len(NAMES) + 1
    with closing(Store(tmp_path / "whole/results.sqlite")) as one, \
            closing(Store(tmp_path / "merged/results.sqlite")) as other:
        [run], [joined] = one.runs(), other.runs()
        assert list(one.results(1)) == list(other.results(1))
    assert (run.homework, run.digest, run.settings, run.description) == (
        joined.homework, joined.digest, joined.settings, joined.description)


def test_grading_goes_on_in_merged_results(course: Class, tmp_path: Path) -> None:
    merge(course.shards(), tmp_path / "merged")
    again = grade(course.archive, [course.subs], tmp_path / "merged", isolation=PROCESS)
    assert (again.run, again.skipped) == (1, len(NAMES))


@pytest.mark.slow
def test_more_shards_than_submissions_merge(course: Class, tmp_path: Path) -> None:
    assert merge(course.shards(12), tmp_path / "merged").submissions == len(NAMES)


@pytest.mark.slow
def test_of_a_shard_the_last_run_counts(course: Class, tmp_path: Path) -> None:
    course.shards()
    (course.subs / "late.ipynb").write_text("right")
    assert merge(course.shards(), tmp_path / "merged").submissions == len(NAMES) + 1


def test_the_verb_merges(course: Class, tmp_path: Path) -> None:
    out = tmp_path / "merged"
    shown = CliRunner().invoke(main, ["merge", *course.shards(), "--out", str(out)])
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout.splitlines()[0].endswith(": 10 submissions of 3 shards")
    assert shown.stdout.splitlines()[1:] == [
        str(out / name) for name in ("results.sqlite", "final_grades.csv", "results")]


def other_zip(course: Class) -> str:
    write_zip(course.archive, TESTS | {"files/x": "x"})
    return course.grade("other", Shard(3, 3))


def other_homework(course: Class) -> str:
    write_zip(course.archive, TESTS | {"otter_config.json": '{"assignment_name": "hw9"}'})
    return course.grade("other", Shard(3, 3))


def other_limits(course: Class) -> str:
    return course.grade("other", Shard(3, 3), limits=Limits(check=1))


def other_version(course: Class) -> str:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(grade_module, "version", lambda: "another one")
        return course.grade("other", Shard(3, 3))


def other_division(course: Class) -> str:
    return course.grade("other", Shard(3, 4))


def one_more_submission(course: Class) -> str:
    (course.subs / "late.ipynb").write_text("right")
    return course.grade("other", Shard(3, 3))


def another_submission(course: Class) -> str:
    (course.subs / "a.ipynb").rename(course.subs / "z.ipynb")
    return course.grade("other", Shard(3, 3))


def whole(course: Class) -> str:
    return course.grade("other")


def one_twice(course: Class) -> str:
    return course.grade("other", Shard(2, 3))


def one_incomplete(course: Class) -> str:
    name = sorted(NAMES)[5]
    (course.subs / f"{name}.ipynb").write_text("not_run")
    return course.grade("other", Shard(3, 3))


DIFFERENT: dict[Callable[[Class], str], tuple[str, str, str]] = {
    other_zip: ("autograder.zip: ", "", sentence("same-shards")),
    other_homework: ("homework: ", "hw9", sentence("merge-homework")),
    other_limits: ("limits: {'cell': 60.0, 'check': 10.0,", "'check': 1,", sentence("same-shards")),
    other_version: ("grader: autograder ", "another one", sentence("same-shards")),
    other_division: (f"{sentence('shards-number')}: 3,", "4", sentence("merge-division")),
    one_more_submission: (f"{sentence('class-size')}: 10", "11", sentence("same-submissions")),
    another_submission: (sentence("class-names"), "", sentence("same-submissions")),
    whole: (sentence("shard-run"), sentence("whole-class"), ""),
    one_twice: (sentence("shard-once"), "2/3", sentence("leave-one-out")),
    one_incomplete: (sentence("shard-size", size=3, shard="3/3"),
                     sentence("shard-graded", count=2), sentence("shard-again")),
}


@pytest.mark.parametrize("make", DIFFERENT, ids=lambda make: make.__name__)
def test_shards_that_do_not_fit_say_so(
    course: Class, tmp_path: Path, make: Callable[[Class], str]
) -> None:
    expected, found, remedy = DIFFERENT[make]
    first = course.shards()[:2]
    other = make(course)
    with pytest.raises(UserError) as caught:
        merge([*first, other], tmp_path / "merged")
    assert caught.value.where == other
    assert expected in caught.value.expected
    assert found in caught.value.found
    assert remedy in caught.value.remedy
    assert not (tmp_path / "merged").exists()


def test_missing_shards_are_named(course: Class, tmp_path: Path) -> None:
    one, _, three, _ = course.shards(4)
    with pytest.raises(UserError) as caught:
        merge([one, three], tmp_path / "merged")
    error = caught.value
    assert (error.where, error.remedy) == (f"{one}, {three}", sentence("shard-missing"))
    assert "4" in error.expected and "2, 4" in error.found


def test_a_target_with_results_is_left_alone(course: Class, tmp_path: Path) -> None:
    whole, given = course.grade("whole"), course.shards()
    before = (tmp_path / "whole/results.sqlite").read_bytes()
    with pytest.raises(UserError) as caught:
        merge(given, tmp_path / "whole")
    error = caught.value
    assert (error.where, error.expected) == (whole, sentence("out-empty"))
    assert "results.sqlite" in error.found
    assert error.remedy == sentence("out-taken")
    assert (tmp_path / "whole/results.sqlite").read_bytes() == before


@pytest.mark.parametrize("suffix", ["", "/results.sqlite", ":1"])
def test_a_target_that_is_a_shard_is_left_alone(
    course: Class, tmp_path: Path, suffix: str
) -> None:
    given = course.shards()
    before = files(tmp_path)
    with pytest.raises(UserError) as caught:
        merge([given[0] + suffix, *given[1:]], Path(given[0]))
    assert caught.value == UserError(
        given[0], sentence("out-own"), sentence("out-shard"), sentence("other-out"))
    assert files(tmp_path) == before


def test_a_shard_that_is_not_there_says_so(course: Class, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=sentence("no-such-file")):
        merge([*course.shards(), str(tmp_path / "none")], tmp_path / "merged")


def test_an_interrupted_merge_leaves_no_results_and_can_be_repeated(
    course: Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, out = course.shards(), tmp_path / "merged"

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(grade_module, "write_exports", interrupted)
        with pytest.raises(KeyboardInterrupt):
            merge(given, out)
    assert not (out / "results.sqlite").exists()
    merge(given, out)
    assert diff_runs(course.grade("whole"), str(out)) == []
    with closing(sqlite3.connect(out / "results.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM submissions").fetchone() == (len(NAMES),)
