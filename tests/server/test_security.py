"""Who gets in, how far, and what every response carries."""

import logging
import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api_performance import instrument, uninstrument
from api_performance.clock import ManualClock
from api_performance.instrumenting import runtime_of
from api_performance.server import page
from api_performance.server.auth import REREAD_SECONDS, SESSION_SECONDS, Auth, Role
from api_performance.server.guard import CSRF_HEADER
from api_performance.server.headers import NOTHING_ALLOWED
from api_performance.stores.memory import MemoryStore
from api_performance.wiring import make_auth
from tests.queries.making import START
from tests.server.running import Running, csrf, running, served

DATA = ["endpoints", "series", "summary", "instances", "health", "live", "config", "session"]


@pytest.mark.parametrize("path", DATA)
def test_without_a_token_nothing_is_told(server: Running, path: str) -> None:
    response = httpx.get(f"{server.api}/{path}")
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert "api-performance token" in response.json()["detail"]


@pytest.mark.parametrize(
    "token", ["", "view-", "operate-x", "view-é", "x" * 200, "operate-" + "A" * 43]
)
def test_a_wrong_token_is_refused(server: Running, token: str) -> None:
    headers = {b"Authorization": f"Bearer {token}".strip().encode()}
    assert httpx.get(f"{server.api}/summary", headers=headers).status_code == 401
    body = {"token": token or "-"}
    assert httpx.post(f"{server.api}/session", json=body).status_code == 401


def test_after_ten_wrong_tokens_one_has_to_wait_even_with_the_right_one(server: Running) -> None:
    for _ in range(10):
        assert httpx.post(f"{server.api}/session", json={"token": "wrong"}).status_code == 401
    response = httpx.post(f"{server.api}/session", json={"token": server.auth.token(Role.VIEW)})
    assert response.status_code == 429
    assert 0 < int(response.headers["retry-after"]) <= 61


def test_a_session_is_a_hidden_strict_cookie_and_ends_by_signing_out(server: Running) -> None:
    with server.signed_in(Role.VIEW) as browser:
        state = browser.get("/session").json()
        assert state["role"] == "view"
        assert browser.get("/summary").status_code == 200
        assert browser.delete("/session").status_code == 403  # without the CSRF token
        headers = {CSRF_HEADER: state["csrf"]}
        name = server.auth.cookie_name()
        copied = {"Cookie": f"{name}={browser.cookies[name]}"}
        assert browser.delete("/session", headers=headers).status_code == 204
        assert not browser.cookies
        assert browser.get("/summary").status_code == 401
    assert httpx.get(f"{server.api}/summary", headers=copied).status_code == 401


