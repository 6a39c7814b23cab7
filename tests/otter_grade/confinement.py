"""What student code can and cannot do in the container of `homework grade --container`."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from autograder.grading.attempt import Limits
from autograder.grading.supervisor import Supervisor
from autograder.otter.zip_reader import read_autograder
from autograder.sandbox.client import CONTAINER, ContainerGone, Isolation, start_fork_server
from tests.hostile.all_cases import CASES
from tests.hostile.corpus import CELL_ERROR, COMPLETED, EXITED, HONEST, NEIGHBOURS
from tests.hostile.homework import CANARIES
from tests.otter_kinds import cells, write_kinds
from tests.parity import otter_scores
from tests.test_hostile import Graded, assert_comes_to, grade_corpus, letters
from tests.tiny import write_notebook
from tests.worker_talk import talk

REFUSED = """
def refused(action, *values):
    try:
        action(*values)
    except OSError:
        return True
    return False
"""
CLAIMS = {
    "is unprivileged": """
        import os
        status = dict(line.split(":\\t") for line in open("/proc/self/status") if ":\\t" in line)
        assert os.getuid() == os.getgid() == 65534
        assert {status[f"Cap{kind}"].strip("0\\n") for kind in ("Eff", "Prm", "Inh", "Bnd")} == {""}
        assert status["NoNewPrivs"] == "1\\n"
    """,
    "can write to its scratch folder and shared memory only": """
        assert os.getcwd() == "/tmp" and os.listdir() == []
        for place in ("/tmp", "/dev/shm"):
            open(place + "/mine", "w").close()
        for place in ("/", "/root", "/etc", "/usr", "/var/tmp", "/dev"):
            assert refused(open, place + "/mine", "w"), place
    """,
    "has no network": """
        import socket
        assert [name for _, name in socket.if_nameindex()] == ["lo"]
        assert refused(socket.create_connection, ("192.0.2.1", 80), 1)
    """,
    "cannot look into the first process": """
        for file in ("mem", "environ", "maps", "fd", "cwd", "root"):
            assert refused(os.listdir if file == "fd" else open, "/proc/1/" + file), file
    """,
    "cannot end the first process": """
        import signal
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGSTOP):
            os.kill(1, number)
    """,
    "is bounded in processes": """
        children = []
        try:
            for _ in range(1000):
                if (child := os.fork()) == 0:
                    import time
                    time.sleep(100)
                children.append(child)
        except OSError:
            pass
        assert len(children) < 64
    """,
    "is the first to be ended when memory is short": """
        with open("/proc/self/oom_score_adj") as file:
            assert file.read() == "1000\\n"
    """,
    "finds nothing of the one before": """
        import os
        assert os.listdir("/tmp") == os.listdir("/dev/shm") == []
        assert sorted(int(name) for name in os.listdir("/proc") if name.isdigit()) == [
            1, os.getpid()]
    """,
}
DIFFERS = {
    # another version of Python and of numpy
    "null_byte_in_a_cell": (HONEST, CELL_ERROR, "null bytes"),
    "returns_odd_kinds_of_arrays": ("FFFP EF F", COMPLETED, "MemoryError"),
    # the engine's group bounds what belongs to no process; the kernel ends the largest process
    "hides_memory_outside_of_its_processes": (HONEST, CELL_ERROR, "found a hiding place"),
    "takes_all_memory_in_many_processes": (HONEST, EXITED, ""),
    # the root is the image's, and the first process of the container can be seen, and no more
    "climbs_out_with_dots": (HONEST, CELL_ERROR, "found a way out"),
    "reads_proc": (HONEST, CELL_ERROR, "found /proc"),
    "reads_memory_of_other_processes": (HONEST, CELL_ERROR, "found process 1"),
}
"""How cases of the corpus end in a container, where that is another end than in namespaces."""
SOME = [
    "opens_the_zip_by_its_path", "reads_beside_the_grader_package", "lists_its_neighbours",
    "takes_its_processor_back", "fills_socket_buffers", "ends_its_process_in_a_cell",
]
"""Cases that are graded in together mode, too."""
KINDS_DIFFER: set[str] = set()
FINDS_NOTHING = "finds nothing of the one before"
LEAVES = "import os; os.makedirs('/tmp/a/b'); os.chmod('/tmp/a', 0)"


def check_confinement(image: str) -> Iterator[str]:
    """Which claims about the container do not hold."""
    with start_fork_server(Isolation(CONTAINER, image)) as parent:
        with talk(parent) as notebook:
            notebook.run(REFUSED)
            for claim, cell in CLAIMS.items():
                if claim != FINDS_NOTHING:
                    yield from _holds(claim, notebook.run(_dedent(cell)))
        with talk(parent) as notebook:
            yield from _holds(FINDS_NOTHING, notebook.run(_dedent(CLAIMS[FINDS_NOTHING])))
            notebook.run(LEAVES)
        try:
            parent.end(parent.spawn())
            yield "container: what could not be removed was left to the next one"
        except ContainerGone:
            pass


def _dedent(cell: str) -> str:
    return "\n".join(line.removeprefix(" " * 8) for line in cell.splitlines())


def _holds(claim: str, outcomes: list[tuple[str, str, str]]) -> Iterator[str]:
    if outcomes != [("ok", "", "")]:
        yield f"container: not true that student code {claim}: {outcomes}"


def check_corpus(image: str) -> Iterator[str]:
    """Which hostile submissions come to something else in the container, or carry secrets out."""
    with tempfile.TemporaryDirectory() as folder:
        graded = grade_corpus(Path(folder), list(CASES), Isolation(CONTAINER, image), [])
    for case in CASES.values():
        checks, status, found = DIFFERS.get(case.name, (case.checks, case.status, case.found))
        here = replace(case, checks=checks, status=status, found=found)
        try:
            assert_comes_to(here, graded)
        except (AssertionError, KeyError):
            yield f"hostile {case.name} in the container: {_brief(graded, case.name)}"
    yield from _neighbours_and_canaries(graded)


def check_corpus_together(image: str) -> Iterator[str]:
    """Which hostile submissions cost others something in together mode, or gain more than known."""
    with tempfile.TemporaryDirectory() as folder:
        graded = grade_corpus(
            Path(folder), list(SOME), Isolation(CONTAINER, image), [], together=True
        )
    for name in SOME:
        result = graded.results.get(name)
        if result is None or result.score > CASES[name].score:
            yield f"hostile {name} together in the container: {_brief(graded, name)}"
    yield from _neighbours_and_canaries(graded)


def _neighbours_and_canaries(graded: Graded) -> Iterator[str]:
    for name in NEIGHBOURS:
        if letters(graded.results[name]) != HONEST:
            yield f"honest {name} in the container: {_brief(graded, name)}"
    for name, shown in graded.shown.items():
        for canary in CANARIES:
            if canary in shown:
                yield f"hostile {name} in the container shows {canary}"


def _brief(graded: Graded, name: str) -> str:
    result = graded.results.get(name)
    return (f"{letters(result)}, {result.status}, {result.reason[:200]}" if result else "no row")


def check_kinds(image: str) -> Iterator[str]:
    """Which kinds of checks have another verdict in together mode in the container than in Otter.

    Where Python or a library is another one in the image, a few must differ; `KINDS_DIFFER`.
    """
    with tempfile.TemporaryDirectory() as folder:
        archive = write_kinds(Path(folder, "autograder.zip"))
        path = write_notebook(Path(folder, "right.ipynb"), *cells(right=True, at_end=False))
        theirs = otter_scores(archive, path)
        with Supervisor(read_autograder(archive), Limits(), Isolation(CONTAINER, image)) as ours:
            result = ours.grade(path, "right", path.name, "digest")
    for question in result.questions:
        if question.score != theirs[question.name] and question.name[:-2] not in KINDS_DIFFER:
            yield (f"{question.name} in the container: {question.score}, and "
                   f"{theirs[question.name]} by otter run: {question.checks[0].reason[:200]}")


def check_without_otter(image: str) -> Iterator[str]:
    """Whether an image without otter-grader is told so in one message."""
    bare = f"{image}-bare"
    dockerfile = f"FROM {image}\nRUN rm -rf /opt/otter/lib/python3*/site-packages/otter\n"
    subprocess.run(["docker", "build", "--network=none", "-t", bare, "-"], check=True,
                   input=dockerfile, text=True, capture_output=True,
                   env=os.environ | {"DOCKER_BUILDKIT": "0"})
    try:
        start_fork_server(Isolation(CONTAINER, bare), together=True).close()
        yield "an image without otter-grader can grade in together mode"
    except ContainerGone as error:
        if "otter" not in error.found:
            yield f"an image without otter-grader is told: {error}"
    finally:
        subprocess.run(["docker", "image", "rm", bare], check=False, capture_output=True)
