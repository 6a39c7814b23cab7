"""The command `homework gradebook` with its subcommands: make, explain, marking, new, example.

`new` writes a first course file, short and commented, from existing files. The homeworks come from
the results, the columns to fill from Canvas's export. The rest (deadlines, late policy, weights) is
written as a comment to be filled in.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from autograder.errors import UserError
from autograder.language import LANGUAGES, _

if TYPE_CHECKING:
    from gradebook.course import Course

HEAD = """\
# Course file. Every key with a comment: homework gradebook example
# 课程文件。全部可用的键及说明：homework gradebook example
course = {course}
language = {language}
time_zone = {zone}
roster = {roster}

# [late]                            # what lateness costs / 迟交规则
# penalty = "per_day"
# rate = 0.1
"""
HOMEWORK = """
[[homework]]
name = {name}
results = {results}
# due = 2026-11-06T23:59:00+08:00   # the deadline, with its offset from UTC / 截止时间
# weight = 40                       # for every homework or for none / 权重
"""


class Gradebook(click.Group):
    """`homework gradebook COURSE.toml` is short for `homework gradebook make COURSE.toml`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "-h", "--help"):
            args = ["make", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Gradebook)
def gradebook() -> None:
    """Join roster and results: grades, exports, report, feedback.

    \b
      homework gradebook COURSE.toml --out DIR       write everything
      homework gradebook explain COURSE.toml WHO     how a grade came about

    A first COURSE.toml: homework gradebook new; every key: homework gradebook example
    """


@gradebook.command()
@click.argument("course", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False),
              help="Folder to write to.")
@click.option("--pseudonymise", is_flag=True,
              help="Random ids instead of names; the key goes to a file of its own.")
@click.option("--compare", metavar="OLD_BOOK", type=click.Path(path_type=Path, file_okay=False),
              help="An earlier --out: compare.csv says whose total changed, and why.")
def make(course: Path, out: Path, pseudonymise: bool, compare: Path | None) -> None:
    """Write the gradebook, its exports and its reports (the default).

    Exits with 1 while a score is open: it is then empty in every file, and the
    last lines say why and what to do.
    """
    from gradebook.make import make_gradebook, purpose

    summary = make_gradebook(course, out, pseudonymise=pseudonymise, compare_with=compare)
    table = Table(_("what"), title=_("Gradebook"), title_justify="left")
    table.add_column("", justify="right")
    for what, value in summary.table.itertuples(index=False):
        table.add_row(str(what), f"{value:g}" if isinstance(value, float) else str(value))
    Console().print(table)
    for note in summary.notes:
        click.echo(note)
    first, *others = summary.in_order
    click.echo("\n" + _("Open first: {path}").format(path=first) + f"\n  {purpose(first)}\n"
               + _("Then, in {folder}:").format(folder=out))
    names = [str(path.relative_to(out)) for path in others]
    for path, name in zip(others, names, strict=True):
        click.echo(f"  {name:{max(map(len, names))}}  {purpose(path)}")
    if summary.open:
        click.echo("\n" + _("Open scores, which are empty in every file:"), err=True)
        for line in summary.open:
            click.echo(f"  {line}", err=True)
    sys.exit(1 if summary.open else 0)


@gradebook.command()
@click.argument("course", type=click.Path(path_type=Path))
@click.argument("student")
def explain(course: Path, student: str) -> None:
    """Tell how the grade of a student (id, login, e-mail or name) came about."""
    from gradebook.explain import explain as explain_grade

    click.echo(explain_grade(course, student))


@gradebook.command()
@click.argument("course", type=click.Path(path_type=Path))
@click.option("--pseudonymise", is_flag=True, help="Codes instead of ids and names.")
def marking(course: Path, pseudonymise: bool) -> None:
    """Write the sheets on which people grade written answers, or renew them.

    The course file names the workbook: marking = "hw4-marking.xlsx". Beside it
    comes a CSV of each sheet; fill in either. What was filled in stays.
    `homework gradebook COURSE.toml` reads both back.
    """
    from gradebook.book import read_book, write_marking_sheets

    for path, answers in write_marking_sheets(read_book(course), names=not pseudonymise):
        click.echo(_("{path}, and as CSV beside it: {count} answer(s) to grade").format(
            path=path, count=answers))
    click.echo(_("Fill in the points, then: homework gradebook {course} --out FOLDER").format(
        course=quote(str(course))))


@gradebook.command()
@click.argument("course", type=click.Path(path_type=Path))
@click.option("--roster", required=True, type=click.Path(path_type=Path), help="The class list.")
@click.option("--results", required=True, multiple=True, type=click.Path(path_type=Path),
              help="A results.sqlite, the folder that holds it, or a final_grades.csv of "
                   "`otter grade`; once for each homework.")
@click.option("--canvas", type=click.Path(path_type=Path), help="The gradebook Canvas exported.")
@click.option("--title", default="Course", show_default=True, help="The name of the course.")
@click.option("--language", type=click.Choice(LANGUAGES),
              help="Of its reports; by default that of the homework, or Chinese if it has both.")
