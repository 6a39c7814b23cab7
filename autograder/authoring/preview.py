"""`homework preview`: one question as students will see it, as an HTML file.

Formulas are MathML, which browsers draw by themselves: nothing is fetched.
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterator
from pathlib import Path

from latex2mathml.converter import convert
from markdown_it import MarkdownIt

from autograder.authoring.homework import Part, Question, load_homework, stub_cell
from autograder.authoring.notebook_builder import write_built
from autograder.authoring.student_notebook import prompt_with_heading
from autograder.errors import UserError
from autograder.grading.notebook import ANSWER_HERE

LOOK_SECONDS = 0.5
MATH = re.compile(r"(```.*?```|`[^`\n]*`)|\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.DOTALL)
"""Code, in which a dollar is a dollar; a formula of its own; a formula in a line."""

PAGE = """\
<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ max-width: 46em; margin: 2em auto; padding: 0 1em; font: 16px/1.55 sans-serif; }}
pre {{ background: #f4f4f4; padding: .8em 1em; overflow-x: auto; }}
code {{ font-family: monospace; }}
table {{ border-collapse: collapse; }} th, td {{ border: 1px solid #ccc; padding: .2em .6em; }}
blockquote {{ border-left: 4px solid #bbb; margin-left: 0; padding-left: 1em; }}
.cell {{ border-left: 4px solid #88a; }}
</style></head><body>
{body}
</body></html>
"""


def write_preview(
    homework: str, question: str, root: Path, language: str | None = None, out: Path | None = None
) -> Path:
    """Write the page of the question, by default below build/preview/; raises UserError."""
    loaded = load_homework(homework, root, [question])
    language = language or loaded.languages[0]
    if language not in loaded.languages:
        raise UserError("--lang", " or ".join(loaded.languages), language,
                        f"choose a language of {homework}")
    [part] = loaded.parts
    path = out or root / "build" / "preview" / f"{part.name}.{language}.html"
    write_built(path, preview(part, language).encode())
    return path


def watched(
    homework: str, question: str, root: Path, language: str | None, out: Path | None
) -> Iterator[Path | UserError]:
    """The page, or what is wrong with it, whenever a page of the homework has changed."""
    before = _times(homework, root)
    while True:
        time.sleep(LOOK_SECONDS)
        if (now := _times(homework, root)) != before:
            before = now
            try:
                yield write_preview(homework, question, root, language, out)
            except UserError as error:  # a page that is being written
                yield error


def _times(homework: str, root: Path) -> list[tuple[str, int]]:
    pages = (root / "assignments" / homework).glob("*.*")
    return sorted((page.name, page.stat().st_mtime_ns) for page in pages)


def preview(part: Part, language: str) -> str:
    """The question as a page: its prompt, and the cell that the student fills in."""
    body = rendered(prompt_with_heading(part, language))
    if isinstance(part, Question):
        check = f'grader.check("{part.name}")'
        for source in (stub_cell(part, language), check):
            body += f'<pre class="cell"><code>{html.escape(source)}</code></pre>\n'
    else:
        body += rendered(ANSWER_HERE[language])
    return PAGE.format(language=language, title=html.escape(part.title[language]), body=body)


def rendered(markdown: str) -> str:
    """Markdown with LaTeX formulas as HTML with MathML."""
    formulas: list[str] = []

    def keep(match: re.Match[str]) -> str:
        if match[1]:
            return match[1]
        formulas.append(_formula(match[2] or match[3], block=match[2] is not None))
        return f"\N{OBJECT REPLACEMENT CHARACTER}{len(formulas) - 1};"

    text = MarkdownIt("commonmark").enable("table").render(MATH.sub(keep, markdown))
    return re.sub("\N{OBJECT REPLACEMENT CHARACTER}(\\d+);", lambda m: formulas[int(m[1])], text)


def _formula(latex: str, *, block: bool) -> str:
    try:
        return convert(latex, display="block" if block else "inline")
    except Exception:  # a formula that it cannot read is shown as it was written
        return f"<code>{html.escape(latex)}</code>"
