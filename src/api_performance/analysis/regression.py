"""What changed of one endpoint, when, by how much and how sure: found within minutes.

    find_changes(series, deploys, now)            all of a series, from its beginning
    Watch(metric).update(series, deploys, now)    the same, going on: only the new minutes

A `Finding` names no endpoint; who asks knows it. Findings are told again as they develop: the same
`key` is the same finding, `closed` tells since when it is over. A day is learned from before
anything is told; three before what is slower than two hours.

A likelihood ratio over moments (Willsky and Jones, 1976): every minute asks whether the last 5 to
90 minutes lie off those before, every ten whether the last 2 to 24 hours do, and for an hour after
a deploy whether the minutes since it do. Each question has a bound of its own, made on
`benchmarks/analysis`, where together they say something untrue less than once in two months;
where an endpoint's own past week was wilder than its noise explains, its bounds are that much
higher. What was found is taken out of the series, so that the next change, or its end, is found
beside it. A watch keeps 8 kB; an update costs some 0.3 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import hypot
from typing import Final

import numpy as np

from api_performance.analysis.alarms import Alarm, beyond
from api_performance.analysis.bounds import CENTRE, Bounds
from api_performance.analysis.deploys import deploy_scores
from api_performance.analysis.finding import Direction, Finding
from api_performance.analysis.kept import windows
from api_performance.analysis.locating import (
    Place,
    at_deploy,
    estimate,
    gone_minutes,
    locate,
    locate_block,
)
from api_performance.analysis.minutes import MINUTE_SECONDS, MinuteSeries, Numbers
from api_performance.analysis.noise import contrasts
from api_performance.analysis.residuals import (
    BLOCK_MINUTES,
    COLD_MINUTES,
    HOUR,
    KEPT_BLOCKS,
    KEPT_MINUTES,
    Added,
    Residuals,
)
from api_performance.analysis.spread import Spread

__all__ = ["Direction", "Finding", "Watch", "find_changes"]

MINUTE_LAGS: Final = (5, 7, 10, 14, 20, 28, 40, 60, 90)
BLOCK_LAGS: Final = (12, 18, 27, 36, 54, 72, 108, 144)

LEAST_CHANGE: Final = 0.02
"""A logarithm: what is less is nobody's concern, however sure."""

_LONGER: Final = np.array([0, 0, 0, 0, 0, 0, 0, 0.5, 0.5])
"""More is asked of an hour and longer: they lean on what noise is taken for slow."""

_LEARNING_MINUTES: Final = 2 * 1440
_SLOW_LEARNING_MINUTES: Final = 4 * 1440
_FRESH_MINUTES: Final = 60  # a finding is weighed anew every minute
_REFINED_AFTER: Final = frozenset({5, 10, 20, 40, 60})
_KEPT_OPEN: Final = 7 * 1440  # then it is what is normal
_FURTHEST: Final = 700.0  # a logarithm: e to the power of 710 is no float
_NORMAL_DEVIATION: Final = 0.006
"""Standard deviation, a logarithm, of what is taken for normal at one load by that at another: from
`benchmarks.analysis.located`, where without it intervals of 95 % held four in five."""


@dataclass(slots=True)
class _Open:
    """A change that lasts: `change` is its logarithm, `began` and `at` are minutes."""

    finding: Finding
    change: float
    deviation: float
    began: int
    at: int
    is_slow: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Scores:
    minutes: Numbers
    blocks: Numbers


