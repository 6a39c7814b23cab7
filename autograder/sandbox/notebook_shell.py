"""A student's notebook inside its worker: IPython without a terminal.

This module runs in the worker only. Cells run as under Jupyter, with two differences: their output
is discarded, and shell commands and installing magics do nothing but print one line that says so.

Unless the homework is graded in together mode, `import otter` gives a module that does nothing: the
grader runs the checks of a question from outside when the notebook reaches `grader.check(...)`.
Together mode is in `autograder.sandbox.otter_notebook`, which imports Otter; this module must not.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import contextlib
import contextvars
import getpass
import inspect
import io
import os
import random
import re
import sys
import types
import warnings
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from IPython.core.compilerop import CachingCompiler
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import SList
from traitlets import Type
from traitlets.config import Config

from autograder.rpc.warm_up import TIMES

PREIMPORTED = ("matplotlib.pyplot",)
"""What most notebooks import; imported once by the fork server, inherited by every worker."""
COLUMNS = 20
"""The number of columns of a table that pandas prints in a kernel."""
ARGUMENTS = ["ipykernel_launcher.py", "-f", "kernel.json"]
"""Of the command line, as a kernel has them."""

BACKEND = "module://matplotlib_inline.backend_inline"
"""As in Jupyter: a figure is closed when its cell has ended."""

NOT_RUN = "not run while the notebook is graded"
PROMPT = "In ["
"""A cell copied with its prompt, `In [1]: x = 5`, is Python too, but means `x = 5`."""
LAST_STATEMENT = re.compile(r"^(?=[^\s#])(\w*)", re.MULTILINE)
DEFINITIONS = ["def"], ["class"], ["import"], ["from"]
"""The first words of statements that have no value."""
MUTED_MAGICS = (
    "bash", "sh", "script", "system", "sx", "sc", "perl", "ruby", "pypy", "pip", "conda", "mamba",
    "micromamba", "uv", "cd", "pushd", "popd", "bookmark", "store", "edit", "gui", "matplotlib",
    "autosave", "clear", "cls", "less", "more", "man", "connect_info", "qtconsole", "subshell",
    "rehashx",
)
"""Magics that install, run other programs, change folders, or need a person, a display or a kernel.
"""
SOME_CELL = """import numpy as np

def function(x, *more, **keywords):
    '''What cells of notebooks are made of.'''
    y = np.zeros((3, 4))
    for i in range(3):
        y[i] = np.exp(-y[i]).sum(axis=0, keepdims=True)
    return [row for row in y if row is not None]

function(1)
del function, np
"""
"""A cell that is run before workers are forked."""


class CellCompiler(CachingCompiler):
    """IPython's compiler, which is given the code of some cells as a whole (`reader`)."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.known: dict[tuple[str, str], ast.AST | None] = {}

    def ast_parse(self, source: str, filename: str = "<unknown>", symbol: str = "exec") -> ast.AST:
        """The tree of a cell; that of a known cell only once."""
        known = self.known.pop((source, filename), None)
        return known or super().ast_parse(source, filename, symbol)

    def __call__(self, source: Any, *given: Any, **options: Any) -> Any:
        """The code of a tree or a text."""
        statements = source.body if isinstance(source, ast.Module) else ()
        code = getattr(statements[0], "code", None) if statements else None
        return code or super().__call__(source, *given, **options)


class NoKernel:
    """Stands for a kernel: whatever a library asks it to do is not done."""

    def __getattr__(self, name: str) -> NoKernel:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_args: object, **_kwargs: object) -> None:
        return None


class ZMQInteractiveShell(InteractiveShell):
    """A shell with the name and attributes of a kernel's: libraries ask before they print."""

    compiler_class = Type(CellCompiler)

    kernel = NoKernel()

    def ask_exit(self) -> None:
        """What `exit()` and `quit()` call: the cells below are graded all the same."""


