"""Which endpoints and series a database knows, remembered by each process until they change."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from api_performance.model import Endpoint, Instance, MetricPriority, TrafficKind
from api_performance.stores.slices import Series


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The endpoints by id and the series by number, as of one state of the database."""

    state: int = -1
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    series: Mapping[int, Series] = field(default_factory=dict)
    numbers: Mapping[tuple[str, str, str], int] = field(default_factory=dict)


def current(connection: sqlite3.Connection, known: Catalogue) -> Catalogue:
    """Return what is known if it still holds, else read it anew; inside a transaction."""
    row = connection.execute("SELECT value FROM counters WHERE name = 'catalogue'").fetchone()
    return known if row[0] == known.state else _read(connection, row[0])


def _read(connection: sqlite3.Connection, state: int) -> Catalogue:
    rows = connection.execute(
        "SELECT endpoint_id, service, method, template, priority, kind, is_monitored, thresholds"
        " FROM endpoints"
    ).fetchall()
    endpoints = {row[0]: _endpoint(*row[1:]) for row in rows}
    rows = connection.execute("SELECT id, endpoint_id, version, environment FROM series").fetchall()
    return Catalogue(
        state,
        endpoints,
        {number: Series(of, endpoints[of], version, env) for number, of, version, env in rows},
        {(of, version, env): number for number, of, version, env in rows},
    )


def _endpoint(
    service: str, method: str, template: str, priority: str, kind: str, *rest: object
) -> Endpoint:
    is_monitored, thresholds = rest
    return Endpoint(
        method=method,
        template=template,
        service=service,
        priority=MetricPriority(priority),
        kind=TrafficKind(kind),
        is_monitored=bool(is_monitored),
        thresholds=tuple(json.loads(str(thresholds))),
    )


def extended(
    connection: sqlite3.Connection,
    known: Catalogue,
    instance: Instance,
    called: Mapping[str, Endpoint],
    declared: Iterable[Endpoint],
) -> Catalogue:
    """Write what a batch brings that the catalogue lacks; inside a write transaction.

    `called` are the batch's endpoints by id, `declared` those it makes known beside.
    """
    brought = {**{endpoint.id: endpoint for endpoint in declared}, **called}
    changed = {of: new for of, new in brought.items() if known.endpoints.get(of) != new}
    wanted = {(endpoint_id, instance.version, instance.environment) for endpoint_id in called}
    fresh = wanted - known.numbers.keys()
    if not changed and not fresh:
        return known
    connection.executemany(_UPSERT, [_row(endpoint) for endpoint in changed.values()])
    connection.executemany(
        "INSERT INTO series (endpoint_id, version, environment) VALUES (?, ?, ?)", sorted(fresh)
    )
    bump(connection, "catalogue")
    return current(connection, known)


def bump(connection: sqlite3.Connection, counter: str, by: int = 1) -> None:
    """Add to one of the database's counters; inside a write transaction."""
    connection.execute("UPDATE counters SET value = value + ? WHERE name = ?", (by, counter))


def _row(endpoint: Endpoint) -> tuple[object, ...]:
    return (
        endpoint.id,
        endpoint.service,
        endpoint.method,
        endpoint.template,
        endpoint.priority.value,
        endpoint.kind.value,
        endpoint.is_monitored,
        json.dumps(endpoint.thresholds),
    )


_UPSERT = """
INSERT INTO endpoints
    (endpoint_id, service, method, template, priority, kind, is_monitored, thresholds)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (endpoint_id) DO UPDATE SET
    priority = excluded.priority, kind = excluded.kind,
    is_monitored = excluded.is_monitored, thresholds = excluded.thresholds
"""
