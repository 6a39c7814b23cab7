"""Whose submission is it? Paths as they come from every platform."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from gradebook.book import read_book
from gradebook.intake.owners import NO_NAME, SEVERAL, People, owner_of, words_of
from gradebook.intake.platform_files import Deposit, Submitter
from gradebook.intake.roster import Roster, read_roster
from tests.gradebook_samples import (
    student_id,
    submission,
    write_course,
    write_results,
    write_roster,
)
from tests.sentences import sentence


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
        ("2023001-张三-作业一.ipynb", 0),
        ("作业一-2023002-李四.ipynb", 1),
        ("2023001王五.ipynb", 0),
        ("赵六2023001.ipynb", 0),
        ("2023001 孙七 作业.ipynb", 0),
        ("作业(2023001).ipynb", 0),
        ("作业（2023001）.ipynb", 0),
        ("2023001 (1).ipynb", 0),
        ("2023001.hw3.final.ipynb", 0),
        ("2023001 hw3.ipynb", 0),
        ("hw3-2023001.ipynb", 0),
        ("hw1_2023002_attempt_2026-11-06-20-15-00_x.ipynb", 1),
        ("hw1_s02_attempt_2026-11-06-20-15-00_2023001.ipynb", 1),
        ("hw1-s01/hw1.ipynb", 0),
        ("HW1-S01/2023001.ipynb", 0),
        ("s01@example.edu_3_hw1.ipynb", 0),
        ("S01@EXAMPLE.EDU_3_hw1.ipynb", 0),
        ("homework from s01@example.edu.ipynb", 0),
        ("ab_05_hw3.ipynb", 4),
        ("hw1_2023001_12_x.ipynb", 0),
        ("2023001/2023001_hw3.ipynb", 0),
        ("作业2023001/hw3-1.ipynb", 0),
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
    ("file", "candidates"),
    [
        ("hw3.ipynb", ()),
        ("20230011.ipynb", ()),
        ("x2023001.ipynb", ()),
        ("2023001x.ipynb", ()),
        ("2023001_and_2023002.ipynb", (0, 1)),
        ("2023001/2023002.ipynb", (0, 1)),
        ("2023002.zip/2023001-99.ipynb", (0, 1)),
        ("samename_99_67890_hw3.ipynb", ()),
        ("Same, Name_12345_assignsubmission_file_/hw3.ipynb", ()),
        ("", ()),
    ],
)
def test_nobody_is_guessed(people: People, file: str, candidates: tuple[int, ...]) -> None:
    owner = owner_of(file, people, {})
    assert (owner.students, owner.candidates) == ((), candidates)
    assert owner.reason == (SEVERAL if candidates else NO_NAME)


def test_a_number_that_may_be_an_id_or_a_second_hand_in_is_nobodys(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("id,name\n2023,A\n2023-1,B\n7,C\n", encoding="utf-8")
    people = People.of(read_roster(path))
    assert owner_of("2023-1.ipynb", people, {}).candidates == (0, 1)
    assert owner_of("2023.ipynb", people, {}).students == (0,)
    assert owner_of("2023 (7).ipynb", people, {}).students == (0,)
    assert owner_of("7_hw3.ipynb", people, {}).students == (2,)


def test_the_longest_name_counts(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("id,name,login\n1001,A,john\n1002,B,john.doe\n", encoding="utf-8")
    people = People.of(read_roster(path))
    assert owner_of("hw1-john.doe/x.ipynb", people, {}).students == (1,)
    assert owner_of("hw1-john/x.ipynb", people, {}).students == (0,)


def test_what_two_students_share_names_neither(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("id,name,login\n1001,A,1002\n1002,B,bob\n", encoding="utf-8")
    people = People.of(read_roster(path))
    assert owner_of("1002.ipynb", people, {}).students == ()
    assert owner_of("bob.ipynb", people, {}).students == (1,)


def test_what_canvas_says_besides(people: People) -> None:
    owner = owner_of("onestudent_LATE_501_67890_hw3-2.ipynb", people, {})
    assert (owner.late, owner.sure, owner.account) == (True, True, "Canvas 501")
    earlier = owner_of("onestudent_501_67889_hw3-1.ipynb", people, {})
    assert earlier.order < owner.order
    assert earlier.series == owner.series
    assert earlier.late is False


def test_a_name_in_a_file_is_no_proof(people: People) -> None:
    owner = owner_of("stranger_99999_67890_2023002.ipynb", people, {})
    assert not owner.sure


def test_plain_resubmissions_are_in_order(people: People) -> None:
    names = ["2023001_hw3.ipynb", "2023001_hw3-2.ipynb", "2023001_hw3 (3).ipynb"]
    owners = [owner_of(name, people, {}) for name in names]
    assert [owner.order for owner in owners] == [0, 2, 3]
    assert len({owner.series for owner in owners}) == 1
    assert owner_of("2023001_final.ipynb", people, {}).series != owners[0].series
    assert owners[0].late is None


def test_what_is_one_hand_in(people: People) -> None:
    deposits = {file: owner_of(file, people, {}).deposit for file in (
        "class_a/2023001/deep/hw3.ipynb", "2023001.ipynb", "2023001.zip/hw3.ipynb",
        "One, Student_12345_assignsubmission_file_/a/hw3.ipynb")}
    assert list(deposits.values()) == [
        "class_a/2023001", "2023001.ipynb", "2023001.zip",
        "One, Student_12345_assignsubmission_file_"]


def test_blackboard_says_when(people: People) -> None:
    owner = owner_of("hw1_s02_attempt_2026-11-06-20-15-00_x.ipynb", people, {})
    assert owner.time == datetime(2026, 11, 6, 20, 15)
    assert owner_of("hw1_s02_attempt_2026-13-06-20-15-00_x.ipynb", people, {}).time is None


def test_a_name_like_a_platforms_inside_of_a_hand_in_takes_nothing(people: People) -> None:
    owner = owner_of("2023002/onestudent_501_67890_2023001.ipynb", people, {})
    assert (owner.students, owner.candidates) == ((), (0, 1))


def test_whom_it_may_belong_to(people: People) -> None:
    assert people.likely("作业 student one.ipynb") == [0]
    assert people.likely("20230011.ipynb") == [0]
    assert people.likely("2023001_2023002.ipynb", (0, 1))[:2] == [0, 1]
    assert people.likely("hw3.ipynb") == []


def test_a_group_on_gradescope(people: People) -> None:
    deposits = {"submission_7": Deposit(
        (Submitter("", "2023001", ""), Submitter("Two, Student", "", ""),
         Submitter("", "", "S01@example.edu"), Submitter("Nobody", "777", "")), None)}
    owner = owner_of("export/submission_7/2023005.ipynb", people, deposits)
    assert owner.students == (0, 1)
    assert owner.reason == sentence("submitter-unknown", names=777)
    assert owner_of("submission_8/2023002.ipynb", people, deposits).students == (1,)


def test_moodle_participants_of_a_blind_assignment(people: People) -> None:
    people.by_moodle["12345"] = 3
    owner = owner_of("Participant_12345_assignsubmission_file_/hw3.ipynb", people, {})
    del people.by_moodle["12345"]
    assert owner.students == (3,)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("x2023001y.ipynb", sentence("did-you-mean-ids", ids=2023001)),
        ("2023011.ipynb", sentence("did-you-mean-ids", ids=2023001)),
        ("203002_hw3.ipynb", sentence("did-you-mean-ids", ids=2023002)),
        ("hw3.ipynb", ""),
    ],
)
def test_what_almost_matches_is_suggested(people: People, file: str, said: str) -> None:
    assert people.remedy(words_of(file), "ask") == f"{said} ask".strip()


def test_an_id_that_the_roster_has_twice_is_nobody_elses(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("id,name\n2023001,One\n2023002,Two\n2023002,Three\n", encoding="utf-8")
    people = People.of(read_roster(path))
    assert not owner_of("2023002_hw3.ipynb", people, {}).students
    assert people.remedy(words_of("2023002_hw3.ipynb"), "ask") == sentence("own-ids")


def test_a_duplicate_name_matches_nobody(people: People) -> None:
    assert "namesame" not in people.by_name and "samename" not in people.by_name
    assert pd.Series(list(people.by_id.values())).is_unique


def test_the_numbers_of_canvas_come_from_its_export(tmp_path: Path) -> None:
    """The roster is a registry list: it has ids, and Canvas's file names have none."""
    roster, export = tmp_path / "roster.csv", tmp_path / "canvas.csv"
    roster.write_bytes("学号,姓名\n2023001,张三\n2023002,李四\n2023003,王五\n".encode("gbk"))
    export.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,HW3 (7)\n    Points Possible,,,,,15\n"
        '"Zhang, San",501,2023001,zs,A,\n"Li, Si",502,,2023002,A,\n"X",503,2023003,x,A,\n'
        '"Y",504,2023003,y,A,\n"Guest",505,999,g,A,\n', encoding="utf-8")
    people = People.of(read_roster(roster))
    assert people.with_canvas(roster).by_canvas == people.with_canvas(tmp_path / "none").by_canvas
    people = people.with_canvas(export)
    assert people.by_canvas == {"501": 0, "502": 1}  # two users of one student are nobody's
    owner = owner_of("zhangsan_501_67890_hw3.ipynb", people, {})
    assert (owner.students, owner.sure) == ((0,), True)


def test_a_course_with_a_canvas_export_knows_its_numbers(tmp_path: Path) -> None:
    write_results(tmp_path / "results.sqlite", [submission("zhangsan_501_67890_hw3.ipynb")])
    write_roster(tmp_path / "roster.csv", 1)
    (tmp_path / "canvas.csv").write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,HW3 (7)\n    Points Possible,,,,,15\n"
        f'"Zhang, San",501,{student_id(1)},zs,A,\n', encoding="utf-8")
    course = write_course(tmp_path, more='[exports]\ncanvas = "canvas.csv"\n',
                          homework_more='canvas_column = "HW3 (7)"')
    assert read_book(course).homeworks[0].counted.tolist() == [1]
