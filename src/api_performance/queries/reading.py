"""Reads windows from the store, those of the newest time once for all who ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from api_performance.measure.window import Window
from api_performance.model import Endpoint
from api_performance.queries.cache import Answers, Blocks
from api_performance.queries.filters import Filter, TimeRange
from api_performance.queries.steps import floor_to
from api_performance.queries.tally import Parts, shown_part
from api_performance.stores.base import Pace, Store

SETTLED_SECONDS: Final = 60.0
"""Older time is settled: batches come every second, or a while later from a busy store."""

_RECENT_READS: Final = 8
"""Different newest stretches shared: a table's, its chart's and the users', for two ranges."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a question is asked: Unix seconds UTC, and the revision of the store."""

    now: float
    revision: int

    @property
    def generation(self) -> tuple[int, int]:
        """Questions of one generation have one answer: same revision, same second."""
        return self.revision, int(self.now)

    def settled_until(self, end: float, step: int) -> float:
        """Return the last multiple of `step` up to which nothing new is expected."""
        return floor_to(min(self.now - SETTLED_SECONDS, end), step)

    def believed_until(self, end: float) -> float:
        """Return until when a block that ends at `end` is believed: for as long as it is old.

        A batch may come late, from a process that could not reach the store; a block read a minute
        after its end is so read again after one, two, four, eight minutes.
        """
        return self.now + max(self.now - end, SETTLED_SECONDS)


class Reader:
    """Reads one store. Safe to share between threads."""

    def __init__(self, store: Store, pace: Pace) -> None:
        """Read `store`, calling `pace` between small pieces of work."""
        self.store = store
        self.pace = pace
        self.blocks = Blocks()
        self._recent = Answers(_RECENT_READS, generations=1)

    def parts(
        self,
        kept: Filter,
        span: TimeRange,
        resolution: int,
        endpoint_ids: frozenset[str] | None = None,
    ) -> Iterator[tuple[Endpoint, Window]]:
        """Yield what answers need of each window; it must not be changed."""
        query = kept.query(span, resolution, endpoint_ids)
        for endpoint, window in self.store.windows(query, pace=self.pace):
            yield endpoint, shown_part(endpoint, window, kept.status)
            self.pace()

    def recent_parts(
        self,
        kept: Filter,
        span: TimeRange,
        resolution: int,
        endpoint_ids: frozenset[str] | None,
        at: Moment,
    ) -> Parts:
        """Return the parts of the newest time, read once per moment for whoever asks."""
        key = (kept, span.start, resolution, endpoint_ids)
        return self._recent.get(
            key, at.generation, lambda: list(self.parts(kept, span, resolution, endpoint_ids))
        )
