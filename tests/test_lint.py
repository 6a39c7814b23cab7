"""`homework check` reports on every question, and on all that is wrong with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from autograder.authoring import check
from autograder.authoring.check import Report, check_homework, check_question
from autograder.errors import UserError, UserErrors
from tests.conftest import TOY_ROOT, Pages
from tests.sentences import sentence


def problems(reports: list[Report]) -> list[UserError]:
    return [problem for report in reports for problem in report.problems]


@pytest.mark.slow
def test_the_toy_homework_is_in_order() -> None:
    seen: list[str] = []
    shutil.rmtree(TOY_ROOT / "build", ignore_errors=True)
    reports = check_homework("toy", TOY_ROOT, progress=seen.append)
    assert problems(reports) == []
    names = [report.question for report in reports]
    assert names == ["q01_row_mean", "q02_slope", "q10_product"] == seen[:3]
    assert seen[3:] == [sentence("bank-title")]
    assert [(r.counts.caught, r.counts.accepted) for r in reports if r.counts] == [
        (8, 4), (9, 4), (8, 4)]
    assert sum(report.points for report in reports) == 11


@pytest.mark.slow
def test_what_has_not_changed_is_not_checked_again(pages: Pages) -> None:
    first = check_homework("toy", pages.root)
    again = check_homework("toy", pages.root)
    assert [report.measured is None for report in again] == [True, True, True]
    assert [report.counts for report in again] == [report.counts for report in first]
    pages.edit(pages.secret("q02_slope"), "points=1", "points=2")
    changed = check_homework("toy", pages.root)
    assert [report.measured is None for report in changed] == [True, False, True]


def test_a_mistake_with_a_typo_of_its_own_proves_nothing(pages: Pages) -> None:
    page = pages.secret("q01_row_mean")
    pages.edit(page, "np.full((len(X), 1), np.mean(X))", "np.full((len(X), 1), npmean(X))")
    [report] = check_homework("toy", pages.root, only="q01")
    assert [(p.where, p.found) for p in report.problems] == [
        (pages.line(page, "class mean_of_all"), "NameError: name 'npmean' is not defined"),
    ]


def test_what_a_template_asks_to_fill_in(pages: Pages) -> None:
    page = pages.public("q02_slope.en.md")
    page.write_text(page.read_text() + "\nFILL IN: why it matters.\n")
    [report] = check_homework("toy", pages.root, only="q02")
    assert [(p.where, p.found) for p in report.problems] == [
        (pages.line(page, "FILL IN"), "FILL IN: why it matters."),
    ]


@pytest.mark.slow
def test_variants_see_the_imports_of_their_pages(pages: Pages) -> None:
    page = pages.secret("q01_row_mean")
    pages.edit(page, "import math\n", "import math\nfrom statistics import fmean\n")
    pages.edit(page, "m = np.shape(X)[1]\n        return X @ np.ones((m, 1)) / m",
               "return [[fmean(map(float, row))] for row in X]")
    [report] = check_homework("toy", pages.root, only="q01")
    assert report.problems == []


@pytest.mark.slow
def test_the_real_grader_must_come_to_the_same_verdict(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was measured in one process is made wrong for the answer, the first of the cells."""
    def wrong(report: Report) -> Iterator[tuple[str, str, set[str]]]:
        (where, cell, _), *others = cells(report)
        yield from [(where, cell, {"mean_of_each_row"}), *others]

    cells = check._cells
    monkeypatch.setattr(check, "_cells", wrong)
    [report] = check_homework("toy", pages.root, only="q01")
    [problem] = report.problems
    assert problem.expected.endswith("mean_of_each_row fail")
    assert problem.found == "mean_of_each_row passed: "


def test_a_right_answer_that_a_check_crashes_on_is_not_handed_out(pages: Pages) -> None:
    page = pages.secret("q01_row_mean")
    pages.edit(page, "want = X - np.array(oracle_means(X))", "want = X - np.array(oracle_mean(X))")
    [report] = check_homework("toy", pages.root, only="q01")
    assert any("oracle_mean" in p.found for p in report.problems)


@pytest.mark.slow
def test_one_question_alone(pages: Pages) -> None:
    pages.edit(pages.secret("q01_row_mean"), "points=1", "points=0")
    [report] = check_homework("toy", pages.root, only="q02_slope")
    assert (report.question, report.problems) == ("q02_slope", [])


def test_a_question_that_is_not_there() -> None:
    with pytest.raises(UserErrors) as caught:
        check_homework("toy", TOY_ROOT, only="q03_depth")
    [error] = caught.value.errors
    assert error == UserError(
        str(TOY_ROOT / "assignments" / "toy"),
        sentence("question-or-short", name="q01_row_mean", short="q01"),
        "q03_depth", sentence("name-one-of", names="q01_row_mean, q02_slope, q10_product"),
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
    assert (opening.question, [p.found for p in opening.problems]) == ("intro",
                                                                       [sentence("no-such-file")])
    assert problems(others) == [] and others[0].measured is None


def test_a_first_cell_that_cannot_be_run(pages: Pages) -> None:
    pages.edit(pages.public("intro"), "def see(draw):", "def see(draw=undefined):")
    opening = check_homework("toy", pages.root, only="q02_slope")[0]
    assert opening.problems == [UserError(
        f"{pages.public('intro')}:1", sentence("pages-run"),
        "NameError: name 'undefined' is not defined", sentence("mend-cell"),
    )]


@pytest.mark.slow
def test_names_of_pages_are_checked_too(pages: Pages) -> None:
    pages.secret("q02_slope").rename(pages.secret("q02_slopes"))
    reports = check_homework("toy", pages.root)
    assert [(report.question, [p.found for p in report.problems]) for report in reports] == [
        ("intro", ["q02"]),
        ("q01_row_mean", []),
        ("q02_slope", [sentence("no-such-file")]),
        ("q02_slopes", [sentence("no-such-file")] * 3),
        ("q10_product", []),
    ]


def test_checks_that_cannot_be_loaded_are_a_problem(pages: Pages) -> None:
    page = pages.secret("q01_row_mean")
    pages.edit(page, "SIZES = [(2, 5), (3, 3)]", "SIZES = 1 / 0")
    report = check_question("toy", "q01_row_mean", pages.root, "import numpy as np")
    assert report.problems == [UserError(
        pages.line(page, "SIZES"), sentence("pages-run"), "ZeroDivisionError: division by zero",
        sentence("mend-checks"),
    )]
    assert report.counts is None


def test_a_name_that_breaks_the_test_file_is_the_one_problem(pages: Pages) -> None:
    """What would follow from it, and be harder to understand, is not reported."""
    page = pages.secret("q10_product")
    page.write_text(page.read_text(encoding="utf-8") + "\n\npoints = []\n", encoding="utf-8")
    report = check_question("toy", "q10_product", pages.root, "import numpy as np")
    assert [(p.where, p.found) for p in report.problems] == [
        (pages.line(page, "points = []"), "points")
    ]
    assert report.measured is None
