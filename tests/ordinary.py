"""Runs a command as an ordinary user: `python -m tests.ordinary PATH ... -- COMMAND ...`, as root.

What root keeps to itself on the way to the PATHS (an interpreter in /root, a folder of pytest's)
is opened for the command alone, in a mount namespace of its own: each folder that others may not
enter is replaced there by an empty one that holds just these paths.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from autograder.sandbox import namespaces
from tests.conftest import ROOT

USER = 54_321


def ordinary(folder: Path) -> list[str]:
    """How a command begins that runs as an ordinary user who can enter `folder`.

    Skips the test where there is no such user to be had.
    """
    if os.geteuid() != 0:
        pytest.skip("these tests run as an ordinary user anyway")
    if why := _refusal():
        pytest.skip(f"an ordinary user cannot run {sys.executable}: {why}")
    return _command(folder)


@cache
def _refusal() -> str:
    probe = subprocess.run(
        [*_command(ROOT), sys.executable, "-c", "import numpy, autograder"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    return probe.stderr.strip().rpartition("\n")[2] if probe.returncode else ""


def _command(folder: Path) -> list[str]:
    paths = [sys.prefix, sys.base_prefix, str(ROOT), str(folder)]
    return [sys.executable, "-m", "tests.ordinary", *paths, "--"]


def main(arguments: list[str]) -> None:
    """Become the ordinary user and run the command; never returns."""
    split = arguments.index("--")
    show(arguments[:split])
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    os.execv(arguments[split + 1], arguments[split + 1 :])


def show(paths: list[str]) -> None:
    """Make `paths` reachable for everybody, in this process and its children only."""
    namespaces._call("unshare", namespaces._libc.unshare(namespaces.CLONE_NEWNS))
    namespaces._mount(None, "/", namespaces.MS_REC | namespaces.MS_PRIVATE)
    sources = {path: os.open(path, os.O_PATH) for path in sorted(paths, key=len)}
    for folder in {first_closed(path) for path in paths} - {""}:
        namespaces._mount("tmpfs", folder, 0, "tmpfs", "mode=755")
    for path, descriptor in sources.items():
        if not os.path.exists(path):
            os.makedirs(path)
            namespaces._mount(f"/proc/self/fd/{descriptor}", path,
                             namespaces.MS_BIND | namespaces.MS_REC)
        os.close(descriptor)


def first_closed(path: str) -> str:
    """The topmost folder on the way to `path` that others may not enter, or ""."""
    parts = path.split("/")
    above = ["/".join(parts[:n]) for n in range(2, len(parts))]
    return next((p for p in above if not os.stat(p).st_mode & 0o001), "")


if __name__ == "__main__":
    main(sys.argv[1:])
