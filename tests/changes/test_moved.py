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


def test_the_operation_and_its_type_that_got_slower_are_told_with_their_share() -> None:
    found = what_moved(a_window(0.1, 0.05), a_window(0.2, 0.13), NAMED)
    database, processing, query = found
    assert (database.kind, database.name) == (MovedKind.LATENCY_TYPE, "database")
    assert (query.kind, query.name) == (MovedKind.OPERATION, "SELECT 1")
    assert (query.before, query.after) == pytest.approx((0.05, 0.13))
    assert (database.share, query.share) == pytest.approx((0.8, 0.8), rel=0.01)
    assert processing.share == pytest.approx(0.2, rel=0.01)


def test_what_got_faster_is_told_where_the_endpoint_did() -> None:
    found = what_moved(a_window(0.2, 0.13), a_window(0.1, 0.05), NAMED)
    assert [each.name for each in found] == ["database", "processing", "SELECT 1"]
    assert all(each.after < each.before for each in found)


def test_what_moved_against_the_change_explains_nothing() -> None:
    found = what_moved(a_window(0.1, 0.08), a_window(0.2, 0.05), NAMED)
    assert [each.name for each in found] == ["processing"]


def test_a_status_that_comes_more_often_is_told() -> None:
    found = what_moved(a_window(0.1, 0.05), a_window(0.1, 0.05, failed=7), NAMED)
    assert [(each.name, each.after) for each in found] == [("503", 0.07), ("200", 0.93)]


@pytest.mark.parametrize("empty", [0, 1])
def test_without_requests_on_both_sides_nothing_moved(empty: int) -> None:
    windows = [a_window(0.1, 0.05), a_window(0.2, 0.1)]
    windows[empty] = Window(START)
    assert what_moved(windows[0], windows[1], NAMED) == []
