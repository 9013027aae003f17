"""The example behind nginx, with its own configuration file: prefix, origin, users, wait, push."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from demo.processes import is_listening
from tests.cli.servers import PATIENCE_SECONDS, carried_out, eventually, serving
from tests.ports import free_port
from tests.web.conftest import CHROMIUM, FLAGS, PATIENCE_MS

pytestmark = pytest.mark.needs_system("nginx")

EXAMPLE = Path(__file__).parents[2] / "examples" / "behind_nginx"
UVICORN = Path(sys.executable).parent / "uvicorn"
BESIDE_THE_EXAMPLE = """
{user}
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/shop.conf;
}}
"""
"""What a distribution's own file says, with every path in the test's folder."""


@dataclass
class Shop:
    """Where nginx answers, and a token of the app behind it."""

    host: str
    token: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def address(self, path: str, scheme: str = "http") -> str:
        return f"{scheme}://{self.host}/shop{path}"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    (named,) = [
        line
        for line in (EXAMPLE / "shop_app.py").read_text(encoding="utf-8").splitlines()
        if line.startswith("uvicorn ")
    ]
    options = [*named.split()[1:], "--app-dir", str(EXAMPLE), "--port", "0"]
    with serving(folder, str(UVICORN), *options) as server:
        port = free_port()
        proxy = start_nginx(folder, server.address.removeprefix("http://"), port)
        try:
            eventually(lambda: is_listening(port))
            yield Shop(f"127.0.0.1:{port}", carried_out(folder, "token", "--raw").stdout.strip())
        finally:
            proxy.terminate()
            proxy.wait(PATIENCE_SECONDS)


def start_nginx(folder: Path, application: str, port: int) -> subprocess.Popen[bytes]:
    """Start nginx with the example's file, which differs in its two addresses alone."""
    text = (EXAMPLE / "shop.conf").read_text(encoding="utf-8")
    for written, ours in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("http://127.0.0.1:8000/", f"http://{application}/"),
    ):
        assert text.count(written) == 1
        text = text.replace(written, ours)
    (folder / "shop.conf").write_text(text, encoding="utf-8")
    main = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    main.write_text(BESIDE_THE_EXAMPLE.format(folder=folder, user=user), encoding="utf-8")
    nginx = shutil.which("nginx") or "nginx"
    return subprocess.Popen([nginx, "-p", str(folder), "-c", str(main)])


def test_the_app_and_the_page_know_their_prefix(shop: Shop) -> None:
    address = httpx.get(shop.address("/products/7"), timeout=PATIENCE_SECONDS).json()["address"]
    assert address == shop.address("/products/7")
    page = httpx.get(shop.address("/performance"), timeout=PATIENCE_SECONDS, follow_redirects=True)
    assert page.is_success
    assert str(page.url) == shop.address("/performance/")


def test_an_endpoint_is_named_without_the_prefix(shop: Shop) -> None:
    httpx.get(shop.address("/products/7"), timeout=PATIENCE_SECONDS)
    eventually(lambda: "/products/{product_id}" in called(shop))


def test_users_are_told_apart_by_the_address_that_nginx_saw(shop: Shop) -> None:
    for visitor in ("127.0.0.2", "127.0.0.3", "127.0.0.4"):
        from_visitor = httpx.HTTPTransport(local_address=visitor)
        with httpx.Client(transport=from_visitor, timeout=PATIENCE_SECONDS) as client:
            # What a client itself puts in front makes no users up.
            made_up = {"X-Forwarded-For": "198.51.100.1, 198.51.100.2"}
            client.get(shop.address("/openapi.json"), headers=made_up)
    eventually(lambda: called(shop).get("/openapi.json", {}).get("request_count") == 3)
    # Two of three share a register of the sketch once in 680 times.
    assert called(shop)["/openapi.json"]["user_count"] in (2, 3)


def test_a_browser_signs_in_and_is_pushed_to(shop: Shop) -> None:
    origin = {"Origin": f"http://{shop.host}"}
    with httpx.Client(headers=origin, timeout=PATIENCE_SECONDS) as browser:
        signed_in = browser.post(
            shop.address("/performance/api/v1/session"), json={"token": shop.token}
        )
        assert signed_in.status_code == 204
        assert "Path=/shop/performance" in signed_in.headers["set-cookie"]
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    live = shop.address("/performance/api/v1/live", "ws")
    with connect(live, additional_headers={**origin, "Cookie": cookies}) as connection:
        assert connection.recv(timeout=PATIENCE_SECONDS)
    with pytest.raises(InvalidStatus, match="403"):
        connect(live, additional_headers={"Origin": "http://elsewhere.example", "Cookie": cookies})


@pytest.mark.needs_system("chromium")
def test_the_page_is_live_in_a_browser_below_the_prefix(shop: Shop) -> None:
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(shop.address(f"/performance/#token={shop.token}"))
        live = page.get_by_role("button", name="Live, pause")
        expect(live).to_be_visible(timeout=PATIENCE_MS)
        browser.close()
    assert complaints == []


def test_metrics_are_not_for_the_world(shop: Shop) -> None:
    assert httpx.get(shop.address("/metrics"), timeout=PATIENCE_SECONDS).status_code == 404


def called(shop: Shop) -> dict[str, dict[str, int]]:
    page = httpx.get(
        shop.address("/performance/api/v1/endpoints"), timeout=PATIENCE_SECONDS, headers=shop.bearer
    ).json()
    return {row["template"]: row for row in page["endpoints"] if row["request_count"]}
