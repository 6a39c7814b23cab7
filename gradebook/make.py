"""`homework gradebook make`: writes every file of the gradebook from one course file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from autograder.errors import UserError
from autograder.language import N_, _, spoken
from gradebook.book import Book, read_book
from gradebook.explain import compare
from gradebook.exports.filled import (
    Filled,
    changes_frame,
    fill_canvas,
    fill_registry,
    fill_report,
    fill_worksheet,
)
from gradebook.exports.people import (
    FOLDER,
    KEY,
    anonymous,
    check_folder,
    contact_frame,
    corrections_frame,
    diagnoses_frame,
    gradebook_frame,
    gradescope_frame,
    key_frame,
    ledger_table,
    pseudonyms,
    registry_frame,
    workbook_frame,
    write_private,
)
from gradebook.intake.results import (
    Frames,
    error_classes,
    graded_at_end,
    read_cell_errors,
    read_frames,
)
from gradebook.intake.submissions import HEADERS as CORRECTIONS
from gradebook.policy.grades import HomeworkGrades
from gradebook.reports.feedback import (
    layout_of,
    page_language,
    read_accounts,
    write_feedback,
    written_feedback,
)
from gradebook.reports.report import (
    analyse,
    has_several_parts,
    students_of,
    write_course_report,
    write_report,
    write_tables,
)
from gradebook.reports.review import review_homework
from gradebook.statistics.cohort import bars, outcomes
from gradebook.tables import problem_frame, read_sheet, write_table, write_workbook
from gradebook.wording import FROM_OTTER, remedy, say


@dataclass
class Summary:
    """What was written where, a short table for the terminal (columns `what`, `value`), what else a
    person should hear there, and which scores are open, in words."""

    paths: list[Path]
    table: pd.DataFrame
    book: Book
    notes: list[str]
    open: list[str]

    @property
    def in_order(self) -> list[Path]:
        """Every file, the first to open first: while scores are open, where that is settled."""
        names = list(PURPOSES)
        if not self.open:
            names = [name for name in names if name not in WHEN_OPEN] + WHEN_OPEN
        return sorted(self.paths, key=lambda path: names.index(path.name) if path.name in names
                      else len(names))


def make_gradebook(
    course: Path, out: Path, *, pseudonymise: bool = False, feedback: bool = True,
    compare_with: Path | None = None,
) -> Summary:
    """Compute the gradebook of the course file `course` and write everything into `out`.

    With `pseudonymise` only files without people are written, and who is who goes to a folder
    `private` in it. `feedback` makes the students' pages, the slowest part of a large class.
    `compare_with` is the folder of an earlier gradebook, perhaps `out` itself. Raises UserError for
    anything that a person must put right first; nothing is written then.
    """
    if compare_with and pseudonymise:
        raise UserError(
            "--compare", _("either --compare or --pseudonymise"), _("both"),
            _("leave one of them out: compare.csv holds names"),
        )
    check_folder(out, pseudonymise)
    book = read_book(course)
    changed = compare(book, compare_with) if compare_with else None
    filled = [] if pseudonymise else _fill(book)
    book.problems += [problem for _, file in filled for problem in file.problems]
    try:
        out.mkdir(parents=True, exist_ok=True)
        if pseudonymise:
            book, paths = _write_private(book, out, course.parent)
        else:
            paths = [write_table(out / "problems.csv", problem_frame(book.problems, course.parent))]
            paths += [file.write(out / name) for name, file in filled]
            if filled:
                paths.append(write_table(out / "changes.csv", changes_frame(book, filled)))
            paths += _write_named(book, out)
            paths += [path for grades in book.homeworks
                      if (path := _write_corrections(book, grades, out))]
        paths = _write_tables(book, out, sort=pseudonymise) + paths
        if changed is not None:
            paths.append(write_table(out / "compare.csv", changed))
        paths += write_reports(book, out, feedback=feedback and not pseudonymise)
    except OSError as error:
        raise UserError(
            str(error.filename or out), _("a file that can be written"),
            error.strerror or str(error),
            _("close it if a spreadsheet has it open, or choose another --out"),
        ) from None
    return Summary(paths, summary_frame(book), book, points_only(book) + turnouts(book)
                   + ([] if changed is None else [
                       _("{count} totals changed: compare.csv").format(count=len(changed))]),
                   open_in_words(book))


def _fill(book: Book) -> list[tuple[str, Filled]]:
    """The platforms' own files, filled: read and checked before anything is written."""
    filled: list[tuple[str, Filled]] = []
    exports = book.course.exports
    if exports.canvas:
        filled.append(("canvas.csv", fill_canvas(exports.canvas, book)))
    if exports.moodle:
        filled.append(("moodle.csv", fill_report(exports.moodle, book)))
    for grades in book.homeworks:
        worksheet = grades.homework.moodle_worksheet
        if worksheet:
            alone = len(book.homeworks) == 1 and not exports.moodle
            name = "moodle.csv" if alone else f"moodle-{grades.homework.name}.csv"
            filled.append((name, fill_worksheet(worksheet, book, grades)))
    if exports.registry:
        name = f"registry{exports.registry.suffix.lower()}"
        filled.append((name, fill_registry(exports.registry, book)))
    return filled


