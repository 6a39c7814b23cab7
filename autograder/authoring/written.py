"""A question that people grade: its public page says `written = 10`, and holds no code.

The secret page may be missing. Its docstring is a model answer; `rubric`, a dictionary, says what
an answer must hold for how many points. Both are for those who grade.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring.page_parser import (
    Piece,
    Text,
    as_prose,
    in_languages,
    one_line,
    read_page,
    read_text,
    split_languages,
)
from autograder.errors import UserError

WRITTEN = "written"
RUBRIC = "rubric"


@dataclass(frozen=True)
class RubricLine:
    """What an answer must hold for these points."""

    points: float
    text: Text


@dataclass(frozen=True)
class WrittenQuestion:
    """A question that people grade; `model_answer` and `rubric` are for them alone."""

    name: str
    title: Text
    prompt: Text
    points: float
    model_answer: Text
    rubric: list[RubricLine]
    public_page: Path
    secret_page: Path


def is_written(page: Path) -> bool:
    """Whether a public page is that of a question that people grade."""
    return page.is_file() and re.search(rf"^{WRITTEN}\b", read_text(page), re.MULTILINE) is not None


def read_written(
    public_page: Path, secret_page: Path, languages: Sequence[str]
) -> tuple[float, Text, list[RubricLine]]:
    """Points, model answer and rubric of the question; raises UserError."""
    public = read_page(public_page)
    page = next(piece for piece in public.pieces if piece.name == WRITTEN)
    others = [piece.name for piece in public.pieces if piece is not page]
    others += [marked.name for marked in public.marked]
    if others or public.imports:
        raise UserError(page.where, f"nothing but `{WRITTEN} = POINTS` on this page",
                        ", ".join([*public.imports, *others]), "make two questions of it")
    points = _literal(page)
    if isinstance(points, bool) or not isinstance(points, int | float) or not points > 0:
        raise UserError(page.where, "points above 0", page.text, f"like {WRITTEN} = 10")
    if not secret_page.exists():
        return points, Text("", ""), []
    secret = read_page(secret_page)
    others = [piece.name for piece in secret.pieces if piece.name != RUBRIC]
    others += [marked.name for marked in secret.marked]
    if others or secret.imports:
        raise UserError(f"{secret_page}:1", f"a docstring and `{RUBRIC} = {{...}}`",
                        ", ".join(others or secret.imports), "take it out: nothing here is run")
    answer = in_languages(as_prose(split_languages(secret.docstring)), languages)
    return points, answer, _rubric(secret.pieces[-1], points, languages) if secret.pieces else []


def _rubric(piece: Piece, points: float, languages: Sequence[str]) -> list[RubricLine]:
    lines = _literal(piece)
    if not (isinstance(lines, dict) and lines and all(
        isinstance(text, str) and isinstance(worth, int | float) and worth > 0
        for text, worth in lines.items()
    )):
        raise UserError(piece.where, f'{RUBRIC} = {{"what an answer must say": POINTS, ...}}',
                        piece.text.split("\n")[0], "write what is asked for, and points above 0")
    if (total := sum(lines.values())) != points:
        raise UserError(piece.where, f"a rubric of {points:g} points, as on the public page",
                        f"{total:g} points", "correct one of them")
    return [
        RubricLine(worth, in_languages(one_line(split_languages(text)), languages))
        for text, worth in lines.items()
    ]


def _literal(piece: Piece) -> object:
    node = ast.parse(piece.text).body[0]
    try:
        return ast.literal_eval(node.value) if isinstance(node, ast.Assign) else None
    except ValueError:
        return None
