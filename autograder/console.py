"""The command `homework` on the terminal: subcommands, help in two languages, defects; tables,
progress, and notices about a run."""

from __future__ import annotations

import copy
import errno
import inspect
import re
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from autograder.errors import UserError, did_you_mean, printable
from autograder.language import LANGUAGES, _, language_of_locale, retold, speak, spoken
from autograder.model import SubmissionResult, SubmissionStatus, number

if TYPE_CHECKING:
    from autograder.authoring.check import Report
    from autograder.grading.grade import Progress as GradeProgress
    from autograder.grading.grade import RunSummary
    from autograder.grading.stored_results import Change

Command = TypeVar("Command", bound=click.Command)

VERBS = (
    "demo", "new", "preview", "check", "build", "grade", "explain",
    "merge", "diff", "gradebook", "adopt", "similar",
)
INTERRUPTED = 130
"""The exit status of a command that Ctrl-C ended."""
MOST_LINES = 10
"""Lines of a list of files; more are counted."""


class PipelineGroup(click.Group):
    """Lists the verbs in the order of the pipeline; nobody sees a traceback without --debug."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        language, args = self._language(args)
        speak(language or (language_of_locale() if _can_show_chinese() else "en"))
        return super().parse_args(ctx, args)

    def _language(self, args: list[str]) -> tuple[str | None, list[str]]:
        """The value of --lang, and the arguments without it; it may also follow the subcommand.

        A verb with a --lang of its own (the language of what it writes) keeps it.
        """
        verb = next((index for index, arg in enumerate(args) if arg in VERBS), len(args))
        command = self.get_command(click.Context(self), args[verb]) if verb < len(args) else None
        own = command and any("--lang" in param.opts for param in command.params)
        for index, arg in enumerate(args[: verb if own else len(args)]):
            name, sign, value = arg.partition("=")
            if name == "--lang" and (sign or args[index + 1 : index + 2]):
                value = value if sign else args[index + 1]
                if value in LANGUAGES:
                    return value, args[:index] + args[index + (1 if sign else 2) :]
        return None, args

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in ("gradebook", "similar"):
            from_gradebook: click.Command = vars(the_gradebook())[cmd_name]
            return translated(from_gradebook)
        command = super().get_command(ctx, cmd_name)
        return translated(command) if command else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            near = did_you_mean(args[0], VERBS, _("see `homework --help`"))
            ctx.fail(_("No such command {name!r}: {near}").format(name=args[0], near=near))
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        click.Group.format_help(translated(self), ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Put the subcommands first, since readers look for them."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section(_("From the pages to the gradebook")):
            formatter.write_dl([(n, c.get_short_help_str(66)) for n, c in commands if c])
        click.Command.format_options(self, ctx, formatter)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            _end(ctx, "\n" + _("homework: interrupted"), INTERRUPTED)
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # `homework ... | head` is no error
            if ctx.params.get("debug"):
                traceback.print_exc()
            _end(ctx, _refused(error) if isinstance(error, OSError) else _defect(error), 2)


def _can_show_chinese() -> bool:
    """Whether the terminal has the characters; one of Latin-1 would show question marks."""
    try:
        "中文".encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


@contextmanager
def interruptible(out: Path) -> Iterator[None]:
    """On Ctrl-C, and `kill`, say that finished results are kept, and end."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        click.echo("\n" + _(
            "homework: interrupted. What has been graded is kept in {out}; the same command\n"
            "again goes on where it stopped."
        ).format(out=out), err=True)
        sys.exit(INTERRUPTED)
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(ctx: click.Context, message: str, status: int) -> None:
    click.echo(printable(message), err=True)
    ctx.exit(status)


def _refused(error: OSError) -> str:
    return _(
        "homework: file or system error: {what}\n"
        "  to do: check the path, its permissions and the free space; the same command\n"
        "         after `homework --debug` shows where it happened"
    ).format(what=error)


def _defect(error: Exception) -> str:
    return _(
        "homework: this is a defect of homework itself, not of your files.\n"
        "  what:  {what}\n"
        "  where: {where}\n"
        "  to do: please open an issue where this repository is kept, with what the\n"
        "         same command prints after `homework --debug`"
    ).format(what=f"{type(error).__name__}: {error}", where=_place(error))