def _write_tables(book: Book, out: Path, *, sort: bool) -> list[Path]:
    """gradebook.csv, gradebook.xlsx and ledger.csv; `sort` by id hides the order of the roster."""
    tables: Sequence[pd.DataFrame] = (
        gradebook_frame(book), workbook_frame(book), ledger_table(book))
    if sort:
        tables = [table.sort_values(str(table.columns[0]), kind="stable") for table in tables]
    return [write_table(out / "gradebook.csv", tables[0]),
            write_workbook(out / "gradebook.xlsx", tables[1], frozen=2),
            write_table(out / "ledger.csv", tables[2])]


def _write_named(book: Book, out: Path) -> list[Path]:
    """The tables with names; the registry's list only where the registry has no file of its own."""
    paths = [write_table(out / "contact.csv", contact_frame(book)),
             write_table(out / "gradescope.csv", gradescope_frame(book))]
    own = book.course.exports.registry
    if own:
        for suffix in {".csv", ".xlsx"} - {own.suffix.lower()}:
            (out / f"registry{suffix}").unlink(missing_ok=True)  # of an earlier run
        return paths
    registry = registry_frame(book)
    return [*paths, write_workbook(out / "registry.xlsx", registry, frozen=2),
            write_table(out / "registry.csv", registry)]


def _write_corrections(book: Book, grades: HomeworkGrades, out: Path) -> Path | None:
    """corrections.csv, where there is anything to ask in it. What a person has filled in an earlier
    one is kept, also when the course file does not name it yet."""
    folder = out if len(book.homeworks) == 1 else out / grades.homework.name
    path = folder / "corrections.csv"
    own = grades.homework.corrections
    named = own is not None and own.resolve() == path.resolve()
    table = corrections_frame(book, grades, _filled_rows(path))
    if not table["reason"].any() and (named or not path.exists() or _filled_rows(path).empty):
        if not named:
            path.unlink(missing_ok=True)
        return None
    folder.mkdir(parents=True, exist_ok=True)
    return write_table(path, table)


def _filled_rows(path: Path) -> pd.DataFrame:
    """The rows of an earlier corrections.csv in which a person has written something."""
    kinds = ["submission", "id", "submitted_at"]
    if not path.exists():
        return pd.DataFrame(columns=kinds, dtype="str")
    sheet = read_sheet(path, CORRECTIONS, ["submission"])
    rows = pd.DataFrame({kind: sheet.text(kind) for kind in kinds})
    return rows[(rows[["id", "submitted_at"]] != "").any(axis=1)]


