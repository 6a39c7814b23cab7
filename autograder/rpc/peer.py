"""One end of a connection for remote calls: requests and answers, one at a time, both ways.

Both processes run this same class. `request` sends a request and, until its answer arrives, answers
the requests of the other side. In this way a student's function can call a function of the check
that it got as an argument. A message is

    "ask", "ahead", "ok" or "raised" | number of the request | value | changes

The value of a request is a tuple of a verb and values. Every message also contains the changes of
the values that both sides share (`shared_state.Shared`), so that each side sees them as in one
process. Values are shared until the call in which they crossed returns. A request that is sent
"ahead" may be followed by another one before it is answered. They are answered one after another
all the same. The other side can ask nothing meanwhile: the next thing it would read is no answer.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from autograder.rpc.codec import MAX_NAME, Encoder
from autograder.rpc.decoder import Decoder
from autograder.rpc.frames import (
    Connection,
    FrameConnection,
    PeerGone,
    ProtocolError,
    pack,
)
from autograder.rpc.proxies import (
    NUMPY,
    NUMPY_NAMES,
    Expired,
    Proxy,
    RemoteFunction,
    RemoteObject,
    error_parts,
    not_in_numpy,
    remote_error,
)
from autograder.rpc.shared_state import Shared, WireError

MAX_CALLBACKS = 200_000
"""Most requests that are answered while one of this side is open."""
MAX_NESTING = 40
"""Most calls within calls, in both directions."""
MAX_AHEAD = 1 << 15
"""Most bytes of requests that are sent before their answers are read: a socket must hold them while
the other side waits until its answers are read."""

ASKING = ("ask", "ahead")
KINDS = (*ASKING, "ok", "raised")

Answerer = Callable[[str, tuple[Any, ...]], Any]


class Message(NamedTuple):
    """A frame to be sent, the new values that are shared then, the numbers of changed ones."""

    frame: bytes
    new: list[Any]
    changed: list[int]


class Ahead(NamedTuple):
    """A request that is sent before its turn: its number, frame, and the values shared then."""

    number: int
    frame: bytes
    new: list[Any]


class Outcome(NamedTuple):
    """How a call ended: with an answer or with an error."""

    answer: Any
    error: Exception | None


class Peer:
    """One end of a connection. `answer(verb, values)` answers the other side's requests.

    With `references_expire`, as in the grader, the other side can use an object that was sent in a
    request only until the answer arrives; without it, as in the worker, for ever.
    """

    def __init__(
        self, connection: Connection, answer: Answerer, *, references_expire: bool
    ) -> None:
        self._frames = FrameConnection(connection)
        self._answer = answer
        self._references_expire = references_expire
        self._things: dict[int, object] = {}
        self._numbers: dict[int, int] = {}
        self._proxies: WeakValueDictionary[int, Proxy] = WeakValueDictionary()
        self._numpy_lent: set[str] = set()
        self._shared = Shared()
        self._last_number = 0
        self.changes_received = 0
        self._asked = 0
        self._nesting = 0
        self._ask_nothing = False

    def request(self, verb: str, *values: Any) -> Any:
        """Send a request, and wait for the answer.

        Raises RemoteError if the code of the other side raised; WireError if the request or the
        answer cannot be encoded (further requests are possible); PeerGone or ProtocolError if the
        connection has ended.
        """
        return self._request((verb, *values), {})

    def call_each(self, calls: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Yield the answers to several calls of the other side's functions; raise errors in place.

        A call is a function and its arguments. Calls with plain data that have no value in common
        are made in one request, before the first answer is yielded. Otherwise each call is a
        request of its own.
        """
        questions = [("call", function, tuple(args), None) for function, *args in calls]
        held: list[dict[int, Any]] = [{} for _ in questions]
        outcomes = self._series(questions, held)
        if outcomes is None:
            yield from map(self._request, questions, held)
            return
        yield from answers_of(outcomes)

    def send_ahead(self, questions: Iterable[tuple[Any, ...]]) -> list[Ahead]:
        """Send the first of these requests, as many as travel together; `answer_to` must read the
        answer to each of them, in order, before there is any other request.

        The requests hold no iterators, and no two of them the same mutable value.
        """
        together: list[Ahead] = []
        room = MAX_AHEAD
        for question in questions:
            ahead = self._ahead(partial(Encoder.encode, value=question))
            if ahead is None or len(ahead.frame) > room:
                break
            together.append(ahead)
            room -= len(ahead.frame)
        if together:
            self._frames.send(b"".join(each.frame for each in together))
        return together

    def answer_to(self, ahead: Ahead) -> Any:
        """Wait for the answer to a request of `send_ahead`; raise an error as `request` does."""
        self._shared.add(ahead.new)
        try:
            return self._wait(ahead.number, last=True)
        finally:
            self._shared.forget(0)

    def _request(self, question: tuple[Any, ...], held: dict[int, Any]) -> Any:
        """Send a request, and wait for the answer; `held` as in `Encoder`."""
        if self._ask_nothing:
            Expired()()  # what was sent ahead lends nothing, so this is of an earlier call
        first = self._last_number
        try:
            message = self._message("ask", None, question, held=held)
        except BaseException:
            self._forget_since(first)
            raise
        self._asked += 1
        asked, shared = self._asked, len(self._shared)
        try:
            self._send(message)
            return self._wait(asked, last=shared == 0)
        finally:
            self._shared.forget(shared)
            self._shared.note()
            if self._references_expire:
                self._forget_since(first)

    def _ahead(self, structure: Callable[[Encoder], Any]) -> Ahead | None:
        """A request to be sent ahead; None if it lends something, shares a value with one that is
        open, holds a value twice (see `Encoder.apart`) or cannot be encoded.
        """
        if len(self._shared) or self._ask_nothing:
            return None
        first, asked, encoder = self._last_number, self._asked, Encoder(self, self._shared)
        try:
            frame = pack(["ahead", asked + 1, structure(encoder), []], encoder.parts)
        except WireError:
            return None
        finally:
            lends = self._last_number != first
            self._forget_since(first)
        if lends or asked != self._asked or len(set(map(id, encoder.new))) < len(encoder.new):
            return None
        self._asked += 1
        return Ahead(self._asked, frame, encoder.new)

    def _series(
        self, questions: Sequence[tuple[Any, ...]], held: Sequence[dict[int, Any]]
    ) -> list[Outcome] | None:
        """The outcomes of requests that travel in one message; None if they cannot, or if one of
        the answers cannot: nothing is known then.
        """
        ahead = self._ahead(lambda encoder: ["t", "each", ["t", *(
            encoder.apart(each).encode(question)
            for question, each in zip(questions, held, strict=True))]])
        if ahead is None:
            return None
        self._frames.send(ahead.frame)
        try:
            outcomes = self.answer_to(ahead)
        except Exception:
            return None
        try:
            return [_outcome(*each) for each, _ in zip(outcomes, questions, strict=True)]
        except (TypeError, ValueError):
            self._frames.close()
            raise ProtocolError("not the answers to a series") from None

    def serve(self) -> None:
        """Answer requests until the other side closes the connection."""
        while True:
            try:
                message = self._receive(None)
            except PeerGone:
                return
            self._serve_one(*message, 0)

    def serve_next(self) -> None:
        """Answer the next request, also while one of this side is open."""
        shared = len(self._shared)
        self._serve_one(*self._receive(None), shared)

    def number_of(self, thing: object) -> int:
        """The number that represents an object of this side in messages (`codec.References`)."""
        number = self._numbers.get(id(thing))
        if number is None:
            self._last_number = number = self._last_number + 1
            self._things[number], self._numbers[id(thing)] = thing, number
        return number

    def owned(self, thing: object) -> int | None:
        """The number of the other side's object, if `thing` is a proxy of it."""
        return thing.number if isinstance(thing, Proxy) and thing.peer is self else None

    def own(self, number: Any) -> Any:
        """The object of this side that was sent as `number`; an `Expired` after its call."""
        _check_reference(number, "")
        return self._things[number] if number in self._things else Expired()

    def borrow(self, number: Any, kind: Any, proxy: type[Any]) -> Any:
        """The proxy, of this class, of the other side's object `number`, one while it lives."""
        _check_reference(number, kind)
        known = self._proxies.get(number)
        if known is None or not (proxy is RemoteObject or type(known) is proxy):
            other = "function" if proxy is RemoteFunction else "object"
            known = self._proxies[number] = proxy(self, number, _name(kind, other))
        return known

    def adopt(self, value: Any, number: Any, kind: Any, fields: tuple[str, ...]) -> Any:
        """`value`, now a proxy of the other side's thing `number`."""
        _check_reference(number, kind)
        value.peer, value.number, value.kind, value.fields = self, number, _name(kind), fields
        return value

    def numpy_name(self, function: object) -> str | None:
        """The name of a function or class of numpy, if the grader lends it or has lent it."""
        name = NUMPY_NAMES.get(id(function))
        if name and self._references_expire:
            self._numpy_lent.add(name)
        return name if name in self._numpy_lent else None

    def numpy_function(self, name: Any) -> Any:
        """The function or class of numpy that was sent as `name`; a worker sends only what it got.
        """
        if not self._references_expire:
            self._numpy_lent.add(name)
        elif name not in self._numpy_lent:
            raise WireError("what the check has not lent")
        return NUMPY.get(name) or not_in_numpy(name)

    def _forget_since(self, number: int) -> None:
        while self._things and (last := next(reversed(self._things))) > number:
            self._numbers.pop(id(self._things.pop(last)), None)

    def _message(
        self, kind: str, number: int | None, value: Any, *, changes: bool = True,
        held: dict[int, Any] | None = None,
    ) -> Message:
        """A message, ready to be sent; a request gets the next number."""
        held = {} if held is None else held
        while True:
            asked, encoder = self._asked, Encoder(self, self._shared, held)
            structure = encoder.encode(value)
            message = self._framed(kind, number or asked + 1, structure, encoder, changes=changes)
            if asked == self._asked:
                return message
            # an iterator sent requests while it was read: encode again

    def _framed(
        self, kind: str, number: int, structure: Any, encoder: Encoder, *, changes: bool = True
    ) -> Message:
        changed = encoder.changes() if changes and self._shared.values else []
        frame = pack([kind, number, structure, changed], encoder.parts)
        return Message(frame, encoder.new, [number for number, _ in changed])

    def _send(self, message: Message, *, last: bool = False) -> None:
        """Send a message; after the last one of a conversation nothing is shared any more."""
        frame, new, changed = message
        self._frames.send(frame)
        if not last:
            self._shared.crossed(changed)
            self._shared.add(new)

    def _receive(self, asked: int | None, *, last: bool = False) -> tuple[str, int, Any]:
        """Kind, number and value of the next message: a question, or the answer to `asked`.

        `last` says that after the answer nothing is shared any more. Raises WireError for an answer
        that is no data; for a question that is none, ProtocolError.
        """
        kind = "ask"
        try:
            frame, blob = self._frames.receive()
            if len(frame) != 4 or frame[0] not in KINDS or type(frame[1]) is not int:
                raise ProtocolError("not a message")
            kind, number, structure, changes = frame
            if kind not in ASKING and number != asked:
                raise ProtocolError("an answer to no question")
            with blob:  # freed here: messages within this call need the memory
                value = self._decode(structure, changes, blob, keep=kind in ASKING or not last)
        except (WireError, MemoryError, RecursionError) as error:
            if kind not in ASKING and isinstance(error, WireError):
                raise
            raise ProtocolError(f"no question: {error or type(error).__name__}") from None
        return kind, number, value

    def _decode(self, structure: Any, changes: Any, blob: memoryview, *, keep: bool) -> Any:
        decoder = Decoder(self, self._shared, blob)
        value = decoder.decode(structure)
        changed = decoder.repeat(changes) if changes != [] else []
        decoder.finish()
        if changed:
            self.changes_received += len(changed)
        if keep:
            self._shared.crossed(changed)
            self._shared.add(decoder.new)
        return value

    def _wait(self, asked: int, *, last: bool) -> Any:
        """The answer to a request; the connection is closed when the protocol is violated."""
        try:
            for _ in range(MAX_CALLBACKS):
                shared = len(self._shared)
                kind, number, value = self._receive(asked, last=last)
                if kind in ASKING:
                    self._serve_one(kind, number, value, shared)
                elif kind == "raised":
                    raise remote_error(value)
                else:
                    return value
            raise ProtocolError(f"more than {MAX_CALLBACKS} questions during one call")
        except ProtocolError:
            self._frames.close()
            raise

    def _serve_one(self, kind: str, number: int, question: Any, shared: int) -> None:
        """Answer a request; `shared` values were shared before it."""
        if self._nesting >= MAX_NESTING:
            raise ProtocolError(f"calls nested more than {MAX_NESTING} deep")
        self._nesting += 1
        before, self._ask_nothing = self._ask_nothing, kind == "ahead"
        try:
            self._shared.note()
            self._send(self._answered(number, question, nested=shared > 0), last=shared == 0)
        finally:
            self._nesting -= 1
            self._ask_nothing = before
            self._shared.forget(shared)

    def _answered(self, number: int, question: Any, *, nested: bool) -> Message:
        try:
            verb = _verb(question)
            if verb == "each" and not self._references_expire:
                return self._answered_each(number, question[1])
            return self._message("ok", number, self._result(question))
        except (PeerGone, ProtocolError):
            raise
        except BaseException as error:  # any error of student code is an answer
            parts = self._error_parts(error)
        try:
            return self._message("raised", number, parts)
        except (WireError, MemoryError):  # an argument was changed into a value that cannot cross
            if nested:
                raise ProtocolError("changes that do not cross, of what both sides share") from None
            return self._message("raised", number, parts, changes=False)

    def _answered_each(self, number: int, questions: Iterable[Any]) -> Message:
        """The answers to a series; each is encoded before the next call, which could change it.

        Only a worker makes a series of calls. One that a worker asks for is refused: its answers
        could fill the memory of the grader.
        """
        encoder = Encoder(self, self._shared)
        outcomes = [self._encoded_outcome(question, encoder) for question in questions]
        return self._framed("ok", number, ["t", *outcomes], encoder)

    def _encoded_outcome(self, question: Any, encoder: Encoder) -> Any:
        new, parts = len(encoder.new), len(encoder.parts)
        try:
            return encoder.apart().encode(("ok", self._result(question)))
        except (PeerGone, ProtocolError):
            raise
        except BaseException as error:
            del encoder.new[new:], encoder.parts[parts:]
            return encoder.apart().encode(("raised", self._error_parts(error)))

    def _result(self, question: tuple[Any, ...]) -> Any:
        verb, *values = question
        answer = _OPERATIONS.get(verb)
        return answer(*values) if answer else self._answer(verb, tuple(values))

    def _error_parts(self, error: BaseException) -> Any:
        return error_parts(error, error if self._references_expire else None)


