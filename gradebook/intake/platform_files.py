"""Files of learning platforms: their exported CSV, which is filled and imported again, Moodle's
worksheet, and Gradescope's `submission_metadata.yml`.

Every cell that is not filled stays as it is, and so do separator, byte-order mark and line
ends. A row whose identity looks like a formula is refused: it must not be altered, and a person
may open the file in a spreadsheet.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from autograder.errors import UserError, for_each
from autograder.language import _
from autograder.model import FORMULA
from gradebook.intake.roster import Roster, as_id
from gradebook.tables import XLSX, Problem, csv_rows, decoded, header_key, read_bytes, tidy

ENDINGS = {"ipynb", "zip", "py", "json"}
"""File-name endings of submissions."""

SAMPLE = 1000
"""The number of rows that are read to find the column that names students."""
CENT = 0.005
"""Half of the last decimal of points on a platform."""
BOM = b"\xef\xbb\xbf"


@dataclass
class PlatformFile:
    """`rows[0]` is the header; `students` maps rows to students (numbers in the roster).

    `changes` are the cells that an import will change: student, column, before, after.
    """

    path: Path
    rows: list[list[str]]
    delimiter: str
    line_end: str
    bom: bool
    students: dict[int, int] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    changes: list[tuple[int, str, str, str]] = field(default_factory=list)

    def fill(self, row: int, column: int, cell: str, *, overwrite: bool) -> None:
        """Write `cell`, unless there is nothing to write or, without `overwrite`, something else is
        entered there already: a grade or an `EX` that a person gave on the platform is kept."""
        before = self.rows[row][column]
        entered = before.strip() not in ("", "-")
        if not cell or same_grade(before, cell):
            return
        if entered and not overwrite:
            _report(self, row, _("entry on the platform kept"), f"{self.rows[0][column]}: {cell}",
                    _("set overwrite = true under [exports] to replace it"), found=before)
            return
        self.rows[row][column] = cell
        self.changes.append((self.students[row], self.rows[0][column], before, cell))

    def place(self, row: int) -> str:
        return _("{path}, row {row}").format(path=self.path, row=row + 1)

    def write(self, path: Path) -> Path:
        """The file with its filled cells, without the refused rows."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator=self.line_end)
        writer.writerows(row for n, row in enumerate(self.rows) if n not in self.refused)
        path.write_bytes((BOM if self.bom else b"") + text.getvalue().encode())
        return path


def read_platform_file(path: Path) -> PlatformFile:
    """The CSV at `path`; raises UserError when it is none, or its rows differ in length."""
    content = read_bytes(path, _("the file that the platform exported"))
    if content.startswith(XLSX):
        raise UserError(
            str(path), _("the CSV that the platform exported"), _("an XLSX workbook"),
            _("export it again as CSV; the platform imports nothing else"),
        )
    text, _encoding = decoded(path, content)
    rows, delimiter = csv_rows(path, text)
    rows = [row for row in rows if row]
    uneven = [_("{count} in row {row}").format(count=len(row), row=number)
              for number, row in enumerate(rows, 1) if len(row) != len(rows[0])]
    if uneven:
        raise UserError(
            str(path), _("{count} columns in every row").format(count=len(rows[0])),
            ", ".join(uneven[:8]) + (" ..." if uneven[8:] else ""),
            _("export the file again; the platform would refuse all of it"),
        )
    if not rows:
        raise UserError(
            str(path), _("the file that the platform exported"), _("an empty file"),
            _("export it again"),
        )
    line_end = "\r\n" if "\r\n" in text else "\n"
    return PlatformFile(path, rows, delimiter, line_end, content.startswith(BOM))


def match_rows(
    file: PlatformFile, roster: Roster, first: int, columns: Mapping[int, Mapping[str, int]],
    identity: Sequence[int],
) -> None:
    """Find the student of each row from `first` on, by the column that names most of them.

    `columns` maps a column to the students by what its cells may hold. Fills file.students,
    file.refused (rows whose `identity` cells look like formulas) and file.problems.
    """
    body = range(first, len(file.rows))
    hits = {column: sum(_student(file.rows[n][column], known) is not None for n in body[:SAMPLE])
            for column, known in columns.items()}
    best = max(hits, key=lambda column: hits[column], default=None)
    if best is None or hits[best] == 0:
        raise UserError(
            str(file.path), _("students of the roster"), _("none of them in the file"),
            _("export the file of this course"),
        )
    file.refused = {n for n in body for i in identity if _looks_like_formula(file.rows[n][i])}
    taken: dict[int, int] = {}
    for n in body:
        cell = file.rows[n][best]
        student = _student(cell, columns[best])
        if n in file.refused:
            _report(file, n, _("row refused: it looks like a formula"), _("a plain name and id"),
                    _("import this student's grade by hand"))
        elif student is None:
            _report(file, n, _("not in the roster"), _("the id of a student of the roster"),
                    _("add the student to the roster, or leave it so"))
        elif student in taken:
            file.refused.add(n)
            _report(file, n, _("row refused: the same student twice"),
                    _("the student in row {row} only").format(row=taken[student] + 1),
                    _("import it by hand"))
        else:
            taken[student] = n
            file.students[n] = student
    file.problems += absent_students(file.path, roster, taken, _("the platform's file"),
                                     _("export the file again, or enter the grade by hand"))


