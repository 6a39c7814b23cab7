"""What the command prints: tables and progress, by rich."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from autograder.bank.check import Report
from autograder.grading.diff import Change
from autograder.grading.grade import Graded
from autograder.grading.grade import Progress as GradeProgress
from autograder.grading.outputs import number
from autograder.results import SubmissionResult, SubmissionStatus
from autograder.tour import printable


def print_table(table: Table) -> None:
    """Print to standard output, at full width into a file and at the terminal's otherwise."""
    console = Console(width=None if sys.stdout.isatty() else 100)
    if table.row_count:
        console.print(table)


def check_table(reports: Sequence[Report]) -> Table:
    """A row a question: checks, points, mistakes caught, right answers accepted, time."""
    table = Table("question", title="The bank", title_justify="left")
    for name in ("checks", "points", "caught", "accepted", "null answers", "seconds"):
        table.add_column(name, justify="right")
    for report in reports:
        question, measured = report.loaded, report.measured
        if question is None or measured is None:
            table.add_row(report.question, "-", "-", "-", "-", "-", "-")
            continue
        nulls = sum(bool(failed) for failed in measured.nulls.values())
        table.add_row(
            question.name, str(len(question.checks)), f"{question.points:g}",
            f"{report.caught}/{len(question.mistakes)}",
            f"{report.accepted}/{len(question.accepted)}",
            f"{nulls}/{len(measured.nulls)}", f"{measured.seconds:.3f}",
        )
    _total_row(table, reports)
    return table


def _total_row(table: Table, reports: Sequence[Report]) -> None:
    """The sum of checks and points: what the whole homework is worth."""
    loaded = [report.loaded for report in reports if report.loaded]
    if len(loaded) > 1:
        table.add_section()
        table.add_row("total", str(sum(len(question.checks) for question in loaded)),
                      f"{sum(question.points for question in loaded):g}")


def grade_table(graded: Graded) -> Table:
    """How many submissions ended how, with their scores."""
    title = plain(f"{graded.homework}, run {graded.run}")
    table = Table("status", title=title, title_justify="left")
    for name in ("submissions", "lowest", "median", "highest"):
        table.add_column(name, justify="right")
    for status, count in Counter(s.status for s in graded.standings).most_common():
        scores = [s.score for s in graded.standings if s.status is status]
        shown = [f"{number(f(scores))}" for f in (min, median, max)]
        not_run = status is SubmissionStatus.NOT_RUN
        table.add_row(status.value, str(count), *(["-"] * 3 if not_run else shown))
    return table


def diff_table(changes: Sequence[Change]) -> Table:
    """A row a change."""
    table = Table("submission", "what", "before", "after")
    for change in changes:
        table.add_row(*map(plain, (change.submission, change.place, change.before, change.after)))
    return table


def plain(text: str) -> Text:
    """Text whose words are not ours, for a table: neither markup nor control sequences."""
    return Text(printable(text))


@contextmanager
def progress_line() -> Iterator[Callable[[str], None]]:
    """Show on a terminal which question is being measured."""
    console = Console(stderr=True)
    with console.status("measuring") as status:
        yield lambda name: status.update(f"measuring {name}")


@contextmanager
def grading_progress() -> Iterator[GradeProgress]:
    """A bar of graded submissions on the terminal.

    It is redrawn by hand: a bar that redraws itself needs a thread, and the grader forks.
    """
    bar = Progress(
        TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False), console=Console(stderr=True),
        auto_refresh=False,
    )
    task = bar.add_task("", total=None)

    def show(count: int, total: int, result: SubmissionResult | None) -> None:
        if total:
            bar.start()
            bar.update(task, completed=count, total=total, refresh=True,
                       description=printable(result.name) if result else "")

    try:
        yield show
    finally:
        if bar.live.is_started:
            bar.stop()
