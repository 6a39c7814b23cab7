"""What is built: the same bytes from the same pages, ordinary notebooks, an ordinary Otter zip."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from otter.nbmeta_config import NBMetadataConfig
from otter.test_files import create_test_file

from autograder.authoring.build import build_homework, notebooks
from autograder.authoring.homework import Homework, load_homework
from autograder.authoring.lint import find_leaks
from autograder.authoring.student_notebook import answer_cell, stub_cell
from autograder.errors import UserError
from tests.conftest import ROOT, Pages
from tests.sentences import pattern, sentence

BUILD = """
import sys, time
real = time.time
time.time = lambda: real() + 40_000_000  # more than a year later
from pathlib import Path
from autograder.authoring.build import build_homework
build_homework("toy", Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def student(build: Path, language: str) -> NotebookNode:
    notebook: NotebookNode = nbformat.read(
        build / "student" / f"toy.{language}.ipynb", as_version=4
    )
    return notebook


def cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    return {cell.id: cell for cell in notebook.cells}


def public_tests(notebook: NotebookNode) -> dict[str, str]:
    return dict(notebook.metadata["otter"]["tests"])


# The same pages give the same bytes


def test_the_same_pages_give_the_same_bytes(
    pages: Pages, toy_build: Path, tmp_path: Path
) -> None:
    """In another folder, at another time, in another time zone, with other hashes."""
    out = tmp_path / "elsewhere"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "1",
                   "TZ": "Asia/Shanghai"}
    subprocess.run([sys.executable, "-c", BUILD, str(pages.root), str(out)], check=True,
                   cwd=tmp_path, env=environment)
    written = sorted(path.relative_to(out) for path in out.rglob("*") if path.is_file())
    assert [str(path) for path in written] == [
        "autograder.zip", "solutions/toy.en.ipynb", "solutions/toy.zh.ipynb",
        "student/toy.en.ipynb", "student/toy.zh.ipynb",
    ]
    for path in written:
        assert (out / path).read_bytes() == (toy_build / path).read_bytes(), path


def test_other_pages_give_other_bytes(pages: Pages, toy: Homework) -> None:
    pages.edit(pages.public("q01_row_mean.en.md"), "Subtract from", "Take away from")
    before, after = notebooks(toy), notebooks(load_homework("toy", pages.root))
    assert {name for name in before if before[name] != after[name]} == {
        "student/toy.en.ipynb", "solutions/toy.en.ipynb",
    }


def test_a_second_build_changes_nothing(pages: Pages, tmp_path: Path) -> None:
    first = {p: p.read_bytes() for p in build_homework("toy", pages.root, tmp_path / "out")}
    again = {p: p.read_bytes() for p in build_homework("toy", pages.root, tmp_path / "out")}
    assert first == again


# The student's notebook


def test_a_student_notebook_is_valid_4_5(toy_build: Path, language: str) -> None:
    notebook = student(toy_build, language)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata["otter"]["assignment_name"] == "toy"
    assert notebook.metadata["homework"] == {"name": "toy", "language": language}
    assert not any(cell.get("outputs") for cell in notebook.cells)


def test_cells_have_names_and_their_order(toy_build: Path, language: str) -> None:
    ids = [cell.id for cell in student(toy_build, language).cells]
    assert ids == [
        "title", "student", "start", "otter", "setup",
        "q01-prompt", "q01-answer", "q01-check", "q01-see-0",
        "q02-prompt", "q02-answer", "q02-check", "q10-prompt", "q10-answer", "q10-check",
        "submit", "export",
    ]


def test_check_cells_name_their_question(toy: Homework, toy_build: Path, language: str) -> None:
    checks = [c.source for c in student(toy_build, language).cells if c.id.endswith("-check")]
    assert checks == [f'grader.check("{question.name}")' for question in toy.questions]


def test_the_answer_cell_is_the_stub(toy: Homework, toy_build: Path, language: str) -> None:
    named = cells(student(toy_build, language))
    for question in toy.questions:
        short = question.name.split("_")[0]
        assert named[f"{short}-answer"].source == stub_cell(question, language)


def test_pictures_and_the_export_are_ignored_by_otter(toy_build: Path, language: str) -> None:
    ignored = [
        cell.id for cell in student(toy_build, language).cells
        if "otter_ignore" in cell.metadata.get("tags", [])
    ]
    assert ignored == ["q01-see-0", "export"]


def test_the_notebook_carries_public_tests_only(
    toy: Homework, toy_build: Path, language: str
) -> None:
    tests = public_tests(student(toy_build, language))
    assert list(tests) == [question.name for question in toy.questions]
    for question in toy.questions:
        functions = [n.name for n in ast.parse(tests[question.name]).body
                     if isinstance(n, ast.FunctionDef)]
        assert functions == [check.name for check in question.checks if not check.hidden]
        assert "hidden=True" not in tests[question.name]


