"""Imports point one way, and the pages of a homework are data that nobody can import."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import ROOT

COMMAND_LINE = ("cli", "console")
"""`autograder/cli.py` and `console.py` are the command line, which sees both packages."""

RESULTS_CONTRACT = {
    "autograder.errors", "autograder.file_names", "autograder.language", "autograder.model",
    "autograder.store", "autograder.toml_file",
}


PACKAGES = ("autograder", "gradebook")


@cache
def imported(path: Path) -> list[tuple[str, str]]:
    """Every imported module with its `file:line`, also inside functions."""
    return list(find_imported(path))


def find_imported(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        where = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, where
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{where}: import by the full name"
            yield node.module or "", where
            for alias in node.names:
                yield f"{node.module}.{alias.name}", where


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def test_autograder_does_not_know_the_gradebook() -> None:
    wrong = [
        where for path in modules("autograder") if not path.stem.startswith(COMMAND_LINE)
        for name, where in imported(path) if name.split(".")[0] == "gradebook"
    ]
    assert wrong == []


def layers(package: str) -> list[set[str]]:
    """The rows of the package's table in CONTRIBUTING.md: names of subpackages and modules."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = re.split(rf"^`{package}/` ", text, flags=re.M)[1].split("\n\n")[1]
    return [
        {name.removesuffix("/").removesuffix(".py") for name in re.findall(r"`([^`]+)`", row)}
        for row in re.findall(r"^\| (`[^|]+) \|", table, flags=re.M)
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_the_map_in_contributing_lists_every_module_and_subpackage(package: str) -> None:
    there = {path.relative_to(ROOT / package).parts[0].removesuffix(".py")
             for path in modules(package)} - {"__init__", "__main__"}
    assert there == set().union(*layers(package))


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_down_the_map(package: str) -> None:
    """A module imports from its own row of the map and from the rows below it."""
    rank = {name: number for number, names in enumerate(layers(package)) for name in names}
    wrong = [
        where for path in modules(package) for name, where in imported(path)
        if (own := path.relative_to(ROOT / package).parts[0].removesuffix(".py")) in rank
        and name.startswith(f"{package}.") and rank[own] > rank[name.split(".")[1]]
    ]
    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_import_leads_back(package: str) -> None:
    known = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in modules(package)
    }
    below = {name: {used for used, _ in imported(path) if used in known and used != name}
             for name, path in known.items()}
    assert any(below.values())
    assert set(TopologicalSorter(below).static_order()) == set(known)


def test_the_gradebook_knows_the_results_contract_only() -> None:
    used: dict[str, str] = {}
    for path in modules("gradebook"):
        for name, where in imported(path):
            module = ".".join(name.split(".")[:2])
            if module.startswith("autograder"):
                used[module] = where
    used.pop("autograder", None)  # `from autograder.x import y` names the package too
    assert {m: where for m, where in used.items() if m not in RESULTS_CONTRACT} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_imports_tests_or_pages(package: str) -> None:
    wrong = [
        where for path in modules(package) for name, where in imported(path)
        if name.split(".")[0] in ("tests", "assignments", "solutions")
    ]
    assert wrong == []


def test_packages_are_listed_one_by_one() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {path.parent for package in ("autograder", "gradebook") for path in modules(package)}
    packages = sorted(".".join(folder.relative_to(ROOT).parts) for folder in folders)
    assert setuptools["packages"] == packages, "list a new subpackage in pyproject.toml"
    assert not {"package-dir", "py-modules"} & setuptools.keys()
    for folder in ("assignments", "solutions"):
        assert not list((ROOT / folder).rglob("__init__.py"))


@pytest.mark.parametrize("name", ["assignments", "solutions", "tests"])
def test_an_installed_package_makes_no_page_importable(tmp_path: Path, name: str) -> None:
    """As a student sees it who has installed the packages: away from the repository."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    code = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.find_spec({name!r})\n"
        "places = list(spec.submodule_search_locations or [spec.origin]) if spec else []\n"
        "print(*places, sep='\\n')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, text=True,
                          capture_output=True, check=True)
    assert [place for place in done.stdout.split() if place.startswith(str(ROOT) + "/")] == []
