"""The command `homework`: a subcommand for each step of the pipeline, in order."""

from __future__ import annotations

import io
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from autograder.console import (
    MOST_LINES,
    PipelineGroup,
    find_root,
    interruptible,
    print_files,
    print_notices,
    the_gradebook,
)
from autograder.errors import UserError, UserErrors, printable
from autograder.language import LANGUAGES, _

if TYPE_CHECKING:
    from autograder.sandbox.client import Isolation


os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # forks need a process of one thread


@click.group(cls=PipelineGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="homework-that-grades-itself", prog_name="homework")
@click.option("--root", type=click.Path(path_type=Path, file_okay=False, exists=True),
              help="Folder that holds assignments/ and solutions/. Default: here or above.")
@click.option("--lang", type=click.Choice(LANGUAGES), expose_value=False,
              help="Language of the terminal. Default: that of the locale.")
@click.option("--debug", is_flag=True, help="Show the traceback of an unexpected error.")
@click.pass_context
def main(ctx: click.Context, root: Path | None, debug: bool) -> None:
    """A deep-learning homework, from its pages to the gradebook.

    \b
    A first walk:
      homework check hw3
      homework build hw3
      homework grade hw3 submissions/ --out build/run
      homework gradebook course.toml --out build/book
    """
    ctx.obj = root
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a Latin-1 terminal shows ? for Chinese


def complete_homework(ctx: click.Context, _param: click.Parameter, begun: str) -> list[str]:
    """Completion for the shell: the homeworks whose names begin with `begun`."""
    try:
        return [name for name in homeworks(_root(ctx)) if name.startswith(begun)]
    except UserError:
        return []


def complete_question(ctx: click.Context, _param: click.Parameter, begun: str) -> list[str]:
    """Completion for the shell: the questions of the homework that begin with `begun`."""
    from autograder.authoring.homework import question_names

    try:
        names = question_names(str(ctx.params.get("homework")), _root(ctx))
    except UserError:
        return []
    return [name for name in names if name.startswith(begun)]


def _root(ctx: click.Context) -> Path:
    given = ctx.find_root().obj
    return given if given is not None else find_root(Path.cwd())


@main.command()
@click.argument("homework")
@click.argument("topic")
@click.option("--languages", metavar="zh,en", default="zh,en", show_default=True,
              help="Of a new homework: the languages of its pages and notebooks.")
@click.pass_context
def new(ctx: click.Context, homework: str, topic: str, languages: str) -> None:
    """Write a new question, or start a homework with it.

    Example: homework new hw3 dropout
    """
    from autograder.authoring.new import new_question

    root = given if (given := ctx.find_root().obj) else _root_or_here()
    for path in new_question(homework, topic, root, _languages(languages)):
        click.echo(path.relative_to(root) if path.is_relative_to(root) else path)
    click.echo(_("Fill them in, then: homework check {homework}").format(homework=homework))


def _languages(given: str) -> list[str]:
    languages = [each.strip() for each in given.split(",")]
    if not languages or set(languages) - {"zh", "en"} or len(set(languages)) < len(languages):
        raise click.BadParameter(_("{given!r}: write zh, en or zh,en").format(given=given),
                                 param_hint="--languages")
    return languages


def _root_or_here() -> Path:
    try:
        return find_root(Path.cwd())
    except UserError:
        return Path.cwd()


@main.command()
@click.argument("homework", shell_complete=complete_homework)
@click.argument("question", shell_complete=complete_question)
@click.option("--lang", "language", metavar="LANGUAGE", help="zh or en; default: the first one of "
              "the homework.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False),
              help="The HTML file; default build/preview/QUESTION.LANGUAGE.html.")
@click.option("--watch", is_flag=True, help="Renew it whenever a page changes, until Ctrl-C.")
@click.pass_context
def preview(
    ctx: click.Context, homework: str, question: str, language: str | None, out: Path | None,
    watch: bool,
) -> None:
    """Write one question as students will see it, as HTML.

    Example: homework preview hw3 q02 --lang en
    """
    from autograder.authoring.build import watched, write_preview

    root = _root(ctx)
    click.echo(write_preview(homework, question, root, language, out))
    if watch:
        for renewed in watched(homework, question, root, language, out):
            click.echo(renewed)


@main.command()
@click.argument("homework", required=False, shell_complete=complete_homework)
@click.argument("question", required=False, shell_complete=complete_question)
@click.option("--held-out", is_flag=True,
              help="Name the answers in solutions/HOMEWORK/held_out/ instead.")
