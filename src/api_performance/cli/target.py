"""How `run` tells its workers, which may be other processes, what to load."""

from __future__ import annotations

import os
from typing import Final

TARGET_VARIABLE: Final = "API_PERFORMANCE_TARGET"
FACTORY_VARIABLE: Final = "API_PERFORMANCE_FACTORY"
MEASURED_APP: Final = "api_performance.cli.autoload:app"


def hand_over(target: str, *, is_factory: bool = False) -> str:
    """Put the target into the environment; return what the server is to load in its place."""
    os.environ[TARGET_VARIABLE] = target
    os.environ[FACTORY_VARIABLE] = "1" if is_factory else ""
    return MEASURED_APP
