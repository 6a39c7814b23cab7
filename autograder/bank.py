"""The bank: every question of a homework, read from its public and secret pages.

`load_homework` returns the questions in notebook order, which is the order of their file names.
Points and titles sit with the question; there is no index to edit.
"""

from __future__ import annotations

import ast
import textwrap
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UserError
from autograder.pagefile import (
    Marked,
    PageFile,
    Piece,
    Text,
    reach,
    read_page,
    read_text,
    split_languages,
)

LANGUAGES = ("zh", "en")
INTRO = "intro"


@dataclass(frozen=True)
class Check:
    """One property that a student's functions must have."""

    name: str
    points: float
    hidden: bool
    message: Text
    arguments: tuple[str, ...]
    text: str
    where: str


@dataclass(frozen=True)
class Variant:
    """A notebook cell that replaces some of the answer: a mistake or another right answer."""

    name: str
    text: str
    where: str
    belief: Text | None = None
    caught_by: str | None = None


@dataclass(frozen=True)
class Question:
    """A question with everything its two pages say."""

    name: str
    title: Text
    prompt: Text
    notes: Text
    given: list[Piece]
    stub: list[Piece]
    answer: list[Piece]
    imports: list[str]
    helpers: list[Piece]
    checks: list[Check]
    mistakes: list[Variant]
    accepted: list[Variant]
    pictures: list[str]
    proofs: list[Marked]
    public_page: Path
    secret_page: Path

    @property
    def points(self) -> float:
        total = sum(check.points for check in self.checks)
        return int(total) if total == int(total) else total

    @property
    def functions(self) -> list[str]:
        """The names the student writes."""
        given = {piece.name for piece in self.given}
        return [piece.name for piece in self.stub if piece.name not in given]


@dataclass(frozen=True)
class Homework:
    """A homework: its opening page and its questions."""

    name: str
    title: Text
    intro: Text
    setup: str
    questions: list[Question]

    @property
    def points(self) -> float:
        return sum(question.points for question in self.questions)


def load_homework(name: str, root: Path) -> Homework:
    """Read homework `name` from `root/assignments` and `root/solutions`."""
    public = root / "assignments" / name
    names = question_names(public)
    if not names:
        raise UserError(
            str(public), "question pages, like q01_forward_prop.py", "none",
            f"run `homework new {name} NAME` in the folder that holds assignments/",
        )
    title, intro = _read_prompt(public, INTRO)
    setup = read_page(public / f"{INTRO}.py")
    return Homework(
        name=name, title=title, intro=intro, setup=_cell(setup.imports, setup.pieces),
        questions=[load_question(name, question, root) for question in names],
    )


def question_names(public: Path) -> list[str]:
    """Names of the questions in a folder of public pages, in notebook order."""
    return sorted(path.stem for path in public.glob("*.py") if path.stem != INTRO)


def load_question(homework: str, name: str, root: Path) -> Question:
    """Read the two pages of one question."""
    public = read_page(root / "assignments" / homework / f"{name}.py")
    secret = read_page(root / "solutions" / homework / f"{name}.py")
    title, prompt = _read_prompt(public.path.parent, name)
    open_names = {piece.name for piece in public.pieces} & {p.name for p in secret.pieces}
    answer = reach(secret.pieces, open_names)
    return Question(
        name=name, title=title, prompt=prompt, notes=split_languages(secret.docstring),
        given=[piece for piece in public.pieces if piece.name not in open_names],
        stub=public.pieces, answer=answer,
        imports=_merge(public.imports, secret.imports),
        helpers=[piece for piece in secret.pieces if piece not in answer],
        checks=[*_checks(public, hidden=False), *_checks(secret, hidden=True)],
        mistakes=[_variant(item, secret) for item in secret.all_marked("mistake")],
        accepted=[_variant(item, secret) for item in secret.all_marked("accepted")],
        pictures=[f"@see\n{item.text}" for item in public.all_marked("see")],
        proofs=secret.all_marked("proof"),
        public_page=public.path, secret_page=secret.path,
    )


def setup_cell(homework: Homework, language: str) -> str:
    """The notebook's first cell of code, docstrings in the student's language."""
    return _localised(homework.setup, language)