@click.pass_context
def check(
    ctx: click.Context, homework: str | None, question: str | None, held_out: bool
) -> None:
    """Measure the hidden checks against the bank of mistakes.

    Prints every failure: page and line, what was expected, what was found,
    what to do. QUESTION, like q18, checks only that one; without HOMEWORK,
    all homeworks are checked. What has not changed since the last time is
    not checked again.
    """
    root = _root(ctx)
    names = [homework] if homework else homeworks(root)
    if held_out:
        for name in names:
            _held_out(name, root, question)
        return
    problems = [_check(name, root, question) for name in names]
    sys.exit(1 if any(problems) else 0)


def _held_out(homework: str, root: Path, question: str | None) -> None:
    """Print how the held-out answers are named: those of one question, or of all."""
    from autograder.authoring.evaluate import held_out_outcomes
    from autograder.authoring.homework import load_homework
    from autograder.authoring.settings import selected
    from autograder.console import held_out_table, print_table, progress_line

    found = load_homework(homework, root)
    every = [each.name for each in found.questions]
    where = str(root / "assignments" / homework)
    wanted = selected(where, [question], every) if question else every
    with progress_line() as progress:
        rows = {}
        for each in found.questions:
            if each.name in wanted:
                progress(each.name)
                rows[each.name] = held_out_outcomes(each, found.setup)
    print_table(held_out_table(rows))


def homeworks(root: Path) -> list[str]:
    """The names of all homeworks, those with an opening page."""
    return sorted(path.parent.name for path in (root / "assignments").glob("*/intro.py"))


def _check(homework: str, root: Path, question: str | None = None) -> int:
    """Print the table of the bank and all that is wrong; how many problems there are."""
    from autograder.authoring.check import check_homework
    from autograder.console import check_table, print_table, progress_line

    with progress_line() as progress:
        reports = check_homework(homework, root, question, progress)
    print_table(check_table(reports))
    for report in reports:
        if report.counts and report.counts.naming.alike:
            click.echo(_("not told apart in {question}: {names}").format(
                question=report.question, names="; ".join(report.counts.naming.alike)))
    problems = [problem for report in reports for problem in report.problems]
    for problem in problems:
        click.echo(f"\n{problem}")
    if problems:
        click.echo("\n" + _("{count} problem(s) in {homework}.").format(
            count=len(problems), homework=homework), err=True)
    return len(problems)


@main.command()
@click.argument("homework", default="hw3", shell_complete=complete_homework)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False),
              help="Where to write; default build/HOMEWORK.")
@click.option("--questions", metavar="q01,q04,...",
              help="Build a homework of only these questions.")
@click.option("--draft", is_flag=True,
              help="Build it although `homework check` finds something.")
@click.pass_context
def build(
    ctx: click.Context, homework: str, out: Path | None, questions: str | None, draft: bool
) -> None:
    """Make the notebooks and the autograder.zip.

    Writes student/ and solutions/ with a notebook in each language of the
    homework, and one autograder.zip, an ordinary Otter 7 autograder that
    grades all of them. The same pages give the same bytes. A homework whose
    check does not pass is not built.
    """
    from autograder.authoring.build import build_homework

    root = _root(ctx)
    if not draft:
        _refuse_unchecked(homework, root)
    selection = [name.strip() for name in questions.split(",")] if questions is not None else []
    for path in build_homework(homework, root, out or root / "build" / homework, selection):
        click.echo(path)


def _refuse_unchecked(homework: str, root: Path) -> None:
    from autograder.authoring.check import check_homework
    from autograder.console import progress_line

    with progress_line() as progress:
        reports = check_homework(homework, root, progress=progress)
    problems = [problem for report in reports for problem in report.problems]
    if problems:
        raise UserErrors([*problems, UserError(
            f"homework build {homework}", _("a homework whose check passes"),
            _("{count} problem(s)").format(count=len(problems)),
            _("correct them (`homework check {homework}`), or build a draft with --draft").format(
                homework=homework),
        )])


@main.command()
@click.argument("autograder", metavar="HOMEWORK|AUTOGRADER.zip",
                shell_complete=complete_homework)
@click.argument("submissions", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False),
              help="Folder for results.sqlite, final_grades.csv and results/.")
@click.option("--jobs", type=click.IntRange(1, 512), default=os.cpu_count() or 1,
              show_default="one per core", help="Submissions graded at the same time.")
@click.option("--cell-seconds", type=click.FloatRange(min=0.1), default=60, show_default=True,
              help="Longest time for one cell.")
