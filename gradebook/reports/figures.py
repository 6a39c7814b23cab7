"""The one figure of the report, as inline SVG.

A figure holds numbers only, so that it needs no Chinese font; its words stand in the page.
"""

from __future__ import annotations

import io
from typing import Any

import matplotlib as mpl
import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

from gradebook.statistics.intervals import Array

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
