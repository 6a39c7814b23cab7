"""Misconceptions: what the answers of a class show, and which share of it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from scipy import stats

from autograder.model import Diagnosis, DiagnosisKind, DifferingCall
from gradebook.exports.people import mistakes_frame
from gradebook.intake.results import read_diagnoses
from gradebook.statistics.cohort import cohort
from gradebook.statistics.items import KINDS, misconceptions
from tests.gradebook_cohorts import frames_of
from tests.gradebook_samples import submission, write_results

MISTAKES = ["sign", "mirror", "bias"]
ANSWERS = ["pppp"] * 5 + ["pffp"] * 4 + ["ppff"] * 2 + ["ffff"] * 3 + ["pppf"]
SHOWS = {"q01": {"pffp": ("named", ["sign"]), "ppff": ("several", ["sign", "bias"]),
                 "ffff": ("group", [], "ab12cd")}}


def test_counts_of_a_class() -> None:
    class_ = cohort(frames_of({"q01": ANSWERS}, {"q01": MISTAKES}, SHOWS))
    found = misconceptions(class_)
    table = found.mistakes.loc["q01"]
    assert table["students"].tolist() == [15] * 3
    assert table["holds"].to_dict() == {"sign": 6, "mirror": 0, "bias": 2}
    assert table["alone"].to_dict() == {"sign": 4, "mirror": 0, "bias": 0}
    low, high = stats.binomtest(6, 15).proportion_ci(method="wilson")
    assert table.loc["sign", ["share", "share_low", "share_high"]].tolist() == pytest.approx(
        [0.4, low, high])
    assert found.questions.loc["q01"].to_dict() == dict(zip(
        KINDS, [5, 4, 2, 3, 0, 0, 0, 1], strict=True))
    [group] = found.groups
    assert (group.question, group.label, group.students) == ("q01", "ab12cd", 3)
    assert group.call["given"] == "2" and group.code == "def f(): return 2"


def test_without_records_no_belief_is_read() -> None:
    found = misconceptions(cohort(frames_of({"q01": ANSWERS}, {"q01": MISTAKES})))
    assert found.mistakes["holds"].sum() == 0
    assert found.questions.loc["q01", "verdicts only"] == 10
    assert found.groups == []


def test_nothing_is_said_of_a_class_under_five() -> None:
    shows = {"q01": {"pffp": ("named", ["sign"])}}
    found = misconceptions(cohort(frames_of({"q01": ["pffp"] * 4}, {"q01": MISTAKES}, shows)))
    assert found.mistakes.isna().all(axis=None) and found.questions.isna().all(axis=None)
    assert found.groups == []


def test_the_table_of_mistakes_speaks_chinese() -> None:
    class_ = cohort(frames_of({"q01": ANSWERS, "q02": ["pp"] * 15}, {"q01": MISTAKES}, SHOWS))
    table = mistakes_frame(class_, misconceptions(class_), "zh").fillna({"share": -1.0})
    first = table[table["question"] == "q01"]
    assert first["mistake"].iloc[:3].tolist() == ["sign", "bias", "mirror"]
    assert first["belief"].iloc[0] == "以为 sign"
    assert first["holds"].iloc[3:].tolist() == [3, 0, 0, 0, 1]
    assert table[table["question"] == "q02"]["holds"].tolist() == [0] * 5


def test_equal_fingerprints_are_a_group(tmp_path: Path) -> None:
    results = []
    for number, (kind, print_) in enumerate([
        ("unknown", "aaaa1111"), ("unknown", "aaaa1111"), ("unknown", "bbbb2222"),
        ("named", "aaaa1111"), ("unknown", ""), ("unknown", ""),
    ]):
        result = submission(f"{number}_hw3.ipynb", {"q01_mean": ["axis"]})
        result.questions[0].diagnosis = Diagnosis(
            DiagnosisKind(kind), ["wrong_axis"] if kind == "named" else [], fingerprint=print_,
            call=DifferingCall("axis", "mean(1)", "1", "=2"))
        results.append(result)
    path = write_results(tmp_path / "r.sqlite", results)
    with closing(sqlite3.connect(path)) as database:
        numbers = [n for (n,) in database.execute("SELECT submission FROM submissions")]
    found = read_diagnoses(path, numbers)
    assert sorted(found["kind"]) == ["group", "group", "named", "unknown", "unknown", "unknown"]
    assert set(found["group"]) == {"aaaa11", ""}
    assert found["call"].iloc[0]["given"] == "=2"
    assert read_diagnoses(path, numbers[:1])["kind"].tolist() == ["unknown"]
    assert isinstance(found, pd.DataFrame) and json.dumps(found["mistakes"].tolist())
