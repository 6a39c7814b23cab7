"""`make bench`: what grading a submission costs, as ratios measured side by side in one run.

    floor            the same cells and checks executed one after another in one plain process
    homework grade   with one job, everything included: reading, isolation, results
    otter run        a fresh kernel for each notebook
    caller           of `homework grade --cluster`, whose workers do the grading

Start-up is taken out of all but `otter run` by grading a few and many submissions and dividing the
difference. Absolute times depend on the machine and are not printed, but for the caller.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import psutil

from autograder.authoring.build import build_homework
from autograder.cli import find_root
from autograder.grading import cluster
from autograder.grading.batch import Batch, read_answer, write_answer
from autograder.grading.grade import grade
from autograder.grading.local import Graded
from autograder.grading.stored_results import opened
from autograder.sandbox.client import BEST
from tests.small_cluster import small_cluster

FLOOR = """
import sys
from pathlib import Path
import numpy as np, matplotlib.pyplot
from autograder.grading.notebook import read_notebook
from autograder.otter.zip_reader import read_autograder
from autograder.sandbox.notebook_shell import otter_stub
sys.modules["otter"] = otter_stub()
autograder = read_autograder(Path(sys.argv[1]))
for path in sys.argv[2:]:
    environment = {}
    for step in read_notebook(Path(path), list(autograder.tests)).steps:
        if step.source is not None:
            exec(compile(step.source, "<cell>", "exec"), environment)
        else:
            for case in autograder.tests[step.question].test_cases:
                case.body.call_func(environment)
