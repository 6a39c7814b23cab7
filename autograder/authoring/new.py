"""`homework new`: writes the four pages of a new question, ready to fill in."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from autograder.authoring.homework import question_names
from autograder.authoring.lint import OTTERS_NAMES
from autograder.authoring.page_parser import MARKS
from autograder.errors import UserError

NAMES_ON_PAGES = (*MARKS, "np", "close", "oracle", "has_the_property", "shape_and_example")
"""What the pages below already use."""

PUBLIC = '''"""{title}: one line about the question."""

import numpy as np

from autograder.pages import check


def {function}(x):
    """Return what of x (n, m); say the shapes, and what must not be changed.

    中文：返回什么；写明 x (n, m) 的形状，以及不得改动的东西。
    """
    ...


@check(points=1)
def shape_and_example({function}):
    """A shape or the small example is off: say the example and its result.
    中文：形状或小例子不对：写明小例子的输入和结果。"""
    assert np.shape({function}(np.array([[1.0, 2.0]]))) == (1, 2)
    assert np.allclose({function}(np.array([[1.0, 2.0]])), [[2.0, 4.0]])
'''

SECRET = '''"""The answer in words, and the common wrong belief: why it is wrong.

中文：
用文字写出答案，以及常见的错误想法错在哪里。
"""

import numpy as np

from autograder.check_toolkit import close
from autograder.pages import accepted, check, mistake, proof


def {function}(x):
    return 2 * np.asarray(x, dtype=float)


def oracle(x):
    """The same by loops, so that the checks do not trust the answer."""
    return [[2 * float(value) for value in row] for row in x]


@check(points=4)
def has_the_property({function}):
    """Say in the student's words which property is missing and what usually causes that.
    中文：用学生的话说明：缺的是哪一条性质，通常是什么原因。"""
    x = np.random.default_rng(1).normal(size=(3, 5))
    assert close({function}(x), oracle(x))


@mistake(has_the_property)
class named_after_the_belief:
    """What the student believed
    中文：学生以为是怎么一回事"""
    def {function}(x):
        return np.asarray(x) + 1


@accepted
class loops:
    def {function}(x):
        return [[2 * value for value in row] for row in x]


@proof
def the_wrong_belief_is_wrong():
    assert {function}(np.array([[3.0]]))[0, 0] != 3.0 + 1
'''

PROMPT_ZH = """# {title}

用平常的话提出问题。

**为什么值得做。** 一两句话。

**思路。** 公式写成 $y = 2x$；给出形状表和一个能手算的小例子。

**要写的函数**

- `{function}(x)`：返回什么。
"""

PROMPT_EN = """# {title}

Ask the question in plain words.

**Why it matters.** A sentence or two.

**A way in.** Formulas look like $y = 2x$; give the shapes and an example small enough for paper.

**What to write**

- `{function}(x)`: what it returns.
"""


def new_question(homework: str, topic: str, root: Path) -> list[Path]:
    """Write the pages of a question about `topic` behind the last one of `homework`.

    Returns the four paths; raises UserError for a topic that names no function or is taken.
    """
    name = re.sub(r"^q\d+_", "", re.sub(r"[\s-]+", "_", topic.strip().lower()))
    _refuse_names(homework, topic, name)
    public, secret = root / "assignments" / homework, root / "solutions" / homework
    names = question_names(homework, root) if public.is_dir() else []
    if taken := [other for other in names if re.sub(r"^q\d+_", "", other) == name]:
        raise UserError(str(public), f"no question about {name} yet", taken[0],
                        "choose another topic, or edit that question")
    number = max([int(m[1]) for n in names if (m := re.match(r"q(\d+)_", n))], default=0) + 1
    question = f"q{number:02d}_{name}"
    pages = {
        public / f"{question}.py": PUBLIC, public / f"{question}.zh.md": PROMPT_ZH,
        public / f"{question}.en.md": PROMPT_EN, secret / f"{question}.py": SECRET,
    }
    title = name.replace("_", " ").capitalize()
    for path, template in (pages | _intro(public)).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        text = template.format(homework=homework, title=title, function=name)
        path.write_text(text, encoding="utf-8")
    return list(pages)


def _refuse_names(homework: str, topic: str, name: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", homework):
        raise UserError(homework, "a homework like hw3", "other characters",
                        "use letters, digits, - and _")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise UserError(topic, "a topic like dropout or weight_decay", "other characters",
                        "begin with a letter; use letters, digits and underscores")
    if keyword.iskeyword(name) or name in (*OTTERS_NAMES, *NAMES_ON_PAGES):
        raise UserError(topic, "a topic that can name a function of the page", name,
                        f"make it longer, like {name}_layer")


def _intro(public: Path) -> dict[Path, str]:
    """The opening pages, for the first question of a new homework."""
    if (public / "intro.py").exists():
        return {}
    return {
        public / "intro.zh.md": "# {homework}\n\n这里写本次作业的说明。\n",
        public / "intro.en.md": "# {homework}\n\nWhat students must know before they begin.\n",
        public / "intro.py": '"""The first cell of the notebook."""\n\nimport numpy as np\n',
    }
