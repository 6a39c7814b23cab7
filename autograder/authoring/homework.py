"""The bank: every question of a homework, read from its public and secret pages.

`load_homework` returns the questions in notebook order, which is the order of their file names.
Points and titles sit with the question; there is no index to edit.
"""

from __future__ import annotations

import ast
import re
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autograder import check_toolkit
from autograder.authoring.page_parser import (
    CHINESE,
    MESSAGE_FORM,
    TOOLKIT,
    Marked,
    PageFile,
    Piece,
    Text,
    as_prose,
    one_line,
    reach,
    read_page,
    read_text,
    split_languages,
)
from autograder.errors import UserError, UserErrors, collect_errors, for_each

LANGUAGES = ("zh", "en")
INTRO = "intro"
NAME = re.compile(r"q\d+_[a-z][a-z0-9_]*")
PUBLIC_MARKS = ("check", "see")
SECRET_MARKS = ("check", "mistake", "accepted", "proof")


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
    """A notebook cell that replaces some of the answer: a mistake or another right answer.

    `mistake` names the mistake that it is a code of: itself, or the one that its page names with
    `belief=`.
    """

    name: str
    text: str
    where: str
    belief: Text | None = None
    caught_by: str | None = None
    mistake: str = ""


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
    public_imports: list[str]
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
    """Read homework `name` from `root/assignments` and `root/solutions`; raises UserErrors."""
    names, faults = question_names(name, root), list(name_faults(name, root))
    with collect_errors(faults):
        title, intro, setup = load_intro(name, root)
    with collect_errors(faults):
        questions = for_each(names, lambda question: load_question(name, question, root))
    if faults:
        raise UserErrors(faults)
    return Homework(name=name, title=title, intro=intro, setup=setup, questions=questions)


def question_names(homework: str, root: Path) -> list[str]:
    """Names of the questions in notebook order, also of those that lack one of their pages.

    Raises UserError when there is no question or no folder of secret pages at all.
    """
    public, secret = root / "assignments" / homework, root / "solutions" / homework
    paths = [*public.glob("*.py"), *secret.glob("*.py")]
    paths += [path for language in LANGUAGES for path in public.glob(f"*.{language}.md")]
    names = sorted({path.name.split(".")[0] for path in paths} - {INTRO})
    if not names:
        raise UserError(
            str(public), "question pages, like q01_forward_prop.py", "none",
            f"run `homework new {homework} NAME` in the folder that holds assignments/",
        )
    if not secret.is_dir():
        raise UserError(str(secret), "a folder of secret pages", "no such folder",
                        "get the solutions; they may be kept apart from the assignments")
    return names


def name_faults(homework: str, root: Path) -> Iterator[UserError]:
    """What is wrong with the names of the pages."""
    numbers: dict[str, str] = {}
    for name in question_names(homework, root):
        where = f"{root / 'assignments' / homework / name}.py"
        if not NAME.fullmatch(name):
            yield UserError(where, "a name like q01_forward_prop", name, "rename its pages")
        other = numbers.setdefault(name.split("_")[0], name)
        if other != name:
            yield UserError(where, f"a number that {other} does not have", name.split("_")[0],
                            "renumber the pages of one of them")


def load_intro(homework: str, root: Path) -> tuple[Text, Text, str]:
    """Title, text and first cell of the opening pages."""
    public = root / "assignments" / homework
    title, text = _read_prompt(public, INTRO)
    setup = read_page(public / f"{INTRO}.py")
    code = ["\n".join(setup.imports), *(piece.text for piece in setup.pieces)]
    return title, text, "\n\n\n".join(filter(None, code))


