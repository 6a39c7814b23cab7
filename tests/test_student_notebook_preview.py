"""A question as an HTML page: formulas rendered, nothing fetched, no answer in it."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from autograder.authoring.homework import Homework, load_homework
from autograder.authoring.student_notebook import preview, rendered
from tests.conftest import ROOT


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_question_of_hw3_can_be_shown(hw3: Homework, language: str) -> None:
    for part in hw3.parts:
        page = BeautifulSoup(preview(part, language), "html.parser")
        assert page.find("h2") and page.find("math"), part.name
        assert not page.find(["script", "link", "img"])
        assert f'grader.check("{part.name}")' in page.get_text()
        outside = [tag.extract() for tag in page.find_all(["math", "code"])] and page.get_text()
        assert "$" not in outside and "\\frac" not in outside, part.name


def test_code_keeps_its_dollars_and_a_formula_its_signs() -> None:
    text = rendered("costs `$5`, $a<b$ and $$x^2$$\n\n```\n$HOME\n```\n\n| a |\n|---|\n| $y$ |\n")
    page = BeautifulSoup(text, "html.parser")
    assert [code.get_text() for code in page.find_all("code")] == ["$5", "$HOME\n"]
    assert [math["display"] for math in page.find_all("math")] == ["inline", "block", "inline"]
    assert "<" in page.find("math").get_text() and page.find("td").find("math")


def test_a_formula_that_cannot_be_read_is_shown_as_it_stands() -> None:
    assert "\\frac{" in BeautifulSoup(rendered("$\\frac{$"), "html.parser").get_text()


def test_a_written_question_shows_where_the_answer_goes() -> None:
    [part] = load_homework("hw4", ROOT, ["q03"]).parts
    assert "write your answer" in preview(part, "en")
