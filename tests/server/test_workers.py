"""Four workers of a real server on one SQLite file: one installation to whoever signs in."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from api_performance.clock import SystemClock
from api_performance.server.auth import Auth, Role
from api_performance.server.guard import CSRF_HEADER
from api_performance.stores.sqlite import SQLiteStore
from demo.processes import Child, wait_until
from tests.ports import free_port
from tests.server.running import eventually

WORKERS = 4
EVERYTHING_LOGGED = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stream": {"class": "logging.StreamHandler"}},
    "root": {"level": "DEBUG", "handlers": ["stream"]},
}


@dataclass
class Installation:
    """A store, and workers on it that may be ended and started again."""

    folder: Path
    address: str = ""
    child: Child | None = None
    workers: dict[int, httpx.Client] = field(default_factory=dict)

    def start(self, count: int) -> None:
        """Start so many workers, and keep a connection to each."""
        log_config = self.folder / "logging.json"
        log_config.write_text(json.dumps(EVERYTHING_LOGGED))
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        arguments = ["uvicorn", "tests.web.measured_app:app", "--port", str(port)]
        arguments += ["--workers", str(count), "--timeout-keep-alive", "120"]
        arguments += ["--log-config", str(log_config)]
        store = {"API_PERFORMANCE_STORE": f"sqlite:///{self._store}"}
        self.child = Child(f"workers-{port}", arguments, store, self.folder)
        wait_until(self._answers, self.child, stop=())
        eventually(lambda: self._meet_workers(count))

    def end(self) -> None:
        for client in self.workers.values():
            client.close()
        self.workers.clear()
        if self.child is not None:
            self.child.end()

    @contextmanager
    def auth(self) -> Iterator[Auth]:
        """Who may come in, as another process sees it: this one."""
        with closing(SQLiteStore(self._store)) as store:
            yield Auth(store, SystemClock())

    def token(self, role: Role) -> str:
        with self.auth() as auth:
            return auth.token(role)

    def logs(self) -> str:
        """Return all that any worker wrote."""
        files = [*self.folder.glob("*.log"), *self.folder.glob("*.out")]
        return "\n".join(file.read_text(errors="replace") for file in files)

    @property
    def _store(self) -> Path:
        return self.folder / "metrics.sqlite3"

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/internal/ping").is_success
        except httpx.TransportError:
            return False

    def _meet_workers(self, count: int) -> bool:
        """Call several at once, so that one worker alone cannot answer; keep one of each."""
        clients = [httpx.Client(base_url=self.address, timeout=120) for _ in range(count)]
        with ThreadPoolExecutor(count) as callers:
            pids = list(callers.map(_pid, clients))
        for pid, client in zip(pids, clients, strict=True):
            if self.workers.setdefault(pid, client) is not client:
                client.close()
        return len(self.workers) == count


def _pid(client: httpx.Client) -> int:
    return int(client.get("/api/worker").text)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    started = Installation(tmp_path_factory.mktemp("workers"))
    try:
        started.start(WORKERS)
        yield started
    finally:
        started.end()


@dataclass
class Visitor:
    """A browser's session, shown to whichever worker."""

    installation: Installation
    cookie: str
    session: str
    csrf: str

    def statuses(self) -> set[int]:
        """Ask every worker."""
        return {
            client.get("/performance/api/v1/summary", headers=self.headers).status_code
            for client in self.installation.workers.values()
        }

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"{self.cookie}={self.session}", CSRF_HEADER: self.csrf}


SignIn = Callable[[Role], Visitor]


@pytest.fixture
def sign_in(installation: Installation) -> SignIn:
    def at_one_worker(role: Role) -> Visitor:
        client = next(iter(installation.workers.values()))
        body = {"token": installation.token(role)}
        response = client.post("/performance/api/v1/session", json=body)
        client.cookies.clear()
        ((name, value),) = response.cookies.items()
        with installation.auth() as auth:
            session = auth.session(value)
        assert session is not None
        return Visitor(installation, name, value, session.csrf)

    return at_one_worker


def test_one_sign_in_works_at_all_workers_and_signing_out_ends_it_at_all(
    installation: Installation, sign_in: SignIn
) -> None:
    visitor, another = sign_in(Role.VIEW), sign_in(Role.VIEW)
    assert visitor.statuses() == {200}
    last = list(installation.workers.values())[-1]
    response = last.delete("/performance/api/v1/session", headers=visitor.headers)
    assert response.status_code == 204
    eventually(lambda: visitor.statuses() == {401})
    assert another.statuses() == {200}


def test_renewed_tokens_end_every_session_at_every_worker(
    installation: Installation, sign_in: SignIn
) -> None:
    visitor = sign_in(Role.OPERATE)
    assert visitor.statuses() == {200}
    with installation.auth() as auth:
        auth.renew()
    eventually(lambda: visitor.statuses() == {401})
    assert sign_in(Role.VIEW).statuses() == {200}


def test_no_secret_is_in_any_log_though_everything_is_logged(
    installation: Installation, sign_in: SignIn
) -> None:
    tokens = [installation.token(role) for role in Role]
    visitor = sign_in(Role.OPERATE)
    marker = f"/performance/api/v1/none-{time.monotonic_ns()}"
    for client in installation.workers.values():
        client.get("/performance/", params={"token": tokens[0]})
        client.get("/performance/", params={"token": f"{tokens[1]}x"})
        client.get("/performance/api/v1/summary", headers={"Authorization": f"Bearer {tokens[0]}"})
        client.get("/performance/api/v1/summary", headers=visitor.headers)
        client.get(marker, headers=visitor.headers)
        client.cookies.clear()
    eventually(lambda: installation.logs().count(marker) == WORKERS)
    logs = installation.logs()
    assert "GET /performance/?token=hidden" in logs
    for line in (installation.folder / "metrics.sqlite3.keys").read_text().splitlines():
        assert line.split()[1] not in logs
    for secret in (*tokens, visitor.session, visitor.csrf):
        assert secret not in logs


def test_a_user_of_all_workers_counts_once_and_after_a_restart_too(
    installation: Installation, sign_in: SignIn
) -> None:
    visitor = sign_in(Role.OPERATE)

    def seen() -> tuple[int, int]:
        client = next(iter(installation.workers.values()))
        url = "/performance/api/v1/endpoints?window_seconds=3600&search=products"
        rows = client.get(url, headers=visitor.headers).json()["endpoints"]
        called = next(row for row in rows if row["method"] == "GET")
        return called["request_count"], round(called["user_count"])

    for client in installation.workers.values():
        client.get("/api/products/1")
    eventually(lambda: seen() == (WORKERS, 1))

    installation.end()
    installation.start(1)  # the last test: the others want four
    assert visitor.statuses() == {200}
    for client in installation.workers.values():
        client.get("/api/products/1")
    elsewhere = httpx.HTTPTransport(local_address="127.0.0.2")
    with httpx.Client(transport=elsewhere, timeout=120) as other:
        other.get(f"{installation.address}/api/products/1")
    eventually(lambda: seen() == (WORKERS + 2, 2))
