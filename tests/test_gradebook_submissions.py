"""Submissions meet the roster, by their paths, Gradescope's list and people's corrections."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from autograder.errors import UserError
from gradebook.intake.owners import People
from gradebook.intake.platform_files import Deposit, Submitter
from gradebook.intake.results import Results, read_results
from gradebook.intake.roster import read_roster
from gradebook.intake.submissions import Corrections, Joined, join, read_corrections
from gradebook.tables import write_table
from tests.gradebook_samples import in_rows, student_id, submission, write_results, write_roster
from tests.sentences import sentence

ZONE = ZoneInfo("Asia/Shanghai")
DUE = datetime(2026, 11, 6, 15, 59, tzinfo=UTC)


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People.of(read_roster(write_roster(tmp_path / "roster.csv", 5)))


def results(folder: Path, *files: str) -> Results:
    rows = [submission(file, submitted_at="2026-11-05T08:00:00+00:00") for file in files]
    return read_results(write_results(folder / "results.sqlite", rows), "hw3")


def joined(people: People, found: Results, deposits: Mapping[str, Deposit] | None = None,
           **options: Any) -> Joined:
    return join(found, people, deposits or {}, Corrections(), ZONE,
                where="COURSE.toml, homework hw3", **options)


def test_unowned_submissions_become_problems_with_the_nearest_ids(
    tmp_path: Path, people: People
) -> None:
    found = joined(people, results(
        tmp_path, "2023001.ipynb", "hw3.ipynb", "20230002.ipynb", "2023001_2023002.ipynb"))
    assert found.claims[["file", "student"]].to_numpy().tolist() == [["2023001.ipynb", 0]]
    say = sentence("say-whose")
    assert [(p.found, p.remedy) for p in found.problems] == [
        (f"hw3.ipynb ({sentence('no-id-in-path')})", say),
        (f"20230002.ipynb ({sentence('no-id-in-path')})",
         f"perhaps 2023002 Student 02: {say}"),
        (f"2023001_2023002.ipynb ({sentence('several-in-path')})",
         f"perhaps 2023001 Student 01, 2023002 Student 02: {say}"),
    ]
    assert {p.what for p in found.problems} == {sentence("submission-without-student")}
    assert [(u.file, u.candidates, u.likely) for u in found.unowned] == [
        ("hw3.ipynb", (), ()), ("20230002.ipynb", (), (1,)),
        ("2023001_2023002.ipynb", (0, 1), (0, 1))]


def test_a_student_cannot_take_anothers_place_by_a_file_name(
    tmp_path: Path, people: People
) -> None:
    found = joined(people, results(
        tmp_path, "student01_501_1001_hw3.ipynb", "thief_666_1002_2023001.ipynb"))
    assert found.claims["file"].tolist() == ["student01_501_1001_hw3.ipynb"]
    assert found.problems[0].found == (
        f"thief_666_1002_2023001.ipynb ({sentence('two-claim')})")


def test_where_nobody_is_sure_none_of_the_rivals_counts(tmp_path: Path, people: People) -> None:
    found = joined(people, results(
        tmp_path, "aaa_501_1001_2023001.ipynb", "bbb_502_1002_2023001.ipynb",
        "ccc_503_1003_2023002.ipynb"))
    assert found.claims["file"].tolist() == ["ccc_503_1003_2023002.ipynb"]
    assert [unowned.candidates for unowned in found.unowned] == [(0,), (0,)]


def test_a_group_is_a_claim_for_each(tmp_path: Path, people: People) -> None:
    created = pd.Timestamp("2026-11-06T01:00:00Z")
    deposits = {"submission_1": Deposit(
        (Submitter("", "2023001", ""), Submitter("", "2023003", ""), Submitter("", "9", "")),
        created)}
    found = joined(people, results(tmp_path, "submission_1/x.ipynb"), deposits)
    assert found.claims["student"].tolist() == [0, 2]
    assert found.claims["submitted_at"].tolist() == [created, created]
    (problem,) = found.problems
    assert problem.what == sentence("group-unknown")
    assert problem.found == f"submission_1/x.ipynb ({sentence('submitter-unknown', names=9)})"


def at(hours: float) -> str:
    return (DUE + timedelta(hours=hours)).isoformat()


def dated(folder: Path, *hours: float) -> Results:
    """Student n's file, so many hours after the deadline by its own time."""
    rows = [submission(f"{student_id(n)}.ipynb", submitted_at=at(after))
            for n, after in enumerate(hours, 1)]
    return read_results(write_results(folder / "results.sqlite", rows), "hw3")


def test_the_time_of_a_file_is_no_time_of_submission(tmp_path: Path, people: People) -> None:
    found = joined(people, dated(tmp_path, 500, 500.01, 500.02))
    assert found.claims["submitted_at"].isna().all()
    assert found.claims["late_mark"].isna().all()


