"""What alerts that hold measure now: one note in the store, written over by each round.

A transition is an event, and stays as it was. What is measured between two of them is news for ten
seconds, so it is kept beside them and never piles up: at most 1000 alerts, some 300 kB.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import msgspec

from api_performance.alerts.alert import PerformanceAlert
from api_performance.alerts.records import as_text
from api_performance.stores.base import Store

PRESENT: Final = "alerts-now"
"""The key of the note."""

MOST: Final = 1000
_NOTHING: Final = b"{}"


@dataclass(frozen=True, slots=True)
class Measured:
    """What an alert measured when it was read last, since its transition `since`."""

    since: float
    current_value: float
    threshold: float
    message: str
    window_seconds: float
    sample_count: int
    causes: Sequence[str]

    @classmethod
    def of(cls, alert: PerformanceAlert) -> Self:
        """Return what an alert shows."""
        return cls(
            alert.at,
            alert.current_value,
            alert.threshold,
            alert.message,
            alert.window_seconds,
            alert.sample_count,
            alert.causes,
        )

    def shown_by(self, alert: PerformanceAlert) -> PerformanceAlert:
        """Return an alert that shows this; itself if it moved since."""
        if not alert.is_active or alert.at != self.since:
            return alert
        return replace(
            alert,
            current_value=self.current_value,
            threshold=self.threshold,
            message=self.message,
            window_seconds=self.window_seconds,
            sample_count=self.sample_count,
            causes=self.causes,
        )


_decoder: Final = msgspec.json.Decoder(dict[str, Measured])


class Present:
    """The note of one store, for whoever writes it: only when it changed."""

    def __init__(self, store: Store) -> None:
        """Write to `store`."""
        self._store = store
        self._written = ""

    def write(self, alerts: Iterable[PerformanceAlert]) -> None:
        """Note what those of some alerts that hold measure. StoreUnavailable."""
        held = [alert for alert in alerts if alert.is_active][:MOST]
        text = as_text({alert.id: Measured.of(alert) for alert in held})
        if text != self._written:
            self._store.replace_key(PRESENT, text.encode())
            self._written = text


def with_present(
    store: Store, alerts: Mapping[str, PerformanceAlert]
) -> dict[str, PerformanceAlert]:
    """Return alerts as they are measured now, where that is known. StoreUnavailable."""
    try:
        present = _decoder.decode(store.key(PRESENT, lambda: _NOTHING))
    except (msgspec.MsgspecError, ValueError):  # another version wrote it
        present = {}
    return {
        of: present[of].shown_by(alert) if of in present else alert for of, alert in alerts.items()
    }
