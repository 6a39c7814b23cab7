"""Pages from templates: one file each, with style and script inside, that opens offline.

Everything that is put into a page is escaped, except what this module marks as safe itself.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from gradebook.texts import Language, say

TEMPLATES = Path(__file__).with_name("templates")
DASH = "–"
MARKED = re.compile(r"`([^`]+)`|(?<![\w*])\*(\w(?:[^*`]*\w)?)\*(?![\w*])")
"""Stars inside of a word, as in k*k*C, are products."""


def page(template: str, language: Language, **facts: Any) -> str:
    """The template in `language`; its words are written there as `t(zh, en)`."""
    return _environment(language).get_template(template).render(**facts)


@lru_cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": percent, "decimal": decimal, "points": points, "inline": inline, "prose": prose,
    }
    environment.globals |= {
        "t": lambda zh, en: zh if language == "zh" else en,
        "say": lambda word: say(word, language), "language": language,
    }
    return environment


def percent(share: float) -> str:
    """A share as a whole percentage; a dash for NaN."""
    return DASH if share != share else f"{100 * share:.0f}%"


def decimal(value: float) -> str:
    """Two decimals with a real minus sign; a dash for NaN."""
    return DASH if value != value else f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def points(value: float) -> str:
    """Points with two decimals at most."""
    return f"{round(value, 2):g}"


def inline(text: str) -> Markup:
    """One line of text of the bank, with `code` between backticks and *stress* between stars."""
    return Markup(MARKED.sub(
        lambda m: f"<code>{m[1]}</code>" if m[1] else f"<em>{m[2]}</em>", str(escape(text))))


def prose(text: str) -> Markup:
    """Paragraphs of the bank, parted by blank lines."""
    paragraphs = [part for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]
    return Markup("\n").join(Markup("<p>{}</p>").format(inline(_joined(p))) for p in paragraphs)


def _joined(paragraph: str) -> str:
    """One line of a paragraph's lines; between Chinese characters no blank."""
    return re.sub(r"(?<=[^\x00-\x7f])\n\s*(?=[^\x00-\x7f])|\s*\n\s*",
                  lambda m: " " if _needs_blank(m) else "", paragraph)


def _needs_blank(match: re.Match[str]) -> bool:
    before, after = match.string[match.start() - 1], match.string[match.end()]
    return before.isascii() or after.isascii()
