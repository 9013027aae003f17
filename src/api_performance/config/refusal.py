"""What a person reads when a setting is refused: its name, its value, and what is allowed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from api_performance.config.channels import OPEN_FIELDS
from api_performance.config.sources import PREFIX, read_settings_file
from api_performance.config.values import without_password
from api_performance.errors import ConfigError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_LONGEST_VALUE = 80


def refuse(
    error: ValidationError, settings: type[BaseModel], arguments: Mapping[str, object]
) -> ConfigError:
    """Return the error to raise: one line per wrong setting, none with a secret in it."""
    lines = [_line(detail, settings, arguments) for detail in error.errors(include_url=False)]
    if len(lines) == 1:
        return ConfigError(lines[0])
    return ConfigError("\n".join([f"{len(lines)} settings are wrong:", *lines]))


def _line(detail: ErrorDetails, settings: type[BaseModel], arguments: Mapping[str, object]) -> str:
    location = [str(part) for part in detail["loc"] if part != "[key]"]
    name, origin = ".".join(location), _origin(location, arguments)
    if detail["type"] == "extra_forbidden":
        return f"{name} ({origin}) is no setting{_nearest(location, settings)}"
    allowed = _allowed(location, settings)
    value, reason = _shown(location, detail["input"]), _reason(detail)
    return f"{name} = {value} ({origin}) is refused: {reason}; allowed: {allowed}"


def _reason(detail: ErrorDetails) -> str:
    text = detail["msg"].removeprefix("Value error, ")
    return text[0].lower() + text[1:]


def _shown(location: list[str], value: object) -> str:
    setting = location[0]
    if setting.endswith("token") or (setting == "channels" and not _is_open(location, value)):
        return "(secret)"
    if setting == "store" and isinstance(value, str):
        value = without_password(value)
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _is_open(location: list[str], value: object) -> bool:
    """Tell whether a channel's value holds no secret: a text in a field that is none, no address.

    That of a field that is missing is the whole table.
    """
    is_text = isinstance(value, str) and "://" not in value
    return is_text and len(location) > 2 and location[2] in OPEN_FIELDS


def _nearest(location: list[str], settings: type[BaseModel]) -> str:
    *parents, name = location
    known = list(_model(parents, settings).model_fields)
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    prefix = ".".join([*parents, ""])
    if close:
        return f"; did you mean {prefix}{close[0]}?"
    return f"; the settings are {', '.join(known)}"


def _model(location: list[str], settings: type[BaseModel]) -> type[BaseModel]:
    for name in location:
        settings = _table(settings.model_fields.get(name)) or settings
    return settings


def _table(field: FieldInfo | None) -> type[BaseModel] | None:
    annotation: object = field.annotation if field else None
    if get_origin(annotation) is tuple:  # a list of tables
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is Mapping:  # tables by name
        annotation = get_args(annotation)[1]
    is_table = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_table else None  # type: ignore[return-value] # is_table says it


def _allowed(location: list[str], settings: type[BaseModel]) -> str:
    field = settings.model_fields[location[0]]
    table = _table(field)
    inner = table.model_fields.get(location[-1]) if table and len(location) > 1 else None
    return (allowed_values(inner) if inner else "") or allowed_values(field)


def allowed_values(field: FieldInfo) -> str:
    """Return what a setting takes, in words."""
    extra = field.json_schema_extra
    return str(extra["allowed"]) if isinstance(extra, dict) else ""


def _origin(location: list[str], arguments: Mapping[str, object]) -> str:
    if _holds(arguments, location):
        return "argument"
    whole = PREFIX + "__".join(location).upper()
    wanted = {PREFIX + location[0].upper(), whole}
    for name in os.environ:
        if name.upper() in wanted or name.upper().startswith(f"{whole}__"):
            return f"environment variable {name}"
    path, content = read_settings_file()
    if path is not None and content:
        return str(path)
    return "argument" if location[0] in arguments else "default"


def _holds(values: Any, location: list[str]) -> bool:  # Any: arguments nest as users like
    for name in location:
        if not isinstance(values, Mapping):
            return True  # an error inside a value that is no table is an error of that value
        if name not in {str(key) for key in values}:
            return False
        values = next(item for key, item in values.items() if str(key) == name)
    return True
