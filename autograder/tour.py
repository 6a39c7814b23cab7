"""How the command speaks: help in the order of the pipeline, and errors as messages."""

from __future__ import annotations

import errno
import traceback
from pathlib import Path
from typing import Any

import click

from autograder.errors import UserError

VERBS = ("new", "check", "build", "grade", "merge", "diff", "gradebook")
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


class Tour(click.Group):
    """Lists the verbs in the order of the pipeline; nobody sees a traceback without --debug."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "gradebook":  # the one place that sees both packages
            from gradebook.cli import gradebook

            return gradebook
        return super().get_command(ctx, cmd_name)

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
