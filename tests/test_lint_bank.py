"""Every rule about the bank says page, line, what it wants, what it found, the remedy.

Each test breaks one rule in a copy of the toy homework.
"""

from __future__ import annotations

import re

import pytest

from autograder.authoring import lint as bankrules
from autograder.authoring.evaluate import Measured, measure
from autograder.authoring.homework import Homework, load_question
from autograder.authoring.lint import bank_problems
from autograder.errors import UserError
from tests.conftest import Pages
from tests.sentences import pattern, sentence

SETUP = "import numpy as np"


def problems(pages: Pages, name: str) -> list[UserError]:
    question = load_question("toy", name, pages.root)
    return bank_problems(question, measure(question, SETUP))


def test_the_toy_homework_keeps_every_rule(toy: Homework) -> None:
    for question in toy.questions:
        assert bank_problems(question, measure(question, toy.setup)) == []


def test_an_answer_that_fails_a_check(pages: Pages) -> None:
    page = pages.secret("q10_product")
    pages.edit(page, "x = np.array(x, dtype=float)\n    return w * x,", "return -w * x,")
    found = problems(pages, "q10_product")
    assert found[0].where == pages.line(page, "def the_sum_matters")  # a proof is run too
    assert found[1].where == pages.line(pages.public("q10_product"), "def shapes_and_example")
    assert found[2] == UserError(
        pages.line(page, "def multiplies"), sentence("answer-passes", name="multiplies"),
        "AssertionError: ",
        sentence("mend-answer"),
    )


def test_a_stub_that_passes_a_hidden_check(pages: Pages) -> None:
    page = pages.secret("q10_product")
    pages.edit(page, "    w, x, _ = numbers(1)\n", "    if forward(1, 2) is None:\n        return\n"
               "    w, x, _ = numbers(1)\n")
    assert problems(pages, "q10_product")[0] == UserError(
        pages.line(page, "def multiplies"), sentence("stub-fails"),
        sentence("it-passes-check", name="multiplies"), sentence("sharpen"),
    )


def test_a_mistake_that_another_check_catches(pages: Pages) -> None:
    page = pages.secret("q10_product")
    pages.edit(page, "@mistake(multiplies)", "@mistake(derivative_by_x)")
    assert problems(pages, "q10_product") == [UserError(
        pages.line(page, "class added"), "added fails derivative_by_x",
        sentence("it-fails", failed="shapes_and_example, multiplies"),
        sentence("sharpen-or-name"),
    )]


def test_a_mistake_that_nothing_catches(pages: Pages) -> None:
    page = pages.secret("q10_product")
    pages.edit(page, "return w + x, Factors(w, x)", "return w * x, Factors(w, x)")
    assert problems(pages, "q10_product") == [UserError(
        pages.line(page, "class added"), "added fails multiplies", sentence("it-passes-all"),
        sentence("sharpen-or-name"),
    )]


def test_a_right_answer_that_a_check_refuses(pages: Pages) -> None:
    page = pages.secret("q10_product")
    pages.edit(page, "    out = forward(w, x)[0]\n",
               "    out = forward(w, x)[0]\n    assert type(out) is not list\n")
    assert problems(pages, "q10_product") == [UserError(
        pages.line(page, "class a_dictionary"), "a_dictionary passes multiplies",
        "AssertionError: ", sentence("mend-variant"),
    )]


def test_a_function_that_no_hidden_check_asks_for(pages: Pages) -> None:
    public, page = pages.public("q10_product"), pages.secret("q10_product")
    pages.edit(public, "\n\n@check(", '\n\ndef extra(x):\n    """Nothing."""\n    ...\n\n\n@check(')
    pages.edit(page, "def numbers(seed):", "def extra(x):\n    return x\n\n\ndef numbers(seed):")
    assert problems(pages, "q10_product") == [
        UserError(
            pages.line(page, "def extra"),
            sentence("returned-alone-loses", name=f"extra returns {what}"),
            sentence("keeps-points"),
            sentence("check-that-function"),
        )
        for what in ("None", "0", "its first argument")
    ]