@click.option("--time-zone", default="Asia/Shanghai", show_default=True)
def new(course: Path, roster: Path, results: tuple[Path, ...], canvas: Path | None, title: str,
        language: str | None, time_zone: str) -> None:
    """Write a first COURSE.toml from a roster, results and a platform's export."""
    made = new_course(course, roster, results, canvas, title=title, language=language,
                      zone=time_zone)
    names = ", ".join(homework.name for homework in made.homework)
    click.echo(_("{path}: {names}. Fill in the deadlines, then: homework gradebook {course} "
                 "--out DIR").format(path=course, names=names, course=quote(str(course))))


def new_course(
    path: Path, roster: Path, results: Sequence[Path], canvas: Path | None, *,
    title: str, language: str | None, zone: str,
) -> Course:
    """Write the course file `path` and read it back; raises UserError, and leaves a file alone that
    is there already. Without a `language` it is that of the homeworks if all have the same one,
    else Chinese."""
    from gradebook.course import load_course
    from gradebook.intake.platform_files import read_platform_file
    from gradebook.intake.roster import read_roster

    if path.exists():
        raise UserError(
            str(path), _("a new file"), _("it exists"), _("choose another name, or move it"),
        )
    read_roster(roster)
    homeworks = [(name, file, described) for file in results
                 for name, described in _homeworks(file).items()]
    languages = {each for _name, _file, described in homeworks
                 for each in described.get("languages") or LANGUAGES}
    language = language or (languages.pop() if len(languages) == 1 else "zh")
    text = HEAD.format(course=_quoted(title), language=_quoted(language), zone=_quoted(zone),
                       roster=_named(roster, path))
    titles = read_platform_file(canvas).rows[0] if canvas else []
    columns = {name: column for name, *_rest in homeworks if (column := _column(name, titles))}
    if canvas and columns:
        text += f"\n[exports]\ncanvas = {_named(canvas, path)}\n"
    for name, file, described in homeworks:
        text += HOMEWORK.format(name=_quoted(name), results=_named(file, path))
        if described.get("written"):
            text += f"marking = {_quoted(f'{name}-marking.xlsx')}\n"
        if name in columns:
            text += f"canvas_column = {_quoted(columns[name])}\n"
    path.write_text(text, encoding="utf-8")
    return load_course(path)


def _homeworks(file: Path) -> dict[str, Mapping[str, Any]]:
    """The homeworks in a results file, and their descriptions; the file of `otter grade` is called
    after its folder and describes nothing."""
    from autograder.store import Store
    from gradebook.intake.results import results_file

    if file.suffix.casefold() == ".csv":
        return {file.resolve().parent.name: {}}
    with closing(Store(results_file(file), create=False)) as store:
        runs = {name: store.latest_run(name) for name in sorted(r.homework for r in store.runs())}
    if not runs:
        raise UserError(
            str(file), _("results of a homework"), _("none"), _("grade the submissions first"),
        )
    return {name: run.description if run else {} for name, run in runs.items()}


def _column(homework: str, titles: Sequence[str]) -> str:
    """The one column with the homework's name as its title, whatever blanks, case and number."""
    found = [title for title in titles
             if re.sub(r"\W|_", "", re.sub(r"\(\d+\)$", "", title.strip())).casefold()
             .replace("homework", "hw") == homework.casefold()]
    return found[0] if len(found) == 1 else ""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _named(file: Path, course: Path) -> str:
    """A path relative to the course file's folder."""
    return _quoted(Path(os.path.relpath(file, course.absolute().parent)).as_posix())


@gradebook.command()
def example() -> None:
    """Print a commented COURSE.toml with everything that can be set."""
    from gradebook.course import EXAMPLE

    click.echo(EXAMPLE.read_text(encoding="utf-8"))


def owner_names(course: Path | None, roster: Path | None) -> Callable[[str], str]:
    """For `homework diff`: see `gradebook.book.owner_names`."""
    from gradebook.book import owner_names as names

    return names(course, roster)


@click.command()
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False),
              help="The page to write; default similar.html in the folder of the run.")
@click.option("--course", metavar="COURSE.toml", type=click.Path(path_type=Path),
              help="Names of owners, and of each the attempt that counts.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True,
              help="Language of the page.")
def similar(run: Path, out: Path | None, course: Path | None, lang: str) -> None:
    """Show which submissions are unusually alike, side by side.

    RUN is a folder that `grade` wrote. The page opens offline, is for staff
    only, and gives reasons to look, not verdicts.
    """
    from gradebook.reports.similar import write_similar

    path = out or (run if run.is_dir() else run.parent) / "similar.html"
    pairs = write_similar(run, path, lang, course)
    click.echo(_("{pairs} pair(s) of submissions stand far outside of what is usual in this "
                 "class").format(pairs=pairs))
    click.echo(path)
