"""How many more submissions a minute `homework grade --container` grades than `otter grade`.

On the same image, one container each, one after the other. Start-up is taken out on both sides by
grading a few and more submissions and dividing the difference. Only the ratio is printed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench_grading import copies, one_question
from tests.otter_grade.image import without_downloads
from tests.otter_grade.machine import Engine


def print_speed(engine: Engine, image: str, homework: Path) -> None:
    """Measure with the built `homework`, and with one of its questions alone."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        notebook = homework / "solutions" / f"{homework.name}.en.ipynb"
        for name, autograder, answers in (
            ("the whole homework", homework / "autograder.zip", notebook),
            ("one question", *one_question(folder / "one")),
        ):
            paths = copies(answers, 45, folder / name)
            without_downloads(autograder, folder / "otter.zip")
            theirs = _each(lambda some: otter(engine, image, folder / "otter.zip", some),
                           paths[:1], paths[:5])
            ours = _each(lambda some, zipped=autograder: homework_grade(
                engine, image, zipped, some), paths[:5], paths)
            print(f"{name}: homework grade --container grades {theirs / ours:.1f} times as many "
                  "submissions a minute as otter grade")


def _each(
    grade: Callable[[Sequence[Path]], None], few: Sequence[Path], more: Sequence[Path]
) -> float:
    """Seconds for one more submission."""
    seconds = []
    for paths in (few, more):
        start = time.perf_counter()
        grade(paths)
        seconds.append(time.perf_counter() - start)
    return (seconds[1] - seconds[0]) / (len(more) - len(few))


def otter(engine: Engine, image: str, autograder: Path, notebooks: Sequence[Path]) -> None:
    """Grade with `otter grade`."""
    _run(engine, "otter", "grade", "--name", "speed", "--autograder", f"{autograder}",
         "--image", image, "--containers", "1", "--no-network", *map(str, notebooks),
         "--output-dir")


def homework_grade(
    engine: Engine, image: str, autograder: Path, notebooks: Sequence[Path]
) -> None:
    """Grade with `homework grade --container`."""
    _run(engine, "autograder", "grade", f"{autograder}", *map(str, notebooks),
         "--container", image, "--jobs", "1", "--out")


def _run(engine: Engine, module: str, *arguments: str) -> None:
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([sys.executable, "-m", module, *arguments, out], check=True,
                       env=engine.environment | {"OPENBLAS_NUM_THREADS": "1"},
                       stdin=subprocess.DEVNULL, capture_output=True)
