"""The roster: who is in the class, from any list that a course gets.

Canvas, Moodle and Gradescope exports and registry lists (学号, 姓名, 班级, 备注) are recognised by
their headers, in any order. Every row becomes a student, except teaching staff and Canvas's
own rows. A row whose id cannot be used keeps its place, gets a status and a problem, and no score.
Ids are text, never numbers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path

import pandas as pd

from autograder.errors import UserError
from autograder.language import _
from gradebook.course import RosterColumns
from gradebook.tables import Problem, Sheet, as_row, each, header_key, read_sheet, tidy

MANGLED = re.compile(
    r"[+-]?\d+([.,]\d+)?E[+-]?\d+"  # 3.14E+07
    r"|[+-]?\d+[.,]\d+"  # 2023001.0
    r"|#+|#(N/A|REF!|VALUE!|NAME\?|NUM!|NULL!|DIV/0!)"
    r"|\d{4}-\d{2}-\d{2}(T.*)?|\d{1,4}/\d{1,2}/\d{1,4}|\d+月\d+日",
    re.IGNORECASE,
)


def as_id(cell: str) -> str:
    """The id in a cell: tidied, without the `="..."` or `'` that protect it from a spreadsheet."""
    text = tidy(cell)
    if text.isalnum():
        return text
    protected = re.fullmatch(r'=\s*"([^"]*)"', text)
    return tidy(protected[1]) if protected else text.removeprefix("'").strip()


def mangled(id_: str) -> bool:
    """True for an id that a spreadsheet has changed: 3.14E+07, 2023001.0, #####, a date."""
    return MANGLED.fullmatch(id_) is not None


class Near:
    """Finds similar ids: one character wrong, missing, added, or two exchanged.

    Every id is kept under itself and under itself less one character, so a look-up costs no more
    in a large class (symmetric deletion; Garbe 2012). That is done at the first look-up: in most
    classes there is none.
    """

    def __init__(self, ids: Iterable[str]) -> None:
        self._ids = list(ids)

    def find(self, word: str) -> list[str]:
        """The ids near `word`, sorted."""
        if len(word) < 3:
            return []
        return sorted({id_ for key in _less_one(word) for id_ in self._index.get(key, ())})

    @cached_property
    def _index(self) -> dict[str, set[str]]:
        index: dict[str, set[str]] = defaultdict(set)
        for id_ in self._ids:
            for key in _less_one(id_):
                index[key].add(id_)
        return index


def _less_one(word: str) -> set[str]:
    word = word.casefold()
    return {word} | {word[:i] + word[i + 1 :] for i in range(len(word))}


class Standing(StrEnum):
    """The standing of a student in the roster. No standing counts as a zero."""

    REGULAR = ""
    ABSENT = "absent"
    DEFERRED = "deferred"
    EXEMPT = "exempt"
    MISCONDUCT = "misconduct"
    DUPLICATE_ID = "duplicate id"
    UNUSABLE_ID = "unusable id"


WORDS = {
    "缺考": Standing.ABSENT, "旷考": Standing.ABSENT, "absent": Standing.ABSENT,
    "缓考": Standing.DEFERRED, "deferred": Standing.DEFERRED,
    "免修": Standing.EXEMPT, "免考": Standing.EXEMPT, "exempt": Standing.EXEMPT,
    "excused": Standing.EXEMPT,
    "作弊": Standing.MISCONDUCT, "违纪": Standing.MISCONDUCT, "misconduct": Standing.MISCONDUCT,
}
LEAVING = ["退课", "退选", "退学", "休学", "withdrawn", "withdrew", "dropped"]
"""Remarks about students who may have left: whether they count, a person must say."""
STUDENT = ["学号", "學號", "学生学号", "学生编号", "sisuserid", "studentid", "studentnumber",
           "studentno", "sid", "idnumber", "matrikelnummer", "matrikelnr", "numéroétudiant",
           "numéroidentification", "numérodidentification", "númerodeid", "idnummer", "学籍番号",
           "학번", "sisloginid", "username", "用户名", "anmeldename", "nomdutilisateur",
           "nombredeusuario", "工号学号", "学号工号", "学生证号", "studentidnumber", "matrnr",
           "netid", "id"]
