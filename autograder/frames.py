"""Frames: how a message is laid out on the connection, and how large it may be.

    length of structure | length of blob | structure | blob

Both lengths are checked before anything is read, so that a hostile worker can neither exhaust
memory nor keep the grader reading. The structure is JSON of scalars and arrays, the blob raw bytes.
"""

from __future__ import annotations

import json
from typing import Any

from autograder.plaindata import WireError

MAX_STRUCTURE = 4 << 20
MAX_BLOB = 256 << 20
HEADER = 8


def pack(structure: object, blob: bytes = b"") -> bytes:
    """A frame; raises WireError when it exceeds the bounds."""
    try:
        text = json.dumps(structure, separators=(",", ":")).encode("ascii")
    except (ValueError, TypeError, RecursionError) as error:
        raise WireError(f"cannot be sent: {type(error).__name__}") from None
    check_lengths(len(text), len(blob))
    return len(text).to_bytes(4, "big") + len(blob).to_bytes(4, "big") + text + blob


def lengths(header: bytes) -> tuple[int, int]:
    """Lengths of structure and blob, checked, from a frame's first HEADER bytes."""
    structure, blob = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")
    check_lengths(structure, blob)
    return structure, blob


def check_lengths(structure: int, blob: int) -> None:
    """Raise WireError when a frame of these lengths is too large to be read."""
    if structure > MAX_STRUCTURE or blob > MAX_BLOB:
        raise WireError(f"a value of {structure + blob} bytes is too large")


def unpack(text: bytes) -> list[Any]:
    """The structure of a frame: nested lists and scalars, never objects."""
    try:
        structure = json.loads(text, object_pairs_hook=_no_objects)
    except (ValueError, RecursionError) as error:
        raise WireError(f"not a frame: {type(error).__name__}") from None
    if not isinstance(structure, list):
        raise WireError("not a frame: no list")
    return structure


def _no_objects(_pairs: object) -> None:
    raise ValueError("an object in a frame")
