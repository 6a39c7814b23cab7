"""Text of the bank on a page: marks become elements, everything else stays as it is written."""

from __future__ import annotations

import pytest

from gradebook.reports.pages import inline, prose


@pytest.mark.parametrize(("text", "shown"), [
    ("replace `*` by `@`", "replace <code>*</code> by <code>@</code>"),
    ("where one *steps*, not the", "where one <em>steps</em>, not the"),
    ("*all of it* counts", "<em>all of it</em> counts"),
    ("加上 *整行* 的和", "加上 <em>整行</em> 的和"),
    ("k*k*C and x1 * x2 * x3 and *args, **kw", "k*k*C and x1 * x2 * x3 and *args, **kw"),
    ("`a *b* c`", "<code>a *b* c</code>"),
    ("x < 0 *is* <b>", "x &lt; 0 <em>is</em> &lt;b&gt;"),
])
def test_marks_of_the_bank(text: str, shown: str) -> None:
    assert inline(text) == shown


def test_paragraphs_are_joined_as_their_language_does() -> None:
    assert prose("一行\n两行 a\nb\n\nnew\nline") == "<p>一行两行 a b</p>\n<p>new line</p>"
