"""Finds lines of answers, hidden checks and mistakes in a text that students may read."""

from __future__ import annotations

import json
import re

from autograder.bank import Homework, Question

SHORTEST = 16
"""Shorter lines (`return x`, `z = W @ X`) are too common to tell anything."""


def find_leaks(homework: Homework, text: str) -> list[str]:
    """Each secret line that stands in `text` (a notebook or plain), with the page it is from."""
    shown = {_squeeze(line) for line in _lines(text)}
    return [
        f"{question.secret_page.name}: {line.strip()!r}"
        for question in homework.questions
        for line in secret_lines(homework, question)
        if _squeeze(line) in shown
    ]


def secret_lines(homework: Homework, question: Question) -> list[str]:
    """The telling lines of a secret page: those that no public page holds as code."""
    public = {_squeeze(line) for each in homework.questions for line in _public_code(each)}
    lines = question.secret_page.read_text(encoding="utf-8").splitlines()
    code = [re.sub(r"#.*", "", line) for line in lines]
    return [
        line for line in code
        if len(_squeeze(line)) >= SHORTEST and _squeeze(line) not in public
        and not line.lstrip().startswith(("import ", "from "))
    ]


def _public_code(question: Question) -> list[str]:
    texts = [piece.text for piece in question.stub]
    texts += [check.text for check in question.checks if not check.hidden]
    return "\n".join([*texts, *question.pictures]).splitlines()


def _squeeze(text: str) -> str:
    """Without white space and kinds of quotes, which Otter's tools change."""
    return re.sub(r"[\s\"']+", "", text)


def _lines(text: str) -> list[str]:
    """The lines of a text, or of every string in a JSON document."""
    try:
        queue = [json.loads(text)]
    except ValueError:
        return text.splitlines()
    lines: list[str] = []
    while queue:
        item = queue.pop()
        if isinstance(item, str):
            lines += item.splitlines()
        elif isinstance(item, dict):
            queue += item.values()
        elif isinstance(item, list):
            queue += item
    return lines
