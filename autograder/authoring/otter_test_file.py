"""Writes a question's checks as an ordinary Otter exception-style test file.

The same text is what `otter run`, `otter grade`, Gradescope, `homework grade`, `homework check`
and the tests of this repository run: a check exists once.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from autograder.authoring.homework import Check, Question
from autograder.authoring.page_parser import Text, split_head

# Of a check that fails, Otter quotes the line of the test file and the text of the error, which may
# be one that student code made of its hidden arguments. On Gradescope `show_hidden` shows both to
# students. So a hidden check stands behind a function that fails in its place: Otter then quotes
# that function's line, and of the error its kind, below the check's own message.

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

    run.without_disguise = check
    return run'''
"""For a test file, which has to import functools."""
DECORATOR = "@_discreet"


UNDEFINED = Text(zh="请先定义 {name}", en="define {name} first")


def test_file(question: Question) -> str:
    """The test file of `question` with public and hidden checks and messages in its languages.

    Functions handed out complete in the stub are part of it, so that a check which uses one of
    them without asking the notebook for it gets ours and not the student's.
    """
    messages = {
        check.name: {language: check.message[language] for language in question.languages}
        for check in question.checks
    }
    head = "\n".join(
        [
            f'"""Checks of {question.name}."""',
            *dict.fromkeys([*question.imports, "import functools"]),
            "from otter.test_files import test_case",
            "",
            "OK_FORMAT = False",
            f"name = {question.name!r}",
            f"points = {question.points!r}",
            f"messages = {_literal(messages)}",
        ]
    )
    definitions = [DEFINITIONS] + [piece.text for piece in (*question.given, *question.helpers)]
    checks = [
        _decorator(check) + guarded(check, question.languages) for check in question.checks
    ]
    return "\n\n\n".join([head, *definitions, *checks]) + "\n"


def guarded(check: Check, languages: Sequence[str], imports: Iterable[str] = ()) -> str:
    """The check's definition, which first says so, in `languages`, if a name is not defined.

    `imports` are moved inside: a check in a student's notebook
    stands alone, and the student may have rebound `np`.
    """
    signature, body = split_head(check.text)
    lines = [line for line in imports if not line.startswith("from __future__")]
    lines += [_guard(name, languages) for name in check.arguments if name != "env"]
    return signature + "\n" + textwrap.indent("\n".join(lines), "    ") + "\n" + body


def _guard(name: str, languages: Sequence[str]) -> str:
    message = " / ".join(UNDEFINED[each].format(name=name) for each in languages)
    return f'assert {name} is not None, "{message}"'


def _decorator(check: Check) -> str:
    disguise = f"{DECORATOR}\n" if check.hidden else ""
    return (
        f"@test_case(name={check.name!r}, points={check.points!r}, hidden={check.hidden},\n"
        f'           failure_message=" / ".join(messages[{check.name!r}].values()))\n{disguise}'
    )


def _literal(messages: dict[str, dict[str, str]]) -> str:
    rows = [f"    {name!r}: {texts!r}," for name, texts in messages.items()]
    return "\n".join(["{", *rows, "}"])
