"""How sure the answer to each question about a metric must be before a change of it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds in standard deviations, made on `benchmarks/analysis`: see docs/decisions.md.

    `minutes` is for what lasted 5 to 40 minutes, and half a one more for up to 90; `blocks` for 2
    to 24 hours; `deploys` for each look after a deploy, by the minutes since, its own included.
    `likely_change` is the standard deviation of what a deploy may change for good, a logarithm,
    beside what the level does by itself: where few requests tell less than that, what they seem to
    tell is mostly chance.

    Looks share what may be said untrue (Lan and DeMets, 1983). Those after ten minutes and an hour
    are given the most, for they know most of what can be known by then; after five, what lasts can
    hardly be told from a cold start.
    """

    minutes: float = 5.6
    blocks: float = 5.9
    deploys: Mapping[int, float] = field(
        default_factory=lambda: {
            5: 4.5,
            6: 4.1,
            7: 3.7,
            8: 3.5,
            9: 3.5,
            11: 2.7,
            **dict.fromkeys((13, 16, 20, 25, 31, 41), 3.6),
            61: 3.0,
        }
    )
    likely_change: float = 0.1


USUAL: Final = Bounds()
"""For where the bulk of response times lies, and for plain values."""

TAIL: Final = Bounds(
    deploys={
        5: 4.5,
        6: 4.1,
        7: 3.7,
        8: 3.5,
        9: 3.5,
        11: 3.1,
        **dict.fromkeys((13, 16, 20, 25, 31, 41), 3.4),
        61: 2.8,
    },
    likely_change=0.3,
)
"""For the slow part. A third further off is nothing rare for it: one more query where a cache
missed. Few requests tell of it, so it is given an hour rather than ten minutes."""
