"""The WebSocket over a real server."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import msgspec
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from api_performance.errors import StoreUnavailable
from api_performance.measure.recent import RecentRequest, Taken
from api_performance.model import Endpoint
from api_performance.server import live
from api_performance.server.auth import Role
from api_performance.server.live import REAL_TIME_OFF, SIGNED_OUT
from tests.queries.making import CHECKOUT, USERS, an_instance
from tests.server.conftest import measured
from tests.server.running import PATIENCE_SECONDS, Running, eventually, running


@contextmanager
def listening(
    server: Running, query: str = "", origin: str | None = None, **options: Any
) -> Iterator[ClientConnection]:
    """A page's own connection. Any: the client library's options."""
    session = server.auth.open_session(Role.VIEW)
    cookie = f"{session.cookie}={session.value}"
    with connect(
        f"{server.live_address}?{query}",
        origin=Origin(origin or server.address),
        additional_headers={"Cookie": cookie},
        max_size=None,
        **options,
    ) as connection:
        yield connection


def push(
    connection: ClientConnection, seconds: float = PATIENCE_SECONDS
) -> dict[str, Any]:  # Any: JSON
    parts = [part(connection, seconds)]
    while len(parts[-1]) == live.PART_BYTES:
        parts.append(part(connection))
    answer: dict[str, Any] = json.loads(gzip.decompress(b"".join(parts)))
    return answer


def part(connection: ClientConnection, seconds: float = PATIENCE_SECONDS) -> bytes:
    message = connection.recv(timeout=seconds)
    assert isinstance(message, bytes)
    return message


def pushed_until(connection: ClientConnection, request_count: int) -> dict[str, Any]:
    """Return the first push that counts so many requests."""
    while True:
        answer = push(connection)
        if answer["summary"]["request_count"] >= request_count:
            return answer


def test_a_push_comes_at_once_and_again_within_two_seconds_of_new_data(server: Running) -> None:
    with listening(server) as connection:
        first = push(connection)
        assert first["type"] == "live"
        assert first["summary"]["request_count"] == 40
        assert {row["template"] for row in first["endpoints"]} >= {"/checkout", "/users/{user_id}"}
        server.service.measure(USERS, [0.1] * 5)
        flushed = time.time()
        answer = pushed_until(connection, 45)
        # The promise is two seconds; what a slow, shared machine adds is not its matter.
        assert answer["as_of"] - flushed < 10
        assert sum(answer["series"]["request_count"]) == 45


def test_the_address_says_what_is_pushed(server: Running) -> None:
    query = f"priority=critical&endpoint={CHECKOUT.id}&window_seconds=300"
    with listening(server, query) as connection:
        answer = push(connection)
    assert [row["id"] for row in answer["endpoints"]] == [CHECKOUT.id]
    assert answer["series"]["endpoint_id"] == CHECKOUT.id
    assert answer["summary"]["end"] - answer["summary"]["start"] == pytest.approx(300, abs=10)


def test_the_newest_requests_are_pushed_to_those_who_ask(server: Running) -> None:
    now = server.service.clock.now()

    def taken(*numbers: int) -> bytes:
        requests = [RecentRequest(each, 0, USERS.id, now, 100_000, 200) for each in numbers]
        return msgspec.msgpack.encode(Taken(now, 30, tuple(requests)))

    with listening(server, "requests=2") as connection:
        assert push(connection)["recent"]["requests"] == []
        server.service.flush(recent=(taken(1), taken(2, 3)))
        while not (recent := push(connection)["recent"])["requests"]:
            pass
    assert [row["id"].rpartition("/")[2] for row in recent["requests"]] == ["1", "2"]
    assert (recent["seen_count"], recent["shown_count"]) == (60, 2)


def test_every_filter_and_the_comparison_apply_to_what_is_pushed(server: Running) -> None:
    with listening(server, "status=5xx&method=POST&service=shop&compare=previous") as connection:
        answer = push(connection)
    assert [row["id"] for row in answer["endpoints"]] == [CHECKOUT.id]
    assert answer["summary"]["status_counts"] == {"500": 10}
    assert sum(answer["series"]["request_count"]) == 10
    assert answer["previous"]["request_count"] == 0
    assert answer["previous"]["end"] == pytest.approx(answer["summary"]["start"], abs=60)


def test_a_paused_client_gets_nothing_until_it_goes_on(server: Running) -> None:
    with listening(server) as connection:
        push(connection)
        connection.send(json.dumps({"pause": True}))
        connection.send("no JSON at all")

        def is_spared_the_news() -> bool:
            server.service.measure(USERS, [0.1] * 5)
            with suppress(TimeoutError):
                push(connection, seconds=1.5)  # what was under way before the server heard of it
                return False
            return True

        eventually(is_spared_the_news)
        connection.send(json.dumps({"pause": False}))
        assert pushed_until(connection, 45)


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://127.0.0.1:9", "null", "http://["]
)
def test_another_sites_page_is_not_listened_to(server: Running, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused, listening(server, origin=origin):
        pass
    assert refused.value.response.status_code == 403


def test_without_a_session_nothing_is_pushed(server: Running) -> None:
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(server.live_address, origin=Origin(server.address)),
    ):
        pass
    assert refused.value.response.status_code == 403
    with connect(server.live_address, additional_headers=server.bearer()) as connection:
        assert push(connection)["type"] == "live"


def test_a_wrong_token_is_not_listened_to_and_counts_as_a_guess(server: Running) -> None:
    for _ in range(10):
        with (
            pytest.raises(InvalidStatus) as refused,
            connect(server.live_address, additional_headers={"Authorization": "Bearer guess"}),
        ):
            pass
        assert refused.value.response.status_code == 403
    assert httpx.get(f"{server.api}/summary", headers=server.bearer()).status_code == 429


def test_a_connection_ends_with_its_session_though_it_pauses(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RECHECK_SECONDS", 0.1)
    with listening(server) as connection, listening(server) as paused:
        paused.send(json.dumps({"pause": True}))
        push(connection)
        server.auth.renew()
        server.service.measure(USERS, [0.1])
        for each in (connection, paused):
            assert closing_of(each) == (SIGNED_OUT, "the session has ended: sign in again")


def test_a_long_message_closes_with_the_reason_and_a_deep_one_is_no_news(server: Running) -> None:
    with listening(server) as connection:
        push(connection)
        connection.send("[" * live.LONGEST_MESSAGE)
        server.service.measure(USERS, [0.1] * 5)
        assert pushed_until(connection, 45)
        connection.send("[" * (live.LONGEST_MESSAGE + 1))
        code, reason = closing_of(connection)
        assert code == live.MESSAGE_TOO_BIG
        assert str(live.LONGEST_MESSAGE) in reason


def closing_of(connection: ClientConnection) -> tuple[int, str]:
    """Return code and reason of the server's closing, past what it still pushed."""
    with suppress(ConnectionClosed):
        while True:
            connection.recv(timeout=PATIENCE_SECONDS)
    assert connection.close_code is not None
    return connection.close_code, connection.close_reason or ""


