"""All processes of the demo: the shop's four workers, its cache, the third party, the load."""

import json
import secrets
from collections.abc import Collection
from pathlib import Path

import httpx

from demo.bad_day import VARIABLE, switch
from demo.processes import Child, Stopped, free_port, is_listening, uvicorn_arguments, wait_until
from demo.shop.seed import seed
from demo.shop.settings import Settings

WORKERS = 4
# Streams and sockets that are still open then are cut off.
GRACE_SECONDS = 1
PEAK = 80.0


class Stage:
    """Starts the processes one after the other, and ends them the other way round."""

    def __init__(
        self,
        folder: Path,
        port: int,
        stop: Collection[int] = (),
        workers: int = WORKERS,
        version: str = "",
    ) -> None:
        """Keep databases and logs in `folder`; serve the shop on 127.0.0.1 at `port`.

        `open` gives up with `Stopped` as soon as anything is in `stop`.
        """
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.store = f"sqlite:///{folder / 'metrics.sqlite3'}"
        self._folder = folder
        self._switches = folder / "switches"
        self._stop = stop
        self._workers = workers
        self._children: list[Child] = []
        self._version = version
        self._settings = Settings(
            database=folder / "shop.sqlite3",
            cache_port=free_port(),
            third_party_url=f"http://127.0.0.1:{free_port()}",
            secret=secrets.token_hex(),
        )

    def open(self, *faults: str) -> None:
        """Fill the shop and start everything but the load; return when all of it answers.

        `faults` are on from the beginning. ValueError for a name that is none.
        """
        if self._stop:
            raise Stopped
        self.switch(*faults)
        cache_port = self._settings.cache_port
        cache = self._start("cache", ["demo.cache_server", str(cache_port)])
        third_party_port = int(self._settings.third_party_url.rpartition(":")[2])
        third_party = self._start(
            "third-party", uvicorn_arguments("demo.third_party:app", third_party_port)
        )
        seed(self._settings.database)
        self._shop = self._start("shop", self._shop_arguments())
        wait_until(lambda: is_listening(cache_port), cache, self._stop)
        wait_until(lambda: is_listening(third_party_port), third_party, self._stop)
        wait_until(lambda: is_healthy(self.url), self._shop, self._stop)

    def let_visitors_in(self, seconds: float, day_seconds: float, peak: float = PEAK) -> None:
        """Start the load for `seconds`, its days `day_seconds` long, `peak` requests/s at noon."""
        lengths = ["--seconds", str(seconds), "--day-seconds", str(day_seconds)]
        self._start("load", ["demo.load", "--url", self.url, *lengths, "--peak", str(peak)])

    def switch(self, *faults: str) -> None:
        """Have these faults of a bad day be on, and no others. ValueError for a name that is none.

        Every process notices within a second.
        """
        switch(self._switches, faults)

    def stop_shop(self, *, at_once: bool = False) -> None:
        """End the shop's workers: as a deploy does, or `at_once`, as when a machine is lost."""
        self._shop.end(0.0 if at_once else 8.0, is_asked=not at_once)
        self._children.remove(self._shop)

    def start_shop(self, version: str = "") -> None:
        """Start the shop's workers anew, of a `version` of it; return when they answer."""
        self._version = version
        self._shop = self._start("shop", self._shop_arguments())
        wait_until(lambda: is_healthy(self.url), self._shop, self._stop)

    def is_over(self) -> bool:
        """Whether the load has come to its end; `ChildFailed` if a process failed."""
        for child in self._children:
            if child.name != "load":
                child.check()
        return all(child.is_done for child in self._children if child.name == "load")

    def close(self) -> str:
        """End every process, the last started first; what became of the load, as one line."""
        for child in reversed(self._children):
            child.end()
        loads = [child for child in self._children if child.name == "load"]
        return summarize(loads[0].output) if loads else "No visitor came."

    def _shop_arguments(self) -> list[str]:
        grace = ("--timeout-graceful-shutdown", str(GRACE_SECONDS))
        workers = ("--workers", str(self._workers), *grace)
        return uvicorn_arguments("demo.shop.app:create_app", self.port, "--factory", *workers)

    def _start(self, name: str, arguments: list[str]) -> Child:
        environment = {
            **self._settings.as_environment(),
            "API_PERFORMANCE_STORE": self.store,
            VARIABLE: str(self._switches),
        }
        if self._version:
            environment["API_PERFORMANCE_VERSION"] = self._version
        child = Child(name, arguments, environment, self._folder)
        self._children.append(child)
        return child


def is_healthy(url: str) -> bool:
    """Whether the shop answers."""
    try:
        return httpx.get(f"{url}/health", timeout=2.0, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def summarize(output: str) -> str:
    """The load's last line of output as a sentence."""
    lines = output.splitlines()
    if not lines:
        return "The load ended without a word."
    load = json.loads(lines[-1])
    statuses = ", ".join(f"{status}: {count}" for status, count in load["statuses"].items())
    return f"{load['requests']} requests sent, {load['errors']} errors ({statuses})."
