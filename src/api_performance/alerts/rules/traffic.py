"""Too few requests: fewer than usual at this hour, or than a floor that somebody set.

Whether so few are chance is asked of a Poisson distribution, so a quiet endpoint, of which a few
requests or none may come in any hour, alerts nobody. What varies much from day to day has to fall
further. Where most endpoints of a service fall together, the service is what fell: one reading.
Time in which no process of it lived is no part of a window; after an outage half a window of life
says something again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from api_performance import units
from api_performance.alerts.rule import Past, Rule, Subject
from api_performance.alerts.rules import texts
from api_performance.alerts.rules.requests import CHANCE, ERRORS, LONGEST_SECONDS, WIDENINGS
from api_performance.analysis.chance import chance_of_at_most
from api_performance.analysis.levels import Level, comes_in_bursts
from api_performance.analysis.reading import Reading
from api_performance.model import Endpoint, MetricPriority, PerformanceThreshold

SPREADS: Final = 4.0
"""Standard deviations from day to day below which a level has to fall: of normal days one in
30,000 does."""

BEFORE_SECONDS: Final = 6 * 3600.0
"""In the hours before the last one is seen whether requests come in bursts. A loss that lasts
longer than that hour looks like one too; by then the hour's count tells of it."""

TOLD_EXPECTED: Final = 5.0
"""An endpoint of which fewer requests are expected says nothing of its service."""

LEAST_MEASURED: Final = 0.5
"""The share of its window in which a loss would be seen if nobody had been away: half the usual is
the bound. Of less nothing is told, for users come back one by one after an outage."""

MOST_ENDPOINTS: Final = 2 / 3
"""The share of a service's endpoints that must fall for the service to be what fell."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What came in a window: requests and seconds, and what was to be expected of each second.

    `is_whole`: a process lived in all of the window's seconds.
    """

    count: int
    seconds: float
    level: Level
    is_whole: bool = True

    @property
    def expected(self) -> float:
        """Requests that were to be expected."""
        return self.level.per_second * self.seconds

    @property
    def per_second(self) -> float:
        """Requests per second that came; 0.0 where nothing is known."""
        return self.count / self.seconds if self.seconds else 0.0

    def is_below(self, per_second: float) -> bool:
        """Tell whether fewer came than so many per second would bring, not by chance."""
        return chance_of_at_most(self.count, per_second * self.seconds) <= CHANCE


def service_subject(service: str, endpoints: Iterable[Endpoint]) -> Subject:
    """Return a service as a subject; it is as important as its most important endpoint."""
    priorities = {each.priority for each in endpoints} or {MetricPriority.MEDIUM}
    priority = min(priorities, key=lambda each: each.rank)
    return Subject(f"service:{service}", service, priority)


def windows(
    rule: Rule, past: Past, subject: Subject, level: Level, now: float
) -> Iterator[Traffic]:
    """Yield what came in the rule's window, then in wider ones that are known; at least one."""
    for widening in WIDENINGS:
        seconds = min(rule.window_seconds * widening, LONGEST_SECONDS)
        if past.knows(seconds, now):
            counted = past.counts(subject.id, ERRORS, seconds, now)
            lived = counted.covered_seconds
            yield Traffic(counted.total, lived, level, is_whole=lived > seconds - 1)
        elif widening == 1:
            yield Traffic(0, 0.0, level)


def of_usual(rule: Rule, past: Past, subject: Subject, level: Level, now: float) -> Traffic:
    """Count a window in which enough is to be expected; an hour of what comes in bursts.

    Of what cannot be told yet after an outage nothing is counted.
    """
    unknown = Traffic(0, 0.0, level)
    seen = *shorter, longest = list(windows(rule, past, subject, level, now))
    if seen[0].seconds < LEAST_MEASURED * rule.window_seconds:
        return unknown
    for traffic in shorter:
        is_told = traffic.expected >= rule.minimum_samples
        if is_told and not _is_in_bursts(rule, past, subject, traffic, now):
            return traffic
    is_cut = not longest.is_whole and _is_in_bursts(rule, past, subject, longest, now)
    return unknown if is_cut else longest


def of_floor(rule: Rule, past: Past, subject: Subject, now: float) -> Traffic:
    """Count a window in which enough requests are to be expected at the floor."""
    *shorter, longest = windows(rule, past, subject, Level(rule.bounds[-1][1], 0.0, 0), now)
    return next((each for each in shorter if each.expected >= rule.minimum_samples), longest)


