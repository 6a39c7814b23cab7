"""The master notebook for Otter Assign: one language, no hidden check in it at all."""

from __future__ import annotations

import json
import re

import nbformat
import pytest

from autograder.authoring.homework import Homework, load_homework
from autograder.authoring.student_notebook import master_notebook
from tests.conftest import Pages


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_is_a_valid_notebook_of_4_5(toy: Homework, language: str) -> None:
    notebook = master_notebook(toy, language)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata["homework"] == {"name": "toy", "language": language}
    assert notebook.metadata["kernelspec"]["name"] == "python3"


def test_cells_tell_what_they_are(toy: Homework, language: str) -> None:
    ids = [cell.id for cell in master_notebook(toy, language).cells if cell.cell_type != "raw"]
    assert len(set(ids)) == len(ids)
    assert ids[:9] == [
        "title", "student", "start", "setup", "q01-prompt", "q01-answer", "q01-teacher",
        "q01-proof-0", "q01-shapes_and_example",
    ]
    assert ids[-2:] == ["submit", "export"]


def test_prompts_are_in_one_language(toy: Homework) -> None:
    text = {
        language: "\n".join(
            cell.source for cell in master_notebook(toy, language).cells
            if cell.cell_type == "markdown"
        )
        for language in ("zh", "en")
    }
    assert "## 1. The mean of a row (3 points)" in text["en"]
    assert "## 10. 乘积和它的导数（4 分）" in text["zh"]
    assert not re.search("[一-鿿]", text["en"])
    assert "What to write" not in text["zh"] and "For the teacher" not in text["zh"]


def test_only_public_checks_are_in_it(toy: Homework, language: str) -> None:
    text = nbformat.writes(master_notebook(toy, language))
    for question in toy.questions:
        for check in question.checks:
            assert (f"def {check.name}(" in text) != check.hidden


def test_a_public_check_has_the_imports_of_its_own_page(toy: Homework, language: str) -> None:
    cells = {cell.id: cell.source for cell in master_notebook(toy, language).cells}
    source = cells["q01-shapes_and_example"]
    assert "    import numpy as np\n" in source
    assert "import math" not in source  # only the secret page needs it


def test_points_and_messages_reach_otter(toy: Homework, language: str) -> None:
    cells = master_notebook(toy, language).cells
    sources = {cell.id: cell.source for cell in cells}
    config = json.loads(sources["q01-shapes_and_example"].split("\n")[1])
    message = toy.questions[0].checks[0].message[language]
    assert config == {
        "points": 1, "hidden": False, "failure_message": message.replace('"', '\\"'),
    }
    assert "# BEGIN QUESTION\nname: q01_row_mean\npoints: 3" in [cell.source for cell in cells]


def test_fractions_of_points_read_well(pages: Pages) -> None:
    for _ in range(2):
        pages.edit(pages.secret("q01_row_mean"), "points=0.5", "points=0.1")
    pages.edit(pages.secret("q01_row_mean"), "points=1)", "points=0.1)")
    notebook = master_notebook(load_homework("toy", pages.root), "en")
    assert "(1.3 points)" in next(c.source for c in notebook.cells if c.id == "q01-prompt")


def test_what_earns_no_points_is_tagged(toy: Homework, language: str) -> None:
    cells = master_notebook(toy, language).cells
    ignored = [c.id for c in cells if "otter_ignore" in c.metadata.get("tags", [])]
    assert ignored == [
        "q01-proof-0", "q01-see-0", "q02-proof-0", "q10-proof-0", "export",
    ]
