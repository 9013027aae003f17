"""Questions, answered from a store that several processes wrote."""

import random

import pytest

from api_performance.errors import StoreUnavailable
from api_performance.measure.window import Window
from api_performance.model import UNMATCHED, Endpoint, MetricPriority, PerformanceThreshold
from api_performance.queries import (
    Asked,
    EndpointUnknown,
    Filter,
    Here,
    LiveQuestion,
    Queries,
    QuestionRefused,
    ReadSettings,
    SeriesQuestion,
    Sort,
    StatusFilter,
    TableQuestion,
)
from api_performance.stores.base import FOLD_LEASE
from tests.queries.making import CHAT, CHECKOUT, START, UNUSED, USERS, Service, an_instance


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def queries(service: Service) -> Queries:
    return Queries(service.store, service.clock)


def table(**asked: object) -> TableQuestion:
    return TableQuestion(**asked)  # type: ignore[arg-type]  # a test's own fields


def test_numbers_of_all_processes_are_added_whether_folded_or_not(
    service: Service, queries: Queries
) -> None:
    for pid in (1, 2, 3, 4):
        service.measure(USERS, [0.1] * 50, instance=an_instance(pid))
    service.pass_time(5)
    for pid in (1, 2, 3, 4):
        service.measure(USERS, [0.3] * 50, instance=an_instance(pid))
    row = queries.endpoints(table()).endpoints[0]
    assert row.request_count == 400
    assert row.response_time.count == 400
    assert row.response_time.mean_seconds == pytest.approx(0.2)
    assert (row.response_time.min_seconds, row.response_time.max_seconds) == (0.1, 0.3)
    assert row.response_time.p50_seconds == pytest.approx(0.1, rel=0.006)
    assert row.response_time.p99_seconds == pytest.approx(0.3, rel=0.006)
    assert queries.summary(Asked(), Filter()).instance_count == 4


def test_a_long_range_put_together_of_blocks_equals_the_exact_answer(
    service: Service, queries: Queries
) -> None:
    chance, exact = random.Random(7), []
    for second in range(0, 4000, 20):
        seconds = [chance.lognormvariate(-3, 0.7) for _ in range(5)]
        service.measure(USERS, seconds)
        service.pass_time(20)
        if second >= 4000 - 3600 - 20:  # the range begins with a whole minute
            exact.append(seconds)
        if second % 600 == 0:
            queries.endpoints(table())  # so that blocks of every age are remembered
    row = queries.endpoints(table()).endpoints[0]
    wanted = sorted(value for seconds in exact for value in seconds)
    assert row.request_count == len(wanted)
    assert row.response_time.max_seconds == pytest.approx(wanted[-1], abs=1e-9)
    assert row.response_time.mean_seconds == pytest.approx(sum(wanted) / len(wanted))
    assert row.response_time.p95_seconds == pytest.approx(
        wanted[int(0.95 * len(wanted)) - 1], rel=0.006
    )
    fresh = Queries(service.store, service.clock).endpoints(table()).endpoints[0]
    assert fresh == row


def test_a_late_batch_is_seen_although_its_time_was_remembered(
    service: Service, queries: Queries
) -> None:
    service.measure(USERS, [0.1])
    late = START - 1
    service.pass_time(200)
    assert queries.summary(Asked(), Filter()).request_count == 1
    window = Window(late)
    window.count_status(200, 5)
    service.flush((USERS, window), instance=an_instance(2))
    service.pass_time(250)
    assert queries.summary(Asked(), Filter()).request_count == 6
    assert sum(queries.series(SeriesQuestion()).request_count) == 6


def test_rates_are_per_observed_second(service: Service, queries: Queries) -> None:
    for _ in range(30):  # the process began a minute before
        service.measure(USERS, [0.1] * 20)
        service.pass_time(1)
    row = queries.endpoints(table()).endpoints[0]
    assert row.rate_per_second == pytest.approx(600 / 90)


def test_an_endpoint_that_was_only_declared_is_listed_last_under_any_sort(
    service: Service, queries: Queries
) -> None:
    service.flush(declared=[UNUSED])
    service.measure(USERS, [0.1])
    service.measure(CHECKOUT, [0.2])
    for sort in Sort:
        for is_descending in (True, False):
            page = queries.endpoints(table(sort=sort, is_descending=is_descending))
            assert page.endpoints[-1].id == UNUSED.id
    never = queries.endpoints(table()).endpoints[-1]
    assert (never.last_called_at, never.request_count, never.success_ratio) == (None, 0, None)
    assert set(never.sparkline) == {None}


