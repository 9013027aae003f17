"""The load is a crowd of visitors, sent to this machine only."""

import asyncio
import ipaddress
import random
from collections import Counter

import pytest

from demo.load.driver import CUSTOMERS, Driver, Plan
from demo.load.visitor import FAILED, Tally, address_of
from demo.load.visits import PRODUCTS, SHARES, choose, some_product


@pytest.mark.parametrize("host", ["192.0.2.1", "example.com", "10.0.0.1", "localhost.example"])
def test_no_other_machine_is_loaded(host: str) -> None:
    with pytest.raises(ValueError, match="this machine only"):
        Plan(f"http://{host}:8000", seconds=1)


def test_every_customer_has_an_address_kept_for_documentation() -> None:
    addresses = {ipaddress.ip_address(address_of(number)) for number in range(CUSTOMERS)}
    assert len(addresses) == CUSTOMERS
    networks = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]
    known = [ipaddress.ip_network(network) for network in networks]
    assert all(any(address in network for network in known) for address in addresses)


def test_every_kind_of_visit_happens_about_as_often_as_it_should() -> None:
    chance = random.Random(1)
    counts = Counter(choose(chance) for _ in range(10_000))
    assert set(counts) == set(SHARES)
    for kind, share in SHARES.items():
        assert counts[kind] == pytest.approx(100 * share, rel=0.3)


def test_every_product_is_wanted_but_few_by_many() -> None:
    chance = random.Random(1)
    asked = Counter(some_product(chance) for _ in range(10_000))
    assert min(asked) >= 1 and max(asked) <= PRODUCTS
    assert sum(count for _, count in asked.most_common(20)) > 3_000
    assert len(asked) > 500


def test_errors_are_what_the_shop_failed_at() -> None:
    tally = Tally()
    for status in ("200", "404", "422", "500", "503", "left early", FAILED):
        tally.add(status)
    assert tally.errors == 3


def test_visitors_come_are_answered_and_go(shop: str) -> None:
    tally, seconds = Tally(), 4
    while tally.requests <= 20 or tally.statuses["200"] <= 10:
        assert seconds <= 32, f"few were answered: {tally}"
        driver = Driver(Plan(shop, seconds, day_seconds=8, peak_requests_per_second=60))
        tally = asyncio.run(driver.run())
        assert tally.statuses[FAILED] == 0
        assert driver.turned_away == 0
        seconds *= 2  # as long as a busy machine needs