def warm_shell(imports: Sequence[str] = ()) -> InteractiveShell:
    """The shell that every worker inherits, with an empty notebook in it; `imports` are modules.

    What is not installed is left out: then the student's own import fails, as under otter.
    """
    os.environ["MPLBACKEND"] = BACKEND
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.IPKernelApp.quiet = True  # libraries take who has this for a kernel
    shell: Any = ZMQInteractiveShell.instance(config=config)
    shell.db = {}  # its own lies in the home folder, where a worker cannot write
    # Not before there is a shell, which closes figures after their cell.
    for name in (*PREIMPORTED, *imports):
        with contextlib.suppress(ImportError):
            __import__(name)
    if pandas := sys.modules.get("pandas"):  # imported before the shell, it expects a terminal
        pandas.set_option("display.max_columns", COLUMNS)
    _mute(shell)
    shell.transform_cell = reader(shell)
    shell.showtraceback = shell.showsyntaxerror = _ignore
    for _ in range(TIMES):  # so that no worker begins cold
        shell.run_cell(SOME_CELL, store_history=False, silent=True)
    made: InteractiveShell = shell
    return made


def reader(shell: Any) -> Callable[[str], str]:
    """A function from a cell to Python code: IPython's own transformation, where one is needed.

    IPython splits every cell into tokens, which takes as long as most cells take to run. A cell of
    several lines that is Python comes out of that as it went in. IPython then compiles its
    statements one by one, since it displays the value of a last expression. A cell that ends in a
    definition has none, and its text is compiled at once, without a tree, in half the time.
    """
    read: Callable[[str], str] = shell.transform_cell
    compiler: CellCompiler = shell.compile

    def transformed(cell: str) -> str:
        text = cell.strip()
        if "\n" not in text or text.startswith(PROMPT) or shell.input_transformers_post:
            return read(cell)
        python = cell if cell.endswith("\n") else cell + "\n"
        last = LAST_STATEMENT.findall(text)[-1:]  # none where all is comments
        at_once = last in DEFINITIONS and not shell.ast_transformers
        try:
            name = compiler.get_code_name(cell, python, shell.execution_count)
            with warnings.catch_warnings(), compiler.extra_flags(ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
                warnings.simplefilter("ignore")
                tree = (_standing_for(compiler(python, name, "exec")) if at_once
                        else compiler.ast_parse(python, name))
        except Exception:  # IPython will find the same, and say what it says
            return read(cell)
        compiler.known = {(python, name): tree}
        return python

    return transformed


def _standing_for(code: types.CodeType) -> ast.AST | None:
    """A tree of one statement that `CellCompiler` compiles to `code`; None where that awaits."""
    if code.co_flags & inspect.CO_COROUTINE:
        return None
    statement: Any = ast.Pass()
    statement.code = code
    return ast.Module([statement], [])


def _mute(shell: InteractiveShell) -> None:
    """Disable shell commands, installing magics and the display of pictures."""
    for name in ("system", "system_raw", "system_piped", "getoutput"):
        setattr(shell, name, _do_nothing)
    shell.enable_gui = _ignore  # type: ignore[method-assign]
    for name in MUTED_MAGICS:
        def muted(line: str, cell: str | None = None, name: str = name) -> SList:
            return _do_nothing(f"%{name} {line}")

        shell.register_magic_function(muted, "line_cell", name)  # type: ignore[arg-type]
    shell.register_magic_function(
        lambda _line: shell.enable_pylab("inline"), "line", "pylab"  # type: ignore[arg-type]
    )
    if formatter := shell.display_formatter:
        formatter.active_types = ["text/plain"]  # pictures need not be drawn
    if matplotlib := sys.modules.get("matplotlib"):
        use = vars(matplotlib)["use"]
        vars(matplotlib)["use"] = lambda backend, **_: use(backend, force=False)


class ShellNotebook:
    """The student's notebook, run cell by cell; answers the grader's questions.

    All code runs as in a kernel, in an event loop that is running. To run a loop for each call of a
    function would take long, so it is only said to be running; `IN_LOOP` really runs in one.
    """

    IN_LOOP: tuple[str, ...] = ("run",)

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self._process = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._context = contextvars.copy_context()
        alone = shell.should_run_async
        shell.should_run_async = lambda *given, **options: (  # type: ignore[method-assign]
            asyncio._get_running_loop() is None or alone(*given, **options))
        shell.loop_runner = self.run_in_loop
        random.seed(0)
        np.random.seed(0)

    def run_in_loop(self, cell: Coroutine[Any, Any, Any]) -> Any:
        """Run a cell; its context variables stay for what runs later."""
        return self._loop.run_until_complete(self._loop.create_task(cell, context=self._context))

    def answer(self, verb: str, values: tuple[Any, ...]) -> Any:
        """Answer a question; a child that the student's code has forked ends here."""
        try:
            if verb in self.IN_LOOP or asyncio._get_running_loop():  # asked while it answers
                return self.answered(verb, values)
            asyncio._set_running_loop(self._loop)
            try:
                return self._context.run(self.answered, verb, values)
            finally:
                asyncio._set_running_loop(None)
        finally:
            if not self.is_own_process():
                os._exit(0)

    def is_own_process(self) -> bool:
        """Whether this is the process that talks with the grader, and not a child of it."""
        return os.getpid() == self._process

    def answered(self, verb: str, values: tuple[Any, ...]) -> Any:
        """`run` a cell, `get` names of the notebook, `call` a function, or keep a `file`."""
        if verb == "run":
            return self.run(*values)
        if verb == "get":
            return [self.shell.user_ns.get(name) for name in values]
        if verb == "call":
            function, args, kwargs = values
            with warnings.catch_warnings(action="ignore"):
                return function(*args, **(kwargs or {}))
        if verb == "file":
            name, data = values
            target = Path(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            return target.write_bytes(data)
        raise ValueError("not a question")

    def run(self, source: str) -> tuple[str, str, str]:
        """Run one cell: how it ended ('ok', 'error', 'syntax'), class and text of its error.

        The text begins with the line of the cell, as in `line 2: ...`, where that is known.
        """
        outcome = self.shell.run_cell(source, store_history=True)
        error = outcome.error_before_exec or outcome.error_in_exec
        if error is None:
            return "ok", "", ""
        unread = isinstance(outcome.error_before_exec, SyntaxError)
        line = outcome.error_before_exec.lineno if unread else self._line_of(error)
        kind = "syntax" if unread else "error"  # code that a cell runs may have one too
        return kind, type(error).__name__, (f"line {line}: " if line else "") + _text(error)

    def _line_of(self, error: BaseException) -> int | None:
        """The line of the cell that was being executed."""
        trace = error.__traceback__
        while trace and trace.tb_frame.f_globals is not self.shell.user_ns:
            trace = trace.tb_next
        return trace.tb_lineno if trace else None


def otter_stub() -> types.ModuleType:
    """A module `otter` whose Notebook does nothing; student code never meets the real one."""
    module = types.ModuleType("otter")
    methods = ("check", "check_all", "export", "to_pdf", "run_plugin", "add_plugin_files")
    body = dict.fromkeys(methods, _ignore)
    module.Notebook = type("Notebook", (), {"__init__": _ignore, **body})  # type: ignore[attr-defined]
    return module


def _ignore(*_args: object, **_kwargs: object) -> None:
    return None


def _do_nothing(command: str, *_args: object, **_kwargs: object) -> SList:
    """Replacement for a shell command; the empty list is the value of `x = !ls`."""
    print(f"{NOT_RUN}: {str(command).strip()}")
    return SList()


def _text(error: BaseException) -> str:
    try:
        return str(error.msg if isinstance(error, SyntaxError) else error)[:2000]
    except Exception:
        return ""


class Nowhere(io.TextIOBase):
    """The standard output of a kernel, discarded; it has no `buffer`."""

    encoding = "UTF-8"

    def __init__(self, number: int, name: str) -> None:
        self._number, self.name = number, name

    def fileno(self) -> int:
        return self._number

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        return len(text)


def behave_as_a_kernel() -> None:
    """Arguments, input and output as in the kernel of a notebook that nobody sits at."""
    sys.argv = sys.orig_argv = list(ARGUMENTS)
    sys.stdout, sys.stderr = Nowhere(1, "stdout"), Nowhere(2, "stderr")
    builtins.input = getpass.getpass = _ask_nobody


def _ask_nobody(*_args: object, **_kwargs: object) -> NoReturn:
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )


def silence() -> None:
    """Discard the output of the worker, and give it an empty input."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
