"""Files that are no notebook, or hardly one, or one that was moved about. All are graded rows."""
# ruff: noqa: E501

import json
import random

from tests.hostile.corpus import (
    ANSWERS,
    CELL_ERROR,
    CHECKS,
    COMPLETED,
    EMPTY,
    HONEST,
    NO_CHECK_CELLS,
    OTHER_ASSIGNMENT,
    SETUP,
    SYNTAX_ERROR,
    UNDEFINED,
    UNREADABLE,
    as_file,
    cells,
    file,
)
from tests.sentences import sentence

GOOD = as_file([SETUP, ANSWERS, *CHECKS])
BOOK = json.loads(GOOD)


def changed(**entries: object) -> bytes:
    """The good notebook with entries replaced; None removes one."""
    book = {**BOOK, **entries}
    return json.dumps({k: v for k, v in book.items() if v is not None}).encode()


def with_cells(*extra: object) -> bytes:
    """The good notebook with more cells at its start."""
    return changed(cells=[*extra, *BOOK["cells"]])


def cell(**entries: object) -> dict[str, object]:
    """A code cell with entries replaced."""
    return {"cell_type": "code", "id": "odd", "metadata": {}, "source": "1 + 1", "outputs": [],
            "execution_count": None, **entries}


@file(UNDEFINED, EMPTY)
def empty_file() -> bytes:
    """No bytes at all."""
    return b""


@file(UNDEFINED, EMPTY)
def blank_file() -> bytes:
    """Nothing but white space."""
    return b"\n\t  \r\n"


@file(UNDEFINED, UNREADABLE)
def no_json() -> bytes:
    """Python where JSON is meant: the notebook saved as a script under the wrong name."""
    return ANSWERS.encode()


