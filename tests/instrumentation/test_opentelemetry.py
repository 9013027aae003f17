"""Work that was instrumented with OpenTelemetry: with its SDK, and by our own local provider."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import redis
from opentelemetry import trace
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.propagate import inject
from opentelemetry.sdk.trace import TracerProvider as SdkTracerProvider
from opentelemetry.trace import SpanKind, StatusCode, TracerProvider

from api_performance.instrumentation import httpx as httpx_room
from api_performance.instrumentation import redis as redis_room
from api_performance.instrumentation.opentelemetry import (
    PerformanceSpanProcessor,
    processor,
    tracer_provider,
)
from api_performance.measure.operations import operations_by_id
from api_performance.model import LatencyType
from tests.instrumentation.following import Seen, seen_in_request
from tests.instrumentation.other_service import another_service
from tests.stores.redis_server import RedisServer, a_redis_server

pytestmark = [pytest.mark.needs_system("redis-server"), pytest.mark.route_contract]

CACHE, DATABASE = LatencyType.CACHE, LatencyType.DATABASE
EXTERNAL = LatencyType.EXTERNAL_API


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with a_redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with another_service() as address:
        yield address


def with_the_sdk() -> TracerProvider:
    provider = SdkTracerProvider()
    provider.add_span_processor(PerformanceSpanProcessor())
    return provider


@pytest.fixture(params=[with_the_sdk, tracer_provider], ids=["SDK", "local"])
def provider(request: pytest.FixtureRequest) -> TracerProvider:
    made: TracerProvider = request.param()
    return made


def seen_of_span(
    provider: TracerProvider,
    attributes: dict[str, Any],
    *,
    later: dict[str, Any] | None = None,
    scope: str = "opentelemetry.instrumentation.some",
    kind: SpanKind = SpanKind.CLIENT,
) -> Seen:
    """Make one span, told some attributes at its start and others later."""
    tracer = provider.get_tracer(scope)

    def work() -> None:
        with tracer.start_as_current_span("name", kind=kind, attributes=attributes) as span:
            span.set_attributes(later or {})

    return seen_in_request(work)


@pytest.mark.parametrize(
    ("attributes", "operation"),
    [
        (
            {"db.system": "mongodb", "db.operation": "find", "db.mongodb.collection": "users"},
            (DATABASE, "mongodb", "find users"),
        ),
        (
            {
                "db.system.name": "elasticsearch",
                "db.operation.name": "search",
                "db.collection.name": "products",
            },
            (DATABASE, "elasticsearch", "search products"),
        ),
        (
            {"db.system": "postgresql", "db.statement": "SELECT * FROM users WHERE id = 42"},
            (DATABASE, "postgresql", "SELECT * FROM users WHERE id = ?"),
        ),
        (
            {"db.system.name": "sqlite", "db.query.text": "/* alice */ SELECT 'hunter'"},
            (DATABASE, "sqlite", "SELECT ?"),
        ),
        ({"db.system": "postgresql"}, (DATABASE, "postgresql", "some")),
        ({"db.system": "redis", "db.statement": "GET key"}, (CACHE, "redis", "GET")),
        ({"db.system": "memcached", "db.operation": "set"}, (CACHE, "memcached", "set")),
        (
            {"http.method": "GET", "http.url": "https://a:b@api.example:443/users/42?q=x"},
            (EXTERNAL, "http", "GET api.example/users/{}"),
        ),
        (
            {"http.request.method": "POST", "url.full": "http://api.example:8080/items"},
            (EXTERNAL, "http", "POST api.example:8080/items"),
        ),
        (
            {"http.method": "GET", "net.peer.name": "api.example", "http.target": "/items/7"},
            (EXTERNAL, "http", "GET api.example/items/{}"),
        ),
        (
            {"rpc.system": "grpc", "rpc.service": "shop.Cart", "rpc.method": "Add"},
            (EXTERNAL, "grpc", "shop.Cart/Add"),
        ),
        (
            {"rpc.system.name": "grpc", "rpc.method": "shop.Cart/Add"},
            (EXTERNAL, "grpc", "shop.Cart/Add"),
        ),
        (
            {
                "messaging.system": "rabbitmq",
                "messaging.operation": "publish",
                "messaging.destination": "orders.created",
            },
            (EXTERNAL, "rabbitmq", "publish orders.created"),
        ),
        (
            {
                "messaging.system": "kafka",
                "messaging.operation.name": "send",
                "messaging.destination.name": "reply-8f14e45f",
            },
            (EXTERNAL, "kafka", "send {}"),
        ),
        ({}, (EXTERNAL, "", "some")),
    ],
)
def test_a_span_of_outgoing_work_is_an_operation(
    provider: TracerProvider, attributes: dict[str, Any], operation: tuple[LatencyType, str, str]
) -> None:
    seen = seen_of_span(provider, attributes)
    found = seen.only().operation
    assert (found.latency_type, found.system, found.text) == operation
    assert seen.parts[found.latency_type] == pytest.approx(seen.work_seconds, abs=1e-6)


def test_what_is_told_after_the_start_names_the_operation(provider: TracerProvider) -> None:
    later = {"db.system": "redis", "db.statement": "HSTRLEN ? ?"}  # told nowhere else
    call = seen_of_span(
        provider, {}, later=later, scope="opentelemetry.instrumentation.redis"
    ).only()
    assert (call.operation.latency_type, call.text) == (CACHE, "HSTRLEN")
    assert "test_opentelemetry.py" in call.operation.source


@pytest.mark.parametrize("kind", [SpanKind.SERVER, SpanKind.INTERNAL, SpanKind.CONSUMER])
def test_a_span_of_another_kind_is_none(provider: TracerProvider, kind: SpanKind) -> None:
    attributes = {"http.request.method": "GET", "url.full": "http://me.example/items"}
    assert seen_of_span(provider, attributes, kind=kind).calls == []


def test_a_span_within_another_belongs_to_it(provider: TracerProvider) -> None:
    tracer = provider.get_tracer("opentelemetry.instrumentation.sqlalchemy")

    def work() -> None:
        told = {"db.system": "postgresql", "db.operation": "SELECT"}
        with tracer.start_as_current_span("outer", kind=SpanKind.CLIENT, attributes=told):
            tracer.start_span("inner", kind=SpanKind.CLIENT, attributes=told).end()

    assert seen_in_request(work).texts == ["SELECT"]


def test_an_error_marks_the_call_as_failed(provider: TracerProvider) -> None:
    tracer = provider.get_tracer("some")

    def work() -> None:
        with (
            pytest.raises(ValueError, match="told"),
            tracer.start_as_current_span("raised", kind=SpanKind.CLIENT),
        ):
            raise ValueError("told")
        with pytest.raises(ValueError, match="told"), tracer.start_span("x", kind=SpanKind.CLIENT):
            raise ValueError("told")
        span = tracer.start_span("said", kind=SpanKind.CLIENT)
        span.set_status(StatusCode.ERROR)
        span.end()
        tracer.start_span("fine", kind=SpanKind.CLIENT).end()

    assert [call.has_failed for call in seen_in_request(work).calls] == [True, True, True, False]


def test_a_span_in_a_task_of_its_own_counts_too(provider: TracerProvider) -> None:
    tracer = provider.get_tracer("some")

    async def call() -> None:
        with tracer.start_as_current_span("x", kind=SpanKind.CLIENT):
            await asyncio.sleep(0)

    async def work() -> None:
        await asyncio.gather(call(), call(), call())

    assert len(seen_in_request(work).calls) == 3


def test_outside_of_a_request_nothing_is_noted(provider: TracerProvider) -> None:
    with provider.get_tracer("some").start_as_current_span("x", kind=SpanKind.CLIENT) as span:
        span.set_attribute("db.system", "redis")


def test_no_value_is_in_any_text(provider: TracerProvider) -> None:
    secrets = ("hunter2", "alice@example.org", "4111111111111111")
    password, email, card = secrets
    for told in (
        {"db.system": "redis", "db.statement": f"SET {email} {card}"},
        {"db.system": "redis", "db.statement": f"{password} {card}"},
        {
            "db.system": "redis",
            "db.redis.pipeline_length": 2,
            "db.statement": f"SET a {email}\n{password}\nGET ?",
        },
        {"db.system": "mongodb", "db.statement": f"{{email: '{email}'}}"},
        {"db.system": "postgresql", "db.statement": f"SELECT '{password}', {card}"},
        {"db.system": email, "db.operation": email, "db.sql.table": card},
        {"http.method": password, "http.url": f"http://a:{password}@h.example/{email}?c={card}"},
        {"rpc.system": card, "rpc.service": email, "rpc.method": card},
        {"messaging.system": email, "messaging.destination": email},
    ):
        assert seen_of_span(provider, told).calls
    for operation in operations_by_id().values():
        assert not any(secret in repr(operation) for secret in secrets)


@pytest.fixture(params=["ours around theirs", "theirs around ours"])
def both_ways(request: pytest.FixtureRequest, provider: TracerProvider) -> Iterator[None]:
    """Follow redis and httpx ourselves and by OpenTelemetry, one wrapped around the other."""

    def theirs() -> None:
        RedisInstrumentor().instrument(tracer_provider=provider)
        HTTPXClientInstrumentor().instrument(tracer_provider=provider)

    def ours() -> None:
        undos.extend((redis_room.attach(redis), httpx_room.attach(httpx)))

    undos: list[Callable[[], None]] = []
    for begin in (theirs, ours) if request.param.startswith("ours") else (ours, theirs):
        begin()
    yield
    for end in reversed(undos):
        end()
    RedisInstrumentor().uninstrument()
    HTTPXClientInstrumentor().uninstrument()
    for end in undos:
        end()


@pytest.mark.usefixtures("both_ways")
def test_what_both_follow_counts_once(server: RedisServer, service: str) -> None:
    async def work() -> None:
        client: Any = redis.asyncio.Redis.from_url(server.address())
        await client.set("a", 1)
        async with client.pipeline() as pipeline:
            await pipeline.get("a").set("b", 1).execute()
        await client.aclose()
        async with httpx.AsyncClient() as http:
            await http.get(f"{service}/items/42")

    def sync_work() -> None:
        with redis.Redis.from_url(server.address()) as client:
            client.get("a")
        httpx.get(f"{service}/items/42")

    host = service.removeprefix("http://")
    assert seen_in_request(work).texts == ["SET", "PIPELINE GET SET", f"GET {host}/items/{{}}"]
    assert seen_in_request(sync_work).texts == ["GET", f"GET {host}/items/{{}}"]


def test_spans_that_never_end_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "MAX_OPEN", 3)
    mine = PerformanceSpanProcessor()
    provider = SdkTracerProvider()
    provider.add_span_processor(mine)
    tracer = provider.get_tracer("some")
    told = {"db.system": "redis"}

    async def work() -> None:
        async def left_open() -> None:
            tracer.start_span("x", kind=SpanKind.CLIENT, attributes=told)

        await asyncio.gather(*(left_open() for _ in range(10)))

    assert len(seen_in_request(work).calls) == 10
    assert len(mine._open) == 3


def test_the_local_provider_is_not_the_global_one_and_sends_no_trace_of_its_own() -> None:
    def work() -> None:
        with tracer_provider().get_tracer("some").start_as_current_span("x", kind=SpanKind.CLIENT):
            inject(headers)

    headers: dict[str, str] = {}
    assert len(seen_in_request(work).calls) == 1
    assert headers == {}
    assert trace.get_tracer_provider() is not tracer_provider()


def test_a_trace_that_is_under_way_is_handed_on() -> None:
    def work() -> None:
        with (
            SdkTracerProvider().get_tracer("app").start_as_current_span("request") as span,
            tracer_provider().get_tracer("x").start_as_current_span("x", kind=SpanKind.CLIENT),
        ):
            inject(headers)
            wanted.append(format(span.get_span_context().trace_id, "032x"))

    headers: dict[str, str] = {}
    wanted: list[str] = []
    seen_in_request(work)
    assert wanted[0] in headers["traceparent"]
