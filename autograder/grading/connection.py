"""A connection to a Dask scheduler that can be worked with, or a word about why there is none."""

from __future__ import annotations

import contextlib
import logging
import socket
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from autograder.errors import UserError
from autograder.grading.version import version
from autograder.results import clean

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 10
"""How long the scheduler has to answer, and its first worker to appear."""
SAME_AGAIN = "then run the same command again: what has been graded is kept"


@contextlib.contextmanager
def connected(address: str) -> Iterator[Client]:
    """A client of the scheduler that has workers; raises UserError.

    When the block ends, however it does, the scheduler drops what this client still waits for.
    """
    _check_address(address)
    with _quiet():
        client = _connect(address)
        try:
            _wait_for_workers(client, address)
            yield client
        finally:
            client.close(CONNECT_SECONDS)


def _connect(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError:
        raise UserError(
            "--cluster", "the package distributed", "it is not installed",
            "install this package with its extra: pip install '.[cluster]'",
        ) from None
    try:
        _listen(address)
        return Client(address, timeout=CONNECT_SECONDS)
    except Exception as error:  # whatever else listens there answers anything
        raise UserError(
            address, "a Dask scheduler that answers", clean(str(error), 200),
            "check that `dask scheduler` runs there, its port, and the network between",
        ) from None


def _listen(address: str) -> None:
    """Wait for the first word of a scheduler: Dask itself would wait for it without an end."""
    parts = urlsplit(address)
    if parts.scheme == "tcp":  # one with TLS lets the client speak first
        where = parts.hostname, parts.port
        with socket.create_connection(where, CONNECT_SECONDS) as connection:
            if not connection.recv(1):
                raise ConnectionError("it closes the connection")


def _check_address(address: str) -> None:
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port
    except ValueError:
        good = None
    if not good:
        raise UserError("--cluster", "an address like tcp://host:8786", repr(address),
                        "give the address that `dask scheduler` prints when it starts")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's own words, tracebacks among them, from the terminal: ours say what happened."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _wait_for_workers(client: Client, address: str) -> None:
    """Raises UserError when none appears, or one lacks this package: Dask would end it."""
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError:
        raise no_workers(address, CONNECT_SECONDS) from None
    found = client.run(find_spec, __package__.partition(".")[0], on_error="return")
    for worker, spec in found.items():
        if spec is None or isinstance(spec, ImportError):
            raise missing(f"on the worker {worker}", "it is not installed")


def missing(where: str, found: str) -> UserError:
    """What to say where this package is not, or not this version of it."""
    return UserError(
        f"version, {where}", version(), found,
        "install on the scheduler and every worker what the caller has, start them again, "
        "then run the same command again",
    )


def no_workers(address: str, seconds: float) -> UserError:
    """What to say of a scheduler without workers."""
    return UserError(
        address, "a scheduler with workers", f"none for {seconds:g} seconds",
        f"start some with `dask worker {address}`, {SAME_AGAIN}",
    )
