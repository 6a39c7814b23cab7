"""Several errors are gathered and reported together."""

from __future__ import annotations

import pytest

from autograder.errors import UserError, UserErrors, collect_errors, for_each


def fault(where: str) -> UserError:
    return UserError(where, "a page", "none", "write it")


def read(name: str) -> str:
    if name.startswith("bad"):
        raise fault(name)
    return name.upper()


def test_faults_read_one_after_the_other() -> None:
    text = str(UserErrors([fault("a.py:1"), fault("b.py:2")]))
    assert text == f"{fault('a.py:1')}\n\n{fault('b.py:2')}"


def test_noted_goes_on_and_flattens() -> None:
    faults: list[UserError] = []
    with collect_errors(faults):
        read("bad a")
    with collect_errors(faults):
        for_each(["bad b", "bad c"], read)
    assert [each.where for each in faults] == ["bad a", "bad b", "bad c"]


def test_noted_lets_other_exceptions_through() -> None:
    with pytest.raises(KeyError), collect_errors([]):
        raise KeyError("a bug of ours")


def test_every_returns_results_in_order() -> None:
    assert for_each(["a", "b"], read) == ["A", "B"]


def test_every_tries_all_before_it_raises() -> None:
    with pytest.raises(UserErrors) as caught:
        for_each(["bad 1", "a", "bad 2"], read)
    assert [each.where for each in caught.value.faults] == ["bad 1", "bad 2"]
