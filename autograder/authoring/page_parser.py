"""Reads one Python page as text: its imports, its pieces, and its decorated definitions.

A page is never imported. Each top-level statement becomes a `Piece`, the text from the end of the
statement before it, so that comments stay with the code they explain.

The public page of a question that people grade (`WrittenQuestion`) says `written = 10` and holds no
code. Its secret page may be missing: its docstring is a model answer, and its dictionary `rubric`
says what an answer must contain for how many points. Both are for the people who grade.
"""

from __future__ import annotations

import ast
import difflib
import json
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import UserError, all_errors, collect_errors, did_you_mean
from autograder.language import N_, _

WIDE = r"[\u2014\u2018-\u201d\u2026\u3000-\u9fff\uff00-\uffef]"
CHINESE_BREAK = re.compile(f"(?<={WIDE})\n(?={WIDE})")
CHINESE = "中文："
"""Separates the English half of a docstring from the Chinese half."""

TOOLKIT = "autograder.check_toolkit"
"""The module whose functions are copied into test files, so that these run without autograder."""

MARKS = ("check", "mistake", "accepted", "proof", "see")
KEYWORDS = {"check": {"points"}, "mistake": {"belief"}}
"""The keyword arguments of a mark; `@mistake` takes the name of a check before them."""

MESSAGE_FORM = N_(
    "a docstring in English and then, from a line that begins with `中文：`, in Chinese")
INSTEAD = {
    "zh": N_("write the text as a docstring"), "en": N_("write the text as a docstring"),
    "caught_by": N_("write @mistake(the_check_that_must_fail)"),
}
"""Remedies for keyword arguments that the marks do not have."""
WRITTEN = "written"
RUBRIC = "rubric"


@dataclass(frozen=True)
class Text:
    """A text in both languages of the homework."""

    zh: str
    en: str

    def __getitem__(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Piece:
    """A top-level statement of a page: the name it binds, its text, its `path:line`."""

    name: str
    text: str
    where: str


@dataclass(frozen=True)
class Marked:
    """A decorated definition. `text` is the definition without decorators and docstring, `body`
    its inside.

    `caught_by` is the check that `@mistake` names, `where` the `path:line` of the definition.
    """

    mark: str
    name: str
    docstring: str
    text: str
    body: str
    arguments: tuple[str, ...]
    options: dict[str, object]
    caught_by: str
    where: str


@dataclass
class PageFile:
    """The contents of one Python page, in order.

    `toolkit` holds the names that it imports from `autograder.check_toolkit`, `imports` the other
    imports, except that of `autograder.pages`.
    """

    path: Path
    docstring: str = ""
    imports: list[str] = field(default_factory=list)
    toolkit: list[str] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    marked: list[Marked] = field(default_factory=list)

    def all_marked(self, mark: str) -> list[Marked]:
        return [item for item in self.marked if item.mark == mark]


def read_page(path: Path) -> PageFile:
    """Parse the page at `path`; raises UserError or UserErrors, naming file and line."""
    source = read_text(path)
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:  # ValueError: a null byte
        line = getattr(error, "lineno", None) or 1
        raise UserError(
            f"{path}:{line}", _("a Python page"), getattr(error, "msg", str(error)),
            _("mend the syntax"),
        ) from None
    page = PageFile(path, docstring=ast.get_docstring(tree) or "")
    lines = source.split("\n")
    start = 0
    with all_errors() as errors:
        for node in tree.body:
            with collect_errors(errors):
                _add(page, node, lines, start)
            start = node.end_lineno or start
    return page


def read_text(path: Path) -> str:
    """The UTF-8 text of a page, with or without the mark that Windows puts before it."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"{path}:1", _("a page"), _("no such file"), _("write it")) from None
    except OSError as error:
        raise UserError(
            f"{path}:1", _("a page"), str(error.strerror), _("make it readable"),
        ) from None
    except UnicodeDecodeError as error:
        line = 1 + error.object[: error.start].count(b"\n")
        raise UserError(
            f"{path}:{line}", _("UTF-8 text"), _("byte {start} is not").format(start=error.start),
            _("save the file as UTF-8"),
        ) from None


def split_languages(docstring: str) -> Text:
    """Split 'English, then 中文：Chinese'; a text in one language is used for both."""
    english, mark, chinese = docstring.partition(CHINESE)
    english = english.strip()
    return Text(zh=chinese.strip() if mark else english, en=english)


def one_line(text: Text) -> Text:
    """The text with its lines joined, in Chinese without a space between Chinese characters."""
    zh, en = as_prose(text).zh, text.en
    return Text(zh=" ".join(zh.split("\n")), en=" ".join(en.split("\n")))


def as_prose(text: Text) -> Text:
    """The text with Chinese lines joined: Markdown and HTML show a line's end as a space."""
    return Text(zh=CHINESE_BREAK.sub("", text.zh), en=text.en)


def in_languages(text: Text, languages: Sequence[str]) -> Text:
    """The text, which in a homework of one language is the same in both."""
    if len(languages) > 1:
        return text
    only = text[languages[0]]
    return Text(only, only)


def localised(source: str, language: str) -> str:
    """Keep of each docstring or text with a 中文： half only the half in `language`."""
    if CHINESE not in source:
        return source
    lines, tree = source.split("\n"), ast.parse(source)
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
              for part in ast.walk(node)}
    docstrings = {id(node.body[0].value): node for node in ast.walk(tree)
                  if isinstance(node, ast.FunctionDef) and isinstance(node.body[0], ast.Expr)}
    texts = [n for n in ast.walk(tree) if isinstance(n, ast.Constant)
             and isinstance(n.value, str) and CHINESE in n.value and id(n) not in inside]
    for node in sorted(texts, key=lambda n: (-n.lineno, -n.col_offset)):
        if id(node) not in docstrings:
            written = json.dumps(split_languages(str(node.value))[language], ensure_ascii=False)
        elif docstrings[id(node)].lineno == node.lineno:
            continue
        else:
            written = _docstring(docstrings[id(node)], node.col_offset, language)
        _replace(lines, node, written)
    return "\n".join(lines)


