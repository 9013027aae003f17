"""Every question that a screen, the command line or an exporter may ask."""

from api_performance.queries.core import Queries
from api_performance.queries.facts import Here
from api_performance.queries.filters import (
    EndpointUnknown,
    Filter,
    QuestionRefused,
    StatusFilter,
    TimeRange,
)
from api_performance.queries.live import LivePush, RequestPage
from api_performance.queries.questions import Asked, LiveQuestion, SeriesQuestion, TableQuestion
from api_performance.queries.read_settings import ReadSettings
from api_performance.queries.rows import Sort, Tables
from api_performance.queries.switches import refuse_if_off
from api_performance.queries.view import View
from api_performance.queries.widgets import (
    DashboardData,
    DashboardWidget,
    WidgetData,
    dashboard_data,
    widget_data,
)

__all__ = [
    "Asked",
    "DashboardData",
    "DashboardWidget",
    "EndpointUnknown",
    "Filter",
    "Here",
    "LivePush",
    "LiveQuestion",
    "Queries",
    "QuestionRefused",
    "ReadSettings",
    "RequestPage",
    "SeriesQuestion",
    "Sort",
    "StatusFilter",
    "TableQuestion",
    "Tables",
    "TimeRange",
    "View",
    "WidgetData",
    "dashboard_data",
    "refuse_if_off",
    "widget_data",
]
