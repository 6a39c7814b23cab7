"""The homework itself: its public interface, its prose, its points, its notebooks."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from autograder.authoring.homework import Homework, Question
from autograder.authoring.student_notebook import answer_cell, stub_cell
from tests.conftest import ROOT


def interface(marker: str) -> dict[str, list[str]]:
    """The signatures on the page that other people's submissions rely on, by question."""
    page = (ROOT / "assignments/hw3/INTERFACE.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (q\d\d\w*)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return {
        name: re.findall(rf"^- {marker}`([^`]*)`", body, re.MULTILINE) for name, body in sections
    }


CONTRACT = interface("")
GIVEN = interface("given ")


def contracted(hw3: Homework) -> list[Question]:
    """The questions of INTERFACE.md; one that was added here is not held to its promises."""
    return [question for question in hw3.questions if question.name in CONTRACT]


LABELS = {
    "zh": ["**为什么值得做。** ", "**小例子（可以手算）。** ", "**要写的函数**\n", "**图。** "],
    "en": ["**Why it matters.** ", "**By hand.** ", "**What to write**\n", "**The picture** "],
}


@pytest.fixture(params=["zh", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def written(signature: str) -> str:
    """A signature as `ast.unparse` writes it, so that 1e-5 is 1e-05 on both sides."""
    return ast.unparse(ast.parse(f"def {signature}: ..."))


def signatures(code: str) -> dict[str, str]:
    """The functions of a cell, by name."""
    functions = [n for n in ast.parse(code).body if isinstance(n, ast.FunctionDef)]
    return {n.name: written(f"{n.name}({ast.unparse(n.args)})") for n in functions}


def test_every_question_of_the_interface_is_worth_the_same(hw3: Homework) -> None:
    assert [question.name for question in contracted(hw3)] == list(CONTRACT)
    assert {question.points for question in contracted(hw3)} == {5}
    for question in contracted(hw3):
        assert sum(check.points for check in question.checks if not check.hidden) == 1
        assert len(question.pictures) == 1
        assert question.proofs


def test_the_public_interface(hw3: Homework) -> None:
    for question in contracted(hw3):
        given = GIVEN[question.name]
        want = {text.split("(")[0]: written(text) for text in given + CONTRACT[question.name]}
        assert list(signatures(stub_cell(question, "en")).items()) == list(want.items())
        answer = signatures(answer_cell(question))
        assert {name: answer[name] for name in want} == want
        assert [piece.name for piece in question.given] == [t.split("(")[0] for t in given]


def test_prompts_have_one_form_and_list_every_function(hw3: Homework, language: str) -> None:
    for question in contracted(hw3):
        text = question.prompt[language]
        places = [text.find(f"\n{label}") for label in LABELS[language]]
        assert -1 not in places and places == sorted(places), question.name
        for signature in CONTRACT[question.name]:
            assert f"`{signature}`" in text[places[2] :], signature


EXPECTED_TIME = {
    "zh": r"预计用时：约 (\d+) 分钟\n\n", "en": r"Expected time: about (\d+) minutes\n\n"
}
WARNING = {"zh": "\n> **与常见写法的不同", "en": "\n> **If you know it differently"}


def test_prompts_print_their_time_and_warn_of_other_contracts(hw3: Homework) -> None:
    for question in contracted(hw3):
        minutes = set()
        for language, pattern in EXPECTED_TIME.items():
            text = question.prompt[language]
            found = re.match(pattern, text)
            assert found, question.name
            minutes.add(int(found[1]))
            assert 0 < text.find(WARNING[language]) < text.find(LABELS[language][2]), question.name
        assert len(minutes) == 1, question.name
        assert 20 <= minutes.pop() <= 120


def test_cross_entropy_from_logits_is_explained_wherever_it_is_needed(
    hw3: Homework, language: str
) -> None:
    """Each question can be solved without another one."""
    for question in contracted(hw3):
        if "log(1-\\hat y" in question.prompt.en or "log(1-\\sigma" in question.prompt.en:
            assert "\\log(1+e^{-" in question.prompt[language], question.name
            assert "np.logaddexp(0, " in question.prompt[language], question.name


def test_the_first_page_says_the_rules(hw3: Homework, language: str) -> None:
    for rule in ("1e-6", "1e-7", "`math`", "float32", "pip install otter-grader numpy matplotlib"):
        assert rule in hw3.intro[language]


def test_chinese_paragraphs_stand_on_one_line(hw3: Homework) -> None:
    """A line break in the middle of Chinese text is shown as a space."""
    text_on_both_sides = re.compile(r"[^\n\x00-\x7f]\n(?![-|\n$#`]|> -|\d\.)")
    for prompt in (hw3.intro, *(question.prompt for question in contracted(hw3))):
        assert not text_on_both_sides.search(prompt.zh + "\n\n")


def test_docstrings_are_in_the_language_of_the_notebook(hw3: Homework, language: str) -> None:
    for question in contracted(hw3):
        for node in ast.parse(stub_cell(question, language)).body:
            assert isinstance(node, ast.FunctionDef)
            docstring = ast.get_docstring(node) or ""
            assert docstring
            assert bool(re.search("[一-鿿]", docstring)) == (language == "zh"), node.name


@pytest.mark.filterwarnings("ignore")  # what Jupyter does is not held to our own rule
@pytest.mark.slow
def test_the_notebook_with_the_answers_runs_in_jupyter(
    hw3: Homework, hw3_notebooks: dict[str, bytes], language: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every public check passes; the pictures, the same in both languages, are drawn in one."""
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    name = f"hw3.{language}.ipynb"
    notebook = nbformat.reads(hw3_notebooks[f"student/{name}"].decode(), as_version=4)
    nbformat.write(notebook, tmp_path / name)  # where Otter looks for it
    answers = {q.name[:3] + "-answer": answer_cell(q, language=language) for q in contracted(hw3)}
    assert answers.keys() <= {cell.id for cell in notebook.cells}
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    drawn = language == "zh"
    notebook.cells = [c for c in notebook.cells if drawn or "-see-" not in c.id]
    NotebookClient(notebook, timeout=60, kernel_name="python3",
                   resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    for question in contracted(hw3):
        short = question.name[:3]
        assert "All test cases passed!" in plain(shown[f"{short}-check"]), question.name
        if drawn:
            [picture] = shown[f"{short}-see-0"]
            assert "image/png" in picture.data, question.name


def plain(outputs: list[NotebookNode]) -> str:
    return "".join(str(output.get("data", {}).get("text/plain", "")) for output in outputs)
