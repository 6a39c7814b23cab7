"""What the terminal shows: help in pipeline order, tables, progress, errors as messages."""

from __future__ import annotations

import errno
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from autograder.errors import UserError, did_you_mean
from autograder.model import SubmissionResult, SubmissionStatus, number

if TYPE_CHECKING:
    from autograder.authoring.check import Report
    from autograder.grading.grade import Graded
    from autograder.grading.grade import Progress as GradeProgress
    from autograder.grading.stored_results import Change

VERBS = (
    "demo", "new", "preview", "check", "build", "grade", "explain",
    "merge", "diff", "gradebook", "adopt", "similar",
)
MOST_LINES = 10
"""Lines of a list of files; more are counted."""
INTERRUPTED = 130
"""What a shell reports of a command that Ctrl-C ended."""

DEFECT = """\
homework: this is a defect of homework itself, not of your files.
  what:  {what}
  where: {where}
  to do: please open an issue where this repository is kept, with what the
         same command prints after `homework --debug`"""
REFUSED = """\
homework: the system refused something: {what}
  to do: check the path, its permissions and the free space; the same command
         after `homework --debug` shows where it happened"""


def find_root(start: Path) -> Path:
    """The nearest folder upwards of `start` that holds assignments/."""
    for folder in (start, *start.parents):
        if (folder / "assignments").is_dir():
            return folder
    raise UserError(str(start), "a folder with assignments/ here or above", "none",
                    "go to the homework's folder, or name it with --root")


class PipelineGroup(click.Group):
    """Lists the verbs in the order of the pipeline; nobody sees a traceback without --debug."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in ("gradebook", "similar"):  # the one place that sees both packages
            from gradebook import cli

            return cli.similar if cmd_name == "similar" else cli.gradebook
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            near = did_you_mean(args[0], VERBS, "see `homework --help`")
            ctx.fail(f"No such command {args[0]!r}: {near}")
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs first: they are what a reader is looking for."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("From the pages to the gradebook"):
            formatter.write_dl([(n, c.get_short_help_str(66)) for n, c in commands if c])
        click.Command.format_options(self, ctx, formatter)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except UserError as error:
            _end(ctx, f"homework: {error}", 2)
        except KeyboardInterrupt:
            _end(ctx, "\nhomework: interrupted", INTERRUPTED)
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # `homework ... | head` is no error
            if ctx.params.get("debug"):
                traceback.print_exc()
            _end(ctx, REFUSED.format(what=error) if isinstance(error, OSError) else DEFECT.format(
                what=f"{type(error).__name__}: {error}", where=_place(error)), 2)


def _end(ctx: click.Context, message: str, status: int) -> None:
    click.echo(printable(message), err=True)
    ctx.exit(status)


def _place(error: Exception) -> str:
    """The innermost line of ours that the error passed through."""
    own = Path(__file__).parent.parent
    frames = [f for f in traceback.extract_tb(error.__traceback__)
              if Path(f.filename).is_relative_to(own)]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"


def printable(text: str) -> str:
    """`text` for a terminal: file names of students may hold control sequences."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)


def echo_results(out: Path) -> None:
    """Say what stands in the folder `out`, now that its results are written."""
    for name in ("results.sqlite", "final_grades.csv", "results"):
        click.echo(out / name)


def say_what_is_missing(graded: Graded) -> None:
    """What an instructor must know besides the scores."""
    _list("passed over, no notebook", graded.others)
    _list("note", graded.notices)
    _list("graded by another build of the homework, and kept as it was", graded.older)
    if graded.at_end:
        click.echo(
            f"{graded.at_end} submission(s): a function was defined again below its check cell and "
            "scored higher\nat the end of the notebook; that result counts.", err=True,
        )
    if graded.regraded:
        click.echo(
            f"\nThis is run {graded.run}. {graded.regraded} of these submissions were graded again "
            "in another run;\nthe latest verdict on each counts, everywhere.", err=True,
        )
    if graded.not_run:
        click.echo(
            f"\n{len(graded.not_run)} submission(s) could not be graded. They are not counted as "
            "zero.\nRun the same command again.", err=True,
        )
        for standing in graded.not_run:
            click.echo(printable(f"  {standing.file}: {standing.reason}"), err=True)


def _list(what: str, lines: Sequence[str]) -> None:
    for line in lines[:MOST_LINES]:
        click.echo(printable(f"{what}: {line}"), err=True)
    if len(lines) > MOST_LINES:
        click.echo(f"{what}: {len(lines) - MOST_LINES} more", err=True)


def print_table(table: Table) -> None:
    """Print to standard output, at full width into a file and at the terminal's otherwise."""
    console = Console(width=None if sys.stdout.isatty() else 100)
    if table.row_count:
        console.print(table)


def check_table(reports: Sequence[Report]) -> Table:
    """A row a question: checks, points, mistakes caught and told apart by the answers they give,
    those that get another's name when left out of the bank, right answers accepted, time."""
    table = Table("question", title="The bank", title_justify="left")
    for name in ("checks", "points", "caught", "told apart", "misnamed", "accepted", "null answers",
                 "seconds"):
        table.add_column(name, justify="right")
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
    """What the held-out answers to each question came to, and in total."""
    table = Table("question", title="Held-out answers", title_justify="left")
    from autograder.authoring.naming_check import NOT_HELD, OUTCOMES, RIGHT

    names = (*OUTCOMES, *NOT_HELD, *RIGHT)
    for name in names:
        table.add_column(name, justify="right")
    for question, outcomes in rows.items():
        table.add_row(question, *[str(outcomes[name]) for name in names])
    table.add_section()
    total = sum(rows.values(), Counter[str]())
    for label, whole in (("total", 0), ("share", 1)):
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
        table.add_row("total", str(sum(each.counts.checks for each in counted if each.counts)),
                      f"{sum(report.points for report in counted):g}")


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
