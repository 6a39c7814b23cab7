"""Ids of students: text, never numbers. What a spreadsheet did to them, and which ones are near."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from gradebook.intake.text_files import tidy

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
    """True for what a spreadsheet makes of an id: 3.14E+07, 2023001.0, #####, a date."""
    return MANGLED.fullmatch(id_) is not None


class Near:
    """Ids one slip away: a letter wrong, missing, added, or two exchanged.

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
