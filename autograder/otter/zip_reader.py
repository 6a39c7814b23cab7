"""Reads an autograder.zip: its test files in order, its settings, its homework's description.

It reads every zip that `otter generate` or `otter assign` makes for Python, not only the zips of
`homework build`. Seeds and the assignment's name work as in Otter. Settings about what happens
before or after the grading are ignored, and a notice for the instructor names them.
"""

from __future__ import annotations

import contextlib
import doctest
import hashlib
import inspect
import io
import json
import re
import sys
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from otter.test_files import TestFile
from otter.test_files.exception_test import ExceptionTestFile
from otter.test_files.ok_test import OKTestFile

from autograder.diagnosis.bank import RECORDS_FILE, BankRecord, bank_from_json
from autograder.errors import UserError
from autograder.file_names import natural_order
from autograder.language import N_, _
from autograder.model import HOMEWORK_FILE, Bilingual, HomeworkDescription, QuestionDescription

Entry = TypeVar("Entry")

CONFIG_FILE = "otter_config.json"
REQUIREMENTS = "requirements.txt"

IGNORED = {
    "grade_from_log": N_("the notebook is run; an .OTTER_LOG is never read"),
    "plugins": N_("plugins are not run"),
    "points_possible": N_("a total is the sum of the questions' points"),
    "score_threshold": N_("a total is the sum of the questions' points"),
    "token": N_("no PDF is made or uploaded"),
    "pdf": N_("no PDF is made or uploaded"),
    "show_hidden": N_("results/*.json show every question after publication"),
    "show_all_public": N_("results/*.json show every question after publication"),
    "show_stdout": N_("results/*.json show every question after publication"),
}
"""Settings that change the output of Otter, and what happens here instead."""


@dataclass(frozen=True)
class OtterConfig:
    """The settings of Otter that are used here; `notices` are lines for the instructor.

    `assignment` is the name that a notebook's metadata must give, if any.
    """

    assignment: str | None = None
    seed: int | None = None
    seed_variable: str | None = None
    notices: tuple[str, ...] = ()

    def seeded(self, source: str) -> str:
        """A cell as Otter runs it: if the homework has a seed, it is set first."""
        if self.seed is None or source.startswith("%%"):
            return source
        if self.seed_variable:
            return f"{self.seed_variable} = {self.seed}\n{source}"
        numpy, random = (f"__import__({name!r})" for name in ("numpy", "random"))
        return f"{numpy}.random.seed({self.seed}); {random}.seed({self.seed})\n{source}"


def read_config(where: str, members: Mapping[str, bytes]) -> OtterConfig:
    """The settings among the `members` of the zip `where`; raises UserError if they are invalid."""
    try:
        config = json.loads(members.get(CONFIG_FILE, b"{}"))
        if not isinstance(config, dict):
            raise ValueError(_("not a JSON object"))
    except ValueError as error:
        raise UserError(
            f"{where}:{CONFIG_FILE}", _("Otter's settings as JSON"), str(error),
            _("make the zip again with `otter generate` or `otter assign`"),
        ) from None
    if config.get("lang", "python") != "python":
        found = f"lang {config['lang']!r}"
        raise UserError(
            f"{where}:{CONFIG_FILE}", _("a homework in Python"), found, _("grade it with Otter"),
        )
    return OtterConfig(
        assignment=_entry(where, config, "assignment_name", str),
        seed=_entry(where, config, "seed", int),
        seed_variable=_entry(where, config, "seed_variable", str),
        notices=(*_ignored(config, built_here=HOMEWORK_FILE in members),
                 *_missing(members.get(REQUIREMENTS, b""))),
    )


def _entry(where: str, config: dict[str, Any], name: str, kind: type[Entry]) -> Entry | None:
    value = config.get(name)
    if value is None or isinstance(value, kind):
        return value
    raise UserError(
        f"{where}:{CONFIG_FILE}",
        _("{name} of type {kind}").format(name=name, kind=kind.__name__), repr(value),
        _("correct it, and make the zip again"),
    )


def _ignored(config: dict[str, Any], *, built_here: bool) -> Iterator[str]:
    for name, instead in IGNORED.items():
        if name == "show_hidden" and built_here:
            continue  # homework.json has a finer setting, which results/*.json follow
        if config.get(name) not in (None, False, [], ""):
            yield _("{config_file}: {name} is ignored; {instead}").format(
                config_file=CONFIG_FILE, name=name, instead=_(instead))


