"""Writes the Otter Assign master notebook of a homework in one language.

Otter Assign makes the student's notebook and the solution notebook of it. The hidden checks are
not in it at all, so that no setting and no bug of any tool can leave one in a student's notebook.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from autograder.bank.cells import answer_cell, setup_cell, stub_cell
from autograder.bank.colab import colab_cell
from autograder.bank.homework import Homework, Question
from autograder.bank.pagefile import Text
from autograder.bank.testfile import guarded
from autograder.grading.notebooks import IGNORED_TAG

HEADING = Text(
    zh="## {number}. {title}（{points} 分）", en="## {number}. {title} ({points} points)"
)
FOR_THE_TEACHER = Text(zh="**给教师**", en="**For the teacher**")
SUBMIT = Text(
    zh="## 提交\n\n先保存笔记本，再运行下面这一格，得到一个 zip 文件，把它交上去；"
    "直接交 `.ipynb` 文件也可以。",
    en="## Hand in\n\nSave the notebook, run the cell below, and hand in the zip file it makes; "
    "the `.ipynb` file itself will do as well.",
)
EXPORT = "grader.export(pdf=False)"


@dataclass
class Cells:
    """The cells of a notebook, each with an id that tells what it is."""

    cells: list[NotebookNode] = field(default_factory=list)

    def markdown(self, name: str, source: str) -> None:
        self.cells.append(new_markdown_cell(source, id=name))

    def code(self, name: str, source: str, *, ignored: bool = False) -> None:
        metadata = {"tags": [IGNORED_TAG]} if ignored else {}
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
    cells.code("colab", colab_cell(f"{homework.name}.{language}.ipynb", language))
    cells.code("setup", setup_cell(homework, language))
    for question in homework.questions:
        _question(cells, question, language)
    cells.markdown("submit", SUBMIT[language])
    cells.code("export", EXPORT, ignored=True)
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "homework": {"name": homework.name, "language": language},
    }
    notebook: NotebookNode = new_notebook(cells=cells.cells, metadata=metadata)
    nbformat.validate(notebook)
    return notebook


def _question(cells: Cells, question: Question, language: str) -> None:
    short = question.name.split("_")[0]
    cells.raw(f"# BEGIN QUESTION\nname: {question.name}\npoints: {question.points}")
    cells.markdown(f"{short}-prompt", _prompt(question, language))
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
        cells.code(f"{short}-see-{number}", picture, ignored=True)


def _prompt(question: Question, language: str) -> str:
    number = question.name.split("_")[0].lstrip("q").lstrip("0") or "0"
    heading = HEADING[language].format(
        number=number, title=question.title[language], points=f"{question.points:g}"
    )
    return f"{heading}\n\n{question.prompt[language]}"


def _answer_and_stub(question: Question, language: str) -> str:
    stub = stub_cell(question, language)
    quotes = "'''" if "'''" not in stub else '"""'
    return (
        f"{_solution_only(answer_cell(question, language=language))}\n"
        f"{quotes} # BEGIN PROMPT\n{stub}\n{quotes}; # END PROMPT"
    )


def _solution_only(source: str) -> str:
    """Marked for Otter Assign, which strips no solution block without these markers."""
    return f"# BEGIN SOLUTION NO PROMPT\n{source}\n# END SOLUTION"


def _public_check(question: Question, name: str, language: str) -> str:
    check = next(c for c in question.checks if c.name == name)
    message = json.dumps(check.message[language], ensure_ascii=False)[1:-1]
    config = {
        "points": check.points, "hidden": False,
        "failure_message": message,  # goes between double quotes in the generated test file
    }
    body = guarded(check, language, imports=question.public_imports)
    return (
        f'""" # BEGIN TEST CONFIG\n{json.dumps(config, ensure_ascii=False)}\n'
        f'""" # END TEST CONFIG\n{body}'
    )
