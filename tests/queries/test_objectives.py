"""Objectives over a store: where endpoints stand, what is saved, what another would have said."""

from __future__ import annotations

import pytest

from api_performance.errors import ConfigError, ObjectiveUnknown
from api_performance.model import PerformanceThreshold
from api_performance.objective import Objective, ObjectiveKind
from api_performance.queries import (
    DashboardWidget,
    EndpointUnknown,
    Filter,
    Queries,
    QuestionRefused,
    ReadSettings,
    widget_data,
)
from api_performance.queries.objective_answers import ObjectiveRow
from api_performance.queries.objectives import ObjectiveQuestion
from tests.queries.making import CHAT, CHECKOUT, USERS, Service

UP = Objective(id="up", kind=ObjectiveKind.AVAILABILITY, target=0.99, pattern="POST /checkout")
ALL = ObjectiveQuestion(Filter())


@pytest.fixture
def service() -> Service:
    """Checkout fails half the time in the last minute of three hours, users wait for nothing."""
    service = Service()
    for minute in range(180):
        service.measure(CHECKOUT, [0.1] * 5)
        if minute == 179:
            service.measure(CHECKOUT, [0.1] * 5, status=500)
        service.measure(USERS, [0.1, 1.5])
        service.pass_time(60)
    return service


def queries_of(service: Service, *objectives: Objective) -> Queries:
    return Queries(service.store, service.clock, ReadSettings(objectives=objectives))


def rows(queries: Queries, question: ObjectiveQuestion = ALL) -> dict[str, ObjectiveRow]:
    return {f"{row.endpoint} {row.objective_id}": row for row in queries.objectives(question).rows}


def test_every_endpoint_stands_somewhere_with_each_objective(service: Service) -> None:
    page = queries_of(service).objectives(ALL)
    assert page.is_whole
    assert [(row.endpoint, row.objective_id) for row in page.rows][:2] == [
        ("GET /users/{user_id}", "high-latency"),  # half are over a second, of which 5 % may be
        ("POST /checkout", "critical-availability"),
    ]
    worst = page.rows[0]
    assert (worst.event_count, worst.bad_count, worst.good_ratio) == (360, 180, 0.5)
    assert worst.budget_left_ratio == pytest.approx(-9)
    assert worst.is_met is False
    assert page.total == len(page.rows) == 4
    assert "Site Reliability Workbook" in page.source


def test_a_row_tells_the_burn_of_each_rule_and_when_the_budget_ends(service: Service) -> None:
    row = rows(queries_of(service, UP))["POST /checkout up"]
    hour, six_hours, three_days = row.burns
    assert hour.long_rate == pytest.approx(5 / 305 / 0.01, rel=0.05)
    assert six_hours.long_rate == pytest.approx(5 / 905 / 0.01)
    assert [each.is_breached for each in row.burns] == [False, False, False]
    assert all(each.is_known and each.can_fire for each in row.burns)
    assert three_days.severity is PerformanceThreshold.WARNING
    assert row.budget_left_ratio == pytest.approx(1 - 5 / 905 / 0.01)
    assert row.exhaustion is not None
    assert row.exhaustion.burn_rate < 1  # the hour it happened in is not over


def test_rows_are_kept_by_filter_objective_and_page(service: Service) -> None:
    queries = queries_of(service, UP)
    assert set(rows(queries, ObjectiveQuestion(Filter(search="checkout")))) == {
        "POST /checkout up",
        "POST /checkout critical-latency",
    }
    assert set(rows(queries, ObjectiveQuestion(Filter(), "up"))) == {"POST /checkout up"}
    page = queries.objectives(ObjectiveQuestion(Filter(), offset=1, limit=1))
    assert (len(page.rows), page.total) == (1, 4)


def test_what_happens_later_is_followed(service: Service) -> None:
    queries = queries_of(service, UP)
    before = rows(queries)["POST /checkout up"]
    service.measure(CHECKOUT, [0.1] * 100, status=500)
    service.clock.advance(1)
    after = rows(queries)["POST /checkout up"]
    assert after.bad_count == before.bad_count + 100
    # in three hours of life too few for what six hours and three days allow
    assert [each.is_breached for each in after.burns] == [True, False, False]


def test_the_page_outranks_the_settings_and_both_say_so(service: Service) -> None:
    queries, elsewhere = queries_of(service, UP), queries_of(service, UP)
    strict = Objective(id="up", kind=ObjectiveKind.AVAILABILITY, target=0.999)
    saved = queries.of_objectives.save(strict, "ann", "too lax")
    assert (saved.source, saved.overrides, saved.is_in_force) == ("page", True, True)
    listed = [each for each in elsewhere.objectives(ALL).objectives if each.id == "up"]
    assert [(each.source, each.target, each.is_in_force) for each in listed] == [
        ("page", 0.999, True),
        ("settings", 0.99, False),
    ]
    assert "GET /users/{user_id} up" in rows(elsewhere)
    (event,) = service.store.events(0, 1e11, ("configuration",))
    assert (event.subject, event.author, event.reason) == ("objective up", "ann", "too lax")
    elsewhere.of_objectives.book.delete("up", author="bob", reason="")
    assert [each.target for each in queries.objectives(ALL).objectives if each.id == "up"] == [0.99]


