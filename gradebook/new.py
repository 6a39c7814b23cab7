"""`homework gradebook new`: writes a first course file, short and commented, from existing files.

The homeworks come from the results, the columns to fill from Canvas's export. The rest (deadlines,
late policy, weights) is written as a comment to be filled in.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from autograder.errors import UserError
from autograder.language import LANGUAGES, _
from autograder.store import Store
from gradebook.course import Course, load_course
from gradebook.intake.platform_files import read_platform_file
from gradebook.intake.results import results_file
from gradebook.intake.roster import read_roster

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


def new_course(
    path: Path, roster: Path, results: Sequence[Path], canvas: Path | None, *,
    title: str, language: str | None, zone: str,
) -> Course:
    """Write the course file `path` and read it back; raises UserError, and leaves a file alone that
    is there already. Without a `language` it is that of the homeworks if all have the same one,
    else Chinese."""
    if path.exists():
        raise UserError(
            str(path), _("a new file"), _("it exists"), _("choose another name, or move it"),
        )
    read_roster(roster)
    homeworks = [(name, file) for file in results for name in _homeworks(file)]
    language = language or _language(homeworks)
    text = HEAD.format(course=_quoted(title), language=_quoted(language), zone=_quoted(zone),
                       roster=_named(roster, path))
    titles = read_platform_file(canvas).rows[0] if canvas else []
    columns = {name: column for name, _ in homeworks if (column := _column(name, titles))}
    if canvas and columns:
        text += f"\n[exports]\ncanvas = {_named(canvas, path)}\n"
    for name, file in homeworks:
        text += HOMEWORK.format(name=_quoted(name), results=_named(file, path))
        if _described(name, file, "written"):
            text += f"marking = {_quoted(f'{name}-marking.xlsx')}\n"
        if name in columns:
            text += f"canvas_column = {_quoted(columns[name])}\n"
    path.write_text(text, encoding="utf-8")
    return load_course(path)


def _homeworks(file: Path) -> list[str]:
    """The homeworks in a results file; the file of `otter grade` is called after its folder."""
    if file.suffix.casefold() == ".csv":
        return [file.resolve().parent.name]
    with closing(Store(results_file(file), create=False)) as store:
        names = sorted({run.homework for run in store.runs()})
    if not names:
        raise UserError(
            str(file), _("results of a homework"), _("none"), _("grade the submissions first"),
        )
    return names


def _language(homeworks: Sequence[tuple[str, Path]]) -> str:
    found = {language for name, file in homeworks
             for language in _described(name, file, "languages") or LANGUAGES}
    return found.pop() if len(found) == 1 else "zh"


def _described(homework: str, file: Path, fact: str) -> list[Any]:
    """What the homework's description lists under `fact`; the file of `otter grade` has none."""
    if file.suffix.casefold() == ".csv":
        return []
    with closing(Store(results_file(file), create=False)) as store:
        run = store.latest_run(homework)
    return list(run.description.get(fact, [])) if run else []


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
