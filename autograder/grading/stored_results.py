"""Stored results: how people name a run, the files beside results.sqlite, reports for staff.

People name a run by the folder that `homework grade` wrote, or by its results.sqlite; `:N` at the
end means run N of the file.

Otter's final_grades.csv and Gradescope's results.json are written again from the results after
every run, so that existing scripts keep working. A file is replaced as a whole, so that a reader
never sees half of it. Of a hidden check students may read its own message, never text that their
code wrote.

`diff_runs` lists what a regrade changed, for each submission and check. `explain` is for office
hours: it shows reasons, which quote the student's code, and the first call that differs, which
quotes the arguments of a hidden check. So neither is for students.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import UserError
from autograder.language import N_, Language, _, retold, spoken
from autograder.model import (
    AT_END,
    STATUS_WORDS,
    CheckDescription,
    CheckResult,
    CheckStatus,
    Diagnosis,
    HomeworkDescription,
    QuestionDescription,
    QuestionResult,
    Run,
    SubmissionResult,
    SubmissionStatus,
    number,
    safe_text,
    shown_error,
)
from autograder.store import RESULTS, Store

MOST_NAMES = 5
SHOWN = 400
"""Characters of a written answer."""
UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]|^[. -]|[. ]$')
"""Characters that some file system does not allow in a name, or at its ends."""
LONGEST = 200
"""Bytes of a submission's name in a file name; with the hash and the ending, 255 are allowed."""
UNFINISHED = ".unfinished"
"""A file that is being written; the next grader overwrites one that a killed grader left."""

VISIBILITY = "after_published"
"""When students see a question on Gradescope, if the homework does not say."""
NOT_ALL_RUN = {
    "zh": "有些测试没能运行，这不是你的问题；这些题还没有分数。",
    "en": "Some checks could not be run, which is not your fault; these questions have no score.",
}
NOTHING_TO_GRADE = {
    "zh": "交来的文件里没有这次作业可以批改的内容，所以还没有分数。请重新提交，或者联系助教。",
    "en": "There is nothing of this homework to grade in your file, so there is no score yet. "
          "Please hand it in again, or ask your teaching assistant.",
}


@contextmanager
def opened(given: str) -> Iterator[tuple[Store, Run]]:
    """The store and the run, the last one if none is named; raises UserError."""
    path, number = _parts(given)
    with closing(Store(path, create=False)) as store:
        yield store, _choose(store.runs(), number, given)


def results_file(given: str) -> Path:
    """The file that holds the run."""
    return _parts(given)[0]


def _parts(given: str) -> tuple[Path, str]:
    where, _, number = given.rpartition(":") if _has_run(given) else (given, "", "")
    path = Path(where)
    return (path / RESULTS if path.is_dir() else path), number


def _has_run(given: str) -> bool:
    return given.rpartition(":")[2].isdigit() and not Path(given).exists()


def _choose(runs: list[Run], number: str, given: str) -> Run:
    chosen = [run for run in runs if not number or run.run == int(number)]
    if not chosen:
        known = ", ".join(str(run.run) for run in runs)
        raise UserError(
            given, _("a run of these results"),
            _("only run {known}").format(known=known) if runs else _("no runs"),
            _("name one of them") if runs else _("grade first"),
        )
    return chosen[-1]


def write_exports(store: Store, homework: str, out: Path) -> None:
    """Write final_grades.csv and results/ from the latest verdict on each submission."""
    run = store.latest_run(homework)
    if run is None:
        return
    description: HomeworkDescription = run.description  # type: ignore[assignment]
    names = [name for _, name, _ in store.latest_files(homework)]
    results = write_each_json(out / "results", description, names, store.latest_results(homework))
    write_final_grades(out / "final_grades.csv", description, results)  # each is read once


