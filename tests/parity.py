"""`make parity`: every score of the demo class, by `homework grade` and by `otter run`.

Slow (a few seconds a notebook), therefore no test; tests/test_parity.py shows it on a handful.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from autograder.model import SubmissionStatus

OTTER_BREAKS = (
    SubmissionStatus.TIMED_OUT, SubmissionStatus.EXITED, SubmissionStatus.EMPTY,
    SubmissionStatus.UNREADABLE,
)
"""Submissions on which Otter loses every question, so that there is nothing to compare."""


def otter_scores(autograder_zip: Path, notebook: Path) -> dict[str, float]:
    """The score of each question by `otter run`; raises RuntimeError when it gives none."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "otter", "run", "-a", str(autograder_zip.resolve()),
             str(notebook.resolve()), "-o", folder, "--no-logo"],
            cwd=folder, capture_output=True, text=True, check=False, timeout=300,
        )
        results = Path(folder, "results.json")
        if not results.exists():
            raise RuntimeError(f"otter run: {done.stderr[-500:]}")
        tests = json.loads(results.read_text())["tests"]
    return {test["name"]: float(test["score"]) for test in tests if "score" in test}


def read_final_grades(path: Path) -> dict[str, dict[str, str]]:
    """The rows of a final_grades.csv by file."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def differences(autograder_zip: Path, submissions: Path, row: dict[str, str]) -> list[str]:
    """Where the two graders disagree about one submission, in words."""
    theirs = otter_scores(autograder_zip, submissions / row["file"])
    return [
        f"{row['file']} {question}: homework grade {row[question]}, otter run {score}"
        for question, score in theirs.items() if abs(float(row[question] or 0) - score) > 1e-9
    ]


def main(demo: Path) -> int:
    """Compare everything in the folder of `make demo`; 1 when anything differs."""
    grades = demo / "grades" / "final_grades.csv"
    if not grades.exists():
        print(f"{grades} is missing: run make demo first")
        return 2
    rows = [
        row for row in read_final_grades(grades).values()
        if row["file"] != "points-per-question" and row["grading_status"] not in OTTER_BREAKS
    ]
    found: list[str] = []
    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(differences, demo / "hw3" / "autograder.zip", demo / "submissions", row)
            for row in rows
        ]
        for count, job in enumerate(jobs, 1):
            found += job.result()
            print(f"\r{count}/{len(rows)} submissions, {len(found)} differences", end="")
    print("", *found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path("build/demo")))
