"""A past as rules ask it in one round: each thing counted once, and only where it was measured.

While no process of a service lives nobody counts its requests, so that time is no part of any
window; that a service is silent is told by another rule.
"""

from __future__ import annotations

from api_performance.alerts.lives import Lives
from api_performance.alerts.rule import Counted, Past, Sliced
from api_performance.analysis.history import Counts, Slices


class Measured:
    """A past at one instant, without the time in which a service had no process."""

    def __init__(self, past: Past, lives: Lives) -> None:
        """Leave out of `past` what lies between `lives`."""
        self._counted: dict[tuple[str, str, float], Counted] = {}
        self._past = past
        self._lives = lives
        self._services = {endpoint.id: endpoint.service for endpoint in past.endpoints()}
        self.endpoints = past.endpoints
        self.knows = past.knows
        self.hours = past.hours

    def counts(self, endpoint_id: str, indicator: str, seconds: float, now: float) -> Counted:
        """Count the last `seconds` before `now`, which is always the same."""
        key = endpoint_id, indicator, seconds
        known = self._counted.get(key)
        if known is None:
            found = self._past.counts(endpoint_id, indicator, seconds, now)
            known = self._counted[key] = self._lived(endpoint_id, found, now)
        return known

    def _lived(self, endpoint_id: str, found: Counted, now: float) -> Counted:
        covered, service = found.covered_seconds, self._services[endpoint_id]
        lived = self._lives.seconds(service, now - covered, now)
        return found if lived == covered else Counts(found.total, found.bad, lived)

    def slices(
        self, endpoint_id: str, indicator: str, resolution: int, seconds: float, now: float
    ) -> Sliced:
        """Return the slices that were measured whole, side by side."""
        found = self._past.slices(endpoint_id, indicator, resolution, seconds, now)
        start, end = found.start, found.start + resolution * len(found.total)
        spans = self._lives.within(self._services[endpoint_id], start, end)
        if spans == [(start, end)]:
            return found
        measured: list[int] = []
        for first, last in spans:
            begin = -int(-(first - start) // resolution)
            measured += found.total[begin : int((last - start) // resolution)]
        return Slices(start, resolution, measured, [])
