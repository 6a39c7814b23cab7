"""Kinds of checks that teachers write, each as an exception-style test and as a doctest.

A kind has a cell with a right answer and one with a wrong answer; `tests.test_otter_kinds` compares
what Otter says of both with what we say.
"""
# ruff: noqa: E501 (a kind is read best in few lines)

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.tiny import write_zip


@dataclass(frozen=True)
class Kind:
    """`arguments` and `body` make the exception-style test, `doctest` is the other one."""

    name: str
    right: str
    wrong: str
    arguments: str
    body: str
    doctest: str


F = "def {0}(x):\n    return {1}"


def function(name: str, right: str, wrong: str, body: str, doctest: str) -> Kind:
    """A kind whose answer is a function of one argument, `name`."""
    return Kind(name, F.format(name, right), F.format(name, wrong), name, body, doctest)


KINDS = [
    # data
    Kind("number", "a01 = 41", "a01 = 40", "a01", "assert a01 == 41", ">>> a01\n41"),
    Kind("text", "a02 = 'yes'", "a02 = 'Yes'", "a02", "assert a02 == 'yes'", ">>> a02\n'yes'"),
    Kind("close", "a03 = 0.1 + 0.2", "a03 = 0.31", "a03",
         "import math\nassert math.isclose(a03, 0.3)",
         ">>> import math\n>>> math.isclose(a03, 0.3)\nTrue"),
    Kind("bool", "a04 = True", "a04 = 1", "a04", "assert a04 is True", ">>> a04 is True\nTrue"),
    Kind("none", "a05 = None", "a05 = 0", "a05", "assert a05 is None", ">>> a05 is None\nTrue"),
    Kind("list", "a06 = [1, 2]", "a06 = (1, 2)", "a06", "assert a06 == [1, 2]",
         ">>> a06\n[1, 2]"),
    Kind("dict", "a07 = {'k': 1}", "a07 = {'k': 2}", "a07", "assert a07 == {'k': 1}",
         ">>> a07['k']\n1"),
    Kind("set", "a08 = {1, 2}", "a08 = {1}", "a08", "assert a08 == {2, 1}",
         ">>> sorted(a08)\n[1, 2]"),
    Kind("array", "a09 = np.arange(3)", "a09 = [0, 1, 2]", "a09",
         "assert a09.dtype.kind == 'i' and a09.shape == (3,)", ">>> a09.shape\n(3,)"),
    Kind("object_array", "a10 = np.array([1, 'x', None], dtype=object)", "a10 = np.array([1])",
         "a10", "assert a10.dtype == object and a10[2] is None", ">>> a10[1]\n'x'"),
    Kind("masked", "a11 = np.ma.masked_equal([1, 2, 2], 2)", "a11 = np.ma.array([1, 2, 2])",
         "a11", "assert a11.count() == 1", ">>> int(a11.mask.sum())\n2"),
    Kind("matrix", "a12 = np.matrix([[1, 2]])", "a12 = np.array([[1, 2]])", "a12",
         "assert type(a12).__name__ == 'matrix'", ">>> (a12 * a12.T).shape\n(1, 1)"),
    Kind("frame", "a13 = pd.DataFrame({'x': [1, 2]})",
         "a13 = pd.DataFrame({'y': [1, 2]})", "a13", "assert a13['x'].sum() == 3",
         ">>> int(a13['x'].sum())\n3"),
    Kind("series", "a14 = pd.Series([1.0, None])", "a14 = pd.Series([1.0])", "a14",
         "assert a14.isna().sum() == 1", ">>> bool(a14.isna().any())\nTrue"),
    Kind("frame_equal", "a15 = pd.DataFrame({'x': ['a']})", "a15 = pd.DataFrame({'x': ['b']})",
         "a15", "import pandas as pd\npd.testing.assert_frame_equal(a15, pd.DataFrame({'x': ['a']}))",
         ">>> a15\n   x\n0  a"),
    Kind("groupby", "a16 = pd.DataFrame({'k': [1, 1], 'v': [2, 3]}).groupby('k')", "a16 = None",
         "a16", "assert a16['v'].sum().tolist() == [5]", ">>> a16['v'].sum().tolist()\n[5]"),
    Kind("timestamp", "a17 = pd.Timestamp('2024-02-29')", "a17 = '2024-02-29'", "a17",
         "assert a17.day_name() == 'Thursday'", ">>> a17.is_leap_year\nTrue"),
    Kind("date", "import datetime\na18 = datetime.date(2024, 1, 1)", "a18 = None", "a18",
         "import datetime\nassert a18 == datetime.date(2024, 1, 1)",
         ">>> a18\ndatetime.date(2024, 1, 1)"),
    Kind("fraction", "from fractions import Fraction\na19 = Fraction(1, 3)", "a19 = 1 / 3", "a19",
         "assert a19.denominator == 3", ">>> a19\nFraction(1, 3)"),
    Kind("decimal", "from decimal import Decimal\na20 = Decimal('0.10')", "a20 = 0.1", "a20",
         "assert str(a20) == '0.10'", ">>> a20\nDecimal('0.10')"),
    Kind("counter", "from collections import Counter\na21 = Counter('aab')", "a21 = {'a': 1}",
         "a21", "assert a21.most_common(1) == [('a', 2)]", ">>> a21\nCounter({'a': 2, 'b': 1})"),
    Kind("named_tuple", "from collections import namedtuple\nP = namedtuple('P', 'x y')\na22 = P(1, 2)",
         "a22 = (1, 2)", "a22", "assert a22.x == 1 and a22 == (1, 2)", ">>> a22\nP(x=1, y=2)"),
    Kind("enum", "import enum\nclass Color(enum.Enum):\n    RED = 1\na23 = Color.RED", "a23 = 1",
         "a23", "assert a23.name == 'RED'", ">>> a23.value\n1"),
    Kind("path", "from pathlib import Path\na24 = Path('d') / 'x'", "a24 = 'd/x'", "a24",
         "assert a24.name == 'x'", ">>> a24.parts\n('d', 'x')"),
    Kind("bytes", "a25 = b'\\x00'", "a25 = 'x'", "a25", "assert a25[0] == 0", ">>> a25\nb'\\x00'"),
    Kind("complex", "a26 = 1j", "a26 = 1", "a26", "assert a26 * a26 == -1", ">>> a26 * a26\n(-1+0j)"),
    Kind("nan", "a27 = float('nan')", "a27 = 0.0", "a27", "assert a27 != a27",
         ">>> a27 != a27\nTrue"),
    # functions and objects
    function("f01", "x * x", "x + x", "assert f01(3) == 9", ">>> f01(3)\n9"),
    function("f02", "int(x)", "0", "try:\n    f02('x')\nexcept ValueError:\n    pass\nelse:\n"
             "    raise AssertionError", ">>> f02('x')\nTraceback (most recent call last):\n    ...\n"
             "ValueError: invalid literal for int() with base 10: 'x'"),
    function("f03", "x.append(1)", "x + [1]", "given = []\nf03(given)\nassert given == [1]",
             ">>> given = []\n>>> f03(given)\n>>> given\n[1]"),
    function("f04", "(i for i in range(x))", "x", "assert next(f04(2)) == 0", ">>> list(f04(2))\n[0, 1]"),
    function("f05", "lambda y: x + y", "x", "assert f05(1)(2) == 3", ">>> f05(1)(2)\n3"),
    function("f06", "x(2) + 1", "3", "assert f06(lambda v: v * 10) == 21", ">>> f06(lambda v: 10)\n11"),
    function("f07", "1 if x == 0 else x * f07(x - 1)", "x", "assert f07(5) == 120", ">>> f07(5)\n120"),
    function("f08", "1 / x", "0", "try:\n    f08(0)\nexcept ZeroDivisionError:\n    pass\nelse:\n    raise AssertionError",
             ">>> f08(0)\nTraceback (most recent call last):\n    ...\nZeroDivisionError: division by zero"),
    Kind("class", "class Account:\n    def __init__(self, b): self.b = b\n    def add(self, n): self.b += n",
         "class Account:\n    def __init__(self, b): self.b = b\n    def add(self, n): pass", "Account",
         "a = Account(1)\na.add(2)\nassert a.b == 3", ">>> a = Account(1)\n>>> a.add(2)\n>>> a.b\n3"),
    Kind("instance", "a30 = Account(7)", "a30 = 7", "a30, Account", "assert isinstance(a30, Account)",
         ">>> isinstance(a30, Account)\nTrue"),
    Kind("subclass", "class Base: pass\nclass Sub(Base): pass", "class Sub: pass", "Base, Sub",
         "assert issubclass(Sub, Base)", ">>> issubclass(Sub, Base)\nTrue"),
    Kind("exception_class", "class Odd(ValueError): pass\ndef raises(): raise Odd('o')",
         "def raises(): raise KeyError('o')", "raises, Odd",
         "try:\n    raises()\nexcept Odd:\n    pass",
         ">>> raises()\nTraceback (most recent call last):\n    ...\nOdd: o"),
    Kind("operators", "class V:\n    def __init__(s, x): s.x = x\n    def __add__(s, o): return V(s.x + o.x)\n"
         "    def __eq__(s, o): return s.x == o.x", "class V:\n    def __init__(s, x): s.x = x", "V",
         "assert V(1) + V(2) == V(3)", ">>> V(1) + V(2) == V(3)\nTrue"),
    Kind("repr", "class R:\n    def __repr__(self): return 'R!'", "class R: pass", "R",
         "assert repr(R()) == 'R!'", ">>> R()\nR!"),
    Kind("property", "class Q:\n    @property\n    def p(self): return 4", "class Q:\n    p = 5", "Q",
         "assert Q().p == 4 and isinstance(Q.p, property)", ">>> Q().p\n4"),
    Kind("dataclass", "from dataclasses import dataclass\n@dataclass\nclass D:\n    x: int = 3",
         "class D:\n    x = 3", "D", "import dataclasses\nassert dataclasses.asdict(D()) == {'x': 3}",
         ">>> D()\nD(x=3)"),
    Kind("context", "import contextlib\n@contextlib.contextmanager\ndef ctx():\n    yield 5",
         "def ctx(): return 5", "ctx", "with ctx() as v:\n    assert v == 5",
         ">>> with ctx() as v:\n...     v\n5"),
    Kind("module", "import math as m", "m = None", "m", "assert m.sqrt(4) == 2", ">>> m.sqrt(4)\n2.0"),
    Kind("module_argument", "import numpy as npy", "import math as npy", "npy",
         "assert npy.zeros(2).sum() == 0", ">>> bool(npy.zeros(2).sum() == 0)\nTrue"),
    Kind("iterator", "a31 = iter([1, 2])", "a31 = iter([])", "a31", "assert next(a31, None) in (1, 2)",
         ">>> next(a31, None) in (1, 2)\nTrue"),
    Kind("identity", "a32 = []\na33 = a32", "a32, a33 = [], []", "a32, a33", "assert a32 is a33",
         ">>> a32 is a33\nTrue"),
    # output
    Kind("printed", "def hello(): print('Hello')", "def hello(): return 'Hello'", "hello",
         "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as out:\n    hello()\n"
         "assert out.getvalue() == 'Hello\\n'", ">>> hello()\nHello"),
    Kind("printed_array", "a40 = np.array([1.5, 2])", "a40 = np.array([1, 2])", "a40",
         "assert str(a40) == '[1.5 2. ]'", ">>> print(a40)\n[1.5 2. ]"),
    Kind("stderr", "import sys\ndef warn(): print('w', file=sys.stderr)", "def warn(): print('w')", "warn",
         "import contextlib, io\nwith contextlib.redirect_stderr(io.StringIO()) as out:\n    warn()\n"
         "assert out.getvalue() == 'w\\n'", ">>> warn()"),
    Kind("displayed", "def show():\n    display(3)\n    return 1", "def show(): return 2", "show",
         "assert show() == 1", ">>> show() == 1\nTrue"),
    Kind("warning", "import warnings\ndef old(): warnings.warn('old', DeprecationWarning)", "def old(): pass",
         "old", "import warnings\nwith warnings.catch_warnings(record=True) as seen:\n"
         "    warnings.simplefilter('always')\n    old()\nassert len(seen) == 1",
         ">>> import warnings\n>>> with warnings.catch_warnings(record=True) as seen:\n"
         "...     warnings.simplefilter('always')\n...     old()\n>>> len(seen)\n1"),
    Kind("figure", "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.set_title('T')",
         "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()", "ax", "assert ax.get_title() == 'T'",
         ">>> ax.get_title()\n'T'"),
    Kind("current_figure", "plt.figure(7)", "plt.close('all')", "plt", "assert plt.fignum_exists(7)",
         ">>> plt.fignum_exists(7)\nTrue"),
    # environment
    Kind("env", "a50 = 1", "b50 = 1", "env", "assert env['a50'] == 1 and 'In' in env", ">>> 'a50' in globals()\nTrue"),
    Kind("env_changed", "a51 = 1", "a51 = 'x'", "env", "env['a51'] += 1\nassert env['a51'] == 2",
         ">>> a51 += 1\n>>> a51 >= 2\nTrue"),
    Kind("missing", "a52 = 1", "pass", "a52", "assert a52 == 1", ">>> a52\n1"),
    Kind("file", "a53 = open('table.csv').read()", "a53 = ''", "a53", "assert a53 == open('table.csv').read()",
         ">>> a53 == open('table.csv').read()\nTrue"),
    Kind("written_file", "open('out.txt', 'w').write('ok')", "open('out.txt', 'w').write('no')", "",
         "assert open('out.txt').read() == 'ok'", ">>> open('out.txt').read()\n'ok'"),
    Kind("own_module", "import helper\na54 = helper.ANSWER", "a54 = 0", "a54",
         "import helper\nassert a54 == helper.ANSWER", ">>> import helper\n>>> a54 == helper.ANSWER\nTrue"),
    Kind("folder", "import os\na55 = os.path.isdir('tests')", "a55 = None", "a55",
         "import os\nassert a55 is os.path.isdir('tests')", ">>> import os\n>>> a55 == os.path.isdir('tests')\nTrue"),
    Kind("environ", "os.environ['KIND'] = '1'", "os.environ['KIND'] = '2'", "",
         "import os\nassert os.environ['KIND'] == '1'", ">>> import os\n>>> os.environ['KIND']\n'1'"),
    Kind("source", "def quick(xs):\n    return sum(xs)", "def quick(xs):\n    for x in xs: pass", "quick",
         "import inspect\nassert 'for' not in inspect.getsource(quick)",
         ">>> import inspect\n>>> 'for ' in inspect.getsource(quick)\nFalse"),
    Kind("signature", "def sig(a, *, b=2): pass", "def sig(a, b=2): pass", "sig",
         "import inspect\nassert str(inspect.signature(sig)) == '(a, *, b=2)'",
         ">>> import inspect\n>>> str(inspect.signature(sig))\n'(a, *, b=2)'"),
    Kind("docstring", "def doc():\n    'Says so.'", "def doc(): pass", "doc", "assert doc.__doc__ == 'Says so.'",
         ">>> doc.__doc__\n'Says so.'"),
    Kind("annotations", "def ann(x: int) -> str: pass", "def ann(x): pass", "ann",
         "import typing\nassert typing.get_type_hints(ann) == {'x': int, 'return': str}",
         ">>> ann.__annotations__['x'] is int\nTrue"),
    Kind("closure_call", "def outer():\n    return inner()\ndef inner(): return 1", "def outer(): return 2",
         "outer", "assert outer() == 1", ">>> outer()\n1"),
    Kind("patched", "def ask(): return input('? ') + '!'", "def ask(): return 'a'", "ask",
         "from unittest.mock import patch\nwith patch('builtins.input', return_value='a'):\n"
         "    assert ask() == 'a!'",
         ">>> from unittest.mock import patch\n>>> with patch('builtins.input', return_value='a'):\n"
         "...     ask()\n'a!'"),
    Kind("name_main", "a56 = __name__", "a56 = 'x'", "a56", "assert a56 == '__main__'", ">>> a56\n'__main__'"),
    Kind("pickle", "class Pk:\n    pass", "Pk = lambda: (lambda: 0)", "Pk",
         "import pickle\nassert type(pickle.loads(pickle.dumps(Pk()))) is Pk",
         ">>> import pickle\n>>> type(pickle.loads(pickle.dumps(Pk()))) is Pk\nTrue"),
    Kind("deep_copy", "a57 = {'x': [1]}", "a57 = None", "a57",
         "import copy\nassert copy.deepcopy(a57)['x'] is not a57['x']",
         ">>> import copy\n>>> copy.deepcopy(a57)['x'] is a57['x']\nFalse"),
    Kind("global_state", "count = 0\ndef bump():\n    global count\n    count += 1\n    return count",
         "def bump(): return 0", "bump", "first = bump()\nassert bump() == first + 1",
         ">>> first = bump()\n>>> bump() == first + 1\nTrue"),
    Kind("history", "40 + 2", "40 + 3", "env", "assert 42 in env['Out'].values()",
         ">>> 42 in Out.values()\nTrue"),
    Kind("shell", "a58 = get_ipython() is not None", "a58 = False", "a58", "assert a58", ">>> a58\nTrue"),
    Kind("magic", "%matplotlib inline\na59 = 1", "%no_such_magic\na59 = 1", "a59", "assert a59 == 1", ">>> a59\n1"),
    Kind("cell_magic", "%%time\na60 = 1", "%%no_such_magic\na60 = 1", "a60", "assert a60 == 1", ">>> a60\n1"),
    Kind("top_level_await", "import asyncio\na61 = await asyncio.sleep(0, 1)", "a61 = 0", "a61",
         "assert a61 == 1", ">>> a61\n1"),
    Kind("sql", "import sqlite3\ndb = sqlite3.connect(':memory:')\ndb.execute('create table t (x)')",
         "db = None", "db", "assert db.execute('select count(*) from t').fetchone() == (0,)",
         ">>> db.execute('select count(*) from t').fetchone()\n(0,)"),
    Kind("thread", "import threading\ndef work(xs):\n    t = threading.Thread(target=xs.append, args=(1,))\n"
         "    t.start(); t.join()", "def work(xs): pass", "work", "xs = []\nwork(xs)\nassert xs == [1]",
         ">>> xs = []\n>>> work(xs)\n>>> xs\n[1]"),
    Kind("pool", "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(2)",
         "pool = None", "pool", "assert list(pool.map(abs, [-1])) == [1]", ">>> list(pool.map(abs, [-1]))\n[1]"),
    # seeds and time
    Kind("seeded", "a70 = np.random.rand()", "np.random.rand()\na70 = np.random.rand()", "a70, np",
         "np.random.seed(5)\nassert a70 == np.random.rand()",
         ">>> np.random.seed(5)\n>>> bool(a70 == np.random.rand())\nTrue"),
    Kind("seeded_random", "import random\na71 = random.random()", "a71 = 0.5", "a71",
         "import random\nrandom.seed(5)\nassert a71 == random.random()",
         ">>> import random\n>>> random.seed(5)\n>>> a71 == random.random()\nTrue"),
    Kind("generator", "a72 = np.random.default_rng(3).random()", "a72 = np.random.default_rng(4).random()",
         "a72, np", "assert a72 == np.random.default_rng(3).random()",
         ">>> bool(a72 == np.random.default_rng(3).random())\nTrue"),
    Kind("random_function", "def draw(): return np.random.randint(10)", "def draw(): return 99", "draw, np",
         "np.random.seed(1)\nfirst = draw()\nnp.random.seed(1)\nassert first == draw() < 10",
         ">>> np.random.seed(1)\n>>> bool(draw() < 10)\nTrue"),
    Kind("time", "import time\ndef nap(): time.sleep(0.01)", "def nap(): pass", "nap",
         "import time\nstart = time.perf_counter()\nnap()\nassert time.perf_counter() - start >= 0.009",
         ">>> import time\n>>> start = time.perf_counter()\n>>> nap()\n>>> time.perf_counter() - start >= 0.009\nTrue"),
    Kind("clock", "a73 = time.time()", "a73 = 0", "a73", "import time\nassert 0 <= time.time() - a73 < 600",
         ">>> import time\n>>> 0 <= time.time() - a73 < 600\nTrue"),
    Kind("exit", "def quit_(): return 1", "def quit_(): raise RuntimeError('q')", "quit_", "assert quit_() == 1",
         ">>> quit_()\n1"),
    # a running loop
    Kind("asyncio_run", "import asyncio\nasync def co(): return 1", "co = None", "co",
         "import asyncio\ntry:\n    asyncio.run(co())\nexcept RuntimeError as error:\n    assert 'running' in str(error)\n"
         "else:\n    raise AssertionError('no loop was running')",
         ">>> import asyncio\n>>> asyncio.run(co())\nTraceback (most recent call last):\n    ...\n"
         "RuntimeError: asyncio.run() cannot be called from a running event loop"),
    Kind("asyncio_run_in_a_cell", "a80 = asyncio.run(co())", "a80 = 1", "env", "assert 'a80' not in env",
         ">>> 'a80' in globals()\nFalse"),
    Kind("running_loop", "def is_running():\n    return asyncio.get_running_loop().is_running()",
         "def is_running(): return asyncio.run(co())", "is_running", "assert is_running()", ">>> is_running()\nTrue"),
    Kind("task", "a81 = []\nasync def later(): a81.append(1)\ntask = asyncio.create_task(later())", "task, a81 = None, None",
         "task, a81", "assert task is not None", ">>> task is None\nFalse"),
    Kind("awaited_task", "a82 = await task\na82 = len(a81)", "a82 = 0", "a82", "assert a82 == 1", ">>> a82\n1"),
    Kind("coroutine", "async def two(): return 2", "def two(): return 2", "two",
         "import inspect\nassert inspect.iscoroutinefunction(two)\nc = two()\ntry:\n    c.send(None)\n"
         "except StopIteration as s:\n    assert s.value == 2",
         ">>> import inspect\n>>> inspect.iscoroutinefunction(two)\nTrue"),
    Kind("loop_in_a_thread", "import threading\ndef in_thread():\n    out = []\n"
         "    t = threading.Thread(target=lambda: out.append(asyncio.run(two())))\n    t.start(); t.join()\n    return out[0]",
         "def in_thread(): return asyncio.run(two())", "in_thread", "assert in_thread() == 2", ">>> in_thread()\n2"),
    Kind("context_variable", "import contextvars\nvar = contextvars.ContextVar('var', default=0)\ntoken = var.set(3)",
         "var.set(4)", "var", "assert var.get() == 3", ">>> var.get()\n3"),
    Kind("print_options", "np.set_printoptions(precision=2)", "np.set_printoptions(precision=4)", "np",
         "assert str(np.array([1 / 3])) == '[0.33]'", ">>> print(np.array([1 / 3]))\n[0.33]"),
    Kind("numpy_errors", "old = np.seterr(divide='raise')", "old = np.seterr(divide='ignore')", "np",
         "try:\n    np.array([1.0]) / 0\nexcept FloatingPointError:\n    pass\nelse:\n    raise AssertionError",
         ">>> np.geterr()['divide']\n'raise'"),
    Kind("decimal_context", "import decimal\ndecimal.getcontext().prec = 5", "decimal.getcontext().prec = 7", "",
         "import decimal\nassert str(decimal.Decimal(1) / 3) == '0.33333'", ">>> decimal.Decimal(1) / 3\nDecimal('0.33333')"),
    # the process of a kernel
    Kind("input", "def asked():\n    try:\n        return input()\n    except NotImplementedError:\n        return 'nobody'",
         "def asked():\n    try:\n        return input()\n    except EOFError:\n        return 'nobody'", "asked",
         "assert asked() == 'nobody'", ">>> asked()\n'nobody'"),
    Kind("getpass", "import getpass\ndef secret():\n    try:\n        return getpass.getpass()\n    except NotImplementedError:\n        return ''",
         "def secret(): return getpass.getpass()", "secret", "assert secret() == ''", ">>> secret()\n''"),
    Kind("arguments", "import argparse\ndef parsed():\n    try:\n        argparse.ArgumentParser().parse_args()\n"
         "    except SystemExit:\n        return 'refused'", "def parsed(): argparse.ArgumentParser().parse_args()", "parsed",
         "assert parsed() == 'refused'", ">>> parsed()\n'refused'"),
    Kind("argv", "a83 = len(sys.argv) > 1", "a83 = None", "a83", "assert a83", ">>> a83\nTrue"),
    Kind("file_name", "try:\n    a84 = __file__\nexcept NameError:\n    a84 = None", "a84 = ''", "a84", "assert a84 is None", ">>> a84 is None\nTrue"),
    Kind("main_module", "import __main__\na85 = 5", "a85 = 6", "", "import __main__\nassert __main__.a85 == 5",
         ">>> import __main__\n>>> __main__.a85\n5"),
    Kind("shell_class", "a86 = type(get_ipython()).__name__", "a86 = ''", "a86", "assert a86 == 'ZMQInteractiveShell'",
         ">>> a86\n'ZMQInteractiveShell'"),
    Kind("in_a_kernel", "a87 = 'IPKernelApp' in get_ipython().config and 'ipykernel' in sys.modules", "a87 = None", "a87", "assert a87",
         ">>> bool(a87)\nTrue"),
    Kind("widgets", "get_ipython().kernel.comm_manager.register_target('target', print)\nb09 = 1", "b09 = 2", "b09", "assert b09 == 1", ">>> b09\n1"),
    Kind("wide_frame", "a88 = pd.DataFrame([[i * 1.5 for i in range(18)]])", "a88 = pd.DataFrame([[1]])", "a88",
         "assert len(str(a88).splitlines()) == 5, str(a88)", ">>> len(str(a88).splitlines())\n5"),
    Kind("shell_runs", "get_ipython().run_cell('a89 = 1')", "get_ipython().run_cell('a89 = 2')", "a89", "assert a89 == 1", ">>> a89\n1"),
    Kind("shell_in_a_check", "b89 = 1", "b89 = 2", "b89",
         "from IPython import get_ipython\nassert get_ipython().user_ns['b89'] == 1\nassert get_ipython().run_cell('1').result == 1",
         ">>> get_ipython().run_line_magic('who_ls', 'int').count('b89') and b89\n1"),
    Kind("captured", "%%capture cap\nprint('caught')", "cap = None", "cap", "assert cap.stdout == 'caught\\n'", ">>> cap.stdout\n'caught\\n'"),
    Kind("written_module", "%%writefile beside.py\nVALUE = 3", "%%writefile beside.py\nVALUE = 4", "",
         "import beside\nassert beside.VALUE == 3", ">>> import beside\n>>> beside.VALUE\n3"),
    Kind("reloaded", "%load_ext autoreload\n%autoreload 2\nimport helper\nopen('helper.py', 'a').write('\\nMORE = 4.0\\n')",
         "%load_ext nothing_like_it\nimport helper", "helper", "import importlib\nassert importlib.reload(helper).MORE == 4.0",
         ">>> import importlib\n>>> importlib.reload(helper).MORE\n4.0"),
    Kind("run_file", "open('more.py', 'w').write('a90 = __name__')\n%run more.py", "a90 = None", "a90", "assert a90 == '__main__'", ">>> a90\n'__main__'"),
    Kind("env_magic", "%env KIND2=7", "%env KIND2=8", "", "import os\nassert os.environ['KIND2'] == '7'", ">>> os.environ['KIND2']\n'7'"),
    Kind("timed", "a91 = %timeit -o -n1 -r1 pass", "a91 = None", "a91", "assert a91.loops == 1", ">>> a91.loops\n1"),
    Kind("recursion", "def down(n): return n and 1 + down(n - 1)", "def down(n): return down(n)", "down", "assert down(900) == 900", ">>> down(900)\n900"),
    Kind("deep_recursion", "sys.setrecursionlimit(5000)", "sys.setrecursionlimit(500)", "down", "assert down(4000) == 4000", ">>> down(4000)\n4000"),
    Kind("alarm", "import signal\ndef slow(): time.sleep(5)", "def slow(): pass", "slow",
         "import signal\ndef stop(*_): raise TimeoutError\nsignal.signal(signal.SIGALRM, stop)\nsignal.setitimer(signal.ITIMER_REAL, 0.05)\n"
         "try:\n    slow()\nexcept TimeoutError:\n    pass\nelse:\n    raise AssertionError\nfinally:\n    signal.setitimer(signal.ITIMER_REAL, 0)",
         ">>> signal.getsignal(signal.SIGINT) is signal.default_int_handler\nTrue"),
    Kind("errors_of_warnings", "warnings.simplefilter('error', FutureWarning)\ndef future(): warnings.warn('f', FutureWarning)", "def future(): pass", "future",
         "try:\n    future()\nexcept FutureWarning:\n    pass\nelse:\n    raise AssertionError",
         ">>> future()\nTraceback (most recent call last):\n    ...\nFutureWarning: f"),
    Kind("stdout", "a92 = hasattr(sys.stdout, 'buffer'), sys.stdout.isatty()", "a92 = None", "a92", "assert a92 == (False, False)", ">>> a92\n(False, False)"),
    Kind("print_to_stdout", "a93 = sys.stdout.write('x')", "a93 = 0", "a93", "assert a93 in (1, None)", ">>> a93 in (1, None)\nTrue"),
    Kind("own_display_hook", "shown = []\nclass Loud:\n    def __repr__(self): shown.append(1); return 'L'\nLoud()", "shown = []", "shown",
         "assert shown == [1]", ">>> shown\n[1]"),
    Kind("broken_repr", "class Broken:\n    def __repr__(self): raise ValueError('no')\na94 = 1\nBroken()", "a94 = 2", "a94", "assert a94 == 1", ">>> a94\n1"),
    Kind("display_handle", "from IPython.display import HTML, clear_output\na95 = display(HTML('<b>'), display_id=True)\na95.update(HTML('x'))\nclear_output()",
         "a95 = None", "a95", "assert type(a95).__name__ == 'DisplayHandle'", ">>> type(a95).__name__\n'DisplayHandle'"),
    Kind("large_output", "print('x' * 3_000_000)\na96 = 1", "a96 = 0", "a96", "print('y' * 3_000_000)\nassert a96 == 1", ">>> a96\n1"),
    Kind("many_processes", "from concurrent.futures import ProcessPoolExecutor\ndef square(x): return x * x\n"
         "with ProcessPoolExecutor(2) as several:\n    a97 = list(several.map(square, [2, 3]))", "a97 = []", "a97", "assert a97 == [4, 9]", ">>> a97\n[4, 9]"),
    Kind("program", "import subprocess\na98 = subprocess.run([sys.executable, '-c', 'print(6)'], capture_output=True, text=True).stdout", "a98 = ''", "a98",
         "assert a98 == '6\\n'", ">>> a98\n'6\\n'"),
    Kind("backend", "import matplotlib\na99 = 'inline' in matplotlib.get_backend(), plt.isinteractive()", "a99 = None", "a99", "assert a99 == (True, True)", ">>> a99\n(True, True)"),
    Kind("figure_defaults", "b00 = plt.rcParams['figure.dpi'], plt.rcParams['figure.figsize']", "b00 = None", "b00", "assert b00 is not None", ">>> b00\n(100.0, [6.4, 4.8])"),
    Kind("at_exit", "import atexit\nb01 = []\natexit.register(b01.append, 1)", "b01 = [1]", "b01", "assert b01 == []", ">>> b01\n[]"),
    Kind("default_encoding", "open('zh.txt', 'w').write('零')", "open('zh.txt', 'w').write('一')", "", "assert open('zh.txt').read() == '零'", ">>> open('zh.txt').read()\n'零'"),
    Kind("time_zone", "os.environ['TZ'] = 'Asia/Shanghai'\ntime.tzset()", "os.environ['TZ'] = 'UTC'\ntime.tzset()", "", "import time\nassert time.timezone == -28800", ">>> time.timezone\n-28800"),
    Kind("class_source", "class Src:\n    mark = 1", "class Src: pass", "Src",
         "import inspect\nassert 'mark' in inspect.getsource(Src)", ">>> import inspect\n>>> 'mark' in inspect.getsource(Src)\nTrue"),
    Kind("inputs", "b02 = 'marker ' 'of inputs'", "b02 = ''", "In", "assert any('marker ' in text for text in In)", ">>> any(\"marker ' 'of\" in text for text in In)\nTrue"),
    Kind("underscore", "7 * 6", "7 * 5", "env", "assert 42 in env['_oh'].values()", ">>> 42 in _oh.values()\nTrue"),
    Kind("exits", "b03 = 1\nsys.exit()\n", "b03 = 2", "b03", "assert b03 == 1", ">>> b03\n1"),
    Kind("interrupted", "b04 = 1\nraise KeyboardInterrupt", "b04 = 2", "b04", "assert b04 == 1", ">>> b04\n1"),
    Kind("shadowed", "len = lambda x: 5", "del len", "env", "assert env['len']('') == 5", ">>> len('')\n5"),
    Kind("named_env", "env = {'x': 1}", "env = None", "env", "assert 'a01' in env", ">>> env['x']\n1"),
    Kind("default_argument", "b05 = 1", "b05 = 2", "b05, given=3", "assert b05 == 1", ">>> b05\n1"),
    Kind("returns_false", "b06 = 1", "b06 = 2", "b06", "return False", ">>> b06 == 1\nTrue"),
    Kind("generator_test", "b07 = 1", "b07 = 2", "b07", "yield\nassert b07 == 1", ">>> b07\n1"),
    Kind("prints", "b08 = 1", "b08 = 2", "b08", "print(b08)\nassert b08 == 1", ">>> print(b08)\n1"),
    Kind("names_in_chinese", "def 平方(x): return x * x", "def 平方(x): return x", "平方", "assert 平方(3) == 9", ">>> 平方(3)\n9"),
    Kind("future_annotations", "from __future__ import annotations\ndef fut(x: NotThere): pass", "def fut(x): pass", "fut",
         "assert fut.__annotations__['x'] == 'NotThere'", ">>> fut.__annotations__\n{'x': 'NotThere'}"),
]

