"""A hidden check that fails under Otter gives nothing away; under us it says why."""

from __future__ import annotations

from otter.test_files.exception_test import ExceptionTestFile

from autograder.authoring.otter_test_file import DECORATOR, DEFINITIONS
from autograder.otter.zip_reader import restore_checks

TEST = f'''\
import functools
from otter.test_files import test_case
OK_FORMAT = False
name = "q1"

{DEFINITIONS}

@test_case(name="open", points=1)
def open_check(double):
    assert double(21) == 42, "what the question asks"

@test_case(name="secret", points=1, hidden=True, failure_message="Twice the number.")
{DECORATOR}
def secret_check(double, env):
    assert double is not None, "define double first"
    assert env["double"](1234) == 2468, "what was seen"
'''


def run(double: object) -> ExceptionTestFile:
    """The test as Otter runs it for this function."""
    test = ExceptionTestFile.from_string(TEST, path="q1.py")
    test.run({"double": double})
    return test


def quotes(number: object) -> object:
    raise KeyError(f"asked for {number}")


class Loud(ValueError):
    """An error whose very name is the student's choice."""


def test_a_right_function_passes() -> None:
    assert run(lambda x: 2 * x).score == 2


def test_otter_quotes_no_line_of_a_hidden_check() -> None:
    summary = run(lambda x: x).summary()
    assert "1234" not in summary and "what was seen" not in summary
    assert "assert double(21) == 42" in summary  # of a public one it does
    assert "secret message: Twice the number." in summary
    assert summary.endswith("AssertionError")


def test_otter_quotes_no_text_of_student_code() -> None:
    summary = run(quotes).summary()
    assert "asked for 21" in summary and "1234" not in summary
    assert summary.endswith("_Failed: KeyError")


def test_a_class_of_the_student_is_named_by_its_builtin_base() -> None:
    def fails(number: int) -> None:
        raise Loud(number)

    summary = run(fails).summary()
    assert summary.count("Loud") == 1  # in the public check
    assert summary.endswith("_Failed: ValueError")


def test_what_is_not_defined_is_named() -> None:
    assert run(None).summary().endswith("AssertionError: define double first")


def test_to_us_a_hidden_check_fails_with_its_own_error() -> None:
    test = ExceptionTestFile.from_string(TEST, path="q1.py")
    restore_checks(test)
    test.run({"double": lambda x: x})
    assert test.test_case_results[1].message.endswith("AssertionError: what was seen")
    restore_checks(test)  # which changes no other check, and nothing the second time
    assert test.test_cases[1].body.test_func.__name__ == "secret_check"
