"""Whose submission is it? Paths as they come from every platform."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from gradebook.intake.owners import People, owner_of, words_of
from gradebook.intake.platform_files import Deposit, Submitter
from gradebook.intake.roster import Roster, read_roster


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    path = tmp_path_factory.mktemp("roster") / "roster.csv"
    path.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Email\n"
        '"One, Student",501,2023001,s01,A,s01@example.edu\n"Two, Student",502,2023002,s02,A,\n'
        '"Same, Name",503,2023003,s03,A,\n"Same, Name",504,2023004,s04,A,\n'
        "学生05,505,AB_05,s05,A,\n", encoding="utf-8")
    found: Roster = read_roster(path)
    return People.of(found)


@pytest.mark.parametrize(
    ("file", "student"),
    [
        ("2023001.ipynb", 0),
        ("2023001_hw3.ipynb", 0),
        ("hw3_final_2023001.ipynb", 0),
        ("hw3_2023001-1.ipynb", 0),
        ("2023001/hw3.ipynb", 0),
        ("class_a/2023001_x/deep/hw3.ipynb", 0),
        ("２０２３００１_hw3.ipynb", 0),
        ("AB_05_hw3.ipynb", 4),
        ("hw3_AB_05.zip", 4),
        ("2023002_hw3_2026_11_06T07_13_47_644186.zip", 1),
        ("onestudent_501_67890_hw3.ipynb", 0),
        ("onestudent_LATE_501_67890_hw3-1.ipynb", 0),
        ("unknownname_501_67890_hw3.ipynb", 0),
        ("onestudent_99999_67890_hw3.ipynb", 0),
        ("stranger_99999_67890_2023002.ipynb", 1),
        ("onestudent_501_67890_2023002.ipynb", 0),
        ("submissions.zip/onestudent_501_67890_hw3.ipynb", 0),
        ("onestudent_501_67890_hw3.zip/hw3.ipynb", 0),
        ("One, Student_12345_assignsubmission_file_/hw3.ipynb", 0),
        ("Two, Student_12345_assignsubmission_file_hw3.ipynb", 1),
        ("学生05_12345_assignsubmission_file_/2023002.ipynb", 4),
        ("Same, Name_12345_assignsubmission_file_/2023003.ipynb", 2),
    ],
)
def test_the_owner(people: People, file: str, student: int) -> None:
    assert owner_of(file, people, {}).students == (student,)


@pytest.mark.parametrize(
    ("file", "doubt"),
    [
        ("hw3.ipynb", ""),
        ("20230011.ipynb", ""),
        ("x2023001.ipynb", ""),
        ("2023001 hw3.ipynb", ""),
        ("2023001_and_2023002.ipynb", "names several students"),
        ("2023001/2023002.ipynb", "names several students"),
        ("samename_99_67890_hw3.ipynb", ""),
        ("Same, Name_12345_assignsubmission_file_/hw3.ipynb", ""),
        ("", ""),
    ],
)
def test_nobody_is_guessed(people: People, file: str, doubt: str) -> None:
    owner = owner_of(file, people, {})
    assert (owner.students, owner.doubt) == ((), doubt)


def test_what_canvas_says_besides(people: People) -> None:
    owner = owner_of("onestudent_LATE_501_67890_hw3-2.ipynb", people, {})
    assert (owner.late, owner.timeless, owner.sure, owner.account) == (
        True, True, True, "Canvas 501")
    earlier = owner_of("onestudent_501_67889_hw3-1.ipynb", people, {})
    assert earlier.order < owner.order
    assert not earlier.late


def test_a_name_in_a_file_is_no_proof(people: People) -> None:
    owner = owner_of("stranger_99999_67890_2023002.ipynb", people, {})
    assert not owner.sure


def test_plain_resubmissions_are_in_order(people: People) -> None:
    assert owner_of("2023001_hw3.ipynb", people, {}).order == 0
    assert owner_of("2023001_hw3-2.ipynb", people, {}).order == 2


def test_a_group_on_gradescope(people: People) -> None:
    deposits = {"submission_7": Deposit(
        (Submitter("", "2023001", ""), Submitter("Two, Student", "", ""),
         Submitter("", "", "S01@example.edu"), Submitter("Nobody", "777", "")), None)}
    owner = owner_of("export/submission_7/2023005.ipynb", people, deposits)
    assert owner.students == (0, 1)
    assert owner.doubt == "submitter not in the roster: 777"
    assert owner_of("submission_8/2023002.ipynb", people, deposits).students == (1,)


def test_moodle_participants_of_a_blind_assignment(people: People) -> None:
    people.by_moodle["12345"] = 3
    owner = owner_of("Participant_12345_assignsubmission_file_/hw3.ipynb", people, {})
    del people.by_moodle["12345"]
    assert owner.students == (3,)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("2023001 hw3.ipynb", "did you mean 2023001? "),
        ("hw3-2023001.ipynb", "did you mean 2023001? "),
        ("x2023001y.ipynb", "did you mean 2023001? "),
        ("2023011.ipynb", "did you mean 2023001? "),
        ("203002_hw3.ipynb", "did you mean 2023002? "),
        ("hw3.ipynb", ""),
    ],
)
def test_what_almost_matches_is_suggested(people: People, file: str, said: str) -> None:
    assert people.remedy(words_of(file), "ask") == f"{said}ask"


def test_an_id_that_the_roster_has_twice_is_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("id,name\n2023001,One\n2023002,Two\n2023002,Three\n", encoding="utf-8")
    people = People.of(read_roster(path))
    assert not owner_of("2023002_hw3.ipynb", people, {}).students
    assert people.remedy(words_of("2023002_hw3.ipynb"), "ask") == (
        "give every student of the roster an id of their own")


def test_a_duplicate_name_matches_nobody(people: People) -> None:
    assert "namesame" not in people.by_name and "samename" not in people.by_name
    assert pd.Series(list(people.by_id.values())).is_unique
