"""Passwords, addresses and card numbers that pass through an app are nowhere in what we keep."""

from __future__ import annotations

import asyncio
import gzip
import logging
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import redis
import requests
import sqlalchemy
from fastapi import FastAPI, Request
from websockets.sync.client import connect

from api_performance import instrument, uninstrument
from tests.instrumentation.other_service import another_service
from tests.ports import free_port
from tests.server.running import eventually, served
from tests.stores.redis_server import RedisServer, a_redis_server

pytestmark = pytest.mark.needs_system("redis-server")

PASSWORD, EMAIL, CARD = "hunter2secret", "alice.smith@mail.example", "4111111111111111"
SECRETS = (PASSWORD, EMAIL, quote(EMAIL), "alice.smith", CARD)
PART_BYTES = 2048
"""What a message of the WebSocket holds; the last of a push is shorter."""

QUESTIONS = [
    "endpoints",
    *(f"endpoints/{{id}}{part}" for part in ("", "/series", "/heatmap", "/operations")),
    "endpoints/{id}/exemplars",
    "recommendations",
    *("series", "summary", "instances", "health", "live", "widgets", "config", "session"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with a_redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


def do_everything(shop: sqlalchemy.Engine, server: RedisServer, service: str) -> None:
    """Use every secret in each way in which a program hands values to a client."""
    literals = f"SELECT '{PASSWORD}', {CARD}, \"{EMAIL}\" -- {PASSWORD}"
    bound = {"email": EMAIL, "card": CARD}
    with shop.connect() as connection:
        connection.execute(sqlalchemy.text(literals))
        connection.execute(sqlalchemy.text("SELECT :email, :card"), bound)
        fail(lambda: connection.execute(sqlalchemy.text(f"SELECT nothing('{PASSWORD}')")))
        fail(lambda: connection.execute(sqlalchemy.text(f"SELEC '{CARD}' {CARD}")))
    plain = sqlite3.connect(":memory:")
    plain.execute(literals)
    plain.execute("SELECT ?", (EMAIL,))
    fail(lambda: plain.execute(f"INSERT INTO missing VALUES ('{EMAIL}')"))
    plain.close()
    with redis.Redis(port=server.port, db=15) as cache:
        cache.set(f"session:{EMAIL}", PASSWORD)
        cache.hset(f"card:{CARD}", mapping={EMAIL: CARD})
        cache.pipeline().get(EMAIL).set(CARD, PASSWORD).execute()
        fail(lambda: cache.lpush(f"session:{EMAIL}", CARD))
        fail(lambda: cache.execute_command(f"{PASSWORD} {CARD}"))
        fail(lambda: cache.auth(PASSWORD, username=EMAIL))
        cache.flushdb()
    call(service)


def call(service: str) -> None:
    """Call the other service, and one that is not there, with secrets all over the address."""
    headers = {"X-Api-Key": PASSWORD, "Cookie": f"card={CARD}"}
    away = f"http://127.0.0.1:{free_port()}"
    for base in (service, away):
        place = base.replace("//", f"//{quote(EMAIL)}:{PASSWORD}@")
        url = f"{place}/users/{EMAIL}/{CARD}/{PASSWORD}?token={PASSWORD}&to={EMAIL}#{CARD}"
        fail(partial(httpx.get, url, headers=headers, timeout=5))
        fail(partial(requests.get, url, headers=headers, timeout=5))
    fail(lambda: requests.get(f"http://{PASSWORD}\u2100{EMAIL}/{CARD}", timeout=5))


def fail(ask: Callable[[], object]) -> None:
    """Ask; the library's own error, whatever it is, is the program's to bear."""
    try:
        ask()
    except (sqlalchemy.exc.SQLAlchemyError, sqlite3.Error, redis.RedisError):
        pass
    except (httpx.HTTPError, httpx.InvalidURL, requests.RequestException, ValueError):
        pass


def user_of(scope: Any) -> str | None:  # Any: ASGI's scope
    """Tell users apart by a header; some requests make it fail with an error full of secrets."""
    headers = dict(scope["headers"])
    if b"x-broken" in headers:
        raise KeyError(EMAIL, PASSWORD)
    found: bytes = headers.get(b"x-account", b"")
    return found.decode() or None


def make_app(tmp_path: Path, server: RedisServer, service: str) -> FastAPI:
    app = FastAPI()
    shop = sqlalchemy.create_engine(
        f"sqlite:///{tmp_path / 'shop.db'}", poolclass=sqlalchemy.NullPool
    )

    @app.get("/users/{email}")
    def user(email: str) -> str:
        do_everything(shop, server, service)
        return email

    @app.post("/fail")
    async def fails(request: Request) -> None:
        raise RuntimeError(f"{EMAIL} {(await request.body()).decode()}")

    @app.get("/block")
    async def block() -> None:
        await asyncio.to_thread(do_everything, shop, server, service)

    return app


def visit(address: str) -> None:
    """Send every secret in all places of a request."""
    headers = {
        "Authorization": f"Bearer {PASSWORD}",
        "Cookie": f"card={CARD}",
        "User-Agent": PASSWORD,
        "Referer": f"http://shop/{EMAIL}?card={CARD}",
        "X-Account": EMAIL,
        "X-Forwarded-For": EMAIL,
        "X-Request-Start": f"t={PASSWORD}",
        "traceparent": f"00-{PASSWORD}-{CARD}-01",
    }
    query = f"password={PASSWORD}&card={CARD}"
    for method, path, status in (
        ("GET", f"/users/{EMAIL}?{query}", 200),
        ("GET", "/block", 200),
        ("POST", "/fail", 500),
        ("GET", f"/{EMAIL}/{CARD}?{query}", 404),
        ("DELETE", f"/users/{PASSWORD}", 405),
        ("GET", f"/performance/api/v1/endpoints/{PASSWORD}?search={EMAIL}", 404),
    ):
        body = f"{PASSWORD} {CARD}"
        url = f"{address}{path}"
        answer = httpx.request(method, url, headers=headers, content=body, timeout=60)
        assert answer.status_code == status
    broken = headers | {"X-Broken": CARD}
    assert httpx.get(f"{address}/users/{CARD}", headers=broken, timeout=120).status_code == 200


def answers(address: str) -> str:
    """Every answer of the API, as JSON and as a file, a push of the WebSocket, and the metrics."""
    api = f"{address}/performance/api/v1"
    with httpx.Client(timeout=120) as client:
        rows = client.get(f"{api}/endpoints").raise_for_status().json()["endpoints"]
        texts = [client.get(f"{address}/metrics").raise_for_status().text, pushed(address)]
        for question in QUESTIONS:
            for row in rows if "{id}" in question else rows[:1]:
                url = f"{api}/{question.format(id=row['id'])}"
                texts.append(client.get(url).raise_for_status().text)
                texts += [client.get(url, params={"format": kind}).text for kind in ("csv", "json")]
    return "\n".join(texts)


def pushed(address: str) -> str:
    live = f"{address.replace('http', 'ws', 1)}/performance/api/v1/live"
    with connect(live, max_size=None, proxy=None, origin=None) as connection:
        parts = [bytes(connection.recv(timeout=120))]  # type: ignore[arg-type]  # messages are bytes
        while len(parts[-1]) == PART_BYTES:
            parts.append(bytes(connection.recv(timeout=120)))  # type: ignore[arg-type]  # likewise
    return gzip.decompress(b"".join(parts)).decode()


def stored(kind: str, tmp_path: Path, server: RedisServer) -> bytes:
    """All bytes that a store holds."""
    if kind == "sqlite":
        return b"\n".join(path.read_bytes() for path in tmp_path.glob("metrics.sqlite3*"))
    with redis.Redis(port=server.port) as client:
        keys = client.keys("*")
        return b"\n".join([*keys, *(repr(everything(client, key)).encode() for key in keys)])


def everything(client: Any, key: bytes) -> Any:  # Any: values of whatever type
    kind = client.type(key).decode()
    read = {
        "string": client.get,
        "hash": client.hgetall,
        "set": client.smembers,
        "zset": lambda key: client.zrange(key, 0, -1, withscores=True),
        "list": lambda key: client.lrange(key, 0, -1),
        "stream": client.xrange,
    }
    return read[kind](key)


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """What we wrote to the log, tracebacks included; other libraries' logs are their own."""
    formatter = logging.Formatter()
    ours = [each for each in caplog.records if each.name.startswith("api_performance")]
    return "\n".join(map(formatter.format, ours))


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_no_secret_is_in_store_answers_or_log(
    kind: str, tmp_path: Path, server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    store = f"sqlite:///{tmp_path / 'metrics.sqlite3'}" if kind == "sqlite" else server.address()
    with another_service() as service:
        app = make_app(tmp_path, server, service)
        instrument(app, store=store, authentication=False, debug_mode=True, user=user_of)
        with served(app) as address:
            visit(address)
            seen = until_told(address)
        held = stored(kind, tmp_path, server)
        uninstrument(app)
    log = logged(caplog)
    for text in ("SELECT ?", "PIPELINE GET SET", "/users/{}", "GET /users/{email} 200"):
        assert any(text in place for place in (seen, log)), text
    assert b"PIPELINE GET SET" in held
    assert [secret for secret in SECRETS if secret in seen] == []
    assert [secret for secret in SECRETS if secret in log] == []
    assert [secret for secret in SECRETS if secret.encode() in held] == []


def until_told(address: str) -> str:
    """The answers, once all requests, what they called, and the error of `user_of` are told."""
    api = f"{address}/performance/api/v1"

    def is_told() -> bool:
        rows = httpx.get(f"{api}/endpoints", timeout=120).json()["endpoints"]
        counted = {row["template"]: row["request_count"] for row in rows}
        (instance,) = httpx.get(f"{api}/instances", timeout=120).json()
        is_counted = all(counted.get(each) for each in ("/users/{email}", "/block", "/fail"))
        return is_counted and "KeyError" in instance["last_error"]

    eventually(is_told)
    return answers(address)
