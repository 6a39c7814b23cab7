"""One homework, from its sources to its score, in the order of the policy."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from autograder.errors import UserError
from autograder.model import CheckStatus, SubmissionResult, SubmissionStatus
from gradebook.book import read_book
from gradebook.policy.grades import CHANGES, HomeworkGrades, Reason
from tests.gradebook_samples import submission, write_course, write_results, write_roster
from tests.sentences import sentence

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
    assert grades.status.tolist() == ["graded", "late", "open", "missing", "open"]
    assert grades.score.fillna(-1).tolist() == [13, 15, -1, 0, -1]
    assert grades.points.loc[2].fillna(-1).tolist() == [-1, 5, 5]
    assert grades.points.loc[[3, 4]].isna().all(axis=None)
    assert grades.open.to_dict("index") == {
        2: {"reason": Reason.NOT_RUN, "what": "q01_mean"},
        4: {"reason": Reason.NO_WORK, "what": "2023005.ipynb: not a readable notebook"}}
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
    assert (problem.what, problem.found) == (sentence("after-closing"), "2023001.ipynb")
    assert problem.remedy == sentence("extend-deadline")


def test_late_penalty_free_days_and_scale_add_up(tmp_path: Path) -> None:
    grades = graded(
        tmp_path, submission("2023001.ipynb", FAILS, submitted_at="2026-11-08T17:00:00+00:00"),
        more='[late]\nfree_days = 1\npenalty = "per_day"\nrate = 0.1', homework_more="out_of = 100")
    step = grades.steps.loc[0]
    assert step["free_used"] == 1
    assert step[CHANGES].tolist() == pytest.approx([13, 0, -2.6, 0, 10.4 * (100 / 15 - 1)])
    assert grades.score[0] == pytest.approx(10.4 / 15 * 100)


def test_free_days_are_not_wasted_without_a_penalty(tmp_path: Path) -> None:
    grades = graded(tmp_path, submission("2023001.ipynb", submitted_at=LATE),
                    more="[late]\nfree_days = 1")
    assert grades.steps["free_used"].sum() == 0


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
    assert grades.status.tolist() == ["graded", "graded", "graded", "graded", "open"]
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
    assert grades.steps.loc[0, "free_used"] == 0


def test_times_that_nobody_knows_are_told(tmp_path: Path) -> None:
    grades = graded(tmp_path, submission("student01_LATE_51_1001_hw3.ipynb"),
                    submission("2023002.ipynb"), submission("2023003.ipynb"),
                    more='[late]\npenalty = "per_day"\nrate = 0.5')
    assert grades.status.tolist()[:3] == ["late", "graded", "graded"]
    assert grades.score.tolist()[:3] == [15, 15, 15]
    assert [(p.what, p.found) for p in grades.problems] == [
        (sentence("late-unknown"),
         sentence("marked-late", file="student01_LATE_51_1001_hw3.ipynb")),
        (sentence("without-time"), sentence("counted-in-time", count=2, name="hw3"))]
    assert grades.problems[0].remedy == (sentence("no-penalty-yet",
                                                  remedy=sentence("give-submitted-at")))


@pytest.mark.parametrize(
    ("keys", "where", "expected", "remedy"),
    [
        ('dropped_questions = ["q01_maen"]', ", dropped_questions",
         sentence("one-of-known", known="q01_mean, q02_slope, q10_count"),
         sentence("did-you-mean", name="q01_mean")),
        ('dropped_questions = ["q01_mean", "q02_slope", "q10_count"]', "",
         sentence("question-counts"), sentence("drop-fewer")),
        ('manual = "m.csv"\n[[homework.written]]\nquestion = "q01_mean"\nmaximum = 3', "",
         sentence("written-questions"),
         sentence("remove-from-written")),
    ],
)
def test_questions_that_do_not_fit(
    tmp_path: Path, keys: str, where: str, expected: str, remedy: str
) -> None:
    with pytest.raises(UserError) as caught:
        graded(tmp_path, submission("2023001.ipynb"), homework_more=keys)
    assert caught.value.where == f"{tmp_path / 'COURSE.toml'}, homework hw3{where}"
    assert (caught.value.expected, caught.value.remedy) == (expected, remedy)


def test_a_submission_without_an_owner_leaves_nobody_missing(tmp_path: Path) -> None:
    grades = graded(tmp_path, submission("2023001.ipynb", FAILS), submission("unknown.ipynb"))
    assert grades.status.tolist() == ["graded", *["open"] * 4]
    assert grades.score.tolist()[0] == 13
    assert grades.score.isna().tolist() == [False, *[True] * 4]
    assert set(grades.open["reason"]) == {Reason.UNOWNED}


def test_whose_it_is_ends_that(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("submission,id\nunknown.ipynb,2023003\nx.ipynb,-\n",
                                    encoding="utf-8")
    grades = graded(tmp_path, submission("2023001.ipynb"), submission("unknown.ipynb", FAILS),
                    submission("x.ipynb"), homework_more='corrections = "c.csv"')
    assert grades.status.tolist() == ["graded", "missing", "graded", "missing", "missing"]
    assert grades.score.tolist() == [15, 0, 13, 0, 0]


def test_who_is_named_by_a_file_of_two_is_told_so(tmp_path: Path) -> None:
    grades = graded(tmp_path, submission("2023001_2023002.ipynb"), submission("2023001.ipynb"))
    assert grades.status.tolist() == ["graded", *["open"] * 4]
    assert grades.open["reason"].tolist() == [Reason.CLAIMED, *[Reason.UNOWNED] * 3]
    assert grades.open["what"].tolist()[0] == "2023001_2023002.ipynb"


def test_somebody_elses_file_takes_no_graded_point(tmp_path: Path) -> None:
    """A notebook named after another student, in a zip of one's own."""
    grades = graded(tmp_path, submission("2023001.ipynb"),
                    submission("2023002.zip/2023001-99.ipynb", FAILS))
    assert grades.score.tolist()[0] == 15
    assert grades.status.tolist()[:2] == ["graded", "open"]


