"""The same answers again: never more than an ideal cache gives, and no one's own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from itertools import count
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from hypothesis import given
from hypothesis import strategies as st

from api_performance import instrument, uninstrument
from api_performance.advice.facts import EndpointSums, ResponseFacts, endpoint_facts
from api_performance.instrumenting import runtime_of
from api_performance.measure.operations import operations_by_id
from api_performance.measure.repeated_responses import (
    EVERY_SECONDS,
    LIFETIME_SECONDS,
    MOST_BYTES,
    SAME,
    SLICE_SECONDS,
    RepeatedResponses,
    Sameness,
    may_be_kept,
)
from api_performance.runtime import Runtime
from api_performance.stores.base import Query

Asked = tuple[str, float, float, bytes, str]
"""Address, when it began and ended, the answer, and who asked."""


def asked_in_turn() -> st.SearchStrategy[list[Asked]]:
    """Some requests in the order in which they ended."""
    one = st.tuples(
        st.sampled_from("abcd"),
        st.floats(0, 1.5),
        st.floats(0, 1.5),
        st.sampled_from([b"x", b"x", b"x", b"y"]),
        st.sampled_from(["", "", "ann", "bob"]),
    )

    def placed(drawn: list[tuple[str, float, float, bytes, str]]) -> list[Asked]:
        ended, placed = 100.0, []
        for address, gap, took, body, who in drawn:
            ended += gap
            placed.append((address, ended - took, ended, body, who))
        return placed

    return st.lists(one, max_size=8).map(placed)


def saved_by_an_ideal_cache(requests: list[Asked], size: int) -> float:
    """The most seconds that a cache of a size could save, whatever it chooses to hold."""

    @cache
    def best(place: int, held: frozenset[tuple[str, float]]) -> float:
        if place == len(requests):
            return 0.0
        address, began, ended, _, _ = requests[place]
        stored_at = dict(held).get(address)
        if stored_at is not None and stored_at <= began < stored_at + LIFETIME_SECONDS:
            return ended - began + best(place + 1, held)
        choices = [held]
        others = frozenset(each for each in held if each[0] != address)
        new = frozenset({(address, ended)})
        if len(others) < size:
            choices.append(others | new)
        choices += [others - {each} | new for each in others]
        return max(best(place + 1, each) for each in choices)

    return best(0, frozenset())


def replay(requests: list[Asked], size: int = 2_000) -> list[Sameness]:
    repeated = RepeatedResponses(size)
    found = []
    for address, began, ended, body, who in requests:
        headers = [(b"cookie", who.encode())] if who else []
        found.append(repeated.look(repeated.question(address, b"", headers), body, began, ended))
    return found


@given(asked_in_turn(), st.integers(1, 3))
def test_no_more_counts_as_the_same_than_an_ideal_cache_would_save(
    requests: list[Asked], size: int
) -> None:
    found = replay(requests, size)
    saved = sum(
        ended - began
        for (_, began, ended, _, _), each in zip(requests, found, strict=True)
        if each is Sameness.SAME
    )
    assert saved <= saved_by_an_ideal_cache(requests, size) + 1e-9


def test_an_answer_counts_while_it_would_be_held_and_no_longer() -> None:
    ends = [10.0, 10.5, 11.9, 12.1, 12.2]
    requests = [("a", ended - 0.01, ended, b"x", "") for ended in ends]
    assert [each.name for each in replay(requests)] == [
        *("UNKNOWN", "SAME", "SAME", "UNKNOWN", "SAME")
    ]


def test_who_began_before_the_first_answer_was_there_would_not_have_got_it() -> None:
    assert replay([("a", 1.0, 2.0, b"x", ""), ("a", 1.5, 2.5, b"x", "")])[1] is Sameness.UNKNOWN


def test_what_depends_on_who_asks_is_never_the_same() -> None:
    of_each = [(who, f"hello {who}".encode()) for who in ("ann", "bob") * 5]
    requests = [("a", n / 10, n / 10 + 0.01, body, who) for n, (who, body) in enumerate(of_each)]
    assert Sameness.SAME not in replay(requests)
    alone = [("a", n / 10, n / 10 + 0.01, b"hello ann", "ann") for n in range(10)]
    assert Sameness.SAME not in replay(alone)


def test_what_others_got_too_is_the_same_for_all() -> None:
    requests = [
        ("a", n / 10, n / 10 + 0.01, b"x", who)
        for n, who in enumerate(["ann", "ann", "bob", "ann"])
    ]
    assert [each.name for each in replay(requests)] == ["UNKNOWN", "UNKNOWN", "SAME", "SAME"]


@pytest.mark.parametrize(
    ("status", "name", "value", "may"),
    [
        (200, b"content-type", b"text/plain", True),
        (200, b"Vary", b"Accept-Encoding, Accept", True),
        (200, b"Vary", b"Cookie", False),
        (200, b"vary", b"*", False),
        (200, b"Cache-Control", b"Private, max-age=5", False),
        (200, b"cache-control", b"max-age=5", True),
        (200, b"Set-Cookie", b"a=b", False),
        (404, b"content-type", b"text/plain", False),
    ],
)
def test_headers_say_whether_a_cache_for_all_may_keep_it(
    status: int, name: bytes, value: bytes, may: bool
) -> None:
    assert may_be_kept(status, [(name, value)]) is may


def test_a_quarter_of_the_time_is_looked_at_and_nothing_is_held_between() -> None:
    repeated, open_seconds = RepeatedResponses(), 0
    for second in range(int(2 * EVERY_SECONDS)):
        repeated.move_on(float(second))
        open_seconds += repeated.is_open
    assert open_seconds == 2 * SLICE_SECONDS


def test_what_is_held_has_a_bound() -> None:
    repeated = RepeatedResponses(10)

    def look(number: int) -> Sameness:
        return repeated.look(repeated.question(f"/{number}", b"", ()), b"x", 1.0, 1.0)

    assert {look(number) for number in range(1_000)} == {Sameness.UNKNOWN}
    assert [look(number) for number in range(985, 1_000)].count(Sameness.SAME) <= 10
    assert look(999) is Sameness.SAME


_visits = count()


def make_shop() -> FastAPI:
    app = FastAPI()

    async def fetch() -> None:
        await asyncio.sleep(0.003)
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute("SELECT 1")

    @app.get("/news")
    async def news() -> str:
        await fetch()
        return "nothing new"

    @app.post("/news")
    async def write() -> str:
        await fetch()
        return "nothing new"

    @app.get("/greeting")
    async def greeting(request: Request) -> str:
        await fetch()
        return f"hello {request.cookies['name']}"

    @app.get("/told/{secret}")
    async def told(secret: str) -> str:
        await fetch()
        return secret

    @app.get("/visits")
    async def visits() -> int:
        await fetch()
        return next(_visits)

    @app.get("/own")
    async def own() -> Response:
        await fetch()
        return JSONResponse("nothing new", headers={"Cache-Control": "private"})

    @app.get("/long")
    async def long() -> Response:
        await fetch()
        return Response(b"x" * (MOST_BYTES + 1))

    @app.get("/quick")
    async def quick() -> str:
        return "nothing new"

    return app


@pytest.fixture
def shop() -> Iterator[tuple[FastAPI, Runtime]]:
    app = make_shop()
    instrument(app, store="memory://", runs_itself=False)
    runtime = runtime_of(app)
    assert runtime is not None
    yield app, runtime
    uninstrument(app)


def responses_of(runtime: Runtime) -> dict[str, ResponseFacts]:
    runtime.flush()
    now, named = runtime.clock.now(), operations_by_id()
    minutes = Query(now - 120, now + 60, 60, with_operations=True)
    sums: dict[str, EndpointSums] = {}
    found = {}
    for endpoint, window in runtime.store.windows(minutes):
        whole = sums.setdefault(endpoint.name, EndpointSums())
        whole.add(window)
        found[endpoint.name] = endpoint_facts(endpoint, whole, 60.0, named).responses
    return found


def test_a_real_app_is_told_what_it_answers_again(shop: tuple[FastAPI, Runtime]) -> None:
    app, runtime = shop
    paths = ("/news", "/greeting", "/visits", "/own", "/long", "/quick")

    async def ask() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            assert (await client.get("/news")).is_success
            runtime.recorder.drain()  # from here on a slice is open
            for method, path in (*(("GET", path) for path in paths), ("POST", "/news")):
                for name in ("ann", "bob", "cid"):
                    client.cookies["name"] = name
                    assert (await client.request(method, path)).is_success

    asyncio.run(ask())
    found = responses_of(runtime)
    seen = {name: (each.looked, each.same, each.changed) for name, each in found.items()}
    assert seen == {
        "GET /news": (3, 2, 0),
        "POST /news": (0, 0, 0),
        "GET /greeting": (3, 0, 2),
        "GET /visits": (3, 0, 2),
        "GET /own": (3, 0, 0),
        "GET /long": (3, 0, 0),
        "GET /quick": (0, 0, 0),
    }
    news = found["GET /news"]
    assert 0.006 <= news.same_seconds <= news.looked_seconds


def test_nothing_of_addresses_identities_or_answers_is_stored(tmp_path: Path) -> None:
    app, secret = make_shop(), "hunter2secret"
    instrument(app, store=f"sqlite:///{tmp_path / 'metrics.sqlite3'}", runs_itself=False)
    runtime = runtime_of(app)
    assert runtime is not None

    async def ask() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            assert (await client.get("/news")).is_success
            runtime.recorder.drain()
            for name in ("ann", "bob"):
                headers = {"Cookie": f"{secret}={name}", "Authorization": f"Bearer {secret}"}
                url = f"/told/{secret}?token={secret}"
                assert (await client.get(url, headers=headers)).text == f'"{secret}"'

    asyncio.run(ask())
    assert responses_of(runtime)["GET /told/{secret}"].same == 1
    held = b"".join(path.read_bytes() for path in tmp_path.glob("metrics.sqlite3*"))
    uninstrument(app)
    assert SAME.encode() in held
    assert secret.encode() not in held
