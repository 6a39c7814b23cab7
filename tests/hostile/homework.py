"""The homework that the corpus is submitted to: three test files with canaries in them.

A canary is a text or a number that no student may see. It stands in hidden inputs, expected
values, messages of assertions and notes for the teacher.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

CANARIES = (
    "CANARY", "YRANAC", "43414e415259", "Q0FOQVJZ", "271.828", "271828", "314.159", "161803",
)
"""What must not be found in anything that a student is shown: also reversed, in hex, in base64."""

HEAD = '''"""Checks with canaries."""
from otter.test_files import test_case
OK_FORMAT = False
name = "{name}"
points = None

'''

TESTS = {
    "q1_double": '''
@test_case(name="one_number", points=1, hidden=False)
def one_number(double):
    assert double is not None, "define double first"
    assert double(21) == 42


@test_case(name="secret_numbers", points=1, hidden=True)
def secret_numbers(double):
    import numpy as np
    assert double is not None, "define double first"
    given = np.array([271.828, -314.159, 161803.0])
    expected = given * 2
    found = np.asarray(double(given), dtype=float)
    assert found.shape == expected.shape, "CANARY-MESSAGE-30aa"
    assert np.allclose(found, expected), f"CANARY-MESSAGE-30ab {found!r} {expected!r}"


@test_case(name="secret_text", points=1, hidden=True)
def secret_text(double):
    assert double is not None, "define double first"
    assert double("CANARY-INPUT-5b1e") == "CANARY-INPUT-5b1eCANARY-INPUT-5b1e"


@test_case(name="input_unchanged", points=1, hidden=True)
def input_unchanged(double):
    import numpy as np
    assert double is not None, "define double first"
    given = np.array([271.828, 1.5])
    double(given)
    assert np.array_equal(given, [271.828, 1.5])
''',
    "q2_descend": '''
@test_case(name="one_step", points=1, hidden=False)
def one_step(descend):
    assert descend is not None, "define descend first"
    assert abs(descend(lambda w: 2 * w, 1.0, 1) - 0.8) < 1e-9


@test_case(name="secret_start", points=1, hidden=True)
def secret_start(descend):
    import numpy as np
    assert descend is not None, "define descend first"
    asked = []

    def grad(w):
        asked.append(np.array(w, dtype=float))
        return 3 * w

    path = [np.array([271.828, -314.159])]
    for _ in range(3):
        path.append(path[-1] - 0.3 * path[-1])
    found = np.asarray(descend(grad, path[0].copy(), 3), dtype=float)
    assert found.shape == (2,)
    assert np.allclose(found, path[-1])
    assert len(asked) == 3
    assert all(np.allclose(a, b) for a, b in zip(asked, path))
''',
    "q3_treasure": '''
@test_case(name="secret_word", points=4, hidden=True)
def secret_word(treasure):
    assert treasure is not None, "define treasure first"
    assert treasure("CANARY-CLUE-1d0c") == "CANARY-EXPECTED-9c4f"
''',
}


def write_homework(path: Path, *, together: bool = False) -> None:
    """Write the autograder zip at `path`; without a description its tests run together."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in TESTS.items():
            archive.writestr(f"tests/{name}.py", HEAD.format(name=name) + text)
        if not together:
            archive.writestr("homework.json", json.dumps(_description()))
        archive.writestr("files/handed_out.csv", "a,b\n1,2\n")


def _description() -> dict[str, object]:
    questions = {
        "q1_double": [("one_number", False), ("secret_numbers", True), ("secret_text", True),
                      ("input_unchanged", True)],
        "q2_descend": [("one_step", False), ("secret_start", True)],
        "q3_treasure": [("secret_word", True)],
    }
    return {
        "name": "hostile", "title": {"zh": "敌意", "en": "Hostile"},
        "questions": [
            {
                "name": name, "title": {"zh": name, "en": name},
                "points": 4.0 if name == "q3_treasure" else float(len(checks)),
                "mistakes": [], "proof": "CANARY-PROOF-0f",
                "notes": {"zh": "CANARY-NOTE-aa", "en": "CANARY-NOTE-ab"},
                "checks": [
                    {"name": check, "points": 4.0 if name == "q3_treasure" else 1.0,
                     "hidden": hidden, "message": {"zh": f"{check} 不对", "en": f"{check} is off"}}
                    for check, hidden in checks
                ],
            }
            for name, checks in questions.items()
        ],
    }
