"""The bank: every question of a homework, read from its public and secret pages.

`load_homework` returns the questions in notebook order, which is the order of their file names.
Points and titles are on the question's pages; there is no index to edit. A public page with
`written = 10` and no code is a written question, which people grade.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder import check_toolkit
from autograder.authoring.page_parser import (
    CHINESE,
    MESSAGE_FORM,
    TOOLKIT,
    Marked,
    PageFile,
    Piece,
    Text,
    WrittenQuestion,
    as_prose,
    in_languages,
    is_written,
    one_line,
    reach,
    read_page,
    read_text,
    read_written,
    split_languages,
)
from autograder.authoring.settings import (
    SETTINGS_FILE,
    Settings,
    load_settings,
    selected,
)
from autograder.errors import UserError, UserErrors, collect_errors, for_each
from autograder.language import LANGUAGES, _

INTRO = "intro"
MINUTES = {"zh": re.compile(r"预计用时：约 (\d+) 分钟"),
           "en": re.compile(r"Expected time: about (\d+) minutes")}
"""The line under a title that says how long the question takes."""
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
    """A question with the contents of its two pages."""

    name: str
    title: Text
    prompt: Text
    notes: Text
    given: list[Piece]
    stub: list[Piece]
    answer: list[Piece]
    imports: list[str]
    public_imports: list[str]
    setup_imports: list[str]
    helpers: list[Piece]
    checks: list[Check]
    mistakes: list[Variant]
    accepted: list[Variant]
    pictures: list[str]
    proofs: list[Marked]
    public_page: Path
    secret_page: Path
    languages: tuple[str, ...]

    @property
    def points(self) -> float:
        total = sum(check.points for check in self.checks)
        return int(total) if total == int(total) else total

    @property
    def functions(self) -> list[str]:
        """The names of the functions that students write."""
        given = {piece.name for piece in self.given}
        return [piece.name for piece in self.stub if piece.name not in given]


Part = Question | WrittenQuestion


@dataclass(frozen=True)
class Homework:
    """A homework: its opening page, its questions, and its written questions."""

    name: str
    title: Text
    intro: Text
    setup: str
    questions: list[Question]
    written: list[WrittenQuestion]
    settings: Settings
    folder: Path

    @property
    def points(self) -> float:
        """The sum of points of the questions that the grader grades."""
        return sum(question.points for question in self.questions)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.settings.languages)

    @property
    def parts(self) -> list[Part]:
        """All questions in notebook order."""
        return sorted([*self.questions, *self.written], key=lambda part: part.name)


def load_homework(name: str, root: Path, selection: Sequence[str] = ()) -> Homework:
    """Read homework `name` from `root/assignments` and `root/solutions`; raises UserErrors.

    If there is a `selection`, here or in homework.toml, only its questions are read.
    """
    names, errors = question_names(name, root), list(name_errors(name, root))
    settings = load_settings(name, root)  # it decides what is asked of the pages
    folder, chosen, new_title = root / "assignments" / name, names, None
    with collect_errors(errors):
        if selection:
            chosen = selected("--questions", selection, names)
        elif settings.selection:
            where = f"{folder / SETTINGS_FILE}, selection"
            chosen = selected(where, settings.selection.questions, names)
            new_title = settings.selection.title
    with collect_errors(errors):
        title, intro, setup = load_intro(name, root, settings)
    with collect_errors(errors):
        parts = for_each(chosen, lambda part: load_question(name, part, root, settings))
    if errors:
        raise UserErrors(errors)
    homework = Homework(
        name=name, title=title, intro=intro, setup=setup, settings=settings, folder=folder,
        questions=[part for part in parts if isinstance(part, Question)],
        written=[part for part in parts if isinstance(part, WrittenQuestion)],
    )
    partial = len(chosen) < len(names)
    if new_title:
        title = new_title.text
    elif partial:
        count = len(chosen)
        title = Text(f"{title.zh}（选 {count} 题）", f"{title.en} ({count} questions)")
    title = in_languages(title, homework.languages)
    return _with_numbers(replace(homework, title=title), partial=partial)


def _with_numbers(homework: Homework, *, partial: bool) -> Homework:
    """Fill in `{questions}`, `{points}` and `{hours}` in title and opening page."""
    settings = homework.settings
    points = sum(part.points for part in homework.parts)
    minutes = [_minutes(part) for part in homework.parts]
    hours = settings.hours if not partial else None
    if hours is None and None not in minutes:
        hours = round(sum(each or 0 for each in minutes) / 60)
    numbers = {"{questions}": f"{len(homework.parts)}", "{points}": f"{points:g}"}
    if hours is not None:
        numbers["{hours}"] = f"{hours:g}"
    elif "{hours}" in f"{homework.intro}{homework.title}":
        raise UserError(
            f"{homework.folder / SETTINGS_FILE}", _("`hours`, for {hours} on the page"),
            _("no such key"),
            _("add it, or a line `Expected time: about 30 minutes` to every prompt"),
        )
    title, intro = _filled(homework.title, numbers), _filled(homework.intro, numbers)
    return replace(homework, title=title, intro=intro)


def _minutes(part: Part) -> int | None:
    found = (pattern.search(part.prompt[language]) for language, pattern in MINUTES.items())
    return next((int(match[1]) for match in found if match), None)


def _filled(text: Text, numbers: dict[str, str]) -> Text:
    zh, en = text.zh, text.en
    for name, number in numbers.items():
        zh, en = zh.replace(name, number), en.replace(name, number)
    return Text(zh, en)


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
            str(public), _("question pages, like q01_forward_prop.py"), _("none"),
            _("run `homework new {homework} NAME` in the folder that holds assignments/").format(
                homework=homework),
        )
    if not secret.is_dir():
        raise UserError(
            str(secret), _("a folder of secret pages"), _("no such folder"),
            _("get the solutions; they may be kept apart from the assignments"),
        )
    return names


def name_errors(homework: str, root: Path) -> Iterator[UserError]:
    """Problems in the names of the pages."""
    numbers: dict[str, str] = {}
    for name in question_names(homework, root):
        where = f"{root / 'assignments' / homework / name}.py"
        if not NAME.fullmatch(name):
            yield UserError(where, _("a name like q01_forward_prop"), name, _("rename its pages"))
        other = numbers.setdefault(name.split("_")[0], name)
        if other != name:
            yield UserError(
                where, _("a number that {other} does not have").format(other=other),
                name.split("_")[0], _("renumber the pages of one of them"),
            )


def load_intro(homework: str, root: Path, settings: Settings) -> tuple[Text, Text, str]:
    """Title, text and first cell of the opening pages."""
    public = root / "assignments" / homework
    pages = {each: public / f"{INTRO}.{each}.md" for each in settings.languages}
    read = for_each(pages.values(), lambda path: _opening(path, settings))
    title = _texts([heading for heading, _ in read], pages)
    text = _texts([body for _, body in read], pages)
    if settings.title is not None:
        title = settings.title.text
    setup = read_page(public / f"{INTRO}.py")
    code = ["\n".join(setup.imports), *(piece.text for piece in setup.pieces)]
    return title, text, "\n\n\n".join(filter(None, code))


def _opening(path: Path, settings: Settings) -> tuple[str, str]:
    """Heading and text of an opening page; the homework's name if no title stands anywhere."""
    text = read_text(path).strip()
    if not text.startswith("# "):
        return path.parent.name, text
    if settings.title is not None:
        raise UserError(
            f"{path}:1",
            _("the title in {file} alone").format(file=SETTINGS_FILE),
            text.split("\n")[0], _("take the heading out, or the title there"),
        )
    heading, _sep, body = text.partition("\n")
    return heading[2:].strip(), body.strip()


