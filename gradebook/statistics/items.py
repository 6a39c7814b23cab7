"""Item analysis: how hard each question is, how well it separates, how reliable the total is, who
fails each check, and whose answers fit which mistake of the bank.

x_ij is the share of the points of question i that student j earned, T the sum of a student's
shares, R = T - x_i, k questions, N students.

    difficulty      p_i, the mean of x_i (Crocker & Algina 1986)
    discrimination  corr(x_i, R), the corrected item-total correlation (Henrysson 1963)
    upper_lower     D = p_i in the upper 27 % by T minus p_i in the lower 27 % (Kelley 1939)
    alpha           k/(k-1) (1 - sum var_i / var_T), over questions (Cronbach 1951; KR-20 of Kuder &
                    Richardson 1937 if all x are 0 or 1), and the same without question i
    sem             sd_T sqrt(1 - alpha), in questions' worth (Lord & Novick 1968)

Missing work is left out of these, and beside them counted as zero (`..._as_zero`). Code that
crashed or ran out of time before any check of a question came to a verdict is not a wrong answer:
it is left out of p and counted beside it. T needs all k questions, so there a crash counts as
graded. Everything is NaN for fewer than five students, everything except p for fewer than 30, and
where all scores are equal.

A check fails a student whose answer lacks the property, whose code crashed in it or ran out of
time; the last two are counted beside it too.

    failure_rate       of all students on whom the check ran
    top_failure_rate   among the top 27 % by T: high means that the check may be unfair
    unfair             at least a third of them fail it, or nobody passes it, beyond chance: the
                       interval of the rate lies above a third, with all checks compared
    trap_rate          among those who passed the question's public checks: what hides there
    nobody             "failed" or "passed", where that is so

A rate is NaN where fewer than five students stand behind it. A question is `negative` when the
interval of its discrimination lies below 0, with all questions compared. A group counts once.

Misconceptions are the shares of the class whose answers fit each mistake. A belief is inferred from
the answers of a student's functions (`autograder.diagnosis`), never from the failed checks. For
each student and question the answers are

    right               every check passed
    named, several      they fit one mistake of the bank, or up to three
    group               they agree with others' and with nothing in the bank
    unknown             they fit nothing
    unwritten, raises   a function returns nothing, or only raises errors
    verdicts only       a check failed, and no answers were recorded: no belief is read from it
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from autograder.language import Language
from autograder.model import DiagnosisKind, QuestionDescription
from gradebook.intake.results import ERROR, FAILED, GROUP, NOT_RUN, PASSED, TIMEOUT
from gradebook.statistics.cohort import (
    SMALLEST_GROUP,
    Array,
    Cohort,
    Mask,
    bootstrap,
    percentiles,
    resampled,
    wilson,
    z_of,
)

Values = dict[str, Array]
"""The coefficients by their names."""

ENOUGH = 30
"""Fewest students for a correlation."""

PER_QUESTION = ("discrimination", "upper_lower", "alpha_without")
COEFFICIENTS = (*PER_QUESTION, "alpha", "sem")

TAIL = 0.27
NOTHING, ROUNDING = 1e-12, 1e-9
"""A variance of shares, and a difference of sums, that is zero but for rounding."""

RIGHT, VERDICTS_ONLY = "right", "verdicts only"
NAMED, SEVERAL, UNKNOWN, UNWRITTEN, RAISES = (kind.value for kind in DiagnosisKind)
KINDS = [RIGHT, NAMED, SEVERAL, GROUP, UNKNOWN, UNWRITTEN, RAISES, VERDICTS_ONLY]


@dataclass(frozen=True)
class ItemAnalysis:
    """`questions`: a row a question, by name, in notebook order, counts in students.

    `test`: one row for the whole: students (with every question graded), alpha, alpha_low,
    alpha_high, alpha_as_zero, sem, sem_low, sem_high.
    """

    questions: pd.DataFrame
    test: pd.Series


def analyse(cohort: Cohort) -> ItemAnalysis:
    """The item analysis of a class."""
    scores = cohort.scores.to_numpy()
    out = cohort.missing | cohort.ungraded | cohort.crashed | cohort.timed_out
    table = pd.DataFrame(index=pd.Index(cohort.scores.columns, name="question"))
    table["answered"] = (~out).sum(axis=0)
    for column, mask in (("missing", cohort.missing), ("crashed", cohort.crashed),
                         ("timed_out", cohort.timed_out), ("ungraded", cohort.ungraded)):
        table[column] = mask.sum(axis=0)
    as_zero = np.where(cohort.ungraded, np.nan, np.where(cohort.missing, 0.0, scores))
    _add(table, "difficulty", difficulty(np.where(out, np.nan, scores)))
    _add(table, "difficulty_as_zero", difficulty(as_zero))
    found = discrimination(complete(np.where(cohort.missing, np.nan, as_zero)))
    table["negative"] = found[3] < 0
    for column in PER_QUESTION:
        _add(table, column, [values[column] for values in found[:3]])
    zeros = discrimination(complete(as_zero), intervals=False)[0]
    table["discrimination_as_zero"] = zeros["discrimination"]
    test = pd.DataFrame({
        "students": [len(complete(np.where(cohort.missing, np.nan, as_zero)))],
        "alpha_as_zero": zeros["alpha"],
    })
    for column in ("alpha", "sem"):
        _add(test, column, [values[column] for values in found[:3]])
    return ItemAnalysis(table, test.iloc[0])


def complete(x: Array) -> Array:
    """The rows of x (N, k) without NaN: T needs every question."""
    whole: Array = x[~np.isnan(x).any(axis=1)]
    return whole


def difficulty(x: Array) -> tuple[Array, Array, Array]:
    """Mean of each column of x (N, k) without NaN, and its interval: Wilson for zeros and ones."""
    there = ~np.isnan(x)
    count, filled = there.sum(axis=0), np.nan_to_num(x)
    enough = count >= SMALLEST_GROUP
    mean = np.where(enough, filled.sum(axis=0) / np.maximum(count, 1), np.nan)
    low, high = wilson(filled.sum(axis=0), count)
    graded = enough & ~((filled == 0) | (filled == 1)).all(axis=0)
    if graded.any():
        order = np.lexsort([*filled.T, *there.T])
        top, bottom = filled[order][:, graded], there[order][:, graded].astype(float)
        low[graded], high[graded] = bootstrap(
            lambda weights: weights @ top / np.maximum(weights @ bottom, 1), len(x)
        )
    return mean, np.where(enough, low, np.nan), np.where(enough, high, np.nan)


@dataclass(frozen=True)
class Shares:
    """x (N, k), sorted by T, with the terms that all weightings share.

    `levels` (N,) numbers the values of T from 0; `terms` (N, 3k + 2) are x, x^2, x T, T, T^2 of the
    centred x, whose weighted means give every variance and covariance.
    """

    x: Array
    levels: npt.NDArray[np.intp]
    terms: Array

    @classmethod
    def of(cls, x: Array) -> Shares:
        """Sorted by value, so that nothing depends on the order of the rows."""
        x = x[np.lexsort([*x.T, x.sum(axis=1)])]
        centred = x - x.mean(axis=0)
        total = centred.sum(axis=1, keepdims=True)
        terms = np.hstack([centred, centred**2, centred * total, total, total**2])
        return cls(x, tie_levels(x.sum(axis=1)), terms)


def discrimination(x: Array, *, intervals: bool = True) -> tuple[Values, Values, Values, Array]:
    """The coefficients of x (N, k), the lower and upper ends of their bootstrap intervals, and the
    upper ends (k,) of intervals of discrimination that hold for all questions at once: the wider of
    the bootstrap's and Fisher's (1921)."""
    k = x.shape[1]
    if len(x) < ENOUGH:
        nothing = {name: np.full(k if name in PER_QUESTION else 1, np.nan) for name in COEFFICIENTS}
        return nothing, nothing, nothing, np.full(k, np.nan)
    shares = Shares.of(x)
    point = {n: v[0] for n, v in coefficients(np.ones((1, len(x))), shares).items()}
    if not intervals:
        return point, point, point, point["discrimination"]
    cuts = np.cumsum([len(values) for values in point.values()])[:-1]
    values = resampled(lambda w: np.hstack(list(coefficients(w, shares).values())), len(x))
    ends = percentiles(values)
    _, for_all = percentiles(values[:, :k], comparisons=k)
    corr = np.clip(point["discrimination"], -1 + NOTHING, 1 - NOTHING)
    fisher = np.tanh(np.arctanh(corr) + z_of(k) / np.sqrt(len(x) - 3))
    for_all = np.maximum(for_all, fisher)  # far out, the bootstrap is too narrow
    low, high = (
        {name: np.where(np.isnan(point[name]), np.nan, values)
         for name, values in zip(point, np.split(end, cuts), strict=True)}
        for end in ends
    )
    return point, low, high, np.where(np.isnan(point["discrimination"]), np.nan, for_all)


def coefficients(weights: Array, shares: Shares) -> Values:
    """Every coefficient for B weightings (B, N): arrays (B, k), or (B, 1) for the whole test.

    NaN where a variance is zero or there are too few questions.
    """
    n, k = shares.x.shape
    sums = weights @ shares.terms / n
    mean, square, cross = np.split(sums[:, : 3 * k], 3, axis=1)
    total_mean, total_square = sums[:, [3 * k]], sums[:, [3 * k + 1]]
    var, cov = square - mean**2, cross - mean * total_mean
    total_var = total_square - total_mean**2
    rest_var = total_var + var - 2 * cov
    var_sum = var.sum(axis=1, keepdims=True)
    alpha = _alpha(k, var_sum, total_var)
    return {
        "discrimination": (cov - var) / np.sqrt(_positive(var) * _positive(rest_var)),
        "upper_lower": np.where(var > NOTHING, _upper_lower(weights, shares), np.nan),
        "alpha_without": _alpha(k - 1, var_sum - var, rest_var),
        "alpha": alpha,
        "sem": np.sqrt(np.maximum(total_var * n / (n - 1) * (1 - alpha), 0)),
    }


def tie_levels(total: Array) -> npt.NDArray[np.intp]:
    """Number the values of an ascending T (N,) from 0; sums that differ by rounding are one."""
    return np.cumsum(np.diff(total, prepend=-1.0) > ROUNDING) - 1


def tails(weights: Array, levels: npt.NDArray[np.intp]) -> tuple[Array, Array]:
    """The lower and the upper 27 % of each weighting, as weights (B, N) of students sorted by T.

    Students at the border who tie are taken in part, so that no order among them matters.
    """
    starts = np.flatnonzero(np.diff(levels, prepend=-1))
    counts = np.add.reduceat(weights, starts, axis=1)
    after = np.cumsum(counts, axis=1)
    quota = TAIL * after[:, -1:]
    some = np.maximum(counts, NOTHING)
    lower = np.clip((quota - (after - counts)) / some, 0, 1)
    upper = np.clip((quota - (after[:, -1:] - after)) / some, 0, 1)
    return lower[:, levels] * weights, upper[:, levels] * weights


def _upper_lower(weights: Array, shares: Shares) -> Array:
    lower, upper = tails(weights, shares.levels)
    difference: Array = (upper - lower) @ shares.x / (TAIL * weights.sum(axis=1, keepdims=True))
    return difference


def _alpha(k: int, var_sum: Array, total_var: Array) -> Array:
    if k < 2:
        return np.full(np.broadcast(var_sum, total_var).shape, np.nan)
    alpha: Array = k / (k - 1) * (1 - var_sum / _positive(total_var))
    return alpha


def _positive(variance: Array) -> Array:
    return np.where(variance > NOTHING, variance, np.nan)


def _add(table: pd.DataFrame, column: str, found: Sequence[Array]) -> None:
    table[column], table[f"{column}_low"], table[f"{column}_high"] = found


def check_table(cohort: Cohort) -> pd.DataFrame:
    """A row a check, by (question, check), in notebook order; counts in students."""
    upper = top_group(cohort)
    comparisons = sum(len(question["checks"]) for question in cohort.frames.homework["questions"])
    parts = [
        _question(cohort, question["name"], upper, comparisons)
        for question in cohort.frames.homework["questions"] if question["checks"]
    ]
    return pd.concat(parts) if parts else pd.DataFrame()


def top_group(cohort: Cohort) -> Array:
    """How far each student (N,) belongs to the upper 27 % by T, between 0 and 1.

    Students at the border who tie belong to it in part; those without a T do not.
    """
    total = cohort.scores.to_numpy().sum(axis=1)
    total[(cohort.missing | cohort.ungraded).any(axis=1)] = np.nan
    order = np.argsort(total, kind="stable")[: np.count_nonzero(~np.isnan(total))]
    share = np.zeros(len(total))
    if len(order):
        share[order] = tails(np.ones((1, len(order))), tie_levels(total[order]))[1][0]
    return share


def _question(
    cohort: Cohort, question: str, upper: Array, comparisons: int
) -> pd.DataFrame:
    checks = cohort.frames.checks(question)
    codes = np.where(cohort.handed_in[:, None], cohort.verdicts_of(question), 0).astype(np.uint8)
    ran = np.isin(codes, [PASSED, FAILED, ERROR, TIMEOUT])
    failed = ran & (codes != PASSED)
    public = np.array([not check["hidden"] for check in checks])
    passed_public = (codes[:, public] == PASSED).all(axis=1) & public.any()
    table = pd.DataFrame({
        "question": question, "check": [check["name"] for check in checks], "hidden": ~public,
        "points": [float(check["points"]) for check in checks],
        "ran": ran.sum(axis=0), "failed": failed.sum(axis=0),
    })
    for column, code in (("crashed", ERROR), ("timed_out", TIMEOUT), ("ungraded", NOT_RUN)):
        table[column] = (codes == code).sum(axis=0)
    for column, group in (("failure", np.ones(len(codes))), ("top_failure", upper),
                          ("trap", passed_public.astype(float))):
        _add_rate(table, column, group @ failed, group @ ran)
    traps = table.filter(like="trap_")
    table[traps.columns] = traps.mask(pd.Series(public), np.nan)
    table["unfair"] = False
    for group in (upper, np.ones(len(codes))):
        students = group @ ran
        low, _ = wilson(group @ failed, students, z_of(comparisons))
        everybody = group is not upper
        table["unfair"] |= (students >= SMALLEST_GROUP) & (low >= UNFAIR) & (
            ~np.full(len(checks), everybody) | (table["failed"] == table["ran"]).to_numpy())
    few = table["ran"] < SMALLEST_GROUP
    table["nobody"] = np.select(
        [few, table["failed"] == 0, table["failed"] == table["ran"]], ["", "failed", "passed"], ""
    )
    return table.set_index(["question", "check"])


def _add_rate(table: pd.DataFrame, name: str, failed: Array, students: Array) -> None:
    """Students behind the rate, the rate and Wilson's interval; NaN where they are too few."""
    students = np.where(students >= SMALLEST_GROUP - 1e-9, students, np.nan)
    table[f"{name}_students"] = students
    table[f"{name}_rate"] = failed / students
    table[f"{name}_rate_low"], table[f"{name}_rate_high"] = wilson(failed, students)


