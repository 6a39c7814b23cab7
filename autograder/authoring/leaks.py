"""Finds lines of answers, hidden checks and mistakes in a text that students may read."""

from __future__ import annotations

import ast
import contextlib
import json
import re
import textwrap
from collections.abc import Iterable

from autograder.authoring.homework import Homework, Part
from autograder.authoring.page_parser import CHINESE

SHORTEST = 16
"""Shorter lines (`return x`, `z = W @ X`) are too common to tell anything. In bytes of UTF-8: a
Chinese character says as much as three letters."""

TELLING = 20
"""A line as long as this is found inside other lines too: commented out, wrapped, indented."""


def find_leaks(homework: Homework, text: str) -> list[str]:
    """Each secret line that stands in `text` (a notebook or plain), with the page it is from."""
    lines = list(_lines(text))
    shown, whole = _forms(lines), "".join(_squeeze(line) for line in lines)
    public = _public_forms(homework)
    return [
        f"{question.secret_page.name}: {line.strip()!r}"
        for question, line in secret_lines(homework)
        if any(form in shown or (_bytes(form) >= TELLING and form in whole)
               for form in _forms([line]) | _quoted([line]) - public)
    ]


def secret_lines(homework: Homework) -> list[tuple[Part, str]]:
    """The telling lines of the secret pages: those that no public page holds as code."""
    public, whole = _public_forms(homework), _squeeze(_public_code(homework))
    return [
        (question, line)
        for question in homework.parts
        if question.secret_page.exists()
        for line in question.secret_page.read_text(encoding="utf-8").split("\n")
        if (forms := _forms([line])) and not forms & public
        and not any(form in whole for form in forms)
        and not line.lstrip().startswith(("import ", "from "))
    ]


def _public_code(homework: Homework) -> str:
    """The statements of the public pages, without comments and docstrings: nobody leaks those.

    A secret line that is part of a longer public statement tells nothing. In a comment, a
    docstring or a message it does, whether or not it stands on a line of its own.
    """
    texts = [homework.setup]
    for question in homework.questions:
        texts += [piece.text for piece in question.stub]
        texts += [check.text for check in question.checks if not check.hidden]
        texts += question.pictures
    code = []
    for text in texts:
        with contextlib.suppress(SyntaxError):
            tree = ast.parse(textwrap.dedent(text))
            for node in ast.walk(tree):
                body = getattr(node, "body", None)
                if isinstance(body, list):
                    node.body = [part for part in body if not _is_text(part)]  # type: ignore[attr-defined]
            code.append("\n".join(ast.unparse(part) for part in ast.walk(tree)
                                  if isinstance(part, ast.stmt)))
    return "\n".join(code)


def _is_text(part: ast.AST) -> bool:
    return (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
            and isinstance(part.value.value, str))


def _public_forms(homework: Homework) -> set[str]:
    lines = _public_lines(homework)
    return _forms(lines) | _quoted(lines)


def _public_lines(homework: Homework) -> list[str]:
    lines = homework.setup.split("\n")
    for question in homework.questions:
        texts = [piece.text for piece in question.stub]
        for check in question.checks:
            texts += [] if check.hidden else [check.text, check.message.zh, check.message.en]
        lines += "\n".join([*texts, *question.pictures]).split("\n")
    return lines


def _forms(lines: Iterable[str]) -> set[str]:
    """What the lines may look like after Otter's tools: squeezed, with and without a comment."""
    return _telling(form for line in lines for form in (line, re.sub(r"#.*", "", line)))


def _quoted(lines: Iterable[str]) -> set[str]:
    """The texts of lines that are one text in quotes, such as the message of a check."""
    matches = (re.fullmatch(r"""\s*(\w+=)?(["'])(.+)\2,?\s*""", line) for line in lines)
    return _telling(match[3] for match in matches if match)


def _telling(texts: Iterable[str]) -> set[str]:
    return {form for form in map(_squeeze, texts) if _bytes(form) >= SHORTEST}


def _bytes(text: str) -> int:
    return len(text.encode(errors="replace"))


def _squeeze(text: str) -> str:
    """Without the mark of Chinese, and white space and kinds of quotes, which Otter changes."""
    return re.sub(r"[\s\"']+|" + CHINESE, "", text)


def _lines(text: str) -> list[str]:
    """The lines of a text, or of every string in a JSON document."""
    try:
        queue = [json.loads(text)]
    except ValueError:
        return text.split("\n")
    lines: list[str] = []
    while queue:
        item = queue.pop()
        if isinstance(item, str):
            lines += item.split("\n")
        elif isinstance(item, dict):
            queue += [*item, *item.values()]
        elif isinstance(item, list):
            queue += item
    return lines
