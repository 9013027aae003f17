"""The ways to forecast a series with seasons, all of which are tried on each series.

Each is a function of a history, the origins to forecast from, and the instant before which it may
learn; it returns [origin, lead]. From an origin it reads nothing at or after that origin, so one
call replays the past. What is learned is learned by ridge regression, with `PRIOR` so many
observations' worth of weight on what is likely anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from api_performance.analysis.seasonal import (
    Floats,
    History,
    Ints,
    moving_mean,
    moving_means,
)

PRIOR: Final = 24.0
LEVEL_MEMORY: Final = 0.3
RIDGE: Final = 0.05
DRIFT_LAGS: Final = 3
"""Few, so that a young series has all of them on the last day as well as in the future."""

CALENDAR_HALF_LIFE: Final = 6.0
"""Long seasons after which a value counts half for the calendar."""

MOST_ROWS: Final = 60_000
"""Origins times leads that a regression learns from: more of them are thinned out."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Origins, ascending; learn only before `learn_until`, with `known` steps in every replay."""

    origins: Ints
    learn_until: int
    known: int


Forecaster = Callable[[History, Replay], Floats]


def naive_short(history: History, replay: Replay) -> Floats:
    """Repeat the last short season (a day)."""
    return history.naive(history.seasons.short, replay.origins)


def naive_long(history: History, replay: Replay) -> Floats:
    """Repeat the last long season (a week)."""
    return history.naive(history.seasons.long, replay.origins)


def level(history: History, replay: Replay) -> Floats:
    """Simple exponential smoothing: the level of late, for all leads."""
    last = moving_mean(history.clean, LEVEL_MEMORY)[replay.origins - 1]
    return np.repeat(last[:, None], history.horizon, axis=1)


def profile_short(history: History, replay: Replay) -> Floats:
    """Mean of earlier short seasons, and how far the series was off it of late."""
    return _profile(history, replay, history.seasons.short, 0.7)


def profile_long(history: History, replay: Replay) -> Floats:
    """Mean of earlier long seasons, and how far the series was off it of late."""
    return _profile(history, replay, history.seasons.long, 0.6)


def drift_short(history: History, replay: Replay) -> Floats:
    """Mean of earlier short seasons, moved on by as much as the last one lies above it."""
    return _drift(history, replay, history.seasons.short, 0.8)


def drift_long(history: History, replay: Replay) -> Floats:
    """Mean of earlier long seasons, moved on by as much as the last days lie above it."""
    return _drift(history, replay, history.seasons.long, 0.6)


def _drift(history: History, replay: Replay, lag: int, keep: float) -> Floats:
    """Carry growth on: what lies so many seasons back is so much lower, now as then."""
    over = []
    for mean in history.means(lag, keep, DRIFT_LAGS):
        left_over = np.nan_to_num(history.clean - mean[: history.size])
        added = np.concatenate([[0.0], np.cumsum(left_over)])
        begun = np.maximum(replay.origins - history.seasons.short, 0)
        over.append((added[replay.origins] - added[begun]) / (replay.origins - begun))
    moved = np.stack(over)[history.groups(lag) - 1].T
    expected: Floats = history.expected(lag, keep, replay.origins, DRIFT_LAGS) + moved
    return expected


def _profile(history: History, replay: Replay, lag: int, keep: float) -> Floats:
    left_over = history.clean - history.means(lag, keep)[0][: history.size]
    memories = moving_means(left_over)
    learned = _learning(history, replay, lag + len(memories[0]) + 3)
    wanted = history.clean_ahead[history.targets(learned)] - history.expected(lag, keep, learned)
    weights = _fade(history.horizon)
    if len(learned):
        weights = _toward(weights, memories[learned - 1], np.nan_to_num(wanted))
    correction = memories[replay.origins - 1] @ weights
    corrected: Floats = history.expected(lag, keep, replay.origins) + correction
    return corrected


def _fade(horizon: int) -> Floats:
    """Return [memory, lead] how much of what is left over lasts, before anything is learned."""
    leads = np.arange(horizon)
    return np.stack([0.3 * 0.75**leads, 0.3 * 0.96**leads, 0.35 * 0.99**leads])