def stub_cell(question: Question, language: str) -> str:
    """What the student starts from, docstrings in the student's language."""
    return _localised(_cell([], question.stub), language)


def answer_cell(question: Question, variant: Variant | None = None, language: str = "en") -> str:
    """The cell of a student who answers rightly, or as `variant` does where it differs."""
    pieces = {piece.name: piece.text for piece in [*question.given, *question.answer]}
    if variant is not None:
        pieces |= _definitions(variant.text)
    return _localised("\n\n\n".join(pieces.values()), language)


def _definitions(text: str) -> dict[str, str]:
    """The top-level statements of a variant by the name they bind, in their order."""
    lines, pieces, start = text.splitlines(), {}, 0
    for index, node in enumerate(ast.parse(text).body):
        name = getattr(node, "name", None) or f"statement {index}"
        pieces[str(name)] = "\n".join(lines[start : node.end_lineno]).strip("\n")
        start = node.end_lineno or start
    return pieces


def _read_prompt(folder: Path, name: str) -> tuple[Text, Text]:
    parts: dict[str, tuple[str, str]] = {}
    for language in LANGUAGES:
        path = folder / f"{name}.{language}.md"
        heading, _, body = read_text(path).strip().partition("\n")
        if not heading.startswith("# ") or not body.strip():
            raise UserError(
                f"{path}:1", "a heading `# Title` and then the prompt", repr(heading[:40]),
                "begin the page with its title",
            )
        parts[language] = heading[2:].strip(), body.strip()
    (zh_title, zh_body), (en_title, en_body) = parts["zh"], parts["en"]
    return Text(zh_title, en_title), Text(zh_body, en_body)


def _checks(page: PageFile, *, hidden: bool) -> list[Check]:
    return [_check(item, page, hidden) for item in page.all_marked("check")]


def _check(item: Marked, page: PageFile, hidden: bool) -> Check:
    where = f"{page.path}:{item.line}"
    message = _text(item, where, "a message for students who fail")
    points = item.options.get("points")
    if isinstance(points, bool) or not isinstance(points, int | float) or points <= 0:
        raise UserError(where, "points above 0", f"points={points!r}", f"give {item.name} points")
    return Check(item.name, points, hidden, message, item.arguments, item.text, where)


def _variant(item: Marked, page: PageFile) -> Variant:
    where = f"{page.path}:{item.line}"
    if item.mark == "accepted":
        return Variant(item.name, item.body, where)
    belief = _text(item, where, "what the student believed")
    caught_by = item.options.get("caught_by")
    if not isinstance(caught_by, str):
        raise UserError(
            where, "caught_by= the check that must fail", repr(caught_by),
            "name a check of this page",
        )
    return Variant(item.name, item.body, where, belief, caught_by)


def _text(item: Marked, where: str, what: str) -> Text:
    zh, en = item.options.get("zh"), item.options.get("en")
    if not (isinstance(zh, str) and zh.strip() and isinstance(en, str) and en.strip()):
        raise UserError(
            where, f"{what}, as zh= and en=", f"zh={zh!r}, en={en!r}", "write both languages"
        )
    return Text(zh.strip(), en.strip())


def _cell(imports: list[str], pieces: list[Piece]) -> str:
    head = ["\n".join(imports)] if imports else []
    return "\n\n\n".join([*head, *(piece.text for piece in pieces)])


def _merge(*lists: list[str]) -> list[str]:
    return list(dict.fromkeys(item for items in lists for item in items))


def _localised(source: str, language: str) -> str:
    """Keep of each docstring with a 中文： half only the half in `language`."""
    lines = source.splitlines()
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)]
    for node in sorted(functions, key=lambda n: -n.lineno):
        docstring = ast.get_docstring(node)
        if docstring is None:
            continue
        literal, text = node.body[0], split_languages(docstring)[language]
        indent = " " * literal.col_offset
        quotes = 'r"""' if "\\" in text else '"""'
        closing = f'\n{indent}"""' if "\n" in text else '"""'
        body = textwrap.indent(text, indent).strip()
        lines[literal.lineno - 1 : literal.end_lineno] = [f"{indent}{quotes}{body}{closing}"]
    return "\n".join(lines)
