"""homework.toml: what may stand in it, what it does, and what is said when it is wrong."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.build import autograder_zip, build_homework
from autograder.authoring.check import check_homework
from autograder.authoring.homework import load_homework
from autograder.authoring.settings import EXAMPLE, Settings, load_settings
from autograder.errors import UserError, UserErrors
from autograder.language import LANGUAGES, Language, _, speak
from tests.conftest import Pages
from tests.sentences import pattern, sentence


@pytest.fixture
def file(pages: Pages) -> Path:
    """The settings of the copied toy homework, still to be written."""
    return pages.root / "assignments" / "toy" / "homework.toml"


def members(pages: Pages) -> dict[str, bytes]:
    data = autograder_zip(load_homework("toy", pages.root))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_without_a_file_there_are_defaults(pages: Pages, file: Path) -> None:
    assert load_settings("toy", pages.root) == Settings()
    file.write_text("# nothing chosen\n")
    assert load_settings("toy", pages.root) == Settings()
    assert Settings().languages == ("zh", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_names_every_key(pages: Pages, file: Path, language: Language) -> None:
    speak(language)
    example = _(EXAMPLE)
    for key in Settings.model_fields:
        assert f"\n{key} =" in example or f"\n# {key} =" in example or f"[{key}]" in example, key
    file.write_text(example.format(homework="toy", title="Toy", languages='["en"]'))
    assert load_settings("toy", pages.root).languages == ("en",)


def correct(key: str) -> str:
    return sentence("correct-key", key=key, compare="")


@pytest.mark.parametrize(("text", "expected", "found", "remedy"), [
    ('visibility = "never"', "'hidden', 'after_due_date', 'after_published' or 'visible'",
     "'never'", correct("visibility")),
    ('visibilty = "hidden"', sentence("one-of-keys", keys="title, languages, files"), "`visibilty`",
     sentence("did-you-mean", name="visibility")),
    ('[gradescope]\nvisibility = "hidden"', sentence("one-of-keys", keys="title"), "`gradescope`",
     sentence("visibility-alone")),
    ('languages = "en"', sentence("a-list", key="languages"), "'en'", correct("languages")),
    ('languages = ["de"]', "'zh' or 'en'", "'de'", correct("languages")),
    ('languages = ["en", "en"]', sentence("each-once", doubled="en"), "['en', 'en']",
     correct("languages")),
    ("languages = []", "tuple should have at least 1 item", "[]", correct("languages")),
    ('files = ["../secret.csv"]', sentence("file-beside"), "'../secr",
     correct("files")),
    ('files = ["sales.csv"]', sentence("the-file-beside", name="sales.csv"),
     sentence("no-such-file"), sentence("put-file")),
    ('packages = ["pandas numpy"]', sentence("pip-package"), "'pandas numpy'", correct("packages")),
    ('packages = ["no-such-package-here"]',
     sentence("package-installed", name="no-such-package-here"),
     sentence("no-such-package"),
     sentence("pip-install", name="no-such-package-here")),
    ('together = "yes"', sentence("a-flag"), "'yes'", correct("together")),
    ("seed = 1.5", sentence("whole-number"), "1.5", correct("seed")),
    ('seed_variable = "s"', sentence("seed-with-variable"), sentence("no-seed"),
     sentence("add-seed")),
    ("hours = -1", "greater than 0", "-1", correct("hours")),
    ("hours = nan", "a finite number", "nan", correct("hours")),
    ('title = {zh = "作业"}', sentence("title-in", language="en"), "none",
     sentence("add-language", language="en")),
    ("[selection]", sentence("the-key", key="questions"), "nothing", correct("questions")),
    ("[selection", sentence("toml"), "Expected ']'", sentence("correct-it", compare="")),
])
def test_anything_else_is_a_clear_message(
    text: str, expected: str, found: str, remedy: str, pages: Pages, file: Path
) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as error:
        load_settings("toy", pages.root)
    assert error.value.where.startswith(str(file))
    assert error.value.expected.startswith(expected)
    assert error.value.found.startswith(found)
    assert error.value.remedy.startswith(remedy)


def test_all_that_is_wrong_is_said_at_once_with_its_line(pages: Pages, file: Path) -> None:
    file.write_text('titel = "Toy"\n\nvisibility = 3\nhours = 0\n')
    with pytest.raises(UserError) as error:
        load_homework("toy", pages.root)
    text = str(error.value)
    assert [line for line in (1, 3, 4)
            if sentence("path-line", path=file, line=line) not in text] == []
    assert sentence("did-you-mean", name="title") in text


@pytest.mark.parametrize(("visibility", "shown"), [
    ("hidden", False), ("after_due_date", False), ("after_published", True), ("visible", True),
])
def test_visibility_reaches_the_zip(
    visibility: str, shown: bool, pages: Pages, file: Path
) -> None:
    file.write_text(f'visibility = "{visibility}"\n')
    made = members(pages)
    assert json.loads(made["otter_config.json"])["show_hidden"] is shown
    assert json.loads(made["homework.json"])["visibility"] == visibility


def test_files_packages_seed_and_together_reach_the_zip(pages: Pages, file: Path) -> None:
    file.with_name("sales.csv").write_text("a,b\n1,2\n")
    file.write_text('files = ["sales.csv"]\npackages = ["pandas>=2"]\nseed = 7\n'
                    'seed_variable = "rng_seed"\ntogether = true\n')
    made = members(pages)
    assert made["files/sales.csv"] == b"a,b\n1,2\n"
    assert b"pandas>=2" in made["environment.yml"]
    config = json.loads(made["otter_config.json"])
    assert (config["seed"], config["seed_variable"]) == (7, "rng_seed")
    description = json.loads(made["homework.json"])
    assert (description["together"], description["packages"]) == (True, ["pandas>=2"])
    out = pages.root / "build"
    build_homework("toy", pages.root, out)
    assert (out / "student" / "sales.csv").is_file() and (out / "solutions" / "sales.csv").is_file()


def test_a_homework_in_one_language_asks_nothing_of_the_other(pages: Pages, file: Path) -> None:
    file.write_text('title = "Toy"\nlanguages = ["en"]\n')
    for path in file.parent.glob("*.zh.md"):
        path.unlink()
    intro = pages.public("intro.en.md")
    intro.write_text(intro.read_text().partition("\n")[2])
    secret = pages.secret("q10_product")
    kept = []
    for line in secret.read_text(encoding="utf-8").split("\n"):
        if line.strip().startswith("中文："):
            kept[-1:] = [kept[-1] + '"""'] if line.endswith('"""') else kept[-1:]
        else:
            kept.append(line)
    secret.write_text("\n".join(kept), encoding="utf-8")
    homework = load_homework("toy", pages.root)
    assert homework.title.zh == homework.title.en == "Toy"
    out = pages.root / "build"
    build_homework("toy", pages.root, out)
    assert [path.name for path in (out / "student").iterdir()] == ["toy.en.ipynb"]
    notebook = nbformat.read(out / "student" / "toy.en.ipynb", as_version=4)
    assert not any("一" <= c <= "鿿" for c in nbformat.writes(notebook))


def test_a_selection_takes_points_and_title_along(pages: Pages, file: Path) -> None:
    intro = pages.public("intro.en.md")
    intro.write_text(intro.read_text() + "\n{questions} questions, {points} points.\n")
    whole = load_homework("toy", pages.root)
    assert whole.intro.en.endswith("3 questions, 11 points.")
    some = load_homework("toy", pages.root, ["q10", "q01_row_mean"])
    assert [q.name for q in some.questions] == ["q01_row_mean", "q10_product"]
    assert (some.title.en, some.title.zh) == ("Toy homework (2 questions)", "玩具作业（选 2 题）")
    assert some.intro.en.endswith("2 questions, 7 points.")
    file.write_text('[selection]\nquestions = ["q02"]\ntitle = "Slopes"\n')
    chosen = load_homework("toy", pages.root)
    assert [q.name for q in chosen.questions] == ["q02_slope"]
    assert chosen.title.zh == "Slopes"


def test_a_selection_of_what_is_not_there(pages: Pages, file: Path) -> None:
    file.write_text('[selection]\nquestions = ["q01", "q03", "q02_slop"]\n')
    with pytest.raises(UserError) as error:
        load_homework("toy", pages.root)
    assert "found:    q03" in str(error.value)
    assert sentence("did-you-mean", name="q02_slope") in str(error.value)


def test_hours_on_the_page_are_known_or_asked_for(pages: Pages, file: Path) -> None:
    intro = pages.public("intro.en.md")
    intro.write_text(intro.read_text() + "\nAbout {hours} hours.\n")
    with pytest.raises(UserError, match=pattern("hours-on-page", hours="{hours}")):
        load_homework("toy", pages.root)
    file.write_text("hours = 6\n")
    assert load_homework("toy", pages.root).intro.en.endswith("About 6 hours.")


def test_of_an_unread_file_nothing_follows(pages: Pages) -> None:
    """Which languages are asked for is not known: no page is blamed for a missing one."""
    path = pages.root / "assignments" / "toy" / "homework.toml"
    path.write_text('langauges = ["en"]\n')
    pages.public("q01_row_mean.zh.md").unlink()
    [report] = check_homework("toy", pages.root)
    assert [problem.found for problem in report.problems] == ["`langauges`"]
    with pytest.raises(UserErrors) as caught:
        load_homework("toy", pages.root)
    assert [error.found for error in caught.value.errors] == ["`langauges`"]