UNFAIR = 1 / 3
"""If more than this share of the best students fail, a check should be inspected."""


@dataclass(frozen=True)
class Statistics:
    """Statistics of questions, the whole, and checks. `cohort` has a row for each submission,
    `everybody` for each student."""

    cohort: Cohort
    everybody: Cohort
    items: ItemAnalysis
    checks: pd.DataFrame


def statistics(class_: Cohort) -> Statistics:
    """All statistics of a class; NaN throughout when it is under five submissions."""
    once = class_.once()
    items, checks = analyse(once), check_table(once)
    if once.too_small:
        counts = checks.columns.difference(["hidden", "points", "nobody", "unfair"])
        checks[counts] = checks[counts].astype(float) * np.nan
        checks["unfair"] = False
        items = ItemAnalysis(items.questions.astype(float) * np.nan, items.test * np.nan)
        items.questions["negative"] = False
    return Statistics(once, class_, items, checks)


def check_messages(found: Statistics, language: Language) -> dict[tuple[str, str], str]:
    """The message of each (question, check) to a student who fails it."""
    return {
        (q["name"], c["name"]): c["message"][language]
        for q in found.cohort.frames.homework["questions"] for c in q["checks"]
    }


def item_remarks(row: pd.Series) -> list[str]:
    """Remarks on a question, as keys of WORDS in gradebook.wording."""
    if not row["answered"] >= SMALLEST_GROUP:
        return ["fewer than five"]
    if row["negative"]:
        return ["inspect the check first"]
    if pd.notna(row["discrimination"]):
        return []
    return ["fewer than thirty" if row["answered"] < ENOUGH else "no differences"]


