"""A homework is read from its pages, in order, with all that is wrong with them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from autograder.authoring.homework import (
    Homework,
    Question,
    UserErrors,
    load_homework,
    load_question,
    question_names,
)
from autograder.authoring.page_parser import MESSAGE_FORM, TOOLKIT, Text
from autograder.errors import UserError
from tests.conftest import Pages
from tests.sentences import pattern, sentence


def names(items: Iterable[Any]) -> list[str]:
    return [item.name for item in items]


def errors_of(read: Callable[[], object]) -> list[UserError]:
    with pytest.raises(UserErrors) as caught:
        read()
    return caught.value.errors


def form_of(what: str) -> str:
    return sentence("what-as-form", what=what, form=MESSAGE_FORM)


def test_questions_come_in_the_order_of_their_names(toy: Homework) -> None:
    assert names(toy.questions) == ["q01_row_mean", "q02_slope", "q10_product"]
    assert (toy.name, toy.title.en, toy.title.zh) == ("toy", "Toy homework", "玩具作业")
    assert toy.intro.en.startswith("Three questions")
    assert toy.setup.startswith("import numpy as np\n\n\ndef see(draw):")


def test_points_and_titles_sit_with_the_question(toy: Homework) -> None:
    assert [question.points for question in toy.questions] == [3, 4, 4]
    assert toy.points == 11
    assert toy.questions[1].title.zh == "函数的斜率"
    assert toy.questions[1].prompt.en.startswith("A slope needs")


def test_what_the_pages_of_a_question_are_to_it(toy: Homework) -> None:
    question = toy.questions[0]
    assert question.functions == ["row_mean", "centred"]
    assert names(question.given) == ["samples"]
    assert names(question.answer) == ["as_floats", "row_mean", "centred"]
    assert names(question.helpers) == ["SIZES", "oracle_means"]
    assert question.public_imports == ["import numpy as np"]
    assert question.imports == ["import numpy as np", "import math"]
    assert [(check.name, check.hidden) for check in question.checks] == [
        ("shapes_and_example", False), ("mean_of_each_row", True), ("means_are_gone", True),
        ("leaves_x_alone", True),
    ]
    assert question.mistakes[0].caught_by == "mean_of_each_row"
    assert question.mistakes[0].belief is not None
    assert question.mistakes[0].belief.zh == "沿列取了平均：把样本当成了特征"
    assert names(question.accepted) == ["loops", "matrix_product", "by_projection", "einsum"]
    assert question.pictures[0].startswith("@see\ndef rows_around_zero():")
    assert names(question.proofs) == ["columns_are_another_mean"]
    assert question.notes.zh == "行均值属于一个特征，列均值属于一个样本。"


def test_whole_points_are_whole_numbers(pages: Pages) -> None:
    question = load_question("toy", "q02_slope", pages.root)
    assert repr(question.points) == "4"
    pages.edit(pages.secret("q02_slope"), "points=0.5", "points=0.75")
    assert load_question("toy", "q02_slope", pages.root).points == 4.25


def test_a_homework_without_pages(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        load_homework("hw9", tmp_path)
    assert caught.value == UserError(
        str(tmp_path / "assignments" / "hw9"), sentence("question-pages"), "none",
        sentence("go-to-new", homework="hw9"),
    )


def test_solutions_that_are_kept_elsewhere(pages: Pages) -> None:
    shutil.rmtree(pages.root / "solutions")
    with pytest.raises(UserError) as caught:
        load_homework("toy", pages.root)
    assert (caught.value.where, caught.value.found) == (
        str(pages.root / "solutions" / "toy"), sentence("no-such-folder"),
    )


@pytest.mark.parametrize("page", [
    "assignments/toy/q02_slope.py", "assignments/toy/q02_slope.zh.md",
    "assignments/toy/q02_slope.en.md", "solutions/toy/q02_slope.py",
])
def test_a_page_that_is_missing_is_named(pages: Pages, page: str) -> None:
    (pages.root / page).unlink()
    assert question_names("toy", pages.root) == ["q01_row_mean", "q02_slope", "q10_product"]
    [error] = errors_of(lambda: load_homework("toy", pages.root))
    assert error == UserError(f"{pages.root / page}:1", sentence("a-page"),
                              sentence("no-such-file"), sentence("write-it"))


def test_a_secret_page_alone_is_a_question_without_its_other_pages(pages: Pages) -> None:
    shutil.copy(pages.secret("q02_slope"), pages.secret("q11_slopes"))
    assert question_names("toy", pages.root)[-1] == "q11_slopes"
    assert [error.where for error in errors_of(lambda: load_homework("toy", pages.root))] == [
        f"{pages.public('q11_slopes.zh.md')}:1", f"{pages.public('q11_slopes.en.md')}:1",
        f"{pages.public('q11_slopes')}:1",
    ]


def test_other_files_are_no_questions(pages: Pages) -> None:
    (pages.root / "assignments" / "toy" / "README.md").write_text("# For students\n")
    (pages.root / "assignments" / "toy" / "toy.zh.ipynb").write_text("{}")
    assert question_names("toy", pages.root) == ["q01_row_mean", "q02_slope", "q10_product"]


def rename(pages: Pages, old: str, new: str) -> None:
    for path in pages.root.glob(f"*/toy/{old}.*"):
        path.rename(path.with_name(path.name.replace(old, new)))


@pytest.mark.parametrize("name", ["slope", "q2-slope", "q02_Slope", "Q02_slope", "q02_", "q02_2d"])
def test_a_name_that_is_none(pages: Pages, name: str) -> None:
    rename(pages, "q02_slope", name)
    [error] = errors_of(lambda: load_homework("toy", pages.root))
    assert error == UserError(
        str(pages.root / "assignments" / "toy" / f"{name}.py"), sentence("question-name"),
        name, sentence("rename-pages"),
    )


def test_two_questions_of_one_number(pages: Pages) -> None:
    rename(pages, "q02_slope", "q01_slope")
    [error] = errors_of(lambda: load_homework("toy", pages.root))
    assert (error.expected, error.found) == (sentence("free-number", other="q01_row_mean"), "q01")


@pytest.mark.parametrize(("text", "found"), [
    ("no heading\n\ntext\n", "'no heading'"), ("# Only a title\n", "'# Only a title'"),
    ("", "''"), ("## Title\n\ntext\n", "'## Title'"),
])
def test_a_prompt_begins_with_its_title(pages: Pages, text: str, found: str) -> None:
    pages.public("q02_slope.zh.md").write_text(text, encoding="utf-8")
    [error] = errors_of(lambda: load_homework("toy", pages.root))
    assert error == UserError(
        f"{pages.public('q02_slope.zh.md')}:1", sentence("title-then-prompt"), found,
        sentence("begin-with-title"),
    )


@pytest.mark.parametrize(("old", "new", "expected", "found", "remedy"), [
    ("points=1)", "points=0)", sentence("points-positive"), "points=0",
     sentence("give-points", name="centred_differences")),
    ("points=1)", "points=True)", sentence("points-positive"), "points=True",
     sentence("give-points", name="centred_differences")),
    ("points=1)", ")", sentence("points-positive"), "points=None",
     sentence("give-points", name="centred_differences")),
    ("The slope is off: use centred differences, on both sides, and the h that is passed in.\n",
     "\n", form_of(sentence("student-message")),
     "'中文：斜率不对：用中心差分，h 要按传入的值取，两侧都要算。'", sentence("both-languages")),
    ("中文：斜率不对：用中心差分，h 要按传入的值取，两侧都要算。", "中文：",
     form_of(sentence("student-message")),
     "'The slope is off: use centred differences, on both sides, and the h that is passed in."
     "\\n中文：'", sentence("both-languages")),
])
def test_a_check_that_says_too_little(
    pages: Pages, old: str, new: str, expected: str, found: str, remedy: str
) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, old, new)
    [error] = errors_of(lambda: load_homework("toy", pages.root))
    where = pages.line(page, "def centred_differences")
    assert error == UserError(where, expected, found, remedy)


@pytest.mark.parametrize(("old", "new", "expected", "found"), [
    ("    中文：用了单侧差分", "", form_of(sentence("belief-message")),
     "'Used a one-sided difference'"),
    ('    """Used a one-sided difference\n    中文：用了单侧差分"""\n', "",
     form_of(sentence("belief-message")), "''"),
])
def test_a_mistake_that_says_too_little(
    pages: Pages, old: str, new: str, expected: str, found: str
) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, old, new)
    [error] = errors_of(lambda: load_homework("toy", pages.root))
    where = pages.line(page, "class one_sided")
    assert (error.where, error.expected, error.found) == (where, expected, found)


def test_a_message_over_several_lines_is_one_line(pages: Pages) -> None:
    page = pages.secret("q02_slope")
    pages.edit(page, "centred differences, on both", "centred\n    differences,\n    on both")
    pages.edit(page, "用中心差分，h 要", "用中心\n    差分，h\n    要")
    checks = {check.name: check for check in load_homework("toy", pages.root).questions[1].checks}
    assert checks["centred_differences"].message == Text(
        zh="斜率不对：用中心差分，h 要按传入的值取，两侧都要算。",
        en="The slope is off: use centred differences, on both sides, and the h that is passed in.",
    )
    assert '"""' not in checks["centred_differences"].text


