"""`homework new` and `homework adopt`: commands that write pages for a teacher to finish.

`new_question` writes the pages of a new question, and those of a new homework around it. The
template is a small real question, gradient clipping by norm: it can be built and graded as it is,
with --draft. `homework check` asks for what is marked FILL IN and for more of the bank.

`adopt` writes a mistake into a secret page from the code of a group in the report: students whose
wrong answers agree with each other and with nothing in the bank. It takes over the function that
answered wrongly first, with what that function uses. A person writes the words for the belief, and
`homework check` asks for them. The code is a student's, and `homework check` runs the code of the
pages: a person must read it first.
"""

from __future__ import annotations

import ast
import keyword
import re
import textwrap
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring.homework import Question, question_names
from autograder.authoring.lint import TEST_FILE_NAMES
from autograder.authoring.page_parser import (
    CHINESE,
    MARKS,
    Piece,
    Text,
    bound_names,
    reach,
    read_text,
)
from autograder.authoring.settings import EXAMPLE, SETTINGS_FILE, load_settings
from autograder.errors import UserError
from autograder.language import LANGUAGES, _
from autograder.model import CheckStatus, Diagnosis, DiagnosisKind
from autograder.store import Store

NAMES_ON_PAGES = (
    *MARKS, "np", "close", "oracle", "is_short_enough", "keeps_what_is_short",
    "shape_and_example",
)
"""Names that the templates below use."""

PUBLIC = '''"""{title}: one line about the question."""

import numpy as np

from autograder.pages import check


def {function}(x, limit):
    """{text_docstring}"""
    ...


@check(points=1)
def shape_and_example({function}):
    """{text_message}"""
    assert np.shape({function}(np.array([3.0, 4.0]), 1.0)) == (2,)
    assert np.allclose({function}(np.array([3.0, 4.0]), 1.0), [0.6, 0.8])
'''
DOCSTRING = Text(
    en="Return x (n,) scaled so that its 2-norm is at most limit; x is not changed.",
    zh="返回缩放后的 x (n,)，其 2-范数不超过 limit；不得改动 x。",
)
MESSAGE = Text(
    en="The small example is off: (3, 4) has the norm 5, clipped to 1 it is (0.6, 0.8).",
    zh="小例子不对：(3, 4) 的范数是 5，裁剪到 1 之后是 (0.6, 0.8)。",
)

SECRET = '''"""{text_notes}"""

import numpy as np

from autograder.check_toolkit import close
from autograder.pages import accepted, check, mistake, proof


def {function}(x, limit):
    x = np.asarray(x, dtype=float)
    return x * min(1.0, limit / np.linalg.norm(x))


def oracle(x, limit):
    """The same by loops, so that the checks do not trust the answer."""
    norm = sum(float(value) ** 2 for value in x) ** 0.5
    return [float(value) * min(1.0, limit / norm) for value in x]


@check(points=2)
def is_short_enough({function}):
    """{text_long}"""
    x = 10 * np.random.default_rng(1).normal(size=5)
    assert close({function}(x, 2.0), oracle(x, 2.0))


@check(points=2)
def keeps_what_is_short({function}):
    """{text_short}"""
    x = np.array([0.3, -0.4, 0.1])
    assert close({function}(x, 2.0), x)


@mistake(is_short_enough)
class clipped_by_value:
    """{text_by_value}"""
    def {function}(x, limit):
        return np.clip(x, -limit, limit)


@mistake(keeps_what_is_short)
class always_scaled:
    """{text_always}"""
    def {function}(x, limit):
        return np.asarray(x) * limit / np.linalg.norm(x)


@accepted
class loops:
    def {function}(x, limit):
        norm = sum(value ** 2 for value in x) ** 0.5
        return [value * min(1, limit / norm) for value in x]


@proof
def clipping_by_value_turns_the_gradient():
    x = np.array([3.0, 4.0])
    turned = np.clip(x, -1.0, 1.0)  # the direction (1, 1), not (3, 4)
    assert turned[0] / turned[1] == 1 and {function}(x, 1.0)[0] < {function}(x, 1.0)[1]
'''
SECRET_TEXTS = {
    "notes": Text(
        en="Clipping by norm shortens a gradient and keeps its direction; clipping each entry "
        "turns it.\nFILL IN: the answer in words, and why the common wrong belief is wrong.",
        zh="按范数裁剪只缩短梯度，方向不变；逐个元素裁剪会改变方向。\n"
        "待填：用文字写出答案，以及常见的错误想法错在哪里。",
    ),
    "long": Text(en="A long vector is not scaled to the limit: divide it by its own norm.",
                 zh="长向量没有缩到上限：除以它自己的范数。"),
    "short": Text(en="A vector below the limit comes back changed: it stays as it is.",
                  zh="没超过上限的向量被改动了：它应当原样返回。"),
    "by_value": Text(en="Clipped each entry by itself, which turns the vector",
                     zh="逐个元素裁剪，方向变了"),
    "always": Text(en="Scaled every vector to the limit, short ones, too",
                   zh="不管长短，一律缩放到上限"),
}

