"""The report: what it says in both languages, what it never says, how it does in a browser."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.language import Language
from autograder.model import SubmissionStatus
from gradebook.book import read_book
from gradebook.intake.results import read_frames, read_results
from gradebook.make import make_gradebook
from gradebook.reports.report import (
    Analysis,
    analyse,
    negative_questions,
    report,
    score_shares,
    sections,
    students_of,
    topics,
    unfair_checks,
    write_report,
    write_tables,
)
from gradebook.statistics.cohort import SMALLEST_GROUP, Cohort, cohort
from gradebook.statistics.items import misconceptions, statistics
from tests.browser import chromium
from tests.gradebook_cohorts import frames_of
from tests.gradebook_samples import (
    class_results,
    submission,
    write_class,
    write_course,
    write_results,
    write_roster,
)
from tests.sentences import sentence

BANK = {"q01": ["flip", "mirror"], "q02": ["axis"], "q03": ["bias"]}
ANSWERS = {
    "q01": ["ppp"] * 20 + ["pfp"] * 15 + ["eee"] * 5,
    "q02": ["ppp"] * 30 + ["pff"] * 8 + ["ttt"] * 2,
    "q03": ["ppf"] * 12 + ["ppp"] * 28,
    "q04": ["pp"] * 20 + ["pf"] * 20,
}


SHOWS = {
    "q01": {"pfp": ("named", ["flip"]), "eee": ("group", [], "ab12cd")},
    "q02": {"pff": ("named", ["axis"])}, "q03": {"ppf": ("several", ["bias"])},
}


def a_class(students: int = 40) -> Cohort:
    frames = frames_of(
        {name: given[:students] for name, given in ANSWERS.items()}, BANK, SHOWS,
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
    assert "38% of the class most likely hold this belief: their functions answer as it does ( 15 "\
        "of the 40 who handed in" in said.replace("(", "( ")
    assert "5 students give the same wrong answers." in said
    assert "First call that differs f() Expected 1 Given 2" in said
    assert "def f(): return 2 homework adopt hw3 q01 ab12cd RUN" in said
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


def test_a_bar_tells_how_many_had_how_much() -> None:
    found = analysis(a_class())
    answers = pd.DataFrame({"full": 20, "partly": 15, "failed": 5, "unanswered": 1, "apart": 0},
                           index=list(ANSWERS))
    html = report(found.statistics, found.misconceptions, "en", 0, None, answers)
    bar = BeautifulSoup(html, "html.parser").select_one(".stack")
    assert bar["aria-label"] == "full 20, partly 15, no points 5, not answered 1"
    assert [part.get_text() for part in bar.select("span")] == ["20", "15", "5", "1"]


def test_a_proof_is_shown_with_what_it_uses(tmp_path: Path) -> None:
    class_ = a_class()
    question = class_.frames.homework["questions"][0]
    question["needs"] = {"zh": "import math\n\n\ndef half(x):\n    return x / 2"} | {
        "en": "import math\n\n\ndef half(x):\n    return x / 2"}
    question["proof"] = "assert half(4) < math.pi"
    for language in ("zh", "en"):
        soup = BeautifulSoup(page(language, class_), "html.parser")
        exec(soup.select_one("pre.proof").get_text(), {})


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
             "contact", "Wilson", "Cronbach", "Crocker", "Algina", "Henrysson", "Kelley", "Lord",
             "Novick", "homework", "hw3", "RUN", "def", "adopt", "return", "ab12cd"}
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
    assert "Nobody's answers fit a mistake of the bank." in text(page("en", cohort(frames)))


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
        [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND",
         f"--user-data-dir={path.with_suffix('.profile')}", f"--window-size={width},900",
         "--enable-logging=stderr", "--virtual-time-budget=2000", "--dump-dom", path.as_uri()],
        capture_output=True, text=True, timeout=60, check=True,
    )
    return BeautifulSoup(done.stdout, "html.parser").title.get_text(), done.stderr


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


def test_the_browser_would_notice_a_request(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    image = '<img alt="" src="http://example.org/a.png">'
    path.write_text(page("en").replace("<main>", image + "<main>"), encoding="utf-8")
    assert "CONSOLE" in opened(path, 1280)[1]


def test_the_three_most_held_misconceptions_of_three_questions() -> None:
    answers = {f"q0{i}": ["ppp"] * (20 - i) + ["ppf"] * i for i in range(5)}
    answers["q04"] = ["pfp"] * 9 + ["ppf"] * 10 + ["pff"]
    bank = {name: ["a", "b", "c"] for name in answers}
    shows = {name: {"ppf": ("named", ["b"]), "pfp": ("named", ["a"]), "pff": ("unknown", [])}
             for name in answers}
    class_ = cohort(frames_of(answers, bank, shows))
    chosen = topics(class_, misconceptions(class_))
    assert [topic.question["name"] for topic in chosen] == ["q04", "q03", "q02"]
    assert (chosen[0].mistake, chosen[0].holds, chosen[0].students) == ("b", 10, 20)
    assert chosen[0].low < chosen[0].share == 0.5 < chosen[0].high


def test_no_topic_where_nothing_fits() -> None:
    class_ = cohort(frames_of({"q01": ["pp"] * 6, "q02": ["pf"] * 6}, {"q01": ["a"]}))
    assert topics(class_, misconceptions(class_)) == []


def test_unfair_checks_and_negative_questions() -> None:
    found = statistics(cohort(frames_of({
        "q01": ["pppp"] * 20 + ["ppff"] * 20, "q02": ["ppp"] * 20 + ["pff"] * 20,
        "q03": ["pfp"] * 20 + ["ppp"] * 20,
    })))
    assert unfair_checks(found).index.tolist() == [("q03", "c1")]
    assert negative_questions(found).index.tolist() == ["q03"]


def test_score_shares_are_the_policys_where_there_is_one() -> None:
    frames = frames_of({"q01": ["pp", "pf", "nn", "ff"]})
    assert score_shares(cohort(frames))[:2].tolist() == [1.0, 0.5]
    assert np.isnan(score_shares(cohort(frames))[2])
    students = pd.DataFrame({
        "submission": [1, 2, None], "total": [9.0, 4.0, 0.0], "possible": 10.0})
    shares = score_shares(cohort(frames, students))
    assert shares[:2].tolist() == [0.9, 0.4]
    assert np.isnan(shares[2])


def test_sections_under_five_are_put_together() -> None:
    students = pd.DataFrame({
        "submission": range(1, 21), "section": ["A"] * 9 + ["B"] * 6 + ["C"] * 3 + ["D"] * 2})
    table = sections(cohort(frames_of({"q01": ["pp"] * 20}), students))
    assert table.index.tolist() == ["A", "B", "C + D"]
    students.loc[18:, "section"] = "A"
    table = sections(cohort(frames_of({"q01": ["pp"] * 20}), students))
    assert table.index.tolist() == ["A", "B + C"]
    assert table["students"].tolist() == [11, 9]


@pytest.mark.parametrize("section", [None, ["A"] * 6, ["A"] * 4 + ["B"] * 2])
def test_no_table_for_less_than_two_sections(section: list[str] | None) -> None:
    students = pd.DataFrame({"submission": range(1, 7)})
    if section:
        students["section"] = section
    assert sections(cohort(frames_of({"q01": ["pp"] * 6}), students)).empty


@settings(deadline=None)
@given(st.lists(st.sampled_from("ABCDEF"), min_size=5, max_size=40))
def test_no_group_under_five_shows(section: list[str]) -> None:
    students = pd.DataFrame({"submission": range(1, len(section) + 1), "section": section})
    table = sections(cohort(frames_of({"q01": ["pp"] * len(section)}), students))
    if not table.empty:
        assert table["handed_in"].min() >= SMALLEST_GROUP
        assert table["students"].sum() == len(section)


def test_a_results_file_becomes_three_tables_and_a_report(tmp_path: Path) -> None:
    analysis = analyse(read_frames(read_results(class_results(tmp_path / "r.sqlite", 30), "hw3")))
    paths = write_tables(analysis, tmp_path / "out", "zh")
    assert [path.name for path in paths] == ["items.csv", "checks.csv", "mistakes.csv"]
    assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in paths)
    items, checks = (pd.read_csv(path, index_col=[0, 1]) for path in paths[:2])
    assert items.loc[("q02_slope", "题目 q02"), "difficulty"] == pytest.approx(
        1 - 10 / 30 * 0.4, abs=1e-4)
    assert checks.loc[("q10_count", "axis"), "failed"] == 6
    mistakes = pd.read_csv(paths[2]).set_index(["question", "mistake"])
    assert mistakes.loc[("q02_slope", "wrong_axis"), "share"] == pytest.approx(10 / 30, abs=1e-4)
    report = write_report(analysis, tmp_path / "out" / "report.html", "zh")
    assert "以为 axis=0 是逐行求和" in report.read_text(encoding="utf-8")


def test_a_text_that_a_spreadsheet_would_run_is_guarded(tmp_path: Path) -> None:
    analysis = analyse(read_frames(read_results(class_results(tmp_path / "r.sqlite", 6), "hw3")))
    homework = analysis.statistics.cohort.frames.homework
    homework["questions"][0]["title"]["en"] = "=1+1"
    homework["questions"][0]["mistakes"][0]["belief"]["en"] = "-x for x"
    items, _, mistakes = write_tables(analysis, tmp_path, "en")
    assert pd.read_csv(items)["title"].iloc[0] == "'=1+1"
    assert "'-x for x" in pd.read_csv(mistakes)["belief"].tolist()


def test_only_the_submissions_that_count_are_read(tmp_path: Path) -> None:
    path = class_results(tmp_path / "r.sqlite", 12)
    students = pd.DataFrame({"submission": pd.array([3, 5, 1, 2, 4, None], dtype="Int64")})
    frames = read_frames(read_results(path, "hw3"), students["submission"].dropna())
    analysis = analyse(frames, students)
    assert len(analysis.statistics.cohort.frames.submissions) == 5
    assert analysis.statistics.items.questions["missing"].tolist() == [1, 1, 1]


def test_a_gradebook_gives_its_students(tmp_path: Path) -> None:
    book = read_book(write_class(tmp_path, 12))
    (grades,) = book.homeworks
    students = students_of(book, grades)
    assert sorted(students.columns) == ["possible", "section", "status", "submission", "total"]
    assert grades.results.run is not None
    frames = read_frames(grades.results, students["submission"].dropna())
    analysis = analyse(frames, students)
    assert analysis.statistics.cohort.handed_in.all()
    assert analysis.statistics.cohort.students["possible"].eq(15).all()


ANALYSIS = {"report.html", "items.csv", "checks.csv", "mistakes.csv", "diagnoses.csv"}


def test_everything_is_written_and_feedback_goes_by_id(tmp_path: Path) -> None:
    summary = make_gradebook(write_class(tmp_path, 6), tmp_path / "out")
    assert ANALYSIS | {"feedback.zip"} <= {path.name for path in summary.paths}
    assert all(path.is_file() for path in summary.paths)
    names = zipfile.ZipFile(tmp_path / "out/feedback.zip").namelist()
    assert sorted(names) == [f"{2023000 + n}.html" for n in range(1, 7)]


def test_with_pseudonyms_nothing_public_names_anybody(tmp_path: Path) -> None:
    course = write_class(tmp_path, 12)
    out = tmp_path / "out"
    summary = make_gradebook(course, out, pseudonymise=True)
    assert {path.name for path in summary.paths} >= ANALYSIS
    public = "".join(path.read_text(encoding="utf-8") for path in out.glob("*.[ch][st][vm]*"))
    assert "<html" in public
    for n in range(1, 13):
        assert str(2023000 + n) not in public
        assert f"Student {n:02d}" not in public


def test_two_homeworks_have_folders_of_their_own(tmp_path: Path) -> None:
    write_roster(tmp_path / "roster.csv", 2)
    write_results(tmp_path / "hw2.sqlite", [], homework="hw2")
    write_results(tmp_path / "hw3.sqlite", [submission("2023001.ipynb")])
    course = write_course(tmp_path, homeworks={"hw2": "", "hw3": ""})
    summary = make_gradebook(course, tmp_path / "out", feedback=False)
    assert {p.name for p in summary.paths if p.parent.name == "hw3"} == ANALYSIS
    assert not (tmp_path / "out/hw2").exists()
    assert not (tmp_path / "out/hw3/feedback.zip").exists()


def test_one_truth_about_who_handed_in(tmp_path: Path) -> None:
    """The terminal, problems.csv, contact.csv and the report count the same students."""
    write_roster(tmp_path / "roster.csv", 12)
    write_results(tmp_path / "results.sqlite", [
        *(submission(f"{2023000 + n}.ipynb") for n in range(1, 9)),
        *(submission(f"{n}/{file}.ipynb", status=SubmissionStatus.EMPTY, questions=())
          for n in (2023009, 2023010) for file in "ab")])
    summary = make_gradebook(write_course(tmp_path), tmp_path / "out")
    (grades,) = summary.book.homeworks
    turnout = summary.book.turnout(grades)
    assert (len(turnout.handed_in), len(turnout.no_work), len(turnout.nothing)) == (8, 2, 2)
    assert summary.notes == [sentence("turnout", homework="hw3", facts="; ".join([
        sentence("handed-in", count=8, students=12), sentence("handed-in-nothing", count=2),
        sentence("not-gradable", count=2, status="empty notebook")]))]
    problems = pd.read_csv(tmp_path / "out/problems.csv")["what"].value_counts()
    assert problems[[sentence("student-without-submission"),
                     sentence("open-score")]].tolist() == [2, 2]
    said = text((tmp_path / "out/report.html").read_text(encoding="utf-8"))
    assert "8 / 12 handed in" in said
    assert "Handed in nothing: 2" in said
    assert "(empty notebook): 2" in said


def test_a_dropped_question_looks_dropped_everywhere(tmp_path: Path) -> None:
    course = write_class(tmp_path, 12, homework_more='dropped_questions = ["q02_slope"]')
    out = tmp_path / "out"
    make_gradebook(course, out)
    for name in ("items.csv", "checks.csv", "mistakes.csv"):
        assert "q02_slope" not in (out / name).read_text(encoding="utf-8"), name
    assert "q02" not in text((out / "report.html").read_text(encoding="utf-8"))
    assert "q02_slope (dropped)" in (out / "gradebook.csv").read_text(encoding="utf-8")
    with zipfile.ZipFile(out / "feedback.zip") as pages:
        said = text(pages.read("2023003.html").decode())
    assert "10 / 10 points" in said
    assert "3 / 5 (does not count)" in said
    assert "This question was dropped for everybody and does not count." in said
