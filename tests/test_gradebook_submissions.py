"""Submissions meet the roster, by their paths, Gradescope's list and people's corrections."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from autograder.errors import UserError
from gradebook.intake.owners import People
from gradebook.intake.platform_files import Deposit, Submitter
from gradebook.intake.results import Results, read_results
from gradebook.intake.roster import read_roster
from gradebook.intake.submissions import Corrections, join, read_corrections
from tests.gradebook_samples import submission, write_results, write_roster

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People.of(read_roster(write_roster(tmp_path / "roster.csv", 5)))


def results(folder: Path, *files: str) -> Results:
    rows = [submission(file, submitted_at="2026-11-05T08:00:00+00:00") for file in files]
    return read_results(write_results(folder / "results.sqlite", rows), "hw3")


def test_unowned_submissions_become_problems_with_the_nearest_ids(
    tmp_path: Path, people: People
) -> None:
    claims, problems = join(
        results(tmp_path, "2023001.ipynb", "hw3.ipynb", "20230002.ipynb", "2023001_2023002.ipynb"),
        people, {}, Corrections())
    assert claims[["file", "student"]].to_numpy().tolist() == [["2023001.ipynb", 0]]
    assert [(p.what, p.found, p.remedy) for p in problems] == [
        ("submission without a student", "hw3.ipynb",
         "say whose it is in the file that `corrections` names"),
        ("submission without a student", "20230002.ipynb",
         "did you mean 2023002? say whose it is in the file that `corrections` names"),
        ("submission without a student", "2023001_2023002.ipynb (names several students)",
         "did you mean 2023001 or 2023002? say whose it is in the file that `corrections` names"),
    ]


def test_a_student_cannot_take_anothers_place_by_a_file_name(
    tmp_path: Path, people: People
) -> None:
    claims, problems = join(results(
        tmp_path, "student01_501_1001_hw3.ipynb", "thief_666_1002_2023001.ipynb"),
        people, {}, Corrections())
    assert claims["file"].tolist() == ["student01_501_1001_hw3.ipynb"]
    assert problems[0].found == (
        "thief_666_1002_2023001.ipynb (two users of the platform claim this student)")


def test_where_nobody_is_sure_none_of_the_rivals_counts(tmp_path: Path, people: People) -> None:
    claims, problems = join(results(
        tmp_path, "aaa_501_1001_2023001.ipynb", "bbb_502_1002_2023001.ipynb",
        "ccc_503_1003_2023002.ipynb"), people, {}, Corrections())
    assert claims["file"].tolist() == ["ccc_503_1003_2023002.ipynb"]
    assert len(problems) == 2


def test_a_group_is_a_claim_for_each(tmp_path: Path, people: People) -> None:
    created = pd.Timestamp("2026-11-06T01:00:00Z")
    deposits = {"submission_1": Deposit(
        (Submitter("", "2023001", ""), Submitter("", "2023003", ""), Submitter("", "9", "")),
        created)}
    claims, problems = join(results(tmp_path, "submission_1/x.ipynb"), people, deposits,
                            Corrections())
    assert claims["student"].tolist() == [0, 2]
    assert claims["submitted_at"].tolist() == [created, created]
    (problem,) = problems
    assert problem.what == "group with an unknown member"
    assert problem.found == "submission_1/x.ipynb (submitter not in the roster: 9)"


def test_times_of_a_download_are_not_times_of_submission(tmp_path: Path, people: People) -> None:
    found = results(tmp_path, "student01_LATE_501_1001_hw3.ipynb", "2023002.ipynb")
    claims, _ = join(found, people, {}, Corrections())
    assert claims["submitted_at"].isna().tolist() == [True, False]
    assert claims["late_mark"].tolist() == [True, False]
    claims, _ = join(found, people, {}, Corrections(), file_times=False)
    assert claims["submitted_at"].isna().all()


def corrections(folder: Path, text: str) -> Path:
    path = folder / "corrections.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_people_have_the_last_word(tmp_path: Path, people: People) -> None:
    path = corrections(tmp_path, "submission,id,submitted_at\nhw3.ipynb,2023001 2023002,\n"
                       "2023003.ipynb,-,\n2023004.ipynb,,2026-11-06 10:00\n"
                       "2023005.ipynb,2023999,\nnone.ipynb,2023001,\n")
    found, problems = read_corrections(path, people, ZONE)
    assert [(p.row, p.what, p.found) for p in problems] == [(5, "unknown student", "2023999")]
    claims, problems = join(results(tmp_path, "hw3.ipynb", "2023003.ipynb", "2023004.ipynb",
                                    "2023005.ipynb"), people, {}, found)
    assert claims[["file", "student"]].to_numpy().tolist() == [
        ["hw3.ipynb", 0], ["hw3.ipynb", 1], ["2023004.ipynb", 3], ["2023005.ipynb", 4]]
    assert claims["submitted_at"].iloc[2] == datetime(2026, 11, 6, 2, tzinfo=UTC)
    assert [(p.what, p.found) for p in problems] == [
        ("correction of an unknown submission", "none.ipynb")]


@pytest.mark.parametrize(
    ("text", "where", "expected"),
    [
        ("submission,id\na,2023001\na,2023002\n", "rows 2, 3", "a submission named once"),
        ("submission,submitted_at\na,noon\n", "row 2",
         "a date with time, such as 2026-11-06T23:59:00+08:00"),
        ("name,id\na,2023001\n", "row 1", "a header with submission (submission)"),
        ("submission,submitted_at\na,2026-11-06T10:00+09:00\n", "row 2",
         "a time in the course's zone Asia/Shanghai (+08:00)"),
    ],
)
def test_bad_corrections(
    tmp_path: Path, people: People, text: str, where: str, expected: str
) -> None:
    with pytest.raises(UserError) as caught:
        read_corrections(corrections(tmp_path, text), people, ZONE)
    assert caught.value.where == f"{tmp_path / 'corrections.csv'}, {where}"
    assert caught.value.expected == expected
