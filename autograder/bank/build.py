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
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from otter.assign import main as otter_assign
from otter.generate import main as otter_generate

from autograder.bank.cells import answer_cell
from autograder.bank.faults import every
from autograder.bank.homework import LANGUAGES, Homework, Question, load_homework
from autograder.bank.leaks import find_leaks
from autograder.bank.master import master_notebook
from autograder.bank.measure import failures, load_checks
from autograder.bank.pagefile import Text
from autograder.bank.testfile import test_file
from autograder.description import FILE, Bilingual, HomeworkDescription, QuestionDescription
from autograder.errors import UserError

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


def describe(homework: Homework) -> HomeworkDescription:
    """The homework as data; measures which checks each mistake fails."""
    questions = every(homework.questions, lambda each: _describe(each, homework.setup))
    return {"name": homework.name, "title": _both(homework.title), "questions": questions}


def _describe(question: Question, setup: str) -> QuestionDescription:
    checks = load_checks(question)
    failed = every(
        question.mistakes,
        lambda mistake: failures(checks, setup, answer_cell(question, mistake), mistake.where),
    )
    return {
        "name": question.name, "title": _both(question.title), "points": question.points,
        "checks": [
            {"name": c.name, "points": c.points, "hidden": c.hidden, "message": _both(c.message)}
            for c in question.checks
        ],
        "mistakes": [
            {"name": m.name, "belief": _both(m.belief or Text("", "")),
             "caught_by": m.caught_by or "", "fails": list(fails)}
            for m, fails in zip(question.mistakes, failed, strict=True)
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
    description = json.dumps(describe(homework), ensure_ascii=False, indent=1)
    return _zip_bytes(members | {FILE: description.encode()})


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
