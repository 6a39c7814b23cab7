"""Hostile answers: the record and the comparison are bounded, and no verdict depends on them."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from autograder.authoring.evaluate import load_checks, record_bank, run_cell
from autograder.authoring.homework import Homework, Question, Variant
from autograder.authoring.student_notebook import answer_cell
from autograder.diagnosis import record as recording
from autograder.diagnosis.bank import (
    BankRecord,
    alike,
    from_json,
    leaves_of_call,
    outline,
    said,
    to_json,
)
from autograder.diagnosis.naming import diagnose
from autograder.diagnosis.record import Call, Record, kept
from autograder.model import DiagnosisKind

MAX_BYTES = 60_000
"""A diagnosis on its way through the pipe, and the text of a call."""

SCALARS = (st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers()
           | st.text(max_size=200) | st.binary(max_size=50))
ARRAYS = st_numpy.arrays(
    st.sampled_from([np.float64, np.float32, np.int8, np.uint64, np.complex128, np.bool_, "U3"]),
    st_numpy.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5))
COLUMNS = st.lists(st.lists(SCALARS, min_size=2, max_size=2), max_size=4)
FRAMES = COLUMNS.map(lambda columns: pd.DataFrame(dict(enumerate(columns)), dtype=object)) | (
    COLUMNS.map(lambda columns: pd.Series([x for column in columns for x in column], dtype=object)))
ODD = st.builds(object) | st.just(len) | st.just(iter([])) | st.just(np.random.default_rng(0))
ANSWERS = st.recursive(
    SCALARS | ARRAYS | FRAMES | ODD,
    lambda inside: st.lists(inside, max_size=5) | st.tuples(inside, inside)
    | st.dictionaries(st.text(max_size=5) | st.integers(), inside, max_size=4),
    max_leaves=25)


def question_of(toy: Homework, name: str = "q10_product") -> Question:
    found = next(each for each in toy.questions if each.name == name)
    assert isinstance(found, Question)
    return found


@pytest.fixture(scope="module")
def bank(toy: Homework) -> BankRecord:
    question = question_of(toy)
    return record_bank(question, toy.setup)


def answering(bank: BankRecord, answers: list[Any]) -> Record:
    """The record of a student who gives these answers, one call after another, in every check."""
    calls = {
        check: [Call(twin.function, (), {}, kept(answers[i % len(answers)]))
                for i, twin in enumerate(twins)] for check, twins in bank.right.items()
    }
    return Record(calls, set(calls))


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(answers=st.lists(ANSWERS, min_size=1, max_size=3))
def test_any_answer_can_be_compared(bank: BankRecord, answers: list[Any]) -> None:
    found = diagnose(bank, answering(bank, answers))
    assert found is not None
    assert len(json.dumps(asdict(found))) < MAX_BYTES


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(answer=ANSWERS, other=ANSWERS)
def test_an_outline_is_like_itself_and_survives_json(answer: Any, other: Any) -> None:
    call = Call("f", (), {}, kept(answer))
    own = outline(call.answer)
    leaves = leaves_of_call(call, own)
    again = leaves_of_call(call, from_json(json.loads(json.dumps(to_json(own)))))
    assert len(leaves) == len(again) and all(map(alike, leaves, again))
    assert len(said(own)) < MAX_BYTES
    assert len(leaves_of_call(Call("f", (), {}, kept(other)), own)) == len(leaves)


def deep(levels: int) -> list[Any]:
    value: list[Any] = [1.0]
    for _ in range(levels):
        value = [value, value]
    return value


@pytest.mark.parametrize("answer", [
    np.full(4_000_000, np.nan), np.broadcast_to(1.0, (3000, 3000)), [0.0] * 300_000, deep(50),
    {str(n): n for n in range(100_000)}, 10**5000, "x" * 1_000_000, [[1.0] * 1000] * 1000,
    np.full((50, 50), np.inf), [np.zeros(4_000)] * 1_500, np.full(10, 1e308),
], ids=range(11))
def test_a_huge_answer_is_compared_in_no_time(bank: BankRecord, answer: Any) -> None:
    start = time.process_time()
    found = diagnose(bank, answering(bank, [answer]))
    assert time.process_time() - start < 5
    assert found and found.mistakes == [] and len(json.dumps(asdict(found))) < MAX_BYTES


def test_an_answer_that_contains_itself(bank: BankRecord) -> None:
    answer: list[Any] = []
    answer += [answer, answer]
    found = diagnose(bank, answering(bank, [answer]))
    assert found and found.kind is DiagnosisKind.UNKNOWN


@pytest.mark.parametrize("name", ["q01_row_mean", "q02_slope", "q10_product"])
def test_verdicts_are_the_same_without_a_record(
    toy: Homework, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = question_of(toy, name)
    functions = {v.name: v for v in (*question.mistakes, *question.accepted)}
    generator = np.random.default_rng(20)
    mixed = [Variant("mixed", "\n\n".join(functions[n].text for n in generator.choice(
        list(functions), 2, replace=False)), "here:1") for _ in range(25)]
    cases = load_checks(question).test_cases
    cells = [answer_cell(question, variant) for variant in (*functions.values(), *mixed)]
    recorded = [run_cell(cases, toy.setup, cell, "here:1").failed for cell in cells]
    monkeypatch.setattr(recording, "MAX_CALLS", 0)
    assert recorded == [run_cell(cases, toy.setup, cell, "here:1").failed for cell in cells]
