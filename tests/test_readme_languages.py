"""README and CONTRIBUTING say the same in English and in Chinese, as far as this can be tested."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT

NAMES = ("README", "CONTRIBUTING")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.S | re.M)


def both(name: str) -> tuple[str, str]:
    """The English and the Chinese text of a page."""
    return ((ROOT / f"{name}.md").read_text(encoding="utf-8"),
            (ROOT / f"{name}.zh.md").read_text(encoding="utf-8"))


def prose(text: str) -> str:
    return FENCED.sub("", text)


def heading_levels(text: str) -> list[int]:
    return [len(signs) for signs in re.findall(r"^(#+) ", prose(text), flags=re.M)]


def blocks(text: str) -> list[tuple[str, list[str]]]:
    """Language and content of each code block: its lines without comments.

    Of a drawing, which has prose in it, only the commands and files count.
    """
    found = []
    for language, code in FENCED.findall(text):
        if "-->" in code:
            content = re.findall(r"\b(?:homework|otter) \w+|[\w*/]+\.\w+|\w+/\w+/", code)
        else:
            content = [re.sub(r"\s+# .*", "", line) for line in code.splitlines()]
        found.append((language, content))
    return found


def in_backticks(text: str) -> set[str]:
    """Commands, paths, keys and values; a line break in one is a blank."""
    return {re.sub(r"\s+", " ", code) for code in re.findall(r"`([^`]+)`", prose(text))}


def tables(text: str) -> list[list[int]]:
    """Of each table, the number of cells in each of its rows."""
    found = re.findall(r"(?:^\|.*\n)+", prose(text), flags=re.M)
    return [[row.count("|") - 1 for row in table.splitlines()] for table in found]


@pytest.mark.parametrize("name", NAMES)
def test_each_begins_with_a_link_to_the_other(name: str) -> None:
    english, chinese = both(name)
    assert english.startswith(f"[中文]({name}.zh.md)\n\n# ")
    assert chinese.startswith(f"[English]({name}.md)\n\n# ")


@pytest.mark.parametrize("name", NAMES)
def test_they_have_the_same_headings_lists_and_tables(name: str) -> None:
    english, chinese = both(name)
    assert heading_levels(english) == heading_levels(chinese)
    assert tables(english) == tables(chinese)
    assert len(re.findall(r"^- ", english, re.M)) == len(re.findall(r"^- ", chinese, re.M))


@pytest.mark.parametrize("name", NAMES)
def test_their_code_blocks_differ_in_comments_alone(name: str) -> None:
    english, chinese = both(name)
    assert len(blocks(english)) > 3
    assert blocks(english) == blocks(chinese)


@pytest.mark.parametrize("name", NAMES)
def test_what_stands_in_backticks_stands_in_both(name: str) -> None:
    english, chinese = both(name)
    assert in_backticks(english) == in_backticks(chinese)


@pytest.mark.parametrize("name", NAMES)
def test_links_within_a_page_lead_to_a_heading_of_it(name: str) -> None:
    for text in both(name):
        headings = re.findall(r"^#+ (.*)", prose(text), flags=re.M)
        anchors = {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}
        assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= anchors


@pytest.mark.parametrize("name", NAMES)
def test_a_chinese_paragraph_is_one_line(name: str) -> None:
    """A line break within it would be shown as a blank between two Chinese characters."""
    text = prose(both(name)[1])
    assert re.findall(r".+\n(?!- |\|).+", text) == []