@pytest.mark.parametrize(("text", "found"), [("close, floats as f", "f"), ("close, clos", "clos")])
def test_names_that_the_toolkit_does_not_have(pages: Pages, text: str, found: str) -> None:
    page = pages.secret("q10_product")
    pages.edit(page, "check_toolkit import close\n", f"check_toolkit import {text}\n")
    [error] = errors_of(lambda: load_homework("toy", pages.root))
    assert (error.where, error.found) == (f"{page}:1", found)
    assert re.fullmatch(pattern("toolkit-names", toolkit=TOOLKIT), error.expected)
    assert error.remedy == sentence("import-without-as")


def test_the_toolkit_is_for_secret_pages(pages: Pages) -> None:
    page = pages.public("q10_product")
    line = "from autograder.check_toolkit import close\n"
    pages.edit(page, "from autograder.pages", f"{line}from autograder.pages")
    [error] = errors_of(lambda: load_homework("toy", pages.root))
    assert (error.where, error.found) == (f"{page}:1", "close")


def test_what_a_check_uses_of_the_toolkit_is_among_the_helpers(toy: Homework) -> None:
    assert names(toy.questions[2].helpers) == ["floats", "close", "numbers"]
    assert toy.questions[2].imports == ["import numpy as np", "from typing import Any"]


