"""Several errors are gathered and reported together."""

from __future__ import annotations

import pytest

from autograder.errors import UserError, UserErrors, collect_errors, for_each


def error(where: str) -> UserError:
    return UserError(where, "a page", "none", "write it")


def read(name: str) -> str:
    if name.startswith("bad"):
        raise error(name)
    return name.upper()


def test_errors_read_one_after_the_other() -> None:
    text = str(UserErrors([error("a.py:1"), error("b.py:2")]))
    assert text == f"{error('a.py:1')}\n\n{error('b.py:2')}"


def test_collect_errors_continues_and_flattens() -> None:
    errors: list[UserError] = []
    with collect_errors(errors):
        read("bad a")
    with collect_errors(errors):
        for_each(["bad b", "bad c"], read)
    assert [each.where for each in errors] == ["bad a", "bad b", "bad c"]


def test_collect_errors_lets_other_exceptions_through() -> None:
    with pytest.raises(KeyError), collect_errors([]):
        raise KeyError("a bug of ours")


def test_for_each_returns_results_in_order() -> None:
    assert for_each(["a", "b"], read) == ["A", "B"]


def test_for_each_tries_all_before_it_raises() -> None:
    with pytest.raises(UserErrors) as caught:
        for_each(["bad 1", "a", "bad 2"], read)
    assert [each.where for each in caught.value.errors] == ["bad 1", "bad 2"]
