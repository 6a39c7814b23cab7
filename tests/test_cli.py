"""The command line: help like a tour, errors as messages, Ctrl-C as an ordinary end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from autograder import cli as commands
from autograder.cli import complete_homework, complete_question, find_root, main
from autograder.console import VERBS
from autograder.errors import UserError, printable
from autograder.grading import grade as grade_module
from autograder.grading import local
from autograder.sandbox.resources import descendants
from tests.quick import QuickSupervisor
from tests.sentences import pattern, sentence
from tests.tiny import TESTS, write_notebook, write_zip

ROOT = Path(__file__).parents[1]


def homework(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], prog_name="homework")


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A zip to grade with; nothing is run, see tests/quick.py."""
    monkeypatch.setattr(QuickSupervisor, "log", tmp_path / "log", raising=False)
    monkeypatch.setattr(local, "Supervisor", QuickSupervisor)
    return write_zip(tmp_path / "autograder.zip")


@pytest.fixture
def subs(tmp_path: Path) -> Path:
    folder = tmp_path / "subs"
    folder.mkdir()
    (folder / "a.ipynb").write_text("right")
    return folder


def grade(archive: Path, *paths: Path) -> Result:
    out = archive.parent / "out"
    return homework("grade", archive, *paths, "--out", out, "--isolation", "process", "--jobs", "1")


def helps() -> list[list[str]]:
    """Every command that has a help, as arguments."""
    found: list[list[str]] = [[]]
    context = click.Context(main)
    for verb in VERBS:
        found.append([verb])
        command = main.get_command(context, verb)
        if isinstance(command, click.Group):
            found += [[verb, name] for name in command.commands]
    return found


@pytest.mark.parametrize("command", helps(), ids=" ".join)
def test_every_help_fits_a_terminal(command: list[str]) -> None:
    shown = homework(*command, "--help")
    assert shown.exit_code == 0
    assert max(map(len, shown.output.splitlines())) <= 80
    assert shown.output.startswith(f"Usage: homework{''.join(' ' + c for c in command)} ")
    assert re.search(r"^  [A-Z].*\.$", shown.output, re.MULTILINE), "a sentence says what it does"


def test_the_help_walks_along_the_pipeline() -> None:
    lines = homework("--help").output.splitlines()
    start = lines.index(f"{sentence('help-order')}:") + 1
    tour = lines[start : start + len(VERBS)]
    assert [line.split()[0] for line in tour] == list(VERBS)
    assert all(line.endswith(".") and not line.endswith("...") for line in tour)
    assert f"  {sentence('first-walk')}" in lines[:start]


def test_a_verb_that_does_not_exist_says_so() -> None:
    shown = homework("grad")
    assert shown.exit_code == 2
    assert re.search(pattern("no-such-command", name="grad"), shown.output)


