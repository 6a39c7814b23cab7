"""The cell for Google Colab, run with a stand-in for Colab's own module."""

from __future__ import annotations

import json
import subprocess
import sys
import types
from pathlib import Path

import pytest

from autograder.authoring.notebook_builder import colab_cell


def test_does_nothing_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(colab_cell("hw.en.ipynb", "en"), {})
    assert list(tmp_path.iterdir()) == []


def test_unpacks_the_public_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
    exec(colab_cell("hw.zh.ipynb", "zh"), {})
    assert "otter-grader>=7,<8" in installed[0]
    assert json.loads(Path("hw.zh.ipynb").read_text(encoding="utf-8")) == notebook
    assert Path("tests/q01_double.py").read_text(encoding="utf-8") == "name = 'q01_double'\n"
