"""The cell that makes a student notebook work on Google Colab.

Otter reads public checks from the notebook's metadata, but not on Colab, where the notebook is no
file: there it wants test files. This cell, which does nothing elsewhere, fetches the notebook from
Colab and writes both files.
"""

from __future__ import annotations

from autograder.bank.pagefile import Text

NOTE = Text(
    zh="# 只在 Google Colab 上起作用：安装 Otter，并取出公开检查。在别处运行也无妨。",
    en="# For Google Colab: installs Otter and unpacks the public checks. Harmless elsewhere.",
)

CELL = """\
{note}
import sys

if "google.colab" in sys.modules:
    import json
    import subprocess
    from pathlib import Path

    from google.colab import _message

    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "otter-grader>=7,<8"], check=True)
    notebook = _message.blocking_request("get_ipynb")["ipynb"]
    Path("{file}").write_text(json.dumps(notebook), encoding="utf-8")
    Path("tests").mkdir(exist_ok=True)
    for question, checks in notebook["metadata"]["otter"]["tests"].items():
        Path("tests", question + ".py").write_text(checks, encoding="utf-8")"""


def colab_cell(file: str, language: str) -> str:
    """The cell for the notebook called `file`."""
    return CELL.format(note=NOTE[language], file=file)