@click.option("--check-seconds", type=click.FloatRange(min=0.1), default=10, show_default=True,
              help="Longest time for one check.")
@click.option("--submission-seconds", type=click.FloatRange(min=1), default=600,
              show_default=True, help="Longest time for all notebooks of one file handed in.")
@click.option("--isolation", type=click.Choice(["namespaces", "process", "best"]),
              default="namespaces", show_default=True,
              help="How student code is isolated: by namespaces of the kernel, or only as a "
              "process; best = namespaces if available, else process.")
@click.option("--container", metavar="IMAGE",
              help="Isolate student code in containers of this image instead, with docker "
              "or podman. Its python3 needs numpy and IPython.")
@click.option("--cluster", metavar="ADDRESS",
              help="Let the workers of this Dask scheduler grade, one submission a "
              "thread. Like tcp://host:8786.")
@click.option("--shard", metavar="I/N",
              help="Grade the I-th of N parts; `homework merge` joins them.")
@click.pass_context
def grade(
    ctx: click.Context, autograder: str, submissions: tuple[Path, ...], out: Path, jobs: int,
    cell_seconds: float, check_seconds: float, submission_seconds: float, isolation: str,
    container: str | None, cluster: str | None, shard: str | None,
) -> None:
    """Grade a class: notebooks, or zips and folders of them.

    \b
      homework grade hw3 submissions/ --out build/run
      homework grade autograder.zip class.zip --out build/run

    Writes results.sqlite, from it final_grades.csv and results/*.json.
    Student code and checks run in separate processes, and student code sees
    no file, no process and no network but its own. Interrupt it when you
    like: the same command again goes on where it stopped. Exits with 1 when
    a submission has no score: it could not be graded, or held nothing to grade.
    """
    from autograder.console import grade_table, grading_progress, print_table
    from autograder.grading.attempt import Limits
    from autograder.grading.grade import grade as grade_submissions
    from autograder.grading.grade import read_shard
    from autograder.sandbox.client import Isolation

    apart = (Isolation(isolation) if container is None
             else _container(ctx, container, cluster))
    part = read_shard(shard) if shard is not None else None
    limits = Limits(cell=cell_seconds, check=check_seconds, submission=submission_seconds)
    archive = _autograder_zip(ctx, autograder, submissions[0])
    with interruptible(out), grading_progress() as progress:
        graded = grade_submissions(
            archive, submissions, out, jobs=jobs, limits=limits, isolation=apart,
            cluster=cluster, shard=part, progress=progress,
        )
    print_table(grade_table(graded))
    if graded.skipped:
        click.echo(_("{count} already graded in {out}; not graded again").format(
            count=graded.skipped, out=out))
    if len(submissions) == 1 and submissions[0].is_file() and len(graded.summaries) == 1:
        _print_result(out, graded.summaries[0].file)
    print_files(out)
    print_notices(graded)
    sys.exit(1 if graded.incomplete else 0)


def _print_result(out: Path, file: str) -> None:
    """Print the result of a single file."""
    from autograder.grading.stored_results import describe_submission, opened

    with opened(str(out)) as (store, run):
        for result in store.results(run.run):
            if result.file == file:
                for line in describe_submission(run.description, result):  # type: ignore[arg-type]
                    click.echo(printable(line))


def _container(ctx: click.Context, image: str, cluster: str | None) -> Isolation:
    """The isolation for --container; refuses options that contradict it."""
    from autograder.sandbox.client import CONTAINER, Isolation

    if ctx.get_parameter_source("isolation") is not ParameterSource.DEFAULT:
        raise click.UsageError(_("--container is an isolation of its own: leave --isolation out"))
    if cluster is not None:
        raise click.UsageError(_("--container is for this machine: leave out it or --cluster"))
    if not image or image.startswith("-"):
        raise click.BadParameter(_("{image!r} is not the name of an image").format(image=image),
                                 param_hint="--container")
    return Isolation(CONTAINER, image)


def _autograder_zip(ctx: click.Context, given: str, submissions: Path) -> Path:
    """The zip that is named, or that of a homework, built again if a page has changed."""
    if given.endswith(".zip") or Path(given).is_file():
        return Path(given)
    from autograder.authoring.build import built_zip

    if Path(given).is_dir():
        raise UserError(given, _("first the homework or its zip, then the submissions"),
                        _("a folder in the first place"),
                        shlex.join(["homework", "grade", str(submissions), given,
                                    "--out", "build/run"]))
    root = _root(ctx)
    return built_zip(given, root, root / "build" / given)


