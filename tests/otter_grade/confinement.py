"""What student code can and cannot do in the container of `homework grade --container`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from autograder.sandbox.client import CONTAINER, ContainerGone, Isolation, start_fork_server
from tests.hostile.corpus import CASES
from tests.hostile.homework import CANARIES
from tests.test_hostile import grade_corpus
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
    "can write to its scratch folder only": """
        assert os.getcwd() == "/tmp" and os.listdir() == []
        open("/tmp/mine", "w").close()
        for place in ("/", "/root", "/etc", "/usr", "/var/tmp", "/dev", "/dev/shm"):
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
    "finds nothing of the one before": """
        import os
        assert os.listdir("/tmp") == []
        assert sorted(int(name) for name in os.listdir("/proc") if name.isdigit()) == [
            1, os.getpid()]
    """,
}
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
    """Which hostile submissions gained or lost points in the container, or carried secrets out."""
    with tempfile.TemporaryDirectory() as folder:
        graded = grade_corpus(Path(folder), list(CASES), Isolation(CONTAINER, image), [])
    for name, case in CASES.items():
        result = graded.results.get(name)
        if result is None or result.score != case.score:
            found = "no row" if result is None else f"{result.score}, {result.reason}"
            yield f"hostile {name} in the container: {case.score} points expected, found {found}"
        for canary in CANARIES:
            if canary in graded.shown.get(name, ""):
                yield f"hostile {name} in the container shows {canary}"