def test_a_default_can_be_switched_off_and_only_the_pages_own_deleted(service: Service) -> None:
    queries = queries_of(service)
    book = queries.of_objectives.book
    off = Objective(
        id="high-latency", kind=ObjectiveKind.LATENCY, target=0.9, bound=1.0, enabled=False
    )
    with pytest.raises(ConfigError, match=r"'high-latency' is not the page's .* enabled = false"):
        book.delete("high-latency", author="ann", reason="")
    queries.of_objectives.save(off, "ann", "")
    assert "GET /users/{user_id} high-latency" not in rows(queries)
    with pytest.raises(ObjectiveUnknown, match="no objective has the id 'nothing'"):
        book.delete("nothing", author="ann", reason="")
    service.store.clear()
    assert not [each for each in book.all() if each.objective == off and not each.overrides]


def test_a_budget_line_ends_at_what_is_left(service: Service) -> None:
    queries = queries_of(service, UP)
    line = queries.of_objectives.budget("up", CHECKOUT.id)
    assert line.left_ratio[0] == 1.0
    assert line.left_ratio[-1] == line.budget_left_ratio == pytest.approx(1 - 5 / 905 / 0.01)
    assert line.times[-1] <= line.end == service.clock.now()
    assert line.budget_left_ratio == rows(queries)["POST /checkout up"].budget_left_ratio
    with pytest.raises(ObjectiveUnknown):
        queries.of_objectives.budget("nothing", CHECKOUT.id)
    with pytest.raises(EndpointUnknown):
        queries.of_objectives.budget("up", "nothing")


def test_a_backtest_says_what_an_objective_would_have_done(service: Service) -> None:
    queries = queries_of(service)
    strict = Objective(id="new", kind=ObjectiveKind.AVAILABILITY, target=0.9999)
    found = queries.of_objectives.backtest(strict, CHECKOUT.id, 7)
    assert (found.event_count, found.bad_count, found.is_met) == (905, 5, False)
    assert found.end - found.start == pytest.approx(180 * 60, abs=120)
    page, ticket = found.alerts
    assert page.severity is PerformanceThreshold.CRITICAL
    assert ticket.severity is PerformanceThreshold.WARNING
    assert service.clock.now() - page.start <= 120
    lax = Objective(id="new", kind=ObjectiveKind.AVAILABILITY, target=0.9)
    assert queries.of_objectives.backtest(lax, CHECKOUT.id, 7).alerts == []
    assert "new" not in {each.id for each in queries.objectives(ALL).objectives}


def test_a_throughput_objective_counts_minutes(service: Service) -> None:
    busy = Objective(id="busy", kind=ObjectiveKind.THROUGHPUT, target=0.9, bound=0.1)
    found = queries_of(service).of_objectives.backtest(busy, CHECKOUT.id, 7)
    assert found.event_count in (180, 181)
    assert found.bad_count == found.event_count - 1  # five a minute are too few, ten are not


def test_an_objective_that_does_not_hold_for_an_endpoint_is_not_tried_on_it(
    service: Service,
) -> None:
    queries = queries_of(service)
    with pytest.raises(QuestionRefused, match="does not hold for GET /users"):
        queries.of_objectives.backtest(UP, USERS.id, 7)
    service.flush(declared=[CHAT])
    with pytest.raises(QuestionRefused):
        queries.of_objectives.backtest(UP, CHAT.id, 7)


def test_nothing_measured_stands_nowhere() -> None:
    page = queries_of(Service()).objectives(ALL)
    assert (page.rows, page.is_whole, len(page.objectives)) == ([], True, 8)


def test_the_widget_shows_compliance_of_what_was_called(service: Service) -> None:
    queries = queries_of(service, UP)
    data = widget_data(DashboardWidget.SLA_COMPLIANCE, queries.view(600), 600)
    found = {
        f"{row['endpoint']} {row['objective_id']}": (row["value"], row["is_met"])
        for row in data["compliance"]
    }
    assert found["GET /users/{user_id} high-latency"] == (0.5, False)
    assert found["GET /users/{user_id} high-availability"] == (1.0, True)
    assert found["POST /checkout up"] == (pytest.approx(1 - 5 / 55, abs=0.01), False)
    assert not data["compliance"][0]["is_met"]


def test_a_question_reads_for_a_second_and_the_next_one_goes_on(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api_performance.queries.objectives.MOST_WINDOWS", 2)  # a slice of both
    paces = 0

    def pace() -> None:
        nonlocal paces
        paces += 1
        service.clock.advance(0.25)

    queries, asked = Queries(service.store, service.clock, pace=pace), 0
    while not queries.objectives(ALL).is_whole:
        asked += 1
        assert paces <= asked * 40  # what is begun within a second: four pieces, of nine slices
    assert asked > 10
