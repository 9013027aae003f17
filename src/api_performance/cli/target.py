"""How `run` tells its workers, which may be other processes, what to load."""

from __future__ import annotations

import os
from typing import Final

from api_performance.config.sources import ADDRESS_VARIABLE

TARGET_VARIABLE: Final = "API_PERFORMANCE_TARGET"
FACTORY_VARIABLE: Final = "API_PERFORMANCE_FACTORY"
MEASURED_APP: Final = "api_performance.cli.autoload:app"


def hand_over(target: str, *, is_factory: bool = False) -> str:
    """Put the target into the environment; return what the server is to load in its place."""
    os.environ[TARGET_VARIABLE] = target
    os.environ[FACTORY_VARIABLE] = "1" if is_factory else ""
    return MEASURED_APP


def tell_address(host: str, port: int, *, is_encrypted: bool) -> None:
    """Let the workers know where they will answer; a port of 0, not known yet, is no address."""
    os.environ.pop(ADDRESS_VARIABLE, None)  # of a server around this one
    if not port:
        return
    near = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    name = f"[{near}]" if ":" in near else near
    os.environ[ADDRESS_VARIABLE] = f"{'https' if is_encrypted else 'http'}://{name}:{port}"
