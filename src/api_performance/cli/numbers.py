"""Where `top` reads its numbers: the store itself, or a running application's REST API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final, Protocol, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import msgspec

from api_performance.answers import EndpointPage, HealthLine, ServiceSummary
from api_performance.cli.access import open_store
from api_performance.cli.errors import CannotRead
from api_performance.cli.table import Frame, Order
from api_performance.clock import SystemClock
from api_performance.config import Config
from api_performance.model import MetricPriority
from api_performance.queries import Asked, Filter, Queries, TableQuestion
from api_performance.stores.base import no_pace
from api_performance.wiring import make_queries

API: Final = "/api/v1"
PATIENCE_SECONDS: Final = 10.0

T = TypeVar("T")


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
        self._base = api_address(url)
        self._token = token

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
        page = self._get("/endpoints", EndpointPage, {**asked, **shown})
        summary = self._get("/summary", ServiceSummary, asked)
        return Frame(summary, page.endpoints, page.total, self._get("/health", HealthLine, {}))

    def _get(self, path: str, answer: type[T], parameters: Mapping[str, object]) -> T:
        given = {name: value for name, value in parameters.items() if value}
        address = f"{self._base}{path}?{urlencode(given, doseq=True)}"
        body = self._send(Request(address))  # noqa: S310 # api_address lets only http pass
        try:
            return msgspec.json.decode(body, type=answer)
        except msgspec.DecodeError as error:
            raise CannotRead(f"{address} answers with something else: {error}") from error

    def _send(self, request: Request) -> bytes:
        if self._token:
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        try:
            with urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 # as above
                return bytes(answer.read())
        except HTTPError as error:
            with error:
                raise CannotRead(self._refusal(error)) from error
        except (URLError, HTTPException, OSError) as error:
            reason = getattr(error, "reason", error)
            raise CannotRead(f"{self._base} does not answer: {reason}") from error

    def _refusal(self, error: HTTPError) -> str:
        how = "`api-performance token --raw` prints it"
        if error.code == 401 and self._token:
            return f"{self._base} refuses the token; {how} anew"
        if error.code == 401:
            return f"{self._base} asks for a token: set API_PERFORMANCE_TOKEN; {how}"
        if error.code == 404:
            return f"{self._base} is nothing of ours: name the page's own path in --url"
        body = error.read(500).decode(errors="replace")
        return f"{error.url} answers {error.code}: {body}"


def api_address(url: str) -> str:
    """Return where the REST API of `http://host:port[/path]` is; CannotRead for another scheme."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise CannotRead(f"--url {url!r} is no address; give one such as http://127.0.0.1:8000")
    path = parts.path.rstrip("/") or "/performance"
    return f"{parts.scheme}://{parts.netloc}{path}{API}"