def test_the_table_is_sorted_searched_filtered_and_paged(
    service: Service, queries: Queries
) -> None:
    service.measure(USERS, [0.1] * 10)
    service.measure(CHECKOUT, [0.4] * 5)
    assert names(queries, table()) == ["/checkout", "/users/{user_id}"]
    assert names(queries, table(sort=Sort.REQUEST_COUNT)) == ["/users/{user_id}", "/checkout"]
    assert names(queries, table(sort=Sort.NAME, is_descending=False))[0] == "/checkout"
    assert names(queries, table(kept=Filter(search="get USERS"))) == ["/users/{user_id}"]
    assert names(queries, table(kept=Filter(methods=frozenset({"POST"})))) == ["/checkout"]
    high = Filter(priorities=frozenset({MetricPriority.HIGH}))
    assert names(queries, table(kept=high)) == ["/users/{user_id}"]
    page = queries.endpoints(table(offset=1, limit=1))
    assert (page.total, len(page.endpoints)) == (2, 1)
    shares = [row.share_of_time_ratio for row in queries.endpoints(table()).endpoints]
    assert shares == [pytest.approx(2 / 3), pytest.approx(1 / 3)]


def names(queries: Queries, question: TableQuestion) -> list[str]:
    return [row.template for row in queries.endpoints(question).endpoints]


def test_versions_environments_and_processes_are_told_apart(
    service: Service, queries: Queries
) -> None:
    one, two = an_instance(1), an_instance(2, version="2", environment="staging")
    service.measure(USERS, [0.1] * 3, instance=one)
    service.measure(USERS, [0.2] * 4, instance=two)
    service.pass_time(10)
    assert count(queries, Filter(versions=frozenset({"2"}))) == 4
    assert count(queries, Filter(environments=frozenset({"test"}))) == 3
    assert count(queries, Filter(instances=frozenset({two.id}))) == 4
    assert count(queries, Filter(services=frozenset({"another"}))) == 0
    summary = queries.summary(Asked(), Filter())
    assert (summary.versions, summary.environments) == (["1", "2"], ["staging", "test"])


def count(queries: Queries, kept: Filter) -> int:
    counts = sum(queries.series(SeriesQuestion(kept=kept)).request_count)
    assert queries.summary(Asked(), kept).request_count == counts
    return counts


def test_a_status_class_keeps_its_own_times_and_a_code_only_where_it_was_alone(
    service: Service, queries: Queries
) -> None:
    service.measure(USERS, [0.1] * 10)
    service.measure(USERS, [2.0] * 5, status=503)
    failed = Filter(status=StatusFilter.parse("5xx"))
    row = queries.endpoints(table(kept=failed)).endpoints[0]
    assert (row.request_count, row.status_counts) == (5, {"503": 5})
    assert row.response_time.p50_seconds == pytest.approx(2.0, rel=0.006)
    assert count(queries, Filter(status=StatusFilter.parse("503"))) == 5
    service.pass_time(60)  # a slice says of a class, not of a code, how long it took
    service.measure(USERS, [9.0], status=500)
    window = Window(service.clock.now() - 1)
    window.count_status(500, 1)
    window.count_status(503, 1)
    window.class_stats(503).response_time.add([1.0, 2.0])
    service.flush((USERS, window))
    row = queries.endpoints(table(kept=Filter(status=StatusFilter.parse("503")))).endpoints[0]
    assert (row.request_count, row.response_time.count) == (6, 5)


def test_errors_successes_and_grades(service: Service, queries: Queries) -> None:
    service.measure(CHECKOUT, [0.05] * 90)
    service.measure(CHECKOUT, [0.3] * 10, status=404)
    service.measure(CHECKOUT, [0.7] * 10, status=500)
    service.pass_time(1)
    row = queries.endpoints(table()).endpoints[0]
    assert (row.error_count, row.client_error_count) == (10, 10)
    assert row.success_ratio == pytest.approx(90 / 110)
    assert row.error_ratio == pytest.approx(10 / 110)
    assert row.response_time_grade is PerformanceThreshold.WARNING
    assert row.throughput_grade is PerformanceThreshold.CRITICAL
    assert row.within_thresholds["excellent"] == pytest.approx(90 / 110)
    assert row.within_thresholds["good"] == pytest.approx(100 / 110)
    assert sum(row.latency_seconds.values()) == pytest.approx(90 * 0.05 + 10 * 0.3 + 10 * 0.7)


