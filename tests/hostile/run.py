"""Grades the corpus: `python -m tests.hostile.run ZIP FOLDER OUT ISOLATION IMAGE JOBS`.

In a process of its own, that can be run as another user. With small limits, so that what hangs does
not hold up the tests.
"""

from __future__ import annotations

import sys
from pathlib import Path

from autograder.grading.attempt import Limits
from autograder.grading.grade import grade
from autograder.sandbox.client import Isolation

LIMITS = Limits(cell=4.0, check=1.5, submission=60.0, memory=448 << 20)


def main(archive: str, folder: str, out: str, isolation: str, image: str, jobs: str) -> None:
    """Grade what is in `folder`."""
    graded = grade(
        Path(archive), [Path(folder)], Path(out), jobs=int(jobs), limits=LIMITS,
        isolation=Isolation(isolation, image),
    )
    for result in graded.not_run:
        print(f"not run: {result.file}: {result.reason}", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