def test_public_tests_speak_the_notebooks_language(
    toy: Homework, toy_build: Path, language: str
) -> None:
    tests = public_tests(student(toy_build, language))
    other = "en" if language == "zh" else "zh"
    for question in toy.questions:
        public = [check for check in question.checks if not check.hidden]
        spoken = " ".join(
            n.value for n in ast.walk(ast.parse(tests[question.name]))
            if isinstance(n, ast.Constant) and isinstance(n.value, str)
        )
        assert all(check.message[language] in spoken for check in public)
        assert not any(check.message[other] in spoken for check in public)
        assert ("请先定义" in spoken, "first" in spoken) == (language == "zh", language == "en")


def test_the_student_sees_the_public_test_in_the_notebook(toy_build: Path, tmp_path: Path) -> None:
    """As `grader.check` reads it: by Otter, from the notebook."""
    path = toy_build / "student" / "toy.en.ipynb"
    config = NBMetadataConfig.from_notebook(nbformat.read(path, as_version=4))
    test = create_test_file(str(path), config, test_name="q01_row_mean")
    test.run({})
    assert [result.passed for result in test.test_case_results] == [False]
    assert "define row_mean first" in (test.test_case_results[0].message or "")


# The solution notebook


def test_a_solution_notebook_holds_answers_notes_and_proofs(
    toy: Homework, toy_build: Path, language: str
) -> None:
    notebook = nbformat.read(toy_build / "solutions" / f"toy.{language}.ipynb", as_version=4)
    nbformat.validate(notebook)
    named = cells(notebook)
    for question in toy.questions:
        short = question.name.split("_")[0]
        assert named[f"{short}-answer"].source == answer_cell(question, language=language)
        assert question.notes[language] in named[f"{short}-teacher"].source
        assert question.proofs[0].body in named[f"{short}-proof-0"].source
    assert not any(word in cell.source for cell in notebook.cells
                   for word in ("BEGIN SOLUTION", "END SOLUTION", "BEGIN PROMPT", "END PROMPT"))


def test_a_solution_notebook_runs(toy_build: Path, language: str) -> None:
    notebook = nbformat.read(toy_build / "solutions" / f"toy.{language}.ipynb", as_version=4)
    namespace: dict[str, object] = {}
    run = [cell for cell in notebook.cells if cell.cell_type == "code"
           and "grader" not in cell.source and "-see-" not in cell.id]
    assert len(run) == 1 + 3 + 3
    for cell in run:
        exec(cell.source, namespace)


# The zip


def test_the_zip_is_an_ordinary_otter_autograder(toy_build: Path) -> None:
    with zipfile.ZipFile(toy_build / "autograder.zip") as archive:
        assert archive.namelist() == [
            "environment.yml", "homework.json", "otter_config.json", "records.json",
            "run_autograder", "run_otter.py", "setup.sh", "tests/q01_row_mean.py",
            "tests/q02_slope.py", "tests/q10_product.py",
        ]
        assert all(info.date_time == (1980, 1, 1, 0, 0, 0) for info in archive.infolist())
        assert json.loads(archive.read("otter_config.json")) == {"show_hidden": True}
        assert b"otter-grader" in archive.read("environment.yml")
        assert b"numpy>=2" in archive.read("environment.yml")
        assert archive.read("run_autograder").startswith(b"#!/bin/bash")
        assert archive.read("setup.sh").startswith(b"#!/usr/bin/env bash")