def test_few_requests_earn_no_grade_and_say_which_percentiles_are_chance(
    service: Service, queries: Queries
) -> None:
    service.measure(USERS, [0.1 + number / 1000 for number in range(99)])
    row = queries.endpoints(table()).endpoints[0]
    assert row.response_time_grade is None
    assert row.response_time.unsupported == ["p95", "p99", "p999"]
    service.measure(USERS, [0.1] * 401)
    row = queries.endpoints(table()).endpoints[0]
    assert row.response_time_grade is PerformanceThreshold.EXCELLENT
    assert row.response_time.unsupported == ["p999"]


def test_a_websocket_has_connections_and_never_enters_percentiles(
    service: Service, queries: Queries
) -> None:
    service.measure(USERS, [0.1] * 10)
    window = Window(service.clock.now() - 1)
    window.count_status(101, 3)
    window.class_stats(101).response_time.add([50.0, 60.0, 70.0])
    window.open_connections, window.messages = 312, 40
    service.flush((CHAT, window), open_connections=312)
    rows = {row.template: row for row in queries.endpoints(table()).endpoints}
    chat = rows["/chat"]
    assert (chat.open_connections, chat.message_count, chat.response_time.count) == (312, 40, 0)
    summary = queries.summary(Asked(), Filter())
    assert (summary.response_time.count, summary.open_connections) == (10, 312)
    assert rows[USERS.template].share_of_time_ratio == 1.0
    assert max(filter(None, queries.series(SeriesQuestion()).max_seconds)) == 0.1


def test_concurrent_users_are_those_of_the_last_five_minutes(
    service: Service, queries: Queries
) -> None:
    service.measure(USERS, [0.1] * 2, users=["old", "regular"])
    service.pass_time(360)
    service.measure(CHECKOUT, [0.1] * 2, users=["regular", "new"])
    service.pass_time(10)
    summary = queries.summary(Asked(), Filter())
    assert (summary.concurrent_users, summary.user_count) == (2, 3)
    assert summary.user_source == "client address"


def test_users_of_steps_shorter_than_a_minute_are_those_of_their_minute(
    service: Service, queries: Queries
) -> None:
    for second in range(60):
        service.measure(USERS, [0.1], users=[f"user {second // 20}"])
        service.pass_time(1)
    fresh = queries.series(SeriesQuestion(Asked(120), step_seconds=10, endpoint_id=USERS.id))
    assert fresh.user_count[-7:] == [1] + [3] * 6  # the first request fell into the minute before
    service.pass_time(300)
    folded = queries.series(SeriesQuestion(Asked(480), step_seconds=10, endpoint_id=USERS.id))
    assert [count for count in folded.user_count if count] == [1] * 6 + [3] * 6


def test_a_series_adds_up_to_the_summary(service: Service, queries: Queries) -> None:
    for second in range(120):
        service.measure(USERS, [0.1] * 10)
        service.measure(CHECKOUT, [0.2] * (second % 3 + 1), status=500)
        service.pass_time(1)
        if second % 7 == 0:
            queries.series(SeriesQuestion())
    series = queries.series(SeriesQuestion())
    summary = queries.summary(Asked(), Filter())
    assert sum(series.request_count) == summary.request_count == 1200 + 240
    assert sum(series.error_count) == summary.error_count == 240
    assert sum(series.bytes_out) == summary.bytes_out
    assert sum(series.status_class_counts["5xx"]) == 240
    assert {code: sum(counts) for code, counts in series.status_counts.items()} == {
        "200": 1200,
        "500": 240,
    }
    one = queries.series(SeriesQuestion(endpoint_id=USERS.id))
    assert sum(one.request_count) == 1200
    assert one.name == "GET /users/{user_id}"
    lengths = {len(column) for column in (one.times, one.p50_seconds, one.user_count)}
    assert lengths == {360}
    assert one.rate_per_second[-5] == pytest.approx(10)
    assert one.bytes_out_per_second[-5] == pytest.approx(1000)
    assert one.bytes_in_per_second[-5] == pytest.approx(100)
    assert list(filter(None, one.latency_mean_seconds["database"])) == [pytest.approx(0.05)] * 13


