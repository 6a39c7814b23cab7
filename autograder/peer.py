"""A conversation over the wire: each side asks the other, one question at a time, and answers.

Both processes run this same class. `request` sends a question and, until its answer arrives,
answers the questions that the other side has meanwhile: that is how a check's function which was
lent to a student's function is called back. An answer that nobody waits for is a ProtocolError.
"""

from __future__ import annotations

import builtins
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograder.frames import HEADER, lengths, pack, unpack
from autograder.plaindata import WireError, changed, is_mutable_data, overwrite, snapshot
from autograder.wire import Decoder, Encoder

MAX_CALLBACKS = 200_000
"""Questions answered while one of ours is open."""
MAX_NESTING = 40
"""Calls within calls, in either direction."""
MAX_ERROR_TEXT = 2_000

Answerer = Callable[[str, tuple[Any, ...]], Any]


class PeerGone(Exception):
    """The other process has closed the connection."""


class ProtocolError(Exception):
    """The other side sent what the protocol does not allow at this point."""


class RemoteError(Exception):
    """Code on the other side raised. `kind` is the class of its error, `text` what it said."""

    kind = "Exception"
    text = ""


class Stub:
    """Stands for something that stays on the other side of `peer` under `number`."""

    def __init__(self, peer: Peer, number: int, kind: str) -> None:
        self.peer, self.number, self.kind = peer, number, kind

    def __repr__(self) -> str:
        return f"<{self.kind} of the other process>"


class RemoteFunction(Stub):
    """A function of the other side; calling it asks the other side to call it."""

    @property
    def __name__(self) -> str:
        return self.kind

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.peer.request("call", self, args, kwargs)


class Opaque(Stub):
    """An object of the other side that is no data; it can only be passed back."""

    def __array__(self, *_args: Any, **_kwargs: Any) -> Any:
        raise TypeError(f"expected an array, found a {self.kind}")


class OpaqueItems(Stub, Sequence[Any]):
    """An opaque object that can be iterated over; its items are those at the time it crossed."""

    items: list[Any]

    def __getitem__(self, index: Any) -> Any:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)


