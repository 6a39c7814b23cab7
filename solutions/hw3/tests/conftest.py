"""The homework whose secret pages are tested here."""

from __future__ import annotations

import pytest

from autograder.authoring.homework import Homework, load_homework
from tests.conftest import ROOT


@pytest.fixture(scope="session")
def hw3() -> Homework:
    """The homework as its pages are now."""
    return load_homework("hw3", ROOT)
