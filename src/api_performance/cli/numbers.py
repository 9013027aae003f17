"""Where `top` reads its numbers: the store itself, or a running application's REST API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from api_performance.answers import EndpointPage, HealthLine, ServiceSummary
from api_performance.cli.access import open_store
from api_performance.cli.served import Api
from api_performance.cli.table import Frame, Order
from api_performance.clock import SystemClock
from api_performance.config import Config
from api_performance.model import MetricPriority
from api_performance.queries import Asked, Filter, Queries, TableQuestion
from api_performance.stores.base import no_pace
from api_performance.wiring import make_queries


@dataclass(frozen=True, slots=True)
class Selection:
    """Which endpoints, over how many seconds (None: the configured range), at most how many."""

    window_seconds: float | None = None
    priorities: frozenset[MetricPriority] = frozenset()
    search: str = ""
    limit: int = 50


class Numbers(Protocol):
    """Reads one frame after another."""

    def read(self, selection: Selection, order: Order) -> Frame:
        """Return what is known now; an ApiPerformanceError says why nothing is."""
        ...


class StoredNumbers:
    """Reads the store that the configuration names."""

    def __init__(self, queries: Queries) -> None:
        """Ask `queries`."""
        self._queries = queries

    def read(self, selection: Selection, order: Order) -> Frame:
        """Return what the store knows now."""
        kept = Filter(priorities=selection.priorities, search=selection.search)
        asked = Asked(window_seconds=selection.window_seconds)
        question = TableQuestion(asked, kept, order.sort, order.is_descending, 0, selection.limit)
        page = self._queries.endpoints(question)
        return Frame(
            self._queries.summary(asked, kept), page.endpoints, page.total, self._queries.health()
        )


def make_numbers(config: Config, url: str, token: str) -> Numbers:
    """Read `url` if there is one, else the configured store. CannotRead, StoreUnavailable."""
    if url:
        return ServedNumbers(url, token)
    return StoredNumbers(make_queries(config, open_store(config), SystemClock(), no_pace))


class ServedNumbers:
    """Reads the REST API of a running application; `token` where it asks for one."""

    def __init__(self, url: str, token: str = "") -> None:
        """Read under `url`, `http://host:port` or the page's own address."""
        self._api = Api(url, token)

    def read(self, selection: Selection, order: Order) -> Frame:
        """Return what the application answers now. CannotRead."""
        asked = {
            "window_seconds": selection.window_seconds,
            "priority": sorted(selection.priorities),
            "search": selection.search,
        }
        shown = {
            "sort": order.sort.value,
            "order": "desc" if order.is_descending else "asc",
            "limit": selection.limit,
        }
        page = self._api.get("/endpoints", EndpointPage, {**asked, **shown})
        summary = self._api.get("/summary", ServiceSummary, asked)
        return Frame(summary, page.endpoints, page.total, self._api.get("/health", HealthLine, {}))
