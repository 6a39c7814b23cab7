"""`homework similar`: pairs of submissions that are unusually similar for this class.

The answers to one question are compared at a time. copydetect's tokenizer turns code into a text
without names and comments, and cuts it into overlapping pieces, the fingerprints of the winnowing
method (Schleimer, Wilkerson and Aiken 2003). A piece that half of the class has, as the stub and
the public examples are, does not count. Every other piece counts log2(students / students who have
it) bits, its information content. What two answers share is

    bits = cosine similarity of the two sets of weighted pieces * mean bits of the shared pieces

so that two answers which are wholly alike, and like nobody else's of N, share log2(N / 2) bits.
Wrong answers that agree to the digit count in the same way, if few students gave them. The bits of
a pair are the sum over its questions. They are a reason to look, not a verdict: two students who
were taught together share more than two who were not.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup, escape

from autograder.errors import UserError
from autograder.file_names import ATTEMPT
from autograder.language import Language, _
from autograder.model import SubmissionResult
from autograder.store import RESULTS, Store
from gradebook.book import read_book
from gradebook.intake.results import code_and_fingerprints, results_file
from gradebook.reports.pages import page
from gradebook.statistics.cohort import Array

K = 12
"""Characters of a piece, after names have become one character each: about two operations."""
MOST_PAIRS = 50
"""Pairs on the page."""
SHOWN_QUESTIONS = 6
"""Questions of a pair whose code is shown side by side, the most unusual first."""


@dataclass(frozen=True)
class Similarity:
    """What two answers to one question share: in bits, and as a share of the two answers."""

    question: str
    bits: float
    share: float
    same_wrong_answer: bool = False


@dataclass(frozen=True)
class Pair:
    """Two submissions, by their numbers, and what they share, the most unusual question first."""

    first: int
    second: int
    bits: float
    shared: list[Similarity] = field(default_factory=list)


@dataclass(frozen=True)
class Answers:
    """The submissions that are compared: their names, and code by question.

    `wrong` holds a fingerprint of the wrong answers that the functions gave, "" if there is none.
    """

    names: list[str]
    code: dict[str, list[str]]
    wrong: dict[str, list[str]] = field(default_factory=dict)


def read_answers(run: Path) -> Answers:
    """The answers in the folder that `homework grade` wrote, or in its file; raises UserError.

    Of several attempts, and of several runs of the same submission, the last counts.
    """
    latest: dict[str, SubmissionResult] = {}
    with closing(Store(run / RESULTS if run.is_dir() else run, create=False)) as store:
        for each in store.runs():
            latest |= {ATTEMPT.sub("", r.name): r for r in store.results(each.run)}
    results = list(latest.values())
    questions = list(dict.fromkeys(q.name for result in results for q in result.questions))
    code: dict[str, list[str]] = {name: [] for name in questions}
    wrong: dict[str, list[str]] = {name: [] for name in questions}
    for result in results:
        own = {question.name: question for question in result.questions}
        for name in questions:
            found = own[name].diagnosis if name in own else None
            code[name].append(own[name].answer if name in own else "")
            wrong[name].append(found.fingerprint if found else "")
    return Answers([result.file for result in results], code, wrong)


def read_answers_of_course(run: Path, course: Path) -> Answers:
    """The answers that count, under the names of their owners; raises UserError.

    Whose a submission is, and which attempt counts, is decided as for the grades. A submission of a
    group stands once, and one without an owner under the name of its file.
    """
    book, path = read_book(course), results_file(run)
    mine = [g for g in book.homeworks if g.results.path.resolve() == path.resolve()]
    if not mine:
        known = ", ".join(str(grades.results.path) for grades in book.homeworks)
        raise UserError(str(run), _("results that {course} names").format(course=course), known,
                        _("name one of these, or leave out --course"))
    labels: dict[int, list[str]] = {}
    for grades in mine:
        for student, number in grades.counted.dropna().items():
            labels.setdefault(int(number), []).append(book.people.label(int(str(student))))
        for unowned in grades.sources.unowned:
            labels.setdefault(unowned.submission, []).append(unowned.file)
    return _read(path, {number: ", ".join(dict.fromkeys(own)) for number, own in labels.items()})


def _read(results: Path, labels: Mapping[int, str]) -> Answers:
    """The answers of these submissions, which are shown under these names."""
    numbers = list(labels)
    place = {number: row for row, number in enumerate(numbers)}
    code: dict[str, list[str]] = {}
    wrong: dict[str, list[str]] = {}
    for number, question, answer, mark in code_and_fingerprints(results):
        if number in place:
            empty = [""] * len(numbers)
            code.setdefault(question, empty.copy())[place[number]] = answer
            wrong.setdefault(question, empty)[place[number]] = mark or ""
    return Answers([labels[number] for number in numbers], code, wrong)


def compare(answers: Answers) -> list[Pair]:
    """All pairs that share something, the most unusual first."""
    bits: dict[str, Array] = {}
    share: dict[str, Array] = {}
    for question, texts in answers.code.items():
        bits[question], share[question] = shared_bits([pieces(text) for text in texts])
    same = {question: _same_wrong(marks) for question, marks in answers.wrong.items()}
    total: Array = sum((*bits.values(), *same.values()),
                       np.zeros((len(answers.names), len(answers.names))))
    pairs = []
    for i, j in zip(*np.nonzero(np.triu(total, 1) > 1e-9), strict=True):
        shared = [
            Similarity(question, float(bits[question][i, j] + _at(same, question, i, j)),
                   float(share[question][i, j]), _at(same, question, i, j) > 0)
            for question in answers.code if bits[question][i, j] + _at(same, question, i, j) > 1e-9
        ]
        shared.sort(key=lambda s: -s.bits)
        pairs.append(Pair(int(i), int(j), float(total[i, j]), shared))
    return sorted(pairs, key=lambda pair: (-pair.bits, pair.first, pair.second))


def _at(same: dict[str, Array], question: str, i: Any, j: Any) -> float:
    return float(same[question][i, j]) if question in same else 0.0


@functools.cache
def pieces(code: str) -> frozenset[str]:
    """The pieces of `K` characters of code without names, comments and blanks."""
    text = _filtered(code)[0]
    return frozenset(text[i : i + K] for i in range(len(text) - K + 1))


def _filtered(code: str) -> tuple[str, Array]:
    """The code as copydetect compares it, and the offsets that lead back to the code itself."""
    from copydetect.utils import filter_code

    text, offsets = filter_code(_without_docstrings(code), "answer.py", "python")
    return str(text), offsets


def _without_docstrings(code: str) -> str:
    """Blanks for docstrings, which are the stub's, so that positions stay as they are."""
    return re.sub(r'"""(?:.|\n)*?"""', lambda m: " " * len(m[0]), code)


