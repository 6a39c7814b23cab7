"""Every rule about the text of the pages says page, line, what it wants, what it found, the remedy.

Each test breaks one rule in a copy of the toy homework.
"""

from __future__ import annotations

import pytest

from autograder.authoring.homework import Homework, load_question
from autograder.authoring.lint import can_be_loaded, page_problems
from autograder.errors import UserError
from tests.conftest import Pages

ALONE = (
    "checks that use only their arguments, imports and helpers of the secret page "
    "(a public check has no helpers)"
)
FREE = (
    "a name that Otter's test files do not use themselves, as they use "
    "OK_FORMAT, _Failed, _hide_details, all_or_nothing, messages, name, points, test_case"
)


def problems(pages: Pages, name: str) -> list[UserError]:
    return page_problems(load_question("toy", name, pages.root))


def test_the_toy_homework_keeps_every_rule(toy: Homework) -> None:
    assert [page_problems(question) for question in toy.questions] == [[], [], []]


def test_another_signature(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, "def slope(f, x, h=1e-4):", "def slope(f, x, step=1e-4):")
    assert problems(pages, "q02_slope") == [UserError(
        pages.line(page, "def slope"), "def slope(f, x, h=0.0001)", "(f, x, step=0.0001)",
        "give the answer the signature of the stub",
    )]


