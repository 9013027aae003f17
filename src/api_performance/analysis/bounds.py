"""How far off a metric must lie before a change is told of it, question by question.

All bounds are in standard deviations and were made on `benchmarks/analysis`, see docs/decisions.md.
What a metric's changes look like decides where it may be told cheaply: a slow tail of few requests
is known after an hour or not at all, where the bulk is known after ten minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of one metric.

    `minutes` and `blocks` are those of what is asked every minute and every ten. `looks` are
    the minutes since a deploy, its own included, after which it is looked at, with their bounds.
    `likely_change` (a logarithm) is the standard deviation of what a deploy may change for good,
    beside what the level does by itself: where few requests tell less than that, what they seem to
    tell is mostly chance.
    """

    minutes: float
    blocks: float
    looks: tuple[tuple[int, float], ...]
    likely_change: float


_CENTRE_LOOKS: Final = (
    *((5, 4.5), (6, 4.1), (7, 3.7), (8, 3.5), (9, 3.5), (11, 2.7)),
    *((13, 3.6), (16, 3.6), (20, 3.6), (25, 3.6), (31, 3.6), (41, 3.6), (61, 3.0)),
)
"""Looks share what may be said untrue (Lan and DeMets, 1983). Those after ten minutes and an hour
are given the most, for they know most of what can be known by then; after five, what lasts can
hardly be told from a cold start. One bound for all, 3.0, said a half more that is untrue, and found
less within ten minutes."""

_TAIL_LOOKS: Final = (
    *((5, 4.3), (6, 4.3), (7, 4.3), (8, 4.3), (9, 4.3), (11, 3.3)),
    *((13, 3.7), (16, 3.7), (20, 3.7), (25, 3.7), (31, 3.7), (41, 3.7), (61, 2.6)),
)

CENTRE: Final = Bounds(minutes=5.8, blocks=6.3, looks=_CENTRE_LOOKS, likely_change=0.1)
"""Of levels, among them the bulk of the response times."""

TAIL: Final = Bounds(minutes=5.8, blocks=6.6, looks=_TAIL_LOOKS, likely_change=0.3)
"""A slow part that is a third further off is nothing rare: one more query where a cache missed."""

ERRORS: Final = Bounds(minutes=6.5, blocks=6.9, looks=_CENTRE_LOOKS, likely_change=1.0)
"""Errors become several times as many, or as few; they come in bursts, so more is asked of them."""
