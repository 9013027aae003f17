"""Where settings come from besides arguments: environment variables and one TOML file."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

from api_performance.config.values import parse_environment_text
from api_performance.errors import ConfigError

PREFIX: Final = "API_PERFORMANCE_"
FILE_VARIABLE: Final = f"{PREFIX}CONFIG"
ADDRESS_VARIABLE: Final = f"{PREFIX}ADDRESS"
"""Where the server that the command line starts will answer: `http://127.0.0.1:8000`."""

OTHER_VARIABLES: Final = frozenset(
    {
        FILE_VARIABLE,
        ADDRESS_VARIABLE,
        f"{PREFIX}TARGET",
        f"{PREFIX}FACTORY",
        f"{PREFIX}URL",
        f"{PREFIX}TOKEN",
    }
)
"""Variables with our prefix that are no settings: the file, what the command line hands over."""

OWN_FILE: Final = "api-performance.toml"
PROJECT_FILE: Final = "pyproject.toml"
TABLE: Final = "api-performance"


class Variables(EnvSettingsSource):
    """Environment variables; unknown ones too, so that a misspelt name is refused, not lost."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """Hand text that is no JSON to the setting's own parser, which knows what it takes."""
        return parse_environment_text(str(value))

    def __call__(self) -> dict[str, Any]:  # Any: raw values before validation
        """Return raw values by setting."""
        values = super().__call__()
        values.update(unknown_variables(self.settings_cls.model_fields))
        return values


def unknown_variables(settings: Iterable[str]) -> dict[str, str]:
    """Return what is set with our prefix and is neither a setting nor another variable of ours."""
    known = set(settings)
    names = (name for name in os.environ if name.upper().startswith(PREFIX))
    by_setting = {name.upper().removeprefix(PREFIX).lower(): name for name in names}
    return {
        setting: os.environ[name]
        for setting, name in by_setting.items()
        if setting.partition("__")[0] not in known and name.upper() not in OTHER_VARIABLES
    }


class SettingsFile(PydanticBaseSettingsSource):
    """The TOML file, with the table `[environment.LABEL]` of the chosen label laid over it."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        self.path, self.content = read_settings_file()

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the raw value of one setting: what the base class demands."""
        return self().get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:  # Any: raw values before validation
        """Return raw values by setting."""
        return overlay(self.content, str(self.current_state.get("environment") or ""), self.path)


def overlay(content: Mapping[str, Any], environment: str, path: Path | None) -> dict[str, Any]:
    """Merge the label's overlay into the file's own settings.

    ConfigError if an overlay is no table. A file without overlays may name the label itself.
    """
    values = dict(content)
    overlays = values.get("environment")
    if not isinstance(overlays, Mapping):
        return values
    del values["environment"]
    for label, table in overlays.items():
        if not isinstance(table, Mapping):
            raise ConfigError(
                f"{path}: environment.{label} = {table!r} is no table; write [environment.{label}]"
                " and its settings below"
            )
    return _merge(values, overlays.get(environment, {}))


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        lower = merged.get(name)
        both = isinstance(lower, Mapping) and isinstance(value, Mapping)
        merged[name] = _merge(lower, value) if both else value  # type: ignore[arg-type] # both says it
    return merged


def read_settings_file() -> tuple[Path | None, dict[str, Any]]:
    """Return the first file there is and its settings; (None, {}) without any.

    In order: the file API_PERFORMANCE_CONFIG names, `api-performance.toml`, and the table
    `[tool.api-performance]` of `pyproject.toml`, both in the working directory. ConfigError if the
    named file is missing or any of them cannot be read.
    """
    if named := os.environ.get(FILE_VARIABLE):
        if not Path(named).is_file():
            raise ConfigError(f"{FILE_VARIABLE}={named!r} names no file; write it or unset it")
        return Path(named), _settings_of(Path(named))
    for candidate in (Path(OWN_FILE), Path(PROJECT_FILE)):
        if candidate.is_file() and (settings := _settings_of(candidate)):
            return candidate, settings
    return None, {}


def _settings_of(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # ValueError: no UTF-8, or no TOML
        raise ConfigError(f"{path} cannot be read as TOML: {error}") from error
    if path.name == PROJECT_FILE:
        return dict(content.get("tool", {}).get(TABLE, {}))
    return content