@file(UNDEFINED, UNREADABLE)
def half_a_download() -> bytes:
    """A notebook that breaks off in the middle."""
    return GOOD[: len(GOOD) // 2]


@file(UNDEFINED, UNREADABLE)
def a_list() -> bytes:
    """JSON, but a list."""
    return b"[1, 2, 3]"


@file(UNDEFINED, UNREADABLE)
def a_number() -> bytes:
    """JSON, but a number."""
    return b"42"


@file(UNDEFINED, UNREADABLE)
def a_text() -> bytes:
    """JSON, but a text that holds a notebook."""
    return json.dumps(GOOD.decode()).encode()


@file(UNDEFINED, UNREADABLE)
def an_empty_object() -> bytes:
    """JSON, but with nothing in it."""
    return b"{}"


@file(UNDEFINED, UNREADABLE)
def cells_missing() -> bytes:
    """A notebook without the entry `cells`."""
    return changed(cells=None)


@file(UNDEFINED, UNREADABLE)
def cells_that_are_no_list() -> bytes:
    """Cells as an object by number."""
    return changed(cells={"0": BOOK["cells"][0]})


@file(HONEST, COMPLETED)
def cells_of_wrong_types() -> bytes:
    """Cells that are numbers, texts or null are passed over."""
    return with_cells(None, 3, "text", [], [cell()], True)


@file(HONEST, COMPLETED)
def sources_of_wrong_types() -> bytes:
    """A source that is missing, null, a number, or a list of anything is an empty cell."""
    return with_cells(*(cell(source=s) for s in (None, 3, {}, [1, None, "x = 1"], [], ["a = 1\n", "a"])),
                      {"cell_type": "code"})


@file(HONEST, COMPLETED)
def cells_of_unknown_kinds() -> bytes:
    """A cell type that does not exist or is missing is no code."""
    return with_cells({"source": "1/0"}, cell(cell_type="prose", source="1/0"), cell(cell_type=None),
                      cell(cell_type=["code"], source="1/0"), cell(cell_type="heading", level=1))


@file(HONEST, COMPLETED)
def metadata_of_wrong_types() -> bytes:
    """Metadata of cells that are lists, numbers or null are passed over."""
    odd = [cell(metadata=m) for m in (
        None, 3, [], "x", {"tags": 3}, {"tags": None}, {"otter": 3}, {"otter": {"tests": 3}},
        {"otter": {"tests": "q1"}}, {"otter": {"tests": [None, {}, "no such question"]}},
    )]
    return with_cells(*odd)


@file(HONEST, COMPLETED)
def metadata_of_the_notebook_are_a_list() -> bytes:
    """The notebook's own metadata need not be an object."""
    return changed(metadata=[1, 2])


@file(HONEST, COMPLETED)
def metadata_missing() -> bytes:
    """Nor need they be there, in the notebook or in its cells."""
    book = [{k: v for k, v in c.items() if k in ("cell_type", "source")} for c in BOOK["cells"]]
    return changed(metadata=None, cells=book)


@file(HONEST, COMPLETED)
def metadata_full_of_nonsense() -> bytes:
    """Entries that mean something hold other types than meant."""
    return changed(metadata={"otter": [1], "homework": "zh", "kernelspec": 7, "language_info": None})


@file(HONEST, COMPLETED, found=sentence("other-kernel", language="R"))
def kernel_of_another_language() -> bytes:
    """The code is run as Python whatever kernel a notebook names; the reason names the language."""
    return changed(metadata={"kernelspec": {"name": "ir", "display_name": "R", "language": "R"},
                             "language_info": {"name": "R"}})


@file(HONEST, COMPLETED)
def format_3() -> bytes:
    """A notebook of the format before IPython 3: worksheets, `input` for source."""
    old = [{"cell_type": "code", "language": "python", "metadata": {}, "outputs": [],
            "input": c["source"]} for c in BOOK["cells"] if c["cell_type"] == "code"]
    return json.dumps({"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0,
                       "worksheets": [{"cells": old, "metadata": {}}]}).encode()


@file(HONEST, COMPLETED)
def format_4_0() -> bytes:
    """A notebook of the first format 4, whose cells have no ids."""
    book = [{k: v for k, v in c.items() if k != "id"} for c in BOOK["cells"]]
    return changed(cells=book, nbformat_minor=0)


@file(HONEST, COMPLETED)
def format_4_of_the_future() -> bytes:
    """A minor version that does not exist yet."""
    return changed(nbformat_minor=99, more={"x": 1})


@file(HONEST, COMPLETED)
def format_99() -> bytes:
    """A format that does not exist; its cells are there, and are graded."""
    return changed(nbformat=99)


@file(HONEST, COMPLETED)
def byte_order_mark() -> bytes:
    """UTF-8 with a mark, as Windows' Notepad saves it."""
    return b"\xef\xbb\xbf" + GOOD


@file(HONEST, COMPLETED)
def utf_16() -> bytes:
    """UTF-16 with a mark, as PowerShell redirects it."""
    return GOOD.decode().encode("utf-16")


@file(HONEST, COMPLETED)
def utf_16_big_endian_without_mark() -> bytes:
    """UTF-16 that must be guessed."""
    return GOOD.decode().encode("utf-16-be")


@file(HONEST, COMPLETED)
def latin_1() -> bytes:
    """Comments in an old European encoding."""
    source = ANSWERS + "\n# d\xe9riv\xe9e"
    return json.dumps(json.loads(as_file([SETUP, source, *CHECKS])), ensure_ascii=False).encode("latin-1")


@file(HONEST, COMPLETED)
def gbk() -> bytes:
    """Comments in an old Chinese encoding, among them a character that ends in a backslash."""
    source = ANSWERS + "\n# 梯度乗誠"
    return json.dumps(json.loads(as_file([SETUP, source, *CHECKS])), ensure_ascii=False).encode("gb18030")


@file(HONEST, COMPLETED)
def windows_line_ends() -> bytes:
    """Carriage returns in the file and in its cells."""
    return json.dumps(BOOK, indent=1).replace("\\n", "\\r\\n").replace("\n", "\r\n").encode()


@file(UNDEFINED, UNREADABLE)
def binary() -> bytes:
    """A picture that was renamed."""
    return b"\x89PNG\r\n\x1a\n" + random.Random(0).randbytes(20_000)


@file(UNDEFINED, UNREADABLE)
def null_bytes() -> bytes:
    """A file of zeros, as a broken disk returns it."""
    return bytes(4096)


@file(HONEST, SYNTAX_ERROR)
def null_byte_in_a_cell() -> bytes:
    """A cell with a null character is a syntax error of that cell."""
    return with_cells(cell(source="x = '\0'"))


@file(HONEST, CELL_ERROR)
def half_a_surrogate() -> bytes:
    """Text that is no Unicode stays with its cell."""
    return with_cells(cell(source="x = '\ud800'"), cell(cell_type="markdown", source="\udfff"))


@file(UNDEFINED, UNREADABLE)
def deeply_nested() -> bytes:
    """A hundred thousand brackets."""
    return b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@file(UNDEFINED, UNREADABLE)
def an_integer_of_a_million_digits() -> bytes:
    """A number that takes long to read."""
    return b'{"nbformat": 4, "cells": [], "n": ' + b"7" * 1_000_000 + b"}"


@file(UNDEFINED, UNREADABLE)
def larger_than_any_notebook() -> bytes:
    """Seventy megabytes."""
    return GOOD + b" " * (70 << 20)


@file(HONEST, COMPLETED)
def pictures_of_twenty_megabytes() -> bytes:
    """Large outputs and attachments are carried by many notebooks, and do not matter."""
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "A" * (10 << 20)}}
    attached = {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "![](attachment:a.png)",
                "attachments": {"a.png": {"image/png": "B" * (10 << 20)}}}
    return with_cells(cell(outputs=[picture]), attached)


