"""All data for the grade of one homework, matched with the roster.

Every submission is matched with its students, or a problem says why not. In a corrections file
people write what file names do not contain. Its columns are `submission` (the path as in
problems.csv), `id` (several for a group, separated by blanks; `-` to ignore the submission) and
`submitted_at`. An empty cell changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from autograder.errors import UserError, all_errors, collect_errors, did_you_mean
from autograder.language import _, retold
from autograder.model import WrittenDescription, safe_text
from gradebook.course import Course, Homework, read_time
from gradebook.intake.marking import read_manual, read_marking
from gradebook.intake.otter_grades import is_otter, read_otter
from gradebook.intake.owners import (
    Owner,
    People,
    owner_of,
    students_in,
    unknown_student,
    without_rivals,
    words_of,
)
from gradebook.intake.platform_files import Deposit, Worksheet, read_deposits, read_worksheet
from gradebook.intake.results import Results, read_results, results_file
from gradebook.intake.roster import STUDENT, as_id
from gradebook.tables import Problem, Sheet, as_row, read_sheet, tidy

HEADERS = {
    "submission": ["submission", "file", "提交", "文件", "文件名"],
    "id": STUDENT,
    "submitted_at": ["submittedat", "time", "提交时间", "时间"],
}
IGNORED = "-"
"""The `id` that a person writes for a submission that must not count."""


@dataclass
class Corrections:
    """Corrections by the path of a submission: its students (an empty tuple: it is ignored), its
    time, its row in the file, and the cells `id` and `submitted_at` as they are written there."""

    students: dict[str, tuple[int, ...]] = field(default_factory=dict)
    times: dict[str, datetime] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    cells: dict[str, tuple[str, str]] = field(default_factory=dict)


def read_corrections(
    path: Path, people: People, zone: ZoneInfo
) -> tuple[Corrections, list[Problem]]:
    """The corrections in `path`, and a problem for each id that is not in the roster.

    Raises UserErrors with every submission named twice and every bad time.
    """
    sheet = read_sheet(path, HEADERS, ["submission"])
    corrections, problems = Corrections(), list[Problem]()
    cells = zip(sheet.body.index, *map(sheet.text, ("submission", "id", "submitted_at")),
                strict=True)
    with all_errors() as errors:
        for label, file, ids, time in cells:
            row = as_row(label)
            if file in corrections.rows:
                errors.append(UserError(
                    sheet.place(corrections.rows[file], row), _("a submission named once"),
                    _("{file} twice").format(file=file), _("remove one of the rows"),
                ))
            corrections.rows[file], corrections.cells[file] = row, (ids, time)
            with collect_errors(errors):
                if time:
                    corrections.times[file] = read_time(time, zone, sheet.place(row))
            if ids:
                _correct_owner(sheet, row, file, ids, people, corrections, problems)
    return corrections, problems


def _correct_owner(
    sheet: Sheet, row: int, file: str, cell: str, people: People, corrections: Corrections,
    problems: list[Problem],
) -> None:
    found = [] if cell == IGNORED else list(students_in(cell, people))
    unknown = [word for word, student in found if student is None]
    problems += [unknown_student(sheet, row, as_id(word), people) for word in unknown]
    if not unknown:
        corrections.students[file] = tuple(s for _, s in found if s is not None)


CLAIMS = ["submission", "student", "deposit", "file", "submitted_at", "late_mark", "order",
          "series", "status", "digest"]
"""The columns of the table of claims, see `Joined`."""
SAME_MOMENT = pd.Timedelta(minutes=10)
NEARLY_ALL = 0.9
ENOUGH_TIMES = 3
"""If 90 % of at least three files have times within ten minutes, or after the deadline, these are
the times of a copy or a download."""


@dataclass(frozen=True)
class Unowned:
    """A submission without an owner: its path names the `candidates`; `likely` are suggestions."""

    submission: int
    file: str
    reason: str
    candidates: tuple[int, ...]
    likely: tuple[int, ...]


@dataclass
class Joined:
    """`claims`: a row for each student of each submission, with the columns CLAIMS.

    `student` is the number in the roster, `submission` the number in the results file. Claims of
    one `deposit` were handed in at one time. `submitted_at` is UTC, NaT where it is not known.
    `late_mark` is true where the platform marks the submission as late, NA where it marks nothing.
    `order` sorts resubmissions in one `series`.
    """

    claims: pd.DataFrame
    unowned: list[Unowned]
    corrections: Corrections
    problems: list[Problem]


def join(
    results: Results, people: People, deposits: Mapping[str, Deposit], corrections: Corrections,
    zone: ZoneInfo, *, due: datetime | None = None,
    late: Mapping[int, timedelta | None] | None = None, file_times: bool = False, where: str = "",
) -> Joined:
    """Find the students of every submission, and when each was handed in.

    `late` is how late each student was after `due`, as the platform says. With `file_times`, the
    time of the file is used where no other time is known; raises UserError, naming `where`, when
    these look like the times of a copy.
    """
    files = results.submissions["file"].tolist()
    owners = without_rivals([owner_of(file, people, deposits) for file in files])
    problems = [*_unknown_members(results, files, owners),
                *_unknown_submissions(files, corrections, results)]
    corrections = _by_path(corrections, files)
    known = corrections.students
    owners = [owner._replace(students=known[file], deposit=owner.deposit or file)
              if file in known else owner for file, owner in zip(files, owners, strict=True)]
    unowned = [
        Unowned(int(number), file, owner.reason, owner.candidates,
                tuple(people.likely(file, owner.candidates)))
        for number, file, owner in zip(results.submissions.index, files, owners, strict=True)
        if not owner.students and file not in known]
    problems += [_without_owner(results, found, people) for found in unowned]
    claims = _claims(results, owners, deposits, corrections, zone)
    if file_times:
        claims = _with_file_times(claims, results, due, where)
    return Joined(_with_lateness(claims, late or {}, due), unowned, corrections,
                  problems)


def _claims(
    results: Results, owners: list[Owner], deposits: Mapping[str, Deposit],
    corrections: Corrections, zone: ZoneInfo,
) -> pd.DataFrame:
    """The claims with the times that people or platforms give."""
    frame = results.submissions[["file", "status", "digest"]].reset_index()
    times = [_known_time(file, owner, deposits, corrections, zone)
             for file, owner in zip(frame["file"].tolist(), owners, strict=True)]
    frame["submitted_at"] = pd.Series(times, dtype="datetime64[us, UTC]")
    frame["late_mark"] = pd.array([owner.late for owner in owners], dtype="boolean")
    frame["order"] = pd.Series([owner.order for owner in owners], dtype="int64")
    frame["series"] = pd.Series([owner.series for owner in owners], dtype="str")
    frame["deposit"] = [owner.deposit for owner in owners]
    pairs = [(line, student) for line, owner in enumerate(owners) for student in owner.students]
    claims = frame.take([line for line, _ in pairs]).reset_index(drop=True)
    claims["student"] = pd.Series([student for _, student in pairs], dtype="int64")
    return claims[CLAIMS]


def _known_time(
    file: str, owner: Owner, deposits: Mapping[str, Deposit], corrections: Corrections,
    zone: ZoneInfo,
) -> pd.Timestamp | None:
    """When `file` was handed in, as a person or the platform says; None where nobody does."""
    if time := corrections.times.get(file):
        return pd.Timestamp(time).tz_convert("UTC")
    if owner.time:
        return pd.Timestamp(owner.time.replace(tzinfo=zone)).tz_convert("UTC")
    found = [deposits[part] for part in file.split("/") if part in deposits]
    return found[0].created_at if found else None


def _with_file_times(
    claims: pd.DataFrame, results: Results, due: datetime | None, where: str
) -> pd.DataFrame:
    """The claims, with the times of the files where there is no other; raises UserError when these
    are the times of a download or a copy."""
    own = claims["submission"].map(results.submissions["submitted_at"])
    asked = claims["submitted_at"].isna() & own.notna()
    times = own[asked].sort_values()
    if len(times) >= ENOUGH_TIMES:
        many = int(np.ceil(NEARLY_ALL * len(times)))
        spans = times.iloc[many - 1 :].to_numpy() - times.iloc[: len(times) - many + 1].to_numpy()
        late = int((times > pd.Timestamp(due)).sum()) if due else 0
        found = ""
        if spans.min() <= SAME_MOMENT:
            found = _("{many} of {count} files within ten minutes of each other").format(
                many=many, count=len(times))
        elif late >= many:
            found = _("{late} of {count} files later than the deadline").format(
                late=late, count=len(times))
        if found:
            raise UserError(
                f"{where}, file_times",
                _("files that still have the times of their submission"), found,
                _("these are times of a copy or a download: remove file_times, and give late "
                  "submissions a `submitted_at` in the corrections file"),
            )
    return claims.assign(submitted_at=claims["submitted_at"].fillna(own))


def _with_lateness(
    claims: pd.DataFrame, late: Mapping[int, timedelta | None], due: datetime | None
) -> pd.DataFrame:
    """The claims, with the lateness of the platform's worksheet where there is no time."""
    if not late:
        return claims
    said = pd.to_timedelta(claims["student"].map(
        {student: span for student, span in late.items() if span is not None}))
    unknown = claims["submitted_at"].isna() & claims["late_mark"].isna() & said.notna()
    marks = claims["late_mark"].mask(unknown, said > pd.Timedelta(0))
    times = claims["submitted_at"]
    if due:
        moment = pd.Timestamp(due).tz_convert("UTC") + said
        times = times.fillna(moment.where(unknown & (said > pd.Timedelta(0))).astype(times.dtype))
    return claims.assign(submitted_at=times, late_mark=marks)