def _verb(question: Any) -> str:
    if not isinstance(question, tuple) or not question or not isinstance(question[0], str):
        raise ProtocolError("a question without a verb")
    return question[0]


def answers_of(outcomes: Iterable[Outcome]) -> Iterator[Any]:
    """Yield the answers of calls; raise an error in the place of its answer."""
    for answer, error in outcomes:
        if error:
            raise error
        yield answer


def _outcome(kind: Any, value: Any) -> Outcome:
    if kind not in ("ok", "raised"):
        raise ValueError("neither an answer nor an error")
    return Outcome(value, None) if kind == "ok" else Outcome(None, remote_error(value))


def _check_reference(number: Any, kind: Any) -> None:
    if type(number) is not int or not isinstance(kind, str):
        raise WireError("not a reference")


def _name(kind: str, other: str = "object") -> str:
    return kind[:MAX_NAME] if kind.isidentifier() else other


def _copied(thing: Any, deep: Any) -> Any:
    """A copy for the holder of a proxy of `thing`."""
    if isinstance(thing, Expired):
        thing()
    return copy.deepcopy(thing) if deep else copy.copy(thing)


def _item(thing: Any, key: Any) -> Any:
    """The value of a dict for a key, which a defaultdict may create."""
    if not isinstance(thing, dict):
        raise KeyError(key)
    return thing[key]


_OPERATIONS: dict[str, Callable[..., Any]] = {"copy": _copied, "item": _item}
"""The requests of a proxy to its owner, besides calls."""
