"""Slow and failing requests: the share of a window that is past a bound, and more than by chance.

A share is beyond its bound only if so many bad requests would come by chance less than once in a
million looks (CHANCE) were the true share the bound itself, and there are at least LEAST_BAD of
them. So two failures of three requests at night alert nobody, and ten of ten do. Where a window
holds too few requests it is widened, up to an hour. The newest fifth of it has to be past the bound
as well, so that what is over does not alert for as long as the window remembers it (SRE workbook,
chapter 5: a short window beside the long one). While no process lived in that fifth nothing is
told: for lack of requests the window would be widened to what was over before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from api_performance import units
from api_performance.alert_metric import AlertMetric
from api_performance.alerts.rule import Counted, Past, Rule, Subject
from api_performance.alerts.rules import texts
from api_performance.analysis.chance import chance_of_at_least
from api_performance.analysis.history import Indicator
from api_performance.analysis.reading import Reading
from api_performance.measure.window import Window
from api_performance.model import PerformanceThreshold

CHANCE: Final = 1e-6
"""A month has 260,000 looks of ten seconds, of which those at one window's requests are much alike:
some 30,000 are not. With four rules of an endpoint that is 0.1 false alerts a month at the most,
and next to none where the true share is below the bound."""

LEAST_BAD: Final = 5
"""A single user who tries again three times is no burst."""

WIDENINGS: Final = (1.0, 3.0, 12.0)
"""How far a window is widened: five minutes to a quarter of an hour, and an hour."""

LONGEST_SECONDS: Final = 3600.0
"""As far back the counts of ten seconds reach."""

SHORT_SHARE: Final = 0.2
SHORTEST_SECONDS: Final = 60.0

USUAL_SECONDS: Final = 7 * 86_400.0
"""What the usual share of errors is of: a week, so that every hour and weekday is in it."""

USUAL_LEAST_SECONDS: Final = 86_400.0

USUAL_FACTORS: Final = {PerformanceThreshold.WARNING: 2.0, PerformanceThreshold.CRITICAL: 5.0}
"""How often the usual share of errors is past a bound that is lower than that."""

ERRORS: Final = "server errors"
EXCEPTIONS: Final = "exceptions"


def slow(bound: float) -> str:
    """Return the indicator of responses that take longer than `bound` seconds, as objectives do."""
    return f"over {bound!r} s"


def count_errors(window: Window) -> tuple[int, int]:
    """Count requests, and those that the server failed: status 5xx, or an exception after that.

    An exception after the response began leaves its status as it is.
    """
    return window.count, max(window.error_count, window.exceptions)


def count_exceptions(window: Window) -> tuple[int, int]:
    """Count requests, and those that ended in an exception that the program did not handle."""
    return window.count, window.exceptions


def count_slow(bound: float, window: Window) -> tuple[int, int]:
    """Count requests, and those whose response took longer than `bound` seconds."""
    total = window.count
    within = window.under.get(bound)
    return total, total - (window.response_time().count_up_to(bound) if within is None else within)


def indicators(rules: Sequence[Rule]) -> list[Indicator]:
    """Return what the past has to count of an endpoint that some rules look at."""
    bounds = {
        bound
        for rule in rules
        if rule.metric is AlertMetric.RESPONSE_TIME
        for _, bound in rule.bounds
    }
    found = [Indicator(slow(bound), partial(count_slow, bound)) for bound in sorted(bounds)]
    if any(rule.metric is AlertMetric.EXCEPTIONS for rule in rules):
        found.append(Indicator(EXCEPTIONS, count_exceptions))
    return [Indicator(ERRORS, count_errors), *found]  # of which traffic is the total, too


@dataclass(frozen=True, slots=True)
class Look:
    """One rule looks at one endpoint's past."""

    rule: Rule
    subject: Subject
    past: Past
    now: float

    def count(self, indicator: str, seconds: float) -> Counted:
        """Count the newest `seconds`."""
        return self.past.counts(self.subject.id, indicator, seconds, self.now)

    def widest(self, indicator: str) -> tuple[Counted, float]:
        """Count the rule's window, widened until there are enough requests, and its seconds."""
        rule = self.rule
        seconds = rule.window_seconds
        counted = self.count(indicator, seconds)
        for widening in WIDENINGS[1:]:
            wider = min(rule.window_seconds * widening, LONGEST_SECONDS)
            if counted.total >= rule.minimum_samples or wider <= seconds:
                break
            seconds = wider
            counted = self.count(indicator, seconds)
        return counted, seconds

    def is_beyond(self, indicator: str, counted: Counted, bound: float, seconds: float) -> bool:
        """Tell whether the bad are more than `bound` of all, not by chance, and still are."""
        bad, total = counted.bad, counted.total
        if bad < LEAST_BAD or total < self.rule.minimum_samples or bad <= bound * total:
            return False
        if chance_of_at_least(bad, total, bound) > CHANCE:
            return False
        newest = self.count(indicator, max(seconds * SHORT_SHARE, SHORTEST_SECONDS))
        if not newest.total:  # where nobody could measure any, it is not known whether it lasts
            return newest.covered_seconds > 0
        return newest.bad > bound * newest.total

    def is_within(self, indicator: str, counted: Counted, bound: float, seconds: float) -> bool:
        """Tell whether so few are bad that it is well: now, if there are enough, or all along."""
        bound *= self.rule.clear_ratio
        if not counted.total:
            return False
        if counted.bad <= bound * counted.total:
            return True
        newest = self.count(indicator, max(seconds * SHORT_SHARE, SHORTEST_SECONDS))
        return newest.total >= self.rule.minimum_samples and newest.bad <= bound * newest.total


