"""Autograder zips, built here or by anybody with Otter."""

from __future__ import annotations

import json
import struct
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import UserError
from autograder.file_names import natural_order
from autograder.otter.zip_reader import Autograder, read_autograder
from tests.sentences import sentence
from tests.tiny import DOUBLE, TESTS, write_zip

foreign_zip = partial(write_zip, together=True)

ALSO = sentence("how-to-build")
OK_FORMAT = '''\
OK_FORMAT = True
test = {"name": "q3", "points": 4, "all_or_nothing": True, "suites": [{"cases": [
    {"code": r">>> double(2)\\n4", "hidden": False},
    {"code": ">>> 1 + 1\\n2", "points": 3, "failure_message": "No.", "success_message": "Yes."},
], "scored": True, "setup": "", "teardown": "", "type": "doctest"}]}
'''


def error_of(path: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        read_autograder(path)
    return caught.value


def read(tmp_path: Path, **members: str | bytes) -> Autograder:
    """The zip with these members; `tests_q1` stands for tests/q1.py."""
    named = {n.replace("tests_", "tests/") + ".py": v for n, v in members.items()}
    return read_autograder(foreign_zip(tmp_path / "autograder.zip", named))


def test_a_built_homework_is_read_as_it_was_built(toy_build: Path) -> None:
    autograder = read_autograder(toy_build / "autograder.zip")
    assert autograder.name == "toy" and autograder.assignment == "toy"
    assert list(autograder.tests) == ["q01_row_mean", "q02_slope", "q10_product"]
    for question in autograder.description["questions"]:
        cases = autograder.tests[question["name"]].test_cases
        assert [c["name"] for c in question["checks"]] == [case.name for case in cases]
        assert question["mistakes"]
    assert autograder.config.notices == ()


def test_a_zip_by_otter_is_described_by_its_tests(tmp_path: Path) -> None:
    folder = tmp_path / "hw05"
    folder.mkdir()
    autograder = read_autograder(foreign_zip(folder / "autograder.zip"))
    assert autograder.name == "hw05" and autograder.assignment is None
    first, second = autograder.description["questions"]
    assert (first["name"], first["points"]) == ("q1_double", 3.0)
    assert first["checks"] == [
        {"name": "q1_double - 1", "points": 1.0, "hidden": False,
         "message": {"zh": "", "en": ""}, "praise": {"zh": "", "en": ""}},
        {"name": "q1_double - 2", "points": 2.0, "hidden": True,
         "message": dict.fromkeys(("zh", "en"), "Lists are doubled entry by entry."),
         "praise": dict.fromkeys(("zh", "en"), "Well done.")},
    ]
    assert [c["name"] for c in second["checks"]] == ["halves"]


@pytest.mark.parametrize(("points", "all_or_nothing", "expected"), [
    (None, False, [0.5, 0.5]), (6, False, [3.0, 3.0]), ([1, 4], True, [1.0, 4.0])])
def test_points_are_resolved_as_otter_does(
    tmp_path: Path, points: Any, all_or_nothing: bool, expected: list[float]
) -> None:
    source = (f"from otter.test_files import test_case\nOK_FORMAT = False\nname = 'q'\n"
              f"points = {points}\nall_or_nothing = {all_or_nothing}\n"
              "@test_case()\ndef a(): pass\n@test_case()\ndef b(): pass\n")
    autograder = read(tmp_path, tests_q=source)
    assert [case.points for case in autograder.tests["q"].test_cases] == expected
    assert autograder.tests["q"].all_or_nothing is all_or_nothing


def test_the_ok_format_is_read(tmp_path: Path) -> None:
    autograder = read(tmp_path, tests_q3=OK_FORMAT)
    first, second = autograder.tests["q3"].test_cases
    assert first.body.startswith(">>> ")
    assert (first.name, first.points, first.hidden) == ("q3 - 1", 1.0, False)
    assert (second.name, second.points, second.hidden) == ("q3 - 2", 3, True)
    assert autograder.tests["q3"].all_or_nothing
    assert autograder.description["questions"][0]["checks"][1]["message"]["en"] == "No."


def test_cases_of_one_name_are_told_apart(tmp_path: Path) -> None:
    source = DOUBLE.replace("@test_case(points", "@test_case(name='same', points")
    assert [c.name for c in read(tmp_path, tests_q=source).tests["q"].test_cases] == [
        "same", "same (2)"]


def test_tests_find_the_support_files(tmp_path: Path) -> None:
    path = foreign_zip(tmp_path / "a.zip", {
        "tests/q1.py": "import helper_of_this_test\nfrom pathlib import Path\n"
                       "assert Path('data/x.txt').read_text() == helper_of_this_test.ANSWER\n"
                       + DOUBLE,
        "files/helper_of_this_test.py": "ANSWER = '42'\n", "files/data/x.txt": "42",
    })
    before = Path.cwd()
    autograder = read_autograder(path)
    assert autograder.files == {"helper_of_this_test.py": b"ANSWER = '42'\n", "data/x.txt": b"42"}
    assert Path.cwd() == before


def test_the_settings_name_the_assignment(tmp_path: Path) -> None:
    path = foreign_zip(tmp_path / "a.zip", TESTS | {
        "otter_config.json": json.dumps({"assignment_name": "hw05", "plugins": ["x"]})})
    autograder = read_autograder(path)
    assert autograder.name == "hw05"
    assert [autograder.is_of(name) for name in ("hw05", "hw06", None)] == [True, False, True]
    assert len(autograder.config.notices) == 2


def test_without_a_name_any_notebook_will_do(tmp_path: Path) -> None:
    assert read_autograder(foreign_zip(tmp_path / "a.zip")).is_of("whatever")


def test_questions_are_in_natural_order() -> None:
    names = ["q10", "q2", "q2b", "q1", "intro"]
    assert sorted(names, key=natural_order) == ["intro", "q1", "q2", "q2b", "q10"]


def test_a_missing_zip_says_so(tmp_path: Path) -> None:
    path = tmp_path / "missing.zip"
    assert error_of(path) == UserError(str(path), sentence("autograder-zip"),
                                       sentence("no-such-file"), ALSO)


def test_a_folder_is_no_zip(tmp_path: Path) -> None:
    error = error_of(tmp_path)
    assert (error.expected, error.found) == (sentence("autograder-zip"), "Is a directory")


def test_a_file_that_is_no_zip_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("no zip")
    error = error_of(tmp_path / "a.zip")
    assert (error.expected, error.found) == (sentence("autograder-zip"), "File is not a zip file")


def test_a_damaged_zip_says_so(tmp_path: Path) -> None:
    path = foreign_zip(tmp_path / "a.zip")
    path.write_bytes(path.read_bytes().replace(b"double(2) == 4", b"double(2) == 5", 1))
    assert error_of(path).found == "Bad CRC-32 for file 'tests/q1_double.py'"


def test_a_zip_with_a_password_says_so(tmp_path: Path) -> None:
    path = foreign_zip(tmp_path / "a.zip")
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", data, data.index(mark) + offset, 1)
    path.write_bytes(data)
    assert "is encrypted, password required" in error_of(path).found


def test_a_zip_with_a_path_out_of_it_says_so(tmp_path: Path) -> None:
    error = error_of(foreign_zip(tmp_path / "a.zip", {"files/../../x": "", **TESTS}))
    assert (error.expected, error.found) == (sentence("zip-paths"), "files/../../x")


@pytest.mark.parametrize("members", [{}, {"q1.py": DOUBLE}, {"tests/q1.R": "library(testthat)"}])
def test_a_zip_without_tests_says_so(tmp_path: Path, members: dict[str, str]) -> None:
    error = error_of(foreign_zip(tmp_path / "a.zip", members))
    assert (error.expected, error.found, error.remedy) == (sentence("otter-tests"), "none", ALSO)


@pytest.mark.parametrize(("source", "found"), [
    ("def broken(:", "SyntaxError: invalid syntax"),
    ("OK_FORMAT = False", "ValueError: Test file tests/q1.py does not define 'name'"),
    ("OK_FORMAT = True", "KeyError: 'test'"),
    ("test = {'name': 'q1', 'suites': [{'cases': []}]}", "KeyError: 'OK_FORMAT'"),
    ("OK_FORMAT = True\ntest = {'name': 'q1', 'suites': [{'cases': [{'code': '>>>1'}]}]}",
     "ValueError: line 1"),
    ("1 / 0", "ZeroDivisionError: division by zero"),
    ("raise SystemExit(3)", "SystemExit: 3"),
    (DOUBLE.replace("points = 3", "points = 1"),
     "ValueError: More points specified in test cases than allowed for test"),
])
def test_a_broken_test_file_says_so(tmp_path: Path, source: str, found: str) -> None:
    path = foreign_zip(tmp_path / "a.zip", {"tests/q1.py": source})
    error = error_of(path)
    assert error.where == f"{path}:tests/q1.py"
    assert error.expected == sentence("otter-test-file")
    assert error.found.startswith(found)
    assert error.remedy == ALSO


def test_a_test_file_that_is_no_text_says_so(tmp_path: Path) -> None:
    error = error_of(foreign_zip(tmp_path / "a.zip", {"tests/q1.py": b"\xff\xfe"}))
    assert error.found.startswith("UnicodeDecodeError: ")


EMPTY = "OK_FORMAT = False\nname = 'q1'"


def test_a_test_file_without_cases_is_left_out(tmp_path: Path) -> None:
    autograder = read_autograder(foreign_zip(tmp_path / "a.zip", {"tests/q1.py": EMPTY, **TESTS}))
    assert [*autograder.tests] == ["q1_double", "q2_half"]
    assert sentence("no-test-cases", name="q1") in autograder.config.notices


def test_a_zip_without_any_case_says_so(tmp_path: Path) -> None:
    error = error_of(foreign_zip(tmp_path / "a.zip", {"tests/q1.py": EMPTY}))
    assert (error.expected, error.found) == (sentence("test-cases"), "none")


def test_only_what_was_built_here_is_graded_apart(tmp_path: Path, toy_build: Path) -> None:
    built = read_autograder(toy_build / "autograder.zip")
    assert not built.together and not built.config.notices
    foreign = read_autograder(foreign_zip(tmp_path / "a.zip", {**TESTS, "tests/x.txt": "x"}))
    assert foreign.together and foreign.description["together"]
    assert foreign.sources["q1_double"].decode() == DOUBLE
    assert foreign.files == {"tests/x.txt": b"x"}
    assert foreign.config.notices[-1] == sentence("together-notice")


def test_doctests_are_not_graded_apart(tmp_path: Path) -> None:
    path = foreign_zip(tmp_path / "a.zip", {"tests/q3.py": OK_FORMAT})
    description = {**read_autograder(path).description, "together": False}
    members = {"tests/q3.py": OK_FORMAT, "homework.json": json.dumps(description)}
    assert error_of(foreign_zip(path, members)).where == f"{path}:tests/q3.py"


def test_a_module_that_is_missing_is_named(tmp_path: Path) -> None:
    path = foreign_zip(tmp_path / "a.zip", {"tests/q1.py": "import no_such_module\n" + DOUBLE})
    assert error_of(path) == UserError(
        f"{path}:tests/q1.py", sentence("installed-modules"), "No module named 'no_such_module'",
        sentence("install-imports"))


@pytest.mark.parametrize(("change", "found"), [
    (lambda text: "{", "Expecting property name"),
    (lambda text: "[]", "list indices must be integers"),
    (lambda text: json.dumps({"questions": []}), sentence("description-differs")),
    (lambda text: text.replace("mean_of_each_row", "another"),
     sentence("description-differs")),
    (lambda text: json.dumps(json.loads(text) | {"questions": json.loads(text)["questions"][::-1]}),
     sentence("description-order")),
    (lambda text: json.dumps({k: v for k, v in json.loads(text).items() if k != "name"}),
     "no 'name'"),
])
def test_a_description_that_does_not_fit_says_so(
    tmp_path: Path, toy_build: Path, change: Any, found: str
) -> None:
    with zipfile.ZipFile(toy_build / "autograder.zip") as archive:
        members: dict[str, str | bytes] = {n: archive.read(n) for n in archive.namelist()}
    members["homework.json"] = change(bytes(members["homework.json"]).decode())  # type: ignore[arg-type]
    path = foreign_zip(tmp_path / "a.zip", members)
    error = error_of(path)
    assert error.where == f"{path}:homework.json"
    assert error.expected == sentence("description")
    assert error.found.startswith(found)
    assert error.remedy == sentence("build-again")
