"""Points that people give."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from autograder.errors import UserError, UserErrors
from gradebook.intake.marking import read_manual
from gradebook.intake.owners import People
from gradebook.intake.roster import read_roster
from gradebook.tables import Problem
from tests.gradebook_samples import in_rows, write_roster
from tests.sentences import sentence

WRITTEN = {"w1": 10.0, "w2": 5.0}
CHECKED = {"q01": 5.0}


def manual(folder: Path, text: str) -> tuple[pd.DataFrame, list[Problem]]:
    people = People.of(read_roster(write_roster(folder / "roster.csv", 5)))
    path = folder / "manual.csv"
    path.write_text(text, encoding="utf-8")
    return read_manual(path, people, WRITTEN, CHECKED)


def test_a_rubric_adds_up(tmp_path: Path) -> None:
    found, problems = manual(
        tmp_path, "学号,题目,评分项,分数\n2023001,w1,idea,3\n2023001,w1,style,2.5\n"
        "2023002,w1,idea,0\n2023002,q01,,-2\n2023003,w1,idea,\n2023099,w1,idea,1\n")
    assert found.loc[0, "w1"] == 5.5
    assert found.loc[1, ["w1", "q01"]].tolist() == [0, -2]
    assert 2 not in found.index
    assert [(p.row, p.what, p.found) for p in problems] == [(7, sentence("unknown-student"),
                                                             "2023099")]


def test_a_column_for_each_question(tmp_path: Path) -> None:
    text = "id,name,w2,w1\n2023001,A,4,8\n2023002,B,,1\n2023099,C,1,1\n"
    found, problems = manual(tmp_path, text)
    assert found.loc[0, ["w1", "w2"]].tolist() == [8, 4]
    assert found.loc[1, "w2"] != found.loc[1, "w2"]
    assert [p.row for p in problems] == [4]


def test_an_empty_file_gives_nothing(tmp_path: Path) -> None:
    found, problems = manual(tmp_path, "id,question,points\n")
    assert found.empty and problems == []


@pytest.mark.parametrize(
    ("text", "where", "expected", "found", "remedy"),
    [
        ("id,question,points\n2023001,w1,10.5\n", in_rows(2),
         sentence("points-up-to", most=10, question="w1"),
         "10.5 for 2023001", sentence("correct-points")),
        ("id,question,line,points\n2023001,w1,a,6\n2023001,w1,b,5\n", in_rows(2, 3),
         sentence("points-up-to", most=10, question="w1"), "11 for 2023001",
         sentence("correct-points")),
        ("id,question,points\n2023001,w1,-1\n", in_rows(2),
         sentence("points-up-to", most=10, question="w1"),
         "-1 for 2023001", sentence("correct-points")),
        ("id,question,points\n2023001,q01,-6\n", in_rows(2),
         sentence("points-between", least=-5, most=5, question="q01"),
         "-6 for 2023001", sentence("correct-points")),
        ("id,question,points\n2023001,w11,1\n", in_rows(2),
         sentence("one-of-questions", questions="q01, w1, w2"), "w11",
         sentence("did-you-mean", name="w1")),
        ("id,question,points\n2023001,w1,ten\n2023002,w1,nan\n", in_rows(2, 3),
         sentence("points-or-empty"), "ten, nan", sentence("correct-cell")),
        ("id,question,points\n2023001,w1,1\n2023001,w1,2\n", in_rows(2, 3),
         sentence("one-row-each"), sentence("rows-doubled", id=2023001, question="w1", count=2),
         sentence("remove-or-line")),
        ("id,w1\n2023001,11\n", in_rows(2), sentence("points-up-to", most=10, question="w1"),
         "11 for 2023001",
         sentence("correct-points")),
        ("id,w\u200b_1\n2023001,1\n", ", column w_1", sentence("homework-question"), "w_1",
         sentence("did-you-mean", name="w1")),
        ("id,essay\n2023001,1\n", in_rows(1), sentence("points-columns", questions="q01, w1, w2"),
         "id, essay", sentence("name-columns-so")),
        ("name,w1\nA,1\n", in_rows(1), sentence("header-with", wanted="id (学号)"), "name, w1",
         sentence("add-column")),
    ],
)
def test_bad_rows(
    tmp_path: Path, text: str, where: str, expected: str, found: str, remedy: str
) -> None:
    with pytest.raises(UserError) as caught:
        manual(tmp_path, text)
    error = caught.value
    assert error.where == f"{tmp_path / 'manual.csv'}{where}"
    assert (error.expected, error.found, error.remedy) == (expected, found, remedy)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserErrors) as caught:
        manual(tmp_path, "id,question,points\n2023001,w11,1\n2023001,w1,ten\n2023002,w1,11\n"
                         "2023003,w1,-1\n2023004,w2,1\n2023004,w2,2\n2023005,w11,1\n")
    assert [(error.where.rsplit(".csv")[1], error.found) for error in caught.value.errors] == [
        (in_rows(2, 8), "w11"), (in_rows(3), "ten"),
        (in_rows(6, 7), sentence("rows-doubled", id=2023004, question="w2", count=2)),
        (in_rows(4), "11 for 2023002"), (in_rows(5), "-1 for 2023003")]
    with pytest.raises(UserErrors) as caught:
        manual(tmp_path, "id,w_1,w_2\n2023001,1,1\n")
    assert [error.found for error in caught.value.errors] == ["w_1", "w_2"]