PURPOSES = {
    "corrections.csv": N_("whose is what: fill in the empty cells, then run this again"),
    "problems.csv": N_("what is unclear in rosters and files, and what to do about it"),
    "course.html": N_("the course at a glance, without names"),
    "report.html": N_("the class in two minutes, without names"),
    "review.html": N_("every answer of every student, for staff only"),
    "gradebook.xlsx": N_("the grades"),
    "compare.csv": N_("whose total changed, and why"),
    "contact.csv": N_("whom to write to"),
    "feedback.zip": N_("a page for each student, named for the platform"),
    "canvas.csv": N_("to import into Canvas"),
    "moodle.csv": N_("to import into Moodle"),
    "changes.csv": N_("the cells that an import changes"),
    "registry.xlsx": N_("for the registry office"),
    "registry.csv": N_("the same as CSV"),
    "gradescope.csv": N_("the grades as Gradescope exports them"),
    "gradebook.csv": N_("the grades as CSV"),
    "ledger.csv": N_("how every number came about"),
    "items.csv": N_("difficulty and discrimination of each question"),
    "checks.csv": N_("how often each check fails"),
    "mistakes.csv": N_("how many hold each mistake of the bank"),
    "diagnoses.csv": N_("what each student's answers show"),
}
"""The purpose of each file by its name, in the order in which to open them."""
WHEN_OPEN = ["corrections.csv", "problems.csv"]


def purpose(path: Path) -> str:
    """The purpose of a file, in a few words."""
    return _(PURPOSES.get(path.name,
                          PURPOSES["moodle.csv"] if path.match("moodle-*.csv") else ""))


def _write_private(book: Book, out: Path, folder: Path) -> tuple[Book, list[Path]]:
    """Write the key to the pseudonyms and the problems; return the book without names."""
    students = book.roster.students
    names = pseudonyms(out, students)
    paths = [write_private(out / FOLDER, KEY, key_frame(students, names)),
             write_private(out / FOLDER, "problems.csv", problem_frame(book.problems, folder))]
    roster = replace(book.roster, students=anonymous(students, names))
    return replace(book, roster=roster), paths


def points_only(book: Book) -> list[str]:
    """Sentences about homeworks whose results have points only."""
    return [FROM_OTTER[spoken()].format(homework=grades.homework.name)
            for grades in book.homeworks if grades.results.run is None]


def turnouts(book: Book) -> list[str]:
    """Sentences that count who handed in each homework."""
    said = []
    for grades in book.homeworks:
        turnout = book.turnout(grades)
        parts = [_("{count} of {students} students handed in").format(
            count=len(turnout.handed_in), students=turnout.students)]
        parts.append(_("{count} handed in nothing").format(count=len(turnout.nothing)))
        for status, count in sorted(Counter(turnout.no_work.values()).items()):
            parts.append(_("{count} handed in a file that cannot be graded ({status})").format(
                count=count, status=_(status)))
        if turnout.unclear:
            parts.append(_("of {count} that is not known, because {unowned} submissions have no "
                           "owner").format(count=len(turnout.unclear),
                                           unowned=len(grades.sources.unowned)))
        said.append(_("{homework}: {facts}.").format(
            homework=grades.homework.name, facts=_("; ").join(parts)))
    return said


def open_in_words(book: Book) -> list[str]:
    """Sentences that count open scores by homework and reason, with the remedy."""
    counts = Counter(book.open_scores()[["homework", "reason"]].itertuples(index=False, name=None))
    files: dict[str, tuple[Path | None, Path | None]] = {
        column.name: (None, column.file) for column in book.course.column}
    files |= {grades.homework.name: (grades.homework.marking, grades.homework.manual)
              for grades in book.homeworks}
    return [_("{homework}: {count} open, {reason}: {remedy}").format(
        homework=homework, count=count, reason=_(reason),
        remedy=remedy(reason, spoken(), *files[homework]))
            for (homework, reason), count in counts.items()]


def summary_frame(book: Book) -> pd.DataFrame:
    """Students by status, the mean of those who have a total (no row when nobody has one), and the
    number of problems."""
    counts = [(say(str(word), spoken()), int(n)) for word, n in book.status.value_counts().items()]
    mean = [(_("mean"), round(float(book.total.mean()), 2))] if book.total.notna().any() else []
    rows = [(_("students"), len(book.status)), *counts, *mean, (_("out of"), book.maximum),
            (_("problems"), len(book.problems))]
    return pd.DataFrame(rows, columns=["what", "value"])


