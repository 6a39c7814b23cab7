"""homework.toml: what may stand in it, and what is said when something else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.authoring.homework import VISIBILITIES, load_visibility
from autograder.errors import UserError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "assignments" / "toy"
    folder.mkdir(parents=True)
    return folder / "homework.toml"


def test_without_a_file_results_are_shown_after_publication(file: Path, tmp_path: Path) -> None:
    assert load_visibility("toy", tmp_path) == "after_published"
    file.write_text("# nothing chosen\n[gradescope]\n")
    assert load_visibility("toy", tmp_path) == "after_published"


@pytest.mark.parametrize("visibility", VISIBILITIES)
def test_each_visibility_can_be_chosen(visibility: str, file: Path, tmp_path: Path) -> None:
    file.write_text(f'[gradescope]\nvisibility = "{visibility}"\n')
    assert load_visibility("toy", tmp_path) == visibility


@pytest.mark.parametrize(("text", "expected", "found", "remedy"), [
    ('[gradescope]\nvisibility = "never"',
     "visibility as one of hidden, after_due_date, after_published, visible", "'never'",
     "choose one of them"),
    ("[gradescope]\nvisibility = 3",
     "visibility as one of hidden, after_due_date, after_published, visible", "3",
     "choose one of them"),
    ("[gradescope]\nvisible = true", "nothing but visibility", "visible", "remove or correct it"),
    ("[canvas]\n", "nothing but gradescope", "canvas", "remove or correct it"),
    ("gradescope = 1", "a table [gradescope]", "1", "correct it"),
    ("[gradescope", "a file in TOML",
     "Expected ']' at the end of a table declaration (at end of document)", "correct it"),
])
def test_anything_else_is_a_clear_message(
    text: str, expected: str, found: str, remedy: str, file: Path, tmp_path: Path
) -> None:
    file.write_text(text)
    with pytest.raises(UserError) as error:
        load_visibility("toy", tmp_path)
    assert str(error.value) == (
        f"{file}\n  expected: {expected}\n  found:    {found}\n  to do:    {remedy}"
    )
