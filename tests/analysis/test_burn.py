"""Burn-rate rules do on simulated traffic what the SRE workbook's table says."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from api_performance.analysis.burn import (
    BURN_RULES,
    BurnRule,
    burn,
    burn_readings,
    burns,
    never_fires,
)
from api_performance.analysis.history import SPANS, Counts, History
from api_performance.analysis.slo import Objectives
from api_performance.measure.window import Window
from api_performance.model import PERFORMANCE_THRESHOLDS, Endpoint, PerformanceThreshold
from api_performance.objective import Objective, ObjectiveKind, default_objectives
from tests.analysis.traffic import PAY, START

EVERY = 10.0
HOUR = 3600.0
DAY = 24 * HOUR

PROMISE = Objective(id="pay", kind=ObjectiveKind.AVAILABILITY, target=0.999)

BadOf = Callable[[float], tuple[int, int]]
"""When, in seconds since the incident began -> requests and bad ones of the next ten seconds."""


class Replay:
    """A history that follows simulated traffic, ten seconds at a time, of any length."""

    def __init__(self, objective: Objective, endpoint: Endpoint = PAY) -> None:
        self.objectives = Objectives([objective])
        self.endpoint = endpoint
        self.history = History(self.objectives.indicators_of)
        self.now = START
        self._open = {step: [0, 0] for step in SPANS}
        self._read(self.now)

    def _read(self, now: float) -> None:
        while not self.history.knows(SPANS[3600], now):
            self.history.follow(now, lambda *_: ())

    def past(self, total: int, bad: int, seconds: float) -> None:
        """Let so many requests an hour have been there before."""
        for step, span in SPANS.items():
            for number in range(int(min(seconds, span)) // step):
                start = self.now - (number + 1) * step
                of = round(total * step / HOUR), round(bad * step / HOUR)
                self._put(step, start, *of)

    def step(self, total: int, bad: int, seconds: float = EVERY) -> None:
        """Some seconds pass, at whose end so many requests come."""
        start, self.now = self.now, self.now + seconds
        newest = self.now - EVERY
        for step, counts in self._open.items():
            if newest // step != (start - EVERY) // step:
                counts[:] = 0, 0
            counts[0], counts[1] = counts[0] + total, counts[1] + bad
            begin, end = start // step * step, (newest // step + 1) * step
            self.history.begin(step, begin, end)
            self._put(step, newest // step * step, *counts)
            self.history.finish(step, begin, end, self.now)

    def _put(self, step: int, start: float, total: int, bad: int) -> None:
        window = Window(start, statuses={200: total - bad, 500: bad})
        self.history.put(step, self.endpoint, window)


def seconds_until(replay: Replay, is_over: Callable[[], bool], total: int, bad: int) -> float:
    began = replay.now
    while not is_over():
        replay.step(total, bad)
        assert replay.now - began < 4 * DAY
    return replay.now - began


def is_breached(replay: Replay, rule: BurnRule) -> bool:
    found = burns(PROMISE, replay.history, PAY.id, replay.now)
    return next(each.is_breached for each in found if each.rule is rule)


PER_STEP = 1000
CASES = [
    (rule, ratio)
    for rule in BURN_RULES
    for ratio in (1.0, 0.1, 0.01)
    if rule.bound(PROMISE.target) < ratio
]


@pytest.mark.parametrize(
    ("rule", "ratio"), CASES, ids=lambda each: str(getattr(each, "factor", each))
)
def test_an_incident_is_found_and_over_when_the_workbook_says(rule: BurnRule, ratio: float) -> None:
    replay = Replay(PROMISE)
    replay.past(int(PER_STEP * HOUR / EVERY), 0, 30 * DAY)
    bad = round(ratio * PER_STEP)
    expected = rule.bound(PROMISE.target) / ratio * rule.long_seconds
    found = seconds_until(replay, lambda: is_breached(replay, rule), PER_STEP, bad)
    assert found == pytest.approx(expected, abs=EVERY)

    while replay.now - START < rule.short_seconds + expected:  # the short window is full of it
        replay.step(PER_STEP, bad)
    ended = (1 - rule.bound(PROMISE.target) / ratio) * rule.short_seconds
    over = seconds_until(replay, lambda: not is_breached(replay, rule), PER_STEP, 0)
    assert over == pytest.approx(ended, abs=EVERY)


def test_one_in_a_hundred_is_too_few_for_the_fastest_rule() -> None:
    assert len(CASES) == 8
    assert BURN_RULES[0].bound(PROMISE.target) == pytest.approx(0.0144)


def test_the_rules_use_up_what_the_workbook_says_of_a_month() -> None:
    assert [each.budget_ratio for each in BURN_RULES] == pytest.approx([0.02, 0.05, 0.1])
    assert all(rule.long_seconds == 12 * rule.short_seconds for rule in BURN_RULES)


def test_single_failures_at_ten_requests_an_hour_page_nobody_in_a_year() -> None:
    replay, random, failures = Replay(PROMISE), Random(6), 0
    for _ in range(365 * 24 * 10):
        is_bad = random.random() < 1 - PROMISE.target
        replay.step(1, int(is_bad), HOUR / 10)
        if is_bad:
            failures += 1
            assert not pages(replay)
    assert failures == 79
    for _ in range(PROMISE.minimum_events):  # it could have
        replay.step(1, 1, HOUR / 10)
    assert pages(replay)


def pages(replay: Replay) -> bool:
    return any(
        each.is_breached and each.severity is PerformanceThreshold.CRITICAL
        for each in burn_readings(replay.objectives, replay.history, replay.now)
    )


def test_an_outage_at_ten_requests_a_minute_pages_within_three_minutes() -> None:
    replay = Replay(PROMISE)
    replay.past(600, 0, 7 * DAY)

    began = replay.now
    while not pages(replay):
        replay.step(1, 1)  # six a minute: fewer than ten
        assert replay.now - began <= 180
    reading, ticket = burn_readings(replay.objectives, replay.history, replay.now)
    assert (reading.rule, ticket.rule) == ("pay/page", "pay/ticket")
    assert reading.subject == PAY.id
    assert "requests to POST /pay failed in 1" in reading.text
    assert "Users get errors." in reading.text


def test_a_page_is_over_within_half_an_hour_while_its_ticket_stands_for_six() -> None:
    replay = Replay(PROMISE)
    replay.past(int(PER_STEP * HOUR / EVERY), 0, 30 * DAY)
    for _ in range(60):
        replay.step(PER_STEP, PER_STEP)  # a total outage of ten minutes
    page, ticket = burn_readings(replay.objectives, replay.history, replay.now)
    assert (page.is_breached, ticket.is_breached) == (True, True)
    assert (page.severity.value, ticket.severity.value) == ("critical", "warning")

    def clear(urgency: int) -> bool:
        found = list(burn_readings(replay.objectives, replay.history, replay.now))
        return found[urgency].is_clear

    assert seconds_until(replay, lambda: clear(0), PER_STEP, 0) <= 1800
    assert not clear(1)
    assert seconds_until(replay, lambda: clear(1), PER_STEP, 0) <= 6 * HOUR


def test_too_few_bad_events_are_no_breach_whatever_their_share() -> None:
    few, enough = Counts(4, 4, HOUR), Counts(5, 5, HOUR)
    assert not burn(PROMISE, BURN_RULES[0], few, few).is_breached
    assert burn(PROMISE, BURN_RULES[0], enough, enough).is_breached


def test_a_short_window_without_events_neither_breaches_nor_clears() -> None:
    found = burn(PROMISE, BURN_RULES[0], Counts(100, 50, HOUR), Counts())
    assert (found.is_breached, found.is_clear) == (False, False)
    assert burn(PROMISE, BURN_RULES[0], Counts(), Counts()).is_clear


def test_a_service_younger_than_three_days_has_to_use_up_what_they_allow() -> None:
    replay = Replay(PROMISE)
    ticket, bad = BURN_RULES[2], 30  # of a thousand: the three days' budget lasts 2.4 hours
    seconds = seconds_until(replay, lambda: is_breached(replay, ticket), PER_STEP, bad)
    assert seconds == pytest.approx(2.4 * HOUR, abs=60)


def test_nothing_is_told_of_a_past_that_was_not_read() -> None:
    objectives = Objectives([PROMISE])
    history = History(objectives.indicators_of)
    history.follow(START, lambda *_: ())
    history.put(10, PAY, Window(START, statuses={500: 100}))
    for reading in burn_readings(objectives, history, START):
        assert (reading.is_breached, reading.is_clear) == (False, False)


def test_it_is_said_when_a_target_is_too_low_for_a_rule_ever_to_fire() -> None:
    low = Objective(id="low", kind=ObjectiveKind.AVAILABILITY, target=0.93)
    assert "14.4 can never be passed with a target of 93" in never_fires(low)
    assert never_fires(PROMISE) == ""
    everything = Counts(1000, 1000, HOUR)
    assert not burn(low, BURN_RULES[0], everything, everything).is_breached


def test_the_defaults_of_a_priority_alert() -> None:
    objectives = Objectives([], default_objectives(PERFORMANCE_THRESHOLDS))
    history = History(objectives.indicators_of)
    history.put(10, PAY, Window(START, statuses={200: 1}))
    rules = {each.rule for each in burn_readings(objectives, history, START)}
    both = "critical-latency", "critical-availability"
    assert rules == {f"{each}/{urgency}" for each in both for urgency in ("page", "ticket")}


def test_of_a_young_endpoint_the_text_names_the_time_since_its_first_call() -> None:
    replay = Replay(PROMISE)
    for _ in range(12):
        replay.step(10, 10)
    reading, _ = burn_readings(replay.objectives, replay.history, replay.now)
    assert reading.text.startswith("120 of 120 requests to POST /pay failed in 2\u00a0min.")
    assert "is used up 1,000 times too fast" in reading.text
