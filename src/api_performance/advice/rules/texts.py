"""Phrases that several rules use. Numbers as people read them, by `units`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from api_performance import units
from api_performance.advice.facts import OperationFacts
from api_performance.advice.recommendation import Evidence

LONGEST: Final = 80


def short(text: str, longest: int = LONGEST) -> str:
    """Return a fingerprint on one line, cut in its middle where it is long."""
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    half = (longest - 3) // 2
    return f"{line[:half]} … {line[-half:]}"


def at(source: str) -> str:
    """Return ` at file:line in function`; nothing where the line is unknown."""
    return f" at {source}" if source else ""


def per_request(calls: float) -> str:
    """Return a number of calls: 48, 7.5."""
    return f"{calls:.0f}" if calls >= 10 else f"{calls:.1f}".removesuffix(".0")


def calls_evidence(seen: OperationFacts) -> tuple[Evidence, ...]:
    """Return what every finding about calls rests on."""
    sums = seen.sums
    return (
        Evidence("calls of a request that makes any", sums.calls / max(sums.requests, 1), "count"),
        Evidence("a call's mean time", sums.seconds_per_call, "seconds"),
        Evidence("share of the response time", seen.share, "ratio"),
        *_between(seen),
    )


def _between(seen: OperationFacts) -> Iterator[Evidence]:
    if seen.between_share > 0:
        yield Evidence("share of what lies between the calls", seen.between_share, "ratio")


def percent(ratio: float) -> str:
    """Return a ratio as a whole percentage: 61 %."""
    return f"{ratio * 100:.0f}{units.GAP}%"
