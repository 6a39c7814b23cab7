"""What hit a limit beside another one that did is graded again alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.grading import local
from autograder.grading.attempt import Limits
from autograder.grading.discover import find_submissions
from autograder.grading.local import Graded, LocalGrader
from autograder.model import Limit, SubmissionResult, SubmissionStatus
from autograder.otter.zip_reader import read_autograder
from autograder.sandbox.client import PROCESS
from tests.quick import QuickSupervisor
from tests.tiny import write_zip

COMPLETED, TIMED_OUT = SubmissionStatus.COMPLETED, SubmissionStatus.TIMED_OUT


class Course:
    """Grades files whose content says how their grading goes (see quick.py)."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "log"
        self.log.write_text("")

    def grade(self, jobs: int, *words: str) -> list[SubmissionStatus]:
        """How each of them ends, in their order."""
        (self.folder / "subs").mkdir()
        for number, word in enumerate(words):
            (self.folder / f"subs/{number}.ipynb").write_text(word)
        found = find_submissions([self.folder / "subs"], self.folder / "unpacked").submissions
        autograder = read_autograder(write_zip(self.folder / "hw.zip"))
        grader = LocalGrader(autograder, Limits(), PROCESS, jobs, self.folder / "files")
        results = [result for some in grader.grade(found) for result in some]
        return [result.status for result in sorted(results, key=lambda result: result.name)]

    @property
    def tries(self) -> dict[str, int]:
        """How often each was graded."""
        names = self.log.read_text().split()
        return {name: names.count(name) for name in sorted(set(names))}


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    monkeypatch.setattr(local, "Supervisor", QuickSupervisor)
    course = Course(tmp_path)
    monkeypatch.setattr(QuickSupervisor, "log", course.log, raising=False)
    return course


def test_late_beside_one_that_is_late_counts_only_alone(course: Course) -> None:
    assert course.grade(2, "late", "late_once", "right") == [TIMED_OUT, COMPLETED, COMPLETED]
    assert course.tries == {"0": 2, "1": 2, "2": 1}


def test_late_beside_one_that_took_all_memory(course: Course) -> None:
    assert course.grade(2, "large", "late_once")[1] == COMPLETED
    assert course.tries == {"0": 1, "1": 2}  # the memory was its own


def test_late_beside_honest_ones_counts_at_once(course: Course) -> None:
    assert course.grade(2, "right", "late", "right") == [COMPLETED, TIMED_OUT, COMPLETED]
    assert course.tries == {"0": 1, "1": 1, "2": 1}


def test_late_alone_counts_at_once(course: Course) -> None:
    assert course.grade(1, "late", "late") == [TIMED_OUT, TIMED_OUT]
    assert course.tries == {"0": 1, "1": 1}


def late(begun: float, isolation: str = "namespaces", host: str = "") -> Graded:
    """A submission that hit its limit on time within a second."""
    result = SubmissionResult("a", "a.ipynb", "d", "en", TIMED_OUT, isolation=isolation)
    result.limits = [Limit.TIME]
    return Graded(result, begun, begun + 1, host)


def test_what_may_be_the_reason_that_one_was_late() -> None:
    one = late(0)
    assert one.may_be_disturbed([one, late(0.5)])
    assert not one.may_be_disturbed([one, late(2)])
    assert not one.may_be_disturbed([one, late(0.5, host="another")])
    assert late(0, "container").may_be_disturbed([])  # nobody sees how long it waited there


def test_a_machine_short_of_memory_is_never_the_student_s_error(course: Course) -> None:
    assert course.grade(2, "right", "crowded") == [COMPLETED, SubmissionStatus.NOT_RUN]
    assert course.tries == {"0": 1, "1": 2}