PROMPTS = Text(zh="""# {title}

待填：换成你自己的题目；下面是一道写好的小题，可以照着它的结构写。

预计用时：约 20 分钟

梯度偶尔会大得离谱，一步就把参数推出很远。按范数裁剪只缩短它，不改变方向。

**为什么值得做。** 循环网络不裁剪往往训练不起来。

**小例子（可以手算）。** $x=(3,4)$ 的范数是 5；上限为 1 时结果是 $(0.6, 0.8)$。

**要写的函数**

- `{function}(x, limit)`：缩放后的 `x`。
""", en="""# {title}

FILL IN: your question in place of this one; it is a small finished question, to be followed.

Expected time: about 20 minutes

Now and then a gradient is so large that one step throws the parameters far away. Clipping by norm
shortens it and keeps its direction.

**Why it matters.** Recurrent networks hardly train without it.

**By hand.** $x=(3,4)$ has the norm 5; with the limit 1 the result is $(0.6, 0.8)$.

**What to write**

- `{function}(x, limit)`: `x`, scaled.
""")
BELIEF = """\
FILL IN what someone who writes this believes
中文：FILL IN 这样写的人是怎么想的"""


def new_question(
    homework: str, topic: str, root: Path, languages: Sequence[str] = LANGUAGES
) -> list[Path]:
    """Write the pages of a question about `topic` after the last one of `homework`.

    Around the first question of a new homework, in these `languages`, come its opening pages and
    homework.toml. Returns every path; raises UserError for a topic that names no function or is
    taken.
    """
    name = re.sub(r"^q\d+_", "", re.sub(r"[\s-]+", "_", topic.strip().lower()))
    _refuse_names(homework, topic, name)
    public, secret = root / "assignments" / homework, root / "solutions" / homework
    names = question_names(homework, root) if public.is_dir() else []
    if taken := [other for other in names if re.sub(r"^q\d+_", "", other) == name]:
        raise UserError(
            str(public), _("no question about {name} yet").format(name=name), taken[0],
            _("choose another topic, or edit that question"),
        )
    if names:
        languages = load_settings(homework, root).languages
    number = max([int(m[1]) for n in names if (m := re.match(r"q(\d+)_", n))], default=0) + 1
    question, title = f"q{number:02d}_{name}", name.replace("_", " ").capitalize()
    texts = {"function": name, "title": title} | {
        f"text_{key}": _in(text, languages)
        for key, text in (SECRET_TEXTS | {"docstring": DOCSTRING, "message": MESSAGE}).items()
    }
    pages = {public / f"{question}.py": PUBLIC.format(**texts)}
    pages |= {public / f"{question}.{each}.md": PROMPTS[each].format(**texts) for each in languages}
    pages[secret / f"{question}.py"] = SECRET.format(**texts)
    if not (public / "intro.py").exists():
        pages |= _opening(homework, public, languages)
    for path, text in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(pages)


def _in(text: Text, languages: Sequence[str]) -> str:
    """The text of a docstring in these languages."""
    parts = [text.en] if "en" in languages else []
    if "zh" in languages:
        parts.append(f"{CHINESE}{text.zh}" if parts else text.zh)
    return "\n    ".join(parts).replace("\n    ", "\n") if "\n" in text.en else "\n    ".join(parts)


