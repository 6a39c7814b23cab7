"""How people name a run."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from autograder.errors import UserError
from autograder.grading.stored_results import opened, results_file
from autograder.store import Store
from tests.sentences import sentence


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with closing(Store(tmp_path / "results.sqlite")) as store:
        for digest in ("1", "2"):
            store.open_run("hw", digest, {}, {}, "")
    return tmp_path


@pytest.mark.parametrize(("suffix", "run"), [
    ("", 2), ("/results.sqlite", 2), (":1", 1), ("/results.sqlite:1", 1), (":2", 2)])
def test_a_run_is_found(folder: Path, suffix: str, run: int) -> None:
    with opened(f"{folder}{suffix}") as (_, found):
        assert found.run == run
    assert results_file(f"{folder}{suffix}") == folder / "results.sqlite"


def test_a_folder_may_be_named_like_a_run(folder: Path) -> None:
    inner = folder / "a:1"
    inner.mkdir()
    (folder / "results.sqlite").rename(inner / "results.sqlite")
    with opened(str(inner)) as (_, found):
        assert found.run == 2


def test_a_run_that_is_not_there_says_so(folder: Path) -> None:
    with pytest.raises(UserError) as caught, opened(f"{folder}:3"):
        raise AssertionError("there is none")
    assert (caught.value.found, caught.value.remedy) == (sentence("only-runs", known="1, 2"),
                                                         sentence("name-run"))
