"""The rules of `homework check`: for pages, for how checks judge the bank, and against leaks.

Every failure is a UserError: the page and line, what was expected, what was found, what to do.
`page_problems` looks at the pages as texts, `bank_problems` at what was measured. `find_leaks`
finds lines of answers, hidden checks and mistakes in a text that students may read; `homework
build` refuses a student notebook with such lines.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import dis
import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import CodeType

from autograder.authoring.evaluate import Measured
from autograder.authoring.homework import (
    Check,
    Homework,
    Part,
    Question,
    Variant,
)
from autograder.authoring.otter_test_file import guarded, test_file
from autograder.authoring.page_parser import CHINESE, Piece, bound_names
from autograder.errors import UserError
from autograder.language import _

MIN_MISTAKES = 8
MIN_ACCEPTED = 4
MAX_PROOF = 9
"""Lines of the first proof, which the gradebook's report shows for the lecture."""

TEST_FILE_NAMES = {
    "name", "points", "messages", "OK_FORMAT", "all_or_nothing", "test_case", "_Failed",
    "_hide_details",
}
"""Names that the generated test file defines itself; no page may define them."""

FILL_IN = re.compile("FILL IN|待填")
BROKEN = ("NameError:", "TooSlow:", "ModuleNotFoundError:", "AttributeError: module ")
"""Errors of a mistake that show a typo or an endless loop, not a wrong answer."""

LOADS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
MAX_SECONDS = 0.2
"""The most seconds that the checks of one question may take on a right answer."""
SHORTEST_LEAK = 16
"""Bytes of UTF-8. Shorter lines (`return x`, `z = W @ X`) are too common to count as a leak."""

LONG = 20
"""Bytes. A line as long as this is also a leak as a part of other lines (in a comment, wrapped)."""


def page_problems(question: Question) -> list[UserError]:
    """Problems of the pages as texts."""
    rules = (
        _same_signatures, _stubs_have_answers, _names_unique, _names_free, _enough_of_each_kind,
        _mistakes_name_a_check, _checks_have_a_mistake, _checks_are_self_contained, _short_proof,
    )
    return [problem for rule in rules for problem in rule(question)]


def left_over(folder: Path, name: str) -> list[UserError]:
    """Places on a page where the text of `homework new` has not been replaced."""
    problems = []
    for path in sorted(folder.glob(f"{name}.*")):
        if path.suffix in (".py", ".md"):
            lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
            problems += [
                UserError(
                    f"{path}:{number}", _("a text of your own"), line.strip()[:60],
                    _("write it, and take out the words `{words}`").format(words=found[0]),
                )
                for number, line in enumerate(lines, 1) if (found := FILL_IN.search(line))
            ]
    return problems


def can_be_loaded(question: Question) -> bool:
    """Whether the test file can be loaded: no name of the pages collides with its own names."""
    return not [*_names_unique(question), *_names_free(question)]


def _same_signatures(question: Question) -> Iterator[UserError]:
    stub = _functions(question.stub)
    answer = _functions(question.answer)
    places = {piece.name: piece.where for piece in question.answer}
    for name in question.functions:
        if name not in stub:
            continue
        wanted = ast.unparse(stub[name].args)
        if name not in answer or ast.unparse(answer[name].args) != wanted:
            yield UserError(
                places[name], f"def {name}({wanted})",
                f"({ast.unparse(answer[name].args)})" if name in answer else _("no function"),
                _("give the answer the signature of the stub"),
            )
    if not question.functions:
        yield UserError(
            f"{question.public_page}:1", _("a stub with a function that the secret page answers"),
            _("none"), _("define in the answer what the stub leaves open"),
        )


def _stubs_have_answers(question: Question) -> Iterator[UserError]:
    """A stub needs an answer; a function that only the public page defines must be complete."""
    functions = _functions(question.given)
    for piece in question.given:
        if piece.name in functions and _is_open(functions[piece.name]):
            yield UserError(
                piece.where, _("an answer to {name} on the secret page").format(name=piece.name),
                _("none"), _("define it there under this very name"),
            )


def _is_open(function: ast.FunctionDef) -> bool:
    """Whether the function ends with `...`, so that students write it."""
    last = function.body[-1]
    return isinstance(last, ast.Expr) and ast.unparse(last) == "..."


