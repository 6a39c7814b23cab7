"""Errors for the person at the keyboard: where, what was expected, what was found, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, TypeVar

import click

from autograder.language import _

Item = TypeVar("Item")
Read = TypeVar("Read")


@dataclass
class UserError(click.ClickException):
    """A page, a roster or another input is wrong; the person at the keyboard can correct it.

    `where` is a file, optionally with a line; the other three are short phrases. The command
    line prints the four parts and exits with 2; nobody sees a traceback.
    """

    where: str
    expected: str
    found: str
    remedy: str

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the error for the person at the keyboard; click calls this."""
        click.echo(printable(f"homework: {self}"), file=file, err=file is None)

    def format_message(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return _(
            "{where}\n"
            "  expected: {expected}\n"
            "  found:    {found}\n"
            "  to do:    {remedy}"
        ).format(where=self.where, expected=self.expected, found=self.found, remedy=self.remedy)


class UserErrors(UserError):
    """Several errors as one; the message lists all of them."""

    def __init__(self, errors: list[UserError]) -> None:
        first = errors[0]
        super().__init__(first.where, first.expected, first.found, first.remedy)
        self.errors = errors

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.errors))


@contextmanager
def collect_errors(errors: list[UserError]) -> Iterator[None]:
    """Add the UserErrors that the block raises to `errors`, and continue after it."""
    try:
        yield
    except UserErrors as error:
        errors += error.errors
    except UserError as error:
        errors.append(error)


@contextmanager
def all_errors() -> Iterator[list[UserError]]:
    """A list for `collect_errors` in the block; raises UserErrors of what is in it at the end."""
    errors: list[UserError] = []
    yield errors
    if errors:
        raise UserErrors(errors)


def for_each(items: Iterable[Item], read: Callable[[Item], Read]) -> list[Read]:
    """The list of `read(item)`; raises UserErrors with the errors of all items."""
    results = list[Read]()
    with all_errors() as errors:
        for item in items:
            with collect_errors(errors):
                results.append(read(item))
    return results


def did_you_mean(word: str, known: Sequence[str], otherwise: str = "") -> str:
    """`did you mean ...?` if a known word is similar to `word`, else `otherwise`."""
    near = [name for name in known if len(word) > 2 and name.startswith(word)]
    near += difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return _("did you mean `{name}`?").format(name=near[0])
    return otherwise or _("write one of them")


def printable(text: str) -> str:
    """`text` for a terminal: file names of students may hold control sequences."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)
