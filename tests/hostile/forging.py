"""Tries to earn points without the right function, or to have a failure counted as none.

Functions that are wrong are there to be helped by the forgery; the checks must see through it.
"""
# ruff: noqa: F401, F821, F841, SIM105

from tests.hostile.corpus import CELL_ERROR, EXITED, HONEST, TIMED_OUT, cells, code

WRONG_DOUBLE = "FFFP PP F"


@code(WRONG_DOUBLE)
def patches_numpy() -> None:
    """A comparison that always says yes says so in the worker only."""
    import numpy.testing
    for name in ("allclose", "array_equal", "isclose", "all", "array_equiv"):
        setattr(np, name, lambda *a, **k: True)

    def double(x):
        return 0


@code(WRONG_DOUBLE)
def patches_builtins() -> None:
    """Names that every check uses are the grader's own."""
    import builtins
    builtins.all = builtins.any = lambda *a: True
    builtins.abs = lambda *a: 0
    builtins.AssertionError = type("Quiet", (Exception,), {})

    def double(x):
        return 0


@code(WRONG_DOUBLE, TIMED_OUT)
def patches_what_the_wire_is_made_of() -> None:
    """A worker that cannot speak any more is ended; the cell that broke it is left out."""
    def double(x):
        return 0
    # %%
    import builtins
    import json
    builtins.len = builtins.isinstance = lambda *a: 0
    json.dumps = lambda *a, **k: '["ok", 1, 42, []]'
    json.loads = lambda *a, **k: ["ok", 1, 42, []]


@code(WRONG_DOUBLE, CELL_ERROR)
def patches_ipython() -> None:
    """The shell of the worker has no say in what a check finds."""
    def double(x):
        return 0

    shell = get_ipython()
    type(shell).run_cell = lambda *a, **k: None
    shell.user_ns = dict(shell.user_ns)


@code(WRONG_DOUBLE)
def replaces_the_grader() -> None:
    """`grader` in the notebook is a stand-in: to replace it changes nothing."""
    import sys

    class Grader:
        score = 1e9

        def check(self, *names):
            return "passed"

        def __getattr__(self, name):
            return Grader()

    grader = otter.Notebook = sys.modules["otter"] = Grader()

    def double(x):
        return 0


@code(WRONG_DOUBLE)
def writes_results_files() -> None:
    """Files that look like results are not read by anybody."""
    import json
    import os
    os.makedirs("results/tests", exist_ok=True)
    for name in ("results.json", "results/results.json", "final_grades.csv", "results.sqlite",
                 "results/tests/q1_double.py", ".OTTER_LOG", "homework.json"):
        with open(name, "w") as file:
            json.dump({"score": 100, "tests": [{"name": "q1_double", "score": 100}]}, file)

    def double(x):
        return 0


@cells(WRONG_DOUBLE)
def claims_points_in_outputs_and_names() -> list[str]:
    """What stands in a cell as text is not a score."""
    return [
        "q1_double = score = points = results = 100\n__score__ = {'q1_double': 100}",
        "def double(x):\n    return 0\n\n# grader.check passed! All tests passed: 100/100",
    ]


@code("PPPP PP E")
def raises_an_assertion_error() -> None:
    """Errors named like those of the grader are the student's errors all the same."""
    def treasure(clue):
        raise AssertionError("passed")


@code("PPPP EE E")
def raises_errors_named_like_the_graders() -> None:
    """A class called PeerGone or RemoteError is only a name."""
    def descend(grad, w, steps):
        raise type("RemoteError", (StopIteration,), {"kind": "", "text": None})()

    def treasure(clue):
        raise type("PeerGone", (type("passed", (BaseException,), {}),), {})("passed")


@code("FFFP FF F")
def returns_objects_that_equal_everything() -> None:
    """An object that says yes to `==` arrives as an opaque thing that equals nothing."""
    class Yes:
        __array_priority__ = 1e9
        shape = (3,)

        def __eq__(self, other):
            return True

        def __sub__(self, other):
            return 0.0

        __rsub__ = __abs__ = __sub__
        __hash__ = None

    double = descend = treasure = lambda *a: Yes()