def load_question(homework: str, name: str, root: Path) -> Question:
    """Read the pages of one question; raises UserErrors with all that is wrong with them."""
    folder, faults = root / "assignments" / homework, list[UserError]()
    with collect_errors(faults):
        title, prompt = _read_prompt(folder, name)
    with collect_errors(faults):
        paths = folder / f"{name}.py", root / "solutions" / homework / f"{name}.py"
        public, secret = for_each(paths, read_page)
        marked = [(i, False) for i in public.marked] + [(i, True) for i in secret.marked]
        items = for_each(marked, lambda pair: _item(*pair))
        toolkit_imports, toolkit = _from_toolkit(public, secret)
        variants = [item for item in items if isinstance(item, Variant)]
        mistakes = _with_beliefs(variants)
    if faults:
        raise UserErrors(faults)
    open_names = {piece.name for piece in public.pieces} & {p.name for p in secret.pieces}
    answer = reach(secret.pieces, open_names)
    return Question(
        name=name, title=title, prompt=prompt, notes=as_prose(split_languages(secret.docstring)),
        given=[piece for piece in public.pieces if piece.name not in open_names],
        stub=public.pieces, answer=answer,
        imports=list(dict.fromkeys([*public.imports, *secret.imports, *toolkit_imports])),
        public_imports=public.imports,
        helpers=toolkit + [piece for piece in secret.pieces if piece not in answer],
        checks=[item for item in items if isinstance(item, Check)],
        mistakes=mistakes,
        accepted=[variant for variant in variants if not variant.caught_by],
        pictures=[f"@see\n{item.text}" for item in public.all_marked("see")],
        proofs=secret.all_marked("proof"),
        public_page=public.path, secret_page=secret.path,
    )


def _from_toolkit(public: PageFile, secret: PageFile) -> tuple[list[str], list[Piece]]:
    """What a secret page imports from the toolkit, with the imports and functions behind that."""
    toolkit = read_page(Path(check_toolkit.__file__))
    known = {piece.name for piece in toolkit.pieces}
    if public.toolkit:
        raise UserError(f"{public.path}:1", f"no import of {TOOLKIT} on a public page",
                        ", ".join(public.toolkit), "write plain assertions")
    if unknown := [name for name in secret.toolkit if name not in known]:
        raise UserError(f"{secret.path}:1", f"names of {TOOLKIT}: {', '.join(sorted(known))}",
                        ", ".join(unknown), "import these names, without `as`")
    pieces = reach(toolkit.pieces, set(secret.toolkit))
    used = {name for piece in pieces for name in re.findall(r"\w+", piece.text)}
    return [line for line in toolkit.imports if used & set(re.findall(r"\w+", line))], pieces


def _read_prompt(folder: Path, name: str) -> tuple[Text, Text]:
    paths = [folder / f"{name}.{language}.md" for language in LANGUAGES]
    (zh_title, zh_body), (en_title, en_body) = for_each(paths, _heading_and_body)
    return Text(zh_title, en_title), Text(zh_body, en_body)


def _heading_and_body(path: Path) -> tuple[str, str]:
    heading, _, body = read_text(path).strip().partition("\n")
    if not heading.startswith("# ") or not body.strip():
        raise UserError(
            f"{path}:1", "a heading `# Title` and then the prompt", repr(heading[:40]),
            "begin the page with its title",
        )
    return heading[2:].strip(), body.strip()


def _item(item: Marked, hidden: bool) -> Check | Variant | Marked:
    """A marked definition as what it is on its page, the secret one if `hidden`."""
    if item.mark not in (SECRET_MARKS if hidden else PUBLIC_MARKS):
        raise UserError(
            item.where, f"no @{item.mark} on this page", f"{item.name} under @{item.mark}",
            "move it to the question's other page",
        )
    if item.mark == "accepted":
        return Variant(item.name, item.body, item.where)
    if item.mark == "mistake":
        return _mistake(item)
    return _check(item, hidden) if item.mark == "check" else item


def _check(item: Marked, hidden: bool) -> Check:
    message = _text(item, "a message for students who fail")
    points = item.options.get("points")
    if isinstance(points, bool) or not isinstance(points, int | float) or points <= 0:
        raise UserError(
            item.where, "points above 0", f"points={points!r}", f"give {item.name} points"
        )
    return Check(item.name, points, hidden, message, item.arguments, item.text, item.where)


def _mistake(item: Marked) -> Variant:
    first = item.options.get("belief", item.name)
    if not isinstance(first, str):
        raise UserError(item.where, "belief= the name of a mistake", repr(first), "name it")
    if first == item.name:
        belief = _text(item, "what the student believed")
        return Variant(item.name, item.body, item.where, belief, item.caught_by, item.name)
    if item.docstring:
        raise UserError(item.where, f"no docstring: its belief is that of {first}",
                        repr(item.docstring), "delete the docstring, or belief=")
    return Variant(item.name, item.body, item.where, None, item.caught_by, first)


