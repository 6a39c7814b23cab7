"""Names of mistakes are read from answers: of the toy homework, in one process."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd
import pytest

from autograder.authoring.evaluate import load_checks, record_bank, run_cell
from autograder.authoring.homework import Question, Variant, load_homework
from autograder.authoring.student_notebook import answer_cell
from autograder.check_toolkit import each
from autograder.diagnosis.bank import (
    BankRecord,
    alike,
    bank_from_json,
    bank_to_json,
    leaves,
    outline,
)
from autograder.diagnosis.naming import diagnose
from autograder.diagnosis.record import (
    MAX_TEXT,
    Odd,
    Recorded,
    Recorder,
    RecordingPeer,
    kept,
)
from autograder.model import Diagnosis, DiagnosisKind, FindingKind
from tests.conftest import TOY_ROOT
from tests.two_sides import TwoSides

KINDS = DiagnosisKind


@pytest.fixture(scope="module")
def slope() -> Question:
    return next(q for q in load_homework("toy", TOY_ROOT).questions if q.name == "q02_slope")


@pytest.fixture(scope="module")
def bank(slope: Question) -> BankRecord:
    data = bank_to_json(record_bank(slope, "import numpy as np"))
    return bank_from_json(data)


def diagnosis(question: Question, bank: BankRecord, code: str) -> Diagnosis | None:
    cell = answer_cell(question, Variant("tried", textwrap.dedent(code).strip(), "here:1"))
    ran = run_cell(load_checks(question).test_cases, "import numpy as np", cell, "here:1")
    return diagnose(bank, ran.record)


def test_a_mistake_written_otherwise_is_named(slope: Question, bank: BankRecord) -> None:
    found = diagnosis(slope, bank, """
        def slope(f, x, h=1e-4):
            above, here = f(x + h), f(x)
            return np.array(above - here) / h
    """)
    assert found and (found.kind, found.mistakes) == (KINDS.NAMED, ["one_sided"])
    assert found.fingerprint == ""
    assert found.call and found.call.check == "slope_of_a_square"
    assert (found.call.asked, found.call.expected) == ("slope(a function, 3)", "6")
    assert found.call.given.startswith("6.0001")


def test_mistakes_of_two_functions_are_named_together(slope: Question, bank: BankRecord) -> None:
    found = diagnosis(slope, bank, """
        def slope(f, x, h=1e-4):
            return (f(x + h) - f(x - h)) / h

        def batches(X, size, rng):
            return [X[:, k : k + size] for k in range(0, X.shape[1], size)]
    """)
    assert found and found.kind is KINDS.SEVERAL
    assert found.mistakes == ["forgot_the_two", "in_order"]


def test_what_the_bank_does_not_hold_gets_no_name(slope: Question, bank: BankRecord) -> None:
    unknown = [diagnosis(slope, bank, f"""
        def slope(f, x, h=1e-4):
            return {text}
    """) for text in ("(f(x + h) - f(x - h)) / (3 * h)", "(f(h + x) - f(x - h)) / h / 3",
                      "(f(x + h) - f(x - h)) / (4 * h)")]
    assert [(d.kind, d.mistakes) for d in unknown if d] == [(KINDS.UNKNOWN, [])] * 3
    first, same, other = (d.fingerprint for d in unknown if d)
    assert first == same != other and first


def test_a_right_answer_has_no_diagnosis(slope: Question, bank: BankRecord) -> None:
    assert diagnosis(slope, bank, "def slope(f, x, h=1e-4):\n    return (f(x+h) - f(x-h)) / 2 / h"
                     ) is None


def test_a_function_that_is_not_written(slope: Question, bank: BankRecord) -> None:
    for body in ("...", "return None", "raise NotImplementedError"):
        found = diagnosis(slope, bank, f"def slope(f, x, h=1e-4):\n    {body}")
        assert found and (found.kind, found.mistakes) == (KINDS.UNWRITTEN, [])
        assert [(f.function, f.kind) for f in found.findings] == [("slope", FindingKind.UNWRITTEN)]


def test_a_function_that_only_raises(slope: Question, bank: BankRecord) -> None:
    found = diagnosis(slope, bank, "def slope(f, x, h=1e-4):\n    return f(x)[0]")
    assert found and found.kind is KINDS.RAISES and found.mistakes == []
    assert [f.kind for f in found.findings] == [FindingKind.RAISES]
    assert found.findings[0].error in ("TypeError", "IndexError")


def test_frames_differ_by_their_columns() -> None:
    frame = pd.DataFrame({"run": ["a", "b"], "loss": [0.5, 0.25]})
    others = [frame.assign(loss=[0.5, 0.2]), frame.assign(run=["a", "c"]), frame.iloc[:1],
              frame.rename(columns={"run": "name"}), frame.astype({"loss": "float32"}),
              frame.set_index("run"), frame["loss"]]
    right = outline(kept(frame))
    assert all(map(alike, leaves(right, right), leaves(outline(kept(frame.copy())), right)))
    for other in others:
        found = leaves(outline(kept(other), right), right)
        assert not all(map(alike, leaves(right, right), found)), other


def test_columns_are_kept_in_bounds() -> None:
    names = [f"{'long' * 50}{number}" for number in range(300)]
    wide = kept(pd.DataFrame([["x" * 5000] * 300] * 1000, columns=names))
    assert len(repr(wide)) < 300 * 20 * MAX_TEXT
    assert isinstance(kept(pd.DataFrame([range(5000)])), Odd)


def test_what_a_generator_yielded_is_read_and_left_for_the_check() -> None:
    batches = [(np.ones((2, 3)), 1.0), (np.zeros((2, 1)), 2.0)]
    crossed = iter(batches)  # how the answer of a generator function comes from a worker
    right = outline(kept(batches))
    assert all(map(alike, leaves(right, right), leaves(outline(kept(crossed)), right)))
    assert list(crossed) == batches


def test_a_change_of_an_argument_is_seen_wherever_it_is() -> None:
    def spoil(array: Any, nested: Any, table: Any, left: Any) -> None:
        array[0], nested[0]["x"][1], table["k"] = 5.0, 7, np.nan

    recorder = Recorder()
    recorder.begin("c")
    nan = np.array([np.nan, 1.0])
    recorder.call("f", (nan, [{"x": [1, 2]}], {"k": 1}, nan[1:]), {"left": nan[1:]},
                  lambda: None)
    arguments: list[Any] = [np.array([np.nan, 1.0]), [{"x": [1, 2]}], {"k": 1}]
    recorder.call("f", tuple(arguments), {"left": nan}, lambda: spoil(*arguments, nan))
    assert [call.changed for call in recorder.record.calls["c"]] == [(), ("0", "1", "2")]


def test_calls_that_travel_together_are_recorded_as_one_by_one() -> None:
    def student(x: Any, y: float = 0.0) -> Any:
        if y == 3:
            x[0] = y
        if y == 5:
            raise ZeroDivisionError
        return x.sum() / (y + 1)

    def cases() -> list[tuple[Any, ...]]:
        return [(np.arange(3.0), float(n)) for n in range(6)]

    records = []
    with TwoSides(student=student) as sides:
        peer = RecordingPeer(sides.ours, sides._called_back, references_expire=True)
        function = peer.request("get", "student")
        peer.functions = {"f": function}
        for answers in ((function(*case) for case in cases()), each(function, cases())):
            peer.recorder = Recorder(lambda: peer.changes_received)
            peer.recorder.begin("c")
            with pytest.raises(ZeroDivisionError):
                list(answers)
            records.append(peer.recorder.record.calls["c"])
    assert [repr(call) for call in records[0]] == [repr(call) for call in records[1]]
    assert [call.changed for call in records[1]] == [(), (), (), ("0",), (), ()]
    assert [call.error for call in records[1]] == ["", "", "", "", "", "ZeroDivisionError"]


def test_calls_that_had_to_be_made_again_are_recorded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.rpc.frames.MAX_STRUCTURE", 1000)
    with TwoSides(student=lambda n: [n] * 400) as sides:
        peer = RecordingPeer(sides.ours, sides._called_back, references_expire=True)
        function = peer.request("get", "student")
        peer.functions = {"f": function}
        peer.recorder = Recorder(lambda: peer.changes_received)
        peer.recorder.begin("c")
        assert len(list(each(function, [(1,), (2,), (3,)]))) == 3
    assert [call.arguments for call in peer.recorder.record.calls["c"]] == [(1,), (2,), (3,)]


def test_the_bank_makes_all_calls_of_a_series_too() -> None:
    recorder = Recorder()
    recorder.begin("c")
    answers = each(Recorded("f", lambda x: 1 // x, recorder), [(1,), (0,), (2,)])
    assert next(answers) == 1
    assert [call.error for call in recorder.record.calls["c"]] == ["", "ZeroDivisionError", ""]
    with pytest.raises(ZeroDivisionError):
        next(answers)


def test_a_wrong_shape_is_said_and_no_belief(slope: Question, bank: BankRecord) -> None:
    found = diagnosis(slope, bank,
                      "def slope(f, x, h=1e-4):\n    return [(f(x+h) - f(x-h)) / 2 / h] * 2")
    assert found and (found.kind, found.mistakes) == (KINDS.UNKNOWN, [])
    assert [(f.function, f.kind) for f in found.findings] == [("slope", FindingKind.SHAPE)]


def test_beside_an_unwritten_function_the_other_is_named(
    slope: Question, bank: BankRecord
) -> None:
    found = diagnosis(slope, bank, """
        def batches(X, size, rng):
            ...

        def slope(f, x, h=1e-4):
            return (f(x + h) - f(x - h)) / h
    """)
    assert found and found.mistakes == ["forgot_the_two"]
    assert [(f.function, f.kind) for f in found.findings] == [("batches", FindingKind.UNWRITTEN)]


def test_the_call_shown_is_one_of_a_failed_check(slope: Question, bank: BankRecord) -> None:
    """Batches may come in any order: in a check that passed, another order is nothing to show."""
    found = diagnosis(slope, bank, """
        def slope(f, x, h=1e-4):
            return (f(x + h) - f(x - h)) / 2 / h

        def batches(X, size, rng):
            order = np.random.default_rng(0).permutation(X.shape[1])
            return [X[:, order[k : k + size]] for k in range(0, X.shape[1], size)]
    """)
    assert found and found.call and found.call.check == "shuffled_by_rng"
    assert found.call.expected.startswith("for example ")