EXCEPTION = """\
from otter.test_files import test_case
OK_FORMAT = False
name = {name!r}
points = 1
@test_case(hidden=True)
def test({arguments}):
{body}
"""


def write_kinds(path: Path) -> Path:
    """An autograder.zip with every kind in both styles."""
    members: dict[str, str | bytes] = {
        "otter_config.json": json.dumps({"seed": 5}), "files/table.csv": "1,2\n",
        "files/helper.py": "ANSWER = 42\n",
    }
    for kind in KINDS:
        body = "\n".join("    " + line for line in kind.body.split("\n"))
        members[f"tests/{kind.name}_e.py"] = EXCEPTION.format(
            name=f"{kind.name}_e", arguments=kind.arguments, body=body)
        spec = {"name": f"{kind.name}_d", "points": 1, "suites": [{"cases": [{"code": kind.doctest}]}]}
        members[f"tests/{kind.name}_d.py"] = f"OK_FORMAT = True\ntest = {spec!r}\n"
    return write_zip(path, members, together=True)


def cells(*, right: bool, at_end: bool) -> list[str]:
    """A notebook that answers every kind; the checks are at the end, or behind each answer."""
    made = ["import otter\ngrader = otter.Notebook()", "import os, sys, time\nimport numpy as np\nimport pandas as pd"]
    for kind in KINDS:
        made.append(kind.right if right else kind.wrong)
        if not at_end:
            made.append(f'grader.check("{kind.name}_e")\ngrader.check("{kind.name}_d")')
    return made