def load_question(
    homework: str, name: str, root: Path, settings: Settings | None = None
) -> Part:
    """Read the pages of one question; raises UserErrors with all that is wrong with them."""
    folder, errors = root / "assignments" / homework, list[UserError]()
    public_page, secret_page = folder / f"{name}.py", root / "solutions" / homework / f"{name}.py"
    languages = tuple((settings or load_settings(homework, root)).languages)
    with collect_errors(errors):
        title, prompt = _read_prompt(folder, name, languages)
    if is_written(public_page):
        with collect_errors(errors):
            points, model_answer, rubric = read_written(public_page, secret_page, languages)
        if errors:
            raise UserErrors(errors)
        return WrittenQuestion(name, title, prompt, points, model_answer, rubric, public_page,
                               secret_page)
    with collect_errors(errors):
        public, secret = for_each((public_page, secret_page), read_page)
        marked = [(i, False) for i in public.marked] + [(i, True) for i in secret.marked]
        items = for_each(marked, lambda pair: _item(*pair, languages))
        toolkit_imports, toolkit = _from_toolkit(public, secret)
        variants = [item for item in items if isinstance(item, Variant)]
        mistakes = _with_beliefs(variants)
    if errors:
        raise UserErrors(errors)
    open_names = {piece.name for piece in public.pieces} & {p.name for p in secret.pieces}
    answer = reach(secret.pieces, open_names)
    notes = in_languages(as_prose(split_languages(secret.docstring)), languages)
    return Question(
        name=name, title=title, prompt=prompt, notes=notes,
        given=[piece for piece in public.pieces if piece.name not in open_names],
        stub=public.pieces, answer=answer,
        imports=list(dict.fromkeys([*public.imports, *secret.imports, *toolkit_imports])),
        public_imports=public.imports, setup_imports=_imports_of_intro(folder),
        helpers=toolkit + [piece for piece in secret.pieces if piece not in answer],
        checks=[item for item in items if isinstance(item, Check)],
        mistakes=mistakes,
        accepted=[variant for variant in variants if not variant.caught_by],
        pictures=[f"@see\n{item.text}" for item in public.all_marked("see")],
        proofs=secret.all_marked("proof"),
        public_page=public.path, secret_page=secret.path, languages=languages,
    )


def _imports_of_intro(folder: Path) -> list[str]:
    """The imports of the first cell; a page that cannot be read is reported elsewhere."""
    try:
        return read_page(folder / f"{INTRO}.py").imports
    except UserError:
        return []


