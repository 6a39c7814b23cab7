"""Outlines of answers (return values), and their comparison leaf by leaf.

The outline of an answer keeps the parts that can be compared:

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
from collections.abc import Iterator
from functools import singledispatch
from typing import Any

import numpy as np

from autograder.diagnosis.record import (
    MAX_TEXT,
    SAMPLE,
    UNREADABLE,
    Call,
    Numbers,
    Odd,
    numbers,
)

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
