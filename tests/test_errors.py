"""A UserError says where, what was expected, what was found and what to do."""

from __future__ import annotations

from autograder.errors import UserError


def test_reads_as_four_lines() -> None:
    error = UserError("roster.csv:3", "a student id", "''", "fill it in")
    assert str(error) == (
        "roster.csv:3\n"
        "  expected: a student id\n"
        "  found:    ''\n"
        "  to do:    fill it in"
    )


def test_equal_errors_are_equal() -> None:
    assert UserError("a", "b", "c", "d") == UserError("a", "b", "c", "d")
    assert UserError("a", "b", "c", "d") != UserError("a", "b", "c", "e")
