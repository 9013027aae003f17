"""What moved with a change: the parts of the response time, the operations, the statuses."""

from __future__ import annotations

import pytest

from api_performance.changes.finding import MovedKind
from api_performance.changes.moved import what_moved
from api_performance.measure.calls import OperationStats
from api_performance.measure.window import Window
from api_performance.model import LatencyType, Operation
from tests.queries.making import START

QUERY = Operation(LatencyType.DATABASE, "SELECT 1", "postgresql")
STEP = Operation(LatencyType.PROCESSING, "handler", "framework")


def a_window(seconds: float, database: float, count: int = 100, failed: int = 0) -> Window:
    """Requests of which so many seconds each are the database's, in one operation."""
    window = Window(START)
    window.count_status(200, count - failed)
    if failed:
        window.count_status(503, failed)
    window.class_stats(200).response_time.add([seconds] * count)
    window.add_latency(LatencyType.DATABASE, [database] * count)
    window.add_latency(LatencyType.PROCESSING, [seconds - database] * count)
    stats = OperationStats(requests=count, calls=count, exclusive_seconds=database * count)
    window.operations = {QUERY.id: stats, STEP.id: stats.copy()}
    return window


NAMED = {each.id: each for each in (QUERY, STEP)}


def minutes(seconds: float, database: float, *, failed: int = 0) -> list[Window]:
    """Ten minutes that differ by a hundredth, as real ones do."""
    return [
        a_window(seconds * factor, database * factor, failed=failed)
        for factor in (0.99, 1.01, 1.0, 0.995, 1.005) * 2
    ]


def test_the_operation_and_its_type_that_got_slower_are_told_with_their_share() -> None:
    found = what_moved(minutes(0.1, 0.05), minutes(0.2, 0.13), NAMED)
    database, processing, query = found
    assert (database.kind, database.name) == (MovedKind.LATENCY_TYPE, "database")
    assert (query.kind, query.name) == (MovedKind.OPERATION, "SELECT 1")
    assert (query.before, query.after) == pytest.approx((0.05, 0.13))
    assert (database.share, query.share) == pytest.approx((0.8, 0.8), rel=0.01)
    assert processing.share == pytest.approx(0.2, rel=0.02)


def test_what_got_faster_is_told_where_the_endpoint_did() -> None:
    found = what_moved(minutes(0.2, 0.13), minutes(0.1, 0.05), NAMED)
    assert [each.name for each in found] == ["database", "processing", "SELECT 1"]
    assert all(each.after < each.before for each in found)


def test_what_moved_against_the_change_explains_nothing() -> None:
    found = what_moved(minutes(0.1, 0.08), minutes(0.2, 0.05), NAMED)
    assert [each.name for each in found] == ["processing"]


def test_of_a_part_of_the_time_its_own_operations_are_told() -> None:
    before, after = minutes(0.1, 0.05), minutes(0.1, 0.08)
    (query,) = what_moved(before, after, NAMED, "database_time")
    assert (query.kind, query.name) == (MovedKind.OPERATION, "SELECT 1")
    assert query.share == pytest.approx(1.0, rel=0.01)
    assert what_moved(before, after, NAMED, "cache_time") == []


def test_traffic_and_bytes_are_explained_by_no_part_of_the_time() -> None:
    before, after = minutes(0.1, 0.05), minutes(0.2, 0.13, failed=7)
    for metric in ("throughput", "bytes_in", "bytes_out"):
        told = {each.kind for each in what_moved(before, after, NAMED, metric)}
        assert told == {MovedKind.STATUS}


def test_a_status_that_comes_more_often_is_told() -> None:
    found = what_moved(minutes(0.1, 0.05), minutes(0.1, 0.05, failed=7), NAMED)
    told = {each.name: each.after for each in found if each.kind is MovedKind.STATUS}
    assert told == pytest.approx({"200": 0.93, "503": 0.07})


@pytest.mark.parametrize("empty", [0, 1])
def test_without_requests_on_both_sides_nothing_moved(empty: int) -> None:
    sides = [minutes(0.1, 0.05), minutes(0.2, 0.1)]
    sides[empty] = [Window(START)]
    assert what_moved(sides[0], sides[1], NAMED) == []