class Peer:
    """One end of a conversation. `answer(verb, values)` answers the other side's questions.

    With `lend_for_the_call` what was lent while asking can be used only until the answer arrives:
    so the grader lends. Without it, it can be used for ever: so the worker lends.
    """

    def __init__(
        self, connection: socket.socket, answer: Answerer, *, lend_for_the_call: bool
    ) -> None:
        self._connection = connection
        self._answer = answer
        self._lend_for_the_call = lend_for_the_call
        self._things: dict[int, object] = {}
        self._numbers: dict[int, int] = {}
        self._stubs: dict[int, Stub] = {}
        self._last_number = 0
        self._asked = 0
        self._nesting = 0

    def request(self, verb: str, *values: Any) -> Any:
        """Ask the other side, and wait for its answer; raises RemoteError if its code raised."""
        lent = self._last_number
        encoder = Encoder(self)
        structure = encoder.encode(values)
        self._asked += 1
        asked = self._asked
        self._send(["ask", asked, verb, structure], encoder.blob)
        try:
            return self._wait(asked, encoder.met)
        finally:
            if self._lend_for_the_call:
                self._forget_since(lent)

    def serve(self) -> None:
        """Answer questions until the other side closes the connection."""
        while True:
            try:
                frame, blob = self._receive()
            except PeerGone:
                return
            self._serve_one(frame, blob)

    def lend(self, thing: object) -> list[Any]:
        """The reference under which a thing crosses that is no data (`References`)."""
        if isinstance(thing, Stub) and thing.peer is self:
            return ["yours", thing.number]
        number = self._numbers.get(id(thing))
        if number is None:
            self._last_number = number = self._last_number + 1
            self._things[number], self._numbers[id(thing)] = thing, number
        if callable(thing):
            return ["fn", number, str(getattr(thing, "__name__", "function"))[:80]]
        return ["h", number, type(thing).__name__[:80]]

    def borrow(self, tag: str, fields: list[Any]) -> object:
        """The stub of a thing of the other side, or our own thing that came back."""
        number = fields[0]
        if not isinstance(number, int) or isinstance(number, bool):
            raise WireError("not a reference")
        if tag == "yours":
            if number not in self._things:
                raise WireError("a reference to nothing that is lent now")
            return self._things[number]
        if number not in self._stubs or tag == "hi":
            self._stubs[number] = self._stub(tag, number, fields)
        return self._stubs[number]

    def _stub(self, tag: str, number: int, fields: list[Any]) -> Stub:
        kind = str(fields[1])[:80]
        kind = kind if kind.isidentifier() else "object"
        if tag == "hi":
            stub = OpaqueItems(self, number, kind)
            stub.items = fields[2]
            return stub
        return (RemoteFunction if tag == "fn" else Opaque)(self, number, kind)

    def _forget_since(self, number: int) -> None:
        for later in [n for n in self._things if n > number]:
            self._numbers.pop(id(self._things.pop(later)), None)

    def _wait(self, asked: int, sent: list[Any]) -> Any:
        for _ in range(MAX_CALLBACKS):
            frame, blob = self._receive()
            if frame[:1] == ["ask"]:
                self._serve_one(frame, blob)
            elif frame[1:2] == [asked] and frame[0] in ("ok", "raised") and len(frame) == 4:
                return self._take_answer(frame, blob, sent)
            else:
                raise ProtocolError("an answer to no question")
        raise ProtocolError(f"more than {MAX_CALLBACKS} questions during one call")

    def _take_answer(self, frame: list[Any], blob: bytes, sent: list[Any]) -> Any:
        kind, _, structure, changes = frame
        count = len(sent)
        decoder = Decoder(self, blob, sent)
        result = decoder.decode(structure)
        new = {number: decoder.decode(contents) for number, contents in _pairs(changes)}
        decoder.finish()
        for number, value in new.items():
            if not isinstance(number, int) or not 0 <= number < count:
                raise WireError("a change of nothing that was sent")
            overwrite(sent[number], value)
        if kind == "raised":
            raise remote_error(result)
        return result

    def _serve_one(self, frame: list[Any], blob: bytes) -> None:
        if len(frame) != 4 or frame[0] != "ask" or not isinstance(frame[2], str):
            raise ProtocolError("not a question")
        _, asked, verb, structure = frame
        if self._nesting >= MAX_NESTING:
            raise ProtocolError(f"calls nested more than {MAX_NESTING} deep")
        self._nesting += 1
        try:
            decoder = Decoder(self, blob)
            values = decoder.decode(structure)
            decoder.finish()
            if not isinstance(values, tuple):
                raise ProtocolError("a question without values")
            self._reply(asked, verb, values, decoder.met)
        finally:
            self._nesting -= 1

    def _reply(self, asked: int, verb: str, values: tuple[Any, ...], met: list[Any]) -> None:
        before = [snapshot(value) for value in met]
        kind, result = "ok", None
        try:
            result = self._answer(verb, values)
            frame, blob = self._encoded(kind, asked, result, met, before)
        except (PeerGone, ProtocolError):
            raise
        except BaseException as error:  # whatever a student's code raises is an answer
            del met[len(before) :]
            frame, blob = self._encoded("raised", asked, error_parts(error), met, before)
        self._connection.sendall(pack(frame, blob))

    def _encoded(
        self, kind: str, asked: int, result: Any, met: list[Any], before: list[Any]
    ) -> tuple[list[Any], bytes]:
        encoder = Encoder(self, met)
        structure = encoder.encode(result)
        changes = [
            [number, encoder.contents(met[number])]
            for number, old in enumerate(before)
            if is_mutable_data(met[number]) and changed(met[number], old)
        ]
        pack(["", 0, structure, changes])  # too large? then say so instead of half a frame
        return [kind, asked, structure, changes], encoder.blob

    def _send(self, frame: list[Any], blob: bytes) -> None:
        try:
            self._connection.sendall(pack(frame, blob))
        except OSError:
            raise PeerGone from None

    def _receive(self) -> tuple[list[Any], bytes]:
        structure, blob = lengths(self._read(HEADER))
        return unpack(self._read(structure)), self._read(blob)

    def _read(self, count: int) -> bytes:
        parts = bytearray(count)
        view, position = memoryview(parts), 0
        while position < count:
            try:
                got = self._connection.recv_into(view[position:])
            except OSError:
                raise PeerGone from None
            if not got:
                raise PeerGone
            position += got
        return bytes(parts)


def error_parts(error: BaseException) -> tuple[list[str], str]:
    """Names of the error's class and its bases, and its text; nothing else of an error crosses."""
    if isinstance(error, RemoteError):
        names = [error.kind, *(base.__name__ for base in type(error).__mro__[2:])]
        return [str(name) for name in names], ""
    try:
        text = str(error)[:MAX_ERROR_TEXT]
    except Exception:
        text = ""
    return [base.__name__ for base in type(error).__mro__], text


def remote_error(parts: Any) -> RemoteError:
    """The error to raise for one on the other side: of the same built-in class, if it has one.

    A check that expects a ValueError of the student's function gets a ValueError.
    """
    names, text = parts if isinstance(parts, tuple) and len(parts) == 2 else ([], "")
    names = [str(n)[:80] for n in names if str(n).isidentifier()] if isinstance(names, list) else []
    base = next((_BUILTIN[name] for name in names if name in _BUILTIN), Exception)
    bases = (RemoteError,) if base is Exception else (RemoteError, base)
    error = type("RemoteError", bases, {"__init__": lambda self, *_: None})()
    error.kind, error.text = (names or ["Exception"])[0], str(text)[:MAX_ERROR_TEXT]
    assert isinstance(error, RemoteError)
    return error


def _simple(value: object) -> bool:
    return (
        isinstance(value, type) and issubclass(value, Exception)
        and not issubclass(value, OSError | UnicodeError | BaseExceptionGroup | ImportError
                           | SyntaxError | Warning)
    )


_BUILTIN = {name: value for name, value in vars(builtins).items() if _simple(value)}


def _pairs(changes: Any) -> list[tuple[Any, Any]]:
    if not isinstance(changes, list) or not all(
        isinstance(change, list) and len(change) == 2 for change in changes
    ):
        raise WireError("not a list of changes")
    return [(number, contents) for number, contents in changes]
