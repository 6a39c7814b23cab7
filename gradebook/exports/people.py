"""Tables for people: gradebook, ledger, the registry's list, Gradescope's shape; statistics and
diagnoses; pseudonyms.

Pseudonyms are random ids; the key to them is in a file that only its owner can read, and they stay
the same from run to run while the key is there. Groups under five are not shown. Rows are sorted by
pseudonym, because the order of a roster would identify people.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from autograder.errors import UserError
from autograder.language import Language, _
from gradebook.book import Book
from gradebook.intake.results import GROUP
from gradebook.intake.roster import Standing
from gradebook.policy.grades import UNDECIDED, HomeworkGrades, Reason
from gradebook.statistics.cohort import SMALLEST_GROUP, Cohort, wilson
from gradebook.statistics.items import (
    RAISES,
    UNKNOWN,
    UNWRITTEN,
    VERDICTS_ONLY,
    Misconceptions,
    Statistics,
    check_messages,
    check_remarks,
    item_remarks,
)
from gradebook.tables import BOM, csv_text, read_cells
from gradebook.wording import STATUS, say, why_open

TITLES = {"id": "学号", "name": "姓名", "section": "班级", "total": "总分", "status": "状态",
          "letter": "等级"}


def gradebook_frame(book: Book) -> pd.DataFrame:
    """A row a student in roster order: id, name, section if any, questions, total, status.

    With several homeworks columns start with `hw3:`, and each has its `hw3:score`, `hw3:status`.
    A question that was dropped for everybody says so in its title.
    """
    columns = ["id", "name", *(["section"] if book.roster.has_section else [])]
    parts = [book.roster.students[columns]]
    for grades in book.homeworks:
        dropped = {name: f"{name} (dropped)" for name in grades.homework.dropped_questions}
        part = grades.points.rename(columns=dropped)
        if len(book.homeworks) > 1:
            part = part.assign(score=book.shown(grades), status=grades.status)
        parts.append(part.add_prefix(book.course.prefix(grades.homework)))
    for column in book.columns:
        shown = column.score.where(book.roster.students["standing"] == Standing.REGULAR)
        parts.append(pd.DataFrame({column.name: shown, f"{column.name}:status": column.status}))
    table = pd.concat(parts, axis=1).assign(total=book.total)
    if book.course.grade.letters:
        table = table.assign(letter=book.letter)
    return table.assign(status=book.status)


def workbook_frame(book: Book) -> pd.DataFrame:
    """The gradebook in the language of the course, for reading."""
    language = book.course.language
    words = {word: said[language] for word, said in STATUS.items()}
    frame = gradebook_frame(book)
    for column in frame.columns:
        if column == "status" or (column.endswith(":status") and column not in TITLES):
            frame[column] = frame[column].map(words)
    if language == "en":
        return frame
    return frame.rename(columns={
        name: TITLES.get(name, name.replace(" (dropped)", "（不计分）")) for name in frame.columns})


def registry_words(book: Book) -> pd.Series[str]:
    """The status that the registry gets instead of a student's grade, or ""."""
    absent = book.status.isin([Standing.ABSENT, Standing.DEFERRED, Standing.MISCONDUCT])
    standing = book.roster.students["standing"]
    return standing.where(standing.ne(""), book.status.where(absent, ""))


def registry_frame(book: Book) -> pd.DataFrame:
    """学号, 姓名, 班级, 成绩; 缺考, 缓考, 免修, 作弊 instead of a grade (never a zero)."""
    students, words = book.roster.students, registry_words(book)
    grades = pd.Series([int(t) if t.is_integer() else t for t in book.total.tolist()],
                       index=book.total.index, dtype=object)
    table = pd.DataFrame({
        "学号": students["id"], "姓名": students["name"], "班级": students["section"],
        "成绩": grades.where(words.eq(""), words.map(lambda word: say(word, "zh"))),
    })
    return table.assign(等级=book.letter) if book.course.grade.letters else table


def gradescope_frame(book: Book) -> pd.DataFrame:
    """Gradescope's columns: names, SID, e-mail, then score, maximum, time and lateness."""
    students = book.roster.students
    first = students["first"].where(students["first"] + students["last"] != "", students["name"])
    columns: dict[str, Any] = {"First Name": first, "Last Name": students["last"],
                               "SID": students["id"], "Email": students["email"]}
    for grades in book.homeworks:
        name = grades.homework.name
        local = grades.steps["submitted_at"].dt.tz_convert(book.course.zone)
        columns |= {
            name: book.shown(grades),
            f"{name} - Max Points": grades.maximum,
            f"{name} - Submission Time": local.dt.strftime("%Y-%m-%d %H:%M:%S %z"),
            f"{name} - Lateness (H:M:S)": _hours(grades),
        }
    return pd.DataFrame(columns)


