"""When processes of each service lived: what came while none did was measured by nobody.

A store tells the processes that reported within the last hour, each with its start. So of that hour
before the first look, and of all that follows, it is known when a service had none. Time of which a
process lost windows, because the store was away for longer than they are kept, is as little known:
fewer requests are counted then than came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final

from api_performance.model import ALIVE_SECONDS

KEPT_SECONDS: Final = 6 * 3600.0
"""As far back rules look at minutes."""

Span = tuple[float, float]
"""[begin, end) in Unix seconds UTC."""

Spans = Mapping[str, Sequence[Span]]
"""Of each service, oldest first, without overlaps."""


@dataclass(frozen=True, slots=True)
class Lives:
    """Spans in which a service was measured, oldest first; of what lay before `since` none knows.

    A service that is not among them had none since then.
    """

    since: float = inf
    spans: Mapping[str, Sequence[Span]] = field(default_factory=dict)

    def within(self, service: str, begin: float, end: float) -> list[Span]:
        """Return the parts of [begin, end) that were measured, or may have been."""
        edge = min(max(self.since, begin), end)
        lived = ((max(s, edge), min(e, end)) for s, e in self.spans.get(service, ()))
        return [span for span in ((begin, edge), *lived) if span[0] < span[1]]

    def seconds(self, service: str, begin: float, end: float) -> float:
        """Return how much of [begin, end) that is."""
        return sum(last - first for first, last in self.within(service, begin, end))


class LifeBook:
    """Remembers lives for six hours. A silence of less than ALIVE_SECONDS is none."""

    def __init__(self) -> None:
        self._since = inf
        self._spans: Spans = {}
        self._lost: Spans = {}

    def hear(
        self,
        now: float,
        lives: Iterable[tuple[str, Span]],
        known_seconds: float,
        lost: Iterable[tuple[str, Span]] = (),
    ) -> None:
        """Add all lives that lasted into the last `known_seconds` before `now`, with services.

        `lost`: of which time a process of a service lost windows.
        """
        self._since = max(min(self._since, now - known_seconds), now - KEPT_SECONDS)
        self._spans = self._with(self._spans, lives)
        self._lost = self._with(self._lost, lost)

    def lives(self, now: float) -> Lives:
        """Return what is known at `now`; who reported just now lives up to it."""
        told = {
            service: _without(_told(spans, now), self._lost.get(service, ()))
            for service, spans in self._spans.items()
        }
        return Lives(self._since, told)

    def _with(self, known: Spans, heard: Iterable[tuple[str, Span]]) -> Spans:
        spans = {service: [*its] for service, its in known.items()}
        for service, span in heard:
            spans.setdefault(service, []).append(span)
        return {
            service: [span for span in _merged(its) if span[1] >= self._since]
            for service, its in spans.items()
        }


def _told(spans: Sequence[Span], now: float) -> Sequence[Span]:
    return [(begin, now if now - end <= ALIVE_SECONDS else end) for begin, end in spans]


def _without(spans: Sequence[Span], lost: Iterable[Span]) -> Sequence[Span]:
    for begin, end in lost:
        parts = [((first, min(last, begin)), (max(first, end), last)) for first, last in spans]
        spans = [part for both in parts for part in both if part[0] < part[1]]
    return spans


def _merged(spans: list[Span]) -> list[Span]:
    """Return spans without overlaps, in order: those that all but touch become one."""
    merged: list[Span] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1] + ALIVE_SECONDS:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((begin, end))
    return merged
