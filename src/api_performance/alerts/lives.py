"""When processes of each service lived: what came while none did was measured by nobody.

A store tells the processes that reported within the last hour, each with its start. So of that hour
before the first look, and of all that follows, it is known when a service had none.
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


@dataclass(frozen=True, slots=True)
class Lives:
    """Spans in which a service had a process, oldest first; of what lay before `since` none knows.

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
        self._spans: dict[str, list[Span]] = {}

    def hear(self, now: float, lives: Iterable[tuple[str, Span]], known_seconds: float) -> None:
        """Add all lives that lasted into the last `known_seconds` before `now`, with services."""
        self._since = max(min(self._since, now - known_seconds), now - KEPT_SECONDS)
        heard: dict[str, list[Span]] = {}
        for service, span in lives:
            heard.setdefault(service, []).append(span)
        for service in {*self._spans, *heard}:
            spans = _merged([*self._spans.get(service, ()), *heard.get(service, ())])
            self._spans[service] = [span for span in spans if span[1] >= self._since]

    def lives(self, now: float) -> Lives:
        """Return what is known at `now`; who reported just now lives up to it."""
        return Lives(self._since, {name: _told(its, now) for name, its in self._spans.items()})


def _told(spans: Sequence[Span], now: float) -> Sequence[Span]:
    return [(begin, now if now - end <= ALIVE_SECONDS else end) for begin, end in spans]


def _merged(spans: list[Span]) -> list[Span]:
    """Return spans without overlaps, in order: those that all but touch become one."""
    merged: list[Span] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1] + ALIVE_SECONDS:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((begin, end))
    return merged
