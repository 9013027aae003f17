"""The shop is measured as its routes ask for it."""

import time
from typing import Any

import httpx
import pytest

from tests.demo.test_shop import NEVER_CALLED

Endpoints = dict[tuple[str, str], dict[str, Any]]  # Any: JSON

CALLED = {
    "/api/catalogue/products": "/api/catalogue/products",
    "/api/catalogue/products/{product_id}": "/api/catalogue/products/17",
    "/api/search": "/api/search?q=lamp",
    "/api/recommendations": "/api/recommendations?product_id=17",
}


@pytest.fixture(scope="module")
def endpoints(shop: str, dashboard: httpx.Client) -> Endpoints:
    """What the product says of each endpoint, by method and template, after one call of some."""
    before = {key: row["request_count"] for key, row in read(dashboard).items()}
    for path in CALLED.values():
        httpx.get(f"{shop}{path}", timeout=120, trust_env=False)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = read(dashboard)
        counts = {key: row["request_count"] for key, row in found.items()}
        keys = [("GET", template) for template in CALLED]
        if all(counts.get(key, 0) > before.get(key, 0) for key in keys):
            return found
        time.sleep(0.2)
    pytest.fail("the calls were not counted in time")


def read(dashboard: httpx.Client) -> Endpoints:
    rows = dashboard.get("/endpoints", params={"limit": 100})
    found = rows.raise_for_status().json()["endpoints"]
    return {(row["method"], row["template"]): row for row in found}


@pytest.mark.parametrize(
    ("method", "template", "priority"),
    [
        ("POST", "/api/checkout", "critical"),  # by the decorator
        ("POST", "/api/login", "critical"),  # by a tag
        ("POST", "/api/payments/confirm", "critical"),  # by openapi_extra
        ("GET", "/api/search", "high"),
        ("GET", "/api/orders/export", "low"),
        ("GET", "/health", "low"),  # by its path
        ("GET", "/api/catalogue/categories", "medium"),  # by nothing
    ],
)
def test_a_route_has_the_priority_it_asks_for(
    endpoints: Endpoints, method: str, template: str, priority: str
) -> None:
    assert endpoints[method, template]["priority"] == priority


@pytest.mark.parametrize(
    ("template", "part"),
    [
        ("/api/search", "database"),
        ("/api/catalogue/products", "database"),
        ("/api/catalogue/products/{product_id}", "cache"),
        ("/api/recommendations", "external_api"),
    ],
)
def test_the_time_of_a_route_is_where_its_work_is(
    endpoints: Endpoints, template: str, part: str
) -> None:
    assert endpoints["GET", template]["latency_seconds"][part] > 0


@pytest.mark.parametrize(("template", "method"), NEVER_CALLED)
def test_a_route_that_nobody_calls_is_known(
    endpoints: Endpoints, template: str, method: str
) -> None:
    if (method, template) != ("delete", "/api/cart"):  # other tests empty a cart
        assert endpoints[method.upper(), template]["request_count"] == 0
