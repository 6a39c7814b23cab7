"""Frames: how messages travel on the connection between two peers.

    length of structure | length of blob | structure | blob

The structure is JSON of scalars and arrays, the blob is bytes. Both lengths are checked before
anything is read, so that a hostile worker can neither exhaust memory nor keep the grader reading.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from autograder.rpc.shared_state import WireError

MAX_STRUCTURE = 4 << 20
MAX_BLOB = 256 << 20
HEADER = 8
BUFFER = 1 << 16
"""Larger frames get memory of their own."""


class PeerGone(BaseException):
    """The other process has closed the connection.

    This and ProtocolError do not derive from Exception: a check that expects an error of the
    student's function must not catch the end of the connection.
    """


class ProtocolError(BaseException):
    """The other side sent what the protocol does not allow at this point."""


class Connection(Protocol):
    """The methods of a socket that are used."""

    def sendall(self, data: bytes, /) -> None: ...
    def recv_into(self, buffer: memoryview, /) -> int: ...
    def close(self) -> None: ...


def _no_objects(_pairs: object) -> None:
    raise ValueError("an object in a frame")


def _no_others(value: object) -> None:
    raise TypeError(f"a {type(value).__name__} in a structure")


_pieces = json.encoder.c_make_encoder(  # type: ignore[attr-defined]
    None, _no_others, json.encoder.encode_basestring_ascii,
    None, ":", ",", False, False, True,
)
"""One encoder for all values: `json.dumps` makes a new one each time, which takes longer."""


def as_json(value: object) -> str:
    """A value of plain types as JSON in ASCII; raises ValueError, TypeError or RecursionError."""
    return "".join(_pieces(value, 0))


_decode = json.JSONDecoder(object_pairs_hook=_no_objects).raw_decode
_lengths = struct.Struct(">II")


def pack(structure: object, parts: Sequence[bytes] = ()) -> bytes:
    """A frame whose blob is made of `parts`; raises WireError when it exceeds the bounds."""
    try:
        text = as_json(structure).encode("ascii")
    except (ValueError, TypeError, RecursionError) as error:
        raise WireError(f"cannot be sent: {type(error).__name__}") from None
    blob = sum(map(len, parts))
    if len(text) > MAX_STRUCTURE or blob > MAX_BLOB:
        raise WireError(f"a value of {len(text) + blob} bytes is too large")
    return b"".join((_lengths.pack(len(text), blob), text, *parts))


def unpack(text: bytes | memoryview) -> list[Any]:
    """The structure of a frame: nested lists and scalars, never objects; or ProtocolError."""
    try:
        characters = str(text, "ascii")
        structure, end = _decode(characters)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"not a frame: {type(error).__name__}") from None
    if not isinstance(structure, list) or end != len(characters):
        raise ProtocolError("not a frame: no list")
    return structure


class FrameConnection:
    """Sends and receives the frames of a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._buffer = memoryview(bytearray(BUFFER))
        self._ahead = b""

    def receive(self) -> tuple[list[Any], memoryview]:
        """The structure and the blob of the next frame; raises PeerGone or ProtocolError.

        The blob is lost when the next frame is received.
        """
        view, came = self._buffer, 0
        if self._ahead:
            came, ahead, self._ahead = len(self._ahead), self._ahead, b""
            view[:came] = ahead
        came = self._read(view, came, HEADER)
        structure, blob = _lengths.unpack_from(view)
        end = HEADER + structure + blob
        if came != end:
            if structure > MAX_STRUCTURE or blob > MAX_BLOB:
                raise ProtocolError(f"a frame of {structure + blob} bytes is too large")
            if end > BUFFER:
                view = np.empty(end, np.uint8).data  # takes no memory before bytes arrive
                view[:came] = self._buffer[:came]
            came = self._read(view, came, end)
            self._ahead = bytes(view[end:came])
        start = HEADER + structure
        return unpack(view[HEADER:start]), view[start:end]

    def _read(self, view: memoryview, came: int, wanted: int) -> int:
        """Read into `view`, behind the `came` bytes that are there, until there are `wanted`."""
        while came < wanted:
            try:
                got = self._connection.recv_into(view[came:])
            except OSError:
                got = 0
            if not got:
                raise PeerGone
            came += got
        return came

    def send(self, frame: bytes) -> None:
        """Send a whole frame; raises PeerGone."""
        try:
            self._connection.sendall(frame)
        except OSError:
            raise PeerGone from None

    def close(self) -> None:
        self._connection.close()
