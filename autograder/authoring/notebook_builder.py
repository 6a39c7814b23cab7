"""`homework build` and `homework preview`: notebooks, the autograder.zip, one question as HTML.

Otter Assign makes the student and solution notebooks of each language, Otter Generate the zip. What
they leave to chance (cell ids, times, the order in the zip) is fixed here, so that the same pages
give the same bytes.

A preview shows a question as students will see it. Formulas are MathML, which browsers draw by
themselves: nothing is fetched.
"""

from __future__ import annotations

import contextlib
import hashlib
import html
import io
import json
import logging
import re
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from otter.assign import main as otter_assign
from otter.generate import main as otter_generate

from autograder.authoring.check import pages_digest
from autograder.authoring.description import describe
from autograder.authoring.homework import Homework, Part, Question, load_homework, question_names
from autograder.authoring.lint import find_leaks
from autograder.authoring.otter_test_file import test_file
from autograder.authoring.settings import selected
from autograder.authoring.student_notebook import (
    OTTER,
    master_notebook,
    model_answer,
    prompt_with_heading,
    short_name,
    stub_cell,
)
from autograder.diagnosis.bank import RECORDS_FILE
from autograder.errors import UserError
from autograder.grading.notebook import ANSWER_HERE
from autograder.language import _
from autograder.model import (
    HOMEWORK_FILE,
)
from autograder.otter.zip_reader import CONFIG_FILE, SUPPORT

EPOCH = (1980, 1, 1, 0, 0, 0)
NUMPY = "numpy>=2"
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


def build_homework(
    name: str, root: Path, out: Path, selection: Sequence[str] = ()
) -> list[Path]:
    """Build homework `name`, or a selection of its questions, into `out`; return the files.

    Raises UserError when a page cannot be read or a student notebook would give something away.
    """
    _refuse_the_pages(root.resolve(), out.resolve())
    homework = load_homework(name, root, selection)
    files = {"autograder.zip": autograder_zip(homework)} | notebooks(homework)
    for folder in ("student", "solutions"):
        files |= {f"{folder}/{file}": data for file, data in support_files(homework).items()}
    for path, data in files.items():
        write_built(out / path, data)
    return [out / path for path in files]


def built_zip(name: str, root: Path, out: Path) -> Path:
    """The autograder.zip in `out`, built only if a page has changed since; no notebooks."""
    path, note = out / "autograder.zip", out / ".built.json"
    digest = pages_digest(name, root)
    try:
        made = json.loads(note.read_text())
        if made == {"pages": digest, "zip": hashlib.sha256(path.read_bytes()).hexdigest()}:
            return path
    except (OSError, ValueError):
        pass
    _refuse_the_pages(root.resolve(), out.resolve())
    data = autograder_zip(load_homework(name, root))
    write_built(path, data)
    kept = {"pages": digest, "zip": hashlib.sha256(data).hexdigest()}
    write_built(note, json.dumps(kept).encode())
    return path


def write_built(path: Path, data: bytes) -> None:
    """Write the file whole or not at all; raises UserError."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            unfinished.write_bytes(data)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(
            str(path), _("a place to write to"), str(error.strerror),
            _("make room there, or choose another --out"),
        ) from None


def support_files(homework: Homework) -> dict[str, bytes]:
    """The files that students get beside the notebook, by path."""
    return {name: (homework.folder / name).read_bytes() for name in homework.settings.files}


def _refuse_the_pages(root: Path, out: Path) -> None:
    """The zip holds the hidden checks, and assignments/ may be published as it is."""
    pages = root / "assignments", root / "solutions"
    if out in (root, *root.parents) or any(out.is_relative_to(folder) for folder in pages):
        raise UserError(
            str(out), _("a folder for what is built"), _("a folder of the pages"),
            _("choose another --out"),
        )


def notebooks(homework: Homework) -> dict[str, bytes]:
    """The notebooks of each language, by their path below --out.

    Raises UserError when a student notebook would give something away.
    """
    files: dict[str, bytes] = {}
    for language in homework.languages:
        name = f"{homework.name}.{language}.ipynb"
        with tempfile.TemporaryDirectory() as folder:
            student, solution = _assigned(homework, language, Path(folder))
        _refuse_leaks(homework, student, name)
        files[f"student/{name}"] = _notebook_bytes(student)
        files[f"solutions/{name}"] = _notebook_bytes(solution)
    return files


def _assigned(
    homework: Homework, language: str, folder: Path
) -> tuple[NotebookNode, NotebookNode]:
    """The student and the solution notebook of one language, made by Otter Assign in `folder`."""
    master = folder / f"{homework.name}.{language}.ipynb"
    nbformat.write(master_notebook(homework, language), master)
    with _quiet():
        otter_assign(str(master), str(folder / "dist"), no_pdfs=True, no_run_tests=True)
    student, solution = (
        nbformat.read(folder / "dist" / kind / master.name, as_version=4)
        for kind in ("student", "autograder")
    )
    written = {f"{short_name(each)}-written": each for each in homework.written}
    for cell in solution.cells:
        cell.source = _without_markers(cell.source)
        if cell.get("id") in written:
            cell.source = model_answer(written[cell.id], language)
    return _settled(student), _settled(solution)


def _without_markers(source: str) -> str:
    """An answer for the solution notebook: without the stub and Otter Assign's markers."""
    source = re.sub(r"\n(['\"]{3}) # BEGIN PROMPT\n.*?\n\1; # END PROMPT", "", source, flags=re.S)
    return re.sub(r"^# (BEGIN SOLUTION NO PROMPT|END SOLUTION)\n?", "", source, flags=re.M).strip()


