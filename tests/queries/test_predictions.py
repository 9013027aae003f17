"""What is said of the coming hours of an endpoint, and of more load."""

from __future__ import annotations

import sys

import pytest

from api_performance.errors import ConfigError, NothingMeasured
from api_performance.measure.window import Window
from api_performance.objective import Objective, ObjectiveKind
from api_performance.queries import EndpointUnknown, Queries, QuestionRefused, ReadSettings
from api_performance.queries.prediction_answers import PredictedMetric, PredictionPage
from api_performance.queries.predictions import PredictionQuestion
from tests.queries.days import HOUR, a_past, calls
from tests.queries.making import CHAT, CHECKOUT, USERS, Service, a_window

BOUND = Objective(id="quick", kind=ObjectiveKind.LATENCY, target=0.95, bound=0.5)
OF_CHECKOUT = PredictionQuestion(frozenset({CHECKOUT.id}))


def queries_of(service: Service) -> Queries:
    settings = ReadSettings(objectives=(BOUND,))
    return Queries(service.store, service.clock, settings)


@pytest.fixture(scope="module")
def growing() -> Queries:
    """A checkout of six days whose p95 grows by 12 % a day: in two more it is at its bound."""
    return queries_of(a_past(6, growth=0.12))


def metric(page: PredictionPage, name: str) -> PredictedMetric:
    return next(each for each in page.metrics if each.name == name)


def test_every_metric_is_told_for_each_hour(growing: Queries) -> None:
    page = growing.of_predictions.page(OF_CHECKOUT)
    assert (page.name, page.endpoint_id, page.hours_ahead) == ("POST /checkout", CHECKOUT.id, 24)
    assert page.history_hours == 6 * 24
    assert page.times == [page.as_of + HOUR * lead for lead in range(24)]
    assert [(each.name, each.unit) for each in page.metrics] == [
        ("response_time", "seconds"),
        ("response_time_p50", "seconds"),
        ("throughput", "per_second"),
        ("error_rate", "ratio"),
        ("saturation", "count"),
    ]
    for each in page.metrics:
        assert len(each.predicted) == len(each.lower) == len(each.upper) == 24
        assert (each.is_reliable, each.reason) == (True, "")
    throughput = metric(page, "throughput").predicted
    assert throughput == pytest.approx([calls(lead) / HOUR for lead in range(24)], rel=0.15)
    assert metric(page, "error_rate").upper == pytest.approx([0.0] * 24)
    p95, p50 = metric(page, "response_time"), metric(page, "response_time_p50")
    assert p95.predicted[-1] == pytest.approx(0.2 * 1.12**7, rel=0.12)
    assert all(middle < high for middle, high in zip(p50.predicted, p95.predicted, strict=True))


def test_the_hour_in_which_the_bound_is_reached_is_named(growing: Queries) -> None:
    reached = growing.of_predictions.page(OF_CHECKOUT).bound
    assert reached is not None
    assert reached.bound_seconds == 0.5
    assert reached.text.startswith("At this growth CRITICAL POST /checkout reaches its bound of")
    assert "UTC (" in reached.text
    assert reached.at is not None
    assert reached.earliest is not None
    assert reached.earliest <= reached.at <= (reached.latest or reached.at)
    assert 0 <= reached.at - growing.moment().now < 3 * 24 * HOUR


def test_what_stays_within_its_bound_and_what_is_past_it() -> None:
    calm = queries_of(a_past(4)).of_predictions.page(OF_CHECKOUT).bound
    assert calm is not None
    assert (calm.at, calm.earliest) == (None, None)
    assert "stays within its bound" in calm.text
    slow = queries_of(a_past(4, seconds=0.9)).of_predictions.page(OF_CHECKOUT).bound
    assert slow is not None
    assert "is past its bound of" in slow.text


