"""Finds lines of answers, hidden checks and mistakes in a text that students may read."""

from __future__ import annotations

import json
import re

from autograder.bank import Homework, Question

SHORTEST = 16
"""Shorter lines (`return x`, `z = W @ X`) are too common to tell anything."""


def find_leaks(homework: Homework, text: str) -> list[str]:
    """Each secret line that stands in `text` (JSON or plain), with the page it is from."""
    flat = _squeeze(_strings(text))
    return [
        f"{question.secret_page.name}: {line.strip()!r}"
        for question in homework.questions
        for line in secret_lines(question)
        if _squeeze(line) in flat
    ]


def secret_lines(question: Question) -> list[str]:
    """The telling lines of a secret page: those that its public page does not hold itself."""
    public = {_squeeze(line) for piece in question.stub for line in piece.text.splitlines()}
    for check in question.checks:
        if not check.hidden:
            public |= {_squeeze(line) for line in check.text.splitlines()}
    for picture in question.pictures:
        public |= {_squeeze(line) for line in picture.splitlines()}
    lines = question.secret_page.read_text(encoding="utf-8").splitlines()
    code = [re.sub(r"#.*", "", line) for line in lines]
    return [
        line for line in code
        if len(_squeeze(line)) >= SHORTEST and _squeeze(line) not in public
        and not line.lstrip().startswith(("import ", "from "))
    ]


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _strings(text: str) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    parts: list[str] = []
    queue = [value]
    while queue:
        item = queue.pop()
        if isinstance(item, str):
            parts.append(item)
        elif isinstance(item, dict):
            queue += item.values()
        elif isinstance(item, list):
            # the lines of a cell stand in a list; keep them together
            if all(isinstance(part, str) for part in item):
                parts.append("".join(item))
            else:
                queue += item
    return "\n".join(parts)
