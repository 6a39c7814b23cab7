"""Which submissions are unusually alike: what counts, what does not, and a page that is inert."""

from __future__ import annotations

import stat
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograder.errors import UserError
from autograder.model import (
    Diagnosis,
    DiagnosisKind,
    QuestionResult,
    SubmissionResult,
    SubmissionStatus,
)
from autograder.store import Store
from gradebook.cli import similar
from gradebook.reports.similar import (
    Answers,
    compare,
    fence,
    marked,
    pieces,
    read_answers,
    read_answers_of_course,
    write_similar,
)
from tests.gradebook_samples import description, write_course, write_results, write_roster
from tests.sentences import pattern

STUB = "def mean(x):\n    raise NotImplementedError('write me, please, in one line or two')\n"
OWN = [
    "def mean(x):\n    total = 0\n    for v in x:\n        total += v\n    return total / len(x)",
    "def mean(x):\n    return sum(x) / len(x)",
    "def mean(x):\n    return np.add.reduce(np.asarray(x, dtype=float)) / np.size(x)",
    "def mean(x):\n    n, s = len(x), 0.0\n    while n > 0:\n        n -= 1\n        s = s + x[n]\n"
    "    return s / len(x)",
    "def mean(x):\n    return float(np.dot(np.ones(len(x)), x)) / max(len(x), 1)",
]
LONG_WAY = (
    "def mean(x):\n    left, right = 0, len(x) - 1\n    acc = 0\n    while left <= right:\n"
    "        middle = x[left] if left == right else x[left] + x[right]\n"
    "        acc = acc + middle\n        left, right = left + 1, right - 1\n    return acc / len(x)"
)
RENAMED = LONG_WAY.replace("left", "a").replace("right", "zz").replace("acc", "t") + "  # mine"


def answers(*texts: str) -> Answers:
    return Answers([f"{i}.ipynb" for i in range(len(texts))], {"q1": list(texts)})


def test_a_copy_with_other_names_and_comments_is_the_most_unusual_pair() -> None:
    first, *others = compare(answers(*OWN, LONG_WAY, RENAMED))
    assert (first.first, first.second) == (5, 6)
    assert first.shared[0].share == pytest.approx(1)
    assert first.bits > 3 * max(pair.bits for pair in others)


def test_a_wholly_equal_answer_of_two_is_worth_log2_of_half_the_class() -> None:
    first, *_ = compare(answers("x = 1", "y = 2", *[""] * 4, LONG_WAY, RENAMED))
    assert first.bits == pytest.approx(2)  # log2(8 / 2)


def test_what_half_of_the_class_has_does_not_count() -> None:
    assert compare(answers(*[STUB] * 6)) == []
    with_stub = compare(answers(*[own + "\n" + STUB for own in OWN], STUB))
    assert with_stub and all(pair.second != 5 for pair in with_stub)


def test_equal_rare_wrong_answers_count_and_common_ones_do_not() -> None:
    rare = Answers(["a", "b", "c", "d"], {"q1": [""] * 4}, {"q1": ["", "f", "", "f"]})
    [pair] = compare(rare)
    assert (pair.first, pair.second, pair.bits) == (1, 3, 1.0)
    assert pair.shared[0].same_wrong_answer
    common = Answers(rare.names, rare.code, {"q1": ["f", "f", "", "f"]})
    assert compare(common) == []


def test_the_fence_is_tukey_s() -> None:
    pairs = compare(answers(*OWN, *OWN, LONG_WAY, RENAMED))
    assert 0 < fence(pairs, 12) < pairs[0].bits
    assert fence([], 1) == 0


def test_shared_parts_are_marked_and_everything_is_escaped() -> None:
    shown = str(marked(LONG_WAY + "\nx = '<script>alert(1)</script>'", RENAMED, set()))
    assert "<mark>" in shown and "<script>" not in shown and "&lt;script&gt;" in shown
    assert str(marked("a < b", RENAMED, set())) == "a &lt; b"
    assert pieces("# only words") == frozenset()


