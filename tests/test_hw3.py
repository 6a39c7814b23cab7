"""The homework itself: its public interface, its prose, its points, its notebooks."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from autograder.authoring.evaluate import failures, load_checks
from autograder.authoring.homework import Homework, Question, answer_cell, stub_cell
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

# The wrong beliefs that the homework is about. Whoever holds one loses the points for the idea.
BELIEFS = {
    "q01_forward_prop": ["one_bias_for_all", "weights_as_one_vector"],
    "q02_momentum": ["no_gain_on_a_quadratic", "averages_the_gradient"],
    "q03_depth": ["shallow_grows_linearly", "deep_is_larger", "a_tooth_a_layer"],
    "q04_batch_norm": ["per_sample", "made_gaussian", "ones_and_zeros", "constant_statistics"],
    "q05_relu_before_sigmoid": [
        "negatives_near_one", "negatives_at_zero", "derivative_forgotten", "loss_can_vanish",
    ],
    "q06_vanishing_gradient": ["a_quarter_per_layer", "weights_left_out"],
    "q07_deployment_gap": ["per_sample_split"],
    "q08_overfitting": ["chosen_by_training_error"],
    "q09_multi_task": ["pooled_only", "two_steps", "missing_means_negative"],
    "q10_count_parameters": ["biases_forgotten", "one_bias_a_layer", "biases_for_the_inputs"],
    "q11_regularisation": ["l1_only_scales", "l2_with_threshold", "l1_and_l2_swapped"],
    "q12_exploding_gradient": ["two_norm", "each_array_by_itself", "clipped_by_value"],
    "q13_pooling": ["pooling_has_parameters", "pools_ignored", "strides_ignored"],
    "q14_underfitting": ["more_is_better", "kind_ignored"],
    "q15_attention_lstm": ["invariance_for_equivariance", "weights_for_each_step"],
    "q16_nonlinearity": ["no_activation", "last_bias_only", "linear_for_affine"],
    "q17_minibatch": ["as_if_with_replacement"],
    "q18_logistic_gradient": ["sign_flipped"],
    "q19_gan_losses": ["both_generators_perfect", "optimal_in_both_places"],
    "q20_softmax_network": ["labels_inside_the_log", "jacobian_is_diagonal"],
}

# What right functions earn whose arguments are filled with 0 or 1 before they compute: nothing,
# but for these checks, which do not depend on the values of an array.
INDIFFERENT = {
    "q01_forward_prop": ("scalars only", ["knows_when_the_bug_is_silent",
                                          "knows_when_the_bug_is_loud"]),
    "q02_momentum": ("scalars only", [
        "velocity_builds_up", "velocity_without_friction", "best_plain_descent",
        "square_root_of_the_condition_number", "best_momentum",
    ]),
    "q03_depth": ("scalars only", ["depth_is_cheaper", "counts_the_parameters"]),
    "q06_vanishing_gradient": ("no arguments", ["weight_that_keeps_the_gradient"]),
    "q07_deployment_gap": ("scalars only", ["precision_follows_the_base_rate"]),
    "q09_multi_task": ("its labelled logits are 0", ["shapes_and_example"]),
    "q10_count_parameters": ("scalars only", [
        "every_network_has_the_total", "no_network_is_missing", "widths_in_range_and_no_repeats",
    ]),
    "q11_regularisation": ("mask, which has only a shape", ["drop_rate", "follows_the_rng"]),
    "q12_exploding_gradient": ("shapes only", ["shapes_are_kept"]),
    "q15_attention_lstm": ("scalars only", ["parameters_do_not_grow_with_length"]),
    "q16_nonlinearity": ("no arguments, or functions", [
        "xor_is_exact", "affine_functions_pass", "bends_are_seen", "every_entry_counts",
        "draws_from_rng_as_often_as_told",
    ]),
    "q19_gan_losses": ("no arguments", ["equal_losses_unequal_quality"]),
}
# The checks that are there to see it when an argument is overwritten.
WATCHFUL = {"leaves_arguments_alone", "leaves_sizes_alone", "numerical_gradient_works"}

# Wraps a function so that a call from outside fills its arrays and lists, before or after.
OVERWRITES = '''

import copy

running = []

def fill(value, new):
    if isinstance(value, np.ndarray):
        value[...] = new
    elif isinstance(value, list):
        value[:] = [fill(part, new) for part in value]
    elif isinstance(value, dict):
        value.update({key: fill(part, new) for key, part in value.items()})
    elif isinstance(value, tuple):
        return tuple(fill(part, new) for part in value)
    elif isinstance(value, (int, float)):
        return type(value)(new)
    return value

def overwriting(function, new, before):
    def wrapped(*args, **kwargs):
        if running:
            return function(*args, **kwargs)
        running.append(function)
        try:
            if before:
                fill([*args, *kwargs.values()], new)
            result = function(*args, **kwargs)
            if not before:
                result = list(result) if hasattr(result, "__next__") else result
                result = copy.deepcopy(result)  # arrays of its own
                fill([*args, *kwargs.values()], new)
            return result
        finally:
            running.clear()
    return wrapped

'''

LABELS = {
    "zh": ["**为什么值得做。** ", "**小例子（可以手算）。** ", "**要写的函数**\n", "**图。** "],
    "en": ["**Why it matters.** ", "**By hand.** ", "**What to write**\n", "**The picture** "],
}

# Scores of the answer, of one or two other variants, and what they took: aim 1 s, 300 MB.
SCORES = '''
import json, re, resource, sys, time
from pathlib import Path
from autograder.authoring.homework import load_homework
from autograder.authoring.homework import answer_cell
from autograder.authoring.evaluate import failures, load_checks

def memory_peak():
    """In megabytes. On Linux `ru_maxrss` starts at what the process that forked this one used."""
    if sys.platform == "linux":
        return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)

def scores(every=0):
    found = []
    for question, checks in zip(homework.questions, files):
        others = [*question.mistakes, *question.accepted][::every] if every else []
        for variant in (None, *others):
            failed = failures(checks, homework.setup, answer_cell(question, variant))
            found.append(sum(c.points for c in question.checks if c.name not in failed))
    return found

homework = load_homework("hw3", Path("."))
files = [load_checks(question) for question in homework.questions]
start = time.process_time()
perfect = scores()
seconds = time.process_time() - start
peak = memory_peak()
runs = [scores(every=40) for _ in range(3)]
print(json.dumps({"perfect": perfect, "seconds": seconds, "megabytes": peak, "runs": runs}))
'''


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


def score(question: Question, failed: dict[str, str]) -> float:
    return sum(check.points for check in question.checks if check.name not in failed)


def test_twenty_questions_a_hundred_points(hw3: Homework) -> None:
    assert [question.name for question in hw3.questions] == list(CONTRACT)
    assert {question.points for question in hw3.questions} == {5}
    assert hw3.points == 100
    for question in hw3.questions:
        assert sum(check.points for check in question.checks if not check.hidden) == 1
        assert len(question.pictures) == 1
        assert question.proofs


def test_the_public_interface(hw3: Homework) -> None:
    for question in hw3.questions:
        given = GIVEN[question.name]
        want = {text.split("(")[0]: written(text) for text in given + CONTRACT[question.name]}
        assert list(signatures(stub_cell(question, "en")).items()) == list(want.items())
        answer = signatures(answer_cell(question))
        assert {name: answer[name] for name in want} == want
        assert [piece.name for piece in question.given] == [t.split("(")[0] for t in given]


def test_prompts_have_one_form_and_list_every_function(hw3: Homework, language: str) -> None:
    for question in hw3.questions:
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
    for question in hw3.questions:
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
    for question in hw3.questions:
        if "log(1-\\hat y" in question.prompt.en or "log(1-\\sigma" in question.prompt.en:
            assert "\\log(1+e^{-" in question.prompt[language], question.name
            assert "np.logaddexp(0, " in question.prompt[language], question.name


def test_the_first_page_says_the_rules(hw3: Homework, language: str) -> None:
    for rule in ("1e-6", "1e-7", "`math`", "float32", "pip install otter-grader numpy matplotlib"):
        assert rule in hw3.intro[language]


def test_chinese_paragraphs_stand_on_one_line(hw3: Homework) -> None:
    """A line break in the middle of Chinese text is shown as a space."""
    text_on_both_sides = re.compile(r"[^\n\x00-\x7f]\n(?![-|\n$#`]|> -|\d\.)")
    for prompt in (hw3.intro, *(question.prompt for question in hw3.questions)):
        assert not text_on_both_sides.search(prompt.zh + "\n\n")


def test_docstrings_are_in_the_language_of_the_notebook(hw3: Homework, language: str) -> None:
    for question in hw3.questions:
        for node in ast.parse(stub_cell(question, language)).body:
            assert isinstance(node, ast.FunctionDef)
            docstring = ast.get_docstring(node) or ""
            assert docstring
            assert bool(re.search("[一-鿿]", docstring)) == (language == "zh"), node.name


def test_float32_arrays_are_covered(hw3: Homework) -> None:
    """By every question whose functions take arrays."""
    for question in hw3.questions:
        code = "".join(check.text for check in question.checks if check.hidden)
        covered = "np.float32" in code or "each_dtype(" in code
        assert covered == (question.name != "q10_count_parameters"), question.name


def test_a_wrong_belief_costs_at_least_a_point(hw3: Homework) -> None:
    for question in hw3.questions:
        mistakes = {mistake.name: mistake for mistake in question.mistakes}
        for name in BELIEFS[question.name]:
            cell = answer_cell(question, mistakes[name])
            failed = failures(load_checks(question), hw3.setup, cell)
            assert score(question, failed) <= question.points - 1, (question.name, name)


def overwriting(question: Question, new: int, *, before: bool) -> str:
    """The answer, each function of which fills its arguments with `new`."""
    lines = [f"{name} = overwriting({name}, {new}, {before})" for name in question.functions]
    return answer_cell(question) + OVERWRITES + "\n".join(lines)


@pytest.mark.parametrize("name", CONTRACT)
def test_overwriting_the_arguments_earns_nothing(hw3: Homework, name: str) -> None:
    """Filled before the function computes: right for that other problem, which no check posed.

    Filled after it, the values are right, and only the checks that watch for it fail. So no check
    looks again at what it has handed over; the small examples may, they know what is wanted.
    """
    [question] = [question for question in hw3.questions if question.name == name]
    checks, [example] = load_checks(question), [c.name for c in question.checks if not c.hidden]
    _, indifferent = INDIFFERENT.get(name, ("", []))
    passed = set[str]()
    for new in (0, 1):
        failed = failures(checks, hw3.setup, overwriting(question, new, before=True))
        passed |= {check.name for check in question.checks} - failed.keys()
    assert passed == set(indifferent)
    failed = failures(checks, hw3.setup, overwriting(question, -77, before=False))
    assert failed.keys() & WATCHFUL
    assert failed.keys() <= WATCHFUL | {example}


def test_scores_never_change_and_cost_little() -> None:
    """The aim is 1 s and 300 MB for the perfect notebook; slow machines get four times that."""
    found = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", SCORES], cwd=ROOT, env=environment,
                              capture_output=True, text=True, check=True)
        found.append(json.loads(done.stdout))
    for run in found:
        assert run["perfect"] == [5] * 20
        assert run["seconds"] < 4
        assert run["megabytes"] < 300
        assert all(scores == found[0]["runs"][0] for scores in run["runs"])


@pytest.mark.filterwarnings("ignore")  # what Jupyter does is not held to our own rule
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
    answers = {q.name[:3] + "-answer": answer_cell(q, language=language) for q in hw3.questions}
    assert answers.keys() <= {cell.id for cell in notebook.cells}
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    drawn = language == "zh"
    notebook.cells = [c for c in notebook.cells if drawn or "-see-" not in c.id]
    NotebookClient(notebook, timeout=60, kernel_name="python3",
                   resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    for question in hw3.questions:
        short = question.name[:3]
        assert "All test cases passed!" in plain(shown[f"{short}-check"]), question.name
        if drawn:
            [picture] = shown[f"{short}-see-0"]
            assert "image/png" in picture.data, question.name


def plain(outputs: list[NotebookNode]) -> str:
    return "".join(str(output.get("data", {}).get("text/plain", "")) for output in outputs)
