"""homework.json: a homework as data, for the grader, the report and the feedback.

It holds the contents of the pages, so that a report can name the part of the prompt that a failed
check belongs to, and can run a proof where it is shown. It is as secret as the hidden checks.
"""

from __future__ import annotations

import ast
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.authoring.evaluate import Measured, measure_bank
from autograder.authoring.homework import Homework, Question
from autograder.authoring.page_parser import (
    Text,
    WrittenQuestion,
    as_prose,
    bound_names,
    localised,
    names_in,
    reach,
    split_languages,
)
from autograder.authoring.settings import modules_of
from autograder.diagnosis.bank import bank_to_json
from autograder.errors import for_each
from autograder.model import (
    Bilingual,
    FunctionDescription,
    HomeworkDescription,
    QuestionDescription,
    WrittenDescription,
)
from autograder.otter.zip_reader import support_folder

ITEM = re.compile(r"^- (.*(?:\n  .*)*)", re.M)
"""An item of a list of the prompt, which may go on over several lines."""
HEADING = re.compile(r"^(?:#+ +(.+)|\*\*([^*\n]+?)[.。：:]?\*\*\s*)$", re.M)
"""A heading, or a line in bold that is used as one."""


def describe(
    homework: Homework, files: Mapping[str, bytes]
) -> tuple[HomeworkDescription, dict[str, Any]]:
    """The homework as data, with the support `files`; and by question the answers of the bank.

    Measures which checks each mistake fails, and how its answers differ from the right ones.
    """
    with tempfile.TemporaryDirectory() as folder, support_folder(files, Path(folder)):
        found = for_each(homework.questions, lambda each: measure_bank(each, homework.setup))
    pairs = list(zip(homework.questions, found, strict=True))
    description: HomeworkDescription = {
        "name": homework.name, "title": _both(homework.title),
        "questions": [_describe(question, measured) for question, measured in pairs],
        "languages": list(homework.languages), "visibility": homework.settings.visibility,
    }
    if homework.written:
        description["written"] = [_describe_written(each) for each in homework.written]
    if homework.settings.packages:
        description["packages"] = list(homework.settings.packages)
        description["imports"] = modules_of(homework.settings.packages)
    if homework.settings.together:
        description["together"] = True
    bank = {question.name: bank_to_json(measured.bank(question)) for question, measured in pairs}
    return description, bank


def _describe_written(question: WrittenQuestion) -> WrittenDescription:
    return {
        "name": question.name, "title": _both(question.title), "points": question.points,
        "prompt": _both(question.prompt), "model_answer": _both(question.model_answer),
        "rubric": [
            {"points": line.points, "text": _both(line.text)} for line in question.rubric
        ],
    }


def _describe(question: Question, measured: Measured) -> QuestionDescription:
    return {
        "name": question.name, "title": _both(question.title), "points": question.points,
        "checks": [
            {"name": c.name, "points": c.points, "hidden": c.hidden, "message": _both(c.message),
             "functions": [name for name in c.arguments if name in question.functions]}
            for c in question.checks
        ],
        "mistakes": [
            {"name": m.name, "belief": _both(m.belief or Text("", "")),
             "caught_by": m.caught_by or "", "fails": list(measured.mistakes[m.name])}
            for m in question.mistakes if m.name == m.mistake
        ],
        "notes": _both(question.notes),
        "proof": question.proofs[0].body if question.proofs else "",
        "needs": proof_needs(question), "functions": functions_asked_for(question),
    }


def _both(text: Text) -> Bilingual:
    return {"zh": text.zh, "en": text.en}


def proof_needs(question: Question) -> Bilingual:
    """The code that the first proof uses: functions of the answer, and their imports."""
    if not question.proofs:
        return {"zh": "", "en": ""}
    proof = question.proofs[0].body
    pieces = reach([*question.given, *question.answer], names_in(proof))
    code = "\n\n".join(piece.text for piece in pieces)
    used = names_in(f"{code}\n{proof}")
    imports = [line for line in question.imports if used & set(bound_names(ast.parse(line).body[0]))
               and not line.startswith("from __future__")]
    needs = "\n\n".join(filter(None, ["\n".join(imports), code]))
    return {"zh": localised(needs, "zh"), "en": localised(needs, "en")}


def functions_asked_for(question: Question) -> list[FunctionDescription]:
    """The functions that students write, each with the words that ask for it."""
    stubs = {piece.name: piece.text for piece in question.stub}
    prompt, found = as_prose(question.prompt), list[FunctionDescription]()
    for name in question.functions:
        zh, en = _quote(prompt.zh, name), _quote(prompt.en, name)
        found.append({
            "name": name, "says": _both(as_prose(_docstring(stubs[name]))),
            "section": {"zh": zh[0], "en": en[0]}, "item": {"zh": zh[1], "en": en[1]},
        })
    return found


def _docstring(stub: str) -> Text:
    node = ast.parse(stub).body[0]
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return Text("", "")
    return split_languages(ast.get_docstring(node) or "")


def _quote(prompt: str, function: str) -> tuple[str, str]:
    """The item of a list of the prompt that begins with the function, and the heading above it."""
    call = re.compile(rf"(?:`[^`]*`\W+(?:and )?)*`{re.escape(function)}\b")
    for item in ITEM.finditer(prompt):
        if call.match(item[1]):
            above = list(HEADING.finditer(prompt, 0, item.start()))
            return (above[-1][1] or above[-1][2]) if above else "", " ".join(item[1].split())
    return "", ""
