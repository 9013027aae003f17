"""What a question is about: a range of time and the traffic that is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from api_performance.errors import ApiPerformanceError
from api_performance.model import OTHER, UNMATCHED, Endpoint, MetricPriority
from api_performance.stores.base import Query

STATUS_CLASSES: Final = ("1xx", "2xx", "3xx", "4xx", "5xx")


class QuestionRefused(ApiPerformanceError, ValueError):
    """A question cannot be asked like this: the message names the parameter and what is allowed."""


class EndpointUnknown(ApiPerformanceError, LookupError):
    """No endpoint has this id. The table of endpoints lists those there are."""


@dataclass(frozen=True, slots=True)
class TimeRange:
    """[start, end) in Unix seconds UTC."""

    start: float
    end: float

    def __post_init__(self) -> None:
        """Refuse a range that is empty or runs backwards with QuestionRefused."""
        if not 0 <= self.start < self.end:
            raise QuestionRefused(
                f"start = {self.start:g} is refused: it must be at least 0 and before end"
                f" = {self.end:g}, both in Unix seconds"
            )

    @property
    def seconds(self) -> float:
        """The length."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class StatusFilter:
    """One status code, or a class of them such as `5xx`."""

    status_class: int
    code: int | None = None

    @classmethod
    def parse(cls, text: str) -> StatusFilter | None:
        """Read `503` or `5xx`; None for empty text, QuestionRefused for anything else."""
        if not text:
            return None
        if text.lower() in STATUS_CLASSES:
            return cls(int(text[0]))
        if text.isdecimal() and 100 <= int(text) <= 599:
            return cls(int(text) // 100, int(text))
        raise QuestionRefused(
            f"status = {text!r} is refused: give a code from 100 to 599 or a class such as 5xx"
        )

    def keeps(self, status: int) -> bool:
        """Tell whether a status code belongs to it."""
        return status == self.code if self.code else status // 100 == self.status_class


@dataclass(frozen=True, slots=True)
class Filter:
    """Which traffic is kept; an empty part keeps everything.

    `search` is looked for in `GET /api/users` whatever its case, all its words. Requests without a
    route have no priority. With a status, counts are of those answers alone and percentiles of
    their response times, for a sketch is kept per status class (of a single code the times are
    known only where its class saw no other code); bytes, users, requests in flight and the split by
    latency type are not told apart by status.
    """

    methods: frozenset[str] = frozenset()
    priorities: frozenset[MetricPriority] = frozenset()
    services: frozenset[str] = frozenset()
    versions: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()
    instances: frozenset[str] = frozenset()
    status: StatusFilter | None = None
    search: str = ""

    @property
    def source(self) -> Filter:
        """The part of it that decides which windows are read, whatever the endpoint."""
        return Filter(
            services=self.services,
            versions=self.versions,
            environments=self.environments,
            instances=self.instances,
            status=self.status,
        )

    @property
    def keeps_every_endpoint(self) -> bool:
        """Whether no endpoint is left out by what it is."""
        return not (self.methods or self.priorities or self.search)

    def keeps(self, endpoint: Endpoint) -> bool:
        """Tell whether an endpoint's method, priority, service and name are asked for."""
        if self.methods and endpoint.method not in self.methods:
            return False
        if self.priorities and _priority(endpoint) not in self.priorities:
            return False
        if self.services and endpoint.service not in self.services:
            return False
        name = endpoint.name.lower()
        return all(word in name for word in self.search.lower().split())

    def query(
        self, span: TimeRange, resolution: int, endpoint_ids: Iterable[str] | None = None
    ) -> Query:
        """Return what to ask the store for."""
        return Query(
            start=span.start,
            end=span.end,
            resolution=resolution,
            endpoint_ids=None if endpoint_ids is None else frozenset(endpoint_ids),
            services=self.services,
            versions=self.versions,
            environments=self.environments,
            instances=self.instances,
            with_latency=False,
        )


def _priority(endpoint: Endpoint) -> MetricPriority | None:
    return None if endpoint.template in (UNMATCHED, OTHER) else endpoint.priority


def priority_counts(endpoints: Iterable[Endpoint]) -> dict[str, int]:
    """Return how many endpoints have each priority, those without a route left out."""
    counts = Counter(_priority(endpoint) for endpoint in endpoints)
    return {priority.value: counts[priority] for priority in MetricPriority}
