"""What `homework build` and `homework preview` write: notebooks, the autograder.zip, HTML.

Otter Assign makes the student and solution notebooks of each language, Otter Generate the zip. What
they leave to chance (cell ids, times, the order in the zip) is fixed here, so that the same pages
give the same bytes.

The zip holds homework.json too, the homework as data for the grader, the report and the feedback.
It has the contents of the pages, so that a report can name the part of the prompt that a failed
check belongs to, and can run a proof where it is shown. It is as secret as the hidden checks.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import io
import json
import logging
import re
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from otter.assign import main as otter_assign
from otter.generate import main as otter_generate

from autograder.authoring.check import pages_digest
from autograder.authoring.evaluate import record_bank
from autograder.authoring.homework import Homework, Question, load_homework, question_names
from autograder.authoring.lint import find_leaks
from autograder.authoring.otter_test_file import test_file
from autograder.authoring.page_parser import (
    Text,
    WrittenQuestion,
    as_prose,
    bound_names,
    localised,
    names_in,
    reach,
    split_languages,
)
from autograder.authoring.settings import modules_of, selected
from autograder.authoring.student_notebook import (
    OTTER,
    master_notebook,
    model_answer,
    preview,
    short_name,
)
from autograder.diagnosis.bank import RECORDS_FILE, bank_to_json
from autograder.errors import UserError, for_each
from autograder.language import _
from autograder.model import (
    HOMEWORK_FILE,
    Bilingual,
    FunctionDescription,
    HomeworkDescription,
    QuestionDescription,
    WrittenDescription,
)
from autograder.otter.zip_reader import CONFIG_FILE, SUPPORT, support_folder

EPOCH = (1980, 1, 1, 0, 0, 0)
NUMPY = "numpy>=2"
LOOK_SECONDS = 0.5
ITEM = re.compile(r"^- (.*(?:\n  .*)*)", re.M)
"""An item of a list of the prompt, which may go on over several lines."""
HEADING = re.compile(r"^(?:#+ +(.+)|\*\*([^*\n]+?)[.。：:]?\*\*\s*)$", re.M)
"""A heading, or a line in bold that is used as one."""


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


def describe(
    homework: Homework, files: Mapping[str, bytes]
) -> tuple[HomeworkDescription, dict[str, Any]]:
    """The homework as data, with the support `files`; and by question the answers of the bank.

    Runs the whole bank to record these answers.
    """
    with tempfile.TemporaryDirectory() as folder, support_folder(files, Path(folder)):
        banks = for_each(homework.questions, lambda each: record_bank(each, homework.setup))
    description: HomeworkDescription = {
        "name": homework.name, "title": _both(homework.title),
        "questions": [_describe(question) for question in homework.questions],
        "languages": list(homework.languages), "visibility": homework.settings.visibility,
    }
    if homework.written:
        description["written"] = [_describe_written(each) for each in homework.written]
    if homework.settings.packages:
        description["packages"] = list(homework.settings.packages)
        description["imports"] = modules_of(homework.settings.packages)
    if homework.settings.together:
        description["together"] = True
    names = (question.name for question in homework.questions)
    return description, dict(zip(names, map(bank_to_json, banks), strict=True))


def _describe_written(question: WrittenQuestion) -> WrittenDescription:
    return {
        "name": question.name, "title": _both(question.title), "points": question.points,
        "prompt": _both(question.prompt), "model_answer": _both(question.model_answer),
        "rubric": [
            {"points": line.points, "text": _both(line.text)} for line in question.rubric
        ],
    }


def _describe(question: Question) -> QuestionDescription:
    return {
        "name": question.name, "title": _both(question.title), "points": question.points,
        "checks": [
            {"name": c.name, "points": c.points, "hidden": c.hidden, "message": _both(c.message),
             "functions": [name for name in c.arguments if name in question.functions]}
            for c in question.checks
        ],
        "mistakes": [
            {"name": m.name, "belief": _both(m.belief or Text("", ""))}
            for m in question.mistakes if m.name == m.mistake
        ],
        "notes": _both(question.notes),
        "proof": question.proofs[0].body if question.proofs else "",
        "needs": proof_needs(question), "functions": functions_asked_for(question),
    }


def _both(text: Text) -> Bilingual:
    return {"zh": text.zh, "en": text.en}


def proof_needs(question: Question) -> Bilingual:
    """The code that the first proof uses: functions of the answer, and their imports."""
    if not question.proofs:
        return {"zh": "", "en": ""}
    proof = question.proofs[0].body
    pieces = reach([*question.given, *question.answer], names_in(proof))
    code = "\n\n".join(piece.text for piece in pieces)
    used = names_in(f"{code}\n{proof}")
    imports = [line for line in question.imports if used & set(bound_names(ast.parse(line).body[0]))
               and not line.startswith("from __future__")]
    needs = "\n\n".join(filter(None, ["\n".join(imports), code]))
    return {"zh": localised(needs, "zh"), "en": localised(needs, "en")}


def functions_asked_for(question: Question) -> list[FunctionDescription]:
    """The functions that students write, each with the words that ask for it."""
    stubs = {piece.name: piece.text for piece in question.stub}
    prompt, found = as_prose(question.prompt), list[FunctionDescription]()
    for name in question.functions:
        zh, en = _quote(prompt.zh, name), _quote(prompt.en, name)
        found.append({
            "name": name, "says": _both(as_prose(_docstring(stubs[name]))),
            "section": {"zh": zh[0], "en": en[0]}, "item": {"zh": zh[1], "en": en[1]},
        })
    return found


def _docstring(stub: str) -> Text:
    node = ast.parse(stub).body[0]
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return Text("", "")
    return split_languages(ast.get_docstring(node) or "")


def _quote(prompt: str, function: str) -> tuple[str, str]:
    """The item of a list of the prompt that begins with the function, and the heading above it."""
    call = re.compile(rf"(?:`[^`]*`\W+(?:and )?)*`{re.escape(function)}\b")
    for item in ITEM.finditer(prompt):
        if call.match(item[1]):
            above = list(HEADING.finditer(prompt, 0, item.start()))
            return (above[-1][1] or above[-1][2]) if above else "", " ".join(item[1].split())
    return "", ""
