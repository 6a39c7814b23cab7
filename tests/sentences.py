"""The sentences of the commands, by the keys that `autograder/zh.po` gives them.

A test says where an error is and what was found. A test that must also tell one sentence from
another names it by its key: a better wording is then written in the code and in the catalogue,
and in no test.
"""

from __future__ import annotations

import re
from functools import cache
from string import Formatter
from typing import Any

from babel.messages.pofile import read_po

from autograder.language import CATALOGUE


def sentence(key: str, /, **facts: Any) -> str:
    """The English sentence that has this key (`#. key`) in the catalogue, told with its facts."""
    return sentences()[key].format(**facts)


def pattern(key: str, /, **facts: Any) -> str:
    """A regular expression of that sentence; a fact that is not given may be any text."""
    return "".join(
        re.escape(words) + ("" if name is None else _fact(name, spec or "", conversion, facts))
        for words, name, spec, conversion in Formatter().parse(sentences()[key]))


def _fact(name: str, spec: str, conversion: str | None, facts: dict[str, Any]) -> str:
    if name not in facts:
        return "(?s:.+)"
    field = "{" + name + (f"!{conversion}" if conversion else "") + f":{spec}" + "}"
    return re.escape(field.format(**facts))


@cache
def sentences() -> dict[str, str]:
    """Each key with its English sentence; of a plural, the first of both."""
    with CATALOGUE.open("rb") as file:
        return {
            key: message.id if isinstance(message.id, str) else message.id[0]
            for message in read_po(file, locale="zh") for key in message.auto_comments
        }
