"""What one file handed in can cost at most: `python -m tests.bench_deposit`, as root on Linux.

Each deposit is built to cost as much as it can of one thing. The README's table holds the bounds,
which do not depend on the machine, and what this printed.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from autograder.grading.attempt import Limits
from autograder.grading.discover import find_submissions
from autograder.grading.grade import grade
from autograder.sandbox import resources
from autograder.store import Store
from tests.hostile.corpus import ANSWERS, CHECKS, SETUP, as_file
from tests.hostile.homework import write_homework

LIMITS = Limits(cell=4.0, check=2.0, submission=20.0)
LOOP = "while True:\n    pass"
FILL = """
import mmap, os, socket, time
for _ in range(28):
    if os.fork() == 0:
        kept = []
        for _ in range(60):
            kept += socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            for one in kept[-2:]:
                one.setblocking(False)
                try:
                    while True:
                        one.send(bytes(200_000))
                except OSError:
                    pass
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE
        kept.append(mmap.mmap(-1, 256 << 20, flags=flags))
        time.sleep(60)
time.sleep(60)
"""


def zipped(members: dict[str, bytes], level: int = 6) -> bytes:
    """A zip with these members."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def bomb() -> bytes:
    """A zip of zips, each of which grows as much as a file may."""
    book = (b'{"cells": []}' + os.urandom(60_000).hex().encode() * 8).ljust(30 << 20, b" ")
    inner = zipped({f"{number}.ipynb": book for number in range(4)})
    return zipped({f"{number}.zip": inner for number in range(200)})


def notebook(*cells: str) -> bytes:
    """A notebook of the hostile corpus's homework."""
    return as_file([SETUP, ANSWERS, *cells, *CHECKS])


@contextmanager
def peak_of_groups() -> Iterator[list[int]]:
    """The most memory that the group of a job has held, in bytes."""
    found: list[int] = []
    remove = resources._remove

    def look_first(folder: Path) -> None:
        found.extend(int(path.read_text()) for path in folder.glob("*/memory.max_usage_in_bytes"))
        remove(folder)

    begin = resources.MemoryGroup.begin
    resources._remove = look_first
    resources.MemoryGroup.begin = lambda _: 0  # type: ignore[method-assign]
    try:
        yield found
    finally:
        resources._remove = remove
        resources.MemoryGroup.begin = begin  # type: ignore[method-assign]


def measure(what: str, deposit: str, data: bytes) -> None:
    """Grade a class of this one deposit, and print what it cost."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "subs").mkdir()
        (folder / "subs" / deposit).write_bytes(data)
        write_homework(folder / "hw.zip")
        begun = time.monotonic()
        find_submissions([folder / "subs"], folder / "unpacked")
        finding = time.monotonic() - begun
        disk = sum(p.stat().st_size for p in (folder / "unpacked").rglob("*") if p.is_file())
        with peak_of_groups() as peaks:
            begun = time.monotonic()
            grade(folder / "hw.zip", [folder / "subs"], folder / "out", limits=LIMITS)
            seconds = time.monotonic() - begun
        with closing(Store(folder / "out" / "results.sqlite", create=False)) as store:
            rows = len(list(store.results(1)))
        kept = sum(p.stat().st_size for p in (folder / "out").rglob("*") if p.is_file())
    print(f"{what:32} {len(data) / 1e6:6.1f} MB in, {rows} rows, found in {finding:5.2f} s, graded "
          f"in {seconds:5.1f} s, {disk / 1e6:6.1f} MB unpacked, {kept / 1e3:6.0f} KB kept, job "
          f"{max(peaks, default=0) / 2**20:5.0f} MiB")


def main() -> None:
    """Print a line for each."""
    print(f"limits: {LIMITS}")
    measure("honest", "a.ipynb", notebook())
    measure("loops, in 9 notebooks of a zip", "a.zip",
            zipped({f"{n}.ipynb": notebook(LOOP, LOOP, LOOP, LOOP, LOOP, LOOP) for n in range(9)}))
    measure("20,000 notebooks in a zip", "a.zip",
            zipped({f"{n}.ipynb": b"{}" for n in range(20_000)}))
    measure("zips in a zip that grow", "a.zip", bomb())
    measure("memory of 28 processes, sockets", "a.ipynb", notebook(FILL))
    raising = {"cell_type": "code", "source": 'raise ValueError("x" * 10_000)', "metadata": {}}
    book = json.loads(notebook())
    book["cells"] += [raising] * 200_000
    measure("200,000 cells that raise", "a.ipynb", json.dumps(book).encode())


if __name__ == "__main__":
    main()
