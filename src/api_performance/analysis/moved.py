"""What moved with a change: the operation, latency type, status or instance that brought it.

Each part is a series of minutes, seconds (or requests) per request, before and after. What it
brought is the difference of its means; how sure that is, Welch's t on minutes cut at three robust
deviations, so that one slow minute names nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from api_performance.analysis.minutes import Numbers
from api_performance.analysis.quantile import median

SURE: Final = 3.0
"""Standard errors a part must have moved by: of 50 parts that did not, one in eight such lists
has one."""

LEAST_SHARE: Final = 0.1
"""Of the whole change: what brought less did not bring it."""

LEAST_MINUTES: Final = 3
_CUT: Final = 3.0
_NORMAL: Final = 1.4826


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One part of the requests, by minute, before the change and after.

    `name` says its kind and its name as causes do (`operation:SELECT …`, `instance:web-1`,
    `status:503`). Values are per request of the endpoint: seconds for what takes time, else the
    share of requests; a minute without requests is NaN.
    """

    name: str
    before: Numbers
    after: Numbers


@dataclass(frozen=True, slots=True)
class Moved:
    """A part that moved, per request `before` and `after`.

    `share` is what it brought of the whole change (1.0: all of it), None where the whole is of
    another unit or did not change; `score` is in standard errors, signed.
    """

    name: str
    before: float
    after: float
    share: float | None
    score: float


def what_moved(parts: Iterable[Part], whole: Part | None = None) -> list[Moved]:
    """Return the parts that moved beyond chance, the greatest mover first.

    With a `whole` in the same unit, only those that moved its way, with a tenth of its change.
    Nothing where there are too few minutes.
    """
    change = None if whole is None else _difference(whole)
    found = []
    for part in parts:
        moved = _difference(part)
        if moved is None or abs(moved.score) < SURE:
            continue
        if change is not None:
            share = _share(moved, change)
            if share is None or share < LEAST_SHARE:
                continue
            moved = Moved(moved.name, moved.before, moved.after, share, moved.score)
        found.append(moved)
    return sorted(found, key=lambda each: -abs(each.after - each.before))


def _share(moved: Moved, change: Moved) -> float | None:
    whole = change.after - change.before
    return (moved.after - moved.before) / whole if whole else None


def _difference(part: Part) -> Moved | None:
    before, after = (each[np.isfinite(each)] for each in (part.before, part.after))
    if min(len(before), len(after)) < LEAST_MINUTES:
        return None
    before, after = _cut(before), _cut(after)
    error = np.sqrt(before.var(ddof=1) / len(before) + after.var(ddof=1) / len(after))
    low, high = float(before.mean()), float(after.mean())
    apart = high - low
    least = 1e-9 * max(abs(low), abs(high))
    score = 0.0 if abs(apart) <= least else apart / max(float(error), least, 1e-300)
    return Moved(part.name, low, high, None, float(score))


def _cut(values: Numbers) -> Numbers:
    middle = median(values)
    bound = _CUT * _NORMAL * median(np.abs(values - middle))
    return np.clip(values, middle - bound, middle + bound) if bound else values
