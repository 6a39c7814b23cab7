"""What the text of a doctest tells before it is run."""

from __future__ import annotations

import pytest

from autograder.otter.ok_rules import (
    ALIASES,
    MODULES,
    NotCheckable,
    names_read,
    only_calls_type,
    parsed,
)


@pytest.mark.parametrize(("source", "names"), [
    ("f(x)\n", ["f", "x"]),
    ("y = f(1)\ny + z\n", ["f", "y", "z"]),
    ("y = 1\n", []),
    ("[g(i) for i in data]\n", ["data", "g"]),
    ("sorted(data, key=lambda t: t[0] + c)\n", ["c", "data", "sorted"]),
    ("def h(a):\n    return a + outer\nh(2)\n", ["h", "outer"]),
    ("import numpy as np\nnp.pi\n", ["np"]),
    ("x.attribute\n", ["x"]),
])
def test_the_names_an_example_reads(source: str, names: list[str]) -> None:
    assert names_read(source) == names


@pytest.mark.parametrize(("source", "why"), [
    ("%timeit f(1)\n", "the test is no plain Python; is a magic in it?"),
    ("!ls\n", "the test is no plain Python; is a magic in it?"),
    ("f('\0')\n", "the test is no plain Python; is a magic in it?"),
    ("'x' in globals()\n", "the test uses globals"),
    ("open('plot.png')\n", "the test uses open"),
    ("import os\n", "the test imports os"),
    ("import math, matplotlib.pyplot as plt\n", "the test imports matplotlib.pyplot"),
    ("from os import path\n", "the test imports from os"),
    ("from . import helper\n", "the test imports from None"),
    ("import random\n", "the test imports random"),
    ("import numpy.random as r\n", "the test imports numpy.random"),
    ("a is b\n", "the test asks with `is` whether two objects are the same"),
    ("a is None is b\n", ""),
    ("f(a) is not a\n", "the test asks with `is` whether two objects are the same"),
    ("np.random.seed(3)\n",
     "the test uses random.seed, whose state belongs to the notebook's process"),
    ("random.random()\n",
     "the test uses random.random, whose state belongs to the notebook's process"),
    ("rng = np.random.default_rng(3)\nf(rng.random(3))\n", ""),
    ("f(1) is None\n", ""), ("g(2) is not True\n", ""),
    ("import math\nfrom collections import Counter\nfrom numpy.linalg import norm\n", ""),
])
def test_what_is_refused_for_its_text(source: str, why: str) -> None:
    if why:
        with pytest.raises(NotCheckable) as caught:
            parsed(source)
        assert str(caught.value) == why
    else:
        parsed(source)


@pytest.mark.parametrize(("source", "expected"), [
    ("type(x) == int\n", True), ("type(type(x))\n", True), ("isinstance(x, type)\n", False),
    ("type('A', (), {})\n", False), ("x\n", False),
])
def test_when_type_only_asks(source: str, expected: bool) -> None:
    assert only_calls_type(parsed(source)) is expected


def test_every_alias_is_of_a_module_on_the_list() -> None:
    assert {module.partition(".")[0] for module in ALIASES.values()} == MODULES