def _functions(pieces: list[Piece]) -> dict[str, ast.FunctionDef]:
    nodes = [node for piece in pieces for node in ast.parse(piece.text).body]
    return {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}


def _names_unique(question: Question) -> Iterator[UserError]:
    kinds: dict[str, Sequence[Piece | Check | Variant]] = {
        "definition": _definitions(question),
        "variant": [*question.mistakes, *question.accepted],
    }
    for what, items in kinds.items():
        seen: dict[str, str] = {}
        for item in items:
            if item.name in seen:
                yield UserError(
                    item.where, _("one {what} named {name}").format(what=what, name=item.name),
                    _("another in {seen}").format(seen=seen[item.name]), _("rename one"),
                )
            seen[item.name] = item.where


def _names_free(question: Question) -> Iterator[UserError]:
    places = dict.fromkeys(_defined("\n".join(question.imports)), f"{question.secret_page}:1")
    places |= {item.name: item.where for item in _definitions(question)}
    for name in sorted(places.keys() & TEST_FILE_NAMES):
        yield UserError(
            places[name],
            _("a name that Otter's test files do not use themselves, as they use {names}").format(
                names=", ".join(sorted(TEST_FILE_NAMES))),
            name, _("rename it"),
        )


def _definitions(question: Question) -> list[Piece | Check]:
    return [*question.given, *question.answer, *question.helpers, *question.checks]


def _enough_of_each_kind(question: Question) -> Iterator[UserError]:
    for what, least, items in ((_("mistakes"), MIN_MISTAKES, question.mistakes),
                               (_("other right answers"), MIN_ACCEPTED, question.accepted)):
        if len(items) < least:
            yield UserError(
                f"{question.secret_page}:1",
                _("at least {least} {what}").format(least=least, what=what), str(len(items)),
                _("add what students write"),
            )
    for what, page in (("public", question.public_page), ("hidden", question.secret_page)):
        if not any(check.hidden == (what == "hidden") for check in question.checks):
            yield UserError(
                f"{page}:1", _("at least one {what} check").format(what=what), _("none"),
                _("write one"),
            )


def _short_proof(question: Question) -> Iterator[UserError]:
    for proof in question.proofs[:1]:
        if (lines := len(proof.body.splitlines())) > MAX_PROOF:
            yield UserError(
                proof.where,
                _("a first proof of at most {most} lines, to be shown in class").format(
                    most=MAX_PROOF),
                _("{lines} lines").format(lines=lines),
                _("put the point first and the rest into a second @proof"),
            )


def _mistakes_name_a_check(question: Question) -> Iterator[UserError]:
    hidden = {check.name for check in question.checks if check.hidden}
    for variant in question.mistakes:
        if variant.caught_by not in hidden:
            yield UserError(
                variant.where,
                _("@mistake with one of {hidden}").format(hidden=', '.join(sorted(hidden))),
                str(variant.caught_by), _("name a hidden check of this page"),
            )


def _checks_have_a_mistake(question: Question) -> Iterator[UserError]:
    caught_by = {variant.caught_by for variant in question.mistakes}
    for check in question.checks:
        if check.hidden and check.name not in caught_by:
            yield UserError(
                check.where, _("a mistake that only {name} names").format(name=check.name),
                _("none"), _("add such a mistake or delete the check"),
            )


def _checks_are_self_contained(question: Question) -> Iterator[UserError]:
    """A public check may use only its imports; a hidden one also the names of its test file."""
    known = _defined(test_file(question)) | set(dir(builtins))
    for check in question.checks:
        text = guarded(check, question.languages, () if check.hidden else question.public_imports)
        allowed = known if check.hidden else set(dir(builtins)) | {check.name}
        yield from _unknown(check.where, text, allowed)
    for piece in (*question.given, *question.helpers):
        yield from _unknown(piece.where, piece.text, known)


def _unknown(where: str, text: str, known: set[str]) -> Iterator[UserError]:
    try:
        used = _globals_used(text)
    except SyntaxError as error:  # an import that cannot stand in a function
        yield UserError(
            where, _("a check with the page's imports in it"), error.msg, _("use plain imports"),
        )
        return
    if unknown := sorted(name for name in used - known if not name.startswith("__")):
        yield UserError(
            where,
            _("checks that use only their arguments, imports and helpers of the secret page (a "
              "public check has no helpers)"),
            ", ".join(unknown), _("pass it in as an argument or define it on the page"),
        )