def _missing(requirements: bytes) -> Iterator[str]:
    """A notice about packages that the homework needs and this Python does not have."""
    missing = []
    for line in requirements.decode("utf-8", "replace").splitlines():
        name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line.strip())
        try:
            if name:
                distribution(name[0])
        except PackageNotFoundError:
            missing.append(name[0] if name else "")
    if missing:
        yield (_("{requirements}: not installed here: {missing}; notebooks that import them "
                 "will fail").format(requirements=REQUIREMENTS, missing=', '.join(missing)))


BUILD_IT = N_("build it with `homework build`, `otter assign` or `otter generate`")
TEST_FILE = re.compile(r"tests/[^/]+\.py")
TESTS, SUPPORT = "tests/", "files/"
TOGETHER = N_(
    "its tests run in the process of the student's code, as with Otter: a submission could forge "
    "its own results there, nobody else's"
)
"""The notice for an instructor about a zip that is graded in together mode."""


@dataclass
class Autograder:
    """An autograder.zip. `digest` is the SHA-256 of its bytes, `tests` are by question, in order.

    `files` are the support files that lie beside a notebook when it runs, by path. `sources` are
    the test files that the worker gets in together mode (README, "What the grader promises"); in
    the usual mode there are none.
    """

    digest: str
    tests: dict[str, TestFile]
    description: HomeworkDescription
    files: dict[str, bytes]
    config: OtterConfig
    assignment: str | None
    """The name of the homework in a notebook's metadata, if that is known."""
    bank: dict[str, BankRecord] = field(default_factory=dict)
    """The answers of the bank, by question; empty for a zip that was not built here."""
    sources: dict[str, bytes] = field(default_factory=dict)

    @property
    def together(self) -> bool:
        """Whether the tests run in the process of the student's code."""
        return bool(self.sources)

    @property
    def name(self) -> str:
        return self.description["name"]

    def is_of(self, assignment: str | None) -> bool:
        """Whether a notebook with this assignment in its metadata may be of this homework."""
        return None in (assignment, self.assignment) or assignment == self.assignment


def read_autograder(path: Path) -> Autograder:
    """Read the zip at `path`; a UserError names the file in it that is wrong."""
    data = _bytes(path)
    members = _members(path, data)
    config = read_config(str(path), members)
    names = sorted(filter(TEST_FILE.fullmatch, members), key=natural_order)
    if not names:
        raise UserError(str(path), _("test files in tests/"), _("none"), _(BUILD_IT))
    files = {n.removeprefix(SUPPORT): v for n, v in members.items() if n.startswith(SUPPORT)}
    with (
        tempfile.TemporaryDirectory(prefix="homework-") as folder,
        support_folder(files, Path(folder)),
    ):
        read = {Path(n).stem: _test(f"{path}:{n}", n, members[n]) for n in names}
    tests = {question: test for question, test in read.items() if test.test_cases}
    if not tests:
        raise UserError(str(path), _("test cases in tests/"), _("none"), _(BUILD_IT))
    notices = [_("tests/{name}.py has no test cases and is left out").format(name=name)
               for name in read if name not in tests]
    description = _description(
        path, members.get(HOMEWORK_FILE), config.assignment or path.resolve().parent.name, tests
    )
    sources = {}
    if description.get("together"):
        notices.append(_(TOGETHER))
        sources = {question: members[f"{TESTS}{question}.py"] for question in tests}
        files |= {n: v for n, v in members.items() if n.startswith(TESTS) and n not in names}
    elif odd := [q for q, test in tests.items() if not isinstance(test, ExceptionTestFile)]:
        raise UserError(
            f"{path}:{TESTS}{odd[0]}.py",
            _("a test file as `homework build` makes it"), _("one in Otter's OK format"),
            _("set together = true in homework.toml, and build it again"),
        )
    return Autograder(
        digest=hashlib.sha256(data).hexdigest(), tests=tests, files=files, sources=sources,
        config=replace(config, notices=(*config.notices, *notices)), description=description,
        assignment=description["name"] if HOMEWORK_FILE in members else config.assignment,
        bank=_bank(path, members.get(RECORDS_FILE, b"{}")),
    )


@contextlib.contextmanager
def support_folder(files: Mapping[str, bytes], folder: Path) -> Iterator[None]:
    """Write the support files into `folder`, and run the block there: tests may use them."""
    for name, data in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    sys.path.append(str(folder))
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        sys.path.remove(str(folder))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(str(path), _("an autograder.zip"), _("no such file"), _(BUILD_IT)) from None
    except OSError as error:
        found = error.strerror or str(error)
        raise UserError(str(path), _("an autograder.zip"), found, _(BUILD_IT)) from None


