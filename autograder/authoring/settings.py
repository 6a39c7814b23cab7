"""`homework.toml`: the settings of a homework.

The file lies beside the public pages, and every key may be left out. `EXAMPLE` is what `homework
new` writes into a new homework. Points, titles and prompts of questions are on their pages.
"""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from autograder.authoring.page_parser import Text
from autograder.errors import UserError, UserErrors, all_errors, did_you_mean
from autograder.language import LANGUAGES, N_, Language, _
from autograder.toml_file import Table, line_of, read_toml

SETTINGS_FILE = "homework.toml"

Visibility = Literal["hidden", "after_due_date", "after_published", "visible"]

EXAMPLE = N_("""\
# The facts about {homework}. Every key may be left out; what stands behind a # is an example.
title = "{title}"                  # or {{ zh = "...", en = "..." }}
languages = {languages}            # of pages and notebooks: ["zh"], ["en"] or both
# files = ["sales.csv"]            # what lies here and students get beside the notebook
# packages = ["pandas"]            # what notebooks import, besides numpy and matplotlib
# visibility = "after_published"   # when Gradescope shows results: also "hidden",
#                                  # "after_due_date", "visible"
# together = true                  # checks run in the process of the student's code, as in plain
#                                  # Otter; a submission could then forge its own score
# seed = 42                        # set before every cell while grading, as by Otter
# seed_variable = "rng_seed"       # then only this variable gets the seed
# hours = 6                        # expected; without it, the sum of the times in the prompts
# [selection]                      # a smaller homework of these pages
# questions = ["q01", "q02"]
# title = "A shorter homework"
""")
"""The settings file of a new homework, with comments in the language of the command."""


def _no_doubles(items: tuple[str, ...]) -> tuple[str, ...]:
    doubled = [item for item, count in Counter(items).items() if count > 1]
    if doubled:
        raise ValueError(_("each once, not {doubled!r} twice").format(doubled=doubled[0]))
    return items


def _both(value: object) -> object:
    """A title in one language serves both."""
    return {"zh": value, "en": value} if isinstance(value, str) else value


def _inside(path: str) -> str:
    parts = PurePosixPath(path.replace("\\", "/")).parts
    if not parts or ".." in parts or parts[0] in ("/", "\\") or ":" in parts[0]:
        raise ValueError(_("the path of a file that lies beside homework.toml, or below it"))
    return path


def _requirement(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*\s*([<>=!~]=?.*)?", text.strip()):
        raise ValueError(_('a package as pip knows it, like "pandas" or "pandas>=2"'))
    return text.strip()


def _identifier(name: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError(_("a name that a Python variable can have"))
    return name


class Title(Table):
    """The title, in each language of the homework."""

    zh: Annotated[str, Field(min_length=1)] = ""
    en: Annotated[str, Field(min_length=1)] = ""

    @property
    def text(self) -> Text:
        return Text(self.zh or self.en, self.en or self.zh)


class Selection(Table):
    """Some of the questions, as a homework."""

    questions: Annotated[
        tuple[str, ...], Field(min_length=1), AfterValidator(_no_doubles)
    ]
    title: Annotated[Title | None, BeforeValidator(_both)] = None


File = Annotated[str, AfterValidator(_inside)]
Package = Annotated[str, AfterValidator(_requirement)]
Seed = Annotated[int, Field(strict=True, ge=0, lt=2**32)]


class Settings(Table):
    """The settings of a homework; the defaults are those of a homework without the file."""

    title: Annotated[Title | None, BeforeValidator(_both)] = None
    languages: Annotated[
        tuple[Language, ...], Field(min_length=1), AfterValidator(_no_doubles)
    ] = LANGUAGES
    files: Annotated[tuple[File, ...], AfterValidator(_no_doubles)] = ()
    packages: Annotated[tuple[Package, ...], AfterValidator(_no_doubles)] = ()
    visibility: Visibility = "after_published"
    together: Annotated[bool, Field(strict=True)] = False
    seed: Seed | None = None
    seed_variable: Annotated[str, AfterValidator(_identifier)] | None = None
    hours: Annotated[float, Field(gt=0)] | None = None
    selection: Selection | None = None


COMPARE = N_("CONTRIBUTING.md lists all keys, under `homework.toml`")
RENAMED = {
    "gradescope": N_('write visibility = "..." without the table [gradescope]'),
    "language": N_('write languages = ["en"]'), "file": N_("write files = [...]"),
    "package": N_("write packages = [...]"), "seeds": N_("write seed = 42"),
    "name": N_("write title"),
}


def load_settings(homework: str, root: Path) -> Settings:
    """The settings of `homework`; raises UserErrors with all that is wrong with its file."""
    folder = root / "assignments" / homework
    path = folder / SETTINGS_FILE
    if not path.is_file():
        return Settings()
    settings = read_toml(path, Settings, compare=_(COMPARE),
                         renamed={old: _(new) for old, new in RENAMED.items()})
    text = path.read_text(encoding="utf-8-sig")
    errors = []
    for name in settings.files:
        if not (folder / name).is_file():
            errors.append(UserError(
                line_of(path, text, "files"), _("the file {name} beside it").format(name=name),
                _("no such file"), _("put it there, or take its name out"),
            ))
    for name in settings.packages:
        if not _installed(name):
            errors.append(UserError(
                line_of(path, text, "packages"), _("{name}, installed here").format(name=name),
                _("no such package"), _("pip install {name!r}, or correct it").format(name=name),
            ))
    if settings.seed_variable and settings.seed is None:
        errors.append(UserError(
            line_of(path, text, "seed_variable"), _("`seed` with seed_variable"), _("no seed"),
            _("add seed = 42"),
        ))
    if settings.title:
        errors += [
            UserError(
                line_of(path, text, "title"), _("a title in {language}").format(language=language),
                _("none"), _('add {language} = "..." to it').format(language=language),
            )
            for language in settings.languages if not getattr(settings.title, language)
        ]
    if errors:
        raise UserErrors(errors)
    return settings


def _installed(requirement: str) -> bool:
    try:
        distribution(_name(requirement))
    except PackageNotFoundError:
        return False
    return True


def _name(requirement: str) -> str:
    return re.split(r"[\s<>=!~]", requirement)[0]


def modules_of(packages: Iterable[str]) -> list[str]:
    """The modules of these installed packages, such as sklearn for scikit-learn."""
    return sorted({
        file.parts[0] for package in packages for file in distribution(_name(package)).files or ()
        if len(file.parts) == 2 and file.name == "__init__.py" and file.parts[0].isidentifier()
        and file.parts[0] not in ("test", "tests", "docs")
    })


def selected(where: str, given: Sequence[str], names: Sequence[str]) -> list[str]:
    """The questions that `given` names, whole or as q07, in notebook order; raises UserErrors."""
    found = set[str]()
    with all_errors() as errors:
        for each in given:
            matches = [name for name in names if each in (name, name.split("_")[0])]
            found |= set(matches)
            if not matches:
                known = [*names, *(name.split("_")[0] for name in names)]
                errors.append(UserError(
                    where,
                    _("a question like {name}, or in short {short}").format(
                        name=names[0], short=names[0].split("_")[0]),
                    each or _("nothing"),
                    did_you_mean(each, known, _("name one of {names}").format(
                        names=", ".join(names))),
                ))
    return [name for name in names if name in found]
