"""The catalogue `autograder/zh.po` holds every sentence that a command can say, in Chinese."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import click
import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from click.testing import CliRunner

from autograder.cli import main
from autograder.console import paragraphs_of, sentences_of
from autograder.language import CATALOGUE, _, language_of_locale, retold, speak
from autograder.model import CheckStatus, SubmissionStatus
from gradebook import cli as gradebook_cli
from gradebook.policy.grades import Reason
from tests.conftest import ROOT
from tests.sentences import sentence, sentences

MODULES = [path for package in ("autograder", "gradebook")
           for path in sorted((ROOT / package).rglob("*.py"))]
TESTS = sorted([*(ROOT / "tests").rglob("*.py"), *(ROOT / "solutions").glob("*/tests/*.py")])
CLICK = Path(click.__file__).parent
CLICKS_MODULES = ("core", "decorators", "exceptions", "formatting", "parser", "types")
NEVER_SAID = re.compile(
    "DeprecationWarning|deprecated|UUID|iterable|Boolean option|Could not determine name"
    "|No options defined|Arguments take exactly|defined twice|Invalid start|do not match|env var"
    "|does not match the format|Do you want|Confirm the|%\\(prog|values are required|unknown error"
    r"|Takes \{nargs|takes \{nargs|Missing param|Missing \{|Choice\(|No such command|\(dynamic"
    "|valid boolean|executable"
)
"""What click says to the author of a command, or for options of a kind that no command has."""
SAME_IN_CHINESE = {"path"}
SAID_BY_OTHERS = {
    "not a zip file": "Python's zipfile",
    "is not one of": "jsonschema",
    "the final_grades.csv of": "the report",
    "do not add up": "the report",
    "nothing to grade": "feedback",
    "mistake of the bank": "the report",
    "the points of the": "the explanation of a grade",
}
"""Words of a sentence of the catalogue which tests of other texts hold."""


def extracted(path: Path) -> set[str]:
    """The sentences of a module: the arguments of `_` and `N_`, the first of `ngettext`."""
    found = set()
    for _line, message, _comments, _context in extract_from_file("python", path):
        found.add(message if isinstance(message, str) else message[0])
    return found


def commands() -> Iterator[click.Command]:
    waiting: list[click.Command] = [main, gradebook_cli.gradebook, gradebook_cli.similar]
    while waiting:
        command = waiting.pop()
        yield command
        if isinstance(command, click.Group):
            waiting += command.commands.values()


def in_help() -> set[str]:
    """The sentences in the help of all commands."""
    said = set[str]()
    for command in commands():
        for paragraph in paragraphs_of(command):
            said |= {each for each in sentences_of(paragraph) if not each.isupper()}
        for param in command.params:
            if isinstance(param, click.Option):
                said |= {each for each in (param.help, param.show_default) if isinstance(each, str)}
    return said


@cache
def said_by_us() -> set[str]:
    return (set().union(*map(extracted, MODULES)) | in_help()
            | {status.value for kind in (SubmissionStatus, CheckStatus, Reason)
               for status in kind})


@cache
def said_by_click() -> set[str]:
    return {message for name in CLICKS_MODULES for message in extracted(CLICK / f"{name}.py")
            if not NEVER_SAID.search(message)}


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh", abort_invalid=True)


def translations(catalogue: Catalog) -> dict[str, str]:
    """Each sentence with its Chinese; of a plural, the first of both."""
    return {
        (message.id if isinstance(message.id, str) else message.id[0]):
        (message.string if isinstance(message.string, str) else message.string[0])
        for message in catalogue if message.id
    }


def test_every_sentence_has_its_chinese(catalogue: Catalog) -> None:
    known = translations(catalogue)
    missing = sorted((said_by_us() | said_by_click()) - {k for k, text in known.items() if text})
    assert missing == [], "write them in Chinese, in autograder/zh.po"


def test_no_sentence_is_left_that_nobody_says(catalogue: Catalog) -> None:
    assert sorted(set(translations(catalogue)) - said_by_us() - said_by_click()) == []


def test_no_sentence_stands_there_twice() -> None:
    lines = CATALOGUE.read_text(encoding="utf-8").split("\n\n")
    ids = [entry.split("msgid ", 1)[1].split("msgstr")[0] for entry in lines if "msgid " in entry]
    assert [each for each, count in Counter(ids).items() if count > 1] == []


def test_a_key_names_one_sentence_and_a_test_uses_it(catalogue: Catalog) -> None:
    keys = [key for message in catalogue for key in message.auto_comments]
    used = {key for path in TESTS for key in re.findall(
        r'\b(?:sentence|pattern)\(\s*["\']([\w-]+)["\']', path.read_text(encoding="utf-8"))}
    assert [key for key, count in Counter(keys).items() if count > 1] == []
    assert [m.id for m in catalogue if len(m.auto_comments) > 1] == []
    assert set(keys) == used


def words(text: str) -> list[str]:
    return [word for part in text.split() if (word := part.strip("()[]{}'\".,:;!?*`|^$"))]


def rows_of_words(message: str) -> set[str]:
    """Four words in a row; of a shorter sentence the longest row, of three or more.

    A row ends at a fact and at what stands in backticks.
    """
    texts = [text for text, *_ in Formatter().parse(message)]
    rows = [words(part) for text in texts for part in re.split("`[^`]*`?", text)]
    longest = max(map(len, rows), default=0)
    size = 4 if longest > 4 else max(longest, 3)
    return {" ".join(row[start : start + size]) for row in rows
            for start in range(len(row) - size + 1)}


def rows_in(text: str) -> set[str]:
    said = words(re.sub(r"\\n", " ", text))
    return {" ".join(said[start : start + size]) for size in (3, 4)
            for start in range(len(said) - size + 1)}


def literals(source: str) -> Iterator[tuple[int, str]]:
    """The texts of a module with their lines, but for docstrings."""
    docstrings = set[ast.expr]()
    for node in ast.walk(ast.parse(source)):  # a statement comes before its parts
        match node:
            case ast.Expr():
                docstrings.add(node.value)
            case ast.Constant(value=str(text)) if node not in docstrings:
                yield node.lineno, text


def test_no_test_holds_the_words_of_a_sentence(catalogue: Catalog) -> None:
    """A better wording of a sentence is written in the code and the catalogue, and nowhere else."""
    statuses = {status.value for kind in (SubmissionStatus, CheckStatus, Reason) for status in kind}
    known = {row for message in set(translations(catalogue)) - statuses
             for row in rows_of_words(message)} - set(SAID_BY_OTHERS)
    found = []
    for path in TESTS:
        source = path.read_text(encoding="utf-8")
        if rows_in(source) & known:  # perhaps in a comment
            found += [f"{path.relative_to(ROOT)}:{line}: {row}"
                      for line, text in literals(source) if text not in statuses
                      for row in rows_in(re.sub(r"\\(\W)", r"\1", text)) & known]
    assert found == [], "name the sentence by its key, as tests/sentences.py says"


def fields(text: str) -> Counter[tuple[str, str | None, str | None]]:
    return Counter((name, conversion, spec)
                   for _text, name, spec, conversion in Formatter().parse(text) if name is not None)


def test_the_facts_of_a_sentence_are_those_of_its_chinese(catalogue: Catalog) -> None:
    plural = {message.id[0] for message in catalogue if not isinstance(message.id, str)}
    wrong = [message for message, text in translations(catalogue).items()
             if message not in plural and set(fields(message)) != set(fields(text))]
    assert wrong == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_sentence_is_given_the_facts_that_it_tells(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="format", value=ast.Call(
                    func=ast.Name(id="_" | "N_"), args=[ast.Constant(value=str(message))])),
                keywords=given,
            ):
                told = {name for name, _conversion, _spec in fields(message)}
                assert told == {keyword.arg for keyword in given}, message


def test_what_stands_in_backticks_stays(catalogue: Catalog) -> None:
    """Names of keys, commands and files."""
    wrong = [message for message, text in translations(catalogue).items()
             if set(re.findall(r"`[^`]+`", message)) != set(re.findall(r"`[^`]+`", text))]
    assert wrong == []


def test_chinese_is_chinese(catalogue: Catalog) -> None:
    for message, text in translations(catalogue).items():
        words = re.sub(r"\{[^}]*\}|`[^`]*`", "", message)
        if message not in SAME_IN_CHINESE and re.search(r"[a-z]{3}", words):
            assert re.search("[一-鿿]", text), message
        assert not re.search(r"[一-鿿][,;!?:]|[,;!?][一-鿿]|[一-鿿]\.(?![a-z])", text), text


@pytest.mark.parametrize(("environment", "language"), [
    ({}, "en"), ({"LANG": "zh_CN.UTF-8"}, "zh"), ({"LANG": "zh_TW"}, "zh"),
    ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"), ({"LC_ALL": "", "LC_MESSAGES": "zh_CN"}, "zh"),
    ({"LC_MESSAGES": "en_GB", "LANG": "zh_CN"}, "en"),
])
def test_the_locale_chooses(environment: dict[str, str], language: str) -> None:
    assert language_of_locale(environment) == language


@pytest.fixture
def chinese() -> None:
    speak("zh")


def ask(*arguments: str) -> str:
    return CliRunner().invoke(main, arguments, terminal_width=80).output


def width(line: str) -> int:
    from rich.cells import cell_len

    return cell_len(line)


@pytest.mark.parametrize("arguments", [
    [], ["grade"], ["check"], ["gradebook"], ["gradebook", "make"], ["explain"], ["merge"],
])
def test_help_in_chinese_fits_the_terminal(arguments: list[str]) -> None:
    text = ask("--lang", "zh", *arguments, "--help")
    assert not re.search(r"Usage|Options|Show this|Default|\[default", text)
    assert [line for line in text.split("\n") if width(line) > 80] == []
    assert not re.search(r"^\s*[，。；：、）]", text, flags=re.M)


def test_lang_may_stand_behind_the_verb() -> None:
    assert ask("grade", "--lang", "zh", "--help") == ask("--lang=zh", "grade", "--help")
    assert "Usage" in ask("grade", "--help")
    assert "Usage" in ask("preview", "--lang", "zh", "--help")  # the language of the page


def test_an_error_in_chinese(tmp_path: Path) -> None:
    said = ask("--lang", "zh", "--root", str(tmp_path), "check", "hw9")
    assert "应为：" in said and "expected" not in said


def test_mistyped_words_in_chinese() -> None:
    assert "grade" in (said := ask("--lang", "zh", "grad")) and "Error" not in said
    assert "Error" not in ask("--lang", "zh", "grade")


@pytest.mark.parametrize("environment", [{"LC_ALL": "zh_CN.UTF-8"}, {"LANG": "zh_CN"}])
def test_a_chinese_terminal_is_spoken_to_in_chinese(environment: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-m", "autograder", "diff"], capture_output=True,
                          text=True, check=False, cwd=ROOT,
                          env={"PATH": "", "PYTHONUTF8": "1", **environment})
    assert done.returncode == 2 and "缺少" in done.stderr


def test_a_terminal_without_the_characters_is_spoken_to_in_english() -> None:
    done = subprocess.run([sys.executable, "-m", "autograder", "diff"], capture_output=True,
                          text=True, check=False, cwd=ROOT,
                          env={"PATH": "", "LANG": "zh_CN.UTF-8", "PYTHONIOENCODING": "latin-1"})
    assert done.returncode == 2 and "Missing argument" in done.stderr


def test_english_is_itself(chinese: None) -> None:
    assert _("none") != "none"
    speak("en")
    assert _("none") == "none" and _("") == ""


def test_reasons_that_were_kept_in_english_are_told_in_chinese(chinese: None) -> None:
    def told(key: str, **facts: object) -> str:
        return _(sentences()[key]).format(**facts)

    assert retold(sentence("file-empty")) == told("file-empty") != sentence("file-empty")
    assert retold(sentence("timeout", allowed=60)) == told("timeout", allowed=60)
    killed = {"code": 9, "signal": "Killed"}
    assert retold(sentence("process-ended", how=sentence("by-signal", **killed))) == (
        told("process-ended", how=told("by-signal", **killed)))
    assert retold("NameError: x") == "NameError: x"
    speak("en")
    assert retold(sentence("file-empty")) == sentence("file-empty")
