"""What may be asked in an address: ranges, filters, order and pages, checked and documented."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from fastapi import Depends, Query

from api_performance.model import MetricPriority
from api_performance.queries import (
    Asked,
    Filter,
    LiveQuestion,
    Sort,
    StatusFilter,
    TableQuestion,
)
from api_performance.queries.questions import LONGEST_SECONDS, MOST_REQUESTS, MOST_ROWS
from api_performance.server.encoding import ExportFormat

LONGEST_NAME: Final = 200
MOST_NAMES: Final = 100

Names = Annotated[
    list[Annotated[str, Query(max_length=LONGEST_NAME)]], Query(max_length=MOST_NAMES)
]
WindowSeconds = Annotated[
    float | None,
    Query(ge=1, le=LONGEST_SECONDS, description="The last so many seconds; or give start and end."),
]
Instant = Annotated[float | None, Query(ge=0, le=1e11, description="Unix seconds UTC.")]
Format = Annotated[
    ExportFormat | None, Query(alias="format", description="Offer the answer as a file.")
]


def asked_range(
    window_seconds: WindowSeconds = None, start: Instant = None, end: Instant = None
) -> Asked:
    """Read the range of time."""
    return Asked(window_seconds, start, end)


Range = Annotated[Asked, Depends(asked_range)]


def _kept(
    method: Annotated[Names, Query(description="Keep these methods.")] = [],  # noqa: B006 # FastAPI copies it
    priority: Annotated[list[MetricPriority], Query(description="Keep these priorities.")] = [],  # noqa: B006
    status: Annotated[
        str,
        Query(
            description="A code, or a class such as `5xx`: counts are of these answers, and"
            " percentiles of their response times. Bytes, users, requests in flight and the split"
            " by latency type are not told apart by status."
        ),
    ] = "",
    search: Annotated[
        str, Query(max_length=LONGEST_NAME, description="Words of method and template.")
    ] = "",
) -> Filter:
    return Filter(
        methods=frozenset(name.upper() for name in method),
        priorities=frozenset(priority),
        status=StatusFilter.parse(status),
        search=" ".join(search.split()),
    )


@dataclass(frozen=True, slots=True)
class Source:
    """Which processes the numbers come from."""

    services: frozenset[str]
    versions: frozenset[str]
    environments: frozenset[str]
    instances: frozenset[str]


def _source(
    service: Annotated[Names, Query(description="Keep these services.")] = [],  # noqa: B006
    version: Annotated[Names, Query(description="Keep these versions.")] = [],  # noqa: B006
    environment: Annotated[Names, Query(description="Keep these environments.")] = [],  # noqa: B006
    instance: Annotated[
        Names, Query(description="Keep these processes; they are told apart for ten minutes.")
    ] = [],  # noqa: B006
) -> Source:
    return Source(
        frozenset(service), frozenset(version), frozenset(environment), frozenset(instance)
    )


def kept_traffic(
    kept: Annotated[Filter, Depends(_kept)], source: Annotated[Source, Depends(_source)]
) -> Filter:
    """Read the filters. QuestionRefused for a status that is none."""
    return Filter(
        methods=kept.methods,
        priorities=kept.priorities,
        services=source.services,
        versions=source.versions,
        environments=source.environments,
        instances=source.instances,
        status=kept.status,
        search=kept.search,
    )


Kept = Annotated[Filter, Depends(kept_traffic)]


class Order(StrEnum):
    """Which end comes first."""

    DESCENDING = "desc"
    ASCENDING = "asc"


def table_question(
    asked: Range,
    kept: Kept,
    sort: Annotated[Sort, Query(description="The column; those without a value come last.")] = (
        Sort.SHARE_OF_TIME
    ),
    order: Order = Order.DESCENDING,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="Rows to leave out.")] = 0,
    limit: Annotated[int, Query(ge=1, le=100_000, description="Rows at most.")] = MOST_ROWS,
) -> TableQuestion:
    """Read what the table is asked for."""
    return TableQuestion(asked, kept, sort, order is Order.DESCENDING, offset, limit)


Table = Annotated[TableQuestion, Depends(table_question)]
StepSeconds = Annotated[
    int | None, Query(ge=1, description="1, 2, 5, 10, 15 or 30 seconds, minutes or hours.")
]
RequestLimit = Annotated[int, Query(ge=1, le=MOST_REQUESTS, description="Requests at most.")]
EndpointId = Annotated[str, Query(max_length=64, description="The endpoint of the chart.")]


class Compared(StrEnum):
    """What a range is compared with."""

    PREVIOUS = "previous"


def live_question(
    table: Table,
    endpoint: EndpointId = "",
    compare: Annotated[
        Compared | None, Query(description="Also answer for the period just before.")
    ] = None,
    requests: Annotated[
        int, Query(ge=0, le=MOST_REQUESTS, description="Also answer with so many newest requests.")
    ] = 0,
) -> LiveQuestion:
    """Read what a live page asks for."""
    return LiveQuestion(table, endpoint or None, compare is Compared.PREVIOUS, requests)


Shown = Annotated[LiveQuestion, Depends(live_question)]