def _defined(source: str) -> set[str]:
    return {name for node in ast.parse(source).body for name in bound_names(node)}


def _globals_used(source: str) -> set[str]:
    codes: list[CodeType] = [compile(source, "<page>", "exec")]
    used: set[str] = set()
    while codes:
        code = codes.pop()
        names = [(i.opname, str(i.argval)) for i in dis.get_instructions(code)]
        own = {name for operation, name in names if operation == "STORE_NAME"}
        used |= {name for operation, name in names if operation in LOADS} - own
        codes += [const for const in code.co_consts if isinstance(const, CodeType)]
    return used


def bank_problems(question: Question, measured: Measured) -> list[UserError]:
    """Problems that the measurement of the bank has shown, and cells that cannot be run."""
    rules = (
        _answer_passes, _stub_fails, _mistakes_are_caught, _accepted_pass,
        _null_answers_lose_points, _hollow_answers_fail, _any_order, _fast,
    )
    return measured.errors + [problem for rule in rules for problem in rule(question, measured)]


def _answer_passes(question: Question, measured: Measured) -> Iterator[UserError]:
    for name, error in measured.answer.items():
        yield UserError(
            _where(question, name), _("the answer passes {name}").format(name=name), error,
            _("mend the answer or the check"),
        )


def _stub_fails(question: Question, measured: Measured) -> Iterator[UserError]:
    for check in question.checks:
        if check.hidden and measured.stub is not None and check.name not in measured.stub:
            yield UserError(
                check.where, _("the untouched stub fails every hidden check"),
                _("it passes {name}").format(name=check.name), _("sharpen the check"),
            )


def _mistakes_are_caught(question: Question, measured: Measured) -> Iterator[UserError]:
    for variant in question.mistakes:
        failed = measured.mistakes.get(variant.name)
        error = (failed or {}).get(variant.caught_by or "", "")
        if error.startswith(BROKEN):
            yield UserError(
                variant.where,
                _("{name} fails {caught_by} by what it answers").format(
                    name=variant.name, caught_by=variant.caught_by),
                error, _("correct the code of the mistake: as it is, it proves nothing"),
            )
        if failed is not None and variant.caught_by not in failed:
            yield UserError(
                variant.where,
                _("{name} fails {caught_by}").format(
                    name=variant.name, caught_by=variant.caught_by),
                _("it fails {failed}").format(
                    failed=', '.join(failed)) if failed else _("it passes every check"),
                _("sharpen the check, or name the check that catches it"),
            )


def _accepted_pass(question: Question, measured: Measured) -> Iterator[UserError]:
    for variant in question.accepted:
        for name, error in measured.accepted.get(variant.name, {}).items():
            yield UserError(
                variant.where, _("{answer} passes {check}").format(answer=variant.name, check=name),
                error, _("mend the variant, or make the check fair"),
            )


def _null_answers_lose_points(question: Question, measured: Measured) -> Iterator[UserError]:
    hidden = {check.name for check in question.checks if check.hidden}
    places = {piece.name: piece.where for piece in question.answer}
    for name, failed in measured.nulls.items():
        if not hidden & failed.keys():
            yield UserError(
                places[name.split()[0]],
                _("an answer in which {name} loses hidden points").format(name=name),
                _("it keeps them all"), _("add a check of that function"),
            )


def _hollow_answers_fail(question: Question, measured: Measured) -> Iterator[UserError]:
    for name, passed in measured.hollow.items():
        for check in passed:
            yield UserError(
                _where(question, check),
                _("{check} fails where {name}").format(check=check, name=name), _("it passes"),
                _("compare shapes and values with what check_toolkit offers"),
            )


def _any_order(question: Question, measured: Measured) -> Iterator[UserError]:
    """The checks must give a right answer the same verdicts in any order."""
    for variant, failed in measured.reordered.items():
        before = measured.accepted.get(variant, {}) if variant else measured.answer
        for check in question.checks:
            if (check.name in failed) != (check.name in before):
                yield UserError(
                    check.where,
                    _("{check} says the same of {answer} in any order of the checks").format(
                        check=check.name, answer=variant or _("the answer")),
                    failed.get(check.name, _("it passes when the checks run from last to first")),
                    _("let each check make its own data and keep nothing in a helper"),
                )


