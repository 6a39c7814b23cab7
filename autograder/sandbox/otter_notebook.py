"""Together mode inside a worker: Otter's own Notebook and test files among the student's objects.

The zip's test files lie in `tests/` beside the notebook, as with `otter run`. Otter's own classes
read and run them, at the cells that call `grader.check(...)` and at the end, in the process of the
student's code. The grader is told of each test case before it runs and after it: so it knows what
to blame when the process ends, and can stop a case that takes too long.

As with Otter, a submission could read the tests or forge its own results. It cannot change what
the tests are worth, nor the results of another submission.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from autograder.rpc.frames import PeerGone, ProtocolError
from autograder.rpc.peer import Peer
from autograder.sandbox.notebook_shell import ShellNotebook

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Otter's own imports raise warnings
    try:
        import ipykernel  # noqa: F401 (libraries take this for a sign that they run in a kernel)
        import otter
        from otter.execute import Checker
        from otter.nbmeta_config import NBMetadataConfig
        from otter.test_files import TestCase, TestFile, create_test_file
    except ImportError as error:
        sys.exit(f"otter-grader cannot be imported ({error}), and the zip's tests need it")

MAX_TEXT = 2_000
EXCEPTION = re.compile(r"^ *([A-Za-z_]\w*(?:Error|Exception|Iteration))(?::|$)", re.MULTILINE)
"""The line that names an exception in Otter's message about a failed case."""
Report = Callable[..., bool]


class TogetherNotebook(ShellNotebook):
    """A student's notebook, with Otter's tests in the same process; use one in a process.

    It asks the grader `began` (may this case of this question be run?) and `ended` (and how).
    """

    IN_LOOP = ("run", "check")

    def __init__(self, shell: Any, peer: Peer) -> None:
        super().__init__(shell)
        self._folder = Path.cwd() / "tests"
        self._tests: dict[str, bytes] = {}
        self._peer = peer
        Checker.check = self._check
        otter.Notebook._log_event = lambda *_args, **_kwargs: None
        otter.Notebook._resolve_nb_path = _existing  # a notebook may be handed in under any name
        otter.Notebook.init_grading_mode(str(self._folder))

    def answered(self, verb: str, values: tuple[Any, ...]) -> Any:
        """`tests` keeps a test file; `check` runs it, and says why if it cannot be loaded."""
        if verb == "tests":
            name, self._tests[name] = values
            return self._restore(name)
        if verb == "check":
            (question,) = values
            return self.run_in_loop(self._check_at_end(self._path(question)))
        return super().answered(verb, values)

    async def _check_at_end(self, path: Path) -> str:
        """Run a test file outside of any cell; why it cannot be loaded, or ""."""
        try:
            self._check(path, NBMetadataConfig(), None, self.shell.user_ns)
        except Exception as error:
            return f"{type(error).__name__}: {error}"[:MAX_TEXT]
        return ""

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.py"

    def _restore(self, name: str) -> None:
        """Write the test file, in case that the student's code has moved or changed it."""
        self._folder.mkdir(exist_ok=True)
        self._path(name).write_bytes(self._tests[name])

    def _check(
        self, path: str | Path, nbmeta_config: NBMetadataConfig, test_name: str | None = None,
        global_env: dict[str, Any] | None = None,
    ) -> TestFile:
        """Replacement for `otter.execute.Checker.check` that reports to the grader."""
        question = Path(path).stem
        if question in self._tests:
            self._restore(question)
        test = create_test_file(str(path), nbmeta_config, test_name=test_name)
        names = sys._getframe(1).f_globals if global_env is None else global_env
        if question in self._tests and threading.current_thread() is threading.main_thread():
            _run(test, names, question, self._report)
        else:  # another thread must not talk with the grader; the question is checked at the end
            test.run(names)
        return test

    def _report(self, *values: Any) -> Any:
        """Ask the grader; a child that the student's code has forked ends here."""
        if not self.is_own_process():
            os._exit(0)
        return self._peer.request(*values)


def _run(test: TestFile, names: dict[str, Any], question: str, report: Report) -> None:
    """Run all cases; an exception that ends Otter's own loop (SystemExit) fails one case only."""
    cases, results = test.test_cases, []
    reported = _Reported(test, names, question, report)
    test.test_cases = reported
    try:
        while reported.position < len(cases):
            try:
                test.run(names)
            except (PeerGone, ProtocolError):
                raise
            except BaseException as error:
                reported.ended(False, type(error).__name__, _text(error))
            results += test.test_case_results
    finally:
        test.test_cases, test.test_case_results = cases, results


class _Reported(list[TestCase]):
    """The cases of a test file; a loop over them, such as Otter's, reports each to the grader.

    `position` is that of the next case.
    """

    def __init__(
        self, test: TestFile, names: dict[str, Any], question: str, report: Report
    ) -> None:
        super().__init__(test.test_cases)
        self.position = 0
        self._test, self._names, self._question, self._report = test, names, question, report

    def __iter__(self) -> Iterator[TestCase]:
        while self.position < len(self):
            case = self[self.position]
            self.position += 1
            if self._report("began", self._question, self.position - 1):
                yield case
                result = self._test.test_case_results[-1]
                self.ended(bool(result.passed), *self._why(case, result.message or ""))

    def ended(self, passed: bool, kind: str, text: str) -> None:
        """Report how the case that was begun last has ended."""
        self._report("ended", self._question, self.position - 1, passed, kind, text[:MAX_TEXT])

    def _why(self, case: TestCase, message: str) -> tuple[str, str]:
        """The class of the exception that a case failed with, if any, and Otter's message."""
        is_doctest = isinstance(case.body, str)
        arguments = [] if is_doctest else case.body._get_func_params()
        missing = [name for name in arguments if name != "env" and name not in self._names]
        if missing:
            return "NameError", f"not defined: {', '.join(missing)}"
        text = message.partition("\n")[2].strip()
        if is_doctest and "Exception raised:\n" not in text:
            return "", text
        found = EXCEPTION.search(text.rpartition("Exception raised:\n")[2])
        return (found[1] if found else ""), text


def _existing(_self: object, path: str | None, **_kwargs: object) -> str | None:
    """The notebook's path, or None if the file has another name here."""
    return path if path and os.path.isfile(path) else None


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""