OTHER = SubmissionStatus.OTHER_ASSIGNMENT


@pytest.mark.parametrize("status", [OTHER, SubmissionStatus.EMPTY, SubmissionStatus.UNREADABLE,
                                    SubmissionStatus.NO_CHECK_CELLS])
def test_of_notebooks_in_one_hand_in_the_one_of_this_homework_counts(
    tmp_path: Path, status: SubmissionStatus
) -> None:
    grades = graded(tmp_path, submission("2023001/hw3.ipynb", FAILS),
                    submission("2023001/notes.ipynb", status=status, questions=()))
    assert grades.score[0] == 13
    assert grades.steps.loc[0, "attempts"] == 1
    assert grades.problems[0].what == (
        sentence("without-time") if status is SubmissionStatus.NO_CHECK_CELLS
        else sentence("no-work-beside"))


def test_two_notebooks_of_this_homework_in_one_hand_in_are_open(tmp_path: Path) -> None:
    grades = graded(
        tmp_path, submission("2023001.zip/a.ipynb"), submission("2023001.zip/b.ipynb", FAILS),
        submission("2023002/a.ipynb", FAILS), submission("2023002/copy/a.ipynb", FAILS))
    assert grades.status.tolist()[:2] == ["open", "graded"]
    assert grades.open.loc[0].tolist() == [
        Reason.NOTEBOOKS, "2023001.zip/a.ipynb, 2023001.zip/b.ipynb"]
    assert grades.score.tolist()[1] == 13
    assert pd.isna(grades.counted[0])


def test_attempts_whose_order_nobody_knows_are_open(tmp_path: Path) -> None:
    attempts = [submission("2023001_v1.ipynb", FAILS), submission("2023001_final.ipynb"),
                submission("2023002.ipynb", FAILS), submission("2023002-1.ipynb"),
                submission("2023003_a.ipynb", FAILS), submission("2023003_b.ipynb", FAILS)]
    grades = graded(tmp_path, *attempts)
    assert grades.status.tolist()[:3] == ["open", "graded", "graded"]
    assert grades.open.loc[0].tolist() == [
        Reason.ATTEMPTS, "2023001_final.ipynb, 2023001_v1.ipynb"]
    assert grades.score.tolist()[1:3] == [15, 13]
    assert graded(tmp_path, *attempts, homework_more='attempts = "best"').score.tolist()[0] == 15


def test_best_is_the_best_after_lateness(tmp_path: Path) -> None:
    grades = graded(
        tmp_path, submission("2023001_a.ipynb", FAILS, submitted_at=EARLY),
        submission("2023001_b.ipynb", submitted_at=LATE),
        more='[late]\npenalty = "per_day"\nrate = 0.5', homework_more='attempts = "best"')
    assert grades.score[0] == 13
    assert grades.status[0] == "graded"


def test_an_attempt_that_may_be_better_leaves_the_best_open(tmp_path: Path) -> None:
    grades = graded(
        tmp_path, submission("2023001_a.ipynb", FAILS),
        submission("2023001_b.ipynb", FAILS, check_status=NOT_RUN),
        submission("2023002_a.ipynb"),
        submission("2023002_b.ipynb", FAILS, check_status=NOT_RUN),
        homework_more='attempts = "best"')
    assert grades.status.tolist()[:2] == ["open", "graded"]
    assert grades.open.loc[0].tolist() == [Reason.NOT_RUN, "q01_mean"]
    assert grades.score.tolist()[1] == 15