def _refuse_names(homework: str, topic: str, name: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", homework):
        raise UserError(
            homework, _("a homework like hw3"), _("other characters"),
            _("use letters, digits, - and _"),
        )
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise UserError(
            topic, _("a topic like dropout or weight_decay"), _("other characters"),
            _("begin with a letter; use letters, digits and underscores"),
        )
    if keyword.iskeyword(name) or name in (*TEST_FILE_NAMES, *NAMES_ON_PAGES):
        raise UserError(
            topic, _("a topic that can name a function of the page"), name,
            _("make it longer, like {name}_layer").format(name=name),
        )


def _opening(homework: str, public: Path, languages: Sequence[str]) -> dict[Path, str]:
    """The opening pages and the settings of a new homework."""
    listed = ", ".join(f'"{language}"' for language in languages)
    settings = _(EXAMPLE).format(homework=homework, title=homework, languages=f"[{listed}]")
    texts = {
        "zh": "待填：动手之前学生要知道的事。"
        "一共 {questions} 道题，{points} 分，约 {hours} 小时。\n",
        "en": "FILL IN: what students must know before they begin. {questions} questions, "
        "{points} points, about {hours} h.\n",
    }
    return {public / f"intro.{each}.md": texts[each] for each in languages} | {
        public / "intro.py": '"""The first cell of the notebook."""\n\nimport numpy as np\n',
        public / SETTINGS_FILE: settings,
    }


@dataclass(frozen=True)
class Adopted:
    """A mistake that was written: the line of the page where it begins, and its name."""

    where: str
    name: str


def adopt(homework: str, question: Question, group: str, results: Path) -> Adopted:
    """Write the code of the group into the question's secret page, behind its last mistake.

    Of the answers that count, the shortest of the group is taken.

    Raises UserError when the group is not in `results`, or its code is no function.
    """
    with closing(Store(results, create=False)) as store:
        answers = [each for result in store.latest_results(homework) for each in result.questions
                   if each.name == question.name and _is_of_group(each.diagnosis, group)]
    page, name = question.secret_page, f"group_{group}"
    if not answers:
        raise UserError(
            f"{results}, {question.name}", _("a group {group}").format(group=group),
            _("no such answers"),
            _("take the label from report.html or diagnoses.csv of these results"),
        )
    if any(each.name == name for each in question.mistakes):
        raise UserError(
            str(page), _("no mistake {name} yet").format(name=name), _("one of this name"),
            _("phrase that one, and give it a name of its own"),
        )
    wrong = min(answers, key=lambda each: (len(each.answer), each.answer))
    call = wrong.diagnosis.call if wrong.diagnosis else None
    code = _code(question, wrong.answer, call.asked.partition("(")[0] if call else "", str(results))
    hidden = [check.name for check in question.checks if check.hidden]
    failed = {check.name for check in wrong.checks if check.status is not CheckStatus.PASSED}
    caught_by = next((each for each in hidden if each in failed), hidden[0])
    return Adopted(f"{page}:{_insert(page, name, caught_by, code)}", name)


def _is_of_group(diagnosis: Diagnosis | None, group: str) -> bool:
    """Whether the label of the group, the beginning of its fingerprint, is that of the answer."""
    return (diagnosis is not None and diagnosis.kind is DiagnosisKind.UNKNOWN
            and group.isalnum() and diagnosis.fingerprint.startswith(group))


def _code(question: Question, answer: str, function: str, where: str) -> str:
    """The wrong function and the code that it uses, without the question's other functions."""
    try:
        nodes = ast.parse(answer).body
    except (SyntaxError, ValueError):
        nodes = []
    lines, pieces = answer.split("\n"), list[Piece]()
    for node in nodes:
        decorated = getattr(node, "decorator_list", [])
        start = min([node.lineno, *(each.lineno for each in decorated)]) - 1
        text = "\n".join(lines[start : node.end_lineno])
        for bound in bound_names(node):
            if bound == function or bound not in question.functions:
                pieces.append(Piece(bound, text, where))
    found = reach(pieces, {function})
    if function not in question.functions or not any(each.name == function for each in found):
        raise UserError(
            where, _("the code of a function of {name}").format(name=question.name),
            _("none that can be told from the rest"),
            _("write the mistake by hand; the report shows the code"),
        )
    return "\n\n".join(dict.fromkeys(piece.text for piece in found))


def _insert(page: Path, name: str, caught_by: str, code: str) -> int:
    """Insert the class behind the last mistake of the page; returns its line."""
    text = read_text(page)
    ends = [node.end_lineno or 0 for node in ast.parse(text).body
            if isinstance(node, ast.ClassDef) and _is_mistake(node)]
    lines = text.split("\n")
    place = max(ends, default=len(lines))
    belief = textwrap.indent(f'"""{BELIEF}"""', "    ")
    body = textwrap.indent(code, "    ")
    new = ["", "", f"@mistake({caught_by})", f"class {name}:", *belief.split("\n"),
           *body.split("\n")]
    page.write_text("\n".join([*lines[:place], *new, *lines[place:]]), encoding="utf-8")
    return place + 3


def _is_mistake(node: ast.ClassDef) -> bool:
    calls = [each.func for each in node.decorator_list if isinstance(each, ast.Call)]
    return any(isinstance(call, ast.Name) and call.id == "mistake" for call in calls)