"""Headers of a column with ids of students."""
HEADERS = {
    "id": STUDENT,
    "login": ["sisloginid", "loginid", "login", "username", "用户名", "登录名", "账号", "帳號",
              "anmeldename", "kennung", "nomdutilisateur", "identifiant", "nombredeusuario",
              "githubusername", "github", "githubid", "netid"],
    "name": ["姓名", "学生姓名", "學生姓名", "name", "fullname", "studentname", "全名", "氏名",
             "이름", "student"],
    "first": ["firstname", "givenname", "名", "vorname", "prénom", "nombre", "nome", "voornaam"],
    "last": ["lastname", "surname", "familyname", "姓", "姓氏", "nachname", "nomdefamille", "nom",
             "apellidos", "apellido", "cognome", "achternaam"],
    "section": ["班级", "班級", "行政班", "行政班级", "教学班", "班", "section", "sections",
                "class", "group", "gruppe", "groupe", "grupo"],
    "email": ["邮箱", "电子邮箱", "电子邮件", "电子邮件地址", "電子郵件", "電子郵件地址", "email",
              "emailaddress", "mail", "emailadresse", "adressedecourriel", "courriel",
              "direccióndecorreo", "correoelectrónico", "メールアドレス"],
    "status": ["备注", "備註", "状态", "考试状态", "修读状态", "status", "remark", "remarks",
               "note", "notes", "bemerkung"],
    "role": ["role", "roles", "角色"],
}
STAFF = {"instructor", "teacher", "editingteacher", "noneditingteacher", "ta", "teachingassistant",
         "grader", "manager", "observer", "designer", "reader", "教师", "老师", "任课教师", "助教",
         "管理员"}
"""Roles of staff in the lists of Gradescope and Moodle; all other roles are students."""
NO_STUDENT = re.compile(
    r"(合|总|小|總)计|(合|總|小)計|平均|均分|\w*人[数數]|最[高低]分|\w*及格率|优秀率|标准差|中位数|统计|制表|打印|任课|"
    r"满分|總分|总分|应到|实到|教师|审核|签名|签字|日期|注[:：]|说明|备注|"
    r"(total|sum|average|mean|median|count|number of students|maximum|minimum|max|min|std|"
    r"points possible)[\s:.\d%]*$", re.IGNORECASE)
"""Rows below a list, with sums or the name of the author, begin like this."""
TEXT_COLUMNS = ["id", "login", "name", "first", "last", "section", "email", "canvas_id"]


@dataclass
class Roster:
    """`students` has one row a student, index 0..n-1 in roster order, all columns text:

    id, login, name, first, last, section, email, canvas_id, standing (a Standing), and `row`, the
    row in the file (int). `has_section` tells whether the roster names sections at all.
    """

    path: Path
    students: pd.DataFrame
    has_section: bool
    problems: list[Problem] = field(default_factory=list)

    def usable(self) -> pd.Series[str]:
        """The ids that stand for one student each, by student number."""
        bad = self.students["standing"].isin([Standing.DUPLICATE_ID, Standing.UNUSABLE_ID])
        return self.students.loc[~bad, "id"]


