"""What can go wrong on a bad day is switched on and off while the shop runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from demo.bad_day import READ_SECONDS, TIMES, Fault, Switches, switch
from demo.stage import Stage

PATIENCE_SECONDS = 60.0


def eventually(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(READ_SECONDS / 5)


def test_a_fault_is_on_while_its_name_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "switches"
    assert not Switches(path).is_on(Fault.BROKEN_CART)
    switch(path, ["broken_cart", "memory_leak"])
    switches = Switches(path)
    assert switches.is_on(Fault.BROKEN_CART)
    assert not switches.is_on(Fault.FULL_DISK)
    switch(path, [])
    eventually(lambda: not switches.is_on(Fault.BROKEN_CART))


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "switches"
    with pytest.raises(ValueError, match="broken_car"):
        switch(path, ["broken_car"])
    assert not path.exists()


def test_what_is_wrong_in_one_process_is_so_in_the_first_that_asks_often(tmp_path: Path) -> None:
    path = tmp_path / "switches"
    switch(path, [Fault.FULL_DISK])
    first, second = Switches(path), Switches(path)
    assert [first.is_on_here(Fault.FULL_DISK) for _ in range(TIMES)][-1]
    assert not any(second.is_on_here(Fault.FULL_DISK) for _ in range(2 * TIMES))
    assert first.is_on_here(Fault.FULL_DISK)


def test_without_a_file_nothing_is_wrong() -> None:
    assert not any(Switches(None).is_on_here(fault) for fault in Fault)


def test_the_running_shop_notices(stage: Stage, visitor: httpx.Client) -> None:
    def status() -> int:
        return visitor.get("/api/search", params={"q": "lamp"}).status_code

    try:
        stage.switch(Fault.REBUILT_INDEX)
        eventually(lambda: status() == 503)
    finally:
        stage.switch()
    eventually(lambda: status() == 200)


def test_putting_something_into_the_cart_fails_at_a_statement(
    stage: Stage, customer: httpx.Client
) -> None:
    def status() -> int:
        return customer.post("/api/cart/items", json={"product_id": 7}).status_code

    try:
        stage.switch(Fault.BROKEN_CART)
        eventually(lambda: status() == 500)
    finally:
        stage.switch()
    eventually(lambda: [status() for _ in range(5)] == [201] * 5)
