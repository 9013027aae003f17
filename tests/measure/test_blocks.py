"""Blocks of an event loop that an endpoint's windows keep: by line, with those that waited."""

from __future__ import annotations

import pytest

from api_performance.measure.blocks import UNSEEN, add_blocks
from api_performance.measure.calls import MAX_PER_ENDPOINT, OperationStats
from api_performance.measure.operations import operations_by_id
from api_performance.measure.pauses import Blocked
from api_performance.measure.stacks import Frame
from api_performance.model import EVENT_LOOP, WAITED_FOR_LOOP, Endpoint

PRODUCTS = Endpoint("GET", "/products")
REPORT = Endpoint("GET", "/report")


def a_block(line: int, seconds: float, waiting: int = 0) -> Blocked:
    place = Frame("shop/admin.py", line, "report") if line else None
    waited = ((PRODUCTS, waiting),) if waiting else ()
    return Blocked(0.0, seconds, 0.0, 0.0, 0.0, (), place, REPORT, waited)


def test_blocks_of_one_line_are_counted_together_with_the_requests_that_waited() -> None:
    window: dict[str, OperationStats] = {}
    add_blocks(window, [a_block(34, 0.2, 3), a_block(34, 0.4), a_block(0, 0.1)], set())
    named = operations_by_id()
    told = {(named[key].system, named[key].text): stats for key, stats in window.items()}
    place = "shop/admin.py:34 in report"
    line = told[EVENT_LOOP, place]
    assert (line.calls, line.exclusive_seconds) == (2, 0.0)
    assert line.wall_seconds == pytest.approx(0.6)
    waited = told[WAITED_FOR_LOOP, f"{place} GET /products"]
    assert waited.calls == 3
    assert waited.wall_seconds == pytest.approx(0.6)
    assert told[EVENT_LOOP, UNSEEN].calls == 1


def test_a_collection_of_garbage_is_no_block_of_the_line_that_it_began_in() -> None:
    window: dict[str, OperationStats] = {}
    place = Frame("shop/admin.py", 34, "report")
    collected = Blocked(0.0, 0.2, 0.2, 0.0, 0.15, (), place, REPORT, ((PRODUCTS, 3),))
    add_blocks(window, [collected], set())
    assert window == {}


def test_lines_past_the_operations_of_an_endpoint_are_passed_over() -> None:
    window: dict[str, OperationStats] = {}
    told_apart: set[str] = set()
    blocks = [a_block(line, 0.1) for line in range(1, MAX_PER_ENDPOINT + 10)]
    add_blocks(window, blocks, told_apart)
    add_blocks(window, blocks[:1], told_apart)
    assert len(window) == len(told_apart) == MAX_PER_ENDPOINT
    assert max(stats.calls for stats in window.values()) == 2
