"""What grades one submission stays on one processor."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from autograder.sandbox.resources import keep_on, this_processor

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processors are chosen on Linux")


def test_a_process_and_what_it_starts_stay() -> None:
    processor = this_processor()
    assert processor in os.sched_getaffinity(0)
    shell = subprocess.Popen(["/bin/sh", "-c", "read go; nproc"], text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    keep_on(processor, shell.pid)
    assert os.sched_getaffinity(shell.pid) == {processor}
    assert shell.communicate("go\n")[0] == "1\n"


@pytest.mark.parametrize("processor", [None, 9999])
def test_what_cannot_be_had_changes_nothing(processor: int | None) -> None:
    before = os.sched_getaffinity(0)
    keep_on(processor)
    assert os.sched_getaffinity(0) == before


def test_a_process_that_has_ended_is_no_error() -> None:
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    keep_on(this_processor(), gone.pid)
