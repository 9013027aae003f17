"""The REST API of alerts: what there is, what became of it, and what people do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api_performance.alerts.alert import AlertState
from api_performance.alerts.commands import LONGEST_AUTHOR, Act
from api_performance.alerts.records import LONGEST_REASON
from api_performance.alerts.silences import Matcher, Silence
from api_performance.config.values import check_pattern
from api_performance.errors import ConfigError
from api_performance.export.judged_tables import alerts_csv
from api_performance.model import MetricPriority, PerformanceThreshold
from api_performance.queries.alerts import (
    MOST_ALERTS,
    AlertHistory,
    AlertPage,
    AlertQuestion,
    AlertRow,
    IncidentPage,
    SilenceRow,
    alert_history,
    alert_page,
    alert_row,
    incident_page,
    silence_row,
)
from api_performance.queries.switches import refuse_alerts_if_off
from api_performance.server.context import Ask
from api_performance.server.guard import Operator, view_role
from api_performance.server.parameters import LONGEST_NAME, Format
from api_performance.server.routing import api_routes

MOST_IDS: Final = 200
"""Alerts that one act may be about: their ids fit in the longest body."""

YEARS: Final = 1e11


async def alerts_are_on(ask: Ask) -> None:
    """Refuse where `enable_alerts` is off. SwitchedOff."""
    refuse_alerts_if_off(ask.config.dashboard_config)


routes = api_routes("alerts", [Depends(view_role), Depends(alerts_are_on)])

AlertId = Annotated[str, Path(max_length=64, description="An alert's id, as the list has it.")]
SilenceId = Annotated[str, Path(max_length=64, description="A silence's id, as the list has it.")]
Name = Annotated[str, Field(max_length=LONGEST_NAME)]


class _Said(BaseModel):
    """Who acts, and why."""

    model_config = ConfigDict(extra="forbid")

    author: Annotated[str, Field(min_length=1, max_length=LONGEST_AUTHOR)] = "operator"
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""


class AlertAct(_Said):
    """Alerts to acknowledge or to resolve."""

    ids: Annotated[
        list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=MOST_IDS)
    ]


class NewSilence(_Said):
    """Which alerts tell nobody from `starts_at` (null: now) until `ends_at`, Unix seconds UTC.

    An alert must fit every part that is given; `endpoint` is a pattern such as `GET /api/*`.
    """

    alert: Name = ""
    endpoint: Name = ""
    rule: Name = ""
    severity: PerformanceThreshold | None = None
    instance: Name = ""
    starts_at: Annotated[float | None, Field(ge=0, le=YEARS)] = None
    ends_at: Annotated[float, Field(ge=0, le=YEARS)]


def _question(
    severity: Annotated[list[PerformanceThreshold], Query(description="Keep these.")] = [],  # noqa: B006 # FastAPI copies it
    state: Annotated[
        list[AlertState], Query(description="Keep these states; all but `ok` without any.")
    ] = [],  # noqa: B006
    priority: Annotated[list[MetricPriority], Query(description="Keep these priorities.")] = [],  # noqa: B006
    endpoint: Annotated[
        str, Query(max_length=LONGEST_NAME, description="Words of method and template.")
    ] = "",
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="Rows to leave out.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ALERTS, description="Rows at most.")] = 100,
) -> AlertQuestion:
    return AlertQuestion(
        frozenset(severity), frozenset(state), frozenset(priority), endpoint, offset, limit
    )


@routes.on("GET", "/alerts", responses={200: {"model": AlertPage}})
async def alerts(
    ask: Ask,
    question: Annotated[AlertQuestion, Depends(_question)],
    export_format: Format = None,
) -> Response:
    """Alerts, those that need somebody first, with their incidents and how many of each state."""
    queries = ask.queries
    return await ask.answer(
        "alerts",
        lambda: alert_page(queries.desk.standing(), question, queries.moment().now),
        lambda page: alerts_csv(page.alerts),
        export_format,
    )


@routes.on("GET", "/alerts/{alert_id}/history", responses={200: {"model": AlertHistory}})
async def history(ask: Ask, alert_id: AlertId) -> Response:
    """What became of one alert in thirty days, and who did what about it."""
    queries = ask.queries
    return await _told(ask, lambda: alert_history(queries.desk, alert_id, queries.moment().now))


@routes.on("GET", "/incidents", responses={200: {"model": IncidentPage}})
async def incidents(
    ask: Ask,
    is_open: Annotated[
        bool | None, Query(description="Those that hold, or those that are over.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ALERTS, description="Incidents at most.")] = 100,
) -> Response:
    """Incidents, the newest first, each with its likely cause and the alerts it explains."""
    queries = ask.queries
    return await _told(
        ask, lambda: incident_page(queries.desk.standing(), is_open, limit, queries.moment().now)
    )


@routes.on("POST", "/alerts/acknowledge", responses={200: {"model": list[AlertRow]}})
async def acknowledge(ask: Ask, _: Operator, body: AlertAct) -> Response:
    """Say that somebody looks after some alerts: nobody is reminded until one worsens or returns.

    404, and nothing is done, if one of them is unknown.
    """
    return await _act(ask, Act.ACKNOWLEDGE, body)


@routes.on("POST", "/alerts/resolve", responses={200: {"model": list[AlertRow]}})
async def resolve(ask: Ask, _: Operator, body: AlertAct) -> Response:
    """Say that some alerts are over: each fires anew only once it was clear.

    404, and nothing is done, if one of them is unknown.
    """
    return await _act(ask, Act.RESOLVE, body)


async def _act(ask: Ask, act: Act, body: AlertAct) -> Response:
    def acted() -> list[AlertRow]:
        found = ask.queries.desk.act(act, body.ids, author=body.author, reason=body.reason)
        return [alert_row(alert) for alert in found]

    return await _told(ask, acted)


@routes.on("GET", "/silences", responses={200: {"model": list[SilenceRow]}})
async def silences(ask: Ask) -> Response:
    """Silences and maintenance windows that are not over, the one that ends first in front."""
    queries = ask.queries

    def found() -> list[SilenceRow]:
        now = queries.moment().now
        return [silence_row(silence, now) for silence in queries.desk.silences.all()]

    return await _told(ask, found)


@routes.on("POST", "/silences", responses={200: {"model": SilenceRow}})
async def silence(ask: Ask, _: Operator, body: NewSilence) -> Response:
    """Silence alerts for a while, or plan a maintenance window."""
    queries = ask.queries

    def added() -> SilenceRow:
        now = queries.moment().now
        starts_at = now if body.starts_at is None else body.starts_at
        told = body.author, body.reason
        made = Silence(_matcher(body), starts_at, body.ends_at, *told)
        return silence_row(queries.desk.silences.add(made), now)

    return await _told(ask, added)


def _matcher(body: NewSilence) -> Matcher:
    try:
        pattern = check_pattern(body.endpoint) if body.endpoint not in ("", "*") else body.endpoint
    except ValueError:
        raise ConfigError(
            f"endpoint = {body.endpoint!r} is refused: give a pattern such as `GET /api/*`"
        ) from None
    return Matcher(body.alert, pattern, body.rule, body.severity, body.instance)


@routes.on("DELETE", "/silences/{silence_id}", status_code=204)
async def end_silence(ask: Ask, _: Operator, silence_id: SilenceId) -> Response:
    """End a silence before its time: what fires is told from now on."""
    await ask.pool.run(lambda: ask.queries.desk.silences.end(silence_id, author="operator"))
    return Response(status_code=204)


async def _told(ask: Ask, compute: Callable[[], object]) -> Response:
    return await ask.answer("alerts", compute, str, None)
