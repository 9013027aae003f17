"""What a span of OpenTelemetry is as an operation, by the semantic conventions, old and new.

Many instrumentations say only after the start what they do, and only the type must be known then:
the attributes of the start tell it, or the instrumentation's name. The text is made at the end, and
never of a span's name, which may hold anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from opentelemetry.trace import SpanKind

from api_performance.instrumentation.http_text import call_of, without_value
from api_performance.instrumentation.redis_text import command_text, pipeline_text
from api_performance.instrumentation.sql_text import fingerprint
from api_performance.measure.latency import OPERATION, Span
from api_performance.measure.operations import begin, end, known, settle
from api_performance.model import LatencyType

Attributes = Mapping[str, object] | None

UNDERWAY: Final = "(under way)"
"""The operation of a call that did not end within its request, and so never told what it was."""

_CACHES: Final = frozenset({"redis", "valkey", "memcached", "pymemcache", "aiomcache"})
"""Systems and instrumentations of caches."""

_DATABASES: Final = frozenset(
    {
        *("aiopg", "asyncpg", "cassandra", "clickhouse", "dbapi", "elasticsearch", "motor"),
        *("mysql", "mysqlclient", "neo4j", "opensearch", "psycopg", "psycopg2", "pymongo"),
        *("pymssql", "pymysql", "sqlalchemy", "sqlite3", "tortoiseorm"),
    }
)
"""Instrumentations of databases: some tell the system only after the start."""

_SYSTEM: Final = "db.system.name", "db.system", "rpc.system.name", "rpc.system", "messaging.system"
_STATEMENT: Final = "db.query.text", "db.statement"
_OPERATION: Final = "db.operation.name", "db.operation"
_COLLECTION: Final = (
    *("db.collection.name", "db.sql.table", "db.mongodb.collection", "db.cassandra.table"),
)
_URL: Final = "url.full", "http.url"
_METHOD: Final = "http.request.method", "http.method"
_HOST: Final = "server.address", "net.peer.name", "http.host"
_PATH: Final = "url.template", "url.path", "http.target"
_SENDING: Final = "messaging.operation.name", "messaging.operation.type", "messaging.operation"
_DESTINATION: Final = (
    *("messaging.destination.template", "messaging.destination.name", "messaging.destination"),
)

_NAME: Final = re.compile(r"[A-Za-z_][\w.$/-]{0,99}")
_SQL: Final = re.compile(r"\s*(?:/\*.*?\*/|--[^\n]*\n|\s|\()*[A-Za-z]+(?:\W|$)", re.DOTALL)
"""A statement begins with a word, after comments and parentheses."""

_OTHER_LANGUAGES: Final = frozenset(
    {
        *("mongodb", "elasticsearch", "opensearch", "couchdb", "couchbase", "neo4j", "dynamodb"),
        *("aws.dynamodb", "azure.cosmosdb", "cosmosdb", "hbase", "influxdb", "geode"),
    }
)
"""Systems of OpenTelemetry's conventions whose statements are no SQL, caches apart."""
_PIPELINED: Final = re.compile(r"[A-Z][A-Z._ ]*(?: \?)*(?: \[.*\])?")
"""A command as OpenTelemetry writes it, with its arguments left out."""


def is_outgoing(kind: SpanKind) -> bool:
    """Tell whether a span is work that somebody else does for the request."""
    return kind is SpanKind.CLIENT or kind is SpanKind.PRODUCER


def begin_span(scope: str, attributes: Attributes) -> Span | None:
    """Begin a call of what an instrumentation does; None where it is none of its own."""
    try:
        type_ = _type_of(scope.rpartition(".")[2], attributes or {})
        return begin(known(type_, UNDERWAY, "opentelemetry"))
    except Exception:  # noqa: BLE001  # an instrumentation may say anything
        return None


def end_span(begun: Span, scope: str, attributes: Attributes, *, has_failed: bool) -> None:
    """End a call, now that its attributes tell what it was."""
    try:
        told = attributes or {}
        text = _text(scope.rpartition(".")[2], told)
        settle(begun, known(begun[OPERATION].latency_type, text, _system_of(told)))
    except Exception:  # noqa: BLE001,S110  # likewise: then it ends without a name
        pass
    end(begun, has_failed=has_failed)


def _type_of(library: str, told: Mapping[str, object]) -> LatencyType:
    system = _first(told, _SYSTEM[:2])
    if system in _CACHES or (not system and library in _CACHES):
        return LatencyType.CACHE
    if system or library in _DATABASES or _first(told, _STATEMENT):
        return LatencyType.DATABASE
    return LatencyType.EXTERNAL_API


def _system_of(told: Mapping[str, object]) -> str:
    if _first(told, _METHOD):
        return "http"
    return _name(_first(told, _SYSTEM)).lower()


def _text(library: str, told: Mapping[str, object]) -> str:
    if _first(told, _METHOD):
        return _http_text(told)
    if _first(told, _SYSTEM[:2]) or _first(told, _STATEMENT):
        return _database_text(told) or _name(library)
    if method := _first(told, ("rpc.method",)):
        service = _first(told, ("rpc.service",))
        return f"{_name(service)}/{_name(method)}" if service else _name(method)
    if destination := _first(told, _DESTINATION):
        return f"{_name(_first(told, _SENDING)) or 'send'} {without_value(destination)}"
    return _name(library)


def _http_text(told: Mapping[str, object]) -> str:
    method, url = _first(told, _METHOD), _first(told, _URL)
    if not url:
        host, port = _first(told, _HOST), _first(told, ("server.port", "net.peer.port"))
        usual = port in ("", "80", "443")
        url = f"//{host}{'' if usual else f':{port}'}{_first(told, _PATH)}"
    return call_of(method, url).text


def _database_text(told: Mapping[str, object]) -> str:
    system, statement = _first(told, _SYSTEM[:2]), _first(told, _STATEMENT)
    if system in _CACHES and statement:
        return _cache_text(told, statement)
    if statement and _is_sql(statement, system):
        return _statement_text(statement, system)
    operation, collection = _first(told, _OPERATION), _first(told, _COLLECTION)
    return f"{_name(operation)} {_name(collection)}".strip()


def _is_sql(statement: str, system: str) -> bool:
    """Tell whether a statement is for `fingerprint`: what another language keeps is unknown."""
    return system not in _OTHER_LANGUAGES and _SQL.match(statement) is not None


@lru_cache(maxsize=2_000)
def _statement_text(statement: str, system: str) -> str:
    """Return the fingerprint of a statement of SQL: to make one takes longer than all else."""
    return fingerprint(statement, system)


def _cache_text(told: Mapping[str, object], statement: str) -> str:
    if "db.redis.pipeline_length" not in told:
        return command_text(statement[:200].split(maxsplit=2))
    lines = statement.split("\n")
    is_safe = all(_PIPELINED.fullmatch(line) for line in lines)
    return pipeline_text([line.split() for line in lines] if is_safe else [])


def _name(text: str) -> str:
    return text if _NAME.fullmatch(text) else ""


def _first(told: Mapping[str, object], keys: Iterable[str]) -> str:
    return next((str(told[key]) for key in keys if told.get(key)), "")
