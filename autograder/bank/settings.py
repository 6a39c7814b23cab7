"""What a homework chooses for itself: `assignments/HOMEWORK/homework.toml`, which may be left out.

    [gradescope]
    visibility = "after_published"    # or "hidden", "after_due_date", "visible"
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from autograder.errors import UserError

FILE = "homework.toml"
VISIBILITIES = ("hidden", "after_due_date", "after_published", "visible")
VISIBILITY = "after_published"
"""When students see on Gradescope what became of each question, if nothing else is chosen."""


def load_visibility(homework: str, root: Path) -> str:
    """One of VISIBILITIES; raises UserError for a file that says anything else."""
    path = root / "assignments" / homework / FILE
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return VISIBILITY
    except (OSError, ValueError) as error:
        raise UserError(str(path), "a file in TOML", str(error), "correct it") from None
    gradescope = _only(path, settings, "gradescope", {})
    if not isinstance(gradescope, dict):
        raise UserError(str(path), "a table [gradescope]", repr(gradescope), "correct it")
    visibility = _only(path, gradescope, "visibility", VISIBILITY)
    if visibility not in VISIBILITIES:
        raise UserError(
            str(path), f"visibility as one of {', '.join(VISIBILITIES)}", repr(visibility),
            "choose one of them",
        )
    return str(visibility)


def _only(path: Path, table: dict[str, Any], key: str, default: Any) -> Any:
    for other in table.keys() - {key}:
        raise UserError(str(path), f"nothing but {key}", other, "remove or correct it")
    return table.get(key, default)
