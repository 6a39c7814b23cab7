"""A student's notebook inside its worker: IPython without a terminal, an Otter without tests.

Runs in the disposable process only. Cells run as under Jupyter, except that what they print and
display is thrown away, that `!` and `%pip` are refused, and that `import otter` gives a stand-in:
the checks of a question are run by the grader, from outside, when the notebook reaches
`grader.check(...)`.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import sys
import types
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

PREIMPORTED = ("matplotlib.pyplot",)
"""What most notebooks import; imported once by the fork server, inherited by every worker."""

MAX_PRINTED = 100_000
REFUSED = "shell commands are not run while a notebook is graded"


def warm_shell() -> InteractiveShell:
    """The shell that every worker inherits, with an empty notebook in it.

    What is not installed is left out: then the student's own import fails, as under otter.
    """
    for name in PREIMPORTED:
        with contextlib.suppress(ImportError):
            __import__(name)
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell.instance(config=config)
    shell.system = shell.system_raw = shell.system_piped = _refuse  # type: ignore[method-assign]
    shell.getoutput = _refuse  # type: ignore[method-assign]
    shell.register_magic_function(  # pictures are drawn without a display
        _ignore, "line", "matplotlib"  # type: ignore[arg-type]
    )
    shell.showtraceback = shell.showsyntaxerror = _ignore  # type: ignore[method-assign]
    sys.modules["otter"] = otter_stand_in()
    shell.run_cell("pass", store_history=False, silent=True)  # so that no worker pays for the first
    return shell


class Notebook:
    """The student's notebook, run cell by cell; answers the grader's questions."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        random.seed(0)
        np.random.seed(0)

    def answer(self, verb: str, values: tuple[Any, ...]) -> Any:
        """`run` a cell, `get` names of the notebook, `call` a function, or keep a `file`.

        For doctests also: `has` it these names? and call a function `aloud`, with what it prints.
        """
        if verb == "run":
            return self.run(*values)
        if verb == "get":
            return [self.shell.user_ns.get(name) for name in values]
        if verb == "has":
            return [name in self.shell.user_ns for name in values]
        if verb == "aloud":
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                result = self.answer("call", values)
            return printed.getvalue()[:MAX_PRINTED], result
        if verb == "call":
            function, args, kwargs = values
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return function(*args, **(kwargs or {}))
        if verb == "file":
            name, data = values
            target = Path(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            return target.write_bytes(data)
        raise ValueError("not a question")

    def run(self, source: str) -> tuple[str, str, str]:
        """Run one cell: how it ended ('ok', 'error', 'syntax'), class and text of its error."""
        code = self._plain_python(source)
        if code is None:
            outcome = self.shell.run_cell(source, store_history=False, silent=True)
            error = outcome.error_before_exec or outcome.error_in_exec
        else:
            error = self._execute(code)
        if error is None:
            return "ok", "", ""
        kind = "syntax" if isinstance(error, SyntaxError) else "error"
        return kind, type(error).__name__, _text(error)


    def _plain_python(self, source: str) -> types.CodeType | None:
        """The cell compiled, if it is Python without anything that only IPython understands.

        IPython reads a cell several times before it runs it, which takes as long as most cells.
        It alone knows magics, and a line of its own may be one without a sign (`ls`).
        """
        if len(source.split("\n", 1)) < 2:
            return None
        try:
            compiler = self.shell.compile
            name = compiler.cache(source, raw_code=source)  # so that inspect finds the source
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                code: types.CodeType = compiler(source + "\n", name, "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        return code

    def _execute(self, code: types.CodeType) -> BaseException | None:
        """Run a compiled cell as IPython would; the error that ended it."""
        try:
            with self.shell.builtin_trap:
                exec(code, self.shell.user_ns)
        except BaseException as error:  # also SystemExit, by which a cell ends itself alone
            return error
        return None


def otter_stand_in() -> types.ModuleType:
    """A module `otter` whose Notebook does nothing; student code never meets the real one."""
    module = types.ModuleType("otter")
    methods = ("check", "check_all", "export", "to_pdf", "run_plugin", "add_plugin_files")
    body = dict.fromkeys(methods, _ignore)
    module.Notebook = type("Notebook", (), {"__init__": _ignore, **body})  # type: ignore[attr-defined]
    return module


def _ignore(*_args: object, **_kwargs: object) -> None:
    return None


def _refuse(*_args: object, **_kwargs: object) -> None:
    raise PermissionError(REFUSED)


def _text(error: BaseException) -> str:
    try:
        return str(error)[:2000]
    except Exception:
        return ""


def silence() -> None:
    """Send everything the worker prints to nowhere, and give it nothing to read."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