@pytest.mark.parametrize(("folder", "text", "mark"), [
    ("assignments", '@mistake(f)\nclass wrong:\n    """1 中文：一"""\n    x = 1\n', "mistake"),
    ("assignments", "@accepted\nclass right:\n    x = 1\n", "accepted"),
    ("assignments", "@proof\ndef why():\n    x = 1\n", "proof"),
    ("solutions", "@see\ndef picture():\n    x = 1\n", "see"),
])
def test_a_definition_on_the_wrong_page(
    pages: Pages, folder: str, text: str, mark: str
) -> None:
    page = pages.root / folder / "toy" / "q02_slope.py"
    page.write_text(page.read_text(encoding="utf-8") + "\n\n" + text, encoding="utf-8")
    [error] = errors_of(lambda: load_homework("toy", pages.root))
    name = {"mistake": "wrong", "accepted": "right", "proof": "why", "see": "picture"}[mark]
    assert (error.expected, error.found, error.remedy) == (
        sentence("mark-not-here", mark=mark), f"{name} under @{mark}",
        sentence("move-to-other-page"),
    )
    assert error.where == pages.line(page, text.split("\n")[1])


def test_all_errors_are_found_at_once(pages: Pages) -> None:
    pages.public("intro.en.md").unlink()
    pages.public("q01_row_mean.zh.md").unlink()
    pages.edit(pages.public("q01_row_mean"), "points=1", "points=0")
    pages.edit(pages.secret("q01_row_mean"), "points=1", "points=0")
    pages.edit(pages.secret("q10_product"), "def forward(w, x):", "def forward(w, x:")
    errors = errors_of(lambda: load_homework("toy", pages.root))
    assert [Path(error.where.split(":")[0]).name for error in errors] == [
        "intro.en.md", "q01_row_mean.zh.md", "q01_row_mean.py", "q01_row_mean.py",
        "q10_product.py",
    ]


def test_questions_are_equal_wherever_their_pages_lie(pages: Pages, toy: Homework) -> None:
    def told(question: Question) -> list[object]:
        return [question.prompt, question.functions, question.imports,
                [check.text for check in question.checks]]

    moved = load_homework("toy", pages.root)
    assert [told(q) for q in moved.questions] == [told(q) for q in toy.questions]