def _toward(weights: Floats, seen: Floats, wanted: Floats) -> Floats:
    """Learn weights by least squares, drawn toward those given."""
    pull = np.diag(PRIOR * (seen.var(axis=0, dtype=np.float64) + 1e-12))
    learned = np.linalg.solve(seen.T @ seen + pull, seen.T @ wanted + pull @ weights)
    return np.asarray(learned, dtype=np.float64)


def calendar(history: History, replay: Replay) -> Floats:
    """Hour of the day plus day of the week plus what an hour of the week has of its own.

    The three are learned together, each drawn toward 0 (so few weeks give the hour of the week
    little), and corrected by how far the series was off of late.
    """
    short, long = history.seasons.short, history.seasons.long
    has_long = long > short and replay.known >= long + short
    length = long if has_long else short
    phase = np.arange(history.size + history.horizon) % length
    usual = _calendar(history, replay, length)[phase]
    left_over = history.clean - usual[: history.size]
    memories = moving_means(left_over)
    learned = _learning(history, replay, short)
    weights = _fade(history.horizon)
    if len(learned):
        weights = _toward(weights, memories[learned - 1], left_over[history.targets(learned)])
    return usual[history.targets(replay.origins)] + memories[replay.origins - 1] @ weights


def _calendar(history: History, replay: Replay, length: int) -> Floats:
    """Return the usual value of each phase of the season."""
    short, until = history.seasons.short, replay.learn_until
    values = history.clean[:until]
    phases = np.arange(until) % length
    half_life = CALENDAR_HALF_LIFE * max(length, 7 * short)
    age = until - 1 - np.arange(until)
    weights = 0.5 ** (age / half_life)
    middle = float(np.average(values, weights=weights))
    count = np.bincount(phases, weights, length)
    total = np.bincount(phases, weights * (values - middle), length)
    parts, pull = _calendar_parts(short, length)
    learned = np.linalg.solve((parts.T * count) @ parts + np.diag(pull), parts.T @ total)
    usual: Floats = middle + parts @ learned
    return usual


