"""A worker to talk to, as the checker does: run cells, ask for names, call functions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from autograder.rpc.peer import Peer
from autograder.sandbox.client import NAMESPACES, ForkServerClient, IsolationRefused


class Talk:
    """One worker's notebook."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer

    def run(self, *cells: str) -> list[tuple[str, str, str]]:
        """How each cell ended: 'ok', 'error' or 'syntax', class and text of its error."""
        return [tuple(self.peer.request("run", cell)) for cell in cells]

    def get(self, name: str) -> Any:
        """A name of the notebook; None if it has none."""
        (value,) = self.peer.request("get", name)
        return value

    def value(self, *cells: str) -> Any:
        """What `answer` is after these cells, which must all be all right."""
        assert self.run(*cells) == [("ok", "", "")] * len(cells)
        return self.get("answer")


@contextmanager
def talk(parent: ForkServerClient) -> Iterator[Talk]:
    """A fresh worker of `parent`."""
    worker = parent.spawn()
    try:
        yield Talk(Peer(worker.connection, _nothing_lent, references_expire=True))
    finally:
        parent.end(worker)


def skip_without_namespaces() -> None:
    """Skip the test where this kernel gives whoever runs it no namespaces."""
    try:
        with ForkServerClient(NAMESPACES) as parent:
            parent.end(parent.spawn())
    except IsolationRefused as error:
        pytest.skip(f"no namespaces here: {error.found}")


def _nothing_lent(verb: str, _values: tuple[Any, ...]) -> None:
    raise AssertionError(verb)