@main.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False),
              default=Path("build", "demo"), show_default=True, help="Folder to write to.")
def demo(out: Path) -> None:
    """Grade a made-up class of 60 and write its gradebook."""
    from autograder.demo import main as run_demo

    sys.exit(run_demo(out.absolute()))


@main.command()
@click.argument("run", metavar="RUN")
@click.argument("student")
def explain(run: str, student: str) -> None:
    """Tell what became of one submission, for office hours.

    Example: homework explain build/run 2023001

    Prints points, each failed check with its message and reason, the belief
    that the answers show, and the first call that differs. A RUN is a folder
    that `grade` wrote; STUDENT is a part of the submission's name. Where a
    grade comes from says `homework gradebook explain`.
    """
    from autograder.grading.stored_results import explain as explain_submission

    for line in explain_submission(run, student):
        click.echo(printable(line))


@main.command()
@click.argument("shards", metavar="RUN...", nargs=-1, required=True)
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False),
              help="Folder for the results of the whole class; it must have none yet.")
def merge(shards: tuple[str, ...], out: Path) -> None:
    """Join the parts of a class that were graded with --shard.

    \b
      homework grade hw3 submissions/ --shard 1/2 --out build/part1
      homework grade hw3 submissions/ --shard 2/2 --out build/part2
      homework merge build/part1 build/part2 --out build/run

    A RUN is a folder that `grade --shard` wrote, or its results.sqlite. The
    parts must be of one class, graded in one way, and all of them must be
    there. The outcome is that of one undivided run.
    """
    from autograder.grading.grade import merge as merge_shards

    merged = merge_shards(shards, out)
    click.echo(_("{homework}: {submissions} submissions of {shards} shards").format(
        homework=merged.homework, submissions=merged.submissions, shards=merged.shards))
    print_files(out)


@main.command()
@click.argument("homework")
@click.argument("question")
@click.argument("group")
@click.argument("run", metavar="RUN")
@click.pass_context
def adopt(ctx: click.Context, homework: str, question: str, group: str, run: str) -> None:
    """Write a mistake into the bank from what a group of students wrote.

    \b
      homework adopt hw3 q05 3f2a1c build/run

    GROUP is the label of a group in the report or in diagnoses.csv, RUN a
    folder that `grade` wrote. Read the code before `homework check` runs it,
    then write what its authors believe; the next grading names it.
    """
    from autograder.authoring.homework import load_question, question_names
    from autograder.authoring.new import adopt as adopt_group
    from autograder.authoring.page_parser import WrittenQuestion
    from autograder.authoring.settings import selected
    from autograder.grading.stored_results import results_file

    root = _root(ctx)
    where = str(root / "assignments" / homework)
    [name] = selected(where, [question], question_names(homework, root))
    loaded = load_question(homework, name, root)
    if isinstance(loaded, WrittenQuestion):
        raise UserError(where, _("a question with checks"), name, _("name another question"))
    adopted = adopt_group(homework, loaded, group, results_file(run))
    click.echo(f"{adopted.where}: {adopted.name}")
    click.echo(_("This is a student's code. Read it, write what its author believes, then: "
                 "homework check {homework} {question}").format(
        homework=homework, question=question))


@main.command()
@click.argument("before", metavar="RUN")
@click.argument("after", metavar="RUN")
@click.option("--roster", type=click.Path(path_type=Path),
              help="The class list: names instead of files.")
@click.option("--course", metavar="COURSE.toml", type=click.Path(path_type=Path),
              help="The same, with the corrections of a course.")
def diff(before: str, after: str, roster: Path | None, course: Path | None) -> None:
    """Show what a regrade changed, per submission and check.

    A RUN is a folder that `grade` wrote, or its results.sqlite; add :1 for
    its first run, :2 for the second. Exits with 1 when anything changed.
    """
    from autograder.console import diff_table, print_table
    from autograder.grading.stored_results import diff_runs, summary

    if roster or course:
        changes = diff_runs(before, after, the_gradebook().owner_names(course, roster))
    else:
        changes = diff_runs(before, after)
    if not changes:
        click.echo(_("nothing has changed"))
        return
    print_table(diff_table(changes))
    lines = summary(changes)
    for line in lines[:MOST_LINES]:
        click.echo(printable(line))
    if len(lines) > MOST_LINES:
        click.echo(_("and {count} more kinds of changes").format(count=len(lines) - MOST_LINES))
    sys.exit(1)