def _is_in_bursts(rule: Rule, past: Past, subject: Subject, traffic: Traffic, now: float) -> bool:
    """Tell whether so few requests come as in some other windows of the hours before."""
    share = rule.bounds[-1][1]
    if traffic.count > share * traffic.expected:
        return False
    before = BEFORE_SECONDS - LONGEST_SECONDS
    minutes = past.slices(subject.id, ERRORS, 60, before, now - LONGEST_SECONDS).total
    length = max(round(traffic.seconds / 60), 1)
    windows = [sum(minutes[end - length : end]) for end in range(len(minutes), length - 1, -length)]
    return comes_in_bursts(windows, share)


def together(parts: Sequence[Traffic]) -> Traffic:
    """Add endpoints up; they vary together, which is the worst that they can."""
    parts = [part for part in parts if part.seconds] or parts  # the others cannot be told yet
    level = Level(
        sum(part.level.per_second for part in parts),
        sum(part.level.spread for part in parts),
        min(part.level.days for part in parts),
    )
    seconds = min(part.seconds for part in parts)
    return Traffic(round(sum(part.per_second for part in parts) * seconds), seconds, level)


def least(bound: float, level: Level) -> float:
    """Return the requests per second below which a level has fallen; 0.0 or less: it never has."""
    return min(bound * level.per_second, level.per_second - SPREADS * level.spread)


def loss(rule: Rule, subject: Subject, traffic: Traffic) -> Reading:
    """Read whether fewer requests came than usual."""
    is_told = traffic.expected >= rule.minimum_samples
    for severity, bound in rule.bounds:
        per_second = least(bound, traffic.level)
        if is_told and per_second > 0 and traffic.is_below(per_second):
            text = _loss_text(subject, traffic)
            reading = _reading(rule, subject, traffic, per_second, severity)
            return replace(reading, is_breached=True, text=text)
    severity, bound = rule.bounds[-1]
    per_second = max(least(bound, traffic.level), 0.0)
    is_clear = is_told and traffic.per_second * rule.clear_ratio >= per_second
    return replace(_reading(rule, subject, traffic, per_second, severity), is_clear=is_clear)


def is_of_all(rule: Rule, parts: Sequence[Traffic]) -> bool:
    """Tell whether most endpoints of a service get less, not one of them alone."""
    told = [part for part in parts if part.expected >= TOLD_EXPECTED]
    bound = rule.bounds[-1][1]
    fallen = [part for part in told if part.count <= bound * part.expected]
    return len(fallen) >= MOST_ENDPOINTS * len(told)


def untold(reading: Reading) -> Reading:
    """Return a reading that says nothing: what it saw is another's."""
    return replace(reading, is_breached=False, is_clear=False, text="")


def floor(rule: Rule, subject: Subject, traffic: Traffic, *, is_held: bool) -> Reading:
    """Read whether fewer requests came than a floor; `is_held`: and they could have."""
    for severity, bound in rule.bounds:
        if is_held and traffic.seconds and traffic.is_below(bound):
            text = _floor_text(subject, traffic, bound, is_saturated=rule.while_saturated)
            reading = _reading(rule, subject, traffic, bound, severity)
            return replace(reading, is_breached=True, text=text)
    severity, bound = rule.bounds[-1]
    is_clear = not is_held or (
        traffic.seconds > 0 and traffic.per_second * rule.clear_ratio >= bound
    )
    return replace(_reading(rule, subject, traffic, bound, severity), is_clear=is_clear)


def _reading(
    rule: Rule,
    subject: Subject,
    traffic: Traffic,
    bound: float,
    severity: PerformanceThreshold,
) -> Reading:
    return Reading(
        rule=rule.id,
        subject=subject.id,
        name=subject.name,
        metric=rule.metric,
        value=traffic.per_second if traffic.seconds else None,
        bound=bound,
        unit="per_second",
        is_breached=False,
        is_clear=False,
        severity=severity,
        priority=subject.priority,
        window_seconds=traffic.seconds,
        sample_count=traffic.count,
        keep_seconds=rule.keep_seconds,
        clear_seconds=rule.clear_seconds,
    )


def _loss_text(subject: Subject, traffic: Traffic) -> str:
    came, usual = units.rate(traffic.per_second), units.rate(traffic.level.per_second)
    return (
        f"{subject.name} gets {came} where {usual} is usual at this hour"
        f" ({texts.requests(traffic.count)} in {texts.minutes(traffic.seconds)} instead of"
        f" {units.count(traffic.expected)}). Users may not reach it."
    )


def _floor_text(subject: Subject, traffic: Traffic, bound: float, *, is_saturated: bool) -> str:
    why = (
        "while its processes can do no more. Users wait or give up."
        if is_saturated
        else "and fewer are served than was asked for."
    )
    return (
        f"{subject.name} gets {units.rate(traffic.per_second)} of at least {units.rate(bound)}"
        f" ({texts.requests(traffic.count)} in {texts.minutes(traffic.seconds)}), {why}"
    )
