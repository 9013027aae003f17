"""What others do with the same series: the seasonal naive of a day and of a week, and ETS.

ETS is Holt and Winters' additive smoothing with a damped trend on the logarithm where the series
has one, its four weights chosen among 24 sets by the squared error of one step (Hyndman et al.,
2008): what a forecasting package does by default for hourly series, in numpy.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from benchmarks.forecast.families import Floats

DAY, WEEK = 24, 168
DAMPING = 0.98


def seasonal_naive(past: Floats, season: int, horizon: int) -> Floats:
    """Repeat the last season, gaps filled with the season before."""
    known = past.copy()
    for at in range(season, len(known)):
        if np.isnan(known[at]):
            known[at] = known[at - season]
    known = np.where(np.isnan(known), np.nanmedian(past), known)
    leads = np.arange(horizon)
    repeated: Floats = known[len(known) + leads - season * (leads // season + 1)]
    return repeated


def ets(past: Floats, horizon: int) -> Floats:
    """Smooth level, damped trend and the season of a day."""
    known = seasonal_filled(past)
    is_positive = bool((known > 0).all())
    values = np.log(known) if is_positive else known
    sets = np.array(list(product((0.05, 0.2, 0.5, 0.9), (0.0, 0.02), (0.05, 0.2, 0.5))))
    alpha, beta, gamma = sets.T
    level = np.full(len(sets), values[:DAY].mean())
    trend = np.zeros(len(sets))
    season = np.tile((values[:DAY] - values[:DAY].mean())[:, None], (1, len(sets)))
    error = np.zeros(len(sets))
    for at, value in enumerate(values):
        phase = at % DAY
        missed = value - (level + DAMPING * trend + season[phase])
        level = level + DAMPING * trend + alpha * missed
        trend = DAMPING * trend + beta * missed
        season[phase] += gamma * missed
        error += missed**2
    best = int(np.argmin(error))
    leads = np.arange(horizon)
    drift = trend[best] * np.cumsum(DAMPING ** (leads + 1))
    ahead: Floats = level[best] + drift + season[(len(values) + leads) % DAY, best]
    return np.exp(ahead) if is_positive else ahead


def seasonal_filled(past: Floats) -> Floats:
    """Return the series without gaps: the day before, else the median."""
    known = past.copy()
    for at in np.flatnonzero(np.isnan(known)):
        known[at] = known[at - DAY] if at >= DAY else np.nanmedian(past)
    return known
