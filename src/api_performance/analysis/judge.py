"""What there is to judge: counted of windows where nothing else reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from api_performance.measure.window import Window
from api_performance.model import Endpoint


@dataclass(frozen=True, slots=True)
class Seen:
    """How many requests of how many endpoints; 0 of 0 without any."""

    request_count: int = 0
    endpoint_count: int = 0


def look_at(windows: Iterable[tuple[Endpoint, Window]]) -> Seen:
    """Count what some windows hold."""
    endpoints, requests = set(), 0
    for endpoint, window in windows:
        requests += window.count
        endpoints.add(endpoint.id)
    return Seen(requests, len(endpoints))
