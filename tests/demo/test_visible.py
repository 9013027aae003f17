"""Every fault that the shop's README lists shows in the answers of the API, where it is."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.shop import admin
from demo.shop.catalogue import PAGE_SIZE
from tests.demo.conftest import sign_in

PATIENCE_SECONDS = 120.0
BUYERS = 6
RECOMMENDED = 8
CALLS = 5
"""Of each path, for a busy machine may keep one waiting, whatever it does."""

_LINES = Path(admin.__file__).read_text().splitlines()
_LINE = next(number for number, line in enumerate(_LINES, 1) if "time.sleep(" in line)
BLOCKING_CALL = f"demo/shop/admin.py:{_LINE} in report"

Rows = list[dict[str, Any]]  # Any, here and below: JSON


@pytest.fixture
def buyers(shop: str) -> Iterator[list[httpx.Client]]:
    """Customers with something in their carts."""
    with ExitStack() as stack:
        found = []
        for number in range(BUYERS):
            client = stack.enter_context(httpx.Client(base_url=shop, timeout=120, trust_env=False))
            sign_in(client, f"customer{20 + number}@example.com")
            client.post("/api/cart/items", json={"product_id": 5}).raise_for_status()
            found.append(client)
        yield found


def at_once(count: int, ask: Callable[[int], httpx.Response]) -> None:
    """Ask `count` times in parallel."""
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(ask, range(count)))


def until(ask: Callable[[], Rows], is_there: Callable[[Rows], bool]) -> Rows:
    """Ask until the answer holds what is looked for."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_there(found := ask()):
        assert time.monotonic() < deadline, f"not told in time, but {found}"
        time.sleep(0.2)
    return found


def id_of(dashboard: httpx.Client, method: str, template: str) -> str:
    page = dashboard.get("/endpoints", params={"limit": 100}).raise_for_status().json()
    (id_,) = [
        row["id"]
        for row in page["endpoints"]
        if (row["method"], row["template"]) == (method, template)
    ]
    return str(id_)


def operations(
    dashboard: httpx.Client, method: str, template: str, is_there: Callable[[Rows], bool]
) -> Rows:
    """What was done for an endpoint, of most time first, once what is looked for is there."""
    id_ = id_of(dashboard, method, template)

    def ask() -> Rows:
        answer = dashboard.get(f"/endpoints/{id_}/operations").raise_for_status()
        rows: Rows = answer.json()["operations"]
        return rows

    return until(ask, is_there)


def has(part: str) -> Callable[[Rows], bool]:
    """Whether one of the texts holds `part`."""
    return lambda rows: any(part in row["text"] for row in rows)


def the(rows: Rows, part: str) -> dict[str, Any]:
    """The one whose text holds `part`."""
    (found,) = [row for row in rows if part in row["text"]]
    return found


def shortest(row: dict[str, Any]) -> float:
    """How long the shortest of its calls took."""
    return float(row["duration"]["min_seconds"])


def test_every_fault_is_told_with_its_place(
    visitor: httpx.Client, buyers: list[httpx.Client], dashboard: httpx.Client
) -> None:
    for number in range(CALLS):
        product = 4712 + number  # one that is in no cache yet
        for path in ("catalogue/products", f"catalogue/products/{product}", "search?q=lamp"):
            visitor.get(f"/api/{path}").raise_for_status()
    while not visitor.get("/api/recommendations?product_id=17").is_success:
        pass  # the third party took longer than the shop waits
    at_once(BUYERS, lambda number: buyers[number].post("/api/checkout"))

    page = operations(dashboard, "GET", "/api/catalogue/products", has("FROM reviews"))
    reviews = the(page, "FROM reviews")
    assert (reviews["pattern"], reviews["sequence_length"]) == ("n_plus_one", PAGE_SIZE)
    assert reviews["calls_per_request"] == PAGE_SIZE
    assert "in make_card" in reviews["source"]

    by_key = "FROM products WHERE products.id = ?"
    products = operations(dashboard, "GET", "/api/catalogue/products/{product_id}", has(by_key))
    search, *_ = operations(dashboard, "GET", "/api/search", has("search_terms"))
    assert "WHERE search_terms.term = ?" in search["text"]
    assert shortest(search) > 20 * shortest(the(products, by_key))

    external = "/recommendations"
    call, *others = operations(dashboard, "GET", "/api/recommendations", has(external))
    assert call["latency_type"] == "external_api" and external in call["text"]
    assert shortest(call) > 0.02
    currency = the(others, "FROM settings")
    assert (currency["pattern"], currency["sequence_length"]) == ("exact_repeats", RECOMMENDED)

    def has_waited(rows: Rows) -> bool:
        """Whether somebody waited for as long as a payment takes."""
        if not has("/payments")(rows):
            return False
        wait = the(rows, "wait for a connection")["duration"]["max_seconds"]
        return bool(wait > shortest(the(rows, "/payments")) > 0.01)

    operations(dashboard, "POST", "/api/checkout", has_waited)


def test_the_report_that_blocks_the_loop_is_named_by_file_and_line(
    staff: httpx.Client, dashboard: httpx.Client
) -> None:
    id_ = id_of(dashboard, "GET", "/api/admin/report")

    def ask() -> Rows:
        staff.get("/api/admin/report").raise_for_status()
        answer = dashboard.get(f"/endpoints/{id_}/operations").raise_for_status()
        rows: Rows = answer.json()["blocks"]
        return [row for row in rows if str(row["place"]).endswith(BLOCKING_CALL)]

    def is_seen_whole(rows: Rows) -> bool:
        """Whether the thread that watches was not itself kept waiting."""
        return any(row["duration"]["max_seconds"] >= admin.RENDER_SECONDS / 2 for row in rows)

    assert len(until(ask, is_seen_whole)) == 1
