"""`homework new` writes pages that hold together, and never over others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograder.authoring.build import build_homework
from autograder.authoring.check import check_homework
from autograder.authoring.homework import load_homework
from autograder.authoring.lint import left_over
from autograder.authoring.new import new_question
from autograder.errors import UserError
from tests.conftest import Pages
from tests.sentences import pattern, sentence


def test_writes_four_pages_behind_the_last_question(pages: Pages) -> None:
    paths = new_question("toy", "Weight decay", pages.root)
    assert [str(path.relative_to(pages.root)) for path in paths] == [
        "assignments/toy/q11_weight_decay.py", "assignments/toy/q11_weight_decay.zh.md",
        "assignments/toy/q11_weight_decay.en.md", "solutions/toy/q11_weight_decay.py",
    ]
    question = load_homework("toy", pages.root).questions[-1]
    assert (question.name, question.points) == ("q11_weight_decay", 5)
    assert question.functions == ["weight_decay"]
    assert (question.title.en, question.title.zh) == ("Weight decay", "Weight decay")
    assert "`weight_decay(x, limit)`" in question.prompt.zh


def test_all_that_is_missing_is_more_of_the_bank(pages: Pages) -> None:
    *_, page = new_question("toy", "dropout", pages.root)
    [report] = check_homework("toy", pages.root, only="q11_dropout")
    folder = pages.root / "assignments" / "toy"
    assert [(p.where, p.expected) for p in report.problems] == [
        (f"{folder}/q11_dropout.en.md:3", sentence("own-text")),
        (f"{folder}/q11_dropout.zh.md:3", sentence("own-text")),
        (f"{page}:1", sentence("at-least", least=8, what="mistakes")),
        (f"{page}:1", sentence("at-least", least=4, what=sentence("right-answers"))),
        (f"{page}:2", sentence("own-text")),
        (f"{page}:4", sentence("own-text")),
    ]
    assert report.counts
    assert (report.counts.caught, report.counts.accepted) == (2, 1)


def test_a_new_homework_gets_opening_pages(tmp_path: Path) -> None:
    written = new_question("hw4", "dropout", tmp_path)
    assert sorted(path.name for path in written) == [
        "homework.toml", "intro.en.md", "intro.py", "intro.zh.md", "q01_dropout.en.md",
        "q01_dropout.py", "q01_dropout.py", "q01_dropout.zh.md",
    ]
    assert len(new_question("hw4", "q07_early-stopping", tmp_path)) == 4
    homework = load_homework("hw4", tmp_path)
    assert [question.name for question in homework.questions] == [
        "q01_dropout", "q02_early_stopping",
    ]
    assert homework.title.en == homework.title.zh == "hw4"
    assert homework.setup == "import numpy as np"
    assert "2 questions, 10 points, about 1 h." in homework.intro.en


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_new_homework_in_one_language(tmp_path: Path, language: str) -> None:
    written = new_question("hw4", "dropout", tmp_path, [language])
    assert len(written) == 6
    new_question("hw4", "batch norm", tmp_path)  # in the language of the homework
    text = "".join(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.*"))
    assert ("FILL IN" in text, "待填" in text) == (language == "en", language == "zh")
    assert ("小例子" in text, "small example" in text) == (language == "zh", language == "en")
    words = "FILL IN" if language == "en" else "待填"
    assert [p.remedy for p in left_over(tmp_path / "assignments" / "hw4", "intro")] == [
        sentence("fill-in", words=words)]
    build_homework("hw4", tmp_path, tmp_path / "build")
    assert [path.name for path in (tmp_path / "build" / "student").iterdir()] == [
        f"hw4.{language}.ipynb"
    ]


def test_opening_pages_are_left_alone(pages: Pages) -> None:
    before = pages.public("intro").read_bytes()
    new_question("toy", "dropout", pages.root)
    assert pages.public("intro").read_bytes() == before


@pytest.mark.parametrize("topic", ["slope", "q01_row_mean", "ROW-MEAN"])
def test_a_topic_that_is_taken(pages: Pages, topic: str) -> None:
    before = sorted(pages.root.rglob("*"))
    with pytest.raises(UserError) as caught:
        new_question("toy", topic, pages.root)
    assert caught.value.where == str(pages.root / "assignments" / "toy")
    assert re.fullmatch(pattern("no-question-yet"), caught.value.expected)
    assert caught.value.remedy == sentence("other-topic")
    assert sorted(pages.root.rglob("*")) == before


def test_a_secret_page_that_lost_its_public_one_is_not_written_over(pages: Pages) -> None:
    pages.public("q10_product").unlink()
    with pytest.raises(UserError, match="q10_product"):
        new_question("toy", "product", pages.root)
    assert new_question("toy", "dropout", pages.root)[0].name == "q11_dropout.py"


@pytest.mark.parametrize(("topic", "expected"), [
    ("2d_pooling", sentence("topic-name")),
    ("../secrets", sentence("topic-name")),
    ("批归一化", sentence("topic-name")),
    ("", sentence("topic-name")),
    ("lambda", sentence("topic-identifier")),
    ("points", sentence("topic-identifier")),
    ("check", sentence("topic-identifier")),
    ("oracle", sentence("topic-identifier")),
])
def test_a_topic_that_names_no_function(tmp_path: Path, topic: str, expected: str) -> None:
    with pytest.raises(UserError) as caught:
        new_question("hw4", topic, tmp_path)
    assert (caught.value.where, caught.value.expected) == (topic, expected)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("homework", ["../hw3", "hw 3", "", "-hw"])
def test_a_homework_that_names_no_folder(tmp_path: Path, homework: str) -> None:
    with pytest.raises(UserError, match=pattern("homework-name")):
        new_question(homework, "dropout", tmp_path)
