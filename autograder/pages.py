"""The decorators of question pages.

A question has two pages. The public page (`assignments/<homework>/<question>.py`) holds the stub
and the public checks, the secret page (`solutions/<homework>/<question>.py`) the answer, the
hidden checks, the mistakes and the other right answers. `autograder.authoring` reads pages as text
and never imports them; the decorators below do nothing, so that a page is also an ordinary Python
module for linters and editors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def check(*, points: float) -> Callable[[T], T]:
    """Mark a function as a check: hidden on the secret page, public on the public one.

    Its arguments are names from the student's notebook. Its docstring is the message for a student
    who fails: which property is missing and what usually causes that, without the expected numbers;
    in English, then, from a line that begins with `中文：`, in Chinese.
    """
    return _unchanged


def mistake(caught_by: Callable[..., Any], /, *, belief: str = "") -> Callable[[T], T]:
    """Mark a class whose body is a plausible wrong notebook cell.

    `caught_by` is the hidden check that must fail. The docstring of the class says what the student
    believed, in English and Chinese like the message of a check. Students write one belief with
    different numbers or in different forms: a further class with `belief="name_of_the_first"` is
    another code of that mistake. It has no docstring, and whoever writes so is given the first
    one's name.
    """
    return _unchanged


def accepted(variant: T) -> T:
    """Mark a class whose body is a differently written right answer: every check must pass."""
    return variant


def held_out(*beliefs: str | None) -> Callable[[T], T]:
    """Mark a class whose body is a wrong answer that measures how well beliefs are named.

    It stands in `solutions/<homework>/held_out/`, apart from the bank. `beliefs` are the mistakes
    of the bank that its author holds; `None` says that the bank does not know the belief.
    """
    return _unchanged


def right(answer: T) -> T:
    """Mark a class in `held_out/` whose body is a right answer: it ought to keep all points."""
    return answer


def proof(function: T) -> T:
    """Mark the function whose body shows numerically that the common wrong belief is wrong."""
    return function


def see(function: T) -> T:
    """Mark a function that draws a picture with the student's own functions."""
    return function


def _unchanged(thing: T) -> T:
    return thing