def _without_owner(results: Results, found: Unowned, people: People) -> Problem:
    likely = ", ".join(people.label(student) for student in found.likely)
    remedy = people.remedy(words_of(found.file) if not likely else (), _("say whose it is in "
                                                                         "corrections.csv, and "
                                                                         "name that file as "
                                                                         "`corrections`"))
    return Problem(
        str(results.path), 0, _("submission without a student"),
        _("one student of the roster in the path"), f"{found.file} ({retold(found.reason)})",
        (_("perhaps {likely}:").format(likely=likely) + " " if likely else "") + remedy,
    )


def _unknown_members(results: Results, files: list[str], owners: list[Owner]) -> list[Problem]:
    """A problem for each group of which some members are in the roster and others are not."""
    return [
        Problem(
            str(results.path), 0, _("group with an unknown member"), _("submitters of the roster"),
            f"{file} ({retold(owner.reason)})", _("add the student to the roster, or leave it so"),
        ) for file, owner in zip(files, owners, strict=True) if owner.students and owner.reason]


def shown(file: str) -> str:
    """A path as it is read from a table: tidied, without the apostrophe that guards a cell."""
    return tidy(safe_text(file)).removeprefix("'")


def _by_path(corrections: Corrections, files: list[str]) -> Corrections:
    """The corrections by the paths of the submissions, not by these paths as a table shows them."""
    paths = {shown(file): file for file in reversed(files)} | {file: file for file in files}
    real = {file: paths.get(file, paths.get(shown(file), file)) for file in corrections.rows}
    return Corrections({real[file]: found for file, found in corrections.students.items()},
                       {real[file]: time for file, time in corrections.times.items()},
                       {real[file]: row for file, row in corrections.rows.items()},
                       {real[file]: cells for file, cells in corrections.cells.items()})