def test_a_percentile_of_few_requests_is_read_over_more_steps(
    service: Service, queries: Queries
) -> None:
    for _ in range(600):
        service.measure(USERS, [0.1, 0.1, 0.2])
        service.pass_time(1)
    series = queries.series(SeriesQuestion())
    called = [index for index, each in enumerate(series.request_count) if each]
    p50 = [series.p50_seconds[index] for index in called]
    assert None not in p50[1:-1]  # 30 requests a step are enough for the median
    p99 = [series.p99_seconds[index] for index in called]
    assert sum(value is not None for value in p99) >= 0.5 * len(p99)
    stairs = [index for index in range(1, len(p99)) if p99[index] != p99[index - 1]]
    assert len(stairs) <= 4  # 500 requests make a stair of three minutes
    assert all(value is None for value in series.p999_seconds)


def test_the_parts_of_a_mean_of_few_requests_are_read_over_the_same_more_steps(
    service: Service, queries: Queries
) -> None:
    for second in range(0, 600, 5):  # two a step, both slow or both fast
        service.measure(USERS, [0.3 if second % 20 >= 10 else 0.1])
        service.pass_time(5)
    series = queries.series(SeriesQuestion())
    parts = [series.latency_mean_seconds[name] for name in ("database", "processing")]
    for number, (count, *seconds) in enumerate(zip(series.request_count, *parts, strict=True)):
        assert [each is not None for each in seconds] == [count > 0] * 2, number
    told = [value for value in parts[0] if value is not None]
    assert told[6:-6] == pytest.approx([0.1] * (len(told) - 12))  # half of the minute's mean
    assert len(told) > 50


def test_a_series_in_steps_that_cannot_be_had_is_refused(queries: Queries) -> None:
    with pytest.raises(QuestionRefused, match="step_seconds = 3"):
        queries.series(SeriesQuestion(step_seconds=3))


def test_an_unknown_endpoint_is_named(queries: Queries) -> None:
    with pytest.raises(EndpointUnknown, match="'ffffffffffff'"):
        queries.series(SeriesQuestion(endpoint_id="ffffffffffff"))
    with pytest.raises(EndpointUnknown):
        queries.endpoint("ffffffffffff", Asked(), Filter())


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (Asked(window_seconds=60, start=1.0), "beside start and end"),
        (Asked(start=START + 3600), "lies in the future"),
        (Asked(start=START - 5, end=START - 10), "before end"),
    ],
)
def test_a_range_that_cannot_be_is_refused(queries: Queries, asked: Asked, reason: str) -> None:
    with pytest.raises(QuestionRefused, match=reason):
        queries.summary(asked, Filter())


def test_a_live_push_is_of_one_moment(service: Service, queries: Queries) -> None:
    service.measure(USERS, [0.1] * 10)
    service.measure(CHECKOUT, [0.1] * 4)
    push = queries.live(LiveQuestion(endpoint_id=USERS.id))
    assert push.type == "live"
    assert push.summary.request_count == sum(row.request_count for row in push.endpoints) == 14
    assert sum(push.series.request_count) == 10
    assert push.as_of == push.summary.as_of == push.health.as_of == service.clock.now()


def test_the_same_question_of_one_revision_and_second_is_computed_once(
    service: Service, queries: Queries
) -> None:
    service.measure(USERS, [0.1])
    first = queries.endpoints(table())
    assert queries.endpoints(table()) is first
    service.measure(USERS, [0.1])
    assert queries.endpoints(table()).endpoints[0].request_count == 2


def test_cache_size_zero_remembers_no_answer(service: Service) -> None:
    queries = Queries(service.store, service.clock, ReadSettings(cache_size=0))
    service.measure(USERS, [0.1])
    first = queries.endpoints(table())
    again = queries.endpoints(table())
    assert again == first
    assert again is not first


def test_history_window_and_max_data_points_rule_what_is_not_asked_for(service: Service) -> None:
    queries = Queries(
        service.store, service.clock, ReadSettings(history_window=600, max_data_points=50)
    )
    service.measure(USERS, [0.1])
    series = queries.series(SeriesQuestion())
    assert series.end - series.start == pytest.approx(600, abs=series.step_seconds)
    assert len(series.times) <= 50
    assert queries.summary(Asked(), Filter()).end - series.end == 0


