"""`homework build`: from pages to notebooks and an autograder.zip, with Otter's own tools.

Otter Assign makes the student and solution notebooks of each language, Otter Generate the zip. What
they leave to chance (cell ids, times, the order in the zip) is settled here, so that the same
pages give the same bytes.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from otter.assign import main as otter_assign
from otter.generate import main as otter_generate

from autograder.authoring.evaluate import Measured, measure_bank
from autograder.authoring.homework import (
    LANGUAGES,
    Homework,
    Question,
    answer_cell,
    load_homework,
    setup_cell,
    stub_cell,
)
from autograder.authoring.otter_test_file import guarded, test_file
from autograder.authoring.page_parser import CHINESE, Text
from autograder.diagnosis.bank import RECORDS_FILE, bank_to_json
from autograder.errors import UserError, for_each
from autograder.grading.notebook import IGNORED_TAG
from autograder.model import HOMEWORK_FILE, Bilingual, HomeworkDescription, QuestionDescription

# The cell that makes a student notebook work on Google Colab.
#
# Otter reads public checks from the notebook's metadata, but not on Colab, where the notebook is no
# file: there it wants test files. This cell, which does nothing elsewhere, fetches the notebook
# from Colab and writes both files.

NOTE = Text(
    zh="# 只在 Google Colab 上起作用：安装 Otter，并取出公开检查。在别处运行也无妨。",
    en="# For Google Colab: installs Otter and unpacks the public checks. Harmless elsewhere.",
)

CELL = """\
{note}
import sys

if "google.colab" in sys.modules:
    import json
    import subprocess
    from pathlib import Path

    from google.colab import _message

    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "otter-grader>=7,<8"], check=True)
    notebook = _message.blocking_request("get_ipynb")["ipynb"]
    Path("{file}").write_text(json.dumps(notebook), encoding="utf-8")
    Path("tests").mkdir(exist_ok=True)
    for question, checks in notebook["metadata"]["otter"]["tests"].items():
        Path("tests", question + ".py").write_text(checks, encoding="utf-8")"""


def colab_cell(file: str, language: str) -> str:
    """The cell for the notebook called `file`."""
    return CELL.format(note=NOTE[language], file=file)


# Finds lines of answers, hidden checks and mistakes in a text that students may read.

SHORTEST = 16
"""Shorter lines (`return x`, `z = W @ X`) are too common to tell anything. In bytes of UTF-8: a
Chinese character says as much as three letters."""

TELLING = 20
"""A line as long as this is found inside other lines too: commented out, wrapped, indented."""


def find_leaks(homework: Homework, text: str) -> list[str]:
    """Each secret line that stands in `text` (a notebook or plain), with the page it is from."""
    lines = list(_lines(text))
    shown, whole = _forms(lines), "".join(_squeeze(line) for line in lines)
    public = _public_forms(homework)
    return [
        f"{question.secret_page.name}: {line.strip()!r}"
        for question, line in secret_lines(homework)
        if any(form in shown or (_bytes(form) >= TELLING and form in whole)
               for form in _forms([line]) | _quoted([line]) - public)
    ]


def secret_lines(homework: Homework) -> list[tuple[Question, str]]:
    """The telling lines of the secret pages: those that no public page holds as code."""
    public = _public_forms(homework)
    return [
        (question, line)
        for question in homework.questions
        for line in question.secret_page.read_text(encoding="utf-8").split("\n")
        if (forms := _forms([line])) and not forms & public
        and not line.lstrip().startswith(("import ", "from "))
    ]


def _public_forms(homework: Homework) -> set[str]:
    lines = homework.setup.split("\n")
    for question in homework.questions:
        texts = [piece.text for piece in question.stub]
        for check in question.checks:
            texts += [] if check.hidden else [check.text, check.message.zh, check.message.en]
        lines += "\n".join([*texts, *question.pictures]).split("\n")
    return _forms(lines) | _quoted(lines)


def _forms(lines: Iterable[str]) -> set[str]:
    """What the lines may look like after Otter's tools: squeezed, with and without a comment."""
    return _telling(form for line in lines for form in (line, re.sub(r"#.*", "", line)))