def test_a_file_that_nobody_can_read_takes_no_graded_point(tmp_path: Path) -> None:
    grades = graded(tmp_path, submission("2023001.ipynb", FAILS),
                    submission("2023001-1.ipynb", status=SubmissionStatus.UNREADABLE, questions=()))
    assert grades.score[0] == 13
    assert next((p.what, p.found) for p in grades.problems) == (
        sentence("no-work-beside"), "2023001-1.ipynb: not a readable notebook")


def test_what_was_handed_in_without_a_notebook_is_open_unless_a_notebook_counts(
    tmp_path: Path,
) -> None:
    empty = {"status": SubmissionStatus.NO_NOTEBOOK, "questions": ()}
    grades = graded(
        tmp_path, submission("2023001.pdf", **empty), submission("2023002_hw3", **empty),
        submission("2023003.ipynb", FAILS), submission("2023003.pdf", **empty),
        submission("2023003.docx", **empty))
    assert grades.status.tolist() == ["open", "open", "graded", "missing", "missing"]
    assert grades.open.loc[0].tolist() == [Reason.NO_WORK, "2023001.pdf: no notebook"]
    assert grades.score.tolist()[2] == 13
    assert next((p.what, p.found) for p in grades.problems) == (
        sentence("other-files"), "2: 2023003.pdf, 2023003.docx")


def test_one_line_settles_a_file_with_nothing_to_grade(tmp_path: Path) -> None:
    files = [submission(f"202300{n}.ipynb", status=status, questions=()) for n, status in (
        (1, SubmissionStatus.UNREADABLE), (2, SubmissionStatus.EMPTY), (3, OTHER),
        (4, SubmissionStatus.NO_NOTEBOOK))]
    (tmp_path / "c.csv").write_text("submission,id\n2023001.ipynb,-\n", encoding="utf-8")
    (tmp_path / "m.csv").write_text("id,q01_mean,q02_slope,q10_count\n2023002,0,0,0\n"
                                    "2023003,5,4,3.5\n2023004,5,4,\n", encoding="utf-8")
    grades = graded(tmp_path, *files, homework_more='corrections = "c.csv"\nmanual = "m.csv"')
    assert grades.status.tolist() == ["missing", "graded", "graded", "open", "missing"]
    assert grades.score.fillna(-1).tolist() == [0, 0, 12.5, -1, 0]


def test_an_older_build_with_other_questions_is_open(tmp_path: Path) -> None:
    write_results(tmp_path / "results.sqlite",
                  [submission("2023001.ipynb", questions=["q01_mean", "q99_gone"])],
                  questions=["q01_mean", "q99_gone"], digest="build-0")
    grades = graded(tmp_path, submission("2023002.ipynb"))
    assert grades.status.tolist()[:2] == ["open", "graded"]
    assert grades.open.loc[0].tolist() == [Reason.REBUILT, "2023001.ipynb"]


def test_packed_and_unpacked_downloads_give_the_same(tmp_path: Path) -> None:
    """Files that were copied three weeks after the deadline are not late."""
    for folder, time in (("packed", None), ("unpacked", "2026-11-27T08:00:00+00:00")):
        (tmp_path / folder).mkdir()
        write_roster(tmp_path / folder / "roster.csv", 3)
        write_results(tmp_path / folder / "results.sqlite",
                      [submission(f"202300{n}.ipynb", FAILS, submitted_at=time) for n in (1, 2, 3)])
        (tmp_path / folder / "results.times.csv").unlink(missing_ok=True)
        grades = read_book(write_course(
            tmp_path / folder, more='[late]\npenalty = "per_day"\nrate = 0.5')).homeworks[0]
        assert grades.score.tolist() == [13, 13, 13]
        assert grades.status.tolist() == ["graded"] * 3
        assert [p.what for p in grades.problems] == [sentence("without-time")]


def test_full_marks_to_everybody_who_handed_in(tmp_path: Path) -> None:
    grades = graded(
        tmp_path, submission("2023001.ipynb", FAILS),
        submission("2023002.ipynb", FAILS, check_status=NOT_RUN),
        homework_more='full_marks = ["q01_mean"]')
    assert grades.score.tolist()[:3] == [15, 15, 0]
    assert grades.status.tolist()[:3] == ["graded", "graded", "missing"]


def test_points_added_for_everybody_stop_at_the_maximum(tmp_path: Path) -> None:
    grades = graded(tmp_path, submission("2023001.ipynb", FAILS), submission("2023002.ipynb"),
                    homework_more="add_points = 1.5")
    assert grades.score.tolist()[:3] == [14.5, 15, 0]


def test_a_homework_can_have_late_rules_of_its_own(tmp_path: Path) -> None:
    grades = graded(tmp_path, submission("2023001.ipynb", submitted_at=LATE),
                    more='[late]\npenalty = "per_day"\nrate = 0.5',
                    homework_more='late = {penalty = "per_hour", rate = 0.1}')
    assert grades.score.tolist()[0] == pytest.approx(15 * 0.7)
