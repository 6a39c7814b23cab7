"""The grading image: Debian with Otter in it, made on this machine and kept until it would change.

No registry is asked: the system comes by apt, the packages come by pip, and `docker import` makes
an image of it.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.otter_grade.machine import HERE, Engine, Skip, say

CONSTRAINTS = HERE.parents[1] / "constraints.txt"
SYSTEM = "python3-venv,curl,unzip,dos2unix,wget"
OTTER = "otter-grader[grading] numpy matplotlib"
PATH = "/opt/otter/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
INSTALLER = HERE / "install_otter.sh"


def grading_image(engine: Engine) -> str:
    """The name of the image in `engine`; made now if this recipe and these pins are new to it."""
    recipe = hashlib.sha256(INSTALLER.read_bytes() + CONSTRAINTS.read_bytes())
    recipe.update(f"{SYSTEM} {OTTER} {PATH}".encode())
    name = f"homework-otter:{recipe.hexdigest()[:12]}"
    if engine.docker("image", "inspect", name, check=False).returncode:
        say("building the grading image (minutes; kept for the next time)")
        _build(engine, name)
    done = engine.docker("run", "--rm", "--network=none", name, "true", check=False)
    if done.returncode:
        raise Skip(f"this machine's kernel does not let a container start: {done.stderr.strip()}")
    return name


def _build(engine: Engine, name: str) -> None:
    suite = platform.freedesktop_os_release().get("VERSION_CODENAME", "stable")
    bootstrap = subprocess.Popen(
        ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={SYSTEM}",
         f'--customize-hook=sh {shlex.quote(str(INSTALLER))} "$1"', suite],
        env=os.environ | {"PYTHON": sys.executable, "PACKAGES": OTTER,
                          "CONSTRAINTS": str(CONSTRAINTS)},
        stdout=subprocess.PIPE,
    )
    done = engine.docker("import", "--change", f"ENV PATH={PATH}", "-", name,
                         stdin=bootstrap.stdout, check=False)
    if bootstrap.wait() or done.returncode:
        engine.docker("image", "rm", name, check=False)
        raise Skip(f"the grading image could not be built; see above {done.stderr}")


def without_downloads(autograder_zip: Path, target: Path) -> None:
    """Copy the zip, with the two members replaced that would fetch an environment.

    A builder without BuildKit also wants files/ to be there, which Otter's Dockerfile names.
    """
    with zipfile.ZipFile(autograder_zip) as old:
        members = {name: old.read(name) for name in old.namelist()}
    members["setup.sh"] = b"exit 0\n"
    members["run_autograder"] = (HERE / "run_autograder").read_bytes()
    members["files/none.txt"] = b""
    with zipfile.ZipFile(target, "w") as new:
        for name, data in members.items():
            new.writestr(name, data)