def _student(cell: str, known: Mapping[str, int]) -> int | None:
    """Look-up by id, login or e-mail address, ignoring case where that is unique."""
    id_ = as_id(cell)
    return known.get(id_, known.get(id_.casefold()))


def _looks_like_formula(cell: str) -> bool:
    """A lone dash is Moodle's word for an empty cell."""
    return cell[:1] in FORMULA and cell.strip() not in ("", "-")


def same_grade(one: str, other: str) -> bool:
    """Whether two cells are the same grade, as 9.5 and 9.50."""
    try:
        return abs(float(one.replace(",", ".")) - float(other)) < CENT
    except ValueError:
        return one.strip() == other


def is_maximum(cell: str, maximum: float) -> bool:
    """True when a cell of the platform agrees with the maximum of the homework here."""
    try:
        return abs(float(cell.replace(",", ".")) - maximum) < CENT
    except ValueError:
        return False


def _report(
    file: PlatformFile, row: int, what: str, expected: str, remedy: str, found: str = ""
) -> None:
    who = ", ".join(cell for cell in file.rows[row][:4] if cell)
    found = f"{who}: {found}" if found else who
    file.problems.append(Problem(str(file.path), row + 1, what, expected, found, remedy))


def absent_students(
    path: Path, roster: Roster, present: Collection[int], file: str, remedy: str
) -> list[Problem]:
    """A problem for each student of the roster who is not among those `present` in `file`."""
    students = roster.students.loc[roster.usable().index, ["id", "name"]]
    return [Problem(
        str(path), 0, _("student not in {file}").format(file=file),
        _("a row for {id}").format(id=id_), f"{id_} {name}", remedy,
    ) for number, id_, name in students.itertuples() if number not in present]


STATUS = ("status", "状态", "狀態", "estado", "statut", "stato", "ステータス", "статус", "durum",
          "tila", "állapot", "stav", "상태", "الحالة", "סטטוס", "trạngthái")
EARLY = re.compile(r"early|提前|提早|früh|avance|antelación|anticip|vroeg|раньше", re.IGNORECASE)
OVERDUE = re.compile(r"overdue|逾期|überfällig|en retard de remise|vencid", re.IGNORECASE)
PARTICIPANT = re.compile(r"\D*?(\d+)")
"""`Participant 12345`, in the language of the site."""
GRADE = ("grade", "成绩", "评分", "分数", "bewertung", "note", "calificación", "nota", "voto",
         "cijfer", "評定", "оценка", "ocena", "betyg", "arvosana")


@dataclass
class Worksheet:
    """The facts about students in Moodle's offline grading worksheet.

    `participants`: students by the number in `Participant 12345`, which is in the names of download
    folders. `late`: how late each student's submission is (zero: in time), None where the status
    says a time that was not understood; a student without a status is not in it.
    """

    participants: dict[str, int] = field(default_factory=dict)
    late: dict[int, timedelta | None] = field(default_factory=dict)


def read_worksheet(path: Path, student_of: Callable[[str], int | None]) -> Worksheet:
    """The worksheet at `path`; `student_of` finds the student whom a cell names."""
    file, found = read_platform_file(path), Worksheet()
    status = _status_column(file)
    for row in file.rows[1:]:
        students = {student_of(cell) for cell in row[1:]} - {None}
        if len(students) != 1:
            continue
        student = int(students.pop() or 0)
        if number := PARTICIPANT.fullmatch(tidy(row[0])):
            found.participants[number[1]] = student
        if status is not None and (cell := tidy(row[status])):
            in_time = EARLY.search(cell) or not re.search(r"\d", cell)
            unclear = OVERDUE.search(cell) is not None  # so long until the file was exported
            found.late[student] = timedelta(0) if in_time else (
                None if unclear else read_duration(cell))
    return found


def _status_column(file: PlatformFile) -> int | None:
    """The column of submission statuses: by its header, else the one before the grade that says
    how late something is."""
    keys = [header_key(cell) for cell in file.rows[0]]
    if named := [place for place, key in enumerate(keys) if key in STATUS]:
        return named[0]
    end = next((keys.index(key) for key in GRADE if key in keys), len(keys))
    says_late = (place for place in range(1, end)
                 if any(read_duration(row[place]) for row in file.rows[1:]))
    return next(says_late, None)


