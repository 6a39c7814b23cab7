"""A question's checks as code: in an Otter test file, and in the student's notebook.

`test_file` writes an ordinary Otter exception-style test file. The same text is what `otter run`,
`otter grade`, Gradescope, `homework grade`, `homework check` and the tests of this repository run:
a check exists once.

Of a check that fails, Otter quotes the line of the test file and the text of the error, which may
be one that student code made of its hidden arguments. On Gradescope `show_hidden` shows both to
students. So a hidden check stands behind a function that fails in its place: Otter then quotes that
function's line and the kind of the error, below the check's own message.

`explaining` writes a public check for the student's notebook. There it says more: for each function
that is wrong, the first call that went wrong, what it returned, and what was expected. A function
that is missing or wrong hides nothing about the others. The verdict is the same.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Sequence

from autograder.authoring.homework import Check, Question
from autograder.authoring.page_parser import Text, split_head

DEFINITIONS = '''\
class _Failed(AssertionError):
    """How a hidden check fails under Otter, which quotes the line and the text of the error."""


def _hide_details(check):
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

    run.original_check = check
    return run'''
"""Definitions at the top of a test file, which has to import functools."""
DECORATOR = "@_hide_details"


UNDEFINED = Text(zh="请先定义 {name}", en="define {name} first")
SIDES = 2
WORDS = {
    "zh": {"call": "调用", "returned": "返回", "check": "检查", "found": "得到", "expected": "应为",
           "raised": "报错", "nothing": "没有返回值（None）：函数写完了吗？有没有漏写 return？",
           "undefined": UNDEFINED.zh},
    "en": {"call": "call", "returned": "returned", "check": "checked", "found": "found",
           "expected": "expected", "raised": "raised",
           "nothing": "None: is the function finished, and does it return its result?",
           "undefined": UNDEFINED.en},
}

WATCHER = '''\
_words, _said, _calls = {words!r}, {{}}, {{}}

def _shown(value):
    text = repr(value).replace("<", "‹").replace(">", "›")
    return text if len(text) <= 400 else text[:400] + " …"

def _recorded(name, function):
    if function is None:
        _said[name] = ["  " + _words["undefined"].format(name=name)]
    if not callable(function):
        return function

    @functools.wraps(function)
    def call(*args, **kwargs):
        given = [_shown(a) for a in args] + [k + "=" + _shown(v) for k, v in kwargs.items()]
        _calls[name] = [("call", name + "(" + ", ".join(given) + ")")]
        result = function(*args, **kwargs)
        text = _words["nothing"] if result is None else _shown(result)
        _calls[name].append(("returned", text))
        return result
    return call

@contextlib.contextmanager
def _watched(names, source):
    try:
        yield
    except Exception as error:
        if any(name in _said for name in names) or (_said and isinstance(error, NameError)):
            return
        rows = [row for name in names for row in _calls.get(name, [])]
        sides = error.args[0] if isinstance(error, AssertionError) and error.args else ()
        if isinstance(sides, tuple) and len(sides) == 2:
            found, expected = map(_shown, sides)
            if not rows or rows[-1][1] not in (found, _words["nothing"]):
                rows += [("check", source), ("found", found)]
            rows.append(("expected", expected))
        elif isinstance(error, AssertionError):
            rows.append(("expected", source))
        else:
            rows += [("check", source), ("raised", type(error).__name__ + ": " + str(error))]
        _said[names[-1] if names else ""] = [
            "  " + _words[what] + ": " + ("\\n" + text if "\\n" in text else text).replace(
                "\\n", "\\n      ") for what, text in rows
        ]

'''
END = '''\
if _said:
    raise AssertionError("\\n\\n" + "\\n".join(
        name + "\\n" + "\\n".join(lines) for name, lines in _said.items()))'''


def test_file(question: Question) -> str:
    """The test file of `question` with public and hidden checks and messages in its languages.

    Functions handed out complete in the stub are part of it, so that a check which uses one of
    them without taking it as an argument gets this one and not the one of the student.
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
    """The check's definition; it begins with a message, in `languages`, for a missing name.

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


def explaining(check: Check, language: str, imports: Iterable[str]) -> str:
    """The definition of the check for a notebook in `language`.

    `imports` are moved inside: the check stands alone, and the student may have rebound `np`.
    """
    signature, body = split_head(check.text)
    functions = [name for name in check.arguments if name != "env"]
    lines = ["import contextlib", "import functools"]
    lines += [line for line in imports if not line.startswith("from __future__")]
    lines += WATCHER.format(words=WORDS[language]).splitlines()
    lines += [f"{name} = _recorded({name!r}, {name})" for name in functions]
    made_by = {name: [name] for name in functions}
    for node in ast.parse(textwrap.dedent(body)).body:
        lines += _watched(node, made_by).splitlines()
    return signature + "\n" + textwrap.indent("\n".join([*lines, *END.splitlines()]), "    ")


def _watched(node: ast.stmt, made_by: dict[str, list[str]]) -> str:
    """A statement of the check that reports its values; `made_by`: name to student functions."""
    names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]
    used = list(dict.fromkeys(maker for name in names for maker in made_by.get(name, [])))
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store) and used:
            made_by[each.id] = used
    text, source = ast.unparse(node), ast.unparse(node)
    if not used:
        return text
    if isinstance(node, ast.Assert):
        source = ast.unparse(node.test)
        if sides := _sides(node.test, made_by):
            got, want, test = sides
            source = got
            text = f"_got, _want = {got}, {want}\nassert {test}, (_got, _want)"
    return f"with _watched({used!r}, {source!r}):\n{textwrap.indent(text, '    ')}"


def _sides(test: ast.expr, made_by: dict[str, list[str]]) -> tuple[str, str, str] | None:
    """The value of the student's functions, the expected value, and the test of the two."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
        left, right = test.left, test.comparators[0]
        test = ast.Compare(_name("_got"), test.ops, [_name("_want")])
    elif isinstance(test, ast.Call) and len(test.args) == SIDES and ast.unparse(test.func) in (
        "np.allclose", "np.array_equal", "math.isclose", "np.isclose"
    ):
        left, right = test.args
        test = ast.Call(test.func, [_name("_got"), _name("_want")], test.keywords)
    else:
        return None
    if _uses(right, made_by):
        if _uses(left, made_by):
            return None
        return ast.unparse(right), ast.unparse(left), ast.unparse(_swapped(test))
    return ast.unparse(left), ast.unparse(right), ast.unparse(test)


def _swapped(test: ast.expr) -> ast.expr:
    if isinstance(test, ast.Compare):
        return ast.Compare(_name("_want"), test.ops, [_name("_got")])
    assert isinstance(test, ast.Call)
    return ast.Call(test.func, test.args[::-1], test.keywords)


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _uses(node: ast.expr, made_by: dict[str, list[str]]) -> bool:
    return any(isinstance(n, ast.Name) and n.id in made_by for n in ast.walk(node))
