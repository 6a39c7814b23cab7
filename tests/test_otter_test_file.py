"""A question's checks are an ordinary Otter test file of the exception style."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from otter.nbmeta_config import NBMetadataConfig
from otter.test_files import TestFile, create_test_file

from autograder.authoring.homework import Homework, load_question
from autograder.authoring.otter_test_file import guarded
from autograder.authoring.otter_test_file import test_file as text_of
from autograder.authoring.student_notebook import answer_cell
from tests.conftest import Pages


def load(text: str, tmp_path: Path) -> TestFile:
    path = tmp_path / "q.py"
    path.write_text(text, encoding="utf-8")
    return create_test_file(str(path), NBMetadataConfig())


def notebook(toy: Homework, index: int) -> dict[str, object]:
    environment: dict[str, object] = {}
    exec(toy.setup + "\n" + answer_cell(toy.questions[index]), environment)
    return environment


@pytest.mark.parametrize("index", [0, 1, 2])
def test_otter_loads_it_and_the_answer_passes(toy: Homework, tmp_path: Path, index: int) -> None:
    question = toy.questions[index]
    test = load(text_of(question), tmp_path)
    assert (test.name, test.possible) == (question.name, question.points)
    assert [(case.name, case.points, case.hidden) for case in test.test_cases] == [
        (check.name, check.points, check.hidden) for check in question.checks
    ]
    test.run(notebook(toy, index))
    assert test.passed_all and test.score == question.points


def test_it_needs_nothing_of_this_package(toy: Homework) -> None:
    for question in toy.questions:
        modules = re.findall(r"^ *(?:from|import) (\w+)", text_of(question), flags=re.M)
        assert set(modules) <= {"functools", "math", "numpy", "otter", "typing"}


def test_messages_are_in_both_languages(toy: Homework, tmp_path: Path) -> None:
    test = load(text_of(toy.questions[0]), tmp_path)
    assert test.test_cases[0].failure_message == (
        '形状或小例子不对：[[1, 3]] 的"均值"是 [[2]]。 / '
        'A shape or the small example is off: the "mean" of [[1, 3]] is [[2]].'
    )


def test_a_function_that_is_not_there_is_named(toy: Homework, tmp_path: Path) -> None:
    test = load(text_of(toy.questions[0]), tmp_path)
    test.run({})
    assert test.score == 0
    assert all("AssertionError: 请先定义 " in (r.message or "") for r in test.test_case_results)
    assert "请先定义 row_mean / define row_mean first" in (test.test_case_results[1].message or "")


def test_the_whole_environment_needs_no_definition(toy: Homework) -> None:
    check = toy.questions[0].checks[0]
    mixed = type(check)("c", 1, True, check.message, ("env", "f"), "def c(env, f):\n    pass", "")
    assert guarded(mixed, ["en"]).split("\n") == [
        "def c(env, f):", '    assert f is not None, "define f first"', "    pass",
    ]


def test_given_functions_are_ours_and_not_the_students(toy: Homework, tmp_path: Path) -> None:
    environment = notebook(toy, 0)
    environment["samples"] = None
    test = load(text_of(toy.questions[0]), tmp_path)
    test.run(environment)
    assert test.passed_all


def test_a_public_check_can_stand_alone(toy: Homework) -> None:
    check = toy.questions[0].checks[0]
    imports = ["from __future__ import annotations", "import numpy as np"]
    text = guarded(check, ["en"], imports)
    assert text.split("\n")[:4] == [
        "def shapes_and_example(row_mean, centred):", "    import numpy as np",
        '    assert row_mean is not None, "define row_mean first"',
        '    assert centred is not None, "define centred first"',
    ]
    namespace: dict[str, Callable[..., None]] = {}
    exec(text, namespace)
    with pytest.raises(AssertionError, match="define centred first"):
        namespace["shapes_and_example"](len, None)


def test_a_signature_over_several_lines(pages: Pages, tmp_path: Path) -> None:
    head = "def centred_differences(\n    slope,  # the student's:\n):"
    pages.edit(pages.secret("q02_slope"), "def centred_differences(slope):", head)
    question = load_question("toy", "q02_slope", pages.root)
    assert len(load(text_of(question), tmp_path).test_cases) == 6
    assert head + '\n    assert slope is not None' in text_of(question)
