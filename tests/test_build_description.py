"""homework.json: what a proof needs, and the words that ask for a function."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autograder.authoring.build import functions_asked_for, proof_needs
from autograder.authoring.homework import Homework, load_homework
from tests.conftest import ROOT

LANGUAGES = ("zh", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_proof_runs_with_what_is_shown_beside_it(toy: Homework, language: str) -> None:
    for question in toy.questions:
        needs = proof_needs(question)[language]
        exec(f"{needs}\n\n\n{question.proofs[0].body}", {})
        assert "中文：" not in needs


def test_without_a_proof_nothing_is_needed(toy: Homework) -> None:
    assert proof_needs(replace(toy.questions[0], proofs=[])) == {"zh": "", "en": ""}


def test_a_function_is_asked_for_in_the_words_of_the_prompt() -> None:
    [first, *_] = load_homework("hw4", ROOT, ["q01"]).questions
    [asked] = functions_asked_for(first)
    assert asked["section"]["en"] == "What to write"
    assert asked["item"]["en"] == (
        "`best_epochs(log)`: for every run the number of its best epoch, and how far its validation"
        " loss has risen by its last epoch.")
    assert asked["says"]["en"].startswith("Return a")


def test_one_item_may_ask_for_two_functions() -> None:
    question = load_homework("hw3", ROOT, ["q03"]).questions[0]
    asked = {each["name"]: each for each in functions_asked_for(question)}
    assert asked["tent"]["item"] == asked["deep_sawtooth"]["item"]
    assert asked["tent"]["section"] == {"zh": "要写的函数", "en": "What to write"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["hw3", "hw4"])
def test_every_function_is_asked_for_and_every_proof_runs(name: str, language: str) -> None:
    homework = load_homework(name, ROOT)
    assert homework.questions
    for question in homework.questions:
        for asked in functions_asked_for(question):
            assert all(asked[key][language] for key in ("section", "item", "says")), asked  # type: ignore[literal-required]
        exec(f"{proof_needs(question)[language]}\n\n\n{question.proofs[0].body}", {})