def _calendar_parts(short: int, length: int) -> tuple[Floats, Floats]:
    """Return which parts [phase, part] a phase has, and the weight of 0 for each part."""
    phases = np.arange(length)
    of_day = np.zeros((length, short))
    of_day[phases, phases % short] = 1.0
    if length == short:
        return of_day, np.full(short, 0.5)
    days = length // short
    day = np.zeros((length, days))
    day[phases, phases // short] = 1.0
    pull = np.concatenate([np.full(short, 0.5), np.full(days, 0.7), np.full(length, 0.7)])
    return np.hstack([of_day, day, np.eye(length)]), pull


def regression(history: History, replay: Replay) -> Floats:
    """For each lead a regression on the profiles, yesterday, last week, and the level of late.

    Leads learn from their neighbours: their normal equations are added up over nine leads.
    """
    usual, columns = _columns(history, replay, replay.origins)
    learned = _learning(history, replay, _long_lag(history, replay) + 6)
    if len(learned) < 2 * history.seasons.short:
        return usual
    base, rows = _columns(history, replay, learned)
    wanted = np.nan_to_num(history.clean_ahead[history.targets(learned)] - base)
    by_lead = rows.transpose(1, 0, 2)
    square = _with_neighbours(by_lead.transpose(0, 2, 1) @ by_lead)
    right = _with_neighbours(np.einsum("olk,ol->lk", rows, wanted))
    number = square.shape[-1]
    diagonal = np.einsum("lkk->lk", square)
    pull = RIDGE * diagonal[:, :, None] * np.eye(number) + 1e-10 * np.eye(number)
    weights = np.linalg.solve(square + pull, right[..., None])[..., 0]
    fitted: Floats = usual + np.einsum("olk,lk->ol", columns, weights)
    return fitted


def _long_lag(history: History, replay: Replay) -> int:
    """Return the long season where it was seen one and a half times, else the short one."""
    seasons = history.seasons
    return seasons.long if seasons.long and replay.known >= 1.6 * seasons.long else seasons.short


def _columns(history: History, replay: Replay, origins: Ints) -> tuple[Floats, Floats]:
    """Return the profile [origin, lead] and what explains distances from it [.., column]."""
    lag, short = _long_lag(history, replay), history.seasons.short
    left_over = history.clean_ahead - history.means(lag, 0.6)[0]
    memories = moving_means(left_over[: history.size])[origins - 1]
    targets, usual = history.targets(origins), history.expected(lag, 0.6, origins)
    yesterday = targets - short * history.groups(short)
    own = np.stack(
        [
            history.expected(short, 0.6, origins) - usual,
            history.clean_ahead[yesterday] - usual,
            left_over[yesterday],
            history.clean_ahead[targets - lag * history.groups(lag)] - usual,
        ],
        axis=-1,
    )
    late = np.repeat(memories[:, None, :], history.horizon, axis=1)
    return usual, np.concatenate([late, np.nan_to_num(own)], axis=-1)


def _with_neighbours(by_lead: Floats, reach: int = 4) -> Floats:
    ends = [(reach, reach)] + [(0, 0)] * (by_lead.ndim - 1)
    padded = np.pad(by_lead, ends, mode="edge")
    run = np.concatenate([np.zeros_like(padded[:1]), np.cumsum(padded, axis=0)])
    added: Floats = (run[2 * reach + 1 :] - run[: -2 * reach - 1]) / (2 * reach + 1)
    return added


def autoregression(history: History, replay: Replay) -> Floats:
    """A linear recursion on the last steps and those a day and a week before, robustly learned."""
    lags = _lags(history, replay)
    oldest, until = int(lags.max()), replay.learn_until
    known = history.clean[:until]
    middle, spread = known.mean(), known.std() + 1e-12
    values = (history.clean - middle) / spread
    weights = _autoregression_weights(values[:until], lags)
    path = np.empty((len(replay.origins), oldest + history.horizon))
    path[:, :oldest] = values[replay.origins[:, None] - oldest + np.arange(oldest)]
    least, most = values.min() - 1, values.max() + 1
    for lead in range(history.horizon):
        step = path[:, oldest + lead - lags] @ weights[:-1] + weights[-1]
        path[:, oldest + lead] = np.clip(step, least, most)
    ahead: Floats = path[:, oldest:] * spread + middle
    return ahead


def _lags(history: History, replay: Replay) -> Ints:
    short, long = history.seasons.short, history.seasons.long
    lags = {1, 2, 3, short - 1, short, short + 1, 2 * short}
    if long and replay.known >= long + 3 * short:
        lags |= {long - 1, long, long + 1}
    if long and replay.known >= 2 * long + 3 * short:
        lags.add(2 * long)
    return np.array(sorted(lag for lag in lags if 0 < lag < 0.7 * replay.known))


def _autoregression_weights(values: Floats, lags: Ints) -> Floats:
    """Return the weight of each lag and a constant; what one pass explains badly counts less."""
    instants = np.arange(int(lags.max()), len(values))
    rows = np.column_stack([values[instants[:, None] - lags], np.ones(len(instants))])
    wanted = values[instants]
    pull = np.diag(np.append(np.full(len(lags), 0.001 * len(instants) + 1e-9), 1e-9))
    weights = np.linalg.solve(rows.T @ rows + pull, rows.T @ wanted)
    missed = np.abs(wanted - rows @ weights)
    bound = 2 * 1.4826 * np.median(missed) + 1e-9
    trust = np.minimum(1.0, bound / np.maximum(missed, 1e-12))  # Huber's weights
    weighted = rows * trust[:, None]
    robust: Floats = np.linalg.solve(weighted.T @ rows + pull, weighted.T @ wanted)
    return robust


def _learning(history: History, replay: Replay, first: int) -> Ints:
    """Return the origins to learn from: all whose leads end before learning does, thinned out."""
    origins = np.arange(first, replay.learn_until - history.horizon + 1)
    every = max(1, len(origins) * history.horizon // MOST_ROWS)
    return origins[::-1][::every][::-1]
