"""The cells of a homework, its master notebook in one language, and a question as an HTML page.

Otter Assign makes the student's notebook and the solution notebook from the master. The hidden
checks are not in the master at all, so that no setting and no bug of any tool can leave one in a
student's notebook.

The first cell of code finds the notebook's own file, because Otter reads the public checks from
there. The name is not fixed: browsers add "(1)" and students rename, so the file is recognised by
its metadata. Jupyter and VS Code tell the name of the file they run. On Google Colab there is no
file, and Otter wants the checks in tests/.

`stub_cell` and `answer_cell` make the cell of a question, with the stub, the answer or a variant of
the bank; `evaluate`, `check` and the demo class use them too.

`preview` shows a question as students will see it, as an HTML page. Formulas are MathML, which
browsers draw by themselves: nothing is fetched.
"""

from __future__ import annotations

import ast
import html
import json
import re
from dataclasses import dataclass, field

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from autograder.authoring.homework import Homework, Part, Question, Variant
from autograder.authoring.otter_test_file import explaining
from autograder.authoring.page_parser import Text, WrittenQuestion, localised
from autograder.grading.notebook import ANSWER_HERE, IGNORED_TAG

HEADING = Text(
    zh="## {number}. {title}（{points} 分）", en="## {number}. {title} ({points} points)"
)
STUDENT = Text(
    zh="**姓名：** 双击这一格，在这里填写\n\n**学号：** 在这里填写",
    en="**Name:** double-click this cell and write it here\n\n**Student number:** write it here",
)
FOR_THE_TEACHER = Text(zh="**给教师**", en="**For the teacher**")
SUBMIT = Text(
    zh="## 提交\n\n先保存笔记本，再运行下面这一格，得到一个 zip 文件，把它交上去；"
    "直接交 `.ipynb` 文件也可以。",
    en="## Hand in\n\nSave the notebook, run the cell below, and hand in the zip file it makes; "
    "the `.ipynb` file itself will do as well.",
)
EXPORT = "grader.export(pdf=False)"
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}
"""Metadata of a cell whose code JupyterLab, VS Code and Colab show only when asked."""

NOTE = Text(
    zh="# 供自动检查使用：在笔记本文件里找到公开检查，文件改了名字也没关系。"
    "在 Google Colab 上还会安装 Otter。",
    en="# For the checks: finds them in the file of this notebook, under whatever name. "
    "In Google Colab\n# it also installs Otter.",
)
NOT_FOUND = Text(
    zh="没有找到这个笔记本的文件：请先保存，并让它和 Jupyter 的工作文件夹在一起：",
    en="The file of this notebook was not found: save it, in the folder where Jupyter runs it:",
)
NO_DATA = Text(zh="缺少文件，请放到这个文件夹里：", en="These files are missing; put them here:")

START = '''\
{note}
def find_notebook():
    import glob
    import json
    import os
    import sys

    this = {this}
    if "google.colab" in sys.modules:
        import subprocess

        from google.colab import _message

        needed = {needed}
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", *needed], check=True)
        notebook = _message.blocking_request("get_ipynb")["ipynb"]
        with open("{file}", "w", encoding="utf-8") as file:
            json.dump(notebook, file)
        os.makedirs("tests", exist_ok=True)
        for question, checks in notebook["metadata"]["otter"]["tests"].items():
            with open(os.path.join("tests", question + ".py"), "w", encoding="utf-8") as file:
                file.write(checks)
        return "{file}"
    paths = [os.environ.get("JPY_SESSION_NAME", ""), globals().get("__vsc_ipynb_file__", "")]
    for path in paths + sorted(glob.glob("*.ipynb"), key=os.path.getmtime, reverse=True):
        try:
            with open(path, encoding="utf-8") as file:
                if json.load(file)["metadata"]["homework"] == this:
                    return path
        except (OSError, ValueError, KeyError, TypeError):
            pass
    print("{not_found}", os.getcwd())


notebook_file = find_notebook()'''
DATA = """

import os

for name in {files}:
    if not os.path.exists(name):
        print("{no_data}", name)"""
OTTER = "import otter\n\ngrader = otter.Notebook(notebook_file)"
"""Replaces the cell of Otter Assign, which finds the file only under one name."""

MATH = re.compile(r"(```.*?```|`[^`\n]*`)|\$\$(.+?)\$\$|\$([^$\n]+?)\$", re.DOTALL)
"""Code, in which a dollar is a dollar; a formula of its own; a formula in a line."""