def _settled(notebook: NotebookNode) -> NotebookNode:
    """Drop emptied cells and give those that Otter made an id that is always the same."""
    notebook.cells = [
        cell for cell in notebook.cells
        if cell.source.strip() or cell.cell_type != "code"
    ]
    first = ("title", "student", "start")
    before_otter = [cell for cell in notebook.cells if cell.get("id") in first]
    notebook.cells = before_otter + [c for c in notebook.cells if c not in before_otter]
    for cell in notebook.cells:
        if match := re.fullmatch(r'grader\.check\("(q\d+)_?.*"\)', cell.source):
            cell.id = f"{match[1]}-check"
        elif "otter.Notebook(" in cell.source:
            cell.id, cell.source = "otter", OTTER
    return notebook


def _notebook_bytes(notebook: NotebookNode) -> bytes:
    text: str = nbformat.writes(notebook)
    return (text.rstrip() + "\n").encode()


def autograder_zip(homework: Homework) -> bytes:
    """The zip by Otter Generate, with the description added and its members in a fixed order."""
    with tempfile.TemporaryDirectory() as folder:
        tests, requirements = Path(folder, "tests"), Path(folder, "requirements.txt")
        config = Path(folder, CONFIG_FILE)
        tests.mkdir()
        requirements.write_text("\n".join([NUMPY, *homework.settings.packages, ""]))
        config.write_text(json.dumps(otter_config(homework)))
        for question in homework.questions:
            (tests / f"{question.name}.py").write_text(test_file(question), encoding="utf-8")
        made = Path(folder, "autograder.zip")
        with _quiet():
            otter_generate(tests_dir=str(tests), output_path=str(made), config=str(config),
                           requirements=str(requirements), no_environment=True)
        with zipfile.ZipFile(made) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    files = support_files(homework)
    members |= {f"{SUPPORT}{name}": data for name, data in files.items()}
    description, bank = describe(homework, files)
    return _zip_bytes(members | {
        HOMEWORK_FILE: json.dumps(description, ensure_ascii=False, indent=1).encode(),
        RECORDS_FILE: json.dumps(bank, ensure_ascii=False, separators=(",", ":")).encode(),
    })


def otter_config(homework: Homework) -> dict[str, Any]:
    """The settings of homework.toml as settings of Otter.

    Otter knows two times for students to see hidden checks: after publication, or never. It has no
    "after the due date", and "visible" only for homeworks without hidden checks.
    """
    settings = homework.settings
    config: dict[str, Any] = {
        "show_hidden": settings.visibility in ("after_published", "visible"),
    }
    if settings.seed is not None:
        config["seed"] = settings.seed
    if settings.seed_variable is not None:
        config["seed_variable"] = settings.seed_variable
    return config


def _zip_bytes(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, members[name])
    return buffer.getvalue()


def _refuse_leaks(homework: Homework, notebook: NotebookNode, name: str) -> None:
    if leaks := find_leaks(homework, nbformat.writes(notebook)):
        raise UserError(
            name, _("a student notebook without a line of an answer, a hidden check or a mistake"),
            "; ".join(leaks[:5]), _("take the line out of the public page"),
        )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Suppress the log and the summary of Otter Assign."""
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(logging.NOTSET)


def write_preview(
    homework: str, question: str, root: Path, language: str | None = None, out: Path | None = None
) -> Path:
    """Write the page of the question, by default below build/preview/; raises UserError."""
    where = str(root / "assignments" / homework)
    chosen = selected(where, [question], question_names(homework, root))
    loaded = load_homework(homework, root, chosen)
    language = language or loaded.languages[0]
    if language not in loaded.languages:
        raise UserError(
            "--lang", " or ".join(loaded.languages), language,
            _("choose a language of {homework}").format(homework=homework),
        )
    [part] = loaded.parts
    path = out or root / "build" / "preview" / f"{part.name}.{language}.html"
    write_built(path, preview(part, language).encode())
    return path


def watched(
    homework: str, question: str, root: Path, language: str | None, out: Path | None
) -> Iterator[Path | UserError]:
    """Yield the HTML file, or the error, whenever a page of the homework has changed."""
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
    from markdown_it import MarkdownIt

    formulas: list[str] = []

    def keep(match: re.Match[str]) -> str:
        if match[1]:
            return match[1]
        formulas.append(_formula(match[2] or match[3], block=match[2] is not None))
        return f"\N{OBJECT REPLACEMENT CHARACTER}{len(formulas) - 1};"

    text = MarkdownIt("commonmark").enable("table").render(MATH.sub(keep, markdown))
    return re.sub("\N{OBJECT REPLACEMENT CHARACTER}(\\d+);", lambda m: formulas[int(m[1])], text)


def _formula(latex: str, *, block: bool) -> str:
    from latex2mathml.converter import convert

    try:
        return convert(latex, display="block" if block else "inline")
    except Exception:  # a formula that cannot be converted is shown as it was written
        return f"<code>{html.escape(latex)}</code>"
