"""What a stranger may try: each attempt is refused, in words, and no error of ours is logged."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from api_performance.model import Endpoint
from api_performance.server import bodies, page
from api_performance.server.app import make_api
from api_performance.server.auth import Role
from api_performance.server.bodies import MOST_BODY_BYTES
from api_performance.server.guard import CSRF_HEADER
from tests.server.conftest import measured
from tests.server.running import PATIENCE_SECONDS, Running, csrf, running

SCHEMA = make_api().openapi()["paths"]
ROUTES = [(method.upper(), path) for path, methods in SCHEMA.items() for method in methods]
READING = [path for method, path in ROUTES if method == "GET" and "{" not in path]
CHANGING = [(method, path) for method, path in ROUTES if method != "GET"]
SIGN_IN = ("POST", "/api/v1/session")


@pytest.fixture(autouse=True)
def no_error_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A stranger who can make us raise can fill the log, too."""
    yield
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []


@pytest.fixture(scope="module")
def shared() -> Iterator[Running]:
    """One server for all that changes nothing there."""
    with running() as server:
        measured(server)
        yield server


def address(server: Running, path: str) -> str:
    return server.address + path.replace("{widget}", "health").replace("{endpoint_id}", "0" * 12)


@pytest.mark.parametrize(("method", "path"), [each for each in ROUTES if each != SIGN_IN])
def test_every_route_asks_who_one_is(shared: Running, method: str, path: str) -> None:
    response = httpx.request(method, address(shared, path))
    assert response.status_code == 401
    assert "sign in first" in response.json()["detail"]


@pytest.mark.parametrize(("method", "path"), CHANGING)
def test_every_change_is_refused_to_another_sites_page(
    shared: Running, method: str, path: str
) -> None:
    with shared.signed_in(Role.OPERATE) as browser:
        headers = csrf(browser)
        body = {"token": shared.auth.token(Role.OPERATE)} if (method, path) == SIGN_IN else None
        for stranger in (
            {"Origin": "http://evil.example"},
            {"Origin": f"{shared.address}.evil.example"},
            {"Origin": "null"},
            {"Origin": "http://["},
            {"Origin": "http://[::1"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ):
            browser.headers.pop("Origin", None)
            response = browser.request(
                method, address(shared, path), headers={**headers, **stranger}, json=body
            )
            assert response.status_code == 403, stranger
            assert "another site" in response.json()["detail"]


@pytest.mark.parametrize(("method", "path"), [each for each in CHANGING if each != SIGN_IN])
def test_no_change_without_its_own_sessions_csrf_token(
    shared: Running, method: str, path: str
) -> None:
    with shared.signed_in(Role.OPERATE) as browser, shared.signed_in(Role.OPERATE) as another:
        for token in (None, "", "guess", csrf(another)[CSRF_HEADER]):
            headers = {} if token is None else {CSRF_HEADER: token}
            response = browser.request(method, address(shared, path), headers=headers)
            assert response.status_code == 403
            assert CSRF_HEADER in response.json()["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/../auth.py",
        "/assets/../../auth.py",
        "/..%2fauth.py",
        "/%2e%2e/%2e%2e/auth.py",
        "/..%5cauth.py",
        "//etc/passwd",
        "/%00",
        "/assets/%00.js",
        "/%ff%fe",
        "/assets/" + "a" * 300,
        "/a" * 3_000,
        "/index.html",
        "/./index.html",
        "/assets/..%2findex.html",
        "/api/v1/endpoints/..%2f..%2fconfig",
        "/api/v1/endpoints/%0d%0aSet-Cookie:%20a=b?format=csv",
    ],
)
def test_no_path_leads_out_of_the_pages_files(shared: Running, path: str) -> None:
    connection = HTTPConnection(urlsplit(shared.address).netloc)  # httpx would tidy the path up
    try:
        connection.request("GET", path, headers=shared.bearer())
        response = connection.getresponse()
        assert response.status == 404
        assert response.getheader("Set-Cookie") is None
    finally:
        connection.close()


def test_a_checkout_without_a_page_has_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "STATIC", tmp_path / "none")
    with running() as server:
        assert httpx.get(f"{server.address}/mark.svg").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "limit=-1",
        f"limit={'9' * 40}",
        "offset=-1",
        f"offset={'9' * 5_000}",
        "offset=1e999",
        f"step_seconds={'9' * 400}",
        "step_seconds=-1",
        "start=0&end=1e11",
        "start=1&end=1.0000001",
        "start=-inf&end=inf",
        "window_seconds=1e-300",
        "window_seconds=1e300",
        "search=%00%ff%5B%28*",
        f"search={'x' * 9_000}",
        "&".join(["method=x"] * 500),
        "service=%F0%9F%92%A9&instance=%00",
        "status=%C2%B2xx",
        "status=%D9%A3xx",
        "format=exe",
        "endpoint=%0d%0a",
    ],
)
def test_no_question_breaks_the_server(shared: Running, query: str) -> None:
    with httpx.Client(headers=shared.bearer(), timeout=120) as client:
        for path in READING:
            response = client.get(f"{shared.address}{path}?{query}")
            assert response.status_code in (200, 404, 422)
            assert response.status_code == 200 or len(response.json()["detail"]) < 1_000