PAGE = """\
<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ max-width: 46em; margin: 2em auto; padding: 0 1em; font: 16px/1.55 sans-serif; }}
pre {{ background: #f4f4f4; padding: .8em 1em; overflow-x: auto; }}
code {{ font-family: monospace; }}
table {{ border-collapse: collapse; }} th, td {{ border: 1px solid #ccc; padding: .2em .6em; }}
blockquote {{ border-left: 4px solid #bbb; margin-left: 0; padding-left: 1em; }}
.cell {{ border-left: 4px solid #88a; }}
</style></head><body>
{body}
</body></html>
"""


@dataclass
class Cells:
    """The cells of a notebook, each with an id that tells what it is."""

    cells: list[NotebookNode] = field(default_factory=list)

    def markdown(self, name: str, source: str, **metadata: object) -> None:
        self.cells.append(new_markdown_cell(source, id=name, metadata=metadata))

    def code(self, name: str, source: str, *, ignored: bool = False, **metadata: object) -> None:
        if ignored:
            metadata["tags"] = [IGNORED_TAG]
        self.cells.append(new_code_cell(source, id=name, metadata=metadata))

    def raw(self, source: str) -> None:
        self.cells.append(new_raw_cell(source))


def master_notebook(homework: Homework, language: str) -> NotebookNode:
    """The master notebook; prompts, stubs and messages are in `language`."""
    cells = Cells()
    config = {
        "name": homework.name, "generate": False, "export_cell": False, "run_tests": False,
        "tests": {"ok_format": False},
    }
    cells.raw(f"# ASSIGNMENT CONFIG\n{json.dumps(config)}")
    cells.markdown("title", f"# {homework.title[language]}\n\n{homework.intro[language]}")
    cells.markdown("student", STUDENT[language])
    cells.code("start", start_cell(homework, language))
    cells.code("setup", setup_cell(homework, language))
    for part in homework.parts:
        if isinstance(part, Question):
            _question(cells, part, language)
        else:
            _written(cells, part, language)
    cells.markdown("submit", SUBMIT[language])
    cells.code("export", EXPORT, ignored=True)
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "homework": _described(homework, language),
    }
    notebook: NotebookNode = new_notebook(cells=cells.cells, metadata=metadata)
    nbformat.validate(notebook)
    return notebook


def start_cell(homework: Homework, language: str) -> str:
    """The first cell of code, which finds the public checks."""
    settings = homework.settings
    cell = START.format(
        note=NOTE[language], this=_described(homework, language),
        needed=["otter-grader>=7,<8", *settings.packages],
        file=f"{homework.name}.{language}.ipynb", not_found=NOT_FOUND[language],
    )
    if settings.files:
        cell += DATA.format(files=list(settings.files), no_data=NO_DATA[language])
    return cell


def _described(homework: Homework, language: str) -> dict[str, str]:
    """The entry in the notebook's metadata by which its file is found."""
    return {"name": homework.name, "language": language}


def _question(cells: Cells, question: Question, language: str) -> None:
    short = short_name(question)
    cells.raw(f"# BEGIN QUESTION\nname: {question.name}\npoints: {question.points}")
    cells.markdown(f"{short}-prompt", prompt_with_heading(question, language))
    cells.raw("# BEGIN SOLUTION")
    cells.code(f"{short}-answer", _answer_and_stub(question, language))
    cells.markdown(
        f"{short}-teacher", f"{FOR_THE_TEACHER[language]}\n\n{question.notes[language]}"
    )
    for number, proof in enumerate(question.proofs):
        source = f"# {proof.name.replace('_', ' ')}\n{proof.body}"
        cells.code(f"{short}-proof-{number}", _solution_only(source), ignored=True)
    cells.raw("# END SOLUTION")
    cells.raw("# BEGIN TESTS")
    for check in question.checks:
        if not check.hidden:
            cells.code(f"{short}-{check.name}", _public_check(question, check.name, language))
    cells.raw("# END TESTS")
    cells.raw("# END QUESTION")
    for number, picture in enumerate(question.pictures):
        cells.code(f"{short}-see-{number}", picture, ignored=True, **FOLDED)


def _written(cells: Cells, question: WrittenQuestion, language: str) -> None:
    """Prompt and answer cell; the grader finds the answer by the metadata or by the id."""
    short = short_name(question)
    cells.markdown(f"{short}-prompt", prompt_with_heading(question, language))
    cells.markdown(f"{short}-written", ANSWER_HERE[language], homework={"written": question.name})


def model_answer(question: WrittenQuestion, language: str) -> str:
    """The text of the answer cell in the solution notebook."""
    lines = [f"- {line.points:g}: {line.text[language]}" for line in question.rubric]
    return "\n\n".join(filter(None, [
        FOR_THE_TEACHER[language], question.model_answer[language], "\n".join(lines),
    ]))


def short_name(part: Part) -> str:
    """`q07` for q07_deployment_gap."""
    return part.name.split("_")[0]


