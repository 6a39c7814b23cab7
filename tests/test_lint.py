"""`homework check` reports on every question, and on all that is wrong with it."""

from __future__ import annotations

import pytest

from autograder.authoring.lint import Report, check_homework, check_question
from autograder.errors import UserError
from tests.conftest import TOY_ROOT, Pages


def problems(reports: list[Report]) -> list[UserError]:
    return [problem for report in reports for problem in report.problems]


def test_the_toy_homework_is_in_order() -> None:
    seen: list[str] = []
    reports = check_homework("toy", TOY_ROOT, progress=seen.append)
    assert problems(reports) == []
    assert [report.question for report in reports] == seen == [
        "q01_row_mean", "q02_slope", "q10_product",
    ]
    assert [(report.caught, report.accepted) for report in reports] == [(8, 4), (9, 4), (8, 4)]
    assert sum(report.loaded.points for report in reports if report.loaded) == 11


def test_one_question_alone(pages: Pages) -> None:
    pages.edit(pages.secret("q01_row_mean"), "points=1", "points=0")
    [report] = check_homework("toy", pages.root, only="q02_slope")
    assert (report.question, report.problems) == ("q02_slope", [])


def test_a_question_that_is_not_there() -> None:
    with pytest.raises(UserError) as caught:
        check_homework("toy", TOY_ROOT, only="q03_depth")
    assert caught.value == UserError(
        str(TOY_ROOT / "assignments" / "toy"), "a question like q01_row_mean", "q03_depth",
        "name one of q01_row_mean, q02_slope, q10_product",
    )


def test_a_homework_that_is_not_there() -> None:
    with pytest.raises(UserError, match="homework new hw9 NAME"):
        check_homework("hw9", TOY_ROOT)


def test_all_failures_are_reported_not_the_first(pages: Pages) -> None:
    first, second, third = map(pages.secret, ("q01_row_mean", "q02_slope", "q10_product"))
    pages.edit(first, "@mistake(leaves_x_alone)", "@mistake(means_are_gone)")
    pages.edit(second, "return (f(x + h) - f(x - h)) / (2 * h)", "return (f(x + h) - f(x)) / h")
    pages.public("q10_product.zh.md").unlink()
    pages.edit(third, "points=1", "points=0")
    reports = check_homework("toy", pages.root)
    assert [(report.question, len(report.problems)) for report in reports] == [
        ("q01_row_mean", 2),  # nobody names leaves_x_alone; in_place fails another check
        ("q02_slope", 3 + 3 * 3 + 1),  # the answer, three variants that use it, the proof
        ("q10_product", 2),
    ]


def test_the_opening_pages_are_checked_too(pages: Pages) -> None:
    pages.public("intro.zh.md").unlink()
    opening, *others = check_homework("toy", pages.root, only="q02_slope")
    assert (opening.question, [p.found for p in opening.problems]) == ("intro", ["no such file"])
    assert problems(others) == [] and others[0].measured is None


def test_a_first_cell_that_cannot_be_run(pages: Pages) -> None:
    pages.edit(pages.public("intro"), "def see(draw):", "def see(draw=undefined):")
    opening = check_homework("toy", pages.root, only="q02_slope")[0]
    assert opening.problems == [UserError(
        f"{pages.public('intro')}:1", "pages that can be run",
        "NameError: name 'undefined' is not defined", "mend this cell",
    )]


def test_names_of_pages_are_checked_too(pages: Pages) -> None:
    pages.secret("q02_slope").rename(pages.secret("q02_slopes"))
    reports = check_homework("toy", pages.root)
    assert [(report.question, [p.found for p in report.problems]) for report in reports] == [
        ("intro", ["q02"]),
        ("q01_row_mean", []),
        ("q02_slope", ["no such file"]),
        ("q02_slopes", ["no such file"] * 3),
        ("q10_product", []),
    ]


def test_checks_that_cannot_be_loaded_are_a_problem(pages: Pages) -> None:
    page = pages.secret("q01_row_mean")
    pages.edit(page, "SIZES = [(2, 5), (3, 3)]", "SIZES = 1 / 0")
    report = check_question("toy", "q01_row_mean", pages.root, "import numpy as np")
    assert report.problems == [UserError(
        pages.line(page, "SIZES"), "pages that can be run", "ZeroDivisionError: division by zero",
        "mend the checks and helpers of the question's pages",
    )]
    assert (report.caught, report.accepted) == (0, 0)


def test_a_name_that_breaks_the_test_file_is_the_one_problem(pages: Pages) -> None:
    """What would follow from it, and be harder to understand, is not reported."""
    page = pages.secret("q10_product")
    page.write_text(page.read_text(encoding="utf-8") + "\n\npoints = []\n", encoding="utf-8")
    report = check_question("toy", "q10_product", pages.root, "import numpy as np")
    assert [(p.where, p.found) for p in report.problems] == [
        (pages.line(page, "points = []"), "points")
    ]
    assert report.measured is None
