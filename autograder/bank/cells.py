"""The cells of code that pages make: the stub, the answer, the answer with a mistake in it."""

from __future__ import annotations

import ast
import textwrap

from autograder.bank.homework import Homework, Question, Variant
from autograder.bank.pagefile import CHINESE, split_languages


def setup_cell(homework: Homework, language: str) -> str:
    """The notebook's first cell of code, docstrings in the student's language."""
    return _localised(homework.setup, language)


def stub_cell(question: Question, language: str) -> str:
    """What the student starts from, docstrings in the student's language."""
    return _localised("\n\n\n".join(piece.text for piece in question.stub), language)


def answer_cell(question: Question, variant: Variant | None = None, language: str = "en") -> str:
    """The cell of a student who answers rightly, or as `variant` does where it differs."""
    pieces = {piece.name: piece.text for piece in [*question.given, *question.answer]}
    if variant is not None:
        pieces |= _definitions(variant.text)
    return _localised("\n\n\n".join(pieces.values()), language)


def _definitions(text: str) -> dict[str, str]:
    """The top-level statements of a variant by the name they bind, in their order."""
    lines, pieces, start = text.split("\n"), {}, 0
    for index, node in enumerate(ast.parse(text).body):
        name = getattr(node, "name", None) or f"statement {index}"
        pieces[str(name)] = "\n".join(lines[start : node.end_lineno]).strip("\n")
        start = node.end_lineno or start
    return pieces


def _localised(source: str, language: str) -> str:
    """Keep of each docstring with a 中文： half only the half in `language`."""
    if CHINESE not in source:
        return source
    lines = source.split("\n")
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)]
    for node in sorted(functions, key=lambda n: -n.lineno):
        docstring = ast.get_docstring(node)
        literal = node.body[0]
        if docstring is None or CHINESE not in docstring or literal.lineno == node.lineno:
            continue
        text = split_languages(docstring)[language]
        indent = " " * literal.col_offset
        quotes = 'r"""' if "\\" in text else '"""'
        on_one_line = "\n" not in text and not text.endswith(('"', "\\"))
        closing = '"""' if on_one_line else f'\n{indent}"""'
        body = textwrap.indent(text, indent).strip()
        lines[literal.lineno - 1 : literal.end_lineno] = [f"{indent}{quotes}{body}{closing}"]
    return "\n".join(lines)