def check_remarks(row: pd.Series) -> list[str]:
    """Remarks on a check, as keys of WORDS in gradebook.wording."""
    if not row["ran"] >= SMALLEST_GROUP:
        return ["fewer than five"]
    remarks = [f"nobody {row['nobody']}"] if row["nobody"] else []
    return remarks + (["the best fail"] if row["unfair"] and not row["nobody"] else [])


@dataclass(frozen=True)
class Group:
    """Students whose wrong answers agree with each other and with nothing in the bank.

    `call` is the first call that differs from the right answer, `code` what one of them wrote.
    """

    question: str
    label: str
    students: int
    call: dict[str, str]
    code: str


@dataclass(frozen=True)
class Misconceptions:
    """`mistakes`: a row a mistake, by (question, mistake), in the bank's order.

        students    who handed the question in and had it graded
        holds       of these, whose answers fit the mistake; `alone` those that fit no other
        share       holds / students, with Wilson's interval share_low, share_high

    `questions`: a row a question, counts of students by kind. `groups`: the largest first.
    """

    mistakes: pd.DataFrame
    questions: pd.DataFrame
    groups: list[Group] = field(default_factory=list)


def misconceptions(class_: Cohort) -> Misconceptions:
    """Count the kinds of answers; all counts are missing for a class under five."""
    tables, rows, groups = [], [], list[Group]()
    for place, question in enumerate(class_.frames.homework["questions"]):
        counted = ~(class_.missing | class_.ungraded)[:, place]
        found = _found(class_, question, counted)
        tables.append(_mistakes(question, found, int(counted.sum())))
        rows.append({"question": question["name"],
                     **{kind: int((found["kind"] == kind).sum()) for kind in KINDS}})
        groups += _groups(question["name"], found)
    mistakes = pd.concat(tables, ignore_index=True).set_index(["question", "mistake"])
    questions = pd.DataFrame(rows).set_index("question")
    if class_.too_small:
        return Misconceptions(mistakes.astype(float) * np.nan, questions.astype(float) * np.nan)
    groups.sort(key=lambda group: (-group.students, group.question, group.label))
    return Misconceptions(mistakes, questions, groups)


