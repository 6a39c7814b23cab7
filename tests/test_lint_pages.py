"""Every rule about the text of the pages says page, line, what it wants, what it found, the remedy.

Each test breaks one rule in a copy of the toy homework.
"""

from __future__ import annotations

import pytest

from autograder.authoring.homework import Homework, load_question
from autograder.authoring.lint import can_be_loaded, page_problems
from autograder.errors import UserError
from tests.conftest import Pages
from tests.sentences import sentence

ALONE = sentence("check-uses")
FREE = sentence("otter-names", names="OK_FORMAT, _Failed, _hide_details, all_or_nothing, messages, "
                                     "name, points, test_case")


def problems(pages: Pages, name: str) -> list[UserError]:
    return page_problems(load_question("toy", name, pages.root))


def test_the_toy_homework_keeps_every_rule(toy: Homework) -> None:
    assert [page_problems(question) for question in toy.questions] == [[], [], []]


def test_another_signature(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, "def slope(f, x, h=1e-4):", "def slope(f, x, step=1e-4):")
    assert problems(pages, "q02_slope") == [UserError(
        pages.line(page, "def slope"), "def slope(f, x, h=0.0001)", "(f, x, step=0.0001)",
        sentence("give-stub-signature"),
    )]


def test_an_answer_that_is_no_function(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    old = "def slope(f, x, h=1e-4):\n    return (f(x + h) - f(x - h)) / (2 * h)"
    pages.edit(page, old, "slope = None")
    assert problems(pages, "q02_slope") == [UserError(
        pages.line(page, "slope = None"), "def slope(f, x, h=0.0001)", sentence("no-function"),
        sentence("give-stub-signature"),
    )]


def test_a_stub_that_nothing_answers(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, "def slope(f, x, h=1e-4):", "def slop(f, x, h=1e-4):")
    assert problems(pages, "q02_slope") == [UserError(
        pages.line(pages.public("q02_slope"), "def slope"),
        sentence("answer-missing", name="slope"), "none", sentence("define-under-name"),
    )]


def test_a_question_without_any_function(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, "def slope(f, x, h=1e-4):", "def slop(f, x, h=1e-4):")
    pages.edit(page, "def batches(X, size, rng):", "def batche(X, size, rng):")
    assert problems(pages, "q02_slope")[0] == UserError(
        f"{pages.public('q02_slope')}:1", sentence("stub-answered"),
        "none", sentence("define-left-open"),
    )


def test_two_checks_of_one_name(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, "def calls_f_twice(slope):", "def slope_of_a_square(slope):")
    pages.edit(page, "@mistake(calls_f_twice)", "@mistake(slope_of_a_square)")
    first = pages.line(pages.public("q02_slope"), "def slope_of_a_square")
    assert problems(pages, "q02_slope") == [UserError(
        pages.line(page, "def slope_of_a_square"),
        sentence("one-of-a-name", what="definition", name="slope_of_a_square"),
        sentence("another-in", seen=first), sentence("rename-one"),
    )]
    assert not can_be_loaded(load_question("toy", "q02_slope", pages.root))


def test_a_check_named_like_a_helper(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, "def joined(batches, seed,", "def calls_f_twice(batches, seed,")
    found = [(p.expected, p.found) for p in problems(pages, "q02_slope")]
    helper = pages.line(page, "def calls_f_twice(batches")
    assert (sentence("one-of-a-name", what="definition", name="calls_f_twice"),
            sentence("another-in", seen=helper)) in found


def test_two_variants_of_one_name(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, "class a_list:", "class in_order:")
    lines = page.read_text(encoding="utf-8").split("\n")
    first, second = (n for n, line in enumerate(lines, 1) if line == "class in_order:")
    assert problems(pages, "q02_slope") == [UserError(
        f"{page}:{second}", sentence("one-of-a-name", what="variant", name="in_order"),
        sentence("another-in", seen=f"{page}:{first}"),
        sentence("rename-one"),
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
    assert found == [UserError(place, FREE, name, sentence("rename-it"))]
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
        UserError(f"{page}:1", sentence("at-least", least=8, what="mistakes"), "7",
                  sentence("add-mistakes")),
        UserError(f"{page}:1", sentence("at-least", least=4, what=sentence("right-answers")), "3",
                  sentence("add-mistakes")),
    ]


@pytest.mark.parametrize(("kind", "page"), [
    ("public", "assignments/toy/q10_product.py"), ("hidden", "solutions/toy/q10_product.py"),
])
def test_no_checks(pages: Pages, kind: str, page: str) -> None:
    path = pages.root / page
    path.write_text(path.read_text(encoding="utf-8").replace("@check(", "@other("))
    expected = UserError(f"{path}:1", sentence("one-check-of-kind", what=kind), "none",
                         sentence("write-one"))
    assert expected in problems(pages, "q10_product")


@pytest.mark.parametrize("name", ["multiplied", "shapes_and_example"])
def test_a_mistake_that_names_no_hidden_check(pages: Pages, name: str) -> None:
    page = pages.secret("q10_product")
    pages.edit(page, "@mistake(multiplies)", f"@mistake({name})")
    assert problems(pages, "q10_product") == [UserError(
        pages.line(page, "class added"),
        sentence("mistake-of-hidden-check",
                 hidden="caches_are_separate, derivative_by_w, derivative_by_x, multiplies"),
        name, sentence("name-hidden-check"),
    )]


def test_a_check_that_no_mistake_needs(pages: Pages) -> None:
    page = pages.secret("q10_product")
    pages.edit(page, "@mistake(caches_are_separate)", "@mistake(multiplies)")
    assert problems(pages, "q10_product") == [UserError(
        pages.line(page, "def caches_are_separate"),
        sentence("check-needs-mistake", name="caches_are_separate"), "none",
        sentence("add-mistake"),
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
        sentence("pass-it-in"),
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
        pages.line(page, "def shapes_and_example"), sentence("check-with-imports"),
        "import * only allowed at module level", sentence("plain-imports"),
    )]


def test_a_first_proof_that_is_too_long_to_be_shown(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, "@proof\n", "@proof\ndef short():\n    assert True\n\n\n@proof\n")
    assert problems(pages, "q02_slope") == []
    pages.edit(page, "    assert True\n", "    assert True\n" * 10)
    assert problems(pages, "q02_slope") == [UserError(
        pages.line(page, "def short"), sentence("proof-length", most=9),
        "10 lines", sentence("split-proof"),
    )]