def test_an_answer_that_is_no_function(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    old = "def slope(f, x, h=1e-4):\n    return (f(x + h) - f(x - h)) / (2 * h)"
    pages.edit(page, old, "slope = None")
    assert problems(pages, "q02_slope") == [UserError(
        pages.line(page, "slope = None"), "def slope(f, x, h=0.0001)", "no function",
        "give the answer the signature of the stub",
    )]


def test_a_stub_that_nothing_answers(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, "def slope(f, x, h=1e-4):", "def slop(f, x, h=1e-4):")
    assert problems(pages, "q02_slope") == [UserError(
        pages.line(pages.public("q02_slope"), "def slope"),
        "an answer to slope on the secret page", "none", "define it there under this very name",
    )]


def test_a_question_without_any_function(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, "def slope(f, x, h=1e-4):", "def slop(f, x, h=1e-4):")
    pages.edit(page, "def batches(X, size, rng):", "def batche(X, size, rng):")
    assert problems(pages, "q02_slope")[0] == UserError(
        f"{pages.public('q02_slope')}:1", "a stub with a function that the secret page answers",
        "none", "define in the answer what the stub leaves open",
    )


def test_two_checks_of_one_name(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, "def calls_f_twice(slope):", "def slope_of_a_square(slope):")
    pages.edit(page, "@mistake(calls_f_twice)", "@mistake(slope_of_a_square)")
    first = pages.line(pages.public("q02_slope"), "def slope_of_a_square")
    assert problems(pages, "q02_slope") == [UserError(
        pages.line(page, "def slope_of_a_square"), "one definition named slope_of_a_square",
        f"another in {first}", "rename one",
    )]
    assert not can_be_loaded(load_question("toy", "q02_slope", pages.root))


def test_a_check_named_like_a_helper(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, "def joined(batches, seed,", "def calls_f_twice(batches, seed,")
    found = [(p.expected, p.found) for p in problems(pages, "q02_slope")]
    helper = pages.line(page, "def calls_f_twice(batches")
    assert ("one definition named calls_f_twice", f"another in {helper}") in found


def test_two_variants_of_one_name(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, "class a_list:", "class in_order:")
    lines = page.read_text(encoding="utf-8").split("\n")
    first, second = (n for n, line in enumerate(lines, 1) if line == "class in_order:")
    assert problems(pages, "q02_slope") == [UserError(
        f"{page}:{second}", "one variant named in_order", f"another in {page}:{first}",
        "rename one",
    )]


@pytest.mark.parametrize(("old", "new", "name", "where"), [
    ("SIZES = [(2, 5), (3, 3)]", "points = [(2, 5), (3, 3)]", "points", "points ="),
    ("def oracle_means(X):", "def messages(X):", "messages", "def messages"),
    ("def as_floats(X):", "def test_case(X):", "test_case", "def test_case"),
    ("def leaves_x_alone(", "def all_or_nothing(", "all_or_nothing", "def all_or_nothing"),
    ("SIZES = [(2, 5), (3, 3)]", "name: list = [(2, 5), (3, 3)]", "name", "name: list"),
    ("import math\n", "import math as OK_FORMAT\n", "OK_FORMAT", '"""'),
])
def test_a_name_that_otters_test_files_use(
    pages: Pages, old: str, new: str, name: str, where: str
) -> None:
    page = pages.secret("q01_row_mean")
    pages.edit(page, old, new)
    found = [problem for problem in problems(pages, "q01_row_mean") if problem.expected == FREE]
    place = pages.line(page, where) if where != '"""' else f"{page}:1"
    assert found == [UserError(place, FREE, name, "rename it")]
    assert not can_be_loaded(load_question("toy", "q01_row_mean", pages.root))


def test_a_given_function_may_not_take_otters_name_either(pages: Pages) -> None:
    page = pages.public("q01_row_mean")
    pages.edit(page, "def samples(seed):", "def points(seed):")
    found = {problem.expected: problem.where for problem in problems(pages, "q01_row_mean")}
    assert found[FREE] == pages.line(page, "def points")


def test_too_few_variants(pages: Pages) -> None:
    page = pages.secret("q01_row_mean")
    text = page.read_text(encoding="utf-8")
    last_mistake = text[text.rindex("@mistake") : text.index("@accepted")]
    pages.edit(page, last_mistake, "")
    pages.edit(page, "@accepted\nclass einsum:", "class einsum:")
    found = problems(pages, "q01_row_mean")
    assert found[:2] == [
        UserError(f"{page}:1", "at least 8 mistakes", "7", "add what students write"),
        UserError(f"{page}:1", "at least 4 other right answers", "3", "add what students write"),
    ]


@pytest.mark.parametrize(("kind", "page"), [
    ("public", "assignments/toy/q10_product.py"), ("hidden", "solutions/toy/q10_product.py"),
])
def test_no_checks(pages: Pages, kind: str, page: str) -> None:
    path = pages.root / page
    path.write_text(path.read_text(encoding="utf-8").replace("@check(", "@other("))
    expected = UserError(f"{path}:1", f"at least one {kind} check", "none", "write one")
    assert expected in problems(pages, "q10_product")


@pytest.mark.parametrize("name", ["multiplied", "shapes_and_example"])
def test_a_mistake_that_names_no_hidden_check(pages: Pages, name: str) -> None:
    page = pages.secret("q10_product")
    pages.edit(page, "@mistake(multiplies)", f"@mistake({name})")
    assert problems(pages, "q10_product") == [UserError(
        pages.line(page, "class added"),
        "@mistake with one of caches_are_separate, derivative_by_w, derivative_by_x, multiplies",
        name, "name a hidden check of this page",
    )]


def test_a_check_that_no_mistake_needs(pages: Pages) -> None:
    page = pages.secret("q10_product")
    pages.edit(page, "@mistake(caches_are_separate)", "@mistake(multiplies)")
    assert problems(pages, "q10_product") == [UserError(
        pages.line(page, "def caches_are_separate"),
        "a mistake that only caches_are_separate names", "none",
        "add such a mistake or delete the check",
    )]


@pytest.mark.parametrize(("page", "old", "new", "where", "unknown"), [
    ("secret", "    X = samples(4)\n", "    X = sample(4)\n", "def leaves_x_alone", "sample"),
    ("secret", "    before = X.copy()\n", "    before = as_floats(copy(X))\n",
     "def leaves_x_alone", "as_floats, copy"),
    ("secret", "[[math.fsum(row) / len(row)] for row in X]", "row_mean(X)", "def oracle_means",
     "row_mean"),
    ("secret", "SIZES = [(2, 5), (3, 3)]", "SIZES = [(N, 5), (3, 3)]", "SIZES =", "N"),
    ("public", "    X = np.array([[1.0, 3.0]])", "    X = samples(1)[:1, :2]",
     "def shapes_and_example", "samples"),
    ("public", "    X = np.array([[1.0, 3.0]])", "    X = math.pi * np.array([[1.0, 3.0]])",
     "def shapes_and_example", "math"),
    ("public", "normal(loc=2.0", "normal(loc=LOC", "def samples", "LOC"),
])
def test_a_check_that_needs_what_is_not_there(
    pages: Pages, page: str, old: str, new: str, where: str, unknown: str
) -> None:
    path = getattr(pages, page)("q01_row_mean")
    pages.edit(path, old, new)
    assert problems(pages, "q01_row_mean") == [UserError(
        pages.line(path, where), ALONE, unknown,
        "pass it in as an argument or define it on the page",
    )]


def test_helpers_of_all_kinds_are_known(pages: Pages) -> None:
    page = pages.secret("q01_row_mean")
    pages.edit(page, "SIZES = [(2, 5), (3, 3)]", (
        "N, M = 2, 5\nROWS: int = 3\nfor SIDE in (3,):\n    SQUARE = (SIDE, SIDE)\n"
        "SIZES = [(N, M), SQUARE, (ROWS, ROWS)]\n\n\n"
        "class Box:\n    side = 2\n    area = side * side\n"
    ))
    assert problems(pages, "q01_row_mean") == []


def test_an_import_that_cannot_stand_in_a_check(pages: Pages) -> None:
    page = pages.public("q01_row_mean")
    pages.edit(page, "import numpy as np\n", "import numpy as np\nfrom math import *\n")
    assert problems(pages, "q01_row_mean") == [UserError(
        pages.line(page, "def shapes_and_example"), "a check with the page's imports in it",
        "import * only allowed at module level", "use plain imports",
    )]


def test_a_first_proof_that_is_too_long_to_be_shown(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, "@proof\n", "@proof\ndef short():\n    assert True\n\n\n@proof\n")
    assert problems(pages, "q02_slope") == []
    pages.edit(page, "    assert True\n", "    assert True\n" * 10)
    assert problems(pages, "q02_slope") == [UserError(
        pages.line(page, "def short"), "a first proof of at most 9 lines, to be shown in class",
        "10 lines", "put the point first and the rest into a second @proof",
    )]
