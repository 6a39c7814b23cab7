"""Measuring runs every cell of the bank against every check and survives whatever the cells do."""

from __future__ import annotations

import pytest

from autograder.authoring import evaluate as measuring
from autograder.authoring.evaluate import (
    Measured,
    failures,
    load_checks,
    measure,
    null_answers,
    try_setup,
)
from autograder.authoring.homework import Homework, Question, load_question
from autograder.errors import UserError
from tests.conftest import Pages
from tests.sentences import pattern, sentence

SETUP = "import numpy as np"
SLOPE = "def slope(f, x, h=1e-4):\n    "


def measured(pages: Pages, name: str = "q02_slope") -> Measured:
    return measure(load_question("toy", name, pages.root), SETUP)


@pytest.fixture
def slope(toy: Homework) -> Question:
    return toy.questions[1]


def test_measures_the_whole_bank(toy: Homework) -> None:
    found = measure(toy.questions[0], toy.setup)
    assert found.errors == [] and found.answer == {}
    assert set(found.stub or {}) == {check.name for check in toy.questions[0].checks}
    assert len(found.mistakes) == 8 and all(found.mistakes.values())
    assert list(found.accepted.values()) == [{}] * 4
    assert list(found.nulls)[:3] == [
        "row_mean returns None", "row_mean returns 0", "row_mean returns its first argument",
    ]
    assert list(found.reordered) == ["", "loops", "matrix_product", "by_projection", "einsum"]
    assert 0 < found.seconds < 0.2
    assert found.slowest in {check.name for check in toy.questions[0].checks}


def test_says_which_checks_fail_and_with_what(slope: Question) -> None:
    failed = failures(load_checks(slope), SETUP, SLOPE + "return 6.0")
    assert set(failed) == {"centred_differences", "calls_f_twice", "shapes_of_batches",
                           "each_column_once", "shuffled_by_rng"}
    assert failed["each_column_once"] == "AssertionError: 请先定义 batches / define batches first"


@pytest.mark.parametrize(("body", "error"), [
    ("raise SystemExit(3)", "SystemExit: 3"),
    ("return [][0]", "IndexError: list index out of range"),
    ("return slope(f, x)", "RecursionError: maximum recursion depth exceeded"),
])
def test_a_function_that_ends_badly_fails_its_checks(
    slope: Question, body: str, error: str
) -> None:
    failed = failures(load_checks(slope), SETUP, SLOPE + body)
    assert failed["centred_differences"].startswith(error)


def test_an_endless_loop_costs_each_check_its_time(
    slope: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "SECONDS", 0.05)
    body = (
        "while True:\n        try:\n            h += f(x)\n        except Exception:\n"
        "            pass"  # an interruption that can be caught would be
    )
    failed = failures(load_checks(slope), SETUP, SLOPE + body)
    for check in ("slope_of_a_square", "centred_differences", "calls_f_twice"):
        assert failed[check] == f"TooSlow: {sentence('timeout', allowed=0.05)}"


def test_what_cells_print_and_warn_is_not_ours(
    slope: Question, capsys: pytest.CaptureFixture[str]
) -> None:
    cell = "import warnings\nwarnings.warn('loud')\nprint('loud')\n" + SLOPE + "print(x)"
    failures(load_checks(slope), SETUP, cell)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("cell", "found"), [
    ("1 / 0", "ZeroDivisionError: division by zero"),
    ("raise SystemExit", "SystemExit: "),
    ("def f(:", "SyntaxError: invalid syntax (<cell>, line 1)"),
])
def test_a_cell_that_cannot_be_run(slope: Question, cell: str, found: str) -> None:
    with pytest.raises(UserError) as caught:
        failures(load_checks(slope), SETUP, cell, "page.py:3")
    assert caught.value == UserError("page.py:3", sentence("pages-run"), found,
                                     sentence("mend-cell"))


def test_a_cell_that_never_ends(
    slope: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "SECONDS", 0.05)
    with pytest.raises(UserError, match="TooSlow: " + pattern("timeout", allowed=0.05)):
        failures(load_checks(slope), SETUP, "while True:\n    pass")


def test_the_first_cell_must_run() -> None:
    try_setup(SETUP, "intro.py:1")
    with pytest.raises(UserError, match=r"intro\.py:1\n.*\n.*No module named 'no_such'"):
        try_setup("import no_such", "intro.py:1")


def test_every_cell_that_cannot_be_run_is_noted(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, '中文：用了单侧差分"""\n', '中文：用了单侧差分"""\n    undefined_1\n\n')
    pages.edit(page, "class a_list:\n", "class a_list:\n    undefined_2\n\n")
    pages.edit(page, "def one_side_is_off_by_h():\n", "def one_side_is_off_by_h():\n    0 / 0\n")
    found = measured(pages)
    assert [(error.where, error.found) for error in found.errors] == [
        (pages.line(page, "class one_sided"), "NameError: name 'undefined_1' is not defined"),
        (pages.line(page, "class a_list"), "NameError: name 'undefined_2' is not defined"),
        (pages.line(page, "def one_side_is_off_by_h"), "ZeroDivisionError: division by zero"),
    ]
    assert "one_sided" not in found.mistakes and "fixed_step" in found.mistakes
    assert "a_list" not in found.accepted and "a_list" not in found.reordered


def test_an_answer_that_cannot_be_run(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, "def slope(f, x, h=1e-4):", "def slope(f, x, h=undefined):")
    found = measured(pages)
    where = pages.line(page, "def slope")
    assert (found.errors[0].where, found.answer) == (where, {})
    assert "" not in found.reordered


def test_a_stub_that_cannot_be_run(pages: Pages) -> None:
    page = pages.public("q02_slope")
    pages.edit(page, "def slope(f, x, h=1e-4):", "def slope(f, x, h=undefined):")
    found = measured(pages)
    assert (found.errors[0].where, found.stub) == (pages.line(page, "def slope"), None)


@pytest.mark.parametrize(("old", "new", "where", "found"), [
    ("SIZES = [(2, 5), (3, 3)]", "SIZES = [undefined]", "SIZES",
     "NameError: name 'undefined' is not defined"),
    ("def oracle_means(X):", "def oracle_means(X, k=1 / 0):", "def oracle_means",
     "ZeroDivisionError: division by zero"),
    ("import math\n", "import no_such\n", "import no_such",
     "ModuleNotFoundError: No module named 'no_such'"),
])
def test_checks_that_cannot_be_loaded(
    pages: Pages, old: str, new: str, where: str, found: str
) -> None:
    page = pages.secret("q01_row_mean")
    pages.edit(page, old, new)
    with pytest.raises(UserError) as caught:
        measured(pages, "q01_row_mean")
    assert (caught.value.where, caught.value.found) == (pages.line(page, where), found)


def test_null_answers_point_at_the_function(toy: Homework, pages: Pages) -> None:
    question = load_question("toy", "q10_product", pages.root)
    variant = null_answers(question)[3]
    assert variant.name == "backward returns None"
    assert variant.where == pages.line(pages.secret("q10_product"), "def backward")
