"""An autograder.zip laid out and run as Gradescope does it, and what its results must be like.

On Gradescope the zip is unpacked to /autograder/source, its run_autograder lies in /autograder, and
that is run there with the submission beside it. The zip's environment would come from the internet;
here a stand-in for mamba activates the one that is there.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jsonschema

from autograder.authoring.homework import Homework
from tests.otter_grade.comparison import OTHERS, POSSIBLE, Grades
from tests.otter_grade.machine import Engine

SCHEMA = json.loads(
    Path(__file__).parents[1].joinpath("gradescope_results.schema.json").read_text("utf-8")
)
SHORTEST = 16
"""Characters of a line that tells something."""
METADATA = {
    "id": 1, "created_at": "2023-11-06T15:00:00.000000+08:00", "submission_method": "upload",
    "assignment": {
        "id": 2, "course_id": 3, "title": "HW3", "group_submission": False, "group_size": None,
        "release_date": "2023-10-23T00:00:00.000000+08:00", "late_due_date": None,
        "due_date": "2023-11-06T23:59:00.000000+08:00", "total_points": "100.0",
    },
    "users": [{"id": 4, "email": "student@example.edu", "name": "Student One"}],
    "previous_submissions": [],
}
"""As Gradescope writes submission_metadata.json; the people are made up."""

MAMBA = """\
#!/bin/sh
# Stands in for mamba: `activate` takes the environment that is there.
[ "$1 $2" != "shell hook" ] || echo 'mamba() {{ export PATH="{bin}:$PATH"; }}'
"""


def lay_out(autograder_zip: Path, notebook: Path, folder: Path) -> Path:
    """Make of `folder` what /autograder is on Gradescope; returns its run_autograder."""
    (folder / "results").mkdir(parents=True)
    with zipfile.ZipFile(autograder_zip) as archive:
        archive.extractall(folder / "source")
    (folder / "submission").mkdir()
    shutil.copy(notebook, folder / "submission")
    (folder / "submission_metadata.json").write_text(json.dumps(METADATA))
    program = Path(shutil.copy(folder / "source" / "run_autograder", folder))
    program.chmod(0o755)
    return program


def write_mamba(path: Path, bin_folder: str) -> None:
    """Write a program that stands in for mamba, with an environment in `bin_folder`."""
    path.write_text(MAMBA.format(bin=bin_folder))
    path.chmod(0o755)


def problems(
    results: Mapping[str, Any], scores: Mapping[str, float], possible: Mapping[str, float]
) -> Iterable[str]:
    """What of a results.json is not as it must be, given scores and maxima of the questions."""
    try:
        jsonschema.validate(results, SCHEMA)
    except jsonschema.ValidationError as error:
        yield f"not as specified: {error.json_path} {error.message}"
        return
    found = {test["name"].split(":")[0]: test for test in results["tests"] if "score" in test}
    for question in dict.fromkeys([*scores, *found]):
        wanted = scores.get(question), possible.get(question)
        there = found.get(question, {}).get("score"), found.get(question, {}).get("max_score")
        if None in wanted + there or any(
            abs(a - b) > 1e-5 for a, b in zip(wanted, there, strict=True)
        ):
            yield f"{question}: score and maximum {there} instead of {wanted}"
    total = results.get("score", sum(test["score"] for test in found.values()))
    if abs(total - sum(scores.values())) > 1e-4:
        yield f"total {total} instead of {sum(scores.values())}"


def shown_code(homework: Homework, results: Mapping[str, Any]) -> Iterable[str]:
    """The lines of hidden checks that a results.json shows to students, now or later."""
    shown = json.dumps([test for test in results["tests"] if test.get("visibility") != "hidden"])
    checks = [check for question in homework.questions for check in question.checks]
    public = {line.strip() for check in checks if not check.hidden for line in _code(check.text)}
    for check in checks:
        for line in _code(check.text) if check.hidden else ():
            if line.strip() not in public and json.dumps(line.strip())[1:-1] in shown:
                yield f"shows a line of {check.where}: {line.strip()}"


def _code(text: str) -> list[str]:
    """The telling lines of a check's body."""
    return [line for line in text.splitlines()[1:] if len(line.strip()) >= SHORTEST]


def check_gradescope(
    engine: Engine, image: str, homework: Homework, built: Path, notebooks: Iterable[Path],
    grades: Grades,
) -> list[str]:
    """Run the zip of a built homework as Gradescope does, in containers; what is wrong, in words.

    `grades` are those that the notebooks must get, by file name.
    """
    wrong = []
    work = (built.parent / "gradescope").resolve()
    shutil.rmtree(work, ignore_errors=True)
    for notebook in notebooks:
        folder = work / notebook.stem
        lay_out(built / "autograder.zip", notebook, folder)
        write_mamba(work / "mamba", "/opt/otter/bin")
        engine.docker(
            "run", "--rm", "--network=none", f"--volume={folder}:/autograder",
            f"--volume={work}/mamba:/root/miniforge3/bin/mamba:ro", "--workdir=/autograder",
            image, "/autograder/run_autograder",
        )
        results = json.loads((folder / "results" / "results.json").read_text("utf-8"))
        scores, possible = _points(grades[notebook.name]), _points(grades[POSSIBLE])
        wrong += [
            f"Gradescope's results of {notebook.name}: {problem}"
            for problem in (*problems(results, scores, possible), *shown_code(homework, results))
        ]
    return wrong


def _points(row: Mapping[str, str]) -> dict[str, float]:
    return {question: float(cell) for question, cell in row.items() if question not in OTHERS}