def test_the_cookie_says_what_browsers_must_do_with_it(server: Running) -> None:
    body = {"token": server.auth.token(Role.VIEW)}
    (cookie,) = httpx.post(f"{server.api}/session", json=body).headers.get_list("set-cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie  # plain http on this machine
    behind = {"X-Forwarded-Proto": "https"}  # uvicorn believes it from 127.0.0.1
    secure = httpx.post(f"{server.api}/session", json=body, headers=behind)
    assert all("Secure" in each for each in secure.headers.get_list("set-cookie"))


def test_a_forged_or_expired_session_is_none() -> None:
    clock = ManualClock(START)
    auth = Auth(MemoryStore(), clock)
    session = auth.open_session(Role.VIEW)
    assert auth.session(session.value) == session
    forged = session.value.replace("view", "operate", 1)
    assert auth.session(forged) is None
    for wrong in ("", ".", "a.b.c.d", session.value[:-1], session.value + "x", "é.1.2.3"):
        assert auth.session(wrong) is None
    clock.advance(SESSION_SECONDS + 1)
    assert auth.session(session.value) is None


def test_one_sign_in_works_at_every_worker_and_after_a_restart() -> None:
    store, clock = MemoryStore(), ManualClock(START)
    one, another = Auth(store, clock), Auth(store, clock)
    assert one.token(Role.VIEW) == another.token(Role.VIEW)
    assert another.session(one.open_session(Role.OPERATE).value) is not None
    assert one.token(Role.VIEW) != Auth(MemoryStore(), clock).token(Role.VIEW)


def test_a_session_that_was_signed_out_is_none_at_every_worker_within_seconds() -> None:
    store, clock = MemoryStore(), ManualClock(START)
    one, another = Auth(store, clock), Auth(store, clock)
    ended, other = one.open_session(Role.VIEW), one.open_session(Role.VIEW)
    assert another.session(ended.value) == ended
    one.close_session(ended)
    assert one.session(ended.value) is None
    clock.advance(REREAD_SECONDS)
    assert another.session(ended.value) is None
    assert another.session(other.value) == other
    clock.advance(SESSION_SECONDS - REREAD_SECONDS - 1)
    assert Auth(store, clock).session(ended.value) is None  # to its last second


def test_pages_of_two_services_on_one_host_sign_nobody_out_of_each_other(
    server: Running,
) -> None:
    with running() as other, httpx.Client() as browser:  # which tells hosts apart, not ports
        for each in (server, other):
            token = each.auth.token(Role.VIEW)
            browser.post(f"{each.api}/session", json={"token": token}).raise_for_status()
        assert browser.get(f"{server.api}/summary").status_code == 200
        assert browser.get(f"{other.api}/summary").status_code == 200


def test_an_expired_session_has_to_sign_in_again(server: Running) -> None:
    yesterday = ManualClock(server.service.clock.now() - SESSION_SECONDS - 1)
    expired = Auth(server.service.store, yesterday).open_session(Role.OPERATE)
    headers = {"Cookie": f"{expired.cookie}={expired.value}", CSRF_HEADER: expired.csrf}
    for method, path in (("GET", "summary"), ("POST", "tokens")):
        response = httpx.request(method, f"{server.api}/{path}", headers=headers)
        assert response.status_code == 401
        assert "sign in first" in response.json()["detail"]


def test_who_may_look_may_not_operate(server: Running) -> None:
    with server.signed_in(Role.VIEW) as browser:
        headers = csrf(browser)
        refused = browser.post("/tokens", headers=headers)
        assert refused.status_code == 403
        assert refused.json()["detail"] == "this needs the role operate, yours is view"
        assert browser.get("/summary").status_code == 200
    assert httpx.post(f"{server.api}/tokens", headers=server.bearer()).status_code == 403


def test_renewing_the_tokens_ends_all_of_before(server: Running) -> None:
    old = server.bearer(Role.OPERATE)
    with server.signed_in(Role.OPERATE) as browser:
        headers = csrf(browser)
        tokens = browser.post("/tokens", headers=headers).json()
        assert browser.get("/summary").status_code == 401
    assert httpx.get(f"{server.api}/summary", headers=old).status_code == 401
    fresh = {"Authorization": f"Bearer {tokens['operate']}"}
    assert httpx.get(f"{server.api}/summary", headers=fresh).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_another_sites_page_changes_nothing(server: Running, origin: str) -> None:
    body = {"token": server.auth.token(Role.OPERATE)}
    headers = {"Origin": origin}
    assert httpx.post(f"{server.api}/session", json=body, headers=headers).status_code == 403
    with server.signed_in(Role.OPERATE) as browser:
        headers |= csrf(browser)
        assert browser.post("/tokens", headers=headers).status_code == 403


def test_the_login_address_signs_in_and_leaves_no_token_in_address_or_log(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    token = server.auth.token(Role.OPERATE)
    assert server.auth.login_address(server.address) == f"{server.address}/#token={token}"
    with (
        caplog.at_level(logging.DEBUG, "uvicorn.access"),
        httpx.Client(base_url=server.address) as browser,
    ):
        response = browser.get("/", params={"token": token})
        assert (response.status_code, response.headers["location"]) == (303, "./")
        assert browser.get("/api/v1/session").json()["role"] == "operate"
    own = [r.getMessage() for r in caplog.records if not r.name.startswith("http")]
    assert any("GET /?token=hidden" in message for message in own)  # the access log was on
    assert not any(token in message for message in own)


def test_under_an_application_too_the_log_has_no_token(caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI()
    instrument(app, store="memory://")
    found = runtime_of(app)
    assert found is not None
    token = make_auth(found.config, found.store, found.clock).token(Role.VIEW)
    with served(app) as address, caplog.at_level(logging.DEBUG, "uvicorn.access"):
        for name in ("token", "%74oken"):
            response = httpx.get(f"{address}/performance/?{name}={token}")
            assert response.cookies
    uninstrument(app)
    own = [r.getMessage() for r in caplog.records if not r.name.startswith("http")]
    assert sum("GET /performance/?token=hidden" in message for message in own) == 2
    assert not any(token in message for message in own)


def test_who_forgets_the_slash_is_led_on_by_the_same_host_and_scheme() -> None:
    app = FastAPI()
    instrument(app, store="memory://")
    with served(app) as address, httpx.Client(base_url=address) as browser:
        hostile = {"Host": "evil.example"}
        response = browser.get("/performance?token=some", headers=hostile)
        assert (response.status_code, response.headers["location"]) == (
            307,
            "performance/?token=some",
        )
        assert browser.get("/performance", follow_redirects=True).url.path == "/performance/"
    uninstrument(app)


def test_every_response_is_nailed_down(server: Running) -> None:
    for response in (
        httpx.get(f"{server.api}/summary", headers=server.bearer()),
        httpx.get(f"{server.api}/summary"),
        httpx.get(f"{server.api}/nothing"),
        httpx.get(f"{server.address}/"),
    ):
        headers = response.headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers


def test_the_metrics_are_nailed_down_too() -> None:
    app = FastAPI()
    instrument(app, store="memory://", metrics_token="a-token-of-20-letters")
    with served(app) as address:
        assert httpx.get(f"{address}/metrics").status_code == 401
        headers = {"Authorization": "Bearer a-token-of-20-letters"}
        response = httpx.get(f"{address}/metrics", headers=headers)
    uninstrument(app)
    assert response.status_code == 200
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"] == NOTHING_ALLOWED


def test_without_authentication_everybody_looks_but_no_foreign_page_changes_anything() -> None:
    with running(authentication=False) as server:
        assert httpx.get(f"{server.api}/summary").status_code == 200
        assert httpx.get(f"{server.api}/session").json()["role"] == "operate"
        foreign = {"Origin": "http://evil.example"}
        assert httpx.post(f"{server.api}/tokens", headers=foreign).status_code == 403


def test_the_page_has_a_fresh_nonce_each_time(
    server: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index.html").write_text('<meta property="csp-nonce" nonce="__CSP_NONCE__">')
    monkeypatch.setattr(page, "STATIC", tmp_path)
    nonces = set()
    for _ in range(2):
        response = httpx.get(f"{server.address}/")
        nonce = re.search(r'nonce="([^"]+)"', response.text)
        assert nonce is not None
        assert f"'nonce-{nonce[1]}'" in response.headers["content-security-policy"]
        nonces.add(nonce[1])
    assert len(nonces) == 2


def test_a_checkout_without_a_page_says_how_to_build_it(
    server: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "STATIC", tmp_path)
    response = httpx.get(f"{server.address}/")
    assert response.status_code == 503
    assert "make page" in response.text