@file(HONEST, COMPLETED)
def ten_thousand_cells() -> bytes:
    """Many cells, most of them empty."""
    return with_cells(*(cell(id=f"n{n}", source="" if n % 10 else f"x = {n}") for n in range(10_000)))


@file(HONEST, COMPLETED)
def ids_of_cells_doubled() -> bytes:
    """Cells with the same id, an empty one, or one that is no text."""
    return with_cells(cell(id="a"), cell(id="a"), cell(id=""), cell(id=7), cell(id="not allowed!"))


@file(HONEST, COMPLETED)
def outputs_of_wrong_types() -> bytes:
    """Outputs are not read."""
    return with_cells(*(cell(outputs=o) for o in (None, 3, [3], [{"output_type": "magic"}], {})))


@file(UNDEFINED, EMPTY)
def no_code() -> bytes:
    """Prose only."""
    return as_file([])


@file(UNDEFINED, NO_CHECK_CELLS)
def no_answers() -> bytes:
    """Code that has nothing to do with the homework."""
    return as_file(["print('hello')"])


@file(HONEST, NO_CHECK_CELLS)
def check_cells_deleted() -> bytes:
    """Without check cells every question is checked at the end."""
    return as_file([ANSWERS])


@file(HONEST, COMPLETED)
def check_cell_moved_to_the_top() -> bytes:
    """What is defined below its check is graded at the end."""
    return as_file([SETUP, CHECKS[1], ANSWERS, CHECKS[0], CHECKS[2]])


@file(HONEST, COMPLETED)
def check_cell_doubled() -> bytes:
    """Of two checks of a question the last one counts, as under Otter."""
    return as_file([SETUP, *CHECKS, ANSWERS, *CHECKS])


@file(HONEST, COMPLETED)
def another_name_for_the_grader() -> bytes:
    """`grader` may be called anything."""
    return as_file([SETUP + "\npruefer = grader", ANSWERS, *(c.replace("grader", "pruefer") for c in CHECKS)])


