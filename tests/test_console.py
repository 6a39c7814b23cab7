"""Tables and the progress bar on a terminal."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from autograder import console as tables
from autograder.authoring.check import Counts, Report
from autograder.authoring.evaluate import Naming
from autograder.console import diff_table, grade_table, grading_progress, plain, print_table
from autograder.grading.grade import RunSummary
from autograder.grading.stored_results import Change
from autograder.model import SubmissionResult, SubmissionStatus
from autograder.store import SubmissionSummary
from tests.sentences import sentence

HOSTILE = "a\x1b[2J\x07[bold]b[/nonsense]\u202e\n"
SHOWN = "a�[2J�[bold]b[/nonsense]�"


def text_of(table: Table, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    console.print(table)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def cells(table: Table) -> list[list[str]]:
    """The rows of a table by its own words."""
    columns = [[str(cell) for cell in column.cells] for column in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def test_a_class_is_summed_up_by_status() -> None:
    graded = RunSummary("hw3", 2, [
        SubmissionSummary("a", "a", SubmissionStatus.COMPLETED, 3.0, ""),
        SubmissionSummary("b", "b", SubmissionStatus.COMPLETED, 1.5, ""),
        SubmissionSummary("c", "c", SubmissionStatus.COMPLETED, 10.0, ""),
        SubmissionSummary("d", "d", SubmissionStatus.NOT_RUN, 0.0, "no memory"),
    ])
    table = grade_table(graded)
    assert str(table.title) == sentence("table-of-run", homework="hw3", run=2)
    assert cells(table) == [
        ["Completed", "3", "1.5", "3", "10"], ["not graded", "1", "-", "-", "-"]]


def test_words_of_others_are_neither_markup_nor_control() -> None:
    shown = text_of(diff_table([Change(HOSTILE, HOSTILE, "1 / 2", "[red]2 / 2")]), width=120)
    assert shown.count("a�[2J�[bold]b[/nonsense]�") == 2 and "[red]2 / 2" in shown
    assert "\x1b" not in shown and "\x07" not in shown and "\u202e" not in shown
    assert str(plain(HOSTILE)).rstrip("\n") == SHOWN


def test_an_empty_table_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(diff_table([]))
    assert capsys.readouterr().out == ""


def test_a_table_in_a_file_is_of_one_width(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(diff_table([Change("a" * 200, "total", "1", "2")]))
    assert {len(line) for line in capsys.readouterr().out.splitlines()} == {100}


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    written = io.StringIO()

    def console(**_options: Any) -> Console:
        return Console(file=written, force_terminal=True, width=80, color_system=None)

    monkeypatch.setattr(tables, "Console", console)
    return written


def named(name: str) -> SubmissionResult:
    return SubmissionResult(name, "", "", "en", SubmissionStatus.COMPLETED)


def test_the_bar_shows_how_far_it_is(terminal: io.StringIO) -> None:
    with grading_progress() as progress:
        progress(0, 2, None)
        progress(1, 2, named("2023001"))
        progress(2, 2, named(HOSTILE))
    shown = terminal.getvalue()
    assert "0/2" in shown and "1/2" in shown and "2023001" in shown
    assert SHOWN in shown and "\x07" not in shown and "\u202e" not in shown


def test_no_bar_is_shown_when_there_is_nothing_to_do(terminal: io.StringIO) -> None:
    with grading_progress() as progress:
        progress(0, 0, None)
    assert terminal.getvalue() == ""


def test_an_error_before_the_first_submission_leaves_no_bar(terminal: io.StringIO) -> None:
    with pytest.raises(ZeroDivisionError), grading_progress():
        1 / 0  # noqa: B018
    assert terminal.getvalue() == ""


def test_the_bank_has_a_row_a_question() -> None:
    counts = Counts(checks=2, points=5.0, caught=3, mistakes=3, accepted=1, right_answers=1,
                    nulls_failed=1, nulls=2, seconds=0.0123, naming=Naming(2, 1, ("a like b",)))
    fine = Report("q1", counts=counts, points=5.0)
    broken = Report("q2")
    assert cells(tables.check_table([fine, broken])) == [
        ["q1", "2", "5", "3/3", "2/3", "1", "1/1", "1/2", "0.012"], ["q2", *["-"] * 8]]


def test_no_name_of_a_question_is_cut_at_80_columns(terminal: io.StringIO) -> None:
    names = ["q05_relu_before_sigmoid", "q20_softmax_network"]
    counts = Counts(checks=12, points=5.0, caught=28, mistakes=28, accepted=12, right_answers=12,
                    nulls_failed=14, nulls=14, seconds=0.123, naming=Naming(28, 1, ()))
    tables.Console().print(tables.check_table([Report(n, counts=counts, points=5) for n in names]))
    tables.Console().print(tables.held_out_table({name: Counter() for name in names}))
    change = Change("2023001 Student 01", f"{names[0]}: every_unit_its_own_weights", "failed",
                    "passed")
    tables.Console().print(diff_table([change]))
    shown = terminal.getvalue()
    assert max(map(len, shown.splitlines())) <= 80
    assert [shown.count(name) for name in names] == [3, 2]
    assert "every_unit_its_own_weights" in shown and "…" not in shown
