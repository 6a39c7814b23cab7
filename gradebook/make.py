"""The verb `make`: from one course file to every file that a TA hands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from autograder.errors import UserError
from gradebook.book import Book, read_book
from gradebook.exports import frames
from gradebook.exports.canvas import fill_canvas
from gradebook.exports.moodle import fill_report, fill_worksheet
from gradebook.exports.pseudonyms import (
    FOLDER,
    KEY,
    anonymous,
    check_folder,
    key_frame,
    pseudonyms,
    write_private,
)
from gradebook.exports.workbook import write_workbook
from gradebook.intake.platform_files import PlatformFile
from gradebook.problems import problem_frame
from gradebook.reports.handouts import write_handouts
from gradebook.tables import write_table
from gradebook.wording import FROM_OTTER


@dataclass
class Summary:
    """What was written where, a short table for the terminal (columns `what`, `value`), and what
    else a person should hear there."""

    paths: list[Path]
    table: pd.DataFrame
    book: Book
    notes: list[str]


def make_gradebook(
    course: Path, out: Path, *, pseudonymise: bool = False, feedback: bool = True
) -> Summary:
    """Compute the gradebook of the course file `course` and write everything into `out`.

    With `pseudonymise` only files without people are written, and who is who goes to a folder
    `private` in it. `feedback` makes the students' pages, the slowest part of a large class.
    Raises UserError for anything that a person must put right first; nothing is written then.
    """
    check_folder(out, pseudonymise)
    book = read_book(course)
    filled = [] if pseudonymise else _fill(book)
    book.problems += [problem for _, file in filled for problem in file.problems]
    try:
        out.mkdir(parents=True, exist_ok=True)
        if pseudonymise:
            book, paths = _write_private(book, out, course.parent)
        else:
            paths = [write_table(out / "problems.csv", problem_frame(book.problems, course.parent))]
            paths += [file.write(out / name) for name, file in filled]
            paths += _write_named(book, out)
        paths = _write_tables(book, out, sort=pseudonymise) + paths
        paths += write_handouts(book, out, feedback=feedback and not pseudonymise)
    except OSError as error:
        raise UserError(str(error.filename or out), "a file that can be written",
                        error.strerror or str(error),
                        "close it if a spreadsheet has it open, or choose another --out") from None
    return Summary(paths, summary_frame(book), book, points_only(book))


def _fill(book: Book) -> list[tuple[str, PlatformFile]]:
    """The platforms' own files, filled: read and checked before anything is written."""
    course, homeworks = book.course, book.homeworks
    filled = []
    if course.exports.canvas:
        filled.append(("canvas.csv", fill_canvas(course.exports.canvas, book.roster, homeworks)))
    if course.exports.moodle:
        report = fill_report(course.exports.moodle, book.roster, book.people, homeworks)
        filled.append(("moodle.csv", report))
    for grades in homeworks:
        worksheet = grades.homework.moodle_worksheet
        if worksheet:
            alone = len(homeworks) == 1 and not course.exports.moodle
            name = "moodle.csv" if alone else f"moodle-{grades.homework.name}.csv"
            filled.append((name, fill_worksheet(worksheet, book.roster, book.people, grades)))
    return filled


def _write_tables(book: Book, out: Path, *, sort: bool) -> list[Path]:
    """gradebook.csv, gradebook.xlsx and ledger.csv; `sort` by id hides the order of the roster."""
    tables: Sequence[pd.DataFrame] = (
        frames.gradebook_frame(book), frames.workbook_frame(book), frames.ledger_table(book))
    if sort:
        tables = [table.sort_values(str(table.columns[0]), kind="stable") for table in tables]
    return [write_table(out / "gradebook.csv", tables[0]),
            write_workbook(out / "gradebook.xlsx", tables[1], frozen=2),
            write_table(out / "ledger.csv", tables[2])]


def _write_named(book: Book, out: Path) -> list[Path]:
    registry = frames.registry_frame(book)
    return [write_table(out / "gradescope.csv", frames.gradescope_frame(book)),
            write_workbook(out / "registry.xlsx", registry, frozen=2),
            write_table(out / "registry.csv", registry)]


def _write_private(book: Book, out: Path, folder: Path) -> tuple[Book, list[Path]]:
    """The key to the pseudonyms and the problems, apart; and the book without people."""
    students = book.roster.students
    names = pseudonyms(out, students)
    paths = [write_private(out / FOLDER, KEY, key_frame(students, names)),
             write_private(out / FOLDER, "problems.csv", problem_frame(book.problems, folder))]
    roster = replace(book.roster, students=anonymous(students, names))
    return replace(book, roster=roster), paths


def points_only(book: Book) -> list[str]:
    """What is missing of each homework whose results tell points only."""
    return [FROM_OTTER[book.course.language].format(homework=grades.homework.name)
            for grades in book.homeworks if grades.results.run is None]


def summary_frame(book: Book) -> pd.DataFrame:
    """Students by status, the mean of those who have a total, and the number of problems."""
    counts = [(str(word), int(n)) for word, n in book.status.value_counts().items()]
    mean = float(book.total.mean()) if book.total.notna().any() else float("nan")
    rows = [("students", len(book.status)), *counts, ("mean", round(mean, 2)),
            ("out of", book.maximum), ("problems", len(book.problems))]
    return pd.DataFrame(rows, columns=["what", "value"])
