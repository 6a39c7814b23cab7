"""Calls between two peers of one process, so that the processes forked from it do not begin cold.

Python specialises the code of a function when it has run several times, and json and numpy prepare
things at their first use. A fork inherits what its parent has done by then. What the parent has not
done, each fork does again, for each submission.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

from autograder.rpc.peer import Peer
from autograder.rpc.proxies import RemoteFunction

TIMES = 16
"""Calls of each kind: Python begins to specialise a function at its eighth call."""

AnyPeer = TypeVar("AnyPeer", bound=Peer)


class _End:
    """An end of a connection within one process: when it is read, the other side first answers."""

    other: _End
    peer: Peer

    def __init__(self) -> None:
        self._arrived = bytearray()

    def sendall(self, data: bytes) -> None:
        self.other._arrived += data

    def recv_into(self, buffer: memoryview) -> int:
        while not self._arrived:
            self.other.peer.serve_next()
        count = min(len(buffer), len(self._arrived))
        buffer[:count] = self._arrived[:count]
        del self._arrived[:count]
        return count

    def close(self) -> None:
        pass


def conversation(kind: type[AnyPeer]) -> tuple[AnyPeer, RemoteFunction]:
    """A grader's peer of this class and a function of the worker's side; both sides are here."""
    ours, theirs = _End(), _End()
    ours.other, theirs.other = theirs, ours
    theirs.peer = Peer(theirs, _answer, references_expire=False)
    ours.peer = peer = kind(ours, _answer, references_expire=True)
    return peer, peer.request("get", "function")


def warm_up(function: RemoteFunction) -> None:
    """Call `function` with values of the kinds that checks use."""
    for _ in range(TIMES):
        array, generator = np.ones((3, 4)), np.random.default_rng(0)
        several: Mapping[str, Any] = {"W": [array, array.T], "b": np.zeros(4, np.float32), "n": 1}
        for value in (array, 1.5, 3, "text", (array, array), several, generator, np.float64(1)):
            function(value)
        function(array, call=np.sum)
        list(function.answer_calls([(function, array + 1), (function, array + 2)]))


def _answer(verb: str, values: tuple[Any, ...]) -> Any:
    if verb == "get":
        return _same
    function, args, keywords = values
    return function(*args, **(keywords or {}))


def _same(value: Any, call: Any = None) -> Any:
    return call(value) if call else value
