"""Several errors at once, so that an author sees all that is wrong with the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from autograder.errors import UserError

Item = TypeVar("Item")
Read = TypeVar("Read")


class Faults(UserError):
    """Everything that was found wrong; reads as one error after the other."""

    def __init__(self, faults: list[UserError]) -> None:
        first = faults[0]
        super().__init__(first.where, first.expected, first.found, first.remedy)
        self.faults = faults

    def __str__(self) -> str:
        return "\n\n".join(str(fault) for fault in self.faults)


@contextmanager
def noted(faults: list[UserError]) -> Iterator[None]:
    """Add to `faults` what the block raises, and go on after it."""
    try:
        yield
    except Faults as error:
        faults += error.faults
    except UserError as error:
        faults.append(error)


def every(items: Iterable[Item], read: Callable[[Item], Read]) -> list[Read]:
    """`read` of every item; raises Faults with what is wrong with all of them."""
    faults, results = list[UserError](), list[Read]()
    for item in items:
        with noted(faults):
            results.append(read(item))
    if faults:
        raise Faults(faults)
    return results
