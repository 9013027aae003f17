"""Settings handed to another process of ours, secrets and all: never by its command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr
from pydantic_core import to_jsonable_python

from api_performance.config.settings import Config


def handed_over(config: Config) -> dict[str, Any]:  # Any: JSON's own types
    """Return the settings that were chosen as JSON's own types; `Config(**these)` has them all.

    A store's file is named as it is found from anywhere.
    """
    chosen: dict[str, Any] = _plain(config.model_dump(exclude_unset=True))
    if config.store_path:
        chosen["store"] = f"sqlite:///{config.store_path.absolute()}"
    return chosen


def _plain(value: Any) -> Any:  # Any: as above
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return to_jsonable_python(value)