def write_final_grades(
    path: Path, description: HomeworkDescription, results: Iterable[SubmissionResult]
) -> None:
    """Otter's final_grades.csv, questions in numeric order: a row a submission.

    A question with a check that was not run has no score: its cell and those of the total are
    empty. A file with nothing to grade has no score either, since it is not evidence of a zero. A
    submission graded by a build with other questions counts as not graded.
    """
    questions = description["questions"]
    possible = sum(question["points"] for question in questions)
    header = ["file", *(q["name"] for q in questions),
              "total_points_earned", "percent_correct", "grading_status"]
    rows: list[list[Any]] = [
        ["points-per-question", *(number(q["points"]) for q in questions), number(possible),
         "1.0", "--"]
    ]
    for result in results:
        scores: list[Any] = [""] * (len(questions) + 2)
        status = result.status
        if not fits(description, result):
            status = SubmissionStatus.NOT_RUN
        elif status is not SubmissionStatus.NOT_RUN and not status.nothing_to_grade:
            share = round(result.score / possible, 4) if possible else 0.0
            scores = ["" if q.not_run else number(q.score) for q in result.questions]
            scores += ["", ""] if result.not_run else [number(result.score), share]
        rows.append([safe_text(result.file), *scores, status.value])
    write_whole(path, "".join(map(_csv_row, [header, *rows])))


def fits(description: HomeworkDescription, result: SubmissionResult) -> bool:
    """Whether a submission has the questions and points of this build; one that could not be
    graded at all has none."""
    own = [(q.name, number(q.possible), len(q.checks)) for q in result.questions]
    return not own or own == [(q["name"], number(q["points"]), len(q["checks"]))
                              for q in description["questions"]]


def _csv_row(cells: list[Any]) -> str:
    """A line of CSV. Text is quoted if it holds a separator of any spreadsheet program: without
    quotes a cell of `a;=1+1;_2023006.ipynb` could begin with a formula."""
    return ",".join('"' + cell.replace('"', '""') + '"'
                    if isinstance(cell, str) and re.search(r'[",;\t\n]', cell) else str(cell)
                    for cell in cells) + "\r\n"


def write_each_json(
    folder: Path, description: HomeworkDescription, names: Iterable[str],
    results: Iterable[SubmissionResult],
) -> Iterator[SubmissionResult]:
    """Yield the `results`, and write `<submission>.json` of each in the shape of Gradescope's
    results.json.

    `names` are the names of all submissions. A submission that could not be graded has no file,
    since Gradescope has no result without a score; that of one with nothing to grade says so to its
    student, and Gradescope would not take it as a result.
    """
    files = file_names(names)
    for result in results:
        path = folder / f"{files[result.name]}.json"
        if result.status is SubmissionStatus.NOT_RUN:
            path.unlink(missing_ok=True)
        elif fits(description, result):
            text = json.dumps(gradescope(description, result), ensure_ascii=False)
            write_whole(path, text + "\n")
        yield result


def file_names(names: Iterable[str]) -> dict[str, str]:
    """A file name for each submission: its own, if every file system can take it.

    Otherwise a hash is added: for characters that were replaced or cut, or names equal but for
    case.
    """
    files: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(names):
        file = UNFIT.sub("_", name).encode()[:LONGEST].decode(errors="ignore") or "_"
        if file != name or _folded(file) in taken:
            file += f"-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
        files[name] = file
        taken.add(_folded(file))
    return files


def _folded(name: str) -> str:
    """The name as file systems see it that ignore case or decompose accents."""
    return unicodedata.normalize("NFD", name).casefold()


def write_whole(path: Path, text: str) -> None:
    """Write the file at once or not at all; the same text is not written again."""
    data = text.encode()
    unfinished = path.parent / UNFINISHED
    try:
        if path.is_file() and path.read_bytes() == data:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(data)
        unfinished.replace(path)
    except OSError as error:
        raise UserError(
            str(path), _("a file that can be written"), error.strerror or str(error),
            _("mend that, then run the same command again: the grades are kept in results.sqlite"),
        ) from None


