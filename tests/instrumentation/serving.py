"""Serves an app with uvicorn in a thread, on a free port, and reads what was measured of it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from api_performance import instrument
from api_performance.instrumenting import runtime_of
from api_performance.measure.window import Window
from api_performance.model import Endpoint
from api_performance.runtime import Runtime
from api_performance.stores.base import Query

DEADLINE_SECONDS = 30.0
_LIMITS = httpx.Limits(max_keepalive_connections=0)  # uvicorn hangs up after an exception


@dataclass
class Served:
    """A running app: a client to ask it, and its runtime to read what it measured."""

    client: httpx.Client
    runtime: Runtime
    port: int

    def windows(self) -> dict[str, tuple[Endpoint, Window]]:
        """Flush, and return each endpoint's windows merged, by `METHOD template kind`."""
        self.runtime.flush()
        now = time.time()
        found: dict[str, tuple[Endpoint, Window]] = {}
        for endpoint, window in self.runtime.store.windows(Query(now - 100, now + 2, 1)):
            key = f"{endpoint.name} {endpoint.kind}"
            if key in found:
                found[key][1].merge(window)
            else:
                found[key] = (endpoint, window.copy())
        return found

    def counts(self) -> Counter[str]:
        """Return how often each endpoint was asked."""
        return Counter({key: window.count for key, (_, window) in self.windows().items()})

    def window(self, name: str, kind: str = "http") -> Window:
        """Return what was measured of one endpoint."""
        self.wait_for(lambda: f"{name} {kind}" in self.windows())
        return self.windows()[f"{name} {kind}"][1]

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so; AssertionError after the deadline."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.02)


class _Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """Leave the signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to pytest."""
        yield


@contextmanager
def served(app: Any, *, root_path: str = "", **settings: Any) -> Iterator[Served]:
    """Serve `app`, instrumented with the memory store. Any: any app, `instrument`'s settings."""
    instrument(app, store="memory://", **settings)
    runtime = runtime_of(app)
    assert runtime is not None
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, root_path=root_path)
    server = _Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        address = f"http://127.0.0.1:{port}"
        # Certificates, which nobody needs here, take longer to load than most requests take.
        client = httpx.Client(
            base_url=address, limits=_LIMITS, timeout=DEADLINE_SECONDS, verify=False
        )
        with client:
            yield Served(client, runtime, port)
    finally:
        server.should_exit = True
        thread.join(DEADLINE_SECONDS)
