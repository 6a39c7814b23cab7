"""What an autograder.zip asks for besides its tests."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
import pytest

from autograder.errors import UserError
from autograder.otter.zip_reader import OtterConfig, read_config
from tests.sentences import sentence


def config(requirements: str = "", **settings: Any) -> OtterConfig:
    return read_config("a.zip", {
        "otter_config.json": json.dumps(settings).encode(),
        "requirements.txt": requirements.encode(),
    })


def test_a_zip_without_settings_asks_for_nothing() -> None:
    assert read_config("a.zip", {}) == OtterConfig()


def test_what_otter_sets_for_itself_needs_no_word() -> None:
    ordinary = {"lang": "python", "pdf": False, "plugins": [], "show_stdout": False, "seed": None,
                "autograder_dir": "/autograder", "debug": False, "token": None}
    assert config(**ordinary) == OtterConfig()


def test_seeds_are_set_before_each_cell() -> None:
    seeded = config(seed=42).seeded("drawn = (np.random.random(), random.random())")
    names: dict[str, Any] = {"np": np, "random": random}
    random.seed(1)
    exec(seeded, names)
    np.random.seed(42)
    random.seed(42)
    assert names["drawn"] == (np.random.random(), random.random())
    assert set(names) == {"np", "random", "drawn", "__builtins__"}


def test_a_seed_variable_is_set_instead() -> None:
    seeds = config(seed=42, seed_variable="rng_seed")
    assert seeds.seeded("x = rng_seed") == "rng_seed = 42\nx = rng_seed"


@pytest.mark.parametrize(("settings", "source"), [
    ({}, "x = 1"), ({"seed": 1}, "%%time\nx = 1"), ({"seed_variable": "s"}, "x = 1")])
def test_other_cells_stay_as_they_are(settings: dict[str, Any], source: str) -> None:
    assert config(**settings).seeded(source) == source


def test_the_assignment_has_a_name() -> None:
    assert config(assignment_name="hw05").assignment == "hw05"


def test_what_is_ignored_is_said() -> None:
    assert config(
        grade_from_log=True, plugins=["x"], points_possible=10, score_threshold=0.5, pdf=True,
        show_hidden=True, variables={"x": "int"},
    ).notices == tuple(
        sentence("otter-ignored", config_file="otter_config.json", name=name, instead=instead)
        for name, instead in (
            ("grade_from_log", sentence("otter-log")), ("plugins", sentence("otter-plugins")),
            ("points_possible", sentence("otter-total")),
            ("score_threshold", sentence("otter-total")), ("pdf", sentence("otter-pdf")),
            ("show_hidden", sentence("otter-after")),
        )
    )


def test_missing_packages_are_named() -> None:
    requirements = "numpy>=1\n# a comment\n\nno-such-package==1.0\nnor-this[extra] ; x\n-r other\n"
    assert config(requirements).notices == (
        sentence("not-installed-here", requirements="requirements.txt",
                 missing="no-such-package, nor-this"),
    )


@pytest.mark.parametrize(("data", "found"), [
    (b"{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    (b"[]", sentence("not-an-object")),
    (b"\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
])
def test_settings_that_are_no_settings_say_so(data: bytes, found: str) -> None:
    with pytest.raises(UserError) as caught:
        read_config("a.zip", {"otter_config.json": data})
    assert caught.value == UserError("a.zip:otter_config.json", sentence("otter-settings"), found,
                                     sentence("otter-again"))


def test_a_homework_in_r_says_so() -> None:
    with pytest.raises(UserError) as caught:
        config(lang="r")
    assert (caught.value.expected, caught.value.found, caught.value.remedy) == (
        sentence("python-homework"), "lang 'r'", sentence("use-otter"))


def test_a_seed_that_is_no_number_says_so() -> None:
    with pytest.raises(UserError) as caught:
        config(seed="x")
    assert (caught.value.where, caught.value.expected, caught.value.found) == (
        "a.zip:otter_config.json", sentence("name-of-type", name="seed", kind="int"), "'x'")