def _docstring(function: ast.FunctionDef, column: int, language: str) -> str:
    text = split_languages(ast.get_docstring(function) or "")[language]
    indent = " " * column
    quotes = 'r"""' if "\\" in text else '"""'
    on_one_line = "\n" not in text and not text.endswith(('"', "\\"))
    closing = '"""' if on_one_line else f'\n{indent}"""'
    return f"{quotes}{textwrap.indent(text, indent).strip()}{closing}"


def _replace(lines: list[str], node: ast.expr, text: str) -> None:
    """Write `text` in place of the expression `node`, whose columns count bytes of UTF-8."""
    first, last = node.lineno - 1, node.end_lineno or node.lineno
    before = lines[first].encode()[: node.col_offset].decode()
    after = lines[last - 1].encode()[node.end_col_offset :].decode()
    lines[first:last] = [before + text + after]


def names_in(code: str) -> set[str]:
    """The names that the code reads or binds."""
    return {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}


def bound_names(node: ast.stmt) -> list[str]:
    """The names that a statement binds: of imports, of a function or class, of assignments."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    return [each.id for each in ast.walk(node)
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]


def reach(pieces: list[Piece], roots: set[str]) -> list[Piece]:
    """The pieces that bind `roots`, and those that they use, directly or through others."""
    used = {piece.name: names_in(piece.text) for piece in pieces}
    reached, queue = set(), list(roots & used.keys())
    while queue:
        name = queue.pop()
        reached.add(name)
        queue += [n for n in used[name] if n in used and n not in reached]
    return [piece for piece in pieces if piece.name in reached]


def split_head(text: str) -> tuple[str, str]:
    """Split a definition into `def name(...):` and its body with its leading comments.

    The body is "" when it stands on the line of the head.
    """
    lines = text.split("\n")
    first = ast.parse(text).body[0]
    assert isinstance(first, ast.FunctionDef | ast.ClassDef)
    inside = first.body[0]
    opening = min([inside, *getattr(inside, "decorator_list", [])], key=lambda node: node.lineno)
    start = opening.lineno - 1
    if lines[start][: opening.col_offset].strip(" \t@"):
        return text, ""
    while start > 1 and not lines[start - 1].split("#")[0].strip():
        start -= 1
    return "\n".join(lines[:start]), "\n".join(lines[start:])


def _add(page: PageFile, node: ast.stmt, lines: list[str], start: int) -> None:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # the docstring
    if isinstance(node, ast.Import | ast.ImportFrom):
        _add_import(page, node)
        return
    decorators = getattr(node, "decorator_list", [])
    if decorators and (mark := _mark_of(decorators[0])):
        page.marked.append(_marked(page.path, mark, node, decorators[0], lines))
        return
    for decorator in decorators:
        _misspelt(page, decorator)
    text = textwrap.dedent("\n".join(lines[start : node.end_lineno])).strip("\n")
    page.pieces.append(Piece(_bound_name(node), text, f"{page.path}:{node.lineno}"))


def _add_import(page: PageFile, node: ast.Import | ast.ImportFrom) -> None:
    module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
    if module == "autograder.pages":
        return
    if isinstance(node, ast.ImportFrom) and module == TOOLKIT:
        page.toolkit += [alias.asname or alias.name for alias in node.names]
    elif (module or "").split(".")[0] == "autograder":
        raise UserError(
            f"{page.path}:{node.lineno}",
            _("no import of autograder but its pages and, as `from {toolkit} import ...`, its "
              "toolkit").format(toolkit=TOOLKIT),
            ast.unparse(node),
            _("import what works without this package: the test file is run without it"),
        )
    else:
        page.imports.append(ast.unparse(node))


def _name_of(decorator: ast.expr) -> str:
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    return function.id if isinstance(function, ast.Name) else ""


def _mark_of(decorator: ast.expr) -> str:
    name = _name_of(decorator)
    return name if name in MARKS else ""


def _misspelt(page: PageFile, decorator: ast.expr) -> None:
    """Raise UserError for a decorator whose name is nearly that of a mark."""
    name = _name_of(decorator)
    if difflib.get_close_matches(name, MARKS, n=1, cutoff=0.75):
        raise UserError(
            f"{page.path}:{decorator.lineno}",
            _("one of {marks}").format(marks=", ".join(f"@{mark}" for mark in MARKS)), f"@{name}",
            did_you_mean(name, MARKS),
        )


def _bound_name(node: ast.stmt) -> str:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id
    return f"line {node.lineno}"


def _marked(
    path: Path, mark: str, node: ast.stmt, decorator: ast.expr, lines: list[str]
) -> Marked:
    where = f"{path}:{node.lineno}"
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        raise UserError(
            where, _("a function or class under @{mark}").format(mark=mark), _("something else"),
            _("put the decorator on a definition"),
        )
    text = "\n".join(lines[node.lineno - 1 : node.end_lineno])
    if not split_head(text)[1]:
        raise UserError(
            where, _("the body of {name} on lines of its own").format(name=node.name),
            lines[node.lineno - 1].strip(), _("begin a new line after the colon"),
        )
    docstring = ast.get_docstring(node)
    if docstring is not None and len(node.body) > 1:
        first, last = node.body[0].lineno - 1, node.body[0].end_lineno
        if node.body[1].lineno == last:
            raise UserError(
                where, _("the docstring of {name} on lines of its own").format(name=node.name),
                lines[node.body[1].lineno - 1].strip(), _("begin a new line after it"),
            )
        text = "\n".join([*lines[node.lineno - 1 : first], *lines[last : node.end_lineno]])
    return Marked(
        mark=mark,
        name=node.name,
        docstring=docstring or "",
        text=text,
        body=textwrap.dedent(split_head(text)[1]).strip("\n"),
        arguments=tuple(a.arg for a in node.args.args) if isinstance(node, ast.FunctionDef) else (),
        options=_options(path, mark, decorator),
        caught_by=_caught_by(path, mark, decorator),
        where=where,
    )


def _options(path: Path, mark: str, decorator: ast.expr) -> dict[str, object]:
    """The decorator's keyword arguments, which are literals."""
    options: dict[str, object] = {}
    for keyword in decorator.keywords if isinstance(decorator, ast.Call) else []:
        name, value = keyword.arg or "**", keyword.value
        where, written = f"{path}:{value.lineno}", ast.unparse(value)
        if name not in KEYWORDS.get(mark, ()):
            remedy = _(INSTEAD[name]) if name in INSTEAD else _("delete it")
            raise UserError(
                where, _("no {name}= in @{mark}").format(name=name, mark=mark), written, remedy,
            )
        try:
            options[name] = ast.literal_eval(value)
        except (ValueError, TypeError):
            raise UserError(
                where, _("{name}= a literal").format(name=name), written, _("write it out"),
            ) from None
    return options