def _found(class_: Cohort, question: QuestionDescription, counted: Mask) -> pd.DataFrame:
    """The diagnoses of each student who counts: a row a student."""
    frames, name = class_.frames, question["name"]
    numbers = class_.students["submission"][counted].astype("int64")
    known = frames.diagnoses
    mine = known[known.index.get_level_values("question") == name].droplevel("question")
    found = mine.reindex(pd.Index(numbers))
    passed = np.zeros(len(found), dtype=bool)
    if question["checks"]:
        passed = (class_.verdicts_of(name)[counted] == PASSED).all(axis=1)
    found["kind"] = found["kind"].astype(object).where(
        found["kind"].notna(), np.where(passed, RIGHT, VERDICTS_ONLY))
    return found


def _groups(question: str, found: pd.DataFrame) -> list[Group]:
    grouped = found[found["kind"] == GROUP]
    return [
        Group(question, str(label), len(rows), _call(rows["call"].iloc[0]),
              min(rows["answer"].astype(str), key=lambda code: (len(code), code)))
        for label, rows in grouped.groupby("group", sort=True) if len(rows) > 1
    ]


def _call(call: Any) -> dict[str, str]:
    return dict(call) if isinstance(call, dict) else {}


def _mistakes(
    question: QuestionDescription, found: pd.DataFrame, students: int
) -> pd.DataFrame:
    named = found[found["kind"].isin([NAMED, SEVERAL])]
    names = pd.Index([m["name"] for m in question["mistakes"]], name="mistake", dtype="object")
    holds = named["mistakes"].explode().value_counts()
    alone = named.loc[named["kind"] == NAMED, "mistakes"].explode().value_counts()
    table = pd.DataFrame({"question": question["name"], "students": students}, index=names)
    table["holds"] = [int(holds.get(name, 0)) for name in names]
    table["alone"] = [int(alone.get(name, 0)) for name in names]
    table["share"] = table["holds"] / max(students, 1)
    table["share_low"], table["share_high"] = wilson(table["holds"], table["students"])
    return table.reset_index()
