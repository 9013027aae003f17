"""Objectives: which hold for an endpoint, what they count, and what is left of their budgets."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.analysis.backtest import backtest, budget_line
from api_performance.analysis.exhaustion import exhaustion
from api_performance.analysis.history import Counts, History
from api_performance.analysis.slo import (
    Objectives,
    budget_left,
    counted,
    indicator_of,
    minutes_below,
    standing,
)
from api_performance.errors import ConfigError
from api_performance.measure.window import Window
from api_performance.model import (
    PERFORMANCE_THRESHOLDS,
    UNMATCHED,
    Endpoint,
    MetricPriority,
    PerformanceThreshold,
    TrafficKind,
)
from api_performance.objective import Objective, ObjectiveKind, Verdict, default_objectives
from tests.analysis.traffic import PAY, START, Traffic

HOUR = 3600.0
DAY = 24 * HOUR
UP = Objective(id="up", kind=ObjectiveKind.AVAILABILITY, target=0.999)
QUICK = Objective(id="quick", kind=ObjectiveKind.LATENCY, target=0.95, bound=0.3)
BUSY = Objective(id="busy", kind=ObjectiveKind.THROUGHPUT, target=0.9, bound=2.0)
DEFAULTS = default_objectives(PERFORMANCE_THRESHOLDS)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"target": 1.0}, "target = 1.0 is refused: give a ratio such as 0.999"),
        ({"target": float("nan")}, "target = nan"),
        ({"id": "a b"}, "id = 'a b'"),
        ({"bound": 1.0}, "bound = 1.0 is refused: give none"),
        ({"kind": ObjectiveKind.LATENCY}, "bound = None is refused: give seconds"),
        ({"kind": ObjectiveKind.THROUGHPUT, "bound": -1.0}, "bound = -1.0"),
        ({"pattern": "checkout"}, "pattern = 'checkout'"),
        ({"period_days": 31}, "period_days = 31"),
        ({"minimum_events": 0}, "minimum_events = 0"),
        ({"errors": {"teapot": Verdict.BAD}}, "errors = 'teapot'"),
    ],
)
def test_a_wrong_objective_is_refused_with_name_value_and_remedy(
    wrong: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        replace(UP, **wrong)  # type: ignore[arg-type]  # each case has one wrong value


def test_defaults_come_from_the_table_by_priority() -> None:
    found = {each.id: (each.target, each.bound) for each in DEFAULTS}
    assert len(found) == 8
    assert found["critical-latency"] == (0.95, 0.5)
    assert found["critical-availability"] == (0.999, None)
    assert found["low-latency"] == (0.95, 5.0)


def test_an_error_rate_of_zero_or_one_promises_nothing() -> None:
    table = {
        **PERFORMANCE_THRESHOLDS,
        "low_priority_endpoints": {"response_time": 1.0, "throughput": 0.0, "error_rate": 0.0},
    }
    made = [each.id for each in default_objectives(table)]
    assert [each for each in made if each.startswith("low")] == ["low-latency"]


def test_a_chosen_objective_stands_in_for_the_default_of_its_kind() -> None:
    chosen = replace(UP, pattern="POST /pay")
    objectives = Objectives([chosen], DEFAULTS)
    assert [each.id for each in objectives.of(PAY)] == ["up", "critical-latency"]
    other = Endpoint("GET", "/pay", "shop", MetricPriority.LOW)
    assert [each.id for each in objectives.of(other)] == [
        "low-latency",
        "low-availability",
    ]


def test_one_that_is_switched_off_takes_the_default_of_its_id_with_it() -> None:
    off = replace(UP, id="critical-availability", enabled=False)
    objectives = Objectives([off], DEFAULTS)
    assert [each.kind for each in objectives.of(PAY)] == ["latency"]
    assert off not in objectives.all()


@pytest.mark.parametrize(
    "endpoint",
    [Endpoint("ANY", UNMATCHED), Endpoint("GET", "/chat", kind=TrafficKind.WEBSOCKET)],
)
def test_nothing_is_promised_of_what_has_no_route_or_no_response_time(endpoint: Endpoint) -> None:
    assert Objectives([UP], DEFAULTS).of(endpoint) == []


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ({}, (106, 4)),  # 429 and 499 say nothing, 404 was answered well
        ({"4xx": Verdict.BAD}, (106, 10)),
        ({"404": Verdict.IGNORED}, (100, 4)),
        ({"429": Verdict.BAD, "499": Verdict.GOOD}, (117, 11)),
        ({"5xx": Verdict.GOOD, "503": Verdict.BAD}, (106, 1)),
    ],
)
def test_error_classes_say_which_status_is_bad(
    errors: dict[str, Verdict], expected: tuple[int, int]
) -> None:
    window = Window(START, statuses={200: 96, 404: 6, 429: 7, 499: 4, 500: 3, 503: 1})
    assert indicator_of(replace(UP, errors=errors)).count(window) == expected


def test_latency_counts_exactly_at_a_threshold_and_by_the_sketch_elsewhere() -> None:
    window = Window(START, statuses={200: 100})
    seconds = [0.01 * each for each in range(1, 101)]
    window.class_stats(200).response_time.add(seconds)
    window.count_under(seconds, (0.3,))
    assert indicator_of(QUICK).count(window) == (100, 70)
    total, bad = indicator_of(replace(QUICK, bound=0.605)).count(window)
    assert total == 100
    assert bad == pytest.approx(40, abs=1)


def test_equal_promises_are_counted_once() -> None:
    objectives = Objectives([UP, replace(UP, id="up-too", target=0.5), QUICK])
    assert len(objectives.indicators_of(PAY)) == 2


def test_throughput_is_counted_in_minutes() -> None:
    assert minutes_below(BUSY, [119, 120, 500], 60) == (3, 1)
    assert minutes_below(BUSY, [7199, 7200], 3600) == (120, 60)
    traffic, now = Traffic(), START + 40 * DAY
    for minute in range(30):
        traffic.add(now - 60 * (minute + 1), 120 if minute % 2 else 10)
    objectives = Objectives([BUSY])
    history = History(objectives.indicators_of)
    for _ in range(13):
        history.follow(now, traffic.read)
    counts = counted(BUSY, history, PAY.id, 1200.0, now)
    assert (counts.total, counts.bad) == (18, 9)  # the newest two are not over for long


def test_a_standing_says_what_is_left() -> None:
    found = standing(UP, Counts(10_000, 5, DAY))
    assert (found.good_ratio, found.budget_left_ratio, found.is_met) == (0.9995, 0.5, True)
    assert standing(UP, Counts(1000, 1, DAY)).budget_left_ratio == 0.0
    assert standing(UP, Counts(1000, 1, DAY)).is_met
    assert standing(UP, Counts(1000, 3, DAY)).is_met is False
    assert standing(UP, Counts()).is_met is None


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 0.99999))
def test_more_failures_never_leave_more_budget(one: float, other: float, target: float) -> None:
    least, most = sorted((one, other))
    assert budget_left(least, target) >= budget_left(most, target)


def ends(total: list[int], bad: list[int], left: float = 1.0) -> tuple[float | None, ...]:
    found = exhaustion(
        total, bad, target=0.999, left_ratio=left, period_seconds=30 * DAY, now=START
    )
    assert found is not None
    return tuple(
        None if each is None else (each - START) / DAY
        for each in (found.earliest, found.at, found.latest)
    )


def test_a_budget_burning_twice_as_fast_as_allowed_lasts_half_its_period() -> None:
    earliest, at, latest = ends([10_000] * 24, [20] * 24)
    assert at == pytest.approx(15)
    assert earliest == pytest.approx(15 / 1.06, rel=0.02)  # 480 events: 1.28 / sqrt(480)
    assert latest == pytest.approx(15 / 0.94, rel=0.02)


def test_bursts_widen_the_interval() -> None:
    steady = ends([10_000] * 24, [40] * 24)
    bursts = ends([10_000] * 24, [0] * 20 + [240] * 4)
    assert bursts[1] == steady[1] == pytest.approx(7.5)
    assert None not in (*bursts[:2], *steady)
    assert bursts[0] < steady[0] - 1  # type: ignore[operator]  # none is None, as asserted


def test_a_budget_that_outlives_its_period_has_no_end_and_one_that_is_gone_has_now() -> None:
    assert ends([10_000] * 24, [5] * 24)[1:] == (None, None)
    assert ends([10_000] * 24, [0] * 24) == (None, None, None)
    assert ends([10_000] * 24, [5] * 24, left=-0.5) == (0.0, 0.0, 0.0)
    assert exhaustion([0], [0], target=0.9, left_ratio=1.0, period_seconds=DAY, now=START) is None


@given(
    st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=1, max_size=24),
    st.floats(0.01, 1),
)
def test_the_interval_holds_its_middle(hours: list[tuple[int, int]], left: float) -> None:
    total = [good + bad for good, bad in hours]
    found = exhaustion(
        total,
        [bad for _, bad in hours],
        target=0.99,
        left_ratio=left,
        period_seconds=30 * DAY,
        now=START,
    )
    if found is None:
        assert not sum(total)
        return
    far = START + 30 * DAY
    earliest, at, latest = (
        far if each is None else each for each in (found.earliest, found.at, found.latest)
    )
    assert START <= earliest <= at <= latest


def test_a_backtest_tells_when_it_would_have_alerted_and_what_was_left() -> None:
    total, bad = [100] * 7 * 1440, [0] * 7 * 1440
    bad[5000:5030] = [50] * 30  # half of half an hour
    found = backtest(UP, START, total, bad)
    page, ticket = found.alerts
    assert (page.start - START) / 60 == 5002  # 0.0144 of 6000 an hour are 86: the second minute
    assert page.severity is PerformanceThreshold.CRITICAL
    assert page.end - START <= (5030 + 30) * 60
    assert ticket.severity is PerformanceThreshold.WARNING
    assert (5030 + 330) * 60 <= ticket.end - START <= (5030 + 360) * 60
    assert found.standing.bad == 1500
    assert found.budget.left_ratio[0] == 1.0
    assert found.budget.left_ratio[-1] == found.standing.budget_left_ratio
    assert len(found.budget.times) <= 500
    assert found.budget.times[-1] == found.end == START + 7 * DAY


def test_a_backtest_of_nothing_says_nothing() -> None:
    found = backtest(UP, START, [], [])
    assert (found.alerts, found.standing.is_met, found.budget.times) == ([], None, [])
    assert backtest(UP, START, [0] * 60, [0] * 60).budget.left_ratio == []


def test_a_backtest_of_an_objective_without_alerts_has_none() -> None:
    quiet = replace(UP, alerts=False)
    assert backtest(quiet, START, [100] * 60, [100] * 60).alerts == []
    assert backtest(UP, START, [100] * 60, [100] * 60).alerts != []


def test_a_budget_line_falls() -> None:
    line = budget_line(UP, START, 3600, [1000, 1000], [1, 1])
    assert line.times == [START + 3600, START + 7200]
    assert line.left_ratio == [0.5, 0.0]