def _members(path: Path, data: bytes) -> dict[str, bytes]:
    """The files in the zip by path; raises UserError, also for a path that leads out of it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {n: archive.read(n) for n in archive.namelist() if not n.endswith("/")}
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise UserError(str(path), _("an autograder.zip"), str(error), _(BUILD_IT)) from None
    for name in members:
        if ".." in PurePosixPath(name).parts or name.startswith("/"):
            raise UserError(str(path), _("paths inside of the zip"), name, _(BUILD_IT))
    return members


def _test(where: str, name: str, data: bytes) -> TestFile:
    """The test file, loaded as by Otter; no two of its cases have the same name."""
    try:
        source = data.decode("utf-8")
        content: dict[str, Any] = {}
        exec(compile(source, where, "exec"), content)
        if content["OK_FORMAT"]:
            test = OKTestFile.from_spec(content["test"], name)
            for case in test.test_cases:
                doctest.DocTestParser().parse(case.body)
        else:
            test = ExceptionTestFile.from_string(source, path=name)
            restore_checks(test)
            _keep_signatures(test)
    except ImportError as error:
        raise UserError(
            where, _("modules that are installed"), str(error), _("install what the tests import"),
        ) from None
    except (Exception, SystemExit) as error:
        raise UserError(
            where, _("an Otter test file"), f"{type(error).__name__}: {error}", _(BUILD_IT),
        ) from None
    test.test_cases = _with_names(test)
    return test


def restore_checks(test: TestFile) -> None:
    """Let hidden checks raise their own errors; for Otter the test file hides them."""
    for case in test.test_cases:
        function = getattr(case.body, "test_func", None)
        original = getattr(function, "original_check", None)
        if original is None:
            original = getattr(function, "without_disguise", None)  # in zips of earlier versions
        if original is not None:
            case.body.test_func = original


def _keep_signatures(test: TestFile) -> None:
    """Compute the signature of every check once, since each submission needs it."""
    for case in test.test_cases:
        if function := getattr(case.body, "test_func", None):
            function.__signature__ = inspect.signature(function)


def _with_names(test: TestFile) -> list[Any]:
    """The cases; a second case of the same name gets a number."""
    counts = Counter[str]()
    cases = []
    for case in test.test_cases:
        counts[case.name] += 1
        number = counts[case.name]
        cases.append(replace(case, name=f"{case.name} ({number})") if number > 1 else case)
    return cases


def _description(
    path: Path, data: bytes | None, name: str, tests: dict[str, TestFile]
) -> HomeworkDescription:
    if data is None:
        return _described_by_tests(name, tests)
    try:
        description: HomeworkDescription = json.loads(data)
        described = {q["name"]: [c["name"] for c in q["checks"]] for q in description["questions"]}
        if described != {q: [case.name for case in t.test_cases] for q, t in tests.items()}:
            raise ValueError(_("other questions or checks than in tests/"))
        if list(described) != list(tests):
            raise ValueError(_("the questions in another order than in tests/"))
        name = description["name"]
    except (ValueError, KeyError, TypeError) as error:
        found = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise UserError(
            f"{path}:{HOMEWORK_FILE}", _("a description of the homework"), found,
            _("build the zip again with `homework build`"),
        ) from None
    return description


def _bank(path: Path, data: bytes) -> dict[str, BankRecord]:
    try:
        return {question: bank_from_json(bank) for question, bank in json.loads(data).items()}
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path}:{RECORDS_FILE}", _("records of the bank's answers"), str(error),
            _("build the zip again with `homework build`"),
        ) from None


def _described_by_tests(name: str, tests: dict[str, TestFile]) -> HomeworkDescription:
    """The description of a homework from its tests alone, for a zip that was not built here."""
    questions: list[QuestionDescription] = []
    for question, test in tests.items():
        questions.append({
            "name": question, "title": _both(question), "points": float(test.possible),
            "mistakes": [], "notes": _both(""), "proof": "",
            "checks": [
                {"name": case.name, "points": float(case.points or 0), "hidden": bool(case.hidden),
                 "message": _both(case.failure_message), "praise": _both(case.success_message)}
                for case in test.test_cases
            ],
        })
    return {"name": name, "title": _both(name), "questions": questions, "together": True}


def _both(text: str | None) -> Bilingual:
    return {"zh": text or "", "en": text or ""}