def graded(name: str, code: str) -> SubmissionResult:
    shown = Diagnosis(DiagnosisKind.UNKNOWN, fingerprint="f" if "acc" in code else "")
    return SubmissionResult(name, f"{name}.ipynb", name, "en", SubmissionStatus.COMPLETED,
                            questions=[QuestionResult("q1", 1, 1, answer=code, diagnosis=shown)])


@pytest.fixture
def run(tmp_path: Path) -> Path:
    with closing(Store(tmp_path / "results.sqlite")) as store:
        number = store.open_run("hw", "d", {}, {}, "2026-01-01T00:00:00+00:00")
        store.add(number, *(graded(f"2023{i:03}", own) for i, own in enumerate(OWN)),
                  graded("2023900", LONG_WAY), graded("2023901", RENAMED),
                  graded("2023901-1", RENAMED + "\nprint('<script>alert(1)</script>')"))
    return tmp_path


def test_of_several_attempts_the_last_is_compared(run: Path) -> None:
    read = read_answers(run)
    assert read.names[-2:] == ["2023900.ipynb", "2023901-1.ipynb"]
    assert read.wrong["q1"][-2:] == ["f", ""]
    assert read_answers(run / "results.sqlite") == read
    with pytest.raises(UserError, match=pattern("no-such-file")):
        read_answers(run / "nowhere")


@pytest.mark.parametrize(("language", "words"), [
    ("en", "These are reasons to look"), ("zh", "这些是值得看一看的理由，不是结论"),
])
def test_the_page_begins_with_what_it_is_and_is_for_its_owner(
    run: Path, language: str, words: str
) -> None:
    path = run / "similar.html"
    assert write_similar(run, path, language) >= 1
    text = path.read_text(encoding="utf-8")
    body = text[text.index("<main>") :]
    assert body.index(words) < body.index("<h1>")
    assert "2023900.ipynb" in body and "<script>alert" not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_with_a_course_owners_stand_by_name_and_only_what_counts_is_compared(
    tmp_path: Path,
) -> None:
    """Owners by the rule of the gradebook: an id anywhere in the path, and attempts as graded."""
    files = {"2023001-张三-作业.ipynb": OWN[0], "hw_2023002.ipynb": LONG_WAY,
             "b/2023003.ipynb": RENAMED, "2023001-张三-作业 (1).ipynb": OWN[1],
             "nobody.ipynb": OWN[2]}
    with closing(Store(tmp_path / "results.sqlite")) as store:
        number = store.open_run("hw3", "d", {}, dict(description(questions=["q1"])),
                                "2026-01-01T00:00:00+00:00")
        for file, code in files.items():
            store.add(number, replace(graded(file.removesuffix(".ipynb"), code), file=file))
    write_roster(tmp_path / "roster.csv", 4)
    course = write_course(tmp_path)
    read = read_answers_of_course(tmp_path, course)
    assert read.names == ["2023001 Student 01", "2023002 Student 02", "2023003 Student 03",
                          "nobody.ipynb"]
    assert read.code["q1"] == [OWN[1], LONG_WAY, RENAMED, OWN[2]]
    path = tmp_path / "similar.html"
    done = CliRunner().invoke(similar, [str(tmp_path), "--course", str(course), "--lang", "zh"])
    assert done.exit_code == 0, done.output
    assert "1. 2023002 Student 02 与 2023003 Student 03" in path.read_text(encoding="utf-8")


def test_results_of_another_course_are_refused(run: Path) -> None:
    write_roster(run / "roster.csv", 2)
    (run / "hw3").mkdir()
    write_results(run / "hw3/results.sqlite", [])
    course = write_course(run, homeworks={"hw3": ""})
    write_results(run / "hw3.sqlite", [])
    with pytest.raises(UserError, match=pattern("name-or-leave-course")):
        read_answers_of_course(run, course)