def shared_bits(sets: Sequence[frozenset[str]]) -> tuple[Array, Array]:
    """Bits, and cosine similarity, that each two sets share: two (N, N) arrays, zero diagonal."""
    students = len(sets)
    counts: dict[str, int] = {}
    for piece in itertools.chain.from_iterable(sets):
        counts[piece] = counts.get(piece, 0) + 1
    weight = {p: math.log2(students / n) for p, n in counts.items() if 2 * n <= students}
    columns = {piece: i for i, piece in enumerate(p for p in weight if counts[p] > 1)}
    held = np.zeros((students, len(columns)))
    norm = np.zeros(students)
    for row, own in enumerate(sets):
        norm[row] = math.sqrt(sum(weight[p] ** 2 for p in own if p in weight))
        held[row, [columns[p] for p in own if p in columns]] = 1
    weights = np.array([weight[piece] for piece in columns])
    squares, number = (held * weights**2) @ held.T, held @ held.T
    share = squares / np.maximum(np.outer(norm, norm), 1e-12)
    mean = (held * weights) @ held.T / np.maximum(number, 1)
    np.fill_diagonal(share, 0)
    return share * mean, share


def _same_wrong(marks: Sequence[str]) -> Array:
    """Bits for each two students whose wrong answers are the same and shared by few."""
    count = {mark: marks.count(mark) for mark in set(marks) if mark}
    bits = np.zeros((len(marks), len(marks)))
    for i, j in itertools.combinations(range(len(marks)), 2):
        if marks[i] and marks[i] == marks[j] and 2 * count[marks[i]] <= len(marks):
            bits[i, j] = bits[j, i] = math.log2(len(marks) / count[marks[i]])
    return bits


