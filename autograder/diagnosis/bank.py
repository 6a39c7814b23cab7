"""Answers of functions in a form that can be compared, and those of the bank of a question.

The bank's record is a file in autograder.zip, as secret as the hidden checks. Its reference is what
the right answer returns in each call of each check. For each code of a mistake only the differences
from the reference are kept.

Answers are compared as outlines. The outline of an answer (a return value) keeps the parts that can
be compared:

    Numbers     a number or an array: its shape and a sample of its entries
    str         anything else: None, an error, a text, an object
    list, dict  outlines of the items of a sequence or a dict of unlike things

A right answer of two arrays is a list of two `Numbers`, and a student's answer is read the same
way, whether it is a tuple, a list or one array of two rows. The leaves of an outline are its
`Numbers` and texts, in order.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, singledispatch
from typing import Any

import numpy as np

from autograder.diagnosis.record import (
    MAX_TEXT,
    SAMPLE,
    UNREADABLE,
    Call,
    Numbers,
    Odd,
    Record,
    numbers,
)

RECORDS_FILE = "records.json"

Place = tuple[str, int]
"""A check, and the number of a call in it."""
Leaf = Numbers | str
Outline = Leaf | list[Any] | dict[str, Any]

RTOL, ATOL = 1e-6, 1e-9
DIGITS = 4
"""Significant digits in a digest: float32 arithmetic changes the seventh."""
MAX_SAID = 160
NOTHING = "None"
RAISED = "raised "


def outline(value: Any, like: Outline | None = None) -> Outline:
    """The outline of a recorded value, in the structure of `like` as far as possible."""
    if isinstance(like, list):
        items = _items(value, len(like))
        if items is not None:
            return [outline(item, part) for item, part in zip(items, like, strict=True)]
    elif isinstance(like, dict):
        if isinstance(value, dict) and like.keys() & value.keys():
            return {k: outline(value[k], part) if k in value else "missing"
                    for k, part in like.items()}
    elif isinstance(like, Numbers) and isinstance(value, list | tuple):
        return _stacked(value) or _brief([_natural(item) for item in value])
    found = _natural(value)
    return _brief(found) if like is not None and isinstance(found, list | dict) else found


def _natural(value: Any) -> Outline:
    """The outline of a value in its own structure."""
    if isinstance(value, Numbers):
        return value
    if isinstance(value, np.ndarray | bool | float | complex):
        return numbers(np.asarray(value))
    if isinstance(value, dict):
        return {key: _natural(item) for key, item in value.items()}
    if isinstance(value, list) and (found := _stacked(value)):
        return found
    if isinstance(value, list | tuple):
        return [_natural(item) for item in value]
    return _named(value)


def _named(value: Any) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, Odd):
        return value.kind
    return f"text {value!r}"


def _stacked(value: Any) -> Numbers | None:
    """A list of numbers, or of lists or arrays of one shape, as one array."""
    try:
        array = np.array(value)
    except (ValueError, TypeError):
        return None
    return numbers(array) if array.dtype.kind in "biufc" and array.size else None


def _items(value: Any, count: int) -> list[Any] | None:
    """The items of a sequence of `count` items."""
    if isinstance(value, np.ndarray) and value.ndim:
        value = list(value)
    return list(value) if isinstance(value, list | tuple) and len(value) == count else None


def leaves(found: Outline, like: Outline) -> Iterator[Leaf]:
    """The leaves of `found` in the order of those of `like`; missing leaves are texts."""
    if isinstance(like, list):
        for index, part in enumerate(like):
            yield from leaves(found[index] if isinstance(found, list) else found, part)
    elif isinstance(like, dict):
        for key, part in like.items():
            yield from leaves(found[key] if isinstance(found, dict) else found, part)
    else:
        yield _brief(found) if isinstance(found, list | dict) else found


def _brief(found: list[Any] | dict[str, Any]) -> str:
    """A text for an answer of another structure, equal for equal keys or items."""
    if isinstance(found, dict):
        return f"dict with keys {', '.join(found)}"[:MAX_TEXT]
    return f"list of {len(found)} {digest(found)}"


def outline_of_call(call: Call, like: Outline | None = None) -> Outline:
    """The outline of the answer of a call; an error is a leaf like any other."""
    return RAISED + call.error if call.error else outline(call.answer, like)


def leaves_of_call(call: Call, like: Outline) -> list[Leaf]:
    """The leaves of the answer, then those of ABOUT_THE_CALL."""
    found = outline_of_call(call, like)
    back = sum(zlib.crc32(_rounded(_natural(args)).encode()) for args in call.calls_back)
    return [
        *leaves(found, like), ", ".join(call.changed),
        f"{call.drawn}{len(call.calls_back)} {back % (1 << 32):08x}", digest(found),
    ]


ABOUT_THE_CALL = 3
"""Leaves after those of an answer: the arguments that the call changed; the states of generators
and the calls of functions among its arguments; a digest of the whole answer."""
ALWAYS_FREE = 2
"""The last leaves, in which any answer may differ from the reference."""


def alike(a: Leaf, b: Leaf) -> bool:
    """Whether two leaves are the same, up to rounding; nan is like nan, shapes must be equal."""
    if isinstance(a, str) or isinstance(b, str):
        return a == b
    if a.shape != b.shape or len(a.entries) != len(b.entries):
        return False
    own, sums = a.entries[:SAMPLE], a.entries[SAMPLE:]
    return all(map(_close, own, b.entries)) and all(
        _close(x, y, max(a.scale, b.scale)) for x, y in zip(sums, b.entries[SAMPLE:], strict=True)
    )


def _close(x: float, y: float, scale: float = 0.0) -> bool:
    if x != x or y != y:
        return x != x and y != y
    tolerance = ATOL + (RTOL * scale if math.isfinite(scale) else 0)
    return math.isclose(x, y, rel_tol=RTOL, abs_tol=tolerance)


def says_nothing(leaf: Leaf) -> bool:
    """Whether this leaf could not be read at all."""
    return leaf == UNREADABLE.kind


def is_answer(leaf: Leaf) -> bool:
    """Whether a leaf is data, rather than None, an error or something missing."""
    return isinstance(leaf, Numbers) or leaf.startswith(("text ", "dict ", "list "))


def digest(parts: Any) -> str:
    """A short text that is equal for equal outlines, leaves and texts up to rounding."""
    return f"{zlib.crc32(_rounded(parts).encode('utf-8', 'replace')):08x}"


def digest_of_arguments(call: Call) -> str:
    """The digest of the arguments of a call."""
    return digest([_natural(call.arguments), _natural(call.keywords)])


@singledispatch
def _rounded(parts: Any) -> str:
    return str(parts)


@_rounded.register
def _(parts: Numbers) -> str:
    entries = [x if abs(x) > ATOL else 0.0 for x in parts.entries[:SAMPLE]]
    return f"{parts.shape}:{','.join(f'{x:.{DIGITS - 1}e}' for x in entries)}"


@_rounded.register(list | tuple)
def _(parts: list[Any] | tuple[Any, ...]) -> str:
    return f"[{';'.join(map(_rounded, parts))}]"


@_rounded.register
def _(parts: dict) -> str:  # type: ignore[type-arg]
    return f"{{{';'.join(f'{key}={_rounded(part)}' for key, part in parts.items())}}}"


_DIGEST = re.compile(r"(?<=\w) [0-9a-f]{8}$")
"""The digest that `_brief` appends to its text."""


def said(found: Outline) -> str:
    """An outline in words for staff, bounded."""
    text = _said(found)
    return text if len(text) <= MAX_SAID else text[: MAX_SAID - 1] + "…"


def _said(found: Outline) -> str:
    if isinstance(found, list):
        return f"({', '.join(map(_said, found[:8]))}{', …' if len(found) > 8 else ''})"
    if isinstance(found, dict):
        return f"{{{', '.join(f'{k}: {_said(v)}' for k, v in list(found.items())[:8])}}}"
    if isinstance(found, str):
        return _DIGEST.sub("", found.removeprefix("text "))
    few = math.prod(found.shape) <= SAMPLE
    shown = found.entries if few else found.entries[: SAMPLE // 2]
    texts = ", ".join(f"{x:.6g}" for x in shown)
    if not found.shape:
        return texts
    return f"[{texts}{'' if few else ', …'}]" + (
        f" of shape {found.shape}" if len(found.shape) > 1 or not few else "")


def asked(call: Call) -> str:
    """The call as staff would write it, bounded."""
    known = call.arguments if isinstance(call.arguments, tuple) else (call.arguments,)
    arguments = [said(_natural(value)) for value in known]
    arguments += [f"{key}={said(_natural(value))}" for key, value in call.keywords.items()]
    text = f"{call.function}({', '.join(arguments)})"
    return text if len(text) <= 2 * MAX_SAID else text[: 2 * MAX_SAID - 1] + "…"


def to_json(found: Outline) -> Any:
    """An outline, or a leaf, as JSON."""
    if isinstance(found, Numbers):
        entries = [float(f"{x:.9g}") for x in found.entries]
        return ["n", list(found.shape), entries, float(f"{found.scale:.3g}")]
    if isinstance(found, list):
        return ["s", *map(to_json, found)]
    if isinstance(found, dict):
        return {key: to_json(part) for key, part in found.items()}
    return found


def from_json(data: Any) -> Outline:
    """The inverse of `to_json`."""
    if isinstance(data, dict):
        return {key: from_json(part) for key, part in data.items()}
    if isinstance(data, list) and data[0] == "s":
        return [from_json(part) for part in data[1:]]
    return leaf_from_json(data)


def leaf_from_json(data: Any) -> Leaf:
    """The inverse of `to_json` for a leaf."""
    if isinstance(data, str):
        return data
    _, shape, entries, scale = data
    return Numbers(tuple(shape), tuple(entries), scale)


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
