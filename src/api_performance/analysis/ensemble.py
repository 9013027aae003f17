"""Which forecasters a series is given to, with which weights: by replaying its own past.

A third of the weight goes to those that the greedy selection of Caruana et al. (2004) takes, one
to all by the inverse sixth power of their error in the replay, and one to those near the best
alike. None is new; that they are better together was measured in benchmarks/forecast.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from api_performance.analysis import forecasters
from api_performance.analysis.forecasters import Forecaster, Replay
from api_performance.analysis.seasonal import Floats, History, Ints, Seasons

POWER: Final = 6.0
ROUNDS: Final = 10
MOST_ORIGINS: Final = 60
REPLAYED: Final = 0.35
"""Of the history so much is replayed, three short seasons at least and 21 at most."""

NEAR: Final = 1.4
"""Times the best error up to which a forecaster counts as near it."""

WORST: Final = 20.0
"""Errors count at most so many times the median one: an outage in the replay says nothing about who
forecasts well."""

CLEARLY: Final = 0.8
"""The long season is taken for granted in a young series where a week ago is so much nearer than
yesterday."""

_SHORT: Final[dict[str, Forecaster]] = {
    "seasonal naive": forecasters.naive_short,
    "level": forecasters.level,
    "profile": forecasters.profile_short,
}
"""What knows nothing of the long season."""

_EITHER: Final[dict[str, Forecaster]] = {
    "calendar": forecasters.calendar,
    "regression": forecasters.regression,
    "autoregression": forecasters.autoregression,
}

_LONG: Final[dict[str, Forecaster]] = {
    "long seasonal naive": forecasters.naive_long,
    "long profile": forecasters.profile_long,
}

_FAR: Final[dict[str, Forecaster]] = {
    "drift": forecasters.drift_short,
    "long drift": forecasters.drift_long,
}
"""Who carries growth on: farther than FAR. For a day it is noise, and costs one percent."""

FAR: Final = 2.0
"""Short seasons."""

_ALL: Final = {**_SHORT, **_EITHER, **_LONG, **_FAR}

_FEWEST_SEASONS: Final = {"calendar": 3, "autoregression": 5, "regression": 6}
"""Short seasons that must be known before the replay; with fewer there is nothing to learn from."""

_SEES_WEEKS_FROM: Final = {"calendar": 0.0, "autoregression": 1.43, "regression": 1.6}
"""Long seasons known from which on these use the long season."""


@dataclass(frozen=True, slots=True)
class Blend:
    """Forecasts [lead], and how the same blend forecast the past [origin, lead], in the real scale.

    `weights` tells the share of each forecaster.
    """

    ahead: Floats
    replayed: Floats
    weights: dict[str, float]


def blend(
    past: History,
    ahead: History,
    origins: Ints,
    actual: Floats,
    undo: Callable[[Floats], Floats],
) -> Blend:
    """Replay all forecasters from `origins`, weigh them by how near to `actual` they came.

    `past` and `ahead` are the same history for the horizons of the replay and of the forecast;
    `undo` leads back to the scale of `actual`, [origin, lead], NaN where nothing is known.
    """
    known = int(origins[0])
    is_far = ahead.horizon > FAR * ahead.seasons.short
    names = _chosen(past, known, is_far=is_far)
    then = Replay(origins, known, known)
    now = Replay(np.array([ahead.size]), ahead.size, known)
    replayed = np.stack([undo(_ALL[name](past, then)) for name in names])
    forecasts = np.stack([undo(_ALL[name](ahead, now))[0] for name in names])
    weights = _weights(replayed, actual)
    return Blend(
        np.tensordot(weights, forecasts, 1),
        np.tensordot(weights, replayed, 1),
        {name: float(weight) for name, weight in zip(names, weights, strict=True)},
    )


def replay_horizon(size: int, seasons: Seasons, horizon: int) -> int:
    """Return how many leads a history of so many steps can replay; at most `horizon`."""
    short, long = seasons.short, seasons.long
    if long and size > long + 2 * short:  # so that a week has been seen where replays begin
        return min(horizon, size - long - short)
    return max(1, min(horizon, size // 3))


def replay_origins(size: int, seasons: Seasons, horizon: int) -> Ints:
    """Return up to about 60 origins in the past, the last one `horizon` steps before the end.

    In a young series they begin once the long season was seen, where that is possible. None in a
    series of a single step.
    """
    short, long, last = seasons.short, seasons.long, size - horizon
    if last < short + 1:  # no season to speak of
        return np.arange(max(1, last // 2), last + 1)
    span = max(int(REPLAYED * size), 3 * short + horizon)
    first = max(size - min(span, max(21 * short, 3 * horizon)), min(2 * short, last) + 1)
    if long and first <= long < last - 4:
        first = long + 1
    first = min(first, last)
    every = max(1, (last - first) // MOST_ORIGINS)
    while every > 1 and short % every == 0:
        every += 1  # else all replays begin at the same few hours of the day
    return np.arange(last, first - 1, -every)[::-1]


def _chosen(history: History, known: int, *, is_far: bool) -> list[str]:
    """Return who takes part: who has enough to learn from in every replay."""
    short, long = history.seasons.short, history.seasons.long
    if known <= short:
        return ["level"]
    names = [*_SHORT, "drift"] if is_far else list(_SHORT)
    names += [name for name in _EITHER if known >= _FEWEST_SEASONS[name] * short]
    if not long or known <= long:
        return names
    if known < 2.5 * long and _is_long_clear(history):
        names = [name for name in names if known >= _SEES_WEEKS_FROM.get(name, np.inf) * long]
    return names + list(_LONG) + (["long drift"] if is_far else [])


def _is_long_clear(history: History) -> bool:
    """Tell whether a week ago is so much nearer than yesterday that few weeks are evidence."""
    values, seasons = history.clean, history.seasons
    apart = {
        lag: np.abs(values[lag:] - values[:-lag]).mean() for lag in (seasons.short, seasons.long)
    }
    return bool(apart[seasons.long] < CLEARLY * apart[seasons.short])


def _weights(replayed: Floats, actual: Floats) -> Floats:
    """Return the weight of each forecaster [forecaster, origin, lead], 1.0 in all."""
    is_known = ~np.isnan(actual)
    if not is_known.any():
        return np.full(len(replayed), 1 / len(replayed))
    true, told = actual[is_known], replayed[:, is_known]
    distance = np.abs(told - true)
    is_off = distance > 0
    most = WORST * float(np.median(distance[is_off])) if is_off.any() else 1.0
    error = np.minimum(distance, most).mean(axis=1) + 1e-300
    inverse = (error.min() / error) ** POWER
    taken = np.zeros(len(told))
    total = np.zeros_like(true)
    for number in range(1, ROUNDS + 1):
        missed = np.minimum(np.abs((total + told) / number - true), most)
        best = int(np.argmin(missed.mean(axis=1)))
        taken[best] += 1
        total = total + told[best]
    near = (error < NEAR * error.min()) | (error == error.min())
    weights: Floats = (inverse / inverse.sum() + taken / ROUNDS + near / near.sum()) / 3
    return weights