"""

ROUNDS = 5
"""An odd number of rounds, of whose ratios the medians are printed."""


@dataclass(frozen=True)
class Cost:
    """Seconds of wall clock and of processor for one submission."""

    wall: float
    cpu: float


def measure(command: Sequence[str], cwd: Path | None = None) -> Cost:
    """Wall and processor seconds of a command and its children."""
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        command, check=True, env=environment, cwd=cwd,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu)


def slope(few: Cost, many: Cost, difference: int) -> Cost:
    """Cost of one more submission."""
    return Cost((many.wall - few.wall) / difference, (many.cpu - few.cpu) / difference)


def floor(autograder: Path, notebooks: Sequence[Path]) -> Cost:
    """Cost in one plain process."""
    return measure([sys.executable, "-c", FLOOR, str(autograder), *map(str, notebooks)])


def ours(autograder: Path, notebooks: Sequence[Path], jobs: int = 1) -> Cost:
    """Cost of `homework grade`."""
    with tempfile.TemporaryDirectory() as out:
        return measure(
            [sys.executable, "-m", "autograder", "grade", str(autograder),
             *map(str, notebooks), "--out", out, "--jobs", str(jobs), "--isolation", "best"]
        )


def otter(autograder: Path, notebook: Path) -> Cost:
    """Cost of `otter run`."""
    with tempfile.TemporaryDirectory() as out:
        return measure(
            [sys.executable, "-m", "otter", "run", "-a", str(autograder.resolve()),
             str(notebook.resolve()), "-o", out, "--no-logo"], cwd=Path(out),
        )


def copies(notebook: Path, count: int, folder: Path) -> list[Path]:
    """`count` copies of a notebook, each with a name and bytes of its own."""
    folder.mkdir()
    content = nbformat.read(notebook, as_version=4)
    paths = []
    for number in range(count):
        content.cells[0].source = f"copy {number}"
        paths.append(folder / f"s{number:04d}.ipynb")
        nbformat.write(content, paths[-1])
    return paths


def compare(name: str, autograder: Path, notebook: Path, few: int, many: int) -> None:
    """Print the ratios for one homework: the medians of ROUNDS rounds.

    A machine is faster in one minute than in the next, so each round measures all three, and its
    ratios are taken within it. `otter run` starts anew for each submission: it is timed as a whole.
    """
    folder = Path(tempfile.mkdtemp())
    paths = copies(notebook, many, folder / "copies")
    otter(autograder, paths[0])  # the first time Python still compiles what it imports
    rounds = []
    for _ in range(ROUNDS):
        low = slope(floor(autograder, paths[:few]), floor(autograder, paths), many - few)
        mine = slope(ours(autograder, paths[:few]), ours(autograder, paths), many - few)
        rounds.append((low, mine, otter(autograder, paths[0])))
    shutil.rmtree(folder)

    def median(of: Callable[[Cost, Cost, Cost], float]) -> float:
        return statistics.median(of(*each) for each in rounds)

    print(f"{name}, one job, per submission:")
    print(f"  homework grade / floor      wall {median(lambda f, m, _: m.wall / f.wall):6.2f}  "
          f"cpu {median(lambda f, m, _: m.cpu / f.cpu):6.2f}")
    print("  (homework grade - 1.5 floor) in seconds of cpu "
          f"{median(lambda f, m, _: m.cpu - 1.5 * f.cpu):+.3f}   aim: at most +0.1")
    print(f"  otter run / homework grade  wall {median(lambda _, m, o: o.wall / m.wall):6.1f}  "
          f"cpu {median(lambda _, m, o: o.cpu / m.cpu):6.1f}")


def caller(autograder: Path, notebook: Path, few: int, many: int) -> None:
    """Print what a result costs the caller of `homework grade --cluster`, as medians of ROUNDS.

    The scheduler is a real one on the loopback interface. Its worker does not grade: it answers
    with the result of one graded notebook. The cost is that of this process with all its threads.
    """
    folder = Path(tempfile.mkdtemp())
    paths = copies(notebook, many, folder / "copies")
    grade(autograder, paths[:1], folder / "one", isolation=BEST)
    with opened(str(folder / "one")) as (store, run):
        [result] = store.results(run.run)
    from tests import bench_grading  # a worker can import it by this name, and not as __main__

    cluster.grade_on_worker = partial(  # type: ignore[assignment]
        bench_grading.canned, write_answer([Graded(result, 0.0, 1.0)]))
    rounds = []
    with small_cluster(folder / "dask", 1) as dask:
        for number in range(ROUNDS):
            low, high = (caller_seconds(autograder, paths[:count], folder / f"{number} {count}",
                                        dask.address) for count in (few, many))
            rounds.append([1000 * (b - a) / (many - few) for a, b in zip(low, high, strict=True)])
    shutil.rmtree(folder)
    found, batch, files = map(statistics.median, zip(*rounds, strict=True))
    print(f"  milliseconds of cpu a result in the caller of a cluster: {found:.2f} to find it, "
          f"{batch:.2f} in its batch (aim: below 2), {files:.2f} for the files at the end")


def caller_seconds(
    autograder: Path, paths: Sequence[Path], out: Path, address: str
) -> tuple[float, float, float]:
    """Seconds of cpu before the first batch, for all batches, and after the last one."""
    times = [time.process_time()]
    grade(autograder, paths, out, cluster=address, isolation=BEST,
          progress=lambda *_: times.append(time.process_time()))
    times.append(time.process_time())
    return times[1] - times[0], times[-2] - times[1], times[-1] - times[-2]


def canned(answer: bytes, batch: Any) -> tuple[str, bytes]:
    """The Dask task: answer to a batch as if each of its notebooks had the result in `answer`."""
    from distributed import get_worker

    address = get_worker().address
    [graded] = read_answer(answer, address)
    _, head, _ = bytes(batch).split(b"\n", 2)
    given = Batch.model_validate_json(head)
    return address, write_answer(
        replace(graded, result=replace(graded.result, name=s.name, file=s.file, digest=s.digest))
        for s in given.submissions
    )


def many_submissions(autograder: Path, notebook: Path, count: int, jobs: int) -> None:
    """Grade a large class, and print how two jobs compare with one."""
    folder = Path(tempfile.mkdtemp())
    paths = copies(notebook, count, folder / "copies")
    one = ours(autograder, paths[: count // 5])
    all_of_them = ours(autograder, paths, jobs)
    shutil.rmtree(folder)
    print(f"{count} submissions with {jobs} jobs / {count // 5} with one, per submission: "
          f"wall {all_of_them.wall / one.wall / 5:.2f}")


def memory(autograder: Path, notebook: Path, count: int) -> None:
    """Grade `count` submissions and print how the memory of all its processes went."""
    folder = Path(tempfile.mkdtemp())
    copies(notebook, count, folder / "copies")
    grader = subprocess.Popen(
        [sys.executable, "-m", "autograder", "grade", str(autograder), str(folder / "copies"),
         "--out", str(folder / "out"), "--jobs", "2", "--isolation", "best"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    samples = []
    while grader.poll() is None:
        samples.append(resident(grader.pid))
        time.sleep(0.5)
    shutil.rmtree(folder)
    early = statistics.median(samples[len(samples) // 10 : len(samples) // 5])
    late = statistics.median(samples[-len(samples) // 10 :])
    print(f"{count} submissions, memory of the lasting processes, last tenth / second tenth: "
          f"{late / early:.3f}")


def resident(grader: int) -> int:
    """Bytes held by the grader, its grading processes and their fork servers; not by what they fork
    for a submission, which comes and goes."""
    process = psutil.Process(grader)
    lasting = [process, *process.children()]
    total = 0
    for each in lasting:
        with contextlib.suppress(psutil.Error):
            total += each.memory_info().rss
    return total


def one_question(folder: Path) -> tuple[Path, Path]:
    """A homework of the first question alone: its zip and its solution notebook."""
    for kind in ("assignments", "solutions"):
        target = folder / kind / "one"
        target.mkdir(parents=True)
        for path in sorted((find_root(Path.cwd()) / kind / "hw3").glob("*")):
            if path.name.startswith(("intro", "q01")):
                shutil.copy(path, target)
    build_homework("one", folder, folder / "built")
    return folder / "built/autograder.zip", folder / "built/solutions/one.en.ipynb"


def main() -> None:
    """Run the benchmark on what `homework build hw3` made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("built", type=Path, help="folder that homework build hw3 wrote")
    parser.add_argument("--class-size", type=int, default=500)
    parser.add_argument("--memory-size", type=int, default=5000)
    arguments = parser.parse_args()
    built: Path = arguments.built
    notebook = built / "solutions/hw3.en.ipynb"
    compare("hw3, twenty questions", built / "autograder.zip", notebook, 5, 25)
    caller(built / "autograder.zip", notebook, 64, 384)
    many_submissions(built / "autograder.zip", notebook, arguments.class_size, 2)
    with tempfile.TemporaryDirectory() as folder:
        small, small_notebook = one_question(Path(folder))
        compare("one question", small, small_notebook, 10, 110)
        memory(small, small_notebook, arguments.memory_size)


if __name__ == "__main__":
    main()