@file(HONEST, COMPLETED)
def checks_inside_of_other_code() -> bytes:
    """A check within `if`, `with`, `try`, a loop or an expression counts."""
    return as_file([
        SETUP, ANSWERS, f"if True:\n    {CHECKS[0]}", f"try:\n    x = [{CHECKS[1]}]\nfinally:\n    pass",
        f"for _ in range(2):\n    print({CHECKS[2]})",
    ])


@file(HONEST, COMPLETED)
def checks_that_are_no_checks() -> bytes:
    """A check in a comment, a text or a function's body is none, and shifts nothing."""
    return as_file([
        SETUP, f"# {CHECKS[0]}\ntext = '''{CHECKS[1]}'''\ndef later():\n    {CHECKS[2]}", ANSWERS, *CHECKS,
        "grader.check('no_such_question'); grader.check(); grader.check(42); grader.check_all()",
    ])


@file(HONEST, COMPLETED)
def all_checks_in_one_cell() -> bytes:
    """Several checks in one cell."""
    return as_file([SETUP, ANSWERS, "; ".join(CHECKS)])


@file(HONEST, SYNTAX_ERROR)
def syntax_error_in_a_cell() -> bytes:
    """A cell that is no Python costs what it defines."""
    return as_file([SETUP, "print('unfinished'", ANSWERS, "def f(:\n", *CHECKS])


@file(HONEST, SYNTAX_ERROR)
def syntax_error_in_a_check_cell() -> bytes:
    """A broken check cell checks nothing; its question is checked at the end."""
    return as_file([SETUP, ANSWERS, CHECKS[0] + " (", *CHECKS[1:]])


@file(HONEST, SYNTAX_ERROR)
def source_too_deep_for_the_parser() -> bytes:
    """Brackets, signs and calls nested beyond what Python's parser takes."""
    deep = 30_000
    return as_file([
        SETUP, ANSWERS, "x = " + "(" * deep + ")" * deep, "x = " + "-" * deep + "1", "x" + "()" * deep,
        "grader.check(" + "[" * 90 + "]" * 90 + ")", "x = " + "+".join(["1"] * deep),
        "grader.check(" + "+".join(["1"] * deep) + ")", "x = " + "+".join(["1"] * 900), *CHECKS[:1],
        CHECKS[1] + "\nx = " + "+".join(["1"] * 900), *CHECKS[2:],
    ])


@file(HONEST, OTHER_ASSIGNMENT)
def another_assignment() -> bytes:
    """The metadata name another homework; it is graded, and the row says so."""
    return as_file([SETUP, ANSWERS, *CHECKS], otter={"assignment_name": "hw2"})


@cells()
def shell_lines() -> list[str]:
    """Shell lines do nothing, and cost nothing."""
    return ["!ls", "files = !ls", "%%bash\necho hello", "%%sh\necho", "%pip install nothing",
            "!pip install nothing", "%system ls", "%conda list", "%%script sh\nls", "x = 1"]


@cells()
def magics() -> list[str]:
    """Magics that notebooks use work, or do nothing."""
    return ["%matplotlib inline", "%config InlineBackend.figure_format = 'retina'",
            "%load_ext autoreload\n%autoreload 2", "%timeit -n1 -r1 1 + 1", "%%time\ny = 1", "%%capture out\nprint(1)",
            "%pwd", "%who", "%env", "%precision 3", "%%html\n<b>x</b>", "%%latex\n$x$", "double?",
            "%%writefile helper.py\nTWO = 2", "from helper import TWO\nassert TWO == 2 and y == 1",
            "%%timeit -n1 -r1\n1 + 1", "%reset_selective -f nothing", "%xmode Plain", "%colors nocolor"]


@cells(HONEST, CELL_ERROR)
def magics_that_are_not_there() -> list[str]:
    """A magic that is not installed is an error of its cell."""
    return ["%load_ext tensorboard", "%no_such_magic", "%%no_such_magic\n1"]
