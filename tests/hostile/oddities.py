"""Honest work that looks unusual. None of it may lose a point."""
# ruff: noqa: B018, E731, F401, F821, F841, SIM115

from tests.hostile.corpus import (
    ANSWERS,
    CELL_ERROR,
    CHECKS,
    HONEST,
    SETUP,
    as_file,
    cells,
    code,
    file,
)


@code()
def nothing_unusual() -> None:
    """The right answers, for comparison."""


@file(HONEST, "Completed")
def redefines_a_function_later() -> bytes:
    """A function overwritten further down does not change the score of an earlier question."""
    return as_file([SETUP, ANSWERS, CHECKS[0], "double = descend = None", "x = 1",
                    ANSWERS.replace("def double", "def other"), *CHECKS[1:], "descend = 3"])


@code()
def prints_a_lot() -> None:
    """Progress bars and tables."""
    import sys
    for step in range(2_000):
        print(f"\r{step:5d} " + "#" * (step // 50), end="", flush=True)
        sys.stdout.write("\x1b[A")
    for _ in range(50):
        print(np.arange(100))


@code()
def keeps_global_state() -> None:
    """Functions that count and remember."""
    calls, cache = 0, {}

    def double(x):
        global calls
        calls += 1
        return cache.setdefault(str(x), x + x)

    # %%
    assert double(1) == 2 and calls == 1


@code()
def seeds_the_global_generator() -> None:
    """np.random.seed and its friends, used between."""
    import random
    np.random.seed(42)
    random.seed(42)
    start = np.random.rand(3)

    def double(x):
        np.random.seed(0)
        np.random.shuffle(start)
        return 2 * x


@code()
def decorated_functions() -> None:
    """functools.wraps, lru_cache, a decorator with arguments, a class that wraps."""
    import functools

    class Counted:
        def __init__(self, function):
            self.function, self.calls = function, 0

        def __call__(self, *args):
            self.calls += 1
            return self.function(*args)

    def times(n):
        def decorate(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                for _ in range(n):
                    result = function(*args, **kwargs)
                return result
            return wrapper
        return decorate

    @times(1)
    def double(x):
        return x * 2

    @Counted
    @times(1)
    def descend(grad, w, steps):
        for _ in range(steps):
            w = w - 0.1 * grad(w)
        return w

    @functools.lru_cache
    def treasure(clue):
        return ""


@code()
def other_kinds_of_callables() -> None:
    """lambda, partial, bound method, classmethod, operator, an object that can be called."""
    import functools
    import operator

    class Optimizer:
        rate = 0.1

        @classmethod
        def descend(cls, grad, w, steps):
            return w if steps == 0 else cls.descend(grad, w - cls.rate * grad(w), steps - 1)

    double = functools.partial(operator.mul, 2)
    descend = Optimizer.descend
    treasure = lambda clue: ""


@code()
def generators_and_recursion() -> None:
    """A loop written as a generator, and one as recursion."""
    def steps_of(grad, w, steps):
        for _ in range(steps):
            w = w - 0.1 * grad(w)
            yield w

    def descend(grad, w, steps):
        *_, last = steps_of(grad, w, steps)
        return last

    def sum_of(parts):
        return parts[0] if len(parts) == 1 else parts[0] + sum_of(parts[1:])

    def double(x):
        return sum_of([x, x])


@code()
def returns_lists_and_tuples() -> None:
    """A list where an array is meant, a numpy number where a number is."""
    def double(x):
        if isinstance(x, int):
            return np.int64(x * 2)
        return x * 2 if isinstance(x, str) else [2 * float(v) for v in x]

    def descend(grad, w, steps):
        for _ in range(steps):
            w = np.asarray(w) - 0.1 * np.asarray(grad(w))
        return w[()] if w.ndim == 0 else tuple(w)


@code()
def warns_and_forbids_warnings() -> None:
    """Warnings as errors and numpy's errors raised, set by the student for their own cells."""
    import warnings
    warnings.simplefilter("error")
    np.seterr(all="raise")

    def double(x):
        warnings.warn("deprecated", DeprecationWarning, stacklevel=2)
        return x + x


@code()
def replaces_standard_output() -> None:
    """A sys.stdout of the student's own."""
    import io
    import sys
    sys.stdout = io.StringIO()
    sys.stderr = open("errors.txt", "w")
    print("kept")

    def double(x):
        print(x)
        return x + x


@code()
def works_with_files() -> None:
    """Temporary files, a changed folder, the file that came with the homework."""
    import os
    import pathlib
    import pickle
    import tempfile
    table = np.genfromtxt("handed_out.csv", delimiter=",", skip_header=1)
    assert table.tolist() == [1.0, 2.0]
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/a.npy", table)
        assert np.load(f"{folder}/a.npy").sum() == 3
    os.makedirs("data", exist_ok=True)
    os.chdir("data")
    pathlib.Path("cache.pkl").write_bytes(pickle.dumps(table))
    assert pathlib.Path.home().is_dir()


@code()
def type_hints_everywhere() -> None:
    """Annotations, dataclasses, generics and overloads."""
    from dataclasses import dataclass
    from typing import Any, Protocol, TypeVar
    T = TypeVar("T", int, str, np.ndarray)

    class Gradient(Protocol):
        def __call__(self, w: np.ndarray) -> np.ndarray: ...

    @dataclass
    class State:
        w: Any
        steps: int = 0

    def double(x: T) -> T:
        return x + x

    def descend(grad: Gradient, w: "np.ndarray | float", steps: int) -> "np.ndarray | float":
        state = State(w)
        while state.steps < steps:
            state = State(state.w - 0.1 * grad(state.w), state.steps + 1)
        return state.w


@cells()
def star_imports() -> list[str]:
    """Everything imported under its bare name, built-ins overwritten."""
    return ["from numpy import *\nfrom math import *\nfrom numpy.random import *",
            "def double(x):\n    return add(x, x) if isinstance(x, ndarray) else 2 * x",
            "abs(-1), sum([1, 2]), seed(3)"]


@cells()
def names_of_modules_reused() -> list[str]:
    """Variables called like modules, and modules called like variables."""
    return ["import numpy as numpy\nlist = [1, 2]\ndict = str = input = list",
            "math = 3\nid = type = 7",
            "import numpy as double_np\njson = os = sys = 1\nnp_ = np\nnp = double_np"]


@cells()
def asynchronous() -> list[str]:
    """Top-level await, as notebooks allow it, and an event loop of one's own in a thread."""
    return ["import asyncio\nfrom concurrent.futures import ThreadPoolExecutor",
            "await asyncio.sleep(0)",
            "async def later(x):\n    await asyncio.sleep(0)\n    return x + x",
            "two = await later(1)\nassert two == 2",
            "def double(x):\n    with ThreadPoolExecutor(1) as pool:\n"
            "        return pool.submit(lambda: asyncio.run(later(x))).result()"]


@cells()
def a_very_long_cell() -> list[str]:
    """Thousands of lines, and one line of a hundred thousand characters."""
    return ["\n".join(f"x{n} = {n}" for n in range(4_000)), "text = '" + "x" * 100_000 + "'"]


@cells()
def names_in_other_scripts() -> list[str]:
    """Chinese, Greek and mathematical identifiers; full-width letters mean the same name."""
    return ["学习率 = 0.1\nλ = 学习率\ndef 下降(梯度, 权重, 步数):\n    for _ in range(步数):\n"
            "        权重 = 权重 - λ * 梯度(权重)\n    return 权重\ndescend = 下降",
            "ｄｏｕｂｌｅ = lambda x: x + x\nassert double(2) == 4\n𝐱 = 1\nassert x == 1"]


@code()
def shows_rich_things() -> None:
    """display, HTML, Markdown, Image, widgets that are not installed."""
    from IPython.display import HTML, Image, Markdown, clear_output, display
    display(HTML("<b>x</b>"), Markdown("**x**"), np.eye(2))
    clear_output(wait=True)
    display(Image(data=b"\x89PNG\r\n\x1a\n", format="png"))
    HTML("<table></table>")


@code()
def uses_threads_and_processes() -> None:
    """A thread pool, a subprocess, multiprocessing with a handful of workers."""
    import subprocess
    from concurrent.futures import ThreadPoolExecutor
    from multiprocessing import get_context

    def square(x):
        return x * x

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(square, range(8)))[-1] == 49
    assert subprocess.run(["echo", "hello"], capture_output=True).stdout == b"hello\n"
    reader, writer = get_context("fork").Pipe()
    child = get_context("fork").Process(target=writer.send, args=(square(3),))
    child.start()
    assert reader.recv() == 9
    child.join()


@code()
def uses_signals_and_timers() -> None:
    """An alarm that has been set and cleared, a handler for Ctrl-C."""
    import signal
    signal.signal(signal.SIGALRM, lambda *a: None)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        pass
    else:
        raise AssertionError("Ctrl-C was ignored")


@code()
def defines_classes_of_layers() -> None:
    """Classes with inheritance, properties, slots, operators and metaclasses."""
    import abc

    class Layer(abc.ABC):
        __slots__ = ("w",)

        @abc.abstractmethod
        def __matmul__(self, other): ...

    class Twice(Layer):
        @property
        def factor(self):
            return 2

        def __matmul__(self, other):
            return other * self.factor

    def double(x):
        return Twice() @ x


@code()
def works_in_single_precision() -> None:
    """float32, integers and arrays in Fortran's order or with strides."""
    def descend(grad, w, steps):
        w = np.asfortranarray(np.atleast_1d(np.asarray(w, dtype=np.float32)))
        for _ in range(steps):
            w = w - np.float32(0.1) * np.asarray(grad(w))
        return w[0] if w.size == 1 else w[::-1][::-1]

    def double(x):
        return x + x if not hasattr(x, "shape") else np.stack([x, x], 1)[:, ::2].T[0] * 2


@cells()
def cells_that_are_odd() -> list[str]:
    """Empty cells, comments only, a trailing question mark, tabs, form feeds, semicolons."""
    return ["", "# only a comment", "x = 1;", "if True:\n\tx = 2\n\ty = 3", "\x0cz = 4",
            "_ = __ = 5", "1 +\\\n 1", "'''a text'''", "lambda: (yield)", "print",
            "x: int", "...", "\u00a0"]


@code(HONEST, CELL_ERROR)
def an_error_in_a_cell() -> None:
    """A cell that fails costs nothing but what it defines."""
    1 / 0
    # %%
    import no_such_module
    # %%
    extra = 1


@code()
def takes_the_clock_and_the_machine() -> None:
    """Time, platform, number of processors, user, host and home can all be asked."""
    import getpass
    import os
    import platform
    import socket
    import time
    assert time.time() > 0 and os.cpu_count() and platform.system() and socket.gethostname()
    assert getpass.getuser() and os.path.expanduser("~") and os.getcwd()


@code()
def reloads_and_reimports() -> None:
    """importlib.reload, a module's attribute changed, a late import in a function."""
    import importlib
    import json
    importlib.reload(json)
    np.set_printoptions(precision=2)
    np.float_ = float

    def double(x):
        import numpy as fresh
        return fresh.add(x, x) if hasattr(x, "shape") else x + x


@code()
def exports_at_the_end() -> None:
    """What Otter's notebooks end with."""
    grader.check_all()
    grader.export(pdf=False, force_save=True, run_tests=True)
    grader.to_pdf()
    from otter import Notebook
    Notebook(tests_dir="tests")
