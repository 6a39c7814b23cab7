"""Keeps hidden checks hidden where Otter reports how they failed.

Of a check that fails, Otter quotes the line of the test file and the text of the error, which may
be one that student code made of its hidden arguments. On Gradescope `show_hidden` shows both to
students. So in an autograder.zip a hidden check stands behind a function that fails in its place:
Otter then quotes that function's line, and of the error its kind, below the check's own message.
"""

from __future__ import annotations

from otter.test_files import TestFile

DEFINITIONS = '''\
class _Failed(AssertionError):
    """How a hidden check fails under Otter, which quotes the line and the text of the error."""


def _discreet(check):
    """Have Otter quote a line that says nothing, and the kind of the error without its text."""

    @functools.wraps(check)
    def run(**arguments):
        if any(value is None for value in arguments.values()):
            return check(**arguments)  # which says at once what is not defined
        try:
            return check(**arguments)
        except Exception as error:
            kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"]
        raise _Failed(kinds[0])  # the message says which property is missing

    run.outspoken = check
    return run'''
"""For a test file, which has to import functools."""
DECORATOR = "@_discreet"


def speak_out(test: TestFile) -> None:
    """Let the hidden checks of a test file fail with their own errors again, for our own use."""
    for case in test.test_cases:
        check = getattr(getattr(case.body, "test_func", None), "outspoken", None)
        if check is not None:
            case.body.test_func = check
