"""Client libraries that are followed by themselves: taken on once imported, and given up again.

An integration wraps what a library offers, and loads none: the runner looks every second at what
the program has imported. What goes wrong in that disables this one integration, with a line in the
log and on the health line, and the program never notices.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Final

logger: Final = logging.getLogger("api_performance")

Undo = Callable[[], None]
"""Takes off what an integration put on: after it the library is as it was."""

STEPS: Final = "fastapi"
"""The integration that the setting `steps` wants."""

INTEGRATIONS: Final = {
    "sqlalchemy": "sqlalchemy.engine",
    "sqlite3": "sqlite3",
    "aiosqlite": "aiosqlite",
    "asyncpg": "asyncpg",
    "psycopg": "psycopg",
    "psycopg_pool": "psycopg_pool",
    "redis": "redis",
    "httpx": "httpx",
    "aiohttp": "aiohttp",
    "requests": "requests",
    STEPS: "fastapi.routing",
}
"""What may be followed, and the module whose import makes it due. A room of ours has the name, and
in it `attach(module) -> Undo`, which raises NotFollowed."""


class NotFollowed(Exception):
    """Why a release of a library cannot be followed."""


def require(distribution: str, oldest: str) -> None:
    """NotFollowed if the distribution is older than `oldest`, such as `2.0`, or is not there."""
    try:
        found = version(distribution)
    except PackageNotFoundError:
        raise NotFollowed(f"{distribution} is imported, but not installed as a package") from None
    if _release(found) < _release(oldest):
        raise NotFollowed(f"{distribution} {found} is older than {oldest}, from which it works")


def _release(text: str) -> tuple[int, ...]:
    numbers = [part for part in text.replace("+", ".").split(".") if part.isdecimal()]
    return tuple(map(int, numbers))


class Integrations:
    """The integrations of this process, for all apps in it. Safe to call from any thread."""

    def __init__(self) -> None:
        """Follow nothing."""
        # Reentrant: an app that is let go of is given up by whichever thread collects garbage, and
        # that may be one that is in here.
        self._lock = threading.RLock()
        self._wanted: Counter[str] = Counter()
        self._attached: dict[str, Undo] = {}
        self.failed: dict[str, str] = {}
        """Why an integration is off that was wanted, by its name."""

    @property
    def attached(self) -> list[str]:
        """The names of the libraries that are followed now."""
        return sorted(self._attached)

    def want(self, names: Iterable[str]) -> None:
        """Follow some libraries, once they are imported, until `unwant` is called as often."""
        with self._lock:
            self._wanted.update(names)
        self.look()

    def unwant(self, names: Iterable[str]) -> None:
        """Follow some libraries no longer, if nobody else wants them."""
        with self._lock:
            self._wanted.subtract(names)
            for name in [name for name, count in self._wanted.items() if count <= 0]:
                del self._wanted[name]
            for name in [name for name in self._attached if name not in self._wanted]:
                self._give_up(name)

    def look(self) -> None:
        """Take on what was imported since the last time: a few lookups, cheap enough for a tick."""
        for name in list(self._wanted):
            if name not in self._attached and name not in self.failed:
                module = sys.modules.get(INTEGRATIONS[name])
                if module is not None and not _is_being_imported(module):
                    self._take_on(name, module)

    def _take_on(self, name: str, module: ModuleType) -> None:
        with self._lock:
            if name in self._attached or name in self.failed:
                return
            try:
                room = import_module(f"api_performance.instrumentation.{name}")
                self._attached[name] = room.attach(module)
            except Exception as error:  # noqa: BLE001  # a library may change under us in any way
                self.failed[name] = (
                    f"{name} is not followed, its calls count as processing: {_reason(error)}."
                    f" Upgrade one of the two, or {_way_out(name)}."
                )
                logger.warning("%s", self.failed[name])

    def _give_up(self, name: str) -> None:
        try:
            self._attached.pop(name)()
        except Exception as error:  # noqa: BLE001  # likewise
            logger.warning("%s could not be left as it was: %s", name, _reason(error))


def _way_out(name: str) -> str:
    return "switch steps off" if name == STEPS else f"take {name} out of integrations"


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, NotFollowed) else f"{type(error).__name__}: {error}"


def _is_being_imported(module: ModuleType) -> bool:
    return bool(getattr(module.__spec__, "_initializing", False))


integrations: Final = Integrations()
"""Those of this process: a library is wrapped once, however many apps are measured."""
