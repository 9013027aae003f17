"""The pauses of a process: what is told of the last minute, what of all time, and its bounds."""

from __future__ import annotations

from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_performance.measure.pauses import (
    HALF_SECONDS,
    MAX_LAGS,
    MAX_POOLS,
    Blocked,
    PauseLog,
    quantile,
)
from api_performance.measure.stacks import Frame
from api_performance.model import Collections, Endpoint, LongestBlock, PoolUse

ORDERS = Endpoint("GET", "/orders")
PLACE = Frame("shop/orders.py", 41, "list_orders")


def a_block(seconds: float = 0.2, **known: Any) -> Blocked:  # Any: a test's own fields
    fields: dict[str, Any] = {
        "at": 1_000.0,
        "cpu_seconds": 0.0,
        "starved_seconds": 0.0,
        "collection_seconds": 0.0,
        "stack": (PLACE,),
        "place": PLACE,
        "endpoint": ORDERS,
        "waiting": (),
    }
    return Blocked(seconds=seconds, **{**fields, **known})


def test_before_anything_was_seen_there_is_no_lag() -> None:
    told = PauseLog(0.0).told(1.0, 0)
    assert told.lag_p99_seconds is None
    assert told.lag_max_seconds is None
    assert told.longest_block is None
    assert told.pools == ()


def test_the_lag_is_told_as_p99_and_maximum() -> None:
    log = PauseLog(0.0)
    log.lags.extend([0.001] * 197 + [0.02, 0.02, 0.3])
    told = log.told(1.0, 1)
    assert told.loop_count == 1
    assert told.lag_p99_seconds == 0.02
    assert told.lag_max_seconds == 0.3


def test_what_is_of_the_last_minute_is_forgotten_within_it_and_what_is_counted_is_not() -> None:
    log = PauseLog(0.0)
    log.lags.append(0.3)
    log.add_block(a_block())
    log.add_pools([PoolUse("anyio", 40, 40, 3)])
    log.told(HALF_SECONDS, 1)
    kept = log.told(2 * HALF_SECONDS - 1, 1)
    assert kept.lag_max_seconds == 0.3
    assert kept.longest_block == LongestBlock(1_000.0, 0.2, str(PLACE), "GET /orders")
    assert kept.pools == (PoolUse("anyio", 40, 40, 3),)
    log.told(2 * HALF_SECONDS, 1)
    over = log.told(2 * HALF_SECONDS + 1, 1)
    assert over.lag_max_seconds is None
    assert over.longest_block is None
    assert over.pools == ()
    assert over.blocked_count == 1
    assert over.blocked_seconds == 0.2


def test_the_longest_block_is_told() -> None:
    log = PauseLog(0.0)
    for seconds in (0.2, 0.9, 0.3):
        log.add_block(a_block(seconds))
    told = log.told(1.0, 1)
    assert told.longest_block is not None
    assert told.longest_block.seconds == 0.9
    assert told.blocked_count == 3
    assert told.blocked_seconds == pytest.approx(1.4)


def test_the_fullest_state_of_each_pool_is_told() -> None:
    log = PauseLog(0.0)
    log.add_pools([PoolUse("anyio", 40, 40, 2), PoolUse("asyncio", 1, 8, 0)])
    log.add_pools([PoolUse("anyio", 3, 40, 0), PoolUse("asyncio", 5, 8, 0)])
    assert log.told(1.0, 1).pools == (PoolUse("anyio", 40, 40, 2), PoolUse("asyncio", 5, 8, 0))


def test_what_is_kept_is_bounded() -> None:
    log = PauseLog(0.0)
    log.lags.extend([0.001] * (MAX_LAGS + 10))
    log.add_pools(PoolUse(f"pool {number}", 1, 1, 0) for number in range(MAX_POOLS + 10))
    assert len(log.lags) == MAX_LAGS
    for second in range(5):
        log.lags.extend([0.001] * 3_000 + [0.5])
        told = log.told(float(second), 1)
        assert told.lag_max_seconds == 0.5
    assert len(log._newer.lags) <= MAX_LAGS
    assert len(log.told(1.0, 1).pools) == MAX_POOLS


@given(st.lists(st.lists(st.floats(0, 10)), min_size=1, max_size=3), st.floats(0.01, 1))
def test_a_quantile_of_the_ends_is_that_of_all(parts: list[list[float]], ratio: float) -> None:
    whole = sorted(value for part in parts for value in part)
    found = quantile([sorted(part) for part in parts], ratio)
    assert found == (whole[ceil(ratio * len(whole)) - 1] if whole else None)


def test_what_others_counted_is_handed_on() -> None:
    counted = (Collections(0, 3, 0.01, 0.005),)
    assert PauseLog(0.0).told(1.0, 2, counted).collections == counted


@pytest.mark.parametrize(
    ("blocked", "sentence"),
    [
        (
            a_block(waiting=((Endpoint("GET", "/a"), 2), (Endpoint("POST", "/b"), 1))),
            "the event loop was blocked for 0.200 s or more at shop/orders.py:41 in list_orders,"
            " in GET /orders; requests that waited: GET /a (2), POST /b (1)",
        ),
        (
            a_block(place=None, endpoint=None),
            "the event loop was blocked for 0.200 s or more, by no code that could be seen",
        ),
        (
            a_block(collection_seconds=0.15),
            "the event loop was blocked for 0.200 s or more at shop/orders.py:41 in list_orders,"
            " in GET /orders; 0.150 s of it collected garbage",
        ),
    ],
)
def test_a_block_is_one_sentence(blocked: Blocked, sentence: str) -> None:
    assert str(blocked) == sentence
    assert blocked.waiting_count == sum(count for _, count in blocked.waiting)