def test_nothing_of_the_grader_knows_the_gradebook() -> None:
    """Only the command line sees both packages, and nothing imports the tests."""
    for path in sorted((ROOT / "autograder").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        imports = re.findall(r"^\s*(?:from|import) (gradebook|tests)\b", text, re.MULTILINE)
        assert imports == (["gradebook"] if path.name == "console.py" else []), path.name


def test_a_class_is_graded_and_the_files_are_named(archive: Path, subs: Path) -> None:
    out = archive.parent / "out"
    shown = grade(archive, subs)
    assert shown.exit_code == 0
    assert "Completed" in shown.stdout
    assert shown.stdout.splitlines()[-3:] == [
        str(out / name) for name in ("results.sqlite", "final_grades.csv", "results")]
    again = grade(archive, subs)
    assert sentence("grade-already", count=1, out=out) in again.stdout


def test_what_could_not_be_graded_is_named_and_told_apart(archive: Path, subs: Path) -> None:
    (subs / "b.ipynb").write_text("not_run")
    shown = grade(archive, subs)
    assert shown.exit_code == 1
    assert shown.stderr.endswith(
        f"\n{sentence('grade-failed', count=1)}\n  b.ipynb: no memory\n")


def test_what_the_zip_asks_for_in_vain_is_said(archive: Path, subs: Path) -> None:
    write_zip(archive, TESTS | {"otter_config.json": '{"plugins": ["x"]}'})
    shown = grade(archive, subs)
    ignored = sentence("otter-ignored", config_file="otter_config.json", name="plugins",
                       instead=sentence("otter-plugins"))
    assert f"note: {ignored}" in shown.stderr


def test_an_older_run_says_that_later_verdicts_count(archive: Path, subs: Path) -> None:
    grade(archive, subs)
    write_zip(archive, TESTS | {"files/x": "x"})
    grade(archive, subs)
    write_zip(archive)
    assert sentence("newer-run", run=1, count=1) in grade(archive, subs).stderr


def test_other_files_are_listed_up_to_a_number(archive: Path, subs: Path) -> None:
    for number in range(13):
        (subs / f"{number:02d}.txt").write_text("x")
    lines = grade(archive, subs).stderr.splitlines()
    skipped = sentence("not-a-notebook")
    assert [line for line in lines if line.startswith(skipped)] == [
        *(f"{skipped}: {number:02d}.txt" for number in range(10)),
        f"{skipped}: {sentence('count-more', count=3)}",
    ]


def test_names_of_students_reach_no_terminal_raw(archive: Path, subs: Path) -> None:
    name = "x\x1b[2J[red]\u202e"
    (subs / f"{name}.ipynb").write_text("not_run")
    (subs / f"{name}.txt").write_text("other")
    (subs / f"{name} 2.ipynb").write_text("right")
    shown = grade(archive, subs)
    assert shown.exit_code == 1
    assert not set(shown.output) & {"\x1b", "\u202e"}
    assert r"x\x1b[2J[red]\u202e.ipynb: no memory" in shown.output
    missing = homework("grade", archive, subs / f"{name}.zip", "--out", archive.parent / "out")
    assert missing.exit_code == 2
    assert not set(missing.output) & {"\x1b", "\u202e"}


def test_text_for_the_terminal_keeps_its_lines() -> None:
    assert printable("a\nb\x1b[1m\tc") == "a\nb�[1m�c"


BAD = {
    "zip missing": (lambda t: [t / "no.zip", t / "subs"], sentence("no-such-file")),
    "zip corrupt": (lambda t: [_file(t / "bad.zip", "PK"), t / "subs"], sentence("autograder-zip")),
    "zip without tests": (lambda t: [write_zip(t / "e.zip", {}), t / "subs"],
                          sentence("otter-tests")),
    "broken test": (lambda t: [write_zip(t / "b.zip", {"tests/q1.py": "def ("}), t / "subs"],
                    "b.zip:tests/q1.py"),
    "submissions missing": (lambda t: [t / "autograder.zip", t / "none"], sentence("no-such-file")),
    "submissions empty": (lambda t: [t / "autograder.zip", _folder(t / "empty")],
                          sentence("submission-kinds")),
    "homework unknown": (lambda t: ["hw99", t / "subs"], "hw99"),
}


def _file(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_a_message(archive: Path, subs: Path, tmp_path: Path, case: str) -> None:
    arguments, words = BAD[case]
    shown = homework("--root", ROOT, "grade", *arguments(tmp_path), "--out", tmp_path / "out")
    assert shown.exit_code == 2
    assert shown.stderr.startswith("homework: ")
    assert words.lower() in shown.stderr.lower()
    assert re.search(pattern("four-parts"), shown.stderr) and "Traceback" not in shown.output


def test_an_out_that_is_a_file_says_so(archive: Path, subs: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    shown = grade(archive, subs)
    assert shown.exit_code == 2
    assert re.search(pattern("is-a-file", filename=str(tmp_path / "out")), shown.stderr)
    assert "Traceback" not in shown.output


def test_results_of_another_kind_say_so(archive: Path, subs: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "results.sqlite").write_text("file,q1\n" * 100)
    shown = grade(archive, subs)
    assert shown.exit_code == 2
    assert "found:    file is not a database" in shown.stderr


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fails(*_args: Any, **_options: Any) -> None:
        raise error

    monkeypatch.setattr(grade_module, "read_autograder", fails)


def test_a_defect_of_ours_is_one_message(
    archive: Path, subs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(monkeypatch, KeyError("\x1b[2Jof ours"))
    shown = grade(archive, subs)
    assert shown.exit_code == 2
    place = re.search(r"test_cli\.py:\d+$", shown.stderr, re.MULTILINE)
    assert place and shown.stderr == sentence(
        "defect", what=r"KeyError: '\x1b[2Jof ours'", where=place[0]) + "\n"


def test_debug_shows_the_traceback_of_a_defect(
    archive: Path, subs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(monkeypatch, KeyError("of ours"))
    shown = homework("--debug", "grade", archive, subs, "--out", archive.parent / "out")
    assert shown.exit_code == 2
    assert "Traceback (most recent call last)" in shown.stderr
    assert re.search(pattern("defect", what="KeyError: 'of ours'"), shown.stderr)


def test_what_the_system_refuses_is_no_defect(
    archive: Path, subs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(monkeypatch, OSError(28, "No space left on device", "/tmp/x"))
    shown = grade(archive, subs)
    assert shown.exit_code == 2
    assert shown.stderr == sentence(
        "system-error", what="[Errno 28] No space left on device: '/tmp/x'") + "\n"


def test_ctrl_c_is_an_ordinary_end(
    archive: Path, subs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(monkeypatch, KeyboardInterrupt())
    shown = grade(archive, subs)
    assert shown.exit_code == 130
    assert shown.stderr == f"\n{sentence('interrupted', out=archive.parent / 'out')}\n"


def starts(grader: int, _started: Path) -> bool:
    """Whether a fork server is just being started."""
    commands = [Path(f"/proc/{p}/cmdline") for p in descendants(grader)]
    return any(b"sandbox.fork_server" in path.read_bytes() for path in commands if path.exists())


def works(_grader: int, started: Path) -> bool:
    """Whether student code is running."""
    return started.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are counted in /proc")
@pytest.mark.parametrize(("when", "how"), [
    (works, signal.SIGINT), (works, signal.SIGTERM), (starts, signal.SIGINT)])
def test_an_interrupted_grader_leaves_no_process(
    tmp_path: Path, when: Callable[[int, Path], bool], how: signal.Signals
) -> None:
    archive, started = write_zip(tmp_path / "autograder.zip"), tmp_path / "started"
    cell = f"import time\nopen({str(started)!r}, 'w').close()\ntime.sleep(60)"
    write_notebook(tmp_path / "subs" / "a.ipynb", cell)
    running = subprocess.Popen(
        [sys.executable, "-m", "autograder", "grade", str(archive), str(tmp_path / "subs"),
         "--out", str(tmp_path / "out"), "--isolation", "process", "--jobs", "2"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not when(running.pid, started) and time.monotonic() < deadline:
        time.sleep(0.02)
    family = descendants(running.pid)
    if how is signal.SIGINT:
        os.killpg(running.pid, how)  # a terminal tells them all
    else:
        running.send_signal(how)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == 130
    assert re.search(pattern("interrupted"), errors) and "Traceback" not in errors
    assert family and [p for p in family if Path(f"/proc/{p}").exists()] == []


def test_diff_says_when_nothing_has_changed(archive: Path, subs: Path) -> None:
    grade(archive, subs)
    out = archive.parent / "out"
    same = homework("diff", out, out)
    assert (same.exit_code, same.stdout) == (0, f"{sentence('diff-nothing')}\n")
    (subs / "b.ipynb").write_text("right")
    write_zip(archive, TESTS | {"files/x": "x"})
    grade(archive, subs)
    changed = homework("diff", f"{out}:1", f"{out}:2")
    assert changed.exit_code == 1 and "absent" in changed.stdout


def test_the_root_is_found_upwards(tmp_path: Path) -> None:
    (tmp_path / "assignments").mkdir()
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert find_root(tmp_path / "a" / "b") == tmp_path


def test_no_root_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        find_root(tmp_path)
    assert caught.value == UserError(str(tmp_path), sentence("folder-with-assignments"), "none",
                                     sentence("go-to-homework"))


def test_the_module_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "autograder", "--version"], cwd=ROOT,
                          capture_output=True, text=True, check=True)
    assert done.stdout == "homework, version 0.1.0\n"
    assert commands.main is main


def test_the_time_of_a_submission_is_an_option(
    archive: Path, subs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Notes(QuickSupervisor):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            (archive.parent / "limits").write_text(f"{self.limits.submission:g}")

    monkeypatch.setattr(local, "Supervisor", Notes)
    out = archive.parent / "out"
    done = homework("grade", archive, subs, "--out", out, "--isolation", "process",
                    "--submission-seconds", "33")
    assert done.exit_code == 0
    assert (archive.parent / "limits").read_text() == "33"


def test_a_misspelt_command_is_recognised() -> None:
    result = CliRunner().invoke(main, ["gradebok"])
    assert result.exit_code == 2
    assert sentence("did-you-mean", name="gradebook") in result.output


def test_the_version_is_that_of_the_package() -> None:
    assert metadata.version("homework-that-grades-itself") in (
        CliRunner().invoke(main, ["--version"]).output
    )


def test_submissions_before_the_homework(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["grade", str(tmp_path), "hw3", "--out", str(tmp_path / "o")])
    assert result.exit_code == 2
    assert sentence("grade-arguments") in result.output


def test_the_shell_completes_homeworks_and_questions() -> None:
    context = click.Context(main, obj=ROOT)
    context.params["homework"] = "hw4"
    parameter = main.params[0]
    assert complete_homework(context, parameter, "hw") == ["hw3", "hw4"]
    assert complete_question(context, parameter, "q03") == ["q03_tell_apart"]
