"""Output for the terminal: tables, progress, and notices about a run."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from autograder.errors import UserError, printable
from autograder.language import _, retold
from autograder.model import SubmissionResult, SubmissionStatus, number

if TYPE_CHECKING:
    from autograder.authoring.check import Report
    from autograder.grading.grade import Progress as GradeProgress
    from autograder.grading.grade import RunSummary
    from autograder.grading.stored_results import Change

MOST_LINES = 10
"""Lines of a list of files; more are counted."""


def find_root(start: Path) -> Path:
    """The nearest folder upwards of `start` that holds assignments/."""
    for folder in (start, *start.parents):
        if (folder / "assignments").is_dir():
            return folder
    raise UserError(str(start), _("a folder with assignments/ here or above"), _("none"),
                    _("go to the homework's folder, or name it with --root"))


def print_files(out: Path) -> None:
    """Print the files in the folder `out`, after its results are written."""
    for name in ("results.sqlite", "final_grades.csv", "results"):
        click.echo(out / name)


def print_notices(graded: RunSummary) -> None:
    """Print notices for the instructor: missing scores, older builds, settings."""
    _list(_("skipped: not a notebook"), graded.others)
    _list(_("note"), graded.notices)
    _list(_("graded by another build of the homework; the old result is kept"), graded.older)
    if graded.at_end:
        click.echo(_(
            "{count} submission(s): a question scored higher at the end of the notebook than at "
            "its check cell;\nthe higher result counts."
        ).format(count=graded.at_end), err=True)
    if graded.regraded:
        click.echo("\n" + _(
            "This is run {run}. {count} of these submissions were graded again in another run;\n"
            "the latest result of each counts, everywhere."
        ).format(run=graded.run, count=graded.regraded), err=True)
    if found := graded.nothing_to_grade:
        click.echo("\n" + _(
            "{count} submission(s) contain nothing to grade. They have no score, and they are not\n"
            "counted as zero. Ask the students, or decide in corrections.csv of the gradebook."
        ).format(count=len(found)), err=True)
        _list(_("nothing to grade"),
              [f"{s.file}: {retold(s.reason) or _(s.status.value)}" for s in found])
    if graded.not_run:
        click.echo("\n" + _(
            "{count} submission(s) could not be graded. They are not counted as zero.\n"
            "Run the same command again."
        ).format(count=len(graded.not_run)), err=True)
        for standing in graded.not_run:
            click.echo(printable(f"  {standing.file}: {retold(standing.reason)}"), err=True)


def _list(what: str, lines: Sequence[str]) -> None:
    for line in lines[:MOST_LINES]:
        click.echo(printable(f"{what}: {line}"), err=True)
    if len(lines) > MOST_LINES:
        more = _("{count} more").format(count=len(lines) - MOST_LINES)
        click.echo(f"{what}: {more}", err=True)


def print_table(table: Table) -> None:
    """Print to standard output, at full width into a file and at the terminal's otherwise."""
    console = Console(width=None if sys.stdout.isatty() else 100)
    if table.row_count:
        console.print(table)


def _by_question(title: str, names: Iterable[str]) -> Table:
    """A table with a row a question that fits 80 columns; names of questions are never cut."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1),
                  collapse_padding=True, pad_edge=False)
    table.add_column(_("question"), overflow="fold", min_width=max(map(len, names), default=1))
    return table


def check_table(reports: Sequence[Report]) -> Table:
    """A row a question: checks, points, mistakes caught and told apart by the answers they give,
    those that get another's name when left out of the bank, right answers accepted, time."""
    table = _by_question(_("The bank"), [report.question for report in reports])
    for name in (_("checks"), _("points"), _("caught"), _("told apart"), _("misnamed"),
                 _("accepted"), _("null answers"), _("seconds")):
        table.add_column(name, justify="right", overflow="fold")
    for report in reports:
        if (counts := report.counts) is None:
            points = f"{report.points:g}" if report.points else "-"
            table.add_row(report.question, "-", points, *["-"] * 6)
            continue
        table.add_row(
            report.question, str(counts.checks), f"{counts.points:g}",
            f"{counts.caught}/{counts.mistakes}", f"{counts.naming.apart}/{counts.mistakes}",
            str(counts.naming.misnamed), f"{counts.accepted}/{counts.right_answers}",
            f"{counts.nulls_failed}/{counts.nulls}", f"{counts.seconds:.3f}",
        )
    _total_row(table, reports)
    return table


def held_out_table(rows: Mapping[str, Counter[str]]) -> Table:
    """A table of the outcomes of held-out answers, by question and in total."""
    table = _by_question(_("Held-out answers"), rows)
    from autograder.authoring.evaluate import NOT_HELD, OUTCOMES, RIGHT

    names = (*OUTCOMES, *NOT_HELD, *RIGHT)
    for name in names:
        table.add_column(name, justify="right", overflow="fold")
    for question, outcomes in rows.items():
        table.add_row(question, *[str(outcomes[name]) for name in names])
    table.add_section()
    total = sum(rows.values(), Counter[str]())
    for label, whole in ((_("total"), 0), (_("share"), 1)):
        groups = [sum(total[n] for n in group) or 1 for group in (OUTCOMES, NOT_HELD, RIGHT)
                  for _ in group]
        table.add_row(label, *[f"{total[n] / size:.1%}" if whole else str(total[n])
                               for n, size in zip(names, groups, strict=True)])
    return table


def _total_row(table: Table, reports: Sequence[Report]) -> None:
    """The sum of checks and points: what the whole homework is worth."""
    counted = [report for report in reports if report.points]
    if len(counted) > 1:
        table.add_section()
        table.add_row(_("total"), str(sum(each.counts.checks for each in counted if each.counts)),
                      f"{sum(report.points for report in counted):g}")


def grade_table(graded: RunSummary) -> Table:
    """A table of submissions by status, with their scores."""
    title = _("{homework}, run {run}").format(homework=graded.homework, run=graded.run)
    table = Table(_("status"), title=plain(title), title_justify="left")
    for name in (_("submissions"), _("lowest"), _("median"), _("highest")):
        table.add_column(name, justify="right")
    for status, count in Counter(s.status for s in graded.summaries).most_common():
        scores = [s.score for s in graded.summaries if s.status is status]
        shown = [f"{number(f(scores))}" for f in (min, median, max)]
        no_score = status is SubmissionStatus.NOT_RUN or status.nothing_to_grade
        table.add_row(_(status.value), str(count), *(["-"] * 3 if no_score else shown))
    return table


def diff_table(changes: Sequence[Change]) -> Table:
    """A row a change."""
    table = Table()
    for title in (_("submission"), _("what"), _("before"), _("after")):
        table.add_column(title, overflow="fold")
    for change in changes:
        table.add_row(*map(plain, (change.submission, _(change.place), _(change.before),
                                   _(change.after))))
    return table


def plain(text: str) -> Text:
    """Text of unknown origin for a table: no markup, no control sequences."""
    return Text(printable(text))


@contextmanager
def progress_line() -> Iterator[Callable[[str], None]]:
    """Show on a terminal which question is being measured."""
    console = Console(stderr=True)
    with console.status(_("measuring")) as status:
        yield lambda name: status.update(_("measuring {name}").format(name=name))


@contextmanager
def grading_progress() -> Iterator[GradeProgress]:
    """A bar of graded submissions on the terminal.

    It is redrawn by hand: a bar that redraws itself needs a thread, and the grader forks.
    """
    bar = Progress(
        TextColumn(_("grading")), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
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