def _fast(question: Question, measured: Measured) -> Iterator[UserError]:
    if measured.seconds > MAX_SECONDS:
        yield UserError(
            _where(question, measured.slowest),
            _("checks that take under {most} s").format(most=MAX_SECONDS),
            _("{seconds:.2f} s, most of it in {slowest}").format(
                seconds=measured.seconds, slowest=measured.slowest),
            _("use smaller data"),
        )


def _where(question: Question, check: str) -> str:
    return next(each.where for each in question.checks if each.name == check)


def find_leaks(homework: Homework, text: str) -> list[str]:
    """The secret lines in `text`, which is a notebook or plain text, each with its page."""
    lines = list(_lines(text))
    shown, whole = _forms(lines), "".join(_squeezed(line) for line in lines)
    public = _public_forms(homework)
    return [
        f"{question.secret_page.name}: {line.strip()!r}"
        for question, line in secret_lines(homework)
        if any(form in shown or (_bytes(form) >= LONG and form in whole)
               for form in _forms([line]) | _quoted([line]) - public)
    ]


def secret_lines(homework: Homework) -> list[tuple[Part, str]]:
    """The lines of the secret pages that no public page has as code: elsewhere they are leaks."""
    public, whole = _public_forms(homework), _squeezed(_public_code(homework))
    return [
        (question, line)
        for question in homework.parts
        if question.secret_page.exists()
        for line in question.secret_page.read_text(encoding="utf-8").split("\n")
        if (forms := _forms([line])) and not forms & public
        and not any(form in whole for form in forms)
        and not line.lstrip().startswith(("import ", "from "))
    ]


def _public_code(homework: Homework) -> str:
    """The statements of the public pages, without comments and docstrings.

    A secret line that is a part of a public statement is not a leak; a part of a public comment,
    docstring or message is one.
    """
    code = []
    for text in _public_texts(homework):
        with contextlib.suppress(SyntaxError):
            tree = ast.parse(textwrap.dedent(text))
            for node in ast.walk(tree):
                body = getattr(node, "body", None)
                if isinstance(body, list):
                    node.body = [part for part in body if not _is_text(part)]  # type: ignore[attr-defined]
            code.append(ast.unparse(tree))
    return "\n".join(code)


def _is_text(part: ast.AST) -> bool:
    return (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
            and isinstance(part.value.value, str))


def _public_forms(homework: Homework) -> set[str]:
    lines = _public_lines(homework)
    return _forms(lines) | _quoted(lines)


def _public_lines(homework: Homework) -> list[str]:
    messages = [text for question in homework.questions for check in question.checks
                if not check.hidden for text in (check.message.zh, check.message.en)]
    return "\n".join([*_public_texts(homework), *messages]).split("\n")


def _public_texts(homework: Homework) -> list[str]:
    """The code of the public pages."""
    texts = [homework.setup]
    for question in homework.questions:
        texts += [piece.text for piece in question.stub]
        texts += [check.text for check in question.checks if not check.hidden]
        texts += question.pictures
    return texts


def _forms(lines: Iterable[str]) -> set[str]:
    """The lines in normal form, with and without their comments: Otter's tools may change lines."""
    return _long_enough(form for line in lines for form in (line, re.sub(r"#.*", "", line)))


def _quoted(lines: Iterable[str]) -> set[str]:
    """The texts of lines that hold one text in quotes, such as the message of a check."""
    matches = (re.fullmatch(r"""\s*(\w+=)?(["'])(.+)\2,?\s*""", line) for line in lines)
    return _long_enough(match[3] for match in matches if match)


def _long_enough(texts: Iterable[str]) -> set[str]:
    return {form for form in map(_squeezed, texts) if _bytes(form) >= SHORTEST_LEAK}


def _bytes(text: str) -> int:
    return len(text.encode(errors="replace"))


def _squeezed(text: str) -> str:
    """The text without white space, quotes and the mark of Chinese, which Otter may change."""
    return re.sub(r"[\s\"']+|" + CHINESE, "", text)


def _lines(text: str) -> list[str]:
    """The lines of a text, or of every string in a JSON document."""
    try:
        queue = [json.loads(text)]
    except ValueError:
        return text.split("\n")
    lines: list[str] = []
    while queue:
        item = queue.pop()
        if isinstance(item, str):
            lines += item.split("\n")
        elif isinstance(item, dict):
            queue += [*item, *item.values()]
        elif isinstance(item, list):
            queue += item
    return lines