def _with_beliefs(variants: list[Variant]) -> list[Variant]:
    """The mistakes; a further code of a mistake has the belief of its first one."""
    mistakes = [variant for variant in variants if variant.caught_by]
    beliefs = {variant.name: variant.belief for variant in mistakes if variant.belief}

    def complete(variant: Variant) -> Variant:
        if variant.mistake not in beliefs:
            raise UserError(variant.where, "belief= the name of a mistake with a docstring",
                            variant.mistake, "name a mistake of this page")
        return replace(variant, belief=beliefs[variant.mistake])

    return for_each(mistakes, complete)


def _text(item: Marked, what: str) -> Text:
    text = one_line(split_languages(item.docstring))
    if CHINESE not in item.docstring or not (text.zh and text.en):
        raise UserError(
            item.where, f"{what}, as {MESSAGE_FORM}", repr(item.docstring), "write both languages"
        )
    return text


# The cells of code that pages make: the stub, the answer, the answer with a mistake in it.

def setup_cell(homework: Homework, language: str) -> str:
    """The notebook's first cell of code, docstrings in the student's language."""
    return _localised(homework.setup, language)


def stub_cell(question: Question, language: str) -> str:
    """What the student starts from, docstrings in the student's language."""
    return _localised("\n\n\n".join(piece.text for piece in question.stub), language)


def answer_cell(question: Question, variant: Variant | None = None, language: str = "en") -> str:
    """The cell of a student who answers rightly, or as `variant` does where it differs."""
    pieces = {piece.name: piece.text for piece in [*question.given, *question.answer]}
    if variant is not None:
        pieces |= _definitions(variant.text)
    return _localised("\n\n\n".join(pieces.values()), language)


def _definitions(text: str) -> dict[str, str]:
    """The top-level statements of a variant by the name they bind, in their order."""
    lines, pieces, start = text.split("\n"), {}, 0
    for index, node in enumerate(ast.parse(text).body):
        name = getattr(node, "name", None) or f"statement {index}"
        pieces[str(name)] = "\n".join(lines[start : node.end_lineno]).strip("\n")
        start = node.end_lineno or start
    return pieces


def _localised(source: str, language: str) -> str:
    """Keep of each docstring with a 中文： half only the half in `language`."""
    if CHINESE not in source:
        return source
    lines = source.split("\n")
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)]
    for node in sorted(functions, key=lambda n: -n.lineno):
        docstring = ast.get_docstring(node)
        literal = node.body[0]
        if docstring is None or CHINESE not in docstring or literal.lineno == node.lineno:
            continue
        text = split_languages(docstring)[language]
        indent = " " * literal.col_offset
        quotes = 'r"""' if "\\" in text else '"""'
        on_one_line = "\n" not in text and not text.endswith(('"', "\\"))
        closing = '"""' if on_one_line else f'\n{indent}"""'
        body = textwrap.indent(text, indent).strip()
        lines[literal.lineno - 1 : literal.end_lineno] = [f"{indent}{quotes}{body}{closing}"]
    return "\n".join(lines)


SETTINGS_FILE = "homework.toml"
VISIBILITIES = ("hidden", "after_due_date", "after_published", "visible")
VISIBILITY = "after_published"
"""When students see on Gradescope what became of each question, if nothing else is chosen."""


def load_visibility(homework: str, root: Path) -> str:
    """One of VISIBILITIES; raises UserError for a file that says anything else."""
    path = root / "assignments" / homework / SETTINGS_FILE
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return VISIBILITY
    except (OSError, ValueError) as error:
        raise UserError(str(path), "a file in TOML", str(error), "correct it") from None
    gradescope = _only(path, settings, "gradescope", {})
    if not isinstance(gradescope, dict):
        raise UserError(str(path), "a table [gradescope]", repr(gradescope), "correct it")
    visibility = _only(path, gradescope, "visibility", VISIBILITY)
    if visibility not in VISIBILITIES:
        raise UserError(
            str(path), f"visibility as one of {', '.join(VISIBILITIES)}", repr(visibility),
            "choose one of them",
        )
    return str(visibility)


def _only(path: Path, table: dict[str, Any], key: str, default: Any) -> Any:
    for other in table.keys() - {key}:
        raise UserError(str(path), f"nothing but {key}", other, "remove or correct it")
    return table.get(key, default)
