"""The command `homework`: one verb a step of the pipeline, in its order."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from autograder.errors import UserError

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # forks need a process of one thread

VERBS = ("new", "check", "build", "grade", "diff", "gradebook")


class Tour(click.Group):
    """Lists the verbs in the order of the pipeline, and shows a UserError as a message."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "gradebook":  # the one place that sees both packages
            from gradebook.commands import gradebook

            return gradebook
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            click.echo(f"homework: {error}", err=True)
            ctx.exit(2)


def find_root(start: Path) -> Path:
    """The nearest folder upwards of `start` that holds assignments/."""
    for folder in (start, *start.parents):
        if (folder / "assignments").is_dir():
            return folder
    raise UserError(str(start), "a folder with assignments/ here or above", "none",
                    "go to the homework's folder, or name it with --root")


@click.group(cls=Tour, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option("0.1.0", prog_name="homework")
@click.option("--root", type=click.Path(path_type=Path, file_okay=False, exists=True),
              help="Folder that holds assignments/ and solutions/. Default: here or above.")
@click.pass_context
def main(ctx: click.Context, root: Path | None) -> None:
    """A deep-learning homework, from its pages to the gradebook.

    \b
      new        write the pages of a question
      check      measure the hidden checks against the bank
      build      make the notebooks and the autograder.zip
      grade      grade a class
      diff       see what a regrade changed
      gradebook  roster + results -> gradebook, report, feedback

    \b
    A first walk:
      homework check hw3
      homework build hw3
      homework grade hw3 submissions/ --out build/run
      homework gradebook course.toml --out build/book
    """
    ctx.obj = root


def _root(ctx: click.Context) -> Path:
    given = ctx.find_root().obj
    return given if given is not None else find_root(Path.cwd())


@main.command()
@click.argument("homework")
@click.argument("topic")
@click.pass_context
def new(ctx: click.Context, homework: str, topic: str) -> None:
    """Write the pages of a new question, ready to fill in.

    Example: homework new hw3 dropout
    """
    from autograder.new import new_question

    root = given if (given := ctx.find_root().obj) else _root_or_here()
    for path in new_question(homework, topic, root):
        click.echo(path.relative_to(root) if path.is_relative_to(root) else path)
    click.echo(f"Fill them in, then: homework check {homework}")


def _root_or_here() -> Path:
    try:
        return find_root(Path.cwd())
    except UserError:
        return Path.cwd()


@main.command()
@click.argument("homework", default="hw3")
@click.argument("question", required=False)
@click.pass_context
def check(ctx: click.Context, homework: str, question: str | None) -> None:
    """Measure the hidden checks against the bank of mistakes and right answers.

    Prints every failure: page and line, what was expected, what was found,
    what to do. QUESTION, like q18_logistic_gradient, checks only that one.
    """
    from autograder.check import check_homework
    from autograder.tables import check_table, print_table, progress_line

    with progress_line() as progress:
        reports = check_homework(homework, _root(ctx), question, progress)
    print_table(check_table(reports))
    problems = [problem for report in reports for problem in report.problems]
    for problem in problems:
        click.echo(f"\n{problem}")
    if problems:
        click.echo(f"\n{len(problems)} problem(s) in {homework}.", err=True)
        sys.exit(1)


@main.command()
@click.argument("homework", default="hw3")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False),
              help="Where to write; default build/HOMEWORK.")
@click.pass_context
def build(ctx: click.Context, homework: str, out: Path | None) -> None:
    """Make the notebooks and the autograder.zip.

    Writes student/ and solutions/ with a notebook in Chinese and in English
    each, and one autograder.zip, an ordinary Otter 7 autograder that grades
    both. The same pages give the same bytes.
    """
    from autograder.build import build_homework

    root = _root(ctx)
    for path in build_homework(homework, root, out or root / "build" / homework):
        click.echo(path)


@main.command()
@click.argument("autograder", metavar="HOMEWORK|AUTOGRADER.zip")
@click.argument("submissions", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False),
              help="Folder for results.sqlite, final_grades.csv and results/.")
@click.option("--jobs", type=click.IntRange(1, 512), default=os.cpu_count() or 1,
              show_default="one per core", help="Submissions graded at the same time.")
@click.option("--cell-seconds", type=click.FloatRange(min=0.1), default=60, show_default=True,
              help="Longest time for one cell.")
@click.option("--check-seconds", type=click.FloatRange(min=0.1), default=10, show_default=True,
              help="Longest time for one check.")
@click.option("--isolation", type=click.Choice(["namespaces", "process", "best"]),
              default="namespaces", show_default=True,
              help="What keeps student code in: namespaces of the kernel, or only a "
              "process; best takes the first of the two that can be had.")
@click.pass_context
def grade(
    ctx: click.Context, autograder: str, submissions: tuple[Path, ...], out: Path, jobs: int,
    cell_seconds: float, check_seconds: float, isolation: str,
) -> None:
    """Grade notebooks, or folders of them.

    Student code and checks run in separate processes, and student code sees
    no file, no process and no network but its own. Interrupt it when you
    like: the same command again goes on where it stopped.
    """
    from autograder.checker import Limits
    from autograder.grade import grade as grade_submissions
    from autograder.tables import grade_table, grading_progress, print_table

    limits = Limits(cell=cell_seconds, check=check_seconds)
    archive = _autograder_zip(ctx, autograder)
    with grading_progress() as progress:
        graded = grade_submissions(
            archive, submissions, out, jobs=jobs, limits=limits, isolation=isolation,
            progress=progress,
        )
    print_table(grade_table(graded))
    for path in graded.others:
        click.echo(f"passed over, no notebook: {path}", err=True)
    if graded.skipped:
        click.echo(f"{graded.skipped} already graded in {out}; not graded again")
    for name in ("results.sqlite", "final_grades.csv", "results"):
        click.echo(out / name)
    if graded.not_run:
        click.echo(
            f"\n{len(graded.not_run)} submission(s) could not be graded; this is no fault of "
            "theirs and no zero. Run the same command again.", err=True,
        )
        for result in graded.not_run:
            click.echo(f"  {result.file}: {result.reason}", err=True)
        sys.exit(1)


def _autograder_zip(ctx: click.Context, given: str) -> Path:
    """The zip that is named; a homework is built first, so that it is never a stale one."""
    if given.endswith(".zip") or Path(given).is_file():
        return Path(given)
    from autograder.build import build_homework

    root = _root(ctx)
    out = root / "build" / given
    build_homework(given, root, out)
    return out / "autograder.zip"


@main.command()
@click.argument("before", metavar="RUN")
@click.argument("after", metavar="RUN")
def diff(before: str, after: str) -> None:
    """Show what a regrade changed, per submission and check.

    A RUN is a folder that `grade` wrote, or its results.sqlite; add :1 for
    its first run, :2 for the second. Exits with 1 when anything changed.
    """
    from autograder.diff import diff_runs
    from autograder.tables import diff_table, print_table

    changes = diff_runs(before, after)
    print_table(diff_table(changes))
    sys.exit(1 if changes else 0)