@dataclass(frozen=True, slots=True)
class Step:
    """One severity: past which bound of the metric, counted by what, and the share that may be."""

    severity: PerformanceThreshold
    bound: float
    indicator: str
    share: float


def response_time(rule: Rule, subject: Subject, past: Past, now: float) -> Reading:
    """Read whether more requests than `rule.share` are slower than a bound in seconds."""
    steps = [Step(severity, bound, slow(bound), rule.share) for severity, bound in rule.bounds]
    return _read(Look(rule, subject, past, now), steps, _slow_text)


def errors(rule: Rule, subject: Subject, past: Past, now: float, usual: float) -> Reading:
    """Read whether more requests fail than the bound, or than is usual where that is more.

    `usual` is the usual share of them, 0.0 where it is not known.
    """
    indicator = EXCEPTIONS if rule.metric is AlertMetric.EXCEPTIONS else ERRORS
    steps = [
        Step(severity, bound, indicator, beside_usual(severity, bound, usual))
        for severity, bound in rule.bounds
    ]
    return _read(Look(rule, subject, past, now), steps, partial(_error_text, usual))


def beside_usual(severity: PerformanceThreshold, bound: float, usual: float) -> float:
    """Return the share of errors that is past the bound of an endpoint with a usual share.

    Where half of the requests usually fail, a multiple could never be reached: then it is the
    middle between the usual and all of them.
    """
    return min(max(bound, USUAL_FACTORS[severity] * usual), (1 + usual) / 2)


def usual_share(past: Past, endpoint_id: str, indicator: str, now: float) -> float | None:
    """Return the share of bad requests in the week before the last hour; None until that was read.

    0.0 of what is younger than a day: a service that fails from its first hour on must not take
    that for usual.
    """
    if not past.knows(USUAL_SECONDS, now):
        return None
    week = past.counts(endpoint_id, indicator, USUAL_SECONDS, now)
    newest = past.counts(endpoint_id, indicator, LONGEST_SECONDS, now)
    total = week.total - newest.total
    if week.covered_seconds < USUAL_LEAST_SECONDS or total <= 0:
        return 0.0
    return min(max(week.bad - newest.bad, 0) / total, 1.0)


@dataclass(frozen=True, slots=True)
class Breach:
    """What was counted in how many seconds, past the bound of a step."""

    look: Look
    step: Step
    counted: Counted
    seconds: float

    @property
    def counts(self) -> str:
        """`61 of 730 in 5 min`."""
        return texts.counted(self.counted.bad, self.counted.total, self.seconds)

    def requests(self, one: str, many: str) -> str:
        """`One in 12 requests to GET /x fails`."""
        share = self.counted.bad / self.counted.total
        return texts.of_requests(share, self.look.subject.name, one, many)


Words = Callable[[Breach], str]


def _read(look: Look, steps: Sequence[Step], words: Words) -> Reading:
    """Read the worst severity that is breached, else how far the mildest is from it."""
    for step in steps:
        counted, seconds = look.widest(step.indicator)
        if look.is_beyond(step.indicator, counted, step.share, seconds):
            text = words(Breach(look, step, counted, seconds))
            return _reading(look, step, counted, seconds, text=text)
    step = steps[-1]
    counted, seconds = look.widest(step.indicator)
    is_clear = look.is_within(step.indicator, counted, step.share, seconds)
    return _reading(look, step, counted, seconds, is_clear=is_clear)


def _reading(
    look: Look,
    step: Step,
    counted: Counted,
    seconds: float,
    *,
    text: str = "",
    is_clear: bool = False,
) -> Reading:
    rule, subject = look.rule, look.subject
    return Reading(
        rule=rule.id,
        subject=subject.id,
        name=subject.name,
        metric=rule.metric,
        value=counted.bad / counted.total if counted.total else None,
        bound=step.share,
        unit="ratio",
        is_breached=bool(text),
        is_clear=is_clear,
        severity=step.severity,
        priority=subject.priority,
        window_seconds=seconds,
        sample_count=counted.total,
        keep_seconds=rule.keep_seconds,
        clear_seconds=rule.clear_seconds,
        text=text,
    )


def _slow_text(breach: Breach) -> str:
    bound = units.duration(breach.step.bound)
    seen = breach.requests(f"takes longer than {bound}", f"take longer than {bound}")
    return f"{seen} ({breach.counts}; {units.share(breach.step.share)} may). Its users wait."


def _error_text(usual: float, breach: Breach) -> str:
    fails = breach.look.rule.metric is AlertMetric.ERRORS
    seen = breach.requests(*(("fails", "fail") if fails else ("raises", "raise")))
    normal = f"usual is {units.error_share(usual)}" if usual else "none is usual"
    return f"{seen} ({breach.counts}; {normal}). Its users get errors."
