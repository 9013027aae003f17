"""Compares two load runs of one endpoint: mean and p95 of the response time, and failed requests.

The mean is compared as the effect of an applied change is (`effect`). The p95's interval is
Woodruff's ("Confidence Intervals for Medians and Other Position Measures", 1952): that of the share
of requests below it, read back through the distribution; of two runs the sides are added as squares
(Donner and Zou, 2012). Slices of time are the samples of both, for requests of one moment are
anything but independent. Failures are counted: given how many failed in both runs, each failed in
the second with its share of the requests (Przyborowski and Wilenski, 1940). The more questions are
asked in one check, the surer each has to be (Bonferroni).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import exp, hypot, log, sqrt
from statistics import NormalDist
from typing import Final

from api_performance.analysis.chance import chance_of_at_least
from api_performance.analysis.effect import FEWEST_MINUTES, effect_of
from api_performance.measure.sketch import Sketch

FALSE_CHECKS: Final = 0.05
"""Of checks that compare the same with the same, at most so many may find something worse."""

FEWEST_BEYOND: Final = 5
"""A p95 needs so many requests above it, as everywhere: 100 requests in each run."""

_TAIL: Final = 0.95


class Metric(StrEnum):
    """What is compared."""

    MEAN = "mean"
    P95 = "p95"
    ERRORS = "errors"


class Verdict(StrEnum):
    """What became of it; UNCERTAIN is as much worse as would count, but not surely."""

    WORSE = "worse"
    BETTER = "better"
    SAME = "same"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Slice:
    """An endpoint's requests in some seconds: how long each took, and how many failed."""

    times: Sketch
    errors: int


@dataclass(frozen=True, slots=True)
class Least:
    """What is worth telling: a change (ratio, and seconds), and failures as a ratio of requests."""

    change: float = 0.1
    seconds: float = 0.001
    errors: float = 0.005


@dataclass(frozen=True, slots=True)
class Compared:
    """One metric of the two runs, seconds or (ERRORS) a ratio of requests.

    `change` is after over before less 1 (0.2: +20 %), within [`low`, `high`] as surely as the check
    asks; None of failures, which may have begun at none.
    """

    metric: Metric
    before: float
    after: float
    verdict: Verdict
    change: float | None = None
    low: float | None = None
    high: float | None = None


def compare(
    before: Sequence[Slice], after: Sequence[Slice], questions: int, least: Least
) -> list[Compared]:
    """Return what could be compared, of `questions` in the whole check; nothing where too few."""
    chance = FALSE_CHECKS / max(questions, 1)
    mean = _mean(before, after, chance, least)
    if mean is None:
        return []
    tail = _p95(before, after, chance, least)
    errors = _errors(before, after, chance, least)
    return [mean, errors] if tail is None else [mean, tail, errors]


def _requests(slices: Sequence[Slice]) -> int:
    return sum(each.times.count for each in slices)


def _mean(
    before: Sequence[Slice], after: Sequence[Slice], chance: float, least: Least
) -> Compared | None:
    sides = [[(each.times.count, each.times.sum) for each in side] for side in (before, after)]
    deviations = _deviations(chance, before, after)
    effect = effect_of(sides[0], sides[1], deviations=deviations)
    if effect is None:
        return None
    means = [sum(total for _, total in side) / sum(count for count, _ in side) for side in sides]
    return _judged(
        *(Metric.MEAN, means[0], means[1], least),
        log_ratio=log(1 - effect.improvement),
        down=log(1 - effect.improvement) - log(1 - effect.high),
        up=log(1 - effect.low) - log(1 - effect.improvement),
    )


def _p95(
    before: Sequence[Slice], after: Sequence[Slice], chance: float, least: Least
) -> Compared | None:
    deviations = _deviations(chance, before, after)
    first, second = _tail(before, deviations), _tail(after, deviations)
    if first is None or second is None:
        return None
    return _judged(
        *(Metric.P95, first.seconds, second.seconds, least),
        log_ratio=log(second.seconds / first.seconds),
        down=hypot(second.down, first.up),
        up=hypot(second.up, first.down),
    )