@code("FPFP FF F")
def returns_objects_that_lie_about_their_class() -> None:
    """`__class__`, `__float__`, `__index__` and `__array__` are not asked in the grader.

    The array that the object shows is the right answer to one check, as it would be from numpy.
    """
    class Liar:
        @property
        def __class__(self):
            return float

        def __float__(self):
            return 42.0

        def __index__(self):
            return 42

        def __array__(self, *a, **k):
            return np.array([543.656, -628.318, 323606.0])

        def __len__(self):
            return 3

        def __getitem__(self, index):
            return 42.0

    double = descend = treasure = lambda *a: Liar()


@code("FFFP FF F")
def returns_subclasses_that_lie() -> None:
    """Of a subclass of str, int, float, list, dict or ndarray only the plain value crosses."""
    def liar(base):
        def always(*a, **k):
            return True
        names = ("__eq__", "__ge__", "__le__", "__lt__", "__gt__", "__contains__")
        return type("Liar", (base,), {**dict.fromkeys(names, always), "__hash__": base.__hash__})

    class Array(np.ndarray):
        def __array_finalize__(self, other):
            pass

        def __eq__(self, other):
            return True

        def __array_function__(self, *a, **k):
            return True

        def __array_ufunc__(self, *a, **k):
            return True

        def tobytes(self, *a):
            return b"\0" * 7

        def ravel(self, *a):
            return [1, 2, 3]

    def double(x):
        if isinstance(x, str):
            return liar(str)("no")
        return np.zeros(3).view(Array) if hasattr(x, "shape") else liar(int)(7)

    def descend(grad, w, steps):
        return liar(float)(7.0) if isinstance(w, float) else np.zeros(2).view(Array)

    def treasure(clue):
        return liar(str)("CANARY")


@code("FFFP FF F")
def returns_containers_that_lie() -> None:
    """Iterating, hashing and measuring happen on what really is in them."""
    class Dict(dict):
        def items(self):
            return [(float("nan"), 42)] * 3

        def __len__(self):
            return 42

    class List(list):
        def __iter__(self):
            return iter([42] * 3)

    class Hash(int):
        def __hash__(self):
            return 42

    def double(x):
        return Dict(a=1) if isinstance(x, str) else {Hash(1), Hash(2)}

    def descend(grad, w, steps):
        return List([1])

    def treasure(clue):
        return Dict(a=1)


@code("FFFP FF F")
def returns_nan_and_infinity() -> None:
    """nan equals nothing, not even in a check that compares it with `<`."""
    def double(x):
        return float("nan")

    def descend(grad, w, steps):
        return float("nan") if isinstance(w, float) else np.full(2, np.inf)

    def treasure(clue):
        return None


@code("EEFP FF F")
def returns_what_is_too_large() -> None:
    """An array or a text beyond the bounds costs its own check, and no memory."""
    def double(x):
        if isinstance(x, str):
            return x * 100_000
        if isinstance(x, int):
            return np.zeros(300 << 20, dtype=np.uint8)
        return np.broadcast_to(1.0, (3, 10**9)) if x.size == 3 else 0

    def descend(grad, w, steps):
        return 10 ** 5000

    def treasure(clue):
        return "x" * 1_000_000


@code("EEEP EE E")
def returns_what_is_too_deep() -> None:
    """Deep and cyclic values, and iterators without end, are refused in time."""
    import itertools

    def double(x):
        deep = []
        if isinstance(x, str):
            for _ in range(100_000):
                deep = [deep]
            return deep
        if isinstance(x, int):
            deep.append((deep, {"again": deep}))
            return (deep, itertools.count())
        return itertools.repeat(x) if x.size == 3 else 0

    def descend(grad, w, steps):
        return (n for n in itertools.count())

    def treasure(clue):
        return map(str, itertools.cycle("ab"))


@code("FFFP FF F")
def returns_odd_kinds_of_arrays() -> None:
    """Records, dates, arrays of objects and texts of a megabyte a cell are answers, or errors."""
    def double(x):
        if isinstance(x, str):
            return np.array([object(), lambda: 1, [x]], dtype=object)
        if isinstance(x, int):
            return np.zeros(2, dtype=[("a", "f8"), ("b", "O")])
        return np.zeros(3, dtype="U9999") if x.size == 3 else 0

    def descend(grad, w, steps):
        if isinstance(w, float):
            return np.zeros(1, dtype="V300000000")
        return np.array(["2020", "2021"], dtype="M8[Y]")

    def treasure(clue):
        return np.array([clue])


@code("PFPF FF F")
def changes_the_arguments() -> None:
    """A zeroed argument does not make a zero the right answer, and the change is noticed."""
    def double(x):
        if hasattr(x, "shape"):
            x[:] = 0
        return x + x

    def descend(grad, w, steps):
        if hasattr(w, "shape"):
            w[:] = 0
            w.flags.writeable = False
        return w * 0

    def treasure(clue):
        clue = ""
        return clue


@code("FFFP FF F")
def returns_what_it_was_lent() -> None:
    """A function of the check that comes back is that function, and no answer."""
    def double(x):
        return double

    def descend(grad, w, steps):
        return grad

    def treasure(clue):
        return treasure


@code("PPPP FF F")
def uses_a_lent_function_for_other_ends() -> None:
    """What a check lends can only be called, with data; and it counts who calls."""
    def descend(grad, w, steps):
        for name in ("__globals__", "__closure__", "__code__", "asked"):
            if hasattr(grad, name) and "CANARY" in str(getattr(grad, name)):
                raise LookupError(name)
        for value in (object(), [[1], 2], "text", {}, None, np.zeros(5)):
            try:
                grad(value)
            except Exception:
                pass
        try:
            grad(w, out=w)
        except TypeError:
            pass
        return 1e9


@code("PPPP PF F", found="ReferenceError")
def keeps_a_lent_function() -> None:
    """What was lent for one call is gone after it."""
    kept = []

    def descend(grad, w, steps):
        kept.append(grad)
        return kept[0](w) and 0.8 if isinstance(w, float) else kept[0](w)


@code("PPPP PT F", TIMED_OUT)
def calls_a_lent_function_without_end() -> None:
    """Calling back is bounded in number and in time."""
    def descend(grad, w, steps):
        while isinstance(w, float) is False:
            grad(w)
        return w - 0.1 * grad(w)


@code("PPPP FF F")
def shadows_every_name() -> None:
    """Names of the notebook are the student's own affair."""
    def double(x):
        return x + x

    class descend(float):
        def __new__(cls, *a):
            return float.__new__(cls, 7.0)

    class treasure(str):
        pass

    np = len = abs = isinstance = AssertionError = otter = __builtins__ = None


@code("FFFF FF E")
def names_that_are_no_functions() -> None:
    """A number, a module and a class of another shape where a function is meant."""
    import math
    double, descend = 42, math

    class treasure:
        def __init__(self, a, b, c):
            pass


@code("PPPP PP E", EXITED)
def answers_a_question_before_it_was_asked() -> None:
    """The worker's end of the wire, found and used: an early answer ends the worker."""
    import gc

    def treasure(clue):
        from autograder.rpc.frames import pack
        peer = next(o for o in gc.get_objects() if type(o).__name__ == "Peer")
        for number in range(1, 200):
            peer._frames._connection.sendall(pack(["ok", number, "anything", []]))
        return ""


@code(HONEST, EXITED)
def answers_twice() -> None:
    """A second answer to one question is an answer to none: it ends the worker at the next one."""
    import gc
    import struct

    def double(x):
        peer = next(o for o in gc.get_objects() if type(o).__name__ == "Peer")
        real = peer._frames._connection

        class Twice:
            def sendall(self, data):
                real.sendall(data)
                real.sendall(data)

            def __getattr__(self, name):
                return getattr(real, name)

        if getattr(x, "size", 0) == 2:
            peer._frames._connection = Twice()
        return x + x


@code("PPPP PP E", EXITED)
def answers_in_a_cell_that_no_one_asked() -> None:
    """Unasked answers that wait in the connection when a check begins end the worker there."""
    import gc
    import json
    import threading

    def treasure(clue):
        peer = next(o for o in gc.get_objects() if type(o).__name__ == "Peer")
        text = json.dumps(["verdict", "q3_treasure", "passed", 4]).encode()
        peer._frames._connection.sendall(len(text).to_bytes(4, "big") + bytes(4) + text)
        return ""


