"""What a homework's results say: tables for the teacher, the report, a page for each student."""

from __future__ import annotations

import re
from pathlib import Path

from gradebook.book import Book
from gradebook.intake.frames import Frames, frames_of_points
from gradebook.policy.grades import HomeworkGrades
from gradebook.reports.analysis import (
    analyse,
    analyse_frames,
    students_of,
    write_report,
    write_tables,
)
from gradebook.reports.feedback import write_feedback, write_pages
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
            paths += _analysis(book, grades, folder)
            if feedback:
                paths.append(_feedback(book, grades, folder))
    return paths


def _analysis(book: Book, grades: HomeworkGrades, folder: Path) -> list[Path]:
    language = book.course.language
    results, students = grades.results, students_of(book, grades)
    if results.run is None:
        found = analyse_frames(_point_frames(grades), students)
    else:
        found = analyse(results.path, students, results.run.run)
    report = write_report(found, folder / "report.html", language, len(book.problems))
    return [report, *write_tables(found, folder, language)]


def _feedback(book: Book, grades: HomeworkGrades, folder: Path) -> Path:
    """The pages as the platform takes them back, or by the ids of the students."""
    results = grades.results
    counted = grades.counted.dropna().astype("int64")
    files = dict(zip(counted.tolist(), results.submissions.loc[counted, "file"].tolist(),
                     strict=True))
    layout = layout_of(list(files.values()))
    if layout == "plain":
        ids = book.roster.students.loc[counted.index, "id"].groupby(counted).agg("_".join)
        files = {number: re.sub(r"[^\w.-]", "_", id_) for number, id_ in ids.items()}
    path, language = folder / "feedback.zip", book.course.language
    if results.run is None:
        return write_pages(_point_frames(grades), files, path, layout, language)
    return write_feedback(results.path, path, layout, language=language, run=results.run.run,
                          submissions=sorted(files), originals=files)


def _point_frames(grades: HomeworkGrades) -> Frames:
    counted = {int(number) for number in grades.counted.dropna()}
    return frames_of_points(grades.results, grades.homework.name, counted)