def test_real_time_switched_off_closes_with_the_reason() -> None:
    with (
        running(dashboard_config={"enable_real_time": False}) as server,
        listening(server) as connection,
    ):
        code, reason = closing_of(connection)
        assert code == REAL_TIME_OFF
        assert "enable_real_time" in reason


def test_a_question_that_cannot_be_answered_closes_with_the_reason(server: Running) -> None:
    with listening(server, "endpoint=ffffffffffff") as connection:
        assert "ffffffffffff" in closing_of(connection)[1]


def test_a_store_that_is_away_for_a_while_ends_no_connection(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(server) as connection:
        push(connection)
        asked: list[int] = []

        def refuse() -> int:
            asked.append(1)
            raise StoreUnavailable("the file is locked. End what holds it.")

        with monkeypatch.context() as patch:
            patch.setattr(server.service.store, "revision", refuse)
            eventually(lambda: len(asked) > 2)
        server.service.measure(USERS, [0.1] * 5)
        assert pushed_until(connection, 45)


def test_a_client_that_never_reads_is_dropped_and_nobody_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live, "SEND_SECONDS", 1.0)
    monkeypatch.setattr(live, "CLOSING_SECONDS", 0.5)
    monkeypatch.setattr(live, "LEAST_PUSH_SECONDS", 0.05)  # so that its buffers are full soon
    with running(send_buffer_bytes=4096) as server:
        for number in range(300):
            endpoint = Endpoint("GET", f"/things/{number}", "shop")
            server.service.measure(endpoint, [0.1], instance=an_instance(1))
        measured(server)
        shared = shared_by(server)
        with deaf(server):
            eventually(lambda: shared.client_count == 1)
            with listening(server) as reader:
                for count in range(3):
                    server.service.measure(USERS, [0.1] * 5)
                    pushed_until(reader, 340 + 5 * (count + 1))
                eventually(lambda: hears_news(server, reader) and shared.client_count == 1)
                server.service.measure(USERS, [0.1] * 500)
                pushed_until(reader, 855)
        eventually(lambda: shared.client_count == 0)


def shared_by(server: Running) -> live.Live:
    found = server.app._app.state.context.live
    assert isinstance(found, live.Live)
    return found


def hears_news(server: Running, reader: ClientConnection) -> bool:
    """Measure, and read what is pushed: who does not read would be dropped, too."""
    server.service.measure(USERS, [0.1])
    return bool(push(reader))


@contextmanager
def deaf(server: Running) -> Iterator[socket.socket]:
    """A client that shakes hands and then reads nothing, with little room for what it is sent."""
    host, _, port = server.address.removeprefix("http://").partition(":")
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((host, int(port)))
        session = server.auth.open_session(Role.VIEW)
        cookie = f"{session.cookie}={session.value}"
        client.sendall(
            (
                f"GET /api/v1/live HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nOrigin: {server.address}\r\nCookie: {cookie}\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            ).encode()
        )
        yield client


def test_clients_that_ask_the_same_share_one_computation(server: Running) -> None:
    with listening(server) as one, listening(server) as another:
        instants: tuple[set[float], set[float]] = (set(), set())

        def have_met() -> bool:
            server.service.measure(USERS, [0.1])
            for connection, seen in zip((one, another), instants, strict=True):
                seen.add(push(connection)["as_of"])
            return not instants[0].isdisjoint(instants[1])

        eventually(have_met)


def test_nothing_is_asked_of_the_store_while_nobody_listens(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    revision = server.service.store.revision

    def noted() -> int:
        asked.append(revision())
        return asked[-1]

    monkeypatch.setattr(server.service.store, "revision", noted)
    with listening(server) as connection:
        push(connection)
    eventually(lambda: shared_by(server).client_count == 0)
    before = len(asked)
    time.sleep(3 * live.POLL_SECONDS)
    assert len(asked) == before