def gradescope(description: HomeworkDescription, result: SubmissionResult) -> dict[str, Any]:
    """One submission in Gradescope's shape: a test a question, in the student's language.

    A question with a check that was not run has neither score nor status, and the submission has no
    score either: not known is not zero. A file with nothing to grade has no list of questions.
    """
    described = {q["name"]: q for q in description["questions"]}
    language: Language = "zh" if result.language == "zh" else "en"
    tests = []
    for question in result.questions:
        here = described[question.name]
        lines = [
            _line(check, about, language)
            for check, about in zip(question.checks, here["checks"], strict=True)
        ]
        if question.at_end:
            lines.append(AT_END[language])
        test: dict[str, Any] = {"name": f"{question.name}: {here['title'][language]}"}
        if not question.not_run:
            test |= {"score": number(question.score),
                     "status": "passed" if _all_passed(question) else "failed"}
        tests.append(test | {"max_score": number(question.possible), "output": "\n".join(lines),
                             "visibility": VISIBILITY})
    if result.status.nothing_to_grade:
        return {"output": NOTHING_TO_GRADE[language], "tests": []}
    if result.not_run:
        return {"output": NOT_ALL_RUN[language], "tests": tests}
    return {"score": number(result.score), "tests": tests}


def _line(check: CheckResult, about: CheckDescription, language: Language) -> str:
    word = STATUS_WORDS[check.status][language]
    if check.status is CheckStatus.PASSED:
        message = about.get("praise", {"zh": "", "en": ""})[language]
    else:
        message = about["message"][language]
        error = shown_error(check.error, language, hidden=check.hidden)
        if error and check.status is not CheckStatus.NOT_RUN:
            word += f" ({error})"
    return f"{check.name}: {word}" + (f"\n    {message}" if message else "")


def _all_passed(question: QuestionResult) -> bool:
    return all(check.status is CheckStatus.PASSED for check in question.checks)


@dataclass(frozen=True)
class Change:
    """One thing that differs: a check's status, a score, or a submission that one run lacks.

    `points` is how much the total rose, for the change of a total; 0 for any other change.
    """

    submission: str
    place: str
    before: str
    after: str
    points: float = 0.0


def diff_runs(
    before: str, after: str, owner: Callable[[str], str] = lambda _file: ""
) -> list[Change]:
    """Every difference between two runs, each given as a folder or file, with `:N` for run N.

    `owner` maps the file of a submission to whom it belongs, "" where that is not known.
    """
    old, new = _load(before), _load(after)
    changes: list[Change] = []
    for name in sorted(old.keys() | new.keys()):
        who = owner((new.get(name) or old[name]).file) or name
        if name not in old or name not in new:
            here, there = (N_("graded") if name in side else N_("absent") for side in (old, new))
            changes.append(Change(who, "submission", here, there))
        else:
            changes += _changes(who, old[name], new[name])
    return changes


def _changes(name: str, old: SubmissionResult, new: SubmissionResult) -> list[Change]:
    before, after = _facts(old), _facts(new)
    points = {"total": new.score - old.score}
    return [
        Change(name, place, before.get(place, "absent"), after.get(place, "absent"),
               points.get(place, 0.0))
        for place in dict.fromkeys([*before, *after])
        if before.get(place) != after.get(place)
    ]


def _facts(result: SubmissionResult) -> dict[str, str]:
    facts = {"total": f"{number(result.score)} / {number(result.possible)}",
             "status": result.status.value, "file": result.digest[:12]}
    for question in result.questions:
        facts[question.name] = f"{number(question.score)} / {number(question.possible)}"
        for check in question.checks:
            facts[f"{question.name}: {check.name}"] = check.status.value
    return facts


def summary(changes: Sequence[Change]) -> list[str]:
    """Summary of the changes as lines: totals up and down, then the causes, commonest first."""
    up = [change.points for change in changes if change.points > 0]
    down = [change.points for change in changes if change.points < 0]
    lines = [_("{up} total(s) up, by {gained} points; {down} down, by {lost} points").format(
        up=len(up), gained=number(sum(up)), down=len(down), lost=number(-sum(down)))]
    why = Counter(
        (change.place, change.before, change.after) for change in changes
        if ": " in change.place or change.place in ("status", "submission")
    )
    lines += [f"{count} x {_(place)}: {_(before)} -> {_(after)}"
              for (place, before, after), count in why.most_common()]
    return lines