def _quoted(lines: Iterable[str]) -> set[str]:
    """The texts of lines that are one text in quotes, such as the message of a check."""
    matches = (re.fullmatch(r"""\s*(\w+=)?(["'])(.+)\2,?\s*""", line) for line in lines)
    return _telling(match[3] for match in matches if match)


def _telling(texts: Iterable[str]) -> set[str]:
    return {form for form in map(_squeeze, texts) if _bytes(form) >= SHORTEST}


def _bytes(text: str) -> int:
    return len(text.encode(errors="replace"))


def _squeeze(text: str) -> str:
    """Without the mark of Chinese, and white space and kinds of quotes, which Otter changes."""
    return re.sub(r"[\s\"']+|" + CHINESE, "", text)


def _lines(text: str) -> list[str]:
    """The lines of a text, or of every string in a JSON document."""
    try:
        queue = [json.loads(text)]
    except ValueError:
        return text.split("\n")
    lines: list[str] = []
    while queue:
        item = queue.pop()
        if isinstance(item, str):
            lines += item.split("\n")
        elif isinstance(item, dict):
            queue += [*item, *item.values()]
        elif isinstance(item, list):
            queue += item
    return lines


# Writes the Otter Assign master notebook of a homework in one language.
#
# Otter Assign makes the student's notebook and the solution notebook of it. The hidden checks are
# not in it at all, so that no setting and no bug of any tool can leave one in a student's notebook.

HEADING = Text(
    zh="## {number}. {title}（{points} 分）", en="## {number}. {title} ({points} points)"
)
FOR_THE_TEACHER = Text(zh="**给教师**", en="**For the teacher**")
SUBMIT = Text(
    zh="## 提交\n\n先保存笔记本，再运行下面这一格，得到一个 zip 文件，把它交上去；"
    "直接交 `.ipynb` 文件也可以。",
    en="## Hand in\n\nSave the notebook, run the cell below, and hand in the zip file it makes; "
    "the `.ipynb` file itself will do as well.",
)
EXPORT = "grader.export(pdf=False)"


@dataclass
class Cells:
    """The cells of a notebook, each with an id that tells what it is."""

    cells: list[NotebookNode] = field(default_factory=list)

    def markdown(self, name: str, source: str) -> None:
        self.cells.append(new_markdown_cell(source, id=name))

    def code(self, name: str, source: str, *, ignored: bool = False) -> None:
        metadata = {"tags": [IGNORED_TAG]} if ignored else {}
        self.cells.append(new_code_cell(source, id=name, metadata=metadata))

    def raw(self, source: str) -> None:
        self.cells.append(new_raw_cell(source))


def master_notebook(homework: Homework, language: str) -> NotebookNode:
    """The master notebook; prompts, stubs and messages are in `language`."""
    cells = Cells()
    config = {
        "name": homework.name, "generate": False, "export_cell": False, "run_tests": False,
        "tests": {"ok_format": False},
    }
    cells.raw(f"# ASSIGNMENT CONFIG\n{json.dumps(config)}")
    cells.markdown("title", f"# {homework.title[language]}\n\n{homework.intro[language]}")
    cells.code("colab", colab_cell(f"{homework.name}.{language}.ipynb", language))
    cells.code("setup", setup_cell(homework, language))
    for question in homework.questions:
        _question(cells, question, language)
    cells.markdown("submit", SUBMIT[language])
    cells.code("export", EXPORT, ignored=True)
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "homework": {"name": homework.name, "language": language},
    }
    notebook: NotebookNode = new_notebook(cells=cells.cells, metadata=metadata)
    nbformat.validate(notebook)
    return notebook