def fence(pairs: Sequence[Pair], students: int) -> float:
    """The bits above which a pair stands far out of this class: Q3 + 3 (Q3 - Q1) (Tukey 1977)."""
    every = students * (students - 1) // 2
    bits = np.array([pair.bits for pair in pairs] + [0.0] * (every - len(pairs)))
    low, high = np.quantile(bits, [0.25, 0.75]) if every else (0.0, 0.0)
    return float(high + 3 * (high - low))


def marked(code: str, other: str, common: set[str]) -> Markup:
    """The code, escaped, with what the other one shares in <mark>; `common` pieces do not count."""
    from copydetect.utils import get_copied_slices, highlight_overlap

    text, offsets = _filtered(code)
    shared = pieces(other) - common
    found = [i for i in range(len(text) - K + 1) if text[i : i + K] in shared]
    if not found:
        return escape(code)
    slices = get_copied_slices(np.array(found), K)
    if len(offsets):
        last = np.clip(np.searchsorted(offsets[:, 0], slices, side="right") - 1, 0, None)
        slices = np.minimum(slices + offsets[last, 1], len(code))
    return Markup(highlight_overlap(code, slices, "<mark>", "</mark>", escape_html=True)[0])


def common_pieces(texts: Sequence[str]) -> set[str]:
    """The pieces that more than half of the answers to a question have."""
    counts: dict[str, int] = {}
    for piece in itertools.chain.from_iterable(map(pieces, texts)):
        counts[piece] = counts.get(piece, 0) + 1
    return {piece for piece, count in counts.items() if 2 * count > len(texts)}


def write_similar(run: Path, path: Path, language: str, course: Path | None = None) -> int:
    """Write the page, which only its owner can read; return how many pairs stand far out.

    With a `course` the submissions stand under the names of their owners.
    """
    answers = read_answers_of_course(run, course) if course else read_answers(run)
    pairs = compare(answers)
    limit = fence(pairs, len(answers.names))
    text = similar_page(answers, pairs, limit, "zh" if language == "zh" else "en",
                        by_course=course is not None)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")
    return sum(pair.bits > limit for pair in pairs)


def similar_page(
    answers: Answers, pairs: Sequence[Pair], limit: float, language: Language, *,
    by_course: bool = False,
) -> str:
    """The page with the most unusual pairs of a class, side by side."""
    common = {question: common_pieces(texts) for question, texts in answers.code.items()}
    return page(
        "similar.html", language, students=len(answers.names), limit=limit, by_course=by_course,
        far_out=sum(pair.bits > limit for pair in pairs), pairs=[
            {
                "first": answers.names[pair.first], "second": answers.names[pair.second],
                "bits": pair.bits, "far_out": pair.bits > limit, "questions": len(pair.shared),
                "shared": [
                    {"question": s.question, "bits": s.bits, "share": s.share,
                     "same": s.same_wrong_answer, "code": _side_by_side(answers, pair, s, common)}
                    for s in pair.shared[:SHOWN_QUESTIONS]
                ],
            } for pair in pairs[:MOST_PAIRS]
        ],
    )


def _side_by_side(
    answers: Answers, pair: Pair, shared: Similarity, common: dict[str, set[str]]
) -> tuple[Markup, Markup]:
    texts = answers.code[shared.question]
    first, second = texts[pair.first], texts[pair.second]
    kept = common[shared.question]
    return marked(first, second, kept), marked(second, first, kept)
