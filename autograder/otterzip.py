"""Reads an autograder.zip: its Otter test files, in order, and what it says of its homework."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from otter.test_files import TestFile
from otter.test_files.exception_test import ExceptionTestFile

from autograder.description import FILE, HomeworkDescription, QuestionDescription
from autograder.errors import UserError

ALSO = "build it with `homework build`, `otter assign` or `otter generate`"


@dataclass
class Autograder:
    """An autograder.zip: the SHA-256 of its bytes, its tests by question in numeric order."""

    digest: str
    tests: dict[str, TestFile]
    description: HomeworkDescription
    files: dict[str, bytes]

    @property
    def name(self) -> str:
        return self.description["name"]


def read_autograder(path: Path) -> Autograder:
    """Read the zip at `path`; raises UserError naming the file inside that is not as expected."""
    try:
        data = path.read_bytes()
        with zipfile.ZipFile(path) as archive:
            members = {n: archive.read(n) for n in archive.namelist() if not n.endswith("/")}
    except FileNotFoundError:
        raise UserError(str(path), "an autograder.zip", "no such file", ALSO) from None
    except (OSError, zipfile.BadZipFile) as error:
        raise UserError(str(path), "an autograder.zip", str(error), ALSO) from None
    names = sorted((n for n in members if re.fullmatch(r"tests/[^/]+\.py", n)), key=numeric_order)
    if not names:
        raise UserError(str(path), "test files in tests/", "none", ALSO)
    tests = {Path(n).stem: _test(f"{path}:{n}", n, members[n]) for n in names}
    files = {n.removeprefix("files/"): v for n, v in members.items() if n.startswith("files/")}
    return Autograder(
        digest=hashlib.sha256(data).hexdigest(), tests=tests,
        description=_description(path, members.get(FILE), tests), files=files,
    )


def numeric_order(name: str) -> list[tuple[int, str]]:
    """Sort key that puts q2 before q10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _test(where: str, name: str, data: bytes) -> TestFile:
    try:
        with tempfile.NamedTemporaryFile(suffix=".py") as file:
            file.write(data)
            file.flush()
            test = ExceptionTestFile.from_file(file.name)
    except Exception as error:
        raise UserError(
            where, "an Otter test file", f"{type(error).__name__}: {error}", ALSO
        ) from None
    test.path = name
    if not test.test_cases:
        raise UserError(where, "test cases", "none: is it in the older OK format?", ALSO)
    return test


def _description(
    path: Path, data: bytes | None, tests: dict[str, TestFile]
) -> HomeworkDescription:
    if data is None:
        return _described_by_tests(path.resolve().parent.name, tests)
    try:
        description: HomeworkDescription = json.loads(data)
        if [q["name"] for q in description["questions"]] != list(tests):
            raise ValueError("other questions than in tests/")
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}:{FILE}", "a description of the homework", str(error),
                        "build the zip again with `homework build`") from None
    return description


def _described_by_tests(name: str, tests: dict[str, TestFile]) -> HomeworkDescription:
    questions: list[QuestionDescription] = []
    for question, test in tests.items():
        message = [case.failure_message or "" for case in test.test_cases]
        questions.append({
            "name": question, "title": {"zh": question, "en": question},
            "points": float(test.possible), "mistakes": [],
            "notes": {"zh": "", "en": ""}, "proof": "",
            "checks": [
                {"name": case.name, "points": float(case.points or 0), "hidden": case.hidden,
                 "message": {"zh": text, "en": text}}
                for case, text in zip(test.test_cases, message, strict=True)
            ],
        })
    return {"name": name, "title": {"zh": name, "en": name}, "questions": questions}
