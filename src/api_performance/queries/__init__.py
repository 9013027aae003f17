"""Every question that a screen, the command line or an exporter may ask."""

from api_performance.queries.core import Queries, ReadSettings
from api_performance.queries.filters import (
    EndpointUnknown,
    Filter,
    QuestionRefused,
    StatusFilter,
    TimeRange,
)
from api_performance.queries.questions import Asked, LiveQuestion, SeriesQuestion, TableQuestion
from api_performance.queries.rows import Sort, Tables

__all__ = [
    "Asked",
    "EndpointUnknown",
    "Filter",
    "LiveQuestion",
    "Queries",
    "QuestionRefused",
    "ReadSettings",
    "SeriesQuestion",
    "Sort",
    "StatusFilter",
    "TableQuestion",
    "Tables",
    "TimeRange",
]
