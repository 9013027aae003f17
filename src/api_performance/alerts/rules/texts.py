"""The words of a reading: what is seen, in numbers that people can check, and what it means."""

from __future__ import annotations

from api_performance import units
from api_performance.units import GAP


def of_requests(ratio: float, name: str, one: str, many: str) -> str:
    """Say which share of the requests does something.

    `One in 12 requests to GET /x fails`: `one` is the verb of one request, `many` of several.
    """
    if ratio >= 0.995:
        return f"Every request to {name} {one}"
    if ratio > 0.5:
        return f"{round(ratio * 10)} in 10 requests to {name} {many}"
    return f"One in {units.count(1 / ratio)} requests to {name} {one}"


def counted(bad: int, total: int, seconds: float) -> str:
    """Return `61 of 730 in 5 min`."""
    return f"{units.count(bad)} of {units.count(total)} in {minutes(seconds)}"


def requests(count: int) -> str:
    """Return `1 request`, `730 requests`."""
    return f"{units.count(count)} request{'' if count == 1 else 's'}"


def minutes(seconds: float) -> str:
    """Return a length of time in minutes, whole hours or, below a minute, seconds."""
    if seconds < 60:
        return f"{seconds:.0f}{GAP}s"
    if seconds % 3600 == 0:
        return units.span(seconds)
    return f"{seconds / 60:.3g}{GAP}min"
