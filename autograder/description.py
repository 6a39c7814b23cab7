"""What a homework is, as data: `homework.json` inside autograder.zip and inside every results file.

It lets the grader, the gradebook and the feedback speak of questions, points, messages and
misconceptions without the pages. It is as secret as the hidden checks.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

FILE = "homework.json"


class Bilingual(TypedDict):
    """The same text in Chinese and English."""

    zh: str
    en: str


class CheckDescription(TypedDict):
    """A check: `message` says which property a student who fails it is missing.

    `praise` is what an Otter test not written here says to those who pass it.
    """

    name: str
    points: float
    hidden: bool
    message: Bilingual
    praise: NotRequired[Bilingual]


class MistakeDescription(TypedDict):
    """A mistake of the bank: what its author believed and all the checks it fails."""

    name: str
    belief: Bilingual
    caught_by: str
    fails: list[str]


class QuestionDescription(TypedDict):
    """A question, its checks in their order, and its notes and numerical proof for the teacher."""

    name: str
    title: Bilingual
    points: float
    checks: list[CheckDescription]
    mistakes: list[MistakeDescription]
    notes: Bilingual
    proof: str


class HomeworkDescription(TypedDict):
    """A homework, its questions in notebook order; one not built here has no mistakes or notes."""

    name: str
    title: Bilingual
    questions: list[QuestionDescription]