def _hours(grades: HomeworkGrades) -> pd.Series[str]:
    """Hours without an upper bound: 47:55:53; empty without a submission."""
    late = (grades.steps["submitted_at"] - grades.steps["due"]).dt.total_seconds()
    seconds = late.fillna(0).clip(lower=0).astype("int64").tolist()
    text = [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in seconds]
    return pd.Series(text, index=late.index, dtype="str").where(grades.counted.notna())


def contact_frame(book: Book) -> pd.DataFrame:
    """contact.csv: the students to write to, with the reason: nothing was handed in, or a file with
    nothing to grade."""
    language, rows = book.course.language, []
    for grades in book.homeworks:
        turnout = book.turnout(grades)
        why = dict.fromkeys(turnout.nothing, say("missing", language)) | {
            student: say(status, language) for student, status in turnout.no_work.items()}
        for student in sorted(why):
            number = grades.counted[student]
            file = "" if pd.isna(number) else grades.results.submissions.at[number, "file"]
            rows.append((*book.roster.students.loc[student, ["id", "name", "email"]],
                         grades.homework.name, why[student], file))
    return pd.DataFrame(rows, columns=["id", "name", "email", "homework", "why", "file"],
                        dtype="str")


def corrections_frame(book: Book, grades: HomeworkGrades, kept: pd.DataFrame) -> pd.DataFrame:
    """corrections.csv, ready to be filled and read back: what people have said so far, the rows
    `kept` of an earlier file, and every submission of which something is not known."""
    language = book.course.language
    rows = [(file, *cells, "", "") for file, cells in grades.sources.corrections.cells.items()]
    rows += [(*cells, "", "") for cells in kept.itertuples(index=False)]
    for unowned in grades.sources.unowned:
        likely = "; ".join(book.people.label(student) for student in unowned.likely)
        rows.append((unowned.file, "", "", likely, unowned.reason))
    claims = grades.claims
    marked = claims["submitted_at"].isna() & claims["late_mark"].eq(True).fillna(False)
    rows += [(file, "", "", "", say("late by an unknown time", language))
             for file in claims.loc[marked.astype(bool), "file"]]
    for student, reason, what in grades.open[["reason", "what"]].itertuples():
        if reason in (*UNDECIDED, Reason.NO_WORK):
            said = why_open(reason, what, language)
            rows += [(file, "", "", "", said)
                     for file in claims.loc[claims["student"].eq(student), "file"] if file in what]
    table = pd.DataFrame(rows, columns=["submission", "id", "submitted_at", "likely", "reason"],
                         dtype="str")
    return table.drop_duplicates("submission")


def ledger_table(book: Book) -> pd.DataFrame:
    """ledger.csv: id, part, step, change, value, detail."""
    ledger = book.ledger
    ids = book.roster.students["id"].reindex(ledger["student"]).to_numpy()
    return ledger.drop(columns="student").assign(id=ids)[
        ["id", "part", "step", "change", "value", "detail"]]


DIGITS = 4
MISTAKES = ["question", "kind", "mistake", "belief", "students", "holds", "alone", "share",
            "share_low", "share_high"]
"""The columns of mistakes.csv."""


def items_frame(found: Statistics, language: Language) -> pd.DataFrame:
    """items.csv: the questions in notebook order, then the whole homework as `total`."""
    titles = {q["name"]: q["title"] for q in found.cohort.frames.homework["questions"]}
    table = found.items.questions.copy()
    table.insert(0, "title", [titles[name][language] for name in table.index])
    table["remarks"] = [
        "; ".join(say(code, language) for code in item_remarks(row))
        for _, row in table.iterrows()
    ]
    test = found.items.test.to_dict() | {
        "question": "total", "title": say("whole homework", language),
        "answered": found.items.test["students"],
    }
    whole = pd.DataFrame([test]).drop(columns=["students", "alpha_as_zero"])
    joined = pd.concat([table.reset_index(), whole], ignore_index=True)
    counts = ["answered", "missing", "crashed", "timed_out", "ungraded"]
    joined[counts] = joined[counts].astype("Int64")
    if not found.cohort.frames.has_checks:
        joined[["crashed", "timed_out"]] = pd.NA
    order = [c for c in joined.columns if c not in ("remarks", "negative")] + ["remarks"]
    return joined[order].round(DIGITS)


def checks_frame(found: Statistics, language: Language) -> pd.DataFrame:
    """checks.csv: the checks of each question in their order."""
    messages = check_messages(found, language)
    table = found.checks.copy()
    table["remarks"] = [
        "; ".join(say(code, language) for code in check_remarks(row))
        for _, row in table.iterrows()
    ]
    table["message"] = [messages[key] for key in table.index]
    counts = ["ran", "failed", "crashed", "timed_out", "ungraded"]
    table[counts] = table[counts].astype("Int64")
    return table.drop(columns=["nobody", "unfair"]).reset_index().round(DIGITS)


