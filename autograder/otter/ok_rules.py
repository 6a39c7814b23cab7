"""What the text of a doctest tells: the names it reads, and what cannot be checked from outside."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator

MODULES = frozenset((
    "bisect", "cmath", "collections", "copy", "datetime", "decimal", "fractions", "functools",
    "hashlib", "heapq", "itertools", "json", "math", "numbers", "numpy", "operator", "pandas",
    "re", "scipy", "statistics", "string", "textwrap", "typing", "unicodedata",
))
"""What an example may import. They hold no state that a student's function would have to share."""

ALIASES = {
    **{name: name for name in MODULES}, "np": "numpy", "pd": "pandas", "sp": "scipy",
    "npt": "numpy.testing", "la": "numpy.linalg", "stats": "scipy.stats", "dt": "datetime",
}
"""Modules that a notebook has imported, by the name that it has most likely given them."""

REFUSED = frozenset((
    "__import__", "breakpoint", "compile", "dir", "eval", "exec", "exit", "get_ipython", "globals",
    "help", "id", "input", "locals", "open", "quit", "vars",
))
"""Names that speak of the process or of the folder that the notebook runs in."""

RANDOM_WITHOUT_STATE = frozenset((
    "default_rng", "Generator", "RandomState", "SeedSequence", "PCG64", "MT19937", "Philox",
))
"""What `np.random` offers besides the random numbers that the whole process shares."""


class NotCheckable(Exception):
    """A check cannot be run here, and why: no failure of the student's, and no pass."""


def parsed(source: str) -> ast.Module:
    """The examples as a tree; raises NotCheckable for what can be told to fail from the text."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        raise NotCheckable("the test is no plain Python; is a magic in it?") from None
    for node in ast.walk(tree):
        if why := "".join(_objections(node)):
            raise NotCheckable(why)
    return tree


def _objections(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and node.id in REFUSED:
        yield f"the test uses {node.id}"
    if isinstance(node, ast.Import):
        yield from (f"the test imports {a.name}" for a in node.names if not _allowed(a.name))
    if isinstance(node, ast.ImportFrom) and not (node.module and _allowed(node.module)):
        yield f"the test imports from {node.module}"
    if isinstance(node, ast.Compare) and _compares_identity(node):
        yield "the test asks with `is` whether two objects are the same"
    if (isinstance(node, ast.Attribute) and _is_random(node.value)
            and node.attr not in RANDOM_WITHOUT_STATE):
        yield f"the test uses random.{node.attr}, whose state belongs to the notebook's process"


def _allowed(module: str) -> bool:
    return module.partition(".")[0] in MODULES and not module.endswith("numpy.random")


def _compares_identity(node: ast.Compare) -> bool:
    operands = [node.left, *node.comparators]
    return any(
        isinstance(operator, ast.Is | ast.IsNot)
        and not any(_singleton(operand) for operand in operands[i : i + 2])
        for i, operator in enumerate(node.ops)
    )


def _singleton(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))


def _is_random(node: ast.expr) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "random") or (
        isinstance(node, ast.Name) and node.id == "random"
    )


def names_read(source: str) -> list[str]:
    """Global names that the examples read."""
    found: set[str] = set()
    tables = [symtable.symtable(source, "test", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        found |= {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
    return sorted(found)


def only_calls_type(tree: ast.Module) -> bool:
    """Whether `type` is used to ask for the type of a value, and for nothing else."""
    uses = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == "type"]
    calls = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call) and len(n.args) == 1]
    return bool(uses) and all(use in calls for use in uses)
