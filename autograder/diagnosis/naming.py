"""Names the mistakes of the bank that the answers of a student's functions show.

It works function by function. A function that is not written or only raises needs no bank. A
mistake explains a function if every leaf in which the mistake differs from the right answer is
found in the student's answers, and the student is right wherever the mistake is right. Leaves in
which right answers differ from each other count for a mistake, not against one; if a function
failed a check only in such leaves, all of them must agree. Calls with other arguments than those of
the reference, because of an earlier wrong answer, do not count.

The fewest mistakes that explain all wrong functions are named, at most MAX_MISTAKES. Where too many
fit, or none, nothing is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from autograder.diagnosis.bank import (
    ABOUT_THE_CALL,
    NOTHING,
    RAISED,
    BankRecord,
    Code,
    Leaf,
    Place,
    RightCall,
    alike,
    asked,
    common,
    differing,
    digest,
    is_answer,
    leaves_of_call,
    outline_of_call,
    said,
    says_nothing,
)
from autograder.diagnosis.record import Call, Numbers, Record
from autograder.model import Diagnosis, DiagnosisKind, DifferingCall, Finding, FindingKind, clean

MAX_MISTAKES = 3
MAX_CANDIDATES = 40


@dataclass(frozen=True)
class Seen:
    """A call of the student's function and the reference's call, leaf by leaf.

    `wrong` are the leaves that differ from the reference, `asked` the digest of the arguments.
    """

    place: Place
    call: Call
    twin: RightCall
    leaves: list[Leaf]
    wrong: frozenset[int]
    asked: str

    @property
    def same_question(self) -> bool:
        """Whether the reference got the same arguments."""
        return self.asked == self.twin.asked

    def about(self, index: int) -> bool:
        """Whether a leaf is about the call, not its answer."""
        return index >= len(self.leaves) - ABOUT_THE_CALL

    @property
    def evidence(self) -> frozenset[int]:
        """The wrong leaves that no right answer has."""
        return self.wrong - self.twin.free if self.same_question else frozenset()


@dataclass
class Fit:
    """The fit of a code to the student: functions that it explains, and functions that differ.

    `support` counts the leaves that agree, less those that should agree and do not.
    """

    code: Code
    explained: set[str]
    against: set[str]
    support: int


def diagnose(bank: BankRecord, record: Record) -> Diagnosis | None:
    """The diagnosis of the answers to a question; None if no check of it has failed."""
    if not record.failed:
        return None
    seen = [_see(place, call, twin) for place, call, twin in common(bank.right, record)]
    missing = [name for name in bank.functions if name in record.undefined]
    wrong, vague = _wrong_functions(seen, record.failed)
    findings = [Finding(name, FindingKind.UNWRITTEN) for name in missing]
    findings += filter(None, (_finding(name, seen) for name in bank.functions if name in wrong))
    plain = {f.function for f in findings if f.kind is not FindingKind.SHAPE}
    open_ = wrong - plain
    vague -= plain
    telling = [each for each in seen if each.twin.function not in plain]
    mistakes, explained = _named(bank, telling, open_, vague) if open_ | vague else ([], set())
    rest = open_ - explained or vague - explained
    return Diagnosis(
        kind=_kind(mistakes, rest, findings), mistakes=mistakes,
        findings=[f for f in findings if f.function not in explained],
        fingerprint=_fingerprint(seen, rest) if rest else "", call=_first_call(seen, record.failed),
    )


def diagnosed(bank: BankRecord, record: Record) -> Diagnosis | None:
    """`diagnose` for a submission; an error in it does not stop the grading."""
    try:
        return diagnose(bank, record)
    except Exception:
        return Diagnosis(DiagnosisKind.UNKNOWN)


def _wrong_functions(seen: list[Seen], failed: set[str]) -> tuple[set[str], set[str]]:
    """The functions that gave wrong answers in failed checks; and of checks that failed without
    one, the functions that answered otherwise than the reference, as right answers do too."""
    wrong = {each.twin.function for each in seen if each.evidence and each.place[0] in failed}
    explained = {each.place[0] for each in seen if each.evidence}
    vague = {each.twin.function for each in seen
             if each.wrong and each.same_question and each.place[0] in failed - explained}
    return wrong, vague - wrong


def _see(place: Place, call: Call, twin: RightCall) -> Seen:
    found = leaves_of_call(call, twin.answer)
    return Seen(place, call, twin, found, frozenset(differing(call, twin)), twin.was_asked(call))


def _finding(name: str, seen: list[Seen]) -> Finding | None:
    """The finding about a function (not written, raises, shape), if it holds in every call."""
    calls = [each for each in seen if each.twin.function == name]
    if all(each.leaves[0] in (NOTHING, "Ellipsis") for each in calls):
        return Finding(name, FindingKind.UNWRITTEN)
    if all(each.call.error for each in calls):
        errors = {each.call.error for each in calls}
        unwritten = errors == {"NotImplementedError"}
        return (Finding(name, FindingKind.UNWRITTEN) if unwritten
                else Finding(name, FindingKind.RAISES, calls[0].call.error,
                             clean(calls[0].call.line)))
    if all(any(_misshapen(each, i) for i in each.evidence) for each in calls if each.same_question):
        return Finding(name, FindingKind.SHAPE)
    return None


def _misshapen(seen: Seen, index: int) -> bool:
    """Whether a leaf is of another shape or kind than the right one."""
    found, right = seen.leaves[index], seen.twin.leaves[index]
    if isinstance(found, str) and found.startswith(RAISED):
        return False
    if isinstance(found, Numbers) and isinstance(right, Numbers):
        return found.shape != right.shape
    return index < len(seen.leaves) - ABOUT_THE_CALL and type(found) is not type(right)


def _named(
    bank: BankRecord, seen: list[Seen], wrong: set[str], vague: set[str]
) -> tuple[list[str], set[str]]:
    """The mistakes to be named, in the bank's order, and the functions that they explain."""
    fits = [fit for code in bank.codes if (fit := _fit(code, seen, wrong, vague)).explained]
    fits = [fit for fit in fits if fit.against & fit.code.functions <= wrong][:MAX_CANDIDATES]
    for aim in filter(None, (wrong | vague, wrong)):
        for size in range(1, MAX_MISTAKES + 1):
            groups = [group for group in combinations(fits, size) if _explain(group, aim)]
            if groups:
                best = max(sum(fit.support for fit in group) for group in groups)
                chosen = [g for g in groups if sum(fit.support for fit in g) == best]
                names = _names(bank, (fit for group in chosen for fit in group))
                return (names, aim) if len(names) <= MAX_MISTAKES else ([], set())
    return _in_part(bank, fits, wrong | vague)