def _unknown_submissions(
    files: list[str], corrections: Corrections, results: Results
) -> list[Problem]:
    """A problem for each correction of a submission that is not among the results."""
    graded = {*files, *map(shown, files)}
    return [
        Problem(
            "corrections", row, _("correction of an unknown submission"),
            _("a submission of {name}").format(name=results.path.name), file,
            _("write the path as problems.csv shows it"),
        ) for file, row in corrections.rows.items()
        if file not in graded and shown(file) not in graded]


Marks = tuple[pd.DataFrame, dict[tuple[int, str], str]]
"""The marking sheet: points, with a row for a student and a column for a question; and comments by
student and question."""


@dataclass
class Sources:
    """All data for the grade of one homework.

    `claims`, `unowned`: see Joined. `manual`: the points that people gave, by student number and
    question, NaN where nobody gave any. `possible`, `counts`: by question, checked and written
    ones, its points and whether it counts. `comments`: what people wrote about a written answer, by
    student number and question.
    """

    homework: Homework
    results: Results
    claims: pd.DataFrame
    unowned: list[Unowned]
    corrections: Corrections
    manual: pd.DataFrame
    possible: pd.Series[float]
    counts: pd.Series[bool]
    problems: list[Problem]
    comments: dict[tuple[int, str], str] = field(default_factory=dict)


def read_sources(course: Course, homework: Homework, people: People) -> Sources:
    """Read the files that `homework` names; raises UserErrors with all that is wrong with them."""
    where = f"{course.path}, homework {homework.name}"
    deposits: dict[str, Deposit] = {}
    corrections, problems, worksheet = Corrections(), list[Problem](), Worksheet()
    with all_errors() as errors:  # of all its files at once
        with collect_errors(errors):
            if homework.submissions:
                deposits = read_deposits(homework.submissions)
        with collect_errors(errors):
            if homework.corrections:
                corrections, problems = read_corrections(
                    homework.corrections, people, course.zone)
        with collect_errors(errors):
            if homework.moodle_worksheet:
                worksheet = read_worksheet(homework.moodle_worksheet, people.student)
        with collect_errors(errors):
            results = _results(course, homework)
            possible, counts, manual, unknown, (marked, comments) = _points_by_hand(
                course, homework, results, people, where)
    joined = join(
        results, replace(people, by_moodle=worksheet.participants), deposits, corrections,
        course.zone, due=homework.due, late=worksheet.late, file_times=homework.file_times,
        where=where)
    marked, comments = _with_partners(marked, comments, joined.claims)
    manual = manual.combine_first(marked).reindex(columns=possible.index)
    return Sources(homework, results, joined.claims, joined.unowned, joined.corrections,
                   manual, possible, counts,
                   [*results.problems, *problems, *joined.problems, *unknown], comments)