def _question(cells: Cells, question: Question, language: str) -> None:
    short = question.name.split("_")[0]
    cells.raw(f"# BEGIN QUESTION\nname: {question.name}\npoints: {question.points}")
    cells.markdown(f"{short}-prompt", _prompt(question, language))
    cells.raw("# BEGIN SOLUTION")
    cells.code(f"{short}-answer", _answer_and_stub(question, language))
    cells.markdown(
        f"{short}-teacher", f"{FOR_THE_TEACHER[language]}\n\n{question.notes[language]}"
    )
    for number, proof in enumerate(question.proofs):
        source = f"# {proof.name.replace('_', ' ')}\n{proof.body}"
        cells.code(f"{short}-proof-{number}", _solution_only(source), ignored=True)
    cells.raw("# END SOLUTION")
    cells.raw("# BEGIN TESTS")
    for check in question.checks:
        if not check.hidden:
            cells.code(f"{short}-{check.name}", _public_check(question, check.name, language))
    cells.raw("# END TESTS")
    cells.raw("# END QUESTION")
    for number, picture in enumerate(question.pictures):
        cells.code(f"{short}-see-{number}", picture, ignored=True)


def _prompt(question: Question, language: str) -> str:
    number = question.name.split("_")[0].lstrip("q").lstrip("0") or "0"
    heading = HEADING[language].format(
        number=number, title=question.title[language], points=f"{question.points:g}"
    )
    return f"{heading}\n\n{question.prompt[language]}"


def _answer_and_stub(question: Question, language: str) -> str:
    stub = stub_cell(question, language)
    quotes = "'''" if "'''" not in stub else '"""'
    return (
        f"{_solution_only(answer_cell(question, language=language))}\n"
        f"{quotes} # BEGIN PROMPT\n{stub}\n{quotes}; # END PROMPT"
    )


def _solution_only(source: str) -> str:
    """Marked for Otter Assign, which strips no solution block without these markers."""
    return f"# BEGIN SOLUTION NO PROMPT\n{source}\n# END SOLUTION"


def _public_check(question: Question, name: str, language: str) -> str:
    check = next(c for c in question.checks if c.name == name)
    message = json.dumps(check.message[language], ensure_ascii=False)[1:-1]
    config = {
        "points": check.points, "hidden": False,
        "failure_message": message,  # goes between double quotes in the generated test file
    }
    body = guarded(check, language, imports=question.public_imports)
    return (
        f'""" # BEGIN TEST CONFIG\n{json.dumps(config, ensure_ascii=False)}\n'
        f'""" # END TEST CONFIG\n{body}'
    )


EPOCH = (1980, 1, 1, 0, 0, 0)
NUMPY = "numpy>=2"


def build_homework(name: str, root: Path, out: Path) -> list[Path]:
    """Build homework `name` into `out` and return what was written.

    Raises UserError when a page cannot be read or a student notebook would give something away.
    """
    _refuse_the_pages(root.resolve(), out.resolve())
    homework = load_homework(name, root)
    files = {"autograder.zip": autograder_zip(homework)} | notebooks(homework)
    for path, data in files.items():
        try:
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            (out / path).write_bytes(data)
        except OSError as error:
            raise UserError(str(out / path), "a place to write to", str(error.strerror),
                            "choose another --out") from None
    return [out / path for path in files]


def _refuse_the_pages(root: Path, out: Path) -> None:
    """The zip holds the hidden checks, and assignments/ may be published as it is."""
    pages = root / "assignments", root / "solutions"
    if out in (root, *root.parents) or any(out.is_relative_to(folder) for folder in pages):
        raise UserError(str(out), "a folder for what is built", "a folder of the pages",
                        "choose another --out")


def notebooks(homework: Homework) -> dict[str, bytes]:
    """The notebooks of both languages, by their path below --out.

    Raises UserError when a student notebook would give something away.
    """
    files: dict[str, bytes] = {}
    for language in LANGUAGES:
        name = f"{homework.name}.{language}.ipynb"
        with tempfile.TemporaryDirectory() as folder:
            student, solution = _assigned(homework, language, Path(folder))
        _refuse_leaks(homework, student, name)
        files[f"student/{name}"] = _notebook_bytes(student)
        files[f"solutions/{name}"] = _notebook_bytes(solution)
    return files


