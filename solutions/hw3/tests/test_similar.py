"""Planted copies are found in a made-up class whose honest students draw on the bank.

An honest student writes each function as one of the bank's and the held-out codes does it, the
first ones more often, with names of their own, so that many honest answers are alike. A copy has
other names, another order of functions, rewritten loops and other comments.
"""

from __future__ import annotations

import ast
import itertools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from autograder.authoring.homework import Homework
from gradebook.reports.similar import Answers, compare
from tests.conftest import ROOT

STUDENTS = 24
COPIED = (20, 10, 5, 5, 3, 3, 2, 2)
"""In how many of the twenty questions each copy is one."""
CLASSES = range(1, 7)
"""Seeds of the classes that recall is measured with."""
FOUND = {20: 6, 10: 6, 5: 12, 3: 12, 2: 6}
"""Copies found of those planted in all classes, at 1 % false pairs."""
Notebook = dict[str, str]


def functions(path: Path, wanted: Sequence[str]) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name in wanted:
            yield node.name, ast.unparse(node)


@pytest.fixture(scope="module")
def codes(hw3: Homework) -> dict[str, dict[str, list[str]]]:
    """Every way in which each function of each question is written on the secret pages."""
    found: dict[str, dict[str, list[str]]] = {}
    for question in hw3.questions:
        if not (ROOT / "solutions/hw3/held_out" / f"{question.name}.py").exists():
            continue
        ways = found.setdefault(question.name, {name: [] for name in question.functions})
        for folder in ("solutions/hw3", "solutions/hw3/held_out"):
            for name, text in functions(ROOT / folder / f"{question.name}.py", question.functions):
                ways[name].append(text)
    return found


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.names.get(node.id, node.id)
        return node


class _OtherLoops(ast.NodeTransformer):
    def visit_For(self, node: ast.For) -> ast.AST | list[ast.AST]:
        self.generic_visit(node)
        jumps = any(isinstance(part, ast.Continue | ast.Break) for part in ast.walk(node))
        if not (isinstance(node.target, ast.Name) and isinstance(node.iter, ast.Call)
                and ast.unparse(node.iter.func) == "range" and len(node.iter.args) == 1) or jumps:
            return node
        name, stop = node.target.id, ast.unparse(node.iter.args[0])
        loop = ast.parse(f"while {name} < {stop}:\n    {name} = {name} + 1").body[0]
        assert isinstance(loop, ast.While)
        loop.body = [*node.body, *loop.body]
        return [ast.parse(f"{name} = 0").body[0], loop]


def renamed(code: str, draw: random.Random) -> str:
    tree = ast.parse(code)
    local = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)
             and isinstance(n.ctx, ast.Store)}
    names = {name: f"{draw.choice('abcduvw')}{draw.randrange(100)}" for name in sorted(local)}
    return ast.unparse(_Renamed(names).visit(tree))


def disguised(code: str, draw: random.Random) -> str:
    tree = ast.parse(renamed(code, draw))
    draw.shuffle(tree.body)
    text = ast.unparse(ast.fix_missing_locations(_OtherLoops().visit(tree)))
    return "\n".join(line + draw.choice(["", "", "  # done"]) for line in text.splitlines())


def honest(codes: dict[str, dict[str, list[str]]], draw: random.Random) -> Notebook:
    return {
        question: "\n\n".join(
            renamed(draw.choices(ways, [1 / (1 + i) for i in range(len(ways))])[0], draw)
            for ways in functions.values())
        for question, functions in codes.items()
    }


def made_class(
    codes: dict[str, dict[str, list[str]]], seed: int
) -> tuple[list[Notebook], dict[tuple[int, int], int]]:
    """A class, and its pairs of original and copy with the number of questions copied."""
    draw = random.Random(seed)
    books = [honest(codes, draw) for _ in range(STUDENTS)]
    copies = {}
    for number, questions in enumerate(COPIED):
        original, copy = 2 * number, 2 * number + 1
        for question in draw.sample(list(codes), questions):
            books[copy][question] = disguised(books[original][question], draw)
        copies[original, copy] = questions
    return books, copies


def found_copies(codes: dict[str, dict[str, list[str]]], seed: int) -> dict[int, list[bool]]:
    """By the number of questions copied, which copies stand above 99 % of the honest pairs."""
    books, copies = made_class(codes, seed)
    texts = {question: [book[question] for book in books] for question in codes}
    pairs = compare(Answers([str(i) for i in range(STUDENTS)], texts))
    bits = {(pair.first, pair.second): pair.bits for pair in pairs}
    every = itertools.combinations(range(STUDENTS), 2)
    usual = float(np.quantile([bits.get(pair, 0.0) for pair in every if pair not in copies], 0.99))
    found: dict[int, list[bool]] = {}
    for pair, questions in copies.items():
        found.setdefault(questions, []).append(bits.get(pair, 0.0) > usual)
    return found


@pytest.mark.slow
def test_planted_copies_stand_above_99_percent_of_honest_pairs(
    codes: dict[str, dict[str, list[str]]],
) -> None:
    found = found_copies(codes, 5)
    assert all(all(found[questions]) for questions in (20, 10, 5))


@pytest.mark.slow
def test_recall_at_one_percent_false_pairs(codes: dict[str, dict[str, list[str]]]) -> None:
    """What README.md states; `-s` prints the table."""
    recall: dict[int, list[bool]] = {}
    for seed in CLASSES:
        for questions, found in found_copies(codes, seed).items():
            recall.setdefault(questions, []).extend(found)
    for questions, found in sorted(recall.items(), reverse=True):
        print(f"{questions:3} of 20 questions copied: {sum(found)} of {len(found)} found")
    assert {questions: sum(found) for questions, found in recall.items()} == FOUND