def _in_part(bank: BankRecord, fits: list[Fit], wrong: set[str]) -> tuple[list[str], set[str]]:
    """The mistakes of the functions that are explained, when others are not."""
    chosen: list[Fit] = []
    for function in sorted(wrong):
        own = [fit for fit in fits if function in fit.explained & fit.code.functions]
        if own and len({fit.code.mistake for fit in own}) == 1:
            chosen += own
    names = _names(bank, chosen)
    if not names or len(names) > MAX_MISTAKES:
        return [], set()
    return names, set().union(*(fit.explained for fit in chosen))


def _names(bank: BankRecord, fits: Iterable[Fit]) -> list[str]:
    chosen = {fit.code.mistake for fit in fits}
    return [name for name in dict.fromkeys(code.mistake for code in bank.codes) if name in chosen]


def _explain(group: tuple[Fit, ...], wrong: set[str]) -> bool:
    """Whether these codes together explain all wrong functions, each of them its own ones."""
    for fit in group:
        others: set[str] = set().union(*(other.explained for other in group if other is not fit))
        if fit.against & fit.code.functions or not fit.against <= others:
            return False
        if len(group) > 1 and fit.explained <= others:
            return False
    return set().union(*(fit.explained for fit in group)) >= wrong


def _fit(code: Code, seen: list[Seen], wrong: set[str], vague: set[str]) -> Fit:
    """Compare a code with the student, function by function."""
    explained, against, doubtful, support = set[str](), set[str](), set[str](), 0
    for each in seen:
        check, number = each.place
        if number >= code.counts.get(check, 0):
            continue
        if each.asked != code.asked.get(each.place, each.twin.asked):
            continue
        function = each.twin.function
        own = code.wrong.get(each.place, {})
        for index, leaf in enumerate(each.leaves):
            if index not in own and index not in each.wrong:
                continue
            fits = alike(leaf, own[index]) if index in own else False
            if fits and (is_answer(leaf) or each.about(index) or _works(each, seen)):
                support += 1
                if index in each.evidence or function in vague:
                    explained.add(function)
            elif not fits and index not in each.twin.free and not says_nothing(leaf):
                against.add(function)
            elif not fits and index in own:
                support -= 1
                if not each.about(index):
                    doubtful.add(function)
    explained = (explained & (wrong | vague)) - against - (doubtful & vague)
    return Fit(code, explained, against, support)


def _works(one: Seen, seen: list[Seen]) -> bool:
    """Whether the function answers correctly in some call: then an error in another one counts."""
    return any(each.twin.function == one.twin.function and not each.evidence
               and not each.call.error for each in seen)


def _kind(mistakes: list[str], rest: set[str], findings: list[Finding]) -> DiagnosisKind:
    if mistakes:
        return DiagnosisKind.NAMED if len(mistakes) == 1 else DiagnosisKind.SEVERAL
    if rest or not findings:
        return DiagnosisKind.UNKNOWN
    unwritten = any(f.kind is FindingKind.UNWRITTEN for f in findings)
    return DiagnosisKind.UNWRITTEN if unwritten else DiagnosisKind.RAISES


def _fingerprint(seen: list[Seen], functions: set[str]) -> str:
    """A digest that is equal for students with equal wrong answers, up to rounding."""
    calls = [each for each in seen if each.twin.function in functions and each.same_question]
    told = [(each, each.evidence or each.wrong) for each in calls if each.wrong]
    return digest([[*each.place, [[i, each.leaves[i]] for i in sorted(wrong)]]
                   for each, wrong in told])


def _first_call(seen: list[Seen], failed: set[str]) -> DifferingCall | None:
    """The first call that differs, for staff: it holds what a hidden check asked.

    A call with an answer that no right one gives comes first. Without one, it is a call of a failed
    check; right answers may differ in it too, so that the reference's answer is but an example.
    """
    certain = [each for each in seen if each.evidence]
    vague = [each for each in seen if each.wrong and each.place[0] in failed]
    if not certain and not vague:
        return None
    each = (certain or vague)[0]
    given = said(outline_of_call(each.call, each.twin.answer))
    if each.call.line:
        given += f" at {each.call.line}"
    if each.call.changed:
        given += f"; changed argument {', '.join(each.call.changed)}"
    expected = ("" if certain else "for example ") + said(each.twin.answer)
    return DifferingCall(each.place[0], clean(asked(each.call)), expected, clean(given))