def _place(error: Exception) -> str:
    """The innermost line of this project in the traceback of the error."""
    own = Path(__file__).parent.parent
    frames = [f for f in traceback.extract_tb(error.__traceback__)
              if Path(f.filename).is_relative_to(own)]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"


def translated(command: Command) -> Command:
    """`command` with its help, written in English, in the language of the terminal; in Chinese it
    is a copy."""
    if spoken() == "en":
        return command
    copied = copy.copy(command)
    copied.context_class = Context
    if isinstance(copied, click.Group):
        copied.commands = {name: translated(each) for name, each in copied.commands.items()}
    paragraphs = paragraphs_of(command)
    copied.help = "\n\n".join(_paragraph(each) for each in paragraphs)
    copied.short_help = _paragraph(paragraphs[0]).rstrip("。") if paragraphs else None
    copied.params = [copy.copy(param) for param in command.params]
    copied._help_option = None
    for param in copied.params:
        if isinstance(param, click.Option) and param.help:
            param.help = _(param.help)
            if isinstance(param.show_default, str):
                param.show_default = _(param.show_default)
    return copied


def paragraphs_of(command: click.Command) -> list[str]:
    """The paragraphs of its help."""
    return [each for each in inspect.cleandoc(command.help or "").split("\n\n") if each]


def sentences_of(paragraph: str) -> list[str]:
    """The sentences of a paragraph of help to translate: all, or the words beside examples."""
    if not paragraph.startswith("\b\n"):
        return [" ".join(paragraph.split())]
    pieces = (piece for line in paragraph[2:].split("\n") for piece in re.split(r"\s{2,}", line))
    return [piece for piece in pieces if piece and not piece.startswith("homework ")]


def _paragraph(paragraph: str) -> str:
    if not paragraph.startswith("\b\n"):
        [sentence] = sentences_of(paragraph)
        return _(sentence)
    for sentence in sentences_of(paragraph):
        paragraph = paragraph.replace(sentence, _(sentence))
    return paragraph


class Formatter(click.HelpFormatter):
    """Breaks Chinese lines where they are full: a character is two columns wide, and no blank
    stands between two words."""

    def write_text(self, text: str) -> None:
        if spoken() == "en":
            return super().write_text(text)
        self._write_lines(_wrapped(text, self.width - self.current_indent), self.current_indent)
        return None

    def write_heading(self, heading: str) -> None:
        sign = ":" if spoken() == "en" else "："
        self.write(f"{'':>{self.current_indent}}{heading}{sign}\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        rows = list(rows)
        if spoken() == "en":
            return super().write_dl(rows, col_max, col_spacing)
        column = min(max(cell_len(first) for first, _second in rows), col_max) + col_spacing
        for first, second in rows:
            begun = " " * self.current_indent + first
            lines = _wrapped(second, self.width - column - 2)
            if cell_len(first) <= column - col_spacing and lines:
                self.write(begun + " " * (column - cell_len(first)) + lines.pop(0) + "\n")
            else:
                self.write(begun + "\n")
            self._write_lines(lines, column + self.current_indent)
        return None

    def _write_lines(self, lines: list[str], indent: int) -> None:
        for line in lines:
            self.write((" " * indent + line).rstrip() + "\n")


class Context(click.Context):
    """Makes the help of its command with `Formatter`."""

    formatter_class = Formatter


PipelineGroup.context_class = Context


def _wrapped(text: str, width: int) -> list[str]:
    """The lines of `text`, at most `width` columns each; none begins with a comma or full stop."""
    lines: list[str] = []
    for paragraph in text.split("\n\n"):
        if lines:
            lines.append("")
        if paragraph.startswith("\b\n"):
            lines += paragraph[2:].split("\n")
            continue
        line = ""
        for piece in re.findall(r"[（“《]*(?:[!-~]+|[^!-~（“《])[，。；：、！？）”》]*", paragraph):
            if cell_len(line + piece.rstrip()) > width:
                lines.append(line.rstrip())
                line = piece.lstrip()
            else:
                line += piece
        lines.append(line.rstrip())
    return lines


def the_gradebook() -> ModuleType:
    """The commands of the gradebook: the one place that sees both packages."""
    from gradebook import cli

    return cli


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
