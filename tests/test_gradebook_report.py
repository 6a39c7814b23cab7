"""The report: what it says in both languages, what it never says, how it does in a browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from gradebook.reports.analysis import Analysis, write_report
from gradebook.reports.report import report
from gradebook.statistics.cohort import Cohort, cohort
from gradebook.statistics.misconceptions import misconceptions
from gradebook.statistics.summary import statistics
from gradebook.texts import Language
from tests.gradebook_cohorts import frames_of

BANK = {"q01": {"flip": [1], "mirror": [1]}, "q02": {"axis": [1, 2]}, "q03": {"bias": [2]}}
ANSWERS = {
    "q01": ["ppp"] * 20 + ["pfp"] * 15 + ["eee"] * 5,
    "q02": ["ppp"] * 30 + ["pff"] * 8 + ["ttt"] * 2,
    "q03": ["ppf"] * 12 + ["ppp"] * 28,
    "q04": ["pp"] * 20 + ["pf"] * 20,
}


def a_class(students: int = 40) -> Cohort:
    frames = frames_of(
        {name: given[:students] for name, given in ANSWERS.items()}, BANK,
        isolation=["process"] * 3 + ["namespaces"] * (students - 3),
        status=["a cell raised an error"] + ["Completed"] * (students - 1),
    )
    people = pd.DataFrame({
        "name": [f"Student {n:02d}" for n in range(students)] + ["Student 98", "Student 99"],
        "submission": [*range(1, students + 1), None, None],
        "status": [""] * (students + 1) + ["exempt"],
        "section": ["A"] * 3 + ["B"] * 10 + ["C"] * (students - 11),
    })
    return cohort(frames, people)


def analysis(class_: Cohort) -> Analysis:
    return Analysis(statistics(class_), misconceptions(class_))


def page(language: Language = "en", class_: Cohort | None = None, problems: int = 0) -> str:
    found = analysis(class_ or a_class())
    return report(found.statistics, found.misconceptions, language, problems)


def text(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


def test_what_a_teacher_needs_is_there() -> None:
    said = text(page(problems=7))
    assert "40 / 41 handed in" in said
    assert "38% of the class fail exactly as this belief does ( 15 of the 40 who handed in" in (
        said.replace("(", "( "))
    assert "The checks cannot tell these apart; ask the class which it was: Believed flip" in said
    assert "Notes on q01." in said
    assert "assert proof_of_q01" in said
    assert said.index("Believed flip") < said.index("Believed bias") < said.index("Believed axis")
    assert "5 crashed" in said and "2 timed out" in said
    assert "a cell raised an error 1" in said
    assert "1 submission had trouble in grading" in said
    assert "1 check or question to look into" in said
    assert "Isolation below full: 3 submissions were graded with “ separate process only ”" in (
        said.replace("“", "“ ").replace("”", " ”"))
    assert "exempt : 1 , left out" in said.replace(":", " :").replace(",", " ,")
    assert "7 problems with rosters or files: see problems.csv." in said
    assert "A + B" in said


def test_questions_stand_from_hardest_to_easiest() -> None:
    soup = BeautifulSoup(page(), "html.parser")
    table = next(t for t in soup.select("table.sortable") if "Mean" in t.get_text())
    assert [row.th["data-key"] for row in table.tbody.select("tr")] == ["q04", "q01", "q02", "q03"]
    keys = [float(row.td["data-key"]) for row in table.tbody.select("tr")]
    assert keys == sorted(keys)


def test_chinese_is_chinese() -> None:
    html = page("zh")
    assert '<html lang="zh-CN">' in html
    said = text(html)
    assert "下次课值得讲的误解" in said
    assert "以为 flip" in said and "Believed" not in said
    assert "题 q01" in said and "q01 的讲解。" in said
    names = {*ANSWERS, "flip", "mirror", "bias", "axis", "assert", "items", "problems", "csv",
             "Wilson", "Cronbach", "Crocker", "Algina", "Henrysson", "Kelley", "Lord", "Novick"}
    words = {word for word in re.findall(r"[A-Za-z_]\w{2,}", said) if "proof_of" not in word}
    assert words <= names


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nobody_is_named_and_nothing_is_loaded(language: Language) -> None:
    html = page(language)
    assert not re.search(r"Student \d", html) and "2023" not in html
    soup = BeautifulSoup(html, "html.parser")
    links = [tag[key] for tag in soup.find_all(True) for key in ("src", "href", "xlink:href")
             if tag.has_attr(key)]
    assert all(link.startswith(("#", "data:")) for link in links)
    assert not re.search(r"@import|url\((?!#)", html)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_is_accessible(language: Language) -> None:
    soup = BeautifulSoup(page(language), "html.parser")
    assert soup.html["lang"] and soup.title.get_text().strip()
    levels = [int(tag.name[1]) for tag in soup.find_all(re.compile("^h[1-6]$"))]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for svg in soup.find_all("svg"):
        assert svg["aria-hidden"] == "true"
    assert all(tag["aria-label"] for tag in soup.select("[role=img], [role=region]"))
    assert all(header.get("scope") for header in soup.find_all("th"))
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))


def test_the_same_class_gives_the_same_bytes(tmp_path: Path) -> None:
    first = write_report(analysis(a_class()), tmp_path / "a" / "report.html", "zh")
    second = write_report(analysis(a_class()), tmp_path / "report.html", "zh")
    assert first.read_bytes() == second.read_bytes()


def test_figures_hold_no_words() -> None:
    soup = BeautifulSoup(page("zh"), "html.parser")
    assert soup.select("figure svg text")
    assert all(re.fullmatch(r"\d*", tag.get_text().strip()) for tag in soup.select("svg text"))


def test_what_the_bank_says_is_escaped_and_code_is_marked() -> None:
    class_ = a_class()
    question = class_.frames.homework["questions"][0]
    question["title"] = {"zh": "", "en": "`a < b` <script>alert(1)</script>"}
    question["proof"] = "assert 1 < 2"
    question["notes"] = {"zh": "", "en": "One.\n\nTwo\nlines & <b>more</b>."}
    html = page("en", class_)
    assert "<code>a &lt; b</code> &lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<code>assert 1 &lt; 2</code>" in html
    assert "<p>One.</p>\n<p>Two lines &amp; &lt;b&gt;more&lt;/b&gt;.</p>" in html


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_class_under_five_is_not_reported_on(language: Language) -> None:
    class_ = cohort(frames_of({"q01": ["ppf"] * 4}))
    said = text(page(language, class_))
    assert ("不足 5 人" in said) if language == "zh" else ("under five students" in said)
    assert "%" not in said


def test_between_five_and_thirty_there_is_no_discrimination() -> None:
    said = text(page("en", a_class(12)))
    assert "No discrimination or reliability: fewer than 30 students" in said
    assert "12 / 13 handed in" in said


def test_a_homework_without_a_bank_is_reported_too() -> None:
    class_ = a_class()
    frames = replace(class_.frames, homework={
        **class_.frames.homework,
        "questions": [
            {**question, "mistakes": [], "notes": {"zh": "", "en": ""}, "proof": ""}
            for question in class_.frames.homework["questions"]
        ],
    })
    assert "Nobody's failures fit a mistake of the bank." in text(page("en", cohort(frames)))


def test_what_we_never_ran_was_not_run_unprotected() -> None:
    frames = frames_of({"q01": ["pp"] * 8 + ["nn"]}, isolation=["namespaces"] * 8 + [""],
                       status=["Completed"] * 8 + ["not graded"])
    said = text(page("en", cohort(frames)))
    assert "not graded (our failure) 1" in said
    assert "Answers that we could not grade: 1." in said
    assert "Isolation" not in said


def test_all_is_well() -> None:
    said = text(page("en", cohort(frames_of({"q01": ["pp"] * 30, "q02": ["pp"] * 30}))))
    assert "Every submission was graded to the end." in said
    assert "Checks that look unfair None." in said
    assert "Isolation" not in said
    assert "0 checks or questions to look into" in said


needs_browser = pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")

PROBE = """
<script>
addEventListener("load", () => {
  const table = [...document.querySelectorAll("table.sortable")]
    .find(t => t.caption.textContent.includes("Press"));
  const names = () => [...table.tBodies[0].rows].map(row => row.cells[0].dataset.key).join(" ");
  const [question, mean, discrimination] = table.querySelectorAll("thead button");
  const seen = [names()];
  for (const button of [question, question, mean, discrimination]) {
    button.focus(); button.click(); seen.push(names());
  }
  seen.push(table.querySelector("[aria-sort]").cellIndex);
  seen.push(document.documentElement.scrollWidth <= innerWidth);
  seen.push(performance.getEntriesByType("resource").map(entry => entry.name));
  document.title = JSON.stringify(seen);
});
</script>
"""


def opened(path: Path, width: int) -> tuple[str, str]:
    """Title and log of a page opened in Chromium, which reaches no network."""
    done = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
         f"--user-data-dir={path.with_suffix('.profile')}", f"--window-size={width},900",
         "--enable-logging=stderr", "--virtual-time-budget=2000", "--dump-dom", path.as_uri()],
        capture_output=True, text=True, timeout=60, check=True,
    )
    return BeautifulSoup(done.stdout, "html.parser").title.get_text(), done.stderr


@needs_browser
@pytest.mark.parametrize("width", [1280, 390])
def test_in_a_browser(tmp_path: Path, width: int) -> None:
    path = tmp_path / "report.html"
    path.write_text(page("en").replace("</body>", PROBE + "</body>"), encoding="utf-8")
    title, log = opened(path, width)
    assert "CONSOLE" not in log
    by_discrimination = statistics(a_class()).items.questions.sort_values("discrimination").index
    assert json.loads(title) == [
        "q04 q01 q02 q03", "q01 q02 q03 q04", "q04 q03 q02 q01", "q04 q01 q02 q03",
        " ".join(by_discrimination), 2, True, []]


@needs_browser
def test_the_browser_would_notice_a_request(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    image = '<img alt="" src="http://example.org/a.png">'
    path.write_text(page("en").replace("<main>", image + "<main>"), encoding="utf-8")
    assert "CONSOLE" in opened(path, 1280)[1]
