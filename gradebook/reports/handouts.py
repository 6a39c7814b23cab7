"""What a homework's results say: tables for the teacher, the report, a page for each student."""

from __future__ import annotations

import re
from pathlib import Path

from gradebook.book import Book
from gradebook.intake.frames import Frames, frames_of_points, read_frames
from gradebook.policy.grades import HomeworkGrades
from gradebook.reports.analysis import analyse, students_of, write_report, write_tables
from gradebook.reports.feedback import error_classes, write_feedback
from gradebook.reports.parcels import layout_of


def write_handouts(book: Book, out: Path, *, feedback: bool) -> list[Path]:
    """items.csv, checks.csv, mistakes.csv, report.html and feedback.zip of each homework.

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
            paths += _analysis(book, grades, frames, folder)
            if feedback:
                paths.append(_feedback(book, grades, frames, folder))
    return paths


def _frames(grades: HomeworkGrades) -> Frames:
    """The submissions that count, read once for the report and for the feedback."""
    results, counted = grades.results, {int(number) for number in grades.counted.dropna()}
    if results.run is None:
        return frames_of_points(results, grades.homework.name, counted)
    return read_frames(results.path, results.run.run, counted)


def _analysis(book: Book, grades: HomeworkGrades, frames: Frames, folder: Path) -> list[Path]:
    language = book.course.language
    found = analyse(frames, students_of(book, grades))
    report = write_report(found, folder / "report.html", language, len(book.problems))
    return [report, *write_tables(found, folder, language)]


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
    return write_feedback(frames, folder / "feedback.zip", layout, originals=files,
                          language=book.course.language, errors=errors)