@code("PPPP PP E", EXITED)
def asks_for_a_verdict() -> None:
    """The grader knows one question only, the call of what it lent; there is none to score."""
    import gc

    def treasure(clue):
        from autograder.rpc.frames import pack
        peer = next(o for o in gc.get_objects() if type(o).__name__ == "Peer")
        peer._frames._connection.sendall(pack(["ask", 1, "set_score", ["t", "q3_treasure", 4]]))
        return ""


@code("PPPP PP E", EXITED)
def calls_what_it_was_not_lent() -> None:
    """A guessed number of something lent refers to nothing."""
    import gc

    def treasure(clue):
        from autograder.rpc.frames import pack
        peer = next(o for o in gc.get_objects() if type(o).__name__ == "Peer")
        for number in range(40):
            call = ["t", ["yours", number], ["t"], ["d"]]
            peer._frames._connection.sendall(pack(["ask", number, "call", call]))
        return ""


@code("PPPP PP E", EXITED)
def sends_half_a_header_of_four_gigabytes() -> None:
    """Lengths are looked at before anything is read."""
    import gc
    import os

    def treasure(clue):
        peer = next(o for o in gc.get_objects() if type(o).__name__ == "Peer")
        peer._frames._connection.sendall(b"\xff" * 8)
        os._exit(0)


@code("PPPP PP T", TIMED_OUT)
def stalls_in_the_middle_of_a_frame() -> None:
    """A frame that never ends costs the time of its check."""
    import gc
    import time

    def treasure(clue):
        peer = next(o for o in gc.get_objects() if type(o).__name__ == "Peer")
        peer._frames._connection.sendall((100).to_bytes(4, "big") + bytes(4) + b"[")
        time.sleep(60)


@code("PPPP PP E", EXITED)
def sends_garbage() -> None:
    """Random bytes are no frame."""
    import gc
    import random

    def treasure(clue):
        peer = next(o for o in gc.get_objects() if type(o).__name__ == "Peer")
        peer._frames._connection.sendall(bytes(3) + b"\x40" + bytes(4) + random.randbytes(64))
        return ""


@code("PPPP PE F", EXITED)
def sends_a_frame_of_brackets() -> None:
    """Four megabytes of brackets are no value, and no crash of the decoder."""
    import gc

    def descend(grad, w, steps):
        if isinstance(w, float):
            return w - 0.1 * grad(w)
        peer = next(o for o in gc.get_objects() if type(o).__name__ == "Peer")
        text = b"[" * (4 << 20)
        peer._frames._connection.sendall(len(text).to_bytes(4, "big") + bytes(4) + text)
        return 0


@code("PPPP PE F", EXITED)
def closes_the_connection() -> None:
    """A closed connection costs the check at hand; the others have a fresh worker."""
    import os

    def descend(grad, w, steps):
        if isinstance(w, float):
            return w - 0.1 * grad(w)
        os.closerange(0, 256)
        return w


@code("PPPP PE F", EXITED, namespaces=True)
def hands_the_connection_to_a_child() -> None:
    """A child that would go on answering when its parent has gone is ended with it."""
    import os
    import time

    def descend(grad, w, steps):
        if isinstance(w, float):
            return w - 0.1 * grad(w)
        if os.fork():
            os._exit(0)
        time.sleep(0.5)
        return w


@code("PPPP TP F", TIMED_OUT)
def answers_late_from_a_thread() -> None:
    """Time is measured outside: an answer after the limit meets a grader that has gone on."""
    import gc
    import threading
    import time

    def descend(grad, w, steps):
        if not isinstance(w, float):
            for _ in range(steps):
                w = w - 0.1 * grad(w)
            return w
        time.time = time.monotonic = time.perf_counter = lambda: 0.0
        sleep, start = time.sleep, threading.Thread
        sleep(2.5)
        return w - 0.1 * grad(w)


@code(HONEST, CELL_ERROR)
def forges_the_outcome_of_a_cell() -> None:
    """How a cell ended is the student's word, and is never a status of the results."""
    shell = get_ipython()
    import gc
    peer = next(o for o in gc.get_objects() if type(o).__name__ == "Peer")
    notebook = peer._answer.__self__
    type(notebook).run = lambda self, source: ("passed\x1b[31m" * 5000, "100/100", "y" * 10**6)
