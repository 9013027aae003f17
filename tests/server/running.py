"""A real server in a thread of the test's process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from api_performance.clock import SystemClock
from api_performance.config import Config
from api_performance.queries import Queries, ReadSettings
from api_performance.queries.rows import Tables
from api_performance.server.app import HiddenToken, make_app
from api_performance.server.auth import Auth, Role
from api_performance.server.guard import CSRF_HEADER
from api_performance.stores.base import Retention, Store
from api_performance.stores.memory import MemoryStore
from tests.queries.making import Service

PATIENCE_SECONDS = 120.0


@dataclass
class Running:
    """Where the server answers, what it reads, and what it wrote to its access log."""

    address: str
    service: Service
    auth: Auth
    config: Config
    app: Any  # whatever ASGI app

    @property
    def api(self) -> str:
        return f"{self.address}/api/v1"

    @property
    def live_address(self) -> str:
        return self.api.replace("http", "ws", 1) + "/live"

    def bearer(self, role: Role = Role.VIEW) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.auth.token(role)}"}

    @contextmanager
    def signed_in(self, role: Role = Role.VIEW) -> Iterator[httpx.Client]:
        """A browser-like client with a session."""
        with httpx.Client(base_url=self.api, headers={"Origin": self.address}) as client:
            response = client.post("/session", json={"token": self.auth.token(role)})
            assert response.status_code == 204
            yield client


def csrf(browser: httpx.Client) -> dict[str, str]:
    """The header without which a signed-in browser changes nothing."""
    return {CSRF_HEADER: browser.get("/session").json()["csrf"]}


class _Clock(SystemClock):
    """The system's clock under a test's hand: `Service.pass_time` is not for it."""

    def advance(self, seconds: float) -> None:
        raise NotImplementedError("a real server runs on real time")


@contextmanager
def running(
    store: Store | None = None, *, send_buffer_bytes: int = 0, **settings: Any
) -> Iterator[Running]:
    """Serve what a service measured until the block ends. Any: Config's own fields.

    `send_buffer_bytes` is what the system keeps of a connection that is not read, if not its usual.
    """
    config = Config(**settings)
    service = Service(clock=_Clock(), store=store or MemoryStore(Retention()))  # type: ignore[arg-type]  # reads alone
    queries = Queries(service.store, service.clock, settings_of(config))
    auth = Auth(service.store, service.clock, is_required=config.authentication)
    app = make_app(queries, auth, config)
    with served(HiddenToken(app), send_buffer_bytes) as address:
        yield Running(address, service, auth, config, app)


def settings_of(config: Config) -> ReadSettings:
    return ReadSettings(
        history_window=config.dashboard_config.history_window,
        max_data_points=config.dashboard_config.max_data_points,
        cache_size=config.optimization_config.cache_size,
        retention=Retention(config.retention),
        tables=Tables(config.response_time_thresholds, config.throughput_thresholds),
    )


@contextmanager
def served(app: Any, send_buffer_bytes: int = 0) -> Iterator[str]:
    """Serve an ASGI app on a free port; yields its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if send_buffer_bytes:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer_bytes)
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, lifespan="off", ws="websockets-sansio")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            eventually(lambda: server.started)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(PATIENCE_SECONDS)


def eventually(is_so: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something is so; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"it was not so after {seconds} s"
        time.sleep(0.02)
