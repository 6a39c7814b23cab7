"""A page is read as text, comments and all; whatever keeps it from being read is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.authoring.page_parser import (
    PageFile,
    Text,
    as_prose,
    reach,
    read_page,
    split_head,
    split_languages,
)
from autograder.errors import UserError, UserErrors
from tests.conftest import TOY_ROOT
from tests.sentences import sentence

PAGE = '''"""What the page is about."""

import numpy as np
from math import pi, tau

from autograder.pages import accepted, check

# A helper with a comment before it.
SIZES: list[int] = [2, 3]


def area(r):  # round
    return pi * r**2


@check(points=0.5)
def positive(area):
    """One.
    中文：一。"""
    # this comment is
    assert area(2) > 0


@accepted
class by_tau:
    # the comment opens the cell

    def area(r):
        return tau / 2 * r * r
'''


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "page.py"


def page_of(path: Path, text: str | bytes) -> PageFile:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_page(path)


def test_reads_docstring_imports_and_pieces(path: Path) -> None:
    page = page_of(path, PAGE)
    assert page.docstring == "What the page is about."
    assert page.imports == ["import numpy as np", "from math import pi, tau"]
    assert [(piece.name, piece.where) for piece in page.pieces] == [
        ("SIZES", f"{path}:9"), ("area", f"{path}:12"),
    ]
    assert page.pieces[0].text == (
        "# A helper with a comment before it.\nSIZES: list[int] = [2, 3]"
    )
    assert page.pieces[1].text == "def area(r):  # round\n    return pi * r**2"


def test_reads_marked_definitions(path: Path) -> None:
    check, variant = page_of(path, PAGE).marked
    assert (check.mark, check.name, check.where) == ("check", "positive", f"{path}:17")
    assert (check.options, check.caught_by) == ({"points": 0.5}, "")
    assert check.docstring == "One.\n中文：一。"
    assert check.arguments == ("area",)
    assert check.text == "def positive(area):\n    # this comment is\n    assert area(2) > 0"
    assert check.body == "# this comment is\nassert area(2) > 0"
    assert (variant.mark, variant.name) == ("accepted", "by_tau")
    assert variant.body.startswith("# the comment opens the cell\n\ndef area(r):")


@pytest.mark.parametrize("change", [
    lambda text: text.replace("\n", "\r\n").encode(),
    lambda text: b"\xef\xbb\xbf" + text.encode(),
], ids=["windows line ends", "byte order mark"])
def test_a_page_saved_on_windows_reads_the_same(
    path: Path, change: Callable[[str], bytes]
) -> None:
    expected = page_of(path, PAGE)
    assert page_of(path, change(PAGE)) == expected


def test_odd_line_separators_in_strings_do_not_shift_lines(path: Path) -> None:
    text = 'A = "\u2028 \x0c \x85"\n\n\ndef f(x):\n    return x\n'
    assert [piece.text for piece in page_of(path, text).pieces] == [
        'A = "\u2028 \x0c \x85"', "def f(x):\n    return x",
    ]


@pytest.mark.parametrize(("text", "where", "expected", "found"), [
    ("def f(:\n", 1, sentence("python-page"), "invalid syntax"),
    ("x = 1\nif x:\nfoo\n", 3, sentence("python-page"),
     "expected an indented block after 'if' statement on line 2"),
    (b"x = 1\ny = '\xb2\xe2'\n", 2, sentence("utf8"), sentence("bad-byte", start=11)),
    ("@check(points=1)\nasync def f():\n    pass\n", 2, sentence("under-mark", mark="check"),
     sentence("something-else")),
    ("@check(points=1 + one)\ndef f():\n    pass\n", 1, sentence("mark-literal", name="points"),
     "1 + one"),
    ('@check(points=1)\ndef f():\n    """One."""; assert 0\n', 2,
     sentence("docstring-lines", name="f"), '"""One."""; assert 0'),
    ("@check(points=1, zh='x')\ndef f():\n    pass\n", 1,
     sentence("mark-without", name="zh", mark="check"), "'x'"),
    ("@mistake(f, en='x')\nclass g:\n    pass\n", 1,
     sentence("mark-without", name="en", mark="mistake"), "'x'"),
    ("@mistake(caught_by=f)\nclass g:\n    pass\n", 1,
     sentence("mark-without", name="caught_by", mark="mistake"), "f"),
    ("@mistake('f')\nclass g:\n    pass\n", 1, sentence("mistake-form"),
     "@mistake('f')"),
    ("@mistake\nclass g:\n    pass\n", 1, sentence("mistake-form"), "@mistake"),
    ("import numpy\nimport autograder.check_toolkit\n", 2,
     sentence("page-imports", toolkit="autograder.check_toolkit"),
     "import autograder.check_toolkit"),
    ("from autograder import check_toolkit\n", 1,
     sentence("page-imports", toolkit="autograder.check_toolkit"),
     "from autograder import check_toolkit"),
    ("@check(points=1)\ndef f(): pass\n", 2, sentence("body-lines", name="f"),
     "def f(): pass"),
])
def test_what_cannot_be_read_is_named(
    path: Path, text: str | bytes, where: int, expected: str, found: str
) -> None:
    with pytest.raises(UserError) as caught:
        page_of(path, text)
    error = caught.value
    assert (error.where, error.expected, error.found) == (f"{path}:{where}", expected, found)
    assert error.remedy


@pytest.mark.parametrize(("name", "instead"), [
    ("zh", sentence("write-docstring")), ("caught_by", sentence("mistake-form")),
    ("weight", sentence("delete-it")),
])
def test_what_to_write_instead_is_said(path: Path, name: str, instead: str) -> None:
    with pytest.raises(UserError) as caught:
        page_of(path, f"@check(points=1, {name}=2)\ndef f():\n    pass\n")
    assert instead in caught.value.remedy


def test_names_from_the_toolkit_are_no_ordinary_imports(path: Path) -> None:
    page = page_of(path, "import math\nfrom autograder.check_toolkit import close, number\n")
    assert (page.imports, page.toolkit) == (["import math"], ["close", "number"])


def test_null_bytes_are_no_python(path: Path) -> None:
    with pytest.raises(UserError, match="null bytes"):
        page_of(path, "x = 1\0\n")


def test_a_page_that_is_missing_or_a_folder(path: Path) -> None:
    with pytest.raises(UserError) as caught:
        read_page(path)
    assert caught.value == UserError(f"{path}:1", sentence("a-page"), sentence("no-such-file"),
                                     sentence("write-it"))
    path.mkdir()
    with pytest.raises(UserError, match="Is a directory"):
        read_page(path)


def test_all_errors_of_a_page_are_found(path: Path) -> None:
    one = "@check(points=1 + one)\ndef f():\n    pass\n"
    with pytest.raises(UserErrors) as caught:
        page_of(path, one + one)
    assert [error.where for error in caught.value.errors] == [f"{path}:1", f"{path}:4"]


def test_chinese_lines_are_joined_where_nothing_else_would_change() -> None:
    text = Text(zh="第一行，\n第二行\n- 一项\nW 是\n\n新段“话”\n又一行", en="a\nb")
    assert as_prose(text) == Text(zh="第一行，第二行\n- 一项\nW 是\n\n新段“话”又一行", en="a\nb")


def test_split_languages() -> None:
    both = split_languages("English,\ntwo lines.\n\n中文：\n中文，\n两行。")
    assert (both.en, both.zh) == ("English,\ntwo lines.", "中文，\n两行。")
    assert both["zh"] == both.zh and both["en"] == both.en
    one = split_languages(" only one ")
    assert (one.en, one.zh) == ("only one", "only one")


@pytest.mark.parametrize(("text", "head"), [
    ("def f(x):\n    return x", "def f(x):"),
    ("def f(\n    x=':',  # one:\n):\n    # why\n\n    return x", "def f(\n    x=':',  # one:\n):"),
    ("def f(sep='#'):\n    return sep", "def f(sep='#'):"),
    ("class c:\n    @property\n    def f(self):\n        return 1", "class c:"),
])
def test_split_head(text: str, head: str) -> None:
    assert split_head(text) == (head, text[len(head) + 1 :])


@pytest.mark.parametrize("text", ["def f(x): return x", "def f(\n    x): return x"])
def test_split_head_of_a_body_on_the_line_of_the_head(text: str) -> None:
    assert split_head(text) == (text, "")


def test_reach_follows_uses() -> None:
    pieces = read_page(TOY_ROOT / "solutions" / "toy" / "q01_row_mean.py").pieces
    assert [piece.name for piece in reach(pieces, {"centred"})] == [
        "as_floats", "row_mean", "centred",
    ]
    assert reach(pieces, {"nothing"}) == []


def test_a_decorator_that_is_nearly_a_mark(tmp_path: Path) -> None:
    page = tmp_path / "q01_x.py"
    page.write_text("import functools\n\n@functools.cache\ndef own():\n    ...\n\n\n"
                    "@mistakes(a)\nclass b:\n    def f():\n        ...\n")
    with pytest.raises(UserError) as caught:
        read_page(page)
    assert (caught.value.where, caught.value.found) == (f"{page}:8", "@mistakes")
    assert "`mistake`" in caught.value.remedy
