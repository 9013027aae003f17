"""Four workers that measure themselves, and a browser that looks at their page."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from demo.processes import Child, uvicorn_arguments, wait_until
from tests.ports import free_port
from tests.server.running import eventually

WORKERS = 4
PATIENCE_MS = 120_000
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Shop:
    """A running app: its address, its store, its login tokens, and somebody who calls it."""

    url: str
    token: str
    client: httpx.Client
    store: str = ""
    view_token: str = ""
    worker_count: int = 0
    product_count: int = 0

    @property
    def page(self) -> str:
        return f"{self.url}/performance/"

    @property
    def login_address(self) -> str:
        return f"{self.page}#token={self.token}"

    def call(self, times: int = 1) -> None:
        """Call every kind of endpoint."""
        for number in range(times):
            self._send("GET", f"/api/products/{number}")
            self._send("POST", "/api/checkout")
            self._send("GET", "/api/broken")
            self._send("GET", "/internal/ping")
            self._send("GET", f"/no/such/{number}")
        self.product_count += times

    def call_every_worker(self) -> None:
        """Call until all have answered: several at once, so that one alone cannot."""
        pids: set[int] = set()
        with ThreadPoolExecutor(WORKERS) as callers:
            while len(pids) < WORKERS:
                pids.update(callers.map(self._worker, range(WORKERS)))
                self.worker_count += WORKERS
                assert self.worker_count < 100, f"only {pids} answered"

    def _worker(self, _: int) -> int:
        return int(self._send("GET", "/api/worker").text)

    def _send(self, method: str, path: str) -> httpx.Response:
        return self.client.request(method, f"{self.url}{path}", headers={"Connection": "close"})


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    store = {"API_PERFORMANCE_STORE": f"sqlite:///{folder / 'metrics.sqlite3'}"}
    port = free_port()
    arguments = uvicorn_arguments("tests.web.measured_app:app", port, "--workers", str(WORKERS))
    child = Child("measured", arguments, store, folder)
    url = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(trust_env=False, timeout=120) as client:
            wait_until(lambda: _answers(client, url), child, stop=())
            shop = Shop(url, _token(store, folder), client, store["API_PERFORMANCE_STORE"])
            shop.view_token = _token(store, folder, "--role", "view")
            shop.call_every_worker()
            shop.call(20)
            yield shop
    finally:
        child.end()


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(f"{url}/internal/ping").is_success
    except httpx.TransportError:
        return False


def _token(store: dict[str, str], folder: Path, *options: str) -> str:
    command = [str(Path(sys.executable).with_name("api-performance")), "token", "--raw", *options]
    environment = {**os.environ, **store}
    answer = subprocess.run(
        command, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True, check=True
    )
    return answer.stdout.strip()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Watched:
    """What a page did that it must not do."""

    host: str
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} {message.location}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith(self.host):
            self.complaints.append(f"request to elsewhere: {request.url}")


NewPage = Callable[..., Page]


@pytest.fixture
def new_page(browser: Browser, shop: Shop) -> Iterator[NewPage]:
    """Opens pages; at the end none may have complained, nor asked another host."""
    watched = Watched(shop.url)
    contexts = []

    def open_page(
        width: int = 1440,
        height: int = 900,
        *,
        may_complain: bool = False,
        theme: str = "light",
        time_zone: str = "UTC",
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            timezone_id=time_zone,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        if not may_complain:
            watched.watch(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert watched.complaints == []


def next_ten_seconds(shop: Shop) -> int:
    """Wait for the next multiple of ten seconds, where the tables' steps begin; returns it."""
    instant = int(time.time()) // 10 * 10 + 10
    eventually(lambda: server_time(shop) > instant)
    return instant


def server_time(shop: Shop) -> float:
    headers = {"Authorization": f"Bearer {shop.token}"}
    health = shop.client.get(f"{shop.page}api/v1/health", headers=headers)
    return float(health.raise_for_status().json()["as_of"])


def show(page: Page, shop: Shop, address: str = "#/endpoints", *, token: str = "") -> Page:
    """Sign in, by the operator's token without another, and go to an address of the page."""
    page.goto(f"{shop.page}#token={token or shop.token}")
    page.wait_for_selector("#content h1")
    page.evaluate("address => { location.hash = address }", address)
    return page


@pytest.fixture
def page(new_page: NewPage, shop: Shop) -> Page:
    """A page that is signed in and shows the table."""
    page = show(new_page(), shop)
    page.wait_for_selector("tbody tr[data-row]")
    return page
