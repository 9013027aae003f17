"""What the memory store holds, and how it is packed; whoever calls holds the store's lock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from api_performance.model import Endpoint, Operation
from api_performance.stores.base import FINEST, Batch, Event, Pace, Query
from api_performance.stores.decoding import SlicePart
from api_performance.stores.packing import read_block
from api_performance.stores.retention import is_packable
from api_performance.stores.rollup import pack_span
from api_performance.stores.slices import (
    Series,
    covered,
    slice_start,
    span_seconds,
    wanted_slices,
)


@dataclass(slots=True)
class KeptBatch:
    """A batch as it lies in memory: its windows are one packed block."""

    instance: str
    host: str
    sequence: int
    starts_at: float
    ends_at: float
    block: bytes
    is_folded: bool


@dataclass(slots=True)
class Content:
    """Everything that `clear` deletes."""

    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    series: dict[int, Series] = field(default_factory=dict)
    numbers: dict[tuple[str, str, str], int] = field(default_factory=dict)
    batches: dict[tuple[str, int], KeptBatch] = field(default_factory=dict)
    blocks: dict[tuple[int, int], bytes] = field(default_factory=dict)
    chunks: dict[tuple[int, int], dict[int, bytes]] = field(default_factory=dict)
    totals: dict[str, bytes] = field(default_factory=dict)
    last_called: dict[str, float] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    latest_events: dict[tuple[str, str], Event] = field(default_factory=dict)
    dropped_for_size: int = 0

    def forget_events(self, before: float) -> None:
        """Delete the events before an instant."""
        self.events = [event for event in self.events if event.at >= before]
        latest = self.latest_events.items()
        self.latest_events = {key: event for key, event in latest if event.at >= before}

    def size_bytes(self) -> int:
        """Return the bytes of all blobs; what Python adds to them is small."""
        return (
            sum(len(batch.block) for batch in self.batches.values())
            + sum(map(len, self.blocks.values()))
            + sum(len(chunk) for chunks in self.chunks.values() for chunk in chunks.values())
            + sum(map(len, self.totals.values()))
        )

    def number(self, endpoint: Endpoint, batch: Batch) -> int:
        """Return the number of a batch's series of an endpoint, a new one if there is none."""
        of = batch.state.instance
        key = endpoint.id, of.version, of.environment
        if self.endpoints.get(endpoint.id) != endpoint:
            self.declare(endpoint)
        if key not in self.numbers:
            self.numbers[key] = number = len(self.numbers) + 1
            self.series[number] = Series(endpoint.id, endpoint, of.version, of.environment)
        return self.numbers[key]

    def declare(self, endpoint: Endpoint) -> None:
        """Keep what is known of an endpoint, in its series too."""
        self.endpoints[endpoint.id] = endpoint
        for (endpoint_id, version, environment), number in self.numbers.items():
            if endpoint_id == endpoint.id:
                self.series[number] = Series(endpoint_id, endpoint, version, environment)

    def note_called(self, called: Mapping[int, float]) -> None:
        """Note when the endpoints of some series were called last."""
        known = self.last_called
        for number, at in called.items():
            endpoint_id = self.series[number].endpoint_id
            known[endpoint_id] = max(known.get(endpoint_id, 0.0), at)

    def unfolded(self) -> list[KeptBatch]:
        """Return the batches that wait to be folded."""
        return [batch for batch in self.batches.values() if not batch.is_folded]

    def pack_spans(self, now: float, pace: Pace) -> None:
        """Pack the blocks of spans that are over in compressed chunks."""
        spans = {(step, slice_start(at, span_seconds(step))) for step, at in self.blocks}
        for step, span in sorted(spans):
            if is_packable(step, span, now):
                starts = range(span, span + span_seconds(step), step)
                keys = [(step, start) for start in starts if (step, start) in self.blocks]
                known = self.chunks.setdefault((step, span), {})
                young = [(start, self.blocks[step, start]) for step, start in keys]
                known.update(pack_span((step, span), young, known, pace))
                for key in keys:
                    del self.blocks[key]

    def folded(self, query: Query, numbers: frozenset[int]) -> Iterator[SlicePart]:
        """Yield the folded parts at the query's resolution."""
        if query.resolution == FINEST or query.instances:
            return
        for (step, start), block in self.blocks.items():
            if step == query.resolution and query.start <= start < query.end:
                yield from ((series, start, body) for series, body in read_block(block, numbers))
        for (step, span), chunks in self.chunks.items():
            wanted = wanted_slices(query, span) if step == query.resolution else None
            if wanted:
                for series in numbers & chunks.keys():
                    for number, body in read_block(chunks[series], wanted):
                        yield series, span + number * step, body


def kept(batch: Batch, block: bytes) -> KeptBatch:
    """Return a batch as it is kept."""
    starts_at, ends_at = covered(batch)
    of = batch.state.instance
    is_empty = not batch.windows
    return KeptBatch(of.id, of.host, batch.sequence, starts_at, ends_at, block, is_folded=is_empty)


def asks(query: Query, batch: KeptBatch) -> bool:
    """Tell whether a query is answered from this batch, of which some may be from its time."""
    if batch.ends_at <= query.start or batch.starts_at >= query.end + query.resolution:
        return False
    if query.instances or query.resolution == FINEST:
        return not query.instances or batch.instance in query.instances
    return not batch.is_folded