def read_roster(path: Path, named: RosterColumns | None = None) -> Roster:
    """The roster in `path`; raises UserError when it has no column of ids or no students."""
    wanted = {kind: [header_key(text)] for kind, text in named or () if text}
    sheet = read_sheet(path, {**HEADERS, **wanted}, ["id", *wanted],
                       _("add the column, or name yours under [roster_columns] in the course file"))
    canvas = _mark_canvas(sheet, "id" in wanted)
    problems = [*sheet.problems, *_leave_out_sums(sheet, canvas)]
    students = pd.DataFrame({
        column: sheet.text(column, as_id if column in ("id", "canvas_id") else tidy)
        for column in TEXT_COLUMNS})
    students["name"] = _full_names(students, "name" in sheet.columns)
    roster = Roster(path, students, "section" in sheet.columns, problems)
    students["standing"] = _standings(roster, sheet.text("status"))
    if canvas:
        _leave_out_canvas_rows(roster, sheet)
    _leave_out_staff(roster, sheet.text("role", header_key))
    _leave_out_doubles(roster)
    _join_sections(roster)
    if roster.students.empty:
        raise UserError(
            str(path), _("a row for each student"), _("none below the header"),
            _("name the file that holds the class"),
        )
    roster.students = roster.students.reset_index(names="row")
    _report_ids(roster, sheet)
    roster.students["row"] = roster.students["row"].map(as_row)
    return roster


def _leave_out_sums(sheet: Sheet, canvas: bool) -> list[Problem]:
    """Remove rows with sums, the name of the author, or no student from the sheet."""
    ids, names, mails = sheet.text("id", as_id), sheet.text("name"), sheet.text("email")
    first, last = sheet.text("first"), sheet.text("last")
    problems, left_out = [], []
    for label in ids.index.tolist():
        who = [text for text in (names[label], first[label], last[label], mails[label]) if text]
        cells = [tidy(cell) for cell in sheet.body.loc[label] if cell.strip()]
        if ids[label] and not NO_STUDENT.match(ids[label]):
            continue
        if (any(not NO_STUDENT.match(text) for text in who)
                or (canvas and (not who or who == ["Points Possible"]))):
            continue
        problems.append(Problem(
            str(sheet.path), as_row(label), _("row that is no student left out"), _("a student"),
            ", ".join(cells[:4]), _("nothing to do"),
        ))
        left_out.append(label)
    sheet.body = sheet.body.drop(left_out)
    return problems


def _mark_canvas(sheet: Sheet, id_named: bool) -> bool:
    """True for a Canvas export; its user number becomes `canvas_id`.

    Canvas leaves the SIS columns empty in courses without a student system: then its own ID is
    the id.
    """
    keys = [header_key(title) for title in sheet.titles]
    sis = [keys.index(key) for key in ("sisuserid", "sisloginid") if key in keys]
    if not sis or not {"student", "id"} <= set(keys):
        return False
    sheet.columns["canvas_id"] = keys.index("id")
    if not id_named:
        filled = [place for place in sis if (sheet.body[place] != "").any()]
        sheet.columns["id"] = [*filled, keys.index("id")][0]
    return True


def _standings(roster: Roster, remarks: pd.Series[str]) -> pd.Series[str]:
    """The standing that each remark names as a word of its own; a similar word becomes a
    problem."""
    standings = each(remarks, _standing_of)
    for row, remark in remarks[(standings == "") & (remarks != "")].items():
        if not any(word in remark.casefold() for word in (*WORDS, *LEAVING)):
            continue
        roster.problems.append(Problem(
            str(roster.path), as_row(row), _("remark not understood"),
            _("one of {words}").format(words=", ".join(WORDS)), remark,
            _("write just that word, or nothing, or take out the row of a student who has left")))
    return standings


def _standing_of(remark: str) -> str:
    if not remark:
        return Standing.REGULAR.value
    words = re.split(r"[\s,;、/()。]+", remark.casefold())
    found = {WORDS[word] for word in words if word in WORDS}
    return found.pop().value if len(found) == 1 else Standing.REGULAR.value


def _full_names(students: pd.DataFrame, has_name: bool) -> pd.Series[str]:
    """One name from two, family name first when it is written in Chinese."""
    if has_name:
        return students["name"]
    first, last = students["first"], students["last"]
    chinese = last.str.contains(r"[\u3400-\u9fff]", regex=True)
    return (last + first).where(chinese, (first + " " + last).str.strip())