def _from_toolkit(public: PageFile, secret: PageFile) -> tuple[list[str], list[Piece]]:
    """The imported functions of the toolkit, with the imports and functions that they use."""
    toolkit = read_page(Path(check_toolkit.__file__))
    known = {piece.name for piece in toolkit.pieces}
    if public.toolkit:
        raise UserError(
            f"{public.path}:1",
            _("no import of {toolkit} on a public page").format(toolkit=TOOLKIT),
            ", ".join(public.toolkit), _("write plain assertions"),
        )
    if unknown := [name for name in secret.toolkit if name not in known]:
        raise UserError(
            f"{secret.path}:1",
            _("names of {toolkit}: {known}").format(
                toolkit=TOOLKIT, known=', '.join(sorted(known))),
            ", ".join(unknown), _("import these names, without `as`"),
        )
    pieces = reach(toolkit.pieces, set(secret.toolkit))
    used = {name for piece in pieces for name in re.findall(r"\w+", piece.text)}
    return [line for line in toolkit.imports if used & set(re.findall(r"\w+", line))], pieces


def _read_prompt(folder: Path, name: str, languages: Sequence[str]) -> tuple[Text, Text]:
    paths = {language: folder / f"{name}.{language}.md" for language in languages}
    read = for_each(paths.values(), _heading_and_body)
    return _texts([title for title, _ in read], paths), _texts([body for _, body in read], paths)


def _texts(read: Sequence[str], languages: Iterable[str]) -> Text:
    """The text of each language; a homework in one language has the same text for both."""
    by_language = dict(zip(languages, read, strict=True))
    return Text(*(by_language.get(language, read[0]) for language in LANGUAGES))


def _heading_and_body(path: Path) -> tuple[str, str]:
    heading, _sep, body = read_text(path).strip().partition("\n")
    if not heading.startswith("# ") or not body.strip():
        raise UserError(
            f"{path}:1", _("a heading `# Title` and then the prompt"), repr(heading[:40]),
            _("begin the page with its title"),
        )
    return heading[2:].strip(), body.strip()


def _item(item: Marked, hidden: bool, languages: Sequence[str]) -> Check | Variant | Marked:
    """A marked definition as what it is on its page, the secret one if `hidden`."""
    if item.mark not in (SECRET_MARKS if hidden else PUBLIC_MARKS):
        raise UserError(
            item.where, _("no @{mark} on this page").format(mark=item.mark),
            _("{name} under @{mark}").format(name=item.name, mark=item.mark),
            _("move it to the question's other page"),
        )
    if item.mark == "accepted":
        return Variant(item.name, item.body, item.where)
    if item.mark == "mistake":
        return _mistake(item, languages)
    return _check(item, hidden, languages) if item.mark == "check" else item


def _check(item: Marked, hidden: bool, languages: Sequence[str]) -> Check:
    message = _text(item, _("a message for students who fail"), languages)
    points = item.options.get("points")
    if isinstance(points, bool) or not isinstance(points, int | float) or points <= 0:
        raise UserError(
            item.where, _("points above 0"), f"points={points!r}",
            _("give {name} points").format(name=item.name),
        )
    return Check(item.name, points, hidden, message, item.arguments, item.text, item.where)


def _mistake(item: Marked, languages: Sequence[str]) -> Variant:
    first = item.options.get("belief", item.name)
    if not isinstance(first, str):
        raise UserError(item.where, _("belief= the name of a mistake"), repr(first), _("name it"))
    if first == item.name:
        belief = _text(item, _("what the student believed"), languages)
        return Variant(item.name, item.body, item.where, belief, item.caught_by, item.name)
    if item.docstring:
        raise UserError(
            item.where, _("no docstring: its belief is that of {first}").format(first=first),
            repr(item.docstring), _("delete the docstring, or belief="),
        )
    return Variant(item.name, item.body, item.where, None, item.caught_by, first)


def _with_beliefs(variants: list[Variant]) -> list[Variant]:
    """The mistakes; a further code of a mistake has the belief of its first one."""
    mistakes = [variant for variant in variants if variant.caught_by]
    beliefs = {variant.name: variant.belief for variant in mistakes if variant.belief}

    def complete(variant: Variant) -> Variant:
        if variant.mistake not in beliefs:
            raise UserError(
                variant.where, _("belief= the name of a mistake with a docstring"), variant.mistake,
                _("name a mistake of this page"),
            )
        return replace(variant, belief=beliefs[variant.mistake])

    return for_each(mistakes, complete)


def _text(item: Marked, what: str, languages: Sequence[str]) -> Text:
    text = one_line(split_languages(item.docstring))
    if len(languages) == 1:
        text = in_languages(text, languages)
        if not text.en:
            raise UserError(
                item.where, _("{what}, as a docstring").format(what=what), _("none"),
                _("write one"),
            )
    elif CHINESE not in item.docstring or not (text.zh and text.en):
        raise UserError(
            item.where, _("{what}, as {form}").format(what=what, form=_(MESSAGE_FORM)),
            repr(item.docstring), _("write both languages"),
        )
    return text
