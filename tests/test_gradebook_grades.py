"""One homework, from its sources to its score, in the order of the policy."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from autograder.errors import UserError
from autograder.model import CheckStatus, SubmissionResult, SubmissionStatus
from gradebook.book import read_book
from gradebook.policy.grades import CHANGES, HomeworkGrades, before_closing, choose, in_order
from tests.gradebook_samples import submission, write_course, write_results, write_roster

EARLY = "2026-11-05T08:00:00+00:00"
LATE = "2026-11-06T18:00:00+00:00"
FAILS = {"q01_mean": ["axis"]}
NOT_RUN = CheckStatus.NOT_RUN


def graded(
    folder: Path, *results: SubmissionResult, more: str = "", homework_more: str = ""
) -> HomeworkGrades:
    write_roster(folder / "roster.csv", 5)
    write_results(folder / "results.sqlite", results)
    return read_book(
        write_course(folder, more=more, homework_more=homework_more)).homeworks[0]


def test_statuses_and_scores(tmp_path: Path) -> None:
    grades = graded(
        tmp_path, submission("2023001.ipynb", FAILS, submitted_at=EARLY),
        submission("2023002.ipynb", submitted_at=LATE),
        submission("2023003.ipynb", FAILS, submitted_at=EARLY, check_status=NOT_RUN),
        submission("2023005.ipynb", status=SubmissionStatus.UNREADABLE, questions=(),
                   submitted_at=EARLY))
    assert grades.status.tolist() == ["graded", "late", "not graded", "missing", "graded"]
    assert grades.score.fillna(-1).tolist() == [13, 15, -1, 0, 0]
    assert grades.points.loc[2].fillna(-1).tolist() == [-1, 5, 5]
    assert grades.points.loc[3].isna().all()
    assert grades.points.loc[4].tolist() == [0, 0, 0]
    assert grades.maximum == 15
    assert grades.counted.fillna(0).tolist() == [1, 2, 3, 0, 4]


@pytest.mark.parametrize(
    ("attempts", "score", "number"), [("latest", 13, 3), ("first", 11, 1), ("best", 15, 2)]
)
def test_attempts(tmp_path: Path, attempts: str, score: float, number: int) -> None:
    two = {"q01_mean": ["axis"], "q02_slope": ["axis"]}
    grades = graded(
        tmp_path, submission("2023001_c.ipynb", FAILS, submitted_at=LATE),
        submission("2023001_a.ipynb", two, submitted_at=EARLY),
        submission("2023001_b.ipynb", submitted_at="2026-11-06T08:00:00+00:00"),
        homework_more=f'attempts = "{attempts}"')
    assert grades.score[0] == score
    assert grades.steps.loc[0, ["attempt", "attempts"]].tolist() == [number, 3]


def test_after_closing_time_nothing_counts_but_extensions_move_it(tmp_path: Path) -> None:
    (tmp_path / "extensions.csv").write_text("id,days\n2023002,3\n", encoding="utf-8")
    grades = graded(
        tmp_path, *(submission(f"202300{n}.ipynb", submitted_at="2026-11-08T08:00:00+00:00")
                    for n in (1, 2)),
        more='extensions = "extensions.csv"',
        homework_more="closes = 2026-11-07T23:59:00+08:00")
    assert grades.status.tolist()[:2] == ["missing", "graded"]
    (problem,) = grades.problems
    assert (problem.what, problem.found) == ("submission after closing time", "2023001.ipynb")
    assert problem.remedy == "extend the student's deadline if it shall count"


def test_late_penalty_free_days_and_scale_add_up(tmp_path: Path) -> None:
    grades = graded(
        tmp_path, submission("2023001.ipynb", FAILS, submitted_at="2026-11-08T17:00:00+00:00"),
        more='[late]\nfree_days = 1\npenalty = "per_day"\nrate = 0.1', homework_more="out_of = 100")
    step = grades.steps.loc[0]
    assert step["free_days"] == 1
    assert step[CHANGES].tolist() == pytest.approx([13, 0, -2.6, 10.4 * (100 / 15 - 1)])
    assert grades.score[0] == pytest.approx(10.4 / 15 * 100)


def test_free_days_are_not_wasted_without_a_penalty(tmp_path: Path) -> None:
    grades = graded(tmp_path, submission("2023001.ipynb", submitted_at=LATE),
                    more="[late]\nfree_days = 1")
    assert grades.steps["free_days"].sum() == 0


def test_manual_points(tmp_path: Path) -> None:
    (tmp_path / "manual.csv").write_text(
        "id,question,points\n2023001,w1,7\n2023001,q01_mean,1\n2023002,w1,3\n2023002,q01_mean,2\n"
        "2023003,q01_mean,-5\n2023003,w1,0\n2023004,w1,4\n2023005,q01_mean,3\n",
        encoding="utf-8")
    grades = graded(
        tmp_path, submission("2023001.ipynb", FAILS, submitted_at=EARLY),
        submission("2023002.ipynb", submitted_at=EARLY),
        submission("2023003.ipynb", FAILS, submitted_at=EARLY),
        submission("2023005.ipynb", FAILS, submitted_at=EARLY, check_status=NOT_RUN),
        homework_more='manual = "manual.csv"\n[[homework.written]]\nquestion = "w1"\nmaximum = 10')
    assert grades.maximum == 25
    assert grades.points["w1"].fillna(-1).tolist() == [7, 3, 0, 4, -1]
    assert grades.points["q01_mean"].tolist() == [4, 5, 0, 0, 5]
    assert grades.status.tolist() == ["graded", "graded", "graded", "graded", "not graded"]
    assert grades.score.fillna(-1).tolist() == [21, 18, 10, 4, -1]


def test_dropped_questions(tmp_path: Path) -> None:
    grades = graded(
        tmp_path, submission("2023001.ipynb", FAILS, submitted_at=EARLY),
        submission("2023002.ipynb", FAILS, submitted_at=EARLY, check_status=NOT_RUN),
        homework_more='dropped_questions = ["q01_mean"]')
    assert grades.maximum == 10
    assert grades.score.tolist()[:2] == [10, 10]
    assert grades.status.tolist()[:2] == ["graded", "graded"]
    assert "q01_mean" in grades.points


def test_excused(tmp_path: Path) -> None:
    (tmp_path / "extensions.csv").write_text("id,excused\n2023001,yes\n2023002,yes\n",
                                             encoding="utf-8")
    grades = graded(tmp_path, submission("2023001.ipynb", submitted_at=LATE),
                    more='extensions = "extensions.csv"\n[late]\nfree_days = 3\n'
                    'penalty = "per_day"\nrate = 0.1')
    assert grades.status.tolist()[:2] == ["excused", "excused"]
    assert grades.score.isna().tolist()[:2] == [True, True]
    assert grades.steps.loc[0, "free_days"] == 0


def test_times_that_nobody_knows_are_told(tmp_path: Path) -> None:
    grades = graded(tmp_path, submission("student01_LATE_51_1001_hw3.ipynb", submitted_at=LATE),
                    submission("2023002.ipynb"), submission("2023003.ipynb"),
                    more='[late]\npenalty = "per_day"\nrate = 0.5')
    assert grades.status.tolist()[:3] == ["late", "graded", "graded"]
    assert grades.score.tolist()[:3] == [15, 15, 15]
    assert [(p.what, p.found) for p in grades.problems] == [
        ("late by an unknown time",
         "student01_LATE_51_1001_hw3.ipynb, which the platform marks late"),
        ("submissions without a time", "2 of hw3 without one, counted as in time")]
    assert grades.problems[0].remedy == ("give `submitted_at` in the file that `corrections` "
                                         "names; until then no penalty")


@pytest.mark.parametrize(
    ("keys", "where", "expected", "remedy"),
    [
        ('dropped_questions = ["q01_maen"]', ", dropped_questions",
         "one of q01_mean, q02_slope, q10_count", "did you mean `q01_mean`?"),
        ('dropped_questions = ["q01_mean", "q02_slope", "q10_count"]', "",
         "a question that counts and has points", "drop fewer questions"),
        ('manual = "m.csv"\n[[homework.written]]\nquestion = "q01_mean"\nmaximum = 3', "",
         "written questions that no check grades",
         "remove it from `written`: manual points are added to those of the checks"),
    ],
)
def test_questions_that_do_not_fit(
    tmp_path: Path, keys: str, where: str, expected: str, remedy: str
) -> None:
    with pytest.raises(UserError) as caught:
        graded(tmp_path, submission("2023001.ipynb"), homework_more=keys)
    assert caught.value.where == f"{tmp_path / 'COURSE.toml'}, homework hw3{where}"
    assert (caught.value.expected, caught.value.remedy) == (expected, remedy)


TIMES = pd.to_datetime(["2026-11-06T10:00Z", "2026-11-05T10:00Z", None, "2026-11-06T10:00Z",
                        "2026-11-07T10:00Z"], utc=True)
CLAIMS = pd.DataFrame({
    "student": [0, 0, 0, 1, 1], "submission": [1, 2, 3, 4, 5], "submitted_at": TIMES,
    "order": [0, 0, 1, 0, 1], "file": list("abcde"), "late_mark": False,
})


@pytest.mark.parametrize("seed", range(5))
def test_attempts_are_counted_in_the_order_of_time(seed: int) -> None:
    ordered = in_order(CLAIMS.sample(frac=1, random_state=seed))
    assert ordered["submission"].tolist() == [3, 2, 1, 4, 5]
    assert ordered["attempt"].tolist() == [1, 2, 3, 1, 2]
    assert ordered["attempts"].tolist() == [3, 3, 3, 2, 2]


@pytest.mark.parametrize(
    ("choice", "picked"), [("latest", [1, 5]), ("first", [3, 4]), ("best", [2, 4])]
)
def test_choice(choice: str, picked: list[int]) -> None:
    ordered = in_order(CLAIMS)
    points = ordered["submission"].map({1: 7.0, 2: 7.0, 3: 3.0, 4: 5.0, 5: 4.0})
    chosen = choose(ordered, points, choice)  # type: ignore[arg-type]
    assert chosen["submission"].tolist() == picked
    assert chosen.index.tolist() == [0, 1]


def test_of_equally_good_ones_the_earliest() -> None:
    ordered = in_order(CLAIMS)
    chosen = choose(ordered, pd.Series([0.3, 0.3, 0.1 + 0.2, 0.3, 0.1 + 0.2]), "best")
    assert chosen["submission"].tolist() == [3, 4]


def test_closing_time_is_each_students_own() -> None:
    closes = pd.Series(pd.to_datetime(["2026-11-05T12:00Z", "2026-11-09T00:00Z"]))
    assert before_closing(CLAIMS, closes).tolist() == [False, True, True, True, True]
    assert before_closing(CLAIMS, pd.Series([pd.NaT, pd.NaT], dtype="datetime64[us, UTC]")).all()


def test_nobody_handed_in_anything() -> None:
    empty = in_order(CLAIMS.iloc[:0])
    assert choose(empty, pd.Series(dtype=float), "best").empty
    assert choose(empty, pd.Series(dtype=float), "latest").empty
