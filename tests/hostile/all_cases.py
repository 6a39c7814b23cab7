"""The whole corpus: importing this module fills `CASES`, in which the other modules put theirs."""

from tests.hostile import (  # noqa: F401
    breaking,
    costing,
    forging,
    harming,
    oddities,
    reading,
    telling,
)
from tests.hostile.corpus import CASES

__all__ = ["CASES"]
