"""`homework check`: checks the pages and the bank of a homework before students get it.

It reports all problems, not only the first. First come the rules for pages (`lint`). Then the bank
is measured in one process (`evaluate`). Then the real grader grades the same answers and must give
the same verdicts. The report on a question without problems is kept in build/check/, with a hash of
its pages and of this package, so that only changed questions are checked again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from autograder.authoring.evaluate import (
    Measured,
    Naming,
    load_checks,
    measure,
    measure_naming,
    try_setup,
)
from autograder.authoring.homework import (
    INTRO,
    Question,
    load_intro,
    load_question,
    name_errors,
    question_names,
)
from autograder.authoring.lint import bank_problems, can_be_loaded, left_over, page_problems
from autograder.authoring.page_parser import WrittenQuestion
from autograder.authoring.settings import SETTINGS_FILE, Settings, load_settings, selected
from autograder.authoring.student_notebook import answer_cell
from autograder.errors import UserError, UserErrors, collect_errors
from autograder.grading.attempt import Limits
from autograder.grading.discover import Submission
from autograder.grading.local import LocalGrader, version
from autograder.language import _
from autograder.model import Bilingual, HomeworkDescription, SubmissionResult, SubmissionStatus
from autograder.otter.zip_reader import Autograder, OtterConfig, support_folder
from autograder.sandbox.client import BEST

KEPT = Path("build", "check")


@dataclass(frozen=True)
class Counts:
    """The numbers of a question for the table of `homework check`."""

    checks: int
    points: float
    caught: int
    mistakes: int
    accepted: int
    right_answers: int
    nulls_failed: int
    nulls: int
    seconds: float
    naming: Naming = field(default_factory=Naming)


@dataclass
class Report:
    """The report of `homework check` on one question, or on the opening pages."""

    question: str
    problems: list[UserError] = field(default_factory=list)
    counts: Counts | None = None
    points: float = 0
    loaded: Question | None = None
    measured: Measured | None = None


def check_homework(
    name: str, root: Path, only: str | None = None, progress: Callable[[str], None] = lambda _: None
) -> list[Report]:
    """Check every question of homework `name`, or just `only`, which may be short, as q07.

    The reports are in notebook order, after one on the opening pages if these have problems.
    """
    root = root.absolute()  # the checks run in a folder of their own
    names = question_names(name, root)
    if only is not None:
        names = selected(str(root / "assignments" / name), [only], names)
    opening, setup = Report(INTRO, list(name_errors(name, root))), None
    try:
        settings = load_settings(name, root)
    except UserError as error:  # without languages and files nothing can be said of the pages
        opening.problems += error.errors if isinstance(error, UserErrors) else [error]
        return [opening]
    with collect_errors(opening.problems):
        setup = load_intro(name, root, settings)[2]
    opening.problems += left_over(root / "assignments" / name, INTRO)
    files = {each: (root / "assignments" / name / each).read_bytes() for each in settings.files}
    with tempfile.TemporaryDirectory() as folder, support_folder(files, Path(folder)):
        if setup is not None:
            with collect_errors(opening.problems):
                try_setup(setup, f"{root / 'assignments' / name / INTRO}.py:1")
        checked = []
        for question in names:
            progress(question)
            report = _kept(name, question, root)
            checked.append(report or check_question(name, question, root, setup, settings))
    fresh = [each for each in checked if each.measured and not each.problems]
    if fresh and setup is not None:
        progress(_("with the real grader"))
        _grade_for_real(fresh, setup, settings, files)
    for report in checked:
        _keep(name, report, root)
    return [opening, *checked] if opening.problems else checked


def check_question(
    homework: str, name: str, root: Path, setup: str | None, settings: Settings | None = None
) -> Report:
    """Check one question: its pages, and, if they can be run, its bank.

    `setup` is the notebook's first cell; without one, nothing can be run.
    """
    report = Report(name)
    report.problems += left_over(root / "assignments" / homework, name)
    report.problems += left_over(root / "solutions" / homework, name)
    with collect_errors(report.problems):
        question = load_question(homework, name, root, settings)
        report.points = question.points
        if isinstance(question, WrittenQuestion):
            return report
        report.loaded = question
        report.problems += page_problems(question)
        if setup is not None and can_be_loaded(question):
            report.measured = measure(question, setup)
            report.problems += bank_problems(question, report.measured)
            report.counts = _counts(question, report.measured)
    report.problems.sort(key=lambda problem: _place(problem.where))
    return report


def _place(where: str) -> tuple[str, int]:
    """Sort key of a problem: page, then line."""
    match = re.fullmatch(r"(.*):(\d+)", where)
    return (match[1], int(match[2])) if match else (where, 0)


def _counts(question: Question, measured: Measured) -> Counts:
    failed = measured.mistakes
    return Counts(
        checks=len(question.checks), points=question.points,
        caught=sum(m.caught_by in failed.get(m.name, {}) for m in question.mistakes),
        mistakes=len(question.mistakes),
        accepted=sum(not failures for failures in measured.accepted.values()),
        right_answers=len(question.accepted),
        nulls_failed=sum(bool(failures) for failures in measured.nulls.values()),
        nulls=len(measured.nulls), seconds=measured.seconds,
        naming=measure_naming(question, measured),
    )


def _grade_for_real(
    reports: Sequence[Report], setup: str, settings: Settings, files: Mapping[str, bytes]
) -> None:
    """Grade the bank of the questions, and report verdicts of the grader that differ.

    The n-th notebook holds the n-th answer to each question.
    """
    cells = {report.question: list(_cells(report)) for report in reports}
    tests = {r.question: load_checks(r.loaded) for r in reports if r.loaded}
    autograder = Autograder(
        digest="", tests=tests, description=_description(reports, settings), files=dict(files),
        config=OtterConfig(seed=settings.seed, seed_variable=settings.seed_variable),
        assignment=None,
    )
    with tempfile.TemporaryDirectory(prefix="homework-") as temporary:
        folder = Path(temporary)
        submissions = []
        for number in range(max(map(len, cells.values()))):
            chosen = {q: answers[number] for q, answers in cells.items() if number < len(answers)}
            path = folder / f"{number}.ipynb"
            path.write_text(_notebook(setup, {q: cell for q, (_, cell, _) in chosen.items()}))
            submissions.append(Submission(path, str(number), path.name, "", None))
        grader = LocalGrader(autograder, Limits(), BEST, os.cpu_count() or 1, folder / "files")
        with contextlib.closing(grader.grade(submissions)) as finished:
            for result in (each for together in finished for each in together):
                if result.status is SubmissionStatus.NOT_RUN:
                    raise UserError(
                        _("the grader"), _("the bank graded by the real grader"), result.reason,
                        _("run the same command again"),
                    )
                _compare(result, reports, cells)


def _cells(report: Report) -> Iterator[tuple[str, str, set[str]]]:
    """Each answer of the bank: its place, its cell, the checks that it failed in one process."""
    question, measured = report.loaded, report.measured
    assert question is not None and measured is not None
    yield question.answer[0].where, answer_cell(question), set(measured.answer)
    for variants, failed in ((question.mistakes, measured.mistakes),
                             (question.accepted, measured.accepted)):
        for variant in variants:
            if variant.name in failed:
                yield variant.where, answer_cell(question, variant), set(failed[variant.name])


def _notebook(setup: str, answers: Mapping[str, str]) -> str:
    sources = [setup]
    for question, answer in answers.items():
        sources += [answer, f'grader.check("{question}")']
    cells = [{"cell_type": "code", "metadata": {}, "source": source} for source in sources]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _compare(
    result: SubmissionResult, reports: Sequence[Report],
    cells: Mapping[str, Sequence[tuple[str, str, set[str]]]],
) -> None:
    number, results = int(result.name), {each.name: each for each in result.questions}
    for report in reports:
        answers = cells[report.question]
        if number >= len(answers):
            continue
        where, _failed, expected = answers[number]
        graded = results[report.question]
        failed = {check.name for check in graded.checks if check.status != "passed"}
        if other := failed ^ expected:
            reasons = [f"{check.name} {check.status}: {check.reason or check.error}"
                       for check in graded.checks if check.name in other]
            report.problems.append(UserError(
                where,
                _("the same verdicts in the real grader as in one process: {checks} fail").format(
                    checks=', '.join(sorted(expected & other)) or _("nothing")),
                "; ".join(reasons[:3]),
                _("look at what crosses between the processes: plain data are copied"),
            ))


def _description(reports: Sequence[Report], settings: Settings) -> HomeworkDescription:
    nothing: Bilingual = {"zh": "", "en": ""}
    description: HomeworkDescription = {"name": "check", "title": nothing, "questions": []}
    for question in (report.loaded for report in reports):
        if question is not None:
            description["questions"].append({
                "name": question.name, "title": nothing, "points": question.points,
                "mistakes": [], "notes": nothing, "proof": "",
                "checks": [{"name": c.name, "points": c.points, "hidden": c.hidden,
                            "message": nothing} for c in question.checks],
            })
    if settings.packages:
        description["packages"] = list(settings.packages)
    if settings.together:
        description["together"] = True
    return description


def pages_digest(homework: str, root: Path, question: str = "") -> str:
    """A hash of the pages of one question or of all, and of the programs that check and build.

    Built notebooks and held-out answers do not belong to it.
    """
    public, secret = root / "assignments" / homework, root / "solutions" / homework
    pattern = f"{question}.*" if question else "*"
    pages = [*public.glob(pattern), *secret.glob(pattern)]
    pages += [*public.glob(f"{INTRO}.*"), public / SETTINGS_FILE]
    with contextlib.suppress(UserError):
        pages += [public / name for name in load_settings(homework, root).files]
    digest = hashlib.sha256(version().encode())
    for path in sorted({page for page in pages if page.is_file() and page.suffix != ".ipynb"}):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _kept(homework: str, question: str, root: Path) -> Report | None:
    """The report of an earlier check of the same pages; None without one."""
    try:
        kept = json.loads((root / KEPT / homework / f"{question}.json").read_text())
        if kept["digest"] != pages_digest(homework, root, question):
            return None
        counts = _counts_kept(kept["counts"]) if kept["counts"] else None
        return Report(question, counts=counts, points=kept["points"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _counts_kept(kept: dict[str, Any]) -> Counts:
    naming = kept["naming"]
    return Counts(**kept | {"naming": Naming(**naming | {"alike": tuple(naming["alike"])})})


def _keep(homework: str, report: Report, root: Path) -> None:
    if report.problems:
        return
    path = root / KEPT / homework / f"{report.question}.json"
    with contextlib.suppress(OSError):  # keeping it only saves time
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({
            "digest": pages_digest(homework, root, report.question), "points": report.points,
            "counts": asdict(report.counts) if report.counts else None,
        }))