def describe(homework: Homework) -> tuple[HomeworkDescription, dict[str, Any]]:
    """The homework as data, and by question what the bank answers.

    Measures which checks each mistake fails, and how its answers differ from the right ones.
    """
    found = for_each(homework.questions, lambda each: measure_bank(each, homework.setup))
    pairs = list(zip(homework.questions, found, strict=True))
    return {
        "name": homework.name, "title": _both(homework.title),
        "questions": [_describe(question, measured) for question, measured in pairs],
    }, {question.name: bank_to_json(measured.bank(question)) for question, measured in pairs}


def _describe(question: Question, measured: Measured) -> QuestionDescription:
    return {
        "name": question.name, "title": _both(question.title), "points": question.points,
        "checks": [
            {"name": c.name, "points": c.points, "hidden": c.hidden, "message": _both(c.message)}
            for c in question.checks
        ],
        "mistakes": [
            {"name": m.name, "belief": _both(m.belief or Text("", "")),
             "caught_by": m.caught_by or "", "fails": list(measured.mistakes[m.name])}
            for m in question.mistakes if m.name == m.mistake
        ],
        "notes": _both(question.notes),
        "proof": question.proofs[0].body if question.proofs else "",
    }


def _both(text: Text) -> Bilingual:
    return {"zh": text.zh, "en": text.en}


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
    for cell in solution.cells:
        cell.source = _without_markers(cell.source)
    return _settled(student), _settled(solution)


def _without_markers(source: str) -> str:
    """An answer as a teacher wants to read it: without the stub and Otter Assign's markers."""
    source = re.sub(r"\n(['\"]{3}) # BEGIN PROMPT\n.*?\n\1; # END PROMPT", "", source, flags=re.S)
    return re.sub(r"^# (BEGIN SOLUTION NO PROMPT|END SOLUTION)\n?", "", source, flags=re.M).strip()


def _settled(notebook: NotebookNode) -> NotebookNode:
    """Drop emptied cells and give those that Otter made an id that is always the same."""
    notebook.cells = [
        cell for cell in notebook.cells
        if cell.source.strip() or cell.cell_type != "code"
    ]
    before_otter = [cell for cell in notebook.cells if cell.get("id") in ("title", "colab")]
    notebook.cells = before_otter + [c for c in notebook.cells if c not in before_otter]
    for cell in notebook.cells:
        if match := re.fullmatch(r'grader\.check\("(q\d+)_?.*"\)', cell.source):
            cell.id = f"{match[1]}-check"
        elif "otter.Notebook(" in cell.source:
            cell.id = "otter"
    return notebook


def _notebook_bytes(notebook: NotebookNode) -> bytes:
    text: str = nbformat.writes(notebook)
    return (text.rstrip() + "\n").encode()


def autograder_zip(homework: Homework) -> bytes:
    """The zip by Otter Generate, with the description added and its members in a fixed order."""
    with tempfile.TemporaryDirectory() as folder:
        tests, requirements = Path(folder, "tests"), Path(folder, "requirements.txt")
        tests.mkdir()
        requirements.write_text(f"{NUMPY}\n")
        for question in homework.questions:
            (tests / f"{question.name}.py").write_text(test_file(question), encoding="utf-8")
        made = Path(folder, "autograder.zip")
        with _quiet():
            otter_generate(tests_dir=str(tests), output_path=str(made), no_config=True,
                           requirements=str(requirements), no_environment=True)
        with zipfile.ZipFile(made) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    description, bank = describe(homework)
    return _zip_bytes(members | {
        HOMEWORK_FILE: json.dumps(description, ensure_ascii=False, indent=1).encode(),
        RECORDS_FILE: json.dumps(bank, ensure_ascii=False, separators=(",", ":")).encode(),
    })


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
            name, "a student notebook without a line of an answer, a hidden check or a mistake",
            "; ".join(leaks[:5]), "take the line out of the public page",
        )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Otter Assign logs and prints a summary; here only our own words are shown."""
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(logging.NOTSET)