def _load(given: str) -> dict[str, SubmissionResult]:
    with opened(given) as (store, run):
        return {result.name: result for result in store.results(run.run)}


def explain(given: str, student: str) -> list[str]:
    """The submissions of the run `given` whose names hold `student`; raises UserError."""
    with opened(given) as (store, run):
        results = list(store.results(run.run))
        description: HomeworkDescription = run.description  # type: ignore[assignment]
    found = [result for result in results if student and student in result.name]
    if not found:
        names = ", ".join(result.name for result in results[:MOST_NAMES])
        raise UserError(
            given, _("a submission whose name holds this id"), student or _("nothing"),
            _("write a part of a name, such as {names}").format(
                names=names) if names else _("grade first"),
        )
    lines: list[str] = []
    for result in found:
        lines += [*([""] if lines else []), *describe_submission(description, result)]
    return lines


def describe_submission(
    description: HomeworkDescription, result: SubmissionResult
) -> Iterator[str]:
    """The report on a submission: points, failed checks with their messages, the diagnosis."""
    described = {question["name"]: question for question in description["questions"]}
    yield f"{description['name']}: {result.file}"
    yield "  " + _("points: {score} of {possible}").format(
        score=number(result.score), possible=number(result.possible))
    yield "  " + _("status: {status}").format(status=_(result.status.value))
    for reason in re.split(r"; (?=cell \d+ )", result.reason) if result.reason else []:
        yield "  " + _reason(reason)
    for question in result.questions:
        yield from _question(question, described[question.name], spoken())
    for written in description.get("written", []):
        if written["name"] in result.written:
            text = result.written[written["name"]].strip() or _("nothing written")
            short = text if len(text) <= SHOWN else text[:SHOWN] + "…"
            yield "  " + _("{question} (written): {answer}").format(
                question=written["name"], answer=short.replace("\n", "\n    "))


def _reason(reason: str) -> str:
    """A reason; cell and line of an error are facts of their own."""
    found = re.fullmatch(r"cell (\d+) (?:(\w+)(?:: |$))?(?:line (\d+): )?(.*)", reason, re.S)
    if found is None:
        return _("reason: {reason}").format(reason=retold(reason))
    cell, kind, line, text = found.groups()
    error = ": ".join(filter(None, (kind, retold(text))))
    if line is None:
        return _("code cell {cell}: {error}").format(cell=cell, error=error)
    return _("code cell {cell}, line {line}: {error}").format(cell=cell, line=line, error=error)


def _question(
    question: QuestionResult, about: QuestionDescription, language: Language
) -> Iterator[str]:
    title = about["title"][language]
    points = f"{number(question.score)}/{number(question.possible)}"
    yield f"  {question.name}  {points}  {title}"
    for check, described in zip(question.checks, about["checks"], strict=True):
        if check.status is not CheckStatus.PASSED:
            yield from _check(check, described, language)
    if question.diagnosis:
        yield from _diagnosis(question.diagnosis, about, language)


def _check(check: CheckResult, about: CheckDescription, language: Language) -> Iterator[str]:
    error = f" ({check.error})" if check.error else ""
    yield f"    {check.name}: {_(check.status.value)}{error}, -{number(check.points)}"
    if about["message"][language]:
        yield f"      {about['message'][language]}"
    if check.reason:
        yield f"      [{retold(check.reason)}]"


def _diagnosis(
    diagnosis: Diagnosis, about: QuestionDescription, language: Language
) -> Iterator[str]:
    beliefs = {m["name"]: m["belief"][language] for m in about["mistakes"]}
    alone = len(diagnosis.mistakes) == 1
    for name in diagnosis.mistakes:
        belief = beliefs.get(name) or name
        yield "    " + (_("belief: {belief}") if alone else _("perhaps: {belief}")).format(
            belief=belief)
    if call := diagnosis.call:
        yield "    " + _("first call that differs (for staff only), in the check {check}").format(
            check=call.check)
        yield "      " + _("call: {call}").format(call=call.asked)
        yield "      " + _("expected: {value}").format(value=call.expected)
        yield "      " + _("given: {value}").format(value=call.given)
