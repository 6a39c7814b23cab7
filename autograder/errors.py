"""Errors that are meant to be read by the person at the keyboard."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class UserError(Exception):
    """Something outside this program is not as it must be: a page, a roster, a file.

    `where` is a file, optionally with a line; the other three are short phrases. The command
    line prints the four parts and exits with 2; nobody sees a traceback.
    """

    where: str
    expected: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return (
            f"{self.where}\n"
            f"  expected: {self.expected}\n"
            f"  found:    {self.found}\n"
            f"  to do:    {self.remedy}"
        )