def prompt_with_heading(part: Part, language: str) -> str:
    """The prompt as students read it."""
    number = short_name(part).lstrip("q").lstrip("0") or "0"
    heading = HEADING[language].format(
        number=number, title=part.title[language], points=f"{part.points:g}"
    )
    return f"{heading}\n\n{part.prompt[language]}"


def _answer_and_stub(question: Question, language: str) -> str:
    stub = stub_cell(question, language)
    quotes = "'''" if "'''" not in stub else '"""'
    return (
        f"{_solution_only(answer_cell(question, language=language))}\n"
        f"{quotes} # BEGIN PROMPT\n{stub}\n{quotes}; # END PROMPT"
    )


def _solution_only(source: str) -> str:
    """The source between the markers by which Otter Assign strips solutions."""
    return f"# BEGIN SOLUTION NO PROMPT\n{source}\n# END SOLUTION"


def _public_check(question: Question, name: str, language: str) -> str:
    check = next(c for c in question.checks if c.name == name)
    message = json.dumps(check.message[language], ensure_ascii=False)[1:-1]
    config = {
        "points": check.points, "hidden": False,
        "failure_message": message,  # goes between double quotes in the generated test file
    }
    body = explaining(check, language, question.public_imports)
    return (
        f'""" # BEGIN TEST CONFIG\n{json.dumps(config, ensure_ascii=False)}\n'
        f'""" # END TEST CONFIG\n{body}'
    )


def setup_cell(homework: Homework, language: str) -> str:
    """The notebook's first cell of code, docstrings in the student's language."""
    return localised(homework.setup, language)


def stub_cell(question: Question, language: str) -> str:
    """The cell that the student starts from, docstrings in the student's language."""
    imports = [line for line in question.public_imports if line not in question.setup_imports]
    return _cell(imports, [piece.text for piece in question.stub], language)


def answer_cell(question: Question, variant: Variant | None = None, language: str = "en") -> str:
    """The cell of a right answer, or of `variant` where it differs from the answer."""
    pieces = {piece.name: piece.text for piece in [*question.given, *question.answer]}
    if variant is not None:
        pieces |= _definitions(variant.text)
    words = set(re.findall(r"\w+", "\n".join(pieces.values())))
    imports = [
        line for line in question.imports if line not in question.setup_imports
        and (line in question.public_imports or words & set(re.findall(r"\w+", line)))
    ]
    return _cell(imports, list(pieces.values()), language)


def _cell(imports: list[str], pieces: list[str], language: str) -> str:
    """A cell of code; it begins with imports that the notebook's first cell lacks."""
    imports = [line for line in imports if not line.startswith("from __future__")]
    return localised("\n\n\n".join(filter(None, ["\n".join(imports), *pieces])), language)


def _definitions(text: str) -> dict[str, str]:
    """The top-level statements of a variant, by the name that they bind, in order."""
    lines, pieces, start = text.split("\n"), {}, 0
    for index, node in enumerate(ast.parse(text).body):
        name = getattr(node, "name", None) or f"statement {index}"
        pieces[str(name)] = "\n".join(lines[start : node.end_lineno]).strip("\n")
        start = node.end_lineno or start
    return pieces


def preview(part: Part, language: str) -> str:
    """The question as a page: its prompt, and the cell that the student fills in."""
    body = rendered(prompt_with_heading(part, language))
    if isinstance(part, Question):
        check = f'grader.check("{part.name}")'
        for source in (stub_cell(part, language), check):
            body += f'<pre class="cell"><code>{html.escape(source)}</code></pre>\n'
    else:
        body += rendered(ANSWER_HERE[language])
    return PAGE.format(language=language, title=html.escape(part.title[language]), body=body)


def rendered(markdown: str) -> str:
    """Markdown with LaTeX formulas as HTML with MathML."""
    from markdown_it import MarkdownIt

    formulas: list[str] = []

    def keep(match: re.Match[str]) -> str:
        if match[1]:
            return match[1]
        formulas.append(_formula(match[2] or match[3], block=match[2] is not None))
        return f"\N{OBJECT REPLACEMENT CHARACTER}{len(formulas) - 1};"

    text = MarkdownIt("commonmark").enable("table").render(MATH.sub(keep, markdown))
    return re.sub("\N{OBJECT REPLACEMENT CHARACTER}(\\d+);", lambda m: formulas[int(m[1])], text)


def _formula(latex: str, *, block: bool) -> str:
    from latex2mathml.converter import convert

    try:
        return convert(latex, display="block" if block else "inline")
    except Exception:  # a formula that cannot be converted is shown as it was written
        return f"<code>{html.escape(latex)}</code>"