def test_the_times_of_files_count_when_asked_for(tmp_path: Path, people: People) -> None:
    found = joined(people, dated(tmp_path, -30, -3, 5), file_times=True, due=DUE)
    assert found.claims["submitted_at"].tolist() == [DUE + timedelta(hours=h) for h in (-30, -3, 5)]


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ((500, 500.01, 500.02, 500.03), sentence("files-together", many=4, count=4)),
        ((-30, -30.05, -30.1, -30.02, -30.03), sentence("files-together", many=5, count=5)),
        ((500, 530, 560), sentence("files-late", late=3, count=3)),
    ],
)
def test_times_of_a_copy_are_refused(
    tmp_path: Path, people: People, hours: tuple[float, ...], said: str
) -> None:
    with pytest.raises(UserError) as caught:
        joined(people, dated(tmp_path, *hours), file_times=True, due=DUE)
    assert caught.value.where == "COURSE.toml, homework hw3, file_times"
    assert caught.value.found == said


def test_canvas_marks_what_is_late_and_so_what_is_not(tmp_path: Path, people: People) -> None:
    found = joined(people, results(
        tmp_path, "student01_LATE_501_1001_hw3.ipynb", "student02_502_1002_hw3.ipynb",
        "2023003.ipynb"))
    assert found.claims["late_mark"].tolist() == [True, False, pd.NA]


def test_moodles_worksheet_says_how_late(tmp_path: Path, people: People) -> None:
    late = {0: timedelta(0), 1: timedelta(days=1, hours=2), 2: None}
    found = joined(people, results(tmp_path, *(f"{student_id(n)}.ipynb" for n in range(1, 5))),
                   late=late, due=DUE)
    assert found.claims["late_mark"].tolist() == [False, True, pd.NA, pd.NA]
    assert found.claims["submitted_at"].isna().tolist() == [True, False, True, True]
    assert found.claims["submitted_at"][1] == DUE + timedelta(hours=26)


def test_blackboards_time_is_on_the_clocks_of_the_course(tmp_path: Path, people: People) -> None:
    file = "hw1_2023001_attempt_2026-11-06-20-15-00_x.ipynb"
    found = joined(people, results(tmp_path, file))
    assert found.claims["submitted_at"].tolist() == [datetime(2026, 11, 6, 12, 15, tzinfo=UTC)]


def corrections(folder: Path, text: str) -> Path:
    path = folder / "corrections.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_people_have_the_last_word(tmp_path: Path, people: People) -> None:
    path = corrections(tmp_path, "submission,id,submitted_at\nhw3.ipynb,2023001 2023002,\n"
                       "2023003.ipynb,-,\n2023004.ipynb,,2026-11-06 10:00\n"
                       "2023005.ipynb,2023999,\nnone.ipynb,2023001,\n")
    found, problems = read_corrections(path, people, ZONE)
    assert [(p.row, p.what, p.found) for p in problems] == [(5, sentence("unknown-student"),
                                                             "2023999")]
    after = join(results(tmp_path, "hw3.ipynb", "2023003.ipynb", "2023004.ipynb",
                         "2023005.ipynb"), people, {}, found, ZONE)
    claims = after.claims
    assert after.unowned == []
    assert claims[["file", "student"]].to_numpy().tolist() == [
        ["hw3.ipynb", 0], ["hw3.ipynb", 1], ["2023004.ipynb", 3], ["2023005.ipynb", 4]]
    assert claims["submitted_at"].iloc[2] == datetime(2026, 11, 6, 2, tzinfo=UTC)
    assert [(p.what, p.found) for p in after.problems] == [
        (sentence("correction-unknown"), "none.ipynb")]


@pytest.mark.parametrize("file", ["=x  作业（1）.ipynb", "a,b;c.ipynb", " hw3.ipynb"])
def test_a_correction_finds_its_file_as_the_csv_shows_it(
    tmp_path: Path, people: People, file: str
) -> None:
    frame = pd.DataFrame({"submission": [file], "id": ["2023001"]})
    path = write_table(tmp_path / "corrections.csv", frame)
    found, _ = read_corrections(path, people, ZONE)
    after = join(results(tmp_path, file), people, {}, found, ZONE)
    assert after.claims["student"].tolist() == [0]
    assert after.problems == []


@pytest.mark.parametrize(
    ("text", "where", "expected"),
    [
        ("submission,id\na,2023001\na,2023002\n", in_rows(2, 3), sentence("submission-once")),
        ("submission,submitted_at\na,noon\n", in_rows(2),
         sentence("date-and-time", example_time="2026-11-06T23:59:00+08:00")),
        ("name,id\na,2023001\n", in_rows(1),
         sentence("header-with", wanted="submission (submission)")),
        ("submission,submitted_at\na,2026-11-06T10:00+09:00\n", in_rows(2),
         sentence("time-in-zone", key="Asia/Shanghai", offset="+08:00")),
    ],
)
def test_bad_corrections(
    tmp_path: Path, people: People, text: str, where: str, expected: str
) -> None:
    with pytest.raises(UserError) as caught:
        read_corrections(corrections(tmp_path, text), people, ZONE)
    assert caught.value.where == f"{tmp_path / 'corrections.csv'}{where}"
    assert caught.value.expected == expected