def test_health_tells_what_is_wrong_and_what_to_do(service: Service, queries: Queries) -> None:
    service.measure(USERS, [0.1])
    assert queries.health().is_ok
    service.flush(dropped_requests=7, last_error="the disk is full")
    health = queries.health()
    assert not health.is_ok
    assert health.dropped_requests == 7
    assert any("max_buffered_requests" in problem for problem in health.problems)
    assert any("the disk is full" in problem for problem in health.problems)
    service.clock.advance(60)
    assert any("No process has reported for 60 s" in each for each in queries.health().problems)
    rows = queries.instances(Filter())
    assert [(row.pid, row.is_alive) for row in rows] == [(1, False)]


def test_health_names_the_holder_of_the_lease_whoever_is_asked(
    service: Service, queries: Queries
) -> None:
    now = service.clock.now()
    assert queries.health().lease_holder is None
    lease = service.store.acquire(FOLD_LEASE, "another process", now, 10)
    assert lease is not None
    service.measure(USERS, [0.1])  # a new revision, so that it is asked anew
    assert queries.health().lease_holder == "another process"
    service.clock.advance(11)  # it died
    assert queries.health().lease_holder is None


def test_the_health_line_answers_while_the_store_does_not(
    service: Service, queries: Queries, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> int:
        raise StoreUnavailable("the file is locked. End what holds it.")

    monkeypatch.setattr(service.store, "revision", refuse)
    health = queries.health()
    assert not health.is_ok
    assert health.problems[0] == "the file is locked. End what holds it."


def test_a_problem_that_only_this_process_knows_is_told(service: Service) -> None:
    here = Here(problem=lambda: "The disk is read-only. Name another path.")
    queries = Queries(service.store, service.clock, here=here)
    assert queries.health().problems == ["The disk is read-only. Name another path."]


def test_nothing_measured_is_no_data_and_no_error(queries: Queries) -> None:
    assert queries.endpoints(table()).endpoints == []
    summary = queries.summary(Asked(), Filter())
    assert (summary.request_count, summary.success_ratio) == (0, None)
    assert summary.response_time.p95_seconds is None
    assert set(queries.series(SeriesQuestion()).p50_seconds) == {None}


def test_a_range_is_compared_with_the_period_just_before_it(
    service: Service, queries: Queries
) -> None:
    service.measure(USERS, [0.1] * 200, users=["a"])
    service.pass_time(300)
    service.measure(USERS, [0.2] * 90, users=["a", "b"])
    service.measure(USERS, [0.2] * 10, status=500)
    asked = LiveQuestion(table(asked=Asked(window_seconds=120)), is_compared=True)
    assert queries.live(LiveQuestion(asked.table)).previous is None
    alone = queries.live(asked).previous
    assert alone is not None
    assert (alone.request_count, alone.rate_change_ratio, alone.p95_change_ratio) == (0, None, None)
    asked = LiveQuestion(table(asked=Asked(window_seconds=240)), is_compared=True)
    answer = queries.live(asked)
    previous = answer.previous
    assert previous is not None
    assert previous.end == pytest.approx(answer.summary.start, abs=60)
    assert previous.request_count == sum(previous.series.request_count) == 200
    assert previous.p95_change_ratio == pytest.approx(1.0, rel=0.02)
    assert previous.error_ratio_change == pytest.approx(0.1)
    assert previous.user_change_ratio == pytest.approx(1.0)
    (users,) = previous.endpoints
    assert (users.id, users.request_count) == (USERS.id, 200)
    assert users.rate_change_ratio == pytest.approx(-0.75)  # it was there for half the time before
    assert users.p95_change_ratio == pytest.approx(1.0, rel=0.02)
    assert users.error_ratio_change == pytest.approx(0.1)


def test_requests_without_a_route_have_no_priority(service: Service, queries: Queries) -> None:
    scanned = Endpoint("ANY", UNMATCHED, "shop")
    service.measure(scanned, [0.1])
    service.measure(CHECKOUT, [0.1])
    medium = Filter(priorities=frozenset({MetricPriority.MEDIUM}))
    assert queries.endpoints(table(kept=medium)).endpoints == []
    counts = queries.summary(Asked(), medium).priority_counts
    assert counts == {"critical": 1, "high": 0, "medium": 0, "low": 0}