def test_otter_loads_the_tests_of_the_zip(
    toy: Homework, toy_build: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(toy_build / "autograder.zip") as archive:
        archive.extractall(tmp_path)
    for question in toy.questions:
        path = tmp_path / "tests" / f"{question.name}.py"
        test = create_test_file(str(path), NBMetadataConfig())
        assert (test.name, test.possible) == (question.name, question.points)
        assert [(case.name, case.hidden) for case in test.test_cases] == [
            (check.name, check.hidden) for check in question.checks
        ]


def test_the_description_names_questions_checks_and_beliefs(toy: Homework, toy_build: Path) -> None:
    with zipfile.ZipFile(toy_build / "autograder.zip") as archive:
        told = json.loads(archive.read("homework.json"))
    assert (told["name"], told["title"]) == ("toy", {"zh": "玩具作业", "en": "Toy homework"})
    for question, said in zip(toy.questions, told["questions"], strict=True):
        assert (said["name"], said["points"]) == (question.name, question.points)
        assert [check["name"] for check in said["checks"]] == [c.name for c in question.checks]
        mistakes = {mistake.mistake for mistake in question.mistakes}
        assert {entry["name"] for entry in said["mistakes"]} == mistakes
        assert all(entry["belief"]["zh"] and entry["belief"]["en"] for entry in said["mistakes"])


def test_nothing_built_names_this_machine(toy_build: Path) -> None:
    for path in toy_build.rglob("*"):
        parts = [path.read_bytes()] if path.is_file() else []
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                parts = [archive.read(name) for name in archive.namelist()]
        for data in parts:
            for word in (str(ROOT), str(toy_build.parent), os.uname().nodename):
                assert word.encode() not in data, (path, word)


# Refusals


@pytest.mark.parametrize(("page", "old", "new", "line"), [
    ("q01_row_mean.en.md", "**What to write**",
     "`return as_floats(X) - row_mean(X)`\n\n**What to write**",
     "return as_floats(X) - row_mean(X)"),
    ("q01_row_mean", '    """Return the mean',
     "    # return as_floats(X).mean(axis=1, keepdims=True)\n" '    """Return the mean',
     "return as_floats(X).mean(axis=1, keepdims=True)  # one mean for each feature"),
    ("q10_product", '"""A shape or the small example is off: 2',
     '"""dw is off: w acts on every entry, so what they contribute adds up. 2',
     '"""dw is off: w acts on every entry, so what they contribute adds up.'),
    ("q10_product", "中文：形状或小例子不对", "中文：dw 不对：w 影响每个分量，各处的贡献要加起来。",
     '中文：dw 不对：w 影响每个分量，各处的贡献要加起来。"""'),
    ("q02_slope", "    ...\n", "    # return (f(x + h) - f(x)) / h  is what many write\n    ...\n",
     "return (f(x + h) - f(x)) / h"),
])
def test_a_leak_is_refused_before_anything_is_written(
    pages: Pages, tmp_path: Path, page: str, old: str, new: str, line: str
) -> None:
    pages.edit(pages.public(page), old, new)
    with pytest.raises(UserError) as caught:
        build_homework("toy", pages.root, tmp_path / "out")
    error = caught.value
    assert error.where in ("toy.zh.ipynb", "toy.en.ipynb")
    assert error.expected == sentence("no-leak")
    assert f"{page.removesuffix('.en.md')}.py: {line!r}" in error.found
    assert error.remedy == sentence("take-line-out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("out", [".", "..", "assignments/toy", "solutions"])
def test_a_build_never_lands_among_the_pages(pages: Pages, out: str) -> None:
    with pytest.raises(UserError, match=pattern("folder-of-pages")):
        build_homework("toy", pages.root, pages.root / out)


def test_a_place_that_cannot_be_written_to(pages: Pages, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"file/autograder\.zip\n.*" + pattern("place-to-write")):
        build_homework("toy", pages.root, tmp_path / "file")


def test_a_page_whose_code_cannot_be_run(pages: Pages, tmp_path: Path) -> None:
    page = pages.secret("q10_product")
    pages.edit(page, '中文：写成了加法"""\n', '中文：写成了加法"""\n    undefined\n\n')
    with pytest.raises(UserError) as caught:
        build_homework("toy", pages.root, tmp_path / "out")
    assert caught.value.where == pages.line(page, "class added")


# hw3


def test_hw3_gives_nothing_away(
    hw3: Homework, hw3_notebooks: dict[str, bytes], language: str
) -> None:
    text = hw3_notebooks[f"student/hw3.{language}.ipynb"].decode()
    assert find_leaks(hw3, text) == []
    names = [check.name for question in hw3.questions for check in question.checks if check.hidden]
    assert not [name for name in names if f"def {name}(" in text]


def test_the_committed_notebooks_of_hw3_are_not_stale(
    hw3_notebooks: dict[str, bytes], language: str
) -> None:
    """After a change of a page, `make notebooks` makes them anew."""
    path = ROOT / "assignments" / "hw3" / f"hw3.{language}.ipynb"
    assert path.exists(), "run `make notebooks` and commit what it makes"
    built = nbformat.reads(hw3_notebooks[f"student/{path.name}"].decode(), as_version=4)
    assert as_every_python_has_it(nbformat.read(path, as_version=4)) == as_every_python_has_it(
        built
    ), "a page was changed: run `make notebooks` and commit what it makes"


def as_every_python_has_it(notebook: NotebookNode) -> NotebookNode:
    """Otter writes tests by `ast.unparse`, which differs between versions of Python."""
    tests = public_tests(notebook)
    notebook.metadata["otter"]["tests"] = {
        name: ast.dump(ast.parse(text)) for name, text in tests.items()
    }
    return notebook
