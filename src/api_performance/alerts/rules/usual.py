"""What is usual of an endpoint, found once an hour."""

from __future__ import annotations

from typing import Final

from api_performance.alerts.rule import Past
from api_performance.alerts.rules.requests import ERRORS, usual_share
from api_performance.analysis.levels import HOUR_SECONDS, Level, level_at, level_of_hour

MIDDLE_SECONDS: Final = 300.0
"""The middle of a window of ten minutes, of which traffic is told."""

LEVEL_SECONDS: Final = 28 * 86_400.0
"""Four of each weekday. Whoever begins to judge has read so far back after two minutes."""


class Usual:
    """Remembers what is usual of endpoints: it comes from whole hours, and so changes with them.

    Of 1,000 endpoints it holds three levels and two shares each, some 1 MB.
    """

    def __init__(self) -> None:
        self._hour = -1
        self._levels: dict[tuple[str, int], Level] = {}
        self._shares: dict[tuple[str, str], float] = {}

    def share(self, past: Past, endpoint_id: str, indicator: str, now: float) -> float | None:
        """Return the usual share of bad requests; None until the last week was read."""
        self._forget(now)
        key = endpoint_id, indicator
        if key not in self._shares:
            found = usual_share(past, endpoint_id, indicator, now)
            if found is None:
                return None
            self._shares[key] = found
        return self._shares[key]

    def level(self, past: Past, endpoint_id: str, now: float) -> Level | None:
        """Return the usual level of the last minutes before `now`; None if not known (yet)."""
        if not past.knows(LEVEL_SECONDS, now):
            return None
        self._forget(now)
        return level_at(
            lambda hour: self._of_hour(past, endpoint_id, hour, now), now - MIDDLE_SECONDS
        )

    def _of_hour(self, past: Past, endpoint_id: str, hour: int, now: float) -> Level | None:
        key = endpoint_id, hour
        if key not in self._levels:
            known = past.hours(endpoint_id, ERRORS, now)
            found = level_of_hour(int(known.start // HOUR_SECONDS), known.total, hour)
            if found is None:
                return None
            self._levels[key] = found
        return self._levels[key]

    def _forget(self, now: float) -> None:
        hour = int(now // HOUR_SECONDS)
        if hour != self._hour:
            self._hour = hour
            self._levels.clear()
            self._shares.clear()
