"""TOML files that people write, read into pydantic models: homework.toml and the course file.

All errors of a file are reported at once, each with its line if that is known, with what was
expected and found, and with the nearest known key for a misspelt one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from autograder.errors import UserError, UserErrors, did_you_mean
from autograder.language import N_, _

Model = TypeVar("Model", bound=BaseModel)
Loc = tuple[int | str, ...]

KINDS = {
    "list_type": N_("a list, like {key} = [...]"), "tuple_type": N_("a list, like {key} = [...]"),
    "bool_type": N_("true or false"),
    "string_type": N_("a text in quotes"),
    "int_type": N_("a whole number"), "int_parsing": N_("a whole number"),
    "float_type": N_("a number"), "float_parsing": N_("a number"),
    "bool_parsing": N_("true or false"),
}


class Table(BaseModel):
    """A table of a file: unknown keys are errors, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def read_toml(
    path: Path, model: type[Model], *, compare: str, renamed: Mapping[str, str] | None = None,
    context: Mapping[str, object] | None = None,
) -> Model:
    """The file at `path` as a `model`; raises UserErrors with all that is wrong with it.

    `compare` says where every key is explained. `renamed` maps former keys, or `TABLE.KEY`, to what
    to write instead. `context` is for the validators of the model.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        data = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        found = error.strerror if isinstance(error, OSError) else str(error)
        raise UserError(
            str(path), _("a file in TOML, UTF-8"), str(found),
            _("correct it; {compare}").format(compare=compare),
        ) from None
    try:
        return model.model_validate(data, context=dict(context or {}))
    except ValidationError as error:
        raise UserErrors(_errors(error, path, text, model, compare, renamed or {})) from None


def _errors(
    error: ValidationError, path: Path, text: str, model: type[BaseModel], compare: str,
    renamed: Mapping[str, str],
) -> list[UserError]:
    """The errors of pydantic in `text`, misspelt keys first, since a missing key is often one."""
    details = sorted(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
    errors = []
    for each in details:
        loc = each["loc"]
        key = str(next((part for part in reversed(loc) if isinstance(part, str)), ""))
        where = ", ".join([line_of(path, text, key), *_place(loc)])
        fields = _model_at(model, loc).model_fields
        if each["type"] == "extra_forbidden":
            known = list(fields)
            instead = renamed.get(".".join(map(str, loc[-2:])), renamed.get(key))
            errors.append(UserError(
                where, _("one of the keys {keys}").format(keys=", ".join(known)), f"`{key}`",
                instead or did_you_mean(
                    key, known, _("remove it; {compare}").format(compare=compare)),
            ))
        else:
            found = _("nothing") if each["type"] == "missing" else repr(each["input"])
            is_table = _table_in(fields[key].annotation if key in fields else None) is not None
            errors.append(UserError(
                where, _expected(each, key, is_table=is_table), found,
                _("correct `{key}`; {compare}").format(key=key, compare=compare),
            ))
    return errors


def line_of(path: Path, text: str, key: str) -> str:
    """The file, with the line if only one line has the key."""
    pattern = re.compile(rf"^\s*(\[+\s*)?[\w.]*\b{re.escape(key)}\b\"?\s*(=|\])")
    lines = [n for n, line in enumerate(text.splitlines(), 1) if pattern.match(line)]
    if len(lines) == 1:
        return _("{path}, line {line}").format(path=path, line=lines[0])
    return str(path)


def _expected(error: ErrorDetails, key: str, *, is_table: bool) -> str:
    kind = error["type"]
    if kind == "missing":
        return _("the key `{key}`").format(key=key)
    if kind in ("list_type", "tuple_type") and is_table:
        return _("a list: [[{key}]] with two brackets").format(key=key)
    if kind in KINDS:
        return _(KINDS[kind]).format(key=key)
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input should be ").strip()
    return message[0].lower() + message[1:]


def _place(loc: Loc) -> list[str]:
    """`files 2` for ('files', 1): people count from one."""
    place = " ".join(str(part + 1) if isinstance(part, int) else part for part in loc[:-1])
    return [place] if place else []


def _model_at(model: type[BaseModel], loc: Loc) -> type[BaseModel]:
    for part in loc[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            model = _table_in(model.model_fields[part].annotation) or model
    return model


def _table_in(annotation: Any) -> type[BaseModel] | None:
    """The first model in a type such as `list[Homework]`, if there is one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _table_in(arg))), None)
