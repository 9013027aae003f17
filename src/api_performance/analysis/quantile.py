"""Quantiles of few values, without the 8 MB of masked arrays that numpy brings along for its own.

For the process that looks for changes; they are also six times as quick on an hour of minutes.
"""

from __future__ import annotations

import numpy as np

from api_performance.analysis.minutes import Numbers, Stored


def quantile(values: Numbers | Stored, ratio: float) -> float:
    """Return what `ratio` (0..1) of the values lie below, interpolated between two of them.

    NaN of none, or where one is NaN.
    """
    if not len(values):
        return float("nan")
    ordered = np.sort(values)  # NaN comes last
    if np.isnan(ordered[-1]):
        return float("nan")
    place = ratio * (len(ordered) - 1)
    low, high = float(ordered[int(place)]), float(ordered[min(int(place) + 1, len(ordered) - 1)])
    return low + (high - low) * (place % 1)


def median(values: Numbers | Stored) -> float:
    """Return the middle value, or the mean of both; NaN of none, or where one is NaN."""
    return quantile(values, 0.5)
