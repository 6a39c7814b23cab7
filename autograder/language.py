"""The language of the terminal: English, or Chinese where the locale or `--lang` says so.

A sentence for the person at the keyboard stands in the code in English, as `_("...")`. The file
`zh.po` beside this module holds the Chinese of every sentence. It is read when Chinese is spoken;
there is no compiled file which could be out of date. A sentence with facts in it is
`_("{count} of {total} graded").format(count=..., total=...)`.

Files that programs read (status words, column names, results) stay English, and pages have the
language of their course.
"""

from __future__ import annotations

import gettext
import io
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

CATALOGUE = Path(__file__).with_name("zh.po")
Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

_spoken: gettext.NullTranslations = gettext.NullTranslations()


def _(message: str) -> str:
    """The sentence `message` in the language of the terminal."""
    return _spoken.gettext(message) if message else ""


def N_(message: str) -> str:
    """Marks a sentence of a constant for the catalogue; `_` translates it where it is shown."""
    return message


def retold(text: str) -> str:
    """A sentence that was kept in English, such as a reason in the results, for the terminal.

    It is found by the sentence of the catalogue whose facts it has in their places.
    """
    if spoken() == "en":
        return text
    if (known := _(text)) != text:
        return known
    for pattern, chinese in _patterns():
        if found := pattern.fullmatch(text):
            facts = {name: retold(fact) for name, fact in found.groupdict().items()}
            return re.sub(r"\{(\w+)[^}]*\}", r"{\1}", chinese).format(**facts)
    return text


def speak(language: str) -> None:
    """Set the language of `_` and of click's own words, "zh" or "en"."""
    global _spoken
    _spoken = _chinese() if language == "zh" else gettext.NullTranslations()
    # click asks gettext for its own words, through these two functions.
    gettext.dgettext = lambda domain, message: _spoken.gettext(message)
    gettext.dngettext = lambda domain, msgid1, msgid2, n: _spoken.ngettext(msgid1, msgid2, n)


def spoken() -> Language:
    """The language of the terminal."""
    return "zh" if isinstance(_spoken, gettext.GNUTranslations) else "en"


def language_of_locale(environment: Mapping[str, str] = os.environ) -> Language:
    """The language of the locale: of the first of LC_ALL, LC_MESSAGES and LANG that is set."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "")
    return "zh" if locale.lower().startswith("zh") else "en"


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """The sentences with facts in them, as patterns of what they become, and their Chinese."""
    found = []
    for message, chinese in _messages().items():
        words = re.split(r"\{(\w+)[^}]*\}", message)
        names = words[1::2]
        unique = len(names) == len(set(names))
        if names and unique and re.search(r"[a-z]{3}", "".join(words[::2])):
            pattern = "".join(f"(?P<{word}>.+)" if index % 2 else re.escape(word)
                              for index, word in enumerate(words))
            found.append((re.compile(pattern, re.S), chinese))
    return sorted(found, key=lambda each: -len(each[0].pattern))


@cache
def _catalogue() -> Catalog:
    from babel.messages.pofile import read_po

    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh")


def _messages() -> dict[str, str]:
    return {message.id: message.string for message in _catalogue()
            if isinstance(message.id, str) and isinstance(message.string, str) and message.id}


@cache
def _chinese() -> gettext.GNUTranslations:
    from babel.messages.mofile import write_mo
    compiled = io.BytesIO()
    write_mo(compiled, _catalogue())
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
