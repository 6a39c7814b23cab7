"""Frames: how a message is laid out on the connection, and how large it may be.

    length of structure | length of blob | structure | blob

Both lengths are checked before anything is read, so that a hostile worker can neither exhaust
memory nor keep the grader reading. The structure is JSON of scalars and arrays, the blob raw bytes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from autograder.wire.plaindata import WireError

MAX_STRUCTURE = 4 << 20
MAX_BLOB = 256 << 20
HEADER = 8


class PeerGone(BaseException):
    """The other process has closed the connection.

    This and ProtocolError are no Exceptions: a check that expects an error of the student's
    function must not take the end of the conversation for one.
    """


class ProtocolError(BaseException):
    """The other side sent what the protocol does not allow at this point."""


class Connection(Protocol):
    """What is used of a socket."""

    def sendall(self, data: bytes, /) -> None: ...
    def recv_into(self, buffer: memoryview, /) -> int: ...
    def close(self) -> None: ...


def _no_objects(_pairs: object) -> None:
    raise ValueError("an object in a frame")


_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_decode = json.JSONDecoder(object_pairs_hook=_no_objects).decode


def pack(structure: object, parts: Sequence[bytes] = ()) -> bytes:
    """A frame whose blob is made of `parts`; raises WireError when it exceeds the bounds."""
    try:
        text = _encode(structure).encode("ascii")
    except (ValueError, TypeError, RecursionError) as error:
        raise WireError(f"cannot be sent: {type(error).__name__}") from None
    blob = sum(map(len, parts))
    if len(text) > MAX_STRUCTURE or blob > MAX_BLOB:
        raise WireError(f"a value of {len(text) + blob} bytes is too large")
    return b"".join((len(text).to_bytes(4, "big"), blob.to_bytes(4, "big"), text, *parts))


def unpack(text: bytes | memoryview) -> list[Any]:
    """The structure of a frame: nested lists and scalars, never objects; or ProtocolError."""
    try:
        structure = _decode(str(text, "ascii"))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"not a frame: {type(error).__name__}") from None
    if not isinstance(structure, list):
        raise ProtocolError("not a frame: no list")
    return structure


def receive(connection: Connection) -> tuple[list[Any], memoryview]:
    """The structure and the blob of the next frame; raises PeerGone or ProtocolError."""
    header = _read(connection, HEADER)
    structure, blob = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")
    if structure > MAX_STRUCTURE or blob > MAX_BLOB:
        raise ProtocolError(f"a frame of {structure + blob} bytes is too large")
    body = _read(connection, structure + blob)
    return unpack(body[:structure]), body[structure:]


def send(connection: Connection, frame: bytes) -> None:
    """Send a whole frame; raises PeerGone."""
    try:
        connection.sendall(frame)
    except OSError:
        raise PeerGone from None


def _read(connection: Connection, count: int) -> memoryview:
    view, position = np.empty(count, np.uint8).data, 0  # takes no memory before bytes come
    while position < count:
        try:
            got = connection.recv_into(view[position:])
        except OSError:
            got = 0
        if not got:
            raise PeerGone
        position += got
    return view