@pytest.mark.parametrize(("leaves", "asks"), [
    ("    CALLS.append(1)\n", "    assert CALLS\n"),  # it passes only after the other
    ("    ROOM[:] = 0\n", "    assert ROOM[0] == 0\n"),
])
def test_a_check_that_leans_on_one_before_it(pages: Pages, leaves: str, asks: str) -> None:
    page = pages.secret("q10_product")
    pages.edit(page, "def numbers(seed):", "CALLS = []\nROOM = np.ones(2)\n\n\ndef numbers(seed):")
    assert problems(pages, "q10_product") == []  # to have such helpers is allowed
    pages.edit(page, "    w, x, _ = numbers(1)\n", leaves + "    w, x, _ = numbers(1)\n")
    pages.edit(page, "    w, x, dout = numbers(3)\n", asks + "    w, x, dout = numbers(3)\n")
    found = problems(pages, "q10_product")
    assert found[0] == UserError(
        pages.line(page, "def derivative_by_x"),
        sentence("order-of-checks", check="derivative_by_x", answer=sentence("the-answer")),
        "AssertionError: ", sentence("own-data"),
    )
    assert [problem.expected for problem in found] == [
        sentence("order-of-checks", check="derivative_by_x", answer=who)
        for who in (sentence("the-answer"), "a_tuple", "a_dictionary", "a_closure", "a_namespace")
    ]


def test_a_check_that_one_before_it_spoils(pages: Pages) -> None:
    page = pages.secret("q10_product")
    pages.edit(page, "def numbers(seed):", "CALLS = []\n\n\ndef numbers(seed):")
    pages.edit(page, "    w, x, _ = numbers(1)\n",
               "    CALLS.append(1)\n    w, x, _ = numbers(1)\n")
    pages.edit(page, "    w, x, dout = numbers(3)\n",
               "    assert not CALLS\n    w, x, dout = numbers(3)\n")
    found = [problem.found for problem in problems(pages, "q10_product")]
    assert sentence("passes-reversed") in found


def test_checks_that_take_long(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bankrules, "MAX_SECONDS", 0.01)
    page = pages.secret("q10_product")
    busy = "    sum(k * k for k in range(400_000))\n"
    pages.edit(page, "    w, x, _ = numbers(1)\n", busy + "    w, x, _ = numbers(1)\n")
    [found] = problems(pages, "q10_product")
    assert (found.where, found.expected, found.remedy) == (
        pages.line(page, "def multiplies"), sentence("check-time", most="0.01"),
        sentence("smaller-data"),
    )
    assert re.fullmatch(pattern("slowest-check", slowest="multiplies"), found.found)


def test_cells_that_cannot_be_run_come_first_and_spoil_nothing(pages: Pages) -> None:
    page = pages.secret("q10_product")
    pages.edit(page, '中文：写成了加法"""\n', '中文：写成了加法"""\n    undefined\n\n')
    pages.edit(page, "class a_tuple:\n", "class a_tuple:\n    undefined\n\n")
    assert [problem.where for problem in problems(pages, "q10_product")] == [
        pages.line(page, "class added"), pages.line(page, "class a_tuple"),
    ]


def test_what_was_not_measured_is_not_judged(toy: Homework) -> None:
    found = bank_problems(toy.questions[0], Measured())
    assert found == []


def test_a_check_that_hollow_answers_pass(pages: Pages) -> None:
    page = pages.secret("q10_product")
    pages.edit(page, "    assert close(out, [w * value for value in x])\n",
               "    want = w * np.asarray(x)[: np.size(out)]\n"
               "    assert np.linalg.norm(np.ravel(out) - want) < 1e-9\n")
    assert UserError(
        pages.line(page, "def multiplies"),
        sentence("check-fails-where", check="multiplies", name="forward answers empty arrays"),
        sentence("it-passes"), sentence("compare-with-toolkit"),
    ) in problems(pages, "q10_product")
