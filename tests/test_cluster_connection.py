"""What a caller is told that cannot reach a scheduler with workers; nothing waits for ever."""

from __future__ import annotations

import socket
import sys
import threading
import time
from types import SimpleNamespace

import pytest

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

from autograder.errors import UserError
from autograder.grading import cluster as connection
from autograder.grading.cluster import _wait_for_workers, connected
from tests.sentences import sentence


@pytest.mark.parametrize("address", [
    "host:8786", "http://host:8786", "tcp://host", "tcp://:8786", "tcp://host:x",
    "tcp://host:99999", "", "8786", "tcp://[::1"])
def test_a_bad_address_says_so(address: str) -> None:
    with pytest.raises(UserError) as caught, connected(address):
        raise AssertionError("it is no address")
    assert caught.value == UserError("--cluster", sentence("dask-address"), repr(address),
                                     sentence("give-dask-address"))


def test_dask_that_is_not_installed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UserError) as caught, connected("tcp://127.0.0.1:8786"):
        raise AssertionError("a connection without dask")
    assert caught.value == UserError("--cluster", sentence("the-package-distributed"),
                                     sentence("not-installed"), sentence("install-cluster"))


def speak(listening: socket.socket, words: bytes) -> None:
    """Answer everyone with these words."""
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            connection.sendall(words)


@pytest.mark.parametrize("words", [None, b"", b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9],
                         ids=["silent", "closes", "http"])
def test_what_is_no_scheduler_says_so(
    monkeypatch: pytest.MonkeyPatch, words: bytes | None
) -> None:
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        if words is not None:
            threading.Thread(target=speak, args=(listening, words), daemon=True).start()
        address = "tcp://{}:{}".format(*listening.getsockname())
        begun = time.monotonic()
        with pytest.raises(UserError) as caught, connected(address):
            raise AssertionError("it is no scheduler")
        assert time.monotonic() - begun < 10
    assert (caught.value.where, caught.value.expected) == (address, sentence("dask-answers"))
    assert caught.value.found
    assert caught.value.remedy == sentence("check-scheduler")


def test_a_worker_without_the_package_is_named() -> None:
    client = SimpleNamespace(wait_for_workers=lambda *_, **__: None,
                             run=lambda *_, **__: {"tcp://one": None})
    with pytest.raises(UserError) as caught:
        _wait_for_workers(client, "tcp://two")  # type: ignore[arg-type]
    assert caught.value.where == f"version, {sentence('the-worker', worker='tcp://one')}"
    assert caught.value.found == sentence("not-installed")