@pytest.mark.parametrize("declares_length", [True, False])
def test_a_long_body_is_refused_unread(shared: Running, declares_length: bool) -> None:
    body = b'{"token": "' + b"x" * 1_000_000
    content = body if declares_length else iter([body[:100], body[100:]])
    headers = {"Content-Type": "application/json"}
    response = httpx.post(f"{shared.api}/session", content=content, headers=headers)
    assert response.status_code == 413
    assert str(MOST_BODY_BYTES) in response.json()["detail"]


def test_a_body_without_end_ends_with_the_connection(shared: Running) -> None:
    with (
        sending(shared, "Transfer-Encoding: chunked") as connection,
        pytest.raises(ConnectionError),
    ):
        send_without_end(connection)


def send_without_end(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")


def test_a_body_that_never_comes_is_not_waited_for(
    shared: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.1)
    with sending(shared, "Content-Length: 100") as connection:
        connection.sendall(b'{"token": ')
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"the body did not come in 0.1 s" in answer


@contextmanager
def sending(server: Running, framing: str) -> Iterator[socket.socket]:
    """A connection that has sent the head of a request to sign in."""
    host, _, port = urlsplit(server.address).netloc.partition(":")
    with socket.create_connection((host, int(port)), PATIENCE_SECONDS) as connection:
        head = ("POST /api/v1/session HTTP/1.1", f"Host: {host}", "Content-Type: application/json")
        connection.sendall("\r\n".join((*head, framing, "", "")).encode())
        yield connection


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[",
        b"[" * 4_000,
        b"\xff\xfe\x00",
        b'{"token": "\\ud800"}',
        b'{"token": 1e999}',
        b'{"token": NaN}',
        b'{"token": {"a\\ud800": "\\ud800"}}',
        b"token=x",
    ],
)
def test_a_malformed_body_is_refused_in_words(shared: Running, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = httpx.post(f"{shared.api}/session", content=body, headers=headers)
    assert response.status_code in (400, 422)
    assert response.json()["detail"]


@pytest.mark.parametrize("cookie", ["", "....", "a.b.c.d", "\xff", "x" * 50_000])
def test_a_malformed_cookie_is_no_session(shared: Running, cookie: str) -> None:
    headers = {b"Cookie": f"{shared.auth.cookie_name()}={cookie}".encode("latin-1")}
    assert httpx.get(f"{shared.api}/summary", headers=headers).status_code == 401


def test_no_other_site_may_read_or_frame_us(shared: Running) -> None:
    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "DELETE"}
    for response in (
        httpx.options(f"{shared.api}/session", headers=asked),
        httpx.get(f"{shared.api}/summary", headers={**asked, **shared.bearer()}),
    ):
        assert not any(name.startswith("access-control-") for name in response.headers)
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["cross-origin-resource-policy"] == "same-origin"


def test_a_file_is_named_by_us_whatever_the_endpoint_is_called(shared: Running) -> None:
    evil = Endpoint("GET", '/a"\r\nSet-Cookie: a=b; filename="x.exe', "shop")
    shared.service.measure(evil, [0.1])
    for path in (f"endpoints/{evil.id}", f"endpoints/{evil.id}/series"):
        for kind in ("csv", "json"):
            response = httpx.get(f"{shared.api}/{path}?format={kind}", headers=shared.bearer())
            name = response.headers["content-disposition"].removeprefix("attachment; filename=")
            assert name.strip('"').replace("-", "").replace(".", "").isalnum()
            assert "set-cookie" not in response.headers
            assert response.headers["cache-control"] == "no-store"


def test_a_refusal_repeats_no_script_as_markup(shared: Running) -> None:
    response = httpx.get(
        f"{shared.api}/endpoints", params={"sort": "<script>"}, headers=shared.bearer()
    )
    assert response.headers["content-type"] == "application/json"
    assert "'<script>' is refused" in json.loads(response.text)["detail"]


def test_the_page_answers_a_probe_for_its_headers_alone(shared: Running) -> None:
    response = httpx.head(f"{shared.address}/")
    assert response.status_code == httpx.get(f"{shared.address}/").status_code
    assert response.content == b""
