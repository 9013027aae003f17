"""How likely counts like these are by chance alone: bounds that hold for any number of samples.

Both are Chernoff's bounds (H. Chernoff, "A Measure of Asymptotic Efficiency", 1952): the exact tail
is never above them, and below them by some ten times at a hundred samples. So a rule that waits
until they fall under a limit alarms less often by chance than the limit says.
"""

from __future__ import annotations

from math import exp, log


def chance_of_at_least(bad: int, total: int, ratio: float) -> float:
    """Return at most how likely `bad` or more of `total` are where each is bad with `ratio`.

    `ratio` 0..1. 1.0 where so many are to be expected, and without samples.
    """
    if total <= 0 or bad <= ratio * total:
        return 1.0
    if ratio <= 0:
        return 0.0
    seen = bad / total
    divergence = seen * log(seen / ratio)
    if seen < 1:
        divergence += (1 - seen) * log((1 - seen) / (1 - ratio))
    return exp(-total * divergence)


def chance_of_at_most(count: int, expected: float) -> float:
    """Return at most how likely `count` or fewer are where `expected` come independently (Poisson).

    1.0 where so few are to be expected.
    """
    if count >= expected:
        return 1.0
    return exp(count - expected + (count * log(expected / count) if count else 0.0))
