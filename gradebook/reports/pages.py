"""Pages from templates: one HTML file each, with style and script inside, readable offline.

Everything that is put into a page is escaped, except what this module marks as safe itself. A
figure holds numbers only, so that it needs no Chinese font; its words are in the page.
"""

from __future__ import annotations

import io
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from latex2mathml.converter import convert
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from autograder.language import Language
from autograder.model import Bilingual, CellError
from gradebook.statistics.cohort import Array
from gradebook.wording import plain, say

TEMPLATES = Path(__file__).with_name("templates")
DASH = "–"
MARKED = re.compile(r"`([^`]+)`|(?<![\w*])\*(\w(?:[^*`]*\w)?)\*(?![\w*])")
"""Stars inside of a word, as in k*k*C, are products."""


CELL: Bilingual = {"zh": "第 {cell} 个代码单元格：{what}", "en": "code cell {cell}: {what}"}
CELL_LINE: Bilingual = {"zh": "第 {cell} 个代码单元格第 {line} 行：{what}",
                        "en": "code cell {cell}, line {line}: {what}"}


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
        "percent": percent, "decimal": decimal, "points": plain, "inline": inline, "prose": prose,
        "formulas": formulas,
    }
    environment.globals |= {
        "t": lambda zh, en: zh if language == "zh" else en,
        "say": lambda word: say(word, language), "language": language,
        "percent": percent, "decimal": decimal,
    }
    return environment


def at_cell(error: CellError, language: Language) -> dict[str, str]:
    """An error of a cell in words: place and kind, the line of code, what Python says."""
    what = say("syntax error" if error.syntax else error.why or "raised an error", language)
    where = (CELL_LINE if error.line else CELL)[language]
    return {"where": where.format(cell=error.cell, line=error.line, what=what),
            "source": error.source, "why": error.why if error.syntax else ""}


def percent(share: float) -> str:
    """A share as a whole percentage; a dash for NaN."""
    return DASH if share != share else f"{100 * share:.0f}%"


def decimal(value: float) -> str:
    """Two decimals with a real minus sign; a dash for NaN."""
    return DASH if value != value else f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def inline(text: str) -> Markup:
    """One line of text of the bank, with `code` between backticks and *stress* between stars."""
    return Markup(MARKED.sub(
        lambda m: f"<code>{m[1]}</code>" if m[1] else f"<em>{m[2]}</em>", str(escape(text))))


FORMULA = re.compile(r"\$([^$\n]+)\$")


def formulas(text: str) -> Markup:
    """The same with formulas between dollars as MathML, which browsers draw by themselves."""
    parts = FORMULA.split(text)
    return Markup("").join(_mathml(part) if number % 2 else inline(part.replace("**", ""))
                           for number, part in enumerate(parts))


def _mathml(latex: str) -> Markup:
    try:
        return Markup(convert(latex))
    except Exception:  # a formula that cannot be converted is shown as it was written
        return Markup("<code>{}</code>").format(latex)


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


STYLE: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "gradebook", "font.family": "sans-serif",
    "font.size": 11, "hatch.linewidth": 0.6,
}
WIDTH = 10
"""Width of a bar in percent of the maximum."""
HEADROOM = 1.2
"""Height of the axes in highest bars: the number above the bar needs room."""


def score_counts(percent: Array) -> tuple[Array, Array]:
    """Borders of the bars (bars + 1,), in percent of the maximum, and students in each (bars,).

    Full marks belong to the last bar; scores above the maximum, from bonus points, get their own.
    """
    top = max(100.0, WIDTH * float(np.ceil(percent.max() / WIDTH))) if len(percent) else 100.0
    counts, borders = np.histogram(percent, bins=np.arange(0, top + 1, WIDTH))
    return borders.astype(float), counts.astype(float)


def score_histogram(percent: Array) -> Markup:
    """Histogram of scores in percent with a dashed line at the median; the same bytes each time."""
    borders, counts = score_counts(percent)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.8, 2.0), layout="constrained")
        axes = figure.add_subplot()
        bars = axes.bar(borders[:-1], counts, width=WIDTH, align="edge", color="#dbe6f0",
                        edgecolor="#1f3a5f", hatch="///")
        labels = axes.bar_label(bars, [f"{int(n)}" if n else "" for n in counts], padding=2)
        for label in labels:
            label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})
        axes.axvline(float(np.median(percent)), color="black", linestyle="--", linewidth=1.5,
                     ymax=1 / HEADROOM)
        axes.set_xlim(borders[0], borders[-1])
        axes.set_ylim(0, max(counts.max() * HEADROOM, 1))
        axes.set_xticks(borders)
        axes.set_yticks([])
        for side in ("left", "right", "top"):
            axes.spines[side].set_visible(False)
        return _svg(figure)


def _svg(figure: Figure) -> Markup:
    """The drawing as an element for a page: no XML header, no metadata, no size of its own."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    width, height = (float(n) * 72 for n in figure.get_size_inches())
    body = text[text.index("</metadata>") + len("</metadata>") :]
    return Markup(
        f'<svg viewBox="0 0 {width:g} {height:g}" aria-hidden="true" focusable="false">{body}'
    )
