"""What pydantic found wrong with a course file, said for the person who wrote it."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from autograder.errors import UserError
from gradebook.times import EXAMPLE_TIME


def explained(error: ValidationError, path: Path, text: str, model: type[BaseModel]) -> UserError:
    """The first thing wrong in `text`, the course file at `path`, as a UserError.

    Misspelt keys go first: a missing key is often a misspelt one.
    """
    first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    loc = first["loc"]
    key = str(next((part for part in reversed(loc) if isinstance(part, str)), ""))
    where = ", ".join([_line(path, text, key), *_place(loc)])
    found = "nothing" if first["type"] == "missing" else repr(first["input"])
    if first["type"] == "extra_forbidden":
        known = list(_model_at(model, loc).model_fields)
        return UserError(where, "one of the keys " + ", ".join(known), f"`{key}`",
                         did_you_mean(key, known, "remove it, or see `homework gradebook example`"))
    return UserError(where, _expected(first["type"], first["msg"], key), found,
                     f"correct `{key}`; example_course.toml shows every key")


def did_you_mean(word: str, known: list[str], otherwise: str = "write one of them") -> str:
    """`did you mean ...?` where something is near, `otherwise` how to go on."""
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    near += [name for name in known if len(word) > 2 and name.startswith(word)]
    return f"did you mean `{near[0]}`?" if near else otherwise


def _expected(kind: str, message: str, key: str) -> str:
    if kind == "missing":
        return f"the key `{key}`"
    if key in ("due", "closes"):
        return f"a date with time, such as {EXAMPLE_TIME}, without quotes"
    if kind == "list_type":
        return f"a list: [[{key}]] with two brackets" if key in ("homework", "written") else message
    message = message.removeprefix("Input should be ").strip()
    return message[0].lower() + message[1:]


def _place(loc: tuple[int | str, ...]) -> list[str]:
    """`homework 2` for ('homework', 1, 'name'): people count from one."""
    place = " ".join(str(part + 1) if isinstance(part, int) else part for part in loc[:-1])
    return [place] if place else []


def _line(path: Path, text: str, key: str) -> str:
    """The file, with the line when just one line can be meant."""
    pattern = re.compile(rf"^\s*(\[+\s*)?[\w.]*\b{re.escape(key)}\b\"?\s*(=|\])")
    lines = [n for n, line in enumerate(text.splitlines(), 1) if pattern.match(line)]
    return f"{path}, line {lines[0]}" if len(lines) == 1 else str(path)


def _model_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> type[BaseModel]:
    for part in loc[:-1]:
        if isinstance(part, str):
            model = _table_in(model.model_fields[part].annotation) or model
    return model


def _table_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _table_in(arg))), None)