UNITS = {
    31_536_000: "year yr jahr an año jaar år rok lat let vuo év yıl έτ χρόν год лет рік рок 年 년 "
                "سن שנה שנים ปี năm tahun godin metai gad aasta urte वर्ष",
    604_800: "week woche semaine semana settiman week tydzień tygod veck uge uke viikko hét hafta "
             "недел týden 周 週 星期 주 أسبوع שבוע สัปดาห์ tuần minggu săptămân",
    86_400: "day tag jour jorn día dia giorn dag dzie dn den deň päiv nap zi gün ημέρ μέρ ден дн "
            "天 日 일 يوم أيام ايام יום ימים วัน ngày hari dan dien päev egun दिन روز",
    3_600: "hour hr stund std heure hora or óra uur uren tim godz hodin tun saat sat ώρ ωρ час "
           "годин 小时 小時 时 時 시간 ساع שע ชั่วโมง giờ jam ur val ordu घंट",
    60: "min хв мин мін λεπ 分 분 دق דק นาที phút menit perc dakika dk मिनट",
    1: "sec sek segund сек δευ 秒 초 ثان שני วินาที giây detik másodperc saniye sn सेकंड",
}
"""First letters of words for units of time on learning platforms, by seconds of the unit."""
PREFIXES = {word: seconds for seconds, words in UNITS.items() for word in words.split()}
LETTERS = {"d": 86_400, "j": 86_400, "h": 3_600, "m": 60, "s": 1}
_DATE = re.compile(r"\d{4}\s*[年년]\s*\d+\s*[月월]\s*\d+\s*[日일]|\d+ tháng \d+ năm \d+")
_AMOUNT = re.compile(r"(?<![\d:./-])(\d{1,3})\s*([^\s\d.,;:()/、，-]+)")


def read_duration(text: str) -> timedelta | None:
    """The length of time that a text mentions in any usual language: 1 day 2 hours, 迟交 1 天.

    Units count as long as they get smaller, as platforms write them. None when there is none.
    """
    total, last = 0, 0
    for amount, word in _AMOUNT.findall(_DATE.sub(" ", text.casefold())):
        unit = _unit(word)
        if unit and (not last or unit < last):
            total, last = total + int(amount) * unit, unit
    return timedelta(seconds=total) if last else None


def _unit(word: str) -> int:
    """Seconds in the unit that `word` names, by its longest known beginning; 0 for none."""
    if word in LETTERS:
        return LETTERS[word]
    known = [prefix for prefix in PREFIXES if word.startswith(prefix)]
    return PREFIXES[max(known, key=len)] if known else 0


FILE = "submission_metadata.yml"
MAX_BYTES = 500_000_000


@dataclass(frozen=True)
class Submitter:
    """One member of a group in Gradescope's data; `""` for missing facts."""

    name: str
    id: str
    email: str


@dataclass(frozen=True)
class Deposit:
    """One submission of one or more people, and when it was made (UTC, None if it is not said)."""

    submitters: tuple[Submitter, ...]
    created_at: pd.Timestamp | None


def read_deposits(path: Path) -> dict[str, Deposit]:
    """Each submission folder's deposit, from the export `path` (a folder, or the zip as it came).

    Read with every scalar as text: YAML would take the id 0220123 for an octal number. Raises
    UserError when there is no list, or it is not Gradescope's.
    """
    try:
        content = yaml.load(_content(path), Loader=_TextLoader)
    except yaml.YAMLError as error:
        raise _unreadable(path, str(error).replace("\n", " ")) from None
    if not isinstance(content, dict):
        raise _unreadable(path, _("no submissions in it"))
    deposits = for_each(content.items(), lambda item: _deposit(path, str(item[0]), item[1]))
    return dict(zip(map(str, content), deposits, strict=True))


class _TextLoader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    """Builds only text, lists and mappings."""


def _content(path: Path) -> bytes:
    try:
        if path.is_file():
            return _from_zip(path)
        found = sorted(path.glob(FILE)) + sorted(path.glob(f"*/{FILE}"))
        if found:
            return found[0].read_bytes()
    except (OSError, zipfile.BadZipFile) as error:
        raise _unreadable(path, str(error)) from None
    raise UserError(
        str(path), _("Gradescope's export, with {file} in it").format(file=FILE),
        _("no such file in it"),
        _("unpack the export there, or remove `submissions` from the course file"),
    )


def _from_zip(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        found = [info for info in archive.infolist()
                 if info.filename.count("/") < 2 and Path(info.filename).name == FILE
                 and info.file_size <= MAX_BYTES]
        if not found:
            raise zipfile.BadZipFile(_("no {file} in it").format(file=FILE))
        return archive.read(min(found, key=lambda info: info.filename.count("/")))


def _deposit(path: Path, key: str, value: Any) -> Deposit:
    try:
        people = tuple(
            Submitter(tidy(_text(p, ":name")), tidy(_text(p, ":sid")), tidy(_text(p, ":email")))
            for p in value.get(":submitters") or []
        )
        created = _text(value, ":created_at")
        return Deposit(people, pd.to_datetime(created, utc=True) if created else None)
    except (AttributeError, TypeError, ValueError) as error:
        raise _unreadable(path, f"{key}: {error}") from None


def _text(mapping: Any, key: str) -> str:
    value = mapping.get(key, "")
    return value if isinstance(value, str) and value not in ("null", "~") else ""


def _unreadable(path: Path, found: str) -> UserError:
    return UserError(
        str(path), _("Gradescope's {file}").format(file=FILE), found,
        _("download the export again"),
    )