def _leave_out_canvas_rows(roster: Roster, sheet: Sheet) -> None:
    """Canvas puts `Points Possible` and the like above the students, and a test student below."""
    students = roster.students
    nobody = students["canvas_id"].eq("") & students["id"].eq("")
    keys = [header_key(title) for title in sheet.titles]
    sis = keys.index("sisuserid" if "sisuserid" in keys else "sisloginid")
    numbers = sheet.body[sis].reindex(students.index)
    made_up = students["login"].str.fullmatch(r"[0-9a-f]{40}")  # in any language
    test = (students["name"].isin(["Student, Test", "Test Student"]) | made_up) & numbers.eq("")
    for row in students.index[test]:
        roster.problems.append(Problem(
            str(roster.path), as_row(row), _("Canvas's test student left out"),
            _("a student with an id"), str(students.at[row, "name"]), _("nothing to do"),
        ))
    above = students["canvas_id"].eq("").cummin()  # in the language of the site
    note = nobody & (above | students["name"].isin(["", "Points Possible"]))
    roster.students = students[~(note | test)]


def _leave_out_staff(roster: Roster, roles: pd.Series[str]) -> None:
    staff = roles.isin(list(STAFF)).reindex(roster.students.index)
    left_out = roster.students["name"][staff] + ", " + roles
    for row, found in left_out.dropna().items():
        roster.problems.append(Problem(
            str(roster.path), as_row(row), _("teaching staff left out"), _("the role of a student"),
            found, _("nothing to do"),
        ))
    roster.students = roster.students[~staff]


def _leave_out_doubles(roster: Roster) -> None:
    """Two identical rows are one student."""
    again = roster.students.duplicated() & roster.students["id"].ne("")
    for row, student in roster.students[again].iterrows():
        roster.problems.append(Problem(
            str(roster.path), as_row(row), _("the same row twice"),
            _("id {id} in one row").format(id=student['id']),
            _("{name} again").format(name=student['name']),
            _("counted once; remove the second row"),
        ))
    roster.students = roster.students[~again]


def _join_sections(roster: Roster) -> None:
    """Rows that are equal except for the section are one student, who is in all of them."""
    students, facts = roster.students, [c for c in roster.students.columns if c != "section"]
    again = students.duplicated(facts) & students["id"].ne("")
    for row, student in students[again].iterrows():
        first = students.index[students[facts].eq(student[facts]).all(axis=1)][0]
        sections = str(students.at[first, "section"]), str(student["section"])
        students.loc[first, "section"] = ", ".join(dict.fromkeys(filter(None, sections)))
        roster.problems.append(Problem(
            str(roster.path), as_row(row), _("a student in several sections"),
            _("id {id} in one row").format(id=student["id"]),
            _("{name} again").format(name=student["name"]),
            _("counted once, with all sections; nothing to do"),
        ))
    roster.students = students[~again]


def _report_ids(roster: Roster, sheet: Sheet) -> None:
    students = roster.students
    bad = pd.Series([not id_ or mangled(id_) for id_ in students["id"].tolist()],
                    index=students.index)
    doubled = students["id"].duplicated(keep=False) & ~bad
    students.loc[bad, "standing"] = Standing.UNUSABLE_ID.value
    students.loc[doubled, "standing"] = Standing.DUPLICATE_ID.value
    for _index, student in students[bad].iterrows():
        what, remedy = _("student without an id"), _("write the id into the row")
        if student["id"]:
            what = _("id mangled by a spreadsheet")
            remedy = _("get the list again and import the column as text")
        roster.problems.append(Problem(
            str(roster.path), as_row(student["row"]), what, _("an id as text, such as 2023001"),
            f"{student['id']!r} ({student['name']})",
            _("{remedy}; the row has no score until then").format(remedy=remedy),
        ))
    for id_, group in students[doubled].groupby("id", sort=False):
        rows = ", ".join(map(sheet.row, group["row"]))
        for _index, student in group.iterrows():
            roster.problems.append(Problem(
                str(roster.path), as_row(student["row"]), _("duplicate id"),
                _("id {id} in one row").format(id=id_),
                _("{name}; rows {rows} share the id").format(name=student['name'], rows=rows),
                _("correct or remove the wrong row; none of them has a score until then"),
            ))