class Watch:
    """Looks for changes of one metric of one endpoint, minute by minute, in bounded memory."""

    __slots__ = (
        "_block_spread",
        "_bounds",
        "_minute_spread",
        "_open",
        "_residuals",
        "_told",
        "metric",
    )

    def __init__(self, metric: str, bounds: Bounds = CENTRE) -> None:
        """Know nothing yet."""
        self.metric = metric
        self._bounds = bounds
        self._residuals: Residuals | None = None
        self._minute_spread = Spread(len(MINUTE_LAGS))
        self._block_spread = Spread(len(BLOCK_LAGS))
        self._open: list[_Open] = []
        self._told: dict[tuple[str, float], Finding] = {}

    def update(self, series: MinuteSeries, deploys: Sequence[float], now: float) -> list[Finding]:
        """Take the minutes of `series` that are over at `now`; return new and changed findings.

        Minutes that were taken before are passed over, missing ones are taken for empty.
        """
        first = int(series.start // MINUTE_SECONDS)
        end = min(first + len(series.value), int(now // MINUTE_SECONDS))
        if self._residuals is None:
            begin = first - first % HOUR
            self._residuals = Residuals(begin)
        marks = sorted({int(each // MINUTE_SECONDS) for each in deploys})
        self._told = {}
        while self._residuals.next < end:
            self._take(series, first, self._piece_end(end), marks)
        return sorted(self._told.values(), key=lambda each: each.found)

    def _piece_end(self, end: int) -> int:
        """Return until where minutes may be taken at once."""
        begin = self._following.next
        if any(begin < each.at + _FRESH_MINUTES + 1 for each in self._open):
            return begin + 1
        step = BLOCK_MINUTES if self._open else HOUR
        return min(end, begin - begin % step + step)

    @property
    def _following(self) -> Residuals:
        if self._residuals is None:
            raise RuntimeError("update() has not been called")
        return self._residuals

    def _take(self, series: MinuteSeries, first: int, end: int, marks: Sequence[int]) -> None:
        """Take minutes up to `end`, or to the first one that an alarm is raised at."""
        residuals = self._following
        begin, before = residuals.next, residuals.copy()
        recent = [each for each in marks if begin - HOUR - 2 <= each < end]
        added = residuals.add(*_part(series, first, begin, end), recent)
        scores = self._scores(added)
        alarm = self._first_alarm(scores, added, begin, recent)
        if alarm is not None and alarm.at + 1 < end:
            self._residuals = before
            added = before.add(*_part(series, first, begin, alarm.at + 1), recent)
            scores = self._scores(added)
        self._learn(scores, begin)
        for each in list(self._open):
            self._develop(each)
        if alarm is not None:
            self._raise(alarm, marks)

    def _scores(self, added: Added) -> _Scores:
        """Return the scores of every new minute and block, a column for each lag."""
        residuals = self._following
        noise, slow = residuals.noise, residuals.block_noise
        minutes, blocks = np.zeros((0, len(MINUTE_LAGS))), np.zeros((0, len(BLOCK_LAGS)))
        if noise is not None and added.new:
            recent = windows(added.calm, KEPT_MINUTES, added.new)
            power = noise.ratio_power(residuals.sampling)
            used = contrasts(noise.correlation, power, KEPT_MINUTES, MINUTE_LAGS)
            minutes = used.scores(recent, noise.variance)
        if slow is not None and added.blocks:
            recent = windows(residuals.blocks, KEPT_BLOCKS, added.blocks)
            used = contrasts(slow.correlation, slow.ratio_power(0.0), KEPT_BLOCKS, BLOCK_LAGS)
            blocks = used.scores(recent, slow.variance)
        return _Scores(minutes, blocks)

    def _learn(self, scores: _Scores, begin: int) -> None:
        """Let the spread of scores count, unless something is the matter just now."""
        if not self._open:
            self._minute_spread.add(scores.minutes, len(scores.minutes) / HOUR)
            self._block_spread.add(scores.blocks, len(scores.blocks) * BLOCK_MINUTES / HOUR)

    def _first_alarm(
        self, scores: _Scores, added: Added, begin: int, marks: Sequence[int]
    ) -> Alarm | None:
        """Return the first minute that is beyond a bound, by the question that is surest."""
        end = self._following.next
        known = begin - (begin if self._following.began is None else self._following.began)
        if known < _LEARNING_MINUTES:
            return None
        found = self._deploy_alarms(added, begin, marks)
        minutes = scores.minutes / self._minute_spread.factors() / (self._bounds.minutes + _LONGER)
        found += beyond(minutes, end - len(minutes), MINUTE_LAGS)
        blocks = scores.blocks / self._block_spread.factors() / self._bounds.blocks
        last = end - end % BLOCK_MINUTES - 1
        is_learning = known < _SLOW_LEARNING_MINUTES
        for each in beyond(blocks, 0, BLOCK_LAGS) if not is_learning else ():
            at = last - (len(blocks) - 1 - each.at) * BLOCK_MINUTES
            found.append(replace(each, at=at, is_block=True))
        return min(found, key=lambda each: (each.at, -abs(each.score)), default=None)

    def _deploy_alarms(self, added: Added, begin: int, marks: Sequence[int]) -> list[Alarm]:
        residuals, found = self._following, []
        noise = residuals.noise
        if noise is None or not added.new:
            return []
        factors = self._minute_spread.factors()
        for deploy, (lag, least) in product(marks, self._bounds.looks):
            at = deploy + lag - 1
            newer = residuals.next - 1 - at
            minutes = added.steady[: len(added.steady) - newer][-KEPT_MINUTES:]
            if begin <= at < residuals.next and len(minutes) == KEPT_MINUTES:
                rise, fall = deploy_scores(
                    minutes, lag, noise, residuals.sampling, self._bounds.likely_change
                )
                factor = float(np.interp(lag, MINUTE_LAGS, factors))
                score = (rise if rise >= fall else -fall) / (least * factor)
                if abs(score) >= 1:
                    found.append(Alarm(at, score, lag, deploy=deploy))
        return found

    # -- telling

    def _raise(self, alarm: Alarm, marks: Sequence[int]) -> None:
        """Tell an alarm as a finding, and take it out of the series."""
        place = self._place(alarm, marks)
        if place is None or abs(place.change) < LEAST_CHANGE:
            return
        if self._belongs(alarm, place):
            return
        residuals, at = self._following, self._following.next
        level = residuals.level
        finding = Finding(
            metric=self.metric,
            direction=Direction.UP if place.change > 0 else Direction.DOWN,
            began=place.began * MINUTE_SECONDS,
            began_from=place.earliest * MINUTE_SECONDS,
            began_until=place.latest * MINUTE_SECONDS,
            found=at * MINUTE_SECONDS,
            ratio=_exp(place.change),
            ratio_low=_exp(place.change - 1.96 * place.deviation),
            ratio_high=_exp(place.change + 1.96 * place.deviation),
            before=_exp(level),
            after=_exp(level + place.change),
            confidence=alarm.confidence(self._bounds),
            deploy=None if place.deploy is None else place.deploy * MINUTE_SECONDS,
        )
        opened = _Open(finding, place.change, place.deviation, place.began, at, alarm.is_block)
        self._open.append(opened)
        residuals.shift(at - place.began, place.change)
        self._told[finding.key] = finding

    def _belongs(self, alarm: Alarm, place: Place) -> bool:
        """Add a change to the open finding that it carries on or undoes; tell whether there is one.

        It carries one on that was found just now, or is slow as it is; it undoes the newest.
        """
        for each in reversed(self._open):
            is_back = each.change * place.change < 0
            is_fresh = self._following.next - each.at < _FRESH_MINUTES
            is_same = place.deploy is None or place.deploy * MINUTE_SECONDS == each.finding.deploy
            if is_back or (is_fresh and is_same) or (each.is_slow and alarm.is_block):
                self._add(each, place)
                return True
        return False

    def _add(self, each: _Open, place: Place) -> None:
        if abs(each.change + place.change) < abs(each.change) / 2 or (
            (each.change + place.change) * each.change < 0
        ):
            self._close(each, place.began)
        else:
            deviation = hypot(each.deviation, place.deviation)
            self._refine(each, place.change, deviation, place.began)

    def _place(self, alarm: Alarm, marks: Sequence[int]) -> Place | None:
        """Return when what is told began, and its size; None where nothing can be said of it."""
        place = self._locate(alarm, marks)
        if place is None:
            return None
        minutes = self._following.next - place.began
        deviation = self._widened(place.deviation, minutes, is_block=alarm.is_block)
        return replace(place, deviation=deviation)

    def _widened(self, deviation: float, minutes: int, *, is_block: bool = False) -> float:
        """Return the standard deviation of an estimate as this endpoint's own past has it."""
        if is_block:
            steps = minutes / BLOCK_MINUTES
            factor = np.interp(steps, BLOCK_LAGS, self._block_spread.factors())
        else:
            factor = np.interp(minutes, MINUTE_LAGS, self._minute_spread.factors())
        return hypot(deviation * float(factor), _NORMAL_DEVIATION)

    def _locate(self, alarm: Alarm, marks: Sequence[int]) -> Place | None:
        residuals = self._following
        if alarm.is_block:
            noise = residuals.block_noise
            return None if noise is None else locate_block(residuals, noise, alarm.score)
        noise = residuals.noise
        if noise is None:
            return None
        found = locate(residuals, noise, alarm.score)
        if alarm.deploy is not None:
            return at_deploy(residuals, noise, found, alarm.deploy)
        hidden = COLD_MINUTES + 1  # what a deploy changes cannot be seen to begin before
        near = [d for d in marks if found.earliest - hidden <= d <= found.latest + 1]
        if near:
            deploy = min(near, key=lambda d: abs(d - found.began))
            return at_deploy(residuals, noise, found, deploy)
        return found

    # -- what is open

    def _develop(self, each: _Open) -> None:
        """Weigh an open finding anew: it may be over, or be told more precisely."""
        residuals = self._following
        age = residuals.next - each.at
        if age >= _KEPT_OPEN:
            self._open.remove(each)
            residuals.accept(each.change)
            return
        noise = residuals.noise
        if noise is None:
            return
        gone = None if each.is_slow else gone_minutes(residuals, noise, each.change, age)
        if gone is not None:
            self._close(each, residuals.next - gone)
        elif age in _REFINED_AFTER and not each.is_slow:
            minutes = residuals.next - each.began
            more, deviation = estimate(residuals, noise, minutes)
            self._refine(each, more, self._widened(deviation, minutes), each.began)

    def _close(self, each: _Open, since: int) -> None:
        residuals = self._following
        self._open.remove(each)
        residuals.blank(residuals.next - each.began)
        residuals.offset -= each.change
        each.finding = replace(each.finding, closed=float(since * MINUTE_SECONDS))
        self._told[each.finding.key] = each.finding

    def _refine(self, each: _Open, more: float, deviation: float, since: int) -> None:
        """Tell an open finding by its better estimate: since a minute it lies `more` further off.

        What is nothing after all is withdrawn: it is over since it began.
        """
        residuals, change = self._following, each.change + more
        if change * each.change <= 0 or abs(change) < LEAST_CHANGE / 2:
            self._close(each, each.began)
            return
        residuals.shift(residuals.next - since, more)
        each.change, each.deviation = change, deviation
        each.finding = replace(
            each.finding,
            ratio=_exp(change),
            ratio_low=_exp(change - 1.96 * deviation),
            ratio_high=_exp(change + 1.96 * deviation),
            after=each.finding.before * _exp(change),
        )
        self._told[each.finding.key] = each.finding


def find_changes(series: MinuteSeries, deploys: Sequence[float], now: float) -> list[Finding]:
    """Return every change of a series as it stands at `now`, oldest first; deploys in any order."""
    return Watch(series.metric).update(series, deploys, now)


def _part(
    series: MinuteSeries, first: int, begin: int, end: int
) -> tuple[Numbers, Numbers, Numbers]:
    """Return value, noise and requests of minutes; those before the series are empty."""
    lead = max(first - begin, 0)
    part = slice(max(begin - first, 0), max(end - first, 0))
    return (
        np.concatenate([np.full(lead, np.nan), series.value[part]])[: end - begin],
        np.concatenate([np.full(lead, np.nan), series.noise[part]])[: end - begin],
        np.concatenate([np.zeros(lead), np.nan_to_num(series.count[part])])[: end - begin],
    )


def _exp(logarithm: float) -> float:
    """Return e to that power; what no float holds is the next that one does."""
    return float(np.exp(np.clip(logarithm, -_FURTHEST, _FURTHEST)))
