"""`homework adopt`: writes a mistake into a secret page from what a group of students wrote.

The group is one of the report's: students whose wrong answers agree with each other and with
nothing in the bank. The function that answered wrongly first is taken over, with what it uses. The
words for the belief are left to a person, and `homework check` asks for them.

The text is a student's. `homework check` runs the code of the pages, so a person reads it first.
"""

from __future__ import annotations

import ast
import sqlite3
import textwrap
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring.homework import Question
from autograder.authoring.page_parser import Piece, reach, read_text
from autograder.errors import UserError
from autograder.model import DiagnosisKind
from autograder.store import Store

BELIEF = """\
FILL IN what someone who writes this believes
中文：FILL IN 这样写的人是怎么想的"""
ANSWERS = """
SELECT answer, json_extract(call, '$.asked'), group_concat(checks.name, char(10))
FROM diagnoses JOIN questions USING (submission, question)
JOIN checks USING (submission, question)
WHERE question = ? AND kind = ? AND fingerprint LIKE ? AND checks.status != 'passed'
    AND checks.hidden
GROUP BY submission ORDER BY length(answer), answer
"""


@dataclass(frozen=True)
class Adopted:
    """A mistake that was written: the line of the page where it begins, and its name."""

    where: str
    name: str


def adopt(question: Question, group: str, results: Path) -> Adopted:
    """Write the code of the group into the question's secret page, behind its last mistake.

    Raises UserError when the group is not in `results`, or its code is no function.
    """
    Store(results, create=False).close()  # tells what is wrong with the file
    with closing(sqlite3.connect(results)) as database:
        rows = database.execute(
            ANSWERS, (question.name, DiagnosisKind.UNKNOWN.value, f"{group}%")).fetchall()
    page, name = question.secret_page, f"group_{group}"
    if not rows or not group.isalnum():
        raise UserError(f"{results}, {question.name}", f"a group {group}", "no such answers",
                        "take the label from report.html or diagnoses.csv of these results")
    if any(each.name == name for each in question.mistakes):
        raise UserError(str(page), f"no mistake {name} yet", "one of this name",
                        "phrase that one, and give it a name of its own")
    answer, asked, failed = rows[0]
    code = _code(question, answer, str(asked or "").partition("(")[0], str(results))
    hidden = [check.name for check in question.checks if check.hidden]
    caught_by = next((each for each in hidden if each in failed.split("\n")), hidden[0])
    return Adopted(f"{page}:{_insert(page, name, caught_by, code)}", name)


def _code(question: Question, answer: str, function: str, where: str) -> str:
    """The wrong function and what it uses, without the question's other functions."""
    try:
        nodes = ast.parse(answer).body
    except (SyntaxError, ValueError):
        nodes = []
    lines, pieces = answer.split("\n"), list[Piece]()
    for node in nodes:
        decorated = getattr(node, "decorator_list", [])
        start = min([node.lineno, *(each.lineno for each in decorated)]) - 1
        text = "\n".join(lines[start : node.end_lineno])
        for bound in _bound(node):
            if bound == function or bound not in question.functions:
                pieces.append(Piece(bound, text, where))
    found = reach(pieces, {function})
    if function not in question.functions or not any(each.name == function for each in found):
        raise UserError(where, f"the code of a function of {question.name}",
                        "none that can be told from the rest",
                        "write the mistake by hand; the report shows the code")
    return "\n\n".join(dict.fromkeys(piece.text for piece in found))


def _bound(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    return [each.id for each in ast.walk(node)
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]


def _insert(page: Path, name: str, caught_by: str, code: str) -> int:
    """Insert the class behind the last mistake of the page; returns its line."""
    text = read_text(page)
    ends = [node.end_lineno or 0 for node in ast.parse(text).body
            if isinstance(node, ast.ClassDef) and _is_mistake(node)]
    lines = text.split("\n")
    place = max(ends, default=len(lines))
    belief = textwrap.indent(f'"""{BELIEF}"""', "    ")
    body = textwrap.indent(code, "    ")
    new = ["", "", f"@mistake({caught_by})", f"class {name}:", *belief.split("\n"),
           *body.split("\n")]
    page.write_text("\n".join([*lines[:place], *new, *lines[place:]]), encoding="utf-8")
    return place + 3


def _is_mistake(node: ast.ClassDef) -> bool:
    calls = [each.func for each in node.decorator_list if isinstance(each, ast.Call)]
    return any(isinstance(call, ast.Name) and call.id == "mistake" for call in calls)