def _points_by_hand(
    course: Course, homework: Homework, results: Results, people: People, where: str
) -> tuple[pd.Series[float], pd.Series[bool], pd.DataFrame, list[Problem], Marks]:
    """Points of the questions, whether they count, points that people gave, problems, and marks."""
    possible, counts = _questions(homework, results, where)
    manual, unknown = pd.DataFrame(), list[Problem]()
    with all_errors() as errors:
        with collect_errors(errors):
            if homework.manual:
                written = {str(name): float(most) for name, most in possible.items()
                           if name not in results.possible.index}
                checked = {str(name): float(most) for name, most in results.possible.items()}
                manual, unknown = read_manual(homework.manual, people, written, checked)
        with collect_errors(errors):
            marks = _marks(course, homework, results, people)
    return possible, counts, manual, unknown, marks


def _with_partners(
    marked: pd.DataFrame, comments: dict[tuple[int, str], str], claims: pd.DataFrame
) -> Marks:
    """The marks, where a student without one gets that of a partner, since they answered together.

    Partners are students who handed in exactly the same submissions.
    """
    groups: dict[tuple[int, ...], list[int]] = {}
    for student, numbers in claims.groupby("student")["submission"]:
        groups.setdefault(tuple(sorted(numbers)), []).append(int(str(student)))
    marked, comments = marked.copy(), dict(comments)
    for group in groups.values():
        for question in marked.columns if len(group) > 1 else ():
            known = marked[question].reindex(group).dropna()
            for student in group if len(known) else ():
                if student not in known.index:
                    marked.loc[student, question] = known.iloc[0]
                    if said := comments.get((int(known.index[0]), str(question))):
                        comments.setdefault((student, str(question)), said)
    return marked, comments


def written_questions(results: Results) -> list[WrittenDescription]:
    """The questions of the homework that people grade, as the homework describes them."""
    return results.run.description.get("written", []) if results.run else []


def _marks(course: Course, homework: Homework, results: Results, people: People) -> Marks:
    """Points and comments of the marking sheet; empty where the homework has none."""
    if homework.marking is None:
        return pd.DataFrame(), {}
    ids = list(people.by_id)
    found = read_marking(homework.marking, written_questions(results), ids, course.language)
    points = {
        question: {people.by_id[id_]: mark.total for id_, mark in marks.items()
                   if mark.total is not None} for question, marks in found.items()
    }
    comments = {(people.by_id[id_], question): mark.comment
                for question, marks in found.items() for id_, mark in marks.items() if mark.comment}
    return pd.DataFrame(points, dtype=float), comments


def _results(course: Course, homework: Homework) -> Results:
    """The results of the homework: those of its name in results.sqlite, or all of Otter's file.

    Otter's final_grades.csv names no homework, so it can be the results of one homework only.
    """
    path = results_file(homework.results)
    if not is_otter(path):
        return read_results(path, homework.name)
    same = [h.name for h in course.homework if h.results.resolve() == homework.results.resolve()]
    if len(same) > 1:
        raise UserError(
            f"{course.path}, homework {homework.name}",
            _("a final_grades.csv for each homework"),
            _("{name} for {same}").format(name=homework.results.name, same=', '.join(same)),
            _("correct `results`"),
        )
    return read_otter(path, homework.name)


def _questions(
    homework: Homework, results: Results, where: str
) -> tuple[pd.Series[float], pd.Series[bool]]:
    """Points of checked and written questions, and which of them count."""
    described = {w["name"]: w["points"] for w in written_questions(results)}
    named = {w.question: w.maximum for w in homework.written}
    written = pd.Series({**described, **named}, dtype=float)
    both = [name for name in written.index if name in results.possible.index]
    if both:
        raise UserError(
            where, _("written questions that no check grades"), ", ".join(both),
            _("remove it from `written`: manual points are added to those of the checks"),
        )
    possible = pd.concat([results.possible, written])
    known = [str(name) for name in possible.index]
    with all_errors() as errors:
        for key in ("dropped_questions", "full_marks"):
            errors += [UserError(
                f"{where}, {key}", _("one of {known}").format(known=', '.join(known)), name,
                did_you_mean(name, known),
            )
                       for name in getattr(homework, key) if name not in known]
    counts = pd.Series(~possible.index.isin(homework.dropped_questions), index=possible.index)
    if possible[counts].sum() <= 0:
        raise UserError(
            where, _("a question that counts and has points"), _("none"), _("drop fewer questions"),
        )
    return possible, counts
