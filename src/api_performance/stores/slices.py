"""The grid of time: slices of a resolution, the spans they are packed in, and who is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from api_performance.measure.users import UserSketch
from api_performance.measure.window import Window
from api_performance.model import Endpoint
from api_performance.stores.base import FINEST, Batch, Query, Retention

HOUR: Final = 3600

WHOLE_FROM: Final = 60
"""Finer slices keep no users, no operations, and of each latency type only the sum.

A day takes half the room.

Where a resolution of at least this is kept, its users stand in when finer slices are read.
"""


EXEMPLARS_FROM: Final = HOUR
"""Finer slices keep no exemplars: an hour has them for each of its five minutes anyway."""


@dataclass(frozen=True, slots=True)
class Series:
    """Whose windows a number in a block stands for: an endpoint as one version of it ran."""

    endpoint_id: str
    endpoint: Endpoint
    version: str
    environment: str


def slice_start(at: float, resolution: int) -> int:
    """Return the start of the slice of `resolution` seconds that holds the instant."""
    return int(at // resolution) * resolution


def span_seconds(resolution: int) -> int:
    """Return the seconds that a chunk of a resolution covers: an hour, or 24 slices past that."""
    return HOUR if resolution < HOUR else 24 * resolution


def selected(series: Mapping[int, Series], query: Query) -> frozenset[int]:
    """Return the numbers of the series that the query asks for."""

    def asks(one: Series) -> bool:
        return (
            (query.endpoint_ids is None or one.endpoint_id in query.endpoint_ids)
            and (not query.services or one.endpoint.service in query.services)
            and (not query.versions or one.version in query.versions)
            and (not query.environments or one.environment in query.environments)
        )

    return frozenset(number for number, one in series.items() if asks(one))


def shared(window: Window, start: float) -> Window:
    """Return a window at another start that shares its content: to be read, never changed."""
    return msgspec.structs.replace(window, start=start)


def reduced(window: Window, resolution: int, *, with_users: bool) -> Window:
    """Return the window as slices of a resolution keep it, sharing the rest with it.

    Users are left out of fine slices only, and there unless they are kept nowhere else.
    """
    if resolution >= EXEMPLARS_FROM:
        return window
    twin = shared(window, window.start)
    twin.slowest, twin.typical = {}, {}
    if resolution < WHOLE_FROM:
        twin.latency = {}
        twin.operations = {}
        if not with_users:
            twin.users = UserSketch()
    return twin


def users_query(query: Query, retention: Retention) -> Query | None:
    """Return the query for the coarser slices whose users stand in; None if none need to."""
    if query.resolution >= WHOLE_FROM:
        return None
    coarser = [step for step in retention.folded if step >= WHOLE_FROM]
    if not coarser:
        return None
    return replace(query, resolution=coarser[0], start=slice_start(query.start, coarser[0]))


def wanted_slices(query: Query, span: int) -> frozenset[int]:
    """Return the numbers in a chunk of the span whose slices the query asks for."""
    step = query.resolution
    first = max(0, -int((span - query.start) // step))
    last = min(span_seconds(step) // step, -int((span - query.end) // step))
    return frozenset(range(first, last))


def covered(batch: Batch) -> tuple[float, float]:
    """Return start and end of what a batch measured, Unix seconds UTC."""
    starts = [window.start for _, window in batch.windows] or [batch.state.seen_at]
    return min(starts), max(starts) + FINEST
