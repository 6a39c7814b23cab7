"""Two Peers on a socketpair: `grader` asks, and a thread answers in the worker's place."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Any, Self

from autograder.rpc.peer import Peer


class TwoSides:
    """A conversation about `functions`, the names of the student's notebook."""

    def __init__(self, **functions: Any) -> None:
        self.functions = functions
        self.ours, self.theirs = socket.socketpair()
        self.grader = Peer(self.ours, self._called_back, references_expire=True)
        self.worker = Peer(self.theirs, self._asked, references_expire=False)
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __getitem__(self, name: str) -> Any:
        return self.grader.request("get", name)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        self.ours.close()
        self._thread.join(10)
        self.theirs.close()
        if kind is None and self._failure is not None:
            raise self._failure

    def ended(self) -> BaseException | None:
        """Wait for the worker, whose end is expected; the error that it ended with."""
        self._thread.join(10)
        failure, self._failure = self._failure, None
        return failure

    def _serve(self) -> None:
        try:
            self.worker.serve()
        except BaseException as error:
            self._failure = error
            self.theirs.close()

    def _asked(self, verb: str, values: tuple[Any, ...]) -> Any:
        return self.functions[values[0]] if verb == "get" else self._called_back(verb, values)

    @staticmethod
    def _called_back(_verb: str, values: tuple[Any, ...]) -> Any:
        function, args, kwargs = values
        return function(*args, **(kwargs or {}))
