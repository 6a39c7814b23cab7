"""The first cell of code finds the public checks: under any file name, and on Google Colab."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import types
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.authoring.homework import Homework
from autograder.authoring.settings import Settings
from autograder.authoring.student_notebook import start_cell


def run(homework: Homework, language: str = "en", **names: object) -> Any:
    """The notebook that the cell finds."""
    exec(start_cell(homework, language), names)
    return names["notebook_file"]


@pytest.fixture
def folder(toy_build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with both student notebooks, renamed."""
    shutil.copy(toy_build / "student" / "toy.en.ipynb", tmp_path / "toy (1).ipynb")
    shutil.copy(toy_build / "student" / "toy.zh.ipynb", tmp_path / "作业.ipynb")
    (tmp_path / "other.ipynb").write_text('{"metadata": {}}')
    (tmp_path / "broken.ipynb").write_text("{")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    return tmp_path


def test_finds_the_notebook_of_its_language_under_any_name(toy: Homework, folder: Path) -> None:
    assert run(toy, "en") == "toy (1).ipynb"
    assert run(toy, "zh") == "作业.ipynb"


def test_of_two_copies_the_one_saved_last(toy: Homework, folder: Path) -> None:
    shutil.copy(folder / "toy (1).ipynb", folder / "copy.ipynb")
    os.utime(folder / "copy.ipynb", (1, 1))
    assert run(toy) == "toy (1).ipynb"
    os.utime(folder / "toy (1).ipynb", (0, 0))
    assert run(toy) == "copy.ipynb"


def test_jupyter_and_vs_code_say_which_file_they_run(
    toy: Homework, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "work").mkdir()
    mine = shutil.copy(folder / "toy (1).ipynb", folder / "work" / "mine.ipynb")
    assert run(toy, __vsc_ipynb_file__=str(mine)) == str(mine)
    monkeypatch.setenv("JPY_SESSION_NAME", str(mine))
    assert run(toy) == str(mine)
    monkeypatch.setenv("JPY_SESSION_NAME", str(folder / "before it was renamed.ipynb"))
    assert run(toy) == "toy (1).ipynb"


def test_a_file_that_is_not_there_is_said_in_the_students_language(
    toy: Homework, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(toy, "zh") is None
    assert capsys.readouterr().out.startswith("没有找到这个笔记本的文件")
    assert list(tmp_path.iterdir()) == []


def test_files_that_were_not_brought_along_are_named(
    toy: Homework, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    homework = replace(toy, settings=Settings(files=("other.ipynb", "sales.csv")))
    run(homework)
    assert capsys.readouterr().out == "These files are missing; put them here: sales.csv\n"


def test_a_renamed_notebook_checks_under_a_real_kernel(folder: Path) -> None:
    notebook = nbformat.read(folder / "toy (1).ipynb", as_version=4)
    wanted = ("start", "otter", "setup", "q01-answer", "q01-check")
    notebook.cells = [cell for cell in notebook.cells if cell.id in wanted]
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    [output] = notebook.cells[-1].outputs
    text = output["data"]["text/plain"]
    assert "row_mean\n" in text
    assert "call: row_mean(array([[1., 3.]]))" in text
    assert "returned: None: is the function finished" in text


def test_on_colab_the_public_checks_are_unpacked(
    toy: Homework, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = {"metadata": {"otter": {"tests": {"q01_double": "name = 'q01_double'\n"}}}}
    colab = types.ModuleType("google.colab")
    colab._message = types.SimpleNamespace(  # type: ignore[attr-defined]
        blocking_request=lambda what: {"ipynb": notebook} if what == "get_ipynb" else None
    )
    monkeypatch.setitem(sys.modules, "google", types.ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    installed: list[list[str]] = []
    monkeypatch.setattr(subprocess, "run", lambda command, check: installed.append(command))
    monkeypatch.chdir(tmp_path)
    assert run(replace(toy, settings=Settings(packages=("pandas",))), "zh") == "toy.zh.ipynb"
    assert installed[0][-2:] == ["otter-grader>=7,<8", "pandas"]
    assert json.loads(Path("toy.zh.ipynb").read_text(encoding="utf-8")) == notebook
    assert Path("tests/q01_double.py").read_text(encoding="utf-8") == "name = 'q01_double'\n"