def test_more_load_is_told_with_its_reason(growing: Queries) -> None:
    told = growing.of_predictions.page(OF_CHECKOUT).capacity
    assert told is not None
    assert told.asked_rate_per_second == pytest.approx(1.5 * told.rate_per_second)
    assert told.rate_per_second == pytest.approx(0.095, rel=0.1)
    assert 0 <= told.utilisation_ratio < 1
    assert told.p95_seconds is None or told.p95_seconds > 0.2
    assert told.bound_seconds == 0.5
    assert "half as much again" in told.text


def test_the_first_minutes_of_a_service_are_told_as_they_are() -> None:
    service = Service()
    service.measure(CHECKOUT, [0.3] * 20)
    page = queries_of(service).of_predictions.page(PredictionQuestion(OF_CHECKOUT.endpoint_ids, 2))
    p95 = metric(page, "response_time")
    assert p95.predicted == pytest.approx([0.3, 0.3], rel=0.01)
    assert p95.lower[0] < 0.3 < p95.upper[0]
    assert (p95.is_reliable, p95.reason) == (
        False,
        "the history is too short: 1 hour of 72 hours",
    )
    assert page.times[0] > page.as_of
    assert page.capacity is None


def test_hours_without_a_call_have_no_response_time_and_no_throughput() -> None:
    service = a_past(4)
    service.clock.advance(30 * HOUR)
    page = queries_of(service).of_predictions.page(OF_CHECKOUT)
    p95 = metric(page, "response_time")
    assert len(p95.predicted) == 24
    assert p95.reason == "nothing was measured in the last 30 hours"
    assert metric(page, "throughput").predicted[0] < calls(0) / HOUR


def test_several_endpoints_are_told_together_without_a_bound() -> None:
    service = a_past(4)
    window = a_window(service.clock.now() - 60, [0.1] * 50, endpoint=USERS)
    service.flush((USERS, window))
    queries = queries_of(service)
    for ids in (None, frozenset({CHECKOUT.id, USERS.id})):
        page = queries.of_predictions.page(PredictionQuestion(ids))
        assert (page.endpoint_id, page.bound) == (None, None)
        assert page.name in ("all endpoints", "GET /users/{user_id}, POST /checkout")


def test_an_answer_is_remembered_for_ten_minutes() -> None:
    service = a_past(4)
    predictions = queries_of(service).of_predictions
    first = predictions.page(OF_CHECKOUT)
    service.clock.advance(300)
    assert predictions.page(OF_CHECKOUT) is first
    assert predictions.remembered(OF_CHECKOUT, service.clock.now()) is first
    service.clock.advance(301)
    assert predictions.remembered(OF_CHECKOUT, service.clock.now()) is None
    assert predictions.page(OF_CHECKOUT) is not first


def test_a_websocket_has_no_response_time_to_foretell() -> None:
    service = Service()
    window = Window(service.clock.now() - 1)
    window.count_status(101, 3)
    service.flush((CHAT, window))
    page = queries_of(service).of_predictions.page(PredictionQuestion(frozenset({CHAT.id})))
    assert metric(page, "throughput").predicted[0] > 0
    p95 = metric(page, "response_time")
    assert (p95.predicted, p95.reason) == ([], "it has none")


def test_what_was_never_called_or_never_seen_is_named() -> None:
    service = Service()
    service.flush(declared=[USERS])
    predictions = queries_of(service).of_predictions
    with pytest.raises(NothingMeasured, match=r"GET /users/\{user_id\} was not called yet"):
        predictions.page(PredictionQuestion(frozenset({USERS.id})))
    with pytest.raises(EndpointUnknown):
        predictions.page(OF_CHECKOUT)
    with pytest.raises(QuestionRefused, match="hours_ahead = 0 is refused"):
        PredictionQuestion(None, 0)


def test_without_numpy_the_extra_is_named(
    growing: Queries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(ConfigError, match=r"pip install 'api-performance\[analysis\]'"):
        growing.of_predictions.page(PredictionQuestion(None, 3))
