"""The one number: drops, weights, rounding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import UserError
from autograder.model import CheckStatus
from gradebook.book import Book, read_book
from gradebook.explain import explain
from gradebook.exports.people import gradebook_frame, registry_frame
from gradebook.policy.total import _dropped, rounded
from tests.gradebook_samples import submission, write_course, write_results, write_roster
from tests.sentences import sentence

ALL = ["example", "axis", "unchanged"]
EARLY = "2026-11-05T08:00:00+00:00"


def book(
    folder: Path, points: Mapping[str, Mapping[int, float | None]], more: str = "",
    keys: str | Mapping[str, str] = "",
) -> Book:
    """Students 1..4 with so many points of 5 in each homework; None: could not be graded."""
    fails = {5: [], 4: ["example"], 3: ["axis"], 1: ["axis", "unchanged"], 0: ALL, None: ALL}
    write_roster(folder / "roster.csv", 4)
    for name, scores in points.items():
        write_results(folder / f"{name}.sqlite", [
            submission(f"{2023000 + n}.ipynb", {"q01_mean": fails[score]}, submitted_at=EARLY,
                       questions=("q01_mean",), check_status=CheckStatus.NOT_RUN
                       if score is None else CheckStatus.FAILED)
            for n, score in scores.items()], homework=name, questions=("q01_mean",))
    homeworks = {name: keys if isinstance(keys, str) else keys[name] for name in points}
    return read_book(write_course(folder, more=more, homeworks=homeworks))


def test_without_weights_points_add_up(tmp_path: Path) -> None:
    found = book(tmp_path, {"hw1": {1: 5, 2: 3}, "hw2": {1: 4, 3: 1}})
    assert found.maximum == 10
    assert found.total.tolist() == [9, 3, 1, 0]
    assert found.status.tolist() == ["graded", "missing", "missing", "missing"]


def test_weights(tmp_path: Path) -> None:
    found = book(tmp_path, {"hw1": {1: 5, 2: 3}, "hw2": {1: 4, 2: 1}},
                 keys={"hw1": "weight = 30", "hw2": "weight = 70"})
    assert found.maximum == 100
    assert found.total.tolist()[:2] == [86, 32]


def test_weight_zero_is_practice(tmp_path: Path) -> None:
    found = book(tmp_path, {"hw1": {1: 5}, "hw2": {1: None, 2: 4}},
                 keys={"hw1": "weight = 1", "hw2": "weight = 0"})
    assert found.total.tolist()[:2] == [100, 0]
    assert found.status.tolist()[:2] == ["graded", "missing"]


def test_the_lowest_is_dropped_by_share_not_by_points(tmp_path: Path) -> None:
    found = book(tmp_path, {"hw1": {1: 5, 2: 4, 3: 3}, "hw2": {1: 3, 2: 4, 3: 5}, "hw3": {1: 4}},
                 more="[grade]\ndrop_lowest = 1",
                 keys={"hw1": "out_of = 100", "hw2": "", "hw3": ""})
    assert found.maximum == 110
    assert found.total.tolist() == pytest.approx(
        [(100 + 4) / 105 * 110, (80 + 4) / 105 * 110, (60 + 5) / 105 * 110, 0], abs=0.005)


def test_an_excused_homework_leaves_the_sum(tmp_path: Path) -> None:
    (tmp_path / "extensions.csv").write_text(
        "id,homework,excused\n2023001,hw1,yes\n2023002,,yes\n2023003,hw1,yes\n", encoding="utf-8")
    found = book(tmp_path, {"hw1": {}, "hw2": {1: 4, 2: 5}}, more='extensions = "extensions.csv"')
    assert found.total.fillna(-1).tolist() == [8, -1, 0, 0]
    assert found.status.tolist() == ["graded", "excused", "missing", "missing"]


def test_one_homework_always_stays(tmp_path: Path) -> None:
    (tmp_path / "extensions.csv").write_text(
        "id,homework,excused\n2023001,hw1,yes\n", encoding="utf-8")
    found = book(tmp_path, {"hw1": {2: 5}, "hw2": {1: 4, 2: 3}},
                 more='extensions = "extensions.csv"\n[grade]\ndrop_lowest = 1')
    assert found.total.tolist()[:2] == [8, 10]


def test_free_days_are_spent_in_the_order_of_the_deadlines(tmp_path: Path) -> None:
    early = "due = 2026-11-04T23:59:00+08:00"
    late = "due = 2026-11-05T09:00:00+08:00"
    found = book(tmp_path, {"hw2": {1: 5}, "hw1": {1: 5}},
                 more='[late]\nfree_days = 1\npenalty = "per_day"\nrate = 0.2',
                 keys={"hw2": late, "hw1": early})
    assert [grades.homework.name for grades in found.homeworks] == ["hw2", "hw1"]
    assert [grades.steps.loc[0, "free_used"] for grades in found.homeworks] == [0, 1]
    assert [grades.score[0] for grades in found.homeworks] == [4, 5]


def test_free_hours_are_spent_in_the_order_of_the_deadlines(tmp_path: Path) -> None:
    """hw1 is 2 h 1 min late, hw2 3 h; an extension gives the second student a day more."""
    due = {"hw2": "due = 2026-11-05T13:00:00+08:00", "hw1": "due = 2026-11-05T13:59:00+08:00"}
    (tmp_path / "extensions.csv").write_text("id,free_days\n2023002,1\n", encoding="utf-8")
    found = book(tmp_path, {"hw1": {1: 5, 2: 5}, "hw2": {1: 5, 2: 5}},
                 more='extensions = "extensions.csv"\n'
                      '[late]\nfree_hours = 5\npenalty = "per_hour"\nrate = 0.1', keys=due)
    assert [grades.steps["free_used"].tolist()[:2] for grades in found.homeworks] == [
        [2, 3], [3, 3]]
    assert found.free_left.tolist() == [0, 23, 5, 5]
    assert [grades.score.tolist()[:2] for grades in found.homeworks] == [[4.5, 5], [5, 5]]
    assert "2 h 1 min late, free late hours used: 2; " in " ".join(found.ledger["detail"])
    told = explain(tmp_path / "COURSE.toml", "2023002")
    assert "Free late hours: 6 used, 23 left." in told


def test_missing_work_left_blank(tmp_path: Path) -> None:
    found = book(tmp_path, {"hw1": {1: 4}, "hw2": {1: 4, 2: 3}}, more='[grade]\nmissing = "blank"')
    assert found.total.fillna(-1).tolist() == [8, 6, -1, -1]
    assert found.status.tolist() == ["graded", "graded", "missing", "missing"]


def test_what_is_not_graded_leaves_no_number(tmp_path: Path) -> None:
    found = book(tmp_path, {"hw1": {1: None}, "hw2": {1: 4}})
    assert found.total.isna().tolist()[0]
    assert found.status.tolist()[0] == "open"


def test_standings_go_before_everything(tmp_path: Path) -> None:
    found = book(tmp_path, {"hw1": {1: 5, 2: 5}})
    (tmp_path / "roster.csv").write_text(
        "学号,姓名,备注\n2023001,学生01,缺考\n2023002,学生02,\n", encoding="utf-8")
    found = read_book(tmp_path / "COURSE.toml")
    assert found.total.fillna(-1).tolist() == [-1, 5]
    assert found.status.tolist() == ["absent", "graded"]
    assert [p.what for p in found.problems] == []


def test_rounding_is_half_up_and_once() -> None:
    values = pd.Series([2.5, 0.125, 87.445, 0.1 + 0.2, 1.005, 99.995])
    assert rounded(values, 2).tolist() == [2.5, 0.13, 87.45, 0.3, 1.01, 100.0]
    assert rounded(values, 0).tolist() == [3, 0, 87, 0, 1, 100]


def test_one_homework_scaled_by_the_course(tmp_path: Path) -> None:
    found = book(tmp_path, {"hw1": {1: 4}}, more="[grade]\nout_of = 30\ndecimals = 1")
    assert (found.total[0], found.maximum) == (24, 30)


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.75, 1.0]), st.sampled_from([1, 5, 30])),
                min_size=2, max_size=6), st.integers(1, 3))
def test_what_helps_the_student_most_is_dropped(work: list[tuple[float, int]], count: int) -> None:
    """No other choice of so many homeworks leaves a better total."""
    shares = pd.DataFrame([[share for share, _ in work]])
    weights = pd.Series([float(weight) for _, weight in work])
    dropped = _dropped(shares, weights, count).to_numpy()[0]
    assert dropped.sum() == min(count, len(work) - 1)

    def share(kept: Iterable[int]) -> float:
        kept = list(kept)
        return sum(work[i][0] * work[i][1] for i in kept) / sum(work[i][1] for i in kept)

    best = max(share(kept) for kept in combinations(range(len(work)), len(work) - dropped.sum()))
    assert share(np.flatnonzero(~dropped)) == pytest.approx(best)


MIDTERM = '[[column]]\nname = "midterm"\nfile = "scores.csv"\n'


def scores(folder: Path, text: str) -> None:
    (folder / "scores.csv").write_text(text, encoding="utf-8")


def test_an_empty_cell_of_a_column_is_open_and_absence_is_a_status(tmp_path: Path) -> None:
    scores(tmp_path, "学号,midterm\n2023001,90\n2023002,\n2023003,缺考\n合计,90\n")
    found = book(tmp_path, {"hw1": {1: 5, 2: 5, 3: 5, 4: 5}},
                 keys=f"weight = 50\n{MIDTERM}weight = 50")
    assert found.total.fillna(-1).tolist() == [95, -1, -1, -1]
    assert found.status.tolist() == ["graded", "open", "absent", "open"]
    assert found.open_scores()["what"].tolist() == ["midterm", "midterm"]
    assert gradebook_frame(found)["midterm"].fillna(-1).tolist() == [90, -1, -1, -1]
    assert registry_frame(found)["成绩"].tolist()[2] == "缺考"


def test_who_is_excused_from_a_column_is_not_counted_by_it(tmp_path: Path) -> None:
    scores(tmp_path, "id,midterm\n2023001,免考\n2023002,50\n2023003,0\n2023004,0\n")
    found = book(tmp_path, {"hw1": {1: 5, 2: 5, 3: 5, 4: 5}},
                 keys=f"weight = 50\n{MIDTERM}weight = 50")
    assert found.total.tolist() == [100, 75, 50, 50]


def test_all_bad_cells_of_a_column_are_said_at_once(tmp_path: Path) -> None:
    scores(tmp_path, "id,midterm\n2023001,ninety\n2023002,101\n2023003,5\n2023003,6\n")
    with pytest.raises(UserError) as caught:
        book(tmp_path, {"hw1": {1: 5}}, keys=f"weight = 50\n{MIDTERM}weight = 50")
    assert caught.value.found == "; ".join([
        "row 2: ninety", "row 3: 101", sentence("again-as-in", row=5, id=2023003, other=4)])


def test_categories_have_weights_and_drops_of_their_own(tmp_path: Path) -> None:
    scores(tmp_path, "id,midterm\n" + "".join(f"{2023000 + n},60\n" for n in range(1, 5)))
    found = book(
        tmp_path, {"hw1": {1: 5, 2: 0}, "hw2": {1: 0, 2: 0}, "hw3": {1: 5, 2: 5}},
        more='[[category]]\nname = "work"\nweight = 40\ndrop_lowest = 1\n'
        '[[category]]\nname = "exams"\nweight = 60',
        keys={"hw1": 'category = "work"', "hw2": 'category = "work"',
              "hw3": f'category = "work"\n{MIDTERM}category = "exams"'})
    assert found.maximum == 100
    assert found.total.tolist()[:2] == [76, 56]


def test_whoever_has_no_bonus_is_not_open_and_what_is_open_is_named(tmp_path: Path) -> None:
    scores(tmp_path, "id,midterm\n2023001,50\n2023002,\n")
    found = book(tmp_path, {"hw1": {1: 5, 2: 3, 3: 3}},
                 keys=f"weight = 100\n{MIDTERM}weight = 10\nbonus = true")
    assert found.status.tolist() == ["graded", "open", "graded", "missing"]
    said = found.ledger[found.ledger["part"] == "course"].groupby("student")["detail"].last()
    assert said[0] == "The total is at most 100; what is above that does not count."
    assert said[1] == "There is no number, because the status is: open (midterm)."


def test_a_bonus_only_adds_and_the_total_stops_at_its_maximum(tmp_path: Path) -> None:
    scores(tmp_path, "id,midterm\n2023001,100\n2023002,50\n2023003,0\n2023004,0\n")
    found = book(tmp_path, {"hw1": {1: 5, 2: 3, 3: 3}},
                 keys=f"weight = 100\n{MIDTERM}weight = 10\nbonus = true")
    assert found.total.tolist() == [100, 65, 60, 0]


def test_letters_by_boundaries(tmp_path: Path) -> None:
    found = book(tmp_path, {"hw1": {1: 5, 2: 4, 3: 3, 4: None}}, more="[grade]\nout_of = 100\n"
                 'letters = [{name = "A", at_least = 90}, {name = "B", at_least = 80}]')
    assert found.letter.tolist() == ["A", "B", "", ""]
    assert gradebook_frame(found)["letter"].tolist() == ["A", "B", "", ""]
    assert registry_frame(found)["等级"].tolist() == ["A", "B", "", ""]