def mistakes_frame(class_: Cohort, found: Misconceptions, language: Language) -> pd.DataFrame:
    """mistakes.csv: per question the mistakes, most held first, then what no mistake explains."""
    parts = []
    for question in class_.frames.homework["questions"]:
        name = question["name"]
        if question["mistakes"]:
            beliefs = {m["name"]: m["belief"][language] for m in question["mistakes"]}
            table = found.mistakes.loc[[name]].reset_index()
            table.insert(1, "kind", say("mistake", language))
            table["belief"] = table["mistake"].map(beliefs)
            parts.append(table.sort_values("holds", ascending=False, kind="stable"))
        parts.append(_unexplained(name, found.questions.T[name], language))
    frame = pd.concat(parts, ignore_index=True).reindex(columns=MISTAKES)
    counts = ["students", "holds", "alone"]
    frame[counts] = frame[counts].astype("Int64")
    return frame.round(DIGITS)


def _unexplained(name: str, counts: pd.Series, language: Language) -> pd.DataFrame:
    kinds = [GROUP, UNKNOWN, UNWRITTEN, RAISES, VERDICTS_ONLY]
    number = np.array([float(counts[kind]) for kind in kinds])
    students = float(counts.sum(skipna=False))
    low, high = wilson(number, np.full(len(kinds), students))
    return pd.DataFrame({
        "question": name, "kind": [say(kind, language) for kind in kinds], "mistake": "",
        "belief": "", "students": students, "holds": number,
        "share": number / students if students else np.nan, "share_low": low, "share_high": high,
    })


def diagnoses_frame(diagnoses: pd.DataFrame, ids: pd.DataFrame) -> pd.DataFrame:
    """diagnoses.csv: a row for each student (columns submission, id) and diagnosed question."""
    table = diagnoses.reset_index().merge(ids, on="submission", how="inner")
    table["mistakes"] = table["mistakes"].map("; ".join)
    table["call"] = table["call"].map(_call)
    table = table.sort_values(["id", "question"], kind="stable")
    return table[["id", "question", "kind", "mistakes", "group", "call"]]


def _call(call: Any) -> str:
    """The first call that differs, on one line; "" if there is none."""
    if not isinstance(call, dict):
        return ""
    return f"{call['asked']}: expected {call['expected']}, given {call['given']}"


FOLDER = "private"
KEY = "pseudonyms.csv"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def check_folder(out: Path, pseudonymise: bool) -> None:
    """Raise UserError if a folder would hold both named and pseudonymous files."""
    has_key = (out / FOLDER / KEY).exists()
    if pseudonymise and (out / "gradebook.csv").exists() and not has_key:
        raise UserError(
            str(out), _("a folder without named gradebooks"), _("gradebook.csv with names"),
            _("choose another --out for the pseudonymous one"),
        )
    if not pseudonymise and has_key:
        raise UserError(
            str(out), _("a folder without pseudonymous gradebooks"), f"{FOLDER}/{KEY}",
            _("choose another --out for the one with names"),
        )


def pseudonyms(out: Path, students: pd.DataFrame) -> pd.Series[str]:
    """A pseudonym for each student; those of an earlier run are kept. Nothing is written."""
    earlier = _earlier(out / FOLDER / KEY)
    taken = set(earlier.values())
    names = []
    for id_ in students["id"]:
        name = earlier.pop(id_, "") if id_ else ""
        while not name or (name in taken and name in names):
            candidate = "P" + "".join(secrets.choice(ALPHABET) for _ in range(8))
            name = "" if candidate in taken else candidate
        taken.add(name)
        names.append(name)
    return pd.Series(names, index=students.index, dtype="str")


def _earlier(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    cells = read_cells(path).iloc[1:]
    return dict(zip(cells[1], cells[0], strict=True))


def anonymous(students: pd.DataFrame, names: pd.Series[str]) -> pd.DataFrame:
    """The roster with pseudonyms for ids, without names and addresses, and without small groups."""
    blank = dict.fromkeys(("login", "name", "first", "last", "email", "canvas_id"), "")
    sizes = students["section"].map(students["section"].value_counts())
    return students.assign(
        **blank, id=names, row=0,
        section=students["section"].where(sizes >= SMALLEST_GROUP, ""))


def write_private(folder: Path, name: str, frame: pd.DataFrame) -> Path:
    """`frame` as CSV that only its owner can read (mode 0600)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(BOM + csv_text(frame))
    return path


def key_frame(students: pd.DataFrame, names: pd.Series[str]) -> pd.DataFrame:
    """The key: pseudonym, id, name."""
    return pd.DataFrame({"pseudonym": names, "id": students["id"], "name": students["name"]})
