"""What a scrape reads."""

import subprocess
from dataclasses import replace

import prometheus_client
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open
from prometheus_client.parser import text_string_to_metric_families as parse

from api_performance.export.prometheus import PROMETHEUS_METRICS, MetricsCollector, scrape
from api_performance.measure.window import Window
from api_performance.model import Collections, Endpoint, Pauses, PoolUse
from api_performance.queries import Queries
from tests.queries.making import CHAT, CHECKOUT, USERS, Service, an_instance


@pytest.fixture
def service() -> Service:
    service = Service()
    service.measure(USERS, [0.05] * 90 + [0.3] * 10)
    service.measure(CHECKOUT, [0.05] * 8 + [0.7] * 2, users=["anne", "bert"])
    service.measure(CHECKOUT, [1.5] * 5, status=503)
    return service


@pytest.fixture
def collector(service: Service) -> MetricsCollector:
    queries = Queries(service.store, service.clock)
    return MetricsCollector(service.store, queries, host="host-a")


def samples(collector: MetricsCollector) -> dict[str, float]:
    """Return every sample by its name and labels, written as Prometheus does."""
    page, _ = scrape(collector)("")
    lines = (line for line in page.decode().splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_requests_are_counted_by_template_method_status_and_priority(
    collector: MetricsCollector,
) -> None:
    found = samples(collector)
    name = 'api_requests_total{endpoint="%s",method="%s",priority="%s",status="%s"}'
    assert found[name % ("/users/{user_id}", "GET", "high", "200")] == 100
    assert found[name % ("/checkout", "POST", "critical", "503")] == 5


def test_response_times_have_the_thresholds_of_their_priority_as_exact_bounds(
    collector: MetricsCollector,
) -> None:
    found = samples(collector)
    name = (
        'api_response_time_seconds_bucket{endpoint="/users/{user_id}",le="%s",method="GET",'
        'priority="high",status="2xx"}'
    )
    counts = {le: found[name % le] for le in ("0.2", "0.25", "0.5", "1.0", "2.0", "5.0", "+Inf")}
    assert counts == {
        "0.2": 90,
        "0.25": 90,
        "0.5": 100,
        "1.0": 100,
        "2.0": 100,
        "5.0": 100,
        "+Inf": 100,
    }


def test_latency_is_a_histogram_by_type(collector: MetricsCollector) -> None:
    found = samples(collector)
    labels = 'endpoint="/checkout",method="POST",priority="critical",type="database"'
    assert found[f"api_latency_seconds_count{{{labels}}}"] == 15
    assert found[f"api_latency_seconds_sum{{{labels}}}"] == pytest.approx((0.4 + 1.4 + 7.5) / 2)


def test_the_error_rate_states_its_window_and_forgets(
    service: Service, collector: MetricsCollector
) -> None:
    name = 'api_error_rate{endpoint="/checkout",method="POST",priority="critical"}'
    assert samples(collector)[name] == pytest.approx(5 / 15)
    page, _ = scrape(collector)("")
    assert "last 5 minutes" in page.decode()
    service.pass_time(400)
    assert name not in samples(collector)


def test_users_connections_and_our_own_state_are_told(
    service: Service, collector: MetricsCollector
) -> None:
    service.flush(open_connections=3, in_flight=2)
    found = samples(collector)
    assert found["api_concurrent_users"] == 2
    assert (found["api_open_connections"], found["api_requests_in_flight"]) == (3, 2)
    assert found["api_performance_instances"] == 1


PAUSES = Pauses(
    loop_count=1,
    lag_p99_seconds=0.02,
    lag_max_seconds=0.4,
    blocked_count=3,
    blocked_seconds=0.9,
    pools=(PoolUse("anyio", 40, 40, 7),),
    collections=(Collections(2, 5, 0.5, 0.2),),
)


def test_each_process_tells_its_loop_its_pools_its_collections_and_its_cpu(
    service: Service, collector: MetricsCollector
) -> None:
    service.flush(pauses=PAUSES, process_cpu_seconds=12.5, resident_bytes=1000)
    found = samples(collector)
    process = f'host="host-a",pid="{an_instance().pid}"'
    assert {
        name: found[f"api_{name}{{{process}{more}}}"]
        for name, more in (
            ("process_cpu_seconds_total", ""),
            ("process_resident_bytes", ""),
            ("event_loop_lag_p99_seconds", ""),
            ("event_loop_lag_max_seconds", ""),
            ("event_loop_blocks_total", ""),
            ("event_loop_blocked_seconds_total", ""),
            ("thread_pool_busy", ',pool="anyio"'),
            ("thread_pool_size", ',pool="anyio"'),
            ("thread_pool_waiting", ',pool="anyio"'),
        )
    } == {
        "process_cpu_seconds_total": 12.5,
        "process_resident_bytes": 1000,
        "event_loop_lag_p99_seconds": 0.02,
        "event_loop_lag_max_seconds": 0.4,
        "event_loop_blocks_total": 3,
        "event_loop_blocked_seconds_total": 0.9,
        "thread_pool_busy": 40,
        "thread_pool_size": 40,
        "thread_pool_waiting": 7,
    }
    garbage = {name: value for name, value in found.items() if name.startswith("api_gc_")}
    assert sorted(garbage.values()) == [0.2, 0.5, 5]
    assert all('generation="2"' in name for name in garbage)


def test_a_process_that_is_gone_or_elsewhere_or_does_not_look_tells_no_loop(
    service: Service, collector: MetricsCollector
) -> None:
    elsewhere = type(an_instance())("shop", "1", "test", "host-b", 1, 0.0)
    service.flush(pauses=PAUSES, instance=elsewhere)
    service.flush(pauses=Pauses())
    found = samples(collector)
    loops = {name: value for name, value in found.items() if "event_loop" in name}
    assert set(loops.values()) == {0}  # counted, and nothing seen; no lag
    service.flush(pauses=PAUSES)
    service.pass_time(60)
    assert not any("event_loop" in name for name in samples(collector))


def test_two_apps_in_one_process_are_one_process(
    service: Service, collector: MetricsCollector
) -> None:
    first = an_instance()
    second = replace(first, service="admin", started_at=first.started_at + 1)
    service.flush(pauses=replace(PAUSES, blocked_count=9), instance=second)
    service.flush(pauses=PAUSES, instance=first)
    page, _ = scrape(collector)("")
    lines = [line for line in page.decode().splitlines() if "_blocks_total{" in line]
    assert [line.rpartition(" ")[2] for line in lines] == ["9.0"]


def test_streams_have_no_response_time(service: Service, collector: MetricsCollector) -> None:
    window = Window(service.clock.now() - 1)
    window.count_status(101, 1)
    window.class_stats(101).response_time.add([60.0])
    window.messages = 9
    service.flush((CHAT, window))
    found = samples(collector)
    assert not any("api_response_time" in name and "/chat" in name for name in found)
    assert sum(value for name, value in found.items() if name.startswith("api_messages")) == 9


def test_only_the_processes_of_the_host_are_counted(
    service: Service, collector: MetricsCollector
) -> None:
    elsewhere = type(an_instance())("shop", "1", "test", "host-b", 1, 0.0)
    service.measure(USERS, [0.1] * 7, instance=elsewhere)
    here = sum(v for n, v in samples(collector).items() if n.startswith("api_requests_total"))
    assert here == 115


def test_counters_never_fall_while_processes_come_and_go(
    service: Service, collector: MetricsCollector
) -> None:
    before: dict[str, float] = {}
    for pid in range(2, 8):
        service.measure(USERS, [0.1, 0.2, 0.2001, 3.0], instance=an_instance(pid))
        service.measure(USERS, [0.2003], status=500, instance=an_instance(pid))
        service.pass_time(400)
        after = samples(collector)
        growing = {
            n: v for n, v in after.items() if "_total" in n or "_bucket" in n or "_count" in n
        }
        assert all(growing.get(name, -1) >= value for name, value in before.items())
        before = growing


@pytest.mark.needs_system("promtool")
def test_promtool_has_nothing_to_say(service: Service, collector: MetricsCollector) -> None:
    service.flush(pauses=PAUSES, process_cpu_seconds=1.0, resident_bytes=1000)
    page, content_type = scrape(collector)("text/plain")
    assert content_type.startswith("text/plain")
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=page, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_openmetrics_is_spoken_to_who_asks_for_it(collector: MetricsCollector) -> None:
    page, content_type = scrape(collector)("application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    families = {each.name for each in parse_open(page.decode())}  # type: ignore[no-untyped-call]  # theirs
    assert {"api_response_time_seconds", "api_requests", "api_error_rate"} <= families


def test_a_template_of_script_and_quotes_stays_a_label(
    service: Service, collector: MetricsCollector
) -> None:
    service.measure(Endpoint("GET", '/"<script>\\\n'), [0.1])
    page, _ = scrape(collector)("")
    labels = {
        sample.labels.get("endpoint")
        for family in parse(page.decode())
        for sample in family.samples
    }
    assert '/"<script>\\\n' in labels


def test_specs_own_metrics_of_the_same_names_live_beside_ours(
    collector: MetricsCollector,
) -> None:
    theirs = CollectorRegistry()
    prometheus_client.Histogram("api_response_time_seconds", "API response time", registry=theirs)
    prometheus_client.Counter("api_requests_total", "Total API requests", registry=theirs)
    assert samples(collector)
    assert b"api_requests_total" in generate_latest(theirs)


def test_the_table_of_metrics_is_read_only_and_has_specs_keys() -> None:
    assert set(PROMETHEUS_METRICS) == {"response_time", "throughput", "latency", "error_rate"}
    assert PROMETHEUS_METRICS["response_time"].name == "api_response_time_seconds"
    with pytest.raises(TypeError):
        PROMETHEUS_METRICS["more"] = None  # type: ignore[index]  # that is the point