def _caught_by(path: Path, mark: str, decorator: ast.expr) -> str:
    """The name of the check that `@mistake` names, "" for the other marks."""
    if mark != "mistake":
        return ""
    arguments = decorator.args if isinstance(decorator, ast.Call) else []
    if len(arguments) == 1 and isinstance(arguments[0], ast.Name):
        return arguments[0].id
    raise UserError(
        f"{path}:{decorator.lineno}", _("@mistake(the_check_that_must_fail)"),
        f"@{ast.unparse(decorator)}", _("name a check of this page"),
    )


@dataclass(frozen=True)
class RubricLine:
    """A line of a rubric: what an answer must contain for these points."""

    points: float
    text: Text


@dataclass(frozen=True)
class WrittenQuestion:
    """A question that people grade; only they see `model_answer` and `rubric`."""

    name: str
    title: Text
    prompt: Text
    points: float
    model_answer: Text
    rubric: list[RubricLine]
    public_page: Path
    secret_page: Path


def is_written(page: Path) -> bool:
    """Whether a public page is that of a question that people grade."""
    return page.is_file() and re.search(rf"^{WRITTEN}\b", read_text(page), re.MULTILINE) is not None


def read_written(
    public_page: Path, secret_page: Path, languages: Sequence[str]
) -> tuple[float, Text, list[RubricLine]]:
    """Points, model answer and rubric of the question; raises UserError."""
    public = read_page(public_page)
    page = next(piece for piece in public.pieces if piece.name == WRITTEN)
    others = [piece.name for piece in public.pieces if piece is not page]
    others += [marked.name for marked in public.marked]
    if others or public.imports:
        raise UserError(
            page.where, _("nothing but `{written} = POINTS` on this page").format(written=WRITTEN),
            ", ".join([*public.imports, *others]), _("make two questions of it"),
        )
    points = _literal(page)
    if isinstance(points, bool) or not isinstance(points, int | float) or not points > 0:
        raise UserError(
            page.where, _("points above 0"), page.text,
            _("like {written} = 10").format(written=WRITTEN),
        )
    if not secret_page.exists():
        return points, Text("", ""), []
    secret = read_page(secret_page)
    others = [piece.name for piece in secret.pieces if piece.name != RUBRIC]
    others += [marked.name for marked in secret.marked]
    if others or secret.imports:
        raise UserError(
            f"{secret_page}:1", _("a docstring and `{rubric} = {{...}}`").format(rubric=RUBRIC),
            ", ".join(others or secret.imports), _("take it out: nothing here is run"),
        )
    answer = in_languages(as_prose(split_languages(secret.docstring)), languages)
    return points, answer, _rubric(secret.pieces[-1], points, languages) if secret.pieces else []


def _rubric(piece: Piece, points: float, languages: Sequence[str]) -> list[RubricLine]:
    lines = _literal(piece)
    if not (isinstance(lines, dict) and lines and all(
        isinstance(text, str) and isinstance(worth, int | float) and worth > 0
        for text, worth in lines.items()
    )):
        raise UserError(
            piece.where, f'{RUBRIC} = {{"what an answer must say": POINTS, ...}}',
            piece.text.split("\n")[0], _("write what is asked for, and points above 0"),
        )
    if (total := sum(lines.values())) != points:
        raise UserError(
            piece.where,
            _("a rubric of {points:g} points, as on the public page").format(points=points),
            _("{total:g} points").format(total=total), _("correct one of them"),
        )
    return [
        RubricLine(worth, in_languages(one_line(split_languages(text)), languages))
        for text, worth in lines.items()
    ]


def _literal(piece: Piece) -> object:
    node = ast.parse(piece.text).body[0]
    try:
        return ast.literal_eval(node.value) if isinstance(node, ast.Assign) else None
    except ValueError:
        return None
