"""Parts of a class: each submission in just one, whatever the order of the files."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.errors import UserError
from autograder.grading import local
from autograder.grading.discover import Submission
from autograder.grading.grade import Shard, digest_of, grade, read_shard
from autograder.sandbox.client import PROCESS
from autograder.store import Store
from tests.quick import QuickSupervisor
from tests.sentences import sentence
from tests.tiny import write_zip


def submissions(*names: str) -> list[Submission]:
    return [Submission(Path(name), name, f"{name}.ipynb", name, None) for name in names]


NAMES = [f"student{n}" for n in range(11)] + ["学生", "a b", "=1"]


@pytest.mark.parametrize("count", [1, 2, 3, 14, 20])
def test_every_submission_is_in_one_shard(count: int) -> None:
    parts = [Shard(i, count).of(submissions(*NAMES)) for i in range(1, count + 1)]
    assert sorted(s.name for part in parts for s in part) == sorted(NAMES)
    assert [len(part) for part in parts] == [
        Shard(i, count).size(len(NAMES)) for i in range(1, count + 1)]
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_the_order_of_the_files_does_not_matter() -> None:
    shuffled = random.Random(1).sample(NAMES, len(NAMES))
    one, other = Shard(2, 3), Shard(2, 3)
    assert one.of(submissions(*NAMES)) == other.of(submissions(*shuffled))
    assert one.settings(submissions(*NAMES)) == other.settings(submissions(*shuffled))


def test_a_digest_of_names_does_not_run_them_together() -> None:
    assert digest_of(["ab", "c"]) != digest_of(["a", "bc"])
    assert digest_of(["a", "b"]) == digest_of(["b", "a"])


@pytest.mark.parametrize("text", ["1/1", "3/8", "8/8", "12/1000000"])
def test_a_shard_is_read(text: str) -> None:
    assert str(read_shard(text)) == text


@pytest.mark.parametrize(
    "text", ["0/4", "5/4", "x", "", "1", "1/0", "-1/4", "1/4/4", "1.5/4", " 1/4", "１/4", "1/-4"])
def test_a_bad_shard_says_so(text: str) -> None:
    with pytest.raises(UserError) as caught:
        read_shard(text)
    assert caught.value == UserError("--shard", sentence("shard-form"), repr(text),
                                     sentence("give-shards"))


def test_a_bad_shard_stops_the_command_before_anything_else(tmp_path: Path) -> None:
    shown = CliRunner().invoke(
        main, ["grade", "none.zip", "none", "--out", str(tmp_path / "out"), "--shard", "0/4"])
    assert shown.exit_code == 2
    assert shown.stderr.startswith("homework: --shard\n")
    assert sentence("shard-form") in shown.stderr
    assert not (tmp_path / "out").exists()


def test_a_run_stores_its_shard_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QuickSupervisor, "log", tmp_path / "log", raising=False)
    monkeypatch.setattr(local, "Supervisor", QuickSupervisor)
    archive, subs, out = write_zip(tmp_path / "autograder.zip"), tmp_path / "subs", tmp_path / "out"
    subs.mkdir()
    for name in ("a", "b", "c", "d", "e"):
        (subs / f"{name}.ipynb").write_text("right")
    for skipped in (0, 2):
        graded = grade(archive, [subs], out, isolation=PROCESS, shard=Shard(2, 2))
        assert [s.file for s in graded.summaries] == ["b.ipynb", "d.ipynb"]
        assert graded.skipped == skipped
    with closing(Store(out / "results.sqlite", create=False)) as store:
        [run] = store.runs()
    shard = run.settings["shard"]
    assert (shard["index"], shard["count"], shard["submissions"]) == (2, 2, 5)
    assert shard["names"] == digest_of("abcde")


def test_a_shard_without_submissions_is_graded_too(tmp_path: Path) -> None:
    archive, subs = write_zip(tmp_path / "autograder.zip"), tmp_path / "subs"
    subs.mkdir()
    (subs / "a.ipynb").write_text("right")
    graded = grade(archive, [subs], tmp_path / "out", shard=Shard(2, 2))
    assert graded.summaries == []
    assert (tmp_path / "out" / "final_grades.csv").is_file()


def test_a_shard_of_a_cluster_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        grade(write_zip(tmp_path / "autograder.zip"), [tmp_path], tmp_path / "out",
              shard=Shard(1, 2), cluster="tcp://127.0.0.1:1")
    assert caught.value == UserError("--shard", sentence("shard-or-cluster"), "both",
                                     sentence("leave-shard-out"))
