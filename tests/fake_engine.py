"""A container engine for tests: a program named docker or podman that runs the command itself.

In namespaces of its own, made by `unshare`, so that the process it starts is the first of its
process namespace, as in a container. There is no image, no other root and no other user.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

UNSHARE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
PROGRAM = """\
import json, os, sys
arguments = sys.argv[1:]
with open({log!r}, "a") as log:
    print(json.dumps(arguments), file=log)
if complaint := {complaints!r}.get(arguments[0]):
    sys.exit(complaint)
if arguments[0] == "run":
    code, memory, mode, imports, *folders = arguments[arguments.index("-c") + 1 :]
    inside = [sys.executable, "-c", {first!r} + code, memory, mode, imports, {scratch!r}]
    os.execvp("unshare", [*{unshare!r}, *inside])
"""
LISTEN = """\
import os
read = os.read
def listen(descriptor, count):
    data = read(descriptor, count)
    if descriptor == 0:
        with open({stream!r}, "ab") as stream:
            stream.write(data)
    return data
os.read = listen
"""


@dataclass(frozen=True)
class FakeEngine:
    """What it was asked, what went into the container, and the container's scratch folder."""

    folder: Path

    @property
    def asked(self) -> list[list[str]]:
        lines = (self.folder / "log").read_text().splitlines()
        return [json.loads(line) for line in lines]

    @property
    def stream(self) -> bytes:
        return (self.folder / "stream").read_bytes()

    @property
    def scratch(self) -> Path:
        return self.folder / "scratch"


def install(
    folder: Path, path: pytest.MonkeyPatch, name: str = "docker",
    complaints: Mapping[str, str] | None = None, first: str = "",
) -> FakeEngine:
    """Put the engine in `folder` and at the head of the PATH.

    It answers the commands in `complaints` with an error; the container runs `first` before all.
    """
    (folder / "scratch").mkdir(exist_ok=True)
    program, script = folder / "bin" / name, folder / f"{name}.py"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
    script.write_text(PROGRAM.format(
        log=str(folder / "log"), complaints=dict(complaints or {}),
        first=first + LISTEN.format(stream=str(folder / "stream")),
        scratch=str(folder / "scratch"), unshare=_unshare(),
    ))
    program.chmod(0o755)
    path.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return FakeEngine(folder)


def skip_without_unshare() -> None:
    """Skip the test where nobody can be the first process of anything."""
    try:
        probe = [*_unshare(), sys.executable, "-c", ""]
        done = subprocess.run(probe, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no unshare")
    if done.returncode:
        pytest.skip(f"no process namespaces here: {done.stderr.strip()}")


def _unshare() -> list[str]:
    return UNSHARE if os.geteuid() == 0 else [*UNSHARE, "--user", "--map-root-user"]
