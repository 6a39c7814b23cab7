"""A student's notebook in its worker: how cells run and what they end with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.compilerop import CachingCompiler
from IPython.core.interactiveshell import InteractiveShell

from autograder.rpc.proxies import RemoteError
from autograder.sandbox.client import PROCESS, ForkServerClient
from autograder.sandbox.notebook_shell import CellCompiler, reader
from tests.worker_talk import Talk, talk

OK = ("ok", "", "")


@pytest.fixture(scope="module")
def parent() -> Iterator[ForkServerClient]:
    with ForkServerClient(PROCESS) as parent:
        yield parent


@pytest.fixture
def notebook(parent: ForkServerClient) -> Iterator[Talk]:
    with talk(parent) as notebook:
        yield notebook


def test_cells_share_their_names(notebook: Talk) -> None:
    assert notebook.value("x = 20", "answer = x + 1") == 21


@pytest.mark.parametrize("cell", [
    "a = 1\n!ls\nb = 2", "x = !ls\ny = 1", "%matplotlib inline\nx = 1", "f?\nx", "  x = 1\n  y = 2",
    "In [1]: x = 5\n   ...: y = 2", "In [1]: x = 5\ny = 2", ">>> x = 1\n>>> y = 2", "ls\n", "",
    "s = '''\n%d\n!x\n'''", "(a\n%b)", "x = 1;\ny = 2;", "await f()\nx", "%%time\nx = 1\ny = 2",
    "if 1:\n    !ls\n", "x = 1 # c\n\n# d", "# only\n# comments", "#\n    # more",
    "\tx = 1\n\ty = 2", "x = 1\\\n  %2", "def f(:\n  pass",
])
def test_a_cell_is_read_as_ipython_reads_it(cell: str) -> None:
    shell: Any = InteractiveShell()
    shell.compile = CellCompiler()
    assert reader(shell)(cell) == shell.transform_cell(cell)


@pytest.mark.parametrize("cell", [
    "x = 1\ndef f():\n    return x", "import asyncio\nawait asyncio.sleep(0)\ndef f():\n    pass",
    "7\nimport os", "def f():\n    return 1\n(f())", "def f():\n    return 1\n[\n  f()\n]",
    "class A:\n    x = 5\n\n# def\nA.x", "@staticmethod\ndef f():\n    pass\n\n\n",
    "'''doc'''\nimport os", "x = 1\nbreak\nimport os", "x = '\ud800'\nimport os", "\x00\nimport os",
    "x = 1\ndef f():\n    pass\nimport no_such_module", "x = 2\nreturn\ndef f():\n    pass",
    "from __future__ import annotations\ndef f(a: nothing):\n    pass",
])
def test_a_cell_that_is_compiled_as_a_whole_does_what_ipython_does(cell: str) -> None:
    outcomes = []
    for compiler in (CachingCompiler(), CellCompiler()):
        shell: Any = InteractiveShell()
        shell.compile, shell.displayhook.quiet = compiler, lambda: True
        shell.showtraceback = shell.showsyntaxerror = lambda *_, **__: None
        if isinstance(compiler, CellCompiler):
            shell.transform_cell = reader(shell)
        ran = shell.run_cell(cell, store_history=False)
        outcomes.append((
            ran.result, repr(ran.error_before_exec), repr(ran.error_in_exec),
            sorted(shell.user_ns), shell.user_ns.get("x"), compiler.flags))
    assert outcomes[0] == outcomes[1]


def test_the_line_of_an_error_is_that_of_the_cell(notebook: Talk) -> None:
    cell = "x = 1\n1 / 0\ndef f():\n    raise ValueError('late')"
    assert notebook.run(cell) == [("error", "ZeroDivisionError", "line 2: division by zero")]
    notebook.run("\n\ndef f():\n    raise ValueError('late')")
    with pytest.raises(RemoteError) as caught:
        notebook.get("f")()
    assert caught.value.line == "line 4: raise ValueError('late')"


def test_a_name_that_is_not_defined_is_none(notebook: Talk) -> None:
    assert notebook.get("no_such_name") is None


def test_several_names_are_asked_for_at_once(notebook: Talk) -> None:
    notebook.run("a, b = 1, 2")
    assert notebook.peer.request("get", "b", "c", "a") == [2, None, 1]


@pytest.mark.parametrize(("cell", "outcome"), [
    ("1 / 0", ("error", "ZeroDivisionError", "line 1: division by zero")),
    ("raise SystemExit(3)", ("error", "SystemExit", "line 1: 3")),
    ("raise KeyboardInterrupt", ("error", "KeyboardInterrupt", "line 1: ")),
    ("no_such_name", ("error", "NameError", "line 1: name 'no_such_name' is not defined")),
    ("raise ValueError('x' * 5000)", ("error", "ValueError", "line 1: " + "x" * 2000)),
    ("%no_such_magic",
     ("error", "UsageError", "line 1: Line magic function `%no_such_magic` not found.")),
])
def test_how_a_cell_ends(
    notebook: Talk, cell: str, outcome: tuple[str, str, str]
) -> None:
    assert notebook.run(cell) == [outcome]


@pytest.mark.parametrize("cell", [
    "from __future__ import annotations\nanswer = 1",
    "import asyncio\nanswer = await asyncio.sleep(0, 1)",
    "%%time\nanswer = 1",
    "answer = 1\n%matplotlib inline",
    "import inspect\ndef f(): return 1\nanswer = len(inspect.getsource(f).splitlines())",
    "answer = (5\n%2)",
    "answer = get_ipython() is not None\n",
    "if True:\n    answer = 1",
])
def test_cells_that_only_ipython_or_only_python_knows(notebook: Talk, cell: str) -> None:
    assert notebook.run(cell) == [OK]
    assert notebook.get("answer") == 1


def test_a_line_of_its_own_may_be_a_magic(notebook: Talk) -> None:
    assert notebook.run("pwd") == [OK]
    assert notebook.run("pwd\nx = 1")[0][1] == "NameError"


ORDINARY = [
    "!pip install nothing", "x = !ls\nassert x == [] and x.n == ''", "%pip install nothing",
    "%conda install nothing", "pip install nothing", "!ls", "%ls -l", "ls", "%cd /nowhere",
    "%sx ls", "x = %sx ls\nassert x == []", "%system ls", "!!ls", "%%bash\nls\nexit 3",
    "%%sh\nls", "%%script false\nx", "%%system\nls", "%store x", "%bookmark here",
    "%matplotlib widget", "%matplotlib tk", "%matplotlib notebook", "%gui qt", "%edit",
    "import matplotlib\nmatplotlib.use('TkAgg')\nmatplotlib.use('Agg', force=True)",
    "%pylab\nassert array([1]).sum() == 1 and plt is not None", "%pylab inline",
    "%config InlineBackend.figure_format = 'retina'", "%load_ext autoreload\n%autoreload 2",
    "%time 1", "%%timeit -n1 -r1\n1", "%%capture out\nprint(1)", "%env A=1", "%who", "%precision 3",
    "%%writefile a.py\nx = 1", "%%html\n<p>", "?len", "len?", "%history", "%pdb off", "%lsmagic",
    "%autosave 60", "%clear", "%less a.py", "%man ls", "%connect_info", "%qtconsole", "exit()",
    "quit", "%rehashx", "%alias hi echo hi\n%unalias hi",
    "import sys\nassert sys.stdout.name == 'stdout' and sys.stderr.name == 'stderr'",
    "import subprocess\nassert subprocess.check_output(['python', '-c', 'print(1)']) == b'1\\n'",
]
"""Lines that are no crime in a notebook."""


@pytest.mark.parametrize("cell", ORDINARY)
def test_ordinary_lines_do_not_end_their_cell(notebook: Talk, cell: str) -> None:
    assert notebook.run(cell) == [OK]


def test_the_rest_of_a_cell_runs(notebook: Talk) -> None:
    cell = "!pip install x\n%cd data\ny = !ls\n%pip install y\nanswer = y + [1]"
    assert notebook.value(cell) == [1]


def test_what_does_nothing_says_so(notebook: Talk) -> None:
    said = "not run while the notebook is graded: pip install x\n"
    assert notebook.value("%%capture out\n!pip install x", "answer = out.stdout") == said


def test_inputs_and_outputs_are_numbered_as_in_jupyter(notebook: Talk) -> None:
    assert notebook.value("40 + 1", "_ + 1", "answer = [_, __, Out[1], Out[2], In[1], _i1]") == [
        42, 41, 41, 42, "40 + 1", "40 + 1"]


def test_a_figure_is_closed_when_its_cell_has_ended(notebook: Talk) -> None:
    assert notebook.value(
        "import matplotlib.pyplot as plt\nplt.plot([1])\nhere = len(plt.get_fignums())",
        "answer = here, len(plt.get_fignums())",
    ) == (1, 0)


def test_a_forked_child_does_not_answer_for_its_parent(notebook: Talk) -> None:
    assert notebook.value("import os\nparent = os.getpid()\nos.fork()",
                          "answer = os.getpid() == parent") is True
    function = notebook.value("def answer():\n    os.fork()\n    return os.getpid() == parent")
    assert [function() for _ in range(3)] == [True] * 3


def test_what_a_cell_did_before_it_failed_stays(notebook: Talk) -> None:
    assert notebook.run("answer = 1\n1 / 0") == [
        ("error", "ZeroDivisionError", "line 2: division by zero")]
    assert notebook.run("other = 2\nreturn")[0] == (
        "syntax", "SyntaxError", "line 2: 'return' outside function")
    assert notebook.get("answer") == 1


@pytest.mark.parametrize("cell", ["x = (", "def f(:", "return 3", "x = '\0'", "  x = 1\n y = 2"])
def test_a_cell_that_is_no_python(notebook: Talk, cell: str) -> None:
    ((status, error, text),) = notebook.run(cell)
    assert status == "syntax"
    assert error.endswith("Error")
    assert text


def test_code_that_a_cell_runs_may_have_a_syntax_error_of_its_own(notebook: Talk) -> None:
    assert notebook.run("x = 1\n\neval('\\n\\n1 +')") == [
        ("error", "SyntaxError", "line 3: invalid syntax")]


def test_an_error_whose_text_fails(notebook: Talk) -> None:
    cell = "class E(Exception):\n    def __str__(self):\n        1 / 0\nraise E"
    assert notebook.run(cell)[0][0] == "error"  # IPython reports the error of its text


def test_what_notebooks_use_of_otter(notebook: Talk) -> None:
    assert notebook.run(
        "import otter", "grader = otter.Notebook('hw.ipynb', tests_dir='tests')",
        "grader.check('q1')", "grader.check_all()", "grader.export(run_tests=True)",
    ) == [OK] * 5


def test_ipython_s_names_are_there(notebook: Talk) -> None:
    assert notebook.run("display(1)", "get_ipython()", "%matplotlib inline", "1 + 1;") == [OK] * 4


def test_what_is_read_from_the_terminal(notebook: Talk) -> None:
    ((status, error, _),) = notebook.run("input()")
    assert (status, error) == ("error", "StdinNotImplementedError")  # as in nobody's kernel


def test_code_runs_in_a_running_loop(notebook: Talk) -> None:
    """As in Jupyter, in cells and in what checks call."""
    asks = "import asyncio\ndef running(): return asyncio.get_running_loop() is not None"
    assert notebook.run(asks, "assert running()", "await asyncio.sleep(0)") == [OK] * 3
    assert notebook.run("asyncio.run(asyncio.sleep(0))")[0][1] == "RuntimeError"
    assert notebook.get("running")() is True


def test_context_variables_stay(notebook: Talk) -> None:
    """numpy keeps its print options in one."""
    assert notebook.run(
        "import numpy as np\nnp.set_printoptions(precision=1)",
        "assert str(np.array([0.25])) == '[0.2]'", "def shown(): return str(np.array([0.25]))",
    ) == [OK] * 3
    assert notebook.get("shown")() == "[0.2]"


def test_the_global_generators_begin_the_same_in_every_worker(parent: ForkServerClient) -> None:
    draws = []
    for _ in range(2):
        with talk(parent) as notebook:
            draws.append(notebook.value(
                "import random, numpy as np", "answer = random.random(), float(np.random.rand())"
            ))
    assert draws[0] == draws[1]


def test_warnings_as_errors_do_not_reach_a_call(notebook: Talk) -> None:
    function = notebook.value(
        "import warnings\nwarnings.simplefilter('error')",
        "def answer():\n    warnings.warn('odd')\n    return 1",
    )
    assert function() == 1


def test_a_function_is_called_with_data(notebook: Talk) -> None:
    function = notebook.value("def answer(a, *, b):\n    a.append(b)\n    return len(a)")
    given = [1]
    assert function(given, b=2) == 2
    assert given == [1, 2]


def test_files_of_the_homework_lie_beside_the_notebook(notebook: Talk) -> None:
    notebook.peer.request("file", "data/table.csv", b"1,2")
    assert notebook.value("answer = open('data/table.csv').read()") == "1,2"


def test_a_module_beside_the_notebook_can_be_imported(notebook: Talk) -> None:
    notebook.peer.request("file", "own_module.py", b"VALUE = 7")
    assert notebook.value("from own_module import VALUE as answer") == 7


def test_no_other_question_is_answered(notebook: Talk) -> None:
    with pytest.raises(ValueError, match="not a question"):
        notebook.peer.request("shutdown")
