"""What goes, and when: ages of resolutions, spans ready for packing, the order of dropping."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from api_performance.stores.base import Retention
from api_performance.stores.slices import span_seconds

LATE: Final = 120.0
"""Seconds after its end in which a span still waits for late batches before it is packed."""

FORGET_INSTANCES_SECONDS: Final = 7 * 86_400.0
"""Silence after which a process is forgotten, and with it which of its batches were applied."""


def expiries(retention: Retention, now: float) -> dict[int, float]:
    """Return for each folded resolution the instant before which its slices are out of date."""
    return {step: now - retention.by_resolution[step] for step in retention.folded}


def drop_order(
    spans: Iterable[tuple[int, int]], retention: Retention, now: float
) -> list[tuple[int, int]]:
    """Order (resolution, span) for dropping when room is short: what is missed least comes first.

    That is the detail which has lived the largest part of its own retention, so that a bound which
    is too small shortens every resolution alike instead of leaving one without any past.
    """

    def lived(span: tuple[int, int]) -> float:
        return (now - span[1]) / retention.by_resolution.get(span[0], 1.0)

    return sorted(spans, key=lambda span: (-lived(span), span))


def is_packable(resolution: int, span: int, now: float) -> bool:
    """Tell whether a span of slices is over and late batches for it are unlikely."""
    return span + span_seconds(resolution) + LATE <= now
