"""The wheel holds what an installation needs: `homework demo` runs in an empty folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.sentences import pattern


@pytest.mark.slow
def test_the_demo_runs_from_an_installed_wheel(tmp_path: Path) -> None:
    """Without the network: the dependencies are those of the environment that runs the tests."""
    if int(version("setuptools").partition(".")[0]) < 77:
        pytest.skip("setuptools 77 or newer builds the wheel; '.[test]' installs it")
    source = tmp_path / "source"  # a build writes beside what it builds
    for name in ("autograder", "gradebook", "assignments", "solutions"):
        shutil.copytree(ROOT / name, source / name,
                        ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir",
                    str(tmp_path), str(source)], check=True)
    [wheel] = tmp_path.glob("*.whl")
    place = tmp_path / "installed"
    venv.create(place, with_pip=False)
    subprocess.run([*pip, f"--python={place / 'bin' / 'python'}", "install", "--no-deps",
                    "--no-index", str(wheel)], check=True)
    # Python reads no .pth file of a folder that a .pth file names, so that nothing of the checkout
    # comes with the dependencies.
    [packages] = place.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}

    def homework(*arguments: str) -> str:
        done = subprocess.run([str(place / "bin" / "homework"), *arguments], cwd=empty,
                              env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    empty = tmp_path / "empty"
    empty.mkdir()
    assert "homework, version" in homework("--version")
    assert "用法" in homework("--lang", "zh", "--help")
    assert "questions" in homework("gradebook", "example")
    said = homework("demo", "--out", "demo")
    assert re.search(pattern("demo-done", path=empty / "demo" / "report.html"), said)