def _judged(  # noqa: PLR0913 # a change, its interval, and what it is of
    metric: Metric,
    before: float,
    after: float,
    least: Least,
    *,
    log_ratio: float,
    down: float,
    up: float,
) -> Compared:
    """Judge a change whose logarithm reaches `down` and `up` about `log_ratio`."""
    low, high = exp(log_ratio - down) - 1, exp(min(log_ratio + up, 50.0)) - 1
    change = exp(log_ratio) - 1
    is_told = abs(after - before) >= least.seconds
    verdict = Verdict.SAME
    if is_told and change >= least.change:
        verdict = Verdict.WORSE if low > 0 else Verdict.UNCERTAIN
    elif is_told and 1 / (1 + change) - 1 >= least.change and high < 0:
        verdict = Verdict.BETTER
    return Compared(metric, before, after, verdict, change, low, high)


def _errors(
    before: Sequence[Slice], after: Sequence[Slice], chance: float, least: Least
) -> Compared:
    counts = [(sum(each.errors for each in side), _requests(side)) for side in (before, after)]
    (failed_before, requests_before), (failed, requests) = counts
    ratios = failed_before / requests_before, failed / requests
    verdict, both = Verdict.SAME, failed_before + failed
    share = requests / (requests + requests_before)
    if ratios[1] - ratios[0] >= least.errors:
        is_sure = chance_of_at_least(failed, both, share) <= chance
        verdict = Verdict.WORSE if is_sure else Verdict.UNCERTAIN
    elif ratios[0] - ratios[1] >= least.errors:
        is_sure = chance_of_at_least(failed_before, both, 1 - share) <= chance
        verdict = Verdict.BETTER if is_sure else Verdict.SAME
    return Compared(Metric.ERRORS, *ratios, verdict)


@dataclass(frozen=True, slots=True)
class _Tail:
    """A p95 in seconds, and how far the interval of its logarithm reaches to either side."""

    seconds: float
    down: float
    up: float


def _tail(slices: Sequence[Slice], deviations: float) -> _Tail | None:
    """Return the p95 of a run; None where too few requests tell."""
    whole = Sketch()
    for each in slices:
        whole.merge(each.times)
    if whole.count * (1 - _TAIL) < FEWEST_BEYOND:
        return None
    spread = deviations * sqrt(_variance_of_share(slices, whole))
    p95 = whole.quantile(_TAIL)
    low, high = whole.quantiles((max(_TAIL - spread, 0.0), min(_TAIL + spread, 1.0)))
    if p95 is None or low is None or high is None or low <= 0:
        return None
    return _Tail(p95, log(p95 / low), log(high / p95))


def _variance_of_share(slices: Sequence[Slice], whole: Sketch) -> float:
    """Return the variance of the share of requests above the p95, slices being the samples."""
    bound = whole.quantile(_TAIL) or 0.0
    above = [
        (each.times.count, each.times.count - each.times.count_up_to(bound)) for each in slices
    ]
    share = sum(number for _, number in above) / whole.count
    errors = [number - share * count for count, number in above if count]
    squares = sum(error * error for error in errors)
    lagged = sum(one * next_one for one, next_one in pairwise(errors))
    correlation = min(max(lagged / squares, 0.0), 0.9) if squares else 0.0
    seen = squares * len(errors) / max(len(errors) - 1, 1) / whole.count**2
    least = _TAIL * (1 - _TAIL) / whole.count  # of independent requests
    return max(seen * (1 + correlation) / (1 - correlation), least)


def _deviations(chance: float, before: Sequence[Slice], after: Sequence[Slice]) -> float:
    """Return how many standard deviations chance exceeds with `chance`, for so few samples.

    Student's distribution by its expansion about the normal one (Abramowitz and Stegun, 26.7.5).
    """
    samples = min(sum(1 for each in side if each.times.count) for side in (before, after))
    freedom = max(samples, FEWEST_MINUTES) - 1
    z = NormalDist().inv_cdf(1 - chance)
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )
