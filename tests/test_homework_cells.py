"""The cells of code in a notebook: in the student's language, with a mistake if one is wanted."""

from __future__ import annotations

import ast

import pytest

from autograder.authoring.homework import Homework, Variant, load_question
from autograder.authoring.student_notebook import answer_cell, setup_cell, stub_cell
from tests.conftest import Pages


def docstring(cell: str, name: str) -> str:
    function = next(n for n in ast.parse(cell).body if getattr(n, "name", "") == name)
    assert isinstance(function, ast.FunctionDef)
    return (ast.get_docstring(function) or "").strip()


def test_docstrings_are_in_the_students_language(toy: Homework) -> None:
    stub = {language: stub_cell(toy.questions[0], language) for language in ("zh", "en")}
    assert docstring(stub["en"], "row_mean") == (
        "Return the mean of each row of X (n, m), shape (n, 1)."
    )
    assert docstring(stub["zh"], "row_mean") == "返回 X (n, m) 每一行的均值，形状 (n, 1)。"
    assert docstring(stub["zh"], "centred") == (
        "返回 X 减去行均值的结果 X_{ij} - \\mu_i，形状 (n, m)。\n不得修改 X。"
    )
    assert "中文" not in stub["zh"] + stub["en"]
    assert docstring(setup_cell(toy, "zh"), "see") == (
        "用上面写好的函数画一张图；画不出来就说明缺什么。"
    )


def test_the_stub_is_the_public_page_without_checks_and_pictures(toy: Homework) -> None:
    tree = ast.parse(stub_cell(toy.questions[0], "en"))
    assert [getattr(node, "name", "") for node in tree.body] == ["samples", "row_mean", "centred"]


@pytest.mark.parametrize("english", [
    'ends with "quotes"', "ends with a backslash \\\\", r"has a \\frac in it", "two\n    lines",
    "'''other quotes'''",
])
def test_a_docstring_of_any_text_stays_what_it_says(pages: Pages, english: str) -> None:
    page = pages.public("q02_slope")
    old = "Return the centred difference (f(x + h) - f(x - h)) / 2h, a number."
    pages.edit(page, old, english)
    stub = stub_cell(load_question("toy", "q02_slope", pages.root), "en")
    assert docstring(stub, "slope") == docstring(f'def f():\n    """{english}\n    """', "f")


def test_the_answer_keeps_its_comments_and_its_own_helpers(toy: Homework) -> None:
    cell = answer_cell(toy.questions[0])
    assert "# one mean for each feature" in cell
    names = [getattr(node, "name", "") for node in ast.parse(cell).body]
    assert names == ["samples", "as_floats", "row_mean", "centred"]


def test_a_variant_replaces_only_what_it_defines(toy: Homework) -> None:
    variant = Variant("v", "# mine\ndef row_mean(X):\n    return 0\n\n\nk = 1\n", "")
    cell = answer_cell(toy.questions[0], variant)
    assert "# mine\ndef row_mean(X):\n    return 0" in cell
    assert cell.count("def row_mean") == 1 and "def centred" in cell
    assert cell.endswith("k = 1")


def test_every_variant_of_the_bank_is_python(toy: Homework) -> None:
    for question in toy.questions:
        for variant in (*question.mistakes, *question.accepted):
            for language in ("zh", "en"):
                ast.parse(answer_cell(question, variant, language))
