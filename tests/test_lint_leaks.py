"""Secret lines are found wherever they are planted; what students may see is no leak."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.homework import Homework, Question, load_homework
from autograder.authoring.lint import find_leaks, secret_lines
from tests.conftest import Pages

ANSWER = "    return as_floats(X) - row_mean(X)"
HIDDEN = "        assert np.allclose(row_mean(X), oracle_means(X), rtol=1e-7, atol=1e-9)"
MISTAKE = "        return np.sum(X, axis=1, keepdims=True) / (np.shape(X)[1] - 1)"
HELPER = "    return [[math.fsum(row) / len(row)] for row in X]"
BELIEF = '    """Divided by m - 1, as a sample variance does'
NOTE = "行均值属于一个特征，列均值属于一个样本。"


def student(toy_build: Path, language: str = "en") -> str:
    return (toy_build / "student" / f"toy.{language}.ipynb").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_student_notebooks_give_nothing_away(
    toy: Homework, toy_build: Path, language: str
) -> None:
    assert find_leaks(toy, student(toy_build, language)) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nor_do_they_by_a_search_of_another_kind(
    toy: Homework, toy_build: Path, language: str
) -> None:
    text = student(toy_build, language)
    secrets = [text for question in toy.questions for text in names_and_messages(question)]
    assert len(secrets) > 90 and all(len(secret) > 3 for secret in secrets)
    assert [secret for secret in secrets if secret in text] == []


def names_and_messages(question: Question) -> list[str]:
    hidden = [check for check in question.checks if check.hidden]
    texts = [text for check in hidden for text in (check.name, check.message.zh, check.message.en)]
    for mistake in question.mistakes:
        assert mistake.belief is not None
        texts += [f"class {mistake.name}", mistake.belief.zh, mistake.belief.en]
    texts += [question.notes.zh, question.notes.en]
    return texts + [variant.text for variant in (*question.mistakes, *question.accepted)]


@pytest.mark.parametrize("line", [ANSWER, HIDDEN, MISTAKE, HELPER, BELIEF, NOTE])
@pytest.mark.parametrize("place", [
    "{line}", "text before\n{line}\ntext after", "    # {line}", "> `{stripped}`", "{line}  # why",
    "{reflowed}", "{quotes}", "x = 1; {stripped}",
])
def test_a_secret_line_is_found_in_any_dress(toy: Homework, line: str, place: str) -> None:
    text = place.format(
        line=line, stripped=line.strip(), quotes=line.replace('"', "'"),
        reflowed=line.replace(" ", "\n", 6).replace(",", ",\n"),
    )
    assert f"q01_row_mean.py: {line.strip()!r}" in find_leaks(toy, text)


def test_it_is_found_in_every_part_of_a_notebook(toy: Homework, toy_build: Path) -> None:
    def planted() -> list[nbformat.NotebookNode]:
        notebooks = [nbformat.reads(student(toy_build), as_version=4) for _ in range(4)]
        notebooks[0].cells[3].source += f"\n{ANSWER}"
        notebooks[1].metadata["otter"]["tests"]["q01_row_mean"] += f"\n{ANSWER}\n"
        notebooks[2].cells[-1].outputs = [
            nbformat.v4.new_output("stream", text=f"...\n{ANSWER}\n")
        ]
        notebooks[3].cells[2].metadata["note"] = {ANSWER: [1]}
        return notebooks

    for notebook in planted()[:3]:
        assert len(find_leaks(toy, nbformat.writes(notebook))) == 1
    assert len(find_leaks(toy, json.dumps(planted()[3]))) == 1


def test_a_line_with_a_comment_is_found_without_it(toy: Homework) -> None:
    assert find_leaks(toy, "    return as_floats(X).mean(axis=1, keepdims=True)")
    assert find_leaks(toy, "one mean for each feature") == []
    assert find_leaks(toy, "    return as_floats(X).mean(axis=1, keepdims=True)  # other words")


def test_a_chinese_character_says_more_than_a_letter(toy: Homework) -> None:
    assert find_leaks(toy, "提示：加上了均值：符号反了吗？") == [
        """q01_row_mean.py: '中文：加上了均值：符号反了\"\"\"'"""
    ]


@pytest.mark.parametrize("line", [
    "def row_mean(X):",  # the stub has it too
    "    X = np.array([[1.0, 3.0]])",
    "import math",
    "    return X",
    "        return X",
    "    assert np.shape(dw) == ()",  # a public check has it too
])
def test_what_is_public_or_too_short_is_no_leak(toy: Homework, line: str) -> None:
    assert find_leaks(toy, line) == []


def test_a_line_that_the_first_cell_holds_is_public(pages: Pages) -> None:
    line = "    print('this may be shown to everybody')"
    for page in (pages.public("intro"), pages.secret("q10_product")):
        page.write_text(page.read_text(encoding="utf-8") + f"\n\ndef told():\n{line}\n")
    homework = load_homework("toy", pages.root)
    assert find_leaks(homework, line) == []
    assert line not in [secret for _, secret in secret_lines(homework)]