def write_reports(book: Book, out: Path, *, feedback: bool) -> list[Path]:
    """items.csv, checks.csv, mistakes.csv, diagnoses.csv, report, feedback and review of each
    homework; and course.html over them all.

    With several homeworks each has a folder of its own in `out`. A homework of which nothing was
    handed in, or whose results do not describe it, has none of them; one of `otter grade` has no
    checks.csv and no mistakes.csv.
    """
    paths: list[Path] = []
    for grades in book.homeworks:
        run = grades.results.run
        described = run is None or run.description.get("questions")
        if grades.counted.notna().any() and described:
            folder = out if len(book.homeworks) == 1 else out / grades.homework.name
            frames = _frames(grades)
            answers = outcomes(grades, frames)
            paths += _analysis(book, grades, frames, answers, folder)
            if feedback:
                paths.append(_feedback(book, grades, frames, folder))
                paths.append(review_homework(book, grades, frames, answers, folder))
    if has_several_parts(book):
        links = {path.parent.name: f"{path.parent.name}/{path.name}" for path in paths
                 if path.name == "report.html" and path.parent != out}
        paths.insert(0, write_course_report(book, out / "course.html", links))
    else:
        (out / "course.html").unlink(missing_ok=True)  # of an earlier run
    return paths


def _frames(grades: HomeworkGrades) -> Frames:
    """The submissions that count, read once for the report and for the feedback."""
    return read_frames(grades.results, {int(number) for number in grades.counted.dropna()})


def _analysis(
    book: Book, grades: HomeworkGrades, frames: Frames, answers: pd.DataFrame, folder: Path
) -> list[Path]:
    language = book.course.language
    found = analyse(frames.without(grades.homework.dropped_questions), students_of(book, grades))
    counting = book.counting(grades)
    report = write_report(found, folder / "report.html", language, len(book.problems),
                          book.turnout(grades), bars(answers[counting]))
    return [report, *write_tables(found, folder, language),
            *_diagnoses(book, grades, frames, folder)]


def _diagnoses(book: Book, grades: HomeworkGrades, frames: Frames, folder: Path) -> list[Path]:
    """diagnoses.csv: what the answers of each student show, if answers were recorded."""
    path = folder / "diagnoses.csv"
    if not frames.has_checks:
        path.unlink(missing_ok=True)
        return []
    counted = grades.counted.dropna().astype("int64")
    ids = pd.DataFrame({"submission": counted, "id": book.roster.students.loc[counted.index, "id"]})
    return [write_table(path, diagnoses_frame(frames.diagnoses, ids))]


def _feedback(book: Book, grades: HomeworkGrades, frames: Frames, folder: Path) -> Path:
    """The pages as the platform takes them back, or by the ids of the students."""
    named = frames.submissions["file"]
    files = dict(zip(named.index.tolist(), named.tolist(), strict=True))
    layout = layout_of(list(files.values()))
    if layout == "plain":
        counted = grades.counted.dropna().astype("int64")
        ids = book.roster.students.loc[counted.index, "id"].groupby(counted).agg("_".join)
        files = {number: re.sub(r"[^\w.-]", "_", id_) for number, id_ in ids.items()}
    errors = error_classes(grades.results.path, frames) if frames.has_checks else {}
    at_end = graded_at_end(grades.results.path) if frames.has_checks else {}
    cell_errors = read_cell_errors(grades.results.path, frames) if frames.has_checks else {}
    language = book.course.language
    languages = {page_language(frames, number, language) for number in files}
    accounts = read_accounts(book, grades, languages)
    return write_feedback(frames, folder / "feedback.zip", layout, originals=files,
                          language=language, errors=errors, at_end=at_end,
                          written=written_feedback(grades), accounts=accounts,
                          dropped=grades.homework.dropped_questions, cell_errors=cell_errors)
