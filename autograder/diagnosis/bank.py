"""The answers of the bank to the checks of one question, as a file in autograder.zip.

The reference is the record of the right answer. For each code of a mistake only the differences
from the reference are kept. The file is as secret as the hidden checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from autograder.diagnosis.answers import (
    ABOUT_THE_CALL,
    ALWAYS_FREE,
    Leaf,
    Outline,
    alike,
    digest_of_arguments,
    from_json,
    leaf_from_json,
    leaves,
    leaves_of_call,
    outline_of_call,
    says_nothing,
    to_json,
)
from autograder.diagnosis.record import Call, Record

RECORDS_FILE = "records.json"

Place = tuple[str, int]
"""A check, and the number of a call in it."""


@dataclass(frozen=True)
class RightCall:
    """A call of the reference: its function, the digest of its arguments, its answer.

    `asked` is "" where the check calls right answers differently, because of earlier answers.
    `about` are the leaves of ABOUT_THE_CALL. `free` are leaves in which right answers may differ.
    """

    function: str
    asked: str
    answer: Outline
    about: tuple[str, ...]
    free: frozenset[int] = frozenset()

    @cached_property
    def leaves(self) -> list[Leaf]:
        return [*leaves(self.answer, self.answer), *self.about]

    def was_asked(self, call: Call) -> str:
        """The digest of a call's arguments; "" where it does not matter."""
        return self.asked and digest_of_arguments(call)


@dataclass
class Code:
    """One code of a mistake: how many calls of each check it saw, and where it differs.

    `functions` are those that it defines itself. `wrong` holds the leaves of a call that differ
    from those of all right answers, by number; `asked` the digests of arguments that differ.
    """

    name: str
    mistake: str
    functions: frozenset[str]
    counts: dict[str, int] = field(default_factory=dict)
    wrong: dict[Place, dict[int, Leaf]] = field(default_factory=dict)
    asked: dict[Place, str] = field(default_factory=dict)


@dataclass
class BankRecord:
    """The reference and all codes of a question, and the functions that its students write."""

    functions: list[str]
    right: dict[str, list[RightCall]]
    codes: list[Code]


def bank_record(
    functions: list[str], reference: Record, accepted: list[Record],
    codes: list[tuple[Code, Record]],
) -> BankRecord:
    """The bank's record, from those of the answer, the other right answers and the codes."""
    right = {check: [_right_call(call) for call in calls]
             for check, calls in reference.calls.items()}
    others: dict[tuple[Place, int], list[Leaf]] = {}
    for record in accepted:
        for (check, number), call, twin in common(right, record):
            found = differing(call, twin)
            for i, leaf in found.items():
                others.setdefault(((check, number), i), []).append(leaf)
            same = twin.was_asked(call) == twin.asked
            right[check][number] = replace(
                twin, free=twin.free.union(found), asked=twin.asked if same else "")
    for code, record in codes:
        for place, call, twin in common(right, record):
            code.counts[place[0]] = place[1] + 1
            found = {
                i: leaf for i, leaf in differing(call, twin).items()
                if not any(alike(leaf, other) for other in others.get((place, i), []))
            }
            if found:
                code.wrong[place] = found
            if (asked := twin.was_asked(call)) != twin.asked:
                code.asked[place] = asked
    return BankRecord(functions, right, [code for code, _ in codes])


def _right_call(call: Call) -> RightCall:
    answer = outline_of_call(call)
    found = leaves_of_call(call, answer)
    free = range(len(found) - ALWAYS_FREE, len(found))
    about = tuple(map(str, found[-ABOUT_THE_CALL:]))
    return RightCall(call.function, digest_of_arguments(call), answer, about, frozenset(free))


def differing(call: Call, twin: RightCall) -> dict[int, Leaf]:
    """The leaves of a call that differ from the reference's, by number."""
    pairs = zip(leaves_of_call(call, twin.answer), twin.leaves, strict=True)
    return {
        i: a for i, (a, b) in enumerate(pairs)
        if not says_nothing(a) and not says_nothing(b) and not alike(a, b)
    }


def common(
    right: Mapping[str, list[RightCall]], record: Record
) -> Iterator[tuple[Place, Call, RightCall]]:
    """The calls of a record that the reference makes too, each with the reference's.

    A check stops at its first failed assertion, and may use other arguments after a wrong answer.
    """
    for check, calls in record.calls.items():
        for number, (call, twin) in enumerate(zip(calls, right.get(check, []), strict=False)):
            if call.function != twin.function:
                break
            yield (check, number), call, twin


def bank_to_json(bank: BankRecord) -> Any:
    """The bank's record as JSON; places are written as texts `check number`."""
    return {
        "functions": bank.functions,
        "right": {
            check: [[c.function, c.asked, to_json(c.answer), list(c.about), sorted(c.free)]
                    for c in calls] for check, calls in bank.right.items()
        },
        "codes": [
            [c.name, c.mistake, sorted(c.functions), c.counts,
             [[*place, {str(i): to_json(leaf) for i, leaf in found.items()}]
              for place, found in c.wrong.items()],
             [[*place, asked] for place, asked in c.asked.items()]]
            for c in bank.codes
        ],
    }


def bank_from_json(data: Any) -> BankRecord:
    """The inverse of `bank_to_json`."""
    right = {
        check: [RightCall(function, asked, from_json(answer), tuple(about), frozenset(free))
                for function, asked, answer, about, free in calls]
        for check, calls in data["right"].items()
    }
    codes = [
        Code(name, mistake, frozenset(functions), counts,
             {(check, number): {int(i): leaf_from_json(leaf) for i, leaf in found.items()}
              for check, number, found in wrong},
             {(check, number): text for check, number, text in asked})
        for name, mistake, functions, counts, wrong, asked in data["codes"]
    ]
    return BankRecord(data["functions"], right, codes)
